"""SQL of bookings and of the claims they lay on practitioners, rooms and devices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, and_, cast, exists, func, literal, or_, select, update

from services.clients.models import Client
from services.clinics.models import Clinic, Location, Room
from services.kernel.adding import Added, Adding, Rows
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import Practitioner
from services.scheduling.calendar_models import FeedOf
from services.scheduling.models import (
    LONGEST_CLAIM_HOURS,
    Booking,
    BookingReference,
    BookingStatus,
    Claim,
    ReminderPolicy,
)
from services.scheduling.reminder_rules import DEFAULT_HOURS
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import HOLDING, STANDING, TRANSITIONS, By, Step
from services.treatments.models import Treatment

_BOOKING, _CLAIM = table(Booking), table(Claim)
_REFERENCE, _POLICY = table(BookingReference), table(ReminderPolicy)
_CLINIC, _LOCATION, _ROOM = table(Clinic), table(Location), table(Room)
_CLIENT, _WHO, _TREATMENT = table(Client), table(Practitioner), table(Treatment)

_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)
_A_DAY, _WIDEST_OFFSET = timedelta(days=1), timedelta(hours=14)
_UNANSWERED = (BookingStatus.REQUESTED, BookingStatus.HELD)


def _view() -> Select[Any]:
    # One statement over the slices below: a list of bookings would otherwise ask each of them per row.
    joins = (
        (_TREATMENT, _BOOKING.c.treatment_id),
        (_LOCATION, _BOOKING.c.location_id),
        (_WHO, _BOOKING.c.practitioner_id),
        (_ROOM, _BOOKING.c.room_id),
        (_CLIENT, _BOOKING.c.client_id),
    )
    source: Any = _BOOKING.join(_CLINIC, _CLINIC.c.clinic_id == _BOOKING.c.clinic_id)
    for other, column in joins:
        source = source.join(other, and_(other.c.clinic_id == _BOOKING.c.clinic_id, other.c.id == column))
    return select(
        *_BOOKING.c,
        _CLINIC.c.name.label("clinic_name"),
        _CLINIC.c.slug.label("clinic_slug"),
        _CLINIC.c.email.label("clinic_email"),
        _CLINIC.c.cancellation_hours,
        _CLINIC.c.late_minutes,
        _TREATMENT.c.name.label("treatment_name"),
        _TREATMENT.c.first_step,
        _TREATMENT.c.first_step_hours,
        _LOCATION.c.name.label("location_name"),
        _LOCATION.c.street,
        _LOCATION.c.city,
        _LOCATION.c.region,
        _LOCATION.c.postcode,
        _LOCATION.c.country,
        _LOCATION.c.phone,
        _LOCATION.c.time_zone,
        _WHO.c.name.label("practitioner_name"),
        _ROOM.c.name.label("room_name"),
        _numbing_room_name().label("numbing_room_name"),
        _reminder_hours().label("reminder_hours"),
        _CLIENT.c.name.label("client_name"),
        _CLIENT.c.email.label("client_email"),
        _CLIENT.c.phone.label("client_phone"),
        _CLIENT.c.language.label("client_language"),
    ).select_from(source)


def _numbing_room_name() -> Any:
    numbing = _ROOM.alias()
    mine = and_(numbing.c.clinic_id == _BOOKING.c.clinic_id, numbing.c.id == _BOOKING.c.numbing_room_id)
    return select(numbing.c.name).where(mine).scalar_subquery()


def _reminder_hours() -> Any:
    chosen = select(_POLICY.c.hours).where(_POLICY.c.clinic_id == _BOOKING.c.clinic_id).scalar_subquery()
    return func.coalesce(chosen, literal(list(DEFAULT_HOURS), _POLICY.c.hours.type))


_VIEW = _view()
_MINE = _BOOKING.c.clinic_id == given(_BOOKING.c.clinic_id)
_ONE = (_MINE, _BOOKING.c.id == given(_BOOKING.c.id))
_GROUP = (_MINE, _BOOKING.c.group_id == given(_BOOKING.c.group_id))
_VIEW_OF_ONE = Prepared(_VIEW.where(*_ONE))
_VIEW_OF_SOME = Prepared(_VIEW.where(_MINE, is_among(_BOOKING.c.id, "ids")))
_VIEW_OF_GROUP = Prepared(_VIEW.where(*_GROUP).order_by(_BOOKING.c.position, _BOOKING.c.id))
_VIEW_OF_GROUPS = Prepared(
    _VIEW.where(_MINE, is_among(_BOOKING.c.group_id, "groups")).order_by(
        _BOOKING.c.group_id, _BOOKING.c.position, _BOOKING.c.id
    )
)
_LOCK_ONE = Prepared(select(_BOOKING.c.id).where(*_ONE).with_for_update())
_LOCK_GROUP = Prepared(select(_BOOKING.c.id).where(*_GROUP).order_by(_BOOKING.c.id).with_for_update())
_ADD_AND_VIEW = Added(
    _VIEW.where(*_GROUP).order_by(_BOOKING.c.position, _BOOKING.c.id), Adding(_BOOKING), Adding(_REFERENCE)
)


class BookingRepository:
    """Bookings and claims of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def find_stale(self, resources: Iterable[UUID], since: datetime, until: datetime) -> list[UUID]:
        """Groups of holds and requests whose time to be answered is over, with claims in the way."""
        overlapping = (
            exists()
            .where(
                _CLAIM.c.clinic_id == _BOOKING.c.clinic_id,
                _CLAIM.c.booking_id == _BOOKING.c.id,
                _CLAIM.c.resource_id.in_(list(resources)),
                _CLAIM.c.starts_at >= since - _LONGEST,
                _CLAIM.c.starts_at < until,
                _CLAIM.c.ends_at > since,
            )
            .correlate(_BOOKING)
        )
        rows = await self._work.rows(
            select(_BOOKING.c.group_id)
            .distinct()
            .where(
                _BOOKING.c.clinic_id == self._clinic,
                _BOOKING.c.status.in_(_UNANSWERED),
                _BOOKING.c.answer_by < self._work.now,
                _BOOKING.c.starts_at >= since - _LONGEST,
                _BOOKING.c.starts_at < until + _LONGEST,
                overlapping,
            )
        )
        return [row.group_id for row in rows]

    async def expire_stale(self, groups: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
        """Expires what nobody else is working on of these groups; gives each booking's id and group, in order.

        All that was asked for together, where one of it is over. Their claims are for the caller to drop.
        """
        other = _BOOKING.alias()
        is_over = exists().where(
            other.c.clinic_id == _BOOKING.c.clinic_id,
            other.c.group_id == _BOOKING.c.group_id,
            other.c.status.in_(_UNANSWERED),
            other.c.answer_by < self._work.now,
        )
        rows = await self._work.rows(
            select(_BOOKING.c.id, _BOOKING.c.group_id)
            .where(
                _BOOKING.c.clinic_id == self._clinic,
                _BOOKING.c.group_id.in_(groups),
                _BOOKING.c.status.in_(_UNANSWERED),
                is_over,
            )
            .order_by(_BOOKING.c.id)
            .with_for_update(skip_locked=True)
        )
        ids = [row.id for row in rows]
        if ids:
            await self.update(ids, "job", status=BookingStatus.EXPIRED, answered_at=self._work.now)
        return [(row.id, row.group_id) for row in rows]

    async def add(self, group_id: UUID, rows: Rows) -> list[BookingView]:
        """Adds bookings of one group, and what leads from their references to them; gives them with their names."""
        mine = [{"clinic_id": self._clinic, **row} for row in rows]
        references = [{**row, "booking_id": row["id"]} for row in mine]
        added = await self._work.fetch(
            _ADD_AND_VIEW, clinic_id=self._clinic, group_id=group_id, added=(mine, references)
        )
        return _views_of(added)

    async def update(self, booking_ids: Iterable[UUID], by: By, **values: Any) -> None:
        """Changes bookings, and says when and by whom."""
        changed = await self._work.rows(
            update(_BOOKING)
            .where(_BOOKING.c.clinic_id == self._clinic, _BOOKING.c.id.in_(list(booking_ids)))
            .values(changed_at=self._work.now, changed_by=by, **values)
            .returning(_BOOKING.c.starts_at)
        )
        self._work.touch(*(row.starts_at for row in changed))

    async def find(self, booking_id: UUID) -> BookingView | None:
        """A booking with its names."""
        found = _views_of(await self._work.fetch(_VIEW_OF_ONE, clinic_id=self._clinic, id=booking_id))
        return found[0] if found else None

    async def list_by_id(self, booking_ids: Collection[UUID]) -> list[BookingView]:
        """Those bookings with their names, in no order."""
        return _views_of(await self._work.fetch(_VIEW_OF_SOME, clinic_id=self._clinic, ids=list(booking_ids)))

    async def lock(self, booking_id: UUID) -> BookingView | None:
        """A booking with its names; its row is locked until the end of the transaction."""
        await self._work.fetch(_LOCK_ONE, clinic_id=self._clinic, id=booking_id)
        return await self.find(booking_id)

    async def lock_group(self, group_id: UUID) -> list[BookingView]:
        """The bookings of a group by position, their rows locked in order of id."""
        await self._work.fetch(_LOCK_GROUP, clinic_id=self._clinic, group_id=group_id)
        return await self.list_group(group_id)

    async def list_group(self, group_id: UUID) -> list[BookingView]:
        """The bookings of a group by position."""
        return _views_of(await self._work.fetch(_VIEW_OF_GROUP, clinic_id=self._clinic, group_id=group_id))

    async def list_between(
        self,
        from_on: date,
        to_on: date,
        *,
        practitioner_id: UUID | None,
        status: str | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[BookingView]:
        """Bookings that start on local days of their location, both included, by start and id, after a key."""
        conditions = _on_days(from_on, to_on)
        if practitioner_id is not None:
            conditions.append(_BOOKING.c.practitioner_id == practitioner_id)
        if status is not None:
            conditions.append(_BOOKING.c.status == status)
        if after is not None:
            at, last = after
            conditions.append(
                or_(_BOOKING.c.starts_at > at, and_(_BOOKING.c.starts_at == at, _BOOKING.c.id > last))
            )
        return await self._views(*conditions, order=(_BOOKING.c.starts_at, _BOOKING.c.id), limit=limit)

    async def list_holding(self, location_id: UUID, from_on: date, to_on: date) -> list[BookingView]:
        """What stands or stood in the time of a location on local days, both included, in order of time."""
        return await self._views(
            *_on_days(from_on, to_on),
            _BOOKING.c.location_id == location_id,
            _BOOKING.c.status.in_(HOLDING),
            order=(_BOOKING.c.starts_at, _BOOKING.c.id),
        )

    async def list_of_feed(
        self, feed_of: str, subject_id: UUID, from_on: date, to_on: date
    ) -> list[BookingView]:
        """What stands in the time of a practitioner, a room or the clinic on local days, in order of time."""
        whose = {
            FeedOf.PRACTITIONER: _BOOKING.c.practitioner_id == subject_id,
            FeedOf.ROOM: or_(_BOOKING.c.room_id == subject_id, _BOOKING.c.numbing_room_id == subject_id),
            FeedOf.CLINIC: _BOOKING.c.clinic_id == subject_id,
        }
        return await self._views(
            *_on_days(from_on, to_on),
            whose[FeedOf(feed_of)],
            _BOOKING.c.status.in_(STANDING),
            order=(_BOOKING.c.starts_at, _BOOKING.c.id),
        )

    async def phase_minutes(self, treatment_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int, int]]:
        """Minutes of preparation, numbing and finish by treatment, of those that have left the menu too."""
        rows = await self._work.rows(
            select(
                _TREATMENT.c.id,
                _TREATMENT.c.preparation_minutes,
                _TREATMENT.c.numbing_minutes,
                _TREATMENT.c.finish_minutes,
            ).where(_TREATMENT.c.clinic_id == self._clinic, _TREATMENT.c.id.in_(list(treatment_ids)))
        )
        return {row.id: (row.preparation_minutes, row.numbing_minutes, row.finish_minutes) for row in rows}

    async def list_ahead(self, now: datetime) -> list[Row[Any]]:
        """(id, status) of visits that begin later and still stand, in order of time."""
        return await self._work.rows(
            select(_BOOKING.c.id, _BOOKING.c.status)
            .where(
                _BOOKING.c.clinic_id == self._clinic,
                _BOOKING.c.starts_at > now,
                _BOOKING.c.status.in_(STANDING),
            )
            .order_by(_BOOKING.c.starts_at, _BOOKING.c.id)
        )

    async def list_of_client(self, client_id: UUID, limit: int) -> list[BookingView]:
        """A client's bookings, latest first."""
        order = (_BOOKING.c.starts_at.desc(), _BOOKING.c.id.desc())
        return await self._views(_BOOKING.c.client_id == client_id, order=order, limit=limit)

    async def list_ahead_of_client(self, client_id: UUID) -> list[BookingView]:
        """A client's visits that begin later and could still be cancelled, in order of time."""
        return await self._views(
            _BOOKING.c.client_id == client_id,
            _BOOKING.c.starts_at > self._work.now,
            _BOOKING.c.status.in_(TRANSITIONS[Step.CANCEL].sources),
            order=(_BOOKING.c.starts_at, _BOOKING.c.id),
        )

    async def count_ahead(self, client_id: UUID, account_id: UUID | None) -> int:
        """Visits to come of a client, and of an account."""
        whose = [_BOOKING.c.client_id == client_id]
        if account_id is not None:
            whose.append(_BOOKING.c.account_id == account_id)
        found: int = await self._work.scalar(
            select(func.count()).where(
                _BOOKING.c.clinic_id == self._clinic,
                or_(*whose),
                _BOOKING.c.starts_at > self._work.now,
                _BOOKING.c.status.in_(STANDING),
            )
        )
        return found

    async def give_to_account(self, client_id: UUID, account_id: UUID) -> list[UUID]:
        """Makes a client's bookings that are no account's the account's; gives their ids."""
        rows = await self._work.rows(
            update(_BOOKING)
            .where(
                _BOOKING.c.clinic_id == self._clinic,
                _BOOKING.c.client_id == client_id,
                _BOOKING.c.account_id.is_(None),
            )
            .values(account_id=account_id)
            .returning(_BOOKING.c.id)
        )
        return sorted(row.id for row in rows)

    async def list_groups(self, group_ids: Sequence[UUID]) -> list[BookingView]:
        """The bookings of several groups, by group and position."""
        if not group_ids:
            return []
        return _views_of(
            await self._work.fetch(_VIEW_OF_GROUPS, clinic_id=self._clinic, groups=list(group_ids))
        )

    async def _views(
        self, *conditions: Any, order: Sequence[Any] = (), limit: int | None = None
    ) -> list[BookingView]:
        statement = (
            _VIEW.where(_BOOKING.c.clinic_id == self._clinic, *conditions).order_by(*order).limit(limit)
        )
        return _views_of(await self._work.rows(statement))


def _views_of(rows: Iterable[Row[Any]]) -> list[BookingView]:
    return [BookingView(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public


def _on_days(from_on: date, to_on: date) -> list[Any]:
    """Conditions of what starts on local days of its location, both included; the first two are an index's."""
    local_day = cast(func.timezone(_LOCATION.c.time_zone, _BOOKING.c.starts_at), Date)
    return [
        _BOOKING.c.starts_at >= datetime.combine(from_on, time.min, UTC) - _WIDEST_OFFSET,
        _BOOKING.c.starts_at < datetime.combine(to_on, time.min, UTC) + _WIDEST_OFFSET + _A_DAY,
        local_day.between(from_on, to_on),
    ]
