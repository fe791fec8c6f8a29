"""Facts that practitioners' use cases refuse with."""

from __future__ import annotations

from services.kernel.errors import Refusal


class CredentialLapsed(Refusal):
    """A credential past its expiry can be neither verified nor counted on."""

    code = "credential-lapsed"
    message = "This credential has expired. Enter the renewed one with its new dates."
