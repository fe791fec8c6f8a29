"""Use cases of treatments: a clinic's menu, held against the catalogue of the field."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.schemas import STORED
from services.clinics import places
from services.clinics import service as clinics
from services.clinics.schemas import DeviceView
from services.kernel.errors import FieldError, InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.language import gettext
from services.kernel.money import LARGEST_AMOUNT
from services.kernel.work import ClinicWork
from services.treatments import rules
from services.treatments.catalogue import get_catalogue
from services.treatments.events import CHANGED
from services.treatments.models import DeviceChoice, FirstStep
from services.treatments.protocols import care_of, get_protocol, keep_protocol
from services.treatments.repository import TreatmentRepository
from services.treatments.schemas import AreaView, NewTreatment, TreatmentPatch, TreatmentView
from services.treatments.setting import check_rooms, check_setting

__all__ = [
    "add_treatment",
    "any_of_kind",
    "archive_treatment",
    "covers",
    "get_catalogue",
    "get_protocol",
    "get_treatment",
    "label_depth",
    "label_states",
    "list_treatments",
    "update_treatment",
]

_PLAIN = (
    *("name", "description", "modality", "concerns", "booking_mode", "downtime_days"),
    *("first_step", "first_step_hours", "numbing_product", "topicals", "device_choice", "numbing_in"),
)


async def list_treatments(work: ClinicWork) -> list[TreatmentView]:
    """The clinic's menu, oldest item first. Prices in minor units of the clinic's currency."""
    return await _views(work, await TreatmentRepository(work).list_all())


async def get_treatment(work: ClinicWork, treatment_id: UUID, *, archived: bool = False) -> TreatmentView:
    """An item of the menu; with `archived`, also one that was taken off it. Raises `NotFound`."""
    found = await TreatmentRepository(work).find(treatment_id, archived=archived)
    if found is None:
        raise NotFound
    return (await _views(work, [found]))[0]


async def _views(work: ClinicWork, found: list[Row[Any]]) -> list[TreatmentView]:
    if not found:
        return []
    areas: dict[UUID, list[AreaView]] = {row.id: [] for row in found}
    by_id = {row.id: row for row in found}
    for area in await TreatmentRepository(work).areas(list(areas)):
        row = by_id[area.treatment_id]
        uses = _uses(row.device_clearance, row.device_model)
        labels = _states(uses, [area.area], row.concerns)
        view = AreaView(code=area.area, minutes=area.minutes, price=area.price, labels=labels)
        areas[area.treatment_id].append(view)
    return [
        TreatmentView.model_validate(
            {
                **row._mapping,  # noqa: SLF001  its documented way
                "areas": areas[row.id],
                "given_by": "named" if row.named else "everyone",
                "performer_ids": row.performers or [],
                "given_in": "named" if row.named_rooms else "any_room",
                "room_ids": row.rooms or [],
            }
        )
        for row in found
    ]


@lru_cache(maxsize=1)
def _labels() -> tuple[dict[str, rules.Uses], dict[str, rules.Uses]]:
    devices = get_catalogue().devices
    by_number = {device.number: device.uses for device in devices}
    return by_number, {device.model.lower(): device.uses for device in devices}


def _uses(clearance: str, model: str) -> rules.Uses | None:
    return rules.label_uses(clearance, model, *_labels())


def label_states(clearance: str, model: str, treatment: TreatmentView) -> dict[str, bool | None]:
    """Each use of a treatment, `area:concern`: whether the label of the device names it; null where not known."""
    return _states(_uses(clearance, model), [area.code for area in treatment.areas], treatment.concerns)


def _states(uses: rules.Uses | None, areas: Iterable[str], concerns: Iterable[str]) -> dict[str, bool | None]:
    return {
        f"{area}:{concern}": rules.on_label(uses, area, concern) for area in areas for concern in concerns
    }


def covers(clearance: str, model: str, areas: Iterable[str], concerns: Iterable[str]) -> bool:
    """Whether the label of a device names every use of a treatment: each of its concerns in each of its areas."""
    return rules.label_of(_states(_uses(clearance, model), areas, concerns).values()) == rules.ON_LABEL


def any_of_kind(treatment: TreatmentView, device: DeviceView) -> bool:
    """Whether another device than the named one may be used: one of its kind whose label covers the treatment too."""
    areas = [area.code for area in treatment.areas]
    return treatment.device_choice is DeviceChoice.KIND and covers(
        device.clearance, device.model, areas, treatment.concerns
    )


def label_depth(clearance: str, model: str) -> Decimal | None:
    """The greatest needle depth in mm on the label of a device; nothing where its label is not known or names none."""
    number = rules.clearance_number(clearance)
    for device in get_catalogue().devices:
        named = device.model.lower() == model.strip().lower() and bool(clearance.strip())
        if device.number == number or (number is None and named):
            return device.deepest_mm
    return None


async def add_treatment(work: ClinicWork, new: NewTreatment) -> TreatmentView:
    """An item of the menu.

    Raises `InvalidFields` for intervals out of order, another currency than the clinic's, a device, a person or a room
    that the clinic does not have, and any device of a kind where the label of the one named does not cover it.
    """
    await _check_values(work, new)
    device = await _device_of(work, new)
    await check_setting(work, new, device)
    await check_rooms(work, new, device)
    _check_kind(new, device)
    menu, treatment_id = TreatmentRepository(work), new_id()
    await menu.add(id=treatment_id, **_columns(new), device_id=device.id)
    await menu.set_areas(treatment_id, _area_rows(new))
    await menu.set_performers(treatment_id, new.performer_ids)
    await menu.set_rooms(treatment_id, new.room_ids)
    await keep_protocol(work, treatment_id, new.course, new.protocol, None)
    _changed(work, "treatment.add", treatment_id)
    return await get_treatment(work, treatment_id)


async def update_treatment(work: ClinicWork, treatment_id: UUID, patch: TreatmentPatch) -> TreatmentView:
    """Changes what was given; areas are replaced as a whole.

    Raises `NotFound`, and `InvalidFields` as for a new one.
    """
    menu, changes = TreatmentRepository(work), patch.changes()
    if not await menu.lock(treatment_id):
        raise NotFound
    present = await get_treatment(work, treatment_id)
    if not changes:
        return present
    protocol = await get_protocol(work, present)
    after = NewTreatment.model_validate(_merged(present, care_of(protocol), changes), context=STORED)
    await _check_values(work, after)
    device_id = present.device_id
    if {"device_id", "modality"} & set(changes):
        device_id = (await _device_of(work, after)).id
    device = await places.get_device(work, device_id, archived=True)
    if {"device_id", "modality", "numbing_in", "performer_ids"} & set(changes):
        await check_setting(work, after, device)
    if {"device_id", "modality", "room_ids"} & set(changes):
        await check_rooms(work, after, device)
    if {"device_id", "modality", "device_choice", "areas", "concerns"} & set(changes):
        _check_kind(after, device)
    await menu.change(treatment_id, **_columns(after), device_id=device_id)
    if "areas" in changes:
        await menu.set_areas(treatment_id, _area_rows(after))
    if "performer_ids" in changes:
        await menu.set_performers(treatment_id, after.performer_ids)
    if "room_ids" in changes:
        await menu.set_rooms(treatment_id, after.room_ids)
    await keep_protocol(work, treatment_id, after.course, after.protocol, protocol)
    _changed(work, "treatment.update", treatment_id, fields=sorted(changes))
    return await get_treatment(work, treatment_id)


async def archive_treatment(work: ClinicWork, treatment_id: UUID) -> None:
    """Takes an item off the menu; what was booked of it stays. Raises `NotFound`."""
    menu = TreatmentRepository(work)
    if not await menu.lock(treatment_id):
        raise NotFound
    await menu.change(treatment_id, archived_at=work.now)
    _changed(work, "treatment.archive", treatment_id)


def _changed(work: ClinicWork, action: str, treatment_id: UUID, **detail: Any) -> None:
    work.audit(action, "treatment", treatment_id, **detail)
    work.announce(CHANGED(treatment_id=treatment_id))


def _merged(present: TreatmentView, care: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A treatment as its input, with changes laid over it."""
    before: dict[str, Any] = {name: getattr(present, name) for name in (*_PLAIN, "device_id", "room_ids")}
    money = {"currency": present.currency}
    before["areas"] = [
        {"code": area.code, "minutes": area.minutes, "price": {"amount": area.price, **money}}
        for area in present.areas
    ]
    phases = ("preparation_minutes", "numbing_minutes", "finish_minutes")
    course = {
        "sessions": present.course_sessions,
        "min_days": present.min_days,
        "target_days": present.target_days,
        "max_days": present.max_days,
        "price": {"amount": present.course_price, **money},
    }
    return {
        **before,
        **changes,
        "phases": {name: getattr(present, name) for name in phases} | changes.get("phases", {}),
        "protocol": care | changes.get("protocol", {}),
        "course": course | changes.get("course", {}),
    }


