"""A credential lapses by itself: its holder is off the market by every road, and back once the renewal is checked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx

from infra.platform.mail import MailboxOnly
from services.kernel.language import day_words
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.practitioners import service as practitioners
from services.practitioners.evidence import add_evidence
from services.practitioners.schemas import CredentialPatch
from tests.factories import World, book_one, booking_body, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import moderator
from tests.services.practitioners.papers import pdf
from tests.web.booking_api import book, key, times
from tests.web.booking_forms import sign_in
from tests.web.conftest import BASE
from workers.inline import drain

WHO, CHICAGO = "Dr Mira Holm", ZoneInfo("America/Chicago")
ROADS = ["search", "search page", "listing", "listing page", "compare page", "slots", "booking page"]


async def _expiring(database: Database, world: World, clock: MovableClock, days: int) -> datetime:
    """Gives the credential that many days; gives the instant at which it lapses."""
    day = (await clock.now()).date() + timedelta(days=days)
    async with database.begin(world.scope) as work:
        await practitioners.update_credential(work, world.credential_id, CredentialPatch(expires_on=day))
        await practitioners.verify_credential(work, world.credential_id, against="the register")
    await drain(database, MailboxOnly())
    return datetime.combine(day + timedelta(days=1), time(), CHICAGO).astimezone(UTC)


async def _shown(
    http: httpx.AsyncClient, api: httpx.AsyncClient, world: World, clock: MovableClock
) -> list[str]:
    """On which of the roads that lead to a practitioner they are found."""
    slots = await times(api, clock, world)
    where = f"{BASE}/c/{world.slug}"
    book_page = f"{where}/book/{world.treatment_id}/times?area=face"
    pages = {
        "search page": f"{BASE}/search?concern=acne_scars&q=Mira",
        "listing page": where,
        "compare page": f"{BASE}/compare?clinic={world.slug}",
        "booking page": book_page,
    }
    texts = {name: (await http.get(url)).text for name, url in pages.items()}
    found = (await api.get("/search", params={"concern": "acne_scars"})).json()["items"]
    clinic = (await api.get(f"/clinics/{world.slug}")).json()
    shown = {
        "search": [item["slug"] for item in found] == [world.slug],
        "search page": "Linden Skin" in texts["search page"],
        "listing": [person["name"] for person in clinic["practitioners"]] == [WHO],
        "listing page": WHO in texts["listing page"],
        "compare page": "Dermatologist" in texts["compare page"],
        "slots": bool(slots),
        "booking page": 'name="starts_at"' in texts["booking page"],
    }
    assert list(shown) == ROADS
    return [name for name, found_there in shown.items() if found_there]


async def _bookable(api: httpx.AsyncClient, world: World, starts_at: str, moved: dict[str, str]) -> list[str]:
    """By which of the roads a time with the practitioner can be had. Nothing is left booked that was not before."""
    at = datetime.fromisoformat(starts_at)
    body = booking_body(world, at, practitioner_id=world.practitioner_id)
    named = await api.post("/bookings", json=body, headers=key())
    anyone = await api.post("/bookings", json=booking_body(world, at), headers=key())
    course = await api.post("/bookings", json=booking_body(world, at, whole_course=True), headers=key())
    at_desk = {"treatment_id": str(world.treatment_id), "starts_at": starts_at, "client": body["client"]}
    desk = await api.post(f"/manage/{world.slug}/bookings", json=at_desk, headers=world.bearer)
    headers = {"X-Manage-Token": moved["manage_token"]}
    new_time = {"starts_at": starts_at}
    client = await api.post(f"/bookings/{moved['reference']}/reschedule", json=new_time, headers=headers)
    change = f"/manage/{world.slug}/bookings/{moved['reference']}"
    clinic = await api.patch(change, json=new_time, headers=world.bearer)
    answers = {
        "named": named,
        "anyone": anyone,
        "course": course,
        "desk": desk,
        "move": client,
        "moved": clinic,
    }
    assert all(answer.status_code in {200, 201, 409, 422} for answer in answers.values())
    return [name for name, answer in answers.items() if answer.is_success]


async def test_a_lapsed_credential_closes_every_road_within_a_minute_and_a_checked_renewal_opens_them(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await add_evidence(work, world.credential_id, "licence.pdf", pdf())
    lapses_at = await _expiring(database, world, clock, 10)
    free = await times(api, clock, world)
    kept = (await book(api, world, free[0]["starts_at"])).json()
    await drain(database, MailboxOnly())
    assert await _shown(http, api, world, clock) == ROADS

    await clock.advance(lapses_at - await clock.now() + timedelta(seconds=50))
    await drain(database, MailboxOnly())
    later = (lapses_at + timedelta(days=5)).date().isoformat()
    wanted = f"{later}T10:00:00-06:00"
    assert await _shown(http, api, world, clock) == []
    assert await _bookable(api, world, wanted, kept) == []

    change = f"/manage/{world.slug}/credentials/{world.credential_id}"
    renewed = {"expires_on": (lapses_at + timedelta(days=365)).date().isoformat()}
    assert (await api.patch(change, json=renewed, headers=world.bearer)).status_code == 200
    await drain(database, MailboxOnly())
    assert await _shown(http, api, world, clock) == []  # claimed, not checked

    someone = await moderator(database)
    queue = await api.get("/admin/cases?state=open&kind=credential", headers=someone.bearer)
    (case,) = queue.json()["items"]
    checked = {"decision": "approve", "reason": "meets_requirements", "checked_against": "the register"}
    decided = await api.post(f"/admin/cases/{case['id']}/decision", json=checked, headers=someone.bearer)
    assert decided.status_code == 200, decided.text
    await drain(database, MailboxOnly())
    assert await _shown(http, api, world, clock) == ROADS
    assert "named" in await _bookable(api, world, wanted, kept)


async def test_a_renewal_before_the_last_day_takes_nobody_off_the_market(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await add_evidence(work, world.credential_id, "licence.pdf", pdf())
    lapses_at = await _expiring(database, world, clock, 10)
    renewed = {"expires_on": (lapses_at + timedelta(days=365)).date().isoformat()}
    change = f"/manage/{world.slug}/credentials/{world.credential_id}"
    held = (await api.patch(change, json=renewed, headers=world.bearer)).json()
    assert (held["state"], held["renewal_expires_on"]) == ("verified", renewed["expires_on"])
    await drain(database, MailboxOnly())
    assert await _shown(http, api, world, clock) == ROADS

    someone = await moderator(database)
    queue = await api.get("/admin/cases?state=open&kind=credential", headers=someone.bearer)
    (case,) = queue.json()["items"]
    checked = {"decision": "approve", "reason": "meets_requirements", "checked_against": "the register"}
    decided = await api.post(f"/admin/cases/{case['id']}/decision", json=checked, headers=someone.bearer)
    assert decided.status_code == 200, decided.text
    await clock.advance(lapses_at - await clock.now() + timedelta(seconds=50))
    await drain(database, MailboxOnly())
    assert await _shown(http, api, world, clock) == ROADS
    found = (await api.get(change, headers=world.bearer)).json()
    assert (found["expires_on"], found["renewal_expires_on"]) == (renewed["expires_on"], None)


async def test_the_desk_is_told_why_no_later_day_has_times_and_clients_are_not(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    last = (await _expiring(database, world, clock, 10)).astimezone(CHICAGO) - timedelta(days=1)
    words = f"No times after {day_words(last.date())}"
    public = f"{BASE}/c/{world.slug}/book/{world.treatment_id}/times?area=face"
    assert words not in (await http.get(public)).text
    await sign_in(http, database, world.owner.account_id)
    page = f"{BASE}/clinic/{world.slug}/bookings/{booked.sessions[0].reference}/reschedule"
    assert words in (await http.get(page)).text
    async with database.begin(world.scope) as work:
        longer = CredentialPatch(expires_on=last.date() + timedelta(days=1000))
        await practitioners.update_credential(work, world.credential_id, longer)
        await practitioners.verify_credential(work, world.credential_id, against="the register")
    assert "No times after" not in (await http.get(page)).text


async def test_the_clinic_is_reminded_three_times_and_told_of_the_lapse_with_what_stays_booked(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await book_one(database, world, (await free_slots(database, world, in_days=75))[0].starts_at)
    lapses_at = await _expiring(database, world, clock, 70)
    told = []
    for before in (timedelta(days=60), timedelta(days=30), timedelta(days=7), -timedelta(seconds=50)):
        await clock.advance(lapses_at - before - await clock.now())
        await drain(database, MailboxOnly())
        told.append([kind for kind, _ in await _told(database)])
    soon = "credential.expires_soon"
    assert told == [[soon], [soon] * 2, [soon] * 3, [soon] * 3 + ["credential.lapsed"]]
    text = (await _told(database))[-1][1]
    assert f"{WHO} is no longer shown" in text
    assert f"1 visit with {WHO} from today on stays as booked" in text


async def _told(database: Database) -> list[tuple[str, str]]:
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = await notices.list_sent(work)
    return [(one.kind, one.text) for one in reversed(sent) if one.kind.startswith("credential.")]
