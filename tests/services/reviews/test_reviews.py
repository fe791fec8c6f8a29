"""Invitations to everyone, reviews published at once, figures counted once and exact, replies."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.reviews import service as reviews
from services.reviews.errors import AlreadyReviewed, ReplyIsFinal
from services.reviews.models import ReviewInvitation, SubjectKind
from services.reviews.rules import Figures, quarter_of
from services.reviews.schemas import NewReply, NewReview
from services.treatments import service as treatments
from services.treatments.protocol_schemas import ProtocolPatch
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.product import eventually
from tests.services.notices.visits import complete, completed_visit, sent, whole_course

INVITATIONS = table(ReviewInvitation)
KINDS = tuple(SubjectKind)


def review(*ratings: int, **more: Any) -> NewReview:
    names = ("result", "comfort", "cleanliness", "explanation", "value")
    return NewReview.model_validate({"ratings": dict(zip(names, ratings, strict=True)), **more})


async def invited(database: Database, world: World, booking_id: UUID, stage: str = "session") -> UUID:
    async with database.begin(world.scope) as work:
        invitation_id = await reviews.invite(work, booking_id, stage)
    assert invitation_id is not None
    return invitation_id


async def write(
    database: Database, clock: MovableClock, world: World, new: NewReview, email: str = "ana@example.test"
) -> UUID:
    booking_id = await completed_visit(database, clock, world, email=email)
    invitation_id = await invited(database, world, booking_id)
    async with database.begin(world.scope) as work:
        return (await reviews.write_review(work, invitation_id, new)).id


async def figures(database: Database, world: World, kind: SubjectKind, subject: object) -> Figures:
    async with database.begin(world.scope) as work:
        return await reviews.figures(work, kind, str(subject))


async def test_everyone_with_a_completed_visit_is_asked_three_days_later(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    await sent(database)
    await clock.advance(timedelta(days=2, hours=23))
    assert await sent(database, "review.invited") == []
    await clock.advance(timedelta(hours=2))
    (message,) = await sent(database, "review.invited")
    for said in ("asks everyone", "published at once", "may write a public reply"):
        assert said in message.text
    found = re.search(r"/reviews/(\S+)", message.text)
    assert found is not None
    async with database.begin(PublicScope()) as work:
        clinic_id, invitation_id = reviews.read_link(work, found[1])
    assert clinic_id == world.clinic_id
    async with database.begin(world.scope) as work:
        asked = await reviews.get_invitation(work, invitation_id)
    assert (asked.stage, asked.answered, asked.concerns) == ("session", False, ("acne_scars",))


async def test_a_course_weighs_three_reviews_at_most_and_a_rebuild_agrees(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    async with database.begin(world.scope) as work:
        chosen = TreatmentPatch(protocol=ProtocolPatch(review_days=[30]))
        await treatments.update_treatment(work, world.treatment_id, chosen)
    await clock.advance(timedelta(seconds=1))
    _, ids = await whole_course(database, world)
    for booking_id in ids:
        await complete(database, clock, world, booking_id)
    await clock.advance(timedelta(days=95))
    await sent(database)
    said = {"session": 5, "later_session": 1, "course_end": 4, "after_30_days": 1, "three_months": 3}
    async with database.begin(world.scope) as work:
        invitations = await work.rows(select(INVITATIONS.c.id, INVITATIONS.c.stage))
        assert {row.stage for row in invitations} == set(said)
        for row in invitations:
            new = review(*[said[row.stage]] * 5, concern="acne_scars")
            await reviews.write_review(work, row.id, new)
        await reviews.count_reviews(work)
        assert len((await reviews.list_reviews(work)).items) == len(said)
    for rebuilt in (False, True):
        if rebuilt:
            async with database.begin(PlatformScope("a test makes figures again")) as work:
                await reviews.rebuild_figures(work, [world.clinic_id])
        for kind, subject in (
            (SubjectKind.CLINIC, world.clinic_id),
            (SubjectKind.LOCATION, world.location_id),
            (SubjectKind.PRACTITIONER, world.practitioner_id),
            (SubjectKind.TREATMENT, world.treatment_id),
            (SubjectKind.CONCERN, "acne_scars"),
            (SubjectKind.QUARTER, quarter_of(await clock.now())),
        ):
            found = await figures(database, world, kind, subject)
            assert (found.count, found.mean) == (3, 4.0), (kind, rebuilt)
        for stage, stars in said.items():
            found = await figures(database, world, SubjectKind.STAGE, stage)
            assert (found.count, found.mean) == (1, stars), (stage, rebuilt)


async def test_a_visit_is_invited_once_a_stage_and_only_when_it_took_place(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    async with database.begin(world.scope) as work:
        assert await reviews.invite(work, ids[0], "session") is None
    await complete(database, clock, world, ids[0])
    await invited(database, world, ids[0])
    async with database.begin(world.scope) as work:
        assert await reviews.invite(work, ids[0], "session") is None


async def test_a_review_is_public_at_once_with_a_shortened_name(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    new = review(1, 2, 3, 4, 5, concern="acne_scars", downtime_days=4, text="  It hurt. ")
    await write(database, clock, world, new)
    async with database.begin(world.scope) as work:
        (shown,) = (await reviews.list_reviews(work)).items
    assert (shown.author, shown.stars, shown.text) == ("Ana T.", 3.0, "It hurt.")
    assert shown.ratings == {"result": 1, "comfort": 2, "cleanliness": 3, "explanation": 4, "value": 5}
    assert (shown.concern, shown.downtime_days, shown.stage) == ("acne_scars", 4, "session")
    assert (shown.treatment_name, shown.practitioner_name) == ("Pen facial for acne scars", "Dr Mira Holm")


async def test_an_invitation_is_answered_once(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    invitation_id = await invited(database, world, booking_id)
    async with database.begin(world.scope) as work:
        await reviews.write_review(work, invitation_id, review(5, 5, 5, 5, 5))
    async with database.begin(world.scope) as work:
        with pytest.raises(AlreadyReviewed):
            await reviews.write_review(work, invitation_id, review(1, 1, 1, 1, 1))


async def test_a_foreign_concern_is_a_field_error_and_nothing_is_kept(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    invitation_id = await invited(database, world, booking_id)
    with pytest.raises(InvalidFields) as refused:
        async with database.begin(world.scope) as work:
            await reviews.write_review(work, invitation_id, review(5, 5, 5, 5, 5, concern="melasma"))
    assert [(error.field, error.code) for error in refused.value.errors] == [("concern", "unknown-code")]
    async with database.begin(world.scope) as work:
        assert (await reviews.list_reviews(work)).items == []
        assert not (await reviews.get_invitation(work, invitation_id)).answered


async def test_a_review_is_counted_once_for_each_of_its_subjects(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await write(database, clock, world, review(5, 4, 5, 4, 5, concern="acne_scars", downtime_days=2))
    await sent(database)
    for _ in range(2):
        async with database.begin(world.scope) as work:
            await reviews.count_reviews(work)
    subjects = {
        SubjectKind.CLINIC: world.clinic_id,
        SubjectKind.LOCATION: world.location_id,
        SubjectKind.PRACTITIONER: world.practitioner_id,
        SubjectKind.TREATMENT: world.treatment_id,
        SubjectKind.CONCERN: "acne_scars",
        SubjectKind.STAGE: "session",
        SubjectKind.QUARTER: quarter_of(await clock.now()),
    }
    assert set(subjects) == set(KINDS)
    for kind, subject in subjects.items():
        found = await figures(database, world, kind, subject)
        assert (found.count, found.mean, found.downtime_mean) == (1, 4.6, 2.0), kind
        assert found.distribution == (0, 0, 0, 0, 1)
    clinic = await figures(database, world, SubjectKind.CLINIC, world.clinic_id)
    assert {code: one.count for code, one in clinic.by_concern.items()} == {"acne_scars": 1}


async def _all_figures(database: Database, world: World) -> list[Figures]:
    subjects = [world.clinic_id, world.location_id, world.practitioner_id, world.treatment_id]
    named = [
        *zip(KINDS[:4], subjects, strict=True),
        (SubjectKind.CONCERN, "acne_scars"),
        (SubjectKind.STAGE, "session"),
    ]
    return [await figures(database, world, kind, subject) for kind, subject in named]


async def test_a_rebuild_gives_the_same_figures_to_the_last_digit(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    given = [
        review(5, 4, 5, 4, 5, concern="acne_scars", downtime_days=2),
        review(1, 1, 2, 1, 3),
        review(3, 4, 3, 5, 2, concern="acne_scars", downtime_days=0),
    ]
    for number, new in enumerate(given):
        await write(database, clock, world, new, email=f"client{number}@example.test")
    await sent(database)
    before = await _all_figures(database, world)
    await rebuild(database, world)
    assert await _all_figures(database, world) == before
    assert before[0].count == 3
    assert before[0].downtime_mean == 1.0


async def test_where_a_clinic_goes_is_told_by_quarter_and_a_rebuild_tells_the_same(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    quarters = []
    for number, rating in enumerate((2, 4, 5)):
        if number == 1:
            await clock.advance(timedelta(days=92))
        await write(database, clock, world, review(*[rating] * 5), email=f"client{number}@example.test")
        quarters.append(quarter_of(await clock.now()))
    await sent(database)
    before = await figures(database, world, SubjectKind.CLINIC, world.clinic_id)
    told = dict.fromkeys(quarters, (0, 0))
    for quarter, rating in zip(quarters, (2, 4, 5), strict=True):
        count, total = told[quarter]
        told[quarter] = (count + 1, total + rating)
    assert [(one.quarter, one.count, one.mean) for one in before.trend] == [
        (quarter, count, total / count) for quarter, (count, total) in sorted(told.items())
    ]
    assert len(before.trend) >= 2
    await rebuild(database, world)
    assert await figures(database, world, SubjectKind.CLINIC, world.clinic_id) == before


async def rebuild(database: Database, world: World) -> None:
    async with database.begin(PlatformScope("a test makes sums again")) as work:
        await reviews.rebuild_figures(work, [world.clinic_id])


async def test_a_removed_review_leaves_the_figures_and_the_list(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    kept = review(4, 4, 4, 4, 4)
    await write(database, clock, world, kept)
    await sent(database)
    before = await _all_figures(database, world)
    review_id = await write(
        database, clock, world, review(1, 1, 1, 1, 1, downtime_days=9), "ben@example.test"
    )
    await sent(database)
    for _ in range(2):
        async with database.begin(world.scope) as work:
            await reviews.remove_review(work, review_id)
    assert await _all_figures(database, world) == before
    async with database.begin(world.scope) as work:
        assert len((await reviews.list_reviews(work)).items) == 1
        assert (await reviews.get_review(work, review_id)).state == "removed"
    await rebuild(database, world)
    assert await _all_figures(database, world) == before


async def test_a_review_removed_before_it_was_counted_is_never_counted(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    review_id = await write(database, clock, world, review(1, 1, 1, 1, 1))
    async with database.begin(world.scope) as work:
        await reviews.remove_review(work, review_id)
    await sent(database)
    assert (await figures(database, world, SubjectKind.CLINIC, world.clinic_id)).count == 0


async def test_a_review_that_is_in_use_when_it_should_be_counted_is_waited_for(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    review_id = await write(database, clock, world, review(4, 4, 4, 4, 4))
    async with database.begin(world.scope) as work:
        await reviews.reply(work, review_id, NewReply(text="Thank you."))
        counting = asyncio.create_task(sent(database))
        await eventually(lambda: _somebody_waits(superuser), "the review is waited for", 10)
    await counting
    assert (await figures(database, world, SubjectKind.CLINIC, world.clinic_id)).count == 1


async def _somebody_waits(superuser: AsyncEngine) -> bool:
    async with superuser.connect() as connection:
        here = "datname = current_database() AND wait_event_type = 'Lock'"
        return bool(await connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")))


async def test_reviews_are_listed_newest_first_in_pages(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    for number in range(3):
        await write(
            database, clock, world, review(5, 5, 5, 5, 5, text=str(number)), f"c{number}@example.test"
        )
    async with database.begin(world.scope) as work:
        first = await reviews.list_reviews(work, 2)
        second = await reviews.list_reviews(work, 2, first.next)
        assert [one.text for one in first.items + second.items] == ["2", "1", "0"]
        assert second.next is None
        for cursor in ("nonsense", "WzEsMl0"):
            with pytest.raises(InvalidFields):
                await reviews.list_reviews(work, 2, cursor)


async def test_the_clinic_replies_in_public_and_may_change_it_for_a_day(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    review_id = await write(database, clock, world, review(2, 2, 2, 2, 2))
    async with database.begin(world.scope) as work:
        first = await reviews.reply(work, review_id, NewReply(text="Thank you."))
    await clock.advance(timedelta(hours=23))
    async with database.begin(world.scope) as work:
        changed = await reviews.reply(work, review_id, NewReply(text="Thank you for writing."))
    assert (changed.reply, changed.replied_at) == ("Thank you for writing.", first.replied_at)
    await clock.advance(timedelta(hours=2))
    async with database.begin(world.scope) as work:
        with pytest.raises(ReplyIsFinal):
            await reviews.reply(work, review_id, NewReply(text="No."))


async def test_a_foreign_clinic_sees_nothing(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    invitation_id = await invited(database, world, booking_id)
    async with database.begin(world.scope) as work:
        review_id = (await reviews.write_review(work, invitation_id, review(5, 5, 5, 5, 5))).id
    async with database.begin(ClinicScope(new_id())) as work:
        assert await reviews.count_reviews(work) == 0
        for asked in (
            reviews.get_review(work, review_id),
            reviews.get_invitation(work, invitation_id),
            reviews.remove_review(work, review_id),
            reviews.reply(work, review_id, NewReply(text="Hello.")),
            reviews.write_review(work, invitation_id, review(1, 1, 1, 1, 1)),
        ):
            with pytest.raises(NotFound):
                await asked


async def test_an_invitation_expires_after_sixty_days(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    invitation_id = await invited(database, world, await completed_visit(database, clock, world))
    async with database.begin(world.scope) as work:
        token = (await reviews.invitation_link(work, invitation_id)).rpartition("/")[2]
    await clock.advance(timedelta(days=61))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(LinkExpired):
            reviews.read_link(work, token)
        with pytest.raises(LinkInvalid):
            reviews.read_link(work, "x" + token)
