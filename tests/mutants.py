"""Whether the rules' tests notice a changed rule. `make prove` runs it: `python -m tests.mutants [--children 1]`.

mutmut changes every function of every rule file in each way it knows, one change at a time, and runs the rule tests
that reach the function; `[tool.mutmut]` in pyproject.toml names files and tests. It starts from nothing each time.
A mutant that lives is looked at with `.venv/bin/mutmut show NAME`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[1]
RULE_FILES = "services/*/*rules.py"
LOWEST_SHARE, LOWEST_SHARE_OF_A_FILE = 85, 75
_ENDED = frozenset({"killed", "timeout"})  # a mutant that never ends has been noticed too


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mutants of a file there were, and how many were noticed."""

    killed: int
    total: int

    def reaches(self, percent: int) -> bool:
        """Whether so many in a hundred were noticed; where there was no mutant, nothing was."""
        return self.total > 0 and self.killed * 100 >= percent * self.total

    def __str__(self) -> str:
        return f"{self.killed}/{self.total} ({self.killed / max(self.total, 1):.1%})"


def read_results(text: str) -> dict[str, str]:
    """Each mutant's name and state, from what `mutmut results --all true` prints."""
    pairs = (line.strip().partition(": ") for line in text.splitlines() if ": " in line)
    return {name: state for name, _, state in pairs}


def tally(states: Mapping[str, str], modules: Iterable[str]) -> dict[str, Tally]:
    """The count of each module, those without mutants included."""
    total = Counter(name.rpartition(".")[0] for name in states)
    killed = Counter(name.rpartition(".")[0] for name, state in states.items() if state in _ENDED)
    return {module: Tally(killed[module], total[module]) for module in sorted({*modules, *total})}


def shortfalls(tallies: Mapping[str, Tally]) -> list[str]:
    """What is below its limit, in words: a file, or all of them together."""
    short = [
        f"{module}: {one}, and {LOWEST_SHARE_OF_A_FILE}% of a file's mutants are to be noticed"
        for module, one in tallies.items()
        if not one.reaches(LOWEST_SHARE_OF_A_FILE)
    ]
    if not together(tallies).reaches(LOWEST_SHARE):
        short.append(f"all: {together(tallies)}, and {LOWEST_SHARE}% of all mutants are to be noticed")
    return short


def together(tallies: Mapping[str, Tally]) -> Tally:
    """All files' counts as one."""
    return Tally(sum(one.killed for one in tallies.values()), sum(one.total for one in tallies.values()))


def _mutmut(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    ran = subprocess.run(command, cwd=TOP, check=False, text=True, capture_output=True)
    if ran.returncode:
        sys.exit(f"mutmut {arguments[0]} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def main() -> int:
    """Makes and hunts the mutants, prints the counts, and gives 1 where too many live."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=main.__doc__)
    parser.add_argument("--children", type=int, choices=(1, 2), default=2, help="processes that test at once")
    children = parser.parse_args().children
    modules = [".".join(path.relative_to(TOP).with_suffix("").parts) for path in sorted(TOP.glob(RULE_FILES))]
    print(f"mutants of {len(modules)} rule files: this takes some minutes", flush=True)
    shutil.rmtree(TOP / "mutants", ignore_errors=True)
    _mutmut("run", "--max-children", str(children))
    states = read_results(_mutmut("results", "--all", "true"))
    for name, state in states.items():
        if state not in _ENDED:
            print(f"{state}: {name}")
    tallies = tally(states, modules)
    for module, one in tallies.items():
        print(f"{module}: {one}")
    print(f"noticed of all mutants: {together(tallies)}")
    short = shortfalls(tallies)
    print(*short, sep="\n", end="\n" if short else "")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
