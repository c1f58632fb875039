"""What the students' own code needs: its cells and the calls of the hidden tests, in a bare warm process.

Started by `grading.py` with its settings as JSON. Every submission gets a fork of a process that has imported what
notebooks import; nothing confines it, nothing is sent, and only the student's own code is timed. It runs students'
code **unprotected**: for the project's own example class only.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.config import Course, Limits, load_course
from autograder.grade import release_files
from autograder.grading.session import GraderSession, Question
from autograder.grading.student import LocalCaller
from autograder.submission import mend, question_cells, read_notebook, read_release
from notebook_runner import cells, zygote


class Timed:
    """Calls in this very process, with the seconds that they take, and their CPU seconds."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.caller = LocalCaller(names)
        self.seconds = self.cpu = 0.0

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Call, and count the time."""
        with self.counted():
            return self.caller.request(op, arguments, seconds=seconds)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens inside."""
        started, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - started
            self.cpu += time.process_time() - cpu


def own_seconds(course: Course, week: str, submission: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of a submission's cells and calls; the working folder is this process's."""
    notebook, _ = mend(read_notebook(submission, Limits()), read_release(course, week))
    session = GraderSession(week, course.week(week).reference)
    for name, content in release_files(course.release / week, week).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    shell = cells.new_shell()
    cells.OUTPUTS.room = 2**24
    caller = Timed(shell.user_ns)
    earned = dict[str, float]()
    checks = question_cells(notebook)
    for index, cell in enumerate(notebook.cells):
        if index in checks:
            name, points = checks[index]
            question = Question(name=name, max_points=points, caller=caller, key=b"k" * 32, earned=earned)
            earned[name] = (session.grade(question).points or 0.0) / points
        elif cell.cell_type == "code" and cell.source.strip():
            with caller.counted():
                cells.run_cell(shell, cell.source)
    return caller.seconds, caller.cpu


def main() -> None:
    """Print a line for each student: the name, the seconds and the CPU seconds."""
    week, submitted, names = json.loads(sys.argv[1])
    course = load_course()
    zygote._warm_up(list(course.week(week).preload), real_otter=False)
    for name in names:
        sys.stdout.flush()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            os.chdir(scratch)
            seconds, cpu = own_seconds(course, week, Path(submitted) / name / week / f"{week}.ipynb")
            print(name, seconds, cpu, file=sys.__stdout__, flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
