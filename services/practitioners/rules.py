"""Decisions over values: numbers with check digits, dates that make sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from services.kernel.errors import FieldError
from services.kernel.expiry_rules import has_expired
from services.kernel.language import gettext

EARLIEST_YEAR = 1990
_NPI_ISSUERS = re.compile(r"\bnpi\b|\bnppes\b|national provider identifier", re.IGNORECASE)
_NPI_PREFIX = "80840"
_NPI_DIGITS = 10


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it (ISO/IEC 7812-1)."""
    values = (int(sign) * (2 if place % 2 else 1) for place, sign in enumerate(reversed(digits)))
    sums = (value - 9 if value > 9 else value for value in values)  # noqa: PLR2004  the sum of both digits
    return sum(sums) % 10 == 0


def is_npi(number: str) -> bool:
    """Whether it is a US National Provider Identifier: ten digits from 1 or 2, Luhn with prefix 80840.

    Source: CMS, 45 CFR 162.406 and the NPI check digit standard.
    """
    plain = number.isascii() and number.isdigit()
    known = plain and len(number) == _NPI_DIGITS and number.startswith(("1", "2"))
    return known and luhn_holds(_NPI_PREFIX + number)


def number_problem(issuer: str, number: str) -> FieldError | None:
    """What is wrong with a credential's number, where its register's numbers carry a check digit."""
    if _NPI_ISSUERS.search(issuer) and not is_npi(number.replace(" ", "").replace("-", "")):
        words = "This is not an NPI: check its ten digits, the last one does not fit the others."
        return FieldError("number", "check-digit", words)
    return None


def date_problems(issued_on: date | None, expires_on: date | None, today: date) -> list[FieldError]:
    """What is wrong with a credential's dates. A credential counts through the whole day of its expiry."""
    found = []
    if issued_on is not None and issued_on > today:
        found.append(FieldError("issued_on", "in-future", "The day of issue lies in the future."))
    if expires_on is not None and issued_on is not None and expires_on <= issued_on:
        found.append(FieldError("expires_on", "before-issue", "It must expire after it was issued."))
    elif expires_on is not None and has_expired(expires_on, today):
        words = "This credential has expired. Enter the renewed one."
        found.append(FieldError("expires_on", "in-past", words))
    return found


def is_early_renewal(changes: Mapping[str, object], expires_on: date | None, today: date) -> bool:
    """Whether a checked credential is renewed before its last day is over: later dates, and nothing else is changed."""
    later = changes.get("expires_on")
    if not isinstance(later, date) or expires_on is None or has_expired(expires_on, today):
        return False
    return set(changes) <= {"issued_on", "expires_on"} and later > expires_on


def since_year_problem(year: int | None, this_year: int) -> FieldError | None:
    """What is wrong with the year in which somebody began to needle."""
    if year is not None and not EARLIEST_YEAR <= year <= this_year:
        words = gettext("Give a year from {first} to {last}.", first=EARLIEST_YEAR, last=this_year)
        return FieldError("needling_since_year", "out-of-range", words)
    return None
