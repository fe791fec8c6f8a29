"""The worlds of the actors that follow clinical photos."""

from __future__ import annotations

from services.courses import photos
from services.courses.photo_rules import Pose
from services.courses.photo_schemas import NewPhoto
from services.kernel.work import Database
from services.screening import consents
from tests.fixtures import MovableClock
from tests.services.clinics.photos import photo
from tests.services.courses.photographed import SIGNED, photographed, shown_result
from tests.workers.case import Case, of


async def new_photo(database: Database, clock: MovableClock) -> Case:
    own = await photographed(database)
    sessions = await own.sessions(database)
    given = NewPhoto(pose=Pose.FRONT, consent=True, signed_name=SIGNED)
    async with database.begin(own.client) as work:
        added = await photos.add_photo(work, sessions, given, photo(), by_clinic=False)
    return of(own.world, photo_id=added.id)


async def unreleased_result(database: Database, clock: MovableClock) -> Case:
    own, result = await shown_result(database, clock)
    async with database.begin(own.client) as work:
        await consents.decide(work, result.after.client_id, "photos", "withdrawn", "")
    return of(own.world, client_id=result.after.client_id, purpose="photos")
