"""Cases: submitting a listing, reports from the public, the queue, and what moderators decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import service as accounts
from services.accounts.rules import network_of
from services.clinics import pictures, standing
from services.clinics import service as clinics
from services.clinics.audit import audit_views
from services.clinics.picture_schemas import PictureView
from services.clinics.schemas import AuditView, ClinicView
from services.courses import photo_results
from services.courses.photo_schemas import ResultView
from services.kernel.errors import InvalidFields, NotFound, NotSignedIn, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.paging import Page, decode_cursor, encode_cursor, page_of
from services.kernel.work import ClinicWork, PlatformWork
from services.marketplace.checklist import get_checklist
from services.moderation import rules
from services.moderation.errors import (
    AlreadyDecided,
    ChecklistIncomplete,
    ClaimedByAnother,
    EmailNotProved,
    NotTaken,
    OwnClinic,
    OwnDecision,
)
from services.moderation.events import CASE_OPENED
from services.moderation.models import CaseKind, CaseState
from services.moderation.repository import CaseRepository, QueueRepository
from services.moderation.schemas import (
    AuditQuery,
    CaseQuery,
    CaseView,
    KindFigures,
    QueueFigures,
    Report,
)

_REPORTS_AN_HOUR = 10
_LATEST_DECISIONS = 500


async def submit_clinic(work: ClinicWork) -> CaseView:
    """Hands the clinic's listing to the moderators.

    Raises `EmailNotProved` until the person's address is, `ChecklistIncomplete` with what is missing, and
    `WrongState` where the clinic is live or waits already.
    """
    account_id = work.scope.by.account_id
    if account_id is None:
        raise NotSignedIn
    if not (await accounts.get_account(work, account_id)).email_verified:
        raise EmailNotProved
    checklist = await get_checklist(work)
    missing = rules.still_missing((item.code, item.done) for item in checklist)
    if missing:
        raise ChecklistIncomplete(missing=missing)
    await standing.mark_submitted(work)
    clinic = await clinics.get_clinic(work)
    return await open_case(work, clinic, CaseKind.NEW_LISTING, work.scope.clinic_id, {})


async def report(work: ClinicWork, given: Report, *, address: str = "") -> CaseView:
    """Opens a case from the public about the clinic, or one of its reviews, pictures or results.

    At most ten an hour and address. Raises `TooManyRequests`, and `NotFound` for what is not shown.
    """
    wait = await work.tools.throttle.hit(f"report:{network_of(address)}", _REPORTS_AN_HOUR, 3600)
    if wait is not None:
        raise TooManyRequests(wait)
    clinic = await clinics.get_clinic(work)
    detail = {"reason": given.reason, "text": given.text, "email": given.email, "source": "public"}
    detail["language"] = given.language
    if given.review_id is not None:
        detail["review_id"] = str(given.review_id)
        return await open_case(work, clinic, CaseKind.REVIEW_FLAGGED, given.review_id, detail)
    if given.picture_id is not None:
        picture = await pictures.get_picture(work, given.picture_id)
        if not picture.is_shown:
            raise NotFound
        detail |= _about_picture(picture)
    if given.result_id is not None:
        result = await photo_results.get_result(work, given.result_id)
        if result.taken_down_at is not None:
            raise NotFound
        detail |= _about_result(result)
    return await open_case(work, clinic, CaseKind.PUBLIC_REPORT, work.scope.clinic_id, detail)


def _about_picture(picture: PictureView) -> dict[str, str]:
    return {"picture_id": str(picture.id), "picture": picture.alt or picture.caption}


def _about_result(result: ResultView) -> dict[str, str]:
    return {"result_id": str(result.id), "result": result.name}


async def open_picture_case(work: ClinicWork, picture_id: UUID) -> CaseView:
    """Opens a case about one picture on a moderator's own initiative. Raises `NotFound`."""
    return await _open_own(work, "picture", _about_picture(await pictures.get_picture(work, picture_id)))


async def open_result_case(work: ClinicWork, result_id: UUID) -> CaseView:
    """The same about one pair of results. Raises `NotFound`."""
    return await _open_own(work, "result", _about_result(await photo_results.get_result(work, result_id)))


async def _open_own(work: ClinicWork, reason: str, about: dict[str, str]) -> CaseView:
    detail = {"reason": reason, "text": "", "email": "", "source": "moderator", **about}
    clinic = await clinics.get_clinic(work)
    return await open_case(work, clinic, CaseKind.PUBLIC_REPORT, work.scope.clinic_id, detail)


