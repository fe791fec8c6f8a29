"""What the demo clinics offer: each menu item with areas, phases and a course, priced from the town's session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from infra.ops.demo.cast import House, Town

_ITEMS: dict[str, dict[str, Any]] = {
    "acne_scars": {
        "name": "Pen needling for acne scars",
        "description": "Needles to the depth that the scar needs, zone by zone, after numbing.",
        "concerns": ["acne_scars", "scars", "uneven_tone"],
        "areas": [("face", 20, 1.0), ("back", 35, 1.4)],
        "course": (5, 28, 35, 49),
    },
    "fine_lines": {
        "name": "Face rejuvenation",
        "description": "A lighter pass over the face and neck for fine lines and elasticity.",
        "concerns": ["fine_lines", "elasticity", "uneven_tone"],
        "areas": [("face", 15, 0.85), ("neck", 15, 0.7)],
        "course": (4, 28, 28, 42),
    },
    "enlarged_pores": {
        "name": "Pore refining",
        "description": "Cheeks, nose and chin, shallow and even.",
        "concerns": ["enlarged_pores", "uneven_tone"],
        "areas": [("face", 12, 0.7)],
        "course": (4, 28, 28, 42),
    },
    "hair_loss": {
        "name": "Scalp needling",
        "description": "For thinning hair, beside what your doctor prescribes and never instead of it.",
        "concerns": ["hair_loss"],
        "areas": [("scalp", 18, 0.8)],
        "course": (6, 21, 28, 42),
    },
    "stretch_marks": {
        "name": "Stretch mark needling",
        "description": "Abdomen or thighs, with more time for larger areas.",
        "concerns": ["stretch_marks", "scars"],
        "areas": [("abdomen", 25, 1.1), ("thighs", 30, 1.25)],
        "course": (5, 28, 42, 56),
    },
}

_CAREFUL_FROM = 4.7


def treatment_input(key: str, house: House, town: Town, device_id: UUID) -> dict[str, Any]:
    """One menu item as the services take it. The course costs a tenth less than its sessions."""
    item = _ITEMS[key]
    sessions, least, target, most = item["course"]
    factor = 0.85 + 0.05 * house.quality
    prices = [int(town.session_price * share * factor) // 500 * 500 for _, _, share in item["areas"]]
    areas = [
        {"code": code, "minutes": minutes, "price": _money(price, town)}
        for (code, minutes, _), price in zip(item["areas"], prices, strict=True)
    ]
    return {
        "name": item["name"],
        "description": item["description"],
        "modality": "pen",
        "concerns": item["concerns"],
        "device_id": str(device_id),
        "booking_mode": "instant",
        "preparation_minutes": 10,
        "numbing_minutes": 25,
        "finish_minutes": 10,
        "downtime_days": 2,
        **_facts(key, house),
        "areas": areas,
        "course": {
            "sessions": sessions,
            "min_days": least,
            "target_days": target,
            "max_days": most,
            "price": _money(prices[0] * sessions * 9 // 10 // 500 * 500, town),
        },
    }


def _facts(key: str, house: House) -> dict[str, Any]:
    """What comes first and what is put on the skin; the better houses want a patch test."""
    careful = house.quality >= _CAREFUL_FROM
    numbing = (
        "Numbing cream with 5% lidocaine" if careful else "Cream with lidocaine and prilocaine, 2.5% each"
    )
    facts = {"numbing_product": numbing, "topicals": ["Hyaluronic acid serum"]}
    if key == "hair_loss":
        return {**facts, "topicals": [], "first_step": "consultation"}
    if careful:
        return {**facts, "first_step": "patch_test", "first_step_hours": 48}
    return facts


def _money(amount: int, town: Town) -> dict[str, Any]:
    return {"amount": amount, "currency": town.currency}
