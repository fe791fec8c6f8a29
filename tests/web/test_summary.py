"""The lines of a summary of errors stand in the order of the page's fields, and each leads to one."""

from __future__ import annotations

import re

import pytest

from web.summary import arranged

_LEADS_TO = re.compile(r'<li>(?:<a href="#([^"]*)">|<span[^>]*>)(.*?)</(?:a|span)></li>')


def page(errors: dict[str, str], body: str) -> str:
    """A page as the templates write it: the summary, then the body."""
    lines = "".join(
        f'<li data-field="{field}">'
        + (f'<a href="#{field}">{words}</a>' if field != "form" else f"<span>{words}</span>")
        + "</li>"
        for field, words in errors.items()
    )
    return f'<div><ul class="x" data-errors>{lines}</ul></div><form>{body}</form>'


def lines(html: str) -> list[tuple[str, str]]:
    """(target, words) of each line; no target is empty."""
    return _LEADS_TO.findall(html)


@pytest.mark.parametrize(
    ("errors", "body", "wanted"),
    [
        ({"b": "B", "a": "A"}, '<input id="a"><select id="b"></select>', [("a", "A"), ("b", "B")]),
        ({"a": "A", "form": "F"}, '<textarea id="a">', [("", "F"), ("a", "A")]),
        ({"b": "B", "gone": "G"}, '<input id="b">', [("", "G"), ("b", "B")]),
        ({"area": "A"}, '<input name="area" id="area-1"><input name="area" id="area-2">', [("area-1", "A")]),
        ({"a": "A"}, '<input name="a" type="hidden"><input id="b">', [("", "A")]),
        ({"a": "A"}, '<input id="a" type="hidden"><input id="b">', [("b", "A")]),
        ({"areas": "A"}, '<div id="areas"><p id="p"></p><input id="price"></div>', [("price", "A")]),
        ({"h.0.opens": "H"}, '<input id="h.0.closes"><input id="h.0.opens">', [("h.0.opens", "H")]),
        ({"h.0.opens": "H"}, '<fieldset id="h"><input id="one"></fieldset>', [("one", "H")]),
        ({"h.0.opens": "H", "h": "H"}, '<input id="h">', [("h", "H")]),
        ({"h.0": "I", "h": "H"}, '<input id="h">', [("h", "I"), ("h", "H")]),
        ({"a&#34;b": "A"}, '<input class="[&>p]:x" id="a&#34;b">', [("a&quot;b", "A")]),
    ],
)
def test_lines_are_in_the_order_of_fields(
    errors: dict[str, str], body: str, wanted: list[tuple[str, str]]
) -> None:
    assert lines(arranged(page(errors, body))) == wanted


def test_a_disclosure_around_a_wrong_field_is_open_and_others_stay_as_they_are() -> None:
    body = (
        '<details class="x"><summary>1</summary><details open><input id="a"></details></details>'
        '<details><input id="b"></details><details open><input id="c"></details>'
    )
    html = arranged(page({"c": "C", "a": "A"}, body))
    assert lines(html) == [("a", "A"), ("c", "C")]
    assert re.findall(r"<details[^>]*>", html) == [
        '<details class="x" open>',
        "<details open>",
        "<details>",
        "<details open>",
    ]


def test_lines_that_say_the_same_name_their_fields() -> None:
    body = (
        '<label class="nw-label sr-only" for="a">Your name <span>(optional)</span></label><input id="a">'
        '<fieldset><legend class="nw-label">The result</legend><label class="nw-choice" for="b"><input id="b">1'
        '</label><input id="b-2"></fieldset><input id="c">'
        '<label class="nw-label" for="d">D &amp; E</label><input id="d">'
    )
    errors = {"d": "Fill this in.", "c": "Fill this in.", "b": "Fill this in.", "a": "Fill this in."}
    assert lines(arranged(page(errors, body))) == [
        ("a", "Your name: fill this in."),
        ("b", "The result: fill this in."),
        ("c", "Fill this in."),
        ("d", "D &amp; E: fill this in."),
    ]
    assert lines(arranged(page({"a": "Too long.", "d": "Fill this in."}, body))) == [
        ("a", "Too long."),
        ("d", "Fill this in."),
    ]


def test_a_page_without_a_summary_and_two_summaries_on_one() -> None:
    plain = '<form><input id="a"></form>'
    assert arranged(plain) == plain
    twice = arranged(page({"b": "B", "a": "A"}, "") + page({"b": "B"}, '<input id="a"><input id="b">'))
    assert lines(twice) == [("a", "A"), ("b", "B"), ("b", "B")]
