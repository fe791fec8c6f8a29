"""The pages and calls behind signed links, and the clinic's own reviews."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, LocationPatch
from services.courses.followup_rules import SIGNS
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase
from services.reviews import service as reviews
from tests.factories import PASSWORD, World, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit, sent
from web.context import SESSION_COOKIE

RATINGS = {"result": 4, "comfort": 3, "cleanliness": 5, "explanation": 5, "value": 4}
NO_SIGNS = dict.fromkeys(SIGNS, "no")


async def _links(database: Database, clock: MovableClock) -> tuple[World, str, str]:
    """A clinic, the path of a check-in and the path of a review, as in the messages."""
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    await sent(database)
    await clock.advance(timedelta(days=3, minutes=1))
    found = {one.kind: one.text for one in await sent(database)}
    paths = [
        re.search(r"http://127\.0\.0\.1:8000(/\S+)", found[kind])
        for kind in ("check_in.asked", "review.invited")
    ]
    assert all(paths)
    return world, *(match[1] for match in paths if match)  # type: ignore[return-value]


async def _post(http: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    page = await http.get(path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    return await http.post(path, data={"_csrf_token": token[1], **fields})


async def sign_in(http: httpx.AsyncClient, database: Database, email: str) -> None:
    async with database.begin(PublicScope()) as work:
        given = Credentials(email=email, password=PASSWORD)
        http.cookies.set(SESSION_COOKIE, await accounts.sign_in(work, given, kind=SignInKind.SESSION))


async def test_a_check_in_is_answered_without_a_script(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, path, _ = await _links(database, clock)
    page = await http.get(path)
    assert page.status_code == 200
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == (
        "private, no-store",
        "no-referrer",
    )
    wrong = await _post(
        http, path, **NO_SIGNS | {"blisters": ""}, discomfort="", downtime_days="many", text="It is dry"
    )
    assert wrong.status_code == 422
    assert re.findall(r'href="#(blisters|discomfort|downtime_days|fever)"', wrong.text) == [
        "blisters",
        "discomfort",
        "downtime_days",
    ]
    assert 'href="tel:' in page.text
    assert 'href="#downtime_days"' in wrong.text
    assert "It is dry" in wrong.text
    done = await _post(http, path, **NO_SIGNS | {"fever": "yes"}, discomfort="3", downtime_days="2", pain="2")
    assert (done.status_code, done.headers["location"]) == (303, path)
    thanks = await http.get(path)
    assert "The clinic was told at once." in thanks.text
    assert len(await sent(database, "check_in.red_flag")) == 1


MAILED = "mailto:desk@example.test"


@pytest.mark.parametrize(
    ("phone", "title", "links"),
    [
        ("+1 512 555 0142", "Please call the clinic as well", ["tel:+15125550142", MAILED]),
        ("", "Please write to the clinic as well", [MAILED]),
    ],
)
async def test_who_marked_a_red_flag_reads_of_the_clinic_what_there_is(
    http: httpx.AsyncClient,
    database: Database,
    clock: MovableClock,
    phone: str,
    title: str,
    links: list[str],
) -> None:
    world, path, _ = await _links(database, clock)
    async with database.begin(world.scope) as work:
        await clinics.update_location(work, world.location_id, LocationPatch(phone=phone))
        await clinics.update_clinic(work, ClinicPatch(email="desk@example.test"))
    await _post(http, path, **NO_SIGNS | {"fever": "yes"}, discomfort="3", downtime_days="2")
    thanks = (await http.get(path)).text
    assert title in thanks
    assert re.findall(r'href="((?:tel:\+|mailto:)[^"]+)"', thanks) == links
    assert ("It gave no phone number here." in thanks) == (not phone)
    assert ("call the clinic" in thanks.lower()) == bool(phone)
    assert 'href="tel:911"' in thanks


async def test_an_answered_check_in_says_so_and_takes_no_more(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, path, _ = await _links(database, clock)
    page = await http.get(path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    fields = {"_csrf_token": token[1], **NO_SIGNS, "discomfort": "0", "downtime_days": "0"}
    assert (await http.post(path, data=fields)).status_code == 303
    assert (await http.post(path, data=fields)).status_code == 409
    assert "Nothing more to do" in (await http.get(path)).text


async def test_a_review_is_written_without_a_script(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, _, path = await _links(database, clock)
    page = await http.get(path)
    assert "Ana T." in page.text
    missing = await _post(http, path, comfort="3", text="Kind people")
    assert missing.status_code == 422
    assert 'href="#result"' in missing.text
    assert "Kind people" in missing.text
    foreign = await _post(http, path, **RATINGS, concern="melasma")
    assert foreign.status_code == 422
    done = await _post(http, path, **RATINGS, concern="acne_scars", downtime_days="2", text="Kind people")
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert "is public" in (await http.get(path)).text
    async with database.begin(world.scope) as work:
        (shown,) = (await reviews.list_reviews(work)).items
    assert (shown.text, shown.stars, shown.downtime_days) == ("Kind people", 4.2, 2)


@pytest.mark.parametrize(
    "path", ["/check-ins/nonsense-that-is-no-token", "/reviews/nonsense-that-is-no-token"]
)
async def test_a_broken_link_is_a_page_that_says_so(http: httpx.AsyncClient, path: str) -> None:
    page = await http.get(path)
    assert page.status_code == 404
    assert "This link is not complete." in page.text


async def test_an_expired_link_is_gone(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, check_in, review = await _links(database, clock)
    await clock.advance(timedelta(days=61))
    for path in (check_in, review):
        page = await http.get(path)
        assert page.status_code == 410
        assert "expired" in page.text
    answer = await api.post(check_in, json={"downtime_days": 1, "discomfort": 1})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (410, "link-expired")


async def test_a_check_in_is_answered_by_the_api_once(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, path, _ = await _links(database, clock)
    bad = await api.post(path, json={"discomfort": 11})
    assert bad.status_code == 422
    assert {(e["field"], e["code"]) for e in bad.json()["errors"]} == {
        ("downtime_days", "missing"),
        ("discomfort", "out-of-range"),
    }
    body = {"downtime_days": 2, "discomfort": 1, "blisters": True}
    first = await api.post(path, json=body)
    assert (first.status_code, first.json()["red_flag"]) == (201, True)
    assert (await api.post(path, json=body)).status_code == 409
    assert (await api.post("/check-ins/nothing", json=body)).status_code == 404


async def test_a_review_is_written_by_the_api_once_and_listed(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, _, path = await _links(database, clock)
    bad = await api.post(path, json={"ratings": {**RATINGS, "value": 6}, "concern": "unknown"})
    assert bad.status_code == 422
    assert [(e["field"], e["code"]) for e in bad.json()["errors"]] == [("ratings.value", "out-of-range")]
    unknown = await api.post(path, json={"ratings": RATINGS, "concern": "unknown"})
    assert [(e["field"], e["code"]) for e in unknown.json()["errors"]] == [("concern", "unknown-code")]
    first = await api.post(path, json={"ratings": RATINGS, "text": "Fine."})
    assert first.status_code == 201
    assert (await api.post(path, json={"ratings": RATINGS})).status_code == 409
    listed = (await api.get(f"/clinics/{world.slug}/reviews")).json()
    assert listed["next"] is None
    (shown,) = listed["items"]
    assert shown == first.json()
    assert (shown["author"], shown["ratings"], shown["stars"]) == ("Ana T.", RATINGS, 4.2)
    assert (await api.get("/clinics/unknown/reviews")).status_code == 404


async def test_the_clinic_replies_by_the_api_with_the_role_alone(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, _, path = await _links(database, clock)
    review_id = (await api.post(path, json={"ratings": RATINGS})).json()["id"]
    reply = f"/manage/{world.slug}/reviews/{review_id}/reply"
    assert (await api.post(reply, json={"text": "Thank you."})).status_code == 401
    _, stranger = await person(database, "Stranger")
    foreign = {"Authorization": f"Bearer {stranger}"}
    assert (await api.post(reply, json={"text": "Thank you."}, headers=foreign)).status_code == 404
    assert (await api.post(reply, json={"text": ""}, headers=world.bearer)).status_code == 422
    done = await api.post(reply, json={"text": "Thank you."}, headers=world.bearer)
    assert (done.status_code, done.json()["reply"]) == (201, "Thank you.")
    own = (await api.get(f"/manage/{world.slug}/reviews", headers=world.bearer)).json()
    assert [one["reply"] for one in own["items"]] == ["Thank you."]


async def test_the_clinics_page_shows_figures_and_takes_a_reply(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, _, path = await _links(database, clock)
    review_id = (await api.post(path, json={"ratings": RATINGS, "text": "Fine."})).json()["id"]
    await sent(database)
    await sign_in(http, database, world.owner.email)
    base = f"/clinic/{world.slug}/reviews"
    page = await http.get(base, params={"answer": review_id})
    assert page.status_code == 200
    assert "1 review" in page.text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    empty = await http.post(f"{base}/{review_id}/reply", data={"_csrf_token": token[1], "text": " "})
    assert empty.status_code == 422
    done = await http.post(f"{base}/{review_id}/reply", data={"_csrf_token": token[1], "text": "Thank you."})
    assert done.status_code == 303
    assert "Thank you." in (await http.get(base)).text


async def test_a_clinic_without_reviews_reads_what_comes_next(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    await sign_in(http, database, world.owner.email)
    assert "No reviews yet" in (await http.get(f"/clinic/{world.slug}/reviews")).text


async def test_links_of_a_person_who_was_erased_say_so_and_take_nothing(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, check_in, review = await _links(database, clock)
    confirmed = (await sent(database, "booking.confirmed.client"))[0].text
    visit = re.search(r"http://127\.0\.0\.1:8000(/bookings/\S+)", confirmed)
    assert visit is not None
    assert (await http.get(visit[1])).status_code == 200
    person_ = Person(email="ana@example.test")
    await asking.begin_erasure(database, person_, Erase(understood=True, cancel_bookings=True))
    await sent(database)
    for path in (check_in, visit[1]):
        shown = await http.get(path)
        assert (shown.status_code, "This was erased." in shown.text) == (410, True), path
    answer = {"downtime_days": 2, "discomfort": 3}
    for path, given in ((check_in, answer), (review, {"ratings": RATINGS, "text": "Careful."})):
        taken = await api.post(path, json=given)
        assert (taken.status_code, taken.json()["type"].rpartition("/")[2]) == (410, "erased"), path
