"""Audit events as people read them: an account's name is read from the account, the row has its number alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from services.accounts import service as accounts
from services.clinics.schemas import AuditView
from services.kernel.work import AnyWork


async def audit_views(work: AnyWork, rows: Sequence[Row[Any]]) -> list[AuditView]:
    """The rows with the names of the accounts that are still there."""
    people = await accounts.list_accounts(
        work, {row.by_account_id for row in rows if row.by_account_id is not None}
    )
    views = [AuditView.model_validate(row) for row in rows]
    return [
        view.model_copy(update={"by_label": people[view.by_account_id].name})
        if view.by_account_id in people
        else view
        for view in views
    ]
