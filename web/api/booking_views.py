"""How bookings, slots and courses read in the API: instants with the location's offset, money in minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.serialization import encode_json
from msgspec import Meta, Struct
from pydantic import BaseModel, Field

from services.courses.schemas import Booked, CourseView
from services.scheduling.asked_moves import Asked
from services.scheduling.planning import plan_mark
from services.scheduling.preference_rules import Departure
from services.scheduling.schemas import BookingView, FreeTimes, HeldTime, PlannedSession, Slot

FromDay = QueryParameter(name="from", description="First local day of the location.")
ToDay = QueryParameter(name="to", description="Last local day, at most 31 days after the first.")


class MoneyOut(BaseModel):
    """Minor units of an ISO 4217 currency."""

    amount: int = Field(examples=[20000])
    currency: str = Field(examples=["USD"])


class SlotOut(Struct):
    """A free time."""

    starts_at: Annotated[
        str,
        Meta(description="RFC 3339, in the location's offset.", examples=["2026-11-30T10:00:00-06:00"]),
    ]
    ends_at: str
    practitioner_id: UUID
    location_id: UUID


class SlotsOut(Struct):
    """Free times in order; all of them, so `next` is null."""

    items: list[SlotOut]
    next: str | None = None


class HoldOut(BaseModel):
    """A held time."""

    hold: str = Field(description="The token that books the time, or lets it go.")
    expires_at: str = Field(description="Until when nobody else gets it.")
    starts_at: str
    ends_at: str
    practitioner_id: UUID
    location_id: UUID


class QuestionOut(BaseModel):
    """A safety question; `false` clears it."""

    code: str = Field(examples=["isotretinoin"])
    text: str
    why: str
    outcome: str = Field(description="What `true` means: `not_now` or `ask_clinician`.")
    wait_days: int | None = None
    source: str


class ConsentOut(BaseModel):
    version: str
    text: str


class ScreeningOut(BaseModel):
    """The questions to answer and the words to consent to, in one language."""

    version: str = Field(examples=["2026-11"])
    language: str = Field(description="To be said with the answers and the consent.", examples=["en"])
    questions: list[QuestionOut]
    put_on_skin: list[str] = Field(
        description="Numbing and topicals of this treatment, for the question about allergies."
    )
    consent: ConsentOut


Departs = Annotated[
    list[Departure],
    Field(description="In what it is not as the `preferences` wish; empty where it is."),
]


class SessionOut(BaseModel):
    """One session of what was booked."""

    reference: str = Field(examples=["7K2MPX9QRT"])
    starts_at: str
    ends_at: str


class BookedSessionOut(SessionOut):
    departs: Departs


class PlannedSessionOut(BaseModel):
    starts_at: str
    ends_at: str
    practitioner_id: UUID
    departs: Departs


class PlanOut(BaseModel):
    """The sessions of a whole course as they would be booked now; none where it does not fit after that first time."""

    plan: str = Field(description="Sent with the booking, this plan is booked or none.")
    sessions: list[PlannedSessionOut]


class BookedOut(BaseModel):
    """What was booked; the token manages all of it."""

    reference: str
    manage_token: str
    status: str = Field(description="confirmed, or requested: held until the clinic answers.")
    course_id: UUID | None
    sessions: list[BookedSessionOut]


class PlaceOut(BaseModel):
    id: UUID
    name: str
    address: str
    phone: str
    time_zone: str


class NamedOut(BaseModel):
    id: UUID
    name: str


class ClinicOut(BaseModel):
    slug: str
    name: str


class ClientOut(BaseModel):
    id: UUID
    name: str
    email: str
    phone: str
    language: str


class SessionStateOut(SessionOut):
    position: int
    status: str


class AskedOut(BaseModel):
    """Another time that the client asked for. The booking keeps its own until the clinic has said yes."""

    starts_at: str = Field(description="Held until the clinic answers.")
    answer_by: str = Field(description="Without an answer by then the booking stays as it is.")


class BookingOut(BaseModel):
    """A booking as whoever manages it sees it."""

    id: UUID
    reference: str
    status: str = Field(
        description="requested, held, confirmed, arrived, completed, no_show, cancelled, declined or expired."
    )
    clinic: ClinicOut
    treatment: NamedOut
    area: str
    location: PlaceOut
    practitioner: NamedOut
    starts_at: str
    ends_at: str
    price: MoneyOut
    course_id: UUID | None
    position: int
    answer_by: str | None = Field(description="Until when the clinic may answer a request.")
    cancelled_by: str | None = None
    coming_at: str | None = Field(
        default=None, description="When the client said that they will come, of the time it has now."
    )
    client_may_change: bool
    asked: AskedOut | None = Field(default=None, description="Another time that the client asked for.")
    sessions: list[SessionStateOut] = Field(description="All that was booked together, by position.")


class DeskBookingOut(BookingOut):
    """A booking as the clinic sees it."""

    client: ClientOut
    room: NamedOut
    numbing_room: NamedOut | None = Field(description="Where the client numbs; null: in the room.")
    cancel_reason: str


class CourseOut(BaseModel):
    """A course with its progress."""

    id: UUID
    client: NamedOut
    treatment: NamedOut
    area: str
    status: str = Field(description="booked, in_progress, completed or cancelled.")
    sessions: int
    done: int
    min_days: int
    target_days: int
    max_days: int
    price: MoneyOut
    protocol_version: int = Field(description="The version of the treatment's protocol it began with.")
    state: str = Field(description="proposed, active, paused, completed or stopped.")
    paused_until: date | None = Field(description="The day on which a paused course goes on by itself.")
    stopped_at: str | None
    stop_reason: str | None


class CourseDetailOut(CourseOut):
    bookings: list[SessionStateOut]


def local(instant: datetime, zone: ZoneInfo) -> str:
    """An instant with the place's offset."""
    return instant.astimezone(zone).isoformat()


