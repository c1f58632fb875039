"""The same batch on a real Dask scheduler and real workers, some of which die in the middle."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dask_machines import Machines
from fakes import PARTS, WEEK, small_course, submit

from autograder.batch import Summary, grade_assignment
from autograder.cluster import cluster
from autograder.config import Course, CourseError

pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    started = Machines(tmp_path)
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return small_course(tmp_path)


def environment(course: Course, week: str) -> str:
    from autograder.grade import environment_digest

    return environment_digest(course, week)


def grade(course: Course, machines: Machines, **how: object) -> Summary:
    parts = dataclasses.replace(PARTS, environment=environment)
    with cluster(machines.address, course, WEEK) as executor:
        return grade_assignment(course, WEEK, executor=executor, parts=parts, **how)  # type: ignore[arg-type]


def in_the_middle(course: Course, done: int, then: Callable[[], None]) -> threading.Thread:
    """Do something as soon as so many reports are there."""

    def watch() -> None:
        while len(list((course.reports / WEEK).glob("*.json"))) < done:
            time.sleep(0.005)
        then()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_a_class_gets_its_grades_though_workers_die_in_the_middle(course: Course, machines: Machines) -> None:
    workers = [machines.worker() for _ in range(3)]
    machines.wait_for(3)
    for number in range(40):
        submit(course, f"s{number:02}", "takes its time")
    deaths = [in_the_middle(course, done, workers[i].kill) for i, done in enumerate((8, 20))]
    summary = grade(course, machines)
    for death in deaths:
        death.join()
    assert summary.counts == {"graded": 40}
    assert summary.exit_code == 0
    assert not list(course.reports.rglob("*.running"))


def test_a_submission_that_kills_workers_is_given_up_after_two_more_tries(
    course: Course, machines: Machines
) -> None:
    for _ in range(4):
        machines.worker()
    machines.wait_for(4)
    for number in range(6):
        submit(course, f"s{number}", "fine")
    submit(course, "k", "kills")
    summary = grade(course, machines)
    assert {row.student: row.status for row in summary.rows} == {f"s{n}": "graded" for n in range(6)} | {
        "k": "could_not_grade"
    }
    assert "lost 3 times with the worker" in next(row.problem for row in summary.rows if row.student == "k")
    assert (course.data / "asked.log").read_text().split().count("k") == 3


def test_workers_that_would_grade_otherwise_are_refused_by_name(course: Course, machines: Machines) -> None:
    submit(course, "ada", "fine")
    with (
        pytest.raises(CourseError, match="no worker: start some with 'dask worker"),
        cluster(machines.address, course, WEEK),
    ):
        pass
    broad = machines.worker(threads=2)
    machines.wait_for(1)
    with pytest.raises(CourseError, match=r"2 tasks at a time.*--nthreads 1"):
        grade(course, machines)
    broad.kill()
    broad.wait()
    machines.worker()
    machines.wait_for(1)
    with cluster(machines.address, course, WEEK) as executor:
        executor.environment = "another"  # type: ignore[attr-defined]
        with pytest.raises(CourseError, match="has other graders, packages or limits"):
            grade_assignment(course, WEEK, executor=executor, parts=PARTS)
    assert grade(course, machines).counts == {"graded": 1}


def test_a_week_goes_only_to_workers_that_offer_what_it_needs(course: Course, machines: Machines) -> None:
    machines.worker()
    machines.wait_for(1)
    week = dataclasses.replace(course.weeks[0], resources={"GPU": 1})
    greedy = dataclasses.replace(course, weeks=(week,))
    submit(course, "ada", "fine")
    with pytest.raises(CourseError, match=r"no worker that offers \{\'GPU\': 1\}"):
        grade(greedy, machines)
    machines.worker("--resources", "GPU=1")
    machines.wait_for(2)
    assert grade(greedy, machines).counts == {"graded": 1}


def test_an_address_where_nobody_listens_is_one_line(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.cluster.CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(CourseError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        cluster("tcp://127.0.0.1:9", course, WEEK),
    ):
        pass


def test_a_scheduler_that_dies_ends_the_run_with_one_line_and_keeps_what_was_stored(
    course: Course, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.cluster.CONNECT_SECONDS", 2.0)
    machines.worker()
    machines.wait_for(1)
    for number in range(30):
        submit(course, f"s{number:02}", "takes its time")
    death = in_the_middle(course, 5, machines.processes[0].kill)
    with pytest.raises(CourseError, match=r"the Dask scheduler at tcp://\S+ is gone: start it again"):
        grade(course, machines)
    death.join()
    assert len(list((course.reports / WEEK).glob("*.json"))) >= 5
    assert grade_assignment(
        course, WEEK, workers=1, parts=dataclasses.replace(PARTS, environment=environment)
    ).counts == {"graded": 30}


def test_what_waits_for_a_scheduler_that_is_gone_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask leaves pending what it was given between the loss of the connection and giving up."""
    from concurrent.futures import BrokenExecutor

    from autograder import cluster as module

    class Silent:
        status = "connecting"

        def submit(self, *_: object, **__: object) -> Silent:
            return self

        def add_done_callback(self, _: object) -> None:
            """Never called."""

    monkeypatch.setattr(module, "WATCH_SECONDS", 0.01)
    client = Silent()
    executor = module._ClusterExecutor(client, "tcp://nowhere:1", {}, "")
    try:
        waiting = executor.submit(print)
        client.status = "closed"
        with pytest.raises(BrokenExecutor, match="the scheduler is gone"):
            waiting.result(timeout=30)
    finally:
        executor.shutdown()
