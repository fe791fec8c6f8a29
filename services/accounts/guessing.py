"""How easily a password is guessed, by zxcvbn: lists of leaked passwords, words, names, runs of keys, repetitions.

The lists come with the package, so nothing is asked of anyone. It runs off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from zxcvbn import zxcvbn

from services.accounts.rules import PLACE_WORDS, Guess, Pattern, password_problem, telling_words
from services.kernel.errors import InvalidFields

# Signs that may stand for several letters make the estimate try every combination: seconds for a made-up
# password. Read as the letter they mostly stand for, the longest password takes a few hundredths of a second.
_READ_AS = str.maketrans("@({[<!|$+%", "acccciistx")
_READ_AT_ONCE = 72
_RUNS = frozenset({"repeat", "sequence", "spatial"})


async def refuse_guessable(password: str, *, email: str, name: str) -> None:
    """Raises `InvalidFields` where the password is easily guessed by who knows the person or the lists of leaks."""
    telling = telling_words(email, name)
    problem = password_problem(password, await estimate(password, telling), telling)
    if problem:
        raise InvalidFields.one("password", "too-common", problem)


async def estimate(password: str, telling: Collection[str]) -> Guess:
    """How many guesses it withstands, and what a guesser who knows the telling words would find in it."""
    return await asyncio.to_thread(_estimate, password.strip() or password, telling)


def _estimate(password: str, telling: Collection[str]) -> Guess:
    ends = {password[:_READ_AT_ONCE], password[-_READ_AT_ONCE:]}
    return max((_of(end, telling) for end in sorted(ends)), key=lambda guess: guess.tries)


def _of(part: str, telling: Collection[str]) -> Guess:
    person = [word.translate(_READ_AS) for word in telling]
    found = zxcvbn(part.translate(_READ_AS), user_inputs=[*person, *PLACE_WORDS])
    return Guess(int(found["guesses"]), frozenset(_pattern(match, person) for match in found["sequence"]))


def _pattern(match: dict[str, object], person: Collection[str]) -> Pattern:
    if match.get("dictionary_name") == "user_inputs":
        return Pattern.PERSON if match["matched_word"] in person else Pattern.PLACE
    if match["pattern"] in _RUNS:
        return Pattern.RUN
    return Pattern.OTHER if match["pattern"] == "bruteforce" else Pattern.COMMON
