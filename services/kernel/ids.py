"""Identities: UUIDv7 made by the application, and short references that people can read aloud."""

from __future__ import annotations

import secrets
from uuid import UUID

import uuid_utils.compat

_READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A UUIDv7: unique, and in order of time, so that indexes grow at one end."""
    return uuid_utils.compat.uuid7()


def new_reference() -> str:
    """A booking reference of ten signs without look-alikes (about 49 bits), for example `7K2MPX9QRT`."""
    return "".join(secrets.choice(_READABLE) for _ in range(10))
