"""What an actor is: one function that does one thing for one event, under the scope it names.

    @actor(scope="clinic")
    async def send_confirmation(work: ClinicWork, ids: Mapping[str, str]) -> None: ...

The function gets ids, reads the state again and calls a service. Its delivery is ended in the same
transaction (`engine.py`), so running twice has one effect. `outside=True` adds a third argument for what
cannot be part of a transaction: a mail transport, and units of work of its own. `absorbs=True` is for an
actor whose effect follows from the clinic's state alone: one run ends all of its deliveries that wait. `several=4`
is for one that does a few of a clinic's at a time, so many at most: it gets `Job`s, and gives the errors of those that
failed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, TypeVar
from uuid import UUID

from structlog.contextvars import bound_contextvars

from services.kernel.correlation import followed_by
from services.kernel.ports import Fetch, MailTransport, TextTransport
from services.kernel.scope import Actor as By
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database

ScopeName = Literal["clinic", "public", "platform", "same"]
Scope = ClinicScope | PublicScope | PlatformScope
Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])


# How many that only write are done at once: what they share is read once, and what they lock is not held for long.
FEW = 10


class WrongScope(Exception):  # noqa: N818  the name states the fact
    """An event of no clinic reached an actor of clinics, or the other way round."""


class Unreached(Exception):  # noqa: N818  the name states the fact
    """Nothing is fetched, or texted, in this process."""


class Nowhere:
    """Fetches nothing: where no adapter was handed down, such as while demo data is made."""

    refused: type[Exception] = Unreached

    async def get(self, address: str, tag: str = "") -> tuple[bytes, str] | None:  # noqa: ARG002  the protocol's
        """Always refuses."""
        raise Unreached("The server could not be reached.")


class NoTexts:
    """Sends no text message: where no adapter was handed down."""

    refused: type[Exception] = Unreached
    unanswered: type[Exception] = Unreached

    async def send(self, to: str, words: str, key: str) -> None:  # noqa: ARG002  the protocol's
        """Always refuses."""
        raise Unreached("Text messages are not sent from here.")

    async def forget(self, key: str) -> None:
        """Nothing was kept."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What an actor may use beyond its own unit of work."""

    database: Database
    mail: MailTransport
    mail_from: str
    fetch: Fetch = field(default_factory=Nowhere)
    texts: TextTransport = field(default_factory=NoTexts)


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery as its actor sees it: the ids of what happened, and the thread to follow it by."""

    id: UUID
    ids: Mapping[str, str]
    correlation_id: str

    @contextmanager
    def traced(self) -> Iterator[None]:
        """What happens inside, and what is said of it, is this job's."""
        with followed_by(self.correlation_id), bound_contextvars(correlation_id=self.correlation_id):
            yield


async def all_or_each(
    jobs: Sequence[Job], do: Callable[[Sequence[Job]], Awaitable[None]]
) -> dict[UUID, Exception]:
    """Does several at once and, where that fails, each by itself; gives the errors of those that failed alone.

    `do` undoes what it did when it fails: by a savepoint, or a unit of work of its own.
    """
    try:
        await do(jobs)
    except Exception as error:  # noqa: BLE001  noted with the one job that it belongs to
        if len(jobs) == 1:
            return {jobs[0].id: error}
    else:
        return {}
    failed: dict[UUID, Exception] = {}
    for job in jobs:
        failed |= await all_or_each([job], do)
    return failed


@dataclass(frozen=True, slots=True)
class Actor:
    """A registered actor."""

    name: str
    function: Callable[..., Awaitable[Any]]
    scope: ScopeName
    queue: str
    outside: bool
    absorbs: bool = False
    several: int = 0

    def scope_for(self, clinic_id: UUID | None) -> Scope:
        """The scope of a delivery. Raises `WrongScope`."""
        by = By("job", label=self.name)
        if self.scope == "platform":
            return PlatformScope(f"the actor {self.name} works for all clinics", by)
        if clinic_id is not None and self.scope in {"clinic", "same"}:
            return ClinicScope(clinic_id, by)
        if clinic_id is None and self.scope in {"public", "same"}:
            return PublicScope(by)
        raise WrongScope(f"{self.name} is an actor of scope {self.scope}")

    async def call(self, work: Any, jobs: Sequence[Job], outside: Outside) -> Mapping[UUID, Exception]:
        """Runs the function; gives the errors of those that failed alone, by the job's id."""
        more = (outside,) if self.outside else ()
        if self.several:
            failed: Mapping[UUID, Exception] = await self.function(work, jobs, *more)
            return failed
        for job in jobs:
            with job.traced():
                await self.function(work, job.ids, *more)
        return {}


ACTORS: dict[str, Actor] = {}


def actor(
    *,
    scope: ScopeName,
    queue: str = "default",
    outside: bool = False,
    absorbs: bool = False,
    several: int = 0,
) -> Callable[[Function], Function]:
    """Registers a function as the actor of its own name.

    Scopes: `clinic` and `public` for events of a clinic or of none, `same` for either, `platform` for all
    rows.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        if absorbs and scope != "clinic":
            raise ValueError(f"{name}: only what follows from one clinic's state absorbs")
        if name in ACTORS and ACTORS[name].function.__module__ != function.__module__:
            raise ValueError(f"actor {name} is registered twice")
        ACTORS[name] = Actor(name, function, scope, queue, outside, absorbs, several)
        return function

    return register


def load_actors() -> dict[str, Actor]:
    """Imports every module of actors; gives all that are registered, by name."""
    package = import_module("workers.actors")
    for module in iter_modules(package.__path__):
        import_module(f"workers.actors.{module.name}")
    return ACTORS
