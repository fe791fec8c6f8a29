"""Builds the demo world: four months of twelve clinics, lived through the services under a moved clock; and a crowd."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib import import_module
from typing import cast

from sqlalchemy import text

from infra.ops.demo.building import BuiltHouse, build_house, found_waiting_house
from infra.ops.demo.cast import HOUSES, WAITING
from infra.ops.demo.clock import set_offset
from infra.ops.demo.complaints import report_some
from infra.ops.demo.crowd import CROWD, add_crowd
from infra.ops.demo.desk import fill_the_desk, talk_first
from infra.ops.demo.diary import MORNING, fill_the_diary, work_the_day
from infra.ops.demo.people import CLIENT, keeper_address, make_moderator, sign_up_person
from infra.ops.demo.story import Story
from infra.ops.environment import revealed, say
from infra.ops.product import open_database
from infra.platform.mail import MailboxOnly
from infra.platform.observability import configure_logging
from infra.platform.settings import Settings
from services.kernel.scope import PlatformScope
from services.kernel.work import Database

BEGINS = timedelta(weeks=-18)
WEEK = timedelta(weeks=1)
_SEED = 20261101
_WEEKS_A_LINE = 6
_TALKS_FIRST = 5
Drain = Callable[..., Awaitable[int]]


def is_empty(settings: Settings) -> bool:
    """Whether nobody has signed up yet."""
    return asyncio.run(_is_empty(settings))


async def _is_empty(settings: Settings) -> bool:
    scope = PlatformScope("the demo world is for an empty database alone")
    async with open_database(settings) as database, database.begin(scope) as work:
        return not await work.scalar(text("SELECT EXISTS (SELECT FROM account)"))


def build(settings: Settings) -> None:
    """Fills an empty database, a line now and then; afterwards the clock stands at the present again."""
    # The actors run in this process, and each would write a line for every delivery.
    configure_logging("demo", settings.log_format, least=logging.WARNING)
    asyncio.run(_build(settings))


async def _build(settings: Settings) -> None:
    # The workers are started by name: this room does not know theirs.
    drain = cast("Drain", import_module("workers.inline").drain)
    async with open_database(settings) as database:
        try:
            await set_offset(database, BEGINS)
            story = await _begin(database, revealed(settings.demo_password))
            await drain(database, MailboxOnly())
            await _live(database, story, drain)
            await set_offset(database, MORNING)
            await fill_the_diary(database, story.houses[0], story.chance)
            await drain(database, MailboxOnly())
        finally:
            await set_offset(database, timedelta(0))
        await work_the_day(database, story.houses[0])
        await add_crowd(database)
        await report_some(database, story.houses)
        await fill_the_desk(database, story.houses[0])
        await talk_first(database, story.houses[_TALKS_FIRST])
        await drain(database, MailboxOnly())
        say(f"{CROWD.clinics} more clinics with {CROWD.reviews:,} reviews are open")


async def _begin(database: Database, password: str) -> Story:
    moderator = await make_moderator(database, password)
    client = await sign_up_person(database, CLIENT, "Nora Whitfield", password)
    houses: list[BuiltHouse] = []
    for number, house in enumerate(HOUSES):
        name = house.people[0].name if number else "Amara Osei"
        keeper = await sign_up_person(database, keeper_address(number), name, password)
        houses.append(await build_house(database, house, number, keeper, moderator))
    say(f"{len(houses)} clinics of the demo world are open")
    return Story(database, houses, client, random.Random(_SEED))  # noqa: S311  a story, not a secret


async def _live(database: Database, story: Story, drain: Drain) -> None:
    weeks = -BEGINS // WEEK
    for index in range(1, weeks + 1):
        await set_offset(database, BEGINS + index * WEEK)
        await drain(database, MailboxOnly())
        if index == weeks // 2:
            await _book_for_client(story)
        await story.week(index)
        await drain(database, MailboxOnly())
        if index % _WEEKS_A_LINE == 0:
            say(f"the demo world has lived {index} of {weeks} weeks")
    keeper = await sign_up_person(
        database, keeper_address(len(HOUSES)), WAITING.people[0].name, _spare_password()
    )
    await found_waiting_house(database, WAITING, len(HOUSES), keeper)


async def _book_for_client(story: Story) -> None:
    client = story.client
    await story.book(
        story.houses[0], client.name, client.email, whole_course=True, account_id=client.account_id
    )


def _spare_password() -> str:
    return random.SystemRandom().randbytes(24).hex()
