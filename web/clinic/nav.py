"""What stands around every page of a clinic's workspace: its name, the member's role, where they may go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.clinics.rules import allows
from web.context import ClinicAccess, Visitor

ROLES = {
    "owner": "Owner",
    "manager": "Manager",
    "practitioner": "Practitioner",
    "front_desk": "Front desk",
}
# Key, address below the clinic's, words, icon, the permission that shows it. Four fill a phone's bar.
_ENTRIES = (
    ("home", "", "Home", "house", "clinic:read"),
    ("calendar", "/calendar", "Calendar", "calendar-days", "bookings:read"),
    ("bookings", "/bookings", "Bookings", "calendar-check", "bookings:read"),
    ("waitlist", "/waitlist", "Waitlist", "bell", "bookings:read"),
    ("clients", "/clients", "Clients", "users", "clients:read"),
    ("questions", "/questions", "Questions", "message-square", "clients:read"),
    ("courses", "/courses", "Courses", "route", "bookings:read"),
    ("lots", "/lots", "Lots", "package", "sessions:record"),
    ("reviews", "/reviews", "Reviews", "star", "reviews:reply"),
    ("practitioners", "/practitioners", "Practitioners", "stethoscope", "practitioners:manage"),
    ("treatments", "/treatments", "Treatments", "syringe", "treatments:manage"),
    ("locations", "/locations", "Locations", "map-pin", "clinic:manage"),
    ("rooms", "/rooms", "Rooms", "armchair", "clinic:manage"),
    ("devices", "/devices", "Devices", "wrench", "clinic:manage"),
    ("team", "/team", "Team", "user-plus", "team:manage"),
    ("business", "/business", "Business papers", "shield-check", "clinic:manage"),
    ("profile", "/profile", "Profile", "store", "clinic:manage"),
    ("pictures", "/pictures", "Pictures", "image", "clinic:manage"),
    ("client_messages", "/client-messages", "Messages to clients", "mail", "clinic:manage"),
    ("messages", "/messages", "Messages", "bell", "bookings:read"),
    ("audit", "/audit", "Audit", "history", "audit:read"),
)


def role_name(role: str) -> str:
    """A role in words."""
    return ROLES.get(role, role)


def workspace_nav(
    access: ClinicAccess, current: str, waiting: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """The pages that the member's role may see; `current` is the key of the one shown, `waiting` counts by key."""
    return [
        {
            "href": f"/clinic/{access.slug}{path}",
            "label": label,
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
