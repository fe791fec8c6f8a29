"""The components keep their promises: nothing inline, every field labelled, errors linked, values escaped."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from web.dev import example_month
from web.filters import FILTERS
from web.public.guide_content import BY_CODE, CONCERNS, COST_ROWS, COST_SOURCE, find_concern

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
CODES = (
    "acne_scars",
    "scars",
    "fine_lines",
    "enlarged_pores",
    "hyperpigmentation",
    "uneven_tone",
    "elasticity",
    "stretch_marks",
    "hair_loss",
)
NASTY = '"><script>alert(1)</script>'
IMPORTS = "".join(
    f"{{% import 'components/{file}.html' as {name} with context %}}"
    for file, name in (
        ("ui", "ui"),
        ("forms", "forms"),
        ("cards", "cards"),
        ("timeline", "timeline"),
        ("calendar", "calendar"),
        ("illustrations", "art"),
        ("pictures", "photos"),
        ("words", "words"),
    )
)
VISITOR = {
    "name": "Jo Martin",
    "email": "jo@example.org",
    "email_verified": True,
    "is_moderator": True,
    "clinics": [{"slug": "harbour-skin", "name": "Harbour Skin", "role": "owner"}],
}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"}


class Tags(HTMLParser):
    """Every start tag with its attributes, and whether the elements were closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.broken: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.broken.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in names]


@cache
def environment() -> Environment:
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    env.globals.update(
        _=lambda text: text,
        asset=lambda name: f"/assets/{name}",
        locales={"en": "English"},
        default_locale="en",
        csrf_input=Markup('<input type="hidden" name="_csrf" value="token">'),
    )
    env.filters.update(
        FILTERS,
        money=lambda amount, currency: f"{currency} {amount / 100:.2f}",
        moment=lambda value, zone: f"{value} in {zone}",
        moment_soon=lambda value, zone: f"{value} in {zone}",
        day=str,
        clock_time=lambda value, _zone: str(value),
        duration=lambda minutes: f"{minutes} min",
        said=str,
    )
    return env


