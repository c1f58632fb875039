"""``otter run`` and ``otter grade`` on an archive of this course: their results are the engine's.

otter would run the notebook with the public checks in a process of its own. The archive's ``otter_config.json`` names
this plugin, which has the submission graded by the archive's own script, hands otter an empty notebook to run, and
puts the engine's results in the place of what otter found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dill
import nbformat
from otter.plugins import AbstractOtterPlugin
from otter.run.run_autograder.utils import OtterRuntimeError
from otter.test_files import GradingResults, TestCase
from otter.test_files.abstract_test import TestCaseResult
from otter.test_files.exception_test import ExceptionTestFile


class SandboxedGrading(AbstractOtterPlugin):
    """Grades with the archive's engine instead of otter's own."""

    def before_grading(self, config: Any) -> None:
        """Grade; raises OtterRuntimeError, which becomes the result, where there is no grade."""
        del config
        folder = Path(self.submission_path).parent
        # otter would unpickle the student's log.
        (folder / ".OTTER_LOG").unlink(missing_ok=True)
        script = folder.parent / "source" / "run_otter.py"
        subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, "AUTOGRADER_DIR": str(folder.parent)},
            check=True,
        )
        self.graded = json.loads((folder.parent / "results" / "results.json").read_text(encoding="utf-8"))
        if self.graded["extra_data"]["status"] != "graded":
            raise OtterRuntimeError(why(self.graded))

    def before_execution(self, submission: Any) -> nbformat.NotebookNode:
        """An empty notebook: otter's process runs nothing of the student's."""
        del submission
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return nbformat.v4.new_notebook(metadata={"kernelspec": kernel})

    def after_grading(self, results: GradingResults) -> None:
        """Replace what otter's run of the empty notebook gave."""
        results.clear_results()
        results.results.update(grading_results(self.graded).results)
        results.set_output(self.graded.get("output", ""))


def why(results: Mapping[str, Any]) -> str:
    """What the results say to the staff about a missing grade."""
    return (
        "\n".join(test["output"] for test in results["tests"] if test["name"].startswith("STAFF: "))
        or "no grade"
    )


def grading_results(results: Mapping[str, Any]) -> GradingResults:
    """Results in Gradescope's form as otter's own: a file of one test for each question that was graded."""
    files = []
    for test in results["tests"]:
        if "score" in test:
            name, points = test["name"], test["max_score"]
            case = TestCase(
                name=name, body="", hidden=False, points=points, success_message=None, failure_message=None
            )
            file = ExceptionTestFile(name, f"{name}.py", [case], all_or_nothing=False)
            passed = test["status"] == "passed"
            file.test_case_results = [TestCaseResult(test_case=case, message=test["output"], passed=passed)]
            file.update_score(test["score"])
            files.append(file)
    return GradingResults(files)


def pickled(results: Mapping[str, Any]) -> bytes:
    """Results as ``otter grade`` reads them from a container; a missing grade is an error there, not a zero."""
    if results["extra_data"]["status"] == "graded":
        return bytes(dill.dumps(grading_results(results)))
    return bytes(dill.dumps(GradingResults.without_results(RuntimeError(why(results)))))
