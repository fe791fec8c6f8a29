"""Pages behind signed links, for a phone and without an account: a check-in, and a review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.courses import followups
from services.courses.followup_rules import SIGNS
from services.courses.followup_schemas import CheckInAnswer
from services.kernel.errors import FieldError, InvalidFields, WrongState
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.reviews import service as reviews
from services.reviews.rules import shown_name
from services.reviews.schemas import RATINGS, NewReview
from services.scheduling import service as scheduling
from services.screening import consents
from services.screening.models import Purpose
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to, page
from web.photo_pages import is_sent, take_photo

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]

# More than a photo may have: one that is too large is said at its field, and takes no red flag with it. The proxy in
# front takes a little more.
LARGEST_CHECK_IN = 40_000_000

_MISSING = {
    "breathing": "Breathing and swelling: answer yes or no.",
    "fever": "Fever: answer yes or no.",
    "spreading_redness": "Redness or pus: answer yes or no.",
    "blisters": "Blisters or cold sores: answer yes or no.",
    "lasting_dark_spots": "Dark spots: answer yes or no.",
    "discomfort": "Choose how much it bothers you now.",
    "downtime_days": "Say how many days; 0 if none.",
    "result": "Rate the result so far.",
    "comfort": "Rate your comfort during the treatment.",
    "cleanliness": "Rate the cleanliness.",
    "explanation": "Rate how risks and aftercare were explained.",
    "value": "Rate what it was worth for the price.",
}


def _field(error: FieldError) -> str:
    return error.field.removeprefix("ratings.")


def _words(error: FieldError) -> str:
    return _MISSING.get(_field(error), error.message) if error.code == "missing" else error.message


def _check_answer(form: Form) -> CheckInAnswer:
    """The answer, in which each sign was said to be there or not. Raises `InvalidFields` for all that is wrong."""
    silent = [
        FieldError(code, "missing", _MISSING[code])
        for code in SIGNS
        if form.values.get(code) not in {"yes", "no"}
    ]
    signs = {code: form.values.get(code) == "yes" for code in SIGNS}
    try:
        given = check(form, CheckInAnswer, **signs)
    except InvalidFields as refusal:
        raise InvalidFields([*silent, *refusal.errors]) from refusal
    if silent:
        raise InvalidFields(silent)
    return given


async def _keep_photo(work: ClinicWork, booking_id: UUID, form: Form) -> None:
    """The photo around the visit. Raises `InvalidFields` for whatever is wrong with it."""
    booking = await scheduling.get_booking(work, booking_id)
    sessions = await scheduling.list_group(work, booking.group_id)
    try:
        async with work.savepoint():
            await take_photo(work, sessions, form, by_clinic=False)
    except WrongState as refusal:
        raise InvalidFields.one("file", refusal.code, refusal.text) from refusal


async def _keep(work: ClinicWork, check_in_id: UUID, given: CheckInAnswer, form: Form) -> str | None:
    """The answer, with the photo that came with it: both or none, but a red flag waits for no photo.

    Then it gives the words that say why there is none. Raises `InvalidFields`, `AlreadyAnswered`, `Erased`.
    """
    answered = await followups.answer_check_in(work, check_in_id, given)
    if not is_sent(form):
        return None
    try:
        await _keep_photo(work, answered.booking_id, form)
    except InvalidFields as refusal:
        if not answered.red_flag:
            raise
        why = " ".join(gettext(_words(error)) for error in refusal.errors)
        return gettext("The clinic has your answers, without the photo. {why}").format(why=why)
    return None


def _private(answer: Response[str]) -> Response[str]:
    """The address is as good as a password: it is neither kept nor passed on."""
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


class CheckInPages(Controller):
    path = "/check-ins/{token:str}"
    include_in_schema = False

    @get()
    async def ask(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """The questions, or what was answered. Raises `Erased`, `LinkExpired`."""
        return await self._show(request, token, database, Form())

    @post(request_max_body_size=LARGEST_CHECK_IN)
    async def answer(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str] | Redirect:
        """Keeps the answer, and the photo that came with it.

        Raises `AlreadyAnswered`, `Erased`, `LinkExpired`.
        """
        form = await read_form(request)
        scope, check_in_id = await self._open(token, database)
        try:
            given = _check_answer(form)
            async with database.begin(scope) as work:
                lacks = await _keep(work, check_in_id, given, form)
        except InvalidFields as refusal:
            form.errors = {_field(error): _words(error) for error in refusal.errors}
            if is_sent(form):
                form.errors.setdefault("file", "Choose the photo once more: a page cannot keep it for you.")
            return await self._show(request, token, database, form, refusal.status)
        return go_to(request.url.path, flash=lacks, kind="caution")

    async def _open(self, token: str, database: Database) -> tuple[ClinicScope, UUID]:
        async with database.begin(PublicScope()) as work:
            clinic_id, check_in_id = followups.read_link(work, token)
        return ClinicScope(clinic_id), check_in_id

    async def _show(
        self, request: AppRequest, token: str, database: Database, form: Form, status: int = 200
    ) -> Response[str]:
        scope, check_in_id = await self._open(token, database)
        async with database.begin(scope) as work:
            asked = await followups.open_check_in(work, check_in_id)
            has_consent = await consents.holds(work, asked.check_in.client_id, Purpose.PHOTOS)
        template = "followups/check_in_done.html" if asked.check_in.answered_at else "followups/check_in.html"
        return _private(
            page(
                request,
                template,
                status=status,
                asked=asked,
                has_consent=has_consent,
                consent_text=consents.consent_texts()[Purpose.PHOTOS].text,
                values=form.values,
                errors=form.errors,
            )
        )


class ReviewPages(Controller):
    path = "/reviews/{token:str}"
    include_in_schema = False

    @get()
    async def ask(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """The form, or thanks. Raises `LinkExpired`."""
        return await self._show(request, token, database, Form())

    @post()
    async def write(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str] | Redirect:
        """Publishes the review. Raises `AlreadyReviewed`, `LinkExpired`."""
        form = await read_form(request)
        scope, invitation_id = await self._open(token, database)
        ratings = {name: form.values[name] for name in RATINGS if form.values.get(name)}
        try:
            given = check(form, NewReview, ratings=ratings)
            async with database.begin(scope) as work:
                await reviews.write_review(work, invitation_id, given)
        except InvalidFields as refusal:
            form.errors = {_field(error): _words(error) for error in refusal.errors}
            return await self._show(request, token, database, form, refusal.status)
        return go_to(request.url.path)

    async def _open(self, token: str, database: Database) -> tuple[ClinicScope, UUID]:
        async with database.begin(PublicScope()) as work:
            clinic_id, invitation_id = reviews.read_link(work, token)
        return ClinicScope(clinic_id), invitation_id

    async def _show(
        self, request: AppRequest, token: str, database: Database, form: Form, status: int = 200
    ) -> Response[str]:
        scope, invitation_id = await self._open(token, database)
        async with database.begin(scope) as work:
            asked = await reviews.get_invitation(work, invitation_id)
        values: dict[str, Any] = {"asked": asked, "shown_name": shown_name(asked.client_name)}
        if asked.answered:
            return _private(page(request, "followups/review_done.html", **values))
        values |= {"values": form.values, "errors": form.errors}
        return _private(page(request, "followups/review.html", status=status, **values))
