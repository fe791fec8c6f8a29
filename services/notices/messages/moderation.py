"""Messages to a clinic about what the moderators do with it."""

from __future__ import annotations

from uuid import UUID

from services.clinics.schemas import ClinicView
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message

_WHY = "You get this because this is the clinic's address at Needlewise."


def submitted(clinic: ClinicView, case_id: UUID, base_url: str) -> Message:
    """The clinic's listing is with the moderators."""
    letter = Letter(
        title=f"{clinic.name}: we have your listing",
        greeting=f"Hello {clinic.name},",
        opening=(
            (
                "Your listing is with our moderators. They check what you state against public registers and your "
                "documents, usually within two working days."
            ),
        ),
        action=("See your listing", f"{base_url}/clinic/{clinic.slug}"),
        why=_WHY,
    )
    text, html = write(letter)
    return Message("clinic.submitted", case_id, 0, clinic.email, letter.title, text, html)


def decided(
    clinic: ClinicView,
    case_id: UUID,
    base_url: str,
    *,
    decision: str,
    reason: str,
    message: str,
) -> Message:
    """What was decided and why. `decision` and `reason` are names for people, `message` the moderator's words."""
    words = (("The moderator writes", message),) if message else ()
    letter = Letter(
        title=f"{clinic.name}: the moderators have decided",
        greeting=f"Hello {clinic.name},",
        opening=("Our moderators have looked at your clinic's listing.",),
        facts=(("Decision", decision), ("Reason", reason), *words),
        action=("Open your clinic", f"{base_url}/clinic/{clinic.slug}"),
        closing=("If you think this is wrong, answer to this message: another moderator will look at it.",),
        why=_WHY,
    )
    text, html = write(letter)
    return Message("moderation.decided", case_id, 0, clinic.email, letter.title, text, html)
