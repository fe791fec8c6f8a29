"""The client's side: finds, books, changes, answers and judges."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.contracts.journey.caller import API, Caller, Outside, members
from tests.contracts.journey.memory import ANA, BEN, Clinic, dollars, new_key

FIVE = {"result": 4, "comfort": 5, "cleanliness": 5, "explanation": 5, "value": 4}


async def learn_the_codes(guest: Caller) -> None:
    """Every code that this journey uses is in the catalogue, with its name."""
    catalogue = await guest.get("/catalogue")
    used = {
        "concerns": "acne_scars",
        "areas": "face",
        "modalities": "pen",
        "credential_kinds": "dermatologist",
        "languages": "en",
        "decisions": "approve",
        "reasons": "meets_requirements",
    }
    for kind, code in used.items():
        names = {one["code"]: one["name"] for one in catalogue[kind]}
        assert names[code]


async def search(guest: Caller, slug: str, **wanted: Any) -> dict[str, Any] | None:
    """The clinic's item in what is found, or nothing."""
    page = await guest.get("/search", concern="acne_scars", place="Austin", **wanted)
    members(page, "items", "next", "facets")
    return next((one for one in page["items"] if one["slug"] == slug), None)


async def discover(guest: Caller, outside: Outside, clinic: Clinic) -> None:
    """The clinic is found by concern and place, and shows itself."""
    item = await outside.comes(lambda: search(guest, clinic.slug), "the clinic is found")
    assert item is not None
    members(item, "slug", "location_id", "name", "city", "country", "distance_km", "concerns", "areas")
    members(item, "credentials", "languages", "next_free_at", "score")
    assert item["location_id"] == clinic.location_id
    assert item["credentials"] == ["dermatologist"]
    assert (item["course_from"]["price"], item["course_from"]["sessions"]) == (dollars(660), 3)
    members(item["rating"], "mean", "shrunk", "low", "high", "count")
    members(item["score"], "total", "parts")
    for order in ("distance", "price", "rating", "soonest"):
        assert await search(guest, clinic.slug, sort=order, area="face", credential="dermatologist")
    assert await search(guest, clinic.slug, max_course_price=66_000, currency="USD")
    assert await search(guest, clinic.slug, max_course_price=65_999, currency="USD") is None
    await guest.refused("GET", "/search", 422, params={"concern": "boredom"})
    shown = await guest.get(clinic.public)
    members(shown, "slug", "name", "practitioners", "devices", "policies", "rating")
    members(shown["locations"][0], "id", "time_zone", "address")
    members(shown["practitioners"][0], "id", "name", "credentials")
    (treatment,) = (await guest.get(f"{clinic.public}/treatments"))["items"]
    members(treatment, "id", "name", "modality", "areas", "concerns", "course", "booking_mode")
    assert treatment["id"] == clinic.treatment_id
    assert (await guest.get(f"{clinic.public}/reviews"))["items"] == []


async def slots(guest: Caller, clinic: Clinic, day: date, **more: str) -> list[dict[str, Any]]:
    """Free times for the face in the week that begins with that day."""
    query = {"from": str(day), "to": str(day + timedelta(days=6)), "area": "face", **more}
    items: list[dict[str, Any]] = (await guest.get(f"{clinic.treatment}/slots", **query))["items"]
    assert [one["starts_at"] for one in items] == sorted(one["starts_at"] for one in items)
    for one in items[:1]:
        assert set(one) >= {"starts_at", "ends_at", "practitioner_id", "location_id"}
    return items


async def wish(
    guest: Caller, clinic: Clinic, email: str, starts_at: str, *, yes: bool = False
) -> dict[str, Any]:
    """What a client sends, all questions answered alike."""
    asked = await guest.get(f"{clinic.treatment}/screening")
    answers = {question["code"]: yes for question in asked["questions"]}
    return {
        "clinic": clinic.slug,
        "treatment_id": clinic.treatment_id,
        "area": "face",
        "starts_at": starts_at,
        "client": {"name": email.partition("@")[0].title(), "email": email},
        "screening": {"version": asked["version"], "answers": answers},
        "consent": {"version": asked["consent"]["version"], "signed_name": email.partition("@")[0].title()},
    }


