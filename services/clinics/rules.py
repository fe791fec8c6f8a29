"""Decisions of clinics from values alone: roles, the way to publication, slugs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.kernel.errors import NotAllowed, WrongState
from services.kernel.language import DEFAULT, N_, gettext

OWNER, MANAGER, PRACTITIONER, FRONT_DESK = "owner", "manager", "practitioner", "front_desk"
LONGEST_SLUG = 60
_RESERVED = frozenset({"new", "clinics"})  # part of other addresses

ROLE_NAMES = {
    OWNER: N_("Owner"),
    MANAGER: N_("Manager"),
    PRACTITIONER: N_("Practitioner"),
    FRONT_DESK: N_("Front desk"),
}

# What a location says of its accessibility; the words for clients are on the pages.
ACCESSIBILITY = (
    "step_free",
    "lift",
    "wide_doors",
    "accessible_toilet",
    "accessible_parking",
    "hearing_loop",
    "quiet_hours",
)
_POSTCODE_LAST = frozenset({"US", "CA", "AU", "GB", "IE", "NZ", "IN"})
INVITATION_LASTS = timedelta(days=7)
LONGEST_EXCEPTION_DAYS = 366
HOLIDAYS_AHEAD_DAYS = 365
GRID_MINUTES = (5, 10, 15, 20, 30, 60)

# Every permission, in words for the team's page.
PERMISSION_NAMES: dict[str, str] = {
    "clinic:read": "Open the clinic's workspace",
    "bookings:read": "See calendar, bookings and courses",
    "bookings:manage": "Book, move and cancel visits, note arrivals, block time",
    "clients:read": "See clients, what they answered, notes and questions",
    "clients:manage": "Write clients' records and notes, merge records, answer questions",
    "sessions:record": "Write session records",
    "reviews:reply": "Reply to reviews",
    "treatments:manage": "Change the menu of treatments",
    "practitioners:manage": "Change practitioners, credentials and hours",
    "clinic:manage": "Change profile, pictures, locations, rooms and devices",
    "audit:read": "See who did what",
    "team:manage": "Invite people, change roles, take people off",
    "clinic:submit": "Submit the clinic for publication",
    "clinic:export": "Export the clinic's data",
    "clinic:close": "Close the clinic",
}
_ALL = frozenset(PERMISSION_NAMES)
_DAILY_WORK = frozenset({"clinic:read", "bookings:read", "bookings:manage", "clients:read", "clients:manage"})
_OWNERS_ALONE = frozenset({"team:manage", "clinic:submit", "clinic:export", "clinic:close"})
PERMISSIONS: dict[str, frozenset[str]] = {
    OWNER: _ALL,
    MANAGER: _ALL - _OWNERS_ALONE,
    PRACTITIONER: _DAILY_WORK | {"sessions:record"},
    FRONT_DESK: _DAILY_WORK,
}

# What clients rely on when they choose, by subject: a change of it on a published clinic waits for a moderator.
# Who the clinic and its people are, where it is, what with and how sterile it works. Credentials need no place
# here: a changed one counts as unchecked at once. What is added stands as the clinic's own word, and a person who
# is added can be booked only with a checked credential.
SENSITIVE: dict[str, dict[str, str]] = {
    "clinic": {
        "name": "Name",
        "country": "Country",
        "sterilisation_protocol": "Sterile working",
        "sterilisation_checked_on": "Sterile working last gone through on",
    },
    "location": {
        "street": "Street",
        "postcode": "Postcode",
        "city": "City",
        "region": "Region",
        "country": "Country",
        "latitude": "Latitude",
        "longitude": "Longitude",
        "time_zone": "Time zone",
    },
    "device": {
        "maker": "Maker",
        "model": "Model",
        "modality": "Kind of device",
        "clearance": "Clearance",
        "single_use_cartridges": "Single-use cartridges",
    },
    "practitioner": {"name": "Name", "title": "What they are"},
    "proof": {"number": "Number", "issuer": "Issued by", "valid_until": "Valid until"},
}

# Which status a clinic may come from, for each step. `moderation` decides when.
_COMES_FROM: dict[str, frozenset[str]] = {
    "submit": frozenset({"draft", "changes_requested"}),
    "publish": frozenset({"submitted"}),
    "request_changes": frozenset({"submitted"}),
    "reject": frozenset({"submitted"}),
    "suspend": frozenset({"live"}),
    "restore": frozenset({"suspended", "closed"}),
    "close": frozenset({"live", "suspended"}),
    "remove": frozenset({"live", "suspended"}),
    "reinstate": frozenset({"changes_requested", "rejected", "suspended", "removed"}),
}


def allows(role: str, permission: str) -> bool:
    """Whether the role includes the permission."""
    return permission in PERMISSIONS.get(role, frozenset())


def require_permission(role: str, permission: str) -> None:
    """Raises `NotAllowed` where the role does not include the permission."""
    if permission not in _ALL:
        raise ValueError(f"unknown permission {permission}")
    if not allows(role, permission):
        raise NotAllowed


def hears_of_booking(role: str, chosen: str, *, own: bool) -> bool:
    """Whether a member is told of what clients do with a booking; `own`: it is with them.

    Those who answer for the clinic hear of all, who treats of their own, the front desk has it before their eyes; each
    may choose otherwise.
    """
    wanted = chosen or {OWNER: "all", MANAGER: "all", PRACTITIONER: "own"}.get(role, "none")
    return wanted == "all" or (wanted == "own" and own)


def language_of_address(address: str, team: Sequence[tuple[str, str, str]]) -> str:
    """The language of letters to an address of a clinic's: that of who of the team has it, else of the first owner.

    `team`: (address, role, language), in order of joining.
    """
    theirs = [language for email, _, language in team if email.casefold() == address.casefold()]
    owners = [language for _, role, language in team if role == OWNER]
    return next(iter(theirs + owners), DEFAULT)


def wants_second_factor(role: str, permission: str, is_public: bool) -> bool:  # noqa: FBT001  a fact of the clinic
    """Whether an owner of a public clinic needs a second factor for it: what decides over people, or over all."""
    return role == OWNER and is_public and permission in _OWNERS_ALONE


def require_step(present: str, step: str) -> None:
    """Raises `WrongState` where a clinic of the present status cannot take the step."""
    if present not in _COMES_FROM[step]:
        status = gettext(present.replace("_", " "))
        words = gettext("The clinic is {status}: that step is not open to it.", status=status)
        raise WrongState(words, clinic_status=present)


def is_public(status: str) -> bool:
    """Whether the public sees a clinic of that status."""
    return status == "live"


def holds_edits(status: str) -> bool:
    """Whether sensitive edits wait for a moderator: what was approved is public, or may be again."""
    return status in {"live", "suspended"}


def split_sensitive(
    kind: str, present: object, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes that are not sensitive, and those that are and differ from the present values."""
    at_once = {name: value for name, value in changes.items() if name not in SENSITIVE[kind]}
    sensitive = {
        name: value
        for name, value in changes.items()
        if name in SENSITIVE[kind] and getattr(present, name) != value
    }
    return at_once, sensitive


def last_owner(owners: Iterable[object], leaving: object) -> bool:
    """Whether no owner would be left without this one."""
    return set(owners) <= {leaving}


def slug_of(name: str) -> str:
    """A name as part of an address: small Latin letters, digits and hyphens; `clinic` where none are left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].rstrip("-")
    return "clinic" if not slug else f"{slug}-clinic" if slug in _RESERVED else slug


def slug_try(slug: str, number: int) -> str:
    """The slug to try the nth time, from 1: `glow`, `glow-2`, `glow-3`."""
    ending = "" if number == 1 else f"-{number}"
    return slug[: LONGEST_SLUG - len(ending)].rstrip("-") + ending


def town_line(country: str, city: str, region: str, postcode: str) -> str:
    """City, region and postcode in the order of their country: `Austin, TX 78701`, `28001 Madrid`."""
    if country in _POSTCODE_LAST:
        return f"{city}, {region} {postcode}".strip() if region else f"{city} {postcode}".strip()
    return ", ".join(part for part in (f"{postcode} {city}".strip(), region) if part)
