"""Telephone numbers: checked by the numbering plans of all countries, and written as E.164.

The plans are those of Google's libphonenumber, as the kept library `phonenumbers` carries them.
"""

from __future__ import annotations

from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_TAKE_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
UNKNOWN_REGION = "ZZ"


class NotReached(StrEnum):
    """Why no text message can go to what was typed."""

    NO_NUMBER = "not-a-number"
    NO_MOBILE = "not-a-mobile"


def mobile_number(typed: str, region: str) -> str | NotReached:
    """What was typed as a number that takes text messages (E.164), or why there is none.

    `region` is the country (ISO 3166) whose way of writing is meant where it does not begin with a plus.
    """
    try:
        number = phonenumbers.parse(typed, region)
    except NumberParseException:
        return NotReached.NO_NUMBER
    if number.extension or not phonenumbers.is_valid_number(number):
        return NotReached.NO_NUMBER
    if phonenumbers.number_type(number) not in _TAKE_TEXTS:
        return NotReached.NO_MOBILE
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_be_rung(typed: str, region: str) -> bool:
    """Whether what was typed is as long as a number of its country is.

    No more is asked of a number that people ring: new ranges are given out faster than plans are brought up to date,
    and without an area code it can be rung from where the clinic is.
    """
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(typed, region))
    except NumberParseException:
        return False


def shown_number(number: str) -> str:
    """A number (E.164) as people write it: `+1 212-555-0100`."""
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


def region_of(number: str) -> str:
    """The country (ISO 3166) of a number (E.164)."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or UNKNOWN_REGION
