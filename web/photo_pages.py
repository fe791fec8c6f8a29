"""What the pages of photos share, the client's and the clinic's: the form, the pairs, the photo that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar.datastructures import UploadFile

from services.courses import photos
from services.courses.models import PhotoState
from services.courses.photo_rules import DUE, PhotoDay, may_compare
from services.courses.photo_schemas import NewPhoto, PhotoView
from services.kernel.work import ClinicWork
from services.scheduling.schemas import BookingView
from services.screening import consents
from services.screening.models import Purpose
from services.treatments.service import get_catalogue
from web.forms import Form, check
from web.locale import current_locale

LARGEST_UPLOAD = 22_000_000
TAKE, CHOOSE = "camera", "file"


@dataclass(frozen=True, slots=True)
class Pair:
    """The first photo of one area in one pose, and a later one to look at beside it."""

    before: PhotoView
    after: PhotoView
    later: tuple[PhotoView, ...]

    @property
    def weeks(self) -> int:
        return (self.after.taken_on - self.before.taken_on).days // 7


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that a page of photos shows."""

    photos: list[PhotoView]
    plan: list[PhotoDay]
    pairs: list[Pair]
    firsts: list[PhotoView]
    has_consent: bool
    consent_text: str

    @property
    def due(self) -> PhotoDay | None:
        """The photo that is to be taken now."""
        return next((one for one in self.plan if one.state == DUE), None)

    def values(self) -> dict[str, Any]:
        """For the templates."""
        return {
            "photos": list(reversed(self.photos)),
            "plan": self.plan,
            "due": self.due,
            "pairs": self.pairs,
            "firsts": self.firsts,
            "has_consent": self.has_consent,
            "consent_text": self.consent_text,
            "area_codes": [area.code for area in get_catalogue().areas],
        }


async def load_photos(work: ClinicWork, sessions: Sequence[BookingView], chosen: str = "") -> Shown:
    """The photos around what was booked together; `chosen` is the id of one to look at beside its first."""
    client_id = sessions[0].client_id
    found = await photos.list_photos(work, sessions[0].group_id)
    pairs, firsts = pairs_of(found, chosen)
    return Shown(
        photos=found,
        plan=await photos.get_plan(work, sessions, found),
        pairs=pairs,
        firsts=firsts,
        has_consent=await consents.holds(work, client_id, Purpose.PHOTOS),
        consent_text=consents.consent_texts()[Purpose.PHOTOS].text,
    )


def pairs_of(found: Iterable[PhotoView], chosen: str = "") -> tuple[list[Pair], list[PhotoView]]:
    """Each first photo of an area in a pose beside the latest, or the chosen one; and all the first ones."""
    kinds: dict[tuple[str, str], list[PhotoView]] = {}
    for photo in found:
        if photo.state == PhotoState.READY:
            kinds.setdefault((photo.area, photo.pose), []).append(photo)
    pairs = []
    for first, *rest in kinds.values():
        later = [one for one in rest if may_compare(first.as_comparable, one.as_comparable)]
        if later:
            after = next((one for one in later if str(one.id) == chosen), later[-1])
            pairs.append(Pair(first, after, tuple(later)))
    return pairs, [kind[0] for kind in kinds.values()]


def is_sent(form: Form) -> bool:
    """Whether a form came with a photo."""
    return _sent_with(form) is not None


def _sent_with(form: Form) -> UploadFile | None:
    return next(
        (form.files[name] for name in (TAKE, CHOOSE) if name in form.files and form.files[name].filename),
        None,
    )


async def photos_of_day(work: ClinicWork, booking: BookingView, at: datetime) -> list[PhotoView]:
    """The photos around a booking that were taken on that day, the clinic's; none without the consent."""
    if not await consents.holds(work, booking.client_id, Purpose.PHOTOS):
        return []
    on = at.astimezone(booking.zone).date()
    return [one for one in await photos.list_photos(work, booking.group_id) if one.taken_on == on]


async def take_photo(
    work: ClinicWork, sessions: Sequence[BookingView], form: Form, *, by_clinic: bool
) -> PhotoView:
    """Keeps the photo of a form, from its camera field or its file field. Raises as `add_photo` does."""
    agreed = form.values.get("consent") == "true"
    given = check(form, NewPhoto, consent=agreed, language=current_locale())
    sent = _sent_with(form)
    content = b"" if sent is None else await sent.read()
    return await photos.add_photo(work, sessions, given, content, by_clinic=by_clinic)
