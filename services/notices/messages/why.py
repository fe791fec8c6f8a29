"""Why somebody of a clinic gets a message, as it says at its end."""

from __future__ import annotations

from services.kernel.language import gettext as _


def as_address() -> str:
    """To the clinic's own address."""
    return _("You get this because this is the clinic's address at Needlewise.")


def as_owner() -> str:
    """To one of the owners."""
    return _("You get this because you are an owner of this clinic at Needlewise.")
