"""`course doctor`: what it finds, and that its advice is about what is wrong."""

import contextlib
import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import WEEK, small_course

from autograder import doctor
from autograder.config import load_course
from autograder.keys import course_secret
from autograder.nbgrader.gradebook import add_students

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
    assert findings["release"]["state"] == findings["validation"]["state"] == "ok"
    assert {"Python", "packages", "machine", "clock", "disk", "course secret", "gradebook"} <= set(findings)
    assert {"exchange", "JupyterHub"} <= set(findings)
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


def test_a_secret_that_is_damaged_or_could_be_replaced_is_a_failure(course):
    course_secret(course.secret)
    course.secret.parent.chmod(0o770)
    (finding,) = doctor._secret(course)
    assert (finding.state, finding.advice) == ("failed", f"chmod go-w {course.secret.parent}")
    course.secret.write_bytes(b"short")
    (finding,) = doctor._secret(course)
    assert (finding.state, "damaged" in finding.found) == ("failed", True)


def test_an_old_python_is_a_failure(course, monkeypatch):
    assert states(doctor._python(course)) == {"Python": "ok"}
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (4, 0))
    (finding,) = doctor._python(course)
    assert (finding.state, "the course needs 4.0" in finding.found) == ("failed", True)


def test_a_package_that_a_week_preloads_and_is_missing_is_a_failure(course):
    week = dataclasses.replace(course.weeks[0], preload=("numpy.linalg", "no_such_package.part"))
    (finding,) = doctor._preloads(dataclasses.replace(course, weeks=(week,)))
    assert finding.state == "failed"
    assert finding.found == "needs no_such_package, not installed"


def test_a_week_that_was_not_validated_is_a_warning_with_the_command(course, monkeypatch):
    (finding,) = doctor._validation(load_course())
    assert finding.state == "ok"
    (course.root / "docs").mkdir(parents=True)
    (finding,) = doctor._validation(course)
    assert (finding.state, finding.advice) == ("warning", f"run 'course validate {WEEK} --record'")


def test_the_exchange_is_looked_at_where_it_is_used(course, monkeypatch):
    monkeypatch.delenv("COURSE_EXCHANGE_URL", raising=False)
    assert states(doctor._exchange(course)) == {"exchange": "ok"}
    folder = course.data / "exchange"
    course_secret(folder / "receipts.key")
    folder.chmod(0o755)
    assert states(doctor._exchange(course)) == {"exchange files": "ok"}
    (folder / "receipts.key").chmod(0o640)
    (finding,) = doctor._exchange(course)
    assert (finding.state, "signs receipts" in finding.found) == ("failed", True)
    folder.chmod(0o777)
    (finding,) = doctor._exchange(course)
    assert (finding.state, finding.advice) == ("failed", f"chmod go-w {folder}")


def test_an_exchange_that_does_not_answer_is_a_failure(course, monkeypatch):
    monkeypatch.setenv("COURSE_EXCHANGE_URL", "http://127.0.0.1:1/services/exchange/")
    (finding,) = doctor._exchange(course)
    assert finding.state == "failed"
    assert "does not answer" in finding.found


def test_a_hub_that_is_old_or_has_no_proxy_is_named(course, monkeypatch):
    monkeypatch.setenv("CONFIGURABLE_HTTP_PROXY", "/usr/bin/proxy")
    for installed, state in {"5.5.0": "failed", "6.1.1": "ok"}.items():
        monkeypatch.setattr(doctor, "version", lambda name, installed=installed: installed)
        assert states(doctor._hub(course)) == {"JupyterHub": state}
    monkeypatch.delenv("CONFIGURABLE_HTTP_PROXY")
    monkeypatch.setattr("shutil.which", lambda name: None)
    (finding,) = doctor._hub(course)
    assert (finding.state, finding.advice) == ("warning", "run 'make setup-hub'")


def test_a_clock_that_is_wrong_or_that_nothing_keeps_right_is_named(course, monkeypatch):
    monkeypatch.setattr(doctor, "_unsynchronised", lambda: False)
    assert states(doctor._clock(course)) == {"clock": "ok"}
    monkeypatch.setattr(doctor, "_unsynchronised", lambda: True)
    assert states(doctor._clock(course)) == {"clock": "warning"}
    course.root.mkdir()
    script = course.root / "course_config.py"
    script.touch()
    os.utime(script, (2e9, 2e9))
    assert states(doctor._clock(course)) == {"clock": "failed"}


def test_a_disk_with_another_time_is_named(course, monkeypatch):
    monkeypatch.setattr(doctor, "_unsynchronised", lambda: False)
    real = os.fstat

    def an_hour_ago(descriptor):
        there = list(real(descriptor))
        there[8] -= 3600
        return os.stat_result(there)

    monkeypatch.setattr(os, "fstat", an_hour_ago)
    (finding,) = doctor._clock(course)
    assert (finding.state, "away from it" in finding.found) == ("warning", True)


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


@pytest.fixture
def small_gradebook(course):
    """The path of a gradebook in a file."""
    add_students(course, [{"id": "ada"}])
    return course.data / "gradebook.db"


