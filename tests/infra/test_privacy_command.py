"""`needlewise privacy` does for an operator what the pages do for a person."""

from __future__ import annotations

import json

import pytest

from infra.ops.commands import privacy
from infra.ops.problem import Problem
from infra.platform.mail import MailboxOnly
from services.kernel.work import Database
from tests.factories import book_one, live_clinic
from workers.inline import drain

EMAIL = "ana@example.test"


async def test_an_operator_gathers_erases_and_runs_retention(database: Database) -> None:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await drain(database, MailboxOnly())
    document = json.loads(await privacy._export(database, EMAIL.upper()))
    assert [clinic["slug"] for clinic in document["clinics"]] == [world.slug]
    report = json.loads(await privacy._erase(database, EMAIL))
    assert (report["clinics"], report["cancelled"], report["keys"]) == (1, 1, 1)
    assert json.loads(await privacy._export(database, EMAIL))["clinics"] == []
    assert isinstance(await privacy._retention(database), str)
    await drain(database, MailboxOnly())


def test_an_erasure_wants_a_yes() -> None:
    with pytest.raises(Problem, match="--yes"):
        privacy.run("erase", EMAIL)
