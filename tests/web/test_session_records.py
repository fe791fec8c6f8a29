"""The record of a visit on the pages and in the API: corrected, with its history."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from services.courses import recalls
from services.courses.recall_schemas import RecallIn
from services.kernel.work import Database
from services.scheduling.schemas import BookingView
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member
from tests.web.test_clinic_bookings import RECORD, path_of


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def completed(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> BookingView:
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    await sign_in(http, database, shop.owner_id)
    asked = await http.get(path_of(shop, booking, "/complete"))
    assert "Signed by Ana Torres" in asked.text
    form = form_of(asked, "/complete")
    assert form.fields["practitioner_id"] == str(shop.world.practitioner_id) or "Dr Mira Holm" in asked.text
    wrong = await send(http, form, **RECORD, passes="99")
    assert wrong.status_code == 422
    assert 'href="#passes"' in wrong.text
    done = await send(
        http,
        form,
        **RECORD,
        passes="4",
        consent_seen="true",
        practitioner_id=str(shop.world.practitioner_id),
    )
    assert done.status_code == 303
    return booking


async def test_a_record_is_corrected_and_its_history_read(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await completed(http, database, clock, shop)
    here = path_of(shop, booking, "/record")
    shown = await http.get(path_of(shop, booking))
    assert f'href="{here}"' in shown.text
    assert "seen by Owen Lind" in shown.text
    asked = await http.get(f"{here}/correct")
    form = form_of(asked, "/correct")
    assert (form.fields["lot"], form.fields["topicals"]) == ("L-2231", "lidocaine, hyaluronic acid")
    same = {**RECORD, "passes": "4", "practitioner_id": str(shop.world.practitioner_id)}
    silent = await send(http, form, **(same | {"lot": "L-2232"}))
    assert silent.status_code == 422
    assert 'href="#why"' in silent.text
    assert "L-2232" in silent.text
    nothing = await send(http, form, **same, why="No reason")
    assert nothing.status_code == 409
    kept = await send(http, form, **(same | {"lot": "L-2232"}), why="Misread")
    assert (kept.status_code, kept.headers["location"]) == (303, here)
    history = (await http.get(here)).text
    assert history.index("L-2232") < history.index("L-2231")
    assert "Why: Misread" in history
    again = await send(http, form, **(same | {"lot": "L-2233"}), why="Misread")
    assert again.headers["location"] == here
    assert "Somebody has corrected this record meanwhile" in (await http.get(here)).text
    await sign_in(http, database, await member(database, shop, "front_desk"))
    assert (await http.get(here)).status_code == 403
    assert "L-2232" not in (await http.get(path_of(shop, booking))).text


async def test_a_program_reads_a_record_with_its_history_and_corrects_it(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await completed(http, database, clock, shop)
    path, bearer = f"/manage/{shop.slug}/bookings/{booking.reference}/record", shop.world.bearer
    first = (await api.get(path, headers=bearer)).json()
    assert (first["version"], first["passes"], first["depth_mm"]) == (1, 4, "1.25")
    assert first["recorded_at"].endswith(("-05:00", "-06:00"))
    assert [one["version"] for one in first["versions"]] == [1]
    body = {"areas": ["face"], "depth_mm": "1.0", "lot": "L-1", "version": 1, "why": "Only the face."}
    bad = await api.post(path, json=body | {"why": "", "passes": 0}, headers=bearer)
    assert {error["field"] for error in bad.json()["errors"]} == {"why", "passes"}
    made = await api.post(path, json=body, headers=bearer)
    assert (made.status_code, made.json()["version"], made.json()["why"]) == (201, 2, "Only the face.")
    late = await api.post(path, json=body | {"lot": "L-3"}, headers=bearer)
    assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "record-changed")
    assert [one["version"] for one in (await api.get(path, headers=bearer)).json()["versions"]] == [2, 1]


async def test_a_lot_that_was_called_back_is_asked_about_and_nothing_typed_is_lost(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    first = await completed(http, database, clock, shop)
    async with database.begin(shop.scope) as work:
        await recalls.confirm_recall(work, RecallIn(lot=RECORD["lot"]))
    lots = f"/clinic/{shop.world.slug}/lots"
    assert "not told" not in (await http.get(lots)).text
    second = await book_visit(database, shop, email="eva@example.test")
    await clock.advance(second.starts_at - await clock.now() + timedelta(minutes=1))
    assert second.client_id != first.client_id
    await sign_in(http, database, shop.owner_id)
    page = await http.get(path_of(shop, second, "/complete"))
    assert 'name="recalled_lot_used"' not in page.text
    typed = RECORD | {"lot": "l- 2231", "notes": "Redness of the chin."}
    refused = await send(http, form_of(page, "/complete"), **typed)
    assert refused.status_code == 422
    assert "This lot was called back on" in refused.text
    assert "Redness of the chin." in refused.text
    again = form_of(refused, "/complete")
    assert again.fields["lot"] == "l- 2231"
    assert "This lot was called back on" in (await send(http, again, **typed)).text
    assert (await send(http, again, **typed, recalled_lot_used="true")).status_code == 303
    assert "1 not told" in (await http.get(lots)).text
    found = (await http.get(lots, params={"lot": "L-2231"})).text
    assert "Tell those who have not been told" in found
    assert "Everybody on whom it was used was told." not in found
