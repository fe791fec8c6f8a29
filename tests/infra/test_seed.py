"""Synthetic clinics: as many as asked for, derived tables as a rebuild gives them, nothing private in the open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.commands import seed as command
from infra.ops.problem import Problem
from infra.ops.seed import plots
from infra.ops.seed.building import Progress, Writing, fill
from infra.ops.seed.chance import references, shares
from infra.ops.seed.crew import crew
from infra.ops.seed.towns import towns_by_people
from infra.ops.seed.wanted import Wanted, sizes
from infra.platform.settings import Settings
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from services.marketplace.projection import compare_with_truth
from services.reviews.service import rebuild_figures
from services.screening import service as screening
from tests.fixtures import MovableClock

WANTED = Wanted(clinics=14, practitioners=50, reviews=160, bookings=230, seed=7)
READ = PlatformScope("tests look at what was seeded")
_QUARTER = timedelta(minutes=15)
COUNTED = ("clinic", "clinic_slug", "listing", "practitioner", "review", "booking")
TRUTHS = {
    "a visit that stands has claims, one that does not has none": """
        SELECT count(*) FROM booking b WHERE (b.status IN ('confirmed', 'completed'))
        <> EXISTS (SELECT FROM claim c WHERE c.booking_id = b.id)""",
    "a completed visit has its record": """
        SELECT count(*) FROM booking b WHERE (b.status = 'completed')
        <> EXISTS (SELECT FROM session_record r WHERE r.booking_id = b.id)""",
    "what is over is over, what is to come is to come": """
        SELECT count(*) FROM booking, clock_offset
        WHERE (status = 'confirmed') <> (ends_at > now() + seconds * interval '1 second')""",
    "a review is of a completed visit, after it, and answers its invitation": """
        SELECT count(*) FROM review r JOIN booking b ON b.id = r.booking_id
        JOIN review_invitation i ON i.id = r.invitation_id
        WHERE b.status <> 'completed' OR r.created_at < b.ends_at OR i.answered_at <> r.created_at
        OR r.total <> r.result + r.comfort + r.cleanliness + r.explanation + r.value""",
    "sessions of a course lie in their window": """
        SELECT count(*) FROM course c JOIN booking a ON a.group_id = c.id
        JOIN booking b ON b.group_id = c.id AND b.position = a.position + 1
        WHERE b.starts_at - a.starts_at NOT BETWEEN make_interval(days => c.min_days - 1)
        AND make_interval(days => c.max_days + 1)""",
    "nothing happens before the clinic is published": """
        SELECT count(*) FROM booking b JOIN clinic c USING (clinic_id) WHERE b.created_at < c.published_at""",
    "the address of a clinic leads to it": """
        SELECT count(*) FROM clinic c LEFT JOIN clinic_slug s USING (slug)
        WHERE s.clinic_id IS DISTINCT FROM c.clinic_id""",
    "a checked credential will lapse by itself": """
        SELECT count(*) FROM credential c WHERE state = 'verified'
        AND NOT EXISTS (SELECT FROM timer t WHERE t.subject_id = c.id AND t.kind = 'credential.lapses')""",
}

KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2"""


async def _fill(database: Database, wanted: Wanted = WANTED, write: Writing | None = None) -> list[Progress]:
    return [progress async for progress in fill(database, wanted, towns_by_people(), write)]


async def _all(database: Database, statement: str) -> list[Any]:
    async with database.begin(READ) as work:
        return [tuple(row) for row in await work.rows(text(statement))]


