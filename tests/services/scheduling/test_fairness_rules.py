"""Whom a visit is given to that is asked of nobody in particular, and how many one person takes a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.scheduling.board_rules import Board, Busy
from services.scheduling.rules import Place, Worker
from tests.services.scheduling.boards import ANA, BEN, LONDON, MONDAY, PEN, ROOM, VISIT, WEEK, utc

CAM = UUID(int=77)
PEOPLE = tuple(Worker(who, WEEK) for who in (ANA, BEN, CAM))
PLACE = Place(LONDON, WEEK, (ROOM,), (PEN,))


def board_with(visits: dict[UUID, int], *workers: Worker) -> Board:
    booked = {
        who: [(utc(2026, 3, 2, 9 + number), UUID(int=number)) for number in range(count)]
        for who, count in visits.items()
    }
    return Board(PLACE, workers or PEOPLE, VISIT, Busy({}, booked))


def order_on(board: Board, day: date) -> list[UUID]:
    return [worker.id for worker in board.in_turn(day)]


def test_whoever_has_the_fewest_visits_of_the_day_comes_first() -> None:
    board = board_with({ANA: 2, BEN: 1})
    assert order_on(board, MONDAY) == [CAM, BEN, ANA]
    assert {free.practitioner_id for free in board.each_on(MONDAY)} == {CAM}


def test_where_all_have_as_many_the_turn_goes_round_by_day() -> None:
    board = board_with({})
    first = [order_on(board, MONDAY + timedelta(days=number))[0] for number in range(6)]
    assert first[:3] == first[3:]
    assert set(first) == {ANA, BEN, CAM}
    assert [PEOPLE[(PEOPLE.index(Worker(who, WEEK)) + 1) % 3].id for who in first[:2]] == first[1:3]


def test_several_claims_of_one_visit_count_as_one_and_other_days_not() -> None:
    one = UUID(int=1)
    booked = {ANA: [(utc(2026, 3, 2, 9), one), (utc(2026, 3, 2, 10), one), (utc(2026, 3, 3, 9), UUID(int=2))]}
    board = Board(PLACE, PEOPLE, VISIT, Busy({}, booked))
    assert board.visits_on(PEOPLE[0], MONDAY) == 1
    assert board.visits_on(PEOPLE[1], MONDAY) == 0


def test_a_full_day_offers_nothing_more_of_that_person() -> None:
    ana, ben = (replace(worker, daily_maximum=2) for worker in PEOPLE[:2])
    board = board_with({ANA: 2, BEN: 1}, ana, ben)
    assert {free.practitioner_id for free in board.free_on(MONDAY)} == {BEN}
    assert {free.practitioner_id for free in board.free_on(MONDAY + timedelta(days=1))} == {ANA, BEN}
