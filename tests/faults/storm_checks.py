"""What has to be true when a storm is over, found out from the rows and from what the mail server took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.scope import PlatformScope
from services.marketplace.projection import compare_with_truth
from services.reviews import service as reviews
from services.reviews.schemas import RATINGS
from tests.faults.storm import Storm

# What was so this long before a message was taken may still be said: the change was not committed yet.
MARGIN = timedelta(seconds=5)
STATES = ("booking.confirmed.", "booking.rescheduled.", "booking.cancelled.")
_BOOKINGS = text("SELECT id, status, starts_at, changed_at - ends_at AS late FROM booking")
# A visit that was noted as over by then has its aftercare; later than that, when nothing helps any more, it has none.
IN_TIME, TOO_LATE = timedelta(days=1), timedelta(days=2)
_HISTORY = text("SELECT booking_id, at, status, starts_at FROM storm.visit ORDER BY n")
_TAKEN = text("SELECT notice_id, at FROM storm.taken ORDER BY n")
_NOTICES = text("SELECT id, notice_kind AS kind, subject_id, recipient, state, error, says FROM notice")
_REVIEWS = text("SELECT * FROM review ORDER BY id")
_FIGURES = text("SELECT * FROM review_figure ORDER BY clinic_id, subject_kind, subject")
_DEAD = text("SELECT actor, error FROM delivery WHERE state = 'dead'")
_OVERLAPS = text(
    "SELECT count(*) AS n FROM claim a JOIN claim b ON a.resource_id = b.resource_id AND a.id < b.id "
    "AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
)

Said = tuple[str, datetime]


@dataclass(frozen=True)
class Told:
    """A message that went out: when it was taken for that last, and what it says of each visit."""

    id: UUID
    kind: str
    recipient: str
    at: datetime
    says: Mapping[UUID, Said]


async def check(storm: Storm) -> str:
    """Raises where something is not so; gives the figures as one line."""
    told = await _told(storm)
    await _is_all_there(storm)
    await _was_true_when_it_went(storm, told)
    await _has_each_visit_its_messages(storm, told)
    await _are_figures_those_of_a_recount(storm)
    assert (wrong := await compare_with_truth(storm.database)) == [], f"listings of {wrong}"
    dead = await storm.read(_DEAD)
    assert dead == []
    (overlaps,) = await storm.read(_OVERLAPS)
    assert overlaps.n == 0
    return _was_taken_once(storm, told) + f", {len(storm.reviewed)} reviews"


async def _told(storm: Storm) -> list[Told]:
    """Everything that went out about visits, in order."""
    taken = {row.notice_id: row.at for row in await storm.read(_TAKEN)}
    notices = await storm.read(_NOTICES)
    failed = [one for one in notices if one.state == "failed"]
    # A reminder does not go twice, so one that was in the air when its sender was killed is failed.
    assert [one for one in failed if one.kind != "booking.reminder"] == []
    sent = [one for one in notices if one.state == "sent"]
    told = [Told(one.id, one.kind, one.recipient, taken[one.id], _says(one.says)) for one in sent]
    return sorted(told, key=lambda one: one.at)


def _says(says: Sequence[Mapping[str, str]]) -> dict[UUID, Said]:
    return {
        UUID(one["booking_id"]): (one["status"], datetime.fromisoformat(one["starts_at"])) for one in says
    }


async def _is_all_there(storm: Storm) -> None:
    """Nothing that was said to be done is lost, whatever was killed afterwards."""
    found = {row.id for row in await storm.read(_BOOKINGS)}
    assert set(storm.booked) <= found, "a booking is lost"
    assert set(storm.reviewed) <= {row.id for row in await storm.read(_REVIEWS)}, "a review is lost"


async def _was_true_when_it_went(storm: Storm, told: Sequence[Told]) -> None:
    """No message told a state that had ended when it was taken to be sent."""
    history: dict[UUID, list[Any]] = defaultdict(list)
    for row in await storm.read(_HISTORY):
        history[row.booking_id].append(row)
    stale = [
        (one.kind, booking_id)
        for one in told
        for booking_id, said in one.says.items()
        if not _was_so(history[booking_id], said, one.at)
    ]
    assert stale == [], "messages told what was not so any more"


def _was_so(history: Sequence[Any], said: Said, at: datetime) -> bool:
    ends = [row.at for row in history[1:]] + [at + MARGIN]
    return any(
        (row.status, row.starts_at) == said and row.at <= at and end >= at - MARGIN
        for row, end in zip(history, ends, strict=True)
    )


async def _has_each_visit_its_messages(storm: Storm, told: Sequence[Told]) -> None:
    """Client and team have been told each visit's last state, and nothing twice; aftercare came once, in time.

    However late a visit was noted, its client is asked once at most how it goes.
    """
    by_visit: dict[UUID, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    other: Counter[tuple[UUID, str]] = Counter()
    for one in told:
        for booking_id in one.says:
            if one.kind.startswith(STATES):
                by_visit[booking_id][one.recipient].append(one)
            else:
                other[booking_id, one.kind] += 1
    bookings = await storm.read(_BOOKINGS)
    everyone = {len(by_visit[row.id]) for row in bookings if row.status != "cancelled"}
    assert len(everyone) == 1, f"of some visits not everybody was told: {everyone}"
    for row in bookings:
        for messages in by_visit[row.id].values():
            _is_told_well(row, messages)
        came = row.status == "completed"
        care = other[row.id, "aftercare"]
        fewest, most = came and row.late <= IN_TIME, came and row.late <= TOO_LATE
        assert fewest <= care <= most, f"{row.id}: {care} times aftercare, noted {row.late} after its end"
        assert other[row.id, "review.invited"] <= came
        assert other[row.id, "check_in.asked"] <= came


def _is_told_well(row: Any, messages: Sequence[Told]) -> None:
    kinds = Counter(one.kind.rpartition(".")[0] for one in messages)
    said = [one.says[row.id] for one in messages]
    where = f"{row.id} is {row.status}, and was told {[one.kind for one in messages]}"
    assert kinds["booking.confirmed"] == 1, where
    assert messages[0].kind.startswith("booking.confirmed."), where
    assert all(now != before for before, now in pairwise(said)), where
    last = "cancelled" if row.status == "cancelled" else "confirmed"
    assert said[-1] == (last, row.starts_at), where
    assert kinds["booking.cancelled"] == (last == "cancelled"), where


async def _are_figures_those_of_a_recount(storm: Storm) -> None:
    """Every review was added to the figures of its subjects, once; making them again changes nothing."""
    written, figures = await storm.read(_REVIEWS), await storm.read(_FIGURES)
    assert all(one.counted_at is not None for one in written)
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in written:
        subjects = [("clinic", one.clinic_id), ("location", one.location_id), ("stage", one.stage)]
        subjects += [("practitioner", one.practitioner_id), ("treatment", one.treatment_id)]
        subjects += [("concern", one.concern)] if one.concern else []
        written_on = one.created_at.astimezone(UTC)
        subjects += [("quarter", f"{written_on.year}-Q{-(-written_on.month // 3)}")]
        if one.stage not in {"session", "course_end", "three_months"}:
            subjects = [("stage", one.stage)]
        for kind, subject in subjects:
            sums[kind, str(subject)].update(_amounts(one))
    found = {(row.subject_kind, row.subject): _without_zeros(row._mapping) for row in figures}
    assert found == {key: _without_zeros(amounts) for key, amounts in sums.items()}
    async with storm.database.begin(PlatformScope("a test makes figures again")) as work:
        await reviews.rebuild_figures(work, [row.clinic_id for row in figures])
    assert await storm.read(_FIGURES) == figures


def _amounts(one: Any) -> dict[str, int]:
    ratings = {name: int(getattr(one, name)) for name in RATINGS}
    total = sum(ratings.values())
    star = next(star for star in range(1, 6) if 2 * total < 10 * star + 5)
    return {
        "reviews": 1,
        "total_sum": total,
        "total_square_sum": total**2,
        f"stars_{star}": 1,
        **{f"{name}_sum": value for name, value in ratings.items()},
        "downtime_count": one.downtime_days is not None,
        "downtime_sum": one.downtime_days or 0,
    }


def _without_zeros(amounts: Mapping[str, Any]) -> dict[str, int]:
    keys = ("clinic_id", "subject_kind", "subject")
    return {name: value for name, value in amounts.items() if name not in keys and value}


def _was_taken_once(storm: Storm, told: Sequence[Told]) -> str:
    """The mail server has all that is noted as sent, and twice only what it did not answer for or a kill cut off."""
    taken = Counter(key.split("@")[0] for key in storm.mail.taken)
    unsaid = Counter(key.split("@")[0] for key in storm.mail.unanswered.elements())
    assert {f"<notice-{one.id.hex}" for one in told} <= set(taken), "noted as sent, and never taken"
    twice = {key: count - 1 - unsaid[key] for key, count in taken.items() if count > 1 + unsaid[key]}
    killed = sum(storm.done[f"broke {what}"] for what in ("worker", "postgres", "valkey"))
    most = killed * storm.it.settings.worker_threads
    assert sum(twice.values()) <= most, f"taken twice without a kill: {twice}"
    return f"{len(told)} sent, {sum(unsaid.values())} taken without an answer, {len(twice)} twice by a kill"
