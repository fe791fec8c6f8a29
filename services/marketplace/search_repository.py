"""All SQL of the search: conditions, the published score, orders with their pages, and facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Float,
    FromClause,
    Integer,
    Row,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kernel.tables import table
from services.kernel.work import AnyWork
from services.marketplace import rules
from services.marketplace.models import Listing
from services.marketplace.schemas import Circle, SearchQuery

_L = table(Listing)
_SET_THRESHOLD = text("SELECT set_config('pg_trgm.word_similarity_threshold', :value, true)")
COURSE_PARTS = ("concern", "area", "modality")
FACETS = {
    "concerns": "concern",
    "areas": "area",
    "modalities": "modality",
    "credentials": "credential",
    "languages": "language",
}
_COLUMN = {part: facet for facet, part in FACETS.items()}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after these keys, in this phase of the order."""

    phase: int
    keys: tuple[Any, ...]
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """A search made ready: the query, its circle and words, and the instant it counts from."""

    query: SearchQuery
    circle: Circle | None
    words: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Phase:
    """A stretch of an order: its condition, the keys it sorts by, and whether they fall."""

    where: ColumnElement[bool]
    keys: tuple[ColumnElement[Any], ...]
    falling: bool = False


def _holds(part: str, code: str, source: FromClause = _L) -> ColumnElement[bool]:
    """Whether the column of that part holds the code."""
    return source.c[_COLUMN[part]].contains(sql_cast([code], ARRAY(Text)))


def _course_pattern(chosen: dict[str, str]) -> ColumnElement[Any]:
    """A course as JSON that holds what was chosen, for containment."""
    return sql_cast({_COLUMN[part]: [code] for part, code in chosen.items()}, JSONB)


def _courses(source: FromClause) -> ColumnElement[Any]:
    return source.c.courses if "courses" in source.c else _L.c.card["courses"]


def _courses_or_nothing(query: SearchQuery) -> ColumnElement[Any]:
    """The card's courses, where a facet has to look into them."""
    if _chosen(query) or query.max_course_price is not None:
        return _L.c.card["courses"].label("courses")
    return literal(None, JSONB).label("courses")


def _course_conditions(
    chosen: dict[str, str], max_price: int | None, source: FromClause = _L
) -> list[ColumnElement[bool]]:
    """That one and the same course fits all that was chosen, and costs no more than the price."""
    found = [_holds(part, code, source) for part, code in chosen.items()]
    if max_price is None:
        if len(chosen) > 1:
            found.append(_courses(source).contains(func.jsonb_build_array(_course_pattern(chosen))))
        return found
    if not chosen:
        return [source.c.course_price <= max_price]
    course = func.jsonb_array_elements(_courses(source)).table_valued("value", name="course")
    value = sql_cast(course.c.value, JSONB)
    price = sql_cast(value["price"].astext, BigInteger)
    fitting = select(literal(1)).where(value.contains(_course_pattern(chosen)), price <= max_price)
    return [*found, fitting.exists()]


def _unnested(facet: str, base: FromClause) -> FromClause:
    return func.unnest(base.c[facet]).table_valued("code").render_derived(name="listed")


def _codes_of_courses(
    facet: str, needed: dict[str, str], max_price: int | None, base: FromClause
) -> FromClause:
    """The codes of a facet over the courses of a row that fit the rest of what was chosen, each once."""
    course = func.jsonb_array_elements(base.c.courses).table_valued("value", name="course")
    value = sql_cast(course.c.value, JSONB)
    listed = func.jsonb_array_elements_text(value[facet]).table_valued("value", name="listed_code")
    statement = select(listed.c.value.label("code")).select_from(course).join(listed, true()).distinct()
    if needed:
        statement = statement.where(value.contains(_course_pattern(needed)))
    if max_price is not None:
        statement = statement.where(sql_cast(value["price"].astext, BigInteger) <= max_price)
    return statement.lateral("listed")


def _price_of(chosen: dict[str, str]) -> ColumnElement[Any]:
    """The price of the cheapest course that fits, in minor units."""
    if not chosen:
        return _L.c.course_price
    course = func.jsonb_array_elements(_L.c.card["courses"]).table_valued("value", name="priced")
    value = sql_cast(course.c.value, JSONB)
    price = sql_cast(value["price"].astext, BigInteger)
    return select(func.min(price)).where(value.contains(_course_pattern(chosen))).scalar_subquery()


