"""House rules that no general linter knows. Each looks at one parsed file and names the lines that break it.

A line may be let off with `# allow: <rule> <reason>`; an escape without a reason is itself a finding.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

LONGEST_FILE = 450
_ESCAPE = re.compile(r"#\s*allow:\s*(?P<rule>[a-z-]+)(?P<reason>.*)$")
_SQL_MAKERS = {"select", "insert", "update", "delete", "text", "func", "exists", "union_all"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one line."""

    path: str
    line: int
    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.words}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the project, its path relative to the project's top."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def within(self, *folders: str) -> bool:
        """Whether the file lies in one of the folders."""
        return any(PurePosixPath(self.path).is_relative_to(folder) for folder in folders)


Rule = Callable[[Source], Iterator[tuple[int, str]]]


def commit_only_in_the_unit_of_work(source: Source) -> Iterator[tuple[int, str]]:
    """One request or job is one transaction, committed in one place."""
    if source.path == "services/kernel/work.py" or source.within("tests", "infra/ops"):
        return
    for call in _calls(source.tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
            yield call.lineno, "only the unit of work commits"


def sql_only_in_repositories(source: Source) -> Iterator[tuple[int, str]]:
    """Statements are made in `*repository.py` and the kernel, so that every query's scope can be seen in one room."""
    home = source.path.endswith(("repository.py", "models.py")) or source.within(
        "services/kernel", "infra", "tests"
    )
    if home:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {
            "sqlalchemy",
            "sqlmodel",
        }:
            made = sorted({alias.name for alias in node.names} & _SQL_MAKERS)
            if made:
                yield node.lineno, f"{', '.join(made)}: SQL belongs in a repository"


def messages_only_from_workers(source: Source) -> Iterator[tuple[int, str]]:
    """Work is handed to the broker by the relay alone; everyone else announces an event."""
    if source.within("workers", "tests"):
        return
    for call in _calls(source.tree):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in {"send_with_options", "enqueue"} or (name == "send" and _is_an_actor(call)):
            yield call.lineno, "only workers hand messages to the broker"


def time_only_from_the_clock(source: Source) -> Iterator[tuple[int, str]]:
    """`work.now` or the clock; a bare `now()` cannot be moved."""
    if source.path == "services/kernel/clock.py" or source.within("tests", "infra"):
        return
    for call in _calls(source.tree):
        target = call.func
        if isinstance(target, ast.Attribute) and target.attr in {"now", "utcnow", "today"}:
            base = ast.unparse(target.value)
            if base in {"datetime", "date", "datetime.datetime", "datetime.date"}:
                yield call.lineno, "use the unit of work's `now`"


def tests_never_sleep(source: Source) -> Iterator[tuple[int, str]]:
    """A test waits for a fact, never for a time."""
    if not source.within("tests"):
        return
    for call in _calls(source.tree):
        if ast.unparse(call.func) in {"time.sleep", "asyncio.sleep"} and not _is_zero(call):
            yield call.lineno, "wait for what should happen, with a limit"


def files_are_read_in_one_sitting(source: Source) -> Iterator[tuple[int, str]]:
    """A file that cannot be read in one sitting is split."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield 1, f"{lines} lines: split it by use case"


def repositories_are_private(source: Source) -> Iterator[tuple[int, str]]:
    """A slice's repository is asked by its own slice alone."""
    if source.within("tests", "services/kernel"):
        return
    own = ".".join(PurePosixPath(source.path).parts[:2])
    for line, module in _imported(source.tree):
        if (
            module.startswith("services.")
            and module.endswith("repository")
            and not module.startswith(own + ".")
        ):
            yield line, f"{module} is private: call its slice's service"


def rules_are_pure(source: Source) -> Iterator[tuple[int, str]]:
    """`*rules.py` decides over values: the standard library and the kernel, and no work in hand."""
    if not (source.within("services") and source.path.endswith("rules.py")):
        return
    for line, module in _imported(source.tree):
        own_values = module.endswith((".models", "rules"))
        known = module.partition(".")[0] in sys.stdlib_module_names or module.startswith("services.kernel.")
        if module == "services.kernel.work" or not (known or own_values):
            yield line, f"{module}: a rule knows values alone"


def environment_only_in_settings(source: Source) -> Iterator[tuple[int, str]]:
    """Secrets and settings come by one door: `infra/platform/settings.py`; operations hand them to processes."""
    if source.path == "infra/platform/settings.py" or source.within("tests", "infra/ops"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}:
            yield node.lineno, "read it from the settings"


RULES: dict[str, Rule] = {
    "private": repositories_are_private,
    "pure": rules_are_pure,
    "commit": commit_only_in_the_unit_of_work,
    "sql": sql_only_in_repositories,
    "send": messages_only_from_workers,
    "clock": time_only_from_the_clock,
    "sleep": tests_never_sleep,
    "environment": environment_only_in_settings,
    "length": files_are_read_in_one_sitting,
}


def findings(source: Source) -> list[Finding]:
    """What the file breaks, less its named escapes."""
    lines = source.text.splitlines()
    found = []
    for name, rule in RULES.items():
        for line, words in rule(source):
            escape = _ESCAPE.search(lines[line - 1]) if line <= len(lines) else None
            if escape is None or escape["rule"] != name:
                found.append(Finding(source.path, line, name, words))
            elif not escape["reason"].strip():
                found.append(Finding(source.path, line, name, "an escape needs its reason"))
    return found


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = [
                f"{node.module}.{alias.name}" for alias in node.names if alias.name.endswith("repository")
            ]
            yield from ((node.lineno, module) for module in (inner or [node.module]))
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_an_actor(call: ast.Call) -> bool:
    """`something.send(...)` is a broker's unless it plainly is ASGI's or the mail transport's."""
    base = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    return not re.search(r"(transport|mail|self|server|socket|client)$", base)


def _is_zero(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
