"""Argon2id for passwords (argon2-cffi, its defaults: RFC 9106, low-memory profile), off the event loop."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


async def hash_password(password: str) -> str:
    """The hash to keep."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def password_matches(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without a kept hash the same work is done, so that time tells nothing."""
    return await asyncio.to_thread(_matches, kept, password)


def needs_new_hash(kept: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _HASHER.hash("nobody has this password")


def _matches(kept: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(kept or _of_nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
