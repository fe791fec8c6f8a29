"""A photo that comes with a check-in: optional, checked like any other, and kept with the answer or not at all.

A red flag waits for no photo.
"""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.courses import followups, photos
from services.courses.followup_rules import SIGNS
from services.kernel.work import Database
from services.screening import consents
from services.screening.models import ConsentDecision, Purpose
from tests.fixtures import MovableClock
from tests.services.clinics.photos import PLACE, SVG, photo, with_place
from tests.services.courses.photographed import SIGNED, Photographed, photographed, send
from tests.services.notices.visits import complete, sent
from tests.web.booking_forms import sign_in
from workers.inline import drain

ANSWERED = {**dict.fromkeys(SIGNS, "no"), "discomfort": "3", "downtime_days": "2", "text": "A little dry"}
SAID = {"pose": "left", "consent": "true", "signed_name": SIGNED}


async def _asked(database: Database, clock: MovableClock) -> tuple[Photographed, str, str]:
    """A visit that took place, with the client's address of a check-in and the clinic's."""
    own = await photographed(database)
    await complete(database, clock, own.world, own.booking_id)
    async with database.begin(own.client) as work:
        check_in_id = await followups.ask_check_in(work, own.booking_id, 1)
        assert check_in_id is not None
        link = await followups.check_in_link(work, check_in_id)
    return (
        own,
        link.removeprefix("http://127.0.0.1:8000"),
        f"/clinic/{own.world.slug}/check-ins/{check_in_id}/",
    )


async def _send(
    http: httpx.AsyncClient, path: str, fields: dict[str, str], content: bytes | None = None
) -> httpx.Response:
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await http.get(path)).text)
    assert token is not None
    empty = dict.fromkeys(("camera", "file"), ("", b"", "application/octet-stream"))
    files = empty if content is None else {**empty, "camera": ("me.jpg", content, "image/jpeg")}
    return await http.post(path, data={**fields, "_csrf_token": token[1]}, files=files)


async def _kept(database: Database, own: Photographed) -> list[tuple[str, int]]:
    sessions = await own.sessions(database)
    async with database.begin(own.client) as work:
        return [(str(one.pose), one.position) for one in await photos.list_photos(work, sessions[0].group_id)]


async def test_a_photo_comes_with_the_check_in_and_the_clinic_sees_it_there(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, path, desk = await _asked(database, clock)
    assert "They are shown to nobody outside the clinic." in (await http.get(path)).text
    done = await _send(http, path, ANSWERED | SAID, with_place())
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert await _kept(database, own) == [("left", 1)]
    await drain(database, MailboxOnly())
    await sign_in(http, database, own.world.owner.account_id)
    page = await http.get(desk)
    (address,) = re.findall(r'src="([^"]+/medium)" alt="Face, left side', page.text)
    assert "Photos of that day" in page.text
    shown = await http.get(address)
    assert (shown.status_code, PLACE in shown.content) == (200, False)
    async with database.begin(own.client) as work:
        client_id = (await photos.list_photos(work, (await own.sessions(database))[0].group_id))[0].client_id
        await consents.decide(work, client_id, Purpose.PHOTOS, ConsentDecision.WITHDRAWN, SIGNED)
    assert "Photos of that day" not in (await http.get(desk)).text


async def test_photos_of_other_days_are_not_shown_with_it(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, path, desk = await _asked(database, clock)
    await send(database, own, photo())
    await clock.advance(timedelta(days=1))
    assert (await _send(http, path, ANSWERED)).status_code == 303, "without a photo"
    await sign_in(http, database, own.world.owner.account_id)
    page = await http.get(desk)
    assert "A little dry" in page.text
    assert "Photos of that day" not in page.text


async def test_a_photo_that_is_none_is_said_at_its_field_and_nothing_typed_is_lost(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, path, _ = await _asked(database, clock)
    refused = await _send(http, path, ANSWERED | SAID, SVG)
    assert refused.status_code == 422
    assert "not a JPEG, PNG or HEIC photo" in refused.text
    assert 'href="#file"' in refused.text
    assert ("A little dry" in refused.text, f'value="{SIGNED}"' in refused.text) == (True, True)
    assert re.search(r'<details class="nw-disclosure" open>', refused.text)
    assert re.search(r'name="fever" value="no" checked', refused.text)
    unsigned = await _send(http, path, ANSWERED | {"pose": "front"}, photo())
    assert unsigned.status_code == 422
    assert "Photos are kept only with the client&#39;s consent." in unsigned.text
    assert "Choose the photo once more" in unsigned.text
    assert await _kept(database, own) == []
    silent = await _send(http, path, ANSWERED | SAID | {"fever": ""}, photo())
    assert silent.status_code == 422
    assert await _kept(database, own) == []
    assert "How are you?" in (await http.get(path)).text, "it is not answered yet"
    assert (await _send(http, path, ANSWERED)).status_code == 303


async def test_a_red_flag_is_kept_and_told_whatever_is_wrong_with_the_photo(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    own, path, _ = await _asked(database, clock)
    done = await _send(http, path, ANSWERED | SAID | {"fever": "yes"}, SVG)
    assert (done.status_code, done.headers["location"]) == (303, path)
    page = await http.get(path)
    assert "What you marked should be looked at." in page.text
    assert "not a JPEG, PNG or HEIC photo" in page.text
    assert await _kept(database, own) == []
    assert len(await sent(database, "check_in.red_flag")) == 1


async def test_a_photo_that_is_too_large_is_said_at_its_field_and_a_red_flag_is_kept_without_it(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    _, path, _ = await _asked(database, clock)
    huge = photo() + bytes(25_000_000)
    refused = await _send(http, path, ANSWERED | SAID, huge)
    assert refused.status_code == 422
    assert "The file is larger than 20 MB." in refused.text
    assert "A little dry" in refused.text
    assert (await _send(http, path, ANSWERED | SAID | {"fever": "yes"}, huge)).status_code == 303
    assert len(await sent(database, "check_in.red_flag")) == 1


async def test_one_photo_too_many_is_said_and_the_answer_can_be_sent_without_it(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, path, _ = await _asked(database, clock)
    await send(database, own, photo())
    monkeypatch.setattr("services.courses.photo_rules.MOST_PHOTOS", 1)
    full = await _send(http, path, ANSWERED | {"pose": "front"}, photo(colour="#c4b7cd"))
    assert full.status_code == 422
    assert "photos of this course already. Remove one first." in full.text
    assert (await _send(http, path, ANSWERED)).status_code == 303
