"""What follows when two records turn out to be one person's, or the address of one is put right."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clients import merging
from services.kernel.work import ClinicWork
from services.notices import readdressing
from workers.actor import actor


@actor(scope="clinic")
async def gather_stragglers(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """What was being written for the record that went is moved as well."""
    await merging.gather_stragglers(work, UUID(ids["client_id"]))


@actor(scope="clinic")
async def tell_new_address(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """What lies ahead is told to the address that was put right."""
    await readdressing.tell_new_address(work, UUID(ids["client_id"]))
