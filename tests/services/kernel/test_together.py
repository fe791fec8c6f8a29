"""Questions that share a round trip: each gets its own answer, its own error, and nothing that is older than itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import DBAPIError

from services.kernel.together import AT_ONCE, MOST, Together
from services.kernel.work import Database

ONE = "SELECT 100 / $1::bigint + coalesce(array_length($2::bigint[], 1), 0) AS found"
MANY = """
    SELECT 100 / one.number + coalesce(array_length(one.list::bigint[], 1), 0) AS found
    FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS one (number, list, place) ORDER BY place
"""


class Counted:
    """The database, and how it was asked; it answers nobody while its door is closed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sizes: list[int] = []
        self.most: int | None = None
        self.door, self.reached = asyncio.Event(), asyncio.Event()
        self.door.set()

    async def ask(self, call: str, *given: object) -> object:
        self.sizes.append(1)
        self.reached.set()
        await self.door.wait()
        return await self.database.ask(call, *given)

    async def ask_all(self, call: str, *given: Sequence[object]) -> list[object]:
        self.sizes.append(len(given[0]))
        return (await self.database.ask_all(call, *given))[: self.most]


@pytest.fixture
def counted(database: Database) -> Counted:
    return Counted(database)


async def found(together: Together, number: int, values: list[int]) -> int:
    return int((await together.ask(ONE, number, values))["found"])


async def test_each_gets_its_own_answer_in_few_round_trips(counted: Counted) -> None:
    together = Together(counted, MANY)
    many = range(1, 41)
    answers = await asyncio.gather(*(found(together, number, [7] * (number % 3)) for number in many))
    assert answers == [100 // number + number % 3 for number in many]
    assert counted.sizes == [1] * AT_ONCE + [MOST, MOST, 40 - AT_ONCE - 2 * MOST]


async def test_who_asks_alone_waits_for_nobody(counted: Counted) -> None:
    together = Together(counted, MANY)
    assert [await found(together, number, []) for number in (1, 2, 4)] == [100, 50, 25]
    assert counted.sizes == [1, 1, 1]


async def test_an_error_is_heard_by_whoever_asked_for_it_alone(counted: Counted) -> None:
    together = Together(counted, MANY)
    numbers = [1, 2, 5, 0, 10, 20]
    answers = await asyncio.gather(
        *(found(together, number, []) for number in numbers), return_exceptions=True
    )
    assert [one for one in answers if not isinstance(one, BaseException)] == [100, 50, 20, 10, 5]
    assert isinstance(answers[3], DBAPIError)
    assert await found(together, 4, []) == 25


async def test_who_leaves_takes_nobody_with_them(counted: Counted) -> None:
    together = Together(counted, MANY)
    counted.door.clear()
    asking = [asyncio.create_task(found(together, number, [])) for number in (1, 2, 4, 5, 10)]
    await counted.reached.wait()
    for left in (asking[0], asking[3]):
        left.cancel()
    counted.door.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [answers[place] for place in (1, 2, 4)] == [50, 25, 10]
    assert all(isinstance(answers[place], asyncio.CancelledError) for place in (0, 3))
    assert await found(together, 20, []) == 5


async def test_an_answer_is_not_older_than_its_question(counted: Counted) -> None:
    """Who asks while others are under way is not given what was read for those."""
    together = Together(counted, MANY)
    counted.door.clear()
    early = [asyncio.create_task(found(together, 1, [])) for _ in range(AT_ONCE)]
    await counted.reached.wait()
    late = asyncio.create_task(found(together, 1, []))
    assert counted.sizes == [1] * AT_ONCE
    counted.door.set()
    assert await asyncio.gather(*early, late) == [100] * (AT_ONCE + 1)
    assert counted.sizes == [1] * (AT_ONCE + 1)


async def test_answers_of_which_one_is_missing_are_given_to_nobody(counted: Counted) -> None:
    counted.most = 3
    together = Together(counted, MANY)
    answers = await asyncio.gather(
        *(found(together, 1, []) for _ in range(AT_ONCE + 4)), return_exceptions=True
    )
    assert answers[:AT_ONCE] == [100] * AT_ONCE
    assert [type(one) for one in answers[AT_ONCE:]] == [RuntimeError] * 4


async def test_where_the_database_is_away_all_hear_of_it_and_none_asks_again(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(call: str, *given: object) -> list[object]:
        raise TimeoutError(f"{len(given)} to {call}")

    monkeypatch.setattr(counted, "ask_all", away)
    together = Together(counted, MANY)
    answers = await asyncio.gather(
        *(found(together, 1, []) for _ in range(AT_ONCE + 4)), return_exceptions=True
    )
    assert [type(one) for one in answers[AT_ONCE:]] == [TimeoutError] * 4
    assert counted.sizes == [1] * AT_ONCE
    assert await found(together, 4, []) == 25
