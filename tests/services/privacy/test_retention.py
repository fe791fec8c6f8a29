"""Retention: planned once a day, erases what is past its time, keeps what is not, and reports both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices.models import NoticeState
from services.privacy import retention
from tests.factories import World, book_one, live_clinic
from tests.fixtures import MovableClock
from tests.services.privacy.life import a_life, reviewed
from workers.inline import drain

_SWEEPS = PlatformScope("a test plays the relay")


async def _plan_and_run(database: Database, clock: MovableClock) -> None:
    """At three in the morning, or later on that day."""
    now = await clock.now()
    due = datetime.combine(now.date(), retention.AT, UTC)
    if now < due:
        await clock.advance(due - now + timedelta(seconds=1))
    async with database.begin(_SWEEPS) as work:
        await retention.plan(work)
        await retention.plan(work)
    await drain(database, MailboxOnly())


async def _count(superuser: AsyncEngine, statement: str) -> int:
    async with superuser.connect() as connection:
        return int((await connection.execute(text(statement))).scalar_one())


async def _lines(database: Database, world: World) -> dict[str, int]:
    async with database.begin(world.scope) as work:
        return {line.rule: line.erased for line in await retention.list_reports(work)}


async def test_what_is_past_its_time_goes_and_is_reported(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    other = await live_clinic(database, name="Another Place", city="Chicago")
    await book_one(database, world)
    async with database.begin(world.scope) as work:
        await clinics.invite(work, NewMember(email="zoe@example.test", role=Role.MANAGER))
    await drain(database, MailboxOnly())
    words = "SELECT count(*) FROM notice WHERE text_body <> ''"
    written = await _count(superuser, words)
    assert written > 2

    await _plan_and_run(database, clock)
    assert await _count(superuser, words) == written
    assert await _lines(database, world) == {}

    await clock.advance(timedelta(days=91))
    await _plan_and_run(database, clock)
    assert await _count(superuser, "SELECT count(*) FROM team_invitation") == 0
    assert await _count(superuser, "SELECT count(*) FROM notice WHERE recipient = 'ana@example.test'") > 0
    erased = await _lines(database, world)
    assert erased["messages"] >= 2
    assert erased["invitations"] == 1
    assert "invitations" not in await _lines(database, other)
    async with database.begin(_SWEEPS) as work:
        all_lines = {line.rule: line for line in await retention.list_all_reports(work)}
    assert all_lines["tokens"].erased >= 1, "sign-ins whose time is over"
    assert all_lines["messages"].source

    before = await _lines(database, world)
    await _plan_and_run(database, clock)
    assert await _lines(database, world) == before, "a second run of the day finds nothing"

    await clock.advance(timedelta(days=640))
    await _plan_and_run(database, clock)
    assert await _count(superuser, "SELECT count(*) FROM notice WHERE recipient = 'ana@example.test'") == 0


async def test_messages_lose_words_and_address_in_time_whatever_became_of_them(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    """Also those whose delivery is dead, which nobody would ever send."""
    world = await live_clinic(database)
    await book_one(database, world)
    await drain(database, MailboxOnly())
    of_each = (
        "INSERT INTO notice (id, clinic_id, notice_kind, subject_id, version, recipient, title, text_body, "
        "html_body, attachments, state, attempts, created_at) "
        "SELECT gen_random_uuid(), clinic_id, notice_kind, gen_random_uuid(), 1, 'left@example.test', 'Title', "
        "'Words', '<p>Words</p>', '[{}]', :state, 0, created_at FROM notice "
        "WHERE clinic_id IS NOT NULL ORDER BY id LIMIT 1"
    )
    async with superuser.begin() as connection:
        for state in NoticeState:
            await connection.execute(text(of_each), {"state": state.value})
    left = "SELECT count(*) FROM notice WHERE recipient = 'left@example.test' AND {}"
    words = "title || text_body || html_body <> '' OR attachments <> '[]'"
    for days, told in ((89, len(NoticeState)), (2, 0)):
        await clock.advance(timedelta(days=days))
        await _plan_and_run(database, clock)
        assert await _count(superuser, left.format(f"({words})")) == told
    assert await _count(superuser, left.format("true")) == len(NoticeState)
    assert await _count(superuser, left.format("state IN ('queued', 'inflight')")) == 0
    for state in {*NoticeState} - {NoticeState.QUEUED, NoticeState.INFLIGHT, NoticeState.FAILED}:
        assert await _count(superuser, left.format(f"state = '{state}'")) == 1
    await clock.advance(timedelta(days=640))
    await _plan_and_run(database, clock)
    assert await _count(superuser, left.format("true")) == 0


async def test_more_than_a_run_takes_is_gone_on_with(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await live_clinic(database)
    old = "INSERT INTO idempotent_reply SELECT md5(n::text), '', 200, '', now() - interval '3 days' FROM "
    async with superuser.begin() as connection:
        await connection.execute(text(f"{old} generate_series(1, 21500) n"))
    await _plan_and_run(database, clock)
    assert await _count(superuser, "SELECT count(*) FROM idempotent_reply") == 0
    async with database.begin(_SWEEPS) as work:
        lines = {line.rule: line.erased for line in await retention.list_all_reports(work)}
    assert lines["replies"] == 21500


async def test_a_removed_review_loses_its_words_after_a_year(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await reviewed(database, clock)
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE review SET state = 'removed'"))
    for days, left in ((300, 1), (70, 0)):
        await clock.advance(timedelta(days=days))
        await _plan_and_run(database, clock)
        assert await _count(superuser, "SELECT count(*) FROM review WHERE author <> ''") == left
    assert await _count(superuser, "SELECT count(*) FROM review WHERE state = 'removed'") == 1


async def test_records_and_photos_past_their_time_stay_and_are_reported(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await a_life(database, clock)
    there = {
        "treatment_records": await _count(superuser, "SELECT count(*) FROM session_record"),
        "photos": await _count(superuser, "SELECT count(*) FROM clinical_photo"),
    }
    assert min(there.values()) > 0
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE clinical_photo SET added_at = added_at - interval '40 years'"))
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("UPDATE session_record SET recorded_at = recorded_at - interval '40 years'")
        )
    await _plan_and_run(database, clock)
    kept = (
        "SELECT coalesce(sum(kept), 0)::int FROM retention_report WHERE rule = '{rule}' "
        "AND ran_on = (SELECT max(ran_on) FROM retention_report)"
    )
    assert {rule: await _count(superuser, kept.format(rule=rule)) for rule in there} == there
    assert await _count(superuser, "SELECT count(*) FROM clinical_photo") == there["photos"]
