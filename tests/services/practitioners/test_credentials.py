"""Credentials over time: checked, changed, lapsed; who looked at evidence; what happens to its file."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.platform.assembly import Adapters
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.models import AuditEvent, Outbox, Timer
from services.kernel.private_files import storage_key
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.errors import CredentialLapsed
from services.practitioners.models import Credential, CredentialState
from services.practitioners.schemas import CredentialPatch, CredentialView, NewCredential, PractitionerHoursIn
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.practitioners.papers import pdf
from workers.inline import drain

_LOOK = PlatformScope("a test looks behind the scope")
MODERATOR = new_id()


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


def _moderating(world: World) -> ClinicScope:
    return ClinicScope(world.clinic_id, Actor("account", MODERATOR, "Mo"))


async def _claim(
    database: Database, world: World, clock: MovableClock, days: int | None = 10
) -> CredentialView:
    today = (await clock.now()).date()
    new = NewCredential(
        kind="registered_nurse",
        number=f"RN-{new_id()}",
        issuer="Nursys",
        jurisdiction="Arizona, US",
        issued_on=today - timedelta(days=400),
        expires_on=None if days is None else today + timedelta(days=days),
    )
    async with database.begin(world.scope) as work:
        return await practitioners.add_credential(work, world.practitioner_id, new)


async def _verify(database: Database, world: World, credential_id: UUID) -> CredentialView:
    async with database.begin(_moderating(world)) as work:
        return await practitioners.verify_credential(work, credential_id, against="Nursys, 23 November 2026")


async def _get(database: Database, world: World, credential_id: UUID) -> CredentialView:
    async with database.begin(world.scope) as work:
        return await practitioners.get_credential(work, credential_id)


async def _audit(database: Database, subject_id: UUID) -> list[Any]:
    rows = table(AuditEvent)
    async with database.begin(_LOOK) as work:
        return await work.rows(select(rows).where(rows.c.subject_id == subject_id).order_by(rows.c.id))


async def _events(database: Database, name: str) -> list[dict[str, str]]:
    rows = table(Outbox)
    async with database.begin(_LOOK) as work:
        return [row.payload for row in await work.rows(select(rows).where(rows.c.name == name))]


async def _timers(database: Database, credential_id: UUID) -> list[Any]:
    rows = table(Timer)
    async with database.begin(_LOOK) as work:
        return await work.rows(select(rows).where(rows.c.subject_id == credential_id).order_by(rows.c.due_at))


async def test_a_check_says_who_when_and_with_what(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    checked = await _verify(database, world, credential.id)
    assert (checked.state, checked.verified_against) == (CredentialState.VERIFIED, "Nursys, 23 November 2026")
    assert checked.verified_at is not None
    last = (await _audit(database, credential.id))[-1]
    assert (last.action, last.subject_kind, last.by_account_id) == (
        "credential.verify",
        "credential",
        MODERATOR,
    )
    assert last.detail == {
        "practitioner_id": str(world.practitioner_id),
        "against": "Nursys, 23 November 2026",
    }
    assert {"practitioner_id": str(world.practitioner_id)} in await _events(database, "practitioner.changed")


async def test_a_rejected_credential_says_so_and_can_be_checked_again(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    await _verify(database, world, credential.id)
    async with database.begin(_moderating(world)) as work:
        rejected = await practitioners.reject_credential(work, credential.id, against="Nursys")
    assert (rejected.state, rejected.verified_at, rejected.verified_against) == ("rejected", None, "")
    assert (await _audit(database, credential.id))[-1].action == "credential.reject"
    assert (await _verify(database, world, credential.id)).state == "verified"


async def test_a_checked_credential_lapses_when_its_last_day_is_over(
    database: Database, world: World, clock: MovableClock, adapters: Adapters
) -> None:
    credential = await _claim(database, world, clock, days=10)
    await _verify(database, world, credential.id)
    reminder, timer = await _timers(database, credential.id)
    assert (reminder.kind, reminder.payload["days"]) == ("credential.expires_soon", "7")
    assert (timer.kind, timer.payload) == ("credential.lapses", {"credential_id": str(credential.id)})
    await drain(database, adapters.mail)
    now = await clock.now()
    await clock.advance(timer.due_at - now - timedelta(seconds=60))
    await drain(database, adapters.mail)
    assert (await _get(database, world, credential.id)).state == "verified"
    await clock.advance(timedelta(seconds=120))
    assert (await _get(database, world, credential.id)).state == "lapsed"
    assert await _get_state(database, credential.id, world) == "verified"
    await drain(database, adapters.mail)
    assert await _get_state(database, credential.id, world) == "lapsed"
    assert (await _audit(database, credential.id))[-1].action == "credential.lapse"
    with pytest.raises(CredentialLapsed):
        await _verify(database, world, credential.id)


async def _get_state(database: Database, credential_id: UUID, world: World) -> str:
    rows = table(Credential)
    async with database.begin(world.scope) as work:
        return str(await work.scalar(select(rows.c.state).where(rows.c.id == credential_id)))


async def test_lapsing_twice_has_one_effect(database: Database, world: World, clock: MovableClock) -> None:
    credential = await _claim(database, world, clock, days=0)
    await _verify(database, world, credential.id)
    async with database.begin(world.scope) as work:
        assert not await practitioners.lapse_credential(work, credential.id)
    # A day is over last where the clinic is, which may be hours west.
    await clock.advance(timedelta(days=2))
    done = []
    for _ in range(2):
        async with database.begin(world.scope) as work:
            done.append(await practitioners.lapse_credential(work, credential.id))
    assert done == [True, False]
    async with database.begin(world.scope) as work:
        assert not await practitioners.lapse_credential(work, new_id())


async def test_a_credential_without_expiry_never_lapses(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock, days=None)
    await _verify(database, world, credential.id)
    assert await _timers(database, credential.id) == []
    await clock.advance(timedelta(days=5000))
    async with database.begin(world.scope) as work:
        assert not await practitioners.lapse_credential(work, credential.id)
    assert (await _get(database, world, credential.id)).state == "verified"


async def _change(database: Database, world: World, credential_id: UUID, **changes: Any) -> CredentialView:
    async with database.begin(world.scope) as work:
        patch = CredentialPatch.model_validate(changes)
        return await practitioners.update_credential(work, credential_id, patch)


async def test_an_early_renewal_waits_while_the_checked_version_counts_until_its_own_last_day(
    database: Database, world: World, clock: MovableClock, adapters: Adapters
) -> None:
    credential = await _claim(database, world, clock, days=10)
    checked = await _verify(database, world, credential.id)
    assert credential.expires_on is not None
    later = credential.expires_on + timedelta(days=100)
    for _ in range(2):
        held = await _change(database, world, credential.id, expires_on=later)
    assert (held.state, held.verified_at, held.expires_on) == (
        "verified",
        checked.verified_at,
        credential.expires_on,
    )
    assert held.renewal_expires_on == later
    dropped = await _change(database, world, credential.id, expires_on=credential.expires_on)
    assert (dropped.state, dropped.renewal_expires_on) == ("verified", None)
    await _change(database, world, credential.id, expires_on=later)
    async with database.begin(world.scope) as work:
        refused = await practitioners.reject_credential(work, credential.id)
    assert (refused.state, refused.renewal_expires_on, refused.expires_on) == (
        "verified",
        None,
        credential.expires_on,
    )
    await _change(database, world, credential.id, expires_on=later)
    await clock.advance(timedelta(days=12))
    await drain(database, adapters.mail)
    assert (await _get(database, world, credential.id)).state == "lapsed"
    renewed = await _verify(database, world, credential.id)
    assert (renewed.state, renewed.expires_on, renewed.renewal_expires_on) == ("verified", later, None)


async def test_another_number_with_the_renewal_is_another_credential_to_check(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock, days=10)
    await _verify(database, world, credential.id)
    assert credential.expires_on is not None
    later = credential.expires_on + timedelta(days=100)
    await _change(database, world, credential.id, expires_on=later)
    changed = await _change(database, world, credential.id, expires_on=later, number="MD-77")
    assert (changed.state, changed.verified_at, changed.verified_against) == ("unverified", None, "")
    assert (changed.expires_on, changed.renewal_expires_on) == (later, None)


async def test_a_renewed_credential_lapses_at_its_new_date(
    database: Database, world: World, clock: MovableClock, adapters: Adapters
) -> None:
    credential = await _claim(database, world, clock, days=10)
    await _verify(database, world, credential.id)
    assert credential.expires_on is not None
    await _change(database, world, credential.id, expires_on=credential.expires_on + timedelta(days=100))
    await _verify(database, world, credential.id)
    await clock.advance(timedelta(days=12))
    await drain(database, adapters.mail)
    assert (await _get(database, world, credential.id)).state == "verified"
    await clock.advance(timedelta(days=100))
    await drain(database, adapters.mail)
    assert (await _get(database, world, credential.id)).state == "lapsed"


async def test_a_change_that_changes_nothing_keeps_the_check(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    checked = await _verify(database, world, credential.id)
    async with database.begin(world.scope) as work:
        same = CredentialPatch(issuer=credential.issuer, expires_on=credential.expires_on)
        assert await practitioners.update_credential(work, credential.id, same) == checked


async def test_what_expires_earlier_than_it_was_issued_is_refused_after_a_change_too(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    async with database.begin(world.scope) as work:
        with pytest.raises(Exception, match="another look") as refused:
            await practitioners.update_credential(
                work, credential.id, CredentialPatch(issued_on=date(2100, 1, 1))
            )
    errors = [(error.field, error.code) for error in refused.value.errors]  # type: ignore[attr-defined]
    assert errors == [("issued_on", "in-future"), ("expires_on", "before-issue")]


async def test_of_two_claims_of_one_number_at_once_one_is_kept(
    database: Database, world: World, clock: MovableClock
) -> None:
    other = await _claim(database, world, clock)
    same = NewCredential(kind="dentist", number="D-1", issuer="GDC", jurisdiction="UK")

    async def claim() -> bool:
        try:
            async with database.begin(world.scope) as work:
                await practitioners.add_credential(work, world.practitioner_id, same)
        except InvalidFields:
            return False
        return True

    async def change() -> bool:
        patch = CredentialPatch(kind="dentist", number="D-1")
        try:
            async with database.begin(world.scope) as work:
                await practitioners.update_credential(work, other.id, patch)
        except InvalidFields:
            return False
        return True

    assert sorted(await asyncio.gather(claim(), change(), claim(), claim())) == [False, False, False, True]


async def test_evidence_that_is_removed_loses_its_file_after_the_commit(
    database: Database, world: World, clock: MovableClock, adapters: Adapters
) -> None:
    credential = await _claim(database, world, clock)
    async with database.begin(world.scope) as work:
        kept = await practitioners.add_evidence(work, credential.id, "a.pdf", pdf())
        gone = await practitioners.add_evidence(work, credential.id, "b.pdf", pdf(900))
    async with database.begin(world.scope) as work:
        await practitioners.erase_evidence_file(work, kept.id)
        await practitioners.delete_evidence(work, gone.id)
    key = storage_key(world.clinic_id, gone.id)
    assert await adapters.storage.get(key) == pdf(900)
    await drain(database, adapters.mail)
    with pytest.raises(KeyError):
        await adapters.storage.get(key)
    assert await adapters.storage.get(storage_key(world.clinic_id, kept.id)) == pdf()
    async with database.begin(world.scope) as work:
        await practitioners.delete_credential(work, credential.id)
    await drain(database, adapters.mail)
    with pytest.raises(KeyError):
        await adapters.storage.get(storage_key(world.clinic_id, kept.id))
    actions = [row.action for row in await _audit(database, credential.id)]
    assert actions == ["credential.add", "credential.delete"]


async def test_each_look_at_evidence_is_recorded_with_who_looked(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    async with database.begin(world.scope) as work:
        added = await practitioners.add_evidence(work, credential.id, "a.pdf", pdf())
    async with database.begin(_moderating(world)) as work:
        view, content = await practitioners.read_evidence(work, added.id)
    assert (view, content) == (added, pdf())
    add, look = await _audit(database, added.id)
    assert (add.action, look.action) == ("evidence.add", "evidence.read")
    assert (look.by_account_id, look.detail) == (MODERATOR, {"credential_id": str(credential.id)})


async def test_evidence_whose_file_is_missing_is_not_found(
    database: Database, world: World, clock: MovableClock, adapters: Adapters
) -> None:
    credential = await _claim(database, world, clock)
    async with database.begin(world.scope) as work:
        added = await practitioners.add_evidence(work, credential.id, "a.pdf", pdf())
    await adapters.storage.delete(storage_key(world.clinic_id, added.id))
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await practitioners.read_evidence(work, added.id)


async def test_another_clinics_credential_and_evidence_are_not_found(
    database: Database, world: World, clock: MovableClock
) -> None:
    credential = await _claim(database, world, clock)
    async with database.begin(world.scope) as work:
        added = await practitioners.add_evidence(work, credential.id, "a.pdf", pdf())
    async with database.begin(ClinicScope(new_id())) as work:
        for attempt in (
            practitioners.get_credential(work, credential.id),
            practitioners.verify_credential(work, credential.id, against="x"),
            practitioners.reject_credential(work, credential.id),
            practitioners.delete_credential(work, credential.id),
            practitioners.add_evidence(work, credential.id, "a.pdf", pdf()),
            practitioners.read_evidence(work, added.id),
            practitioners.delete_evidence(work, added.id),
            practitioners.get_practitioner(work, world.practitioner_id, archived=True),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_somebody_who_left_is_found_only_where_asked_for(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        before = await practitioners.list_hours_at(work, world.location_id)
        assert set(before) == {world.practitioner_id}
        await practitioners.archive_practitioner(work, world.practitioner_id)
    async with database.begin(world.scope) as work:
        assert await practitioners.list_practitioners(work) == []
        assert await practitioners.list_hours_at(work, world.location_id) == {}
        with pytest.raises(NotFound):
            await practitioners.get_practitioner(work, world.practitioner_id)
        with pytest.raises(NotFound):
            await practitioners.get_credential(work, world.credential_id)
        kept = await practitioners.get_practitioner(work, world.practitioner_id, archived=True)
    assert kept.id == world.practitioner_id


async def test_hours_follow_the_opening_hours_when_asked(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        before = await practitioners.get_practitioner(work, world.practitioner_id)
        none = await practitioners.set_practitioner_hours(
            work, world.practitioner_id, PractitionerHoursIn(hours=[])
        )
        after = await practitioners.follow_opening_hours(work, world.practitioner_id)
        with pytest.raises(NotFound):
            await practitioners.follow_opening_hours(work, new_id())
    assert none.hours == []
    assert after.hours == before.hours
    assert len(after.hours) == 7
