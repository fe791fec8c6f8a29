"""The walk of a new owner: which page comes next on the way to going live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response

from services.clinics import service as clinics
from services.clinics.rules import allows
from services.kernel.work import ClinicWork
from services.marketplace.checklist import get_checklist
from services.marketplace.schemas import ChecklistItem
from web.clinic.nav import workspace
from web.context import AppRequest, ClinicAccess, Visitor
from web.pages import page

# The easiest order to walk in: what stands on its own first, what needs the rest of it later, the post last.
ORDER = (
    "location",
    "room",
    "device",
    "practitioner",
    "credential",
    "treatment",
    "registration",
    "insurance",
    "profile",
    "sterilisation",
    "email",
)
OPEN_STATES = frozenset({"draft", "changes_requested"})


@dataclass(frozen=True, slots=True)
class Walk:
    """How far the set-up is, and what comes next: a point of the checklist, or sending it in."""

    done: int
    total: int
    item: ChecklistItem | None

    @property
    def complete(self) -> bool:
        return self.done == self.total


def next_item(items: list[ChecklistItem]) -> ChecklistItem | None:
    """The first point that is not done, in the order of the walk; unknown codes come last."""
    place = {code: index for index, code in enumerate(ORDER)}
    left = [item for item in items if not item.done]
    return min(left, key=lambda item: place.get(item.code, len(ORDER)), default=None)


def walk_of(items: list[ChecklistItem]) -> Walk:
    """The walk by a checklist."""
    return Walk(sum(item.done for item in items), len(items), next_item(items))


async def read_walk(work: ClinicWork, access: ClinicAccess) -> Walk | None:
    """The walk, for those who set up a clinic that is not submitted yet."""
    if not allows(access.role, "clinic:manage"):
        return None
    if (await clinics.get_clinic(work)).status not in OPEN_STATES:
        return None
    return walk_of(await get_checklist(work))


async def leads_to(work: ClinicWork, access: ClinicAccess, before: Walk | None, otherwise: str) -> str:
    """Where to go after something was saved: on, once the point that was next `before` is done by it."""
    now = await read_walk(work, access)
    if before is None or before.item is None or now is None:
        return otherwise
    if now.item is None:
        return f"/clinic/{access.slug}"
    return otherwise if now.item.code == before.item.code else now.item.href


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page of the set-up: who asks, and in which clinic."""

    request: AppRequest
    visitor: Visitor
    access: ClinicAccess

    def page(
        self, template: str, *, current: str, walk: Walk | None = None, status: int = 200, **values: Any
    ) -> Response[str]:
        """A page of the workspace, with the walk's next step below it."""
        return page(
            self.request,
            template,
            status=status,
            home=f"/clinic/{self.access.slug}",
            access=self.access,
            walk=walk,
            **workspace(self.visitor, self.access, current),
            **values,
        )
