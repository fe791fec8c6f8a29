"""The API of questions: asked by anyone, followed by a token, answered by the clinic's team."""

from __future__ import annotations

import httpx

from services.kernel.ids import new_id
from services.kernel.work import Database
from services.treatments.models import BookingMode
from tests.factories import booking_body, free_slots, live_clinic
from tests.web.people import fields

NEW = {"name": "Ana Torres", "email": "ana@example.test", "text": "Does it hurt?"}


async def test_a_question_is_asked_answered_and_its_invitation_books(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.ASK_FIRST)
    about = NEW | {"treatment_id": str(world.treatment_id)}
    key = {"Idempotency-Key": "one-question"}
    for _ in range(2):
        asked = await api.post(f"/clinics/{world.slug}/questions", json=about, headers=key)
        assert (asked.status_code, asked.json()["state"]) == (201, "waiting")
    token = asked.json()["token"]
    base = f"/manage/{world.slug}/questions"
    (waiting,) = (await api.get(base, params={"state": "waiting"}, headers=world.bearer)).json()["items"]
    assert (waiting["name"], "messages" in waiting) == ("Ana Torres", False)
    thread = await api.get(f"{base}/{waiting['id']}", headers=world.bearer)
    assert thread.json()["messages"][0]["text"] == NEW["text"]
    answer = await api.post(
        f"{base}/{waiting['id']}/answer", json={"text": "Come.", "invite": True}, headers=world.bearer
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "answered")
    read = (await api.get(f"/questions/{token}")).json()
    assert [one["side"] for one in read["messages"]] == ["person", "clinic"]
    invitation = read["messages"][1]["book_url"].partition("invitation=")[2]

    starts_at = (await free_slots(database, world))[0].starts_at
    body = booking_body(world, starts_at)
    refused = await api.post("/bookings", json=body, headers={"Idempotency-Key": "a"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "ask-first")
    booked = await api.post(
        "/bookings", json=body | {"invitation": invitation}, headers={"Idempotency-Key": "b"}
    )
    assert (booked.status_code, booked.json()["status"]) == (201, "confirmed")

    more = await api.post(f"/questions/{token}", json={"text": "Thank you."})
    assert (more.status_code, len(more.json()["messages"])) == (201, 3)
    closed = await api.post(f"{base}/{waiting['id']}/close", headers=world.bearer)
    assert closed.json()["state"] == "closed"
    for late in (
        await api.post(f"/questions/{token}", json={"text": "More."}),
        await api.post(f"{base}/{waiting['id']}/answer", json={"text": "More."}, headers=world.bearer),
    ):
        assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "question-closed")


async def test_bad_questions_and_wrong_tokens_are_refused(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    asks = f"/clinics/{world.slug}/questions"
    assert fields(await api.post(asks, json={"name": "", "email": "x", "text": " "})) == [
        ("name", "missing"),
        ("email", "invalid"),
        ("text", "missing"),
    ]
    assert fields(await api.post(asks, json=NEW | {"treatment_id": str(new_id())})) == [
        ("treatment_id", "unknown-code")
    ]
    assert (await api.post("/clinics/nobody/questions", json=NEW)).status_code == 404
    token = (await api.post(asks, json=NEW)).json()["token"]
    assert fields(await api.post(f"/questions/{token}", json={"text": ""})) == [("text", "missing")]
    for wrong in (token + "x", token[1:]):
        assert (await api.get(f"/questions/{wrong}")).status_code == 404
        assert (await api.post(f"/questions/{wrong}", json={"text": "x"})).status_code == 404
    manage = f"/manage/{world.slug}/questions"
    (one,) = (await api.get(manage, headers=world.bearer)).json()["items"]
    assert fields(await api.get(manage, params={"state": "open"}, headers=world.bearer))
    general = {"text": "Come.", "invite": True}
    assert fields(await api.post(f"{manage}/{one['id']}/answer", json=general, headers=world.bearer)) == [
        ("invite", "invalid")
    ]
    assert (await api.get(manage)).status_code == 401
    other = await live_clinic(database, name="Other Skin")
    assert (await api.get(f"{manage}/{one['id']}", headers=other.bearer)).status_code == 404