def _metres(circle: Circle) -> ColumnElement[int]:
    """The haversine distance in whole metres."""
    half_lat = func.radians(_L.c.latitude - circle.latitude) / 2
    half_lng = func.radians(_L.c.longitude - circle.longitude) / 2
    part = func.power(func.sin(half_lat), 2) + func.cos(func.radians(circle.latitude)) * func.cos(
        func.radians(_L.c.latitude)
    ) * func.power(func.sin(half_lng), 2)
    length = 2 * rules.EARTH_RADIUS_KM * 1000 * func.asin(func.least(1.0, func.sqrt(part)))
    return sql_cast(func.round(length), BigInteger)


def _similarities(words: Sequence[str]) -> list[ColumnElement[float]]:
    return [sql_cast(func.word_similarity(word, _L.c.words), Float) for word in words]


def _points(part: str, share: ColumnElement[Any]) -> ColumnElement[int]:
    return sql_cast(func.floor(rules.WEIGHTS[part] * share + 1e-6), Integer)


def _parts(asked: Asked) -> dict[str, ColumnElement[int]]:
    """The published formula (`rules.score`) as SQL, in ten-thousandths."""
    one = sql_cast(literal(1.0), Float)
    found = _similarities(asked.words)
    fit = one if not found else sum(found[1:], found[0]) / len(found)
    if asked.circle is None:
        near: ColumnElement[Any] = one
    else:
        half = rules.HALF_DISTANCE_KM
        near = half / (half + sql_cast(_metres(asked.circle), Float) / 1000)
    people = sql_cast(_L.c.card["practitioners"].astext, Float)
    checked = sql_cast(_L.c.card["practitioners_checked"].astext, Float)
    days = func.extract("epoch", _L.c.next_free_at - asked.at) / 86_400
    free = case(
        (
            _L.c.next_free_at >= asked.at,
            func.greatest(0.0, 1.0 - sql_cast(days, Float) / rules.AVAILABILITY_DAYS),
        ),
        else_=0.0,
    )
    return {
        "relevance": _points("relevance", func.least(1.0, fit)),
        "distance": _points("distance", near),
        "rating": _points("rating", func.least(1.0, func.greatest(0.0, (_L.c.rating_shrunk - 1.0) / 4.0))),
        "credentials": _points(
            "credentials", case((people > 0, func.least(1.0, checked / people)), else_=0.0)
        ),
        "availability": _points("availability", free),
    }


def _chosen(query: SearchQuery) -> dict[str, str]:
    return {part: getattr(query, part) for part in COURSE_PARTS if getattr(query, part) is not None}


def _plain_conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """Conditions that no facet stands for, and that no price of a chosen course belongs to."""
    query = asked.query
    local_day = sql_cast(func.timezone(_L.c.time_zone, _L.c.next_free_at), Date)
    found: list[ColumnElement[bool]] = []
    if asked.circle is not None:
        box = rules.box_around(asked.circle.latitude, asked.circle.longitude, asked.circle.radius_km)
        ranges = [_L.c.longitude.between(west, east) for west, east in box.longitudes()]
        found += [
            _L.c.latitude.between(box.south, box.north),
            or_(*ranges),
            _metres(asked.circle) <= round(asked.circle.radius_km * 1000),
        ]
    if query.currency is not None:
        found.append(_L.c.course_currency == query.currency)
    if query.min_rating is not None:
        found.append(_L.c.rating_shrunk >= query.min_rating)
    if query.free_from is not None or query.free_to is not None:
        found.append(_L.c.next_free_at >= asked.at)
    if query.free_from is not None:
        found.append(local_day >= query.free_from)
    if query.free_to is not None:
        found.append(local_day <= query.free_to)
    found += [literal(word).op("<%")(_L.c.words) for word in asked.words]
    return found


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """All conditions of a search."""
    query = asked.query
    found = [*_plain_conditions(asked), *_course_conditions(_chosen(query), query.max_course_price)]
    return found + [
        _holds(part, getattr(query, part))
        for part in ("credential", "language")
        if getattr(query, part) is not None
    ]


