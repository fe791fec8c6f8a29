"""SQL of clinics: the tenant's own tables, and the directories that lead to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from services.clinics.models import (
    Clinic,
    ClinicSlug,
    Device,
    Invitation,
    Location,
    LocationHours,
    Membership,
    Role,
    Room,
)
from services.kernel.finding import holds_folded
from services.kernel.models import AuditEvent
from services.kernel.ports import Asks
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork, ClinicWork, PlatformWork

_CLINICS, _SLUGS, _MEMBERS = table(Clinic), table(ClinicSlug), table(Membership)
_LOCATIONS, _HOURS, _ROOMS, _DEVICES = table(Location), table(LocationHours), table(Room), table(Device)
_INVITATIONS, _AUDIT = table(Invitation), table(AuditEvent)


_MINE = _CLINICS.c.clinic_id == given(_CLINICS.c.clinic_id)
_CLINIC, _LOCKED = (
    Prepared(select(_CLINICS).where(_MINE)),
    # Against changes alone: bookings, which point to these rows, do not wait for whoever edits them.
    Prepared(select(_CLINICS).where(_MINE).with_for_update(key_share=True)),
)
_TEAM = Prepared(
    select(_MEMBERS)
    .where(_MEMBERS.c.clinic_id == given(_MEMBERS.c.clinic_id))
    .order_by(_MEMBERS.c.created_at, _MEMBERS.c.id)
)
_MEMBERSHIPS = Prepared(
    select(_MEMBERS.c.clinic_id, _MEMBERS.c.role, _SLUGS.c.slug, _SLUGS.c.name, _SLUGS.c.is_public)
    .join(_SLUGS, _SLUGS.c.clinic_id == _MEMBERS.c.clinic_id)
    .where(_MEMBERS.c.account_id == given(_MEMBERS.c.account_id))
    .order_by(_SLUGS.c.name, _SLUGS.c.slug)
)
_HOURS_OF = Prepared(
    select(_HOURS)
    .where(_HOURS.c.clinic_id == given(_HOURS.c.clinic_id), is_among(_HOURS.c.location_id, "ids"))
    .order_by(_HOURS.c.weekday, _HOURS.c.opens, _HOURS.c.valid_from, _HOURS.c.weeks)
)


@cache
def _all_of(found: Table, *, of_place: bool = False) -> Prepared:
    statement = select(found).where(
        found.c.clinic_id == given(found.c.clinic_id), found.c.archived_at.is_(None)
    )
    if of_place:
        statement = statement.where(found.c.location_id == given(found.c.location_id))
    return Prepared(statement.order_by(found.c.created_at, found.c.id))


@cache
def _one_of(found: Table, *, lock: bool, archived: bool) -> Prepared:
    statement = select(found).where(
        found.c.clinic_id == given(found.c.clinic_id), found.c.id == given(found.c.id)
    )
    if not archived:
        statement = statement.where(found.c.archived_at.is_(None))
    return Prepared(statement.with_for_update(key_share=True) if lock else statement)


async def clinic_of_public_slug(asks: Asks, slug: str) -> UUID | None:
    """The live clinic under the slug, in one round trip."""
    found: UUID | None = (await asks.ask("SELECT public_clinic($1) AS clinic_id", slug))["clinic_id"]
    return found


async def clinic_of_slug(work: AnyWork, slug: str) -> UUID | None:
    """The clinic under the slug, public or not."""
    found: UUID | None = await work.scalar(select(_SLUGS.c.clinic_id).where(_SLUGS.c.slug == slug))
    return found


async def named(work: PlatformWork, clinic_ids: Collection[UUID]) -> list[Row[Any]]:
    """(clinic_id, slug, name) of clinics, public or not."""
    return await work.rows(
        select(_SLUGS.c.clinic_id, _SLUGS.c.slug, _SLUGS.c.name).where(_SLUGS.c.clinic_id.in_(clinic_ids))
    )


async def named_like(work: PlatformWork, name: str, limit: int) -> list[Row[Any]]:
    """(clinic_id, slug, name) of clinics, public or not, whose name has the text in it, by name."""
    statement = select(_SLUGS.c.clinic_id, _SLUGS.c.slug, _SLUGS.c.name).where(
        holds_folded(_SLUGS.c.name, name)
    )
    return await work.rows(statement.order_by(_SLUGS.c.name, _SLUGS.c.slug).limit(limit))


async def memberships_of(work: AnyWork, account_id: UUID) -> list[Row[Any]]:
    """The clinics that the account works for, in order of name."""
    return await work.fetch(_MEMBERSHIPS, account_id=account_id)


class ClinicRepository:
    """The clinic itself, its slug, its team and its audit."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def take_slug(self, slug: str, name: str) -> bool:
        """Takes the slug for this clinic; false when it is another's."""
        statement = insert_or(_SLUGS).values(slug=slug, clinic_id=self._clinic_id, name=name)
        taken = await self._work.scalar(statement.on_conflict_do_nothing().returning(_SLUGS.c.slug))
        return taken is not None

    async def change_slug(self, **values: Any) -> None:
        """Changes what the directory says of this clinic."""
        await self._work.execute(update(_SLUGS).where(_SLUGS.c.clinic_id == self._clinic_id).values(**values))

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_CLINICS).values(clinic_id=self._clinic_id, created_at=self._work.now, **values)
        )

    async def get(self, *, lock: bool = False) -> Row[Any] | None:
        """The clinic; with `lock`, no other transaction changes it until this one ends."""
        return await self._work.fetch_one(_LOCKED if lock else _CLINIC, clinic_id=self._clinic_id)

    async def change(self, **values: Any) -> None:
        await self._work.execute(
            update(_CLINICS).where(_CLINICS.c.clinic_id == self._clinic_id).values(**values)
        )

    async def add_member(self, member_id: UUID, account_id: UUID, role: str) -> bool:
        """Adds someone to the team; false when they belong to it already."""
        statement = insert_or(_MEMBERS).values(
            id=member_id,
            clinic_id=self._clinic_id,
            account_id=account_id,
            role=role,
            created_at=self._work.now,
        )
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_MEMBERS.c.id))
        return added is not None

    async def members(self) -> list[Row[Any]]:
        return await self._work.fetch(_TEAM, clinic_id=self._clinic_id)

    async def member(self, member_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_MEMBERS).where(_MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.id == member_id)
        )

    async def member_of(self, account_id: UUID) -> Row[Any] | None:
        """The account's place in the team."""
        return await self._work.row(
            select(_MEMBERS).where(
                _MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.account_id == account_id
            )
        )

    async def owners(self) -> list[UUID]:
        """The accounts of the owners."""
        found = await self._work.rows(
            select(_MEMBERS.c.account_id).where(
                _MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.role == Role.OWNER
            )
        )
        return [row.account_id for row in found]

    async def change_notices(self, member_id: UUID, chosen: str) -> None:
        await self._work.execute(
            update(_MEMBERS)
            .where(_MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.id == member_id)
            .values(booking_notices=chosen)
        )

    async def change_member(self, member_id: UUID, role: str) -> None:
        await self._work.execute(
            update(_MEMBERS)
            .where(_MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.id == member_id)
            .values(role=role)
        )

    async def remove_member(self, member_id: UUID) -> None:
        await self._work.execute(
            delete(_MEMBERS).where(_MEMBERS.c.clinic_id == self._clinic_id, _MEMBERS.c.id == member_id)
        )

    async def audit(self, limit: int, before: UUID | None) -> list[Row[Any]]:
        """Audit events, newest first, before that id where one is given."""
        statement = select(_AUDIT).where(_AUDIT.c.clinic_id == self._clinic_id)
        if before is not None:
            statement = statement.where(_AUDIT.c.id < before)
        return await self._work.rows(statement.order_by(_AUDIT.c.id.desc()).limit(limit))


