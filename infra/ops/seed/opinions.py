"""Invitations and reviews of completed visits, counted: of each session, of the course, three months on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.ops.seed.houses import House
from infra.ops.seed.making import Making
from infra.ops.seed.sheets import Values
from infra.ops.seed.voices import ratings_of, reply_of, words_of
from services.reviews.models import Review, ReviewInvitation
from services.reviews.rules import INVITATION_LASTS, shown_name, stages_after, star_of
from services.reviews.schemas import RATINGS
from services.scheduling.models import BookingStatus
from services.treatments.protocol_rules import REVIEW_DAYS

_ANSWERS_WITHIN = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client is asked about a completed visit, and when."""

    booking: Values
    stage: str
    at: datetime


def asked_of(group: list[Values], now: datetime) -> list[Asked]:
    """What was asked by now about visits booked together, as the slice's rule says."""
    statuses = {booking["position"]: str(booking["status"]) for booking in group}
    found = [
        Asked(booking, stage, booking["ends_at"] + after)
        for booking in group
        if booking["status"] == BookingStatus.COMPLETED
        for stage, after in stages_after(
            booking["position"], _statuses_then(statuses, booking["position"]), REVIEW_DAYS
        ).items()
    ]
    return [asked for asked in found if asked.at < now]


def _statuses_then(statuses: dict[int, str], position: int) -> dict[int, str]:
    """The statuses when that visit was completed: those after it were still to come."""
    return {
        other: status if other <= position else str(BookingStatus.CONFIRMED)
        for other, status in statuses.items()
    }


@dataclass(frozen=True, slots=True)
class Opinions:
    """Adds what is said of one clinic."""

    making: Making
    house: House
    names: dict[object, str]

    def add(self, asked: Asked, *, answered: bool) -> None:
        """The invitation, and with it the review where it was answered."""
        chance, booking = self.making.chance, asked.booking
        expires_at = asked.at + INVITATION_LASTS
        latest = min(self.making.now, asked.at + _ANSWERS_WITHIN)
        told_at = asked.at + (latest - asked.at) * chance.random()
        invitation = self.making.add(
            ReviewInvitation,
            id=chance.id_at(asked.at),
            booking_id=booking["id"],
            client_id=booking["client_id"],
            stage=asked.stage,
            invited_at=asked.at,
            expires_at=expires_at,
            answered_at=told_at if answered else None,
        )
        if answered:
            self._add_review(invitation, booking, told_at)

    def _add_review(self, invitation: Values, booking: Values, at: datetime) -> None:
        chance = self.making.chance
        ratings = ratings_of(chance, self.house.quality)
        total = sum(ratings[name] for name in RATINGS)
        reply = reply_of(chance, star_of(total))
        self.making.add(
            Review,
            id=chance.id_at(at),
            invitation_id=invitation["id"],
            booking_id=booking["id"],
            practitioner_id=booking["practitioner_id"],
            treatment_id=booking["treatment_id"],
            location_id=booking["location_id"],
            stage=invitation["stage"],
            concern=next(self._concern(booking), None),
            author=shown_name(self.names[booking["client_id"]]),
            **ratings,
            total=total,
            downtime_days=chance.choice((1, 1, 2, 2, 2, 3, 4)) if chance.happens(0.7) else None,
            body=words_of(chance, star_of(total)),
            created_at=at,
            counted_at=at,
            reply=reply,
            replied_at=None
            if reply is None
            else min(self.making.now, at + timedelta(days=chance.randint(1, 6))),
        )

    def _concern(self, booking: Values) -> Iterator[str]:
        if self.making.chance.happens(0.7):
            for offered in self.house.menu:
                if offered.treatment["id"] == booking["treatment_id"]:
                    yield self.making.chance.choice(offered.treatment["concerns"])
