"""Which devices a treatment may take: the one that is named, those that are alike, or any of its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.treatments.models import DeviceChoice


@dataclass(frozen=True, slots=True)
class Tool:
    """A device as far as the choice goes, with the clearance that the clinic states."""

    id: UUID
    maker: str
    model: str
    modality: str
    clearance: str
    single_use: bool

    def is_alike(self, other: Tool) -> bool:
        """Whether it is of the same maker and model."""
        return (self.maker.lower(), self.model.lower()) == (other.maker.lower(), other.model.lower())


def devices_for(
    choice: str, named: Tool, there: Sequence[Tool], modality: str, covers: Callable[[Tool], bool]
) -> tuple[UUID, ...]:
    """The devices of the place in the order of choice, the named one first.

    Of its kind is a device of the treatment's modality whose label covers all of the treatment, and whose needles are
    used as often: what is said of the named one is then true of whichever is taken. Where the label of the named one
    does not cover it, nothing else is taken. One that was taken away is not `there`, and not taken: the named one too,
    in whose place another is then.
    """
    if choice == DeviceChoice.ALIKE:
        found = [one.id for one in there if one.is_alike(named)]
    elif choice == DeviceChoice.KIND and covers(named):
        found = [
            one.id
            for one in there
            if one.id == named.id
            or (one.modality == modality and one.single_use == named.single_use and covers(one))
        ]
    else:
        found = [one.id for one in there if one.id == named.id]
    return tuple(sorted(found, key=lambda one: (one != named.id, one)))
