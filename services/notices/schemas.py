"""A message before it is a row, and one that went out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.courses.recall_schemas import Call
from services.kernel.correlation import correlation_id
from services.kernel.language import current_language
from services.notices.models import Channel
from services.notices.reach_rules import NOT_REACHED, Reach


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file that goes with a message."""

    filename: str
    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says of a visit. It is sent only while that is true."""

    booking_id: UUID
    status: str
    starts_at: datetime
    practitioner_id: UUID
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. Subject, kind and version together are said once, ever.

    `says` is what has to be true when it is sent. `zone` is where the recipient is; the clinic's where it is not given.
    `urgent` goes at any hour, since somebody waits for it. `language` is the one it is written in. On the
    channel `text` the recipient is a number (E.164), `text` is all that goes, and `html` is empty. By `thread` it is
    followed in logs.
    """

    kind: str
    subject_id: UUID
    version: int
    recipient: str
    title: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    says: tuple[Said, ...] = ()
    zone: str = ""
    urgent: bool = False
    client_id: UUID | None = None
    language: str = field(default_factory=current_language)
    channel: Channel = Channel.MAIL
    thread: str = field(default_factory=correlation_id.get)


@dataclass(frozen=True, slots=True)
class ShortText:
    """A text message as it goes: to a number (E.164). `key` is the same whenever it is handed over again."""

    to: str
    words: str
    key: str


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """An address that takes no mail: since when, what the last refusal said, how many there were."""

    domain: str
    since_at: datetime
    reason: str
    refusals: int


@dataclass(frozen=True, slots=True)
class ClientNotice:
    """A message to a client, as their clinic sees it. `to` is the address, or number, where one is known."""

    id: UUID
    kind: str
    to: str
    title: str
    state: str
    at: datetime
    held_until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of the message about a recall to one person, and since when: when it was sent, or decided.

    `call`: that they were reached by telephone, whatever became of the message.
    """

    reach: Reach
    at: datetime
    call: Call | None = None

    @property
    def to_ring(self) -> bool:
        """Whether neither the message got to them, nor a call."""
        return self.reach in NOT_REACHED and self.call is None


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """How many people of a recall were reached, are not yet, and could not be; each counts once.

    `by_phone`: those whom no message got to, and who were reached by telephone.
    """

    sent: int = 0
    waiting: int = 0
    not_reached: int = 0
    by_phone: int = 0


@dataclass(frozen=True, slots=True)
class MailFigures:
    """Messages over all clinics: how many in each state, those that did not go or wait, addresses that take no mail."""

    states: dict[str, int]
    unsent: list[Row[Any]]
    dead: list[DeadAddress]


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A message that went out, as the mailbox shows it."""

    id: UUID
    to: str
    subject: str
    kind: str
    sent_at: datetime
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    channel: str
    language: str
