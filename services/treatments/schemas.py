"""Input and output of treatments. Money is in minor units; the currency is the clinic's."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from services.accounts.schemas import Input, Line
from services.kernel.language import gettext
from services.kernel.money import LARGEST_AMOUNT
from services.practitioners.schemas import Long, Name, Patch, View
from services.treatments.catalogue import get_catalogue
from services.treatments.models import BookingMode, DeviceChoice, FirstStep, NumbingIn
from services.treatments.protocol_schemas import ProtocolIn, ProtocolPatch
from services.treatments.rules import OFF_LABEL, ON_LABEL, label_of, repeated, visit_minutes


def _known(kind: str) -> Any:
    def check(value: str) -> str:
        codes = [entry.code for entry in getattr(get_catalogue(), kind)]
        if value not in codes:
            raise ValueError(gettext("Choose one of: {codes}.", codes=", ".join(codes)))
        return value

    return AfterValidator(check)


def _once_each(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))


def _ids_once(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


Concern = Annotated[str, _known("concerns")]
Area = Annotated[str, _known("areas")]
Modality = Annotated[str, _known("modalities")]
Concerns = Annotated[list[Concern], Field(min_length=1, max_length=9), AfterValidator(_once_each)]
PhaseMinutes = Annotated[int, Field(ge=0, le=120)]
Days = Annotated[int, Field(ge=1, le=365)]
Sessions = Annotated[int, Field(ge=1, le=12)]
Downtime = Annotated[int, Field(ge=0, le=30)]


FirstStepHours = Annotated[int, Field(ge=0, le=336)]
Product = Annotated[str, Line(max_length=120)]
Topical = Annotated[str, Line(min_length=1, max_length=80)]
Topicals = Annotated[list[Topical], Field(max_length=8), AfterValidator(_once_each)]


class MoneyIn(Input):
    """An amount in minor units of the clinic's currency."""

    amount: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)] = Field(examples=[18000])
    currency: Annotated[str, Line()] = Field(description="ISO 4217; the clinic's own.", examples=["USD"])


class AreaIn(Input):
    """A body area of a treatment: minutes of needling, and the price of one session."""

    code: Area = Field(description="A code of the catalogue's `areas`.", examples=["face"])
    minutes: Annotated[int, Field(ge=5, le=180)] = Field(examples=[20])
    price: MoneyIn


Rooms = Annotated[list[UUID], Field(max_length=100), AfterValidator(_ids_once)]
Performers = Annotated[list[UUID], Field(max_length=200), AfterValidator(_ids_once)]


def _areas_once(areas: list[AreaIn]) -> list[AreaIn]:
    index = repeated([area.code for area in areas])
    if index is not None:
        twice = areas[index].code
        raise ValueError(gettext("Give each area once: {area} is there twice.", area=twice))
    return areas


Areas = Annotated[list[AreaIn], Field(min_length=1, max_length=9), AfterValidator(_areas_once)]


class PhasesIn(Input):
    """Minutes around the needling, the same for every area."""

    preparation_minutes: PhaseMinutes = 10
    numbing_minutes: PhaseMinutes = Field(
        default=25, description="The room is taken, the practitioner is free."
    )
    finish_minutes: PhaseMinutes = 10


class CourseIn(Input):
    """The usual course: how many sessions, and the days between two of them."""

    sessions: Sessions = 4
    min_days: Days = 28
    target_days: Days = 28
    max_days: Days = 42
    price: MoneyIn | None = Field(
        default=None, description="Left out: the sessions at the price of the first area."
    )


class NewTreatment(Input):
    """An item of the clinic's menu."""

    name: Name = Field(examples=["Pen facial for acne scars"])
    description: Long = ""
    modality: Modality = Field(description="A code of the catalogue's `modalities`.", examples=["pen"])
    concerns: Concerns = Field(description="Codes of the catalogue's `concerns`.", examples=[["acne_scars"]])
    device_id: UUID | None = Field(
        default=None, description="Which device is used; need not be said where the clinic has one."
    )
    device_choice: DeviceChoice = Field(
        default=DeviceChoice.NAMED,
        description="That device alone, whichever of its maker and model is free at the location, or whichever of "
        "its kind: only devices whose label covers every area and concern of the treatment.",
    )
    numbing_in: NumbingIn = Field(
        default=NumbingIn.SAME_ROOM, description="Where clients numb: in the treatment's room, or another."
    )
    performer_ids: Performers = Field(
        default_factory=list, description="Who gives it; empty: everyone who may and works there."
    )
    room_ids: Rooms = Field(
        default_factory=list, description="Rooms in which it is given; empty: every room for treatment."
    )
    booking_mode: BookingMode = BookingMode.INSTANT
    phases: PhasesIn = Field(default_factory=PhasesIn)
    downtime_days: Downtime = 2
    first_step: FirstStep = Field(
        default=FirstStep.NONE, description="What has to happen before the first session."
    )
    first_step_hours: FirstStepHours = Field(
        default=0, description="How long before: a first session is not booked any sooner.", examples=[48]
    )
    numbing_product: Product = Field(
        default="", description="Name and strength.", examples=["Numbing cream with 5% lidocaine"]
    )
    topicals: Topicals = Field(
        default_factory=list, description="What else is put on the skin.", examples=[["Hyaluronic serum"]]
    )
    areas: Areas
    course: CourseIn = Field(default_factory=CourseIn)
    protocol: ProtocolIn = Field(
        default_factory=ProtocolIn, description="What follows each session; left out: what is usual."
    )


