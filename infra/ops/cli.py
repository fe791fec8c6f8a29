"""The `needlewise` command: reads the arguments and calls the command's module."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from infra.ops.environment import fail
from infra.ops.problem import Problem


def parser() -> argparse.ArgumentParser:
    """The command line, with a line of help for everything."""
    top = argparse.ArgumentParser(
        prog="needlewise",
        description="Run Needlewise. Settings come from the environment and .env (docs/operations.md).",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, module: str, text: str, **fixed: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.set_defaults(module=module, arguments=tuple(fixed), **fixed)
        return command

    up = add("up", "up", "start everything on this machine, on embedded servers unless URLs are set")
    up.add_argument(
        "--demo", action="store_true", help="demo mode: fill an empty database, move the clock freely"
    )
    up.set_defaults(arguments=("demo",))
    add("web", "process", "run the web process in the foreground", process="web")
    add("worker", "process", "run the worker process in the foreground", process="worker")
    add("relay", "process", "run the relay (outbox, timers, schedule) in the foreground", process="relay")
    add("migrate", "migrate", "bring the database to the newest version")
    add("demo", "demo", "fill an empty database with the demo world")
    seed = add("seed", "seed", "add synthetic clinics at any size, with progress (not in production mode)")
    seed.add_argument("--clinics", type=int, required=True, help="how many live clinics")
    seed.add_argument("--practitioners", type=int, help="how many people treat there (4 a clinic)")
    seed.add_argument("--reviews", type=int, help="how many reviews are written (20 a clinic)")
    seed.add_argument(
        "--bookings", type=int, help="how many visits are booked, past and future (6 for 5 reviews)"
    )
    seed.add_argument("--seed", type=int, default=1, help="the same number makes the same clinics")
    seed.set_defaults(arguments=("clinics", "practitioners", "reviews", "bookings", "seed"))
    admin = add("admin", "admin", "manage moderators")
    actions = admin.add_subparsers(dest="action", required=True, metavar="action")
    create = actions.add_parser("create", help="make a moderator with a second factor")
    create.add_argument("--email", required=True, help="the address to sign in with")
    create.add_argument("--name", required=True, help="the name others see")
    create.set_defaults(arguments=("email", "name"))
    privacy = add("privacy", "privacy", "own data: gather, erase, or run retention at once")
    deeds = privacy.add_subparsers(dest="action", required=True, metavar="action")
    gather = deeds.add_parser("export", help="everything held of an address, as JSON")
    gather.add_argument("--email", required=True, help="the person's proven address")
    gather.add_argument("--to", default="", help="a file to write to (else it is printed)")
    gather.set_defaults(arguments=("action", "email", "to"))
    erase = deeds.add_parser("erase", help="erase the person of an address, for good")
    erase.add_argument("--email", required=True, help="the person's proven address")
    erase.add_argument("--yes", action="store_true", help="yes, this cannot be undone")
    erase.set_defaults(arguments=("action", "email", "yes"))
    deeds.add_parser("retention", help="erase what is past its time now").set_defaults(arguments=("action",))
    add("rebuild", "rebuild", "rebuild listings and review figures from the truth")
    add("doctor", "doctor", "check everything Needlewise depends on, and say what is wrong")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong for a person is one line and exit code 1."""
    options = parser().parse_args(arguments)
    try:
        # By name: a command that only reads settings does not wait for the web framework to be imported.
        module = importlib.import_module(f"infra.ops.commands.{options.module}")
        code: int = module.run(**{name: getattr(options, name) for name in options.arguments})
    except Problem as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
