"""A week's real submissions on workers in networks of their own, one of which dies: the grades of one machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dask_machines import MachinesApart, no_networks

from autograder.batch import grade_assignment
from autograder.cluster import cluster
from autograder.config import Course, load_course
from autograder.demo import read_class, release_and_collect
from autograder.store import read_reports

pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
WEEK = "week1_bayes"
STUDENTS = 8


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[MachinesApart]:
    problem = no_networks()
    if problem:
        pytest.skip(problem)
    started = MachinesApart(tmp_path)
    try:
        yield started
    finally:
        started.close()


def scores(course: Course) -> dict[str, tuple[float | None, ...]]:
    reports = read_reports(course, WEEK)
    return {name: tuple(question.points for question in report.questions) for name, report in reports.items()}


def test_grades_are_those_of_one_machine_though_a_worker_in_another_network_dies(
    machines: MachinesApart, tmp_path: Path
) -> None:
    course = load_course().at(tmp_path / "data")
    everyone = read_class(course.root / "tests" / "classroom" / WEEK)
    pupils = [pupil for pupil in everyone if not pupil.operations][:STUDENTS]
    release_and_collect(course, WEEK, pupils, tmp_path / "exchange")
    assert grade_assignment(course, WEEK, workers=2).exit_code == 0
    expected = scores(course)
    before = {path.name: path.stat().st_ino for path in (course.reports / WEEK).glob("*.json")}
    assert len(before) == STUDENTS

    first, _ = machines.worker(), machines.worker()
    machines.wait_for(2)

    def again() -> int:
        paths = (course.reports / WEEK).glob("*.json")
        return sum(before.get(path.name) != path.stat().st_ino for path in paths)

    def kill_in_the_middle() -> None:
        while again() < 3:
            time.sleep(0.01)
        first.kill()

    death = threading.Thread(target=kill_in_the_middle, daemon=True)
    death.start()
    with cluster(machines.address, course, WEEK) as executor:
        summary = grade_assignment(course, WEEK, force=True, executor=executor)
    death.join()
    assert summary.counts == {"graded": STUDENTS}
    assert scores(course) == expected
    assert again() == STUDENTS
