"""All SQL of the search: conditions, the published score, orders with their pages, and facets.

A statement is made once for each shape of search and kept; a search gives it values. Making it anew would cost
several times what the database needs to answer it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Float,
    FromClause,
    Integer,
    Row,
    Select,
    Text,
    Uuid,
    bindparam,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from services.kernel.tables import table
from services.kernel.work import AnyWork
from services.marketplace import rules
from services.marketplace.models import Listing
from services.marketplace.search_shape import (
    COURSE_PARTS,
    FACETS,
    LIST_OF,
    Asked,
    Position,
    Shape,
    pattern_name,
    shape_of,
    values_of,
)

_L = table(Listing)
_SET_THRESHOLD = text("SELECT set_config('pg_trgm.word_similarity_threshold', :value, true)")
_KEPT_SHAPES = 512

_AT: BindParameter[Any] = bindparam("at", type_=DateTime(timezone=True))
_MAX_PRICE: BindParameter[Any] = bindparam("max_course_price", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class _Phase:
    """A stretch of an order: its condition, the keys it sorts by, and whether they fall."""

    where: ColumnElement[bool]
    keys: tuple[ColumnElement[Any], ...]
    falling: bool = False


def _degree(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=Float)


def _holds(part: str, source: FromClause = _L) -> ColumnElement[bool]:
    """Whether the column of that part holds the code that was asked for."""
    code = sql_cast(array([bindparam(part, type_=Text)]), ARRAY(Text))
    found: ColumnElement[bool] = source.c[LIST_OF[part]].contains(code)
    return found


def _pattern(left: str | None = None) -> BindParameter[Any]:
    """What was chosen of a course as JSON, one part left out or none."""
    return bindparam(pattern_name(left), type_=JSONB)


def _courses(source: FromClause) -> ColumnElement[Any]:
    return source.c.courses if "courses" in source.c else _L.c.card["courses"]


def _courses_or_nothing(shape: Shape) -> ColumnElement[Any]:
    """The card's courses, where a facet has to look into them."""
    if shape.chosen or shape.has_price:
        return _L.c.card["courses"].label("courses")
    return literal(None, JSONB).label("courses")


def _course_conditions(shape: Shape, source: FromClause = _L) -> list[ColumnElement[bool]]:
    """That one and the same course fits all that was chosen, and costs no more than the price."""
    found = [_holds(part, source) for part in shape.chosen]
    if not shape.has_price:
        if len(shape.chosen) > 1:
            found.append(_courses(source).contains(func.jsonb_build_array(_pattern())))
        return found
    if not shape.chosen:
        return [source.c.course_price <= _MAX_PRICE]
    course = func.jsonb_array_elements(_courses(source)).table_valued("value", name="course")
    value = sql_cast(course.c.value, JSONB)
    price = sql_cast(value["price"].astext, BigInteger)
    fitting = select(literal(1)).where(value.contains(_pattern()), price <= _MAX_PRICE)
    return [*found, fitting.exists()]


def _unnested(facet: str, base: FromClause) -> FromClause:
    return func.unnest(base.c[facet]).table_valued("code").render_derived(name="listed")


def _codes_of_courses(facet: str, shape: Shape, base: FromClause) -> FromClause:
    """The codes of a facet over the courses of a row that fit the rest of what was chosen, each once."""
    part = FACETS[facet]
    course = func.jsonb_array_elements(base.c.courses).table_valued("value", name="course")
    value = sql_cast(course.c.value, JSONB)
    listed = func.jsonb_array_elements_text(value[facet]).table_valued("value", name="listed_code")
    statement = select(listed.c.value.label("code")).select_from(course).join(listed, true()).distinct()
    if set(shape.chosen) - {part}:
        statement = statement.where(value.contains(_pattern(part)))
    if shape.has_price:
        statement = statement.where(sql_cast(value["price"].astext, BigInteger) <= _MAX_PRICE)
    return statement.lateral("listed")


def _price_of(shape: Shape) -> ColumnElement[Any]:
    """The price of the cheapest course that fits, in minor units."""
    if not shape.chosen:
        return _L.c.course_price
    course = func.jsonb_array_elements(_L.c.card["courses"]).table_valued("value", name="priced")
    value = sql_cast(course.c.value, JSONB)
    price = sql_cast(value["price"].astext, BigInteger)
    return select(func.min(price)).where(value.contains(_pattern())).scalar_subquery()


