"""Hidden graders of a week made for the tests: `double(x)`, `total(x)` (which may use `double`) and `roll(rng, n)`."""

import numpy as np
import pytest

from autograder.grading import assert_close, assert_p_value, check, fresh_seed, unpack


@pytest.mark.question("double", weight=3)
def test_double(student, rng):
    """Doubles every number."""
    x = rng.normal(size=4)
    assert_close(student.double(x), 2 * x, "the double")


@pytest.mark.question("double", weight=1)
def test_empty(student):
    """An empty array stays empty."""
    assert_close(student.read_only.double(np.zeros(0)), np.zeros(0), "the double of nothing")


@pytest.mark.question("total")
def test_total(student, rng, carried):
    """Sums the doubled numbers."""
    x = rng.normal(size=4)
    answer = student.total(x)
    carried(lambda total: assert_close(answer, total(x), "the total"), "total", uses=("double",))


@pytest.mark.question("total")
def test_rejects_text(student):
    """Text raises TypeError."""
    with student.expects("TypeError", "text should raise TypeError"):
        student.total("abc")


@pytest.mark.question("roll")
def test_fair(student, rng):
    """All six faces are equally likely."""
    from scipy import stats

    def p_value(rng):
        rolls = np.asarray(student.roll(fresh_seed(rng), 600))
        return stats.chisquare(np.bincount(rolls, minlength=7)[1:]).pvalue

    assert_p_value(
        p_value, rng, "the faces are not equally likely", valid="asymptotic: chi-square of large cells"
    )


@pytest.mark.question("broken")
def test_divides_by_zero(student):
    """Is the grader's own fault."""
    check(1 / 0, "never reached")


@pytest.mark.question("pair")
def test_pair(student):
    """Returns two equal numbers."""
    a, b = student.pair()
    assert a == b


@pytest.mark.question("pair")
def test_unpacked(student):
    """Returns two values."""
    unpack(student.pair(), 2)
