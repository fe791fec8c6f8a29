"""What follows when a person asks for their own data, and what retention does by time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.kernel.work import ClinicWork, PlatformWork, PublicWork
from services.notices.messages.privacy import Withdrawn
from services.privacy import erasure, export, retention, telling
from workers.actor import Outside, actor


@actor(scope="platform", outside=True)
async def send_data_link(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """The way in, to an address of which anything is held."""
    await telling.send_link(work, outside.database, ids["to"], ids["language"])


@actor(scope="platform", outside=True)
async def make_export(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """Gathers everything of a person, and tells them."""
    request_id = UUID(ids["request_id"])
    await export.make_export(work, outside.database, request_id)
    await telling.tell_ready(work, request_id)


@actor(scope="public")
async def forget_export(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The week of a file is over."""
    await export.forget_export(work, UUID(ids["request_id"]))


@actor(scope="platform", outside=True)
async def erase_person(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """Erases a person, clinic by clinic; taken up again where it was killed."""
    await erasure.erase_person(work, outside.database, UUID(ids["request_id"]))


@actor(scope="public")
async def forget_receipt(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The last message's address is forgotten."""
    await erasure.forget_receipt(work, UUID(ids["request_id"]))


@actor(scope="clinic")
async def tell_of_erasure(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic's owners hear that a client is gone, without a name."""
    await telling.tell_clinic(work, UUID(ids["request_id"]))


@actor(scope="clinic")
async def tell_of_withdrawal(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic hears that a client has withdrawn a consent."""
    withdrawn = Withdrawn(UUID(ids["client_id"]), UUID(ids["consent_id"]), ids["purpose"])
    await telling.tell_withdrawn(work, withdrawn)


@actor(scope="platform")
async def run_retention(work: PlatformWork, ids: Mapping[str, str]) -> None:
    """Erases what is past its time, and reports it."""
    await retention.run(work, date.fromisoformat(ids["ran_on"]))
