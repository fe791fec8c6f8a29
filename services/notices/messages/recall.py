"""Messages about a lot that is called back. Titles say nothing of health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.clinics.schemas import ClinicView
from services.courses.recall_schemas import LotVisit, RecallView
from services.kernel.language import day, page_address
from services.kernel.language import gettext as _
from services.notices.messages.booking import hello
from services.notices.messages.followup import when_unwell
from services.notices.messages.letter import Letter, Section, write
from services.notices.messages.why import as_address
from services.notices.rules import RECALLED
from services.notices.schemas import Message


class Place(NamedTuple):
    """How the clinic is called, and in which country it is (ISO 3166-1)."""

    phone: str
    country: str


def to_client(
    clinic: ClinicView,
    place: Place,
    lot: str,
    words: str,
    *,
    subject_id: UUID,
    client_id: UUID,
    name: str,
    email: str,
    visits: Sequence[LotVisit],
) -> Message:
    """To a person on whom it was used: what it is about, when, and whom to ask."""
    days = ", ".join(dict.fromkeys(day(one.starts_at, one.time_zone) for one in reversed(visits)))
    reach = ((_("Phone"), place.phone),) if place.phone else ()
    letter = Letter(
        title=_("Please get in touch with {clinic}", clinic=clinic.name),
        greeting=hello(name),
        opening=(
            _(
                "A single-use item is being called back by its lot number. By the records of "
                "{clinic}, one of that lot was used at your appointment.",
                clinic=clinic.name,
            ),
            *([_("{clinic} writes: {words}", clinic=clinic.name, words=words)] if words else []),
        ),
        facts=(
            (_("Lot number"), lot),
            (_("Your appointment") if "," not in days else _("Your appointments"), days),
            (_("Clinic"), clinic.name),
            *reach,
            (_("E-mail"), clinic.email),
        ),
        sections=(
            Section(
                _("What to do"),
                (
                    _(
                        "Contact the clinic, and have the lot number at hand. It tells you what is known so far."
                    ),
                    _("Tell it of redness that spreads, pus, fever, blisters, or marks that stay."),
                ),
            ),
        ),
        closing=(when_unwell(place.country),),
        why=_(
            "You get this because you had an appointment at {clinic}, kept at Needlewise.", clinic=clinic.name
        ),
    )
    text, html = write(letter)
    return Message(RECALLED, subject_id, 0, email, letter.title, text, html, client_id=client_id)


def to_clinic(clinic: ClinicView, recall: RecallView, people: int, base_url: str) -> Message:
    """To a clinic that used a lot which the platform calls back."""
    letter = Letter(
        title=_("A lot that {clinic} used is called back", clinic=clinic.name),
        greeting=hello(clinic.name),
        opening=(
            _(
                "The moderators of Needlewise call a cartridge lot back at every clinic whose records name it. "
                "Take what is left of it out of use."
            ),
            *([_("They write: {words}", words=recall.platform_words)] if recall.platform_words else []),
        ),
        facts=((_("Lot number"), recall.lot), (_("Clients who are told"), str(people))),
        action=(_("See who it was used on"), page_address(base_url, f"/clinic/{clinic.slug}/lots")),
        closing=(_("Each of these clients gets one message that asks them to contact you."),),
        why=as_address(),
    )
    text, html = write(letter)
    return Message("lot.recalled.clinic", recall.id, 0, clinic.email, letter.title, text, html)
