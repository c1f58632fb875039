"""The engine in any nbgrader course: nbgrader's own grading, with the notebooks run in the sandbox.

`use` puts two classes of this module into the places of nbgrader's own: the one that runs a notebook, and the one
that saves scores. All else stays nbgrader's: hidden tests come from the gradebook (``OverwriteCells``), scores from
``nbgrader.utils.determine_grade``, penalties from the course's own plugin.
"""

from __future__ import annotations

import atexit
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel
from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, SaveAutoGrades
from traitlets import Dict, List, Unicode
from traitlets.config import Config, LazyConfigValue

from autograder.config import CourseError, Limits

if TYPE_CHECKING:
    from autograder.results import CellResult
    from autograder.sandbox import Sandbox

PYTHON = {"python", "ipython", "python3"}
FILES_MB = 60
"""Files beside a notebook, all together: they go into the sandbox in one message."""
TOO_LARGE = "are too large; the rest is not kept]"
"""How the notes end that stand in the place of outputs."""


def use(
    config: Config,
    *,
    memory_mb: int = 2048,
    notebook_seconds: float = 600.0,
    processes: int = 64,
    scratch_mb: int = 256,
    output_kb: int = 16 * 1024,
    preload: Sequence[str] = (),
    sandbox_minimum: str = "kernel",
    unprotected_kernels: Sequence[str] = (),
) -> None:
    """Let nbgrader run notebooks in the sandbox; to be called at the end of an ``nbgrader_config.py``.

    The time for one cell is nbgrader's ``Execute.timeout``. `preload` names modules that are imported once for all
    notebooks. `unprotected_kernels` names kernels of other languages than Python that nbgrader may go on running
    itself, outside any sandbox. Raises CourseError for a value that cannot be.
    """
    limits = {
        "memory_mb": memory_mb,
        "submission_seconds": notebook_seconds,
        "processes": processes,
        "scratch_mb": scratch_mb,
        "output_kb": output_kb,
    }
    Limits(**limits)  # type: ignore[arg-type]  # raises for what is no limit
    if sandbox_minimum not in ("kernel", "namespaces"):
        raise CourseError(f"sandbox_minimum is {sandbox_minimum!r}; use 'kernel' or 'namespaces'")
    own = config.ExecuteInSandbox
    own.limits, own.preload, own.sandbox_minimum = limits, list(preload), sandbox_minimum
    own.unprotected_kernels = list(unprotected_kernels)
    chosen = config.Autograde.get("autograde_preprocessors")
    if chosen is None or isinstance(chosen, LazyConfigValue):
        stock = list(Autograde().autograde_preprocessors)
        chosen = stock if chosen is None else chosen.get_value(stock)
    replaced = [OURS.get(each, each) for each in chosen]
    if ExecuteInSandbox not in replaced:
        raise CourseError(
            "Autograde.autograde_preprocessors has no nbgrader Execute, in whose place the sandbox would run the "
            "notebooks: leave Execute in the list"
        )
    config.Autograde.autograde_preprocessors = replaced


@dataclass
class Process:
    """What this process keeps from one notebook to the next."""

    sandboxes: dict[str, Sandbox] = field(default_factory=dict)
    pause: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext
    """Entered while a notebook runs: others may write to the gradebook then."""
    fault: Exception | None = None
    """The fault of the infrastructure that ended the latest notebook."""
    student_seconds: float = 0.0
    layers: list[str] = field(default_factory=list)

    def sandbox(self, limits: Limits, preload: Sequence[str], minimum: str) -> Sandbox:
        """The warm sandbox with these limits; raises SandboxError where it cannot be had."""
        from autograder.sandbox import Sandbox

        wanted = repr((limits, list(preload), minimum))
        if wanted not in self.sandboxes:
            self.close()
            self.sandboxes[wanted] = Sandbox(limits, preload, minimum, real_otter=True)
        self.layers = list(self.sandboxes[wanted].layers)
        return self.sandboxes[wanted]

    def close(self) -> None:
        """End the warm sandboxes."""
        while self.sandboxes:
            self.sandboxes.popitem()[1].close()


HERE = Process()
atexit.register(HERE.close)


