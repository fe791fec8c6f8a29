"""Use cases of pictures: taking one, having it developed, saying what it shows, showing it, removing it.

What was uploaded stays private; the public gets files made anew from its pixels (`darkroom`). Its files lie under
keys that follow from the picture's id alone, so that erasing needs no list of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics import picture_rules as rules
from services.clinics.darkroom import ENDINGS, Print, Unreadable
from services.clinics.developing import develop
from services.clinics.events import CHANGED, PICTURE_ADDED, PICTURE_REMOVED
from services.clinics.models import PictureState, PictureSubject
from services.clinics.picture_repository import PictureRepository
from services.clinics.picture_schemas import NewPicture, PictureFileView, PicturePatch, PictureView
from services.kernel.errors import FieldError, InvalidFields, NotFound, WrongState
from services.kernel.ids import new_id
from services.kernel.language import N_, gettext
from services.kernel.picture_head_rules import read_picture
from services.kernel.work import ClinicWork

_NAME_LENGTH = 32
_ORIGINAL = "original"
_LOST = "The file was lost on its way. Remove the picture and send it again."


class TooManyPictures(WrongState):
    code = "too-many-pictures"
    message = N_("There are {most} pictures already. Remove one first.")

    def __init__(self) -> None:
        super().__init__(gettext(self.message, most=rules.MOST_PICTURES))


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pictures of a clinic that the public sees: its own in order, the cover first in `cover`, and portraits."""

    cover: PictureView | None
    pictures: list[PictureView]
    portraits: dict[UUID, PictureView]


async def add_picture(work: ClinicWork, given: NewPicture, content: bytes) -> PictureView:
    """Takes a picture of the clinic; a worker prepares it. Raises `InvalidFields`, `TooManyPictures`."""
    pictures = PictureRepository(work)
    _check(given, content, "Confirm that no client can be recognised in what you upload.")
    await pictures.lock_all()
    if len(await pictures.list_of(PictureSubject.CLINIC, work.scope.clinic_id)) >= rules.MOST_PICTURES:
        raise TooManyPictures
    return await _add(work, PictureSubject.CLINIC, work.scope.clinic_id, given, content)


async def set_portrait(
    work: ClinicWork, practitioner_id: UUID, given: NewPicture, content: bytes
) -> PictureView:
    """Takes a practitioner's portrait; the one before it stays until this one is ready. Raises `InvalidFields`.

    Whether there is such a practitioner is the caller's to know.
    """
    _check(given, content, "Confirm that it shows this person, and that they agree.")
    pictures = PictureRepository(work)
    await pictures.lock_all()
    made = await _add(work, PictureSubject.PRACTITIONER, practitioner_id, given, content)
    for row in await pictures.list_of(PictureSubject.PRACTITIONER, practitioner_id):
        if row.id != made.id and row.state != PictureState.READY:
            await _remove(work, row)
    return made


def _check(given: NewPicture, content: bytes, confirm: str) -> None:
    found = [] if given.no_client else [FieldError("no_client", "missing", confirm)]
    problem = rules.file_problem(content)
    found = [*found, problem] if problem else found
    if found:
        raise InvalidFields(found)


async def _add(
    work: ClinicWork, kind: PictureSubject, subject_id: UUID, given: NewPicture, content: bytes
) -> PictureView:
    head = read_picture(content)
    if head is None:
        raise ValueError("a picture is checked before it is kept")
    kept = content[: head.ends_at]  # what hides behind a picture's end is not kept at all
    picture_id = new_id()
    added = await PictureRepository(work).add(
        id=picture_id,
        subject_kind=kind,
        subject_id=subject_id,
        state=PictureState.PENDING,
        problem="",
        alt=given.alt,
        caption=given.caption,
        is_cover=False,
        content_type=head.content_type,
        size_bytes=len(kept),
        width=head.width,
        height=head.height,
        sha256=hashlib.sha256(kept).hexdigest(),
        files=[],
        taken_down_why="",
    )
    if not added:
        raise InvalidFields.one("file", "duplicate", "This picture is here already.")
    await work.tools.storage.put(_key(work, picture_id, _ORIGINAL), kept, head.content_type)
    work.audit("picture.add", "picture", picture_id, of=kind.value, size=len(kept))
    work.announce(PICTURE_ADDED(picture_id=picture_id))
    return await get_picture(work, picture_id)


