"""Rules of clinical photos: which files are taken, which moment of the course one belongs to, and which are due.

Photos are taken before the first session, at each session, and on the protocol's days after it (DOMAIN: the course).
Only those of one area in one pose can be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.courses.care_rules import Placed
from services.kernel.errors import FieldError
from services.kernel.heif_head_rules import is_heif, read_heif
from services.kernel.picture_head_rules import JPEG, PNG, PictureHead, picture_type, read_picture

BASELINE, SESSION, AFTER = "baseline", "session", "after"
TAKEN, DUE, COMING, MISSED = "taken", "due", "coming", "missed"
LARGEST_PHOTO = 20_000_000
MOST_PHOTOS = 120
OLDEST = timedelta(days=365)
# A photo this many days early or late still answers for its day; a week either side of day 28.
_LEAST_LEEWAY, _LEEWAY_SHARE = 3, 4
_NO_MORE = frozenset({"cancelled", "declined", "expired", "no_show"})
_WRONG_TYPE = "The file is not a JPEG, PNG or HEIC photo, whatever its name says."


class Pose(StrEnum):
    """From where the area is seen, by the person's own sides."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BACK = "back"


def photo_head(content: bytes) -> PictureHead | None:
    """The head of a whole JPEG, PNG or HEIC."""
    if is_heif(content):
        return read_heif(content)
    return read_picture(content) if picture_type(content) in {JPEG, PNG} else None


def file_problem(content: bytes) -> FieldError | None:
    """What is wrong with an uploaded photo before its pixels are counted; nothing is decoded."""
    if not content:
        return FieldError("file", "empty", "The file is empty.")
    if len(content) > LARGEST_PHOTO:
        return FieldError("file", "too-large", "The file is larger than 20 MB. Send a smaller copy.")
    if picture_type(content) not in {JPEG, PNG} and not is_heif(content):
        return FieldError("file", "wrong-type", _WRONG_TYPE)
    head = photo_head(content)
    if head is None:
        words = "The file is cut off or damaged. Send it again, from where it was taken."
        return FieldError("file", "damaged", words)
    if head.moves:
        return FieldError("file", "animated", "The picture moves. Send a still one.")
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo belongs: a session by its position, the moment, and how many days after that session."""

    position: int
    moment: str
    day: int


@dataclass(frozen=True, slots=True)
class PhotoDay:
    """A photo that the protocol asks for. `until` is the last day that answers for it; `state` as of today."""

    on: date
    until: date
    moment: str
    position: int
    day: int
    state: str


def standing(sessions: Iterable[Placed]) -> list[Placed]:
    """Sessions that took place or are to come, in order of their days."""
    return sorted(
        (one for one in sessions if one.status not in _NO_MORE), key=lambda one: (one.on, one.position)
    )


def place_photo(sessions: Sequence[Placed], taken_on: date, *, by_clinic: bool) -> Place | None:
    """Where a photo taken that day belongs; nothing where no session stands.

    On the day of the first session it is the baseline: the clinic takes it before the needling, and a client's own is
    one while the session is not completed yet.
    """
    known = standing(sessions)
    if not known:
        return None
    first = known[0]
    before = [one for one in known if one.status == "completed" and one.on < taken_on]
    same_day = next((one for one in known if one.on == taken_on), None)
    if same_day is not None and (same_day != first or (same_day.status == "completed" and not by_clinic)):
        return Place(same_day.position, SESSION, 0)
    if before and same_day is None:
        return Place(before[-1].position, AFTER, (taken_on - before[-1].on).days)
    return Place(first.position, BASELINE, 0)


def leeway(day: int) -> int:
    """How many days early or late a photo still answers for a day after a session."""
    return max(_LEAST_LEEWAY, day // _LEEWAY_SHARE)


def photo_plan(
    sessions: Sequence[Placed], days: Iterable[int], taken: Collection[Place], today: date
) -> list[PhotoDay]:
    """The photos that the protocol asks for, in order of their days: baseline, sessions, days after the last one."""
    known, wanted = standing(sessions), sorted({*days})
    if not known:
        return []
    first = known[0]
    begun = first.status == "completed" or first.on < today
    has_baseline = any(one.moment == BASELINE for one in taken)
    state = TAKEN if has_baseline else MISSED if begun else DUE
    found = [PhotoDay(first.on, first.on, BASELINE, first.position, 0, state)]
    if 0 in wanted:
        at = {one.position for one in taken if one.moment == SESSION}
        found += [
            PhotoDay(
                one.on, one.on, SESSION, one.position, 0, _state(one.position in at, one.on, one.on, today)
            )
            for one in known[1:]
        ]
    done = [one for one in known if one.status == "completed"]
    if done:
        found += _afterwards(known, done[-1], [day for day in wanted if day], taken, today)
    return sorted(found, key=lambda item: (item.on, item.day))


def _afterwards(
    known: Sequence[Placed], last: Placed, days: Iterable[int], taken: Collection[Place], today: date
) -> list[PhotoDay]:
    following = min((one.on for one in known if one.on > last.on), default=None)
    at = [one.day for one in taken if one.moment == AFTER and one.position == last.position]
    found = []
    for day in days:
        on, until = last.on + timedelta(days=day), last.on + timedelta(days=day + leeway(day))
        if following is not None and on >= following:
            continue
        there = any(abs(other - day) <= leeway(day) for other in at)
        found.append(PhotoDay(on, until, AFTER, last.position, day, _state(there, on, until, today)))
    return found


def _state(there: bool, on: date, until: date, today: date) -> str:  # noqa: FBT001  a fact of the photo
    if there:
        return TAKEN
    return COMING if today < on else DUE if today <= until else MISSED


@dataclass(frozen=True, slots=True)
class Comparable:
    """A photo as far as comparing goes."""

    group: object
    area: str
    pose: str
    taken_on: date


def may_compare(before: Comparable, after: Comparable) -> bool:
    """Whether two photos show the same place of the same course in the same pose, the one before the other."""
    same = (before.group, before.area, before.pose) == (after.group, after.area, after.pose)
    return same and before.taken_on < after.taken_on


def weeks_between(before: date, after: date) -> int:
    """Full weeks from one photo to the other."""
    return (after - before).days // 7


def sessions_between(sessions: Iterable[Placed], before: date, after: date) -> int:
    """How many sessions took place from the day of the first photo on, before the day of the second."""
    return sum(1 for one in sessions if one.status == "completed" and before <= one.on < after)
