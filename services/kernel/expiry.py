"""Timers of what counts until a last day: its lapse, and the reminders before it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID

from services.kernel.events import Event
from services.kernel.expiry_rules import lapses_at, reminders
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork

_DAYS_APART = 100  # a version of its own for each reminder of an expiry date


def set_expiry_timers(
    work: ClinicWork,
    subject_id: UUID,
    expires_on: date,
    lapses: Event,
    soon: Callable[[int], Event],
    *,
    zones: Collection[str] = (),
) -> None:
    """The lapse and the reminders before it, for each expiry date: what falls due reads again what holds then.

    The last day is that of the zones, and UTC's where there are none.
    """
    day = expires_on.toordinal()
    set_timer(work, lapses, subject_id, lapses_at(expires_on, zones), version=day)
    for days, at in reminders(expires_on, work.now):
        set_timer(work, soon(days), subject_id, at, version=day * _DAYS_APART + days)
