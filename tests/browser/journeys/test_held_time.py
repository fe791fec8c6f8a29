"""A time that is held while its questions are answered: in sight on a phone, and true in every tab."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from services.kernel.work import Database
from tests.browser.looking import NARROW, open_person
from tests.factories import live_clinic

LINE = "#held [data-line]"


async def hold(tab: Page, address: str, number: int) -> None:
    """Picks the free time of that number in the week that an address shows."""
    await tab.goto(address)
    await tab.locator(".nw-slot").nth(number).click()
    await tab.get_by_role("button", name="Continue with this time").click()
    await tab.wait_for_url("**/details?**")


@pytest.mark.walk
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_held_time_stays_in_sight_and_says_when_another_tab_gave_it_up(
    browser: Browser, product: str, database: Database
) -> None:
    world = await live_clinic(database)
    client = await open_person(browser, product, "client")
    await client.page.set_viewport_size(NARROW)
    times = f"{product}/c/{world.slug}/book/{world.treatment_id}/times?area=face"

    await hold(client.page, times, 0)
    await client.page.locator("#email").focus()
    await expect(client.page.locator(LINE)).to_be_in_viewport(ratio=1)
    await expect(client.page.locator(LINE)).to_contain_text("Held for you until")
    await expect(client.page.locator("#email")).to_be_in_viewport(ratio=1)
    await client.page.locator("#email").fill("jo@example.test")

    other = await client.context.new_page()
    await hold(other, times, 9)
    await expect(client.page.locator(LINE)).to_contain_text("Held for you until")
    await client.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(client.page.locator(LINE)).to_contain_text("The time is not held for you any more")
    await expect(client.page.locator("#held [data-said]")).to_have_text(
        "The time is not held for you any more."
    )

    await client.press("Hold it for ten minutes")
    await client.sees("Held for you until")
    await expect(client.page.locator("#email")).to_have_value("jo@example.test")
    assert client.refused == []