async def develop_picture(work: ClinicWork, picture_id: UUID) -> None:
    """Makes the files that are shown, or notes why they cannot be made. Nothing happens unless it is pending.

    A portrait that is ready takes the place of the person's earlier ones.
    """
    pictures = PictureRepository(work)
    row = await pictures.find(picture_id, lock=True)
    if row is None or row.state != PictureState.PENDING:
        return
    try:
        content = await work.tools.storage.get(_key(work, picture_id, _ORIGINAL))
        prints = await develop(content)
    except (Unreadable, KeyError) as error:
        problem = str(error) if isinstance(error, Unreadable) else _LOST
        await pictures.change(picture_id, state=PictureState.FAILED, problem=problem)
        return
    for one in prints:
        await work.tools.storage.put(_key(work, picture_id, _place(one)), one.content, one.content_type)
    await pictures.change(picture_id, state=PictureState.READY, files=[_file(one) for one in prints])
    if row.subject_kind == PictureSubject.PRACTITIONER:
        for other in await pictures.list_of(row.subject_kind, row.subject_id):
            if other.position < row.position:
                await _remove(work, other)
    _changed(work)


def _file(one: Print) -> dict[str, Any]:
    name = f"{hashlib.sha256(one.content).hexdigest()[:_NAME_LENGTH]}.{ENDINGS[one.content_type]}"
    return {
        "name": name,
        "size": one.size,
        "content_type": one.content_type,
        "width": one.width,
        "height": one.height,
    }


def _place(one: Print | PictureFileView) -> str:
    return f"{one.size}.{ENDINGS[one.content_type]}"


def _key(work: ClinicWork, picture_id: UUID, place: str) -> str:
    return f"{work.scope.clinic_id}/pictures/{picture_id}/{place}"


async def list_pictures(work: ClinicWork) -> list[PictureView]:
    """The clinic's own pictures, in order, whatever their state."""
    return _views(await PictureRepository(work).list_of(PictureSubject.CLINIC, work.scope.clinic_id))


async def list_all_pictures(work: ClinicWork) -> list[PictureView]:
    """The clinic's pictures and its practitioners' portraits."""
    return _views(await PictureRepository(work).list_all())


async def list_portraits(work: ClinicWork, practitioner_id: UUID) -> list[PictureView]:
    """A practitioner's portraits, newest first: one, or while a new one is prepared also the one that is shown."""
    found = _views(await PictureRepository(work).list_of(PictureSubject.PRACTITIONER, practitioner_id))
    return sorted(found, key=lambda picture: picture.position, reverse=True)


async def load_shelf(work: ClinicWork) -> Shelf:
    """What the public sees, in one reading."""
    shown = [picture for picture in _views(await PictureRepository(work).list_all()) if picture.is_shown]
    own = [picture for picture in shown if picture.subject_kind is PictureSubject.CLINIC]
    return Shelf(
        cover=next((picture for picture in own if picture.is_cover), own[0] if own else None),
        pictures=own,
        portraits={
            picture.subject_id: picture
            for picture in shown
            if picture.subject_kind is PictureSubject.PRACTITIONER
        },
    )


async def get_picture(work: ClinicWork, picture_id: UUID) -> PictureView:
    """A picture of the clinic or of its people. Raises `NotFound`."""
    row = await PictureRepository(work).find(picture_id)
    if row is None:
        raise NotFound
    return PictureView.model_validate(row)