def test_a_small_gradebook_in_a_file_of_ones_own_is_fine(course, small_gradebook):
    (finding,) = doctor._gradebook(course)
    assert finding.state == "ok"
    assert "1 students" in finding.found


@pytest.mark.parametrize(
    ("schema", "advice"), [("50a4d84c131a", "nbgrader db upgrade"), ("fromthefuture", "run 'make setup'")]
)
def test_a_gradebook_of_another_nbgrader_is_a_failure(course, small_gradebook, schema, advice):
    with contextlib.closing(sqlite3.connect(small_gradebook)) as book:
        book.execute("UPDATE alembic_version SET version_num = ?", (schema,))
        book.commit()
    (finding,) = doctor._gradebook(course)
    assert (finding.state, schema in finding.found) == ("failed", True)
    assert advice in finding.advice


def test_a_damaged_gradebook_is_a_failure(course, small_gradebook):
    content = bytearray(small_gradebook.read_bytes())
    content[-12000:-4096] = b"?" * (12000 - 4096)
    small_gradebook.write_bytes(content)
    (finding,) = doctor._gradebook(course)
    assert finding.state == "failed"


def test_sqlite_is_no_longer_wise_for_a_large_class(course, small_gradebook, monkeypatch):
    monkeypatch.setattr(doctor, "MANY_STUDENTS", 1)
    add_students(course, [{"id": "bo"}])
    (finding,) = doctor._gradebook(course)
    assert finding.state == "warning"
    assert "more than 1 students" in finding.found
    assert "course gradebook move postgresql://" in finding.advice


def test_sqlite_is_no_longer_wise_on_a_network_file_system(course, small_gradebook, monkeypatch, tmp_path):
    mounts = tmp_path / "mounts"
    folder = str(course.data.resolve()).replace("_", "\\137")
    mounts.write_text(
        f"rootfs / ext4 rw 0 0\nserver:/home {folder} nfs4 rw 0 0\n/dev/x /elsewhere cifs rw 0 0\n"
    )
    assert doctor.file_system(small_gradebook, mounts) == "nfs4"
    assert doctor.file_system(tmp_path, mounts) == "ext4"
    assert doctor.file_system(tmp_path, tmp_path / "no mounts") == ""
    monkeypatch.setattr(doctor, "file_system", lambda path: "nfs4")
    (finding,) = doctor._gradebook(course)
    assert (finding.state, "network file system (nfs4)" in finding.found) == ("warning", True)


def test_sqlite_is_no_longer_wise_where_several_write(course, small_gradebook):
    small_gradebook.chmod(0o660)
    (finding,) = doctor._gradebook(course)
    assert (finding.state, "several accounts may write it" in finding.found) == ("warning", True)
    small_gradebook.chmod(0o600)
    waiting = [
        sys.executable,
        "-c",
        "import sys; file = open(sys.argv[1]); print(flush=True); sys.stdin.read()",
    ]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen([*waiting, small_gradebook], **pipes) as one,
        subprocess.Popen([*waiting, small_gradebook], **pipes) as other,
    ):
        for program in (one, other):
            program.stdout.readline()
        (finding,) = doctor._gradebook(course)
        for program in (one, other):
            program.communicate()
    assert (finding.state, "2 programs have it open now" in finding.found) == ("warning", True)


def test_a_database_that_cannot_be_reached_is_a_failure_without_its_password(course, monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("COURSE_GRADEBOOK", "postgresql://course:secret@127.0.0.1:1/course")
    (finding,) = doctor._gradebook(course)
    assert finding.state == "failed"
    assert "secret" not in finding.found


def test_a_large_class_on_postgresql_is_fine(course, postgresql, monkeypatch):
    monkeypatch.setattr(doctor, "MANY_STUDENTS", 1)
    monkeypatch.setenv("COURSE_GRADEBOOK", postgresql.new())
    add_students(course, [{"id": name} for name in ("ada", "bo")])
    (finding,) = doctor._gradebook(course)
    assert finding.state == "ok"
    assert "2 students" in finding.found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"memory.max": "3221225472", "cpu.max": "100000 100000"}, (1, 3072)),
        ({"memory/memory.limit_in_bytes": "3221225472", "cpu/cpu.cfs_quota_us": "150000"}, (None, 3072)),
        (
            {
                "memory/memory.limit_in_bytes": "3221225472",
                "cpu/cpu.cfs_quota_us": "150000",
                "cpu/cpu.cfs_period_us": "100000",
            },
            (1, 3072),
        ),
        ({"memory.max": "max", "cpu.max": "max 100000"}, (None, None)),
        ({"memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_a_container_has_what_its_limits_leave_of_the_machine(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    whole = doctor.allotted(tmp_path / "nothing")
    assert doctor.allotted(tmp_path) == tuple(
        all_ if wanted is None else wanted for wanted, all_ in zip(expected, whole, strict=True)
    )


def test_advice_on_workers_follows_the_containers_limits(course, monkeypatch):
    monkeypatch.setattr(doctor, "allotted", lambda: (1, 3000))
    (finding,) = doctor._machine(course)
    assert "1 cores, 3,000 MB of memory (this container's limits)" in finding.found
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    (finding,) = doctor._machine(course)
    assert finding.state == "warning"
    assert "--workers 1" in finding.advice
