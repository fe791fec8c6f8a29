"""Use cases of another password: changed by who knows the present one, or chosen through a link sent to the address.

The link is derived from the present password's hash and the address, so it works once and until either changes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import rules
from services.accounts.confirming import with_password
from services.accounts.errors import LinkUsed
from services.accounts.events import EMAIL_PROVED, PASSWORD_CHANGED, RESET_ASKED
from services.accounts.guessing import refuse_guessable
from services.accounts.limits import limit_letters
from services.accounts.passwords import hash_password, password_matches
from services.accounts.repository import AccountRepository
from services.accounts.schemas import ChosenPassword, Forgotten, NewPassword, SetPassword
from services.accounts.sessions import renew_sign_in
from services.accounts.sign_in_repository import SignInRepository
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.work import AnyWork, PlatformWork, PublicWork

RESET_PASSWORD = "reset-password"  # noqa: S105  a link's purpose


async def change_password(work: PublicWork, account_id: UUID, new: NewPassword, *, token: str) -> str:
    """Another password; gives the sign-in's new token, and every other sign-in of the account ends.

    Raises `InvalidFields` when the present password is wrong or the new one is easily guessed, `TooManyRequests`.
    """
    found = await with_password(work, account_id, new.current, token)
    await refuse_guessable(new.password, email=found.email, name=found.name)
    await _keep(work, found, new.password)
    return await renew_sign_in(work, account_id, token, second_factor=found.totp_secret is not None)


async def set_password(work: PlatformWork, given: SetPassword) -> bool:
    """An operator gives an account this password, and its sign-ins end; false where it has that one already.

    Raises `NotFound`, and `InvalidFields` when it is easily guessed.
    """
    found = await AccountRepository(work).by_email(given.email)
    if found is None:
        raise NotFound
    if await password_matches(found.password_hash, given.password):
        return False
    await refuse_guessable(given.password, email=found.email, name=found.name)
    await AccountRepository(work).change(found.id, password_hash=await hash_password(given.password))
    await SignInRepository(work).remove_all(found.id)
    work.audit("account.set_password", "account", found.id)
    return True


async def ask_reset(work: PublicWork, given: Forgotten, *, address: str = "") -> None:
    """Has a link sent to the address, if it is an account's. Whether it is cannot be told from answer or time.

    Raises `TooManyRequests`, for known and unknown addresses alike.
    """
    await limit_letters(work, "reset", given.email, address)
    found = await AccountRepository(work).by_email(given.email)
    work.announce(RESET_ASKED(account_id=found.id if found else new_id()))


async def reset_link(work: AnyWork, account_id: UUID) -> str | None:
    """The address under which another password is chosen, good for an hour, for the message; nothing for nobody."""
    found = await AccountRepository(work).by_id(account_id)
    if found is None:
        return None
    token = work.tools.links.sign(
        RESET_PASSWORD, account_id, version=_state(found), expires_at=work.now + rules.RESET_LASTS
    )
    return page_address(work.tools.base_url, f"/reset-password/{token}")


async def open_reset(work: AnyWork, token: str) -> str:
    """The e-mail address that the link is for. Raises `LinkInvalid`, `LinkExpired`, `LinkUsed`."""
    return str((await _of_link(work, token)).email)


async def reset_password(work: PublicWork, token: str, new: ChosenPassword) -> None:
    """Another password; every sign-in of the account ends. Who has the link has the address, so that is proved.

    Raises `LinkInvalid`, `LinkExpired`, `LinkUsed`, and `InvalidFields` for a password that is easily guessed.
    """
    found = await _of_link(work, token, lock=True)
    await refuse_guessable(new.password, email=found.email, name=found.name)
    await _keep(work, found, new.password)
    await SignInRepository(work).remove_all(found.id)
    if found.email_verified_at is None:
        await AccountRepository(work).change(found.id, email_verified_at=work.now)
        work.announce(EMAIL_PROVED(account_id=found.id))


async def _of_link(work: AnyWork, token: str, *, lock: bool = False) -> Row[Any]:
    link = work.tools.links.read(RESET_PASSWORD, token, work.now)
    found = await AccountRepository(work).by_id(link.subject_id, lock=lock)
    if found is None:
        raise LinkInvalid
    if link.version != _state(found):
        raise LinkUsed
    return found


async def _keep(work: PublicWork, found: Row[Any], password: str) -> None:
    kept = await hash_password(password)
    await AccountRepository(work).change(found.id, password_hash=kept, new_email=None)
    work.audit("account.change_password", "account", found.id)
    work.announce(PASSWORD_CHANGED(account_id=found.id, change_id=new_id()))


def _state(found: Row[Any]) -> str:
    return rules.state_of(found.email, found.password_hash)
