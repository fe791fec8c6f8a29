"""Decisions about passwords, second factors and the length of sign-ins, from values alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
SESSION_LASTS, API_TOKEN_LASTS = timedelta(days=14), timedelta(days=30)
SLIDES_AFTER = timedelta(minutes=15)
VERIFICATION_LASTS, RESET_LASTS, TICKET_LASTS = timedelta(days=3), timedelta(hours=1), timedelta(minutes=10)
KNOWN_BROWSER_LASTS = timedelta(days=365)
SECOND_FACTOR_GRACE = timedelta(days=14)
RECOVERY_CODES = 10
TOTP_SECONDS = 30
FEWEST_GUESSES = 10_000_000
# Words of this product: a guesser of its passwords tries them first (ASVS 5.0, 6.2.11).
PLACE_WORDS = ("needlewise", "microneedling", "micro-needling", "needling", "dermapen", "collagen", "clinic")
_SHORTEST_TELLING_PART = 4


class Pattern(StrEnum):
    """What a guesser finds in a password."""

    PERSON = "person"
    PLACE = "place"
    RUN = "run"
    COMMON = "common"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Guess:
    """How many tries a guesser needs for a password, and what is found in it."""

    tries: int
    patterns: frozenset[Pattern]


def normal_email(email: str) -> str:
    """The one way an address is kept and compared."""
    return email.strip().lower()


def telling_words(email: str, name: str) -> tuple[str, ...]:
    """What tells of a person: the address, and its and the name's parts of four letters and more; longest first."""
    parts = {email.lower(), *re.split(r"[@.+_-]+", email.lower()), *name.lower().split()}
    return tuple(
        sorted((part for part in parts if len(part) >= _SHORTEST_TELLING_PART), key=lambda p: (-len(p), p))
    )


def password_problem(password: str, guess: Guess, telling: Collection[str]) -> str | None:
    """Why a password is easily guessed, in words for the one who chose it, or nothing.

    `telling` are the words about the person, longest first. Length is the schema's affair. NIST SP 800-63B,
    5.1.1.2, and OWASP ASVS 5.0, 6.2: refuse leaked and common values, repetitions, sequences and words of the
    context; ask for no mixture of signs.
    """
    if _is_mostly(password.lower(), telling) or _is_weak_by(guess, Pattern.PERSON):
        return "This is mostly your name or your address. Choose one that says nothing about you."
    if _is_weak_by(guess, Pattern.PLACE):
        return "This is mostly our name or our trade, which is guessed first. Choose four unrelated words."
    if _is_weak_by(guess, Pattern.COMMON):
        return "Many people use this one or one like it, and it has leaked, so it is guessed first. Choose another."
    if guess.tries < FEWEST_GUESSES:
        return (
            "This repeats itself or runs along the keys. Choose more variety: four unrelated words are good."
        )
    return None


def _is_weak_by(guess: Guess, pattern: Pattern) -> bool:
    return guess.tries < FEWEST_GUESSES and pattern in guess.patterns


def _is_mostly(plain: str, words: Iterable[str]) -> bool:
    rest = plain
    for word in words:
        rest = rest.replace(word, "")
    return len(plain) - len(rest) > len(rest)


def token_hash(token: str) -> str:
    """What is kept of a sign-in's token. The token has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def lasts(kind: str) -> timedelta:
    """How long a sign-in of the kind (`session` or `api`) lasts."""
    return SESSION_LASTS if kind == "session" else API_TOKEN_LASTS


def slides(kind: str, last_seen_at: datetime, now: datetime) -> bool:
    """Whether this use moves the end of the sign-in: sessions slide, and not with every page."""
    return kind == "session" and is_worth_noting(last_seen_at, now)


def is_worth_noting(last_seen_at: datetime, now: datetime) -> bool:
    """Whether the last use is long enough ago to be written anew."""
    return now - last_seen_at >= SLIDES_AFTER


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def network_of(address: str) -> str:
    """What is counted as one place: an IPv4 address, or the /64 that one household or server has of IPv6."""
    if not is_address(address):
        return address
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        return (
            found.ipv4_mapped.compressed if found.ipv4_mapped else str(ip_network((found, 64), strict=False))
        )
    return found.compressed


def state_of(*parts: str) -> str:
    """A digest of what must still be so when a link is opened; the parts cannot be read from it."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def second_factor_overdue(asked_at: datetime | None, now: datetime) -> bool:
    """Whether the grace of somebody who was asked for a second factor is over."""
    return asked_at is not None and now - asked_at >= SECOND_FACTOR_GRACE


def normal_code(typed: str) -> str:
    """A recovery code in the one form that is hashed, whatever was typed between its signs."""
    return re.sub(r"[^a-z0-9]", "", typed.lower())


def totp_step(now: datetime) -> int:
    """The number of the 30-second step (RFC 6238) that `now` is in."""
    return int(now.timestamp()) // TOTP_SECONDS


def accepted_step(code: str, codes: dict[int, str], last_used: int | None) -> int | None:
    """The step whose code was typed, of those still good and later than the last one used, or nothing."""
    typed = code.replace(" ", "")
    for step in sorted(codes):
        if codes[step] == typed and (last_used is None or step > last_used):
            return step
    return None
