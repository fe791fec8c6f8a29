"""Relay and actors in the calling process, without a broker: for tests and for making demo data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.kernel import deliveries
from services.kernel.ports import MailTransport, TextTransport
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from workers.actor import NoTexts, Outside, load_actors
from workers.broker import together
from workers.engine import Engine, Outcome
from workers.routes import ROUTES

_BATCH = 500
_SCOPE = PlatformScope("the relay passes on every clinic's events")


async def drain(
    database: Database,
    mail: MailTransport,
    *,
    strict: bool = True,
    routes: Mapping[str, Sequence[str]] | None = None,
    mail_from: str = "Needlewise <hello@needlewise.test>",
    texts: TextTransport | None = None,
) -> int:
    """Fires what is due, routes what happened and runs it, until nothing is due; gives the deliveries done.

    An actor's error is raised after it was noted; with `strict=False` it waits for its next try instead.
    """
    outside = Outside(database, mail, mail_from, texts=texts or NoTexts())
    engine = Engine(outside, load_actors())
    done = 0
    while True:
        async with database.begin(_SCOPE) as work:
            fired = await deliveries.fire_timers(work, _BATCH)
            routed = await deliveries.route_outbox(work, ROUTES if routes is None else routes, _BATCH)
            handed = await deliveries.hand_out(work, _BATCH, timedelta(seconds=10))
        if routed.unrouted and strict:
            raise LookupError(f"events without a route: {', '.join(sorted(set(routed.unrouted)))}")
        for several in together(handed, engine.actors):
            first, ids = several[0], [one.id for one in several]
            outcomes = await engine.run(ids, first.clinic_id, first.actor, strict=strict)
            done += sum(outcome is Outcome.DONE for outcome in outcomes.values())
        if not (fired or routed.events or handed):
            return done
