"""Which devices a treatment may take, exactly."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from services.scheduling.device_rules import Tool, devices_for
from services.treatments.models import DeviceChoice

NAMED = Tool(UUID(int=5), "Crown Aesthetics", "SkinPen Precision", "pen", "K202243", single_use=True)
TWIN = replace(NAMED, id=UUID(int=1), maker="crown aesthetics", model="SKINPEN PRECISION", clearance="")
COUSIN = Tool(UUID(int=2), "Other", "PRO Pen", "pen", "K243800", single_use=True)
LATER = replace(COUSIN, id=UUID(int=9))
ROLLER = replace(COUSIN, id=UUID(int=3), modality="roller")
REUSED = replace(COUSIN, id=UUID(int=4), single_use=False)
UNKNOWN = replace(COUSIN, id=UUID(int=6), clearance="")
THERE = [LATER, REUSED, NAMED, UNKNOWN, COUSIN, TWIN, ROLLER]


def chosen(choice: str, named: Tool = NAMED, modality: str = "pen") -> list[UUID]:
    return list(devices_for(choice, named, THERE, modality, lambda tool: bool(tool.clearance)))


def test_the_device_that_is_named_is_taken_alone() -> None:
    assert chosen(DeviceChoice.NAMED) == [NAMED.id]


def test_alike_is_of_the_same_maker_and_model_and_the_named_one_comes_first() -> None:
    assert chosen(DeviceChoice.ALIKE) == [NAMED.id, TWIN.id]


def test_of_its_kind_is_what_has_the_modality_the_needles_and_a_label_that_covers() -> None:
    assert chosen(DeviceChoice.KIND) == [NAMED.id, COUSIN.id, LATER.id]


def test_where_the_named_ones_label_does_not_cover_it_is_taken_alone() -> None:
    assert chosen(DeviceChoice.KIND, UNKNOWN) == [UNKNOWN.id]


def test_the_kind_is_the_treatments_and_the_named_one_stays() -> None:
    assert chosen(DeviceChoice.KIND, modality="roller") == [NAMED.id, ROLLER.id]


def test_one_that_is_gone_is_not_among_those_of_its_kind_and_not_taken_alone() -> None:
    gone = replace(NAMED, id=UUID(int=7))
    assert chosen(DeviceChoice.KIND, gone) == [COUSIN.id, NAMED.id, LATER.id]
    assert chosen(DeviceChoice.NAMED, gone) == []
    assert chosen(DeviceChoice.KIND, replace(gone, clearance="")) == []


@pytest.mark.parametrize("other", [replace(NAMED, maker="Quill"), replace(NAMED, model="Two")])
def test_what_shares_one_of_maker_and_model_is_not_alike(other: Tool) -> None:
    assert not NAMED.is_alike(other)
