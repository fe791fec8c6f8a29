"""Messages to people who have an account."""

from __future__ import annotations

from uuid import UUID

from services.accounts import service as accounts
from services.kernel.work import PublicWork
from services.notices.messages.letter import Letter, write
from services.notices.rules import once_a_minute
from services.notices.schemas import Message

_NOT_YOU = "If that was not you, choose another password at once: that signs out everyone who is in."
_FACTOR_CHANGES = {
    "on": ("Your second factor is on", "Signing in to your account asks for a code from your phone now."),
    "off": ("Your second factor is off", "Signing in to your account asks for no code any more."),
    "codes_made": (
        "You have new recovery codes",
        "New recovery codes were made for your account. The old ones are void.",
    ),
    "code_used": (
        "A recovery code was used",
        "One of the recovery codes of your account was used instead of a code from your phone. It is void now.",
    ),
}


async def verify_email(work: PublicWork, account_id: UUID, *, asked_again: bool = False) -> Message | None:
    """Asks to prove the e-mail address; nothing where it is proved. Asked again, it goes once a minute."""
    account = await accounts.get_account(work, account_id)
    if account.email_verified:
        return None
    letter = Letter(
        title="Please confirm your e-mail address",
        greeting=f"Hello {account.name},",
        opening=(
            "You signed up at Needlewise with this address. Open the link to confirm that it is yours.",
        ),
        action=("Confirm my address", await accounts.verification_link(work, account_id)),
        closing=("The link works for three days.",),
        why="If you did not sign up, do nothing: without the link the address stays unconfirmed.",
    )
    version = once_a_minute(work.now) if asked_again else 0
    return _message("account.verify_email", account_id, version, account.email, letter)


async def reset_password(work: PublicWork, account_id: UUID) -> Message | None:
    """The link with which another password is chosen, once a minute; nothing where there is no such account."""
    link = await accounts.reset_link(work, account_id)
    if link is None:
        return None
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title="Choose another password",
        greeting=f"Hello {account.name},",
        opening=("Somebody asked for another password for your account at Needlewise.",),
        action=("Choose another password", link),
        closing=("The link works for one hour, and once.",),
        why="If it was not you, do nothing: your password stays as it is.",
    )
    return _message("account.reset_password", account_id, once_a_minute(work.now), account.email, letter)


async def password_changed(work: PublicWork, account_id: UUID, change_id: UUID) -> Message:
    """Tells that the password was changed."""
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title="Your password was changed",
        greeting=f"Hello {account.name},",
        opening=(
            "The password of your account at Needlewise was changed, and other devices were signed out.",
        ),
        action=("That was not me", f"{work.tools.base_url}/forgot-password"),
        closing=(_NOT_YOU,),
        why="You get this because it is your account. If you changed it, all is well.",
    )
    return _message("account.password_changed", change_id, 0, account.email, letter)


async def new_email(work: PublicWork, account_id: UUID) -> Message | None:
    """The link that proves another address, to that address, once a minute; nothing where none waits."""
    waiting = await accounts.new_email_link(work, account_id)
    if waiting is None:
        return None
    address, link = waiting
    account = await accounts.get_account(work, account_id)
    letter = Letter(
        title="Confirm your new e-mail address",
        greeting=f"Hello {account.name},",
        opening=("You want to use this address at Needlewise. Open the link where you are signed in.",),
        action=("Confirm my new address", link),
        closing=("The link works for one hour.",),
        why="If you know nothing of this, somebody mistyped an address. Do nothing: it stays as it is.",
    )
    return _message("account.new_email", account_id, once_a_minute(work.now), address, letter)


async def new_email_asked(work: PublicWork, account_id: UUID) -> Message | None:
    """Tells the present address that another one is wanted; nothing where it was never proved."""
    account = await accounts.get_account(work, account_id)
    if not account.email_verified:
        return None
    letter = Letter(
        title="Your e-mail address is to be changed",
        greeting=f"Hello {account.name},",
        opening=(
            "Somebody who knows your password asked for another e-mail address for your account at Needlewise.",
            "It changes when the link that we sent to the new address is opened.",
        ),
        action=("That was not me", f"{work.tools.base_url}/forgot-password"),
        closing=(_NOT_YOU, "The link to the new address opens nothing then."),
        why="You get this because it is your account. If you asked for it, all is well.",
    )
    return _message("account.new_email_asked", account_id, once_a_minute(work.now), account.email, letter)


async def second_factor_changed(work: PublicWork, account_id: UUID, change_id: UUID, change: str) -> Message:
    """Tells of a change to the second factor: `on`, `off`, `codes_made`, `code_used`."""
    account = await accounts.get_account(work, account_id)
    title, opening = _FACTOR_CHANGES[change]
    letter = Letter(
        title=title,
        greeting=f"Hello {account.name},",
        opening=(opening,),
        action=("That was not me", f"{work.tools.base_url}/forgot-password"),
        closing=(_NOT_YOU,),
        why="You get this because it is your account. If it was you, all is well.",
    )
    return _message("account.second_factor_changed", change_id, 0, account.email, letter)


def _message(kind: str, subject_id: UUID, version: int, recipient: str, letter: Letter) -> Message:
    text, html = write(letter)
    return Message(kind, subject_id, version, recipient, letter.title, text, html)
