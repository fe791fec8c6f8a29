"""What a moderator asks to be changed, shown where it is put right: at its field, or on its page."""

from __future__ import annotations

from services.clinics import service as clinics
from services.clinics.schemas import ClinicView
from services.kernel.work import ClinicWork

# Where a point is put right, by the first part of its field; everything else is on the profile, at the field itself.
PAGES = {
    "credentials": "practitioners",
    "practitioners": "practitioners",
    "treatments": "treatments",
    "devices": "devices",
    "rooms": "rooms",
    "locations": "locations",
    "hours": "locations",
    "business": "business",
}


def page_of(field: str) -> str:
    """The page on which a point is put right; `credentials.2.number` counts as `credentials`."""
    return PAGES.get(field.split(".", maxsplit=1)[0], "profile")


def points_at_fields(clinic: ClinicView) -> dict[str, str]:
    """The points of the profile's own fields, by field."""
    return {
        point["field"]: point["message"]
        for point in clinic.changes_requested
        if page_of(point["field"]) == "profile"
    }


async def read_points(work: ClinicWork, page: str) -> list[str]:
    """What a moderator asks for on a page; nothing once the clinic has sent it in again."""
    clinic = await clinics.get_clinic(work)
    return [point["message"] for point in clinic.changes_requested if page_of(point["field"]) == page]
