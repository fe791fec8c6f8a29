"""What happens in the demo world between its clinics and clients, week by week, through the services."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from infra.ops.demo.building import BuiltHouse
from infra.ops.demo.cast import CLIENTS, REMARKS
from services.accounts.schemas import SignedIn
from services.courses import booking as course_booking
from services.courses import followups, records
from services.courses.followup_schemas import CheckInAnswer
from services.courses.schemas import BookingIn, SessionRecordIn
from services.kernel.errors import Refusal
from services.kernel.scope import Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.notices import service as notices
from services.reviews import service as reviews
from services.reviews.schemas import NewReview
from services.scheduling import availability
from services.scheduling.reading import find_reference
from services.scheduling.schemas import Slot, SlotQuery
from services.screening.wording import get_question_set
from services.treatments import service as treatments

_LINK = re.compile(r"/(check-ins|reviews)/([A-Za-z0-9_.~-]{20,})")
_MAILBOX = PlatformScope("the demo world's clients read their mail")
_DAYS_AHEAD = 20
_MOST_STARS = 5


@dataclass(slots=True)
class Story:
    """The demo world as it is lived; the same seed tells the same story."""

    database: Database
    houses: list[BuiltHouse]
    client: SignedIn
    chance: random.Random
    visits: list[tuple[datetime, BuiltHouse, UUID]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    async def week(self, index: int) -> None:
        """One week: visits that are over are completed, mail is answered, some people book."""
        await self._complete_visits()
        await self._answer_mail()
        for number, house in enumerate(self.houses):
            if (index + number) % 5 == 0:
                await self._book(house, whole_course=(index + number) % 10 == 0)

    async def _book(self, house: BuiltHouse, *, whole_course: bool) -> None:
        name = self.chance.choice(CLIENTS)
        await self.book(house, name, f"{name.lower().replace(' ', '.')}@mail.test", whole_course=whole_course)

    async def book(
        self,
        house: BuiltHouse,
        name: str,
        email: str,
        *,
        whole_course: bool,
        account_id: UUID | None = None,
    ) -> None:
        """Books a free time within three weeks, a single visit or the whole course."""
        treatment_id = self.chance.choice(house.treatment_ids)
        by = Actor("account", account_id, name) if account_id else Actor("guest")
        async with self.database.begin(ClinicScope(house.scope.clinic_id, by)) as work:
            slot, area = await self._free_slot(work, treatment_id)
            if slot is None:
                return
            questions = get_question_set()
            wanted = {
                "clinic": house.slug,
                "treatment_id": str(treatment_id),
                "location_id": str(house.location_id),
                "area": area,
                "practitioner_id": str(slot.practitioner_id),
                "starts_at": slot.starts_at.isoformat(),
                "client": {"name": name, "email": email, "phone": ""},
                "screening": {
                    "version": questions.version,
                    "answers": {question.code: False for question in questions.questions},
                },
                "consent": {"version": questions.consent.version, "signed_name": name},
                "whole_course": whole_course,
            }
            booked = await course_booking.book(work, BookingIn.model_validate(wanted), account_id=account_id)
            for session in booked.sessions:
                found = await _booking_of(work, session.reference)
                self.visits.append((session.ends_at, house, found))

    async def _free_slot(self, work: ClinicWork, treatment_id: UUID) -> tuple[Slot | None, str]:
        area = (await treatments.get_treatment(work, treatment_id)).areas[0].code
        today = work.now.date()
        slots = await availability.list_slots(
            work,
            SlotQuery(
                treatment_id=treatment_id,
                area=area,
                from_on=today + timedelta(days=2),
                to_on=today + timedelta(days=_DAYS_AHEAD),
            ),
        )
        return (self.chance.choice(slots) if slots else None), area

    async def _complete_visits(self) -> None:
        async with self.database.begin(PublicScope()) as work:
            now = work.now
        over = [visit for visit in self.visits if visit[0] <= now]
        self.visits = [visit for visit in self.visits if visit[0] > now]
        for _, house, booking_id in sorted(over, key=lambda visit: visit[0]):
            async with self.database.begin(house.scope) as work:
                record = SessionRecordIn.model_validate(
                    {
                        "areas": ["face"],
                        "depth_mm": self.chance.choice(["0.5", "1.0", "1.5"]),
                        "lot": f"LOT-{self.chance.randint(2608, 2611)}-{self.chance.choice('AB')}",
                        "topicals": ["hyaluronic acid"],
                        "notes": "Even pinpoint bleeding, no more. Advised on sun.",
                    }
                )
                await records.complete_session(work, booking_id, record, by=house.scope.by.account_id)

    async def _answer_mail(self) -> None:
        async with self.database.begin(_MAILBOX) as work:
            sent = await notices.list_sent(work)
        for message in reversed(sent):
            for kind, token in _LINK.findall(message.text):
                if token in self.answered:
                    continue
                self.answered.add(token)
                try:
                    await (self._check_in(token) if kind == "check-ins" else self._review(token))
                except Refusal:
                    continue  # a link that has run out is what some people open

    async def _check_in(self, token: str) -> None:
        if self.chance.random() > 0.6:  # noqa: PLR2004  six in ten answer
            return
        async with self.database.begin(PublicScope()) as opened:
            clinic_id, check_in_id = followups.read_link(opened, token)
        answer = CheckInAnswer(
            downtime_days=self.chance.choice([1, 1, 2, 2, 3]), discomfort=self.chance.randint(1, 5)
        )
        async with self.database.begin(ClinicScope(clinic_id)) as work:
            await followups.answer_check_in(work, check_in_id, answer)

    async def _review(self, token: str) -> None:
        if self.chance.random() > 0.75:  # noqa: PLR2004  three in four answer
            return
        async with self.database.begin(PublicScope()) as opened:
            clinic_id, invitation_id = reviews.read_link(opened, token)
        quality = next(h.house.quality for h in self.houses if h.scope.clinic_id == clinic_id)
        stars = [self._stars(quality) for _ in range(5)]
        given = NewReview.model_validate(
            {
                "ratings": dict(
                    zip(("result", "comfort", "cleanliness", "explanation", "value"), stars, strict=True)
                ),
                "downtime_days": self.chance.choice([1, 2, 2, 3]),
                "text": self.chance.choice(REMARKS[max(2, round(sum(stars) / len(stars)))]),
            }
        )
        async with self.database.begin(ClinicScope(clinic_id)) as work:
            await reviews.write_review(work, invitation_id, given)

    def _stars(self, quality: float) -> int:
        return max(1, min(_MOST_STARS, round(self.chance.gauss(quality, 0.7))))


async def _booking_of(work: ClinicWork, reference: str) -> UUID:
    """The booking behind a reference."""
    found = await find_reference(work, reference)
    if found is None:
        raise LookupError(reference)
    return found[1]
