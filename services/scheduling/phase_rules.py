"""The phases that a visit is made of, read from what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.scheduling.rules import Span
from services.treatments.rules import Phase, phases


def phases_taken(
    visit: Span, practitioner: Sequence[Span], device: Sequence[Span], *, numbing_room: bool
) -> tuple[Phase, ...]:
    """The phases by which a visit takes its practitioner and its device just then; both are taken in order of time.

    The device is taken while it needles. The practitioner is there from the beginning, and while the client numbs not
    until then (`treatments.rules.phases`).
    """
    needling = Span(device[0].starts_at, device[-1].ends_at)
    until_then = [span for span in practitioner if span.starts_at < needling.starts_at]
    prepared_at = min((span.ends_at for span in until_then), default=visit.starts_at)
    prepared_at = min(prepared_at, needling.starts_at)
    return phases(
        _minutes(visit.starts_at, prepared_at),
        _minutes(prepared_at, needling.starts_at),
        _minutes(*needling),
        _minutes(needling.ends_at, visit.ends_at),
        numbing_room=numbing_room,
    )


def _minutes(begins: datetime, ends: datetime) -> int:
    return int((ends - begins) / timedelta(minutes=1))
