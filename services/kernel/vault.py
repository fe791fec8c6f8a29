"""Keys per person: health answers and clinical notes are sealed with a key of the person's own.

AES-256-GCM from `cryptography`. The person's key is kept wrapped by the platform's key, which is derived from
`NEEDLEWISE_SECRET_KEY` and never stored. Erasing the person's key erases everything that was sealed with it.

Where two records are one person, nothing is sealed anew: the key of the one that goes is handed on to the one that
stays (docs/adr/0011), which opens with either, and is erased with both.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.adding import Adding
from services.kernel.errors import Refusal
from services.kernel.models import PersonKey
from services.kernel.statements import Prepared, given
from services.kernel.tables import table

if TYPE_CHECKING:
    from services.kernel.work import ClinicWork

_KEYS = table(PersonKey)
_KEY_OF = Prepared(
    select(_KEYS.c.wrapped).where(
        _KEYS.c.clinic_id == given(_KEYS.c.clinic_id), _KEYS.c.person_id == given(_KEYS.c.person_id)
    )
)


def _making() -> Prepared:
    """The key that is there, or else the new one: none comes beside a key that somebody is destroying this moment."""
    mine = (_KEYS.c.clinic_id == given(_KEYS.c.clinic_id), _KEYS.c.person_id == given(_KEYS.c.person_id))
    there = select(_KEYS.c.wrapped).where(*mine).cte("there")
    columns = [column for column in _KEYS.c if not column.nullable]
    new = select(*(given(column) for column in columns)).where(~select(there.c.wrapped).exists())
    made = (
        insert(_KEYS)
        .from_select(columns, new)
        .on_conflict_do_nothing()
        .returning(_KEYS.c.wrapped)
        .cte("made")
    )
    return Prepared(union_all(select(there.c.wrapped), select(made.c.wrapped)))


_MAKE_KEY = _making()
_ADD_KEY = Adding(_KEYS)
_NONCE = 12
NOBODYS_ADDRESS = "{id}@erased.invalid"  # what stands for the address of a person who was erased
NOBODYS_END = NOBODYS_ADDRESS.partition("}")[2]


class Erased(Refusal):
    """The person's key was destroyed on purpose: what it sealed cannot be read by anyone."""

    status = 410
    code = "erased"
    message = "This was erased."


def is_nobodys(address: str) -> bool:
    """Whether the address is what erasure left: nothing is sent there."""
    return address.endswith(NOBODYS_END)


class Keyring:
    """The platform's keys, derived from one secret for each purpose."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._master = self._derive(b"needlewise person keys")

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self._secret)

    def signing_key(self) -> bytes:
        """The key that signs links."""
        return self._derive(b"needlewise links")

    def second_factor_secret(self, about: bytes) -> bytes:
        """The 160 bits of a second factor that is being set up: the same for the same `about`."""
        return hmac.digest(self._derive(b"needlewise second factors"), about, "sha256")[:20]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Seals with the platform's key; `about` must be given again to open."""
        return _seal(self._master, plain, about)

    def open(self, box: bytes, about: bytes) -> bytes:
        """Opens what `seal` made."""
        return _open(self._master, box, about)


def _seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _open(key: bytes, box: bytes, about: bytes) -> bytes:
    return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], about)


def new_person_key(keyring: Keyring, person_id: UUID) -> tuple[bytes, bytes]:
    """A new key of a person, and the same as it is kept: wrapped by the platform's."""
    key = AESGCM.generate_key(bit_length=256)
    return key, keyring.seal(key, person_id.bytes)


def seal_with(key: bytes, person_id: UUID, plain: bytes) -> bytes:
    """Seals with a person's key in hand, as `seal_for` does; for many rows at once."""
    return _seal(key, plain, person_id.bytes)


async def seal_for(work: ClinicWork, person_id: UUID, plain: bytes) -> bytes:
    """Seals with the person's key, which is made at first use."""
    key = work.person_keys.get(person_id) or await _key_or_new(work, person_id)
    return seal_with(key, person_id, plain)


def make_key(work: ClinicWork, person_id: UUID) -> None:
    """Makes the key of a person who is new in this transaction, and so has none; it is kept with the commit."""
    key, wrapped = new_person_key(work.tools.keyring, person_id)
    work.person_keys[person_id] = key
    work.later(_ADD_KEY, _row_of(work, person_id, wrapped))


async def open_for(work: ClinicWork, person_id: UUID, box: bytes) -> bytes:
    """Opens what was sealed for the person, or for a record handed on to them. Raises `Erased` without its key."""
    key = await _key_of(work, person_id)
    if key is not None:
        try:
            return _open(key, box, person_id.bytes)
        except InvalidTag:
            pass
    for row in await work.rows(
        _mine(work, select(_KEYS.c.person_id, _KEYS.c.wrapped), _KEYS.c.heir_id == person_id)
    ):
        inherited = work.tools.keyring.open(row.wrapped, row.person_id.bytes)
        try:
            return _open(inherited, box, row.person_id.bytes)
        except InvalidTag:
            continue
    raise Erased


async def hand_on_keys(work: ClinicWork, from_id: UUID, heir_id: UUID) -> None:
    """What was sealed for `from_id`, or handed on to it, opens for the heir from now on, and is erased with them."""
    await work.write()
    mine = or_(_KEYS.c.person_id == from_id, _KEYS.c.heir_id == from_id)
    await work.execute(_mine(work, update(_KEYS), mine).values(heir_id=heir_id))


async def destroy_key(work: ClinicWork, person_id: UUID) -> None:
    """Makes everything sealed for the person unreadable, for good."""
    await work.write()
    mine = or_(_KEYS.c.person_id == person_id, _KEYS.c.heir_id == person_id)
    await work.execute(_mine(work, delete(_KEYS), mine))
    work.person_keys.clear()


def _mine(work: ClinicWork, statement: Any, condition: Any) -> Any:
    return statement.where(_KEYS.c.clinic_id == work.scope.clinic_id, condition)


async def _key_of(work: ClinicWork, person_id: UUID) -> bytes | None:
    if person_id not in work.person_keys:
        row = await work.fetch_one(_KEY_OF, clinic_id=work.scope.clinic_id, person_id=person_id)
        if row is None:
            return None
        work.person_keys[person_id] = work.tools.keyring.open(row.wrapped, person_id.bytes)
    return work.person_keys[person_id]


async def _key_or_new(work: ClinicWork, person_id: UUID) -> bytes:
    _, wrapped = new_person_key(work.tools.keyring, person_id)
    row = await work.fetch_one(_MAKE_KEY, **_row_of(work, person_id, wrapped))
    if row is None:  # somebody else has made it this moment, and now it can be read
        key = await _key_of(work, person_id)
        if key is None:
            raise Erased
        return key
    key = work.person_keys[person_id] = work.tools.keyring.open(row.wrapped, person_id.bytes)
    return key


def _row_of(work: ClinicWork, person_id: UUID, wrapped: bytes) -> dict[str, Any]:
    return {
        "clinic_id": work.scope.clinic_id,
        "person_id": person_id,
        "wrapped": wrapped,
        "created_at": work.now,
    }
