"""What accounts announce."""

from __future__ import annotations

from services.kernel.events import EventKind

LANGUAGE_CHOSEN = EventKind("account.language_chosen", "account_id")
SIGNED_UP = EventKind("account.signed_up", "account_id")
# An address is an account's own for certain: the first one, or another in its place.
EMAIL_PROVED = EventKind("account.email_proved", "account_id")
VERIFICATION_ASKED = EventKind("account.verification_asked", "account_id")
RESET_ASKED = EventKind("account.reset_asked", "account_id")
PASSWORD_CHANGED = EventKind("account.password_changed", "account_id", "change_id")
EMAIL_CHANGE_ASKED = EventKind("account.email_change_asked", "account_id")
# `change` is one of `on`, `off`, `codes_made`, `code_used`.
SECOND_FACTOR_CHANGED = EventKind("account.second_factor_changed", "account_id", "change_id", "change")