async def open_own_case(work: ClinicWork, text: str) -> CaseView:
    """Opens a case about a clinic on a moderator's own initiative. Raises `InvalidFields` for no words."""
    words = text.strip()
    if not words:
        raise InvalidFields.one("text", "missing", "Say in a sentence what the case is about.")
    clinic = await clinics.get_clinic(work)
    detail = {"reason": "other", "text": words[:4000], "email": "", "source": "moderator"}
    return await open_case(work, clinic, CaseKind.PUBLIC_REPORT, work.scope.clinic_id, detail)


async def open_case(
    work: ClinicWork, clinic: ClinicView, kind: CaseKind, subject_id: UUID, detail: dict[str, Any]
) -> CaseView:
    """A case with its promise, announced. `subject_id` is the clinic, or the one thing of it that the case is about."""
    case_id = new_id()
    await CaseRepository(work).add(
        {
            "id": case_id,
            "case_kind": kind,
            "subject_id": subject_id,
            "title": clinic.name,
            "detail": {"slug": clinic.slug, **detail},
            "state": CaseState.OPEN,
            "opened_at": work.now,
            "promised_by": rules.promised_by(kind, work.now, str(detail.get("reason", ""))),
        }
    )
    work.audit("case.opened", "case", case_id, kind=kind.value)
    work.announce(CASE_OPENED(case_id=case_id))
    return await get_case(work, case_id)


async def get_case(work: ClinicWork, case_id: UUID) -> CaseView:
    """A case of the clinic. Raises `NotFound`."""
    row = await CaseRepository(work).find(case_id)
    if row is None:
        raise NotFound
    return case_view(row, work.now)


async def list_clinic_cases(work: ClinicWork) -> list[CaseView]:
    """Every case of the clinic, newest first."""
    return [case_view(row, work.now) for row in await CaseRepository(work).list_all()]


async def find_standing_case(work: ClinicWork, clinic_status: str) -> CaseView | None:
    """The case whose decision put the clinic where it stands now, the last one; nothing where none did."""
    decided = [
        case
        for case in await list_clinic_cases(work)
        if case.decided_at is not None
        and rules.left_standing_at(
            rules.matter_of(case.kind, case.detail), case.decision or "", clinic_status
        )
    ]
    return max(decided, key=lambda case: case.decided_at or case.opened_at, default=None)


async def list_case_events(work: ClinicWork, limit: int = 40) -> list[AuditView]:
    """What was done with the clinic's cases and standing, newest first."""
    rows = await CaseRepository(work).list_audit(limit)
    return await audit_views(work, rows)


async def list_changes(work: ClinicWork, case_id: UUID, limit: int = 60) -> list[AuditView]:
    """What the clinic changed since its case before this one was decided, newest first; everything for the first."""
    rows = await CaseRepository(work).list_changes(case_id, limit)
    return await audit_views(work, rows)


async def claim(work: ClinicWork, case_id: UUID) -> CaseView:
    """Takes a case. Raises `NotFound`, `AlreadyDecided`, `OwnClinic`, `OwnDecision`, `ClaimedByAnother`."""
    row = await lock_to_decide(work, case_id)
    if row.claimed_by is None:
        await CaseRepository(work).change(
            case_id, state=CaseState.CLAIMED, claimed_by=moderator_of(work), claimed_at=work.now
        )
        work.audit("case.claimed", "case", case_id)
    return await get_case(work, case_id)


async def release(work: ClinicWork, case_id: UUID) -> CaseView:
    """Gives a case back to the queue. Raises `NotFound`, `AlreadyDecided`, `NotTaken`."""
    row = await CaseRepository(work).find(case_id, lock=True)
    if row is None:
        raise NotFound
    if row.state == CaseState.DECIDED:
        raise AlreadyDecided
    if row.claimed_by != moderator_of(work):
        raise NotTaken
    await CaseRepository(work).change(case_id, state=CaseState.OPEN, claimed_by=None, claimed_at=None)
    work.audit("case.released", "case", case_id)
    return await get_case(work, case_id)


async def lock_to_decide(work: ClinicWork, case_id: UUID) -> Row[Any]:
    """The case, held against others for this transaction, for the moderator at work.

    Raises `NotFound`, `AlreadyDecided`, `OwnClinic`, `OwnDecision`, `ClaimedByAnother`.
    """
    row = await CaseRepository(work).find(case_id, lock=True)
    if row is None:
        raise NotFound
    if row.state == CaseState.DECIDED:
        raise AlreadyDecided
    if await is_own_clinic(work):
        raise OwnClinic
    if rules.decided_it_before(row.detail, moderator_of(work)):
        raise OwnDecision
    if not rules.may_decide(row.claimed_by, moderator_of(work)):
        raise ClaimedByAnother
    return row


