"""The notebooks in a real kernel, as an instructor and a student run them, with the network off."""

import os
import re
import shutil
from dataclasses import replace

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade, is_grade

from autograder.build import build
from autograder.config import load_course
from autograder.submission import question_cells

COURSE = load_course()
WEEKS = [week.name for week in COURSE.weeks]
CPU_SECONDS = {"week7_vae": 8.0}
"""What a notebook may compute by itself, imports excepted; 2 seconds where it is not named."""
SLOWER_MACHINE = 3.0
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

NO_NETWORK = """
import socket, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise PermissionError(f"the network is off: {event} {arguments[1:]}")

sys.addaudithook(refuse)
"""
START_CLOCK = "import time as _time; _started = _time.process_time()"
STOP_CLOCK = "print('computed for', _time.process_time() - _started, 's')"
CHECK_COST = """
_times = []
for _ in range(5):
    _started = _time.process_time()
    check("{question}")
    _times.append(_time.process_time() - _started)
print("a check takes", min(_times), "s")
"""


@pytest.fixture(scope="module", params=WEEKS)
def built(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    course = replace(COURSE.at(folder / "data"), release_folder=folder / "release")
    return build(course, request.param)


@pytest.fixture(scope="module")
def kernel(built):
    """A week's kernel: the blank release runs where its instructor version has, so that packages load once.

    Nothing of the instructor's is left by name, and a check that found it nevertheless would pass, which fails.
    """
    manager = AsyncKernelManager(kernel_name="python3")
    yield manager
    run_sync(manager.shutdown_kernel)(now=True)


def run(kernel, path, *, before=(), after=(), allow_errors=False):
    """The notebook at `path` after it ran in its folder, with cells added after the imports and at the end."""
    notebook = nbformat.read(path, as_version=4)
    imports = max(i for i, cell in enumerate(notebook.cells) if cell.id.startswith("setup-given"))
    notebook.cells[imports + 1 : imports + 1] = [new_code_cell(text) for text in before]
    notebook.cells.insert(0, new_code_cell(f"%reset -f\n%cd -q {path.parent}\n{NO_NETWORK}"))
    notebook.cells += [new_code_cell(text) for text in after]
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, kernel, timeout=120, allow_errors=allow_errors, resources=resources)
    try:
        client.execute(env={**os.environ, **ONE_CORE})
    finally:
        # The client leaves them to whoever owns the kernel.
        client.kc.stop_channels()
    return notebook


def outputs(notebook, kind):
    return [
        (cell.id, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == kind
    ]


def printed(notebook, words):
    """The number printed after these words."""
    text = "".join(output.text for _, output in outputs(notebook, "stream"))
    match = re.search(f"{words} ([-+.e0-9]+)", text)
    assert match is not None, text
    return float(match[1])


@pytest.fixture(scope="module")
def solved(built, kernel):
    week = built.release.stem
    questions = [name for name, _ in question_cells(nbformat.read(built.release, as_version=4)).values()]
    notebook = run(
        kernel,
        built.instructor,
        before=[START_CLOCK],
        after=[STOP_CLOCK, CHECK_COST.format(question=questions[0])],
    )
    return week, notebook


def test_the_instructor_version_runs_without_an_error_or_a_warning(solved):
    _, notebook = solved
    assert outputs(notebook, "error") == []
    assert [output.text for _, output in outputs(notebook, "stream") if output.name == "stderr"] == []


def test_every_check_and_plot_of_the_instructor_version_shows_something(solved):
    _, notebook = solved
    for cell in notebook.cells:
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            shown = " ".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
            pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
            assert "passed" in shown or pictures, cell.id
            if not pictures:
                assert determine_grade(cell) == (cell.metadata.nbgrader.points,) * 2


def test_the_instructor_version_stays_within_its_computing_time(solved):
    week, notebook = solved
    assert printed(notebook, "computed for") <= SLOWER_MACHINE * CPU_SECONDS.get(week, 2.0)


def test_a_check_takes_50_ms_at_most(solved):
    _, notebook = solved
    assert printed(notebook, "a check takes") < SLOWER_MACHINE * 0.05


@pytest.fixture(scope="module")
def blank(built, kernel, solved):
    del solved
    after = ["grader.check_all()", "grader.export(pdf=False)"]
    notebook = run(kernel, built.release, after=after, allow_errors=True)
    return notebook, built.release.parent


def test_every_check_of_a_blank_release_fails_so_that_stock_nbgrader_gives_nothing(blank):
    notebook, _ = blank
    for index, (name, points) in question_cells(notebook).items():
        cell = notebook.cells[index]
        (error,) = (output for output in cell.outputs if output.output_type == "error")
        assert error.ename == "AssertionError" and error.evalue == f"{name} is not answered yet"
        assert determine_grade(cell) == (0, points)
    for cell in notebook.cells:
        if is_grade(cell):
            assert determine_grade(cell)[0] in (0, None)


def test_a_failed_check_says_in_words_what_is_not_there_yet(blank):
    notebook, _ = blank
    for index in question_cells(notebook):
        shown = [output.data["text/plain"] for output in notebook.cells[index].outputs if "data" in output]
        assert shown and all("Trying" not in text for text in shown)
        assert any("results" in text for text in shown)


def test_check_all_and_export_work_in_the_release_folder(blank):
    notebook, folder = blank
    check_all, export = notebook.cells[-2:]
    for cell in (check_all, export):
        assert [output for output in cell.outputs if output.output_type == "error"] == []
    assert "results" in str(check_all.outputs)
    (archive,) = folder.glob("*.zip")
    shutil.unpack_archive(archive, folder / "unpacked")
    assert (folder / "unpacked" / f"{folder.name}.ipynb").is_file()
