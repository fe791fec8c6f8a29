"""Decisions about passwords, second factors and the length of sign-ins, from values alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
SESSION_LASTS, API_TOKEN_LASTS = timedelta(days=14), timedelta(days=30)
SLIDES_AFTER = timedelta(minutes=15)
VERIFICATION_LASTS = timedelta(days=3)
TOTP_SECONDS = 30
_SHORTEST_TELLING_PART = 4
_LONGEST_REPEATED_PART = 8
_FEWEST_SIGNS = 5

# Long passwords that guessers try first: common words and runs of keys, stretched to twelve signs and more.
_COMMON = frozenset(
    {
        "password1234",
        "password12345",
        "password123!",
        "passwordpassword",
        "mypassword123",
        "mypassword1234",
        "letmeinplease",
        "letmein12345",
        "iloveyou1234",
        "iloveyouforever",
        "welcome12345",
        "welcome123456",
        "administrator",
        "administrator1",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwerty123456",
        "qwerty1234567",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "changeme1234",
        "changemenow1",
        "trustno1trustno1",
        "supersecret1",
        "supersecret123",
        "secretpassword",
        "princess1234",
        "sunshine1234",
        "football1234",
        "baseball1234",
        "liverpoolfc1",
        "needlewise123",
        "needlewise1234",
        "microneedling",
        "microneedling1",
        "micro-needling",
    }
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)


def normal_email(email: str) -> str:
    """The one way an address is kept and compared."""
    return email.strip().lower()


def password_problem(password: str, *, email: str, name: str) -> str | None:
    """Why this password is easily guessed, in words for the one who chose it, or nothing.

    Length is the schema's affair. NIST SP 800-63B, 5.1.1.2: refuse common values, repetitions, sequences and
    words of the context; ask for no mixture of signs.
    """
    plain = password.lower()
    if plain.strip() in _COMMON or _is_a_run(plain):
        return "Many people use this one, so it is guessed first. Choose another."
    if len(set(plain)) < _FEWEST_SIGNS or _is_repeated(plain):
        return "This repeats itself. Choose one with more variety: four unrelated words are good."
    if _is_mostly(plain, [*email.lower().replace("@", ".").split("."), email.lower(), *name.lower().split()]):
        return "This is mostly your name or your address. Choose one that says nothing about you."
    return None


def _is_a_run(plain: str) -> bool:
    return any(plain in run or plain in run[::-1] for run in _RUNS)


def _is_repeated(plain: str) -> bool:
    """Whether it is one part over and over; a shorter part would have too few signs anyway."""
    return any(
        len(plain) % size == 0 and plain == plain[:size] * (len(plain) // size)
        for size in range(_FEWEST_SIGNS, min(_LONGEST_REPEATED_PART, len(plain) // 2) + 1)
    )


def _is_mostly(plain: str, parts: Iterable[str]) -> bool:
    rest = plain
    for part in sorted(
        {part for part in parts if len(part) >= _SHORTEST_TELLING_PART}, key=len, reverse=True
    ):
        rest = rest.replace(part, "")
    return len(plain) - len(rest) > len(rest)


def token_hash(token: str) -> str:
    """What is kept of a sign-in's token. The token has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def lasts(kind: str) -> timedelta:
    """How long a sign-in of the kind (`session` or `api`) lasts."""
    return SESSION_LASTS if kind == "session" else API_TOKEN_LASTS


def slides(kind: str, last_seen_at: datetime, now: datetime) -> bool:
    """Whether this use moves the end of the sign-in: sessions slide, and not with every page."""
    return kind == "session" and now - last_seen_at >= SLIDES_AFTER


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
