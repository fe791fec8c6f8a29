"""What a clinic says of treatments, policies and access, as clients read it: listing, comparison, booking, search."""

from __future__ import annotations

import re

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, LocationPatch, NewDevice
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice, FirstStep
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import PASSWORD
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop
from tests.web.forms import post
from tests.web.test_booking_pages import book
from workers.inline import drain

FIRST = "A patch test comes first, at least 48 hours before the first session"


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A clinic that wants a patch test and a deposit, says what it puts on the skin, and has a lift."""
    made = await make_shop(database)
    patch = TreatmentPatch(
        first_step=FirstStep.PATCH_TEST,
        first_step_hours=48,
        numbing_product="Cream with 5% lidocaine",
        topicals=["Hyaluronic serum"],
    )
    async with database.begin(made.scope) as work:
        await treatments.update_treatment(work, made.treatment_id, patch)
        await clinics.update_clinic(work, ClinicPatch(deposit_amount=5000))
        await clinics.update_location(
            work, made.world.location_id, LocationPatch(accessibility=["lift", "step_free"])
        )
    await drain(database, MailboxOnly())
    return made


async def test_clients_read_it_before_they_choose_and_where_they_are_asked(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    public = f"/c/{shop.slug}"
    times = f"{shop.book_path}/times?area=face"
    for path in (public, f"/compare?clinic={shop.slug}", shop.book_path, times):
        shown = (await http.get(path)).text
        assert FIRST in shown, path
        assert "$50" in shown, path
    assert "Cream with 5% lidocaine, Hyaluronic serum" in (await http.get(public)).text
    spanish = (await http.get(f"/es{public}")).text
    assert "Antes hay una prueba en la piel, al menos 48 horas antes de la primera sesión" in spanish
    assert "Sobre la piel: Cream with 5% lidocaine" in spanish
    assert "por reserva, se paga en la clínica" in spanish


async def test_the_booking_says_what_has_to_happen_before(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    shown = (await http.get(await book(http, shop))).text
    assert FIRST in shown
    assert "without it this session does not take place" in shown
    assert "deposit $50" in shown
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = [one for one in await notices.list_sent(work) if one.kind == "booking.confirmed.client"]
    assert "A patch test, at least 48 hours before the first session." in sent[0].text


async def test_the_question_about_allergies_names_what_is_used(
    http: httpx.AsyncClient, api: httpx.AsyncClient, shop: Shop
) -> None:
    path = f"/clinics/{shop.slug}/treatments/{shop.treatment_id}"
    asked = (await api.get(f"{path}/screening")).json()
    assert asked["put_on_skin"] == ["Cream with 5% lidocaine", "Hyaluronic serum"]
    (item,) = (await api.get(f"/clinics/{shop.slug}/treatments")).json()["items"]
    facts = {"first_step": "patch_test", "first_step_hours": 48, "topicals": ["Hyaluronic serum"]}
    assert facts.items() <= item.items()
    policies = (await api.get(f"/clinics/{shop.slug}")).json()["policies"]
    assert policies["deposit"] == {"amount": 5000, "currency": "USD"}
    times = await send(http, form_of(await http.get(shop.book_path), "/times", "get"), area="face")
    week = form_of(times, "/hold")
    held = await send(http, week, starts_at=week.choices["starts_at"][0])
    details = await http.get(held.headers["location"])
    assert "Put on the skin here: Cream with 5% lidocaine, Hyaluronic serum" in details.text


async def test_a_deposit_is_typed_in_the_clinics_currency(http: httpx.AsyncClient, shop: Shop) -> None:
    await post(http, "/sign-in", {"email": shop.world.owner.email, "password": PASSWORD})
    page = f"/clinic/{shop.slug}/profile"
    assert 'value="50.00"' in (await http.get(page)).text
    profile = {
        "name": "Linden Skin",
        "email": "a@example.test",
        "country": "US",
        "currency": "USD",
        "languages": "en",
    }
    for typed, words in (("fifty", "Type the deposit as a number"), ("99999999999", "Type the deposit")):
        refused = await post(http, page, {**profile, "deposit": typed})
        assert (refused.status_code, words in refused.text) == (422, True)
        assert f'value="{typed}"' in refused.text
    assert (await post(http, page, {**profile, "deposit": "80,5"})).status_code == 303
    assert "$80.50" in (await http.get(f"/c/{shop.slug}")).text
    assert (await post(http, page, {**profile, "deposit": ""})).status_code == 303
    assert "$80.50" not in (await http.get(f"/c/{shop.slug}")).text


async def test_places_are_found_by_their_access(
    http: httpx.AsyncClient, api: httpx.AsyncClient, shop: Shop
) -> None:
    both = {"accessibility": ["lift", "step_free"]}
    body = (await api.get("/search", params=both)).json()
    assert [item["accessibility"] for item in body["items"]] == [["lift", "step_free"]]
    assert {one["code"]: one["count"] for one in body["facets"]["accessibility"]} == {
        "lift": 1,
        "step_free": 1,
    }
    assert (await api.get("/search", params={"accessibility": "hearing_loop"})).json()["items"] == []
    assert (await api.get("/search", params={"accessibility": "slide"})).status_code == 422
    page = (await http.get("/search", params=both)).text
    assert "Linden Skin" in page
    assert "No steps on the way in (1)" in page
    assert 'href="/search?accessibility=step_free"' in page  # the chip that drops the lift
    nothing = (await http.get("/search?accessibility=lift,hearing_loop")).text
    assert "Whatever its access" in nothing


IN_PART = re.compile(r"on label in part.*?for ([^<]+)</span>", re.DOTALL)


@pytest.mark.parametrize("areas", [("face",), ("face", "neck")])
async def test_the_clinic_reads_of_the_label_what_its_clients_read(
    http: httpx.AsyncClient, database: Database, shop: Shop, areas: tuple[str, ...]
) -> None:
    price = MoneyIn(amount=18000, currency="USD")
    patch = TreatmentPatch(
        concerns=["acne_scars", "fine_lines"],
        areas=[AreaIn(code=code, minutes=20, price=price) for code in areas],
    )
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, patch)
    await drain(database, MailboxOnly())
    said = IN_PART.search((await http.get(f"/c/{shop.slug}")).text)
    assert said, "clients are told that it is on the label in part"
    await sign_in(http, database, shop.owner_id)
    menu = f"/clinic/{shop.slug}/treatments"
    for path in (menu, f"{menu}/{shop.treatment_id}"):
        page = (await http.get(path)).text
        assert said.group(1).split(" and ")[0] in [one.split(" and ")[0] for one in IN_PART.findall(page)], (
            path
        )
        assert "off label" not in page, path
    assert said.group(1) in IN_PART.findall((await http.get(menu)).text)


async def test_a_live_clinic_is_not_told_what_is_left_to_set_up(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    await sign_in(http, database, shop.owner_id)
    for page in ("treatments", "practitioners"):
        assert "Next:" not in (await http.get(f"/clinic/{shop.slug}/{page}")).text


async def test_the_menu_says_that_a_named_device_is_gone_and_clients_read_of_the_one_in_its_place(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    async with database.begin(shop.scope) as work:
        pen = NewDevice(
            location_id=shop.world.location_id,
            maker="Quill",
            model="PRO Pen",
            modality="pen",
            clearance="FDA K243800",
        )
        await clinics.add_device(work, pen)
        only = [AreaIn(code="face", minutes=20, price=MoneyIn(amount=18000, currency="USD"))]
        change = TreatmentPatch(device_choice=DeviceChoice.KIND, areas=only, concerns=["acne_scars"])
        await treatments.update_treatment(work, shop.treatment_id, change)
        await clinics.archive_device(work, shop.world.device_id)
    assert "Quill PRO Pen" in (await http.get(f"/c/{shop.slug}")).text
    assert (await http.get(f"{shop.book_path}/times?area=face")).status_code == 200
    await sign_in(http, database, shop.owner_id)
    menu = f"/clinic/{shop.slug}/treatments"
    shown = (await http.get(menu)).text
    assert "Others take its place" in shown
    assert f'href="{menu}/{shop.treatment_id}#device_id">Name another</a>' in shown
    async with database.begin(shop.scope) as work:
        named = TreatmentPatch(device_choice=DeviceChoice.NAMED)
        await treatments.update_treatment(work, shop.treatment_id, named)
    assert "so it cannot be booked" in (await http.get(menu)).text
    assert (await http.get(f"{shop.book_path}/times?area=face")).status_code == 404
