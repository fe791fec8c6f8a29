"""Use cases of reviews: invite everyone, take a review, count it once, show figures, let the clinic reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.courses.protocols import protocol_of
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import gettext, page_address
from services.kernel.links import LinkInvalid, SignedLink
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.timers import set_timer
from services.kernel.vault import Erased, is_nobodys
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.reviews import rules
from services.reviews.attendance import find_claim, require_shown
from services.reviews.errors import AlreadyReviewed, ReplyIsFinal
from services.reviews.events import COUNTED, INVITATION_DUE, INVITED, WRITTEN
from services.reviews.models import ReviewState, SubjectKind
from services.reviews.repository import (
    ReviewRepository,
    list_reviewed_clinics,
    rebuild_sums,
    sum_up_clinics,
)
from services.reviews.rules import Figures, Sums
from services.reviews.schemas import RATINGS, Author, InvitationView, NewReply, NewReview, ReviewView, stars
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING
from services.treatments import service as treatments

REVIEW_LINK = "review"
# Reviews of one clinic that are added to its sums in one step.
MOST_COUNTED = 500
# Of a visit's timers, one for each stage; those on a day of the result come after these, by their day.
_VERSIONS = {"session": 1, "course_end": 2, "three_months": 3, "later_session": 4}
_VERSIONS_OF_AN_END = 1000


async def plan_invitations(work: ClinicWork, booking_id: UUID) -> None:
    """Sets the times at which the client of a completed visit will be asked."""
    booking = await scheduling.get_booking(work, booking_id)
    await _plan(work, booking_id, min(booking.ends_at, work.now), await _stages_of(work, booking))


async def plan_last_invitations(work: ClinicWork, booking_id: UUID) -> None:
    """A session fell away: where none is to come any more, the course is over, and is asked about from then on.

    Who breaks a course off is asked like everybody else (16 CFR 465: nobody by how happy they are).
    """
    gone = await scheduling.get_booking(work, booking_id)
    group = await scheduling.list_group(work, gone.group_id)
    came = [one for one in group if one.status == "completed"]
    if came:
        last = max(came, key=lambda one: one.position)
        stages = await _stages_of(work, last)
        for about_visit in rules.SESSIONS:  # set when it took place
            stages.pop(about_visit, None)
        fallen = sum(one.status not in STANDING for one in group)
        await _plan(work, last.id, max(last.ends_at, gone.changed_at), stages, again=fallen)


async def _stages_of(work: ClinicWork, booking: BookingView) -> dict[str, timedelta]:
    """What is asked after a visit that took place, as its course stands now."""
    group = await scheduling.list_group(work, booking.group_id)
    days = (await protocol_of(work, booking)).result_days
    return rules.stages_after(booking.position, {one.position: one.status for one in group}, days)


async def _plan(
    work: ClinicWork, booking_id: UUID, since: datetime, stages: Mapping[str, timedelta], again: int = 0
) -> None:
    """Sets the timers; `again` tells those of one end of a course from those of an end that was none."""
    for stage, after in stages.items():
        due = INVITATION_DUE(booking_id=booking_id, stage=stage)
        version = _VERSIONS.get(stage) or len(_VERSIONS) + after.days
        set_timer(work, due, booking_id, since + after, version=version + again * _VERSIONS_OF_AN_END)


async def invite(work: ClinicWork, booking_id: UUID, stage: str) -> UUID | None:
    """Asks for a review of a visit that took place; nothing where that was done. Gives the invitation's id when new.

    It took place where the clinic says so, or the client does (`attendance`). About a course that goes on after all
    nobody is asked before its end, and about a session after the first not where the course is asked about already.
    """
    booking = await scheduling.get_booking(work, booking_id)
    if booking.status != "completed" and await find_claim(work, booking_id) is None:
        return None
    if stage != "session" and stage not in await _stages_of(work, booking):
        return None
    reviews = ReviewRepository(work)
    if stage in rules.SESSIONS and await reviews.has_invitation(booking_id, rules.SESSIONS):
        return None
    invitation_id = await reviews.add_invitation(
        booking_id, booking.client_id, stage, work.now + rules.INVITATION_LASTS
    )
    if invitation_id is not None:
        work.announce(INVITED(invitation_id=invitation_id))
    return invitation_id


async def invite_who_was_there(work: ClinicWork, booking_id: UUID) -> UUID | None:
    """Asks at once who says that they were there, about what they would be asked after the visit.

    Gives the invitation's id when new.
    """
    stage = next(iter(await _stages_of(work, await scheduling.get_booking(work, booking_id))))
    return await invite(work, booking_id, stage)


async def invitation_link(work: ClinicWork, invitation_id: UUID) -> str:
    """The address that opens the invitation, for the message. Raises `NotFound`."""
    row = await _invitation(work, invitation_id)
    token = work.tools.links.sign(
        REVIEW_LINK, invitation_id, clinic_id=work.scope.clinic_id, expires_at=row.expires_at
    )
    return page_address(work.tools.base_url, f"/reviews/{token}")


def read_link(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """The clinic and the invitation a token leads to. Raises `LinkInvalid` or `LinkExpired`."""
    link: SignedLink = work.tools.links.read(REVIEW_LINK, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link.subject_id


async def get_invitation(work: ClinicWork, invitation_id: UUID) -> InvitationView:
    """What is asked. Raises `NotFound`."""
    row = await _invitation(work, invitation_id)
    booking = await scheduling.get_booking(work, row.booking_id)
    treatment = await treatments.get_treatment(work, booking.treatment_id, archived=True)
    return InvitationView(
        id=row.id,
        booking_id=row.booking_id,
        stage=row.stage,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        answered=row.answered_at is not None,
        clinic_name=booking.clinic_name,
        clinic_slug=booking.clinic_slug,
        treatment_name=booking.treatment_name,
        practitioner_name=booking.practitioner_name,
        location_name=booking.location_name,
        visited_at=booking.starts_at,
        time_zone=booking.time_zone,
        client_name=booking.client_name,
        client_email=booking.client_email,
        concerns=tuple(treatment.concerns),
    )


async def _invitation(work: ClinicWork, invitation_id: UUID, *, lock: bool = False) -> Row[Any]:
    row = await ReviewRepository(work).invitation(invitation_id, lock=lock)
    if row is None:
        raise NotFound
    return row


async def write_review(work: ClinicWork, invitation_id: UUID, new: NewReview) -> ReviewView:
    """Publishes the review at once.

    Raises `AlreadyReviewed`, `VisitNotShown`, `Erased` where the client was, or `InvalidFields` for a foreign concern.
    """
    invitation = await _invitation(work, invitation_id, lock=True)
    if invitation.answered_at is not None:
        raise AlreadyReviewed
    await require_shown(work, invitation.booking_id)
    booking = await scheduling.get_booking(work, invitation.booking_id)
    if is_nobodys(booking.client_email):
        raise Erased
    treatment = await treatments.get_treatment(work, booking.treatment_id, archived=True)
    if new.concern is not None and new.concern not in treatment.concerns:
        message = gettext("Choose one of: {codes}.", codes=", ".join(sorted(treatment.concerns)))
        raise InvalidFields.one("concern", "unknown-code", message)
    reviews = ReviewRepository(work)
    review_id = await reviews.add(
        invitation_id=invitation_id,
        booking_id=booking.id,
        practitioner_id=booking.practitioner_id,
        treatment_id=booking.treatment_id,
        location_id=booking.location_id,
        stage=invitation.stage,
        concern=new.concern,
        author=rules.shown_name(booking.client_name),
        total=new.ratings.total,
        downtime_days=new.downtime_days,
        body=new.text,
        **new.ratings.model_dump(),
    )
    await reviews.answer_invitation(invitation_id)
    work.audit("review.write", "review", review_id)
    work.announce(WRITTEN(review_id=review_id))
    return await get_review(work, review_id)


async def count_reviews(work: ClinicWork) -> int:
    """Adds what was published since to the sums of its subjects, all of it in one step, once; gives how many.

    What somebody else is counting at this moment is left to them.
    """
    reviews = ReviewRepository(work)
    rows = await reviews.take_uncounted(MOST_COUNTED)
    if rows:
        await reviews.add_to_figures(rows, 1)
        work.announce(COUNTED(review_id=rows[-1].id))
    if len(rows) == MOST_COUNTED:
        work.announce(WRITTEN(review_id=rows[-1].id))
    return len(rows)


async def remove_review(work: ClinicWork, review_id: UUID) -> None:
    """Takes a review down after a moderator's decision and out of the sums; the row is kept. Raises `NotFound`."""
    reviews = ReviewRepository(work)
    row = await reviews.lock(review_id)
    if row is None:
        raise NotFound
    if row.state == ReviewState.REMOVED:
        return
    await reviews.change(review_id, state=ReviewState.REMOVED)
    if row.counted_at is not None:
        await reviews.add_to_figures([row], -1)
        work.announce(COUNTED(review_id=review_id))
    work.audit("review.remove", "review", review_id)


