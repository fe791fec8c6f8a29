"""Which device each item of a menu is given with, now that the one that is named for it may be gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.clinics import places
from services.clinics.schemas import DeviceView
from services.kernel.work import ClinicWork
from services.scheduling.device_rules import Tool, devices_for
from services.treatments.schemas import TreatmentView
from services.treatments.service import covers


async def devices_of(work: ClinicWork, menu: Sequence[TreatmentView]) -> dict[UUID, DeviceView]:
    """By item the device that is named for it, or the first that is taken in its place; an item may have none."""
    there = {device.id: device for device in await places.list_devices(work)}
    found = {
        item.id: there.get(item.device_id) or await _instead(work, item, there.values()) for item in menu
    }
    return {item_id: device for item_id, device in found.items() if device is not None}


async def _instead(work: ClinicWork, item: TreatmentView, there: Collection[DeviceView]) -> DeviceView | None:
    gone = await places.get_device(work, item.device_id, archived=True)
    areas = [area.code for area in item.areas]
    here = {device.id: device for device in there if device.location_id == gone.location_id}
    taken = devices_for(
        item.device_choice,
        _tool(gone),
        [_tool(device) for device in here.values()],
        item.modality,
        lambda tool: covers(tool.clearance, tool.model, areas, item.concerns),
    )
    return here[taken[0]] if taken else None


def _tool(device: DeviceView) -> Tool:
    return Tool(
        device.id,
        device.maker,
        device.model,
        device.modality,
        device.clearance,
        device.single_use_cartridges,
    )
