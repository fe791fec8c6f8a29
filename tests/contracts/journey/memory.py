"""Who takes part, and what a program remembers of the clinic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.contracts.journey.caller import Caller

OWNER, DESK, ANA, BEN = "owner@cedar.test", "desk@cedar.test", "ana@example.test", "ben@example.test"
PASSWORD = "a long walk by the sea"


@dataclass(frozen=True, slots=True)
class Clinic:
    """What a program remembers of the clinic: who owns it, its slug, and ids of what is in it."""

    owner: Caller
    slug: str
    location_id: str = ""
    treatment_id: str = ""

    @property
    def own(self) -> str:
        return f"/manage/{self.slug}"

    @property
    def public(self) -> str:
        return f"/clinics/{self.slug}"

    @property
    def treatment(self) -> str:
        return f"{self.public}/treatments/{self.treatment_id}"


def dollars(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "USD"}


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}
