"""Pages of photos: the client's by signed link, the clinic's by permission, the public's by release alone."""

from __future__ import annotations

import re

import httpx

from infra.platform.mail import MailboxOnly
from services.kernel.work import Database
from services.moderation import service as moderation
from tests.factories import book_one
from tests.fixtures import MovableClock
from tests.services.clinics.photos import PLACE, SVG, photo, with_place
from tests.services.courses.photographed import SIGNED, photographed, send, shown_result
from tests.services.moderation.drafts import moderator
from tests.web.booking_forms import sign_in
from tests.web.people import fields
from workers.inline import drain


async def post(
    http: httpx.AsyncClient, page: str, path: str, data: dict[str, str], content: bytes | None = None
) -> httpx.Response:
    """Sends a form as a browser does, with a file where there is one."""
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await http.get(page)).text)
    assert token
    files = None if content is None else {"file": ("me.jpg", content, "image/jpeg")}
    return await http.post(path, data={**data, "_csrf_token": token[1]}, files=files)


JPEG_HEADERS = {
    "content-type": "image/jpeg",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-store",
    "content-disposition": "inline",
}


async def test_a_client_sends_a_photo_with_the_consent_and_sees_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    own = await photographed(database)
    assert (await http.get(own.here)).status_code == 404
    assert (await http.get(own.here, params={"token": "x"})).status_code == 404
    course = await http.get(own.here.replace("/photos", "/course"), params=own.link)
    assert "A photo is due: before the first session." in course.text
    page = await http.get(own.here, params=own.link)
    assert page.headers["cache-control"] == "private, no-store"
    assert "They are shown to nobody outside the clinic." in page.text
    assert 'capture="user"' in page.text
    typed = own.link | {"pose": "left", "signed_name": SIGNED}
    refused = await post(http, own.page, own.here, typed, SVG)
    assert refused.status_code == 422
    assert "not a JPEG, PNG or HEIC photo" in refused.text
    assert "Photos are kept only with the client&#39;s consent." in refused.text
    assert f'value="{SIGNED}"' in refused.text
    done = await post(http, own.page, own.here, typed | {"consent": "true"}, with_place())
    assert done.status_code == 303
    assert "Being prepared" in (await http.get(own.here, params=own.link)).text
    await drain(database, MailboxOnly())
    page = await http.get(own.here, params=own.link)
    (address,) = re.findall(rf'src="({own.here}/[^"]+/thumb)\?token=[^"]+" alt="Face, left side', page.text)[
        :1
    ]
    assert (await http.get(address)).status_code == 404
    shown = await http.get(address, params=own.link)
    assert shown.status_code == 200
    assert {name: shown.headers[name] for name in JPEG_HEADERS} == JPEG_HEADERS
    assert shown.content.startswith(b"\xff\xd8\xff")
    assert PLACE not in shown.content
    other = await book_one(database, own.world, email="eve@example.test")
    eve = address.replace(own.booked.reference, other.reference)
    assert (await http.get(eve, params={"token": other.manage_token})).status_code == 404
    spanish = await http.get(f"/es{own.here}", params=own.link)
    assert "Tus fotos" in spanish.text


async def test_those_who_treat_see_photos_and_the_desk_does_not(
    http: httpx.AsyncClient, database: Database
) -> None:
    own = await photographed(database)
    here = f"/clinic/{own.world.slug}/bookings/{own.booked.reference}/photos"
    await sign_in(http, database, own.world.owner.account_id)
    page = await http.get(here)
    assert "No photos yet" in page.text or "Take a photo" in page.text
    bad = await post(http, here, here, {"pose": "front"}, b"")
    assert bad.status_code == 422
    assert "The file is empty." in bad.text
    given = {"pose": "front", "consent": "true", "signed_name": SIGNED}
    done = await post(http, here, here, given, photo("PNG"))
    assert done.status_code == 303
    await drain(database, MailboxOnly())
    page = await http.get(here)
    assert "Before the first session" in page.text
    (address,) = set(re.findall(rf'src="({here}/[^"]+/thumb)"', page.text))
    assert (await http.get(address)).headers["content-type"] == "image/jpeg"
    assert (await http.get(address.replace("/thumb", "/original"))).status_code == 404


