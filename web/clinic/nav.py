"""What stands around every page of a clinic's workspace: its name, the member's role, where they may go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.clinics.rules import ROLE_NAMES, allows
from services.kernel.language import N_
from web.context import ClinicAccess, Visitor
from web.locale import gettext

# Key, address below the clinic's, words, icon, the permission that shows it. Four fill a phone's bar.
_ENTRIES = (
    ("home", "", N_("Home"), "house", "clinic:read"),
    ("calendar", "/calendar", N_("Calendar"), "calendar-days", "bookings:read"),
    ("bookings", "/bookings", N_("Bookings"), "calendar-check", "bookings:read"),
    ("waitlist", "/waitlist", N_("Waitlist"), "bell", "bookings:read"),
    ("clients", "/clients", N_("Clients"), "users", "clients:read"),
    ("questions", "/questions", N_("Questions"), "message-square", "clients:read"),
    ("courses", "/courses", N_("Courses"), "route", "bookings:read"),
    ("lots", "/lots", N_("Lots"), "package", "sessions:record"),
    ("reviews", "/reviews", N_("Reviews"), "star", "reviews:reply"),
    ("practitioners", "/practitioners", N_("Practitioners"), "stethoscope", "practitioners:manage"),
    ("treatments", "/treatments", N_("Treatments"), "syringe", "treatments:manage"),
    ("locations", "/locations", N_("Locations"), "map-pin", "clinic:manage"),
    ("rooms", "/rooms", N_("Rooms"), "armchair", "clinic:manage"),
    ("devices", "/devices", N_("Devices"), "wrench", "clinic:manage"),
    ("team", "/team", N_("Team"), "user-plus", "team:manage"),
    ("business", "/business", N_("Business papers"), "shield-check", "clinic:manage"),
    ("profile", "/profile", N_("Profile"), "store", "clinic:manage"),
    ("pictures", "/pictures", N_("Pictures"), "image", "clinic:manage"),
    ("results", "/results", N_("Results"), "columns-3", "clinic:manage"),
    ("client_messages", "/client-messages", N_("Messages to clients"), "mail", "clinic:manage"),
    ("messages", "/messages", N_("Messages"), "bell", "bookings:read"),
    ("audit", "/audit", N_("Audit"), "history", "audit:read"),
)


def role_name(role: str) -> str:
    """A role in words."""
    return gettext(ROLE_NAMES.get(role, role))


def workspace_nav(
    access: ClinicAccess, current: str, waiting: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """The pages that the member's role may see; `current` is the key of the one shown, `waiting` counts by key."""
    return [
        {
            "href": f"/clinic/{access.slug}{path}",
            "label": gettext(label),
            "icon": icon,
            "current": key == current,
            "count": (waiting or {}).get(key),
        }
        for key, path, label, icon, permission in _ENTRIES
        if allows(access.role, permission)
    ]


def workspace(visitor: Visitor, access: ClinicAccess, current: str) -> dict[str, Any]:
    """What the workspace layout takes: `nav`, `workspace_name`, `workspace_note`, `workspace_home`."""
    name = next((member.name for member in visitor.clinics if member.slug == access.slug), access.slug)
    return {
        "nav": workspace_nav(access, current, visitor.waiting),
        "workspace_name": name,
        "workspace_note": role_name(access.role),
        "workspace_home": f"/clinic/{access.slug}",
    }
