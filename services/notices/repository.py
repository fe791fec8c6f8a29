"""The SQL of notices, and of what was last said of a visit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Row,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.kernel.adding import Adding
from services.kernel.ids import new_id
from services.kernel.phones import region_of
from services.kernel.scope import PlatformScope
from services.kernel.statements import Prepared, given, is_among, is_one_of
from services.kernel.tables import table
from services.kernel.words import in_one_line
from services.kernel.work import AnyWork, ClinicWork, PlatformWork, clinic_of
from services.notices.models import Audience, Channel, DeadAddressRow, LetterWords, Notice, NoticeState, Told
from services.notices.rules import FIRST_KINDS, STATE_KINDS, audience_of, digest_of, is_number
from services.notices.schemas import DeadAddress, Message, Said

_NOTICES, _TOLD, _DEAD = table(Notice), table(Told), table(DeadAddressRow)
_WORDS = table(LetterWords)
_SHOWN = (
    "id",
    "clinic_id",
    "notice_kind",
    "audience",
    "state",
    "attempts",
    "created_at",
    "held_until",
    "error",
)
_KNOWN = ("status", "starts_at", "practitioner_id", "location_id", "told_at")


# Two actors may come to say the same of a visit at the same moment.
_ONE_AT_A_TIME = """
    SELECT count(pg_advisory_xact_lock(hashtextextended(visit::text, 8))) FROM unnest($1::uuid[]) AS visit
