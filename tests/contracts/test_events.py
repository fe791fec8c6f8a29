"""Every event has its actors, every actor an event."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import services
from services.kernel.events import EventKind
from workers.actor import load_actors
from workers.routes import ROUTES


def _declared() -> set[str]:
    folder = Path(services.__path__[0])
    for path in sorted(folder.glob("*/*events.py")):
        import_module(f"services.{path.parent.name}.{path.stem}")
    return set(EventKind.known)


def test_every_event_has_actors_and_every_route_is_an_event() -> None:
    assert set(ROUTES) == _declared()
    assert [name for name, actors in ROUTES.items() if not actors] == []


def test_every_actor_has_an_event_and_every_name_is_an_actor() -> None:
    routed = {name for actors in ROUTES.values() for name in actors}
    assert routed == set(load_actors())
