"""Use case of booking: screening, consent, client, and the visit or the whole course, in one unit of work."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.accounts import service as accounts
from services.clients.schemas import ClientIn, ClientView
from services.clients.service import find_client, find_or_create_client, get_living_client
from services.courses.limits import count_booking, require_few_ahead
from services.courses.models import CourseStatus
from services.courses.repository import CourseRepository
from services.courses.rules import missing_session, split_price
from services.courses.schemas import Booked, BookedSession, BookingIn, DeskBookingIn
from services.courses.service import follow_course, get_course
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.phones import NotReached, can_be_rung
from services.kernel.work import ClinicWork
from services.questions.inviting import require_invitation
from services.scheduling.availability import Offer, get_offer_for
from services.scheduling.booking import book_into_group, book_visits, list_group, manage_token
from services.scheduling.following import first_of
from services.scheduling.holding import find_held, read_token
from services.scheduling.planning import plan_mark, planned, propose
from services.scheduling.preference_rules import AS_USUAL, Preferences
from services.scheduling.schemas import BookingView, CourseWish, PlannedSession, VisitWish
from services.scheduling.status_rules import STANDING
from services.scheduling.texts import WHY_NOT, Source, choose_texts
from services.screening import service as screening
from services.screening.marketing import choose_marketing
from services.screening.models import Outcome
from services.treatments.models import BookingMode


class CourseStopped(Refusal):
    code = "course-stopped"
    message = "This course was stopped. Go on with it first."


class PlanChanged(Refusal):
    code = "plan-changed"
    message = "The sessions would not lie as you were shown any more. Look at them again, then book."


class PriceChanged(Refusal):
    code = "price-changed"
    message = "The price is another by now. Look at it again, then book."


class NothingMissing(Refusal):
    code = "nothing-missing"
    message = "Every session of this course took place or is booked."


async def book(
    work: ClinicWork,
    wanted: BookingIn | DeskBookingIn,
    account_id: UUID | None = None,
    *,
    by_clinic: bool = False,
    hold_id: UUID | None = None,
    address: str | None = None,
) -> Booked:
    """Books what is wanted, or nothing.

    `account_id` is the signed-in booker's, and the booking is theirs. Booked by nobody who is signed in, it belongs to
    the account that has proved the client's address, whoever typed that. The clinic itself books without notice, and
    confirmed at once unless an answer asks for a clinician, and so does whoever it invited. What is held for the booker
    (the token in `hold`, or `hold_id`) becomes the visit. `plan` is the mark of the course's plan that the booker was
    shown (`plan_mark`): what is booked is that plan; so with `price`. Who books by themselves does so from an
    `address`, and books so much and no more. Raises `AskFirst` for a treatment that is to be asked about first,
    `PriceChanged` and `ScreeningNotNow` before anything is kept, `TooManyRequests`, `TooManyVisits`, `SlotTaken` with
    alternatives, `PlanChanged`, `NotFound`, and field errors.
    """
    preferences = _preferences_of(wanted)
    wish = wish_of(wanted)
    offer = await get_offer_for(work, wish, by_clinic=by_clinic)
    invited = not by_clinic and _check_invitation(work, wanted, offer)
    if by_clinic or isinstance(wanted, BookingIn):
        await _check_phone(work, wanted.client, offer.facts.country, by_clinic=by_clinic)
    _check_price(wanted, offer)
    _check_health(work, wanted, offer)
    if isinstance(wanted, BookingIn):
        hold_id = read_token(work, wanted.hold) or hold_id
    if address is not None:
        await count_booking(work, address, account_id)
    client, owner = await _client(work, wanted.client)
    if address is not None:
        more = offer.course_sessions if wanted.whole_course else 1
        await require_few_ahead(work, client, account_id, more)
    outcome = await _keep_health(work, wanted, offer, client)
    if isinstance(wanted, BookingIn) and wanted.news:
        await choose_marketing(work, client.id, "booking", allowed=True, language=wanted.consent.language)
    ask_mode = offer.booking_mode != BookingMode.INSTANT and not (by_clinic or invited)
    booked = await book_visits(
        work,
        wish,
        client,
        course=course_wish(offer, preferences) if wanted.whole_course else None,
        requested=outcome == Outcome.ASK_CLINICIAN or ask_mode,
        account_id=account_id or owner,
        by_clinic=by_clinic,
        offer=offer,
        hold_id=hold_id,
    )
    sessions = planned(
        [(one.starts_at, one.ends_at, one.practitioner_id) for one in booked], offer.zone, preferences
    )
    if wanted.plan is not None and wanted.whole_course and plan_mark(sessions) != wanted.plan:
        raise PlanChanged
    if wanted.text_reminders:
        source: Source = "desk" if by_clinic else "booking"
        await choose_texts(work, booked[0].group_id, wanted.client.phone, source, field="client.phone")
    if wanted.whole_course:
        _add_course(work, offer, booked, preferences)
    return _booked(work, booked, sessions, whole_course=wanted.whole_course)


async def book_missing_session(work: ClinicWork, course_id: UUID, starts_at: datetime) -> BookingView:
    """The clinic books the first session that a course is missing, whatever has left the menu since it was booked.

    With whoever gives the course's first one, where they are free and that was wished. Raises `NotFound`,
    `CourseStopped`, `NothingMissing`, `OutsideCourseWindow`, `SlotTaken`, `Erased`, and field errors.
    """
    # One at a time: of two who press at once, the second finds nothing missing.
    await CourseRepository(work).lock(course_id)
    course = await get_course(work, course_id)
    if course.stopped_at is not None:
        raise CourseStopped
    sessions = await list_group(work, course_id)
    position = missing_session(course.sessions, {one.position for one in sessions if one.status in STANDING})
    if position is None:
        raise NothingMissing
    booked = await book_into_group(
        work,
        first_of(sessions),
        starts_at,
        await get_living_client(work, course.client_id),
        position=position,
        price=split_price(course.price, course.sessions)[position - 1],
        window=course.window,
        account_id=next((one.account_id for one in sessions if one.account_id), None),
        same_practitioner=course.preferences.same_practitioner,
    )
    work.audit("course.book_session", "course", course_id, position=position)
    await follow_course(work, booked.id)
    return booked


async def propose_sessions(
    work: ClinicWork, wanted: VisitWish, preferences: Preferences = AS_USUAL, hold: str | None = None
) -> list[PlannedSession]:
    """The sessions of the whole course if the first began then; empty where they do not fit.

    `hold` is the token of whoever asks, if the first time is held for them. Raises `NotFound`, and field errors for a
    time that is not offered.
    """
    offer = await get_offer_for(work, wanted)
    return await propose(work, offer, wanted, course_wish(offer, preferences), await find_held(work, hold))


def wish_of(wanted: BookingIn | DeskBookingIn) -> VisitWish:
    """What scheduling needs to know of it; the desk alone names a room or a device."""
    things = (wanted.room_id, wanted.device_id) if isinstance(wanted, DeskBookingIn) else ()
    return VisitWish(
        wanted.treatment_id,
        wanted.starts_at,
        wanted.location_id,
        wanted.area,
        wanted.practitioner_id,
        *things,
    )


def course_wish(offer: Offer, preferences: Preferences = AS_USUAL) -> CourseWish:
    """The protocol's usual course, its price split over the sessions."""
    return CourseWish(offer.window, split_price(offer.course_price, offer.course_sessions), preferences)


