"""Every attack of `tests/attacks/` gets exactly the outcome written in it, and leaves nothing behind."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attacked import ATTACKS, POINTS, Stage, all_attacks, read_attack

QUICK = 7
WANTED = os.environ.get("ATTACKS", "")
"""In the weaker mode `make test` makes one attack in `QUICK`; with ATTACKS=few in both modes, with all in none.

ATTACKS=rest makes what `make test` has left, and nothing again.
"""


def chosen(*, strongest: bool) -> list[Path]:
    """The attacks to make with all layers, or with the kernel only."""
    every = all_attacks()
    few = every[::QUICK]
    if WANTED == "rest":
        return [] if strongest else [path for path in every if path not in few]
    if WANTED == "all" or (strongest and WANTED != "few"):
        return every
    return few


@pytest.fixture(scope="module")
def strong(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("strong"))
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def kernel_only(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("kernel"), weakest=True)
    yield stage
    stage.close()


def name(path):
    return path.relative_to(ATTACKS).with_suffix("").as_posix()


@pytest.mark.parametrize("path", chosen(strongest=True), ids=name)
def test_an_attack_gets_its_outcome_and_leaves_nothing(strong, path):
    assert strong.play(read_attack(path)) == []


@pytest.mark.parametrize("path", chosen(strongest=False), ids=name)
def test_an_attack_fails_where_only_the_kernel_confines(kernel_only, path):
    assert kernel_only.play(read_attack(path)) == []


def test_an_honest_error_is_carried_forward(strong):
    """As against the attacks `forge/carried_…`: the earlier function is wrong, and always in the same way."""
    cells = "# %% double\ndef double(x):\n    return 3 * np.asarray(x)\nimport numpy as np\n"
    cells += "# %% total\ndef total(x):\n    return float(np.sum(double(x))) / 2 + 1\n"
    report = strong.grade(strong.submit(cells))
    assert {question.name: question.points for question in report.questions} == {"double": 1, "total": 4}


def test_honest_submissions_beside_attacks_get_what_they_get_alone(strong, tmp_path_factory):
    """One engine is attacked by whatever exhausts or escapes, while another grades honest work."""
    beside = Stage(tmp_path_factory.mktemp("beside"))
    points, attacked = [], threading.Event()
    # `long_to_read` is left out: it takes the whole time of a submission, in which the machine is idle.
    loud = [path for path in all_attacks() if path.parent.name in ("exhaust", "escape")]
    loud = [path for path in loud if path.stem != "long_to_read"][::3]

    def grade_honest_work():
        while not attacked.is_set():
            report = beside.grade(beside.submit(""))
            points.append({question.name: question.points for question in report.questions})

    try:
        with ThreadPoolExecutor(1) as executor:
            honest = executor.submit(grade_honest_work)
            try:
                for path in loud:
                    strong.grade(strong.submit(read_attack(path).source))
            finally:
                attacked.set()
            honest.result()
    finally:
        beside.close()
    assert len(points) >= 5
    assert all(each == POINTS for each in points)
