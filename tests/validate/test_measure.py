"""What counts as a broken promise, and what the command makes of it."""

from __future__ import annotations

import copy
from dataclasses import replace

import msgspec
import pytest
from test_cli import run

from autograder import cli
from autograder.validate import measure
from autograder.validate.measure import (
    Measures,
    MutantMeasure,
    QuestionMeasure,
    StatisticalMeasure,
    ToleranceMeasure,
    Validation,
    WrongMeasure,
    broken_promises,
)
from autograder.validate.record import json_path, page_path
from course_config import course as real_course

GOOD = Measures(
    assignment="week4_gmm",
    digest="0" * 64,
    untouched={"sample": 0.0},
    cheats={"a skip": {"sample": 0.0}},
    questions=[
        QuestionMeasure(
            question="sample",
            tests=2,
            reference=1.0,
            wrong=[
                WrongMeasure(
                    name="sd_for_variance", keys=50, lost=0.5, lost_most=0.5, hints=50, hurts=[], reason=""
                )
            ],
            right={"by_cholesky": 1.0},
            tolerances=[
                ToleranceMeasure(
                    test="test_means",
                    nearest_wrong=1e6,
                    nearest="sd_for_variance",
                    worst_right=1e-6,
                    worst="by_cholesky",
                )
            ],
            mutants=MutantMeasure(total=40, caught=39, equivalent={"a → b": "the same"}),
            statistical=[
                StatisticalMeasure(
                    test="test_normal",
                    valid=["exact"],
                    levels=[5e-4, 5e-4],
                    replicas=10_000,
                    failures=0,
                    upper_bound=3e-4,
                    first_stage=9,
                    power={"sd_for_variance": 1.0},
                )
            ],
        )
    ],
)


def spoiled(change):
    measures = copy.deepcopy(GOOD)
    change(measures.questions[0])
    return list(broken_promises(measures))


def test_nothing_is_broken_where_all_is_well():
    assert list(broken_promises(GOOD)) == []
    (test,) = GOOD.questions[0].statistical
    assert test.computed == pytest.approx(5e-7)
    assert test.promised_first_stage == pytest.approx(10)


@pytest.mark.parametrize(
    ("part", "name", "value", "told"),
    [
        (None, "reference", 0.9, "the reference earns 90%"),
        (None, "stub", 0.1, "an untouched stub earns 10%"),
        (None, "right", {"by_cholesky": 0.5}, "the correct solution by_cholesky earns 50%"),
        ("wrong", "lost_most", 0.0, "the known mistake sd_for_variance loses nothing"),
        ("wrong", "lost", 0.0, "sd_for_variance loses nothing with some keys, up to 50% with others"),
        ("wrong", "lost_most", 0.75, "sd_for_variance loses 50% with some keys and 75% with others"),
        ("wrong", "hints", 49, "the hint of sd_for_variance is shown with 49 of 50 keys"),
        ("wrong", "hurts", ["fit"], "sd_for_variance also costs points in fit"),
        ("tolerances", "nearest_wrong", 9.0, "the mistake sd_for_variance is only at 9"),
        ("tolerances", "worst_right", 0.2, "the correct solution by_cholesky is at 0.2"),
        ("mutants", "survivors", ["x + y → x - y"], "a mutant survives: x + y → x - y"),
        ("statistical", "failures", 1, "test_normal failed correct code 1 times of 10000"),
        ("statistical", "levels", [1e-3, 1e-3], "may fail correct code with probability 2.0e-06"),
        ("statistical", "first_stage", 31, "has 31 p-values below their level, where valid ones have 10"),
    ],
)
def test_each_promise_that_is_broken_is_named(part, name, value, told):
    def change(question):
        target = question if part is None else getattr(question, part)
        setattr(target[0] if isinstance(target, list) else target, name, value)

    (line,) = spoiled(change)
    assert line.startswith("sample: ") and told in line


def test_a_narrow_tolerance_may_have_its_reason():
    def change(question):
        question.tolerances[0].worst_right = 0.5
        question.tolerances[0].reason = "an iterated result"

    assert spoiled(change) == []


def test_a_mistake_may_cost_more_with_some_keys_where_the_bank_says_why_but_never_nothing():
    def change(question, least):
        question.wrong[0].lost = least
        question.wrong[0].reason = "thirty draws show it nine times in ten"

    assert spoiled(lambda question: change(question, 0.25)) == []
    assert len(spoiled(lambda question: change(question, 0.0))) == 1


def test_few_mutants_caught_and_a_cheat_that_earns_are_broken_promises():
    measures = copy.deepcopy(GOOD)
    measures.questions[0].mutants.caught = 30
    measures.cheats["a skip"]["sample"] = 0.25
    cheat, mutants = broken_promises(measures)
    assert cheat == "sample: a skip earns 25%"
    assert "only 76.9% of the mutants" in mutants


@pytest.mark.parametrize("record", [False, True])
def test_the_command_shows_the_figures_and_keeps_them_where_asked(record, capsys, monkeypatch, tmp_path):
    course = replace(real_course, root=tmp_path)
    (tmp_path / "docs").mkdir()
    asked = {}

    def validate(course, weeks, **options):
        asked.update(options, weeks=weeks)
        measures = copy.deepcopy(GOOD)
        measures.broken = [] if record else ["sample: the reference earns 90%"]
        return [measures]

    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    monkeypatch.setattr(measure, "validate", validate)
    figures = tmp_path / "figures.json"
    options = ["--record"] if record else []
    code, out, err = run(
        capsys, "validate", "week4_gmm", "--replicas", "7", "--workers", "1", "--json", str(figures), *options
    )
    assert (asked["weeks"], asked["replicas"], asked["workers"]) == (["week4_gmm"], 7, 1)
    assert err == ""  # no bar where there is no terminal
    assert "39 of 39" in out
    (kept,) = msgspec.json.decode(figures.read_bytes(), type=list[Validation])
    assert kept.measures.assignment == "week4_gmm" and kept.versions["Python"]
    assert json_path(course).exists() == page_path(course).exists() == record
    assert code == (0 if record else 1)
    assert ("broken: sample: the reference earns 90%" in out) is not record