def _preferences_of(wanted: BookingIn | DeskBookingIn) -> Preferences:
    """What is wished for the later sessions. Raises field errors."""
    if wanted.preferences is None:
        return AS_USUAL
    if not wanted.whole_course:
        words = "Preferences are for the later sessions of a whole course."
        raise InvalidFields.one("preferences", "invalid", words)
    return wanted.preferences.checked("preferences.")


def _check_invitation(work: ClinicWork, wanted: BookingIn | DeskBookingIn, offer: Offer) -> bool:
    """Whether the clinic invited to this booking. Raises `AskFirst` where it has to."""
    if offer.booking_mode != BookingMode.ASK_FIRST or not isinstance(wanted, BookingIn):
        return False
    require_invitation(work, wanted.treatment_id, wanted.invitation)
    return True


async def _check_phone(work: ClinicWork, given: ClientIn, country: str, *, by_clinic: bool) -> None:
    """Raises a field error for what cannot be rung; what the clinic's record has is no reason not to book at its desk.

    A wish of the waiting list is not asked again: whoever accepts an offer could not put it right there.
    """
    if not given.phone or can_be_rung(given.phone, country):
        return
    known = await find_client(work, given.email) if by_clinic else None
    if known is None or known.phone != given.phone:
        raise InvalidFields.one("client.phone", NotReached.NO_NUMBER.value, WHY_NOT[NotReached.NO_NUMBER])


