"""Components at 320 pixels with text of double size: nothing is wider than the screen (WCAG 2.2, 1.4.10)."""

from __future__ import annotations

from playwright.async_api import Browser

from infra.ops.assets import DIST
from tests.web.test_components import render
from web.dev import example_month

STATES = (
    "requested",
    "held",
    "confirmed",
    "arrived",
    "completed",
    "no_show",
    "cancelled",
    "declined",
    "expired",
)
OVER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _styles() -> str:
    (sheet,) = DIST.glob("app.*.css")
    return sheet.read_text()


async def test_the_days_list_is_never_wider_than_the_screen(browser: Browser) -> None:
    bookings = [
        {"from": 945, "to": 1010, "client": "Rosa Delgado", "treatment": "Face rejuvenation", "status": state}
        | {"kind": "visit", "who": "Ruth Calloway", "room": "Room 1", "phases": [], "late": False}
        | {"href": "/b", "arrive": "/arrive"}
        for state in STATES
    ]
    free = {"kind": "free", "from": 1010, "to": 1050, "href": "/book", "block_href": "/block"}
    column = {"name": "Ruth Calloway", "open": [(540, 1050)], "bookings": bookings, "booked": len(STATES)}
    column |= {"rows": [*bookings, free], "closed": ""}
    html = render("<main class='px-4'>{{ calendar.column_rows(c, back='/b') }}</main>", c=column)
    page = await browser.new_page(viewport={"width": 320, "height": 700})
    await page.set_content(f"<!doctype html><style>{_styles()} html {{ font-size: 200% }}</style>{html}")
    assert await page.evaluate(OVER) <= 0


async def test_the_days_of_a_picker_scroll_in_their_own_box_and_are_large_enough_to_press(
    browser: Browser,
) -> None:
    days = "<main class='px-4' id='days'>{{ calendar.month_of_days(month, 'days') }}</main>"
    html = render(days, month=example_month())
    page = await browser.new_page(viewport={"width": 320, "height": 700})
    await page.set_content(f"<!doctype html><style>{_styles()} html {{ font-size: 200% }}</style>{html}")
    assert await page.evaluate(OVER) <= 0
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.set_content(f"<!doctype html><style>{_styles()}</style>{html}")
    sizes = "() => [...document.querySelectorAll('a')].flatMap(one => [one.clientWidth, one.clientHeight])"
    assert min(await page.evaluate(sizes)) >= 44