"""

_OF_CLINIC = _NOTICES.c.clinic_id.is_not_distinct_from(given(_NOTICES.c.clinic_id))
_ONE = (_NOTICES.c.id == given(_NOTICES.c.id), or_(bindparam("everyones", type_=Boolean), _OF_CLINIC))
_ADD = Adding(_NOTICES, "ON CONFLICT (subject_id, notice_kind, version) DO NOTHING")
_SOME = (is_among(_NOTICES.c.id, "ids"), _ONE[1])
_LOCK = Prepared(select(_NOTICES).where(*_SOME).order_by(_NOTICES.c.id).with_for_update())
_STATES = Prepared(
    select(_NOTICES.c.subject_id, _NOTICES.c.state, _NOTICES.c.sent_at).where(
        is_among(_NOTICES.c.subject_id, "subjects"),
        _NOTICES.c.notice_kind == given(_NOTICES.c.notice_kind),
        or_(bindparam("everyones", type_=Boolean), _OF_CLINIC),
    )
)
_HOLD = Prepared(
    update(_NOTICES)
    .where(*_ONE)
    .values(held_until=given(_NOTICES.c.held_until, "until"), state=NoticeState.QUEUED)
)
_READDRESS = Prepared(
    update(_NOTICES).where(*_ONE).values(recipient=given(_NOTICES.c.recipient, "to")).returning(*_NOTICES.c)
)
_SAYING_SO = Prepared(
    select(_NOTICES.c.recipient, _NOTICES.c.says, _NOTICES.c.state).where(
        _NOTICES.c.clinic_id == given(_NOTICES.c.clinic_id),
        is_among(_NOTICES.c.about, "visits"),
        is_one_of(_NOTICES.c.state, [NoticeState.QUEUED, NoticeState.INFLIGHT, NoticeState.SENT]),
    )
)


@cache
def _moving(state: NoticeState) -> Prepared:
    changes: dict[str, Any] = {
        "state": given(_NOTICES.c.state, "state_then"),
        "error": given(_NOTICES.c.error, "error_then"),
    }
    if state is NoticeState.INFLIGHT:
        changes["attempts"] = _NOTICES.c.attempts + 1
    if state is NoticeState.SENT:
        changes["sent_at"] = given(_NOTICES.c.sent_at, "now")
    return Prepared(update(_NOTICES).where(*_SOME).values(**changes).returning(*_NOTICES.c))


class NoticeRepository:
    """The notices of the work's clinic, or of no clinic."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    @property
    def _whose(self) -> dict[str, Any]:
        """Parameters that say whose notices: those of the work's clinic alone, unless the platform does it."""
        everyones = isinstance(self._work.scope, PlatformScope)
        return {"clinic_id": clinic_of(self._work.scope), "everyones": everyones}

    async def add(self, messages: Sequence[Message]) -> dict[UUID, Message]:
        """Queues messages; gives those whose subject, kind and version were not taken, by their ids."""
        rows = [self._row_of(message) for message in messages]
        new = await self._work.add_new(_ADD, rows)
        by_id = zip((row["id"] for row in rows), messages, strict=True)
        return {notice_id: message for notice_id, message in by_id if notice_id in new}

    def _row_of(self, message: Message) -> dict[str, Any]:
        return {
            "id": new_id(),
            "clinic_id": clinic_of(self._work.scope),
            "notice_kind": message.kind,
            "subject_id": message.subject_id,
            "version": message.version,
            "recipient": message.recipient,
            "title": in_one_line(message.title),
            "text_body": message.text,
            "html_body": message.html,
            "attachments": [asdict(one) for one in message.attachments],
            "state": NoticeState.QUEUED,
            "attempts": 0,
            "created_at": self._work.now,
            "audience": audience_of(message.kind),
            "says": [_as_json(one) for one in message.says],
            "zone": message.zone,
            "urgent": message.urgent,
            "client_id": message.client_id,
            "language": message.language,
            "channel": message.channel,
        }

    async def without_said(self, messages: Sequence[Message]) -> list[Message]:
        """Those of which the same waits for nobody of theirs, nor was the last that was said. One asks at a time."""
        if not messages:
            return []
        visits = sorted({message.says[0].booking_id for message in messages})
        await self._work.ask(_ONE_AT_A_TIME, visits)
        rows = await self._work.fetch(_SAYING_SO, clinic_id=clinic_of(self._work.scope), visits=visits)
        fresh: list[Message] = []
        for message in messages:
            mine = message.recipient, message.says
            if mine not in ((one.recipient, one.says) for one in fresh) and not await self._is_said(
                message, rows
            ):
                fresh.append(message)
        return fresh

    async def _is_said(self, message: Message, rows: Sequence[Row[Any]]) -> bool:
        says = [_as_json(one) for one in message.says]
        states = [row.state for row in rows if (row.recipient, row.says) == (message.recipient, says)]
        if not states or any(state != NoticeState.SENT for state in states):
            return bool(states)
        booking_ids = [one.booking_id for one in message.says]
        last = await ToldRepository(self._work).last(audience_of(message.kind), booking_ids)  # type: ignore[arg-type]  # what is said of visits is said in a clinic
        return all(last.get(one.booking_id) == one for one in message.says)

    async def states(self, kind: str, subject_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
        """The state of the message of a kind about each thing, and when it was sent, where there is one."""
        found = await self._work.fetch(_STATES, **self._whose, notice_kind=kind, subjects=list(subject_ids))
        return {row.subject_id: row for row in found}

    async def lock(self, notice_ids: Collection[UUID]) -> list[Row[Any]]:
        """The notices in order of id, their rows locked until the end of the transaction."""
        return await self._work.fetch(_LOCK, ids=list(notice_ids), **self._whose)

    async def fail_queued(self, kind: str, subject_id: UUID, why: str) -> None:
        """Ends the messages of a kind about a thing that were not handed over yet."""
        await self._work.execute(
            update(_NOTICES)
            .where(
                _NOTICES.c.clinic_id.is_not_distinct_from(clinic_of(self._work.scope)),
                _NOTICES.c.subject_id == subject_id,
                _NOTICES.c.notice_kind == kind,
                _NOTICES.c.state == NoticeState.QUEUED,
            )
            .values(state=NoticeState.FAILED, error=why)
        )

    async def move(
        self, notice_ids: Collection[UUID], state: NoticeState, error: str | None = None
    ) -> list[Row[Any]]:
        """Another state, and the notices in it; sending counts an attempt, and what was sent has its time."""
        changes = {"state_then": state, "error_then": error or None, "now": self._work.now}
        return await self._work.fetch(_moving(state), ids=list(notice_ids), **self._whose, **changes)

    async def readdress(self, notice_id: UUID, recipient: str) -> Row[Any]:
        """It goes to another address; gives the notice as it is then."""
        (row,) = await self._work.fetch(_READDRESS, id=notice_id, **self._whose, to=recipient)
        return row

    async def hold(self, notice_id: UUID, until: datetime) -> None:
        """It waits for the morning."""
        await self._work.put(_HOLD, {"id": notice_id, **self._whose, "until": until})

    async def of_client(self, addresses: Mapping[UUID, str], limit: int) -> list[Row[Any]]:
        """Messages to a client, newest first: by each record of theirs, and by its address in small letters."""
        mine = _NOTICES.c.clinic_id == clinic_of(self._work.scope)
        theirs = or_(
            _NOTICES.c.client_id.in_(addresses), func.lower(_NOTICES.c.recipient).in_(addresses.values())
        )
        order = (_NOTICES.c.created_at.desc(), _NOTICES.c.id.desc())
        chosen = select(_NOTICES).where(mine, theirs, _NOTICES.c.audience == Audience.CLIENT)
        return await self._work.rows(chosen.order_by(*order).limit(limit))

    async def states_of_visits(self, booking_ids: Collection[UUID]) -> dict[UUID, set[str]]:
        """In which states messages to clients are that tell the state of each visit; the first visit leads to them."""
        rows = await self._work.rows(
            select(_NOTICES.c.says, _NOTICES.c.state).where(
                _NOTICES.c.clinic_id == clinic_of(self._work.scope),
                _NOTICES.c.about.in_(booking_ids),
                _NOTICES.c.audience == Audience.CLIENT,
                or_(*(_NOTICES.c.notice_kind.startswith(kind) for kind in STATE_KINDS)),
            )
        )
        found: dict[UUID, set[str]] = {}
        for row in rows:
            for one in says_of(row):
                found.setdefault(one.booking_id, set()).add(row.state)
        return found

    async def texts_among(self, notice_ids: Collection[UUID]) -> list[UUID]:
        """Those of the messages that are texts."""
        texts = select(_NOTICES.c.id).where(
            _NOTICES.c.clinic_id == clinic_of(self._work.scope),
            _NOTICES.c.id.in_(notice_ids),
            _NOTICES.c.channel == Channel.TEXT,
        )
        return [row.id for row in await self._work.rows(texts)]

    async def has_first(self, group_id: UUID) -> bool:
        """Whether there is a first message about what was booked together that was not refused."""
        found = exists().where(
            _NOTICES.c.subject_id == group_id,
            _NOTICES.c.notice_kind.in_(FIRST_KINDS),
            _NOTICES.c.state != NoticeState.FAILED,
            _NOTICES.c.clinic_id.is_not_distinct_from(clinic_of(self._work.scope)),
        )
        return bool(await self._work.scalar(select(found)))


def _as_json(said: Said) -> dict[str, str]:
    values = asdict(said)
    return {name: one.isoformat() if isinstance(one, datetime) else str(one) for name, one in values.items()}


def says_of(row: Row[Any]) -> list[Said]:
    """What a message says of visits."""
    return [
        Said(
            booking_id=UUID(one["booking_id"]),
            status=one["status"],
            starts_at=datetime.fromisoformat(one["starts_at"]),
            practitioner_id=UUID(one["practitioner_id"]),
            location_id=UUID(one["location_id"]),
        )
        for one in row.says
    ]


_DEAD_ONE = Prepared(select(_DEAD).where(_DEAD.c.digest == given(_DEAD.c.digest)))
_BELIEVE = Prepared(delete(_DEAD).where(is_among(_DEAD.c.digest, "digests")).returning(_DEAD.c.digest))


class AddressRepository:
    """Addresses that take no mail, and numbers that take no texts (their country is kept), over all clinics."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def find(self, address: str) -> DeadAddress | None:
        """The address, where it takes none."""
        row = await self._work.fetch_one(_DEAD_ONE, digest=digest_of(address))
        return _dead(row) if row else None

    async def note_refused(self, address: str, reason: str) -> None:
        """It has refused for good, once more."""
        now = self._work.now
        domain = region_of(address) if is_number(address) else address.rpartition("@")[2].lower()
        values = {"domain": domain, "reason": reason, "refused_at": now}
        statement = insert(_DEAD).values(digest=digest_of(address), refusals=1, since_at=now, **values)
        await self._work.execute(
            statement.on_conflict_do_update(
                index_elements=["digest"], set_=values | {"refusals": _DEAD.c.refusals + 1}
            )
        )

    async def believe(self, addresses: Collection[str]) -> bool:
        """They are to be tried again. False where none was marked."""
        digests = sorted({digest_of(address) for address in addresses})
        return bool(await self._work.fetch(_BELIEVE, digests=digests))


def _dead(row: Row[Any]) -> DeadAddress:
    return DeadAddress(row.domain, row.since_at, row.reason, row.refusals)


_OWN_WORDS = Prepared(
    select(_WORDS.c.part, _WORDS.c.words).where(_WORDS.c.clinic_id == given(_WORDS.c.clinic_id))
)


class WordsRepository:
    """A clinic's own words in messages."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._mine = _WORDS.c.clinic_id == work.scope.clinic_id

    async def all(self) -> dict[str, str]:
        """The words by part."""
        rows = await self._work.fetch(_OWN_WORDS, clinic_id=self._work.scope.clinic_id)
        return {row.part: row.words for row in rows}

    async def replace(self, parts: Mapping[str, str]) -> None:
        """These, and no others."""
        await self._work.execute(delete(_WORDS).where(self._mine))
        clinic_id = self._work.scope.clinic_id
        rows = [{"clinic_id": clinic_id, "part": part, "words": words} for part, words in parts.items()]
        if rows:
            await self._work.execute(insert(_WORDS), rows)


def _telling() -> Prepared:
    adding = insert(_TOLD)
    known = {name: adding.excluded[name] for name in _KNOWN}
    keys = ["clinic_id", "booking_id", "audience"]
    return Prepared(adding.on_conflict_do_update(index_elements=keys, set_=known), [*keys, *_KNOWN])


_TELL = _telling()
_LAST = Prepared(
    select(
        _TOLD.c.booking_id, _TOLD.c.status, _TOLD.c.starts_at, _TOLD.c.practitioner_id, _TOLD.c.location_id
    ).where(
        _TOLD.c.clinic_id == given(_TOLD.c.clinic_id),
        _TOLD.c.audience == given(_TOLD.c.audience),
        is_among(_TOLD.c.booking_id, "booking_ids"),
    )
)


class ToldRepository:
    """What a clinic's clients and team were last told of its visits."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def last(self, audience: str, bookings: Collection[UUID]) -> dict[UUID, Said]:
        """What was last said of each, where something was."""
        told = await self._work.fetch(
            _LAST, clinic_id=self._work.scope.clinic_id, audience=audience, booking_ids=list(bookings)
        )
        return {row.booking_id: Said(*tuple(row)) for row in told}

    async def note(self, audience: str, says: Collection[Said]) -> None:
        """This is what they know now."""
        await self.note_all([(audience, says)])

    async def note_all(self, told: Iterable[tuple[str, Collection[Said]]]) -> None:
        """The same for several audiences, in order: of two about one visit the later one stays."""
        same = {"clinic_id": self._work.scope.clinic_id, "told_at": self._work.now}
        rows = [asdict(one) | {"audience": audience, **same} for audience, says in told for one in says]
        await self._work.put(_TELL, *sorted(rows, key=lambda row: (str(row["booking_id"]), row["audience"])))


async def count_states(work: PlatformWork) -> dict[str, int]:
    """How many messages there are in each state; those that wait for the morning are `held`."""
    state = case((_NOTICES.c.held_until > work.now, "held"), else_=_NOTICES.c.state)
    kept = case((_NOTICES.c.state == NoticeState.QUEUED, state), else_=_NOTICES.c.state).label("state")
    return {row.state: row.n for row in await work.rows(select(kept, func.count().label("n")).group_by(kept))}


async def list_unsent(work: PlatformWork, limit: int) -> list[Row[Any]]:
    """Messages that did not go or wait, newest first; without the words and whom they are for."""
    columns = (_NOTICES.c[name] for name in _SHOWN)
    unsent = select(*columns).where(_NOTICES.c.state != NoticeState.SENT)
    return await work.rows(unsent.order_by(_NOTICES.c.created_at.desc(), _NOTICES.c.id.desc()).limit(limit))


async def list_dead(work: PlatformWork, limit: int) -> list[DeadAddress]:
    """Addresses that take no mail, the last refusal first."""
    rows = await work.rows(select(_DEAD).order_by(_DEAD.c.refused_at.desc(), _DEAD.c.digest).limit(limit))
    return [_dead(row) for row in rows]


async def list_sent(work: PlatformWork, to: str | None, limit: int) -> Sequence[Row[Any]]:
    """What went out, newest first."""
    statement = select(_NOTICES).where(_NOTICES.c.state == NoticeState.SENT)
    if to:
        statement = statement.where(func.lower(_NOTICES.c.recipient) == to.lower())
    return await work.rows(statement.order_by(_NOTICES.c.sent_at.desc(), _NOTICES.c.id.desc()).limit(limit))