async def restore_review(work: ClinicWork, review_id: UUID) -> None:
    """Publishes a removed review again, and counts it again if it had counted. Raises `NotFound`."""
    reviews = ReviewRepository(work)
    row = await reviews.lock(review_id)
    if row is None:
        raise NotFound
    if row.state == ReviewState.PUBLISHED:
        return
    await reviews.change(review_id, state=ReviewState.PUBLISHED)
    if row.counted_at is None:
        work.announce(WRITTEN(review_id=review_id))
    else:
        await reviews.add_to_figures([row], 1)
        work.announce(COUNTED(review_id=review_id))
    work.audit("review.restore", "review", review_id)


async def find_author(work: ClinicWork, review_id: UUID) -> Author | None:
    """Who wrote a review, to tell them what became of it; nothing where the client is gone."""
    row = await ReviewRepository(work).one(review_id)
    if row is None:
        return None
    booking = await scheduling.get_booking(work, row.booking_id)
    return Author(booking.client_name, booking.client_email, booking.client_language)


async def get_review(work: ClinicWork, review_id: UUID) -> ReviewView:
    """One review, removed or not. Raises `NotFound`."""
    row = await ReviewRepository(work).one(review_id)
    if row is None:
        raise NotFound
    return _view(row)


async def list_reviews(work: ClinicWork, limit: int = 20, cursor: str | None = None) -> Page[ReviewView]:
    """Published reviews, newest first. Raises `InvalidFields` for a bad cursor."""
    before = None
    if cursor:
        at, review_id = decode_cursor(cursor, 2)
        try:
            before = datetime.fromisoformat(at), UUID(review_id)
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error
    rows = await ReviewRepository(work).published(limit, before)
    return page_of([_view(row) for row in rows], limit, lambda one: (one.created_at, one.id))


