"""The clinic's clients by forms: written down, changed, noted on, and two records of one person merged."""

from __future__ import annotations

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.clients import service as clients
from services.clients.schemas import ClientIn, ClientView
from services.courses import followups
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member
from workers.inline import drain

ANA = {"name": "Ana Torres", "email": "ana@example.test", "phone": "+1 512 555 0100"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def desk(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The browser of somebody at the front desk."""
    await sign_in(http, database, await member(database, shop, "front_desk"))
    return http


async def _add(database: Database, shop: Shop, **given: str) -> ClientView:
    async with database.begin(shop.scope) as work:
        return await clients.add_client(work, ClientIn.model_validate(ANA | given))


async def test_a_client_is_written_down_and_changed_and_nothing_typed_is_lost(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    base = f"/clinic/{shop.slug}/clients"
    form = form_of(await desk.get(f"{base}/new"), "/clients/new")
    bad = await send(desk, form, name="Ana Torres", email="nobody", phone="call me")
    assert bad.status_code == 422
    assert {"email", "phone"} <= {part.split('"')[0] for part in bad.text.split('href="#')[1:]}
    again = form_of(bad, "/clients/new")
    assert (again.fields["name"], again.fields["email"]) == ("Ana Torres", "nobody")
    made = await send(desk, again, **ANA)
    assert (await send(desk, again, **ANA)).headers["location"] == made.headers["location"]
    shown = await desk.get(made.headers["location"])
    assert "ana@example.test" in shown.text
    assert "Written down." in shown.text
    another = form_of(await desk.get(f"{base}/new"), "/clients/new")
    twice = await send(desk, another, **ANA | {"name": "A. Torres"})
    assert twice.status_code == 409
    assert "This address belongs to Ana Torres" in twice.text
    ben = await _add(database, shop, name="Ben Ode", email="ben@example.test")
    edit = form_of(await desk.get(f"{base}/{ben.id}/edit"), "/edit")
    assert edit.fields["name"] == "Ben Ode"
    taken = await send(desk, edit, email="ANA@example.test")
    assert taken.status_code == 409
    assert f"/clients/{ben.id}/merge?with=" in taken.text
    saved = await send(desk, edit, name="Ben O.", phone="")
    assert saved.headers["location"] == f"{base}/{ben.id}"
    async with database.begin(shop.scope) as work:
        assert await clients.get_client(work, ben.id) == ClientView(
            ben.id, "Ben O.", "ben@example.test", "", None, ben.created_at
        )


async def test_an_address_is_put_right_and_the_page_says_what_went_where(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    visit = await book_visit(database, shop, email="anna@example.test")
    await drain(database, MailboxOnly())
    page = f"/clinic/{shop.slug}/clients/{visit.client_id}"
    saved = await send(desk, form_of(await desk.get(f"{page}/edit"), "/edit"), email="ana@example.test")
    shown = await desk.get(saved.headers["location"])
    assert "Visits that lie ahead are told to the new address." in shown.text
    await drain(database, MailboxOnly())
    messages = (await desk.get(page)).text.partition('id="messages"')[2]
    assert messages.count("Confirmed: your appointment at") == 2
    assert messages.count("to anna@example.test") == 1
    assert "to ana@example.test" not in messages
    again = await send(desk, form_of(await desk.get(f"{page}/edit"), "/edit"), name="Ana T.")
    assert "new address" not in (await desk.get(again.headers["location"])).text


async def test_a_note_is_kept_once_read_and_struck_out(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    ana = await _add(database, shop)
    path = f"/clinic/{shop.slug}/clients/{ana.id}"
    form = form_of(await desk.get(path), "/notes")
    empty = await send(desk, form, text=" ")
    assert empty.status_code == 422
    for _ in range(2):
        kept = await send(desk, form_of(empty, "/notes"), text="Prefers <mornings>.")
        assert kept.headers["location"] == f"{path}#notes"
    shown = await desk.get(path)
    assert shown.text.count("Prefers &lt;mornings&gt;.") == 1
    assert "Team Member, " in shown.text
    strike = form_of(shown, "/strike")
    assert (await send(desk, strike)).status_code == 303
    struck = await desk.get(path)
    assert "<s>Prefers &lt;mornings&gt;.</s>" in struck.text
    assert "Struck out by Team Member" in struck.text
    assert (await send(desk, strike)).status_code == 409


async def test_nothing_is_added_to_the_record_of_who_was_erased(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    ana = await _add(database, shop)
    path = f"/clinic/{shop.slug}/clients/{ana.id}"
    note = form_of(await desk.get(path), "/notes")
    yes = Erase(understood=True, cancel_bookings=True)
    await asking.begin_erasure(database, Person(email=ana.email), yes)
    await drain(database, MailboxOnly())
    page = await desk.get(path)
    assert "Erased client" in page.text
    assert ("/notes" in page.text, "/edit" in page.text, "/bookings/new" in page.text) == (False,) * 3
    assert (await send(desk, note, text="This was Ana.")).status_code == 410


async def test_a_booking_is_begun_for_the_client(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    ana = await _add(database, shop)
    assert (
        f"/bookings/new?client_id={ana.id}" in (await desk.get(f"/clinic/{shop.slug}/clients/{ana.id}")).text
    )
    new = f"/clinic/{shop.slug}/bookings/new"
    begun = await desk.get(new, params={"client_id": str(ana.id)})
    assert f'/clinic/{shop.slug}/clients/{ana.id}">Ana Torres</a>' in begun.text
    choice = form_of(begun, "/bookings/new", "get")
    times = await send(desk, choice, item=f"{shop.treatment_id}:face")
    asked = form_of(times, "/bookings/new")
    assert {name: asked.fields[name] for name in ANA} == ANA
    for nobody in (str(new_id()), "x"):
        assert (await desk.get(new, params={"client_id": nobody})).status_code == 404


async def test_what_is_booked_is_chosen_where_the_menu_leaves_no_choice(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    new = f"/clinic/{shop.slug}/bookings/new"
    assert "Free times from" not in (await desk.get(new)).text
    face = [AreaIn(code="face", minutes=20, price=MoneyIn(amount=25000, currency="USD"))]
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=face))
    begun = await desk.get(new)
    assert f'<option value="{shop.treatment_id}:face" selected>' in begun.text
    assert "Free times from" in begun.text


async def test_the_page_says_which_check_ins_wait(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    visit = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        assert await followups.ask_check_in(work, visit, 3)
        (ana,) = (await clients.list_clients(work)).items
        assert [one.day for one in await followups.list_open_check_ins(work, ana.id)] == [3]
    await sign_in(http, database, world.owner.account_id)
    page = await http.get(f"/clinic/{world.slug}/clients/{ana.id}")
    assert "A check-in waits for an answer" in page.text


async def test_duplicates_are_shown_compared_and_merged(
    desk: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    ana = await _add(database, shop)
    twin = await _add(database, shop, name="ana torres", email="at@example.test", phone="")
    ben = await _add(database, shop, name="Ben Ode", email="ben@example.test", phone="")
    base = f"/clinic/{shop.slug}/clients"
    listed = (await desk.get(base, params={"alike": "true"})).text
    assert str(ana.id) in listed
    assert str(twin.id) in listed
    assert str(ben.id) not in listed
    assert f"{base}/{ana.id}/merge?with={twin.id}" in (await desk.get(f"{base}/{ana.id}")).text
    chosen = await desk.get(f"{base}/{ana.id}/merge", params={"q": "ben"})
    assert f"merge?with={ben.id}" in chosen.text
    side = await desk.get(f"{base}/{ana.id}/merge", params={"with": str(twin.id)})
    assert "This cannot be undone" in side.text
    form = form_of(side, "/merge")
    assert (form.fields["name"], form.choices["email"]) == ("this", ["this", "other"])
    unsure = await send(desk, form, email="other")
    assert unsure.status_code == 422
    assert form_of(unsure, "/merge").fields["email"] == "other"
    for _ in range(2):
        merged = await send(desk, form_of(unsure, "/merge"), sure="true")
        assert merged.headers["location"] == f"{base}/{ana.id}"
    old = await desk.get(f"{base}/{twin.id}")
    assert (old.status_code, old.headers["location"]) == (303, f"{base}/{ana.id}")
    async with database.begin(shop.scope) as work:
        kept = await clients.get_client(work, twin.id)
    assert (kept.id, kept.name, kept.email, kept.phone) == (
        ana.id,
        "Ana Torres",
        "at@example.test",
        "+1 512 555 0100",
    )
    for other, ends in ((ana.id, 303), (twin.id, 303), (new_id(), 404)):
        answer = await desk.get(f"{base}/{ana.id}/merge", params={"with": str(other)})
        assert answer.status_code == ends
    wrong = await send(desk, form, sure="true", name="neither")
    assert wrong.status_code in {303, 422}
