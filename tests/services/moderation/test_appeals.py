"""Appeals: who is told can ask once for another moderator, and what is granted is undone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.clinics import pictures
from services.clinics import service as clinics
from services.clinics.picture_schemas import NewPicture
from services.courses import photo_results
from services.courses.photo_schemas import NewResult
from services.kernel.errors import NotFound
from services.kernel.links import LinkExpired
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database
from services.moderation import appeals
from services.moderation import service as moderation
from services.moderation.deciding import decide
from services.moderation.errors import AlreadyAppealed, AlreadyFlagged, NoAppeal, OwnDecision
from services.moderation.models import CaseKind
from services.moderation.schemas import Appeal, CaseQuery, CaseView, Decide, Flag, Report
from services.moderation.watching import flag_review
from services.notices import service as notices
from services.notices.schemas import SentNotice
from services.practitioners import service as practitioners
from services.practitioners.evidence import add_evidence
from services.practitioners.schemas import CredentialPatch
from services.reviews import service as reviews
from services.reviews.models import SubjectKind
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.clinics.photos import photo
from tests.services.courses.photographed import released, shown_result
from tests.services.moderation.drafts import Moderator, draft_clinic, moderator
from tests.services.practitioners.papers import pdf
from tests.services.reviews.test_reviews import review, write
from workers.inline import drain

LINK = re.compile(r"/appeals/([A-Za-z0-9_.~-]{20,})")
LOOK = PlatformScope("tests of appeals")
WORDS = Appeal(text="The register was read wrongly.")


def decision(code: str, **more: Any) -> Decide:
    return Decide.model_validate({"decision": code, "reason": "other", "message": "Words.", **more})


async def decided(database: Database, by: Moderator, clinic_id: UUID, case_id: UUID, code: str) -> CaseView:
    async with database.begin(by.scope(clinic_id)) as work:
        case = await decide(work, case_id, decision(code))
    await drain(database, MailboxOnly())
    return case


async def told(database: Database) -> list[SentNotice]:
    """What was said of decisions, oldest first."""
    async with database.begin(LOOK) as work:
        sent = await notices.list_sent(work)
    return [one for one in reversed(sent) if one.kind.startswith("moderation.")]


async def appealed(database: Database, message: SentNotice) -> CaseView:
    """The appeal by the link of a message."""
    found = LINK.search(message.text)
    assert found is not None
    async with database.begin(PublicScope()) as public:
        clinic_id, case_id = appeals.read_link(public, found[1])
    async with database.begin(ClinicScope(clinic_id)) as work:
        return await appeals.appeal(work, case_id, WORDS)


async def status_of(database: Database, clinic_id: UUID) -> str:
    async with database.begin(ClinicScope(clinic_id)) as work:
        return (await clinics.get_clinic(work)).status


async def reported(database: Database, world: World, **more: Any) -> CaseView:
    given = Report.model_validate({"slug": world.slug, "reason": "unsafe", "text": "A drawer.", **more})
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        return await moderation.report(work, given)


async def test_a_suspended_clinic_appeals_once_and_another_moderator_sets_it_right(
    database: Database,
) -> None:
    world = await live_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    case = await reported(database, world, email="pia@example.test")
    await decided(database, first, world.clinic_id, case.id, "suspend")
    to_clinic, to_reporter = sorted(await told(database), key=lambda one: one.kind)
    assert (to_reporter.to, "/appeals/" in to_reporter.text) == ("pia@example.test", False)
    made = await appealed(database, to_clinic)
    assert (made.kind, made.detail["undoes"]) == (CaseKind.APPEAL, "suspend")
    with pytest.raises(AlreadyAppealed):
        await appealed(database, to_clinic)
    for attempt in (moderation.claim, lambda work, key: decide(work, key, decision("reject"))):
        with pytest.raises(OwnDecision):
            async with database.begin(first.scope(world.clinic_id)) as work:
                await attempt(work, made.id)
    await decided(database, second, world.clinic_id, made.id, "approve")
    assert await status_of(database, world.clinic_id) == "live"
    async with database.begin(LOOK) as queue:
        figures = await moderation.get_figures(queue)
    undone = {kind.kind: kind.reversed for kind in figures.kinds}
    assert undone == {CaseKind.PUBLIC_REPORT: 1, CaseKind.APPEAL: 0}
    last = (await told(database))[-1]
    assert "appeal granted" in last.text
    assert "/appeals/" not in last.text
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        with pytest.raises(NoAppeal):
            await appeals.appeal(work, made.id, WORDS)


async def test_an_appeal_that_is_turned_down_changes_nothing(database: Database) -> None:
    world = await live_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    case = await reported(database, world)
    await decided(database, first, world.clinic_id, case.id, "remove")
    made = await appealed(database, (await told(database))[-1])
    await decided(database, second, world.clinic_id, made.id, "reject")
    assert await status_of(database, world.clinic_id) == "removed"
    assert "appeal turned down" in (await told(database))[-1].text
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        page = await appeals.get_appeal_page(work, case.id)
    assert page.appeal is not None
    assert page.appeal.decision == "reject"


async def test_a_refused_listing_goes_live_when_its_appeal_is_granted(database: Database) -> None:
    draft = await draft_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    async with database.begin(draft.scope) as work:
        case = await moderation.submit_clinic(work)
    await decided(database, first, draft.scope.clinic_id, case.id, "reject")
    made = await appealed(database, (await told(database))[-1])
    await decided(database, second, draft.scope.clinic_id, made.id, "approve")
    assert await status_of(database, draft.scope.clinic_id) == "live"
    async with database.begin(draft.scope) as work:
        (person,) = await practitioners.list_practitioners(work)
    assert [one.state for one in person.credentials] == ["verified"]


async def test_the_link_of_a_decision_works_for_thirty_days(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    case = await reported(database, world)
    await decided(database, await moderator(database), world.clinic_id, case.id, "suspend")
    (message,) = await told(database)
    await clock.advance(timedelta(days=30, minutes=1))
    with pytest.raises(LinkExpired):
        await appealed(database, message)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        assert await appeals.find_appeal_link(work, case.id) is None


async def test_a_clinic_flags_a_review_its_author_is_told_and_an_appeal_brings_it_back(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    review_id = await write(database, clock, world, review(1, 1, 1, 1, 1, text="Never again."))
    await drain(database, MailboxOnly())
    flag = Flag(reason="fake_review", text="Nobody of that name was here.")
    async with database.begin(world.scope) as work:
        case = await flag_review(work, review_id, flag)
    with pytest.raises(AlreadyFlagged):
        async with database.begin(world.scope) as work:
            await flag_review(work, review_id, flag)
    await decided(database, first, world.clinic_id, case.id, "remove")
    message = (await told(database))[-1]
    assert message.to == "ana@example.test"
    assert await _count(database, world) == 0
    made = await appealed(database, message)
    await decided(database, second, world.clinic_id, made.id, "approve")
    assert await _count(database, world) == 1
    assert (await told(database))[-1].to == "ana@example.test"


async def _count(database: Database, world: World) -> int:
    async with database.begin(world.scope) as work:
        found = await reviews.figures(work, SubjectKind.CLINIC, str(world.clinic_id))
        assert len((await reviews.list_reviews(work)).items) == found.count
    return found.count


async def test_a_changed_credential_opens_one_case_and_its_refusal_can_be_appealed(
    database: Database,
) -> None:
    world = await live_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    async with database.begin(world.scope) as work:
        await add_evidence(work, world.credential_id, "licence.pdf", pdf())
        await practitioners.update_credential(work, world.credential_id, CredentialPatch(number="MD-9"))
    await drain(database, MailboxOnly())
    async with database.begin(LOOK) as work:
        (case,) = (await moderation.list_cases(work, CaseQuery(kind=CaseKind.CREDENTIAL))).items
    assert case.detail["practitioner"] == "Dr Mira Holm"
    await decided(database, first, world.clinic_id, case.id, "reject")
    made = await appealed(database, (await told(database))[-1])
    await decided(database, second, world.clinic_id, made.id, "approve")
    async with database.begin(world.scope) as work:
        found = await practitioners.get_credential(work, world.credential_id)
    assert found.state == "verified"


async def test_a_credential_that_expires_within_a_week_is_a_case_of_its_own(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        until = work.now.date() + timedelta(days=20)
        await practitioners.update_credential(work, world.credential_id, CredentialPatch(expires_on=until))
        await practitioners.verify_credential(work, world.credential_id, against="the register")
    await drain(database, MailboxOnly())
    for _ in range(2):
        await clock.advance(timedelta(days=7))
        await drain(database, MailboxOnly())
    async with database.begin(LOOK) as work:
        (case,) = (await moderation.list_cases(work, CaseQuery())).items
    assert case.kind is CaseKind.CREDENTIAL_LAPSING
    someone = await moderator(database)
    await decided(database, someone, world.clinic_id, case.id, "request_changes")
    assert await status_of(database, world.clinic_id) == "live"
    assert "Dr Mira Holm" in (await told(database))[-1].text


async def test_a_picture_that_was_taken_down_wrongly_is_back_after_the_appeal(database: Database) -> None:
    world = await live_clinic(database)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    async with database.begin(world.scope) as work:
        sent = [
            (await pictures.add_picture(work, NewPicture(alt=alt, no_client=True), photo(colour=alt))).id
            for alt in ("#123456", "#654321")
        ]
    await drain(database, MailboxOnly())

    async def shown() -> list[UUID]:
        async with database.begin(world.scope) as work:
            return [picture.id for picture in (await pictures.load_shelf(work)).pictures]

    assert await shown() == sent
    case = await reported(database, world, reason="picture", picture_id=sent[0])
    await decided(database, first, world.clinic_id, case.id, "remove")
    assert await shown() == sent[1:]
    assert await status_of(database, world.clinic_id) == "live"
    with pytest.raises(NotFound):
        await reported(database, world, reason="picture", picture_id=sent[0])
    made = await appealed(database, (await told(database))[-1])
    assert made.detail["picture_id"] == str(sent[0])
    await decided(database, second, world.clinic_id, made.id, "approve")
    assert await shown() == sent
    async with database.begin(first.scope(world.clinic_id)) as work:
        own = await moderation.open_picture_case(work, sent[1])
    async with database.begin(world.scope) as work:
        await pictures.remove_picture(work, sent[1])
    await decided(database, first, world.clinic_id, own.id, "remove")
    assert await shown() == sent[:1]


async def test_a_pair_of_results_that_was_taken_down_wrongly_is_back_after_the_appeal(
    database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    first, second = await moderator(database), await moderator(database, "other@example.test")
    pair = NewResult(before_id=result.before.id, after_id=result.after.id)

    async def shown() -> list[UUID]:
        async with database.begin(own.world.scope) as work:
            return [one.id for one in await photo_results.list_results(work)]

    case = await reported(database, own.world, reason="result", result_id=result.id)
    await decided(database, first, own.world.clinic_id, case.id, "remove")
    assert await shown() == []
    async with database.begin(own.world.scope) as work:
        (kept,) = await photo_results.list_chosen(work)
        assert kept.taken_down_why
        with pytest.raises(NotFound):
            await photo_results.read_shown(work, result.id, result.after.id)
        assert await photo_results.read_shown(work, result.id, result.after.id, for_moderators=True)
        # Neither taking it off nor choosing it anew leads round the moderator.
        for step in (photo_results.remove_result(work, result.id), photo_results.choose_result(work, pair)):
            with pytest.raises(photo_results.WasTakenDown):
                await step
        assert await photo_results.list_candidates(work) == []
    with pytest.raises(NotFound):
        await reported(database, own.world, reason="result", result_id=result.id)
    letter = (await told(database))[-1]
    assert f"A pair of your results: {result.name}" in letter.text
    made = await appealed(database, letter)
    await decided(database, second, own.world.clinic_id, made.id, "approve")
    assert await shown() == [result.id]
    async with database.begin(first.scope(own.world.clinic_id)) as work:
        mine = await moderation.open_result_case(work, result.id)
    await released(database, own, result.before.id, release=False)
    await decided(database, first, own.world.clinic_id, mine.id, "remove")
    assert await status_of(database, own.world.clinic_id) == "live"


async def test_nothing_that_a_clinic_or_a_client_does_leads_round_what_was_decided_of_a_pair(
    database: Database, clock: MovableClock
) -> None:
    own, result = await shown_result(database, clock)
    by = await moderator(database)
    pair = NewResult(before_id=result.before.id, after_id=result.after.id)
    case = await reported(database, own.world, reason="result", result_id=result.id)
    async with database.begin(own.world.scope) as work:
        await photo_results.remove_result(work, result.id)  # before it is decided
        assert (await photo_results.choose_result(work, pair)).id == result.id
        await photo_results.remove_result(work, result.id)
        assert (await photo_results.choose_result(work, pair)).id == result.id
    await decided(database, by, own.world.clinic_id, case.id, "remove")
    for release in (False, True):
        await released(database, own, result.before.id, release=release)
    async with database.begin(own.world.scope) as work:
        assert await photo_results.list_results(work) == []
        assert [one.id for one in await photo_results.list_chosen(work)] == [result.id]
        assert await photo_results.list_candidates(work) == []
        with pytest.raises(photo_results.WasTakenDown):
            await photo_results.choose_result(work, pair)
        # An appeal gives back what the client has not taken off meanwhile.
        await photo_results.put_back(work, result.id)
        assert await photo_results.list_results(work) == []
        assert (await photo_results.choose_result(work, pair)).id == result.id


@pytest.mark.parametrize("other", ["review_id", "picture_id"])
def test_a_report_is_about_one_thing(other: str) -> None:
    given = {"slug": "linden-skin", "reason": "result", "text": "A face.", "result_id": str(UUID(int=1))}
    with pytest.raises(ValueError, match="one thing at a time"):
        Report.model_validate({**given, other: str(UUID(int=2))})
