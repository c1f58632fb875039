"""What a job leaves on the disk: counted while it runs, removed when it ends."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox.job import remove_folder

ROOT = Path(__file__).resolve().parents[2]


def test_a_folder_is_removed_however_deep_and_whatever_its_modes(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    folder = tmp_path / "scratch"
    folder.mkdir()
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(2200):
            os.mkdir("d")
            os.chdir("d")
        os.symlink(outside, "link")
    finally:
        os.chdir(here)
    closed = folder / "closed"
    closed.mkdir()
    (closed / "file").write_text("x")
    closed.chmod(0)
    remove_folder(str(folder))
    assert not folder.exists()
    assert (outside / "kept").read_text() == "x"
    assert stat.S_IMODE(outside.stat().st_mode) & 0o100


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up a right")
def test_root_without_the_right_to_look_into_processes_does_not_begin_to():
    """Else a job would be ended as soon as it has become another user: it would seem to hide its files."""
    code = "from autograder.sandbox.quota import may_look; print(may_look())"
    command = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


def test_a_folder_that_is_not_there_is_no_error(tmp_path):
    remove_folder(str(tmp_path / "none"))


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_that_one_job_prints_past_python_reaches_the_next(sandbox, number):
    job = sandbox.open({})
    source = f"import os\nos.write({number}, b'left by another')\nos.pread({number}, 100, 0)"
    results = [job.run_cell("a", source, 5) for job in (job, job)]
    job.close()
    assert all(
        "left by" not in str(result.outputs[-1:]).replace("b'left by another'", "") for result in results
    )