async def book_session(person: Caller, clinic: Clinic, starts_at: str) -> dict[str, Any]:
    """One session, after everything that is refused; the same key books once."""
    body = await wish(person, clinic, ANA, starts_at)
    await person.refused("POST", "/bookings", 400, json=body)
    unwell = await wish(person, clinic, ANA, starts_at, yes=True)
    await person.refused("POST", "/bookings", 403, "screening-not-now", json=unwell, headers=new_key())
    body["screening"]["answers"].popitem()
    unanswered = await person.refused("POST", "/bookings", 422, json=body, headers=new_key())
    members(unanswered["errors"][0], "field", "code", "message")
    body, key = await wish(person, clinic, ANA, starts_at), new_key()
    booked: dict[str, Any] = await person.post("/bookings", body, headers=key)
    assert await person.post("/bookings", body, headers=key) == booked
    await person.refused("POST", "/bookings", 422, json={**body, "whole_course": True}, headers=key)
    assert booked["status"] == "confirmed"
    assert [one["starts_at"] for one in booked["sessions"]] == [starts_at]
    return booked


async def book_course(guest: Caller, clinic: Clinic, taken: str) -> dict[str, Any]:
    """Another client wants the time that is gone, is offered others, and takes one of them for the whole course."""
    body = await wish(guest, clinic, BEN, taken) | {"whole_course": True}
    problem = await guest.refused("POST", "/bookings", 409, "slot-taken", json=body, headers=new_key())
    body["starts_at"] = problem["alternatives"][0]["starts_at"]
    body["preferences"] = {"from_time": "10:00", "until_time": "14:00"}
    asked = {name: body[name] for name in ("starts_at", "area", "preferences")}
    planned = await guest.post(f"{clinic.treatment}/plan", asked, status=200)
    body["plan"] = planned["plan"]
    booked: dict[str, Any] = await guest.post("/bookings", body, headers=new_key())
    assert booked["course_id"]
    assert [one["starts_at"] for one in booked["sessions"]] == [
        one["starts_at"] for one in planned["sessions"]
    ]
    starts = [datetime.fromisoformat(one["starts_at"]) for one in booked["sessions"]]
    assert len(starts) == 3
    assert all(21 <= (b.date() - a.date()).days <= 42 for a, b in pairwise(starts))
    return booked


async def hear(outside: Outside, to: str, reference: str, sessions: int) -> None:
    """A confirmation comes with a calendar file for every session."""
    message = await outside.mail(to, reference)
    for attached in message["attachments"]:
        members(attached, "filename", "content_type", "content")
        assert attached["content_type"].startswith("text/calendar")
        assert attached["content"].count("BEGIN:VEVENT") == 1
    assert len(message["attachments"]) == sessions


async def change_mind(person: Caller, clinic: Clinic, outside: Outside, booked: dict[str, Any]) -> None:
    """Reads, moves and cancels with the token or the account that booked; nobody else can."""
    path = f"/bookings/{booked['reference']}"
    guest = Caller(person.http, {})
    holder = guest.with_headers(X_Manage_Token=booked["manage_token"])
    assert await person.get(path) == await holder.get(path)
    await guest.refused("GET", path, 404)
    await guest.with_headers(X_Manage_Token="somebody's").refused("GET", path, 404)
    file = await outside.http.get(API + path + "/calendar.ics", params={"token": booked["manage_token"]})
    assert (file.status_code, file.text.count("BEGIN:VEVENT")) == (200, 1)
    await guest.refused("GET", path + "/calendar.ics", 404, params={"token": "somebody's"})
    day = datetime.fromisoformat(booked["sessions"][0]["starts_at"]).date()
    later = (await slots(guest, clinic, day + timedelta(days=2)))[0]["starts_at"]
    moved = await holder.post(f"{path}/reschedule", {"starts_at": later}, status=200)
    assert (moved["status"], moved["starts_at"]) == ("confirmed", later)
    await ask_for_another_time(holder, clinic, booked["reference"], booked["sessions"][0]["starts_at"])
    cancelled = await person.post(f"{path}/cancel", {"reason": "I am away."}, status=200)
    assert cancelled["status"] == "cancelled"
    await holder.refused("POST", f"{path}/cancel", 409)
    assert later in [one["starts_at"] for one in await slots(guest, clinic, day + timedelta(days=2))]


