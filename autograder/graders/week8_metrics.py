"""Hidden tests of week 8: evaluating generative models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.grading import (
    Probe,
    Student,
    Wrong,
    assert_close,
    assert_expression,
    assert_finite,
    assert_shape,
    check,
    unpack,
)
from notebook_runner import probes
from reference import metrics

Rng = np.random.Generator
Carried = Callable[..., None]

# Divergences near 0 are sums of terms of both signs; the nearest known mistake is off by over 1e-3.
NATS = {"rtol": 1e-8, "atol": 1e-10}
# The roots of rounded eigenvalues: correct ways differ by 1e-8 of the size of the covariances, and by more where
# they are singular. The nearest known mistake, dividing by N for N - 1, is off by over 1e-3.
FULL_RANK = 1e-6
SINGULAR = 1e-5

BAD = "what is no distribution should raise ValueError, as the docstring says"


class _Kernel(Probe):
    """A probe that also works here: the same kernel for the student and for the reference."""

    def __call__(self, A: np.ndarray, B: np.ndarray) -> np.ndarray:
        gram: np.ndarray = probes.build(self.name, self.parameters)(A, B)
        return gram


def _gaussian(bandwidth: float) -> _Kernel:
    return _Kernel("gaussian_gram", {"bandwidth": bandwidth})


def _polynomial(degree: int, constant: float) -> _Kernel:
    return _Kernel("polynomial_gram", {"degree": degree, "constant": constant})


def _pair(rng: Rng, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Two clearly different distributions over k outcomes."""
    p, q = rng.dirichlet(np.full(k, 1.5), 2) + 0.02 / k
    return p / p.sum(), q / q.sum()


