"""The summary of a form's errors: in the order of the page's fields, each line leading to a field.

A summary stands above the fields it speaks of, so it is put in order once the page is whole. No page has to know an
order, and none can get it wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from html import escape, unescape

_LIST = re.compile(r"(<ul\b[^>]*\bdata-errors\b[^>]*>)(.*?)(</ul>)", re.DOTALL)
_ITEM = re.compile(r'<li data-field="([^"]*)">(.*?)</li>', re.DOTALL)
_LINK = re.compile(r'<a href="[^"]*">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>')
_LABEL = re.compile(r'<label class="nw-label[^"]*" for="([^"]*)">([^<]*)')
_LEGEND = re.compile(r'<legend class="nw-label[^"]*">([^<]*)')
_OPEN = re.compile(r"\sopen(?=[\s=]|$)")
_CONTROLS = frozenset({"input", "select", "textarea", "button"})


@dataclass(frozen=True, slots=True)
class _Element:
    """An element with an id, with its label's HTML and the ends of the closed disclosures' tags that it stands in."""

    id: str
    name: str
    is_control: bool
    label: str
    shut_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a summary: the field that it is about, its HTML, and the place of the field that it leads to."""

    field: str
    words: str
    place: int | None


def arranged(html: str) -> str:
    """The page with the lines of its summaries in the order of their fields.

    A line leads to the field of its id, else to one of its name, else to the first field of what it is part of:
    `hours.0.opens` to `hours`. A line without any is the form's own and comes first. A disclosure around a field that
    a line leads to is opened. Lines that say the same name their fields: `City: fill this in.`
    """
    summaries = list(_LIST.finditer(html))
    if not summaries:
        return html
    elements, edits = _elements(html), {}
    for summary in summaries:
        lines = _lines(summary[2], elements)
        edits[summary.start(2)] = (summary.end(2), "".join(_written(line, elements) for line in lines))
        places = [line.place for line in lines if line.place is not None]
        edits |= {at: (at, " open") for place in places for at in elements[place].shut_by}
    for start in sorted(edits, reverse=True):
        end, text = edits[start]
        html = html[:start] + text + html[end:]
    return html


def _lines(summary: str, elements: list[_Element]) -> list[_Line]:
    found = [(unescape(field), words) for field, words in _ITEM.findall(summary)]
    lines = [_Line(field, words, _place(field, elements)) for field, words in found]
    kept = [line for line in lines if not any(_says_closer(other, line) for other in lines)]
    kept.sort(key=lambda line: -1 if line.place is None else line.place)
    said = Counter(_text(line.words) for line in kept)
    return [_named(line, elements) if said[_text(line.words)] > 1 else line for line in kept]


def _named(line: _Line, elements: list[_Element]) -> _Line:
    label = "" if line.place is None else elements[line.place].label
    if not label:
        return line
    words = _LINK.sub(lambda link: f'<a href="">{label}: {link[1][:1].lower()}{link[1][1:]}</a>', line.words)
    return replace(line, words=words)


def _says_closer(other: _Line, line: _Line) -> bool:
    """Whether the other line says the same of a part of the field."""
    return other.field.startswith(line.field + ".") and _text(other.words) == _text(line.words)


def _text(words: str) -> str:
    return re.sub(r"<[^>]*>", "", words)


def _place(field: str, elements: list[_Element]) -> int | None:
    parts = field.split(".")
    for known in range(len(parts), 0, -1):
        wanted = ".".join(parts[:known])
        for names in ("id", "name"):
            at = next((n for n, one in enumerate(elements) if getattr(one, names) == wanted), None)
            if wanted and at is not None:
                return next((n for n in range(at, len(elements)) if elements[n].is_control), None)
    return None


def _written(line: _Line, elements: list[_Element]) -> str:
    if line.place is None:
        return f"<li>{_LINK.sub(_plain, line.words)}</li>"
    target = elements[line.place].id
    return f"<li>{_LINK.sub(lambda link: _linked(target, link), line.words)}</li>"


def _plain(link: re.Match[str]) -> str:
    return f'<span class="font-semibold">{link[1]}</span>'


def _linked(target: str, link: re.Match[str]) -> str:
    return f'<a href="#{escape(target)}">{link[1]}</a>'


def _elements(html: str) -> list[_Element]:
    found: list[_Element] = []
    around: list[int | None] = []
    labels, legend = {unescape(one): text.strip() for one, text in _LABEL.findall(html)}, ""
    for tag in _TAG.finditer(html):
        closes, kind, attributes = tag[1], tag[2], tag[3]
        if kind == "details" and closes:
            around = around[:-1]
        elif kind == "details":
            around = [*around, None if _OPEN.search(attributes) else tag.end() - 1]
        if kind == "legend" and not closes:
            shown = _LEGEND.match(html, tag.start())
            legend = shown[1].strip() if shown else ""
        own = "" if closes else _attribute(attributes, "id")
        if own:
            is_control = kind in _CONTROLS and _attribute(attributes, "type") != "hidden"
            name = _attribute(attributes, "name") if is_control else ""
            label = labels.get(own, "") or (legend if is_control else "")
            legend = "" if is_control else legend
            found.append(_Element(own, name, is_control, label, tuple(at for at in around if at is not None)))
    return found


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', attributes)
    return unescape(found[1]) if found else ""
