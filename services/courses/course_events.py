"""What courses announce."""

from __future__ import annotations

from services.kernel.events import EventKind

COURSE_STOPPED = EventKind("course.stopped", "course_id")
