"""Use cases of what a clinic shows of its results: each photo released by its client, each pair chosen by the clinic.

Nothing public is kept apart: a shown photo is opened from its sealed file each time, after asking whether its release
and the consent to photos still hold. What is taken back is gone with the next request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics.events import CHANGED
from services.courses import photo_rules as rules
from services.courses.models import PhotoState
from services.courses.photo_repository import PhotoRepository, ResultRepository
from services.courses.photo_schemas import NewResult, PhotoView, ReleaseDecided, ResultView
from services.courses.photos import MEDIUM, get_photo, load_file, placed, read_photo
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.language import N_, gettext
from services.kernel.vault import seal_for
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.screening import consents, wording
from services.screening.models import ConsentDecision, Purpose
from services.screening.schemas import ConsentText

MOST_RESULTS = 12
_RELEASE, _DATA = "photo_release", "services.courses.data"


class NotReleased(WrongState):
    code = "not-released"
    message = "Both photos need the client's release, and the consent to photos."


class NotComparable(WrongState):
    code = "not-comparable"
    message = "Only photos of one course, area and pose, with a session between them, can be shown as a pair."


class TooManyResults(WrongState):
    code = "too-many-results"
    message = N_("There are {most} results on the page already. Take one off first.")

    def __init__(self) -> None:
        super().__init__(gettext(self.message, most=MOST_RESULTS))


class WasTakenDown(WrongState):
    code = "was-taken-down"
    message = (
        "A moderator took this pair down, and with it these photos. The message about it leads to an appeal."
    )


def release_text(language: str | None = None) -> ConsentText:
    """The words in force for showing a photo to the public, in a language: that which is spoken, if none is given."""
    return wording.consent_text(_RELEASE, language, _DATA)


def released_words(version: str, language: str | None) -> str:
    """The words of a release as they were signed."""
    return wording.agreed_words(_RELEASE, version, language, _DATA)


async def decide_release(work: ClinicWork, photo: PhotoView, given: ReleaseDecided) -> PhotoView:
    """The client's word on one photo; what holds already is not written twice. Taken back, it is shown nowhere.

    Raises `InvalidFields` for giving without a name, `NotReleased` without the consent to photos, `WrongState` before
    the photo is ready.
    """
    if given.release == photo.is_released:
        return photo
    if given.release:
        if photo.state != PhotoState.READY:
            raise WrongState("The photo is not ready yet.")
        if not await consents.holds(work, photo.client_id, Purpose.PHOTOS):
            raise NotReleased
        if not given.signed_name:
            raise InvalidFields.one("signed_name", "missing", "Sign with your name.")
    decision = ConsentDecision.GIVEN if given.release else ConsentDecision.WITHDRAWN
    words = release_text(given.language)
    await PhotoRepository(work).add_release(
        client_id=photo.client_id,
        photo_id=photo.id,
        decision=decision,
        text_version=words.version,
        language=words.language,
        signed_name=await seal_for(work, photo.client_id, given.signed_name.encode()),
    )
    work.audit("photo.release" if given.release else "photo.withdraw", "photo", photo.id)
    if not given.release:
        await _take_off(work, {photo.id}, "release withdrawn")
    return await get_photo(work, photo.id)


async def choose_result(work: ClinicWork, given: NewResult) -> ResultView:
    """Shows two photos on the clinic's page.

    Raises `NotFound`, `NotReleased`, `NotComparable`, `WasTakenDown` and `TooManyResults`.
    """
    before, after = await get_photo(work, given.before_id), await get_photo(work, given.after_id)
    if not (before.is_released and after.is_released and await _may_show(work, before)):
        raise NotReleased
    treated = await scheduling.list_group(work, after.group_id)
    between = rules.sessions_between(placed(treated), before.taken_on, after.taken_on)
    if not (between and rules.may_compare(before.as_comparable, after.as_comparable)):
        raise NotComparable
    results = ResultRepository(work)
    chosen = await results.list_all()
    if {before.id, after.id} & _photos_of(row for row in chosen if row.taken_down_at):
        raise WasTakenDown
    known = next((row for row in chosen if (row.before_id, row.after_id) == (before.id, after.id)), None)
    if known is None or known.off_at is not None:
        if sum(_is_shown(row) for row in chosen) >= MOST_RESULTS:
            raise TooManyResults
        pair = {"before_id": before.id, "after_id": after.id}
        weeks = rules.weeks_between(before.taken_on, after.taken_on)
        more = {"treatment_id": treated[0].treatment_id, "weeks": weeks, "sessions": between}
        result_id = await results.add(**pair, **more) if known is None else await results.show_again(known.id)
        work.audit("result.show", "result", result_id, before=str(before.id), after=str(after.id))
        work.announce(CHANGED(clinic_id=work.scope.clinic_id))
    return next(
        one for one in await list_results(work) if (one.before.id, one.after.id) == (before.id, after.id)
    )


async def list_candidates(work: ClinicWork) -> list[tuple[PhotoView, PhotoView]]:
    """Pairs of released photos that can be shown: the first of its pose beside each later one.

    Those shown are left out, and photos of a pair that a moderator took down.
    """
    chosen = await ResultRepository(work).list_all()
    shown = {(row.before_id, row.after_id) for row in chosen if _is_shown(row)}
    taken_down = _photos_of(row for row in chosen if row.taken_down_at)
    first: dict[object, PhotoView] = {}
    found = []
    for row in await PhotoRepository(work).list_released():
        photo = PhotoView.model_validate(row)
        before = first.setdefault((photo.group_id, photo.area, photo.pose), photo)
        pair = (before.id, photo.id)
        new = pair not in shown and not taken_down & set(pair)
        new = new and rules.may_compare(before.as_comparable, photo.as_comparable)
        if new and await _may_show(work, photo):
            found.append((before, photo))
    return found


async def list_results(work: ClinicWork) -> list[ResultView]:
    """What is shown, the latest first: pairs whose release and consent hold at this moment."""
    return [one for one in await list_chosen(work) if one.taken_down_at is None]


async def list_chosen(work: ClinicWork) -> list[ResultView]:
    """The same for the clinic and for moderators, with what a moderator took down."""
    rows = [row for row in await ResultRepository(work).list_all() if row.taken_down_at or not row.off_at]
    if not rows:
        return []
    ids = {photo_id for row in rows for photo_id in (row.before_id, row.after_id)}
    released = {
        row.id: PhotoView.model_validate(row) for row in await PhotoRepository(work).list_released(ids)
    }
    found = []
    for row in rows:
        before, after = released.get(row.before_id), released.get(row.after_id)
        if before and after and await _may_show(work, after):
            values = {"area": after.area, "pose": after.pose, "before": before, "after": after}
            found.append(ResultView.model_validate({**row._mapping, **values}))  # noqa: SLF001  the documented way
    return found


async def get_result(work: ClinicWork, result_id: UUID) -> ResultView:
    """A pair whose release and consent hold, taken down or not. Raises `NotFound`."""
    for result in await list_chosen(work):
        if result.id == result_id:
            return result
    raise NotFound


async def read_shown(
    work: ClinicWork, result_id: UUID, photo_id: UUID, *, for_moderators: bool = False
) -> bytes:
    """A photo of a shown pair, for anyone; JPEG. Raises `NotFound` once it is not shown any more.

    Moderators see what was taken down as well, while its release holds, and their look is recorded.
    """
    result = await get_result(work, result_id)
    photo = next((one for one in (result.before, result.after) if one.id == photo_id), None)
    if photo is None or (result.taken_down_at is not None and not for_moderators):
        raise NotFound
    return await (read_photo if for_moderators else load_file)(work, photo, MEDIUM)


async def take_down(work: ClinicWork, result_id: UUID, why: str) -> None:
    """A moderator keeps it from the public; the clinic sees why. Nothing happens where it is gone."""
    await _stand(work, result_id, "result.take_down", taken_down_at=work.now, taken_down_why=why)


async def put_back(work: ClinicWork, result_id: UUID) -> None:
    """It was taken down wrongly: it is shown again. Nothing happens where it is gone."""
    await _stand(work, result_id, "result.put_back", taken_down_at=None, taken_down_why="")


async def _stand(work: ClinicWork, result_id: UUID, action: str, **values: Any) -> None:
    if await ResultRepository(work).change(result_id, **values):
        work.audit(action, "result", result_id)
        work.announce(CHANGED(clinic_id=work.scope.clinic_id))


async def remove_result(work: ClinicWork, result_id: UUID) -> None:
    """The clinic takes a pair off its page. Raises `NotFound`, and `WasTakenDown` for one that is not on it."""
    results = ResultRepository(work)
    row = next((row for row in await results.list_all() if row.id == result_id), None)
    if row is None or (row.off_at is not None and row.taken_down_at is None):
        raise NotFound
    if not await results.take_off(result_id):
        raise WasTakenDown
    work.audit("result.remove", "result", result_id, why="clinic")
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))


async def take_off_unreleased(work: ClinicWork, client_id: UUID) -> None:
    """The client has taken back the consent to photos: what is shown of them comes off the page for good."""
    if await consents.holds(work, client_id, Purpose.PHOTOS):
        return
    own = {row.id for row in await PhotoRepository(work).list_of_client(client_id)}
    await _take_off(work, own, "consent withdrawn")


async def _take_off(work: ClinicWork, photo_ids: set[UUID], why: str) -> None:
    results = ResultRepository(work)
    for row in await results.list_all():
        if row.off_at is None and photo_ids & {row.before_id, row.after_id}:
            await results.change(row.id, off_at=work.now)
            work.audit("result.remove", "result", row.id, why=why)
            work.announce(CHANGED(clinic_id=work.scope.clinic_id))


def _is_shown(row: Row[Any]) -> bool:
    """Whether the clinic has the pair on its page, as far as releases hold."""
    return row.off_at is None and row.taken_down_at is None


def _photos_of(rows: Iterable[Row[Any]]) -> set[UUID]:
    return {photo_id for row in rows for photo_id in (row.before_id, row.after_id)}


async def _may_show(work: ClinicWork, photo: PhotoView) -> bool:
    return await consents.holds(work, photo.client_id, Purpose.PHOTOS)


__all__ = [
    "MOST_RESULTS",
    "choose_result",
    "decide_release",
    "get_result",
    "list_candidates",
    "list_chosen",
    "list_results",
    "put_back",
    "read_shown",
    "release_text",
    "released_words",
    "remove_result",
    "take_down",
    "take_off_unreleased",
]