async def is_own_clinic(work: ClinicWork) -> bool:
    """Whether the moderator at work is of the clinic's team."""
    clinics_of_theirs = await clinics.list_memberships(work, moderator_of(work))
    return any(member.clinic_id == work.scope.clinic_id for member in clinics_of_theirs)


def moderator_of(work: ClinicWork) -> UUID:
    """The account that moderates. Raises `NotSignedIn`."""
    if work.scope.by.account_id is None:
        raise NotSignedIn
    return work.scope.by.account_id


async def find_clinic_of_case(work: PlatformWork, case_id: UUID) -> UUID:
    """Which clinic a case belongs to, as the way to its scope. Raises `NotFound`."""
    row = await QueueRepository(work).find(case_id)
    if row is None or row.clinic_id is None:
        raise NotFound
    found: UUID = row.clinic_id
    return found


async def get_slug_of_review(work: PlatformWork, review_id: UUID) -> str:
    """The slug of the clinic that a published review is about. Raises `NotFound`."""
    slug = await QueueRepository(work).find_slug_of_review(review_id)
    if slug is None:
        raise NotFound
    return slug


async def list_cases(work: PlatformWork, query: CaseQuery) -> Page[CaseView]:
    """Cases of all clinics, oldest promise first; decided ones newest first."""
    after = _read_cursor(query.cursor)
    repository = QueueRepository(work)
    decided = query.state is CaseState.DECIDED
    rows = await (repository.list_decided if decided else repository.list_cases)(query, after)

    def key(row: Row[Any]) -> tuple[str, str]:
        return ((row.decided_at if decided else row.promised_by).isoformat(), str(row.id))

    found = page_of(rows, query.limit, key)
    return Page([case_view(row, work.now) for row in found.items], found.next)


def _read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, case_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), UUID(case_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error


async def list_platform_audit(work: PlatformWork, query: AuditQuery) -> Page[AuditView]:
    """Audit events of all clinics and of the platform, newest first. Raises `InvalidFields` for a bad cursor."""
    before = None
    if query.cursor is not None:
        try:
            before = UUID(decode_cursor(query.cursor, 1)[0])
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error
    account_id = rules.id_or_none(query.actor)
    if "@" in query.actor:
        known = await accounts.find_by_email(work, query.actor)
        account_id = known.account_id if known else None
    by = await accounts.list_ids_of_name(work, query.actor) if query.actor and account_id is None else None
    rows = await QueueRepository(work).list_audit(query, account_id, before, by)
    items = await audit_views(work, rows[: query.limit])
    return Page(items, encode_cursor(items[-1].id) if len(rows) > query.limit else None)


async def get_figures(work: PlatformWork) -> QueueFigures:
    """How the queue stands, and what was decided: the median is over the latest 500 decisions."""
    repository = QueueRepository(work)
    counts = await repository.count_states(work.now)
    return QueueFigures(
        open=counts.open,
        claimed=counts.claimed,
        overdue=counts.overdue,
        decided=counts.decided,
        oldest_promise=counts.oldest_promise,
        median_hours=rules.median_hours(await repository.decision_seconds(_LATEST_DECISIONS)),
        decisions=await repository.count_decisions(),
        kinds=await _kind_figures(work),
    )


async def _kind_figures(work: PlatformWork) -> tuple[KindFigures, ...]:
    repository = QueueRepository(work)
    counted = {row.kind: row for row in await repository.count_kinds(work.now)}
    undone = await repository.count_reversals()
    return tuple(
        KindFigures(**counted[kind]._mapping, reversed=undone.get(kind, 0))  # noqa: SLF001  its documented way
        for kind in CaseKind
        if kind in counted
    )


async def count_removed_reviews(work: PlatformWork) -> int:
    """How many reviews were taken down, over all clinics."""
    return await QueueRepository(work).count_removed_reviews()


def case_view(row: Row[Any], now: datetime) -> CaseView:
    """A row as a case with its clock."""
    return CaseView(
        id=row.id,
        kind=row.case_kind,
        state=row.state,
        clinic_id=row.clinic_id,
        subject_id=row.subject_id,
        slug=row.detail.get("slug", ""),
        title=row.title,
        detail=row.detail,
        opened_at=row.opened_at,
        promised_by=row.promised_by,
        due_in_seconds=int((row.promised_by - now).total_seconds()),
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        decision=row.decision,
        reason=row.reason,
        message=row.message,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
