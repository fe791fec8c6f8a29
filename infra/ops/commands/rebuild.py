"""`needlewise rebuild`: projections and figures from the truth, at any time."""

from __future__ import annotations

import asyncio

from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, say, servers_for
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.scope import Actor, ClinicScope, PlatformScope
from services.marketplace.projection import rebuild_listings
from services.reviews.service import rebuild_figures, reviewed_clinics

_OPERATOR = Actor("operator", label="command line")


async def _rebuild(settings: Settings) -> None:
    async with open_database(settings) as database:
        async with database.begin(
            PlatformScope("figures are rebuilt for every clinic", by=_OPERATOR)
        ) as work:
            clinics = await reviewed_clinics(work)
        # Figures first: listings show them. One transaction a clinic, so that nobody waits long.
        for clinic_id in clinics:
            async with database.begin(ClinicScope(clinic_id, by=_OPERATOR)) as work_of_clinic:
                await rebuild_figures(work_of_clinic)
        say(f"review figures made anew: {len(clinics)} clinics")
        say(f"listings made anew: {await rebuild_listings(database)} locations")


def run() -> int:
    """The command."""
    with servers_for(read_settings()) as (settings, _), database_problems(settings.database_url or ""):
        asyncio.run(_rebuild(settings))
    return 0
