"""A message before it is a row, and one that went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file that goes with a message."""

    filename: str
    content_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. Subject, kind and version together are said once, ever."""

    kind: str
    subject_id: UUID
    version: int
    recipient: str
    title: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


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
