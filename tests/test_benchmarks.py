"""The page of benchmarks says what was measured, which goals are met, and what failed."""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.config import REPOSITORY, CourseError
from autograder.results import QuestionResult, Report, TestResult

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def grading() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grading", REPOSITORY / "benchmarks" / "grading.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NAMES = ["ada0", "bo0", "cleo0", "dora0"]


def engine(seconds: float, own: float, lead: float) -> Raw:
    return {
        "submissions": 4,
        "not_graded": [],
        "seconds": seconds,
        "lead": lead,
        "cpu_seconds": 1.1 * 4 * own,
        "recording": 0.02,
        "report_kb": 100.0,
        "notebook_kb": 200.0,
        "student": dict.fromkeys(NAMES, own),
        "overhead": dict.fromkeys(NAMES, 0.04),
    }


def week(own: float, lead: float) -> Raw:
    return {
        "own": dict.fromkeys(NAMES, own),
        "own_cpu_seconds": 4 * own,
        "engine 2": engine(2 * (own + 0.04) + lead, own, lead),
        "side by side": dict.fromkeys(NAMES[::2], 1.1 * own),
        "engine 1": engine(4 * (own + 0.04) + lead, own, lead),
        "nbgrader": {"ada0": 8.0},
        "otter": {"ada0": 9.0},
    }


@pytest.fixture
def raw(grading: ModuleType) -> Raw:
    return {
        "about": {
            "date": "2027-01-01",
            "command": "python benchmarks/grading.py",
            "machine": "2 cores",
            "python": "3.11",
            "versions": {"nbgrader": "0.9", "otter-grader": "7"},
        },
        "weeks": {"week1_bayes": week(1.0, 3.0), "week2_mle": week(1.0, 0.1), grading.LIGHT: week(0.05, 0.0)},
        "problems": [],
        "end": {"2": 0.2, "1": 0.1},
        "memory": {
            "week": "week7_vae",
            "torch": True,
            "at_rest_mb": 800.0,
            "writer_mb": 150.0,
            "peak_mb": 950.0,
        },
        "growth": {"submissions": [50, 200], "seconds_a_submission": [[0.1, 0.1, 0.1], [0.1, 0.102]]},
        "changed": {
            "question": "posterior",
            "week": "week1_bayes",
            "of_all": 0.3,
            "asked": {"changed": 4, "rested_on": 1, "others": 0},
            "results": 40,
        },
        "unchanged": {"week": "week2_mle", "submissions": 500, "seconds": 0.5},
        "small": {"help_seconds": 0.1, "check_seconds": 0.001},
    }


def met(grading: ModuleType, raw: Raw) -> dict[str, bool | None]:
    return {goal["goal"]: goal["met"] for goal in grading.figures(raw)["goals"]}


def shown(grading: ModuleType, raw: Raw) -> str:
    return grading.page({**raw["about"], **grading.figures(raw)})


def test_the_start_of_the_workers_is_paid_once_and_by_no_week(grading: ModuleType, raw: Raw) -> None:
    found = grading.figures(raw)
    assert found["weeks"]["week1_bayes"]["seconds_2_workers"] == pytest.approx(2.08)
    assert found["weeks"]["week2_mle"]["seconds_2_workers"] == pytest.approx(2.18)
    assert (found["start_seconds"], found["end_seconds"]) == (3.0, 0.2)
    assert found["all"]["seconds_2_workers"] == pytest.approx(2.08 + 2.18 + 3.0 + 0.2)
    assert found["all"]["of_the_limit"] == pytest.approx(7.46 / 4, abs=0.001)


def test_the_light_week_is_no_part_of_all(grading: ModuleType, raw: Raw) -> None:
    found = grading.figures(raw)
    assert found["all"]["submissions"] == 8 and grading.LIGHT not in found["weeks"]
    assert found["light"]["own_most"] == 0.05
    assert found["light"]["nbgrader"]["times_faster"] == pytest.approx(8 / 0.045, abs=0.1)


def test_a_week_that_seems_faster_than_possible_is_explained(grading: ModuleType, raw: Raw) -> None:
    assert "**Below 1**" not in shown(grading, raw)
    raw["weeks"]["week2_mle"]["own"] = dict.fromkeys(NAMES, 1.3)
    assert "in 1 of the weeks it was slower" in shown(grading, raw)


def test_each_goal_is_judged_by_the_figures(grading: ModuleType, raw: Raw) -> None:
    goals = met(grading, raw)
    missed = [goal for goal, reached in goals.items() if not reached]
    # So small a class does not earn the start of its workers, which both counts of workers have to pay.
    assert missed == [
        "the whole class within 1.25 times the limit",
        "near-linear in cores: two workers need at most 0.55 of one worker's time",
    ]
    assert shown(grading, raw).count("**not met**") == len(missed)


