"""A case from submission or report to its decision: who, once, and what becomes of the clinic."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.clinics import service as clinics
from services.clinics.models import ClinicStatus, Role
from services.clinics.schemas import ClinicPatch, NewMember
from services.kernel.errors import InvalidFields, NotFound, NotSignedIn, WrongState
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database
from services.marketplace.checklist import get_checklist
from services.moderation import service as moderation
from services.moderation.case_page import get_case_page
from services.moderation.deciding import decide, look_at_evidence
from services.moderation.errors import (
    AlreadyDecided,
    ChecklistIncomplete,
    ClaimedByAnother,
    DecisionDoesNotFit,
    NotTaken,
    OwnClinic,
)
from services.moderation.models import CaseKind, CaseState, Decision
from services.moderation.schemas import AuditQuery, CaseQuery, CaseView, Decide, Report
from services.practitioners import service as practitioners
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import Draft, draft_clinic, moderator

QUEUE = PlatformScope("tests of the queue")


async def submitted(database: Database, name: str = "Linden Skin") -> tuple[Draft, CaseView]:
    draft = await draft_clinic(database, name)
    async with database.begin(draft.scope) as work:
        return draft, await moderation.submit_clinic(work)


async def status_of(database: Database, scope: ClinicScope) -> str:
    async with database.begin(scope) as work:
        return (await clinics.get_clinic(work)).status


def decision(code: str, **more: Any) -> Decide:
    return Decide.model_validate({"decision": code, "reason": "other", "message": "Words.", **more})


async def test_a_new_clinic_is_told_what_is_missing(database: Database) -> None:
    draft = await draft_clinic(database, evidence=False)
    async with database.begin(draft.scope) as work:
        missing = [item.code for item in await get_checklist(work) if not item.done]
    assert missing == ["credential"]
    with pytest.raises(ChecklistIncomplete) as refused:
        async with database.begin(draft.scope) as work:
            await moderation.submit_clinic(work)
    assert refused.value.extra == {"missing": ["credential"]}
    assert await status_of(database, draft.scope) == ClinicStatus.DRAFT


async def test_submitting_opens_one_case_with_its_promise(database: Database) -> None:
    draft, case = await submitted(database)
    assert case.kind is CaseKind.NEW_LISTING
    assert case.state is CaseState.OPEN
    assert case.promised_by - case.opened_at == timedelta(days=2)
    assert case.due_in_seconds == 2 * 86_400
    assert await status_of(database, draft.scope) == ClinicStatus.SUBMITTED
    with pytest.raises(WrongState):
        async with database.begin(draft.scope) as work:
            await moderation.submit_clinic(work)
    with pytest.raises(NotSignedIn):
        async with database.begin(ClinicScope(draft.scope.clinic_id)) as work:
            await moderation.submit_clinic(work)


async def test_approval_publishes_and_verifies_what_has_evidence(database: Database) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        decided = await decide(work, case.id, decision("approve", checked_against="Texas Medical Board"))
    assert (decided.state, decided.decision, decided.decided_by) == (
        CaseState.DECIDED,
        Decision.APPROVE,
        someone.account_id,
    )
    async with database.begin(PublicScope()) as public:
        assert await clinics.find_clinic_id(public, draft.slug) == draft.scope.clinic_id
    async with database.begin(draft.scope) as work:
        (person,) = await practitioners.list_practitioners(work)
    assert [(it.state, it.verified_against) for it in person.credentials] == [
        ("verified", "Texas Medical Board")
    ]


async def test_requested_changes_come_back_at_their_fields_and_the_clinic_submits_again(
    database: Database,
) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    points = [{"field": "devices", "message": "Say the clearance."}]
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        decided = await decide(work, case.id, decision("request_changes", changes=points))
    assert decided.detail["changes"] == points
    async with database.begin(draft.scope) as work:
        clinic = await clinics.get_clinic(work)
        assert (clinic.status, clinic.changes_requested) == (ClinicStatus.CHANGES_REQUESTED, points)
        again = await moderation.submit_clinic(work)
    assert again.id != case.id


@pytest.mark.parametrize(("code", "status"), [("reject", "rejected")])
async def test_a_listing_can_be_refused(database: Database, code: str, status: str) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        await decide(work, case.id, decision(code))
    assert await status_of(database, draft.scope) == status


async def test_a_case_is_decided_once(database: Database) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        await decide(work, case.id, decision("approve"))
    with pytest.raises(AlreadyDecided):
        async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
            await decide(work, case.id, decision("reject"))
    with pytest.raises(AlreadyDecided):
        async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
            await moderation.claim(work, case.id)


async def test_a_case_taken_by_one_moderator_is_not_decided_by_another(database: Database) -> None:
    draft, case = await submitted(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    async with database.begin(first.scope(draft.scope.clinic_id)) as work:
        claimed = await moderation.claim(work, case.id)
        assert (await moderation.claim(work, case.id)).claimed_at == claimed.claimed_at
    assert (claimed.state, claimed.claimed_by) == (CaseState.CLAIMED, first.account_id)
    for attempt in (moderation.claim, lambda work, key: decide(work, key, decision("approve"))):
        with pytest.raises(ClaimedByAnother):
            async with database.begin(second.scope(draft.scope.clinic_id)) as work:
                await attempt(work, case.id)
    async with database.begin(first.scope(draft.scope.clinic_id)) as work:
        await decide(work, case.id, decision("approve"))


async def test_who_took_a_case_gives_it_back_for_any_other(database: Database) -> None:
    draft, case = await submitted(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    async with database.begin(first.scope(draft.scope.clinic_id)) as work:
        await moderation.claim(work, case.id)
    with pytest.raises(NotTaken):
        async with database.begin(second.scope(draft.scope.clinic_id)) as work:
            await moderation.release(work, case.id)
    async with database.begin(first.scope(draft.scope.clinic_id)) as work:
        free = await moderation.release(work, case.id)
    assert (free.state, free.claimed_by) == (CaseState.OPEN, None)
    async with database.begin(second.scope(draft.scope.clinic_id)) as work:
        await decide(work, case.id, decision("approve"))
        with pytest.raises(AlreadyDecided):
            await moderation.release(work, case.id)


async def test_a_case_says_what_changed_since_the_last_decision(database: Database) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        assert len((await get_case_page(work, case.id)).changed) > 5
        await decide(work, case.id, decision("request_changes"))
    async with database.begin(draft.scope) as work:
        await clinics.update_clinic(
            work, ClinicPatch(description="A small practice for skin in Austin, told better than before.")
        )
        again = await moderation.submit_clinic(work)
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        changed = (await get_case_page(work, again.id)).changed
    assert [(event.action, event.detail["fields"]) for event in changed] == [
        ("clinic.update", ["description"])
    ]


@pytest.mark.parametrize("code", ["approve", "reject"])
async def test_nobody_decides_about_the_clinic_they_work_for(database: Database, code: str) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    async with database.begin(draft.scope) as work:
        await clinics.add_member(work, NewMember(email="mo@example.test", role=Role.PRACTITIONER))
    for attempt in (moderation.claim, lambda work, key: decide(work, key, decision(code))):
        with pytest.raises(OwnClinic) as refusal:
            async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
                await attempt(work, case.id)
        assert (refusal.value.status, refusal.value.code) == (403, "own-clinic")
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        page = await get_case_page(work, case.id)
    assert (page.own_clinic, page.possible, page.state) == (True, [], CaseState.OPEN)
    elsewhere, case = await submitted(database, "Rosewood")
    async with database.begin(someone.scope(elsewhere.scope.clinic_id)) as work:
        assert (await get_case_page(work, case.id)).own_clinic is False
        await decide(work, case.id, decision(code))


async def test_of_two_who_decide_at_once_one_is_refused(database: Database) -> None:
    draft, case = await submitted(database)
    both = [await moderator(database), await moderator(database, "other@example.test")]

    async def try_it(scope: ClinicScope, code: str) -> object:
        try:
            async with database.begin(scope) as work:
                return await decide(work, case.id, decision(code))
        except (AlreadyDecided, ClaimedByAnother) as refusal:
            return refusal

    scopes = [one.scope(draft.scope.clinic_id) for one in both]
    found = await asyncio.gather(try_it(scopes[0], "approve"), try_it(scopes[1], "reject"))
    assert sum(isinstance(one, CaseView) for one in found) == 1


async def report_on(database: Database, scope: ClinicScope, slug: str, **more: Any) -> CaseView:
    given = Report.model_validate({"slug": slug, "reason": "unsafe", "text": "An open drawer.", **more})
    async with database.begin(ClinicScope(scope.clinic_id)) as work:
        return await moderation.report(work, given)


async def test_a_report_can_suspend_restore_and_remove(database: Database) -> None:
    world = await live_clinic(database)
    someone = await moderator(database)
    scope = someone.scope(world.clinic_id)
    for code, status in (("suspend", "suspended"), ("restore", "live"), ("remove", "removed")):
        case = await report_on(database, world.scope, world.slug)
        async with database.begin(scope) as work:
            await decide(work, case.id, decision(code))
        assert await status_of(database, world.scope) == status
    case = await report_on(database, world.scope, world.slug)
    with pytest.raises(DecisionDoesNotFit) as refused:
        async with database.begin(scope) as work:
            await decide(work, case.id, decision("restore"))
    assert refused.value.extra["possible"] == ["dismiss"]
    async with database.begin(scope) as work:
        await decide(work, case.id, decision("dismiss"))
    assert await status_of(database, world.scope) == "removed"


async def test_a_moderator_opens_a_case_in_their_own_words(database: Database) -> None:
    world = await live_clinic(database)
    someone = await moderator(database)
    async with database.begin(someone.scope(world.clinic_id)) as work:
        case = await moderation.open_own_case(work, " A newspaper wrote about it. ")
        assert case.detail["text"] == "A newspaper wrote about it."
        with pytest.raises(InvalidFields):
            await moderation.open_own_case(work, " ")


async def test_the_queue_is_in_order_of_promise_and_pages(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    made = []
    for _ in range(3):
        made.append((await report_on(database, world.scope, world.slug)).id)
        await clock.advance(timedelta(hours=1))
    listing = (await submitted(database, "Rosewood"))[1]
    async with database.begin(QUEUE) as work:
        first = await moderation.list_cases(work, CaseQuery(limit=2))
        rest = await moderation.list_cases(work, CaseQuery(limit=2, cursor=first.next))
        reports = await moderation.list_cases(
            work, CaseQuery(kind=CaseKind.PUBLIC_REPORT, state=CaseState.OPEN)
        )
        named = await moderation.list_cases(work, CaseQuery(clinic=" rosew", state=CaseState.OPEN))
        nobodys = await moderation.list_cases(work, CaseQuery(clinic="%", state=CaseState.OPEN))
        with pytest.raises(InvalidFields):
            await moderation.list_cases(work, CaseQuery(cursor="bad"))
        with pytest.raises(InvalidFields):
            await moderation.list_cases(work, CaseQuery(cursor="WzEsMl0"))
    assert [case.id for case in first.items + rest.items] == [*made, listing.id]
    assert rest.next is None
    assert [case.id for case in reports.items] == made
    assert ([case.id for case in named.items], nobodys.items) == ([listing.id], [])


async def test_figures_count_states_and_how_long_it_took(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    someone = await moderator(database)
    old = await report_on(database, world.scope, world.slug)
    waiting = await report_on(database, world.scope, world.slug)
    await clock.advance(timedelta(hours=3))
    async with database.begin(someone.scope(world.clinic_id)) as work:
        await decide(work, old.id, decision("dismiss"))
    await clock.advance(timedelta(hours=46))
    async with database.begin(QUEUE) as work:
        figures = await moderation.get_figures(work)
        decided = await moderation.list_cases(work, CaseQuery(state=CaseState.DECIDED))
        assert await moderation.count_removed_reviews(work) == 0
    assert (figures.open, figures.claimed, figures.decided, figures.overdue) == (1, 0, 1, 1)
    assert figures.median_hours == pytest.approx(3.0, abs=0.1)
    assert figures.decisions == {"dismiss": 1}
    (kind,) = figures.kinds
    assert (kind.kind, kind.waiting, kind.overdue, kind.decided, kind.reversed) == (
        "public_report",
        1,
        1,
        1,
        0,
    )
    assert kind.oldest_at == waiting.opened_at
    assert [case.id for case in decided.items] == [old.id]


async def test_each_look_at_evidence_is_recorded(database: Database) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    scope = someone.scope(draft.scope.clinic_id)
    async with database.begin(scope) as work:
        found, content = await look_at_evidence(work, case.id, draft.evidence_id)
    assert content.startswith(b"%PDF")
    assert found.content_type == "application/pdf"
    async with database.begin(scope) as work:
        page = await get_case_page(work, case.id)
        with pytest.raises(NotFound):
            await look_at_evidence(work, case.id, new_id())
        with pytest.raises(NotFound):
            await look_at_evidence(work, new_id(), draft.evidence_id)
    looks = [event for event in page.history if event.action == "case.evidence_viewed"]
    assert [(look.by_account_id, look.detail["evidence_id"]) for look in looks] == [
        (someone.account_id, str(draft.evidence_id))
    ]
    assert page.possible == ["approve", "request_changes", "reject"]
    assert all(item.done for item in page.checklist)


async def test_a_case_of_another_clinic_is_not_found(database: Database) -> None:
    _, case = await submitted(database)
    other = await live_clinic(database)
    someone = await moderator(database)
    scope = someone.scope(other.clinic_id)
    for attempt in (
        moderation.get_case,
        moderation.claim,
        lambda work, key: decide(work, key, decision("approve")),
    ):
        with pytest.raises(NotFound):
            async with database.begin(scope) as work:
                await attempt(work, case.id)
    async with database.begin(QUEUE) as queue:
        with pytest.raises(NotFound):
            await moderation.find_clinic_of_case(queue, new_id())
        with pytest.raises(NotFound):
            await moderation.get_slug_of_review(queue, new_id())


async def test_a_decided_case_cannot_lose_its_trace(database: Database) -> None:
    draft, case = await submitted(database)
    async with database.begin(QUEUE) as work:
        events = await moderation.list_platform_audit(work, AuditQuery(limit=2))
        older = await moderation.list_platform_audit(work, AuditQuery(limit=100, cursor=events.next))
        with pytest.raises(InvalidFields):
            await moderation.list_platform_audit(work, AuditQuery(cursor="WzFd"))
    actions = [event.action for event in events.items + older.items]
    assert "case.opened" in actions
    assert older.next is None
    ids = [event.id for event in events.items + older.items]
    assert ids == sorted(ids, reverse=True)
    assert {event.subject_id for event in events.items} & {case.id, draft.scope.clinic_id}


async def test_the_audit_is_sifted_by_actor_action_subject_and_days(
    database: Database, clock: MovableClock
) -> None:
    draft, case = await submitted(database)
    someone = await moderator(database)
    first_day = (await clock.now()).date()
    await clock.advance(timedelta(days=3))
    async with database.begin(someone.scope(draft.scope.clinic_id)) as work:
        await moderation.claim(work, case.id)

    async def found(**given: Any) -> set[str]:
        async with database.begin(QUEUE) as work:
            page = await moderation.list_platform_audit(
                work, AuditQuery.model_validate(given | {"limit": 100})
            )
        return {event.action for event in page.items}

    assert (
        await found(actor=str(someone.account_id)) == await found(actor="mo@example.test") >= {"case.claimed"}
    )
    assert await found(actor="o derat", action="case") == {"case.claimed"}
    assert await found(action="case") == {"case.opened", "case.claimed"}
    assert await found(action="cas") == set()
    assert await found(subject=str(case.id)) == {"case.opened", "case.claimed"}
    assert await found(subject="case", to_on=first_day) == {"case.opened"}
    assert await found(subject="case", from_on=first_day + timedelta(days=3)) == {"case.claimed"}
    assert await found(subject="case", from_on=first_day, to_on=first_day + timedelta(days=2)) == {
        "case.opened"
    }
    assert await found(actor="%") == set()


async def _count(database: Database, clinic_id: UUID) -> int:
    async with database.begin(QUEUE) as work:
        return int(
            await work.scalar(
                text("SELECT count(*) FROM moderation_case WHERE clinic_id = :id"), {"id": clinic_id}
            )
        )


async def test_a_refused_submission_opens_no_case(database: Database) -> None:
    draft = await draft_clinic(database, evidence=False)
    with pytest.raises(ChecklistIncomplete):
        async with database.begin(draft.scope) as work:
            await moderation.submit_clinic(work)
    assert await _count(database, draft.scope.clinic_id) == 0
