"""Addresses that are as good as a password are in no log line."""

from __future__ import annotations

import re

from litestar import Litestar

from web.middleware import without_token

SECRET = "0123456789abcdef0123456789abcdef"
_SECRET_PARAMETER = re.compile(r"\{(token|code):[a-z]+\}")


def test_no_secret_of_an_address_is_logged(app: Litestar) -> None:
    secret = [path for path in {route.path for route in app.routes} if _SECRET_PARAMETER.search(path)]
    assert len(secret) > 15
    written = [without_token(_SECRET_PARAMETER.sub(SECRET, path)) for path in secret]
    assert [path for path in written if SECRET in path] == []


def test_other_addresses_are_logged_whole() -> None:
    for path in ("/search", "/clinic/linden-skin/bookings/NW7K2QXD", "/data", "/waitlist"):
        assert without_token(path) == path