def _braided(rng: Rng, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Two distributions of which now the one is clearly larger and now the other, from outcome to outcome.

    Of four outcomes or more, neither one alone nor a row of neighbours makes up the whole difference.
    """
    p, q = rng.uniform(0.8, 1.2, (2, k))
    p[::2] *= 5
    q[1::2] *= 2
    return p / p.sum(), q / q.sum()


def _each_right(
    student: Student, question: str, cases: list[tuple[Any, ...]], what: str, **near: float
) -> None:
    """What the student's function answers to each of the cases is what the reference answers."""
    reference = getattr(metrics, question)
    for actual, case in zip(student.each(question, cases), cases, strict=True):
        assert_close(actual, reference(*case), what, **near)


def _number(value: Any, what: str) -> float:
    return float(assert_finite(assert_shape(value, (), what), what))


def _refuses(student: Student, question: str, rng: Rng) -> None:
    """A distance of two distributions is right on good arguments and raises ValueError on bad ones."""
    p, q = _braided(rng, 4)
    ask = getattr(student, question)
    assert_close(ask(p, q), getattr(metrics, question)(p, q), "the result", **NATS)
    _refuses_bad_ones(ask, student, p, q, float(rng.uniform(1.2, 1.6)))


def _refuses_bad_ones(
    ask: Callable[..., Any], student: Student, p: np.ndarray, q: np.ndarray, factor: float
) -> None:
    too_much, negative = q * factor, np.array([-0.25, 0.5, 0.5, 0.25])
    for bad in ((p, too_much), (too_much, q), (p, negative), (negative, q), (p, np.append(q / 2, 0.5))):
        with student.expects("ValueError", BAD):
            ask(*bad)


def _takes_lists(student: Student, question: str, rng: Rng) -> None:
    p, q = _braided(rng, 5)
    expected = getattr(metrics, question)(p, q)
    assert_close(getattr(student.read_only, question)(p, q), expected, "the result", **NATS)
    assert_close(getattr(student, question)(p.tolist(), q.tolist()), expected, "the result for lists", **NATS)


# entropy

H = "the entropy"


@pytest.mark.question("entropy")
def test_entropy_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right entropy in nats for several distributions."""
    cases = [(rng.dirichlet(np.full(k, 1.0)),) for k in (2, 5, 40)]
    _each_right(student, "entropy", cases, H, **NATS)


@pytest.mark.question("entropy")
def test_entropy_in_other_units(student: Student, rng: Rng) -> None:
    """Right entropy in bits and in other units."""
    k = int(rng.integers(3, 9))
    p = rng.dirichlet(np.full(k, 2.0))
    cases = [(p, base) for base in (2, 10, float(rng.uniform(1.2, 6)))]
    _each_right(student, "entropy", cases, H, **NATS)
    assert_close(
        student.entropy(np.full(k, 1 / k), base=k), 1.0, "the entropy of a uniform distribution", **NATS
    )


@pytest.mark.question("entropy")
def test_entropy_with_zeros(student: Student, rng: Rng) -> None:
    """Impossible outcomes add nothing, and certainty has no entropy."""
    p = rng.permutation(np.concatenate([rng.dirichlet(np.ones(4)), np.zeros(3)]))
    cases = [(p,), (np.eye(4)[int(rng.integers(4))],), (np.ones(1),)]
    of_some, of_certainty, of_one = student.each("entropy", cases)
    assert_close(of_some, metrics.entropy(p), H, **NATS)
    assert_close(of_certainty, 0.0, "the entropy of certainty", atol=1e-10)
    assert_close(of_one, 0.0, "the entropy of one outcome", atol=1e-10)


@pytest.mark.question("entropy")
def test_entropy_of_something_else(student: Student, rng: Rng) -> None:
    """ValueError for what is no distribution and for a base that is none, and only then."""
    p = rng.dirichlet(np.ones(4))
    assert_close(student.entropy(p, 2), metrics.entropy(p, 2), H, **NATS)
    for bad in (p * 1.3, np.array([-0.25, 0.5, 0.75]), np.outer(p, p)):
        with student.expects("ValueError", BAD):
            student.entropy(bad)
    with student.expects("ValueError", "a base that is not above 1 should raise ValueError"):
        student.entropy(p, 1.0)


@pytest.mark.question("entropy")
def test_entropy_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the argument is left as it was."""
    p = np.append(rng.dirichlet(np.ones(5)), 0.0)
    expected = metrics.entropy(p)
    assert_close(student.read_only.entropy(p), expected, H, **NATS)
    assert_close(student.entropy(p.tolist()), expected, H, **NATS)


# mutual_information

MI = "the mutual information"


def _joint(rng: Rng, shape: tuple[int, int]) -> np.ndarray:
    return rng.dirichlet(np.full(shape[0] * shape[1], 0.7)).reshape(shape)


@pytest.mark.question("mutual_information", weight=3)
def test_information_on_fresh_tables(student: Student, rng: Rng) -> None:
    """Right mutual information for several tables, square and not."""
    cases = [(_joint(rng, shape),) for shape in ((3, 3), (2, 5), (6, 2))]
    _each_right(student, "mutual_information", cases, MI, **NATS)


@pytest.mark.question("mutual_information")
def test_information_of_a_copy_and_of_strangers(student: Student, rng: Rng) -> None:
    """A copy tells everything, an independent variable nothing."""
    p, q = _pair(rng, 4)
    order = rng.permutation(4)
    cases = [(np.diag(p)[:, order],), (np.outer(p, q),), (p[None, :],)]
    of_copy, of_strangers, of_row = student.each("mutual_information", cases)
    assert_close(of_copy, metrics.entropy(p), MI, **NATS)
    assert_close(of_strangers, 0.0, "the information of strangers", atol=1e-9)
    assert_close(of_row, 0.0, "the information in one row", atol=1e-9)


@pytest.mark.question("mutual_information", weight=2)
def test_information_with_zeros(student: Student, rng: Rng) -> None:
    """Cells, rows and columns that never occur add nothing."""
    P = np.zeros((4, 5))
    P[1:, :4] = _joint(rng, (3, 4))
    P[2, 1] = P[3, 3] = 0
    P /= P.sum()
    assert_close(student.mutual_information(P), metrics.mutual_information(P), MI, **NATS)


@pytest.mark.question("mutual_information")
def test_information_of_counts(student: Student, rng: Rng) -> None:
    """ValueError for what is no joint distribution, and only then."""
    counts = rng.integers(1, 9, (3, 2)) + np.array([[20, 0], [0, 10], [0, 0]])  # far from independent
    P = counts / counts.sum()
    assert_close(student.mutual_information(P), metrics.mutual_information(P), MI, **NATS)
    P_negative = P.copy()
    P_negative[0, 0] -= 2
    P_negative[1, 1] += 2
    for bad in (counts, P[:, 0] / P[:, 0].sum(), P_negative):
        with student.expects("ValueError", "what is no joint distribution should raise ValueError"):
            student.mutual_information(bad)


@pytest.mark.question("mutual_information")
def test_information_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, the table is left as it was, and the two variables have equal parts."""
    P = _joint(rng, (3, 4))
    expected = metrics.mutual_information(P)
    assert_close(student.read_only.mutual_information(P), expected, MI, **NATS)
    assert_close(student.mutual_information(P.T.tolist()), expected, MI, **NATS)


# kl

KL = "the divergence"


@pytest.mark.question("kl", weight=2)
def test_kl_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right divergence for several pairs of distributions, in the right direction."""
    pairs = [_pair(rng, k) for k in (2, 3, 30)]
    _each_right(student, "kl", [case for p, q in pairs for case in ((p, q), (q, p))], KL, **NATS)


@pytest.mark.question("kl")
def test_kl_where_the_model_says_never(student: Student, rng: Rng) -> None:
    """The divergence is infinite exactly where something happens that the model calls impossible."""
    p, q = _pair(rng, 4)
    q[1] = 0
    q /= q.sum()
    never, back, opposites = student.each("kl", [(p, q), (q, p), (np.eye(4)[0], np.eye(4)[1])])
    assert_close(never, math.inf, KL)
    assert_close(back, metrics.kl(q, p), KL, **NATS)
    assert_close(opposites, math.inf, "the divergence of certain opposites")


@pytest.mark.question("kl")
def test_kl_with_zeros_in_both(student: Student, rng: Rng) -> None:
    """Outcomes that never happen add nothing, even if the model agrees; nothing diverges from itself."""
    p, q = (np.concatenate([part, [0.0]]) for part in _pair(rng, 4))
    p[2] = 0
    p /= p.sum()
    from_other, from_itself = student.each("kl", [(p, q), (p, p)])
    assert_close(from_other, metrics.kl(p, q), KL, **NATS)
    assert_close(from_itself, 0.0, "the divergence from itself", atol=1e-10)


@pytest.mark.question("kl")
def test_kl_of_tiny_probabilities(student: Student, rng: Rng) -> None:
    """Tiny probabilities neither overflow nor count as zero."""
    tiny = 10.0 ** rng.uniform(-300, -200)
    tiniest = 10.0 ** rng.uniform(-315, -310)
    cases = [
        (np.array([0.5, 0.5]), np.array([tiny, 1.0])),
        (np.array([1.0, 0.0]), np.array([tiniest, 1.0])),
    ]
    of_tiny, of_tiniest = student.each("kl", cases)
    assert_close(of_tiny, metrics.kl(*cases[0]), KL, **NATS)
    assert_close(of_tiniest, metrics.kl(*cases[1]), KL, rtol=1e-6)


@pytest.mark.question("kl")
def test_kl_of_something_else(student: Student, rng: Rng) -> None:
    """ValueError for what is no distribution and for unequal lengths, and only then."""
    _refuses(student, "kl", rng)


@pytest.mark.question("kl")
def test_kl_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    _takes_lists(student, "kl", rng)


# js


def _js(carried: Carried, actual: Any, p: np.ndarray, q: np.ndarray, what: str = KL) -> None:
    def compare(reference: Callable[..., float]) -> None:
        assert_close(actual, reference(p, q), what, **NATS)

    carried(compare, "js", uses=("kl",))


@pytest.mark.question("js", weight=2)
def test_js_on_fresh_numbers(student: Student, rng: Rng, carried: Carried) -> None:
    """Right divergence for several pairs of distributions."""
    cases = [_pair(rng, k) for k in (2, 3, 25)]
    for actual, case in zip(student.each("js", cases), cases, strict=True):
        _js(carried, actual, *case)


@pytest.mark.question("js")
def test_js_with_zeros(student: Student, rng: Rng, carried: Carried) -> None:
    """Zeros never make it infinite; with nothing in common it is as large as it can be."""
    p, q = _pair(rng, 5)
    p[0] = q[3] = 0
    p, q = p / p.sum(), q / q.sum()
    first, second = np.append(p[1:3], [0, 0]), np.append([0, 0], q[1:3])
    first, second = first / first.sum(), second / second.sum()
    with_zeros, nothing_in_common = student.each("js", [(p, q), (first, second)])
    _js(carried, with_zeros, p, q)
    _js(carried, nothing_in_common, first, second, "the divergence with nothing in common")


@pytest.mark.question("js")
def test_js_both_ways(student: Student, rng: Rng, carried: Carried) -> None:
    """The order of the arguments plays no part, and nothing diverges from itself."""
    p, q = _pair(rng, 4)
    there, back, from_itself = student.each("js", [(p, q), (q, p), (p, p)])
    forward = _number(there, KL)
    assert_close(back, forward, "the divergence with the arguments exchanged", **NATS)
    assert_close(from_itself, 0.0, "the divergence from itself", atol=1e-10)
    _js(carried, forward, p, q)


@pytest.mark.question("js")
def test_js_of_something_else(student: Student, rng: Rng, carried: Carried) -> None:
    """ValueError for what is no distribution and for unequal lengths, and only then."""
    p, q = _pair(rng, 4)
    _js(carried, student.js(p, q), p, q)
    _refuses_bad_ones(student.js, student, p, q, float(rng.uniform(1.2, 1.6)))


@pytest.mark.question("js")
def test_js_takes_lists_and_edits_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    p, q = _pair(rng, 5)
    _js(carried, student.read_only.js(p, q), p, q)
    _js(carried, student.js(p.tolist(), q.tolist()), p, q)


# total_variation and hellinger

D = "the distance"


@pytest.mark.question("total_variation")
def test_variation_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right distance for several pairs of distributions."""
    _each_right(student, "total_variation", [_pair(rng, k) for k in (2, 3, 25)], D, **NATS)


@pytest.mark.question("total_variation")
def test_variation_knows_no_order(student: Student, rng: Rng) -> None:
    """Renaming the outcomes changes nothing, however far apart they stand."""
    p, q = _braided(rng, 7)
    order = np.roll(np.arange(7), int(rng.integers(1, 7)))
    expected = metrics.total_variation(p, q)
    far, near = np.eye(9)[[0, 8]]
    renamed, nothing_in_common = student.each("total_variation", [(p[order], q[order]), (far, near)])
    assert_close(renamed, expected, D, **NATS)
    assert_close(nothing_in_common, 1.0, "the distance with nothing in common", **NATS)


@pytest.mark.question("total_variation")
def test_variation_is_a_metric(student: Student, rng: Rng) -> None:
    """Zero from itself, the same both ways, and no detour is shorter."""
    p, q = _braided(rng, 4)
    _metric(student, "total_variation", p, q)


def _metric(student: Student, question: str, p: np.ndarray, q: np.ndarray) -> None:
    via = (p + q) / 2
    cases = [(p, q), (q, p), (p, p), (p, via), (via, q)]
    there, back, from_itself, *legs = student.each(question, cases)
    there, back = _number(there, D), _number(back, D)
    assert_close(back, there, "the distance back", **NATS)
    # 1 - (a sum near 1) is rounded by 2e-16, and its root by 2e-8.
    assert_close(from_itself, 0.0, "the distance from itself", atol=1e-6)
    detour = sum(_number(leg, D) for leg in legs)
    check(there <= detour + 1e-9, "a way over a third distribution should not be shorter")
    assert_close(there, getattr(metrics, question)(p, q), D, **NATS)


@pytest.mark.question("total_variation")
def test_variation_of_something_else(student: Student, rng: Rng) -> None:
    """ValueError for what is no distribution and for unequal lengths, and only then."""
    _refuses(student, "total_variation", rng)


@pytest.mark.question("total_variation")
def test_variation_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    _takes_lists(student, "total_variation", rng)


@pytest.mark.question("hellinger")
def test_hellinger_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right distance for several pairs of distributions."""
    _each_right(student, "hellinger", [_pair(rng, k) for k in (2, 3, 25)], D, **NATS)


@pytest.mark.question("hellinger")
def test_hellinger_with_zeros(student: Student, rng: Rng) -> None:
    """Zeros do no harm, and with nothing in common the distance is one."""
    p, q = _pair(rng, 5)
    p[0] = q[3] = 0
    p, q = p / p.sum(), q / q.sum()
    k = int(rng.integers(1, 4))
    first, second = np.repeat([1.0, 0.0], [k, 3]) / k, np.repeat([0.0, 1.0], [k, 3]) / 3
    with_zeros, nothing_in_common = student.each("hellinger", [(p, q), (first, second)])
    assert_close(with_zeros, metrics.hellinger(p, q), D, **NATS)
    assert_close(nothing_in_common, 1.0, "the distance with nothing in common", **NATS)


@pytest.mark.question("hellinger")
def test_hellinger_is_a_metric(student: Student, rng: Rng) -> None:
    """Zero from itself, the same both ways, and no detour is shorter."""
    p, q = _pair(rng, 4)
    _metric(student, "hellinger", p, q)


@pytest.mark.question("hellinger")
def test_hellinger_of_something_else(student: Student, rng: Rng) -> None:
    """ValueError for what is no distribution and for unequal lengths, and only then."""
    _refuses(student, "hellinger", rng)


@pytest.mark.question("hellinger")
def test_hellinger_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    _takes_lists(student, "hellinger", rng)


# inception_score

IS = "the score"


@pytest.mark.question("inception_score", weight=3)
def test_score_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right score for several numbers of samples and classes."""
    cases = [(rng.dirichlet(rng.uniform(0.2, 1.5, c), n),) for n, c in ((6, 3), (2, 5), (40, 10))]
    _each_right(student, "inception_score", cases, IS, **NATS)


@pytest.mark.question("inception_score")
def test_score_of_certain_rows(student: Student, rng: Rng) -> None:
    """Certain rows reach the number of classes where all appear evenly, and less where they do not."""
    c = int(rng.integers(3, 7))
    even = rng.permutation(np.eye(c))
    uneven = np.eye(c)[rng.permutation(np.repeat(np.arange(c), np.arange(1, c + 1)))]
    of_even, of_uneven = student.each("inception_score", [(even,), (uneven,)])
    assert_close(of_even, float(c), IS, **NATS)
    assert_close(of_uneven, metrics.inception_score(uneven), IS, **NATS)


@pytest.mark.question("inception_score")
def test_score_of_a_collapsed_generator(student: Student, rng: Rng) -> None:
    """One sample, or always the same one, scores one; a class that never occurs does no harm."""
    row = np.append(rng.dirichlet(np.ones(3)), 0.0)
    probs = np.hstack([rng.dirichlet(np.ones(3), 5), np.zeros((5, 1))])
    cases = [(row[None, :],), (np.tile(row, (9, 1)),), (np.ones((4, 1)),), (probs,)]
    *collapsed, varied = student.each("inception_score", cases)
    for actual in collapsed:
        assert_close(actual, 1.0, IS, **NATS)
    assert_close(varied, metrics.inception_score(probs), IS, **NATS)


@pytest.mark.question("inception_score")
def test_score_of_many_samples(student: Student, rng: Rng) -> None:
    """Thousands of samples are scored in time, whatever order they come in."""
    # Each row equally often: the score is that of the rows once.
    rows = rng.dirichlet(np.full(8, 0.3), 250)
    probs = rows[rng.permutation(np.repeat(np.arange(250), 20))]
    assert_close(student.inception_score(probs), metrics.inception_score(rows), IS, **NATS)


@pytest.mark.question("inception_score")
def test_score_of_something_else(student: Student, rng: Rng) -> None:
    """ValueError where a row is no distribution or there is no row, and only then."""
    probs = rng.dirichlet(np.ones(3), 4)
    assert_close(student.inception_score(probs), metrics.inception_score(probs), IS, **NATS)
    scaled, negative, columns = probs.copy(), probs.copy(), probs / probs.sum(axis=0)
    scaled[2] *= 1.4
    negative[1] = [-0.25, 0.5, 0.75]
    for bad in (scaled, negative, columns, probs[0], probs[:0]):
        with student.expects("ValueError", BAD):
            student.inception_score(bad)


@pytest.mark.question("inception_score")
def test_score_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the probabilities are left as they were."""
    probs = rng.dirichlet(np.ones(4), 6)
    expected = metrics.inception_score(probs)
    assert_close(student.read_only.inception_score(np.asfortranarray(probs)), expected, IS, **NATS)
    assert_close(student.inception_score(probs.tolist()), expected, IS, **NATS)


# fid

FID = "the distance"


def _features(rng: Rng, n: int, d: int) -> np.ndarray:
    """Correlated features with a mean and scales of their own."""
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(0, 1.5, d)


def _fids(student: Student, pairs: list[tuple[np.ndarray, np.ndarray]], tolerance: float = FULL_RANK) -> None:
    """The distances are right within `tolerance` of the size of what is added up."""
    for actual, pair in zip(student.each("fid", pairs), pairs, strict=True):
        _fid(actual, *pair, tolerance)


def _fid(actual: Any, X: np.ndarray, Y: np.ndarray, tolerance: float = FULL_RANK) -> None:
    scale = X.var(axis=0).sum() + Y.var(axis=0).sum()
    assert_close(actual, metrics.fid(X, Y), FID, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.question("fid", weight=4)
def test_fid_on_fresh_features(student: Student, rng: Rng) -> None:
    """Right distance in one, two and more dimensions, for sets of unequal size."""
    sizes = (9, 14, 2), (12, 5, 1), (60, 40, 6)
    _fids(student, [(_features(rng, n, d), _features(rng, m, d)) for n, m, d in sizes])


@pytest.mark.question("fid", weight=2)
def test_fid_of_equal_means_or_equal_shapes(student: Student, rng: Rng) -> None:
    """Right where only the means differ, where only the covariances differ, and where nothing does."""
    X, Y = _features(rng, 20, 3), _features(rng, 30, 3)
    pairs = [(X, X + rng.uniform(1, 2, 3)), (X - X.mean(axis=0), Y - Y.mean(axis=0)), (X, rng.permutation(X))]
    *actual, of_itself = student.each("fid", pairs)
    for distance, pair in zip(actual, pairs[:2], strict=True):
        _fid(distance, *pair)
    zero = _number(of_itself, FID)
    # The root of a variance rounded by 1e-16 is off by 1e-8, relative to the largest variance.
    assert_close(zero, 0.0, "the distance of a set from itself", atol=1e-5 * float(X.var(axis=0).sum()))
    check(zero >= 0, "the distance should never be negative")


@pytest.mark.question("fid")
def test_fid_of_turned_features(student: Student, rng: Rng) -> None:
    """Turning both sets, or exchanging them, changes nothing; stretching both counts squared."""
    X, Y = _features(rng, 25, 4), _features(rng, 18, 4)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    expected = metrics.fid(X, Y)
    scale = float(X.var(axis=0).sum() + Y.var(axis=0).sum())
    near = {"rtol": FULL_RANK, "atol": FULL_RANK * scale}
    turned, exchanged, stretched = student.each("fid", [(X @ turn, Y @ turn), (Y, X), (10 * X, 10 * Y)])
    assert_close(turned, expected, FID, **near)
    assert_close(exchanged, expected, FID, **near)
    assert_close(_number(stretched, FID) / 100, expected, FID, **near)


@pytest.mark.question("fid", weight=2)
def test_fid_of_few_features_in_many_dimensions(student: Student, rng: Rng) -> None:
    """With fewer samples than dimensions the covariances are singular, and the distance is still right."""
    d = int(rng.integers(10, 14))
    few = _features(rng, 6, d), _features(rng, 8, d)
    X, Y = _features(rng, 7, 3), _features(rng, 9, 3)
    X[:, 1] = Y[:, 1] = rng.normal()
    points = np.full((3, 2), 0.5), np.full((4, 2), rng.uniform(1, 2))
    _fids(student, [few, (X, Y), points], SINGULAR)


@pytest.mark.question("fid")
def test_fid_of_too_little(student: Student, rng: Rng) -> None:
    """ValueError for a single row, for unequal numbers of columns and for flat arrays, and only then."""
    X, Y = _features(rng, 2, 3), _features(rng, 5, 3)
    _fids(student, [(X, Y), (Y, X)], SINGULAR)
    for bad in ((X[:1], Y), (Y, X[:1]), (X, Y[:, :2]), (X[:, 0], Y[:, 0])):
        with student.expects("ValueError", "bad features should raise ValueError, as the docstring says"):
            student.fid(*bad)


@pytest.mark.question("fid")
def test_fid_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the features are left as they were."""
    X, Y = _features(rng, 8, 2), _features(rng, 9, 2)
    expected = metrics.fid(X, Y)
    near = {"rtol": FULL_RANK, "atol": FULL_RANK * float(X.var(axis=0).sum() + Y.var(axis=0).sum())}
    assert_close(student.read_only.fid(np.asfortranarray(X), Y), expected, FID, **near)
    assert_close(student.fid(X.tolist(), Y.tolist()), expected, FID, **near)


# mmd2

MMD = "the discrepancy"
# Mean kernel values of order 1 to 100 are subtracted; the nearest known mistake is off by over 1e-3.
MMD_CLOSE = {"rtol": 1e-8, "atol": 1e-9}


def _apart(rng: Rng, kernel: _Kernel, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray, _Kernel]:
    """Two samples whose unbiased estimate is clearly positive: what lies below zero has a test of its own."""
    while True:
        case = rng.normal(size=(n, d)), rng.normal(1.0, 1.2, (m, d)), kernel
        if metrics.mmd2(*case) > 0.05:
            return case


@pytest.mark.question("mmd2", weight=3)
def test_mmd_on_fresh_samples(student: Student, rng: Rng) -> None:
    """Right unbiased estimate for several kernels, dimensions and sizes."""
    settings = (_gaussian(1.0), 7, 7, 2), (_polynomial(3, 1.0), 5, 9, 3), (_gaussian(0.5), 2, 6, 1)
    cases = [_apart(rng, *setting) for setting in settings]
    _each_right(student, "mmd2", cases, MMD, **MMD_CLOSE)


@pytest.mark.question("mmd2", weight=2)
def test_mmd_with_the_diagonal(student: Student, rng: Rng) -> None:
    """Right biased estimate, also for a single sample on each side."""
    settings = (_gaussian(1.5), 6, 8, 2), (_polynomial(1, 0.0), 4, 3, 2), (_polynomial(2, 0.5), 1, 1, 3)
    cases = [
        (rng.normal(size=(n, d)), rng.normal(0.7, 1.2, (m, d)), kernel, False) for kernel, n, m, d in settings
    ]
    _each_right(student, "mmd2", cases, MMD, **MMD_CLOSE)


@pytest.mark.question("mmd2", weight=2)
def test_mmd_below_zero(student: Student, rng: Rng) -> None:
    """The unbiased estimate goes below zero where the samples are alike, and says so."""
    kernel, X = _gaussian(float(rng.uniform(0.5, 1.5))), rng.normal(size=(8, 2))
    Y = rng.permutation(X) + rng.normal(0, 0.1, X.shape)
    unbiased, biased = student.each("mmd2", [(X, Y, kernel, True), (X, Y, kernel, False)])
    assert_close(unbiased, metrics.mmd2(X, Y, kernel), MMD, **MMD_CLOSE)
    assert_close(biased, metrics.mmd2(X, Y, kernel, False), "the biased estimate", **MMD_CLOSE)


@pytest.mark.question("mmd2")
def test_mmd_of_too_little(student: Student, rng: Rng) -> None:
    """ValueError where no pair is left and for unequal numbers of columns, and only then."""
    X, Y, kernel = _apart(rng, _gaussian(1.0), 3, 4, 2)
    assert_close(student.mmd2(X, Y, kernel), metrics.mmd2(X, Y, kernel), MMD, **MMD_CLOSE)
    for bad in ((X[:1], Y), (X, Y[:1]), (X, Y[:, :1])):
        with student.expects("ValueError", "bad samples should raise ValueError, as the docstring says"):
            student.mmd2(*bad, kernel)
    with student.expects("ValueError", "an empty set should raise ValueError, as the docstring says"):
        student.mmd2(X[:0], Y, kernel, False)


@pytest.mark.question("mmd2")
def test_mmd_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the samples are left as they were."""
    X, Y, kernel = _apart(rng, _polynomial(3, 1.0), 4, 5, 2)
    expected = metrics.mmd2(X, Y, kernel)
    assert_close(student.read_only.mmd2(np.asfortranarray(X), Y, kernel), expected, MMD, **MMD_CLOSE)
    assert_close(student.mmd2(X.tolist(), Y.tolist(), kernel), expected, MMD, **MMD_CLOSE)


# precision_recall_density_coverage

BALLS = ("the precision", "the recall", "the density", "the coverage")


def _fours(student: Student, *cases: tuple[np.ndarray, np.ndarray, int]) -> None:
    """The four numbers are right for each case: real and fake samples, and k."""
    results = student.each("precision_recall_density_coverage", cases)
    for result, case in zip(results, cases, strict=True):
        expected = metrics.precision_recall_density_coverage(*case)
        for actual, target, name in zip(unpack(result, 4), expected, BALLS, strict=True):
            assert_close(actual, target, name, rtol=1e-9, atol=1e-9)


@pytest.mark.question("precision_recall_density_coverage", weight=3)
def test_balls_on_fresh_samples(student: Student, rng: Rng) -> None:
    """Right four numbers for several sizes, dimensions and neighbours."""
    sizes = (30, 20, 2, 3), (15, 25, 1, 1), (40, 40, 5, 5)
    cases = [
        (rng.normal(size=(n, d)), rng.normal(0.5, rng.uniform(0.6, 1.4), (m, d)), k) for n, m, d, k in sizes
    ]
    # Four different numbers: else one could be given for another.
    while len(set(metrics.precision_recall_density_coverage(*cases[0]))) < 4:
        cases[0] = rng.normal(size=(30, 2)), rng.normal(0.5, rng.uniform(0.6, 1.4), (20, 2)), 3
    _fours(student, *cases)


@pytest.mark.question("precision_recall_density_coverage")
def test_balls_tell_collapse_from_noise(student: Student, rng: Rng) -> None:
    """A generator that makes one thing well and one that makes everything badly get different numbers."""
    real = np.concatenate([rng.normal(centre, 0.4, (12, 2)) for centre in (-5, 0, 5)])
    collapsed, noise = rng.normal(0, 0.3, (30, 2)), real + rng.normal(0, 1.5, real.shape)
    _fours(student, (real, collapsed, 4), (real, noise, 4))


@pytest.mark.question("precision_recall_density_coverage", weight=2)
def test_balls_hold_their_border(student: Student, rng: Rng) -> None:
    """A point exactly on the border of a ball is inside, and equal points are neighbours at distance zero."""
    place = float(rng.integers(-20, 20))
    real, fake = np.array([[0.0], [1.0], [3.0], [10.0]]) + place, np.array([[4.0], [-1.0], [30.0]]) + place
    grid, other = (rng.integers(0, high, (n, 2)).astype(float) for high, n in ((3, 12), (4, 9)))
    _fours(student, (real, fake, 1), (real, fake, 2), (grid, other, 2))


@pytest.mark.question("precision_recall_density_coverage")
def test_balls_of_the_fewest_points(student: Student, rng: Rng) -> None:
    """Right for two points a side, and ValueError where there is no k-th neighbour."""
    real, fake = rng.normal(size=(2, 2)), rng.normal(0.3, 1, (3, 2))
    line = np.array([[0.0], [1.0]]), np.array([[0.5], [0.6], [7.0]])
    _fours(student, (real, fake, 1), (*line, 1))
    for k, bad_real, bad_fake in ((0, real, fake), (2, real, fake), (2, fake, real), (1, real, fake[:, :1])):
        with student.expects("ValueError", "bad arguments should raise ValueError, as the docstring says"):
            student.precision_recall_density_coverage(bad_real, bad_fake, k)


@pytest.mark.question("precision_recall_density_coverage")
def test_balls_take_lists_and_edit_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the samples are left as they were."""
    expected = (0.0,) * 4
    while len(set(expected)) < 4:  # else one of the four could be given for another
        real, fake = rng.normal(size=(9, 2)), rng.normal(0.5, 0.8, (7, 2))
        expected = metrics.precision_recall_density_coverage(real, fake, 2)
    _fours(student.read_only, (real, fake, 2))
    result = unpack(student.precision_recall_density_coverage(real.tolist(), fake.tolist(), 2), 4)
    assert_close(list(map(float, result)), expected, "the four numbers for lists", rtol=1e-9, atol=1e-9)


# The derivation: each step is graded on its own.


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=pytest.mark.question("derive_fid_commuting", line=line), id=step)
        for step, line in (
            ("root_trace", "Commuting covariances, step 1: the trace of the root of the product."),
            ("covariance_part", "Commuting covariances, step 2: the part without the means."),
            ("fid", "Commuting covariances, step 3: the whole distance."),
            ("slope", "Commuting covariances, step 4: the derivative with respect to b1."),
            ("fid_scaled", "Commuting covariances, step 5: where one covariance is a multiple of the other."),
        )
    ],
)
def test_derive_fid_commuting(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = []
    for _ in range(3):
        a1, a2, b1, b2, c = rng.uniform([0.3, 3, 5, 0.2, 1.5], [0.8, 5, 9, 0.6, 4])
        d1, d2 = rng.uniform(-2, -0.5), rng.uniform(0.5, 2)
        points.append({"a1": a1, "a2": a2, "b1": b1, "b2": b2, "c": c, "d1": d1, "d2": d2})
    steps = student.derive_fid_commuting()
    if not isinstance(steps, dict):
        raise Wrong("the result should be a dictionary of SymPy expressions")
    if steps.get(step) is None:
        raise Wrong(f'the dictionary has no entry "{step}"')
    assert_expression(steps[step], metrics.derive_fid_commuting()[step], points, f'step "{step}"')
