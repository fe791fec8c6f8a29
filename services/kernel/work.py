"""The unit of work: one scope, one transaction, one instant, committed in one place.

    async with database.begin(ClinicScope(clinic_id, by)) as work:
        await book_visit(work, ...)

Services take the work, read and write through repositories, and `announce` what happened; outbox and audit
rows are written with the data they belong to, and the relay is woken after the commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from asyncpg import Connection
from sqlalchemy import CursorResult, Executable, Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.adding import Adding, Call, Rows, add_and_call, add_rows
from services.kernel.clock import moved_now
from services.kernel.correlation import correlation_id
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.links import Links
from services.kernel.models import AuditEvent, Outbox
from services.kernel.ports import Connections, Storage, Tell, Throttle, Wake
from services.kernel.quiet_rules import QuietHours
from services.kernel.scope import AccountScope, ClinicScope, PlatformScope, PublicScope, Scope
from services.kernel.statements import Prepared, told_as_ever
from services.kernel.tables import APP, PLATFORM, table
from services.kernel.together import Together
from services.kernel.vault import Keyring

# Together, as the driver sends it without a value beside it: one round trip less for whatever is done.
_BEGIN = (
    "BEGIN; SELECT set_config('role', '{role}', true), set_config('app.clinic_id', '{clinic}', true), "
    "set_config('app.account_id', '{account}', true)"
)
_COMMIT, _ROLLBACK = "COMMIT", "ROLLBACK"
_MOVED = "SELECT seconds FROM clock_offset WHERE id = 1"

_ADD_TO_OUTBOX, _ADD_TO_AUDIT = Adding(table(Outbox)), Adding(table(AuditEvent))

T = TypeVar("T")
S = TypeVar("S", ClinicScope, AccountScope, PublicScope, PlatformScope, Scope)


@dataclass(frozen=True, slots=True)
class Tools:
    """What the top of the process hands down: the adapters and keys that services use through a work.

    `texts`: whether text messages can be sent from here.
    """

    keyring: Keyring
    links: Links
    storage: Storage
    throttle: Throttle
    base_url: str
    quiet: QuietHours | None = None
    texts: bool = False


class HopedInVain(Exception):  # noqa: N818  the name states the fact
    """What a unit of work left for its very end did not go: nothing of it is kept, and it can be done anew."""


@dataclass(frozen=True, slots=True)
class _Hope:
    """The call that ends a unit of work, and what is done with its answer."""

    call: Call
    values: Sequence[Any]
    answered: Callable[[Any], None]


@dataclass(slots=True)
class UnitOfWork(Generic[S]):
    """A transaction under a scope. `now` is UTC and stands still.

    `may_hope`: something that is likely to go may be left for the very end (`hope`), since the work is done anew
    where it does not. `anew`: that happened, so what is counted outside the transaction was counted already.
    """

    connection: AsyncConnection
    driver: Connection[Any]
    scope: S
    now: datetime
    tools: Tools
    may_hope: bool = False
    anew: bool = False
    _hope: _Hope | None = None
    _outbox: list[dict[str, Any]] = field(default_factory=list)
    _audit: list[dict[str, Any]] = field(default_factory=list)
    _later: list[tuple[Adding, Mapping[str, Any]]] = field(default_factory=list)
    _savepoints: int = 0
    _touched: set[date] = field(default_factory=set)
    # Keys of people that this transaction has read (vault.py).
    person_keys: dict[UUID, bytes] = field(default_factory=dict, repr=False)

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Runs a statement; for repositories."""
        return await self.connection.execute(statement, parameters)

    async def rows(self, statement: Executable, parameters: Any = None) -> list[Row[Any]]:
        """All rows of a statement."""
        return list((await self.connection.execute(statement, parameters)).all())

    async def row(self, statement: Executable, parameters: Any = None) -> Row[Any] | None:
        """The first row, or nothing."""
        return (await self.connection.execute(statement, parameters)).first()

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of the first row, or nothing."""
        return await self.connection.scalar(statement, parameters)

    async def fetch(self, prepared: Prepared, **given: Any) -> list[Row[Any]]:
        """All rows of a statement that was built once (docs/adr/0021); for repositories."""
        return await prepared.fetch(self.driver, given)

    async def fetch_one(self, prepared: Prepared, **given: Any) -> Row[Any] | None:
        """The first of them, or nothing."""
        found = await prepared.fetch(self.driver, given)
        return found[0] if found else None

    async def put(self, prepared: Prepared, *rows: Mapping[str, Any]) -> None:
        """Runs such a statement once for each row, in one round trip."""
        await prepared.put(self.driver, rows)

    async def add(self, *batches: tuple[Adding, Rows]) -> None:
        """Adds rows of one table or of several, in one round trip; for repositories."""
        await add_rows(self.driver, batches)

    async def add_new(self, adding: Adding, rows: Rows) -> set[UUID]:
        """Adds rows that are not there yet, by the clash of `adding`; gives the ids of those that are new."""
        return {row["id"] for row in await add_rows(self.driver, [(adding, rows)], "RETURNING id")}

    def later(self, adding: Adding, row: Mapping[str, Any]) -> None:
        """Adds a row with the commit, for what nothing reads before that; whoever does calls `write` first."""
        self._later.append((adding, row))

    async def write(self) -> None:
        """Adds now what was to be added with the commit."""
        await self.add(*self._take_later().items())

    def hope(self, call: Call, *values: Any, answered: Callable[[Any], None]) -> None:
        """Leaves a call for the very end, which takes locks that others wait for; one a unit of work.

        `answered` gets its row: it may announce what follows, or raise `HopedInVain`.
        """
        self.may_hope, self._hope = False, _Hope(call, values, answered)

    def _take_later(self) -> dict[Adding, list[Mapping[str, Any]]]:
        batches: dict[Adding, list[Mapping[str, Any]]] = {}
        for adding, row in self._later:
            batches.setdefault(adding, []).append(row)
        self._later = []
        return batches

    async def ask(self, call: str, *given: Any) -> Any:
        """The one row of a database function, called on the driver's connection; for repositories."""
        with told_as_ever(self.driver, call):
            return await self.driver.fetchrow(call, *given)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what the block did, locks included, when it ends with an error; for statements that may well fail.

        What it announced, or left for the commit, is undone too, and a key that it made is known no more. A block that
        ends well is not released: that would be one more round trip while its locks are held, and the commit does it.
        """
        before = list(self._outbox), list(self._audit), list(self._later), dict(self.person_keys)
        hoped = self.may_hope, self._hope
        self._savepoints += 1
        name = f"attempt{self._savepoints}"
        await self.driver.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._outbox, self._audit, self._later, self.person_keys = before
            self.may_hope, self._hope = hoped
            if not self.driver.is_closed():
                await self.driver.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise

    def announce(self, event: Event) -> None:
        """What happened, written to the outbox with this transaction."""
        self._outbox.append(
            {
                "clinic_id": clinic_of(self.scope),
                "name": event.name,
                "payload": event.payload,
                "correlation_id": correlation_id.get(),
                "occurred_at": self.now,
            }
        )

    def touch(self, *moments: datetime) -> None:
        """Times of the clinic that are different after the commit: whoever looks at those days is told."""
        self._touched.update(moment.astimezone(UTC).date() for moment in moments)

    @property
    def news(self) -> tuple[set[str], set[date]]:
        """Names of what was announced, and the UTC days that were touched."""
        return {row["name"] for row in self._outbox}, self._touched

    def audit(self, action: str, subject_kind: str, subject_id: UUID, **detail: Any) -> None:
        """An audit event: who (from the scope), when (now), what. An account is named by its number alone.

        What cannot be changed holds no readable name: it is read from the account, and gone with it.
        """
        by = self.scope.by
        self._audit.append(
            {
                "id": new_id(),
                "clinic_id": clinic_of(self.scope),
                "at": self.now,
                "by_kind": by.kind,
                "by_account_id": by.account_id,
                "by_label": "" if by.account_id else by.label,
                "action": action,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "detail": detail,
                "correlation_id": correlation_id.get(),
            }
        )

    async def flush(self) -> bool:
        """Writes outbox and audit rows, what was left for the commit and what was hoped; true when there was an event.

        Raises `HopedInVain`.
        """
        batches: list[tuple[Adding, Rows]] = [*self._take_later().items()]
        batches += [(_ADD_TO_AUDIT, self._audit), (_ADD_TO_OUTBOX, self._outbox)]
        if self._hope is None:
            await self.add(*batches)
            return bool(self._outbox)
        hope, announced = self._hope, len(self._outbox)
        hope.answered(await add_and_call(self.driver, batches, hope.call, hope.values))
        await self.add((_ADD_TO_OUTBOX, self._outbox[announced:]))
        return bool(self._outbox)


ClinicWork = UnitOfWork[ClinicScope]
AccountWork = UnitOfWork[AccountScope]
PublicWork = UnitOfWork[PublicScope]
PlatformWork = UnitOfWork[PlatformScope]
AnyWork = (
    UnitOfWork[ClinicScope] | UnitOfWork[AccountScope] | UnitOfWork[PublicScope] | UnitOfWork[PlatformScope]
)


def clinic_of(scope: Scope) -> UUID | None:
    """The scope's clinic, or nothing."""
    return scope.clinic_id if isinstance(scope, ClinicScope) else None


