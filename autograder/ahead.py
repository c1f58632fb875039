"""What worker processes import, imported once: they are forks of a process that has imported this module."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import shutil

from autograder.startup import leave_out_unused

MODULES = "AUTOGRADER_AHEAD"
"""The environment variable that names, in that process, what is to be imported."""

SOCKETS = "AUTOGRADER_AHEAD_SOCKETS"
"""The environment variable that names the folder of that process's socket: removed when it ends."""

PROCESS = os.getpid()
"""The process that imported this module: in a worker, the one that it was forked from, or itself."""

ENGINE = ("autograder.grade", "nbformat", "sympy", "scipy.stats")
"""What grading imports, whatever the week."""


def _import(names: list[str]) -> None:
    leave_out_unused()
    for name in names:
        # What is wrong with a module is found out, and said, by the worker that needs it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    # What lives now lives on. The collector would write to each object that it looks at, and nothing stay shared.
    gc.collect()
    gc.freeze()


if MODULES in os.environ:
    _import(os.environ[MODULES].split())
if SOCKETS in os.environ:
    # Who made the folder removes it, too, but not where it is killed. This process ends later.
    atexit.register(shutil.rmtree, os.environ[SOCKETS], ignore_errors=True)
