"""What a clinic offers: templates of the field's catalogue, priced by country and by the clinic's own level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from infra.ops.seed.making import Making
from infra.ops.seed.sheets import Values
from services.clinics.models import Device
from services.treatments.catalogue import ClearedDevice, TreatmentTemplate, get_catalogue
from services.treatments.models import BookingMode, Treatment, TreatmentArea

_OF_MINUTES = {12: 0.75, 15: 0.85, 20: 1.0, 25: 1.15, 30: 1.3}
_UNCLEARED = (("Dermapen World", "Dermapen 4"), ("Eclipse", "MicroPen Evo"))


@dataclass(frozen=True, slots=True)
class Offered:
    """A treatment with its areas and its device, as rows."""

    treatment: Values
    areas: list[Values]
    device: Values


def add_devices(making: Making, location: Values) -> list[Values]:
    """One device, or two; most with a clearance that the catalogue knows."""
    chance = making.chance
    cleared = chance.sample(get_catalogue().devices, 2)
    chosen = [_of_catalogue(device) for device in cleared[: 1 + chance.happens(0.25)]]
    if chance.happens(0.12):
        maker, model = chance.choice(_UNCLEARED)
        chosen[0] = {"maker": maker, "model": model, "modality": "pen", "clearance": ""}
    # A minute apart, as somebody would enter them: what is listed oldest first has an order.
    times = [location["created_at"] + timedelta(minutes=number) for number in range(len(chosen))]
    return [
        making.add(Device, id=chance.id_at(at), location_id=location["id"], created_at=at, **device)
        for at, device in zip(times, chosen, strict=True)
    ]


def _of_catalogue(device: ClearedDevice) -> dict[str, str]:
    return {
        "maker": device.maker,
        "model": device.model,
        "modality": device.modality,
        "clearance": f"FDA {device.number}",
    }


def add_menu(making: Making, devices: list[Values]) -> list[Offered]:
    """Two to four treatments at most."""
    chance, templates = making.chance, get_catalogue().templates
    chosen = chance.sample(templates, min(len(templates), chance.choice((1, 2, 2, 3, 3, 4))))
    price = making.town.country.session_price * chance.near(1.0, 0.22, 0.55, 1.9)
    return [
        _add_treatment(making, template, chance.choice(devices), price, number)
        for number, template in enumerate(chosen, 1)
    ]


def _add_treatment(
    making: Making, template: TreatmentTemplate, device: Values, price: float, number: int
) -> Offered:
    chance, at = making.chance, making.plot.founded_at + timedelta(hours=1, minutes=number)
    prices = [_rounded(price * _OF_MINUTES.get(minutes, 1.0)) for _, minutes in template.areas]
    sessions = max(1, template.sessions - chance.choice((0, 0, 1, 2)))
    treatment = making.add(
        Treatment,
        id=chance.id_at(at),
        name=template.name,
        description=template.description,
        modality=template.modality,
        concerns=list(template.concerns),
        device_id=device["id"],
        booking_mode=BookingMode.REQUEST if chance.happens(0.1) else BookingMode.INSTANT,
        preparation_minutes=template.preparation_minutes,
        numbing_minutes=template.numbing_minutes,
        finish_minutes=template.finish_minutes,
        downtime_days=template.downtime_days,
        course_sessions=sessions,
        min_days=template.min_days,
        target_days=template.target_days,
        max_days=template.max_days,
        course_price=_rounded(prices[0] * sessions * chance.choice((0.85, 0.9, 0.95, 1.0))),
        created_at=at,
    )
    areas = [
        making.add(
            TreatmentArea,
            treatment_id=treatment["id"],
            area=code,
            minutes=minutes,
            price=area_price,
        )
        for (code, minutes), area_price in zip(template.areas, prices, strict=True)
    ]
    return Offered(treatment, areas, device)


def _rounded(price: float) -> int:
    """To five of the money's units."""
    return max(500, round(price / 500) * 500)
