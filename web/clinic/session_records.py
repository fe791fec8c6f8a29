"""A visit's record: completing with it, reading all its versions, correcting the latest."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.courses.records import (
    RECALLED_LOT,
    NothingCorrected,
    RecordChanged,
    complete_session,
    correct_record,
    deepest_on_label,
    list_versions,
)
from services.courses.schemas import (
    DEEPEST_MM,
    DEPTH_STEP_MM,
    MOST_PASSES,
    CorrectionIn,
    SessionRecordIn,
    SessionRecordView,
)
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.vault import Erased
from services.kernel.work import ClinicWork
from services.notices.rules import AFTERCARE_HELPS
from services.practitioners import service as practitioners
from services.scheduling.errors import BookingOver
from services.scheduling.status_rules import Step
from services.screening import service as screening
from services.screening.models import Purpose
from services.screening.schemas import SignedConsent
from services.treatments.service import get_catalogue
from web.clinic.desk import Desk, Opened, open_booking, provide_desk
from web.clinic.meanwhile import is_done, said_changed, said_twice
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Desk_ = NamedDependency[Desk]
R = TypeVar("R", bound=SessionRecordIn)
TREATS = "sessions:record"
DEPTHS = [
    (f"{step * DEPTH_STEP_MM:.2f}", f"{step * DEPTH_STEP_MM:.2f} mm")
    for step in range(1, int(DEEPEST_MM / DEPTH_STEP_MM) + 1)
]
PASSES = [(number, str(number)) for number in range(1, MOST_PASSES + 1)]


class SessionRecords(Controller):
    """`/clinic/{slug}/bookings/{reference}/complete` and `.../record`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/complete")
    async def ask(self, desk: Desk_, reference: str) -> Response[Any]:
        """The empty record, with what was booked filled in."""
        opened = await open_booking(desk, reference, TREATS)
        if "complete" not in opened.actions:
            return go_to(opened.path, flash=opened.why_not("complete"), kind="caution")
        booking = opened.booking
        return await _page(
            opened, Form({"areas": [booking.area], "practitioner_id": str(booking.practitioner_id)})
        )

    @post("/complete", status_code=200)
    async def complete(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Keeps the record and completes the visit."""
        opened = await open_booking(desk, reference, TREATS)
        form = await read_form(desk.request, "areas")
        try:
            record = _checked(form, SessionRecordIn)
            async with desk.work(TREATS) as work:
                await complete_session(work, opened.booking.id, record, by=desk.visitor.account_id)
        except InvalidFields as refusal:
            return await _page(opened, _rejected(form, refusal), status=422)
        except BookingOver:
            booking = (await open_booking(desk, reference, TREATS)).booking
            words = said_twice(booking) if is_done(Step.COMPLETE, booking) else said_changed(booking)
            return go_to(opened.path, flash=words, kind="caution")
        except Refusal as refusal:
            return await _page(opened, form, status=refusal.status, refused=refusal.text)
        over = opened.now - opened.booking.ends_at > AFTERCARE_HELPS
        late = gettext("Completed. It was too long ago for aftercare notes.")
        said = gettext("Completed. Aftercare notes go out on the right days.")
        return go_to(opened.path, flash=late if over else said)

    @get("/record")
    async def history(self, desk: Desk_, reference: str) -> Response[Any]:
        """Every version of the record, the latest first."""
        opened = await open_booking(desk, reference, TREATS)
        async with desk.work(TREATS) as work:
            versions = await list_versions(work, opened.booking.id)
        if not versions:
            raise NotFound
        pairs = list(zip(versions, [*versions[1:], None], strict=True))
        return opened.page("clinic/bookings/record.html", pairs=pairs)

    @get("/record/correct")
    async def ask_correction(self, desk: Desk_, reference: str) -> Response[Any]:
        """The latest version as a form."""
        opened, latest = await _latest(desk, reference)
        if latest.erased:
            return go_to(f"{opened.path}/record", flash=Erased.message, kind="caution")
        return await _page(opened, Form(_as_typed(latest)), latest=latest)

    @post("/record/correct", status_code=200)
    async def correct(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Adds a version."""
        opened, latest = await _latest(desk, reference)
        form = await read_form(desk.request, "areas")
        try:
            correction = _checked(form, CorrectionIn)
            async with desk.work(TREATS) as work:
                await correct_record(work, opened.booking.id, correction, by=desk.visitor.account_id)
        except InvalidFields as refusal:
            return await _page(opened, _rejected(form, refusal), latest=latest, status=422)
        except RecordChanged as refusal:
            return go_to(f"{opened.path}/record", flash=refusal.text, kind="caution")
        except NothingCorrected as refusal:
            return await _page(opened, form, latest=latest, status=refusal.status, refused=refusal.text)
        return go_to(f"{opened.path}/record", flash="Corrected. The version before is kept.")


async def _latest(desk: Desk, reference: str) -> tuple[Opened, SessionRecordView]:
    opened = await open_booking(desk, reference, TREATS)
    async with desk.work(TREATS) as work:
        versions = await list_versions(work, opened.booking.id)
    if not versions:
        raise NotFound
    return opened, versions[0]


def _checked(form: Form, schema: type[R]) -> R:
    topicals = [part.strip() for part in form.values.get("topicals", "").split(",") if part.strip()]
    seen = form.values.get("consent_seen") == "true"
    used = form.values.get("recalled_lot_used") == "true"
    return check(form, schema, topicals=topicals, consent_seen=seen, recalled_lot_used=used)


def _rejected(form: Form, refusal: InvalidFields) -> Form:
    """The form with its errors; where the lot is called back, it asks from now on whether that was really used."""
    if any(error.code == RECALLED_LOT for error in refusal.errors):
        form.values["recalled_lot_used"] = ""
    return form.reject(refusal)


def _as_typed(latest: SessionRecordView) -> dict[str, Any]:
    return {
        "version": latest.version,
        "areas": latest.areas,
        "passes": latest.passes or "",
        "depth_mm": f"{latest.depth_mm:.2f}",
        "depth_reason": latest.depth_reason,
        "lot": latest.lot,
        "topicals": ", ".join(latest.topicals),
        "practitioner_id": str(latest.practitioner_id or ""),
        "consent_seen": "true" if latest.consent_seen_at else "",
        "notes": latest.notes,
    }


async def _page(
    opened: Opened,
    form: Form,
    *,
    latest: SessionRecordView | None = None,
    status: int = 200,
    refused: str | None = None,
) -> Response[str]:
    async with opened.desk.work(TREATS) as work:
        deepest = await deepest_on_label(work, opened.booking)
        people = {person.id: person.name for person in await practitioners.list_practitioners(work)}
        consent = await _consent(work, opened)
    people.setdefault(opened.booking.practitioner_id, opened.booking.practitioner_name)
    if latest and latest.practitioner_id:
        people.setdefault(latest.practitioner_id, latest.practitioner_name)
    errors = {name: words for name, words in form.errors.items() if "." not in name}
    return opened.page(
        "clinic/bookings/correct.html" if latest else "clinic/bookings/complete.html",
        status=status,
        area_codes=[area.code for area in get_catalogue().areas],
        depths=DEPTHS,
        passes=PASSES,
        people=sorted(people.items(), key=lambda item: item[1]),
        consent=consent,
        deepest=deepest,
        values={"version": latest.version if latest else 0} | form.values,
        errors=errors | ({"form": refused} if refused else {}),
    )


async def _consent(work: ClinicWork, opened: Opened) -> SignedConsent | None:
    """The consent to treatment that was signed last, or nothing."""
    try:
        found = await screening.list_consents(work, opened.client.id)
    except Erased:
        return None
    return next((one for one in found if one.purpose == Purpose.TREATMENT), None)
