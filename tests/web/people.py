"""People and clinics made through the API, for tests of the web."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

PASSWORD = "a long walk by the sea"
_numbers = itertools.count(1)


async def sign_up(api: httpx.AsyncClient, email: str, name: str = "Ana Torres") -> dict[str, str]:
    """Signs up and in; gives the headers of that person's requests."""
    made = await api.post("/accounts", json={"email": email, "password": PASSWORD, "name": name})
    assert made.status_code == 201, made.text
    token = await api.post("/tokens", json={"email": email, "password": PASSWORD})
    assert token.status_code == 201, token.text
    return {"Authorization": f"Bearer {token.json()['token']}"}


async def begin_clinic(api: httpx.AsyncClient, who: dict[str, str], name: str = "Linden Skin") -> str:
    """A draft clinic; gives its slug."""
    made = await api.post(
        "/manage/clinics",
        json={"name": name, "country": "ES", "currency": "EUR"},
        headers={**who, "Idempotency-Key": f"key-{next(_numbers)}"},
    )
    assert made.status_code == 201, made.text
    return str(made.json()["slug"])


async def add_location(api: httpx.AsyncClient, who: dict[str, str], slug: str, **more: Any) -> dict[str, Any]:
    """A location in Madrid, whose place on Earth is looked up."""
    body = {"name": "Centre", "street": "Calle de Alcala 1", "city": "Madrid", "country": "ES", **more}
    made = await api.post(f"/manage/{slug}/locations", json=body, headers=who)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def fields(answer: httpx.Response) -> list[tuple[str, str]]:
    """The field errors of a 422 answer: (field, code)."""
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]
