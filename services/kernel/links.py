"""Signed links: a token that leads to one clinic's one thing for one purpose, without an account.

Tokens are derived, not stored (docs/adr/0004): the same link can be written into any later message, and
whether it is used up is the state of the thing it leads to. itsdangerous does the signing.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from services.kernel.errors import NotFound, Refusal
from services.kernel.vault import Keyring


class LinkExpired(Refusal):
    status = 410
    code = "link-expired"
    message = "This link has expired. Ask for a new one."


class LinkInvalid(NotFound):
    message = "This link is not complete. Open it again from the message, or copy all of it."


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a link leads to. `clinic_id` is null for links of an account."""

    clinic_id: UUID | None
    subject_id: UUID
    version: str


class Links:
    """Signs and reads links; a purpose's link opens nothing else."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.signing_key()

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._key, salt=f"link:{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def sign(
        self,
        purpose: str,
        subject_id: UUID,
        *,
        clinic_id: UUID | None = None,
        version: str = "",
        expires_at: datetime | None = None,
    ) -> str:
        """A token; `version` is anything that must still be the same when the link is opened."""
        until = int(expires_at.timestamp()) if expires_at else 0
        return str(
            self._signer(purpose).dumps([clinic_id.hex if clinic_id else "", subject_id.hex, version, until])
        )

    def brief(self, purpose: str, subject_id: UUID) -> str:
        """A code of sixteen signs that only we can make, for where a whole token is too long: a text message."""
        mac = hmac.digest(self._key, f"brief:{purpose}:{subject_id.hex}".encode(), "sha256")
        return urlsafe_b64encode(mac[:12]).decode()

    def is_brief(self, purpose: str, subject_id: UUID, code: str) -> bool:
        """Whether that is its code."""
        return hmac.compare_digest(self.brief(purpose, subject_id).encode(), code.encode())

    def read(self, purpose: str, token: str, now: datetime) -> SignedLink:
        """What the token leads to. Raises `LinkInvalid` or `LinkExpired`."""
        try:
            clinic, subject, version, until = self._signer(purpose).loads(token)
            link = SignedLink(UUID(clinic) if clinic else None, UUID(subject), str(version))
        except (BadSignature, ValueError, TypeError) as error:
            raise LinkInvalid from error
        if until and now > datetime.fromtimestamp(until, UTC):
            raise LinkExpired
        return link
