"""Use cases of retention: once a day everything past its time is erased, and what was erased or kept is reported.

The relay sees to it that the day's timer is there; its actor erases in batches, and where a rule has more than a few
batches goes on in another run. The rules are data (`data/retention.toml`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.timers import set_timer
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.privacy.events import RETENTION_DUE
from services.privacy.law import Rule, laws, rules, rules_version
from services.privacy.retention_repository import BATCH, Counts, ReportRepository, Sweeper
from services.privacy.schemas import ReportLine

AT = time(3)
MOST_BATCHES = 20
KEPT_DONE = rules()["deliveries"].after
_SUBJECT = uuid5(NAMESPACE_URL, "needlewise:retention")


async def plan(work: PlatformWork) -> None:
    """The timer of today's run: one a day, however many relays see to it."""
    today = work.now.date()
    event = RETENTION_DUE(ran_on=today.isoformat())
    due = datetime.combine(today, AT, UTC)
    set_timer(work, event, _SUBJECT, due, version=today.toordinal())


async def run(work: PlatformWork, ran_on: date) -> None:
    """Applies every rule; where one was not finished, announces another run. Done again, it finds nothing."""
    sweeper, unfinished = Sweeper(work), False
    for rule in rules().values():
        if rule.keeps:
            law = laws()[rule.keeps]
            await _report(work, ran_on, rule, kept=await _kept(sweeper, work, rule, law.years))
            continue
        erased, full = await _sweep(sweeper, work, rule)
        unfinished = unfinished or full
        await _report(work, ran_on, rule, erased=erased)
    if unfinished:
        work.announce(RETENTION_DUE(ran_on=ran_on.isoformat()))


async def _sweep(sweeper: Sweeper, work: PlatformWork, rule: Rule) -> tuple[Counts, bool]:
    """What the rule erased by clinic, and whether more may be left."""
    erased: Counts = Counts()
    for _ in range(MOST_BATCHES):
        found: Counts = await getattr(sweeper, rule.code)(work.now - rule.after)
        erased += found
        if found.total() < BATCH:
            return erased, False
    return erased, True


async def _kept(sweeper: Sweeper, work: PlatformWork, rule: Rule, years: int) -> Counts:
    today = work.now
    before = today.replace(year=today.year - years, day=min(today.day, 28))
    counted: Counts = await getattr(sweeper, f"count_{rule.code}")(before)
    return counted


async def _report(
    work: PlatformWork, ran_on: date, rule: Rule, *, erased: Counts | None = None, kept: Counts | None = None
) -> None:
    gone, stays = erased or Counts(), kept or Counts()
    for clinic_id in gone.keys() | stays.keys():
        await note(work, ran_on, rule.code, clinic_id, erased=gone[clinic_id], kept=stays[clinic_id])


async def note(
    work: PlatformWork, ran_on: date, rule: str, clinic_id: UUID | None, *, erased: int = 0, kept: int = 0
) -> None:
    """Adds to the day's report."""
    version, _ = rules_version()
    await ReportRepository(work).add(ran_on, rule, version, clinic_id, erased=erased, kept=kept)


async def note_deliveries(work: PlatformWork, erased: int) -> None:
    """Finished work that the relay deleted between the runs counts in the day's report."""
    if erased:
        await note(work, work.now.date(), "deliveries", None, erased=erased)


async def list_reports(work: ClinicWork, limit: int = 200) -> list[ReportLine]:
    """What retention did with the clinic's own rows, the latest day first."""
    rows = await ReportRepository(work).list_latest(limit, work.scope.clinic_id)
    return [_line(row, row.clinic_id) for row in rows]


async def list_all_reports(work: PlatformWork, limit: int = 200) -> list[ReportLine]:
    """The same over all clinics and the platform's own rows, summed."""
    return [_line(row, None) for row in await ReportRepository(work).sum_latest(limit)]


def list_rules(_work: AnyWork | None = None) -> list[Rule]:
    """The rules in force."""
    return list(rules().values())


def _line(row: Any, clinic_id: UUID | None) -> ReportLine:
    rule = rules().get(row.rule)
    return ReportLine(
        ran_on=row.ran_on,
        rule=row.rule,
        what=rule.what if rule else row.rule,
        reason=rule.reason if rule else "",
        source=rule.source if rule else "",
        erased=int(row.erased),
        kept=int(row.kept),
        kept_because=laws()[rule.keeps].source if rule and rule.keeps else "",
        clinic_id=clinic_id,
    )
