"""What clients refuse."""

from __future__ import annotations

from services.kernel.errors import WrongState


class ClientKnown(WrongState):
    """There is a record of that address; `client_id` says which."""

    code = "client-known"
    message = "There is a record with this e-mail address already."


class SameRecord(WrongState):
    code = "same-record"
    message = "This is one and the same record."


class MergedAlready(WrongState):
    """One of the two was merged meanwhile; `client_id` is the record that was kept."""

    code = "merged-already"
    message = "One of these records was merged meanwhile. Nothing was changed now."


class TwoAccounts(WrongState):
    code = "two-accounts"
    message = (
        "Each of these records belongs to an account of its own, so they cannot be merged: only the person can "
        "say that both are theirs."
    )


class StruckAlready(WrongState):
    code = "struck-already"
    message = "This note was struck out already."
