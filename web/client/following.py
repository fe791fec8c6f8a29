"""Later sessions of a course that follow one that is moved: shown with their new times, and agreed to as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.errors import NotFound, Refusal
from services.scheduling.errors import OutsideCourseWindow
from services.scheduling.following import followers_of
from services.scheduling.schemas import BookingView, Follower
from web.client.orders import read_instant


def read_rest(given: Iterable[Any]) -> dict[UUID, datetime]:
    """The later sessions that were agreed to: an id, `@`, and an instant each. Raises `NotFound`."""
    found: dict[UUID, datetime] = {}
    for one in given:
        booking_id, _, at = str(one).partition("@")
        starts_at = read_instant(at)
        try:
            key = UUID(booking_id)
        except ValueError as error:
            raise NotFound from error
        if starts_at is None:
            raise NotFound
        found[key] = starts_at
    return found


def followers(refusal: Refusal, sessions: Sequence[BookingView]) -> tuple[Follower, ...]:
    """The sessions that could follow the move that was refused, as they would be."""
    return followers_of(refusal, sessions) if isinstance(refusal, OutsideCourseWindow) else ()
