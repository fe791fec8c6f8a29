"""The whole journey through `/api/v1` alone, by a program that knows the HTTP contract and nothing else.

A clinic signs up, is set up, sent in and approved; clients find it, book a session and a course, move and cancel,
are treated, answer the check-in and review; the clinic replies, reads its books and signs out. The product runs as
its own processes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import httpx
import pyotp
import pytest

from tests.contracts.journey.caller import Caller, Outside
from tests.contracts.journey.client import (
    answer_letters,
    be_judged,
    book_course,
    book_session,
    change_mind,
    discover,
    hear,
    learn_the_codes,
    report,
    slots,
)
from tests.contracts.journey.clinic import (
    approve,
    found,
    furnish,
    hire,
    leave,
    read_the_books,
    rearrange,
    send_in,
    treat,
    work_at_the_desk,
)
from tests.contracts.journey.memory import ANA, BEN, DESK, OWNER, PASSWORD
from tests.contracts.journey.moderator import Moderator


async def sign_up(guest: Caller, email: str, name: str) -> Caller:
    await guest.post("/accounts", {"email": email, "password": PASSWORD, "name": name})
    return await sign_in(guest, email, PASSWORD)


async def sign_in(guest: Caller, email: str, password: str, **more: str) -> Caller:
    made = await guest.post("/tokens", {"email": email, "password": password, **more})
    return guest.with_headers(Authorization=f"Bearer {made['token']}")


async def prove_address(outside: Outside, email: str) -> None:
    answer = await outside.http.get(await outside.link(email, "/verify-email/"), follow_redirects=True)
    assert answer.status_code == 200


async def begin_next_day(outside: Outside, email: str) -> date:
    """Sets the clock to the morning after the newest message to somebody, and gives that day."""
    day = datetime.fromisoformat((await outside.mail(email))["sent_at"]).date() + timedelta(days=1)
    await outside.set_clock(now=f"{day}T15:00:00Z")
    back = await outside.http.post("/dev/clock", json={"now": f"{day}T14:00:00Z"})
    assert 400 <= back.status_code < 500
    return day


@pytest.mark.walk
async def test_a_program_that_knows_the_contract_walks_the_whole_journey(
    product: str, moderator: Moderator
) -> None:
    async with httpx.AsyncClient(base_url=product, timeout=30) as http:
        guest, outside = Caller(http, {}), Outside(http)
        await guest.refused(
            "POST", "/accounts", 400, content=b"{", headers={"Content-Type": "application/json"}
        )
        await learn_the_codes(guest)
        owner = await sign_up(guest, OWNER, "Amara Osei")
        desk = await sign_up(guest, DESK, "Dana Reed")
        ana = await sign_up(guest, ANA, "Ana Torres")
        clinic = await found(owner)
        await owner.refused("POST", f"{clinic.own}/submit", 403)
        for email in (OWNER, ANA):
            await prove_address(outside, email)
        day = await begin_next_day(outside, OWNER)
        clinic = await furnish(clinic)
        await rearrange(clinic)
        await hire(clinic, desk)
        await send_in(clinic)

        given = {"email": moderator.email, "password": moderator.password}
        await guest.refused("POST", "/tokens", 401, json=given)
        code = pyotp.TOTP(moderator.totp_secret).at(datetime.fromisoformat(f"{day}T15:00:00+00:00"))
        robin = await sign_in(guest, moderator.email, moderator.password, totp=code)
        await approve(clinic, robin)
        await discover(guest, outside, clinic)

        await guest.refused("GET", f"{clinic.treatment}/slots", 422, params={"from": day, "to": day})
        free = await slots(guest, clinic, day + timedelta(days=7))
        alone = await book_session(ana, clinic, free[3]["starts_at"])
        course = await book_course(guest, clinic, free[3]["starts_at"])
        for to in (ANA, OWNER):
            await hear(outside, to, alone["reference"], 1)
        for to in (BEN, OWNER):
            await hear(outside, to, course["reference"], 3)
        await change_mind(ana, clinic, outside, alone)
        day_before = await slots(guest, clinic, day + timedelta(days=6))
        missed = await work_at_the_desk(clinic, day_before[0]["starts_at"], free[-1]["starts_at"])

        await treat(clinic, outside, course, missed)
        review_id = await answer_letters(guest, outside)
        await be_judged(guest, outside, clinic, review_id)
        await report(guest, robin, clinic)
        await read_the_books(clinic, robin, ana, course["course_id"])
        await leave(clinic)