_written: WeakKeyDictionary[FreeTimes, bytes] = WeakKeyDictionary()


def slots_json(times: FreeTimes) -> bytes:
    """Free times as a `SlotsOut` in JSON; of the same answer it is written once."""
    written = _written.get(times)
    if written is None:
        written = _written[times] = encode_json(_slots_out(times.slots))
    return written


def _slots_out(slots: Sequence[Slot]) -> SlotsOut:
    return SlotsOut(
        [
            SlotOut(
                local(slot.starts_at, slot.zone),
                local(slot.ends_at, slot.zone),
                slot.practitioner_id,
                slot.location_id,
            )
            for slot in slots
        ]
    )


def hold_out(held: HeldTime, zone: ZoneInfo) -> HoldOut:
    return HoldOut(
        hold=held.token,
        expires_at=local(held.until_at, zone),
        starts_at=local(held.starts_at, zone),
        ends_at=local(held.ends_at, zone),
        practitioner_id=held.practitioner_id,
        location_id=held.location_id,
    )


def booked_out(booked: Booked) -> BookedOut:
    zone = ZoneInfo(booked.time_zone)
    return BookedOut(
        reference=booked.reference,
        manage_token=booked.manage_token,
        status=booked.status,
        course_id=booked.course_id,
        sessions=[
            BookedSessionOut(
                reference=one.reference,
                starts_at=local(one.starts_at, zone),
                ends_at=local(one.ends_at, zone),
                departs=list(one.departs),
            )
            for one in booked.sessions
        ],
    )


def plan_out(plan: Sequence[PlannedSession], zone: ZoneInfo) -> PlanOut:
    return PlanOut(
        plan=plan_mark(plan),
        sessions=[
            PlannedSessionOut(
                starts_at=local(one.starts_at, zone),
                ends_at=local(one.ends_at, zone),
                practitioner_id=one.practitioner_id,
                departs=list(one.departs),
            )
            for one in plan
        ],
    )


