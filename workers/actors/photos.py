"""What follows from clinical photos: made anew, files erased, results taken off with a consent."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.courses import photo_results, photos
from services.kernel.work import ClinicWork
from services.screening.models import Purpose
from workers.actor import actor


@actor(scope="clinic")
async def develop_photo(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A photo was uploaded: what is kept is made of its pixels alone."""
    await photos.develop_photo(work, UUID(ids["photo_id"]))


@actor(scope="clinic")
async def tidy_photo_files(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A photo was made anew, or removed: the files that are over go."""
    await photos.tidy_files(work, UUID(ids["photo_id"]))


@actor(scope="clinic")
async def take_off_results(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The consent to photos was taken back: none of the person's is on the clinic's page any more."""
    if ids["purpose"] == Purpose.PHOTOS:
        await photo_results.take_off_unreleased(work, UUID(ids["client_id"]))