class PhasesPatch(Patch):
    """Some of the minutes around the needling."""

    preparation_minutes: PhaseMinutes = Field(default_factory=int)
    numbing_minutes: PhaseMinutes = Field(default_factory=int)
    finish_minutes: PhaseMinutes = Field(default_factory=int)


class CoursePatch(Patch):
    """Some fields of the course."""

    sessions: Sessions = Field(default_factory=int)
    min_days: Days = Field(default_factory=int)
    target_days: Days = Field(default_factory=int)
    max_days: Days = Field(default_factory=int)
    price: MoneyIn = Field(default_factory=lambda: MoneyIn(amount=0, currency=""))


class TreatmentPatch(Patch):
    """Some fields of a treatment; `areas` replaces all of them."""

    name: Name = Field(default_factory=str)
    description: Long = Field(default_factory=str)
    modality: Modality = Field(default_factory=str)
    concerns: Concerns = Field(default_factory=list)
    device_id: UUID = Field(default_factory=lambda: UUID(int=0))
    device_choice: DeviceChoice = Field(default_factory=lambda: DeviceChoice.NAMED)
    numbing_in: NumbingIn = Field(default_factory=lambda: NumbingIn.SAME_ROOM)
    performer_ids: Performers = Field(default_factory=list)
    room_ids: Rooms = Field(default_factory=list)
    booking_mode: BookingMode = Field(default_factory=lambda: BookingMode.INSTANT)
    phases: PhasesPatch = Field(default_factory=PhasesPatch)
    downtime_days: Downtime = Field(default_factory=int)
    first_step: FirstStep = Field(default_factory=lambda: FirstStep.NONE)
    first_step_hours: FirstStepHours = Field(default_factory=int)
    numbing_product: Product = Field(default_factory=str)
    topicals: Topicals = Field(default_factory=list)
    areas: Areas = Field(default_factory=list)
    course: CoursePatch = Field(default_factory=CoursePatch)
    protocol: ProtocolPatch = Field(default_factory=ProtocolPatch)


_ON_LABEL = {ON_LABEL: True, OFF_LABEL: False}


class AreaView(View):
    """An area of a treatment; `labels`: of each use (`area:concern`), whether it is one the clearance names."""

    code: str
    minutes: int
    price: int
    labels: dict[str, bool | None] = Field(default_factory=dict)

    @property
    def label(self) -> str:
        """What is said of its uses together."""
        return label_of(self.labels.values())

    @property
    def on_label(self) -> bool | None:
        """Whether all its uses are on the label; nothing where the label is not known."""
        return _ON_LABEL.get(self.label)


class TreatmentView(View):
    """A menu item. Prices in minor units of `currency`."""

    id: UUID
    name: str
    description: str
    modality: str
    concerns: list[str]
    device_id: UUID
    device_choice: DeviceChoice
    numbing_in: NumbingIn
    given_by: Literal["everyone", "named"] = Field(
        description="`named`: by `performer_ids` alone, and by nobody where they all have left."
    )
    performer_ids: list[UUID]
    given_in: Literal["any_room", "named"] = Field(
        description="`named`: in `room_ids` alone, and in none where they are all gone."
    )
    room_ids: list[UUID]
    booking_mode: BookingMode
    preparation_minutes: int
    numbing_minutes: int
    finish_minutes: int
    downtime_days: int
    first_step: FirstStep
    first_step_hours: int
    numbing_product: str
    topicals: list[str]
    areas: list[AreaView]
    course_sessions: int
    min_days: int
    target_days: int
    max_days: int
    course_price: int
    currency: str

    @field_validator("areas")
    @classmethod
    def _in_order(cls, value: list[AreaView]) -> list[AreaView]:
        order = [entry.code for entry in get_catalogue().areas]
        return sorted(value, key=lambda area: order.index(area.code) if area.code in order else len(order))

    @property
    def labels(self) -> dict[str, bool | None]:
        """Each use (`area:concern`) of all its areas, as an area has its own."""
        return {use: state for area in self.areas for use, state in area.labels.items()}

    @property
    def on_label(self) -> bool | None:
        """Whether all uses are on the device's label, as the public listing says it; nothing where not known."""
        return _ON_LABEL.get(label_of(self.labels.values()))

    @property
    def used_on_skin(self) -> list[str]:
        """What is put on the skin, the numbing first: for those who may be allergic."""
        return [*([self.numbing_product] if self.numbing_product else []), *self.topicals]

    def area(self, code: str) -> AreaView | None:
        """The area of that code, or nothing."""
        return next((area for area in self.areas if area.code == code), None)

    def visit_minutes(self, needling_minutes: int) -> int:
        """How long a visit takes with so many minutes of needling."""
        return visit_minutes(
            self.preparation_minutes, self.numbing_minutes, needling_minutes, self.finish_minutes
        )