async def ask_for_another_time(holder: Caller, clinic: Clinic, reference: str, starts_at: str) -> None:
    """Of what is booked on request: the booking stays, and says what is asked for, until the clinic has answered."""
    path, desk = f"/bookings/{reference}", f"{clinic.own}/bookings/{reference}"
    treatment = f"{clinic.own}/treatments/{clinic.treatment_id}"
    await clinic.owner.patch(treatment, {"booking_mode": "request"})
    before = await holder.get(path)
    asked = await holder.post(f"{path}/reschedule", {"starts_at": starts_at}, status=200)
    members(asked["asked"], "starts_at", "answer_by")
    assert (asked["status"], asked["starts_at"]) == ("confirmed", before["starts_at"])
    assert (await holder.post(f"{path}/reschedule/take-back", status=200))["asked"] is None
    for answer, there in (("decline", before["starts_at"]), ("accept", starts_at)):
        await holder.post(f"{path}/reschedule", {"starts_at": starts_at}, status=200)
        said = {"starts_at": starts_at}
        now = await clinic.owner.post(f"{desk}/move/{answer}", said, status=200)
        assert (now["starts_at"], now["asked"]) == (there, None)
        await clinic.owner.refused("POST", f"{desk}/move/{answer}", 409, json=said)
    await holder.post(f"{path}/reschedule", {"starts_at": before["starts_at"]}, status=200)
    await clinic.owner.post(f"{desk}/move/accept", status=200)
    await clinic.owner.patch(treatment, {"booking_mode": "instant"})


async def answer_letters(guest: Caller, outside: Outside) -> str:
    """The check-in and the review, by the tokens of their links, each once; gives the review's id."""
    await outside.set_clock(advance_seconds=4 * 86_400)
    check_in = f"/check-ins/{await outside.token(BEN, '/check-ins/')}"
    answer = {"downtime_days": 1, "discomfort": 2}
    await guest.post(check_in, answer)
    await guest.refused("POST", check_in, 409, json=answer)
    review = f"/reviews/{await outside.token(BEN, '/reviews/')}"
    words = {"ratings": FIVE, "concern": "acne_scars", "downtime_days": 1, "text": "They told me all."}
    await guest.refused("POST", review, 422, json={"ratings": {**FIVE, "value": 6}})
    written = await guest.post(review, words)
    await guest.refused("POST", review, 409, json=words)
    return str(written["id"])


async def be_judged(guest: Caller, outside: Outside, clinic: Clinic, review_id: str) -> None:
    """The rating of the clinic and of its item in the search change; the clinic replies in public."""

    async def is_counted() -> bool:
        shown, item = await guest.get(clinic.public), await search(guest, clinic.slug)
        return item is not None and shown["rating"]["count"] == item["rating"]["count"] == 1

    await outside.comes(is_counted, "the review counts")
    rating = (await guest.get(clinic.public))["rating"]
    assert rating["mean"] == 4.6
    assert rating["low"] <= rating["shrunk"] <= rating["high"]
    assert rating == (await search(guest, clinic.slug) or {})["rating"]
    await clinic.owner.post(f"{clinic.own}/reviews/{review_id}/reply", {"text": "Thank you, Ben."})
    (public,) = (await guest.get(f"{clinic.public}/reviews"))["items"]
    assert (public["id"], public["reply"]) == (review_id, "Thank you, Ben.")
    assert [one["id"] for one in (await clinic.owner.get(f"{clinic.own}/reviews"))["items"]] == [review_id]


async def report(guest: Caller, moderator: Caller, clinic: Clinic) -> None:
    """Anyone may tell the moderators about a clinic or a review."""
    body = {"slug": clinic.slug, "reason": "wrong_facts", "text": "The street is another one."}
    await guest.post("/reports", body)
    await guest.refused("POST", "/reports", 422, json={**body, "reason": "because"})
    await guest.refused("POST", "/reports", 404, json={**body, "slug": "nobody"})
    cases = (await moderator.get("/admin/cases", kind="public_report"))["items"]
    assert [one["slug"] for one in cases] == [clinic.slug]
