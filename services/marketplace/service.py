"""Search over the public listing: what is asked, where, in which order, and what the cards say."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from services.clinics.rules import ACCESSIBILITY
from services.kernel.errors import FieldError, InvalidFields
from services.kernel.paging import decode_cursor, encode_cursor
from services.kernel.work import AnyWork
from services.marketplace import rules
from services.marketplace.places import get_place
from services.marketplace.repository import ListingRepository
from services.marketplace.schemas import (
    MOST_DAYS,
    Circle,
    CourseFrom,
    DeviceView,
    FacetCount,
    Facets,
    PlaceView,
    Price,
    PublicFigures,
    RatingView,
    ScoreView,
    SearchItem,
    SearchPage,
    SearchQuery,
)
from services.marketplace.search_repository import SearchRepository
from services.marketplace.search_shape import COURSE_PARTS, Asked, Position
from services.treatments.service import get_catalogue

_CURSOR_PARTS = 5


async def search(work: AnyWork, query: SearchQuery) -> SearchPage:
    """Published locations that fit, a page at a time, with facets. Times are in each location's zone.

    Raises `InvalidFields` for unknown codes, an unknown place, or a cursor of another search.
    """
    _refuse_unknown_codes(query)
    _refuse_contradictions(query)
    start, at = _read_cursor(query, work.now)
    asked = Asked(query, _circle_of(query), tuple(rules.search_words(query.q or "")), at)
    repository = SearchRepository(work)
    if asked.words:
        asked = await repository.forgive_typing(asked)
    found = await repository.search(asked, start, query.limit + 1)
    counts = await repository.facets(asked)
    total, more = rules.capped(dict(counts.pop("total", [])).get("", 0))
    return SearchPage(
        items=[_item(row, asked, work.now) for _, row in found[: query.limit]],
        next=_next_cursor(found, asked) if len(found) > query.limit else None,
        facets=Facets(**{name: _facet(codes) for name, codes in counts.items()}),
        total=total,
        more_than_total=more,
        place=_place_view(asked.circle),
    )


async def list_cards(work: AnyWork, slugs: list[str]) -> list[SearchItem]:
    """The cards of some clinics' locations, by slug, for the comparison and its tray."""
    asked = Asked(SearchQuery(), None, (), work.now)
    rows = await ListingRepository(work).list_by_slug(slugs) if slugs else []
    return [_item(row, asked, work.now) for row in rows]


async def list_currencies(work: AnyWork) -> list[str]:
    """Currencies that published courses are priced in, most used first."""
    return await ListingRepository(work).currencies()


async def count_clinics(work: AnyWork) -> int:
    """How many clinics are published."""
    return await ListingRepository(work).count_clinics()


async def list_slugs(work: AnyWork, offset: int, limit: int) -> list[str]:
    """Some of the published clinics, in order of slug, for lists of addresses."""
    return await ListingRepository(work).list_slugs(offset, limit)


async def get_public_figures(work: AnyWork) -> PublicFigures:
    """Counts over everything published, for the trust page."""
    row = await ListingRepository(work).figures()
    return PublicFigures(
        live_clinics=row.clinics,
        locations=int(row.places),
        practitioners=int(row.people),
        practitioners_checked=int(row.checked),
        reviews=int(row.reviews),
        countries=row.countries,
    )


def _refuse_unknown_codes(query: SearchQuery) -> None:
    catalogue = get_catalogue()
    known = {
        "concern": catalogue.concerns,
        "area": catalogue.areas,
        "modality": catalogue.modalities,
        "credential": catalogue.credential_kinds,
        "language": catalogue.languages,
    }
    errors = [
        FieldError(name, "unknown-code", "This code is not in the catalogue.")
        for name, entries in known.items()
        if getattr(query, name) is not None and getattr(query, name) not in {entry.code for entry in entries}
    ]
    if not set(query.accessibility) <= set(ACCESSIBILITY):
        errors.append(FieldError("accessibility", "unknown-code", "This code is not in the catalogue."))
    if errors:
        raise InvalidFields(errors)


def _refuse_contradictions(query: SearchQuery) -> None:
    both = query.free_from is not None and query.free_to is not None
    apart = (query.free_to - query.free_from).days if query.free_to and query.free_from else 0
    halved = (query.lat is None) != (query.lng is None)
    checks = [
        (halved, "lat" if query.lat is None else "lng", "missing", "Give both `lat` and `lng`."),
        (bool(query.place) and query.lat is not None, "place", "invalid", "Give a place or `lat` and `lng`."),
        (query.sort == "distance" and not query.has_place, "sort", "needs-place", "Distance needs a place."),
        (
            query.max_course_price is not None and query.currency is None,
            "currency",
            "missing",
            "A highest price needs its currency.",
        ),
        (both and apart < 0, "free_to", "out-of-range", "The last date is before the first."),
        (both and apart > MOST_DAYS, "free_to", "out-of-range", "Dates may be at most 31 days apart."),
    ]
    errors = [FieldError(field, code, words) for wrong, field, code, words in checks if wrong]
    if errors:
        raise InvalidFields(errors)


