"""Pictures and portraits by API."""

from __future__ import annotations

from typing import Any

import httpx

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.work import Database
from tests.factories import live_clinic, person
from tests.services.clinics.photos import HOSTILE, photo
from tests.web.people import fields
from workers.inline import drain

SURE = {"no_client": "true"}


def _file(content: bytes, name: str = "room.exe") -> dict[str, tuple[str, bytes, str]]:
    return {"file": (name, content, "text/html")}


async def test_a_picture_is_uploaded_said_in_words_moved_made_the_cover_and_removed(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    path, who = f"/manage/{world.slug}/pictures", world.bearer
    boundary = {"Content-Type": "multipart/form-data; boundary=between-the-parts"}
    once = {**who, **boundary, "Idempotency-Key": "room-1"}
    sent = await api.post(path, files=_file(photo()), data={**SURE, "alt": "2026"}, headers=once)
    assert sent.status_code == 201, sent.text
    made: dict[str, Any] = sent.json()
    assert (made["state"], made["alt"], made["content_type"], made["files"]) == (
        "pending",
        "2026",
        "image/jpeg",
        [],
    )
    replay = await api.post(path, files=_file(photo()), data={**SURE, "alt": "2026"}, headers=once)
    assert (replay.status_code, replay.json()) == (201, made)
    second = (await api.post(path, files=_file(photo("PNG")), data=SURE, headers=who)).json()
    await drain(database, MailboxOnly())
    ready = (await api.get(f"{path}/{made['id']}", headers=who)).json()
    assert ready["state"] == "ready"
    file = ready["files"][0]
    assert set(file) == {"name", "size", "content_type", "width", "height"}
    got = await api.get(f"{path}/{made['id']}/files/{file['name']}", headers=who)
    assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
    assert (await api.get(f"{path}/{second['id']}/files/{file['name']}", headers=who)).status_code == 404

    patch = {"alt": "A bright room", "caption": "Room 1", "position": 2, "is_cover": True}
    changed = await api.patch(f"{path}/{made['id']}", json=patch, headers=who)
    assert {key: changed.json()[key] for key in patch} == patch
    listed = (await api.get(path, headers=who)).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], made["id"]]
    for bad, field in (({"position": 13}, "position"), ({"alt": "x" * 251}, "alt"), ({"alt": None}, "alt")):
        refused = await api.patch(f"{path}/{made['id']}", json=bad, headers=who)
        assert [name for name, _ in fields(refused)] == [field]
    await drain(database, MailboxOnly())
    (found,) = (await api.get("/search", params={"q": "Linden"})).json()["items"]
    assert found["cover"]["alt"] == "A bright room"
    shown = await api.get(str(api.base_url).removesuffix("/api/v1/") + found["cover"]["files"][0]["url"])
    assert shown.status_code == 200
    clinic = (await api.get(f"/clinics/{world.slug}")).json()
    assert [one["alt"] for one in clinic["pictures"]] == ["A bright room"]
    assert (await api.delete(f"{path}/{made['id']}", headers=who)).status_code == 204
    assert (await api.delete(f"{path}/{made['id']}", headers=who)).status_code == 404
    assert (await api.get(f"/clinics/{world.slug}")).json()["cover"] is None


async def test_hostile_files_are_refused_at_their_field(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    path = f"/manage/{world.slug}/pictures"
    portrait = f"/manage/{world.slug}/practitioners/{world.practitioner_id}/portrait"
    for name, (content, code) in HOSTILE.items():
        for place in (path, portrait):
            sent = await api.post(place, files=_file(content), data=SURE, headers=world.bearer)
            assert fields(sent) == [("file", code)], name
    unsure = await api.post(path, files=_file(photo()), headers=world.bearer)
    assert fields(unsure) == [("no_client", "missing")]
    none = await api.post(path, files={"other": ("a", b"a", "text/plain")}, headers=world.bearer)
    assert [field for field, _ in fields(none)] == ["file"]
    assert (await api.get(path, headers=world.bearer)).json()["items"] == []


async def test_a_portrait_has_a_place_of_its_own(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    path, who = f"/manage/{world.slug}/practitioners/{world.practitioner_id}/portrait", world.bearer
    assert (await api.get(path, headers=who)).status_code == 404
    sent = await api.post(path, files=_file(photo()), data=SURE, headers=who)
    assert sent.status_code == 201, sent.text
    await drain(database, MailboxOnly())
    assert (await api.get(path, headers=who)).json()["state"] == "ready"
    other = f"/manage/{world.slug}/pictures/{sent.json()['id']}"
    for answer in (await api.get(other, headers=who), await api.delete(other, headers=who)):
        assert answer.status_code == 404
    people = (await api.get(f"/clinics/{world.slug}")).json()["practitioners"]
    assert people[0]["portrait"]["alt"] == "Dr Mira Holm"
    assert (await api.delete(path, headers=who)).status_code == 204
    assert (await api.delete(path, headers=who)).status_code == 404


async def test_reading_is_for_the_team_and_changing_for_its_managers(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    path = f"/manage/{world.slug}/pictures"
    desk, token = await person(database, "Dana Reed")
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=desk.email, role=Role.FRONT_DESK))
    who = {"Authorization": f"Bearer {token}"}
    assert (await api.get(path, headers=who)).status_code == 200
    for target in (path, f"/manage/{world.slug}/practitioners/{world.practitioner_id}/portrait"):
        assert (await api.post(target, files=_file(photo()), data=SURE, headers=who)).status_code == 403
    assert (await api.get(path)).status_code == 401
