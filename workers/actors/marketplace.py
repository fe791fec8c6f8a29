"""Actors of the marketplace: the public listing follows what happened in a clinic."""

from __future__ import annotations

from collections.abc import Mapping

from services.kernel.work import ClinicWork
from services.marketplace import projection
from workers.actor import Outside, actor


@actor(scope="clinic", outside=True, absorbs=True)
async def rebuild_listing(work: ClinicWork, _ids: Mapping[str, str], outside: Outside) -> None:
    """Makes the clinic's rows of the listing again from the truth, whatever it was that changed."""
    await projection.rebuild_listing(work, outside.database)
