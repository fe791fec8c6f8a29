"""Who has lost the link to a booking has it sent again, and nobody learns who has booked."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
from sqlalchemy import select

from infra.platform.assembly import Adapters
from services.kernel.errors import TooManyRequests
from services.kernel.models import Delivery
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.schemas import LostLinks
from services.treatments.models import BookingMode
from tests.factories import book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock
from tests.services.accounts.people import throttled
from tests.web.forms import post
from tests.web.mail import sent
from tests.web.people import fields

ANA, KIND, PATH = "ana@example.test", "booking.lost_links", "/bookings/lost-link"
LINK = re.compile(r"https?://[^/]+(/bookings/[A-Z0-9]+\?token=\S+)")


async def test_one_message_lists_what_lies_ahead_at_every_clinic_with_a_link_each(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    here = await live_clinic(database)
    there = await live_clinic(database, name="Other Skin", city="Chicago", booking_mode=BookingMode.REQUEST)
    course = await book_one(database, here, whole_course=True, email="Ana@Example.test")
    asked = await book_one(database, there, email=ANA)
    off = await book_one(database, there, email=ANA)
    await book_one(database, there, email="ben@example.test")
    (off_id,) = await booking_ids(database, there, off)
    async with database.begin(there.scope) as work:
        await scheduling.cancel(work, off_id, by="client")
    for page in ("/sign-in", f"/c/{here.slug}/book/{here.treatment_id}", "/bookings/AAAAAAAAAA"):
        assert f'href="{PATH}"' in (await http.get(page)).text
    answer = await post(http, PATH, {"email": " ANA@example.test "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/sent")
    assert "is on its way" in (await http.get(f"{PATH}/sent")).text
    (message,) = await sent(database, ANA, KIND)
    links = LINK.findall(message.text)
    assert {link.split("/")[2].split("?")[0] for link in links} == {course.reference, asked.reference}
    assert len(links) == 2
    assert ("Linden Skin" in message.text, "Other Skin" in message.text) == (True, True)
    assert message.text.count("Chicago time") == len(course.sessions) + 1
    assert "not confirmed yet" in message.text
    told = LINK.sub("", message.subject + message.text + message.html)
    assert [word for word in ("needling", "Needling session", "face") if word in told] == []
    for link in links:
        assert (await http.get(link)).status_code == 200
    await clock.advance(timedelta(days=400))
    await post(http, PATH, {"email": ANA})
    assert len(await sent(database, ANA, KIND)) == 1


async def test_the_answer_is_the_same_for_every_address_and_two_clicks_send_one_message(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await book_one(database, await live_clinic(database), email=ANA)
    now = await clock.now()
    await clock.advance(timedelta(seconds=61 - now.second))
    known, unknown = [await post(http, PATH, {"email": email}) for email in (ANA, "nobody@example.test")]
    assert (known.status_code, known.headers["location"], known.content) == (
        unknown.status_code,
        unknown.headers["location"],
        unknown.content,
    )
    answers = [
        await api.post("/bookings/lost-links", json={"email": email})
        for email in (ANA, "nobody@example.test")
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (202, {"email": ANA}),
        (202, {"email": "nobody@example.test"}),
    ]
    assert len(await sent(database, ANA, KIND)) == 1
    assert await sent(database, "nobody@example.test", KIND) == []
    async with database.begin(PlatformScope("a test reads deliveries")) as work:
        queued = await work.rows(select(table(Delivery).c.payload))
    assert [row.payload for row in queued if "example.test" in str(row.payload)] == []


async def test_what_is_no_address_is_told_at_its_field_and_other_sites_ask_nothing(
    http: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    shown = await post(http, PATH, {"email": "ana at example"})
    assert (shown.status_code, 'value="ana at example"' in shown.text) == (422, True)
    assert 'id="email-error"' in shown.text
    assert (await http.post(PATH, data={"email": ANA})).status_code == 403
    assert fields(await api.post("/bookings/lost-links", json={"email": "ana"})) == [("email", "invalid")]
    assert fields(await api.post("/bookings/lost-links", json={})) == [("email", "missing")]


async def test_asking_is_limited_by_address_and_by_e_mail(database: Database, adapters: Adapters) -> None:
    limited = throttled(database, adapters)

    async def ask(email: str, address: str) -> bool:
        try:
            async with limited.begin(PublicScope()) as work:
                await scheduling.ask_lost_links(work, LostLinks(email=email), address=address)
        except TooManyRequests:
            return False
        return True

    by_email = [await ask(ANA, f"192.0.2.{number}") for number in range(6)]
    assert by_email == [True] * 5 + [False]
    by_address = [await ask(f"p{number}@example.test", "198.51.100.7") for number in range(31)]
    assert by_address == [True] * 30 + [False]
