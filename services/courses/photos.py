"""Use cases of clinical photos: taking one, making it anew, looking at it, removing it, and which are due.

What was uploaded is sealed with the client's own key at once, and a worker puts in its place what it makes anew from
the pixels, sealed as well: no place, no camera, nothing hidden. Whoever destroys the key destroys the photos. Files lie
under keys that follow from the photo's id, so that erasing needs no list of them. Every look is an audit event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics.darkroom import Order, Unreadable
from services.clinics.developing import develop
from services.clinics.picture_rules import Limits, size_problem
from services.courses import photo_rules as rules
from services.courses.care_rules import Placed
from services.courses.models import PhotoState
from services.courses.photo_events import PHOTO_ADDED, PHOTO_DEVELOPED, PHOTO_REMOVED
from services.courses.photo_repository import PhotoRepository
from services.courses.photo_schemas import NewPhoto, PhotoView
from services.courses.protocols import protocol_of
from services.kernel.errors import FieldError, InvalidFields, NotFound, Refusal, WrongState
from services.kernel.ids import new_id
from services.kernel.language import N_, gettext
from services.kernel.picture_head_rules import JPEG
from services.kernel.vault import Erased, is_nobodys, open_for, seal_for
from services.kernel.work import ClinicWork
from services.scheduling.schemas import BookingView
from services.screening import consents
from services.screening.models import ConsentDecision, Purpose

THUMB, MEDIUM, FULL = "thumb", "medium", "full"
SIZES = (THUMB, MEDIUM, FULL)
_ORIGINAL, _SEALED = "original", "application/octet-stream"
# Telephones take up to fifty megapixels, a little over 8,000 on the long side.
_LIMITS = Limits(600, 9_000, 52_000_000)
_ORDER = Order({THUMB: 320, MEDIUM: 1280, FULL: 2560}, (JPEG,), ("JPEG", "PNG", "HEIF"), _LIMITS)
_LOST = "The file was lost on its way. Remove the photo and send it again."


class PhotosWithdrawn(Refusal):
    status = 403
    code = "photos-withdrawn"
    message = "The client has taken back the consent to photos: none is shown to the clinic until it is given again."


class TooManyPhotos(WrongState):
    code = "too-many-photos"
    message = N_("There are {most} photos of this course already. Remove one first.")

    def __init__(self) -> None:
        super().__init__(gettext(self.message, most=rules.MOST_PHOTOS))


class NothingToCompare(WrongState):
    code = "no-session"
    message = "No session of this course stands: there is nothing that a photo would belong to."


def placed(sessions: Sequence[BookingView]) -> list[Placed]:
    """Sessions as the rules take them."""
    return [Placed(one.position, one.status, one.local_starts_at.date()) for one in sessions]


async def add_photo(
    work: ClinicWork, sessions: Sequence[BookingView], given: NewPhoto, content: bytes, *, by_clinic: bool
) -> PhotoView:
    """Takes a photo around what was booked together; a worker prepares it.

    Raises `InvalidFields` for a file that is none, a day that is not, or a consent that does not hold and is not given;
    `TooManyPhotos`, `NothingToCompare`, `Erased`.
    """
    first = sessions[0]
    if is_nobodys(first.client_email):
        raise Erased
    today = work.now.astimezone(first.zone).date()
    taken_on = given.taken_on or today
    holds = await consents.holds(work, first.client_id, Purpose.PHOTOS)
    found = [] if holds else _consent_problems(given)
    if not today - rules.OLDEST <= taken_on <= today:
        found.append(
            FieldError("taken_on", "out-of-range", "Give a day within the last year, today at the latest.")
        )
    problem = file_problem(content)
    if found or problem:
        raise InvalidFields([*found, *([problem] if problem else [])])
    if not holds:
        signed = (ConsentDecision.GIVEN, given.signed_name)
        await consents.decide(work, first.client_id, Purpose.PHOTOS, *signed, language=given.language)
    place = rules.place_photo(placed(sessions), taken_on, by_clinic=by_clinic)
    if place is None:
        raise NothingToCompare
    photos = PhotoRepository(work)
    known = await photos.list_of_group(first.group_id)
    if len(known) >= rules.MOST_PHOTOS:
        raise TooManyPhotos
    booking = next(
        one
        for one in reversed(sessions)
        if one.position == place.position
        and one.status not in {"cancelled", "declined", "expired", "no_show"}
    )
    head = rules.photo_head(content)
    if head is None:
        raise ValueError("a photo is checked before it is kept")
    kept = content[: head.ends_at]  # what hides behind a picture's end is not kept at all
    digest = hashlib.sha256(kept).hexdigest()
    if any(row.sha256 == digest for row in known):
        raise InvalidFields.one("file", "duplicate", "This photo is here already.")
    photo_id = new_id()
    await photos.add(
        id=photo_id,
        client_id=first.client_id,
        booking_id=booking.id,
        group_id=first.group_id,
        position=place.position,
        moment=place.moment,
        day=place.day,
        area=given.area or first.area,
        pose=given.pose,
        taken_on=taken_on,
        by_client=not by_clinic,
        state=PhotoState.PENDING,
        problem="",
        sha256=digest,
        sizes=[],
    )
    await _put(work, first.client_id, _key(work, photo_id, _ORIGINAL), kept)
    work.audit("photo.add", "photo", photo_id, booking_id=str(booking.id), moment=place.moment)
    work.announce(PHOTO_ADDED(photo_id=photo_id))
    return await get_photo(work, photo_id)


def _consent_problems(given: NewPhoto) -> list[FieldError]:
    found = []
    if not given.consent:
        found.append(FieldError("consent", "missing", "Photos are kept only with the client's consent."))
    if not given.signed_name:
        found.append(FieldError("signed_name", "missing", "Sign with your name."))
    return found


def file_problem(content: bytes) -> FieldError | None:
    """What is wrong with an uploaded photo, from its bytes alone; nothing is decoded."""
    problem = rules.file_problem(content)
    head = None if problem else rules.photo_head(content)
    return problem if head is None else size_problem(head.width, head.height, _LIMITS)


async def develop_photo(work: ClinicWork, photo_id: UUID) -> None:
    """Makes the files that are kept, or notes why they cannot be made. Nothing happens unless it is pending."""
    photos = PhotoRepository(work)
    row = await photos.find(photo_id, lock=True)
    if row is None or row.state != PhotoState.PENDING:
        return
    try:
        content = await _get(work, row, _ORIGINAL)
        prints = await develop(content, _ORDER)
    except (Unreadable, KeyError, Erased) as error:
        problem = str(error) if isinstance(error, Unreadable) else _LOST
        await photos.change(photo_id, state=PhotoState.FAILED, problem=problem)
    else:
        for one in prints:
            await _put(work, row.client_id, _key(work, photo_id, one.size), one.content)
        sizes = [{"size": one.size, "width": one.width, "height": one.height} for one in prints]
        await photos.change(photo_id, state=PhotoState.READY, sizes=sizes)
    work.announce(PHOTO_DEVELOPED(photo_id=photo_id))


async def tidy_files(work: ClinicWork, photo_id: UUID) -> None:
    """Erases what was uploaded once it is developed, and everything of a photo whose row is gone."""
    row = await PhotoRepository(work).find(photo_id)
    if row is not None and row.state == PhotoState.PENDING:
        return
    for size in (_ORIGINAL,) if row is not None else (_ORIGINAL, *SIZES):
        await work.tools.storage.delete(_key(work, photo_id, size))


async def get_photo(work: ClinicWork, photo_id: UUID) -> PhotoView:
    """What is known of a photo. Raises `NotFound`."""
    row = await PhotoRepository(work).find(photo_id)
    if row is None:
        raise NotFound
    return PhotoView.model_validate(row)


async def get_photo_of(work: ClinicWork, group_id: UUID, photo_id: UUID) -> PhotoView:
    """A photo around what was booked together. Raises `NotFound` for any other."""
    found = await get_photo(work, photo_id)
    if found.group_id != group_id:
        raise NotFound
    return found


async def list_photos(work: ClinicWork, group_id: UUID) -> list[PhotoView]:
    """The photos around what was booked together, oldest first."""
    return [PhotoView.model_validate(row) for row in await PhotoRepository(work).list_of_group(group_id)]


async def require_shown(work: ClinicWork, client_id: UUID) -> None:
    """Raises `PhotosWithdrawn` unless the client's consent to photos holds: the clinic looks at none without it."""
    if not await consents.holds(work, client_id, Purpose.PHOTOS):
        raise PhotosWithdrawn


