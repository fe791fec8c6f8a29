"""A visit that the clinic did not mark: the client was there, the clinic contests it, a moderator decides."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx

from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import Decide
from services.reviews import service as reviews
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, sent
from tests.web.booking_forms import form_of, send, sign_in

RATINGS = {"result": 2, "comfort": 2, "cleanliness": 2, "explanation": 2, "value": 2}


async def _over(
    database: Database, clock: MovableClock, world: World, **after: float
) -> tuple[UUID, str, str]:
    """A visit of which the clinic noted nothing, so long after its end: its id, reference and page."""
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        left = booking.ends_at - work.now
    await clock.advance(left + timedelta(**after))
    return booking_id, booking.reference, f"/bookings/{booking.reference}?token={booked.manage_token}"


async def _review(http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database) -> httpx.Response:
    (invited,) = await sent(database, "review.invited")
    found = re.search(r"http://127\.0\.0\.1:8000(/reviews/\S+)", invited.text)
    assert found is not None
    return await api.post(found[1], json={"ratings": RATINGS})


async def test_a_visit_that_was_not_marked_is_asserted_and_reviewed(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, reference, page = await _over(database, clock, world, hours=25)
    asked = await http.get(page)
    assert "Were you there?" in asked.text
    said = await send(http, form_of(asked, "/attended"))
    assert said.headers["location"] == page
    assert "You have said that you were there" in (await http.get(page)).text
    (told,) = await sent(database, "visit.asserted")
    assert told.to == world.owner.email
    assert (await _review(http, api, database)).status_code == 201
    await sign_in(http, database, world.owner.account_id)
    here = f"/clinic/{world.slug}/bookings/{reference}"
    assert "The client says that they were there" in (await http.get(here)).text
    await complete(database, clock, world, booking_id)
    shown = await http.get(here)
    assert "The client says that they were there" not in shown.text
    assert len(await sent(database, "review.invited")) == 1


async def test_a_contested_visit_is_decided_by_a_moderator_and_its_review_goes_where_there_was_none(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id, reference, page = await _over(database, clock, world, hours=25)
    await send(http, form_of(await http.get(page), "/attended"))
    assert (await _review(http, api, database)).status_code == 201
    await sent(database)
    await sign_in(http, database, world.owner.account_id)
    here = f"/clinic/{world.slug}/bookings/{reference}"
    form = await http.get(f"{here}/contest")
    for words in ("", "a\x00b"):
        refused = await send(http, form_of(form, "/contest"), text=words)
        assert (refused.status_code, 'href="#text"' in refused.text) == (422, True)
    await send(http, form_of(form, "/contest"), text="Nobody came; we waited for an hour.")
    again = await send(http, form_of(form, "/contest"), text="Again.")
    assert again.headers["location"] == here
    assert "a moderator decides" in (await http.get(here)).text
    mo, _ = await person(database, "Mo Derator")
    by = Actor("account", mo.account_id, mo.name)
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        (case,) = [
            one for one in await moderation.list_clinic_cases(work) if one.kind is CaseKind.VISIT_CONTESTED
        ]
        assert (case.detail["marked"], case.detail["text"]) == (
            "confirmed",
            "Nobody came; we waited for an hour.",
        )
        assert case.subject_id == booking_id
        await deciding.decide(
            work, case.id, Decide(decision=Decision.REMOVE, reason="visit_not_shown", message="The door log.")
        )
    told = [one for one in await sent(database) if one.kind.startswith("visit.judged.")]
    assert {one.to for one in told} == {world.owner.email, "ana@example.test"}
    assert all("did not take place" in one.text and "The door log." in one.text for one in told)
    async with database.begin(world.scope) as work:
        assert [one.state for one in (await reviews.list_reviews(work)).items] in ([], ["removed"])
    assert "a moderator found that the session did not take place" in (await http.get(page)).text


async def test_it_cannot_be_asserted_before_a_day_is_over_nor_with_a_wrong_link(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    _, reference, page = await _over(database, clock, world, hours=23)
    shown = await http.get(page)
    assert "Were you there?" not in shown.text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert token is not None
    fields = {"_csrf_token": token[1], "token": page.partition("token=")[2]}
    early = await http.post(f"/bookings/{reference}/attended", data=fields)
    assert early.headers["location"] == page
    assert await sent(database, "visit.asserted") == []
    wrong = await http.post(f"/bookings/{reference}/attended", data=fields | {"token": "nothing"})
    assert wrong.status_code == 404
