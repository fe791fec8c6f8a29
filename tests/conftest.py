"""What a run begins with. A process that only hands tests out has no use for the product, and loads none."""

from __future__ import annotations

import pytest

# A folder's own conftest may be read, and import them, before they are loaded as a plugin.
pytest.register_assert_rewrite("tests.fixtures")


def pytest_configure(config: pytest.Config) -> None:
    """Loads the fixtures where tests are run."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.pluginmanager.import_plugin("tests.fixtures")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
