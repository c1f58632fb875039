"""Every attack of `tests/attacks/` gets exactly the outcome written in it, and leaves nothing behind."""

import os

import pytest
from attacked import ATTACKS, Stage, all_attacks, read_attack

QUICK = 7
"""In the weaker mode `make test` makes one attack in this many; ATTACKS=all makes every one."""


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


@pytest.mark.parametrize("path", all_attacks(), ids=name)
def test_an_attack_gets_its_outcome_and_leaves_nothing(strong, path):
    assert strong.play(read_attack(path)) == []


@pytest.mark.parametrize(
    "path", all_attacks()[:: 1 if os.environ.get("ATTACKS") == "all" else QUICK], ids=name
)
def test_an_attack_fails_where_only_the_kernel_confines(kernel_only, path):
    assert kernel_only.play(read_attack(path)) == []
