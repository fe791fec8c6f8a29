"""What of a course is asked about, and when: each visit, its end, its result, however it ended."""

from __future__ import annotations

from datetime import timedelta

from services.courses.booking import book_missing_session
from services.kernel.work import Database
from services.reviews import attendance
from services.reviews import service as reviews
from services.reviews.schemas import RATINGS, NewReview
from services.scheduling import service as scheduling
from services.treatments import service as treatments
from services.treatments.protocol_schemas import ProtocolPatch
from services.treatments.schemas import TreatmentPatch
from tests.factories import book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, completed_visit, sent, whole_course

ABOUT = (
    "your first appointment",
    "this appointment",
    "your whole course, now that it is over",
    "the result, three months on",
)


async def test_a_course_is_asked_about_after_each_visit_at_its_end_and_three_months_on(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    _, ids = await whole_course(database, world)
    asked: list[int] = []
    for booking_id in ids:
        await complete(database, clock, world, booking_id)
        await sent(database)
        await clock.advance(timedelta(days=3, minutes=1))
        asked.append(len(await sent(database, "review.invited")))
    assert asked == [1, 2, 3]
    await clock.advance(timedelta(days=86))
    assert len(await sent(database, "review.invited")) == 3
    await clock.advance(timedelta(days=2))
    letters = await sent(database, "review.invited")
    about = [
        next(about for about in ABOUT if f"asks you about {about}." in letter.text) for letter in letters
    ]
    assert about == list(ABOUT)


async def test_the_result_is_asked_about_on_the_days_of_the_protocol_that_the_course_keeps(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        chosen = TreatmentPatch(protocol=ProtocolPatch(review_days=[30, 180]))
        await treatments.update_treatment(work, world.treatment_id, chosen)
    await clock.advance(timedelta(seconds=1))
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        chosen = TreatmentPatch(protocol=ProtocolPatch(review_days=[60]))
        await treatments.update_treatment(work, world.treatment_id, chosen)
    await complete(database, clock, world, booking_id)
    await sent(database)
    asked = []
    for days in (4, 25, 2, 30, 28, 2, 88, 2, 300):
        await clock.advance(timedelta(days=days))
        asked.append(len(await sent(database, "review.invited")))
    assert asked == [1, 1, 2, 2, 2, 3, 3, 4, 4]
    letters = await sent(database, "review.invited")
    assert "asks you about the result, 30 days on." in letters[1].text
    assert "asks you about the result, three months on." in letters[2].text


async def test_a_course_that_was_broken_off_is_asked_about_like_any_other(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    _, ids = await whole_course(database, world)
    for booking_id in ids[:2]:
        await complete(database, clock, world, booking_id)
    await sent(database)
    await clock.advance(timedelta(days=4))
    assert len(await sent(database, "review.invited")) == 2, "after each visit"
    async with database.begin(world.scope) as work:
        assert await reviews.invite(work, ids[1], "three_months") is None, "its third session is to come"
        await scheduling.cancel(work, ids[2], by="client")
    asked = []
    for days in (2, 2, 85, 2):
        await sent(database)
        await clock.advance(timedelta(days=days))
        asked.append(len(await sent(database, "review.invited")))
    assert asked == [2, 3, 3, 4]


async def test_a_visit_after_which_a_course_is_broken_off_at_once_is_asked_about_with_the_course(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    _, ids = await whole_course(database, world)
    for booking_id in ids[:2]:
        await complete(database, clock, world, booking_id)
    await clock.advance(timedelta(days=1))
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[2], by="client")
    await sent(database)
    await clock.advance(timedelta(days=4))
    letters = await sent(database, "review.invited")
    assert ["your whole course" in one.text for one in letters] == [False, True]


async def test_a_course_that_went_on_and_was_broken_off_again_is_asked_about(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    booked, ids = await whole_course(database, world)
    for booking_id in ids[:2]:
        await complete(database, clock, world, booking_id)
    await clock.advance(timedelta(days=4))
    before = len(await sent(database, "review.invited"))
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[2], by="client")
    await sent(database)
    inside = (await free_slots(database, world, in_days=30))[0].starts_at
    async with database.begin(world.scope) as work:
        assert booked.course_id is not None
        again = await book_missing_session(work, booked.course_id, inside)
    await clock.advance(timedelta(days=4))
    assert len(await sent(database, "review.invited")) == before, "it goes on"
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, again.id, by="client")
    await sent(database)
    await clock.advance(timedelta(days=4))
    assert len(await sent(database, "review.invited")) == before + 1


async def test_what_a_clinic_takes_off_its_menu_is_reviewed_like_anything_else(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        await treatments.archive_treatment(work, world.treatment_id)
    await sent(database)
    await clock.advance(timedelta(days=3, minutes=1))
    (letter,) = await sent(database, "review.invited")
    token = letter.text.partition("/reviews/")[2].split()[0]
    async with database.begin(world.scope) as work:
        _, invitation_id = reviews.read_link(work, token)
        five = dict.fromkeys(RATINGS, 5)
        new = NewReview.model_validate({"ratings": five, "concern": "acne_scars"})
        await reviews.write_review(work, invitation_id, new)
        assert len((await reviews.list_reviews(work)).items) == 1


async def test_who_says_that_they_were_there_is_asked_once_about_that_visit(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    _, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    await sent(database)
    async with database.begin(world.scope) as work:
        second = await scheduling.get_booking(work, ids[1])
    await clock.advance(second.ends_at - await clock.now() + timedelta(hours=25))
    before = len(await sent(database, "review.invited"))
    async with database.begin(world.scope) as work:
        await attendance.assert_visit(work, ids[1])
    letters = await sent(database, "review.invited")
    assert len(letters) == before + 1
    assert "asks you about this appointment." in letters[-1].text
    await complete(database, clock, world, ids[1])
    await sent(database)
    await clock.advance(timedelta(days=4))
    assert len(await sent(database, "review.invited")) == before + 1
