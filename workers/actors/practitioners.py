"""Actors of practitioners: credentials lapse by time and the clinic hears of it, files of removed evidence go."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.kernel.work import ClinicWork
from services.notices import credentials as telling
from services.practitioners import service as practitioners
from workers.actor import actor


@actor(scope="clinic")
async def lapse_credential(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The last day of a credential is over."""
    await practitioners.lapse_credential(work, UUID(ids["credential_id"]))


@actor(scope="clinic")
async def remind_of_expiry(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic is reminded of a credential that expires."""
    await telling.remind_of_expiry(work, UUID(ids["credential_id"]), int(ids["days"]))


@actor(scope="clinic")
async def tell_of_lapse(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic hears that a credential has lapsed."""
    await telling.tell_of_lapse(work, UUID(ids["credential_id"]))


@actor(scope="clinic")
async def erase_evidence_file(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Evidence was removed: its file goes too."""
    await practitioners.erase_evidence_file(work, UUID(ids["evidence_id"]))


@actor(scope="clinic")
async def unlink_practitioner(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Someone left the team: their account is no practitioner's any more."""
    await practitioners.unlink_account(work, UUID(ids["account_id"]))
