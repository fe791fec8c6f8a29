"""Passwords that guessers try first, against the lists that the product carries."""

from __future__ import annotations

import time

import pytest

from services.accounts.guessing import estimate, refuse_guessable
from services.kernel.errors import InvalidFields

ABOUT_YOU, ABOUT_US, LEAKED, RUNS = (
    "your name or your address",
    "our name or our trade",
    "has leaked",
    "repeats",
)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("password1234", LEAKED),
        (" PassWord1234 ", LEAKED),
        ("p4$$w0rd1234", LEAKED),
        ("drowssap4321", LEAKED),
        ("qwertyuiop123", LEAKED),
        ("1q2w3e4r5t6y", LEAKED),
        ("123456789012", LEAKED),
        ("iloveyouforever", LEAKED),
        ("administrator1", LEAKED),
        ("liverpoolfc1", LEAKED),
        ("unbelievable", LEAKED),
        ("aaaaaaaaaaaa", RUNS),
        ("            ", RUNS),
        ("zyxwvutsrqpo", RUNS),
        ("hunter2hunter2", RUNS),
        ("a" * 200, RUNS),
        ("needlewise123", ABOUT_US),
        ("Micro-Needling", ABOUT_US),
        ("annatorres12", ABOUT_YOU),
        ("Torres!Anna1987", ABOUT_YOU),
        ("ann@torres.example", ABOUT_YOU),
    ],
)
async def test_easily_guessed_passwords_are_refused_with_a_word_why(password: str, why: str) -> None:
    with pytest.raises(InvalidFields) as refusal:
        await refuse_guessable(password, email="Ann@Torres.example", name="Anna Torres")
    (error,) = refusal.value.errors
    assert (error.field, error.code) == ("password", "too-common")
    assert why in error.message


@pytest.mark.parametrize(
    "password",
    [
        "a long walk by the sea",
        "lamps along the quay",
        "ycWq8zLmP2vA",
        "мой кот любит рыбу",
        "correct horse battery staple",
        "x" * 80 + " lamps along the quay",
        "lamps along the quay " + "x" * 80,
    ],
)
async def test_good_passwords_are_taken_without_rules_of_composition(password: str) -> None:
    await refuse_guessable(password, email="ann@torres.example", name="Anna Torres")


@pytest.mark.parametrize("password", ["@4({<3690!1|0$570!%2" * 10, "4@8({[<369&!1|0$5+7%2xz" * 8])
async def test_no_password_keeps_the_estimate_busy(password: str) -> None:
    began = time.process_time()
    await estimate(password[:200], ())
    assert time.process_time() - began < 1
