"""What questions announce."""

from __future__ import annotations

from services.kernel.events import EventKind

ASKED = EventKind("question.asked", "question_id", "number")
ANSWERED = EventKind("question.answered", "question_id", "number")