async def _check_values(work: ClinicWork, new: NewTreatment) -> None:
    course = new.course
    errors = rules.interval_problems(course.min_days, course.target_days, course.max_days)
    too_early = rules.first_step_problem(new.first_step, new.first_step_hours)
    errors += [too_early] if too_early else []
    currency = (await clinics.get_clinic(work)).currency
    priced = [(f"areas.{index}.price", area.price) for index, area in enumerate(new.areas)]
    if course.price is not None:
        priced.append(("course.price", course.price))
    elif _course_price(new) > LARGEST_AMOUNT:
        errors.append(
            FieldError("course.price", "out-of-range", "The whole course costs more than we can keep.")
        )
    errors += [
        FieldError(
            f"{field}.currency",
            "wrong-currency",
            gettext("Prices of this clinic are in {currency}.", currency=currency),
        )
        for field, price in priced
        if price.currency != currency
    ]
    if errors:
        raise InvalidFields(errors)


async def _device_of(work: ClinicWork, new: NewTreatment) -> DeviceView:
    """The device that was named, or the only one that fits. Raises `InvalidFields`."""
    devices = await places.list_devices(work)
    if new.device_id is None:
        fitting = [device for device in devices if _fits(device, new.modality)]
        if len(fitting) == 1:
            return fitting[0]
        words = "Say which device is used." if devices else "Add a device first: a treatment needs one."
        raise InvalidFields.one("device_id", "missing", words)
    named = next((device for device in devices if device.id == new.device_id), None)
    if named is None:
        raise InvalidFields.one("device_id", "unknown", "The clinic has no such device.")
    if not _fits(named, new.modality):
        kind = named.modality.replace("_", " ")
        words = gettext("This device is a {kind}: choose its modality, or another device.", kind=kind)
        raise InvalidFields.one("device_id", "wrong-modality", words)
    return named