async def read_file(work: ClinicWork, name: str, *, shown_only: bool) -> tuple[PictureFileView, bytes]:
    """A file to show, by its name; with `shown_only`, of what the public sees alone. Raises `NotFound`."""
    row = await PictureRepository(work).find_file(name)
    picture = None if row is None else PictureView.model_validate(row)
    file = None if picture is None else picture.file(name)
    if picture is None or file is None or (shown_only and not picture.is_shown):
        raise NotFound
    try:
        return file, await work.tools.storage.get(_key(work, picture.id, _place(file)))
    except KeyError as error:
        raise NotFound from error


async def _lock_own(pictures: PictureRepository, picture_id: UUID) -> Row[Any]:
    """A picture of the clinic itself: portraits are looked after where their people are."""
    row = await pictures.find(picture_id, lock=True)
    if row is None or row.subject_kind != PictureSubject.CLINIC:
        raise NotFound
    return row


async def update_picture(work: ClinicWork, picture_id: UUID, patch: PicturePatch) -> PictureView:
    """Says what one of the clinic's own shows, moves it, or makes it the cover (or no longer). Raises `NotFound`."""
    pictures, changes = PictureRepository(work), patch.changes()
    await pictures.lock_all()
    row = await _lock_own(pictures, picture_id)
    words = {name: changes[name] for name in ("alt", "caption") if name in changes}
    if words:
        await pictures.change(picture_id, **words)
    if "position" in changes:
        ids = [other.id for other in await pictures.list_of(row.subject_kind, row.subject_id)]
        await pictures.put_in_order(rules.moved(ids, picture_id, changes["position"]))
    if changes.get("is_cover", row.is_cover) != row.is_cover:
        await pictures.set_cover(picture_id if changes["is_cover"] else None)
    if changes:
        work.audit("picture.update", "picture", picture_id, fields=sorted(changes))
        _changed(work)
    return await get_picture(work, picture_id)


async def remove_picture(work: ClinicWork, picture_id: UUID) -> None:
    """Takes one of the clinic's own away; its files are erased after the commit. Raises `NotFound`."""
    await _remove(work, await _lock_own(PictureRepository(work), picture_id))
    _changed(work)


async def remove_portraits(work: ClinicWork, practitioner_id: UUID) -> None:
    """Takes all portraits of a practitioner away."""
    for row in await PictureRepository(work).list_of(PictureSubject.PRACTITIONER, practitioner_id):
        await _remove(work, row)
    _changed(work)


async def _remove(work: ClinicWork, row: Row[Any]) -> None:
    await PictureRepository(work).remove(row.id)
    work.audit("picture.delete", "picture", row.id, of=row.subject_kind)
    work.announce(PICTURE_REMOVED(picture_id=row.id))


async def erase_picture_files(work: ClinicWork, picture_id: UUID) -> None:
    """Erases the files of a picture whose row is gone; leaves those of one that is still there."""
    if await PictureRepository(work).find(picture_id) is not None:
        return
    shown = [f"{size}.{ending}" for size in rules.WIDTHS for ending in ENDINGS.values()]
    for place in (_ORIGINAL, *shown):
        await work.tools.storage.delete(_key(work, picture_id, place))


async def take_down(work: ClinicWork, picture_id: UUID, why: str) -> None:
    """A moderator hides it from the public; the clinic sees why. Nothing happens where it is gone."""
    await _stand(work, picture_id, "picture.take_down", taken_down_at=work.now, taken_down_why=why)


async def put_back(work: ClinicWork, picture_id: UUID) -> None:
    """It was taken down wrongly: the public sees it again. Nothing happens where it is gone."""
    await _stand(work, picture_id, "picture.put_back", taken_down_at=None, taken_down_why="")


async def _stand(work: ClinicWork, picture_id: UUID, action: str, **values: Any) -> None:
    pictures = PictureRepository(work)
    if await pictures.find(picture_id, lock=True) is None:
        return
    await pictures.change(picture_id, **values)
    work.audit(action, "picture", picture_id)
    _changed(work)


def _changed(work: ClinicWork) -> None:
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))


def _views(rows: list[Row[Any]]) -> list[PictureView]:
    return [PictureView.model_validate(row) for row in rows]
