"""The world that tests begin with, made through the services: a live clinic that can be booked, and bookings in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials, NewAccount, SignedIn
from services.clients.schemas import ClientIn
from services.clinics import service as clinics
from services.clinics.schemas import NewClinic, NewDevice, NewLocation, NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses.booking import book
from services.courses.schemas import Booked, BookingIn, ConsentIn, ScreeningIn
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewCredential, NewPractitioner
from services.scheduling.availability import list_slots
from services.scheduling.booking import find_reference
from services.scheduling.schemas import Slot, SlotQuery
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import AreaIn, CourseIn, MoneyIn, NewTreatment
from tests.kept import kept

PASSWORD = "a long walk by the sea"


@dataclass(frozen=True, slots=True)
class World:
    """A live clinic with one of everything, open every day from 9 to 17. `owner_token` is a bearer token."""

    clinic_id: UUID
    slug: str
    scope: ClinicScope
    owner: SignedIn
    owner_token: str
    location_id: UUID
    room_id: UUID
    device_id: UUID
    practitioner_id: UUID
    treatment_id: UUID
    credential_id: UUID

    @property
    def bearer(self) -> dict[str, str]:
        """The owner's header for the API."""
        return {"Authorization": f"Bearer {self.owner_token}"}


async def person(
    database: Database, name: str = "Ana Torres", email: str | None = None
) -> tuple[SignedIn, str]:
    """An account with a proven e-mail, and its bearer token."""
    address = email or f"{new_id().hex[-12:]}@example.test"
    async with database.begin(PublicScope()) as work:
        made = await accounts.sign_up(work, NewAccount(email=address, password=PASSWORD, name=name))
        link = await accounts.verification_link(work, made.account_id)
        proven = await accounts.verify_email(work, link.rpartition("/")[2])
    async with database.begin(PublicScope()) as work:
        token = await accounts.sign_in(
            work, Credentials(email=address, password=PASSWORD), kind=SignInKind.API
        )
    return proven, token


async def live_clinic(
    database: Database,
    *,
    name: str = "Linden Skin",
    city: str = "Austin",
    country: str = "US",
    currency: str = "USD",
    time_zone: str | None = None,
    booking_mode: BookingMode = BookingMode.INSTANT,
    sessions: int = 4,
    course_price: int | None = None,
) -> World:
    """A clinic that the public can book at: location, room, device, practitioner with a checked credential, menu.

    The first of its kind in a test process is made through the services; later tests begin with the same one.
    """
    given = (name, city, country, currency, time_zone, booking_mode, sessions, course_price)

    async def make() -> World:
        return await _live_clinic(database, *given)

    return await kept(database, given, make)


async def _live_clinic(
    database: Database,
    name: str,
    city: str,
    country: str,
    currency: str,
    time_zone: str | None,
    booking_mode: BookingMode,
    sessions: int,
    course_price: int | None,
) -> World:
    owner, token = await person(database, "Owen Lind")
    scope = ClinicScope(new_id(), Actor("account", owner.account_id, owner.name))
    async with database.begin(scope) as work:
        clinic = await clinics.create_clinic(
            work, NewClinic(name=name, country=country, currency=currency), owner
        )
        location = await clinics.add_location(
            work, NewLocation(name=f"{name} {city}", street="Main Street 1", city=city, time_zone=time_zone)
        )
        await clinics.set_location_hours(
            work,
            location.id,
            HoursIn(hours=[HoursSpan(weekday=d, opens=time(9), closes=time(17)) for d in range(7)]),
        )
        room = await clinics.add_room(work, NewRoom(location_id=location.id, name="Room 1"))
        device = await clinics.add_device(
            work,
            NewDevice(
                location_id=location.id,
                maker="Crown Aesthetics",
                model="SkinPen Precision",
                modality="pen",
                clearance="FDA K202243",
            ),
        )
        practitioner_id, credential_id = await _practitioner(work, "Dr Mira Holm")
        treatment = await treatments.add_treatment(
            work,
            NewTreatment(
                name="Pen facial for acne scars",
                modality="pen",
                concerns=["acne_scars"],
                device_id=device.id,
                booking_mode=booking_mode,
                areas=[AreaIn(code="face", minutes=15, price=MoneyIn(amount=20000, currency=currency))],
                course=CourseIn(
                    sessions=sessions,
                    price=None if course_price is None else MoneyIn(amount=course_price, currency=currency),
                ),
            ),
        )
        await clinics.mark_submitted(work)
        await clinics.publish(work)
    return World(
        clinic_id=scope.clinic_id,
        slug=clinic.slug,
        scope=scope,
        owner=owner,
        owner_token=token,
        location_id=location.id,
        room_id=room.id,
        device_id=device.id,
        practitioner_id=practitioner_id,
        treatment_id=treatment.id,
        credential_id=credential_id,
    )


