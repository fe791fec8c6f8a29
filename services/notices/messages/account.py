"""Messages to people who have an account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from services.accounts import service as accounts
from services.kernel.language import N_, page_address, speaking
from services.kernel.language import gettext as _
from services.kernel.work import PublicWork
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.rules import once_a_minute
from services.notices.schemas import Message

_NOT_YOU = N_("If that was not you, choose another password at once: that signs out everyone who is in.")
_FACTOR_CHANGES = {
    "on": (
        N_("Your second factor is on"),
        N_("Signing in to your account asks for a code from your phone now."),
    ),
    "off": (N_("Your second factor is off"), N_("Signing in to your account asks for no code any more.")),
    "codes_made": (
        N_("You have new recovery codes"),
        N_("New recovery codes were made for your account. The old ones are void."),
    ),
    "code_used": (
        N_("A recovery code was used"),
        N_(
            "One of the recovery codes of your account was used instead of a code from your phone. It is void now."
        ),
    ),
}
P = ParamSpec("P")
R = TypeVar("R")


def _in_their_language(
    write_it: Callable[Concatenate[PublicWork, UUID, P], Awaitable[R]],
) -> Callable[Concatenate[PublicWork, UUID, P], Coroutine[None, None, R]]:
    """A message to the owner of an account, in the language that they chose."""

    @wraps(write_it)
    async def written(work: PublicWork, account_id: UUID, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with speaking(await accounts.find_language(work, account_id)):
            return await write_it(work, account_id, *args, **kwargs)

    return written


@_in_their_language
async def verify_email(work: PublicWork, account_id: UUID, *, asked_again: bool = False) -> Message | None:
    """Asks to prove the e-mail address; nothing where it is proved. Asked again, it goes once a minute."""
    account = await accounts.get_account(work, account_id)
    if account.email_verified:
        return None
    letter = Letter(
        title=_("Please confirm your e-mail address"),
        greeting=hello(account.name),
        opening=(
            _("You signed up at Needlewise with this address. Open the link to confirm that it is yours."),
        ),
        action=(_("Confirm my address"), await accounts.verification_link(work, account_id)),
        closing=(_("The link works for three days."),),
        why=_("If you did not sign up, do nothing: without the link the address stays unconfirmed."),
    )
    version = once_a_minute(work.now) if asked_again else 0
    return _message("account.verify_email", account_id, version, account.email, letter)


@_in_their_language
async def reset_password(work: PublicWork, account_id: UUID) -> Message | None:
    """The link with which another password is chosen, once a minute; nothing where there is no such account."""
    link = await accounts.reset_link(work, account_id)
    if link is None:
        return None
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title=_("Choose another password"),
        greeting=hello(account.name),
        opening=(_("Somebody asked for another password for your account at Needlewise."),),
        action=(_("Choose another password"), link),
        closing=(_("The link works for one hour, and once."),),
        why=_("If it was not you, do nothing: your password stays as it is."),
    )
    return _message("account.reset_password", account_id, once_a_minute(work.now), account.email, letter)


@_in_their_language
async def password_changed(work: PublicWork, account_id: UUID, change_id: UUID) -> Message:
    """Tells that the password was changed."""
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title=_("Your password was changed"),
        greeting=hello(account.name),
        opening=(
            _("The password of your account at Needlewise was changed, and other devices were signed out."),
        ),
        action=(_("That was not me"), page_address(work.tools.base_url, "/forgot-password")),
        closing=(_(_NOT_YOU),),
        why=_("You get this because it is your account. If you changed it, all is well."),
    )
    return _message("account.password_changed", change_id, 0, account.email, letter)


@_in_their_language
async def new_email(work: PublicWork, account_id: UUID) -> Message | None:
    """The link that proves another address, to that address, once a minute; nothing where none waits."""
    waiting = await accounts.new_email_link(work, account_id)
    if waiting is None:
        return None
    address, link = waiting
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title=_("Confirm your new e-mail address"),
        greeting=hello(account.name),
        opening=(_("You want to use this address at Needlewise. Open the link where you are signed in."),),
        action=(_("Confirm my new address"), link),
        closing=(_("The link works for one hour."),),
        why=_("If you know nothing of this, somebody mistyped an address. Do nothing: it stays as it is."),
    )
    return _message("account.new_email", account_id, once_a_minute(work.now), address, letter)


@_in_their_language
async def new_email_asked(work: PublicWork, account_id: UUID) -> Message | None:
    """Tells the present address that another one is wanted; nothing where it was never proved."""
    account = await accounts.get_account(work, account_id)
    if not account.email_verified:
        return None
    letter = Letter(
        title=_("Your e-mail address is to be changed"),
        greeting=hello(account.name),
        opening=(
            _(
                "Somebody who knows your password asked for another e-mail address for your account at Needlewise."
            ),
            _("It changes when the link that we sent to the new address is opened."),
        ),
        action=(_("That was not me"), page_address(work.tools.base_url, "/forgot-password")),
        closing=(_(_NOT_YOU), _("The link to the new address opens nothing then.")),
        why=_("You get this because it is your account. If you asked for it, all is well."),
    )
    return _message("account.new_email_asked", account_id, once_a_minute(work.now), account.email, letter)


@_in_their_language
async def second_factor_changed(work: PublicWork, account_id: UUID, change_id: UUID, change: str) -> Message:
    """Tells of a change to the second factor: `on`, `off`, `codes_made`, `code_used`."""
    account = await accounts.get_account(work, account_id)
    title, opening = _FACTOR_CHANGES[change]
    letter = Letter(
        title=_(title),
        greeting=hello(account.name),
        opening=(_(opening),),
        action=(_("That was not me"), page_address(work.tools.base_url, "/forgot-password")),
        closing=(_(_NOT_YOU),),
        why=_("You get this because it is your account. If it was you, all is well."),
    )
    return _message("account.second_factor_changed", change_id, 0, account.email, letter)


def _message(kind: str, subject_id: UUID, version: int, recipient: str, letter: Letter) -> Message:
    text, html = write(letter)
    return Message(kind, subject_id, version, recipient, letter.title, text, html)
