"""The ``course`` command: a module for each group of verbs, and `common` for what they share."""

from __future__ import annotations

from autograder.cli import common, export, grade, host, people, validate, view, weeks
from autograder.cli.common import app, main
from course_exchange.cli import receipt_app

app.add_typer(receipt_app, name="receipt")
# In the order of a week's life; a verb that is not named here stands after these.
ORDER = (
    "new",
    "import",
    "build",
    "grade",
    "report",
    "explain",
    "similarity",
    "export",
    "validate",
    "demo",
    "doctor",
)
app.registered_commands.sort(key=lambda verb: [*ORDER, verb.name].index(verb.name))

__all__ = ["app", "common", "export", "grade", "host", "main", "people", "validate", "view", "weeks"]
