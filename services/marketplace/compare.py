"""What is put side by side: one column a clinic, read from the truth but for the free time, and which lines differ."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.kernel.work import ClinicWork
from services.marketplace import rules
from services.marketplace.listing import clinic_figures, get_listing, list_menu
from services.marketplace.public_schemas import (
    ClinicShown,
    DeviceShown,
    LocationShown,
    PractitionerShown,
    TreatmentShown,
)
from services.reviews.rules import Figures


@dataclass(frozen=True, slots=True)
class Column:
    """One clinic's location in the comparison; `course` is the cheapest that fits the concern."""

    clinic: ClinicShown
    location: LocationShown
    team: tuple[PractitionerShown, ...]
    device: DeviceShown | None
    course: TreatmentShown | None
    on_label: bool | None
    uses_on_label: tuple[str, ...]
    figures: Figures
    by_concern: Figures | None

    @property
    def checked(self) -> int:
        """How many of the team have a credential whose check holds."""
        return sum(1 for person in self.team if person.checked)

    @property
    def kinds(self) -> list[str]:
        """Kinds of the checked credentials."""
        return sorted({credential.kind for person in self.team for credential in person.checked})

    @property
    def last_check(self) -> object:
        """The latest day on which a credential was checked."""
        days = [
            credential.verified_at.date()
            for person in self.team
            for credential in person.checked
            if credential.verified_at is not None
        ]
        return max(days, default=None)

    @property
    def most_sessions(self) -> int:
        """The most sessions that somebody of the team says to have done."""
        return max((person.sessions for person in self.team), default=0)

    @property
    def since_year(self) -> int | None:
        """The earliest year since which somebody of the team has needled."""
        years = [person.needling_since_year for person in self.team if person.needling_since_year]
        return min(years, default=None)

    @property
    def session_from(self) -> int | None:
        """The least that one session of the course costs, in minor units."""
        return (
            None
            if self.course is None
            else min((area.price.amount for area in self.course.areas), default=None)
        )


async def load_column(work: ClinicWork, concern: str | None, location_id: UUID | None) -> Column | None:
    """The clinic's column for a concern, at the location asked for, or its first; nothing without locations."""
    figures = await clinic_figures(work)
    clinic = await get_listing(work, figures)
    if not clinic.locations:
        return None
    location = next((one for one in clinic.locations if one.id == location_id), clinic.locations[0])
    menu = [item for item in await list_menu(work) if item.location_id == location.id]
    fitting = [item for item in menu if concern is None or concern in item.concerns]
    course = min(fitting, key=lambda item: (item.course.price.amount, item.course.sessions), default=None)
    devices = {device.id: device for device in clinic.devices}
    return Column(
        clinic=clinic,
        location=location,
        team=tuple(person for person in clinic.practitioners if location.id in person.location_ids),
        device=devices.get(course.device_id) if course else None,
        course=course,
        on_label=rules.on_label_for(course.labels, concern, None) if course else None,
        uses_on_label=tuple(rules.uses_on_label(course.labels, concern, None)) if course else (),
        figures=figures,
        by_concern=figures.by_concern.get(concern) if concern else None,
    )


def differing(columns: list[Column]) -> set[str]:
    """The lines on which the columns are not all the same."""
    lines: dict[str, list[object]] = {
        "credentials": [column.kinds for column in columns],
        "checked": [(column.checked, len(column.team)) for column in columns],
        "experience": [(column.since_year, column.most_sessions) for column in columns],
        "device": [
            (column.device.name, column.course.any_of_kind) if column.device and column.course else None
            for column in columns
        ],
        "label": [(column.on_label, column.uses_on_label) for column in columns],
        "cartridges": [column.device.single_use_cartridges if column.device else None for column in columns],
        "business": [column.clinic.business_checked_on is not None for column in columns],
        "sterilisation": [column.clinic.sterilisation.checked_on for column in columns],
        "session": [(column.session_from, column.clinic.currency) for column in columns],
        "course": [
            (column.course.course.price.amount, column.clinic.currency) if column.course else None
            for column in columns
        ],
        "sessions": [column.course.course.sessions if column.course else None for column in columns],
        "weeks": [column.course.course.weeks if column.course else None for column in columns],
        "downtime": [column.course.downtime_days if column.course else None for column in columns],
        "reported": [column.figures.downtime_mean for column in columns],
        "rating": [(column.figures.shrunk, column.figures.count) for column in columns],
        "concern": [column.by_concern.shrunk if column.by_concern else None for column in columns],
        "free": [column.location.next_free_at for column in columns],
        "before": [
            (column.course.first_step, column.course.first_step_hours) if column.course else None
            for column in columns
        ],
        "cancel": [column.clinic.policies.cancellation_hours for column in columns],
        "deposit": [column.clinic.policies.deposit for column in columns],
        "late": [column.clinic.policies.late_minutes for column in columns],
        "languages": [sorted(column.clinic.languages) for column in columns],
        "booking": [column.course.booking_mode if column.course else None for column in columns],
    }
    return {name for name, values in lines.items() if rules.differs(values)}
