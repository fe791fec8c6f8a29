"""Rules of a protocol: what is usual where a clinic says nothing else, and the days as they are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from services.kernel.words import in_one_line

LATEST_DAY = 365

# Redness, flaking, back to normal, ready for the next session (DOMAIN: the course).
CHECK_IN_DAYS = (1, 3, 7, 28)
# At each session, and 28 days, three and six months after it (DOMAIN: the course).
PHOTO_DAYS = (0, 28, 90, 180)
# After the last session: the best result is 3 to 6 months later (DOMAIN: the course).
REVIEW_DAYS = (90,)
# A review of the result is asked for then whatever the clinic chooses beside it (PRODUCT: the client; docs/adr/0027).
RESULT_DAY = 90
# General steps after micro-needling (DOMAIN: the course); the clinic's own words come first.
AFTERCARE = (
    (0, 0, "Leave the skin alone for 6 to 8 hours: nothing on it but what the clinic gave you."),
    (0, 0, "Clean hands, clean pillow case. No make-up."),
    (1, 2, "Redness and tightness like a sunburn are usual."),
    (1, 2, "For 48 to 72 hours: no make-up, no acids, retinoids or vitamin C, no sport, sauna or pool."),
    (1, 2, "Stay out of the sun; then use sunscreen every day."),
    (3, 5, "The skin may feel dry and flake. Do not pick it. A plain moisturiser helps."),
    (7, 13, "Back to your usual routine, unless the clinic said otherwise. Sunscreen every day."),
    (14, 28, "New collagen forms in these weeks. Sunscreen every day protects the result."),
)

Step = tuple[int, int, str]
_LINE = re.compile(r"\s*(\d{1,3})\s*(?:[-\u2013]\s*(\d{1,3})\s*)?:\s*(\S.*)")


def read_line(line: str) -> Step | None:
    """A line such as `1-2: No make-up.` or `0: Clean hands.` as days and words, or nothing."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    return int(found[1]), int(found[2] or found[1]), found[3].strip()


def written_line(step: Step) -> str:
    """The same as a line; a text from before lines were asked for is put on one."""
    first, last, text = step[0], step[1], in_one_line(step[2])
    return f"{first}: {text}" if first == last else f"{first}-{last}: {text}"


def steps_of_day(steps: Iterable[Step], day: int) -> list[str]:
    """What to do on a day after a visit, which is day 0."""
    return [text for first, last, text in steps if first <= day <= last]


def steps_from(steps: Iterable[Step], day: int) -> list[Step]:
    """The steps of which a day is left on that day after a visit."""
    return [step for step in steps if step[1] >= day]


def by_days(steps: Sequence[Step]) -> list[tuple[int, int, tuple[str, ...]]]:
    """The steps of the same days together, in order of the days."""
    ordered = sorted(steps, key=lambda step: step[:2])
    return [
        (first, last, tuple(step[2] for step in together))
        for (first, last), together in groupby(ordered, key=lambda step: step[:2])
    ]
