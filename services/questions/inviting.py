"""What an answer may hold: a link that lets one treatment be booked for two weeks, also one to ask about first."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from services.kernel.links import LinkInvalid
from services.kernel.work import ClinicWork
from services.questions import rules
from services.questions.errors import AskFirst
from services.questions.schemas import MessageView, Thread

MAY_BOOK_LINK = "may-book"


def invitation_token(work: ClinicWork, treatment_id: UUID, invited_at: datetime) -> str:
    """The token that lets the treatment be booked."""
    return work.tools.links.sign(
        MAY_BOOK_LINK,
        treatment_id,
        clinic_id=work.scope.clinic_id,
        expires_at=invited_at + rules.INVITED_FOR,
    )


def invitation_path(work: ClinicWork, slug: str, thread: Thread, message: MessageView) -> str | None:
    """Where a message's invitation leads while it holds; nothing for a message without one."""
    if not message.invites or thread.treatment_id is None:
        return None
    if work.now > message.written_at + rules.INVITED_FOR:
        return None
    token = invitation_token(work, thread.treatment_id, message.written_at)
    return f"/c/{slug}/book/{thread.treatment_id}?{urlencode({'invitation': token})}"


def require_invitation(work: ClinicWork, treatment_id: UUID, token: str | None) -> None:
    """Raises `AskFirst` without a token, `LinkInvalid` for another's, and `LinkExpired`."""
    if not token:
        raise AskFirst(treatment_id=treatment_id)
    link = work.tools.links.read(MAY_BOOK_LINK, token, work.now)
    if (link.clinic_id, link.subject_id) != (work.scope.clinic_id, treatment_id):
        raise LinkInvalid
