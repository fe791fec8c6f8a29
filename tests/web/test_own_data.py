"""Pages and API of one's own data, for who has an account and for a guest."""

from __future__ import annotations

import httpx

from infra.platform.mail import MailboxOnly
from services.kernel.work import Database
from tests.factories import PASSWORD, World, book_one, live_clinic, person
from tests.fixtures import MovableClock
from tests.web.forms import post
from tests.web.mail import link_sent
from workers.inline import drain

EMAIL = "ana@example.test"


async def _client(database: Database) -> tuple[World, dict[str, str]]:
    """A signed-in client of a clinic who has booked there."""
    world = await live_clinic(database)
    account, token = await person(database, email=EMAIL)
    await book_one(database, world, email=EMAIL, account_id=account.account_id)
    await drain(database, MailboxOnly())
    return world, {"Authorization": f"Bearer {token}"}


async def test_a_guest_sees_takes_and_erases_by_the_link(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await drain(database, MailboxOnly())
    assert (await post(http, "/data", {"email": "not an address"})).status_code == 422
    for email in (EMAIL, "stranger@example.test"):
        asked = await post(http, "/data", {"email": email})
        assert (asked.status_code, asked.headers["location"]) == (303, "/data/sent")
    way = await link_sent(database, EMAIL, "privacy.link", "/data/")
    shown = await http.get(way)
    assert "Linden Skin" in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"

    made = await post(http, f"{way}/exports", {}, way)
    making = await http.get(made.headers["location"])
    assert "is being gathered" in making.text
    assert making.headers["refresh"] == "3"
    await drain(database, MailboxOnly())
    document = (await http.get(made.headers["location"])).text
    for word in ("Ana Torres", "Pen facial for acne scars", "Answers to the health questions", "Linden Skin"):
        assert word in document
    file = await http.get(f"{made.headers['location']}/file")
    assert "attachment" in file.headers["content-disposition"]
    assert file.json()["format"] == "needlewise-person/1"
    assert (await http.get(f"/es{made.headers['location']}")).text.count(
        "Respuestas a las preguntas de salud"
    )

    before = (await http.get(f"{way}/erase")).text
    assert "accounting records" in before
    assert "Cancel my visit that lies ahead" in before
    missing = await post(http, f"{way}/erase", {"understood": "true"})
    assert missing.status_code == 422
    assert "Confirm that your visits are cancelled first" in missing.text
    given = {"understood": "true", "cancel_bookings": "true", "keep_reviews": "false"}
    gone = await post(http, f"{way}/erase", given)
    assert gone.headers["location"].startswith("/data/erased/")
    assert "is being erased" in (await http.get(gone.headers["location"])).text
    await drain(database, MailboxOnly())
    report = (await http.get(gone.headers["location"])).text
    assert "Your data is erased" in report
    assert "Client record" in report
    assert (await http.get(way)).status_code == 404


async def test_the_link_of_another_is_no_way_in(http: httpx.AsyncClient, database: Database) -> None:
    await live_clinic(database)
    assert (await http.get("/data/not-a-token")).status_code == 404
    assert (await http.get("/data/not-a-token/erase")).status_code == 404
    assert (await http.get("/account/data")).status_code in {303, 302}


async def test_an_account_takes_everything_and_is_gone(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, bearer = await _client(database)
    held = (await api.get("/account/data", headers=bearer)).json()["items"]
    assert held[1]["clinic"] == "Linden Skin"
    assert held[1]["rows"]["booking"] == 1
    made = await api.post("/account/exports", headers=bearer)
    assert made.status_code == 201
    path = f"/account/exports/{made.json()['id']}"
    assert (await api.get(f"{path}/file", headers=bearer)).status_code == 409
    await drain(database, MailboxOnly())
    assert (await api.get(path, headers=bearer)).json()["state"] == "done"
    document = (await api.get(f"{path}/file", headers=bearer)).json()
    assert document["platform"]["account"][0]["email"] == EMAIL
    assert "password_hash" not in document["platform"]["account"][0]
    _, other = await person(database, email="ben@example.test")
    stranger = {"Authorization": f"Bearer {other}"}
    assert (await api.get(f"{path}/file", headers=stranger)).status_code == 404

    wrong = await api.post("/account/erasure", headers=bearer, json={"password": "x", "understood": True})
    assert wrong.status_code == 422
    body = {"password": PASSWORD, "understood": True, "cancel_bookings": True}
    gone = await api.post("/account/erasure", headers=bearer, json=body)
    assert gone.status_code == 201
    await drain(database, MailboxOnly())
    assert (await api.get("/account", headers=bearer)).status_code == 401
    report = (await api.get(f"/account/erasures/{gone.json()['report_token']}")).json()
    assert report["state"] == "done"
    assert report["report"]["deleted"]["account"] == 1


async def test_a_file_is_gone_after_a_week(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    from datetime import timedelta  # noqa: PLC0415

    _, bearer = await _client(database)
    made = (await api.post("/account/exports", headers=bearer)).json()
    await drain(database, MailboxOnly())
    await clock.advance(timedelta(days=7, minutes=1))
    await drain(database, MailboxOnly())
    gone = await api.get(f"/account/exports/{made['id']}/file", headers=bearer)
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (410, "file-gone")


async def test_a_consent_is_taken_back_at_once_and_the_clinic_sees_it(
    api: httpx.AsyncClient, http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, bearer = await _client(database)
    (own,) = (await api.get("/account/consents", headers=bearer)).json()["items"]
    decided = {one["purpose"]: one["decision"] for one in own["states"]}
    assert decided == {"treatment": "given", "photos": None, "marketing": None}
    body = {"clinic_id": own["clinic_id"], "purpose": "photos", "decision": "given"}
    assert (await api.post("/account/consents", headers=bearer, json=body)).status_code == 422
    signed = {**body, "signed_name": "Ana Torres"}
    for _ in range(2):
        assert (await api.post("/account/consents", headers=bearer, json=signed)).status_code == 204
    back = {**body, "purpose": "treatment", "decision": "withdrawn"}
    assert (await api.post("/account/consents", headers=bearer, json=back)).status_code == 204
    (client,) = (await api.get(f"/manage/{world.slug}/clients", headers=world.bearer)).json()["items"]
    seen = await api.get(f"/manage/{world.slug}/clients/{client['id']}/consents", headers=world.bearer)
    entries = [(one["purpose"], one["decision"]) for one in seen.json()["entries"]]
    assert entries == [("treatment", "withdrawn"), ("photos", "given"), ("treatment", "given")]
    bookings = (await api.get("/account/data", headers=bearer)).json()["items"][1]["visits_ahead"]
    assert bookings == 1
    reference = (await api.get(f"/manage/{world.slug}/clients/{client['id']}", headers=world.bearer)).json()[
        "bookings"
    ][0]["reference"]
    refused = await api.post(f"/manage/{world.slug}/bookings/{reference}/arrive", headers=world.bearer)
    assert refused.json()["type"].rpartition("/")[2] == "consent-withdrawn"


async def test_consents_on_the_page_of_a_guest(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await drain(database, MailboxOnly())
    await post(http, "/data", {"email": EMAIL})
    way = await link_sent(database, EMAIL, "privacy.link", "/data/")
    page = (await http.get(f"{way}/consents")).text
    assert page.count("Not given") == 2
    given = {"clinic_id": str(world.clinic_id), "purpose": "photos", "decision": "given"}
    unsigned = await post(http, f"{way}/consents", given)
    assert unsigned.status_code == 422
    assert "Sign with your name" in unsigned.text
    done = await post(http, f"{way}/consents", {**given, "signed_name": "Ana Torres"})
    assert done.headers["location"] == f"{way}/consents"
    assert (await http.get(f"{way}/consents")).text.count("Not given") == 1


async def test_retention_is_shown_to_the_clinic(
    api: httpx.AsyncClient, http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    shown = await api.get(f"/manage/{world.slug}/retention", headers=world.bearer)
    assert shown.json() == {"items": [], "next": None}
