"""All SQL of the search: conditions, the published score, orders with their pages, and facets.

A statement is made once for each shape of search and kept; a search gives it values. Making it anew would cost
several times what the database needs to answer it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
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
    COURSE_FACETS,
    COURSE_PARTS,
    FACETS,
    LIST_OF,
    OTHER_PARTS,
    Asked,
    Position,
    Shape,
    pattern_name,
    shape_of,
    values_of,
)

_L = table(Listing)
# The planner takes comparing words for as cheap as comparing numbers, and would read a thousand listings to do it.
_FORGIVE = text(
    "SELECT set_config('pg_trgm.word_similarity_threshold', :value, true), "
    "set_config('enable_seqscan', 'off', true)"
)
_KEPT_SHAPES = 512

_AT: BindParameter[Any] = bindparam("at", type_=DateTime(timezone=True))
# Which rows are counted by what: `grouping` says of menu, credentials, languages, accessibility which are left out.
_BY_MENU = 0b0111
_BY_LIST = {"credential": 0b1011, "language": 0b1101, "accessibility": 0b1110}
_MAX_PRICE: BindParameter[Any] = bindparam("max_course_price", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class _Phase:
    """A stretch of an order: its condition, the keys it sorts by, and whether they fall."""

    where: ColumnElement[bool]
    keys: tuple[ColumnElement[Any], ...]
    falling: bool = False


def _number(value: float) -> ColumnElement[float]:
    """A constant of the formula, written into the statement."""
    return literal_column(f"{value!r}::float8", Float)


_HALF = _number(0.5)


def _degree(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=Float)


def _holds(part: str) -> ColumnElement[bool]:
    """Whether the column of that part holds the code that was asked for; of access, all of them."""
    several = bindparam(part, type_=ARRAY(Text))
    codes = several if part == "accessibility" else array([bindparam(part, type_=Text)])
    found: ColumnElement[bool] = _L.c[LIST_OF[part]].contains(sql_cast(codes, ARRAY(Text)))
    return found


def _pattern(left: str | None = None) -> BindParameter[Any]:
    """What was chosen of a course as JSON, one part left out or none."""
    return bindparam(pattern_name(left), type_=JSONB)


def _fits(courses: ColumnElement[Any], left: str | None = None) -> ColumnElement[bool]:
    """Whether one of the courses has all that was chosen, one part left out or none."""
    return sql_cast(courses, JSONB).contains(func.jsonb_build_array(_pattern(left)))


def _affordable() -> ColumnElement[bool]:
    """Whether one and the same course fits what was chosen and costs no more than the price."""
    courses, course, price = _course_of(_L.c.card["courses"])
    fitting = select(literal(1)).select_from(courses)
    return fitting.where(course.contains(_pattern()), price <= _MAX_PRICE).exists()


def _menu(shape: Shape) -> ColumnElement[Any]:
    """What the courses can be chosen by; with a price, those that cost no more.

    No price stands in it, so that what is counted are few menus, and not each listing with its own prices.
    """
    if not shape.has_price:
        return _L.c.menu
    courses, course, price = _course_of(_L.c.card["courses"])
    kinds = [part for name in COURSE_FACETS for part in (literal_column(f"'{name}'", Text), course[name])]
    menu = select(func.jsonb_agg(func.jsonb_build_object(*kinds))).select_from(courses)
    return menu.where(price <= _MAX_PRICE).scalar_subquery()


def _course_of(courses: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[Any], ColumnElement[int]]:
    """A list's courses to select from, each as JSON, and its price in minor units."""
    listed = func.jsonb_array_elements(courses).table_valued("value", name="course")
    course = sql_cast(listed.c.value, JSONB)
    return listed, course, sql_cast(course["price"].astext, BigInteger)


def _course_conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """That one and the same course fits all that was chosen, and costs no more than the price."""
    found = [_holds(part) for part in shape.chosen]
    if shape.has_price and shape.chosen:
        return [*found, _affordable()]
    return [*found, _fits(_L.c.menu)] if len(shape.chosen) > 1 else found


def _price_of(shape: Shape) -> ColumnElement[Any]:
    """The price of the cheapest course that fits, in minor units."""
    if not shape.chosen:
        return _L.c.course_price
    courses, course, price = _course_of(_L.c.card["courses"])
    cheapest = select(func.min(price)).select_from(courses)
    return cheapest.where(course.contains(_pattern())).scalar_subquery()