async def reply(work: ClinicWork, review_id: UUID, new: NewReply) -> ReviewView:
    """The clinic's public answer; it can be changed for a day. Raises `NotFound`, `ReplyIsFinal`."""
    reviews = ReviewRepository(work)
    row = await reviews.lock(review_id)
    if row is None or row.state != ReviewState.PUBLISHED:
        raise NotFound
    if not rules.may_reply(row.replied_at, work.now):
        raise ReplyIsFinal
    await reviews.change(review_id, reply=new.text, replied_at=row.replied_at or work.now)
    work.audit("review.reply", "review", review_id)
    return await get_review(work, review_id)


async def figures(work: ClinicWork, kind: SubjectKind, subject: str) -> Figures:
    """The figures of a subject; those of the clinic come with its concerns' figures and its last quarters."""
    reviews = ReviewRepository(work)
    found = await reviews.figures(kind, subject)
    sums = _sums(found[0]) if found else Sums()
    if kind is not SubjectKind.CLINIC:
        return rules.figures_of(sums)
    concerns = await reviews.figures(SubjectKind.CONCERN)
    quarters = await reviews.figures(SubjectKind.QUARTER)
    return rules.figures_of(
        sums,
        {row.subject: rules.figures_of(_sums(row)) for row in concerns},
        rules.trend_of({row.subject: _sums(row) for row in quarters}),
    )


async def rebuild_figures(work: PlatformWork, clinic_ids: Sequence[UUID]) -> None:
    """Makes the sums of those clinics again from their reviews: the same to the last digit."""
    await rebuild_sums(work, clinic_ids)


async def reviewed_clinics(work: PlatformWork) -> list[UUID]:
    """The clinics that have figures to make again, live or not."""
    return await list_reviewed_clinics(work)


async def figures_of_new_clinics(
    work: PlatformWork, clinic_ids: Sequence[UUID]
) -> dict[tuple[UUID, str, str], Figures]:
    """Sums up the counted reviews of clinics that came with them; figures by clinic, kind and subject."""
    found = await sum_up_clinics(work, clinic_ids)
    by_concern: dict[UUID, dict[str, Figures]] = {}
    for row in found:
        if row.subject_kind == SubjectKind.CONCERN:
            by_concern.setdefault(row.clinic_id, {})[row.subject] = rules.figures_of(_sums(row))
    return {
        (row.clinic_id, row.subject_kind, row.subject): rules.figures_of(
            _sums(row),
            by_concern.get(row.clinic_id, {}) if row.subject_kind == SubjectKind.CLINIC else None,
        )
        for row in found
        if row.subject_kind in {SubjectKind.CLINIC, SubjectKind.LOCATION}
    }


def _sums(row: Row[Any]) -> Sums:
    return Sums(
        reviews=row.reviews,
        total=row.total_sum,
        total_squares=row.total_square_sum,
        stars=(row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5),
        ratings={name: getattr(row, f"{name}_sum") for name in RATINGS},
        downtime_count=row.downtime_count,
        downtime_sum=row.downtime_sum,
    )


def _view(row: Row[Any]) -> ReviewView:
    return ReviewView(
        id=row.id,
        author=row.author,
        stage=row.stage,
        ratings={name: getattr(row, name) for name in RATINGS},
        stars=stars(row.total),
        concern=row.concern,
        downtime_days=row.downtime_days,
        text=row.body,
        treatment_id=row.treatment_id,
        treatment_name=row.treatment_name,
        practitioner_id=row.practitioner_id,
        practitioner_name=row.practitioner_name,
        location_id=row.location_id,
        created_at=row.created_at,
        reply=row.reply,
        replied_at=row.replied_at,
        state=row.state,
    )
