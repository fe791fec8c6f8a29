"""Whether the clinic has whom and where a treatment is to be given: people and rooms that are named, one to numb in."""

from __future__ import annotations

from services.clinics import places
from services.clinics.models import RoomKind
from services.clinics.schemas import DeviceView
from services.kernel.errors import FieldError, InvalidFields
from services.kernel.language import gettext
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.treatments.models import NumbingIn
from services.treatments.schemas import NewTreatment

_TO_NUMB_IN = frozenset({RoomKind.NUMBING, RoomKind.ANY})


async def check_setting(work: ClinicWork, new: NewTreatment, device: DeviceView | None) -> None:
    """Raises `InvalidFields` for a person who is none of the clinic's, and where no room is there to numb in."""
    errors = []
    if new.performer_ids:
        known = {one for one, _, _ in await practitioners.list_names(work)}
        errors += [
            FieldError(f"performer_ids.{index}", "unknown", "This is none of the clinic's practitioners.")
            for index, one in enumerate(new.performer_ids)
            if one not in known
        ]
    if new.numbing_in is NumbingIn.NUMBING_ROOM and device is not None:
        rooms = await places.list_rooms(work, device.location_id)
        if not any(room.room_kind in _TO_NUMB_IN for room in rooms):
            words = "No room at its location is for numbing: say of one first that clients numb in it."
            errors.append(FieldError("numbing_in", "no-room", words))
    if errors:
        raise InvalidFields(errors)


async def check_rooms(work: ClinicWork, new: NewTreatment, device: DeviceView | None) -> None:
    """Raises `InvalidFields` for a room that is not at the device's location, or is for numbing alone."""
    if not new.room_ids or device is None:
        return
    there = {room.id: room for room in await places.list_rooms(work, device.location_id)}
    errors = []
    for index, one in enumerate(new.room_ids):
        if one not in there:
            words = "This room is not at the location of the device."
            errors.append(FieldError(f"room_ids.{index}", "unknown", words))
        elif there[one].room_kind is RoomKind.NUMBING:
            words = gettext("{room} is for numbing alone.", room=there[one].name)
            errors.append(FieldError(f"room_ids.{index}", "numbing-only", words))
    if errors:
        raise InvalidFields(errors)
