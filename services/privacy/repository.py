"""SQL over what is declared: which rows are a person's, read for the export and overwritten or deleted by erasure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.clinics.models import Membership
from services.kernel.scope import ClinicScope
from services.kernel.tables import Kind, metadata, models, table
from services.kernel.work import AnyWork, PlatformWork
from services.privacy.declaration import NAMES, PERSONAL
from services.privacy.declared import (
    Account,
    AtPath,
    Email,
    Filled,
    JsonEmail,
    JsonOf,
    JsonStaffName,
    Lead,
    Mentions,
    Merged,
    MergedInto,
    Of,
    StaffName,
)
from services.privacy.person import Person

_MEMBERS = table(Membership)
_TAIL = 6
# Records that say in what language their person is written to, the surest first, each with since when it does.
_SPEAKING = {"client": "created_at", "question": "asked_at", "waitlist_wish": "created_at"}


@cache
def kind_of(name: str) -> Kind:
    """A table's kind."""
    return next(model.table_kind for model in models() if table(model).name == name)


@cache
def erasing_order() -> Sequence[str]:
    """Declared tables: those of the machinery first, then each before what it points to."""
    order = [one.name for one in reversed(metadata.sorted_tables) if one.name in PERSONAL]
    return sorted(order, key=lambda name: kind_of(name) is not Kind.WORK)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of a table's rows: deleted, overwritten, or left as they are for a reason."""

    deleted: int = 0
    cleared: int = 0
    kept: int = 0


