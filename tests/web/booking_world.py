"""A clinic for the pages of booking: two areas, a phone number, a team; and bookings in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import LocationPatch, NewMember
from services.courses.booking import book
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.availability import list_slots
from services.scheduling.schemas import BookingView, SlotQuery
from services.scheduling.time_schemas import PreferencesIn
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import World, booking_ids, booking_in, live_clinic
from tests.factories import person as make_person

PHONE = "+1 512 555 0142"


@dataclass(frozen=True, slots=True)
class Shop:
    """A live clinic as the pages show it."""

    world: World
    location_name: str
    practitioner_name: str
    phone: str

    @property
    def slug(self) -> str:
        return self.world.slug

    @property
    def scope(self) -> ClinicScope:
        return self.world.scope

    @property
    def treatment_id(self) -> UUID:
        return self.world.treatment_id

    @property
    def owner_id(self) -> UUID:
        return self.world.owner.account_id

    @property
    def book_path(self) -> str:
        return f"/c/{self.slug}/book/{self.treatment_id}"


async def make_shop(database: Database, *, name: str = "Linden Skin") -> Shop:
    """A live clinic whose treatment has two areas, face and neck."""
    world = await live_clinic(database, name=name)
    areas = [
        AreaIn(code="face", minutes=20, price=MoneyIn(amount=25000, currency="USD")),
        AreaIn(code="neck", minutes=10, price=MoneyIn(amount=18000, currency="USD")),
    ]
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(areas=areas))
        location = await clinics.update_location(work, world.location_id, LocationPatch(phone=PHONE))
    return Shop(world, location.name, "Dr Mira Holm", PHONE)


async def person(database: Database, email: str, name: str) -> UUID:
    """An account with a proven e-mail."""
    return (await make_person(database, name, email))[0].account_id


async def member(database: Database, shop: Shop, role: str) -> UUID:
    """Somebody of the clinic's team."""
    account_id = await person(database, f"{role}@example.test", "Team Member")
    async with database.begin(shop.scope) as work:
        await clinics.add_member(work, NewMember(email=f"{role}@example.test", role=Role(role)))
    return account_id


async def book_visit(
    database: Database,
    shop: Shop,
    *,
    course: bool = False,
    ask: bool = False,
    email: str = "ana@example.test",
    wishes: PreferencesIn | None = None,
) -> BookingView:
    """A visit, or the first session of a course, a week ahead; with `ask` it waits for the clinic's answer.

    `wishes` are for the later sessions of the course.
    """
    yes = tuple(item.code for item in get_question_set().questions if ask and item.outcome == "ask_clinician")
    async with database.begin(shop.scope) as work:
        day = work.now.date() + timedelta(days=7)
        free = await list_slots(work, SlotQuery(shop.treatment_id, day, day, area="face"))
        wanted = booking_in(shop.world, free[0].starts_at, whole_course=course, yes=yes[:1], email=email)
        booked = await book(work, wanted.model_copy(update={"area": "face", "preferences": wishes}))
    first = (await booking_ids(database, shop.world, booked))[0]
    async with database.begin(shop.scope) as work:
        return await scheduling.get_booking(work, first)
