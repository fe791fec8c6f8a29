"""Waiting for a time: by forms and links without an account, for programs, and at the clinic."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import standing as standing_of_clinics
from services.clinics.schemas import ClosedClinic
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling import waitlist
from services.scheduling.waitlist_schemas import WishView
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.models import FirstStep
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import add_practitioner
from tests.fixtures import MovableClock
from tests.services.scheduling.waiting import by_day, find, offer_freed, standing, wait
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop, person
from tests.web.mail import link_sent
from web.filters import day
from workers.inline import drain

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}


@pytest.fixture
async def shop(database: Database, clock: MovableClock) -> Shop:
    await by_day(clock)
    return await make_shop(database)


async def link_of(database: Database, shop: Shop, wish: WishView) -> str:
    async with database.begin(shop.scope) as work:
        return f"/waitlist/{waitlist.wish_token(work, wish.id)}"


async def test_a_wish_is_left_confirmed_offered_and_taken_by_links_alone(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    times = await http.get(f"{shop.book_path}/times?area=face")
    assert "Join the waiting list" in times.text
    asked = form_of(await http.get(f"{shop.book_path}/waitlist?area=face"), "/waitlist")
    last_on = ((await clock.now()) + timedelta(days=30)).date().isoformat()
    typed = {"name": "Cy", "email": "cy@example.test", "area": "face"}
    wrong = await send(http, asked, **typed, last_on="2020-01-01", weekdays=["1", "3"])
    assert wrong.status_code == 422
    assert form_of(wrong, "/waitlist").fields["email"] == "cy@example.test"
    left = await send(http, form_of(wrong, "/waitlist"), area="face", last_on=last_on, weekdays=["1", "3"])
    assert left.headers["location"].endswith("/waitlist/sent")
    assert "Look into your mailbox" in (await http.get(left.headers["location"])).text
    link = await link_sent(database, "cy@example.test", "waitlist.prove", "/waitlist/")
    page = await http.get(link)
    assert "Confirm that you wait" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    confirmed = await send(http, form_of(page, "/confirm"))
    assert confirmed.headers["location"] == link
    await drain(database, MailboxOnly())
    offered = await http.get(link)
    assert "It is kept for you, and for nobody else" in offered.text
    form = form_of(offered, "/accept")
    missing = await send(http, form)
    assert missing.status_code == 422
    other = await send(http, form_of(missing, "/accept"), **CLEAR, signed_name="Somebody else")
    assert (other.status_code, "not the name of the person who comes" in other.text) == (422, True)
    booked = await send(http, form_of(other, "/accept"), **CLEAR, signed_name="Cy")
    assert booked.status_code == 303
    assert "You are booked" in (await http.get(booked.headers["location"])).text
    assert "You have booked since" in (await http.get(link)).text


async def test_an_offer_is_declined_and_one_that_is_gone_cannot_be_taken(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    link = await link_of(database, shop, wish)
    await offer_freed(database, shop.world)
    page = await http.get(link)
    # On a phone the way to decline does not lie behind all questions.
    assert page.text.index('href="#decline"') < page.text.index("answer_")
    accept = form_of(page, "/accept")
    declined = await send(http, form_of(page, "/decline"))
    assert "next person is asked" in (await http.get(declined.headers["location"])).text
    late = await send(http, accept, **CLEAR, signed_name="Cy")
    assert late.status_code == 303
    assert "not kept for you any more" in (await http.get(late.headers["location"])).text


async def test_an_offer_says_its_price_and_another_is_shown_before_it_is_booked(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    await offer_freed(database, shop.world)
    page = await http.get(await link_of(database, shop, wish))
    assert "$250" in page.text
    areas = [AreaIn(code="face", minutes=20, price=MoneyIn(amount=40000, currency="USD"))]
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=areas))
    refused = await send(http, form_of(page, "/accept"), **CLEAR, signed_name="Cy")
    assert refused.status_code == 409
    assert "The price is another by now." in refused.text
    assert "$400" in refused.text
    assert await standing(database, shop.world, wish)
    booked = await send(http, form_of(refused, "/accept"))
    assert booked.status_code == 303, booked.text


async def test_an_offer_says_what_comes_first_and_what_is_put_on_the_skin(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    await offer_freed(database, shop.world)
    told = TreatmentPatch(
        first_step=FirstStep.PATCH_TEST, first_step_hours=48, numbing_product="Lidocaine 5%"
    )
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, told)
    page = (await http.get(await link_of(database, shop, wish))).text
    assert "A patch test comes first" in page
    assert "Put on the skin here: Lidocaine 5%" in page


async def test_days_too_near_for_what_comes_first_are_named_before_and_refused(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    plain = await http.get(f"{shop.book_path}/waitlist?area=face")
    assert "A patch test" not in plain.text
    told = TreatmentPatch(first_step=FirstStep.PATCH_TEST, first_step_hours=72)
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, told)
    asked = await http.get(f"{shop.book_path}/waitlist?area=face")
    assert "A patch test comes first, at least 72 hours before the first session" in asked.text
    first_day = (await clock.now() + timedelta(hours=72)).astimezone(wish.zone).date()
    assert f"Nothing before {day(first_day)} is offered." in asked.text
    typed = {"name": "Bo", "email": "bo@example.test", "area": "face"}
    near = (first_day - timedelta(days=1)).isoformat()
    refused = await send(http, form_of(asked, "/waitlist"), **typed, last_on=near)
    assert refused.status_code == 422
    assert "A patch test comes before the first session, so it cannot be that soon." in refused.text
    left = await send(http, form_of(refused, "/waitlist"), last_on=first_day.isoformat())
    assert left.headers["location"].endswith("/waitlist/sent")
    mine = await http.get(await link_of(database, shop, wish))
    assert f"Nothing before {day(first_day)} is offered." in mine.text
    sooner = await send(http, form_of(mine, "/change"), last_on=near)
    assert (sooner.status_code, "cannot be that soon" in sooner.text) == (422, True)


async def test_weekdays_that_never_come_are_refused(
    http: httpx.AsyncClient, clock: MovableClock, shop: Shop
) -> None:
    asked = form_of(await http.get(f"{shop.book_path}/waitlist?area=face"), "/waitlist")
    on = (await clock.now()).date() + timedelta(days=3)
    typed = {"name": "Bo", "email": "bo@example.test", "area": "face"}
    days = {"first_on": on.isoformat(), "last_on": on.isoformat()}
    refused = await send(http, asked, **typed, **days, weekdays=[str((on.weekday() + 1) % 7)])
    assert refused.status_code == 422
    assert "None of these weekdays lies between the two days." in refused.text


async def test_in_the_night_the_page_does_not_say_that_nothing_is_free(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    link = await link_of(database, shop, await wait(database, shop.world, area="face"))
    assert "It is night at the clinic" not in (await http.get(link)).text
    await by_day(clock, hour=6)  # midnight or one o'clock at the clinic
    assert "From 22:00 to 7:00 nothing is offered." in (await http.get(link)).text


async def test_an_answer_that_speaks_against_it_books_nothing(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    await offer_freed(database, shop.world)
    form = form_of(await http.get(await link_of(database, shop, wish)), "/accept")
    code = next(one.code for one in get_question_set().questions if one.outcome == "not_now")
    answer = await send(http, form, **(CLEAR | {f"answer_{code}": "true"}), signed_name="Cy")
    assert answer.status_code == 403
    assert "nothing was booked" in answer.text
    assert await standing(database, shop.world, wish)


async def test_days_are_changed_and_the_wish_withdrawn_by_link(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    async with database.begin(shop.scope) as work:
        later = work.now.date() + timedelta(days=150)
    wish = await wait(database, shop.world, area="face", days=170, first_on=later)
    link = await link_of(database, shop, wish)
    page = await http.get(link)
    assert "You are on the waiting list" in page.text
    assert "at any time" in page.text
    assert form_of(page, "/change").fields["from_time"] == ""
    changed = await send(http, form_of(page, "/change"), weekdays=["6"])
    assert changed.status_code == 303
    assert (await find(database, shop.world, wish)).days == [6]
    assert (await send(http, form_of(page, "/change"), last_on="")).status_code == 422
    gone = await send(http, form_of(await http.get(link), "/withdraw"))
    assert "You took yourself off the list" in (await http.get(gone.headers["location"])).text
    assert (await http.get("/waitlist/made-up")).status_code == 404


async def test_the_page_says_that_it_is_not_offered_any_more_and_leads_to_the_clinic(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    async with database.begin(shop.scope) as work:
        await treatments.archive_treatment(work, shop.treatment_id)
    await drain(database, MailboxOnly())
    page = (await http.get(await link_of(database, shop, wish))).text
    assert "The clinic does not offer any more what you waited for." in page
    assert f'href="/c/{shop.slug}"' in page
    assert "See free times" not in page


async def test_the_page_says_that_who_was_waited_for_has_left_and_leads_to_the_times_of_others(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    other = await add_practitioner(database, shop.world)
    wish = await wait(database, shop.world, area="face", practitioner_id=other)
    async with database.begin(shop.scope) as work:
        await practitioners.archive_practitioner(work, other)
    await drain(database, MailboxOnly())
    page = (await http.get(await link_of(database, shop, wish))).text
    assert "Dr Ivo Marsh does not give any more what you waited for." in page
    assert "See free times" in page


async def test_the_page_says_that_the_clinic_has_closed_and_leads_to_others(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    wish = await wait(database, shop.world, area="face")
    async with database.begin(shop.scope) as work:
        await standing_of_clinics.close(work, ClosedClinic(name=wish.clinic_name))
    await drain(database, MailboxOnly())
    page = (await http.get(await link_of(database, shop, wish))).text
    assert "The clinic has closed." in page
    assert "Find another clinic" in page
    assert "See free times" not in page


async def test_own_wishes_stand_in_the_account(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    account_id = await person(database, "cy@example.test", "Cy")
    await wait(database, shop.world, area="face")
    await sign_in(http, database, account_id)
    page = await http.get("/account/bookings")
    assert "Waiting lists" in page.text
    assert "/waitlist/" in page.text


async def test_a_program_waits_and_the_clinic_offers_and_takes_off(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    path = f"/clinics/{shop.slug}/treatments/{shop.treatment_id}/waitlist"
    last_on = ((await clock.now()) + timedelta(days=30)).date().isoformat()
    body = {"name": "Cy", "email": "cy@example.test", "last_on": last_on, "area": "face", "weekdays": [0, 2]}
    left = await api.post(path, json=body)
    assert left.status_code == 201, left.text
    assert (left.json()["state"], left.json()["weekdays"]) == ("unproven", [0, 2])
    for wrong, field in (({"last_on": "2020-01-01"}, "last_on"), ({"weekdays": [7]}, "weekdays.0")):
        refused = await api.post(path, json=body | wrong)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    async with database.begin(shop.scope) as work:
        await waitlist.prove_wish(work, UUID(left.json()["id"]))
    bearer = shop.world.bearer
    manage = f"/manage/{shop.slug}/waitlist"
    (item,) = (await api.get(manage, headers=bearer)).json()["items"]
    assert (item["email"], item["offered"]) == ("cy@example.test", False)
    slots = f"/clinics/{shop.slug}/treatments/{shop.treatment_id}/slots"
    days = {"from": last_on, "to": last_on, "area": "face"}
    at = (await api.get(slots, params=days)).json()["items"][2]["starts_at"]
    offer = await api.post(f"{manage}/{item['id']}/offer", json={"starts_at": at}, headers=bearer)
    assert offer.status_code == 201, offer.text
    assert offer.json()["stands"] is True
    again = await api.post(f"{manage}/{item['id']}/offer", json={"starts_at": at}, headers=bearer)
    assert again.json()["type"].endswith("/asked-already")
    assert (await api.delete(f"{manage}/{item['id']}", headers=bearer)).status_code == 204
    assert (await api.delete(f"{manage}/{item['id']}", headers=bearer)).status_code == 409
    assert (await api.get(manage, headers=bearer)).json()["items"] == []
    (removed,) = (await api.get(manage, params={"state": "removed"}, headers=bearer)).json()["items"]
    assert removed["id"] == item["id"]


async def test_the_clinic_s_pages_show_the_order_offer_and_take_off(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    await sign_in(http, database, shop.owner_id)
    base = f"/clinic/{shop.slug}/waitlist"
    assert "Nobody waits" in (await http.get(base)).text
    wishes = [await wait(database, shop.world, name, area="face") for name in ("cy", "dan")]
    listed = (await http.get(base)).text
    assert listed.index("Cy") < listed.index("Dan")
    page = await http.get(f"{base}/{wishes[0].id}")
    form = form_of(page, "/offer")
    assert (await send(http, form)).status_code == 422
    done = await send(http, form, starts_at=form.choices["starts_at"][-1])
    assert done.status_code == 303
    shown = await http.get(done.headers["location"])
    assert "by hand" in shown.text
    taken = await send(
        http,
        form_of(await http.get(f"{base}/{wishes[1].id}"), "/offer"),
        starts_at=form.choices["starts_at"][-1],
    )
    assert taken.status_code == 409
    gone = await send(http, form_of(shown, "/remove"))
    assert gone.headers["location"] == base
    assert "Cy" in (await http.get(f"{base}?state=removed")).text
