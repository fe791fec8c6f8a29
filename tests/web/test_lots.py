"""Lots on the pages and in the API: traced, previewed, confirmed; for one clinic and for all."""

from __future__ import annotations

import re

import httpx

from services.clients import service as clients
from services.clients.schemas import ClientPatch
from services.courses import recalls
from services.courses.recall_schemas import RecallIn
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.courses.treated import treated
from tests.services.moderation.drafts import moderator
from tests.services.notices.test_reached import Refusing
from tests.services.notices.visits import sent
from tests.web.booking_forms import form_of, send, sign_in
from web.context import SESSION_COOKIE
from workers.inline import drain


async def test_a_clinic_sees_the_message_and_the_count_before_it_confirms(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-1", "OTHER")
    await sign_in(http, database, world.owner.account_id)
    base = f"/clinic/{world.slug}/lots"
    assert "None. If a maker calls a lot back" in (await http.get(base)).text
    assert "No record names this lot" in (await http.get(base, params={"lot": "none"})).text
    found = await http.get(base, params={"lot": "lot-1"})
    assert "2 visits, 2 clients" in found.text
    preview = await send(http, form_of(found, "/preview"), words="Please call us.")
    assert "2 people get this message" in preview.text
    assert "Please get in touch with Linden Skin" in preview.text
    assert "Linden Skin writes: Please call us." in preview.text
    assert await sent(database, "lot.recalled.client") == []
    confirm = form_of(preview, "/recall")
    done = await http.get((await send(http, confirm)).headers["location"])
    assert "An e-mail goes to 2 people" in done.text
    assert "The messages are on their way." in done.text
    assert "Everybody on whom it was used was told." not in done.text
    assert len(await sent(database, "lot.recalled.client")) == 2
    twice = await http.get((await send(http, confirm)).headers["location"])
    assert "Nothing was sent: each has a message from before." in twice.text
    assert "Everybody on whom it was used was told." in twice.text
    assert len(await sent(database, "lot.recalled.client")) == 2


async def test_lots_that_may_be_the_same_typed_differently_are_named_with_their_visits(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-10", "lot 1O", "lot.io", "LOT-100")
    await treated(database, clock, "L0T10", name="Other Skin", emails=("zoe@example.test",))
    await sign_in(http, database, world.owner.account_id)
    base = f"/clinic/{world.slug}/lots"
    found = await http.get(base, params={"lot": "LOT-10"})
    alike = re.findall(rf'href="{base}\?lot=([^"]+)">[^<]+</a>, (\d) visit', found.text)
    assert alike == [("lot.io", "1"), ("lot%201O", "1")]
    assert "1 visit, 1 client" in found.text
    assert "Written much alike" not in (await http.get(base, params={"lot": "LOT-100"})).text
    assert "Written much alike" not in (await http.get(base, params={"lot": "--"})).text
    asked = {"lot": "LOT-10"}
    out = (await http.get(f"/api/v1/manage/{world.slug}/lots", params=asked, headers=world.bearer)).json()
    assert out["alike"] == [{"lot": "lot.io", "visits": 1}, {"lot": "lot 1O", "visits": 1}]
    http.cookies.set(SESSION_COOKIE, (await moderator(database)).session)
    everywhere = (await http.get("/admin/lots", params={"lot": "LOT-10"})).text
    assert re.findall(r'href="/admin/lots\?lot=([^"]+)">[^<]+</a>, (\d) visit', everywhere) == [
        ("L0T10", "1"),
        ("lot.io", "1"),
        ("lot%201O", "1"),
    ]


async def test_a_program_traces_a_lot_and_calls_it_back(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-1")
    base, bearer = f"/manage/{world.slug}", world.bearer
    assert (await api.get(f"{base}/lots", headers=bearer)).status_code == 422
    found = (await api.get(f"{base}/lots", params={"lot": "lot -1"}, headers=bearer)).json()
    assert (found["visits"], len(found["people"]), found["recall"]) == (2, 2, None)
    assert found["message"]["title"] == "Please get in touch with Linden Skin"
    made = await api.post(f"{base}/recalls", json={"lot": "lot-1"}, headers=bearer)
    assert (made.status_code, made.json()["newly_told"], made.json()["told"]) == (201, 2, 2)
    again = await api.post(f"{base}/recalls", json={"lot": "LOT-1"}, headers=bearer)
    assert (again.json()["newly_told"], again.json()["id"]) == (0, made.json()["id"])
    unknown = await api.post(f"{base}/recalls", json={"lot": "none"}, headers=bearer)
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (409, "lot-not-used")
    (listed,) = (await api.get(f"{base}/recalls", headers=bearer)).json()["items"]
    assert (listed["lot"], listed["told"], listed["by_platform"]) == ("LOT-1", 2, False)


async def test_a_moderator_calls_a_lot_back_at_all_clinics(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await treated(database, clock, "LOT-1")
    await treated(database, clock, "LOT-1", name="Other Skin", emails=("zoe@example.test",))
    http.cookies.set(SESSION_COOKIE, (await moderator(database)).session)
    assert "None so far." in (await http.get("/admin/lots")).text
    assert "No record of any clinic" in (await http.get("/admin/lots", params={"lot": "x"})).text
    found = await http.get("/admin/lots", params={"lot": "lot-1"})
    assert "Other Skin" in found.text
    assert "Lot LOT-1<" in found.text
    assert "zoe@example.test" not in found.text
    preview = await send(http, form_of(found, "/preview"), words="Sterility is in doubt.")
    assert "Sterility is in doubt." in preview.text
    assert "Call lot LOT-1 back" in preview.text
    confirm = form_of(preview, "/recall")
    for _ in range(2):
        assert (await send(http, confirm)).status_code == 303
    assert len(await sent(database, "lot.recalled.client")) == 2
    assert len(await sent(database, "lot.recalled.clinic")) == 2
    audit = (await http.get("/admin/audit", params={"action": "lot.recall"})).text
    assert "Lot called back" in audit


async def test_who_was_not_reached_is_listed_with_the_number_to_ring(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-1")
    await sent(database)
    async with database.begin(world.scope) as work:
        people = (await recalls.trace_lot(work, "LOT-1")).people
        ring = next(one for one in people if one.email == "p1@example.test")
        await clients.update_client(work, ring.client_id, ClientPatch(phone="+1 212 555 0133"))
        await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))
    await drain(database, Refusing("p1@example.test"))
    await sign_in(http, database, world.owner.account_id)
    page = await http.get(f"/clinic/{world.slug}/lots", params={"lot": "lot-1"})
    listed = page.text.split("Could not be reached by e-mail")[1].split("</section>")[0]
    assert "tel:+12125550133" in listed
    assert (ring.name in listed, "Everybody on whom it was used was told." in page.text) == (True, False)
    found = (
        await api.get(f"/manage/{world.slug}/lots", params={"lot": "lot-1"}, headers=world.bearer)
    ).json()
    by_email = {one["email"]: (one["message"], one["phone"]) for one in found["people"]}
    assert by_email["p1@example.test"] == ("refused", "+1 212 555 0133")
    assert by_email["p0@example.test"][0] == "sent"
    counts = [found["recall"][name] for name in ("told", "sent", "waiting", "not_reached")]
    assert counts == [2, 1, 0, 1]


async def test_who_was_reached_by_telephone_is_noted_with_who_and_when(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-1")
    await sent(database)
    async with database.begin(world.scope) as work:
        recall = (await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))).recall
        people = {one.email: one for one in (await recalls.trace_lot(work, "LOT-1")).people}
    ring = people["p1@example.test"]
    await drain(database, Refusing("p1@example.test"))
    await sign_in(http, database, world.owner.account_id)
    lots = f"/clinic/{world.slug}/lots"
    page = await http.get(lots, params={"lot": "lot-1"})
    listed = page.text.split("Could not be reached by e-mail")[1].split("</section>")[0]
    assert str(ring.client_id) in listed
    button = form_of(page, f"/{ring.client_id}/call")
    noted = await http.get((await send(http, button)).headers["location"])
    assert "Noted: reached by telephone." in noted.text
    assert "Could not be reached by e-mail" not in noted.text
    assert "Everybody on whom it was used was told." in noted.text
    row = noted.text.split(ring.name)[1].split("</tr>")[0]
    assert "reached by telephone" in row
    assert "Owen Lind" in row

    base, bearer = f"/manage/{world.slug}", world.bearer
    found = (await api.get(f"{base}/lots", params={"lot": "lot-1"}, headers=bearer)).json()
    counts = [found["recall"][name] for name in ("told", "sent", "waiting", "not_reached", "by_phone")]
    assert counts == [2, 1, 0, 0, 1]
    call = next(one["call"] for one in found["people"] if one["email"] == "p1@example.test")
    assert call["by"] == "Owen Lind"
    path = f"{base}/recalls/{recall.id}/people/{ring.client_id}/call"
    again = await api.post(path, json={}, headers=bearer)
    assert (again.status_code, again.json()["call"]) == (200, call)
    back = await api.post(path, json={"reached": False}, headers=bearer)
    assert back.json()["call"] is None
    assert "Could not be reached by e-mail" in (await http.get(lots, params={"lot": "lot-1"})).text
    audit = (await http.get(f"/clinic/{world.slug}/audit")).text
    assert audit.count("Lot told to a client by telephone") == 1
    assert audit.count("Lot call to a client taken back") == 1
    nobody = f"{base}/recalls/{recall.id}/people/{world.owner.account_id}/call"
    assert (await api.post(nobody, json={}, headers=bearer)).status_code == 404


async def test_a_moderator_sees_figures_of_who_was_reached(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-1", "LOT-1")
    await sent(database)
    async with database.begin(world.scope) as work:
        await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))
    await drain(database, Refusing("p1@example.test"))
    http.cookies.set(SESSION_COOKIE, (await moderator(database)).session)
    page = (await http.get("/admin/lots", params={"lot": "lot-1"})).text
    row = page.split("Linden Skin")[1].split("</tr>")[0]
    assert re.findall(r">(\d+)</td>", row) == ["3", "3", "2", "0", "0", "1", "0"]
    assert "p1@example.test" not in page
