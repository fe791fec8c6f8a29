"""Of a lot that is called back a clinic sees who was reached; who was erased is not told, and does not count."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

from infra.platform.mail import MailboxOnly, MailRefused, MailUnanswered
from services.clients import merging
from services.clients.schemas import Merge
from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import LotTrace, RecallIn
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices.recalls import count_reached, count_reached_everywhere, list_reached, preview_recall
from services.notices.schemas import ReachCounts
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase
from tests.factories import World
from tests.fixtures import MovableClock
from tests.services.courses.treated import treated
from tests.services.notices.test_truth import Away, rows
from workers.inline import drain

EVERYWHERE = PlatformScope("a test looks at a recall")
GIVEN = RecallIn(lot="L-1")


class Refusing:
    """A mail server that takes nothing for some addresses, ever."""

    refused: type[Exception] = MailRefused
    unanswered: type[Exception] = MailUnanswered

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def send(self, message: EmailMessage) -> None:
        if message["To"] in self._addresses:
            raise MailRefused("550 5.1.1 no such user", dead_address=True)


async def recall(database: Database, world: World) -> int:
    """Calls the lot back; gives how many are told newly."""
    async with database.begin(world.scope) as work:
        return (await recalls.confirm_recall(work, GIVEN)).newly_told


async def erase(database: Database, email: str) -> None:
    given = Erase(understood=True, cancel_bookings=True)
    await asking.begin_erasure(database, Person(email=email), given)
    await drain(database, MailboxOnly())


async def seen(database: Database, world: World) -> tuple[LotTrace, dict[str, str], ReachCounts]:
    """The trace, what became of the message by address, and the counts of the recall."""
    async with database.begin(world.scope) as work:
        found = await recalls.trace_lot(work, "L-1")
        assert found.recall is not None
        reached = await list_reached(work, found.recall.id)
        by_email = {
            one.email: reached[one.client_id].reach.value for one in found.people if one.client_id in reached
        }
        return found, by_email, (await count_reached(work))[found.recall.id]


async def test_who_was_reached_and_who_was_not_is_known_by_person(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L-1", "L-1", "L-1")
    await drain(database, MailboxOnly())
    await recall(database, world)
    _, by_email, counts = await seen(database, world)
    assert (set(by_email.values()), counts) == ({"waiting"}, ReachCounts(waiting=3))
    await drain(database, Refusing("p1@example.test"))
    _, by_email, counts = await seen(database, world)
    assert by_email == {"p0@example.test": "sent", "p1@example.test": "refused", "p2@example.test": "sent"}
    assert counts == ReachCounts(sent=2, not_reached=1)


async def test_what_could_not_be_sent_for_hours_is_not_on_its_way_any_more(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L-1")
    await drain(database, MailboxOnly())
    await recall(database, world)
    await drain(database, Away(), strict=False)
    await clock.advance(timedelta(hours=5))
    assert (await seen(database, world))[2] == ReachCounts(waiting=1)
    await clock.advance(timedelta(hours=2))
    assert (await seen(database, world))[1:] == ({"p0@example.test": "late"}, ReachCounts(not_reached=1))
    await drain(database, MailboxOnly())
    assert (await seen(database, world))[2] == ReachCounts(sent=1)


async def test_who_was_erased_is_not_told_and_does_not_count_as_told(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L-1", "L-1")
    await drain(database, MailboxOnly())
    await erase(database, "p0@example.test")
    async with database.begin(EVERYWHERE) as work:
        (clinic,) = await platform_recalls.list_clinics(work, "L-1")
    assert (clinic.people, clinic.erased, clinic.to_tell) == (2, 1, 1)
    assert await recall(database, world) == 1
    await drain(database, MailboxOnly())
    assert len(await rows(database, "lot.recalled.client")) == 1
    found, by_email, counts = await seen(database, world)
    assert ([one.erased for one in found.people].count(True), by_email) == (1, {"p1@example.test": "sent"})
    assert found.recall is not None
    assert (found.recall.told, counts) == (1, ReachCounts(sent=1))
    await erase(database, "p1@example.test")
    found, by_email, counts = await seen(database, world)
    assert found.recall is not None
    assert (found.recall.told, by_email, counts) == (0, {}, ReachCounts())
    async with database.begin(world.scope) as work:
        assert [one.told for one in await recalls.list_recalls(work)] == [0]
        assert await preview_recall(work, found, "") is None
    async with database.begin(EVERYWHERE) as work:
        (clinic,) = await platform_recalls.list_clinics(work, "L-1")
    assert (clinic.told, clinic.erased, clinic.to_tell) == (0, 2, 0)


async def test_of_two_records_of_one_person_the_message_that_got_there_counts(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L-1", "L-1")
    await drain(database, MailboxOnly())
    await recall(database, world)
    await drain(database, Refusing("p0@example.test"))
    async with database.begin(world.scope) as work:
        by_email = {one.email: one.client_id for one in (await recalls.trace_lot(work, "L-1")).people}
        kept, other = by_email["p0@example.test"], by_email["p1@example.test"]
        await merging.merge_clients(work, kept, Merge(other_id=other))
    _, by_person, counts = await seen(database, world)
    assert (by_person, counts) == ({"p0@example.test": "sent"}, ReachCounts(sent=1))


async def test_the_platform_sees_of_each_clinic_how_many_were_reached(
    database: Database, clock: MovableClock
) -> None:
    first = await treated(database, clock, "L-1", "L-1")
    second = await treated(database, clock, "l-1", name="Other Skin", emails=("zoe@example.test",))
    await drain(database, MailboxOnly())
    async with database.begin(EVERYWHERE) as work:
        await platform_recalls.confirm_everywhere(work, GIVEN)
    await drain(database, Refusing("p1@example.test"))
    async with database.begin(EVERYWHERE) as work:
        counts = await count_reached_everywhere(work, "l-1 ")
        assert await count_reached_everywhere(work, "L-2") == {}
    assert counts == {
        first.clinic_id: ReachCounts(sent=1, not_reached=1),
        second.clinic_id: ReachCounts(sent=1),
    }
