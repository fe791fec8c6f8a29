"""Input and output of recalls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.accounts.schemas import Input
from services.courses.schemas import Lot, TrueOrFalse
from services.kernel.vault import is_nobodys


class RecallIn(Input):
    """A lot to call back, and what is added to the message to those on whom it was used."""

    lot: Lot = Field(description="As printed; case and blanks make no difference.", examples=["LOT-2291"])
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = Field(
        default="", description="In your own words: what is known, and what people should do."
    )
    earlier_versions: TrueOrFalse = Field(
        default=True,
        description="Tells those too whose record named the lot only before it was corrected.",
    )


class CallIn(Input):
    """Whether somebody was reached by telephone; `false` takes a note back that was a mistake."""

    reached: TrueOrFalse = Field(default=True, description="`false` takes back what was noted by mistake.")


@dataclass(frozen=True, slots=True)
class Call:
    """When it was noted that a person was reached by telephone, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class LotVisit:
    """A visit in whose record a lot is, or was before a correction (`latest` false). Instant in UTC."""

    id: UUID
    reference: str
    starts_at: datetime
    time_zone: str
    latest: bool


@dataclass(frozen=True, slots=True)
class LotPerson:
    """A client on whom a lot was used, with those visits, the latest first.

    `told_at`: when it was decided to tell them of it; what became of the message is known to `notices.recalls`.
    """

    client_id: UUID
    name: str
    email: str
    visits: tuple[LotVisit, ...]
    told_at: datetime | None
    notice_subject: UUID | None
    language: str = "en"
    phone: str = ""

    @property
    def erased(self) -> bool:
        """Whether they had their data erased: nobody can tell them any more."""
        return is_nobodys(self.email)

    @property
    def latest(self) -> bool:
        """Whether the latest version of a record names it."""
        return any(visit.latest for visit in self.visits)


@dataclass(frozen=True, slots=True)
class ToldPerson:
    """A client who is told of a recall: the subject of the message to them, when it was decided, and the call."""

    clinic_id: UUID
    recall_id: UUID
    client_id: UUID
    notice_subject: UUID
    told_at: datetime
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class RecallView:
    """A recall; `told`: to how many people a message goes or went, `not_told`: to how many it does not yet.

    Those who were erased do not count. `platform_words`, where the platform calls the lot back: what it says.
    """

    id: UUID
    lot: str
    words: str
    platform_words: str | None
    started_by: str
    started_at: datetime
    told: int
    not_told: int

    @property
    def by_platform(self) -> bool:
        """Whether the platform calls it back at every clinic."""
        return self.platform_words is not None


@dataclass(frozen=True, slots=True)
class LotTrace:
    """Where a lot was used in one clinic, and its recall where there is one; `lot`: as it was recorded."""

    lot: str
    people: tuple[LotPerson, ...]
    recall: RecallView | None

    @property
    def visits(self) -> int:
        return sum(len(person.visits) for person in self.people)

    def to_tell(self, *, earlier_versions: bool = True) -> list[LotPerson]:
        """Those who have not been told yet, and can be."""
        return [
            person
            for person in self.people
            if person.told_at is None and not person.erased and (person.latest or earlier_versions)
        ]


@dataclass(frozen=True, slots=True)
class LotAlike:
    """A lot that is written much as another, and in how many visits: the same wrapping may have been typed twice."""

    lot: str
    visits: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a confirmation did: the recall, and how many people are told by it now."""

    recall: RecallView
    newly_told: int


@dataclass(frozen=True, slots=True)
class ClinicWithLot:
    """A clinic that used a lot: in how many visits, on how many people, and to how many of them a message goes or went.

    `erased` of the people cannot be told any more.
    """

    clinic_id: UUID
    name: str
    slug: str
    visits: int
    people: int
    told: int
    erased: int

    @property
    def to_tell(self) -> int:
        """How many have not been told, and can be."""
        return self.people - self.told - self.erased


@dataclass(frozen=True, slots=True)
class PlatformRecallView:
    """A recall over all clinics."""

    id: UUID
    lot: str
    words: str
    started_by: str
    started_at: datetime