def _phases(asked: Asked, total: ColumnElement[int]) -> list[_Phase]:
    sort = asked.query.sort
    if sort == "relevance":
        return [_Phase(true(), (total,), falling=True)]
    if sort == "distance" and asked.circle is not None:
        return [_Phase(true(), (_metres(asked.circle),))]
    if sort == "rating":
        return [_Phase(true(), (_L.c.rating_shrunk,), falling=True)]
    if sort == "price":
        price = _price_of(_chosen(asked.query))
        return [_Phase(price.is_not(None), (_L.c.course_currency, price)), _Phase(price.is_(None), ())]
    later = or_(_L.c.next_free_at.is_(None), _L.c.next_free_at < asked.at)
    return [_Phase(_L.c.next_free_at >= asked.at, (_L.c.next_free_at,)), _Phase(later, ())]


class SearchRepository:
    """The search over the public listing, under any scope."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def forgive_typing(self) -> None:
        """How alike words must be, for this transaction."""
        await self._work.execute(_SET_THRESHOLD, {"value": str(rules.WORD_THRESHOLD)})

    async def search(self, asked: Asked, start: Position | None, limit: int) -> list[tuple[int, Row[Any]]]:
        """Up to `limit` rows after `start`, each with its phase; `key_0`, `key_1` are its sort keys."""
        parts = _parts(asked)
        total = sum(list(parts.values())[1:], parts["relevance"])
        where = _conditions(asked)
        distance = _metres(asked.circle) if asked.circle is not None else literal(None, BigInteger)
        found: list[tuple[int, Row[Any]]] = []
        for number, phase in enumerate(_phases(asked, total)):
            if start is not None and number < start.phase:
                continue
            order = (*phase.keys, _L.c.location_id)
            statement = (
                select(
                    *(column for column in _L.c if column.name != "words"),
                    distance.label("metres"),
                    *(expression.label(f"part_{part}") for part, expression in parts.items()),
                    *(key.label(f"key_{n}") for n, key in enumerate(phase.keys)),
                )
                .where(*where, phase.where)
                .order_by(*(key.desc() if phase.falling else key.asc() for key in order))
                .limit(limit - len(found))
            )
            if start is not None and number == start.phase:
                last = tuple_(*(literal(key) for key in (*start.keys, start.location_id)))
                here = tuple_(*order)
                statement = statement.where(here < last if phase.falling else here > last)
            found += [(number, row) for row in await self._work.rows(statement)]
            if len(found) == limit:
                break
        return found

    async def facets(self, asked: Asked) -> dict[str, list[tuple[str, int]]]:
        """Counts by code for each facet, its own condition left out; `total` under the empty code.

        One reading of the rows that fit the plain conditions; each facet counts over it.
        """
        query, chosen = asked.query, _chosen(asked.query)
        base = (
            select(*(_L.c[facet] for facet in FACETS), _L.c.course_price, _courses_or_nothing(query))
            .where(*_plain_conditions(asked))
            .cte("base")
            .prefix_with("MATERIALIZED")
        )
        others = {part: getattr(query, part) for part in ("credential", "language") if getattr(query, part)}
        everywhere = _course_conditions(chosen, query.max_course_price, base)
        total = select(literal("total").label("facet"), literal("").label("code"), func.count().label("n"))
        pieces = [
            total.select_from(base).where(
                *everywhere, *(_holds(other, value, base) for other, value in others.items())
            )
        ]
        for facet, part in FACETS.items():
            rest = [_holds(other, value, base) for other, value in others.items() if other != part]
            if part not in COURSE_PARTS:
                listed: FromClause = _unnested(facet, base)
                conditions = [*rest, *everywhere]
            else:
                needed = {key: value for key, value in chosen.items() if key != part}
                joint = bool(needed) or query.max_course_price is not None
                listed = (
                    _codes_of_courses(facet, needed, query.max_course_price, base)
                    if joint
                    else _unnested(facet, base)
                )
                conditions = [*rest, *(_holds(other, value, base) for other, value in needed.items())]
            pieces.append(
                select(literal(facet), listed.c.code, func.count())
                .select_from(base)
                .join(listed, true())
                .where(*conditions)
                .group_by(listed.c.code)
            )
        rows = await self._work.rows(pieces[0].union_all(*pieces[1:]))
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            found.setdefault(row.facet, []).append((row.code, row.n))
        return found
