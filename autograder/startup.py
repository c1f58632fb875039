"""What lets our processes start faster."""

from __future__ import annotations

import sys

UNUSED = ("rfc3987_syntax",)
"""jsonschema imports it where it is installed, for a format that no notebook's schema names; compiling its grammar
takes a second."""


def leave_out_unused() -> None:
    """Make the imports of what this process has no use for fail, as where it is not installed.

    For processes that are ours alone: a worker, the command.
    """
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
