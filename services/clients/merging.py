"""Use cases of duplicates: records that may be one person's, and merging two of them, for good, in one transaction.

The record that goes stays as a signpost: its id and its address lead to the one that was kept. What was sealed for it
is opened with its own key, which is handed on (docs/adr/0011).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients import rules
from services.clients.errors import MergedAlready, SameRecord, TwoAccounts
from services.clients.events import MERGED
from services.clients.merging_repository import MergingRepository
from services.clients.repository import ClientRepository, view_of
from services.clients.schemas import ClientView, Likeness, Merge, MergePreview
from services.clients.service import get_client
from services.kernel.errors import NotFound
from services.kernel.timers import set_timer
from services.kernel.vault import Erased, hand_on_keys, is_nobodys
from services.kernel.work import ClinicWork

LOOKED_AGAIN_AFTER = timedelta(minutes=10)


async def list_likenesses(work: ClinicWork, client_id: UUID) -> list[Likeness]:
    """Records that may be the same person's, the most alike first. Raises `NotFound`."""
    one = await _record(work, client_id)
    found = [
        Likeness(view_of(row), rules.alike(one, row)) for row in await ClientRepository(work).list_alike(one)
    ]
    return sorted(found, key=lambda item: -len(item.same))


async def preview_merge(work: ClinicWork, client_id: UUID, other_id: UUID) -> MergePreview:
    """What merging the other record into this one would do. Raises `SameRecord`, `NotFound`, `MergedAlready`."""
    if client_id == other_id:
        raise SameRecord
    this, other = await _record(work, client_id), await _record(work, other_id)
    return MergePreview(
        this=view_of(this),
        other=view_of(other),
        same=rules.alike(this, other),
        moves=await MergingRepository(work).count(other_id),
        two_accounts=rules.two_accounts(this, other),
    )


async def merge_clients(work: ClinicWork, client_id: UUID, given: Merge) -> ClientView:
    """Merges the other record into this one: all that belongs to it moves, and it leads here from now on.

    Sent twice, the second does nothing. Raises `SameRecord`, `NotFound`, `MergedAlready`, `Erased`, `TwoAccounts`.
    """
    if given.other_id == client_id:
        raise SameRecord
    merging = MergingRepository(work)
    locked = await merging.lock({client_id, given.other_id})
    if len(locked) < 2:  # noqa: PLR2004  this one and the other
        raise NotFound
    this, other = locked[client_id], locked[given.other_id]
    if other.merged_into == client_id:
        return await get_client(work, client_id)
    for row in (this, other):
        if row.merged_into is not None:
            raise MergedAlready(client_id=row.merged_into)
        if is_nobodys(row.email):
            raise Erased
    if rules.two_accounts(this, other):
        raise TwoAccounts
    moved = await merging.move(other.id, this.id)
    await hand_on_keys(work, other.id, this.id)
    await _keep(merging, work, this, other, rules.kept_values(this, other, given.chosen()))
    work.audit("client.merge", "client", this.id, merged=str(other.id), moved=moved, kept=given.chosen())
    work.announce(MERGED(client_id=other.id))
    # Once more: what was being written for the other record meanwhile is found then.
    set_timer(work, MERGED(client_id=other.id), other.id, work.now + LOOKED_AGAIN_AFTER)
    return await get_client(work, this.id)


async def gather_stragglers(work: ClinicWork, client_id: UUID) -> None:
    """Moves what was written for a merged record while it was being merged. Raises `NotFound`."""
    merging = MergingRepository(work)
    row = (await merging.lock({client_id})).get(client_id)
    if row is None:
        raise NotFound
    if row.merged_into is None:
        return
    moved = await merging.move(client_id, row.merged_into)
    if moved:
        await hand_on_keys(work, client_id, row.merged_into)
        work.audit("client.gather", "client", row.merged_into, merged=str(client_id), moved=moved)


async def _keep(
    merging: MergingRepository, work: ClinicWork, this: Row[Any], other: Row[Any], kept: dict[str, str]
) -> None:
    """The fields that stay. Both addresses go on leading here: the other record keeps the one that is not in use."""
    spare = other.email if kept["email"] == this.email else this.email
    # An address is one record's at any moment, so they change hands by way of one that is nobody's.
    await merging.change(other.id, email=f"{other.id}@merged.invalid")
    await merging.change(this.id, account_id=this.account_id or other.account_id, **kept)
    await merging.change(other.id, email=spare, account_id=None, merged_into=this.id, merged_at=work.now)


async def _record(work: ClinicWork, client_id: UUID) -> Row[Any]:
    row = await ClientRepository(work).keyed(client_id)
    if row is None:
        # Unknown, or merged: the latter leads on.
        raise MergedAlready(client_id=(await get_client(work, client_id)).id)
    return row