def _check_price(wanted: BookingIn | DeskBookingIn, offer: Offer) -> None:
    """Raises `PriceChanged` where the booker was shown another price for all that is booked."""
    shown = wanted.price
    price = offer.course_price if wanted.whole_course else offer.price
    if shown is not None and (shown.amount, shown.currency) != (price, offer.currency):
        raise PriceChanged


def _check_health(work: ClinicWork, wanted: BookingIn | DeskBookingIn, offer: Offer) -> None:
    if wanted.screening is not None:
        today = work.now.astimezone(offer.zone).date()
        given = wanted.screening
        screening.check_answers(given.version, given.answers, today, given.language)
    if wanted.consent is not None:
        screening.check_consent(wanted.consent.version)


async def _keep_health(
    work: ClinicWork, wanted: BookingIn | DeskBookingIn, offer: Offer, client: ClientView
) -> Outcome:
    outcome = Outcome.CLEAR
    if wanted.screening is not None:
        today = work.now.astimezone(offer.zone).date()
        given = wanted.screening
        outcome = await screening.screen(
            work, client.id, given.version, given.answers, today, language=given.language
        )
    if wanted.consent is not None:
        signed = wanted.consent
        await screening.record_consent(work, client.id, signed.version, signed.signed_name, signed.language)
    return outcome


async def _client(work: ClinicWork, given: ClientIn) -> tuple[ClientView, UUID | None]:
    """The clinic's client of the address, and the account that has proved it, where the record is not another's."""
    owner = await accounts.find_owner(work, given.email)
    client = await find_or_create_client(
        work,
        name=given.name,
        email=given.email,
        phone=given.phone,
        account_id=owner,
        language=given.language,
    )
    return client, owner if client.account_id == owner else None


def _add_course(work: ClinicWork, offer: Offer, booked: list[BookingView], preferences: Preferences) -> None:
    first = booked[0]
    CourseRepository(work).add(
        id=first.group_id,
        client_id=first.client_id,
        treatment_id=first.treatment_id,
        area=first.area,
        sessions=len(booked),
        min_days=offer.window.min_days,
        target_days=offer.window.target_days,
        max_days=offer.window.max_days,
        price=offer.course_price,
        currency=offer.currency,
        status=CourseStatus.BOOKED,
        weekdays=preferences.times.weekdays,
        from_time=preferences.times.from_time,
        until_time=preferences.times.until_time,
        same_practitioner=preferences.same_practitioner,
    )
    work.audit("course.create", "course", first.group_id, sessions=len(booked))


def _booked(
    work: ClinicWork, booked: list[BookingView], sessions: list[PlannedSession], *, whole_course: bool
) -> Booked:
    first = booked[0]
    return Booked(
        reference=first.reference,
        manage_token=manage_token(work, first.group_id),
        status=first.status,
        course_id=first.group_id if whole_course else None,
        time_zone=first.time_zone,
        sessions=tuple(
            BookedSession(one.reference, session.starts_at, session.ends_at, session.departs)
            for one, session in zip(booked, sessions, strict=True)
        ),
    )
