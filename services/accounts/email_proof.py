"""Use cases of the e-mail address: proving it, and another one in its place.

Another address waits beside the present one until a link that was sent there is opened by who is signed in, so a
mistyped address gives nobody an account.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import rules
from services.accounts.confirming import with_password
from services.accounts.errors import EmailTaken, LinkUsed
from services.accounts.events import EMAIL_CHANGE_ASKED, EMAIL_PROVED, VERIFICATION_ASKED
from services.accounts.limits import HOUR, VERIFICATIONS_BY_ACCOUNT, limit, limit_letters
from services.accounts.repository import AccountRepository
from services.accounts.schemas import NewEmail, SignedIn
from services.accounts.sessions import renew_sign_in, signed_in
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.work import AnyWork, PublicWork

VERIFY_EMAIL, NEW_EMAIL = "verify-email", "new-email"


async def verify_email(work: PublicWork, token: str) -> SignedIn:
    """Notes that the address is proved; opening the link twice changes nothing.

    Raises `LinkInvalid` (also when the address has changed since), `LinkExpired` after three days.
    """
    link = work.tools.links.read(VERIFY_EMAIL, token, work.now)
    accounts = AccountRepository(work)
    found = await accounts.by_id(link.subject_id, lock=True)
    if found is None or found.email != link.version:
        raise LinkInvalid
    if found.email_verified_at is None:
        await accounts.change(found.id, email_verified_at=work.now)
        work.audit("account.verify_email", "account", found.id)
        work.announce(EMAIL_PROVED(account_id=found.id))
    return signed_in(work, await _account(work, found.id))


async def verification_link(work: AnyWork, account_id: UUID) -> str:
    """The address that proves the e-mail, good for three days, for the message. Raises `NotFound`."""
    account = await _account(work, account_id)
    token = work.tools.links.sign(
        VERIFY_EMAIL, account_id, version=account.email, expires_at=work.now + rules.VERIFICATION_LASTS
    )
    return page_address(work.tools.base_url, f"/verify-email/{token}")


async def ask_verification_again(work: PublicWork, account_id: UUID) -> None:
    """Has the message sent once more, unless the address is proved. Raises `TooManyRequests`."""
    account = await _account(work, account_id)
    if account.email_verified_at is not None:
        return
    await limit(work, f"verify-email:{account_id}", VERIFICATIONS_BY_ACCOUNT, HOUR)
    work.announce(VERIFICATION_ASKED(account_id=account_id))


async def ask_new_email(work: PublicWork, account_id: UUID, new: NewEmail, *, token: str) -> None:
    """Another address, which waits for its proof: a link goes there, and word of it to the present address.

    Whether another account has the address is not told. Raises `InvalidFields` for a wrong password or the same
    address, `TooManyRequests`.
    """
    found = await with_password(work, account_id, new.current, token)
    if new.email == found.email:
        raise InvalidFields.one("email", "same", "This is the address you have.")
    await limit_letters(work, "new-email", new.email, "")
    await AccountRepository(work).change(account_id, new_email=new.email)
    work.audit("account.ask_new_email", "account", account_id)
    work.announce(EMAIL_CHANGE_ASKED(account_id=account_id))


async def drop_new_email(work: PublicWork, account_id: UUID) -> None:
    """The present address stays; the link that was sent opens nothing more."""
    await AccountRepository(work).change(account_id, new_email=None)
    work.audit("account.drop_new_email", "account", account_id)


async def new_email_link(work: AnyWork, account_id: UUID) -> tuple[str, str] | None:
    """The address that waits for its proof and the link that proves it, for the message.

    Nothing where none waits, or where another account has it.
    """
    accounts = AccountRepository(work)
    found = await accounts.by_id(account_id)
    if found is None or found.new_email is None or await accounts.by_email(found.new_email) is not None:
        return None
    token = work.tools.links.sign(
        NEW_EMAIL, account_id, version=_state(found), expires_at=work.now + rules.RESET_LASTS
    )
    return found.new_email, page_address(work.tools.base_url, f"/account/email/{token}")


async def open_new_email(work: AnyWork, account_id: UUID, token: str) -> str:
    """The address that the link proves, to the signed-in person it was sent for.

    Raises `LinkInvalid` for anybody else, `LinkExpired` after an hour, `LinkUsed`.
    """
    return str((await _of_link(work, account_id, token)).new_email)


async def take_new_email(work: PublicWork, account_id: UUID, link: str, token: str) -> str:
    """The account's address from now on; gives the sign-in's new token, and every other sign-in ends.

    Raises as `open_new_email`, and `EmailTaken` where another account was quicker.
    """
    found = await _of_link(work, account_id, link, lock=True)
    if not await AccountRepository(work).take_email(account_id, found.new_email):
        raise EmailTaken
    work.audit("account.change_email", "account", account_id)
    work.announce(EMAIL_PROVED(account_id=account_id))
    return await renew_sign_in(work, account_id, token, second_factor=found.totp_secret is not None)


async def _of_link(work: AnyWork, account_id: UUID, token: str, *, lock: bool = False) -> Row[Any]:
    link = work.tools.links.read(NEW_EMAIL, token, work.now)
    if link.subject_id != account_id:
        raise LinkInvalid
    found = await _account(work, account_id, lock=lock)
    if found.new_email is None or link.version != _state(found):
        raise LinkUsed
    return found


async def _account(work: AnyWork, account_id: UUID, *, lock: bool = False) -> Row[Any]:
    found = await AccountRepository(work).by_id(account_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _state(found: Row[Any]) -> str:
    return rules.state_of(found.email, found.new_email or "", found.password_hash)
