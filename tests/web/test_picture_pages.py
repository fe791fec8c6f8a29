"""Pictures on pages: several up at once without a script, said in words, shown to anyone, reported and taken down."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import pictures, standing
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import ClosedClinic, NewMember
from services.kernel.work import Database
from tests.factories import PASSWORD, World, live_clinic, person
from tests.services.clinics.photos import HOSTILE, damaged, photo
from tests.services.moderation.drafts import moderator
from tests.web.forms import post
from workers.inline import drain

ROOM, HALL = "A bright room with one chair", "The hall, without a step"


@pytest.fixture
async def world(http: httpx.AsyncClient, database: Database) -> World:
    """A live clinic whose owner is signed in."""
    world = await live_clinic(database)
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    return world


async def send(
    http: httpx.AsyncClient, page: str, files: list[tuple[str, bytes]], *, field: str = "files", **given: str
) -> httpx.Response:
    """Sends a form with files as a browser does."""
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await http.get(page)).text)
    assert token
    path = f"{page}/portrait" if field == "portrait" else page
    sent = [(field, (name, content, "image/jpeg")) for name, content in files]
    return await http.post(path, data={**given, "_csrf_token": token[1]}, files=sent)


async def upload(http: httpx.AsyncClient, world: World, *files: tuple[str, bytes]) -> httpx.Response:
    return await send(http, f"/clinic/{world.slug}/pictures", list(files), no_client="true")


async def ids_of(database: Database, world: World) -> list[UUID]:
    async with database.begin(world.scope) as work:
        return [picture.id for picture in await pictures.list_pictures(work)]


async def say(http: httpx.AsyncClient, world: World, picture_id: UUID, alt: str) -> httpx.Response:
    page = f"/clinic/{world.slug}/pictures"
    words = {f"alt-{picture_id}": alt, f"caption-{picture_id}": ""}
    return await post(http, f"{page}/{picture_id}", words, page)


async def test_several_pictures_go_up_at_once_and_are_public_once_prepared_and_said_in_words(
    http: httpx.AsyncClient, world: World, database: Database
) -> None:
    page, public = f"/clinic/{world.slug}/pictures", f"/c/{world.slug}"
    assert "No pictures yet" in (await http.get(page)).text
    sent = await upload(http, world, ("a.jpg", photo()), ("b.exe", photo("PNG", colour="#0f5c57")))
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    shown = (await http.get(page)).text
    assert "2 pictures are kept." in shown
    assert shown.count("Being prepared") == 2
    assert "Before-and-after pictures of clients do not belong here" in shown
    await drain(database, MailboxOnly())
    room, hall = await ids_of(database, world)
    shown = (await http.get(page)).text
    assert (shown.count("Being prepared"), shown.count("needs words")) == (0, 2)
    file = re.search(rf'src="(/clinic/{world.slug}/files/[0-9a-f]{{32}}\.jpg)"', shown)
    assert file
    seen = await http.get(file[1])
    assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, max-age=3600")
    name = file[1].rpartition("/")[2]
    assert (await http.get(f"{public}/files/{name}")).status_code == 404
    assert "<picture>" not in (await http.get(public)).text

    for picture_id, alt in ((room, ROOM), (hall, HALL)):
        assert (await say(http, world, picture_id, alt)).status_code == 303
    assert (await post(http, f"{page}/{hall}/cover", {}, page)).status_code == 303
    assert (await post(http, f"{page}/{hall}/move", {"to": "earlier"}, page)).status_code == 303
    assert await ids_of(database, world) == [hall, room]
    assert (await post(http, f"{page}/{hall}/move", {"to": "later"}, page)).status_code == 303
    assert await ids_of(database, world) == [room, hall]
    await drain(database, MailboxOnly())
    http.cookies.clear()
    listing = (await http.get(public)).text
    assert f'alt="{ROOM}"' in listing
    assert re.search(r'property="og:image" content="http://[^"]+/files/[0-9a-f]{32}\.jpg"', listing)
    assert re.search(r'"image": ?\["http://[^"]+\.jpg", ?"http://[^"]+\.jpg"\]', listing)
    for needed in ("srcset=", "sizes=", 'loading="lazy"', 'width="900"', 'height="600"', 'type="image/webp"'):
        assert needed in listing
    for place in (f"/search?q={world.slug[:6]}", f"/compare?clinic={world.slug}"):
        assert f'alt="{HALL}"' in (await http.get(place)).text, place
    full = (await http.get(f"{public}/pictures/{hall}")).text
    assert f"{public}/pictures/{room}" in full
    assert f"/report?picture_id={hall}" in full
    got = await http.get(f"{public}/files/{name}")
    assert got.status_code == 200
    assert (
        got.headers["content-type"],
        got.headers["cache-control"],
        got.headers["x-content-type-options"],
    ) == (
        "image/jpeg",
        "public, max-age=31536000, immutable",
        "nosniff",
    )
    again = await http.get(f"{public}/files/{name}", headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with database.begin(world.scope) as work:
        await standing.close(work, ClosedClinic(name="Linden Skin"))
    for gone in (f"{public}/files/{name}", f"{public}/pictures/{hall}"):
        assert (await http.get(gone)).status_code == 404


async def test_what_is_refused_is_said_by_name_at_its_field_and_the_rest_is_kept(
    http: httpx.AsyncClient, world: World, database: Database
) -> None:
    page = f"/clinic/{world.slug}/pictures"
    bad = HOSTILE["script in SVG"][0]
    mixed = await upload(http, world, ("room.jpg", photo()), ("logo<b>.svg", bad), ("again.jpg", photo()))
    assert mixed.status_code == 422
    assert "1 picture is kept, the rest is not" in mixed.text
    assert "logo&lt;b&gt;.svg: The file is not a JPEG, PNG or WebP picture" in mixed.text
    assert "again.jpg: This picture is here already." in mixed.text
    assert 'href="#files"' in mixed.text
    assert len(await ids_of(database, world)) == 1
    nothing = await send(http, page, [("", b"")], no_client="true")
    assert (nothing.status_code, "Choose one or more pictures first." in nothing.text) == (422, True)
    unsure = await send(http, page, [("hall.jpg", photo("PNG"))])
    assert (unsure.status_code, 'href="#no_client"' in unsure.text) == (422, True)
    assert len(await ids_of(database, world)) == 1
    (picture_id,) = await ids_of(database, world)
    long = await say(http, world, picture_id, "x" * 251)
    assert (long.status_code, f'href="#alt-{picture_id}"' in long.text, "x" * 251 in long.text) == (
        422,
        True,
        True,
    )
    broken = await upload(http, world, ("broken.png", damaged()))
    assert broken.status_code == 303
    await drain(database, MailboxOnly())
    shown = (await http.get(page)).text
    assert "Could not be prepared" in shown
    assert "it is cut off or damaged. Remove it and send it again." in shown
    for found in await ids_of(database, world):
        assert (await post(http, f"{page}/{found}/delete", {}, page)).status_code == 303
    assert await ids_of(database, world) == []


async def test_a_portrait_stands_beside_its_practitioner_and_initials_without(
    http: httpx.AsyncClient, world: World, database: Database
) -> None:
    page, public = f"/clinic/{world.slug}/practitioners/{world.practitioner_id}", f"/c/{world.slug}"
    assert "Portrait of" not in (await http.get(public)).text
    refused = await send(http, page, [("me.gif", photo("GIF"))], field="portrait")
    assert refused.status_code == 422
    assert {'href="#portrait"' in refused.text, 'href="#agreed"' in refused.text} == {True}
    assert (await send(http, page, [("", b"")], field="portrait", agreed="true")).status_code == 422
    sent = await send(http, page, [("me.jpg", photo())], field="portrait", agreed="true")
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    assert "Being prepared" in (await http.get(page)).text
    await drain(database, MailboxOnly())
    assert 'alt="Portrait of Dr Mira Holm"' in (await http.get(public)).text
    assert 'alt="Retrato de Dr Mira Holm"' in (await http.get(f"/es{public}")).text
    assert (await post(http, f"{page}/portrait/delete", {}, page)).status_code == 303
    assert "Portrait of" not in (await http.get(public)).text
    assert (await post(http, f"{page}/portrait/delete", {}, page)).status_code == 404


async def test_a_reported_picture_is_taken_down_with_a_reason_and_an_appeal_is_possible(
    http: httpx.AsyncClient, api: httpx.AsyncClient, world: World, database: Database
) -> None:
    await upload(http, world, ("a.jpg", photo()))
    (picture_id,) = await ids_of(database, world)
    public = f"/c/{world.slug}"
    await drain(database, MailboxOnly())
    hidden = {"reason": "picture", "text": "A face.", "slug": world.slug, "picture_id": str(picture_id)}
    assert (await api.post("/reports", json=hidden)).status_code == 404
    await say(http, world, picture_id, ROOM)
    await drain(database, MailboxOnly())
    form = f"{public}/report?picture_id={picture_id}"
    told = {"reason": "picture", "text": "A face can be seen.", "picture_id": str(picture_id)}
    assert (await post(http, f"{public}/report", told, form)).status_code == 303
    await drain(database, MailboxOnly())
    bearer = (await moderator(database)).bearer
    cases = (await api.get("/admin/cases", headers=bearer)).json()["items"]
    (case,) = [case for case in cases if case["detail"].get("picture_id") == str(picture_id)]
    given = {"decision": "remove", "reason": "picture_shows_client", "message": "A client is in the mirror."}
    decided = await api.post(f"/admin/cases/{case['id']}/decision", json=given, headers=bearer)
    assert decided.status_code == 200, decided.text
    await drain(database, MailboxOnly())
    assert f'alt="{ROOM}"' not in (await http.get(public)).text
    own = (await http.get(f"/clinic/{world.slug}/pictures")).text
    assert "A moderator took it down: A client is in the mirror." in own
    sent = (await api.get(f"{str(api.base_url).removesuffix('/api/v1/')}/dev/mailbox.json")).json()["items"]
    (letter,) = [one for one in sent if one["kind"] == "moderation.decided"]
    assert f"Your picture: {ROOM}" in letter["text"]
    assert "/appeals/" in letter["text"]


async def test_the_pages_are_for_the_clinics_managers_alone(
    http: httpx.AsyncClient, world: World, database: Database
) -> None:
    await upload(http, world, ("a.jpg", photo()))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        name = (await pictures.list_pictures(work))[0].files[0].name
    page, file = f"/clinic/{world.slug}/pictures", f"/clinic/{world.slug}/files/{name}"
    desk, _ = await person(database, "Dana Reed")
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=desk.email, role=Role.FRONT_DESK))
    stranger, _ = await person(database, "Sam Stranger")
    for email, wanted in ((desk.email, (403, 200)), (stranger.email, (404, 404))):
        http.cookies.clear()
        await post(http, "/sign-in", {"email": email, "password": PASSWORD})
        assert ((await http.get(page)).status_code, (await http.get(file)).status_code) == wanted
    http.cookies.clear()
    assert (await http.get(page)).headers["location"].startswith("/sign-in")
