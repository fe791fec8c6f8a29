"""The engine room: for moderators with a second factor, figures and replay."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx
import pyotp

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.clinics import service as clinics
from services.clinics.schemas import NewClinic
from services.kernel import engine_room
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.timers import set_timer
from services.kernel.work import Database
from services.marketplace.events import LISTING_DUE
from tests.factories import PASSWORD, person
from tests.workers.world import announce, delivery_rows, relay_turn
from web.context import SESSION_COOKIE


async def _moderator(http: httpx.AsyncClient, database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        uri = await accounts.create_moderator(work, "mo@example.test", "Mo Derator", PASSWORD)
        code = pyotp.parse_uri(uri)
        assert isinstance(code, pyotp.TOTP)
        given = Credentials(email="mo@example.test", password=PASSWORD, totp=code.at(work.now))
        http.cookies.set(SESSION_COOKIE, await accounts.sign_in(work, given, kind=SignInKind.SESSION))


async def test_the_engine_room_is_closed_to_others(http: httpx.AsyncClient, database: Database) -> None:
    assert (await http.get("/admin/engine")).status_code in {302, 303, 307}
    someone, _ = await person(database)
    async with database.begin(PublicScope()) as work:
        given = Credentials(email=someone.email, password=PASSWORD)
        http.cookies.set(SESSION_COOKIE, await accounts.sign_in(work, given, kind=SignInKind.SESSION))
    assert (await http.get("/admin/engine")).status_code == 403


async def test_a_dead_delivery_is_shown_and_replayed(http: httpx.AsyncClient, database: Database) -> None:
    await _moderator(http, database)
    assert "Nothing is dead" in (await http.get("/admin/engine")).text
    await announce(database, None, "nobody.knows")
    await relay_turn(database, {})
    page = await http.get("/admin/engine")
    assert "nobody.knows" in page.text
    (dead,) = await delivery_rows(database)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    for flash in ("It will be tried again at once.", "not dead any more"):
        done = await http.post(f"/admin/engine/{dead.id}/replay", data={"_csrf_token": token[1]})
        assert (done.status_code, done.headers["location"]) == (303, "/admin/engine")
        assert flash in (await http.get("/admin/engine")).text
    assert await delivery_rows(database) == []


async def test_dead_deliveries_are_sifted_and_replayed_by_a_filter(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _moderator(http, database)
    for name in ("nobody.knows", "nobody.knows", "nobody.cares"):
        await announce(database, None, name)
    await relay_turn(database, {})
    page = await http.get("/admin/engine?event=nobody.knows")
    assert (page.text.count("nobody.knows</a>"), page.text.count("nobody.cares</a>")) == (2, 0)
    assert "Nothing fits" in (await http.get("/admin/engine?state=done")).text
    (kept,) = [row for row in await delivery_rows(database) if row.event == "nobody.cares"]
    one = await http.get(f"/admin/engine/{kept.id}")
    assert (one.status_code, "no actor is routed for this event" in one.text) == (200, True)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    done = await http.post("/admin/engine/replay", data={"_csrf_token": token[1], "event": "nobody.knows"})
    assert done.status_code == 303
    assert "Tried again at once: 2." in (await http.get("/admin/engine")).text
    assert [row.event for row in await delivery_rows(database)] == ["nobody.cares"]
    wrong = await http.post("/admin/engine/replay", data={"_csrf_token": token[1], "clinic": "all"})
    assert wrong.status_code == 422
    assert [row.event for row in await delivery_rows(database)] == ["nobody.cares"]


async def test_clinics_are_shown_by_name_and_sifted_by_their_name_in_addresses(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _moderator(http, database)
    owner, _ = await person(database)
    async with database.begin(ClinicScope(new_id())) as work:
        new = NewClinic(name="Alder Rooms", country="US", currency="USD")
        clinic = await clinics.create_clinic(work, new, owner)
    await announce(database, clinic.clinic_id, "alder.thing")
    await announce(database, new_id(), "other.thing")
    await relay_turn(database, {"alder.thing": ("note_thing",), "other.thing": ("note_thing",)})
    page = await http.get("/admin/engine")
    found = re.search(r'href="([^"]+)">Alder Rooms</a></th>(.*?)</tr>', page.text)
    assert found is not None
    assert [int(one) for one in re.findall(r'nw-num">(\d+)<', found[2])] == [0, 1, 0]
    sifted = await http.get(unescape(found[1]))
    assert f"clinic={clinic.slug}" in found[1]
    assert ("alder.thing</a>" in sifted.text, "other.thing</a>" in sifted.text) == (True, False)
    by_id = await http.get(f"/admin/engine?state=pending&clinic={clinic.clinic_id}")
    assert ("alder.thing</a>" in by_id.text, "other.thing</a>" in by_id.text) == (True, False)
    unknown = await http.get("/admin/engine?state=pending&clinic=nobody-s-rooms&event=other.thing")
    assert unknown.status_code == 422
    assert "No clinic has this in its name." in unknown.text
    assert 'value="nobody-s-rooms"' in unknown.text
    assert "other.thing</a>" not in unknown.text
    assert "Nothing is dead" not in unknown.text


async def test_deliveries_are_sifted_by_a_clinics_name_as_people_write_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _moderator(http, database)
    owner, _ = await person(database)
    events = {"Peña & Söhne": "pena.thing", "Peña Norte": "norte.thing", "Alder Rooms": "alder.thing"}
    for name, event in events.items():
        async with database.begin(ClinicScope(new_id())) as work:
            new = NewClinic(name=name, country="ES", currency="EUR")
            clinic = await clinics.create_clinic(work, new, owner)
        await announce(database, clinic.clinic_id, event)
    await relay_turn(database, dict.fromkeys(events.values(), ("note_thing",)))
    for typed, found in (
        ("Peña & Söhne", ["pena.thing"]),
        ("pena sohne", ["pena.thing"]),
        ("PEÑA", ["norte.thing", "pena.thing"]),
        ("der ro", ["alder.thing"]),
        ("alder-rooms", ["alder.thing"]),
    ):
        page = await http.get("/admin/engine", params={"state": "pending", "clinic": typed})
        assert sorted(re.findall(r">(\w+\.thing)</a>", page.text)) == found, typed
    assert (
        "Of these clinics: Peña &amp; Söhne, Peña Norte."
        in (await http.get("/admin/engine?state=pending&clinic=pena")).text
    )
    for typed in ("%", "rooms alder"):
        refused = await http.get("/admin/engine", params={"state": "pending", "clinic": typed})
        assert (refused.status_code, "No clinic has this in its name." in refused.text) == (422, True), typed


async def test_timers_are_shown_the_next_first(http: httpx.AsyncClient, database: Database) -> None:
    await _moderator(http, database)
    assert "No timer waits" in (await http.get("/admin/engine/timers")).text
    async with database.begin(PlatformScope("a test sets timers")) as work:
        for days in (3, 1, 2):
            event = LISTING_DUE(clinic_id=new_id())
            set_timer(work, event, new_id(), work.now + timedelta(days=days))
        await work.write()
        rows = await engine_room.list_timers(work, LISTING_DUE.name, 2)
        last = rows[-1]
        after = await engine_room.list_timers(work, "", 2, (last.due_at, last.id))
    assert [row.due_at for row in rows + after] == sorted(row.due_at for row in rows + after)
    assert len(rows + after) == 3
    page = await http.get("/admin/engine/timers?kind=listing.due")
    assert page.text.count(">listing.due</td>") == 3
    assert "No timer waits" in (await http.get("/admin/engine/timers?kind=other")).text
