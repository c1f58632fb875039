"""`course doctor`: what it finds, and that its advice is about what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import small_course

from autograder import doctor
from autograder.keys import course_secret

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tmp_path):
    return small_course(tmp_path)


def states(findings):
    return {finding.what: finding.state for finding in findings}


def test_this_host_can_grade_this_course(tmp_path):
    table = tmp_path / "findings.json"
    command = [
        sys.executable,
        "-m",
        "autograder.cli",
        "doctor",
        "--data",
        str(tmp_path / "data"),
        "--json",
        str(table),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {row["what"]: row for row in json.loads(table.read_text())}
    assert findings["sandbox"]["state"] == "ok"
    assert "landlock" in findings["layers"]["found"]
    assert findings["release"]["state"] == "ok"
    assert "hidden tests" in findings["week1_bayes"]["found"]
    assert not (tmp_path / "data").exists()


def test_a_secret_that_others_may_read_is_a_failure(course):
    assert states(doctor._secret(course)) == {"course secret": "ok"}
    course_secret(course.secret)
    assert states(doctor._secret(course)) == {"course secret": "ok"}
    course.secret.chmod(0o644)
    (finding,) = doctor._secret(course)
    assert finding.state == "failed"
    assert finding.advice == f"chmod 600 {course.secret}"


def test_a_data_folder_that_everybody_may_enter_is_a_warning(course):
    course.data.mkdir()
    course.data.chmod(0o755)
    assert states(doctor._data(course))["data"] == "warning"
    course.data.chmod(0o750)
    assert states(doctor._data(course))["data"] == "ok"


def test_a_week_without_graders_is_a_failure(course):
    (finding,) = doctor._weeks(course)
    assert finding.state == "failed"
    assert not doctor.healthy([finding])


def test_a_check_that_breaks_is_a_finding(course, monkeypatch):
    def _broken_check(course):
        raise OSError("the disk is gone")

    monkeypatch.setattr(doctor, "CHECKS", (_broken_check,))
    (finding,) = doctor.examine(course)
    assert (finding.what, finding.state) == ("broken check", "failed")
    assert "the disk is gone" in finding.found


def test_packages_that_differ_from_the_lock_are_named(course):
    course.root.mkdir(exist_ok=True)
    (course.root / "requirements.lock").write_text(
        "numpy==0.1\nno-such-package==1.0 ; python_version < '3'\n"
    )
    (finding,) = doctor._packages(course)
    assert finding.state == "warning"
    assert finding.found.startswith("numpy ")
    assert "no-such" not in finding.found