def words_of(html: str) -> str:
    """The text of a page or a part, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def common(**more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "visitor": None,
        "path": "/guide",
        "theme": None,
        "flash": [],
        "env_note": None,
        "query_string": "",
    }
    return {**known, "lang": "en", "base_url": "https://needlewise.test", **more}


def render(source: str, **more: Any) -> str:
    return environment().from_string(IMPORTS + source).render(**common(**more))


def page(template: str, **more: Any) -> str:
    return environment().get_template(template).render(**common(**more))


GUIDE = {
    "concerns": CONCERNS,
    "course": BY_CODE["acne_scars"].course,
    "cost_rows": COST_ROWS,
    "cost_source": COST_SOURCE,
}
WORKSPACE = (
    "{% extends 'layouts/workspace.html' %}{% set workspace_name = 'Harbour' %}"
    "{% set nav = [{'href': '/clinic/h', 'label': 'Today', 'icon': 'calendar',"
    " 'current': True, 'count': 3}] %}"
    "{% block title %}Today{% endblock %}{% block content %}<h1>Today</h1>{% endblock %}"
)
FOCUS = (
    "{% extends 'layouts/focus.html' %}{% block title %}In{% endblock %}"
    "{% block content %}<h1>In</h1>{% endblock %}"
)


def all_pages() -> dict[str, str]:
    env = environment()
    told = common(visitor=VISITOR, flash=[{"kind": "bad", "text": NASTY}], env_note="Demo", theme="night")
    pages = {
        "components": page("dev/components.html", month=example_month()),
        "components, signed in": env.get_template("dev/components.html").render(
            **told, month=example_month()
        ),
        "guide": page("guide/index.html", **GUIDE),
        "workspace": env.from_string(WORKSPACE).render(**told),
        "workspace, nobody": env.from_string(WORKSPACE).render(**common()),
        "focus": env.from_string(FOCUS).render(**told),
    }
    for concern in CONCERNS:
        pages[concern.slug] = page("guide/concern.html", concern=concern, concerns=CONCERNS)
    return pages


PAGES = all_pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_inline_that_the_content_policy_refuses(name: str) -> None:
    for tag, attrs in Tags(PAGES[name]).tags:
        assert "style" not in attrs, f"{tag} has a style attribute"
        assert not [key for key in attrs if key.startswith("on")], f"{tag} has a script attribute"
        assert tag != "style"
        if tag == "script":
            assert (attrs.get("src") or "").startswith("/assets/")
        for key in ("href", "src", "action") if attrs.get("rel") != "alternate" else ():
            assert not re.match(r"(javascript|data|https?):|//", attrs.get(key) or "")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_closes_what_it_opens_and_uses_an_id_once(name: str) -> None:
    tags = Tags(PAGES[name])
    assert tags.broken == []
    assert tags.open == []
    ids = [attrs["id"] for _, attrs in tags.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label_and_every_reference_a_target(name: str) -> None:
    tags = Tags(PAGES[name])
    ids = {attrs["id"] for _, attrs in tags.tags if attrs.get("id")}
    labelled = {attrs.get("for") for attrs in tags.of("label")}
    for attrs in tags.of("input", "select", "textarea"):
        if attrs.get("type") != "hidden":
            assert attrs["id"] in labelled
    for _, attrs in tags.tags:
        for key in ("aria-describedby", "aria-labelledby", "aria-controls"):
            assert set((attrs.get(key) or "").split()) <= ids


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_its_language_has_one_main_part_and_one_first_heading(name: str) -> None:
    tags = Tags(PAGES[name])
    assert tags.of("html")[0]["lang"] == "en"
    assert len(tags.of("main")) == 1
    assert len(tags.of("h1")) == 1
    assert tags.of("a")[0] == {"class": "nw-skip", "href": "#main"}


@pytest.mark.parametrize("name", PAGES)
def test_every_icon_used_is_in_the_sprite(name: str) -> None:
    listed = (TEMPLATES.parent / "assets" / "icons.json").read_text()
    used = {str(attrs["href"]).partition("#")[2] for attrs in Tags(PAGES[name]).of("use")}
    assert used
    assert {icon for icon in used if f'"{icon}"' not in listed} == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_posting_form_carries_the_forgery_token(name: str) -> None:
    for form in re.findall(r"<form\b.*?</form>", PAGES[name], flags=re.DOTALL):
        assert ('name="_csrf"' in form) == ('method="post"' in form)


FIELDS = {
    "text": "{{ forms.text('f', 'Label', nasty, 'Wrong', 'Hint') }}",
    "text with signs": "{{ forms.text('f', 'Label', nasty, 'Wrong', 'Hint', prefix='£', suffix='each') }}",
    "textarea": "{{ forms.textarea('f', 'Label', nasty, 'Wrong', 'Hint') }}",
    "select": "{{ forms.select('f', 'Label', [(nasty, nasty), ('g', [('x', 'X')])],"
    " nasty, 'Wrong', 'Hint') }}",
    "date": "{{ forms.date('f', 'Label', nasty, 'Wrong', 'Hint') }}",
    "time": "{{ forms.time('f', 'Label', nasty, 'Wrong', 'Hint') }}",
    "file": "{{ forms.file('f', 'Label', error='Wrong', hint='Hint') }}",
    "checkbox": "{{ forms.checkbox('f', 'Label', True, 'Wrong', 'Hint') }}",
}


@pytest.mark.parametrize("name", FIELDS)
def test_an_error_is_linked_to_its_field_together_with_the_hint(name: str) -> None:
    field = Tags(render(FIELDS[name], nasty=NASTY)).of("input", "select", "textarea")[0]
    assert field["id"] == field["name"] == "f"
    assert field["aria-describedby"] == "f-hint f-error"
    assert field["aria-invalid"] == "true"


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_without_an_error_says_nothing_of_one(name: str) -> None:
    source = (
        FIELDS[name]
        .replace("'Wrong', 'Hint'", "none, none")
        .replace("error='Wrong', hint='Hint'", "error=none")
    )
    html = render(source, nasty="x")
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html


@pytest.mark.parametrize("kind", ["radios", "checkboxes"])
def test_choices_are_one_group_with_a_legend_and_the_first_has_the_fields_id(kind: str) -> None:
    tags = Tags(
        render(f"{{{{ forms.{kind}('f', 'Label', [('a', 'A'), ('b', 'B', 'Why')], error='Wrong') }}}}")
    )
    assert [attrs["id"] for attrs in tags.of("input")] == ["f", "f-2"]
    assert tags.of("fieldset")[0]["aria-describedby"] == "f-error"
    assert len(tags.of("legend")) == 1


def test_what_was_chosen_stays_chosen() -> None:
    html = render(
        "{{ forms.radios('r', 'R', [('1', 'One'), ('2', 'Two')], 2) }}"
        "{{ forms.radios('y', 'Y', [('true', 'Yes'), ('false', 'No')], False) }}"
        "{{ forms.checkboxes('c', 'C', [('1', 'One'), ('2', 'Two'), ('3', 'Three')], [1, '3']) }}"
        "{{ forms.select('s', 'S', [(1, 'One'), (2, 'Two')], 2) }}"
    )
    tags = Tags(html)
    chosen = [(attrs["name"], attrs["value"]) for attrs in tags.of("input") if "checked" in attrs]
    assert chosen == [("r", "2"), ("y", "false"), ("c", "1"), ("c", "3")]
    assert [attrs["value"] for attrs in tags.of("option") if "selected" in attrs] == ["2"]


def test_the_summary_of_errors_links_to_each_field() -> None:
    html = render("{{ forms.errors_summary({'email': 'Enter an e-mail', 'form': 'Send it again'}) }}")
    tags = Tags(html)
    assert [attrs["href"] for attrs in tags.of("a")] == ["#email"]
    assert tags.of("div")[0]["role"] == "alert"
    assert tags.of("div")[0]["tabindex"] == "-1"
    assert "Send it again" in html
    assert render("{{ forms.errors_summary({}) }}").strip() == ""


ESCAPED = {
    **FIELDS,
    "page head": "{{ ui.page_head(nasty, lead=nasty, kicker=nasty,"
    " actions=[{'href': nasty, 'label': nasty}]) }}",
    "alert": "{{ ui.alert('bad', nasty, nasty) }}{{ ui.toast('good', nasty) }}{{ ui.badge('info', nasty) }}",
    "facts": "{{ ui.facts([(nasty, nasty)]) }}{{ ui.stat(nasty, nasty, nasty) }}{{ ui.empty(nasty, nasty) }}",
    "avatar": "{{ ui.avatar(nasty) }}{{ ui.chip(nasty, nasty) }}{{ ui.verified(nasty) }}"
    "{{ art.cover(nasty) }}",
    "steps": "{{ ui.steps([nasty, nasty], 2) }}{{ ui.progress_line(1, 2, nasty) }}",
    "words": "{{ words.concern(nasty) }}{{ words.credential(nasty) }}{{ ui.booking_status(nasty) }}",
    "card": "{{ cards.listing_card({'slug': nasty, 'name': nasty, 'city': nasty, 'credentials': [nasty]},"
    " keep=[(nasty, nasty)]) }}{{ cards.compare_tray([{'slug': nasty, 'name': nasty}]) }}",
    "calendar": "{{ calendar.day_calendar([{'name': nasty, 'open': [(540, 600)], 'bookings': [{"
    "'from': 540, 'to': 600,"
    " 'client': nasty, 'treatment': nasty, 'href': nasty, 'status': nasty}]}]) }}",
    "slots": "{{ calendar.slot_list([{'date': 'd', 'label': nasty,"
    " 'slots': [{'value': nasty, 'label': nasty}]}],"
    " nasty, nasty, fields={nasty: nasty}) }}",
    "course": "{{ timeline.course_timeline([{'day': 0, 'label': nasty, 'state': nasty}], title=nasty) }}",
}


@pytest.mark.parametrize("name", ESCAPED)
def test_what_people_typed_never_becomes_markup(name: str) -> None:
    html = render(ESCAPED[name], nasty=NASTY)
    assert "<script" not in html
    assert Tags(html).broken == []


def test_a_rating_says_how_sure_it_is_and_what_has_no_review_says_so() -> None:
    figures = {"mean": 4.9, "shrunk": 4.7, "low": 4.5, "high": 4.8, "count": 138}
    text = words_of(render("{{ ui.rating(f, ('Acne scars', 4.6)) }}", f=figures))
    assert text == "4.7 out of 5, between 4.5 and 4.8, 138 reviews; acne scars 4.6"
    assert "No reviews yet" in render("{{ ui.rating(none) }}")
    assert "No reviews yet" in render("{{ ui.rating(f) }}", f={**figures, "count": 0})


def test_a_card_says_what_is_missing_instead_of_leaving_it_out() -> None:
    html = render("{{ cards.listing_card({'slug': 's', 'name': 'N', 'city': 'C'}) }}")
    for text in ("No reviews yet", "not checked yet", "Device not stated", "Ask the clinic", "Nothing free"):
        assert text in html


def test_compare_adds_the_clinic_once_and_takes_it_out_again() -> None:
    def sent(compare: list[str]) -> list[str | None]:
        html = render(
            "{{ cards.listing_card({'slug': 's', 'name': 'N', 'city': 'C'}, compare=c) }}", c=compare
        )
        return [attrs["value"] for attrs in Tags(html).of("input") if attrs["name"] == "clinic"]

    assert sent([]) == ["s"]
    assert sent(["a"]) == ["a", "s"]
    assert sent(["a", "s"]) == ["a"]


def test_a_fifth_clinic_cannot_be_added_to_the_comparison() -> None:
    html = render(
        "{{ cards.listing_card({'slug': 's', 'name': 'N', 'city': 'C'}, compare=['a', 'b', 'c', 'd']) }}"
    )
    assert "disabled" in Tags(html).of("button")[0]


def test_the_course_drawing_has_a_name_and_the_same_in_words() -> None:
    html = render(
        "{{ timeline.course_timeline([{'day': 0, 'state': 'done'},"
        " {'day': 28, 'window': (21, 42)}], title='Pen') }}"
    )
    assert 'aria-label="Pen: 2 sessions, 4 weeks"' in html
    assert "Right window: day 21 to 42" in html
    assert Tags(html).of("ol")


def test_a_time_is_chosen_from_labelled_radios_and_the_first_has_the_fields_id() -> None:
    html = render(
        "{{ calendar.slot_list(d, '/next', 'Europe/London', selected='b',"
        " fields={'area': 'face'}, error='Gone') }}",
        d=[
            {
                "date": "2026-03-10",
                "slots": [{"value": "a", "label": "09:00"}, {"value": "b", "label": "09:30"}],
            },
            {"date": "2026-03-11", "slots": []},
        ],
    )
    radios = [attrs for attrs in Tags(html).of("input") if attrs["type"] == "radio"]
    assert radios[0]["id"] == "starts_at"
    assert "checked" in radios[1]
    assert "Nothing free on this day" in html
    assert 'value="face"' in html


def test_the_guide_has_a_page_for_every_concern_with_sources() -> None:
    assert tuple(concern.code for concern in CONCERNS) == CODES
    for concern in CONCERNS:
        assert find_concern(concern.slug) is find_concern(concern.code) is concern
        assert all(fact.source for fact in (*concern.evidence, concern.sessions, concern.downtime))
    assert find_concern("wrinkle-cream") is None


def test_the_guide_promises_nothing() -> None:
    for name in ("guide", *(concern.slug for concern in CONCERNS)):
        main = PAGES[name].partition('<main id="main"')[2].partition("</main>")[0]
        text = words_of(main).lower()
        assert "!" not in text
        for word in ("glow", "guarantee", "miracle", "radiant", "flawless", "will disappear"):
            assert word not in text


def test_no_text_of_a_template_carries_a_bare_per_cent_sign() -> None:
    for file in TEMPLATES.rglob("*.html"):
        for text in re.findall(r"_\('((?:[^'\\]|\\.)*)'\)", file.read_text()):
            assert "%" not in text, f"{file.name}: {text}"
