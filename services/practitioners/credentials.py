"""Use cases of credentials: claimed by the clinic, checked by a moderator, lapsed by time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.kernel import expiry_rules as expiry
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.events import Event
from services.kernel.expiry import set_expiry_timers
from services.kernel.ids import new_id
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.practitioners import rules
from services.practitioners.errors import CredentialLapsed
from services.practitioners.events import (
    CHANGED,
    CREDENTIAL_CLAIMED,
    CREDENTIAL_EXPIRES_SOON,
    CREDENTIAL_LAPSED,
    CREDENTIAL_LAPSES,
    EVIDENCE_REMOVED,
)
from services.practitioners.evidence import evidence_files
from services.practitioners.models import CredentialState
from services.practitioners.repository import CredentialRepository, PractitionerRepository
from services.practitioners.schemas import CredentialPatch, CredentialView, EvidenceView, NewCredential

_UNCHECKED = {
    "state": CredentialState.UNVERIFIED,
    "verified_by": None,
    "verified_at": None,
    "verified_against": "",
    "renewal_issued_on": None,
    "renewal_expires_on": None,
}
_NO_RENEWAL = {"renewal_issued_on": None, "renewal_expires_on": None}


def _changed(work: ClinicWork, action: str, credential: Row[Any] | CredentialView, **detail: Any) -> None:
    work.audit(action, "credential", credential.id, practitioner_id=str(credential.practitioner_id), **detail)
    work.announce(CHANGED(practitioner_id=credential.practitioner_id))


async def get_credential(work: ClinicWork, credential_id: UUID) -> CredentialView:
    """A credential with its evidence. Raises `NotFound`."""
    found = await CredentialRepository(work).find(credential_id)
    if found is None:
        raise NotFound
    return (await credential_views(work, [found]))[0]


async def credential_views(work: ClinicWork, found: list[Row[Any]]) -> list[CredentialView]:
    """Rows as views with their evidence; one whose last day is over is shown as lapsed even before its timer ran."""
    if not found:
        return []
    evidence: dict[UUID, list[EvidenceView]] = {row.id: [] for row in found}
    for row in await evidence_files(work).list_of(list(evidence)):
        evidence[row.credential_id].append(EvidenceView.model_validate(row))
    return [
        CredentialView(
            id=row.id,
            practitioner_id=row.practitioner_id,
            kind=row.credential_kind,
            number=row.number,
            issuer=row.issuer,
            jurisdiction=row.jurisdiction,
            issued_on=row.issued_on,
            expires_on=row.expires_on,
            state=CredentialState(expiry.state_on(row.state, row.expires_on, _today(work, row))),
            verified_at=row.verified_at,
            verified_against=row.verified_against,
            renewal_issued_on=row.renewal_issued_on,
            renewal_expires_on=row.renewal_expires_on,
            evidence=evidence[row.id],
        )
        for row in found
    ]


async def add_credential(work: ClinicWork, practitioner_id: UUID, new: NewCredential) -> CredentialView:
    """A credential as it is claimed, unverified.

    Raises `NotFound`, or `InvalidFields` for dates and numbers that cannot be and for one that is there already.
    """
    if await PractitionerRepository(work).find(practitioner_id, lock=True) is None:
        raise NotFound
    _check(new.issuer, new.number, new.issued_on, new.expires_on, work.now.date())
    credentials, credential_id = CredentialRepository(work), new_id()
    values = _columns(new.model_dump())
    if not await credentials.add(id=credential_id, practitioner_id=practitioner_id, **values, **_UNCHECKED):
        raise _taken()
    added = await get_credential(work, credential_id)
    _changed(work, "credential.add", added)
    work.announce(CREDENTIAL_CLAIMED(credential_id=credential_id))
    return added


async def update_credential(work: ClinicWork, credential_id: UUID, patch: CredentialPatch) -> CredentialView:
    """Changes what was given; a changed credential is unverified until it is checked again.

    A renewal of one that is checked and still counts is held beside it: the checked version stays in force until its
    own last day, or until the renewal is checked. Given its present dates again, the renewal is taken back.
    Raises `NotFound`, `InvalidFields`.
    """
    credentials = CredentialRepository(work)
    row = await _locked(work, credential_id)
    given = _columns(patch.changes())
    changes = {name: value for name, value in given.items() if getattr(row, name) != value}
    if changes:
        await PractitionerRepository(work).find(
            row.practitioner_id, lock=True
        )  # one number once, in any race
        after: Mapping[str, Any] = {**row._mapping, **changes}  # noqa: SLF001  its documented way
        _check(after["issuer"], after["number"], after["issued_on"], after["expires_on"], work.now.date())
        if await credentials.has_number(
            row.practitioner_id, after["credential_kind"], after["number"], credential_id
        ):
            raise _taken()
        is_early = rules.is_early_renewal(changes, row.expires_on, _today(work, row))
        if row.state == CredentialState.VERIFIED and is_early:
            await _hold_renewal(work, row, after)
        else:
            await credentials.change(credential_id, **changes, **_UNCHECKED)
            _changed(work, "credential.update", row, fields=sorted(changes), was=row.state)
            work.announce(CREDENTIAL_CLAIMED(credential_id=credential_id))
    elif "expires_on" in given and row.renewal_expires_on is not None:
        await credentials.change(credential_id, **_NO_RENEWAL)
        _changed(work, "credential.drop_renewal", row)
    return await get_credential(work, credential_id)


async def _hold_renewal(work: ClinicWork, row: Row[Any], after: Mapping[str, Any]) -> None:
    wanted = (after["issued_on"], after["expires_on"])
    if wanted == (row.renewal_issued_on, row.renewal_expires_on):
        return
    await CredentialRepository(work).change(row.id, renewal_issued_on=wanted[0], renewal_expires_on=wanted[1])
    _changed(work, "credential.renew", row, expires_on=wanted[1].isoformat())
    work.announce(CREDENTIAL_CLAIMED(credential_id=row.id))


async def delete_credential(work: ClinicWork, credential_id: UUID) -> None:
    """Removes a credential; the files of its evidence are erased after the commit. Raises `NotFound`."""
    row, credentials = await _locked(work, credential_id), CredentialRepository(work)
    for evidence in await evidence_files(work).list_of([credential_id]):
        work.announce(EVIDENCE_REMOVED(evidence_id=evidence.id))
    await credentials.remove(credential_id)
    _changed(work, "credential.delete", row, was=row.state)


async def verify_credential(work: ClinicWork, credential_id: UUID, *, against: str) -> CredentialView:
    """A moderator found the credential to be true; `against` says with which register or evidence.

    It counts until the end of its last day; a renewal that waits takes its place. Raises `NotFound`,
    `CredentialLapsed`.
    """
    row, credentials = await _locked(work, credential_id), CredentialRepository(work)
    issued_on, expires_on = row.issued_on, row.expires_on
    if row.renewal_expires_on is not None:
        issued_on, expires_on = row.renewal_issued_on, row.renewal_expires_on
    if expiry.has_expired(expires_on, _today(work, row)):
        raise CredentialLapsed
    await credentials.change(
        credential_id,
        issued_on=issued_on,
        expires_on=expires_on,
        **_NO_RENEWAL,
        state=CredentialState.VERIFIED,
        verified_by=work.scope.by.account_id,
        verified_at=work.now,
        verified_against=against,
    )
    if expires_on is not None:
        _set_timers(work, row, expires_on)
    _changed(work, "credential.verify", row, against=against)
    return await get_credential(work, credential_id)


def _set_timers(work: ClinicWork, row: Row[Any], expires_on: date) -> None:
    def soon(days: int) -> Event:
        return CREDENTIAL_EXPIRES_SOON(credential_id=row.id, days=str(days))

    set_expiry_timers(
        work, row.id, expires_on, CREDENTIAL_LAPSES(credential_id=row.id), soon, zones=row.zones
    )


def _today(work: ClinicWork, row: Row[Any]) -> date:
    """The day that it still is at one of the clinic's places: only when it is over at all of them, a credential is."""
    return expiry.latest_today(row.zones, work.now)