class ExecuteInSandbox(Execute):
    """nbgrader's Execute, with the notebook's cells run in the sandbox."""

    limits = Dict(help="What one notebook may use: the fields of autograder.config.Limits.").tag(config=True)
    preload = List(Unicode(), help="Modules that are imported once for all notebooks.").tag(config=True)
    sandbox_minimum = Unicode("kernel", help="The weakest sandbox that may be used.").tag(config=True)
    unprotected_kernels = List(
        Unicode(), help="Kernels of other languages that run outside the sandbox."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run the notebook; raises CourseError where it cannot be run here, SandboxError for a fault of the host."""
        kernel = other_kernel(nb)
        if kernel in self.unprotected_kernels and kernel == course_kernel(resources["nbgrader"]):
            self.log.warning("The kernel %r is no Python: the notebook runs without a sandbox", kernel)
            return super().preprocess(nb, resources, km)
        if kernel:
            raise CourseError(
                f"the notebook is written for the kernel {kernel!r}, and the sandbox runs Python only: grade this "
                f"assignment without the engine, or name the kernel in unprotected_kernels=[{kernel!r}] "
                "(nbgrader_config.py), and its notebooks run unprotected, as nbgrader does it"
            )
        from autograder.sandbox import SandboxError

        HERE.fault = None
        try:
            self._run(nb, Path(resources["metadata"]["path"]), resources["nbgrader"])
        except SandboxError as fault:
            HERE.close()
            HERE.fault = fault
            raise
        nb.metadata["language_info"] = IPythonKernel.language_info
        return nb, resources

    def _run(self, nb: NotebookNode, folder: Path, facts: dict[str, Any]) -> None:
        from autograder.grade import NotebookRun

        limits = Limits(**self.limits)
        sandbox = HERE.sandbox(limits, self.preload, self.sandbox_minimum)
        self.log.info("Running the notebook in the sandbox (%s)", ", ".join(sandbox.layers))
        one_cell = self.timeout if self.timeout and self.timeout > 0 else limits.submission_seconds
        files = self._files(folder, facts, min(FILES_MB, limits.scratch_mb // 2))
        run = NotebookRun(sandbox, files, replace(limits, cell_seconds=float(one_cell)))
        with HERE.pause():
            try:
                for index, cell in enumerate(nb.cells):
                    if cell.cell_type == "code" and cell.source.strip() and not self._skipped(cell):
                        result = run.run_cell(str(index), cell.source)
                        cell.outputs = _outputs(cell, result)
                        cell.execution_count = result.execution_count
            finally:
                HERE.student_seconds += run.close()

    def _skipped(self, cell: NotebookNode) -> bool:
        """Whether a tag says that the cell is not to be run. Tags are the student's, so no grade cell heeds one."""
        return self.skip_cells_with_tag in cell.metadata.get("tags", []) and not utils.is_grade(cell)

    def _files(self, folder: Path, facts: dict[str, Any], most_mb: int) -> dict[str, bytes]:
        """What lies beside the notebook, by relative path: no notebook, which would show the hidden tests.

        nbgrader has copied the submitted files there, and what links lead to as well: those are left out.
        """
        files: dict[str, bytes] = {}
        room = most_mb * 2**20
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.suffix == ".ipynb" or path.is_symlink() or not path.is_file() or not name.isprintable():
                continue
            if self._through_a_link(facts, name):
                self.log.warning("%s was submitted as a link: it is left out", name)
                continue
            room -= path.stat().st_size
            if room < 0:
                raise CourseError(
                    f"the files beside the notebook are larger than {most_mb} MB together, more than the sandbox "
                    f"takes: make them smaller (at most {FILES_MB} MB, and half of scratch_mb)"
                )
            files[name] = path.read_bytes()
        return files

    def _through_a_link(self, facts: dict[str, Any], name: str) -> bool:
        """Whether the student submitted a link of this name, and the course has no file of it."""
        converter = getattr(self.parent, "parent", None)
        if not isinstance(converter, Autograde):
            return False
        directory = converter.coursedir
        submitted = directory.format_path(
            directory.submitted_directory, facts["student"], facts["assignment"]
        )
        source = directory.format_path(directory.source_directory, ".", facts["assignment"])
        return (Path(submitted) / name).is_symlink() and not (Path(source) / name).exists()


def other_kernel(nb: NotebookNode) -> str:
    """The name of the kernel that a notebook asks for where that is no Python; empty otherwise."""
    spec = nb.metadata.get("kernelspec", {})
    name = str(spec.get("name", ""))
    language = str(spec.get("language", "") or nb.metadata.get("language_info", {}).get("name", "")).lower()
    if language in PYTHON or not (name or language) or (not language and name.startswith("python")):
        return ""
    return name or language


def course_kernel(facts: dict[str, Any]) -> str:
    """The name of the kernel that the course's own notebook asks for: a student's may say anything."""
    with Gradebook(facts["db_url"]) as book:
        spec = book.find_notebook(facts["notebook"], facts["assignment"]).kernelspec
    return str((json.loads(spec) if spec else {}).get("name", ""))


def _outputs(cell: NotebookNode, result: CellResult) -> list[NotebookNode]:
    """A cell's outputs. One that failed shows an error, whatever the code did to hide it.

    A grade cell whose outputs were cut fails too: what was cut may have been the error, or the points.
    """
    from autograder.sandbox.outputs import MAX_OUTPUTS

    outputs = [from_dict(output) for output in result.outputs]
    shown = any(output.output_type == "error" for output in outputs)
    if result.status != "ok" and not shown:
        outputs.append(_error("Error", "the cell raised an error and did not show it"))
    cut = len(outputs) >= MAX_OUTPUTS or any(
        output.output_type == "stream" and output.text.rstrip().endswith(TOO_LARGE) for output in outputs
    )
    if cut and not shown and utils.is_grade(cell) and not utils.is_solution(cell):
        outputs.append(_error("OutputLimit", "the notebook's outputs are too large to be kept and graded"))
    return outputs


def _error(name: str, message: str) -> NotebookNode:
    output = {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
    return from_dict(output)


class SaveScores(SaveAutoGrades):
    """nbgrader's SaveAutoGrades, for which text on stderr is no error: a warning costs nothing."""

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._add_score(without_warnings(cell), resources)


def without_warnings(cell: NotebookNode) -> NotebookNode:
    """The cell without what was written to stderr; the cell itself stays as it is."""
    if cell.cell_type != "code":
        return cell
    kept = [
        output
        for output in cell.outputs
        if not (output.output_type == "stream" and output.get("name") == "stderr")
    ]
    return NotebookNode({**cell, "outputs": kept})


OURS: dict[Any, type] = {
    Execute: ExecuteInSandbox,
    SaveAutoGrades: SaveScores,
    "nbgrader.preprocessors.Execute": ExecuteInSandbox,
    "nbgrader.preprocessors.SaveAutoGrades": SaveScores,
}
"""What takes the place of nbgrader's own classes, however a configuration names them."""