@pytest.mark.parametrize(
    ("path", "value", "goal"),
    [
        (("small", "help_seconds"), 0.31, "`course --help` in less than 0.3 s"),
        (("small", "check_seconds"), 0.06, "`grader.check` in less than 50 ms after its import"),
        (("unchanged", "seconds"), 2.1, "an unchanged class of 500 looked through in less than 2 s"),
        (("memory", "at_rest_mb"), 1100.0, "the engine's own memory under 1 GiB with two workers and torch"),
        (("growth", "seconds_a_submission"), [[0.1], [0.12]], "cost linear in submissions: 200 against 50"),
        (
            ("changed", "asked"),
            {"changed": 4, "rested_on": 1, "others": 3},
            "one question's grader changed: only that question is asked again",
        ),
    ],
)
def test_a_goal_that_is_missed_is_said_to_be(
    grading: ModuleType, raw: Raw, path: tuple[str, str], value: object, goal: str
) -> None:
    before = [reached for name, reached in met(grading, raw).items() if name.startswith(goal)]
    worse = copy.deepcopy(raw)
    worse[path[0]][path[1]] = value
    after = [reached for name, reached in met(grading, worse).items() if name.startswith(goal)]
    assert (before, after) == ([True], [False])


def test_what_failed_is_named_and_the_rest_is_shown(grading: ModuleType, raw: Raw) -> None:
    raw["weeks"]["week1_bayes"]["nbgrader"] = {}
    del raw["weeks"]["week2_mle"]["nbgrader"]
    del raw["weeks"][grading.LIGHT], raw["growth"], raw["memory"], raw["small"], raw["end"]
    raw["problems"] = ["week1_bayes, nbgrader, ada0: the kernel died\nand more"]
    text = shown(grading, raw)
    assert "week1_bayes, nbgrader, ada0: the kernel died" in text and "and more" not in text
    assert text.count("not measured") == 7
    assert "9.0" not in text and "× slower" in text
    result = {**raw["about"], **grading.figures(raw)}
    assert "1,000" in grading.scaling(result)
    assert "currentColor" in grading.plot(result) and grading.INK not in grading.plot(result)


def test_a_failure_costs_nothing_else(
    grading: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = grading.Bench(_arguments(), tmp_path, tmp_path / "measured.json")
    with bench.noting("this"):
        raise CourseError("no such thing")
    assert json.loads((tmp_path / "measured.json").read_text())["problems"] == ["this: no such thing"]
    assert "FAILED this" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "honest"),
    [
        ("Your function raised RuntimeError: DefaultCPUAllocator: can't allocate memory", False),
        ("Your function raised MemoryError: Unable to allocate 8. GiB", False),
        ("Your function took longer than its limit of 2 s.", False),
        ("Your function raised IndexError: list index out of range", True),
    ],
)
def test_who_met_a_limit_is_left_out(grading: ModuleType, message: str, honest: bool) -> None:
    test = TestResult(name="test", weight=1.0, outcome="failed", line="It is right.", message=message)
    question = QuestionResult(name="question", max_points=1.0, tests=[test])
    report = Report(assignment="week", student="ada", status="graded", questions=[question])
    assert grading._met_no_limit(report) is honest


def test_what_is_measured_is_not_measured_again(grading: ModuleType, raw: Raw, tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    memory = raw.pop("memory")
    raw["problems"] = ["memory: no room"]
    path.write_text(json.dumps(raw))
    bench = grading.Bench(_arguments(resume=True), tmp_path, path)
    bench.part("growth", lambda: pytest.fail("growth was measured before"))
    bench.part("memory", lambda: memory)
    after = json.loads(path.read_text())
    assert after["problems"] == [] and after["memory"] == memory
    assert after["weeks"] == raw["weeks"] and "resumed on" in shown(grading, {**raw, **after})


def _arguments(*, resume: bool = False) -> Any:
    return type("Arguments", (), {"weeks": [], "students": 1, "resume": resume})()


def test_the_copy_of_the_project_has_the_light_week(grading: ModuleType, tmp_path: Path) -> None:
    grading.copied_project(tmp_path / "project")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "project"),
        "COURSE_DATA": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "build", grading.LIGHT],
        cwd=tmp_path / "project",
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "project" / "release" / grading.LIGHT / f"{grading.LIGHT}.ipynb").is_file()
    assert not (REPOSITORY / "release" / grading.LIGHT).exists()