async def find_expiring(work: ClinicWork, credential_id: UUID, days: int) -> CredentialView | None:
    """The credential, where it still counts and that reminder is the one that fits today; otherwise nothing.

    Nobody is reminded of one whose renewal waits for its check.
    """
    row = await CredentialRepository(work).find(credential_id)
    if row is None or row.state != CredentialState.VERIFIED or row.renewal_expires_on is not None:
        return None
    if expiry.reminder_due(row.expires_on, work.now.date()) != days:
        return None
    return await get_credential(work, credential_id)


async def reject_credential(work: ClinicWork, credential_id: UUID, *, against: str = "") -> CredentialView:
    """A moderator found the credential not to be true; of one that is renewed, the renewal. Raises `NotFound`."""
    row = await _locked(work, credential_id)
    if row.renewal_expires_on is not None:
        await CredentialRepository(work).change(credential_id, **_NO_RENEWAL)
        _changed(work, "credential.reject_renewal", row, against=against)
        return await get_credential(work, credential_id)
    await CredentialRepository(work).change(
        credential_id,
        state=CredentialState.REJECTED,
        verified_by=work.scope.by.account_id,
        verified_at=None,
        verified_against="",
    )
    _changed(work, "credential.reject", row, against=against)
    return await get_credential(work, credential_id)


async def lapse_credential(work: ClinicWork, credential_id: UUID) -> bool:
    """Marks a verified credential as lapsed once its last day is over; gives whether it did. Safe to repeat.

    Over is it at all of the clinic's places: where one was added further west meanwhile, it is tried again then.
    """
    row = await CredentialRepository(work).find(credential_id, lock=True)
    if row is None or row.state != CredentialState.VERIFIED or row.expires_on is None:
        return False
    if not expiry.has_expired(row.expires_on, _today(work, row)):
        due = expiry.lapses_at(row.expires_on, row.zones)
        again = CREDENTIAL_LAPSES(credential_id=credential_id)
        set_timer(work, again, credential_id, due, version=int(due.timestamp()) // 60)
        return False
    await CredentialRepository(work).change(credential_id, state=CredentialState.LAPSED)
    _changed(work, "credential.lapse", row)
    work.announce(CREDENTIAL_LAPSED(credential_id=credential_id))
    return True


async def _locked(work: ClinicWork, credential_id: UUID) -> Row[Any]:
    row = await CredentialRepository(work).find(credential_id, lock=True)
    if row is None:
        raise NotFound
    return row


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {"credential_kind" if name == "kind" else name: value for name, value in values.items()}


def _check(issuer: str, number: str, issued_on: date | None, expires_on: date | None, today: date) -> None:
    errors = rules.date_problems(issued_on, expires_on, today)
    problem = rules.number_problem(issuer, number)
    if problem is not None:
        errors.insert(0, problem)
    if errors:
        raise InvalidFields(errors)


def _taken() -> InvalidFields:
    words = "This person has a credential of that kind and number already."
    return InvalidFields.one("number", "taken", words)
