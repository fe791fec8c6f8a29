"""Every call of a clinic and of the moderators, made as everybody: who may, who may not, and that a refusal changes
nothing. Which permission a call asks for stands in docs/permissions.md alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

import web.context
from services.clinics.rules import PERMISSIONS, require_permission
from services.kernel import work as kernel_work
from services.kernel.errors import Refusal
from services.kernel.work import Database
from tests.contracts.callers import (
    MODERATOR,
    MODERATOR_WITHOUT,
    NO_CLINIC,
    OTHER_OWNER,
    ROLES,
    STRANGER,
    Caller,
    all_callers,
)
from tests.contracts.declared import MODERATORS_ALONE, PAGE, Call, read_page, written
from tests.contracts.full_world import digest, full_world
from tests.contracts.test_routes import CLINIC, ID, MODERATORS, NOT_IDS, filled, request_of, routes_of
from tests.factories import World
from tests.fixtures import MovableClock
from tests.web.conftest import BASE

LEAST_CHECKS = 1_600
# Whoever may do least is refused most: the other roles follow with the long proofs.
IN_SHORT, WHOLE = ROLES[-1:], ROLES[1:]
REFUSED = {401, 403, 404}


class Reached(Refusal):
    """The caller has the permission: where nobody wants to know what the call does then."""

    status = 418


@dataclass
class House:
    """The clinic in which everything has happened, everybody at its doors, and what they were answered."""

    app: Litestar
    ids: dict[str, str]
    world: World
    mine: World
    callers: dict[str, Caller]
    browsers: dict[str, httpx.AsyncClient]
    superuser: AsyncEngine
    asked: list[str] = field(default_factory=list)
    stops_there: bool = False
    wrong: list[str] = field(default_factory=list)
    checks: int = 0

    async def call(
        self, who: str, method: str, path: str, ids: dict[str, str] | None = None
    ) -> httpx.Response:
        """The answer to somebody's call; `asked` is what permission it asked for."""
        self.asked.clear()
        self.checks += 1
        given = request_of(method, path, ids or self.ids, self.callers[who].bearer, {})
        address = BASE + filled(path, ids or self.ids)
        return await self.browsers[who].request(method, address, **given)

    async def expect(self, who: str, method: str, path: str, wanted: str) -> None:
        """Notes an answer that is not the wanted one: a status, or a status and the beginning of an address."""
        answer = await self.call(who, method, path)
        said = f"{answer.status_code} {answer.headers.get('location', '')}".strip()
        if said != wanted and not (wanted[0] == "3" and said.startswith(wanted)):
            self.wrong.append(f"{method} {path} as {who}: {said} instead of {wanted}")

    async def state(self) -> str:
        return await digest(self.superuser, str(self.world.clinic_id))


@pytest.fixture
async def house(
    app: Litestar,
    database: Database,
    clock: MovableClock,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    world, ids = await full_world(database, clock)
    callers, mine = await all_callers(database, world)
    async with AsyncExitStack() as opened:
        browsers = {
            name: await opened.enter_async_context(caller.browser(app)) for name, caller in callers.items()
        }
        ids["delivery_id"] = ids["case_id"]  # of none: it is about who may ask
        made = House(app, ids, world, mine, callers, browsers, superuser)

        def note(role: str, permission: str) -> None:
            made.asked.append(permission)
            require_permission(role, permission)
            if made.stops_there:
                raise Reached

        monkeypatch.setattr(web.context, "require_permission", note)
        yield made


@asynccontextmanager
async def nothing_kept() -> AsyncIterator[None]:
    """Units of work end well and leave nothing, so that what is allowed can be called for real, one after another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_work, "_COMMIT", "ROLLBACK")
        yield


def calls_of(app: Litestar, faces: tuple[str, ...]) -> list[Call]:
    return [(method, path) for method, path in routes_of(app) if path.startswith(faces)]


def plain(path: str) -> str:
    return ID.sub(r"{\1}", path)


def to_sign_in(path: str) -> str:
    """What a stranger is answered."""
    return "401" if path.startswith("/api/") else "302 /sign-in?next="


async def permission_of(house: House, method: str, path: str) -> str:
    """What a call asks an owner for, who may make it."""
    async with nothing_kept():
        answer = await house.call("owner", method, path)
    if answer.status_code in REFUSED or answer.is_server_error:
        house.wrong.append(f"{method} {path} as owner: {answer.status_code} {answer.text[:200]}")
    if len(set(house.asked)) != 1:
        house.wrong.append(f"{method} {path} asks for {house.asked}, not for one permission")
        return ""
    return house.asked[0]


async def make_every_call_of_the_clinic(house: House, roles: Sequence[str]) -> dict[Call, str]:
    """As the owner, those roles and everybody else; gives the permission that each call asked for."""
    found = {}
    for method, path in calls_of(house.app, CLINIC):
        permission = await permission_of(house, method, path)
        found[method, plain(path)] = permission
        house.stops_there = True
        for role in roles:
            await house.expect(role, method, path, "418" if permission in PERMISSIONS[role] else "403")
        house.stops_there = False
        for foreign in (OTHER_OWNER, NO_CLINIC):
            await house.expect(foreign, method, path, "404")
        await house.expect(STRANGER, method, path, to_sign_in(path))
    return found


async def make_every_call_with_foreign_ids(house: House) -> None:
    """Another clinic's owner names their own clinic, and this one's ids."""
    mine = {**house.ids, "slug": house.mine.slug}
    for method, path in calls_of(house.app, CLINIC):
        if not set(ID.findall(path)) <= NOT_IDS:
            answer = await house.call(OTHER_OWNER, method, path, mine)
            if answer.status_code != 404:
                house.wrong.append(
                    f"{method} {path} with foreign ids: {answer.status_code} {answer.text[:200]}"
                )


async def make_every_call_of_moderators(house: House) -> dict[Call, str]:
    """As everybody."""
    calls = calls_of(house.app, MODERATORS)
    for method, path in calls:
        for other in (*ROLES, OTHER_OWNER, NO_CLINIC):
            await house.expect(other, method, path, "403")
        await house.expect(STRANGER, method, path, to_sign_in(path))
        api = path.startswith("/api/")
        await house.expect(
            MODERATOR_WITHOUT, method, path, "403" if api else "303 /account/second-factor?next="
        )
        async with nothing_kept():
            answer = await house.call(MODERATOR, method, path)
        if answer.status_code in {401, 403} or answer.is_server_error:
            house.wrong.append(f"{method} {path} as {MODERATOR}: {answer.status_code} {answer.text[:200]}")
    return {(method, plain(path)): MODERATORS_ALONE for method, path in calls}


@pytest.mark.long
@pytest.mark.parametrize(
    "roles", [IN_SHORT, pytest.param(WHOLE, marks=pytest.mark.prove)], ids=["in short", "every role"]
)
async def test_every_call_answers_everybody_as_the_page_of_permissions_says(
    house: House, roles: Sequence[str]
) -> None:
    before = await house.state()
    found = await make_every_call_of_the_clinic(house, roles)
    await make_every_call_with_foreign_ids(house)
    found |= await make_every_call_of_moderators(house)
    if os.environ.get("NEEDLEWISE_WRITE"):
        PAGE.write_text(written(found))
    print(f"{house.checks} calls made")  # noqa: T201
    assert house.wrong == [], "\n".join(house.wrong)
    assert await house.state() == before
    assert found == read_page()
    assert PAGE.read_text() == written(found)
    assert house.checks >= (LEAST_CHECKS if roles == WHOLE else LEAST_CHECKS // 2)
