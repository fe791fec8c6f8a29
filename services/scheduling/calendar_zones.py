"""Time zones as calendar files carry them: every changeover around the events, at the wall clock that it ends.

RFC 5545, 3.6.5: an observance begins at `DTSTART` and each `RDATE`, told in the offset that held until then
(`TZOFFSETFROM`). Programs that know the zone's name use their own data; the others have what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

OURS = "@needlewise"  # how the identity of each of our events ends
_STEP = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)
_YEARS_AROUND = 1
_Observance = tuple[timedelta, timedelta, bool, str]


def zones_of(moments: Iterable[datetime]) -> list[bytes]:
    """One `VTIMEZONE`, written, for each zone of the moments, reaching a year further than they do on both sides."""
    years: dict[str, list[int]] = {}
    for moment in moments:
        if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key != "UTC":
            years.setdefault(moment.tzinfo.key, []).append(moment.year)
    return [
        _zone(ZoneInfo(key), min(found) - _YEARS_AROUND, max(found) + _YEARS_AROUND)
        for key, found in sorted(years.items())
    ]


@lru_cache(maxsize=1024)
def changeovers(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The first instants (UTC) of a year, in UTC, at which another offset or another name of the time holds."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    days = [
        first + number * _STEP for number in range((datetime(year + 1, 1, 1, tzinfo=UTC) - first).days + 1)
    ]
    return tuple(
        _edge(zone, before, after)
        for before, after in pairwise(days)
        if _kind(zone, before) != _kind(zone, after)
    )


def _edge(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _kind(zone, before)
    while after - before > _A_SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if _kind(zone, middle) == old else (before, middle)
    return after


def _kind(zone: ZoneInfo, at: datetime) -> tuple[timedelta, bool, str]:
    local = at.astimezone(zone)
    return local.utcoffset() or timedelta(0), bool(local.dst()), local.tzname() or zone.key


@lru_cache(maxsize=1024)
def _zone(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    since = datetime(first_year, 1, 1, tzinfo=UTC)
    offset, is_summer, name = _kind(zone, since)
    onsets: dict[_Observance, list[datetime]] = {(offset, offset, is_summer, name): [since]}
    for at in chain.from_iterable(changeovers(zone, year) for year in range(first_year, last_year + 1)):
        to, summer, called = _kind(zone, at)
        onsets.setdefault((offset, to, summer, called), []).append(at)
        offset = to
    made = Timezone()
    made.add("tzid", zone.key)
    for observance, instants in onsets.items():
        made.add_component(_observance(observance, instants))
    written: bytes = made.to_ical()
    return written


def _observance(observance: _Observance, instants: list[datetime]) -> TimezoneStandard | TimezoneDaylight:
    offset, to, is_summer, name = observance
    part = TimezoneDaylight() if is_summer else TimezoneStandard()
    first, *others = [at.replace(tzinfo=None) + offset for at in instants]
    part.add("dtstart", first)
    if others:
        part.add("rdate", others)
    part.add("tzname", name)
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", to)
    return part