class OwnRows:
    """A person's rows in the work's clinic, or those that belong to no clinic."""

    def __init__(self, work: AnyWork, person: Person) -> None:
        self._work = work
        self._person = person
        self._clinic = work.scope.clinic_id if isinstance(work.scope, ClinicScope) else None

    def tables(self) -> list[str]:
        """The declared tables that this work's scope has rows of, in the order of erasing."""
        here = {Kind.TENANT, Kind.WORK} if self._clinic else {Kind.WORK, Kind.GLOBAL, Kind.DIRECTORY}
        return [name for name in erasing_order() if kind_of(name) in here]

    async def rows(self, name: str) -> list[Row[Any]]:
        """The rows that their export shows, with names beside ids."""
        one = metadata.tables[name]
        shown = [lead for lead in PERSONAL[name].leads if lead.shown]
        columns: list[Any] = list(one.columns)
        columns += [self._name_beside(one, column) for column in NAMES if column in one.columns]
        statement = select(*columns).where(self._own(one), self._any(one, shown))
        return await self._work.rows(statement.order_by(*one.primary_key.columns))

    async def ids(self, name: str) -> list[UUID]:
        """The ids of the rows that are theirs in full."""
        rows = await self._work.rows(self._select(name, "id"))
        return [row.id for row in rows]

    async def own_record(self) -> UUID | None:
        """The client record of theirs that was not merged into another; the oldest where there are several."""
        one = metadata.tables["client"]
        leads = PERSONAL["client"].leads
        found: UUID | None = await self._work.scalar(
            select(one.c.id)
            .where(self._own(one), self._any(one, leads), one.c.merged_into.is_(None))
            .order_by(one.c.created_at, one.c.id)
            .limit(1)
        )
        return found

    async def spoken(self) -> tuple[bool, datetime, str] | None:
        """In what language they are written to here: whether as a client, since when, and the language.

        By their record as a client, else by what they asked or wait for; the newest where there are several.
        """
        for name, since in _SPEAKING.items():
            one = metadata.tables[name]
            follows = [lead for lead in PERSONAL[name].leads if lead.follows]
            kept = one.c.merged_into.is_(None) if "merged_into" in one.c else literal(value=True)
            found = await self._work.row(
                select(one.c[since].label("since"), one.c.language)
                .where(self._own(one), self._any(one, follows), kept)
                .order_by(one.c[since].desc(), one.c.id)
                .limit(1)
            )
            if found is not None:
                return name == "client", found.since, found.language
        return None

    async def count(self, name: str) -> int:
        """How many rows their export shows."""
        one = metadata.tables[name]
        shown = [lead for lead in PERSONAL[name].leads if lead.shown]
        return await self._number(one, self._any(one, shown))

    async def erase(self, name: str, *, keep_reviews: bool) -> Erased:
        """Deletes or overwrites what is declared; done again, it finds nothing more."""
        one, declared = metadata.tables[name], PERSONAL[name]
        condition = self._any(one, [lead for lead in declared.leads if lead.leaves is None])
        deleted = cleared = kept = 0
        leaves = {
            column: value
            for column, value in (declared.leaves or {}).items()
            if not (keep_reviews and column in declared.unless_kept)
        }
        if declared.goes:
            deleted = int((await self._work.execute(delete(one).where(self._own(one), condition))).rowcount)
        elif leaves:
            cleared = await self._overwrite(one, condition, leaves)
        else:
            kept = await self._number(one, condition)
        # Afterwards, so that a row that is theirs in two ways counts once.
        for lead in declared.leads:
            if lead.leaves:
                cleared += await self._overwrite(one, self._any(one, [lead]), lead.leaves)
        return Erased(deleted, cleared, kept)

    async def _number(self, one: Table, condition: ColumnElement[bool]) -> int:
        found = select(func.count()).select_from(one).where(self._own(one), condition)
        return int(await self._work.scalar(found))

    async def _overwrite(self, one: Table, condition: ColumnElement[bool], leaves: Mapping[str, Any]) -> int:
        values = {column: _left(one, column, value) for column, value in leaves.items()}
        result = await self._work.execute(update(one).where(self._own(one), condition).values(values))
        return int(result.rowcount)

    def _own(self, one: Table) -> ColumnElement[bool]:
        if "clinic_id" not in one.columns or kind_of(one.name) is Kind.DIRECTORY:
            return literal(value=True)
        if self._clinic is None:
            return one.c.clinic_id.is_(None)
        return one.c.clinic_id == self._clinic

    def _select(self, name: str, column: str) -> Select[Any]:
        """The values of a column in the rows that are theirs in full."""
        one = metadata.tables[name]
        follows = [lead for lead in PERSONAL[name].leads if lead.follows]
        return select(one.c[column]).where(self._own(one), self._any(one, follows))

    def _any(self, one: Table, leads: Sequence[Lead]) -> ColumnElement[bool]:
        return or_(false(), *(self._by(one, lead) for lead in leads))

    def _by(self, one: Table, lead: Lead) -> ColumnElement[bool]:
        column, person = one.c[lead.column], self._person
        by: ColumnElement[bool] = false()
        match lead:
            case Account() if person.account_id is not None:
                by = column == person.account_id
            case Email():
                by = self._by_email(one, lead)
            case JsonEmail():
                by = self._same(column[lead.key].astext)
            case JsonOf() if self._reaches(lead.table):
                by = column[lead.key].astext.in_(self._as_text(lead.table, "id"))
            case Of() if self._reaches(lead.table):
                by = column.in_(self._select(lead.table, lead.target))
            case MergedInto():
                by = func.coalesce(column, one.c.id).in_(self._kept(one, lead.column))
            case StaffName() if self._clinic is not None and person.account_id and person.name:
                by = and_(column == person.name, self._is_of_the_team())
            case JsonStaffName() if self._clinic is not None and person.account_id and person.name:
                by = and_(column[lead.path].astext == person.name, self._is_of_the_team())
            case Mentions() if self._clinic is not None:
                by = or_(false(), *(self._mentions(column, *pair) for pair in lead.of))
        return by

    def _reaches(self, name: str) -> bool:
        """Whether rows of that table can be read in this scope."""
        return self._clinic is not None or kind_of(name) is not Kind.TENANT

    def _same(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        email = self._person.email
        return false() if email is None else func.lower(column) == email

    def _by_email(self, one: Table, lead: Email) -> ColumnElement[bool]:
        same = self._same(one.c[lead.column])
        if lead.unless is None:
            return same
        free = one.c[lead.unless].is_(None)
        mine = self._person.account_id
        return and_(same, free if mine is None else or_(free, one.c[lead.unless] == mine))

    def _kept(self, one: Table, merged_into: str) -> Select[Any]:
        """The records that stand for the person: found by account or address, or kept when such a one was merged."""
        found, kept, mine = one.alias("found"), one.alias("kept"), self._person.account_id
        by: list[ColumnElement[bool]] = []
        for lead in PERSONAL[one.name].leads:
            if isinstance(lead, Account) and mine is not None:
                by.append(found.c[lead.column] == mine)
            elif isinstance(lead, Email) and self._person.email is not None:
                by.append(func.lower(found.c[lead.column]) == self._person.email)
        free = kept.c.account_id.is_(None)
        return select(kept.c.id).where(
            found.c.clinic_id == self._clinic,
            kept.c.clinic_id == self._clinic,
            kept.c.id == func.coalesce(found.c[merged_into], found.c.id),
            free if mine is None else or_(free, kept.c.account_id == mine),
            or_(false(), *by),
        )

    def _is_of_the_team(self) -> ColumnElement[bool]:
        return exists().where(
            _MEMBERS.c.clinic_id == self._clinic, _MEMBERS.c.account_id == self._person.account_id
        )

    def _mentions(self, text: ColumnElement[str], name: str, column: str) -> ColumnElement[bool]:
        said = self._as_text(name, column).subquery()
        return exists().where(func.strpos(text, said.c[0]) > 0)

    def _as_text(self, name: str, column: str) -> Select[Any]:
        return select(cast(self._select(name, column).subquery().c[0], Text))

    def _name_beside(self, one: Table, column: str) -> Any:
        name, label = NAMES[column]
        other = metadata.tables[name]
        return (
            select(other.c[label])
            .where(other.c.clinic_id == one.c.clinic_id, other.c.id == one.c[column])
            .scalar_subquery()
            .label(column.removesuffix("_id"))
        )


def _left(one: Table, column: str, value: Any) -> Any:
    if isinstance(value, Merged):
        return one.c[column].op("||")(cast(literal(dict(value.values), JSONB), JSONB))
    if isinstance(value, AtPath):
        new = cast(literal(value.text, JSONB), JSONB)
        return func.jsonb_set(one.c[column], literal(list(value.path), ARRAY(Text)), new, false())
    if isinstance(value, Filled):
        own = cast(one.c.id, String)
        filled = func.replace(literal(value.pattern), literal("{id}"), own)
        return func.replace(filled, literal("{tail}"), func.right(own, _TAIL))
    return value


async def clinics_of(work: PlatformWork, person: Person) -> list[UUID]:
    """Every clinic that holds anything of the person: from the declared leads that begin with the person."""
    found: list[Select[Any]] = []
    for name, declared in PERSONAL.items():
        one = metadata.tables[name]
        if "clinic_id" not in one.columns:
            continue
        rows = OwnRows(work, person)
        direct = [lead for lead in declared.leads if isinstance(lead, Account | Email | JsonEmail)]
        if direct:
            condition = rows._any(one, direct)  # noqa: SLF001  the same conditions, over all clinics
            found.append(select(one.c.clinic_id).where(one.c.clinic_id.isnot(None), condition))
    both = union(*found).subquery()
    rows_found = await work.rows(select(both.c.clinic_id).order_by(both.c.clinic_id))
    return [row.clinic_id for row in rows_found]


async def cancel_timers_of(work: AnyWork, subject_ids: Collection[UUID]) -> None:
    """Nothing falls due any more for these."""
    await work.write()
    timer = metadata.tables["timer"]
    await work.execute(
        update(timer)
        .where(timer.c.subject_id.in_(subject_ids), timer.c.state == "waiting")
        .values(state="cancelled")
    )


async def clear_notices_about(work: AnyWork, subject_id: UUID) -> None:
    """The messages of one subject lose address and words; what was not sent will not be."""
    notice = metadata.tables["notice"]
    leaves = {
        column: _left(notice, column, value) for column, value in (PERSONAL["notice"].leaves or {}).items()
    }
    about = notice.c.subject_id == subject_id
    unsent = about & notice.c.state.in_(("queued", "inflight"))
    await work.execute(update(notice).where(unsent).values(state="failed"))
    await work.execute(update(notice).where(about).values(leaves))


async def note_client_cancelled(work: AnyWork, booking_ids: Collection[UUID]) -> None:
    """It was the client who cancelled these, whoever's step it took."""
    booking = metadata.tables["booking"]
    mine = booking.c.id.in_(booking_ids) & (booking.c.status == "cancelled")
    await work.execute(update(booking).where(mine).values(cancelled_by="client", changed_by="client"))


async def only_owner_of(work: PlatformWork, account_id: UUID) -> list[UUID]:
    """The clinics, not closed, that would be left without an owner."""
    other = _MEMBERS.alias("other")
    clinic = metadata.tables["clinic"]
    rows = await work.rows(
        select(_MEMBERS.c.clinic_id)
        .join(clinic, clinic.c.clinic_id == _MEMBERS.c.clinic_id)
        .where(
            _MEMBERS.c.account_id == account_id,
            _MEMBERS.c.role == "owner",
            clinic.c.status.notin_(("closed", "removed")),
            ~exists().where(
                other.c.clinic_id == _MEMBERS.c.clinic_id,
                other.c.role == "owner",
                other.c.account_id != account_id,
            ),
        )
    )
    return [row.clinic_id for row in rows]
