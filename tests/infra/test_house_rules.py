"""Each house rule finds what it forbids, lets the rest be, and knows its escape."""

from __future__ import annotations

import pytest

from infra.ops.checks.rules import LONGEST_FILE, Source, findings

BROKEN = [
    ("commit", "services/clinics/service.py", "async def f(x):\n    await x.commit()\n"),
    ("sql", "services/clinics/service.py", "from sqlalchemy import select\n"),
    ("sql", "web/public/home.py", "from sqlalchemy import text\n"),
    ("send", "services/clinics/service.py", "def f(actor):\n    actor.send(1)\n"),
    ("send", "web/app.py", "def f(broker):\n    broker.enqueue(1)\n"),
    ("clock", "services/clinics/rules.py", "from datetime import datetime\nx = datetime.now()\n"),
    ("clock", "web/public/home.py", "from datetime import date\nx = date.today()\n"),
    (
        "private",
        "services/courses/service.py",
        "from services.scheduling.repository import BookingRepository\n",
    ),
    ("private", "web/public/home.py", "from services.scheduling import repository\n"),
    ("pure", "services/clinics/rules.py", "import pydantic\n"),
    ("pure", "services/scheduling/status_rules.py", "import pydantic\n"),
    ("pure", "services/clinics/rules.py", "from services.kernel.work import ClinicWork\n"),
    ("sleep", "tests/test_x.py", "import asyncio\nasync def f():\n    await asyncio.sleep(0.1)\n"),
    ("environment", "services/kernel/vault.py", "import os\nKEY = os.environ['KEY']\n"),
    ("environment", "web/app.py", "import os\nKEY = os.getenv('KEY')\n"),
    ("length", "services/clinics/service.py", "x = 1\n" * (LONGEST_FILE + 1)),
]
FINE = [
    ("services/kernel/work.py", "async def f(x):\n    await x.commit()\n"),
    ("services/clinics/repository.py", "from sqlalchemy import select\n"),
    ("services/courses/service.py", "from services.courses.repository import CourseRepository\n"),
    ("services/clinics/rules.py", "import re\nfrom services.kernel.money import Money\n"),
    ("services/clinics/models.py", "from sqlalchemy import Index\n"),
    ("workers/relay.py", "def f(actor):\n    actor.send(1)\n"),
    ("web/middleware.py", "async def f(transport):\n    await transport.send(1)\n"),
    ("services/kernel/clock.py", "from datetime import datetime\nx = datetime.now()\n"),
    ("infra/platform/settings.py", "import os\nKEY = os.environ['KEY']\n"),
    ("infra/ops/guard.py", "import os\nKEY = os.getenv('KEY')\n"),
    ("tests/test_x.py", "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n"),
    ("services/clinics/service.py", "x = 1\n" * LONGEST_FILE),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_a_rule_finds_what_it_forbids(rule: str, path: str, text: str) -> None:
    assert [finding.rule for finding in findings(Source(path, text))] == [rule]


@pytest.mark.parametrize(("path", "text"), FINE)
def test_what_is_allowed_is_let_be(path: str, text: str) -> None:
    assert findings(Source(path, text)) == []


def test_an_escape_needs_its_reason() -> None:
    line = "from sqlalchemy import text  # allow: sql{}\n"
    assert findings(Source("web/x.py", line.format(" the health check names no table"))) == []
    assert [f.words for f in findings(Source("web/x.py", line.format("")))] == ["an escape needs its reason"]
