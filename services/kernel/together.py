"""Questions to one database function that come while others are under way go together in the next round trip.

A round trip costs a busy process more than what it asks for: a connection from the pool, a message there and one back.
Nobody waits for company: a question that finds a way free is asked at once, by itself. And nobody is answered from what
was read before they asked. What the database refuses is asked for again one by one, so that nobody hears of another's
error; where it is away, all hear of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from typing import Any

from sqlalchemy.exc import DBAPIError

from services.kernel.ports import AsksMany

AT_ONCE = 2  # ways: the database answers on one while answers of the other are read
MOST = 16  # in one round trip: a long one makes those that it carries wait for each other

_Question = tuple[Any, ...]
_Asked = tuple[_Question, asyncio.Future[Any]]


class Together:
    """The ways to one function. Call it in one event loop.

    `many` calls the function for lists of its values, and gives as many rows in that order; a list among the values
    comes to it as text.
    """

    def __init__(self, asks: AsksMany, many: str) -> None:
        self._asks = asks
        self._many = many
        self._under_way = 0
        self._waiting: deque[_Asked] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, call: str, *given: Any) -> Any:
        """The function's row for these values; `call` calls it for one question. Raises what asking raises."""
        if self._under_way >= AT_ONCE:
            answer = asyncio.get_running_loop().create_future()
            self._waiting.append(((call, *given), answer))
            return await answer
        self._under_way += 1
        try:
            return await self._asks.ask(call, *given)
        finally:
            self._over()

    def _over(self) -> None:
        """A way is free: those that wait take it."""
        self._under_way -= 1
        asked: list[_Asked] = []
        while self._waiting and len(asked) < MOST:
            question, answer = self._waiting.popleft()
            if not answer.done():  # who asked may have left
                asked.append((question, answer))
        if asked:
            self._under_way += 1
            task = asyncio.create_task(self._ask_all(asked), context=Context())  # nobody's own
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask_all(self, asked: Sequence[_Asked]) -> None:
        _, *columns = zip(*(question for question, _ in asked), strict=True)
        try:
            rows = await self._asks.ask_all(
                self._many, *([_one_value(one) for one in all_] for all_ in columns)
            )
        except DBAPIError as error:
            if error.connection_invalidated:
                _tell_all(asked, error)
            else:  # one of them may be at fault, so each hears of their own
                await asyncio.gather(*(self._ask_alone(*one) for one in asked if not one[1].done()))
        except Exception as error:  # noqa: BLE001  it is raised where it was asked for
            _tell_all(asked, error)
        else:
            _answer_all(asked, rows)
        finally:
            self._over()

    async def _ask_alone(self, question: _Question, answer: asyncio.Future[Any]) -> None:
        try:
            _tell(answer, await self._asks.ask(*question))
        except Exception as error:  # noqa: BLE001  it is raised where it was asked for
            _tell_all([(question, answer)], error)


def _answer_all(asked: Sequence[_Asked], rows: Sequence[Any]) -> None:
    if len(rows) != len(asked):  # whose is whose?
        _tell_all(asked, RuntimeError(f"{len(rows)} answers to {len(asked)} questions"))
        return
    for (_, answer), found in zip(asked, rows, strict=True):
        _tell(answer, found)


def _tell(answer: asyncio.Future[Any], found: Any) -> None:
    if not answer.done():  # who asked may have left
        answer.set_result(found)


def _tell_all(asked: Sequence[_Asked], error: Exception) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)


def _one_value(value: Any) -> Any:
    """A list as PostgreSQL writes it: lists of different lengths have no place in one array."""
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else value
