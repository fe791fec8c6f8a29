"""Use cases of portraits: one picture of a practitioner, taken and shown as the clinic's own pictures are."""

from __future__ import annotations

from uuid import UUID

from services.clinics import pictures
from services.clinics.picture_schemas import NewPicture, PictureView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.practitioners.repository import PractitionerRepository


async def set_portrait(
    work: ClinicWork, practitioner_id: UUID, given: NewPicture, content: bytes
) -> PictureView:
    """Takes a portrait; the one before it stays until this one is ready. Without words it is said by the name.

    Raises `NotFound`, or `InvalidFields` for a file that is not taken.
    """
    row = await PractitionerRepository(work).find(practitioner_id, lock=True)
    if row is None:
        raise NotFound
    named = given.model_copy(update={"alt": given.alt or row.name})
    return await pictures.set_portrait(work, practitioner_id, named, content)


async def list_portraits(work: ClinicWork, practitioner_id: UUID) -> list[PictureView]:
    """A practitioner's portraits, newest first: one at most, or a new one and the one it follows. Raises `NotFound`."""
    if await PractitionerRepository(work).find(practitioner_id) is None:
        raise NotFound
    return await pictures.list_portraits(work, practitioner_id)


async def remove_portraits(work: ClinicWork, practitioner_id: UUID) -> None:
    """The practitioner has no portrait any more. Raises `NotFound`, also where there was none."""
    if not await list_portraits(work, practitioner_id):
        raise NotFound
    await pictures.remove_portraits(work, practitioner_id)
