"""Use cases of clinics: finding one, beginning one, what it says of itself, its audit.

Beside it: `places` (locations, rooms, devices), `team`, `standing` (the way to publication).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.accounts.schemas import SignedIn
from services.clinics import rules
from services.clinics.audit import audit_views
from services.clinics.closures import (
    add_exception,
    choose_holiday,
    list_days,
    list_exceptions,
    list_holidays,
    remove_exception,
    require_ahead,
)
from services.clinics.events import CHANGED
from services.clinics.held_edits import (
    apply_edit,
    find_held_edit,
    hold_sensitive,
    list_held_edits,
    take_edit,
    withdraw_edit,
)
from services.clinics.invitations import (
    accept_invitation,
    find_invited_language,
    get_invitation,
    get_offer,
    invitation_link,
    invite,
    invite_again,
    list_invitations,
    read_invitation_link,
    withdraw_invitation,
)
from services.clinics.models import EditSubject, Role
from services.clinics.places import (
    add_device,
    add_location,
    add_room,
    archive_device,
    archive_location,
    archive_room,
    get_device,
    get_location,
    get_room,
    list_devices,
    list_locations,
    list_rooms,
    set_location_hours,
    update_device,
    update_location,
    update_room,
)
from services.clinics.repository import (
    ClinicRepository,
    clinic_of_public_slug,
    clinic_of_slug,
    memberships_of,
    named,
    named_like,
)
from services.clinics.schemas import AuditView, ClinicNamed, ClinicPatch, ClinicView, MemberOf, NewClinic
from services.clinics.standing import (
    mark_submitted,
    publish,
    reject,
    remove,
    request_changes,
    restore,
    suspend,
)
from services.clinics.team import (
    add_member,
    choose_notices,
    find_language,
    find_own_place,
    get_member,
    list_owners,
    list_readers,
    list_team,
    remove_member,
    update_member,
)
from services.clinics.travel import list_travel, set_travel
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.ports import Asks
from services.kernel.work import AnyWork, ClinicWork, PlatformWork

__all__ = [
    "accept_invitation",
    "add_device",
    "add_exception",
    "add_location",
    "add_member",
    "add_room",
    "apply_edit",
    "archive_device",
    "archive_location",
    "archive_room",
    "choose_holiday",
    "choose_notices",
    "create_clinic",
    "find_any_clinic_id",
    "find_clinic_id",
    "find_held_edit",
    "find_invited_language",
    "find_language",
    "find_own_place",
    "get_clinic",
    "get_device",
    "get_invitation",
    "get_location",
    "get_member",
    "get_offer",
    "get_room",
    "hold_sensitive",
    "invitation_link",
    "invite",
    "invite_again",
    "list_audit",
    "list_days",
    "list_devices",
    "list_exceptions",
    "list_held_edits",
    "list_holidays",
    "list_invitations",
    "list_locations",
    "list_memberships",
    "list_named",
    "list_named_like",
    "list_owners",
    "list_readers",
    "list_rooms",
    "list_team",
    "list_travel",
    "mark_submitted",
    "publish",
    "read_invitation_link",
    "reject",
    "remove",
    "remove_exception",
    "remove_member",
    "request_changes",
    "require_ahead",
    "restore",
    "set_location_hours",
    "set_travel",
    "suspend",
    "take_edit",
    "update_clinic",
    "update_device",
    "update_location",
    "update_member",
    "update_room",
    "withdraw_edit",
    "withdraw_invitation",
]

_MOST_SLUGS_TRIED = 50
CLINICS_A_DAY = 20


async def find_clinic_id(asks: Asks, slug: str) -> UUID | None:
    """The live clinic under the slug, or nothing; asked of the database itself, as nobody in particular."""
    return await clinic_of_public_slug(asks, slug)


async def find_any_clinic_id(work: AnyWork, slug: str) -> UUID | None:
    """The clinic under the slug whether live or not: for operators and moderators, never for the public."""
    return await clinic_of_slug(work, slug)


async def list_named(work: PlatformWork, clinic_ids: Collection[UUID]) -> list[ClinicNamed]:
    """What clinics are called, live or not: for operators and moderators."""
    return [ClinicNamed.model_validate(row) for row in await named(work, clinic_ids)]


async def list_named_like(work: PlatformWork, name: str, limit: int) -> list[ClinicNamed]:
    """Clinics, live or not, whose name has the text in it as people write it: for operators and moderators."""
    return [ClinicNamed.model_validate(row) for row in await named_like(work, name, limit)]


async def list_memberships(work: AnyWork, account_id: UUID) -> list[MemberOf]:
    """The clinics that an account works for, with its role in each."""
    return [
        MemberOf(row.clinic_id, row.slug, row.name, row.role, row.is_public)
        for row in await memberships_of(work, account_id)
    ]


async def create_clinic(work: ClinicWork, new: NewClinic, owner: SignedIn) -> ClinicView:
    """A draft under the scope's new id, with a slug from its name and its owner. Raises `TooManyRequests`."""
    wait = await work.tools.throttle.hit(f"clinics:{owner.account_id}", CLINICS_A_DAY, 24 * 60 * 60)
    if wait is not None:
        raise TooManyRequests(wait)
    clinics, clinic_id = ClinicRepository(work), work.scope.clinic_id
    slug = await _take_slug(clinics, new.name)
    await clinics.add(
        slug=slug, name=new.name, country=new.country, currency=new.currency, email=new.email or owner.email
    )
    await clinics.add_member(new_id(), owner.account_id, Role.OWNER)
    work.audit("clinic.create", "clinic", clinic_id)
    return await get_clinic(work)