def _metres() -> ColumnElement[int]:
    """The haversine distance from the place in whole metres."""
    half_lat = func.radians(_L.c.latitude - _degree("latitude")) * _HALF
    half_lng = func.radians(_L.c.longitude - _degree("longitude")) * _HALF
    part = func.power(func.sin(half_lat), _number(2.0)) + func.cos(
        func.radians(_degree("latitude"))
    ) * func.cos(func.radians(_L.c.latitude)) * func.power(func.sin(half_lng), _number(2.0))
    length = _number(2 * rules.EARTH_RADIUS_KM * 1000) * func.asin(func.least(_number(1.0), func.sqrt(part)))
    return sql_cast(func.round(length), BigInteger)


def _words(shape: Shape) -> list[BindParameter[Any]]:
    return [bindparam(f"word_{number}", type_=Text) for number in range(shape.words)]


def _likeness(word: BindParameter[Any], source: FromClause) -> ColumnElement[float]:
    return sql_cast(func.word_similarity(word, source.c.words), Float)


def _begins(number: int, word: BindParameter[Any]) -> ColumnElement[bool]:
    """Whether a listing, found by the index, has a word that begins with this one."""
    return _likeness(word, _L) >= _degree(f"begins_{number}")


def _as_a_whole(word: BindParameter[Any]) -> ColumnElement[float]:
    """How alike the most alike words of a listing are, whole ones: parts of two, side by side, are no word."""
    return sql_cast(func.strict_word_similarity(word, _L.c.words), Float)


def _by_index(word: BindParameter[Any]) -> ColumnElement[bool]:
    return word.op("<%")(_L.c.words)


def _points(part: str, share: ColumnElement[Any]) -> ColumnElement[int]:
    return sql_cast(func.floor(_number(float(rules.WEIGHTS[part])) * share + _number(1e-6)), Integer)


def _parts(shape: Shape, source: FromClause, metres: ColumnElement[int]) -> dict[str, ColumnElement[int]]:
    """The published formula (`rules.score`) as SQL, in ten-thousandths."""
    one = _number(1.0)
    found = [_likeness(word, source) for word in _words(shape)]
    fit = one if not found else sum(found[1:], found[0]) / _number(float(len(found)))
    near: ColumnElement[Any] = one
    if shape.has_place:
        half = _number(rules.HALF_DISTANCE_KM)
        near = half / (half + sql_cast(metres, Float) / _number(1000.0))
    seconds = sql_cast(func.extract("epoch", source.c.next_free_at - _AT), Float)
    share = one - seconds / _number(86_400.0) / _number(rules.AVAILABILITY_DAYS)
    free = case((source.c.next_free_at >= _AT, func.greatest(_number(0.0), share)), else_=_number(0.0))
    return {
        "relevance": _points("relevance", func.least(one, fit)),
        "distance": _points("distance", near),
        "rating": source.c.rating_points,
        "credentials": source.c.credentials_points,
        "availability": _points("availability", free),
    }


