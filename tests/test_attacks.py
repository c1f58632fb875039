"""Every attack of `tests/attacks/` gets exactly the outcome written in it, and leaves nothing behind."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacked import ATTACKS, POINTS, Stage, all_attacks, read_attack

QUICK = 7
WANTED = os.environ.get("ATTACKS", "")
"""In the weaker mode `make test` makes one attack in `QUICK`; with ATTACKS=few in both modes, with all in none."""
STEP = 1 if WANTED == "all" else QUICK


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


@pytest.mark.parametrize("path", all_attacks()[:: STEP if WANTED == "few" else 1], ids=name)
def test_an_attack_gets_its_outcome_and_leaves_nothing(strong, path):
    assert strong.play(read_attack(path)) == []


@pytest.mark.parametrize("path", all_attacks()[::STEP], ids=name)
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

    def grade_honest_work():
        while not attacked.is_set():
            report = beside.grade(beside.submit(""))
            points.append({question.name: question.points for question in report.questions})

    try:
        with ThreadPoolExecutor(1) as executor:
            honest = executor.submit(grade_honest_work)
            try:
                for path in [path for path in all_attacks() if path.parent.name in ("exhaust", "escape")][
                    ::3
                ]:
                    strong.grade(strong.submit(read_attack(path).source))
            finally:
                attacked.set()
            honest.result()
    finally:
        beside.close()
    assert len(points) >= 5
    assert all(each == POINTS for each in points)
