"""Whose data it is: an account, a proven address, or both."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.accounts import service as accounts
from services.kernel.work import AnyWork


@dataclass(frozen=True, slots=True)
class Person:
    """A person as rows lead to them. `email` is proven, in small letters; `name` is the account's."""

    account_id: UUID | None = None
    email: str | None = None
    name: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything can lead to them."""
        return self.account_id is not None or self.email is not None


async def person_of_account(work: AnyWork, account_id: UUID) -> Person:
    """The account's person; the address counts once it is proved. Raises `NotFound`."""
    own = await accounts.get_account(work, account_id)
    return Person(account_id, own.email.lower() if own.email_verified else None, own.name)


async def person_of(work: AnyWork, account_id: UUID | None, email: str | None) -> Person:
    """Whoever asked; an account that is gone leads nowhere but by its address."""
    if account_id is not None:
        found = await accounts.list_accounts(work, [account_id])
        if account_id in found:
            return await person_of_account(work, account_id)
    return Person(account_id, email.lower() if email else None)
