"""Who may sign in to the demo world: one password for all of them, as it is printed at the start."""

from __future__ import annotations

from infra.ops.demo.cast import HOUSES
from infra.ops.environment import revealed
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.schemas import NewAccount, SetPassword, SignedIn
from services.kernel.scope import Actor, PlatformScope, PublicScope
from services.kernel.work import Database, PlatformWork

OWNER, CLIENT, MODERATOR = "owner@demo.test", "client@demo.test", "moderator@demo.test"
OTHER_MODERATOR = "moderator2@demo.test"
_OPERATOR = Actor("operator", label="demo")


def keeper_address(number: int) -> str:
    """The owner's address of the demo clinic of that number, from 0."""
    return f"owner{number + 1}@demo.test" if number else OWNER


async def sign_up_person(database: Database, email: str, name: str, password: str) -> SignedIn:
    """Someone who signed up and proved the address."""
    async with database.begin(PublicScope()) as work:
        person = await accounts.sign_up(work, NewAccount(email=email, name=name, password=password))
        link = await accounts.verification_link(work, person.account_id)
    async with database.begin(PublicScope()) as work:
        return await accounts.verify_email(work, link.rsplit("/", 1)[1])


async def make_moderator(database: Database, password: str) -> SignedIn:
    """The moderator, whose second factor is waived on a loopback address; and another one, who decides appeals."""
    async with database.begin(PublicScope(_OPERATOR)) as work:
        for email, name in ((MODERATOR, "Robin Hale"), (OTHER_MODERATOR, "Sasha Okoro")):
            await accounts.create_moderator(work, email, name, password, second_factor=False)
        made = await accounts.find_by_email(work, MODERATOR)
    if made is None:
        raise LookupError(MODERATOR)
    return made


async def give_password(settings: Settings) -> bool:
    """Gives the demo accounts that are there the setting's password; whether those that are printed lacked it.

    The other clinics' owners are looked at only then: to try a password takes time, and each start waits for it.
    Raises `InvalidFields`, and pydantic's error for one of a wrong length.
    """
    password = revealed(settings.demo_password)
    scope = PlatformScope("the demo accounts get the password that is printed", by=_OPERATOR)
    async with open_database(settings) as database, database.begin(scope) as work:
        changed = [await _set(work, email, password) for email in (OWNER, CLIENT, MODERATOR, OTHER_MODERATOR)]
        if any(changed):
            for number in range(1, len(HOUSES)):
                await _set(work, keeper_address(number), password)
    return any(changed)


async def _set(work: PlatformWork, email: str, password: str) -> bool:
    if await accounts.find_by_email(work, email) is None:
        return False
    return await accounts.set_password(work, SetPassword(email=email, password=password))