class InvitationRepository:
    """Open invitations to the team."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Oldest first."""
        return await self._work.rows(
            select(_INVITATIONS)
            .where(_INVITATIONS.c.clinic_id == self._clinic_id)
            .order_by(_INVITATIONS.c.invited_at, _INVITATIONS.c.id)
        )

    async def find(self, invitation_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """One of them; with `lock`, it is taken up or withdrawn once."""
        statement = select(_INVITATIONS).where(
            _INVITATIONS.c.clinic_id == self._clinic_id, _INVITATIONS.c.id == invitation_id
        )
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def add(self, **values: Any) -> bool:
        """Adds one; false when the address is invited already."""
        statement = insert_or(_INVITATIONS).values(
            clinic_id=self._clinic_id, sent=1, invited_at=self._work.now, **values
        )
        added = await self._work.scalar(statement.on_conflict_do_nothing().returning(_INVITATIONS.c.id))
        return added is not None

    async def renew(self, invitation_id: UUID, expires_at: datetime) -> bool:
        """Counts one more sending, and moves the end; false when there is none."""
        statement = (
            update(_INVITATIONS)
            .where(_INVITATIONS.c.clinic_id == self._clinic_id, _INVITATIONS.c.id == invitation_id)
            .values(sent=_INVITATIONS.c.sent + 1, expires_at=expires_at)
        )
        return await self._work.scalar(statement.returning(_INVITATIONS.c.id)) is not None

    async def remove(self, invitation_id: UUID) -> bool:
        """Takes it away; false when there is none."""
        statement = delete(_INVITATIONS).where(
            _INVITATIONS.c.clinic_id == self._clinic_id, _INVITATIONS.c.id == invitation_id
        )
        return await self._work.scalar(statement.returning(_INVITATIONS.c.id)) is not None


class PlaceRepository:
    """Locations with their hours, rooms and devices. What is archived is not found."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def locations(self) -> list[Row[Any]]:
        return await self._list(_LOCATIONS)

    async def location(
        self, location_id: UUID, *, lock: bool = False, archived: bool = False
    ) -> Row[Any] | None:
        return await self._one(_LOCATIONS, location_id, lock=lock, archived=archived)

    async def add_location(self, **values: Any) -> None:
        await self._add(_LOCATIONS, values)

    async def change_location(self, location_id: UUID, **values: Any) -> None:
        await self._change(_LOCATIONS, location_id, values)

    async def location_named(self, name: str, *, but: UUID | None = None) -> bool:
        """Whether another location has the name, without regard to case."""
        return await self._named(_LOCATIONS, name, but)

    async def archive_location(self, location_id: UUID) -> None:
        """Archives the location with its rooms and devices."""
        await self._change(_LOCATIONS, location_id, {"archived_at": self._work.now})
        for found in (_ROOMS, _DEVICES):
            await self._work.execute(
                update(found)
                .where(
                    found.c.clinic_id == self._clinic_id,
                    found.c.location_id == location_id,
                    found.c.archived_at.is_(None),
                )
                .values(archived_at=self._work.now)
            )

    async def hours(self, location_ids: Collection[UUID]) -> list[Row[Any]]:
        """Opening hours of those locations, by weekday and time."""
        return await self._work.fetch(_HOURS_OF, clinic_id=self._clinic_id, ids=list(location_ids))

    async def set_hours(self, location_id: UUID, hours: Collection[Mapping[str, Any]]) -> None:
        """Replaces the location's opening hours."""
        await self._work.execute(
            delete(_HOURS).where(_HOURS.c.clinic_id == self._clinic_id, _HOURS.c.location_id == location_id)
        )
        if hours:
            rows = [{"clinic_id": self._clinic_id, "location_id": location_id, **span} for span in hours]
            await self._work.execute(insert(_HOURS), rows)

    async def rooms(self, location_id: UUID | None) -> list[Row[Any]]:
        return await self._list(_ROOMS, location_id)

    async def room(self, room_id: UUID) -> Row[Any] | None:
        return await self._one(_ROOMS, room_id)

    async def add_room(self, **values: Any) -> None:
        await self._add(_ROOMS, values)

    async def change_room(self, room_id: UUID, **values: Any) -> None:
        await self._change(_ROOMS, room_id, values)

    async def room_named(self, location_id: UUID, name: str, *, but: UUID | None = None) -> bool:
        """Whether another room of the location has the name, without regard to case."""
        return await self._named(_ROOMS, name, but, location_id)

    async def archive_room(self, room_id: UUID) -> None:
        await self._change(_ROOMS, room_id, {"archived_at": self._work.now})

    async def devices(self, location_id: UUID | None) -> list[Row[Any]]:
        return await self._list(_DEVICES, location_id)

    async def device(self, device_id: UUID, *, archived: bool = False) -> Row[Any] | None:
        return await self._one(_DEVICES, device_id, archived=archived)

    async def add_device(self, **values: Any) -> None:
        await self._add(_DEVICES, values)

    async def change_device(self, device_id: UUID, **values: Any) -> None:
        await self._change(_DEVICES, device_id, values)

    async def archive_device(self, device_id: UUID) -> None:
        await self._change(_DEVICES, device_id, {"archived_at": self._work.now})

    async def _list(self, found: Table, location_id: UUID | None = None) -> list[Row[Any]]:
        if location_id is None:
            return await self._work.fetch(_all_of(found), clinic_id=self._clinic_id)
        of_place = _all_of(found, of_place=True)
        return await self._work.fetch(of_place, clinic_id=self._clinic_id, location_id=location_id)

    async def _one(
        self, found: Table, row_id: UUID, *, lock: bool = False, archived: bool = False
    ) -> Row[Any] | None:
        one = _one_of(found, lock=lock, archived=archived)
        return await self._work.fetch_one(one, clinic_id=self._clinic_id, id=row_id)

    async def _add(self, found: Table, values: Mapping[str, Any]) -> None:
        await self._work.execute(
            insert(found).values(clinic_id=self._clinic_id, created_at=self._work.now, **values)
        )

    async def _change(self, found: Table, row_id: UUID, values: Mapping[str, Any]) -> None:
        if values:
            await self._work.execute(
                update(found)
                .where(found.c.clinic_id == self._clinic_id, found.c.id == row_id)
                .values(**values)
            )

    async def _named(
        self, found: Table, name: str, but: UUID | None, location_id: UUID | None = None
    ) -> bool:
        statement = select(found.c.id).where(
            found.c.clinic_id == self._clinic_id,
            func.lower(found.c.name) == name.lower(),
            found.c.archived_at.is_(None),
        )
        if location_id is not None:
            statement = statement.where(found.c.location_id == location_id)
        if but is not None:
            statement = statement.where(found.c.id != but)
        return await self._work.row(statement.limit(1)) is not None