async def add_practitioner(database: Database, world: World, name: str = "Dr Ivo Marsh") -> UUID:
    """One more practitioner of the clinic, with a checked credential and the location's hours."""
    async with database.begin(world.scope) as work:
        practitioner_id, _ = await _practitioner(work, name)
    return practitioner_id


async def _practitioner(work: ClinicWork, name: str) -> tuple[UUID, UUID]:
    made = await practitioners.add_practitioner(work, NewPractitioner(name=name, title="Dermatologist"))
    credential = await practitioners.add_credential(
        work,
        made.id,
        NewCredential(
            kind="dermatologist",
            number=f"MD-{new_id().hex[-8:]}",
            issuer="Texas Medical Board",
            jurisdiction="Texas, US",
            issued_on=date(2015, 5, 1),
        ),
    )
    await practitioners.verify_credential(work, credential.id, against="Texas Medical Board, public register")
    return made.id, credential.id


async def free_slots(
    database: Database, world: World, *, in_days: int = 7, days: int = 1, practitioner_id: UUID | None = None
) -> list[Slot]:
    """Free times of some local days from `in_days` days ahead on."""
    async with database.begin(world.scope) as work:
        first = work.now.date() + timedelta(days=in_days)
        return await list_slots(
            work,
            SlotQuery(
                treatment_id=world.treatment_id,
                from_on=first,
                to_on=first + timedelta(days=days - 1),
                practitioner_id=practitioner_id,
            ),
        )


def clear_answers(*yes: str) -> dict[str, bool]:
    """Every question answered: no, except for the codes given."""
    return {question.code: question.code in yes for question in get_question_set().questions}


def booking_in(
    world: World,
    starts_at: datetime,
    *,
    whole_course: bool = False,
    email: str = "ana@example.test",
    yes: tuple[str, ...] = (),
    practitioner_id: UUID | None = None,
) -> BookingIn:
    """What a client sends who is fit for the treatment, or answers yes to some questions."""
    asked = get_question_set()
    return BookingIn(
        clinic=world.slug,
        treatment_id=world.treatment_id,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        client=ClientIn(name="Ana Torres", email=email, phone="+1 512 555 0100"),
        screening=ScreeningIn(version=asked.version, answers=clear_answers(*yes)),
        consent=ConsentIn(version=asked.consent.version, signed_name="Ana Torres"),
        whole_course=whole_course,
    )


def booking_body(world: World, starts_at: datetime, **options: Any) -> dict[str, Any]:
    """The same as a JSON body."""
    return booking_in(world, starts_at, **options).model_dump(mode="json", exclude_none=True)


async def book_one(
    database: Database,
    world: World,
    starts_at: datetime | None = None,
    *,
    whole_course: bool = False,
    email: str = "ana@example.test",
    yes: tuple[str, ...] = (),
    account_id: UUID | None = None,
) -> Booked:
    """A booking at that time, or at the first free one a week ahead; done as pages and the API do it."""
    if starts_at is None:
        starts_at = (await free_slots(database, world))[0].starts_at
    wanted = booking_in(world, starts_at, whole_course=whole_course, email=email, yes=yes)
    return await database.run(world.scope, lambda work: book(work, wanted, account_id))


async def booking_ids(database: Database, world: World, booked: Booked) -> list[UUID]:
    """The ids of what was booked, in order."""
    ids = []
    async with database.begin(PublicScope()) as work:
        for session in booked.sessions:
            found = await find_reference(work, session.reference)
            assert found is not None
            assert found[0] == world.clinic_id
            ids.append(found[1])
    return ids
