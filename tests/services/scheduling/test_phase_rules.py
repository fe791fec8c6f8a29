"""The phases of a visit are read from what it takes, just as they were when that was laid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.board_rules import spans_of
from services.scheduling.phase_rules import phases_taken
from services.scheduling.rules import Free, Span, shape_of
from services.treatments.rules import phases

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
WHO, ROOM, PEN, QUIET = (UUID(int=n) for n in range(4))
BESIDE = st.sampled_from([0, 0, 5, 10, 25])


@given(minutes=st.tuples(BESIDE, BESIDE, st.integers(5, 60), BESIDE), elsewhere=st.booleans())
def test_what_was_laid_by_phases_gives_them_again(
    minutes: tuple[int, int, int, int], *, elsewhere: bool
) -> None:
    made = phases(*minutes, numbing_room=elsewhere)
    shape = shape_of((phase.minutes, phase.needs) for phase in made)
    spans: dict[UUID, list[Span]] = {}
    for resource_id, span in spans_of(Free(NINE, WHO, ROOM, PEN, QUIET), shape):
        spans.setdefault(resource_id, []).append(span)
    assert (
        phases_taken(Span(NINE, NINE + shape.length), spans[WHO], spans[PEN], numbing_room=elsewhere) == made
    )


def test_the_practitioner_who_is_free_at_first_comes_when_the_client_is_numb() -> None:
    at = [NINE + timedelta(minutes=n) for n in (0, 25, 40)]
    found = phases_taken(Span(at[0], at[2]), [Span(at[1], at[2])], [Span(at[1], at[2])], numbing_room=False)
    assert [(one.name, one.minutes) for one in found] == [("numbing", 25), ("needling", 15)]
