"""`needlewise rebuild`: projections and figures from the truth, at any time."""

from __future__ import annotations

import asyncio

from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, say, servers_for
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.scope import Actor, PlatformScope
from services.marketplace.projection import rebuild_listings
from services.reviews.service import rebuild_figures, reviewed_clinics

AT_ONCE = 50
_OPERATOR = Actor("operator", label="command line")


async def _rebuild(settings: Settings) -> None:
    async with open_database(settings) as database:
        scope = PlatformScope("figures are rebuilt for every clinic", by=_OPERATOR)
        async with database.begin(scope) as work:
            clinics = await reviewed_clinics(work)
        # Figures first: listings show them. A transaction for some clinics at once, so that nobody waits long.
        for first in range(0, len(clinics), AT_ONCE):
            async with database.begin(scope) as work:
                await rebuild_figures(work, clinics[first : first + AT_ONCE])
        say(f"review figures made anew: {len(clinics)} clinics")
        say(f"listings made anew: {await rebuild_listings(database)} locations")


def run() -> int:
    """The command."""
    with servers_for(read_settings()) as (settings, _), database_problems(settings.database_url or ""):
        asyncio.run(_rebuild(settings))
    return 0