def _metres() -> ColumnElement[int]:
    """The haversine distance from the place in whole metres."""
    half_lat = func.radians(_L.c.latitude - _degree("latitude")) / 2
    half_lng = func.radians(_L.c.longitude - _degree("longitude")) / 2
    part = func.power(func.sin(half_lat), 2) + func.cos(func.radians(_degree("latitude"))) * func.cos(
        func.radians(_L.c.latitude)
    ) * func.power(func.sin(half_lng), 2)
    length = 2 * rules.EARTH_RADIUS_KM * 1000 * func.asin(func.least(1.0, func.sqrt(part)))
    return sql_cast(func.round(length), BigInteger)


def _words(shape: Shape) -> list[BindParameter[Any]]:
    return [bindparam(f"word_{number}", type_=Text) for number in range(shape.words)]


def _points(part: str, share: ColumnElement[Any]) -> ColumnElement[int]:
    return sql_cast(func.floor(rules.WEIGHTS[part] * share + 1e-6), Integer)


def _parts(shape: Shape) -> dict[str, ColumnElement[int]]:
    """The published formula (`rules.score`) as SQL, in ten-thousandths."""
    one = sql_cast(literal(1.0), Float)
    found = [sql_cast(func.word_similarity(word, _L.c.words), Float) for word in _words(shape)]
    fit = one if not found else sum(found[1:], found[0]) / len(found)
    near: ColumnElement[Any] = one
    if shape.has_place:
        half = rules.HALF_DISTANCE_KM
        near = half / (half + sql_cast(_metres(), Float) / 1000)
    people = sql_cast(_L.c.card["practitioners"].astext, Float)
    checked = sql_cast(_L.c.card["practitioners_checked"].astext, Float)
    days = func.extract("epoch", _L.c.next_free_at - _AT) / 86_400
    free = case(
        (
            _L.c.next_free_at >= _AT,
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


def _plain_conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Conditions that no facet stands for, and that no price of a chosen course belongs to."""
    local_day = sql_cast(func.timezone(_L.c.time_zone, _L.c.next_free_at), Date)
    found: list[ColumnElement[bool]] = []
    if shape.has_place:
        ranges = [
            _L.c.longitude.between(_degree(f"west_{number}"), _degree(f"east_{number}"))
            for number in range(shape.ranges)
        ]
        found += [
            _L.c.latitude.between(_degree("south"), _degree("north")),
            or_(*ranges),
            _metres() <= bindparam("radius", type_=BigInteger),
        ]
    if "currency" in shape.given:
        found.append(_L.c.course_currency == bindparam("currency", type_=Text))
    if "min_rating" in shape.given:
        found.append(_L.c.rating_shrunk >= bindparam("min_rating", type_=Float))
    if shape.given & {"free_from", "free_to"}:
        found.append(_L.c.next_free_at >= _AT)
    if "free_from" in shape.given:
        found.append(local_day >= bindparam("free_from", type_=Date))
    if "free_to" in shape.given:
        found.append(local_day <= bindparam("free_to", type_=Date))
    found += [word.op("<%")(_L.c.words) for word in _words(shape)]
    return found


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """All conditions of a search."""
    return [
        *_plain_conditions(shape),
        *_course_conditions(shape),
        *(_holds(part) for part in shape.others),
    ]


def _phases(shape: Shape, total: ColumnElement[int]) -> list[_Phase]:
    if shape.sort == "relevance":
        return [_Phase(true(), (total,), falling=True)]
    if shape.sort == "distance" and shape.has_place:
        return [_Phase(true(), (_metres(),))]
    if shape.sort == "rating":
        return [_Phase(true(), (_L.c.rating_shrunk,), falling=True)]
    if shape.sort == "price":
        price = _price_of(shape)
        return [_Phase(price.is_not(None), (_L.c.course_currency, price)), _Phase(price.is_(None), ())]
    later = or_(_L.c.next_free_at.is_(None), _L.c.next_free_at < _AT)
    return [_Phase(_L.c.next_free_at >= _AT, (_L.c.next_free_at,)), _Phase(later, ())]


@lru_cache(maxsize=_KEPT_SHAPES)
def _statements(shape: Shape) -> tuple[tuple[Select[Any], Select[Any]], ...]:
    """For each phase of the order: its first page, and a page after given keys."""
    parts = _parts(shape)
    total = sum(list(parts.values())[1:], parts["relevance"])
    distance = _metres() if shape.has_place else literal(None, BigInteger)
    return tuple(_pages(shape, phase, parts, distance) for phase in _phases(shape, total))


def _pages(
    shape: Shape, phase: _Phase, parts: dict[str, ColumnElement[int]], distance: ColumnElement[Any]
) -> tuple[Select[Any], Select[Any]]:
    order = (*phase.keys, _L.c.location_id)
    first = (
        select(
            *(column for column in _L.c if column.name != "words"),
            distance.label("metres"),
            *(expression.label(f"part_{part}") for part, expression in parts.items()),
            *(key.label(f"key_{number}") for number, key in enumerate(phase.keys)),
        )
        .where(*_conditions(shape), phase.where)
        .order_by(*(key.desc() if phase.falling else key.asc() for key in order))
        .limit(bindparam("most", type_=Integer))
    )
    last = tuple_(
        *(bindparam(f"after_{number}", type_=key.type) for number, key in enumerate(phase.keys)),
        bindparam("after_id", type_=Uuid()),
    )
    here = tuple_(*order)
    return first, first.where(here < last if phase.falling else here > last)


@lru_cache(maxsize=_KEPT_SHAPES)
def _facet_statement(shape: Shape) -> Any:
    """One reading of the rows that fit the plain conditions; each facet counts over it."""
    base = (
        select(*(_L.c[facet] for facet in FACETS), _L.c.course_price, _courses_or_nothing(shape))
        .where(*_plain_conditions(shape))
        .cte("base")
        .prefix_with("MATERIALIZED")
    )
    everywhere = _course_conditions(shape, base)
    total = select(literal("total").label("facet"), literal("").label("code"), func.count().label("n"))
    pieces = [
        total.select_from(base).where(*everywhere, *(_holds(other, base) for other in shape.others)),
        *(_facet_piece(facet, shape, base, everywhere) for facet in FACETS),
    ]
    return pieces[0].union_all(*pieces[1:])


def _facet_piece(
    facet: str, shape: Shape, base: FromClause, everywhere: list[ColumnElement[bool]]
) -> Select[Any]:
    part = FACETS[facet]
    rest = [_holds(other, base) for other in shape.others if other != part]
    if part not in COURSE_PARTS:
        listed, conditions = _unnested(facet, base), [*rest, *everywhere]
    else:
        needed = [other for other in shape.chosen if other != part]
        joint = bool(needed) or shape.has_price
        listed = _codes_of_courses(facet, shape, base) if joint else _unnested(facet, base)
        conditions = [*rest, *(_holds(other, base) for other in needed)]
    return (
        select(literal(facet), listed.c.code, func.count())
        .select_from(base)
        .join(listed, true())
        .where(*conditions)
        .group_by(listed.c.code)
    )


class SearchRepository:
    """The search over the public listing, under any scope."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def forgive_typing(self) -> None:
        """How alike words must be, for this transaction."""
        await self._work.execute(_SET_THRESHOLD, {"value": str(rules.WORD_THRESHOLD)})

    async def search(self, asked: Asked, start: Position | None, limit: int) -> list[tuple[int, Row[Any]]]:
        """Up to `limit` rows after `start`, each with its phase; `key_0`, `key_1` are its sort keys."""
        values = values_of(asked)
        found: list[tuple[int, Row[Any]]] = []
        for number, (first, following) in enumerate(_statements(shape_of(asked))):
            if start is not None and number < start.phase:
                continue
            here = values | {"most": limit - len(found)}
            if start is not None and number == start.phase:
                here |= {f"after_{place}": key for place, key in enumerate(start.keys)}
                here["after_id"] = start.location_id
                rows = await self._work.rows(following, here)
            else:
                rows = await self._work.rows(first, here)
            found += [(number, row) for row in rows]
            if len(found) == limit:
                break
        return found

    async def facets(self, asked: Asked) -> dict[str, list[tuple[str, int]]]:
        """Counts by code for each facet, its own condition left out; `total` under the empty code."""
        rows = await self._work.rows(_facet_statement(shape_of(asked)), values_of(asked))
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            found.setdefault(row.facet, []).append((row.code, row.n))
        return found