async def test_a_released_pair_is_public_until_it_is_taken_back(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    here = f"/c/{own.world.slug}/results"
    page = await http.get(here)
    assert page.headers["cache-control"] == "no-store"
    assert "1 session, 5 weeks from the first photo to the second" in page.text
    assert SIGNED not in page.text
    addresses = re.findall(rf'src="({here}/[^"]+)"', page.text)
    assert len(addresses) == 2
    for address in addresses:
        shown = await http.get(address)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["cache-control"] == "no-store"
    assert "/results" in (await http.get(f"/c/{own.world.slug}")).text
    then_now = await http.get(own.here, params=own.link)
    assert "Then: Face, from the front" in then_now.text
    assert "Now: Face, from the front" in then_now.text
    taken = await post(
        http, own.page, f"{own.here}/{result.after.id}/release", own.link | {"release": "false"}
    )
    assert taken.status_code == 303
    for address in addresses:
        assert (await http.get(address)).status_code == 404
    assert "No results are shown" in (await http.get(here)).text
    ask = await http.get(f"{own.here}/{result.after.id}/release", params=own.link)
    assert "Anyone can see it there and copy it." in ask.text
    unsigned = await post(
        http, own.page, f"{own.here}/{result.after.id}/release", own.link | {"release": "true"}
    )
    assert unsigned.status_code == 422
    assert "Sign with your name." in unsigned.text


async def test_a_client_removes_what_they_sent_and_not_what_the_clinic_took(
    http: httpx.AsyncClient, database: Database
) -> None:
    own = await photographed(database)
    mine = await send(database, own, photo())
    theirs = await send(database, own, photo("PNG"), by_clinic=True)
    assert (await post(http, own.page, f"{own.here}/{theirs.id}/delete", own.link)).status_code == 404
    assert (await post(http, own.page, f"{own.here}/{mine.id}/delete", own.link)).status_code == 303
    assert (await http.get(f"{own.here}/{mine.id}/thumb", params=own.link)).status_code == 404


async def test_a_clinic_chooses_a_pair_and_takes_it_off(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    here = f"/clinic/{own.world.slug}/results"
    await sign_in(http, database, own.world.owner.account_id)
    page = await http.get(here)
    assert result.treatment_name in page.text
    (picture, *_) = re.findall(rf'src="({here}/photos/[^"]+)"', page.text)
    assert (await http.get(picture)).headers["content-type"] == "image/jpeg"
    assert (await post(http, here, f"{here}/{result.id}/delete", {})).status_code == 303
    assert "Show on my page" in (await http.get(here)).text
    pair = {"before_id": str(result.before.id), "after_id": str(result.after.id)}
    assert (await post(http, here, here, pair)).status_code == 303
    assert "Take it off" in (await http.get(here)).text


async def test_a_program_sends_releases_and_shows_photos(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    here, token = f"/bookings/{own.booked.reference}/photos", {"X-Manage-Token": own.booked.manage_token}
    assert (await api.get(here)).status_code == 404
    listed = (await api.get(here, headers=token)).json()
    assert [one["moment"] for one in listed["items"]] == ["baseline", "after"]
    assert [one["state"] for one in listed["plan"]][:2] == ["taken", "taken"]
    bad = await api.post(here, headers=token, data={"pose": "left"}, files={"file": ("a.jpg", SVG)})
    assert fields(bad) == [("file", "wrong-type")]
    sent = await api.post(here, headers=token, data={"pose": "left"}, files={"file": ("a.jpg", photo("PNG"))})
    assert (sent.status_code, sent.json()["state"]) == (201, "pending")
    file = await api.get(f"{here}/{result.before.id}/medium", headers=token)
    assert {name: file.headers[name] for name in JPEG_HEADERS} == JPEG_HEADERS
    public = (await api.get(f"/clinics/{own.world.slug}/results")).json()["items"]
    assert [(one["weeks"], one["sessions"]) for one in public] == [(5, 1)]
    assert "client_id" not in str(public)
    back = await api.post(f"{here}/{result.before.id}/release", headers=token, json={"release": False})
    assert back.json()["is_released"] is False
    assert (await api.get(f"/clinics/{own.world.slug}/results")).json()["items"] == []
    assert (await api.delete(f"{here}/{result.before.id}", headers=token)).status_code == 204


async def test_a_reported_pair_is_taken_down_and_the_clinic_reads_why(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    public, here = f"/c/{own.world.slug}/results", f"/clinic/{own.world.slug}/results"
    form = f"/c/{own.world.slug}/report?result_id={result.id}"
    assert form in (await http.get(public)).text
    told = {"reason": "result", "text": "Another light, and a face.", "result_id": str(result.id)}
    assert (await post(http, form, f"/c/{own.world.slug}/report", told)).status_code == 303
    bearer = (await moderator(database)).bearer
    (case,) = [
        case
        for case in (await api.get("/admin/cases", headers=bearer)).json()["items"]
        if case["detail"].get("result_id") == str(result.id)
    ]
    page = f"/admin/cases/{case['id']}"
    seen = (await api.get(page, headers=bearer)).json()
    assert (len(seen["results"]), "client_id" in str(seen["results"])) == (1, False)
    given = {"decision": "remove", "reason": "result_misleads", "message": "The light is another one."}
    assert (
        await api.post(f"/admin/cases/{case['id']}/decision", json=given, headers=bearer)
    ).status_code == 200
    assert "No results are shown" in (await http.get(public)).text
    assert (await http.get(f"{public}/{result.id}/{result.after.id}")).status_code == 404
    assert (await api.get(f"/clinics/{own.world.slug}/results")).json()["items"] == []
    assert (await api.post("/reports", json={**told, "slug": own.world.slug})).status_code == 404
    await sign_in(http, database, own.world.owner.account_id)
    page = (await http.get(here)).text
    assert "Taken down by a moderator" in page
    assert "The light is another one." in page
    assert f"{here}/{result.id}/delete" not in page
    refused = await post(http, here, f"{here}/{result.id}/delete", {})
    assert refused.status_code == 303
    assert "A moderator took this pair down, and with it these photos" in (await http.get(here)).text


async def test_a_moderator_looks_at_a_pair_and_opens_a_case_about_it(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    mo = await moderator(database)
    http.cookies.set("needlewise_session", mo.session)
    async with database.begin(mo.scope(own.world.clinic_id)) as work:
        case = await moderation.open_own_case(work, "To be looked at.")
    page = f"/admin/cases/{case.id}"
    text = (await http.get(page)).text
    (photo_at, _) = re.findall(rf'src="({page}/results/{result.id}/[^"]+)"', text)
    looked = await http.get(photo_at)
    assert (looked.headers["content-type"], looked.headers["cache-control"]) == (
        "image/jpeg",
        "private, no-store",
    )
    assert (await http.get(f"{page}/results/{result.id}/{case.id}")).status_code == 404
    opened = await post(http, page, f"{page}/results/{result.id}", {})
    assert opened.status_code == 303
    about = (await http.get(opened.headers["location"])).text
    assert f'href="#result-{result.id}"' in about
    assert "this case is about it" in about