def _plain_conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Conditions that no facet stands for: of the price, that there is a course for it at all."""
    local_day = sql_cast(func.timezone(_L.c.time_zone, _L.c.next_free_at), Date)
    found = _place_conditions(shape)
    if "currency" in shape.given:
        found.append(_L.c.course_currency == bindparam("currency", type_=Text))
    if shape.has_price:
        found.append(_L.c.course_price <= _MAX_PRICE)
    if "min_rating" in shape.given:
        found.append(_L.c.rating_shrunk >= bindparam("min_rating", type_=Float))
    if shape.given & {"free_from", "free_to"}:
        found.append(_L.c.next_free_at >= _AT)
    if "free_from" in shape.given:
        found.append(local_day >= bindparam("free_from", type_=Date))
    if "free_to" in shape.given:
        found.append(local_day <= bindparam("free_to", type_=Date))
    for number, word in enumerate(_words(shape)):
        mistyped = _as_a_whole(word) >= _degree(f"least_{number}")
        found += [_by_index(word), or_(_begins(number, word), mistyped)]
    return found


def _place_conditions(shape: Shape) -> list[ColumnElement[bool]]:
    if not shape.has_place:
        return []
    ranges = [
        _L.c.longitude.between(_degree(f"west_{number}"), _degree(f"east_{number}"))
        for number in range(shape.ranges)
    ]
    return [
        _L.c.latitude.between(_degree("south"), _degree("north")),
        or_(*ranges),
        _metres() <= bindparam("radius", type_=BigInteger),
    ]


@lru_cache(maxsize=_KEPT_SHAPES)
def _best_statement(shape: Shape) -> Select[Any]:
    """For each word how alike the most alike around is; nothing where a listing has a word that begins with it."""
    best = []
    for number, word in enumerate(_words(shape)):
        around = select(literal(1)).select_from(_L).where(*_place_conditions(shape), _by_index(word))
        begun = around.where(_begins(number, word)).exists()
        most = around.with_only_columns(func.max(_as_a_whole(word)))
        best.append(case((begun, None), else_=most.scalar_subquery()).label(f"best_{number}"))
    return select(*best)


def _phases(shape: Shape) -> list[_Phase]:
    metres = _distance(shape)
    if shape.sort == "relevance":
        parts = list(_parts(shape, _L, metres).values())
        return [_Phase(true(), (sum(parts[1:], parts[0]),), falling=True)]
    if shape.sort == "distance" and shape.has_place:
        return [_Phase(true(), (metres,))]
    if shape.sort == "rating":
        return [_Phase(true(), (_L.c.rating_shrunk,), falling=True)]
    if shape.sort == "price":
        price = _price_of(shape)
        return [_Phase(price.is_not(None), (_L.c.course_currency, price)), _Phase(price.is_(None), ())]
    later = or_(_L.c.next_free_at.is_(None), _L.c.next_free_at < _AT)
    return [_Phase(_L.c.next_free_at >= _AT, (_L.c.next_free_at,)), _Phase(later, ())]


def _distance(shape: Shape) -> ColumnElement[Any]:
    return _metres() if shape.has_place else literal_column("NULL", BigInteger)


@lru_cache(maxsize=_KEPT_SHAPES)
def _statements(shape: Shape) -> tuple[tuple[Select[Any], Select[Any]], ...]:
    """For each phase of the order: its first page, and a page after given keys."""
    return tuple(
        (_page(shape, phase, following=False), _page(shape, phase, following=True))
        for phase in _phases(shape)
    )


def _page(shape: Shape, phase: _Phase, *, following: bool) -> Select[Any]:
    """The page's rows are found by narrow columns alone; wide ones and the parts are read for these few."""
    order = (*phase.keys, _L.c.location_id)
    names = [f"key_{number}" for number in range(len(phase.keys))]
    narrow = (
        select(
            _L.c.location_id.label("found_id"),
            _distance(shape).label("metres"),
            *(key.label(name) for name, key in zip(names, phase.keys, strict=True)),
        )
        .where(*_plain_conditions(shape), *_course_conditions(shape), *map(_holds, shape.others), phase.where)
        .order_by(*(key.desc() if phase.falling else key.asc() for key in order))
        .limit(bindparam("most", type_=Integer))
    )
    if following:
        last = [bindparam(f"after_{number}", type_=key.type) for number, key in enumerate(phase.keys)]
        after = tuple_(*last, bindparam("after_id", type_=Uuid()))
        narrow = narrow.where(tuple_(*order) < after if phase.falling else tuple_(*order) > after)
    found = narrow.subquery("found")
    again = (*(found.c[name] for name in names), found.c.found_id)
    return (
        select(
            *(column for column in _L.c if column.name not in {"words", "menu"}),
            found.c.metres,
            *(found.c[name] for name in names),
            *(part.label(f"part_{name}") for name, part in _parts(shape, _L, found.c.metres).items()),
        )
        .select_from(found.join(_L, _L.c.location_id == found.c.found_id))
        .order_by(*(key.desc() if phase.falling else key.asc() for key in again))
    )


