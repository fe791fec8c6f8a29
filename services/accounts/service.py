"""The slice's entrance: signing up and reading accounts; the other use cases under one name.

Beside it: `signing_in`, `sessions`, `email_proof`, `new_password`, `second_factor`.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pyotp
from pydantic import ValidationError

from services.accounts import rules
from services.accounts.email_proof import (
    ask_new_email,
    ask_verification_again,
    drop_new_email,
    new_email_link,
    open_new_email,
    take_new_email,
    verification_link,
    verify_email,
)
from services.accounts.events import LANGUAGE_CHOSEN, SIGNED_UP
from services.accounts.guessing import refuse_guessable
from services.accounts.limits import is_known_browser, known_browser, limit_sign_ups
from services.accounts.new_password import (
    ask_reset,
    change_password,
    open_reset,
    reset_link,
    reset_password,
    set_password,
)
from services.accounts.passwords import hash_password
from services.accounts.repository import AccountRepository
from services.accounts.schemas import Language, NewAccount, OwnAccount, OwnDetails, SignedIn
from services.accounts.second_factor import (
    note_asked,
    otpauth_uri,
    prove_again,
    renew_codes,
    seal_secret,
    set_up,
    switch_off,
    switch_on,
)
from services.accounts.sessions import (
    end_other_sign_ins,
    end_sign_in,
    find_signed_in,
    list_sign_ins,
    sign_out,
    signed_in,
)
from services.accounts.signing_in import (
    begin_session,
    finish_session,
    sign_in,
    sign_in_after_sign_up,
    ticket_is_good,
)
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.language import DEFAULT
from services.kernel.work import AnyWork, PlatformWork, PublicWork

__all__ = [
    "ask_new_email",
    "ask_reset",
    "ask_verification_again",
    "begin_session",
    "change_details",
    "change_password",
    "create_moderator",
    "drop_new_email",
    "end_other_sign_ins",
    "end_sign_in",
    "find_by_email",
    "find_language",
    "find_owner",
    "find_signed_in",
    "finish_session",
    "get_account",
    "get_own_account",
    "is_known_browser",
    "known_browser",
    "list_accounts",
    "list_sign_ins",
    "new_email_link",
    "note_asked",
    "open_new_email",
    "open_reset",
    "prove_again",
    "renew_codes",
    "reset_link",
    "reset_password",
    "set_password",
    "set_up",
    "sign_in",
    "sign_in_after_sign_up",
    "sign_out",
    "sign_up",
    "switch_off",
    "switch_on",
    "take_new_email",
    "ticket_is_good",
    "verification_link",
    "verify_email",
]


async def sign_up(
    work: PublicWork, new: NewAccount, *, address: str = "", language: Language = "en"
) -> SignedIn:
    """Makes an account; its e-mail is not proved yet. `address` is the caller's IP address, for the throttle.

    Raises `InvalidFields` for a taken address or a password that is easily guessed, `TooManyRequests`.
    """
    await limit_sign_ups(work, address)
    await refuse_guessable(new.password, email=new.email, name=new.name)
    account_id = new_id()
    added = await AccountRepository(work).add(
        id=account_id,
        email=new.email,
        name=new.name,
        language=language,
        password_hash=await hash_password(new.password),
    )
    if not added:
        raise InvalidFields.one("email", "taken", "There is an account with this address. Sign in instead.")
    work.audit("account.sign_up", "account", account_id)
    work.announce(SIGNED_UP(account_id=account_id))
    return await get_account(work, account_id)


async def get_account(work: AnyWork, account_id: UUID) -> SignedIn:
    """The account. Raises `NotFound`."""
    found = await AccountRepository(work).by_id(account_id)
    if found is None:
        raise NotFound
    return signed_in(work, found)


async def get_own_account(work: AnyWork, account_id: UUID) -> OwnAccount:
    """What a person sees of their own account. Raises `NotFound`."""
    accounts = AccountRepository(work)
    found = await accounts.by_id(account_id)
    if found is None:
        raise NotFound
    return OwnAccount(
        email=found.email,
        new_email=found.new_email,
        name=found.name,
        language=found.language,
        email_verified=found.email_verified_at is not None,
        is_moderator=found.is_moderator,
        has_second_factor=found.totp_secret is not None,
        codes_left=await accounts.count_codes(account_id),
    )


async def list_accounts(work: AnyWork, ids: Collection[UUID]) -> dict[UUID, SignedIn]:
    """The accounts of those ids that exist."""
    return {row.id: signed_in(work, row) for row in await AccountRepository(work).by_ids(ids)} if ids else {}


async def list_ids_of_name(work: AnyWork, part: str, limit: int = 200) -> list[UUID]:
    """The accounts whose name contains the text."""
    return await AccountRepository(work).ids_of_name(part, limit)


async def find_by_email(work: AnyWork, email: str) -> SignedIn | None:
    """The account with that address, without regard to case."""
    found = await AccountRepository(work).by_email(rules.normal_email(email))
    return None if found is None else signed_in(work, found)


async def find_owner(work: AnyWork, email: str) -> UUID | None:
    """The account that has proved the address to be its own.

    Its row is shared until the end of the transaction, so a proof waits for what is being booked with the address,
    and what it announces finds that.
    """
    found = await AccountRepository(work).by_email(rules.normal_email(email), share=True)
    return found.id if found is not None and found.email_verified_at is not None else None


async def find_language(work: AnyWork, account_id: UUID) -> str:
    """The language that the account's owner chose; the usual one where there is no such account."""
    found = await AccountRepository(work).by_id(account_id)
    return found.language if found else DEFAULT


async def change_details(work: PublicWork, account_id: UUID, given: OwnDetails) -> None:
    """Another name, another language."""
    accounts = AccountRepository(work)
    before = await find_language(work, account_id)
    await accounts.change(account_id, name=given.name, language=given.language)
    work.audit("account.change_details", "account", account_id)
    if before != given.language:
        work.announce(LANGUAGE_CHOSEN(account_id=account_id))


async def create_moderator(
    work: PublicWork | PlatformWork, email: str, name: str, password: str, *, second_factor: bool = True
) -> str:
    """A moderator with a second factor from the start; gives the `otpauth` address for an authenticator app.

    Without `second_factor` (demo data) the answer is empty. Raises `InvalidFields`.
    """
    try:
        new = NewAccount(email=email, name=name, password=password)
    except ValidationError as error:
        raise InvalidFields.from_pydantic(error) from error
    await refuse_guessable(new.password, email=new.email, name=new.name)
    account_id, secret = new_id(), pyotp.random_base32()
    added = await AccountRepository(work).add(
        id=account_id,
        email=new.email,
        name=new.name,
        password_hash=await hash_password(new.password),
        email_verified_at=work.now,
        is_moderator=True,
        totp_secret=seal_secret(work, account_id, secret) if second_factor else None,
    )
    if not added:
        raise InvalidFields.one("email", "taken", "There is an account with this address.")
    work.audit("account.create_moderator", "account", account_id)
    return otpauth_uri(secret, new.email) if second_factor else ""
