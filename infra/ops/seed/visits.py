"""Who came and who will come: clients with sealed answers, single visits and courses, claims on what they take."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from infra.ops.seed.chance import Chance
from infra.ops.seed.diary import Diary
from infra.ops.seed.houses import House
from infra.ops.seed.making import Making
from infra.ops.seed.menus import Offered
from infra.ops.seed.people import Treating
from infra.ops.seed.sheets import Values
from services.clients.models import Client
from services.courses.models import Course, SessionRecord
from services.courses.rules import course_status, split_price
from services.kernel.models import PersonKey
from services.kernel.vault import new_person_key, seal_with
from services.scheduling.board_rules import spans_of
from services.scheduling.models import Booking, BookingReference, BookingStatus, Claim
from services.scheduling.rules import Free, VisitShape, shape_of
from services.screening.models import Consent, Outcome, ScreeningAnswer
from services.screening.wording import TREATMENT, get_question_set
from services.treatments.rules import phases

_KEEPS_CLAIMS = frozenset({BookingStatus.CONFIRMED, BookingStatus.COMPLETED})
_DEPTHS = (Decimal("0.5"), Decimal("0.75"), Decimal("1.0"), Decimal("1.25"), Decimal("1.5"))
_TOPICALS = ((), ("hyaluronic acid",), ("hyaluronic acid",), ("saline",))
_COMES_BACK = 0.2
_FUTURE_DAYS = 45


@dataclass(slots=True)
class Visiting:
    """One clinic's clients and visits in the making."""

    making: Making
    house: House
    diary: Diary
    clients: list[Values]
    claimed: list[Values]
    chance: Chance
    there: list[list[Treating]]
    """Who may treat, by weekday."""

    @classmethod
    def of(cls, making: Making, house: House) -> Visiting:
        """The clinic with an empty diary."""
        longest = max(shape(offered, area).length for offered in house.menu for area in offered.areas)
        diary = Diary(making.chance, house.zone, house.openings, int(longest.total_seconds() // 60))
        there = [[one for one in house.people if one.may_treat_on(day)] for day in range(7)]
        return cls(making, house, diary, [], [], making.chance, there)

    @property
    def now(self) -> datetime:
        return self.making.now

    def past_visit(
        self, days_ago: tuple[int, int], status: BookingStatus = BookingStatus.COMPLETED
    ) -> list[Values]:
        """A single visit so many days ago, between the least and the most."""
        today = self.diary.day_of(self.now)
        nearest, furthest = days_ago
        at = self.diary.take_between(today - timedelta(days=furthest), today - timedelta(days=nearest))
        return self._book([at], self._choose(), status=status)

    def coming_visit(self) -> list[Values]:
        """A single visit in the weeks to come."""
        today = self.diary.day_of(self.now)
        at = self.diary.take_between(today + timedelta(days=1), today + timedelta(days=_FUTURE_DAYS))
        return self._book([at], self._choose())

    def course(self, days_ago: int, most: int) -> list[Values]:
        """A whole course of at most so many sessions that began so many days ago; nothing where it does not fit."""
        fitting = [one for one in self.house.menu if 1 < one.treatment["course_sessions"] <= most]
        if not fitting:
            return []
        offered = self.chance.choice(fitting)
        plan, first = offered.treatment, self.diary.day_of(self.now) - timedelta(days=days_ago)
        at = self.diary.take(first)
        times = [] if at is None else [at]
        while at is not None and len(times) < plan["course_sessions"]:
            day = self.diary.day_of(at)
            at = self.diary.take_after(day, plan["target_days"], plan["min_days"], plan["max_days"])
            if at is not None:
                times.append(at)
        return self._book(times, offered, course=True) if at is not None else []

    def _choose(self) -> Offered:
        return self.chance.choice(self.house.menu)

    def _book(
        self,
        times: list[datetime],
        offered: Offered,
        *,
        course: bool = False,
        status: BookingStatus = BookingStatus.COMPLETED,
    ) -> list[Values]:
        area = self.chance.choice(offered.areas)
        made_at = min(times[0] - timedelta(days=self.chance.randint(2, 25)), self.now - timedelta(hours=2))
        client = self._client(max(made_at, self.house.clinic["published_at"]))
        prices = split_price(offered.treatment["course_price"], len(times)) if course else (area["price"],)
        group = {
            "group_id": self.chance.id_at(made_at),
            "client_id": client["id"],
            "area": area["area"],
            "created_at": made_at,
        }
        form = shape(offered, area)
        booked = [
            self._add_booking(offered, form, at, status, position=position, price=price, **group)
            for position, (at, price) in enumerate(zip(times, prices, strict=True), 1)
        ]
        if course:
            self._add_course(offered, booked)
        return booked

    def _add_booking(
        self, offered: Offered, form: VisitShape, at: datetime, past: BookingStatus, **values: Any
    ) -> Values:
        made_at = values["created_at"]
        status = past if at + form.length <= self.now else BookingStatus.CONFIRMED
        changed_at = {
            BookingStatus.CONFIRMED: made_at,
            BookingStatus.CANCELLED: max(made_at, at - timedelta(days=self.chance.randint(1, 9))),
        }.get(status, at + form.length)
        free = Free(
            at,
            self._practitioner(at).row["id"],
            self.chance.choice(self.house.rooms)["id"],
            offered.device["id"],
        )
        booking = self.making.add(
            Booking,
            id=self.chance.id_at(made_at),
            reference=next(self.making.references),
            treatment_id=offered.treatment["id"],
            location_id=self.house.location["id"],
            practitioner_id=free.practitioner_id,
            room_id=free.room_id,
            device_id=free.device_id,
            starts_at=at,
            ends_at=at + form.length,
            currency=self.house.clinic["currency"],
            status=status,
            cancelled_by="client" if status == BookingStatus.CANCELLED else "",
            changed_at=changed_at,
            **values,
        )
        self.making.add(
            BookingReference,
            reference=booking["reference"],
            booking_id=booking["id"],
        )
        if status in _KEEPS_CLAIMS:
            self._claim(booking, free, form)
        if status == BookingStatus.COMPLETED:
            self._add_record(booking)
        return booking

    def _practitioner(self, at: datetime) -> Treating:
        return self.chance.choice(self.there[self.diary.day_of(at).weekday()])

    def _claim(self, booking: Values, free: Free, form: VisitShape) -> None:
        for resource_id, span in spans_of(free, form):
            claim = self.making.add(
                Claim,
                id=self.chance.id_at(booking["created_at"]),
                booking_id=booking["id"],
                resource_id=resource_id,
                location_id=booking["location_id"] if resource_id == free.practitioner_id else None,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
            )
            if booking["status"] == BookingStatus.CONFIRMED:
                self.claimed.append(claim)

    def _add_record(self, booking: Values) -> None:
        self.making.add(
            SessionRecord,
            booking_id=booking["id"],
            areas=[booking["area"]],
            depth_mm=self.chance.choice(_DEPTHS),
            lot=f"LOT-{booking['starts_at']:%y%m}-{self.chance.choice('ABCDEF')}",
            topicals=list(self.chance.choice(_TOPICALS)),
            recorded_at=booking["ends_at"],
        )

    def _add_course(self, offered: Offered, booked: list[Values]) -> None:
        plan, first = offered.treatment, booked[0]
        self.making.add(
            Course,
            id=first["group_id"],
            client_id=first["client_id"],
            treatment_id=plan["id"],
            area=first["area"],
            sessions=len(booked),
            min_days=plan["min_days"],
            target_days=plan["target_days"],
            max_days=plan["max_days"],
            price=plan["course_price"],
            currency=self.house.clinic["currency"],
            status=course_status(booking["status"] for booking in booked),
            created_at=first["created_at"],
        )

    def _client(self, at: datetime) -> Values:
        known = [client for client in self.clients[-12:] if client["created_at"] <= at]
        if known and self.chance.happens(_COMES_BACK):
            return self.chance.choice(known)
        name = self.making.name()
        plain = "".join(sign for sign in name.lower() if sign.isascii() and sign.isalpha())
        client = self.making.add(
            Client,
            id=self.chance.id_at(at),
            name=name,
            email=f"{plain}.{len(self.clients) + 1}@mail.test",
            created_at=at,
        )
        self._seal_answers(client)
        self.clients.append(client)
        return client

    def _seal_answers(self, client: Values) -> None:
        """Answers that clear and a signed consent, sealed with a key of the client's own as any other's are."""
        asked, at, client_id = get_question_set(), client["created_at"], client["id"]
        key, wrapped = new_person_key(self.making.shared.keyring, client_id)
        self.making.add(PersonKey, person_id=client_id, wrapped=wrapped, created_at=at)
        self.making.add(
            ScreeningAnswer,
            id=self.chance.id_at(at),
            client_id=client_id,
            question_set=asked.version,
            language=asked.language,
            answers=seal_with(key, client_id, _clear_answers()),
            outcome=Outcome.CLEAR,
            answered_at=at,
        )
        self.making.add(
            Consent,
            id=self.chance.id_at(at),
            client_id=client_id,
            purpose=TREATMENT,
            text_version=asked.consent.version,
            language=asked.consent.language,
            signed_name=seal_with(key, client_id, client["name"].encode()),
            signed_at=at,
        )


def shape(offered: Offered, area: Values) -> VisitShape:
    """How a visit of that area takes its time and what it needs."""
    plan = offered.treatment
    return _shape(
        plan["preparation_minutes"], plan["numbing_minutes"], area["minutes"], plan["finish_minutes"]
    )


@cache
def _shape(*minutes: int) -> VisitShape:
    return shape_of((step.minutes, step.needs) for step in phases(*minutes))


@cache
def _clear_answers() -> bytes:
    """No to every question, as answers are kept before they are sealed."""
    questions = get_question_set().questions
    return json.dumps(
        dict.fromkeys((question.code for question in questions), False), sort_keys=True
    ).encode()