def _check_kind(new: NewTreatment, device: DeviceView | None) -> None:
    areas = [area.code for area in new.areas]
    if new.device_choice is not DeviceChoice.KIND or device is None:
        return
    if not covers(device.clearance, device.model, areas, new.concerns):
        words = (
            "Any of its kind is only for what the label of the device covers: every area and every concern."
        )
        raise InvalidFields.one("device_choice", "off-label", words)


def _fits(device: DeviceView, modality: str) -> bool:
    """Devices of a modality that is in the catalogue are used for that one alone."""
    known = {entry.code for entry in get_catalogue().modalities}
    return device.modality == modality or device.modality not in known


def _course_price(new: NewTreatment) -> int:
    if new.course.price is not None:
        return new.course.price.amount
    return rules.default_course_price(new.course.sessions, new.areas[0].price.amount)


def _columns(new: NewTreatment) -> dict[str, Any]:
    return {
        **new.model_dump(include=set(_PLAIN)),
        "first_step_hours": 0 if new.first_step is FirstStep.NONE else new.first_step_hours,
        **new.phases.model_dump(),
        "course_sessions": new.course.sessions,
        **new.course.model_dump(include={"min_days", "target_days", "max_days"}),
        "course_price": _course_price(new),
    }


def _area_rows(new: NewTreatment) -> list[dict[str, Any]]:
    return [{"area": area.code, "minutes": area.minutes, "price": area.price.amount} for area in new.areas]
