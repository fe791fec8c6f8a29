"""Use cases of practitioners: who treats at the clinic, and when. Credentials: `credentials.py`.

The slice's entrance: what other slices call of credentials and evidence is passed on from here.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.schemas import STORED
from services.clinics import pictures, places
from services.clinics import service as clinics
from services.clinics.models import EditSubject
from services.clinics.schemas import HeldEditView
from services.clinics.week_rules import Weekly, week_problems
from services.kernel.errors import FieldError, InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork
from services.practitioners import rules
from services.practitioners.absences import (
    add_absence,
    find_absence,
    list_absences,
    list_absences_between,
    list_hours_at,
    list_names,
    remove_absence,
)
from services.practitioners.credentials import (
    add_credential,
    credential_views,
    delete_credential,
    find_expiring,
    get_credential,
    lapse_credential,
    reject_credential,
    update_credential,
    verify_credential,
)
from services.practitioners.events import CHANGED
from services.practitioners.evidence import (
    add_evidence,
    delete_evidence,
    erase_evidence_file,
    read_evidence,
)
from services.practitioners.linking import (
    find_account,
    find_by_account,
    link_member,
    list_accounts,
    unlink_account,
)
from services.practitioners.portraits import list_portraits, remove_portraits, set_portrait
from services.practitioners.repository import CredentialRepository, PractitionerRepository
from services.practitioners.schemas import (
    NewPractitioner,
    PractitionerHoursIn,
    PractitionerPatch,
    PractitionerView,
    SpanView,
)

__all__ = [
    "add_absence",
    "add_credential",
    "add_evidence",
    "add_practitioner",
    "apply_edit",
    "archive_practitioner",
    "delete_credential",
    "delete_evidence",
    "erase_evidence_file",
    "find_absence",
    "find_account",
    "find_by_account",
    "find_expiring",
    "follow_opening_hours",
    "get_credential",
    "get_practitioner",
    "lapse_credential",
    "link_member",
    "list_absences",
    "list_absences_between",
    "list_accounts",
    "list_hours_at",
    "list_names",
    "list_portraits",
    "list_practitioners",
    "read_evidence",
    "reject_credential",
    "remove_absence",
    "remove_portraits",
    "set_portrait",
    "set_practitioner_hours",
    "unlink_account",
    "update_credential",
    "update_practitioner",
    "verify_credential",
]


def _changed(work: ClinicWork, action: str, practitioner_id: UUID, **detail: Any) -> None:
    work.audit(action, "practitioner", practitioner_id, **detail)
    work.announce(CHANGED(practitioner_id=practitioner_id))


async def list_practitioners(work: ClinicWork) -> list[PractitionerView]:
    """Everyone who treats at the clinic, oldest entry first, with hours, credentials and what evidence there is."""
    return await _views(work, await PractitionerRepository(work).list_all())


async def get_practitioner(
    work: ClinicWork, practitioner_id: UUID, *, archived: bool = False
) -> PractitionerView:
    """One of them; with `archived`, also somebody who has left. Raises `NotFound`."""
    found = await PractitionerRepository(work).find(practitioner_id, archived=archived)
    if found is None:
        raise NotFound
    return (await _views(work, [found]))[0]


async def _views(work: ClinicWork, found: list[Row[Any]]) -> list[PractitionerView]:
    if not found:
        return []
    people = PractitionerRepository(work)
    ids = [row.id for row in found]
    hours: dict[UUID, list[SpanView]] = {row.id: [] for row in found}
    for row in await people.hours(ids):
        hours[row.practitioner_id].append(SpanView.model_validate(row))
    credentials = await credential_views(work, await CredentialRepository(work).list_of(ids))
    return [
        PractitionerView(
            id=row.id,
            name=row.name,
            title=row.title,
            bio=row.bio,
            needling_since_year=row.needling_since_year,
            sessions_before=row.sessions_before,
            daily_maximum=row.daily_maximum,
            account_id=row.account_id,
            hours=hours[row.id],
            credentials=[item for item in credentials if item.practitioner_id == row.id],
        )
        for row in found
    ]


async def add_practitioner(work: ClinicWork, new: NewPractitioner) -> PractitionerView:
    """Somebody who treats. Where they follow the opening hours, those of every location become theirs.

    Raises `InvalidFields` for a year that cannot be.
    """
    _check_year(work, new.needling_since_year)
    people, practitioner_id = PractitionerRepository(work), new_id()
    await people.add(id=practitioner_id, **new.model_dump(exclude={"follows_opening_hours"}))
    if new.follows_opening_hours:
        await people.set_hours(practitioner_id, await _opening_hours(work))
    _changed(work, "practitioner.add", practitioner_id)
    return await get_practitioner(work, practitioner_id)


async def update_practitioner(
    work: ClinicWork, practitioner_id: UUID, patch: PractitionerPatch
) -> PractitionerView:
    """Changes what was given. Raises `NotFound`, or `InvalidFields` for a year that cannot be."""
    people, changes = PractitionerRepository(work), patch.changes()
    present = await people.find(practitioner_id, lock=True)
    if present is None:
        raise NotFound
    _check_year(work, changes.get("needling_since_year"))
    changes = await clinics.hold_sensitive(
        work, EditSubject.PRACTITIONER, practitioner_id, present, changes, label=present.name
    )
    if changes:
        await people.change(practitioner_id, **changes)
        _changed(work, "practitioner.update", practitioner_id, fields=sorted(changes))
    return await get_practitioner(work, practitioner_id)


async def apply_edit(work: ClinicWork, edit: HeldEditView) -> None:
    """Makes what a moderator approved of a person public."""
    changes = PractitionerPatch.model_validate(edit.after, context=STORED).changes()
    await PractitionerRepository(work).change(edit.subject_id, **changes)
    _changed(work, "edit.apply", edit.subject_id, fields=sorted(edit.after))


def _check_year(work: ClinicWork, year: int | None) -> None:
    problem = rules.since_year_problem(year, work.now.year)
    if problem is not None:
        raise InvalidFields([problem])


async def archive_practitioner(work: ClinicWork, practitioner_id: UUID) -> None:
    """Takes somebody off the clinic's pages and times, with their portrait; what was booked with them stays.

    Raises `NotFound`.
    """
    people = PractitionerRepository(work)
    if await people.find(practitioner_id, lock=True) is None:
        raise NotFound
    await people.change(practitioner_id, archived_at=work.now)
    await pictures.remove_portraits(work, practitioner_id)
    _changed(work, "practitioner.archive", practitioner_id)


async def set_practitioner_hours(
    work: ClinicWork, practitioner_id: UUID, week: PractitionerHoursIn
) -> PractitionerView:
    """Replaces the working hours of the week, in each location's local time.

    A span may leave out the location where the clinic has one. Raises `NotFound`, or `InvalidFields` for an
    unknown location and for spans that overlap at one location, or never come.
    """
    people = PractitionerRepository(work)
    if await people.find(practitioner_id, lock=True) is None:
        raise NotFound
    known = [place.id for place in await places.list_locations(work)]
    rows, rules_of, errors = list[dict[str, Any]](), list[Weekly](), list[FieldError]()
    for index, span in enumerate(week.hours):
        location_id = span.location_id or (known[0] if len(known) == 1 else None)
        if location_id is None:
            errors.append(FieldError(f"hours.{index}.location_id", "missing", "Say at which location."))
        elif location_id not in known:
            words = "The clinic has no such location."
            errors.append(FieldError(f"hours.{index}.location_id", "unknown", words))
        rows.append({"location_id": location_id, **span.columns()})
        rules_of.append(span.as_rule(location_id))
    errors += week_problems(rules_of)
    if errors:
        raise InvalidFields(errors)
    await people.set_hours(practitioner_id, rows)
    _changed(work, "practitioner.set_hours", practitioner_id, spans=len(rows))
    return await get_practitioner(work, practitioner_id)


async def follow_opening_hours(work: ClinicWork, practitioner_id: UUID) -> PractitionerView:
    """Copies the present opening hours of every location as the person's own. Raises `NotFound`."""
    people = PractitionerRepository(work)
    if await people.find(practitioner_id, lock=True) is None:
        raise NotFound
    spans = await _opening_hours(work)
    await people.set_hours(practitioner_id, spans)
    _changed(work, "practitioner.set_hours", practitioner_id, spans=len(spans))
    return await get_practitioner(work, practitioner_id)


async def _opening_hours(work: ClinicWork) -> list[dict[str, Any]]:
    found = await places.list_locations(work)
    return [{"location_id": place.id, **span.columns()} for place in found for span in place.hours]
