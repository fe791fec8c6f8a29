"""A client of a clinic with photos, taken the ways they are taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from infra.platform.mail import MailboxOnly
from services.courses import photo_results, photos
from services.courses.photo_rules import Pose
from services.courses.photo_schemas import NewPhoto, NewResult, PhotoView, ReleaseDecided, ResultView
from services.courses.schemas import Booked
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from tests.factories import World, book_one, booking_ids, live_clinic
from tests.fixtures import MovableClock
from tests.services.clinics.photos import photo
from tests.services.notices.visits import complete
from workers.inline import drain

SIGNED = "Ana Torres"


@dataclass(frozen=True)
class Photographed:
    """A clinic and a visit there."""

    world: World
    booked: Booked
    booking_id: UUID

    @property
    def client(self) -> ClinicScope:
        """The client's own scope: a signed link's."""
        return ClinicScope(self.world.clinic_id)

    @property
    def here(self) -> str:
        return f"/bookings/{self.booked.reference}/photos"

    @property
    def link(self) -> dict[str, str]:
        return {"token": self.booked.manage_token}

    @property
    def page(self) -> str:
        return f"{self.here}?token={self.booked.manage_token}"

    async def sessions(self, database: Database) -> list[BookingView]:
        async with database.begin(self.client) as work:
            booking = await scheduling.get_booking(work, self.booking_id)
            return await scheduling.list_group(work, booking.group_id)


async def photographed(database: Database) -> Photographed:
    """A visit that lies ahead; no photo yet."""
    world = await live_clinic(database)
    booked = await book_one(database, world, email="ana@example.test")
    return Photographed(world, booked, (await booking_ids(database, world, booked))[0])


async def send(
    database: Database, own: Photographed, content: bytes, pose: Pose = Pose.FRONT, *, by_clinic: bool = False
) -> PhotoView:
    """A photo, with the consent, and made anew."""
    sessions = await own.sessions(database)
    given = NewPhoto(pose=pose, consent=True, signed_name=SIGNED)
    async with database.begin(own.world.scope if by_clinic else own.client) as work:
        added = await photos.add_photo(work, sessions, given, content, by_clinic=by_clinic)
    await drain(database, MailboxOnly())
    async with database.begin(own.client) as work:
        return await photos.get_photo(work, added.id)


async def released(database: Database, own: Photographed, photo_id: UUID, *, release: bool = True) -> None:
    async with database.begin(own.client) as work:
        one = await photos.get_photo(work, photo_id)
        await photo_results.decide_release(work, one, ReleaseDecided(release=release, signed_name=SIGNED))


async def shown_result(database: Database, clock: MovableClock) -> tuple[Photographed, ResultView]:
    """A visit with a photo before it and one four weeks after, both released, on the clinic's page."""
    own = await photographed(database)
    before = await send(database, own, photo())
    await complete(database, clock, own.world, own.booking_id)
    await clock.advance(timedelta(days=28))
    after = await send(database, own, photo(colour="#c4b7cd"))
    for one in (before, after):
        await released(database, own, one.id)
    async with database.begin(own.world.scope) as work:
        result = await photo_results.choose_result(work, NewResult(before_id=before.id, after_id=after.id))
    return own, result