class Database:
    """Begins units of work. One object a process."""

    def __init__(
        self,
        connections: Connections,
        tools: Tools,
        *,
        wake: Wake,
        movable_clock: bool,
        tell: Tell | None = None,
        now: Callable[[float | None], datetime] = moved_now,
    ) -> None:
        self.connections = connections
        self.tools = tools
        self._wake = wake
        self._tell = tell
        self._movable_clock = movable_clock
        self._now = now
        self._ways: dict[str, Together] = {}

    async def ask(self, call: str, *given: Any) -> Any:
        """The one row of a database function that takes its scope itself, in a transaction of its own: one round trip.

        For repositories, and for the hottest reads alone (docs/adr/0014); nothing can be written so.
        """
        async with self._connected() as (_, driver):
            with told_as_ever(driver, call):
                return await driver.fetchrow(call, *given)

    async def ask_all(self, call: str, *given: Any) -> list[Any]:
        """The same with all rows, for several questions at once (together.py)."""
        async with self._connected() as (_, driver):
            with told_as_ever(driver, call):
                return list(await driver.fetch(call, *given))

    def together(self, many: str) -> Together:
        """The way on which questions to a function go that may share a round trip; `many` asks it several."""
        return self._ways.setdefault(many, Together(self, many))

    def now(self, moved: float | None) -> datetime:
        """The instant, by the offset of the clock that the database told; UTC."""
        return self._now(moved)

    async def run(self, scope: S, do: Callable[[UnitOfWork[S]], Awaitable[T]]) -> T:
        """Does it in a unit of work that may hope, and where it hoped in vain, once more in one that may not.

        So it must be something that can be done anew when nothing of it was kept.
        """
        try:
            async with self.begin(scope, may_hope=True) as work:
                return await do(work)
        except HopedInVain:
            async with self.begin(scope, anew=True) as work:
                return await do(work)

    @asynccontextmanager
    async def begin(
        self, scope: S, *, may_hope: bool = False, anew: bool = False
    ) -> AsyncIterator[UnitOfWork[S]]:
        """A unit of work under the scope: commits when the block ends well, leaves nothing when it does not."""
        async with self._connected() as (connection, driver), _transaction(driver, scope):
            now = self._now(await self._moved(driver))
            work = UnitOfWork(connection, driver, scope, now, self.tools, may_hope, anew)
            yield work
            announced = await work.flush()
        if announced:
            await self._wake()
        clinic_id, (events, days) = clinic_of(scope), work.news
        if self._tell is not None and clinic_id is not None and (events or days):
            await self._tell(clinic_id, events, days)

    async def _moved(self, driver: Connection[Any]) -> float:
        """By how many seconds the clock is moved."""
        if not self._movable_clock:
            return 0.0
        with told_as_ever(driver, _MOVED):
            return float(await driver.fetchval(_MOVED) or 0)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[AsyncConnection, Connection[Any]]]:
        """A connection that is open, and its driver's; one that was lost meanwhile is not given to anybody again."""
        async with self.connections.connect() as connection:
            driver = await _driver_of(connection)
            if driver.is_closed():
                await connection.invalidate()
                driver = await _driver_of(connection)
            try:
                yield connection, driver
            finally:
                if driver.is_closed() or driver.is_in_transaction():
                    await connection.invalidate()