@lru_cache(maxsize=_KEPT_SHAPES)
def _facet_statement(shape: Shape) -> Any:
    """One reading of the rows that fit the plain conditions, counted by menu and by each list of codes.

    Each count leaves its facet's own condition out, but for access, where every chosen code holds; what is chosen
    of a course is looked for in the few menus.
    """
    # A menu of what is cheap enough answers for the course too: a card is long, and read once.
    by_the_menu = shape.has_price and shape.chosen
    fits = {
        "course": and_(true(), *([] if by_the_menu else _course_conditions(shape))),
        **{part: _holds(part) if part in shape.others else true() for part in OTHER_PARTS},
    }
    rows = (
        select(
            *(_menu(shape).label("menu"), *(_L.c[LIST_OF[part]] for part in OTHER_PARTS)),
            *(condition.label(f"fits_{name}") for name, condition in fits.items()),
        )
        .where(*_plain_conditions(shape))
        .offset(literal_column("0"))  # each condition is worked out once a row, not once a count
        .subquery("rows")
    )
    fitting: dict[str, ColumnElement[bool]] = {name: rows.c[f"fits_{name}"] for name in fits}
    if by_the_menu:
        fitting["course"] = _fits(rows.c.menu)
    by_list = [rows.c[LIST_OF[part]] for part in OTHER_PARTS]
    counted = {
        "menu": ("credential", "language", "accessibility"),
        "credential": ("course", "language", "accessibility"),
        "language": ("course", "credential", "accessibility"),
        "accessibility": ("course", "credential", "language", "accessibility"),
    }
    groups = (
        select(
            *(rows.c.menu, *by_list),
            func.grouping(rows.c.menu, *by_list).label("left_out"),
            *(
                func.count().filter(*(fitting[other] for other in others)).label(f"n_{name}")
                for name, others in counted.items()
            ),
        )
        .group_by(func.grouping_sets(tuple_(rows.c.menu), *(tuple_(column) for column in by_list)))
        .cte("groups")
        .prefix_with("MATERIALIZED")
    )
    pieces = [_total(shape, groups), *(_facet_piece(facet, shape, groups) for facet in FACETS)]
    return pieces[0].union_all(*pieces[1:])


def _total(shape: Shape, groups: FromClause) -> Select[Any]:
    statement = _summed("total", literal_column("''", Text), groups.c.n_menu).where(
        groups.c.left_out == _BY_MENU
    )
    return statement.where(_fits(groups.c.menu)) if shape.chosen else statement


def _summed(facet: str, code: ColumnElement[Any], count: ColumnElement[int]) -> Select[Any]:
    total = sql_cast(func.coalesce(func.sum(count), 0), BigInteger)
    return select(literal_column(f"'{facet}'", Text).label("facet"), code.label("code"), total.label("n"))


def _facet_piece(facet: str, shape: Shape, groups: FromClause) -> Select[Any]:
    part = FACETS[facet]
    if part in COURSE_PARTS:
        listed: FromClause = _codes_of_menu(facet, shape, groups)
        count, number = groups.c.n_menu, _BY_MENU
    else:
        listed = func.unnest(groups.c[facet]).table_valued("code").render_derived(name="listed")
        count, number = groups.c[f"n_{part}"], _BY_LIST[part]
    return (
        _summed(facet, listed.c.code, count)
        .select_from(groups)
        .join(listed, true())
        .where(groups.c.left_out == number, count > 0)
        .group_by(listed.c.code)
    )


def _codes_of_menu(facet: str, shape: Shape, groups: FromClause) -> FromClause:
    """The codes of a facet over the courses that fit the rest of what was chosen, each once a menu."""
    part = FACETS[facet]
    courses, course, _ = _course_of(sql_cast(groups.c.menu, JSONB))
    listed = func.jsonb_array_elements_text(course[facet]).table_valued("value", name="listed_code")
    statement = select(listed.c.value.label("code")).select_from(courses).join(listed, true()).distinct()
    if set(shape.chosen) - {part}:
        statement = statement.where(course.contains(_pattern(part)))
    return statement.lateral("listed")


class SearchRepository:
    """The search over the public listing, under any scope."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def forgive_typing(self, asked: Asked) -> Asked:
        """The search with how mistyped its words may be; words are found by their index for this transaction."""
        await self._work.execute(_FORGIVE, {"value": str(rules.WORD_THRESHOLD)})
        (best,) = await self._work.rows(_best_statement(shape_of(asked)), values_of(asked))
        return replace(asked, likeness=tuple(map(rules.least_likeness, asked.words, best)))

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