async def test_the_world_is_as_large_as_asked_for_and_a_rebuild_changes_nothing(
    database: Database, clock: MovableClock
) -> None:
    now = await clock.now()
    # Far from the edges of the booking grid: first free times do not change while the test runs.
    await clock.advance(now.replace(minute=now.minute // 15 * 15, second=30, microsecond=0) - now + _QUARTER)
    await _fill(database)
    counts = {name: (await _all(database, f"SELECT count(*) FROM {name}"))[0][0] for name in COUNTED}
    assert counts == {
        "clinic": 14,
        "clinic_slug": 14,
        "listing": 14,
        "practitioner": 50,
        "review": 160,
        "booking": 230,
    }
    assert await compare_with_truth(database) == []
    figures = "SELECT * FROM review_figure ORDER BY clinic_id, subject_kind, subject"
    before = await _all(database, figures)
    clinics = [row[0] for row in await _all(database, "SELECT clinic_id FROM clinic")]
    async with database.begin(PlatformScope("a test makes sums again")) as work:
        await rebuild_figures(work, clinics)
    assert await _all(database, figures) == before
    for fact, broken in TRUTHS.items():
        assert await _all(database, broken) == [(0,)], fact
    await _answers_are_sealed(database)
    with pytest.raises(Problem, match="--seed"):
        await _fill(database)


async def _answers_are_sealed(database: Database) -> None:
    rows = await _all(database, "SELECT clinic_id, client_id, answers FROM screening_answer LIMIT 1")
    ((clinic_id, client_id, box),) = rows
    assert b"false" not in box
    async with database.begin(ClinicScope(clinic_id)) as work:
        (answered,) = await screening.read_answers(work, client_id)
        (consent,) = await screening.list_consents(work, client_id)
    assert set(answered.answers.values()) == {False}
    assert consent.signed_name


async def test_every_foreign_key_leads_somewhere(database: Database, superuser: AsyncEngine) -> None:
    await _fill(database)
    async with superuser.connect() as connection:
        keys = (await connection.execute(text(KEYS))).all()
        assert len(keys) > 40
        for table, name, definition in keys:
            # Made anew, a key is held against every row.
            await connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'))
            await connection.execute(text(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'))
        await connection.rollback()


async def test_the_same_seed_makes_the_same_world_in_one_process_or_in_several(
    database: Database, superuser: AsyncEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "CLINICS_A_PART", 1)
    wanted = Wanted(clinics=2, practitioners=5, reviews=6, bookings=9, seed=3)
    told = (
        "SELECT c.slug, c.description, b.reference, b.status FROM clinic c JOIN booking b USING (clinic_id)"
    )
    seen = []
    for write in (None, crew(settings)):
        async with superuser.begin() as connection:
            await connection.execute(
                text("TRUNCATE account, clinic, clinic_slug, listing, timer, booking_reference CASCADE")
            )
        progress = await _fill(database, wanted, write)
        assert [done.clinics for done in progress] == [1, 2]
        assert progress[-1].reviews == wanted.reviews
        seen.append(sorted(await _all(database, told)))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 9


def test_shares_are_whole_and_add_up() -> None:
    assert shares(10, [1.0, 1.0, 2.0]) == [2, 3, 5]
    found = sizes(Wanted(clinics=500, practitioners=2000, reviews=10_000, bookings=12_500))
    assert sum(size.practitioners for size in found) == 2000
    assert sum(size.reviews for size in found) == 10_000
    assert sum(size.bookings for size in found) == 12_500
    assert all(size.bookings >= size.reviews and size.practitioners >= 1 for size in found)
    assert max(size.reviews for size in found) > 4 * 20


def test_no_reference_comes_twice() -> None:
    numbers = references(1)
    assert len({next(numbers) for _ in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"clinics": 0}, "--clinics"),
        ({"clinics": 5, "practitioners": 4}, "--practitioners"),
        ({"clinics": 5, "reviews": 50, "bookings": 40}, "--bookings"),
        ({"clinics": 1, "bookings": 10_000}, "bookings a clinic"),
    ],
)
def test_numbers_that_no_world_can_have_are_refused(given: dict[str, int], words: str) -> None:
    whole = {"clinics": 1, "practitioners": None, "reviews": None, "bookings": None, "seed": 1} | given
    with pytest.raises(Problem, match=words):
        command.run(**whole)  # type: ignore[arg-type]  # what argparse would give


def test_production_is_never_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLEWISE_MODE", "production")
    with pytest.raises(Problem, match="production"):
        command.run(1, None, None, None, 1)
