"""A clinic's way to the public and back: the steps that moderation causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.clinics import rules
from services.clinics.events import CLOSED, PUBLISHED, UNPUBLISHED
from services.clinics.models import ClinicStatus
from services.clinics.repository import ClinicRepository
from services.clinics.schemas import ClosedClinic
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.timers import set_timer
from services.kernel.words import fold
from services.kernel.work import ClinicWork

LOOKED_AGAIN_AFTER = timedelta(minutes=10)


async def mark_submitted(work: ClinicWork) -> None:
    """A draft, or one that was asked for changes, goes to the moderators. Raises `WrongState`."""
    await _step(work, "submit", ClinicStatus.SUBMITTED, submitted_at=work.now, changes_requested=[])


async def publish(work: ClinicWork) -> None:
    """A submitted clinic goes live. Raises `WrongState`."""
    await _step(work, "publish", ClinicStatus.LIVE, published_at=work.now, changes_requested=[])


async def request_changes(work: ClinicWork, items: Sequence[Mapping[str, str]]) -> None:
    """A submitted clinic goes back with points, each {field, message}. Raises `WrongState`."""
    points = [{"field": item["field"], "message": item["message"]} for item in items]
    await _step(work, "request_changes", ClinicStatus.CHANGES_REQUESTED, changes_requested=points)


async def reject(work: ClinicWork) -> None:
    """A submitted clinic is refused. Raises `WrongState`."""
    await _step(work, "reject", ClinicStatus.REJECTED)


async def suspend(work: ClinicWork) -> None:
    """A live clinic disappears for a time. Raises `WrongState`."""
    await _step(work, "suspend", ClinicStatus.SUSPENDED)


async def restore(work: ClinicWork) -> None:
    """A suspended clinic, or one that its owner has closed, is live again. Raises `WrongState`."""
    await _step(work, "restore", ClinicStatus.LIVE)


async def remove(work: ClinicWork) -> None:
    """A live or suspended clinic is taken off for good. Raises `WrongState`."""
    await _step(work, "remove", ClinicStatus.REMOVED)


async def close(work: ClinicWork, given: ClosedClinic) -> None:
    """An owner closes a live or suspended clinic; what is booked ahead is cancelled, and its data stay.

    Raises `InvalidFields` for another name than the clinic's, `WrongState`.
    """
    found = await ClinicRepository(work).get(lock=True)
    if found is None:
        raise NotFound
    if fold(given.name) != fold(found.name):
        raise InvalidFields.one("name", "differs", "Type the clinic's name as it stands above.")
    await _step(work, "close", ClinicStatus.CLOSED, closed_at=work.now)
    event = CLOSED(clinic_id=found.clinic_id)
    work.announce(event)
    # Once more: a booking that was under way when the clinic closed is found then.
    set_timer(work, event, found.clinic_id, work.now + LOOKED_AGAIN_AFTER, int(work.now.timestamp()))


async def reinstate(work: ClinicWork) -> None:
    """A clinic that was turned down, suspended or removed goes live after all. Raises `WrongState`."""
    await _step(work, "reinstate", ClinicStatus.LIVE, published_at=work.now, changes_requested=[])


async def _step(work: ClinicWork, step: str, wanted: ClinicStatus, **values: Any) -> None:
    clinics = ClinicRepository(work)
    found = await clinics.get(lock=True)
    if found is None:
        raise NotFound
    rules.require_step(found.status, step)
    public, was_public = rules.is_public(wanted.value), rules.is_public(found.status)
    await clinics.change(status=wanted.value, **values)
    await clinics.change_slug(is_public=public)
    work.audit("clinic.standing", "clinic", found.clinic_id, before=found.status, after=wanted.value)
    if public:
        work.announce(PUBLISHED(clinic_id=found.clinic_id))
    elif was_public:
        work.announce(UNPUBLISHED(clinic_id=found.clinic_id))
