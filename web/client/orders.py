"""What a person wants to book, as far as it has been chosen; read from a query or a form, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from services.clinics import places
from services.clinics import service as clinics
from services.clinics.schemas import ClinicView, LocationView
from services.clinics.week_schemas import CALENDAR_YEARS
from services.kernel.errors import FieldError, InvalidFields, NotFound
from services.kernel.money import Money
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerView
from services.scheduling.availability import get_offer, workers_of
from services.scheduling.devices import devices_of
from services.scheduling.time_schemas import PreferencesIn
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentView
from web.client.preferences import fields_of, read_preferences
from web.forms import Form

JUDGED_AFTER_DAYS = 90
"""The best result shows 3 to 6 months after the last session (clinics' published advice, November 2026)."""


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """A body area with its minutes of needling, the minutes of the whole visit, and the price of one session."""

    code: str
    minutes: int
    total_minutes: int
    price: Money


@dataclass(frozen=True, slots=True)
class CourseOffer:
    """The protocol's usual course: what it costs, how long it takes, and its drawing."""

    price: Money
    per_session: Money
    session_from: Money
    weeks: int
    plan: list[dict[str, object]]
    judged_day: int


@dataclass(frozen=True, slots=True)
class Menu:
    """Everything that can be chosen for one treatment of one clinic. Its device says where it is given.

    `invitation` is the token by which the clinic lets a treatment be booked that is to be asked about first.
    """

    slug: str
    clinic: ClinicView
    treatment: TreatmentView
    location: LocationView
    areas: tuple[AreaChoice, ...]
    practitioners: tuple[PractitionerView, ...]
    invitation: str = ""

    @property
    def deposit(self) -> Money | None:
        """What the clinic wants for a booking, paid there; nothing where it wants none."""
        wanted = self.clinic.deposit_amount
        return Money(wanted, self.clinic.currency) if wanted else None

    @property
    def path(self) -> str:
        """Where the booking begins."""
        return f"/c/{self.slug}/book/{self.treatment.id}"


@dataclass(frozen=True, slots=True)
class Order:
    """What has been chosen from a menu; no practitioner stands for anyone."""

    menu: Menu
    area: AreaChoice
    practitioner: PractitionerView | None = None
    whole_course: bool = False
    starts_at: datetime | None = None
    preferences: PreferencesIn = field(default_factory=PreferencesIn)

    @property
    def slug(self) -> str:
        return self.menu.slug

    @property
    def clinic(self) -> ClinicView:
        return self.menu.clinic

    @property
    def treatment(self) -> TreatmentView:
        return self.menu.treatment

    @property
    def location(self) -> LocationView:
        return self.menu.location

    @property
    def path(self) -> str:
        return self.menu.path

    @property
    def practitioner_id(self) -> UUID | None:
        return self.practitioner.id if self.practitioner else None

    @property
    def price(self) -> Money:
        """Of all that is booked."""
        return course_offer(self.menu).price if self.whole_course else self.area.price

    @property
    def per_session(self) -> Money:
        """What a session of the whole course costs on average."""
        return course_offer(self.menu).per_session

    @property
    def fields(self) -> dict[str, str]:
        """The choice as the fields of a query or a form, without the time."""
        return self.menu_fields | self.wishes

    @property
    def wishes(self) -> dict[str, str]:
        """What is wished for the later sessions of a course."""
        return fields_of(self.preferences) if self.whole_course else {}

    @property
    def menu_fields(self) -> dict[str, str]:
        """The same without what is wished for the later sessions."""
        chosen = {
            "location_id": str(self.location.id),
            "area": self.area.code,
            "practitioner_id": str(self.practitioner_id or ""),
            "whole_course": "true" if self.whole_course else "false",
        }
        return chosen | ({"invitation": self.menu.invitation} if self.menu.invitation else {})

    def times_href(self, day: date | None = None) -> str:
        """The address of the free times from a day on, or from the first of all."""
        return self.href("/times", starts_at=False, **({"from": day.isoformat()} if day else {}))

    def href(self, step: str, *, starts_at: bool = True, **more: str) -> str:
        """The address of a step with the choice in it."""
        query = {name: value for name, value in self.fields.items() if value} | more
        if starts_at and self.starts_at:
            query["starts_at"] = self.starts_at.isoformat()
        return f"{self.path}{step}?{urlencode(query)}"


async def load_menu(work: ClinicWork, slug: str, treatment_id: UUID) -> Menu:
    """What can be chosen for a treatment, and who may give it now. Raises `NotFound`."""
    treatment = await treatments.get_treatment(work, treatment_id)
    device = (await devices_of(work, [treatment])).get(treatment.id)
    if device is None:
        raise NotFound
    offer = await get_offer(work, treatment_id, device.location_id, treatment.areas[0].code)
    treating = {worker.id for worker in workers_of(offer, None)}
    people = await practitioners.list_practitioners(work)
    return Menu(
        slug=slug,
        clinic=await clinics.get_clinic(work),
        treatment=treatment,
        location=await places.get_location(work, device.location_id),
        areas=tuple(
            AreaChoice(
                area.code,
                area.minutes,
                treatment.visit_minutes(area.minutes),
                Money(area.price, treatment.currency),
            )
            for area in treatment.areas
        ),
        practitioners=tuple(person for person in people if person.id in treating),
    )


def read_order(menu: Menu, given: Mapping[str, str]) -> Order:
    """The order of a query or a form; what there is only one of counts as chosen.

    Raises `InvalidFields` that name what is missing or not on the menu; where all of that is right, what is wrong with
    the wishes for the later sessions of a course.
    """
    errors: list[FieldError] = []

    def wrong(field: str, words: str) -> None:
        errors.append(FieldError(field, "unknown-code" if given.get(field) else "missing", words))

    areas = {item.code: item for item in menu.areas}
    area = areas.get(given.get("area", ""))
    if area is None and not given.get("area") and len(menu.areas) == 1:
        area = menu.areas[0]
    if area is None:
        wrong("area", "Choose an area.")
    if given.get("location_id") not in {None, "", str(menu.location.id)}:
        wrong("location_id", "This treatment is not given at that location.")
    people = {str(person.id): person for person in menu.practitioners}
    person = people.get(given.get("practitioner_id", ""))
    if person is None and given.get("practitioner_id"):
        wrong("practitioner_id", "Choose one of the practitioners, or anyone.")
    whole = given.get("whole_course") or "false"
    if whole not in {"true", "false"}:
        wrong("whole_course", "Choose one session or the whole course.")
    if area is None or errors:
        raise InvalidFields(errors)
    course = whole == "true" and menu.treatment.course_sessions > 1
    wished = read_preferences(given) if course else PreferencesIn()
    return Order(menu, area, person, course, read_instant(given.get("starts_at", "")), wished)


def read_instant(text: str) -> datetime | None:
    """An instant with its offset, or nothing."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value if value.tzinfo and value.year in CALENDAR_YEARS else None


def course_offer(menu: Menu) -> CourseOffer:
    """What the whole course costs and takes."""
    treatment = menu.treatment
    sessions = treatment.course_sessions
    price = Money(treatment.course_price, treatment.currency)
    cheapest = min((area.price.amount for area in menu.areas), default=0)
    days = [number * treatment.target_days for number in range(sessions)]
    plan: list[dict[str, object]] = [
        {
            "day": day,
            "number": number,
            "state": "planned",
            "window": (days[number - 2] + treatment.min_days, days[number - 2] + treatment.max_days)
            if number > 1
            else None,
        }
        for number, day in enumerate(days, start=1)
    ]
    return CourseOffer(
        price=price,
        per_session=Money(round(price.amount / sessions), price.currency),
        session_from=Money(cheapest, price.currency),
        weeks=round(timedelta(days=days[-1]) / timedelta(weeks=1)),
        plan=plan,
        judged_day=days[-1] + JUDGED_AFTER_DAYS,
    )


def read_what_stands(menu: Menu, form: Form) -> tuple[Order, bool]:
    """The form's order, and whether it is with anyone now because the person chosen cannot be booked any more.

    Raises as `read_order` does for what else is not on the menu.
    """
    try:
        return read_order(menu, form.values), False
    except InvalidFields as refusal:
        if {error.field for error in refusal.errors} != {"practitioner_id"}:
            raise
        form.values["practitioner_id"] = ""
        return read_order(menu, form.values), True