async def read_photo(work: ClinicWork, photo: PhotoView, size: str) -> bytes:
    """A photo's file, or the largest there is; JPEG. The look is recorded. Raises `NotFound`, `Erased`."""
    content = await load_file(work, photo, size)
    work.audit("photo.read", "photo", photo.id, size=size)
    return content


async def load_file(work: ClinicWork, photo: PhotoView, size: str) -> bytes:
    """The file itself, for whoever records the look or shows what is public. Raises `NotFound`, `Erased`."""
    there = photo.nearest(size)
    if size not in SIZES or there is None:
        raise NotFound
    try:
        sealed = await work.tools.storage.get(_key(work, photo.id, there.size))
    except KeyError as error:
        raise NotFound from error
    return await open_for(work, photo.client_id, sealed)


async def remove_photo(work: ClinicWork, photo_id: UUID) -> None:
    """Takes a photo away, wherever it is shown; its files are erased after the commit. Raises `NotFound`."""
    photos = PhotoRepository(work)
    row = await photos.find(photo_id, lock=True)
    if row is None:
        raise NotFound
    await photos.remove(photo_id)
    work.audit("photo.delete", "photo", photo_id, was_released=row.is_released)
    work.announce(PHOTO_REMOVED(photo_id=photo_id))


async def get_plan(
    work: ClinicWork, sessions: Sequence[BookingView], known: Sequence[PhotoView]
) -> list[rules.PhotoDay]:
    """The photos that the protocol asks for around these sessions, each with its state today."""
    protocol = await protocol_of(work, sessions[0])
    taken = [
        rules.Place(one.position, one.moment, one.day) for one in known if one.state != PhotoState.FAILED
    ]
    today = work.now.astimezone(sessions[0].zone).date()
    return rules.photo_plan(placed(sessions), protocol.photo_days, taken, today)


async def _put(work: ClinicWork, client_id: UUID, key: str, content: bytes) -> None:
    await work.tools.storage.put(key, await seal_for(work, client_id, content), _SEALED)


async def _get(work: ClinicWork, row: Row[Any], size: str) -> bytes:
    sealed = await work.tools.storage.get(_key(work, row.id, size))
    return await open_for(work, row.client_id, sealed)


def _key(work: ClinicWork, photo_id: UUID, size: str) -> str:
    return f"{work.scope.clinic_id}/photos/{photo_id}/{size}"