async def _take_slug(clinics: ClinicRepository, name: str) -> str:
    slug = rules.slug_of(name)
    for number in range(1, _MOST_SLUGS_TRIED):
        tried = rules.slug_try(slug, number)
        if await clinics.take_slug(tried, name):
            return tried
    last = f"{slug[:40].rstrip('-')}-{new_id().hex[-12:]}"
    await clinics.take_slug(last, name)
    return last


async def get_clinic(work: ClinicWork) -> ClinicView:
    """The scope's clinic. Raises `NotFound`."""
    found = await ClinicRepository(work).get()
    if found is None:
        raise NotFound
    return ClinicView.model_validate(found)


async def update_clinic(work: ClinicWork, patch: ClinicPatch) -> ClinicView:
    """Changes what was given of profile and policies; a live clinic's listing follows. Sensitive edits of it are held.

    Raises `InvalidFields` for another currency once prices were public in the present one.
    """
    clinics, changes = ClinicRepository(work), patch.changes()
    found = await clinics.get(lock=True)
    if found is None:
        raise NotFound
    if changes.get("currency", found.currency) != found.currency and found.published_at is not None:
        raise InvalidFields.one("currency", "fixed", "Prices are public in this currency, so it stays.")
    changes = await hold_sensitive(
        work, EditSubject.CLINIC, found.clinic_id, found, changes, label=found.name
    )
    if changes:
        await clinics.change(**changes)
        if "name" in changes:
            await clinics.change_slug(name=changes["name"])
        work.audit("clinic.update", "clinic", found.clinic_id, fields=sorted(changes))
        work.announce(CHANGED(clinic_id=found.clinic_id))
    return await get_clinic(work)


async def list_audit(work: ClinicWork, limit: int = 50, cursor: str | None = None) -> Page[AuditView]:
    """Who did what in this clinic, newest first. Raises `InvalidFields` for a bad cursor."""
    before = None
    if cursor:
        try:
            before = UUID(str(decode_cursor(cursor, 1)[0]))
        except ValueError as error:
            raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error
    found = await ClinicRepository(work).audit(limit + 1, before)
    return page_of(await audit_views(work, found), limit, lambda item: (str(item.id),))
