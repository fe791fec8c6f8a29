"""Messages to people who have an account."""

from __future__ import annotations

from uuid import UUID

from services.accounts import service as accounts
from services.kernel.work import PublicWork
from services.notices.messages.letter import Letter, write
from services.notices.schemas import Message

_SECONDS_A_MINUTE = 60


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
    text, html = write(letter)
    version = int(work.now.timestamp()) // _SECONDS_A_MINUTE if asked_again else 0
    return Message("account.verify_email", account_id, version, account.email, letter.title, text, html)
