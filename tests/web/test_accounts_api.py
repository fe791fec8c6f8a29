"""The API of accounts."""

from __future__ import annotations

import httpx
import pytest

from tests.web.people import PASSWORD, fields, sign_up

ANA = {"email": "Ana@Example.com", "password": PASSWORD, "name": "Ana Torres"}


async def test_signing_up_gives_the_account(api: httpx.AsyncClient) -> None:
    made = await api.post("/accounts", json=ANA)
    assert made.status_code == 201, made.text
    body = made.json()
    assert {key: body[key] for key in ("email", "name", "email_verified")} == {
        "email": "ana@example.com",
        "name": "Ana Torres",
        "email_verified": False,
    }
    assert "password" not in made.text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"email": None}, ("email", "wrong-type")),
        ({"email": "ana"}, ("email", "invalid")),
        ({"email": "a" * 300 + "@example.com"}, ("email", "too-long")),
        ({"password": "short"}, ("password", "too-short")),
        ({"password": "x" * 201}, ("password", "too-long")),
        ({"password": "password1234"}, ("password", "too-common")),
        ({"name": "  "}, ("name", "missing")),
        ({"name": "x" * 121}, ("name", "too-long")),
        ({"name": 7}, ("name", "wrong-type")),
    ],
)
async def test_bad_fields_are_named(
    api: httpx.AsyncClient, change: dict[str, object], wrong: tuple[str, str]
) -> None:
    assert fields(await api.post("/accounts", json={**ANA, **change})) == [wrong]


@pytest.mark.parametrize("gone", ["email", "password", "name"])
async def test_missing_fields_are_named(api: httpx.AsyncClient, gone: str) -> None:
    body = {key: value for key, value in ANA.items() if key != gone}
    assert fields(await api.post("/accounts", json=body)) == [(gone, "missing")]


async def test_a_taken_address_is_a_field_error_in_any_case(api: httpx.AsyncClient) -> None:
    await api.post("/accounts", json=ANA)
    again = await api.post("/accounts", json={**ANA, "email": "ANA@example.COM"})
    assert fields(again) == [("email", "taken")]


async def test_malformed_json_is_a_bad_request(api: httpx.AsyncClient) -> None:
    answer = await api.post("/accounts", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_one_key_signs_up_once(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    first = await api.post("/accounts", json=ANA, headers=key)
    second = await api.post("/accounts", json=ANA, headers=key)
    assert (second.status_code, second.content) == (201, first.content)


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(api: httpx.AsyncClient) -> None:
    await api.post("/accounts", json=ANA)
    wrong = await api.post("/tokens", json={"email": ANA["email"], "password": "not the password"})
    unknown = await api.post("/tokens", json={"email": "bo@example.com", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["type"].endswith("/sign-in-failed")


async def test_a_token_opens_the_api_until_it_is_given_back(api: httpx.AsyncClient) -> None:
    ana = await sign_up(api, "ana@example.com")
    assert (await api.get("/manage/clinics", headers=ana)).json() == {"items": [], "next": None}
    assert (await api.delete("/tokens/current", headers=ana)).status_code == 204
    assert (await api.get("/manage/clinics", headers=ana)).status_code == 401
    assert (await api.delete("/tokens/current", headers=ana)).status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}])
async def test_signing_out_needs_a_token(api: httpx.AsyncClient, header: dict[str, str]) -> None:
    answer = await api.delete("/tokens/current", headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
