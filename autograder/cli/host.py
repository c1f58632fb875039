"""``course doctor``: the installation, looked at before a class finds out."""

from __future__ import annotations

import typer

from autograder.cli import common
from autograder.cli.common import Data, Json, app, verb


@verb(
    app,
    "doctor",
    examples=["course doctor", "course doctor --json - | jq '.[] | select(.state != \"ok\")'"],
    codes={0: "nothing has failed (there may be warnings)", 1: "something has"},
)
def doctor_command(json_file: Json = None, data: Data = None) -> None:
    """Look at the whole installation: what works here, what is missing, and what to do about it."""
    course = common.open_course(data)
    from autograder.doctor import examine, healthy

    with common.bar("doctor") as update:
        findings = examine(course, update or (lambda *_: None))
    common.write_json(json_file, [vars(finding) for finding in findings])
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "what", "found", "what to do")
    marks = {"ok": "✓", "warning": "!", "failed": "✗"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, escape(finding.found), escape(finding.advice))
    console = common.console(json_file)
    console.print(table)
    failed, warned = (sum(f.state == state for f in findings) for state in ("failed", "warning"))
    console.print(
        "everything is well" if not failed + warned else f"to mend: {failed}; to know: {warned}",
        highlight=False,
    )
    raise typer.Exit(0 if healthy(findings) else 1)
