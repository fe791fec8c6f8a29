"""What follows from what happens to an account."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.accounts import service as accounts
from services.clients import language as client_language
from services.clients import service as clients
from services.kernel.scope import ClinicScope
from services.kernel.work import PlatformWork, PublicWork
from services.notices import addresses
from services.notices import service as notices
from services.notices.messages import account
from services.notices.schemas import Message
from services.scheduling import service as scheduling
from workers.actor import Outside, actor


@actor(scope="public")
async def ask_to_verify_email(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The first message to a new account."""
    await _queue(work, await account.verify_email(work, UUID(ids["account_id"])))


@actor(scope="public")
async def ask_again_to_verify_email(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The same message, because the person asked for it."""
    await _queue(work, await account.verify_email(work, UUID(ids["account_id"]), asked_again=True))


@actor(scope="platform", outside=True)
async def claim_guest_bookings(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """What was booked as a guest with the proved address becomes the account's, one clinic at a time."""
    account_id = UUID(ids["account_id"])
    account = await accounts.get_account(work, account_id)
    for clinic_id in await clients.list_clinics_of(work, account.email):
        async with outside.database.begin(ClinicScope(clinic_id, work.scope.by)) as own:
            await scheduling.claim_bookings(own, account_id)


@actor(scope="public")
async def send_reset_link(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The link for a forgotten password, if the account is one."""
    await _queue(work, await account.reset_password(work, UUID(ids["account_id"])))


@actor(scope="public")
async def tell_of_new_password(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The owner of the account hears of it."""
    await _queue(work, await account.password_changed(work, UUID(ids["account_id"]), UUID(ids["change_id"])))


@actor(scope="public")
async def send_new_email_link(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The link that proves another address, to that address."""
    await _queue(work, await account.new_email(work, UUID(ids["account_id"])))


@actor(scope="public")
async def warn_of_new_email(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The present address hears that another one is wanted."""
    await _queue(work, await account.new_email_asked(work, UUID(ids["account_id"])))


@actor(scope="public")
async def tell_of_second_factor(work: PublicWork, ids: Mapping[str, str]) -> None:
    """The owner of the account hears of it."""
    account_id, change_id = UUID(ids["account_id"]), UUID(ids["change_id"])
    await _queue(work, await account.second_factor_changed(work, account_id, change_id, ids["change"]))


async def _queue(work: PublicWork, message: Message | None) -> None:
    if message:
        await notices.queue(work, message)


@actor(scope="platform", outside=True)
async def follow_language(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """Clinics write in the language that an account's owner chose, one clinic at a time."""
    account_id = UUID(ids["account_id"])
    account = await accounts.get_account(work, account_id)
    for clinic_id in await clients.list_clinics_of(work, account.email):
        async with outside.database.begin(ClinicScope(clinic_id, work.scope.by)) as own:
            await client_language.follow_language(own, account_id)


@actor(scope="public")
async def believe_proven_address(work: PublicWork, ids: Mapping[str, str]) -> None:
    """A link that went to the address was opened: it takes mail."""
    await addresses.believe_proven(work, UUID(ids["account_id"]))
