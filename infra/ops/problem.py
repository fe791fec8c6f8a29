"""What goes wrong for a person at the command line: one clear line, never a traceback."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818  the name states the fact
    """Something the person who runs Needlewise can mend; the message says what and how."""
