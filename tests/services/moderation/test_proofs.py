"""A business's proofs over time: checked with the listing, held when they change, run out, looked at, judged."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import ProofKind, ProofState
from services.clinics.proof_schemas import ProofIn
from services.clinics.proofs import ProofLapsed
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from services.marketplace.listing import get_listing
from services.moderation import appeals, deciding
from services.moderation import service as moderation
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import Appeal, CaseView, Decide
from services.notices import service as notices
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.clinics.papers import STATED, prove_business
from tests.services.moderation.drafts import draft_clinic, moderator
from tests.services.practitioners.papers import pdf
from workers.inline import drain

INSURANCE, REGISTRATION = ProofKind.INSURANCE, ProofKind.REGISTRATION
REASONS = {Decision.APPROVE: "meets_requirements", Decision.DISMISS: "problem_solved"}


@pytest.fixture
async def world(database: Database) -> World:
    """A live clinic whose papers were just stated."""
    made = await live_clinic(database)
    async with database.begin(made.scope) as work:
        await prove_business(work, insured_days=90)
    return made


async def _cases(database: Database, world: World, kind: CaseKind) -> list[CaseView]:
    """The open cases of a kind, once everything has run."""
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        found = await moderation.list_clinic_cases(work)
    return [case for case in found if case.kind is kind and case.decision is None]


async def _decide(
    database: Database, world: World, case_id: UUID, decision: Decision = Decision.APPROVE
) -> None:
    someone = await moderator(database, f"{new_id().hex}@example.test")
    async with database.begin(someone.scope(world.clinic_id)) as work:
        reason = REASONS.get(decision, "business_not_proved")
        await deciding.decide(work, case_id, Decide(decision=decision, reason=reason, message="We looked."))


async def _check_both(database: Database, world: World) -> None:
    for case in await _cases(database, world, CaseKind.PROOF):
        await _decide(database, world, case.id)


async def _checked_on(database: Database, world: World) -> date | None:
    async with database.begin(world.scope) as work:
        return (await get_listing(work)).business_checked_on


async def _save(database: Database, world: World, kind: ProofKind, **changes: object) -> ProofState:
    async with database.begin(world.scope) as work:
        present = await proofs.get_proof(work, kind)
        values = {name: getattr(present, name) for name in ProofIn.model_fields}
        return (await proofs.save_proof(work, kind, ProofIn.model_validate({**values, **changes}))).state


async def test_an_approved_listing_has_its_papers_checked(database: Database) -> None:
    draft = await draft_clinic(database)
    someone = await moderator(database)
    async with database.begin(draft.scope) as work:
        case = await moderation.submit_clinic(work)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        file = (await proofs.get_proof(work, INSURANCE)).evidence[0]
        found, content = await deciding.look_at_evidence(work, case.id, file.id)
        assert (found.filename, content) == ("insurance.pdf", pdf())
        with pytest.raises(NotFound):
            await deciding.look_at_evidence(work, new_id(), file.id)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        events = (await clinics.list_audit(work, 100)).items
        looks = [event.by_label for event in events if event.action == "evidence.read"]
        assert looks == ["Mo Derate"]
        given = Decide(decision=Decision.APPROVE, reason="meets_requirements")
        await deciding.decide(work, case.id, given)
        assert (await get_listing(work)).business_checked_on == work.now.date()


async def test_papers_of_a_live_clinic_wait_for_their_check(database: Database, world: World) -> None:
    cases = await _cases(database, world, CaseKind.PROOF)
    assert sorted(case.detail["proof"] for case in cases) == ["Insurance", "Registration of the business"]
    assert await _checked_on(database, world) is None
    await _decide(database, world, cases[0].id)
    assert await _checked_on(database, world) is None
    await _decide(database, world, cases[1].id)
    assert await _checked_on(database, world) is not None


async def test_a_checked_paper_changes_when_a_moderator_agrees(database: Database, world: World) -> None:
    await _check_both(database, world)
    checked_on = await _checked_on(database, world)
    async with database.begin(world.scope) as work:
        later = work.now.date() + timedelta(days=455)
    assert await _save(database, world, INSURANCE, number="POL-89", valid_until=later) is ProofState.VERIFIED
    (case,) = await _cases(database, world, CaseKind.SENSITIVE_EDIT)
    assert case.detail["edit"]["label"] == "Insurance"
    assert [(one["field"], one["after"]) for one in case.detail["edit"]["changes"]] == [
        ("Number", "POL-89"),
        ("Valid until", later.isoformat()),
    ]
    assert await _checked_on(database, world) == checked_on
    await _decide(database, world, case.id)
    async with database.begin(world.scope) as work:
        renewed = await proofs.get_proof(work, INSURANCE)
        assert (renewed.number, renewed.valid_until, renewed.state) == ("POL-89", later, ProofState.VERIFIED)
        assert await clinics.list_held_edits(work) == []
    assert await _cases(database, world, CaseKind.PROOF) == []


async def test_insurance_that_runs_out_is_announced_and_no_longer_counts(
    database: Database, world: World, clock: MovableClock
) -> None:
    await _check_both(database, world)
    for days in (31, 30, 24):
        await clock.advance(timedelta(days=days))
        await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        told = [sent for sent in await notices.list_sent(work) if sent.kind == "proof.expires_soon"]
    assert [sent.to for sent in told] == [world.owner.email] * 3
    assert all("/clinic/linden-skin/business" in sent.text for sent in told)
    assert await _checked_on(database, world) is not None
    await clock.advance(timedelta(days=6))
    assert await _checked_on(database, world) is None  # before its timer ran, too
    (case,) = await _cases(database, world, CaseKind.PROOF_LAPSED)
    assert case.detail["number"] == "POL-88-1"
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        over = [sent for sent in await notices.list_sent(work) if sent.kind == "proof.lapsed"]
    assert [(sent.to, sent.subject) for sent in over] == [(world.owner.email, "Insurance: run out")]
    async with database.begin(world.scope) as work:
        ahead = work.now.date() + timedelta(days=300)
    assert await _save(database, world, INSURANCE, valid_until=ahead) is ProofState.LAPSED
    (renewal,) = await _cases(database, world, CaseKind.SENSITIVE_EDIT)
    await _decide(database, world, renewal.id)
    assert await _checked_on(database, world) is not None
    await _decide(database, world, case.id, Decision.DISMISS)


async def test_a_suspension_for_a_paper_that_ran_out_can_be_undone(
    database: Database, world: World, clock: MovableClock
) -> None:
    await _check_both(database, world)
    await clock.advance(timedelta(days=91))
    (case,) = await _cases(database, world, CaseKind.PROOF_LAPSED)
    await _decide(database, world, case.id, Decision.SUSPEND)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        asked = await appeals.appeal(work, case.id, Appeal(text="We are insured again."))
    await _decide(database, world, asked.id)
    async with database.begin(world.scope) as work:
        assert (await clinics.get_clinic(work)).status == "live"


async def test_a_rejected_paper_is_corrected_at_once_or_appealed(database: Database, world: World) -> None:
    cases = {case.detail["proof"]: case for case in await _cases(database, world, CaseKind.PROOF)}
    await _decide(database, world, cases["Insurance"].id, Decision.REJECT)
    assert await _save(database, world, INSURANCE) is ProofState.REJECTED
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        asked = await appeals.appeal(work, cases["Insurance"].id, Appeal(text="It is the right policy."))
    await _decide(database, world, asked.id)
    await _decide(database, world, cases["Registration of the business"].id, Decision.REJECT)
    assert await _save(database, world, REGISTRATION, number="0803512346") is ProofState.UNVERIFIED
    (again,) = await _cases(database, world, CaseKind.PROOF)
    await _decide(database, world, again.id)
    assert await _checked_on(database, world) is not None


async def test_what_is_over_is_neither_stated_nor_verified(
    database: Database, world: World, clock: MovableClock
) -> None:
    with pytest.raises(InvalidFields):
        await _save(database, world, INSURANCE, valid_until=date(2020, 1, 1))
    cases = {case.detail["proof"]: case for case in await _cases(database, world, CaseKind.PROOF)}
    await clock.advance(timedelta(days=91))
    with pytest.raises(ProofLapsed):
        await _decide(database, world, cases["Insurance"].id)


async def test_a_removed_paper_takes_its_files_and_what_waits_along(database: Database, world: World) -> None:
    await _check_both(database, world)
    await _save(database, world, INSURANCE, number="POL-89")
    await _cases(database, world, CaseKind.SENSITIVE_EDIT)
    async with database.begin(world.scope) as work:
        file = (await proofs.get_proof(work, INSURANCE)).evidence[0]
        await proofs.delete_proof(work, INSURANCE)
    assert await _cases(database, world, CaseKind.SENSITIVE_EDIT) == []
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await proofs.read_proof_evidence(work, file.id)
        with pytest.raises(NotFound):
            await proofs.delete_proof(work, INSURANCE)


async def test_a_double_submit_states_a_paper_once(database: Database) -> None:
    world = await live_clinic(database)

    async def state() -> UUID:
        async with database.begin(world.scope) as work:
            return (await proofs.save_proof(work, REGISTRATION, STATED[REGISTRATION])).id

    first, second = await asyncio.gather(state(), state())
    assert first == second


async def test_another_clinics_paper_is_not_found(database: Database, world: World) -> None:
    other = await live_clinic(database, name="Another Place", city="Chicago")
    async with database.begin(world.scope) as work:
        proof = await proofs.get_proof(work, INSURANCE)
    async with database.begin(other.scope) as work:
        assert await proofs.find_proof(work, proof.id) is None
        for do in (
            proofs.read_proof_evidence(work, proof.evidence[0].id),
            proofs.verify_proof(work, proof.id),
            proofs.delete_proof_evidence(work, INSURANCE, proof.evidence[0].id),
        ):
            with pytest.raises(NotFound):
                await do
