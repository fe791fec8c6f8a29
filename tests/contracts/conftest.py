"""The application for contract tests: the same fixtures as the web's tests."""

from tests.web.conftest import api, app, http

__all__ = ["api", "app", "http"]
