"""Use cases of a clinic's own words in messages to clients: read, choose within limits, and see with an example."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.accounts.schemas import Input, Line, showable
from services.clinics import places
from services.clinics import service as clinics
from services.clinics.schemas import ClinicView, LocationView
from services.kernel.errors import FieldError, InvalidFields
from services.kernel.language import gettext
from services.kernel.work import ClinicWork
from services.notices.messages import booking as messages
from services.notices.messages import followup
from services.notices.messages.booking import Visits
from services.notices.messages.own_words import OwnWords
from services.notices.repository import WordsRepository
from services.notices.schemas import Message
from services.notices.words_rules import (
    LONGEST_GREETING,
    LONGEST_PARAGRAPH,
    LONGEST_SIGNATURE,
    NAME,
    foreign_addresses,
    unknown_holes,
)
from services.scheduling.schemas import BookingView
from services.treatments.protocol_rules import AFTERCARE

Kind = Literal[
    "booking.confirmed.client",
    "booking.rescheduled.client",
    "booking.cancelled.client",
    "booking.reminder",
    "aftercare",
]
Paragraph = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_PARAGRAPH),
    AfterValidator(showable),
]
_GREETING, _SIGNATURE = "greeting", "signature"
_ID = UUID(int=0)


class OwnWordsIn(Input):
    """A clinic's own words, plain text; empty text takes them away."""

    greeting: Annotated[str, Line(max_length=LONGEST_GREETING)] = Field(
        default="", description="Instead of 'Hello {name},'.", examples=["Dear {name},"]
    )
    signature: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_SIGNATURE)] = ""
    paragraphs: dict[Kind, Paragraph] = Field(
        default_factory=dict, description="A paragraph by kind of message, before what it ends with."
    )

    def words(self) -> OwnWords:
        """The same for a letter."""
        return OwnWords(
            self.greeting, self.signature, {kind: text for kind, text in self.paragraphs.items() if text}
        )


async def get_words(work: ClinicWork) -> OwnWords:
    """What the clinic says in its own words."""
    found = await WordsRepository(work).all()
    paragraphs = {part: words for part, words in found.items() if part not in {_GREETING, _SIGNATURE}}
    return OwnWords(found.get(_GREETING, ""), found.get(_SIGNATURE, ""), paragraphs)


async def choose_words(work: ClinicWork, given: OwnWordsIn) -> OwnWords:
    """Other words, for messages from now on. Raises field errors for links away from the clinic and unknown holes."""
    await check_words(work, given)
    words = given.words()
    parts = {_GREETING: words.greeting, _SIGNATURE: words.signature, **words.paragraphs}
    await WordsRepository(work).replace({part: text for part, text in parts.items() if text})
    work.audit(
        "clinic.choose_words", "clinic", work.scope.clinic_id, parts=sorted(p for p, t in parts.items() if t)
    )
    return words


async def check_words(work: ClinicWork, given: OwnWordsIn) -> None:
    """Raises field errors where the words lead away from the clinic, or hold what nothing is put into."""
    clinic = await clinics.get_clinic(work)
    own = (f"{work.tools.base_url}/c/{clinic.slug}", clinic.email)
    texts: dict[str, str] = {_GREETING: given.greeting, _SIGNATURE: given.signature}
    texts |= {f"paragraphs.{kind}": text for kind, text in given.paragraphs.items()}
    errors = [
        FieldError(
            part,
            "foreign-link",
            gettext("Leave out {links}: only your page here and your e-mail address.", links=", ".join(away)),
        )
        for part, text in texts.items()
        if (away := foreign_addresses(text, own))
    ]
    errors += [
        FieldError(
            part,
            "unknown-hole",
            gettext("{hole} is not filled in. The greeting may hold {name}.", hole=holes[0], name=NAME),
        )
        for part, text in texts.items()
        if (holes := unknown_holes(text, named=part == _GREETING))
    ]
    if errors:
        raise InvalidFields(errors)


async def preview(work: ClinicWork, kind: Kind, words: OwnWords) -> Message:
    """The message with these words and a visit that does not exist."""
    clinic = await clinics.get_clinic(work)
    locations = await places.list_locations(work)
    booking = _example(work, clinic, locations[0] if locations else None)
    if kind == "aftercare":
        return followup.aftercare(booking, AFTERCARE, f"{work.tools.base_url}/bookings/EXAMPLE/course", words)
    visits = Visits([booking], "/bookings/EXAMPLE?token=example", work.tools.base_url, own=words)
    if kind == "booking.reminder":
        reminder = messages.reminder(visits, 24, work.now)
        if reminder is None:
            raise RuntimeError("the example lies ahead")
        return reminder
    write = {
        "booking.confirmed.client": messages.confirmed,
        "booking.rescheduled.client": messages.rescheduled,
        "booking.cancelled.client": messages.cancelled,
    }[kind]
    return write(visits)


def _example(work: ClinicWork, clinic: ClinicView, location: LocationView | None) -> BookingView:
    """A visit of nobody, in a week."""
    starts_at = (work.now + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    ids = (
        "id",
        "group_id",
        "client_id",
        "treatment_id",
        "location_id",
        "practitioner_id",
        "room_id",
        "device_id",
    )
    nobody: dict[str, Any] = dict.fromkeys(ids, _ID)
    return BookingView(
        **nobody,
        clinic_id=clinic.clinic_id,
        account_id=None,
        reference="EXAMPLE",
        position=1,
        area="face",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        price=0,
        currency=clinic.currency,
        status="confirmed",
        sequence=0,
        answer_by=None,
        cancelled_by="",
        cancel_reason="",
        created_at=work.now,
        changed_at=work.now,
        changed_by="client",
        coming_at=None,
        numbing_room_id=None,
        clinic_name=clinic.name,
        clinic_slug=clinic.slug,
        clinic_email=clinic.email,
        cancellation_hours=clinic.cancellation_hours,
        late_minutes=clinic.late_minutes,
        treatment_name="A treatment of your menu",
        location_name=location.name if location else clinic.name,
        street=location.street if location else "",
        city=location.city if location else "",
        region=location.region if location else "",
        postcode=location.postcode if location else "",
        country=location.country if location else clinic.country,
        phone=location.phone if location else "",
        time_zone=location.time_zone if location else "UTC",
        practitioner_name="Somebody of your team",
        room_name="",
        numbing_room_name=None,
        client_name="Ana",
        client_email="ana@example.com",
        client_phone="",
    )
