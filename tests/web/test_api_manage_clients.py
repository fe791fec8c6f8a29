"""The API of a clinic's clients: records, notes, duplicates, and who may do what."""

from __future__ import annotations

import httpx

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.factories import live_clinic, person
from tests.web.people import fields

ANA = {"name": "Ana Torres", "email": "ana@example.test", "phone": "+1 512 555 0100"}


async def test_clients_are_written_changed_noted_on_and_merged(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    base, who = f"/manage/{world.slug}/clients", world.bearer
    ana = (await api.post(base, json=ANA, headers=who)).json()
    assert {name: ana[name] for name in ANA} == ANA
    again = await api.post(base, json=ANA, headers=who)
    assert (again.status_code, again.json()["client_id"]) == (409, ana["id"])
    assert again.json()["type"].endswith("client-known")
    assert fields(await api.post(base, json={"name": " ", "email": "x"}, headers=who)) == [
        ("name", "missing"),
        ("email", "invalid"),
    ]
    twin = (await api.post(base, json=ANA | {"email": "ana+spa@example.test"}, headers=who)).json()
    patched = await api.patch(f"{base}/{twin['id']}", json={"name": "A. Torres", "phone": ""}, headers=who)
    assert (patched.json()["name"], patched.json()["phone"], patched.json()["bookings"]) == (
        "A. Torres",
        "",
        [],
    )
    taken = await api.patch(f"{base}/{twin['id']}", json={"email": ANA["email"]}, headers=who)
    assert taken.status_code == 409

    key = {"Idempotency-Key": "a-note"}
    for _ in range(2):
        noted = await api.post(f"{base}/{twin['id']}/notes", json={"text": "Shy."}, headers=who | key)
        assert noted.status_code == 201
    assert fields(await api.post(f"{base}/{ana['id']}/notes", json={"text": ""}, headers=who)) == [
        ("text", "missing")
    ]
    note = noted.json()
    struck = await api.post(f"{base}/{twin['id']}/notes/{note['id']}/strike", headers=who)
    assert (struck.json()["text"], struck.json()["struck_by"]) == ("Shy.", "Owen Lind")
    assert (await api.post(f"{base}/{twin['id']}/notes/{note['id']}/strike", headers=who)).status_code == 409

    alike = (await api.get(f"{base}/{ana['id']}/duplicates", headers=who)).json()["items"]
    assert [(one["client"]["id"], one["same"]) for one in alike] == [(twin["id"], ["email"])]
    wrong = {"other_id": twin["id"], "name": "neither"}
    assert fields(await api.post(f"{base}/{ana['id']}/merge", json=wrong, headers=who)) == [
        ("name", "unknown-code")
    ]
    merged = await api.post(f"{base}/{ana['id']}/merge", json={"other_id": twin["id"]}, headers=who)
    assert (merged.status_code, merged.json()["email"]) == (200, ANA["email"])
    assert (await api.get(f"{base}/{twin['id']}", headers=who)).json()["id"] == ana["id"]
    notes = (await api.get(f"{base}/{ana['id']}/notes", headers=who)).json()["items"]
    assert [one["text"] for one in notes] == ["Shy."]
    same = await api.post(f"{base}/{ana['id']}/merge", json={"other_id": ana["id"]}, headers=who)
    assert (same.status_code, same.json()["type"].rpartition("/")[2]) == (409, "same-record")
    for unknown in (f"{base}/{new_id()}", f"{base}/{new_id()}/notes", f"{base}/{new_id()}/duplicates"):
        assert (await api.get(unknown, headers=who)).status_code == 404


async def test_everybody_of_the_team_works_with_clients_and_nobody_else(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    base = f"/manage/{world.slug}/clients"
    helper, token = await person(database, "Bo Berg")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await api.post(base, json=ANA, headers=headers)).status_code == 404
    assert (await api.post(base, json=ANA)).status_code == 401
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=helper.email, role=Role.PRACTITIONER))
    assert (await api.post(base, json=ANA, headers=headers)).status_code == 201
