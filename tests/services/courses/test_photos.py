"""Clinical photos: consent first, sealed, made anew, each look recorded, released one by one, gone when taken back."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.courses import photo_results, photos
from services.courses.models import PhotoRelease
from services.courses.photo_rules import Pose
from services.courses.photo_schemas import NewPhoto, NewResult, ReleaseDecided
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.models import AuditEvent
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import Database
from services.screening import consents
from tests.fixtures import MovableClock
from tests.services.clinics.photos import PLACE, SCRIPT, damaged, photo, with_place
from tests.services.courses.photo_files import CLEANED, HOSTILE, heic, heic_without_sense
from tests.services.courses.photographed import (
    SIGNED,
    Photographed,
    photographed,
    released,
    send,
    shown_result,
)
from workers.inline import drain

GIVEN = NewPhoto(pose=Pose.FRONT, consent=True, signed_name=SIGNED)


async def _deeds(database: Database, subject_id: UUID) -> list[str]:
    async with database.begin(PlatformScope("a test reads the audit")) as work:
        event = table(AuditEvent).c
        rows = await work.rows(select(event.action).where(event.subject_id == subject_id).order_by(event.id))
    return [row.action for row in rows]


async def _read(database: Database, own: Photographed, photo_id: UUID, size: str) -> bytes:
    async with database.begin(own.client) as work:
        return await photos.read_photo(work, await photos.get_photo(work, photo_id), size)


async def _stored(database: Database, own: Photographed, photo_id: UUID) -> dict[str, bytes]:
    found = {}
    for size in ("original", *photos.SIZES):
        try:
            key = f"{own.world.clinic_id}/photos/{photo_id}/{size}"
            found[size] = await database.tools.storage.get(key)
        except KeyError:
            continue
    return found


async def test_a_photo_wants_consent_and_is_kept_sealed_and_made_anew(database: Database) -> None:
    own = await photographed(database)
    sessions = await own.sessions(database)
    async with database.begin(own.client) as work:
        with pytest.raises(InvalidFields) as refused:
            await photos.add_photo(work, sessions, NewPhoto(pose=Pose.FRONT), photo(), by_clinic=False)
        assert {one.field for one in refused.value.errors} == {"consent", "signed_name"}
    sent = with_place(1600, 900)
    async with database.begin(own.client) as work:
        added = await photos.add_photo(work, sessions, GIVEN, sent, by_clinic=False)
    assert (added.state, added.moment, added.area, added.is_released) == (
        "pending",
        "baseline",
        "face",
        False,
    )
    assert PLACE not in (await _stored(database, own, added.id))["original"]
    await drain(database, MailboxOnly())
    stored = await _stored(database, own, added.id)
    assert set(stored) == {"thumb", "medium"}  # what was uploaded is gone; none is larger than it was
    assert not any(content.startswith(b"\xff\xd8") for content in stored.values())
    opened = await _read(database, own, added.id, "full")
    with Image.open(BytesIO(opened)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (900, 1600), {})
    assert not any(part in opened for part in (PLACE, SCRIPT, b"Ana Ruiz", b"ICC_PROFILE", b"Exif"))
    assert await _deeds(database, added.id) == ["photo.add", "photo.read"]
    async with database.begin(own.client) as work:
        assert await consents.holds(work, added.client_id, "photos")
        with pytest.raises(InvalidFields) as again:
            await photos.add_photo(work, sessions, NewPhoto(pose=Pose.LEFT), sent, by_clinic=False)
        assert again.value.errors[0].code == "duplicate"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_at_their_field(name: str) -> None:
    content, code = HOSTILE[name]
    problem = photos.file_problem(content)
    assert problem is not None
    assert (problem.field, problem.code) == ("file", code)


def _leaves_nothing(content: bytes) -> bool:
    with Image.open(BytesIO(content)) as shown:
        clean = shown.format == "JPEG" and not set(shown.info) & {"exif", "icc_profile", "comment", "xmp"}
    return clean and not any(
        part in content for part in (SCRIPT, PLACE, b"PK\x03\x04", b"<html>", b"Ana Ruiz")
    )


async def test_what_is_whole_is_cleaned_and_what_cannot_be_decoded_says_so(database: Database) -> None:
    own = await photographed(database)
    for content in CLEANED.values():
        kept = await send(database, own, content)
        assert kept.state == "ready"
        assert all([_leaves_nothing(await _read(database, own, kept.id, size)) for size in photos.SIZES])
    for content in (damaged(), heic_without_sense()):
        failed = await send(database, own, content)
        assert (failed.state, failed.sizes) == ("failed", [])
        assert "cut off or damaged" in failed.problem
        assert await _stored(database, own, failed.id) == {}
        with pytest.raises(NotFound):
            await _read(database, own, failed.id, "medium")


async def test_odd_modes_come_out_as_plain_colour(database: Database) -> None:
    own = await photographed(database)
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16", "CMYK"):
        written = BytesIO()
        Image.new(mode, (700, 600)).save(written, "JPEG" if mode == "CMYK" else "PNG")
        kept = await send(database, own, written.getvalue())
        with Image.open(BytesIO(await _read(database, own, kept.id, "medium"))) as shown:
            assert (shown.format, shown.mode) == ("JPEG", "RGB"), mode


async def test_a_heic_is_kept_as_a_jpeg_that_any_browser_shows(database: Database) -> None:
    own = await photographed(database)
    kept = await send(database, own, heic(2000, 1500))
    assert [one.size for one in kept.sizes] == ["thumb", "medium", "full"]
    assert (await _read(database, own, kept.id, "thumb")).startswith(b"\xff\xd8\xff")
    with pytest.raises(NotFound):
        await _read(database, own, kept.id, "original")


async def test_with_the_key_the_photo_is_gone_and_removed_with_its_files(database: Database) -> None:
    own = await photographed(database)
    kept = await send(database, own, photo())
    async with database.begin(own.client) as work:
        await photos.remove_photo(work, (await send(database, own, photo("PNG"))).id)
        await destroy_key(work, kept.client_id)
    with pytest.raises(Erased):
        await _read(database, own, kept.id, "medium")
    async with database.begin(own.client) as work:
        await photos.remove_photo(work, kept.id)
    await drain(database, MailboxOnly())
    assert await _stored(database, own, kept.id) == {}


async def test_a_released_pair_is_shown_and_gone_when_it_is_taken_back(
    database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    assert (result.weeks, result.sessions, result.before.moment) == (5, 1, "baseline")
    async with database.begin(own.client) as work:
        assert (await photo_results.read_shown(work, result.id, result.after.id)).startswith(b"\xff\xd8")
        release = table(PhotoRelease).c
        assert len(await work.rows(select(release.id))) == 2
    await released(database, own, result.before.id, release=False)
    async with database.begin(own.client) as work:
        assert await photo_results.list_results(work) == []
        with pytest.raises(NotFound):
            await photo_results.read_shown(work, result.id, result.after.id)
    assert "photo.withdraw" in await _deeds(database, result.before.id)
    assert await _deeds(database, result.id) == ["result.show", "result.remove"]
    pair = NewResult(before_id=result.before.id, after_id=result.after.id)
    async with database.begin(own.world.scope) as work:
        with pytest.raises(photo_results.NotReleased):
            await photo_results.choose_result(work, pair)


async def test_with_the_consent_to_photos_all_results_go_and_the_clinic_looks_no_more(
    database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    client_id = result.after.client_id
    async with database.begin(own.client) as work:
        await consents.decide(work, client_id, "photos", "withdrawn", "")
    async with database.begin(own.world.scope) as work:
        assert await photo_results.list_results(work) == []  # at once, before any worker
        assert await photo_results.list_candidates(work) == []
        with pytest.raises(photos.PhotosWithdrawn):
            await photos.require_shown(work, client_id)
    await drain(database, MailboxOnly())
    assert (await _deeds(database, result.id))[-1] == "result.remove"
    async with database.begin(own.client) as work:
        await consents.decide(work, client_id, "photos", "given", SIGNED)
        assert await photo_results.list_results(work) == []  # the clinic chooses anew


async def test_only_comparable_released_photos_can_be_shown(database: Database, clock: MovableClock) -> None:
    own = await photographed(database)
    front, left = await send(database, own, photo()), await send(database, own, photo("PNG"), Pose.LEFT)
    async with database.begin(own.client) as work:
        with pytest.raises(InvalidFields):
            await photo_results.decide_release(work, front, ReleaseDecided(release=True))
    for one in (front, left):
        await released(database, own, one.id)
    async with database.begin(own.world.scope) as work:
        with pytest.raises(photo_results.NotComparable):
            await photo_results.choose_result(work, NewResult(before_id=front.id, after_id=left.id))
