"""Outbox to delivery to effect: once, whatever is lost, doubled or failing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.platform.mail import MailboxOnly
from services.kernel import deliveries, engine_room
from services.kernel.correlation import correlation_id
from services.kernel.engine_room import DeliveryQuery
from services.kernel.errors import NotFound
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import Outbox
from services.kernel.scope import ClinicScope
from services.kernel.tables import table
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import AnyWork, Database
from tests.fixtures import MovableClock
from tests.workers.world import (
    RELAY,
    ROUTES,
    actor_of,
    announce,
    delivery_rows,
    effects,
    engine,
    note_thing,
    relay_turn,
    run,
)
from workers.actor import Job
from workers.backoff import ATTEMPTS
from workers.broker import together
from workers.engine import Outcome
from workers.inline import drain

OUTBOX = table(Outbox)


async def fail(work: AnyWork, ids: Mapping[str, str]) -> None:
    """An actor that writes, then fails."""
    await note_thing(work, ids)
    raise ZeroDivisionError("the name of a person")


FAILING = {"thing.happened": ("fail",)}


async def test_an_event_becomes_one_delivery_for_each_of_its_actors(database: Database) -> None:
    clinic_id = new_id()
    await announce(database, clinic_id)
    handed = await relay_turn(database, {"thing.happened": ("first", "second")})
    assert [(one.actor, one.clinic_id) for one in handed] == [("first", clinic_id), ("second", clinic_id)]
    assert await relay_turn(database) == []


async def test_a_delivery_run_twice_has_one_effect(database: Database) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database)
    engine_ = engine(database, actor_of(note_thing))
    assert await run(engine_, handed) is Outcome.DONE
    assert await run(engine_, handed) is Outcome.SKIPPED
    assert await effects(database) == 1


async def test_a_delivery_run_by_two_at_once_has_one_effect(database: Database) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database)
    engine_ = engine(database, actor_of(note_thing))
    outcomes = await asyncio.gather(*(run(engine_, handed) for _ in range(5)))
    assert sorted(outcomes) == [Outcome.DONE] + [Outcome.SKIPPED] * 4
    assert await effects(database) == 1


async def test_an_actor_that_absorbs_runs_once_for_all_that_waits_for_its_clinic(database: Database) -> None:
    hot, other = new_id(), new_id()
    for clinic_id in (hot, hot, other, hot):
        await announce(database, clinic_id)
    handed = await relay_turn(database)
    first, *rest = [one for one in handed if one.clinic_id == hot]
    (others,) = [one for one in handed if one.clinic_id == other]
    engine_ = engine(database, actor_of(note_thing, absorbs=True))
    assert await run(engine_, first) is Outcome.DONE
    assert [await run(engine_, one) for one in rest] == [Outcome.SKIPPED] * 2
    assert await run(engine_, others) is Outcome.DONE
    assert await effects(database) == 2
    assert {row.state for row in await delivery_rows(database)} == {"done"}


async def test_what_fails_absorbs_nothing(database: Database) -> None:
    clinic_id = new_id()
    await announce(database, clinic_id)
    await announce(database, clinic_id)
    first, _ = await relay_turn(database, FAILING)
    assert await run(engine(database, actor_of(fail, absorbs=True)), first) is Outcome.FAILED
    assert [(row.state, row.attempts) for row in await delivery_rows(database)] == [
        ("pending", 1),
        ("pending", 0),
    ]
    assert await effects(database) == 0


async def test_a_lost_message_is_handed_out_again_after_its_time(
    database: Database, clock: MovableClock
) -> None:
    await announce(database, new_id())
    (first,) = await relay_turn(database, again=10)
    assert await relay_turn(database, again=10) == []
    await clock.advance(timedelta(seconds=11))
    assert await relay_turn(database, again=10) == [first]


async def test_a_delivery_that_is_being_run_is_not_handed_out_again(
    database: Database, clock: MovableClock
) -> None:
    clinic_id = new_id()
    await announce(database, clinic_id)
    (handed,) = await relay_turn(database)
    await clock.advance(timedelta(seconds=11))
    async with database.begin(ClinicScope(clinic_id)) as work:
        assert await deliveries.lock(work, [handed.id])
        assert await relay_turn(database) == []
    assert await relay_turn(database) == [handed]


async def test_a_failure_leaves_no_effect_and_waits_for_its_next_try(
    database: Database, clock: MovableClock
) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database, FAILING)
    assert await run(engine(database, actor_of(fail)), handed) is Outcome.FAILED
    (row,) = await delivery_rows(database)
    assert (row.state, row.attempts, row.error) == ("pending", 1, "ZeroDivisionError")
    assert timedelta(seconds=1.5) <= row.due_at - await clock.now() + timedelta(seconds=1)
    assert await effects(database) == 0
    await clock.advance(timedelta(seconds=3))
    assert [one.id for one in await relay_turn(database, FAILING)] == [handed.id]


async def test_what_fails_to_the_end_is_dead_and_can_be_replayed(
    database: Database, clock: MovableClock
) -> None:
    await announce(database, new_id())
    engine_ = engine(database, actor_of(fail))
    for _ in range(ATTEMPTS):
        (handed,) = await relay_turn(database, FAILING)
        await run(engine_, handed)
        await clock.advance(timedelta(hours=2))
    assert await relay_turn(database, FAILING) == []
    async with database.begin(RELAY) as work:
        (dead,) = await engine_room.list_deliveries(work, DeliveryQuery(), 10)
        assert (dead.attempts, dead.error) == (ATTEMPTS, "ZeroDivisionError")
        assert (await deliveries.figures(work)).dead == 1
        await deliveries.replay(work, dead.id)
    (row,) = await delivery_rows(database)
    assert (row.state, row.attempts, row.error) == ("pending", 0, None)
    async with database.begin(RELAY) as work:
        with pytest.raises(NotFound):
            await deliveries.replay(work, dead.id)


async def test_an_event_without_a_route_stays_visible_and_is_routed_when_replayed(database: Database) -> None:
    await announce(database, new_id(), "nobody.knows")
    assert await relay_turn(database, {}) == []
    async with database.begin(RELAY) as work:
        (dead,) = await engine_room.list_deliveries(work, DeliveryQuery(), 10)
        assert (dead.event, dead.actor, dead.error) == ("nobody.knows", "", deliveries.UNROUTED)
        await deliveries.replay(work, dead.id)
    assert [one.actor for one in await relay_turn(database, {"nobody.knows": ("note_thing",)})] == [
        "note_thing"
    ]


async def test_an_actor_that_this_process_lacks_is_a_noted_failure(database: Database) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database)
    assert await run(engine(database), handed) is Outcome.FAILED
    assert (await delivery_rows(database))[0].error == "UnknownActor"


async def test_an_event_of_no_clinic_does_not_reach_an_actor_of_clinics(database: Database) -> None:
    await announce(database, None)
    (handed,) = await relay_turn(database)
    assert await run(engine(database, actor_of(note_thing)), handed) is Outcome.FAILED
    assert (await delivery_rows(database))[0].error == "WrongScope"


async def note_several(work: AnyWork, jobs: Sequence[Job]) -> dict[UUID, Exception]:
    """Notes each but the second, under its own correlation id."""
    for job in jobs:
        with job.traced():
            await note_thing(work, job.ids)
            work.announce(Event("thing.noted", {}))
    return {job.id: ConnectionError("away") for job in jobs[1:2]}


async def fail_several(work: AnyWork, jobs: Sequence[Job]) -> dict[UUID, Exception]:
    """Writes, then fails as a whole."""
    await note_thing(work, jobs[0].ids)
    raise ZeroDivisionError


async def test_of_several_run_together_one_may_fail_alone(database: Database) -> None:
    clinic_id = new_id()
    for number in range(3):
        before = correlation_id.set(f"request-{number}")
        await announce(database, clinic_id)
        correlation_id.reset(before)
    routes = {"thing.happened": ("note_several",)}
    handed = await relay_turn(database, routes)
    several = replace(actor_of(note_several), several=3)
    outcomes = await engine(database, several).run([one.id for one in handed], clinic_id, "note_several")
    assert [outcomes[one.id] for one in handed] == [Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    assert [(row.state, row.attempts) for row in await delivery_rows(database)] == [
        ("done", 0),
        ("pending", 1),
        ("done", 0),
    ]
    async with database.begin(RELAY) as work:
        told = await work.rows(select(OUTBOX.c.correlation_id).order_by(OUTBOX.c.id))
    assert [row.correlation_id for row in told] == ["request-0", "request-1", "request-2"]


async def test_what_fails_whole_is_noted_with_each_and_what_somebody_else_runs_is_left(
    database: Database,
) -> None:
    clinic_id = new_id()
    for _ in range(2):
        await announce(database, clinic_id)
    ids = [one.id for one in await relay_turn(database, {"thing.happened": ("fail_several",)})]
    engine_ = engine(database, replace(actor_of(fail_several), several=3))
    assert await engine_.run(ids, clinic_id, "fail_several") == dict.fromkeys(ids, Outcome.FAILED)
    assert [row.attempts for row in await delivery_rows(database)] == [1, 1]
    assert await effects(database) == 0
    engine_ = engine(database, replace(actor_of(note_several), several=3, name="fail_several"))
    async with database.begin(ClinicScope(clinic_id)) as work:
        assert await deliveries.lock(work, ids[:1])
        outcomes = await engine_.run(ids, clinic_id, "fail_several")
    assert outcomes == {ids[0]: Outcome.SKIPPED, ids[1]: Outcome.DONE}


def test_a_few_of_a_clinic_go_as_one_message_where_the_actor_takes_several() -> None:
    one, other = new_id(), new_id()
    handed = [
        deliveries.Handed(new_id(), clinic, "send") for clinic in (one, other, None, one, one, one, one)
    ]
    handed.insert(1, deliveries.Handed(new_id(), one, "note_thing"))
    actors = {
        "send": replace(actor_of(note_several), several=3, name="send"),
        "note_thing": actor_of(note_thing),
    }
    messages = [[(d.actor, d.clinic_id) for d in several] for several in together(handed, actors)]
    assert sorted(map(len, messages)) == [1, 1, 1, 2, 3]
    assert all(len(set(message)) == 1 for message in messages)
    sent = [d.id for several in together(handed, actors) for d in several]
    assert sorted(sent) == sorted(d.id for d in handed)


async def test_a_message_that_names_a_foreign_clinic_runs_nothing(database: Database) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database)
    for scope in ("clinic", "platform"):
        engine_ = engine(database, actor_of(note_thing, scope))
        outcomes = await engine_.run([handed.id], new_id(), handed.actor)
        assert outcomes[handed.id] is not Outcome.DONE
    assert await effects(database) == 0


async def test_many_events_of_one_clinic_do_not_stand_before_anothers(database: Database) -> None:
    busy, quiet = new_id(), new_id()
    for _ in range(20):
        await announce(database, busy)
    await announce(database, quiet)
    handed = await relay_turn(database, limit=4)
    assert [one.clinic_id for one in handed].count(quiet) == 1


async def test_events_are_taken_in_turns_over_the_clinics_and_in_order_within_one(database: Database) -> None:
    busy, quiet = new_id(), new_id()
    for _ in range(60):
        await announce(database, busy)
    for clinic_id in (quiet, quiet, None):
        await announce(database, clinic_id)
    turns: list[Counter[UUID | None]] = []
    last: dict[UUID | None, int] = {}
    seen: set[int] = set()
    while True:
        async with database.begin(RELAY) as work:
            routed = await deliveries.route_outbox(work, ROUTES, 30)
        new = sorted(
            (row.event_id, row.clinic_id) for row in await delivery_rows(database) if row.event_id not in seen
        )
        assert len(new) == routed.events
        if not new:
            break
        turns.append(Counter(clinic_id for _, clinic_id in new))
        for event_id, clinic_id in new:
            assert event_id > last.get(clinic_id, 0)
            last[clinic_id] = event_id
            seen.add(event_id)
    assert (turns[0][quiet], turns[0][None]) == (2, 1)
    assert sum(turn[busy] for turn in turns) == 60


async def test_single_events_do_not_call_for_another_look(database: Database) -> None:
    for clinic_id in (new_id(), new_id(), None):
        await announce(database, clinic_id)
    async with database.begin(RELAY) as work:
        routed = await deliveries.route_outbox(work, ROUTES, 30)
    assert (routed.events, routed.may_be_more) == (3, False)


async def test_two_relays_share_what_is_due(database: Database) -> None:
    for _ in range(10):
        await announce(database, new_id())
    async with database.begin(RELAY) as one:
        first = await deliveries.route_outbox(one, {"thing.happened": ("note_thing",)}, 4)
        async with database.begin(RELAY) as other:
            routed = await deliveries.route_outbox(other, {"thing.happened": ("note_thing",)}, 100)
    assert (first.events, routed.events) == (4, 6)
    assert len(await delivery_rows(database)) == 10


async def test_a_timer_becomes_its_event_once_when_it_is_due(database: Database, clock: MovableClock) -> None:
    clinic_id, subject = new_id(), new_id()
    event = Event("thing.happened", {"clinic_id": str(clinic_id)})
    async with database.begin(ClinicScope(clinic_id)) as work:
        set_timer(work, event, subject, work.now + timedelta(days=1))
    assert await relay_turn(database) == []
    await clock.advance(timedelta(days=1))
    assert [one.clinic_id for one in await relay_turn(database)] == [clinic_id]
    await clock.advance(timedelta(days=1))
    async with database.begin(RELAY) as work:
        assert await deliveries.fire_timers(work, 10) == 0


async def test_a_cancelled_timer_never_fires(database: Database, clock: MovableClock) -> None:
    clinic_id, subject = new_id(), new_id()
    async with database.begin(ClinicScope(clinic_id)) as work:
        set_timer(work, Event("thing.happened", {}), subject, work.now)
        await cancel_timers(work, subject)
    await clock.advance(timedelta(days=1))
    assert await relay_turn(database) == []


async def test_a_job_carries_the_request_s_correlation_id_on(database: Database) -> None:
    seen: list[str] = []

    async def look(_work: AnyWork, _ids: Mapping[str, str]) -> None:
        seen.append(correlation_id.get())

    token = correlation_id.set("request-1")
    await announce(database, new_id())
    correlation_id.reset(token)
    (handed,) = await relay_turn(database, {"thing.happened": ("look",)})
    await run(engine(database, actor_of(look)), handed)
    assert seen == ["request-1"]


async def test_old_done_deliveries_are_forgotten(database: Database, clock: MovableClock) -> None:
    await announce(database, new_id())
    (handed,) = await relay_turn(database)
    await run(engine(database, actor_of(note_thing)), handed)
    await clock.advance(timedelta(days=6))
    async with database.begin(RELAY) as work:
        assert await deliveries.forget_done(work, timedelta(days=7), 10) == 0
    await clock.advance(timedelta(days=2))
    async with database.begin(RELAY) as work:
        assert await deliveries.forget_done(work, timedelta(days=7), 10) == 1


async def test_the_figures_say_how_deep_and_how_old(database: Database, clock: MovableClock) -> None:
    for name in ("thing.happened", "nobody.knows"):
        await announce(database, new_id(), name)
    await clock.advance(timedelta(seconds=60))
    async with database.begin(RELAY) as work:
        before = await deliveries.figures(work)
    await relay_turn(database)
    await clock.advance(timedelta(seconds=30))
    async with database.begin(RELAY) as work:
        after = await deliveries.figures(work)
    assert (before.outbox, before.pending, before.dead) == (2, 0, 0)
    assert before.oldest_outbox_seconds is not None
    assert 60 <= before.oldest_outbox_seconds < 120
    assert (after.outbox, after.pending, after.dead, after.retrying) == (0, 1, 1, 0)
    assert after.oldest_due_seconds is not None
    assert 30 <= after.oldest_due_seconds < 90


async def test_inline_draining_says_which_event_has_no_route(database: Database) -> None:
    await announce(database, new_id(), "nobody.knows")
    with pytest.raises(LookupError, match=r"nobody\.knows"):
        await drain(database, MailboxOnly(), routes={})


async def in_use(_: AnyWork, __: Mapping[str, str]) -> None:
    """An actor that needs what another one has."""
    raise deliveries.PutOff(timedelta(seconds=5))


async def test_what_is_put_off_is_due_again_and_no_try_is_counted(
    database: Database, clock: MovableClock
) -> None:
    await announce(database, new_id())
    routes = {"thing.happened": ("in_use",)}
    (handed,) = await relay_turn(database, routes)
    assert await run(engine(database, actor_of(in_use)), handed) is Outcome.FAILED
    (row,) = await delivery_rows(database)
    assert (row.state, row.attempts, row.error) == ("pending", 0, None)
    assert await relay_turn(database, routes) == []
    await clock.advance(timedelta(seconds=6))
    assert [one.id for one in await relay_turn(database, routes)] == [handed.id]