@asynccontextmanager
async def _transaction(driver: Connection[Any], scope: Scope) -> AsyncIterator[None]:
    # By the driver itself, and not by SQLAlchemy: each unit of work would pay for that twice more than for its work.
    await _cross(driver, _opening(scope))
    try:
        yield
    except BaseException:
        if not driver.is_closed():
            await _cross(driver, _ROLLBACK)
        raise
    await _cross(driver, _COMMIT)


async def _cross(driver: Connection[Any], edge: str) -> None:
    """Where the edge of a transaction is broken off, nobody knows where it stands: its connection goes with it."""
    try:
        with told_as_ever(driver, edge):
            await driver.execute(edge)
    except DBAPIError:
        raise
    except BaseException:
        driver.terminate()
        raise


async def _driver_of(connection: AsyncConnection) -> Connection[Any]:
    return cast("Connection[Any]", (await connection.get_raw_connection()).driver_connection)


def _opening(scope: Scope) -> str:
    """What begins a transaction under the scope: names of ours and ids, never anything that was typed."""
    role = PLATFORM if isinstance(scope, PlatformScope) else APP
    account = scope.account_id if isinstance(scope, AccountScope) else None
    return _BEGIN.format(role=role, clinic=_written(clinic_of(scope)), account=_written(account))


def _written(given: UUID | None) -> str:
    # By its number: what is no id has none.
    return "" if given is None else str(UUID(int=given.int))