def _circle_of(query: SearchQuery) -> Circle | None:
    if query.lat is not None and query.lng is not None:
        return Circle(f"{query.lat:g}, {query.lng:g}", query.lat, query.lng, query.radius_km)
    if query.place is None:
        return None
    place = get_place(query.place)
    return Circle(place.label, place.latitude, place.longitude, query.radius_km)


def _place_view(circle: Circle | None) -> PlaceView | None:
    if circle is None:
        return None
    return PlaceView(label=circle.label, latitude=circle.latitude, longitude=circle.longitude)


def _read_cursor(query: SearchQuery, now: datetime) -> tuple[Position | None, datetime]:
    """Where the page begins, and the instant from which the first page counted."""
    if query.cursor is None:
        return None, now
    sort, at, phase, keys, location_id = decode_cursor(query.cursor, _CURSOR_PARTS)
    try:
        return _position(query.sort, sort, phase, keys, location_id), datetime.fromisoformat(at)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor belongs to another search.") from error


def _position(sort: str, given: Any, phase: Any, keys: Any, location_id: Any) -> Position:
    kinds: dict[tuple[str, int], tuple[Any, ...]] = {
        ("relevance", 0): (int,),
        ("distance", 0): (int,),
        ("rating", 0): (float,),
        ("price", 0): (str, int),
        ("price", 1): (),
        ("soonest", 0): (datetime.fromisoformat,),
        ("soonest", 1): (),
    }
    kind = kinds.get((sort, phase))
    if sort != given or kind is None or len(keys) != len(kind):
        raise ValueError(keys)
    return Position(phase, tuple(read(key) for read, key in zip(kind, keys, strict=True)), UUID(location_id))


def _next_cursor(found: list[tuple[int, Row[Any]]], asked: Asked) -> str:
    phase, row = found[asked.query.limit - 1]
    keys = [row._mapping[name] for name in ("key_0", "key_1") if name in row._mapping]  # noqa: SLF001  its documented way
    keys = [key.isoformat() if isinstance(key, datetime) else key for key in keys]
    return encode_cursor(asked.query.sort, asked.at.isoformat(), phase, keys, str(row.location_id))


def _facet(counts: list[tuple[str, int]]) -> list[FacetCount]:
    ordered = sorted(counts, key=lambda entry: (-entry[1], entry[0]))
    return [
        FacetCount(code=code, count=count, more=more)
        for code, (count, more) in ((code, rules.capped(found)) for code, found in ordered)
    ]


def _item(row: Row[Any], asked: Asked, now: datetime) -> SearchItem:
    values, card = row._mapping, row.card  # noqa: SLF001  the row as a mapping is its documented way
    course = rules.best_course(card["courses"], {part: getattr(asked.query, part) for part in COURSE_PARTS})
    metres = values.get("metres")
    free = row.next_free_at if row.next_free_at is not None and row.next_free_at >= now else None
    concern = asked.query.concern
    by_concern = card["concern_ratings"].get(concern) if concern else None
    return SearchItem(
        slug=row.slug,
        location_id=row.location_id,
        name=row.name,
        location_name=card["location_name"],
        city=row.city,
        country=row.country,
        latitude=row.latitude,
        longitude=row.longitude,
        distance_km=None if metres is None else metres / 1000,
        concerns=row.concerns,
        areas=row.areas,
        modalities=row.modalities,
        credentials=row.credentials,
        languages=row.languages,
        accessibility=row.accessibility,
        course_from=_course_from(course, row.course_currency),
        rating=RatingView(
            mean=row.rating_mean,
            shrunk=row.rating_shrunk,
            low=row.rating_low,
            high=row.rating_high,
            count=row.rating_count,
        ),
        next_free_at=None if free is None else free.astimezone(ZoneInfo(row.time_zone)),
        location_zone=row.time_zone,
        score=_score(values),
        practitioners=card["practitioners"],
        practitioners_checked=card["practitioners_checked"],
        verified_on=card["verified_on"],
        device=_device(course, asked.query.concern, asked.query.area),
        downtime_days=None if course is None else course["downtime_days"],
        concern_rating=None if concern is None or by_concern is None else (concern, by_concern),
        cover=card.get("cover"),
    )


def _course_from(course: dict[str, Any] | None, currency: str | None) -> CourseFrom | None:
    if course is None or currency is None:
        return None
    price = Price(amount=course["price"], currency=currency)
    return CourseFrom(price=price, sessions=course["sessions"], weeks=course["weeks"])


def _device(course: dict[str, Any] | None, concern: str | None, area: str | None) -> DeviceView | None:
    if course is None or not course["device"]:
        return None
    labels = course["labels"]
    return DeviceView(
        name=course["device"],
        on_label=rules.on_label_for(labels, concern, area),
        uses_on_label=rules.uses_on_label(labels, concern, area),
        # A card that was written before this could be chosen says nothing of it.
        any_of_kind=course.get("any_of_kind", False),
    )


def _score(values: Any) -> ScoreView:
    if "part_relevance" not in values:
        return ScoreView(total=0.0, parts={})
    found = rules.Score(**{part: values[f"part_{part}"] for part in rules.WEIGHTS})
    return ScoreView(total=found.total / rules.WHOLE, parts=found.shares())
