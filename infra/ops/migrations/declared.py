"""The schema as the models declare it: every slice's tables, with policies and grants of their kinds."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from services.kernel.tables import Row, metadata, models

SLICES = (
    "kernel",
    "accounts",
    "clinics",
    "clients",
    "practitioners",
    "treatments",
    "questions",
    "screening",
    "scheduling",
    "courses",
    "reviews",
    "notices",
    "marketplace",
    "moderation",
    "privacy",
)

for _slice in SLICES:
    for _module in iter_modules(import_module(f"services.{_slice}").__path__):
        if _module.name.endswith("models"):
            import_module(f"services.{_slice}.{_module.name}")

declared = metadata


def declared_models() -> list[type[Row]]:
    """Every table model of every slice."""
    return models()
