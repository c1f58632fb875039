"""The sandbox where the host gives less: the same contract as an ordinary user, and in a container."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from elsewhere import NOBODY, as_ordinary_user, in_container, no_engine

TESTS = [f"tests/sandbox/test_{name}.py" for name in ("sandbox", "side_by_side", "quota")]
ATTACKS = ["tests/test_attacks.py"]
ALL = os.environ.get("ATTACKS") in ("all", "rest")
SAMPLE = {"ATTACKS": "all" if ALL else "few"}
if not ALL:
    TESTS += [
        "-k",
        "namespace or private or second_python or memory or nothing_of_the_course or socket or close_ends "
        "or side_by_side or quota",
    ]
    # Without the honest submissions beside attacks, which take as long as all others of the sample.
    ATTACKS += ["-k", "attack_gets or attack_fails or carried"]
SECONDS = 900.0
from_root = pytest.mark.skipif(os.getuid() != 0, reason="this user is an ordinary one: the tests run as such")
with_setpriv = pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) is not installed")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the user's own; pytest's temporary folders are for the one who made them."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@from_root
@with_setpriv
def test_the_contract_holds_for_an_ordinary_user(home):
    done = as_ordinary_user(TESTS, home, SECONDS)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@from_root
@with_setpriv
def test_attacks_fail_for_an_ordinary_user(home):
    done = as_ordinary_user(ATTACKS, home, SECONDS, SAMPLE)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_attacks_fail_in_an_unprivileged_container():
    problem = no_engine()
    if problem:
        pytest.skip(problem)
    done = in_container(ATTACKS, SECONDS, SAMPLE)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
