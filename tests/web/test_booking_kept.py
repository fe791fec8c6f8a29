"""What was answered and typed stays when the chosen person or time goes while somebody answers."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, CoursePatch, MoneyIn, TreatmentPatch
from tests.factories import add_practitioner
from tests.web.booking_forms import PageForm, form_of, send
from tests.web.booking_world import Shop, make_shop

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "phone": "+44 20 7946 0100", "signed_name": "Jo Ellis"}
TYPED = CLEAR | JO


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def details(http: httpx.AsyncClient, shop: Shop, **chosen: str) -> PageForm:
    """The last step, for the first free time, which nobody holds."""
    query = {"area": "face"} | chosen
    times = form_of(await http.get(f"{shop.book_path}/times", params=query), "/hold")
    query["starts_at"] = times.choices["starts_at"][0]
    return form_of(await http.get(f"{shop.book_path}/details", params=query), "/details")


async def booked(database: Database, shop: Shop, answer: httpx.Response) -> BookingView:
    assert answer.status_code == 303, answer.text
    reference = answer.headers["location"].split("/bookings/")[1].split("?")[0]
    async with database.begin(shop.scope) as work:
        found = await scheduling.find_reference(work, reference)
        assert found is not None
        return await scheduling.get_booking(work, found[1])


def kept(answer: httpx.Response) -> PageForm:
    """The form that is shown again, with all that was typed."""
    form = form_of(answer, "/details")
    assert form.fields | TYPED == form.fields
    return form


@pytest.mark.parametrize("press", ["the same time", "another time"])
async def test_when_the_chosen_person_cannot_be_booked_any_more_one_press_books_with_another(
    http: httpx.AsyncClient, database: Database, shop: Shop, press: str
) -> None:
    other = await add_practitioner(database, shop.world)
    form = await details(http, shop, practitioner_id=str(shop.world.practitioner_id), whole_course="false")
    async with database.begin(shop.scope) as work:
        await practitioners.reject_credential(work, shop.world.credential_id)
    answer = await send(http, form, **TYPED)
    assert answer.status_code == 422
    assert "The person you chose cannot be booked any more." in answer.text
    again = kept(answer)
    assert again.fields["form_token"] == form.fields["form_token"]
    near = [value for name, value in again.buttons if name == "take"]
    taken = {} if press == "the same time" else {"take": near[-1]}
    booking = await booked(database, shop, await send(http, again, **taken))
    assert booking.practitioner_id == other
    assert booking.starts_at == datetime.fromisoformat(taken.get("take", form.fields["starts_at"]))


async def test_when_the_time_is_not_offered_any_more_others_near_it_are_one_press_away(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    form = await details(http, shop)
    day = datetime.fromisoformat(form.fields["starts_at"]).date()
    async with database.begin(shop.scope) as work:
        await clinics.add_exception(work, shop.world.location_id, NewException(kind="closed", first_on=day))
    answer = await send(http, form, **TYPED)
    assert answer.status_code == 422
    assert "The clinic does not offer that time." in answer.text
    again = kept(answer)
    near = [value for name, value in again.buttons if name == "take"]
    assert near
    booking = await booked(database, shop, await send(http, again, take=near[0]))
    assert booking.starts_at == datetime.fromisoformat(near[0])
    assert booking.local_starts_at.date() > day


async def test_an_area_that_left_the_menu_is_asked_for_again_with_the_rest_of_the_choice(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    form = await details(http, shop, whole_course="true")
    areas = [
        AreaIn(code=code, minutes=10, price=MoneyIn(amount=18000, currency="USD"))
        for code in ("neck", "hands")
    ]
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=areas))
    answer = await send(http, form, **TYPED)
    assert answer.status_code == 422
    assert "Choose an area." in answer.text
    assert form_of(answer, "/times", "get").fields["whole_course"] == "true"
    assert "Jo Ellis" not in answer.text


@pytest.mark.parametrize("whole", ["false", "true"])
async def test_another_price_is_shown_before_it_is_booked(
    http: httpx.AsyncClient, database: Database, shop: Shop, whole: str
) -> None:
    form = await details(http, shop, whole_course=whole)
    areas = [AreaIn(code="face", minutes=20, price=MoneyIn(amount=40000, currency="USD"))]
    async with database.begin(shop.scope) as work:
        course = CoursePatch(price=MoneyIn(amount=150000, currency="USD"))
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=areas, course=course))
    answer = await send(http, form, **TYPED)
    assert answer.status_code == 409
    assert "The price is another by now." in answer.text
    price = "$1,500" if whole == "true" else "$400"
    assert price in answer.text
    booking = await booked(database, shop, await send(http, kept(answer)))
    assert booking.price == (37500 if whole == "true" else 40000)