def session_out(booking: BookingView) -> SessionStateOut:
    return SessionStateOut(
        reference=booking.reference,
        position=booking.position,
        status=booking.status,
        starts_at=local(booking.starts_at, booking.zone),
        ends_at=local(booking.ends_at, booking.zone),
    )


def booking_out(
    booking: BookingView,
    group: Sequence[BookingView],
    now: datetime,
    *,
    course_id: UUID | None,
    asked: Asked | None,
) -> BookingOut:
    return BookingOut(**_fields(booking, group, now, course_id), asked=_asked(booking, asked))


def desk_booking_out(
    booking: BookingView,
    group: Sequence[BookingView],
    now: datetime,
    *,
    course_id: UUID | None,
    asked: Asked | None,
) -> DeskBookingOut:
    return DeskBookingOut(
        **_fields(booking, group, now, course_id),
        asked=_asked(booking, asked),
        client=ClientOut(
            id=booking.client_id,
            name=booking.client_name,
            email=booking.client_email,
            phone=booking.client_phone,
            language=booking.client_language,
        ),
        room=NamedOut(id=booking.room_id, name=booking.room_name),
        numbing_room=NamedOut(id=booking.numbing_room_id, name=booking.numbing_room_name or "")
        if booking.numbing_room_id
        else None,
        cancel_reason=booking.cancel_reason,
    )


def _asked(booking: BookingView, asked: Asked | None) -> AskedOut | None:
    if asked is None:
        return None
    starts_at = local(asked.times[booking.id], asked.zone)
    return AskedOut(starts_at=starts_at, answer_by=local(asked.until_at, asked.zone))


def _fields(
    booking: BookingView, group: Sequence[BookingView], now: datetime, course_id: UUID | None
) -> dict[str, Any]:
    return {
        "id": booking.id,
        "reference": booking.reference,
        "status": booking.status,
        "clinic": ClinicOut(slug=booking.clinic_slug, name=booking.clinic_name),
        "treatment": NamedOut(id=booking.treatment_id, name=booking.treatment_name),
        "area": booking.area,
        "location": PlaceOut(
            id=booking.location_id,
            name=booking.location_name,
            address=booking.address,
            phone=booking.phone,
            time_zone=booking.time_zone,
        ),
        "practitioner": NamedOut(id=booking.practitioner_id, name=booking.practitioner_name),
        "starts_at": local(booking.starts_at, booking.zone),
        "ends_at": local(booking.ends_at, booking.zone),
        "price": MoneyOut(amount=booking.price, currency=booking.currency),
        "course_id": course_id,
        "position": booking.position,
        "answer_by": local(booking.answer_by, booking.zone) if booking.answer_by else None,
        "cancelled_by": booking.cancelled_by or None,
        "coming_at": local(booking.coming_at, booking.zone) if booking.coming_at else None,
        "client_may_change": booking.client_may_change(now),
        "sessions": [session_out(one) for one in group],
    }


def course_out(course: CourseView) -> CourseOut:
    return CourseOut(**course_fields(course))


def course_fields(course: CourseView) -> dict[str, Any]:
    """A course's values by name."""
    return {
        "id": course.id,
        "client": NamedOut(id=course.client_id, name=course.client_name),
        "treatment": NamedOut(id=course.treatment_id, name=course.treatment_name),
        "area": course.area,
        "status": course.status,
        "sessions": course.sessions,
        "done": course.done,
        "min_days": course.min_days,
        "target_days": course.target_days,
        "max_days": course.max_days,
        "price": MoneyOut(amount=course.price, currency=course.currency),
        "protocol_version": course.protocol_version,
        "state": course.state.value,
        "paused_until": course.paused_until,
        "stopped_at": local(course.stopped_at, course.zone) if course.stopped_at else None,
        "stop_reason": course.stop_reason or None,
    }


def done(kind: type[BaseModel], words: str = "Done.") -> dict[int, ResponseSpec]:
    """The documented answer of a POST that changes what exists and answers through `answer_once`."""
    return {200: ResponseSpec(data_container=kind, description=words, generate_examples=False)}
