"""Sensitive edits: held while the approved version stays public, approved, rejected, taken back, and edited again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.held_edits import EditGone
from services.clinics.schemas import ClinicPatch, DevicePatch, HeldEditView, LocationPatch
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.kernel.work import Database
from services.moderation import deciding, edits
from services.moderation import service as moderation
from services.moderation.case_page import get_case_page
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import CaseView, Decide
from services.notices import service as notices
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerPatch
from tests.factories import World, live_clinic, person
from workers.inline import drain

SHARPER = DevicePatch(clearance="FDA K000001")


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def _held(database: Database, world: World) -> list[HeldEditView]:
    async with database.begin(world.scope) as work:
        return await clinics.list_held_edits(work)


async def _cases(database: Database, world: World) -> list[CaseView]:
    """The cases of edits, newest first, once everything has run."""
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        found = await moderation.list_clinic_cases(work)
    return [case for case in found if case.kind is CaseKind.SENSITIVE_EDIT]


async def _decide(database: Database, world: World, case_id: UUID, decision: Decision) -> CaseView:
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    reason = "meets_requirements" if decision is Decision.APPROVE else "device_not_cleared"
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        given = Decide(decision=decision, reason=reason, message="We looked it up.")
        return await deciding.decide(work, case_id, given)


async def test_the_approved_version_stays_until_a_moderator_agrees(database: Database, world: World) -> None:
    patch = ClinicPatch(
        name="Oak Skin", sterilisation_checked_on=date(2026, 1, 5), description="New words.", country="US"
    )
    async with database.begin(world.scope) as work:
        now = await clinics.update_clinic(work, patch)
    assert (now.name, now.sterilisation_checked_on, now.description) == ("Linden Skin", None, "New words.")
    (case,) = await _cases(database, world)
    assert case.detail["edit"]["changes"] == [
        {"field": "Name", "before": "Linden Skin", "after": "Oak Skin"},
        {"field": "Sterile working last gone through on", "before": None, "after": "2026-01-05"},
    ]
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        assert (await get_case_page(work, case.id)).possible == ["approve", "reject"]
    await _decide(database, world, case.id, Decision.APPROVE)
    async with database.begin(world.scope) as work:
        after = await clinics.get_clinic(work)
        (member,) = await clinics.list_memberships(work, world.owner.account_id)
    assert (after.name, after.sterilisation_checked_on, member.name) == (
        "Oak Skin",
        date(2026, 1, 5),
        "Oak Skin",
    )
    assert await _held(database, world) == []


async def test_place_device_and_person_change_with_approval_alone(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        place = LocationPatch(city="Dallas", phone="555 0100")
        await clinics.update_location(work, world.location_id, place)
        await clinics.update_device(work, world.device_id, SHARPER)
        whom = PractitionerPatch(name="Dr Mira Holm-Berg", bio="Ten years.")
        await practitioners.update_practitioner(work, world.practitioner_id, whom)

    async def seen() -> tuple[str, str, str, str, str, str]:
        async with database.begin(world.scope) as work:
            there = await clinics.get_location(work, world.location_id)
            device = await clinics.get_device(work, world.device_id)
            who = await practitioners.get_practitioner(work, world.practitioner_id)
        zone = there.time_zone if there.latitude > 32 else f"{there.time_zone} near Austin"
        return there.city, zone, there.phone, device.clearance, who.name, who.bio

    austin = (
        "Austin",
        "America/Chicago near Austin",
        "555 0100",
        "FDA K202243",
        "Dr Mira Holm",
        "Ten years.",
    )
    assert await seen() == austin
    cases = await _cases(database, world)
    assert {case.detail["edit"]["subject_kind"] for case in cases} == {"location", "device", "practitioner"}
    for case in cases:
        await _decide(database, world, case.id, Decision.APPROVE)
    dallas = ("Dallas", "America/Chicago", "555 0100", "FDA K000001", "Dr Mira Holm-Berg", "Ten years.")
    assert await seen() == dallas


async def test_a_refusal_tells_why_and_changes_nothing(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_device(work, world.device_id, SHARPER)
    (case,) = await _cases(database, world)
    await _decide(database, world, case.id, Decision.REJECT)
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as read:
        sent = next(mail for mail in await notices.list_sent(read) if mail.kind == "moderation.decided")
    assert "Crown Aesthetics SkinPen Precision" in sent.text
    assert "We looked it up." in sent.text
    async with database.begin(world.scope) as work:
        assert (await clinics.get_device(work, world.device_id)).clearance == "FDA K202243"
    assert await _held(database, world) == []


async def test_an_edit_taken_back_leaves_nothing_to_decide(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_device(work, world.device_id, SHARPER)
    (case,) = await _cases(database, world)
    (held,) = await _held(database, world)
    async with database.begin(world.scope) as work:
        await clinics.withdraw_edit(work, held.id)
        with pytest.raises(NotFound):
            await clinics.withdraw_edit(work, held.id)
    with pytest.raises(EditGone):
        await _decide(database, world, case.id, Decision.APPROVE)
    (closed,) = await _cases(database, world)
    assert (closed.decision, closed.reason, closed.decided_by) == ("dismiss", "taken_back", None)


async def test_edited_again_one_case_holds_both_changes(database: Database, world: World) -> None:
    for patch in (SHARPER, DevicePatch(model="SkinPen 2", clearance="FDA K000002")):
        async with database.begin(world.scope) as work:
            await clinics.update_device(work, world.device_id, patch)
        cases = await _cases(database, world)
    newest, older = cases
    assert older.reason == "taken_back"
    assert newest.detail["edit"]["changes"] == [
        {"field": "Model", "before": "SkinPen Precision", "after": "SkinPen 2"},
        {"field": "Clearance", "before": "FDA K202243", "after": "FDA K000002"},
    ]


async def test_saved_as_approved_nothing_waits_and_an_earlier_edit_stays(
    database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(name="Linden Skin", description="Same name."))
        assert await clinics.list_held_edits(work) == []
        await clinics.update_clinic(work, ClinicPatch(name="Oak Skin"))
        await clinics.update_clinic(work, ClinicPatch(name="Linden Skin", description="Again."))
        (held,) = await clinics.list_held_edits(work)
    assert held.after == {"name": "Oak Skin"}


async def test_what_waits_nowhere_opens_no_case(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await edits.open_edit_case(work, new_id())
        await edits.close_edit_case(work, new_id())
    assert await _cases(database, world) == []
