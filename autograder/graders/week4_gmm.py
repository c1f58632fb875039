"""Hidden tests of week 4: Gaussian mixtures and EM."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from autograder.grading import (
    Student,
    Wrong,
    assert_close,
    assert_expression,
    assert_finite,
    assert_p_value,
    assert_probabilities,
    assert_shape,
    check,
    fresh_seed,
    unpack,
)
from reference import gmm
from reference.gmm import GMMParams

Rng = np.random.Generator
Carried = Callable[..., None]

# Responsibilities and log-likelihoods may be 0; the nearest known mistake is off by over 1e-6.
NEAR = {"rtol": 1e-8, "atol": 1e-9}
ITERATED = {"rtol": 1e-6, "atol": 1e-7}
SHAPES = ((6, 2, 3), (1, 1, 1), (1, 3, 2), (9, 1, 2), (5, 2, 1))
SETTLED = 20
"""So many of 199 simulated values beyond the observed one need no further look: the p-value is far above any level."""


def _mixture(rng: Rng, K: int, D: int, spread: float = 2.5) -> GMMParams:
    A = rng.normal(size=(K, D, D))
    covs = A @ A.swapaxes(1, 2) + rng.uniform(0.3, 0.8) * np.eye(D)
    return GMMParams(rng.dirichlet(np.full(K, 3.0)), rng.normal(0, spread, (K, D)), covs)


def _overlapping(rng: Rng, K: int, D: int) -> GMMParams:
    """Components that lie so close together that points near the origin belong to all of them a little."""
    return _mixture(rng, K, D)._replace(means=rng.uniform(-0.5, 0.5, (K, D)))


def _around(rng: Rng, N: int) -> np.ndarray:
    """N points in the plane that all such components answer for, and one so far out that 1e-10 is no small number."""
    angle = rng.uniform(0, 2 * np.pi)
    return np.concatenate([rng.uniform(-1, 1, (N, 2)), [[12 * np.cos(angle), 12 * np.sin(angle)]]])


def _blobs(rng: Rng, centres: list[tuple[float, ...]], n: int, sd: float) -> np.ndarray:
    return np.concatenate([rng.normal(centre, sd, (n, len(centre))) for centre in centres])


def _cases(rng: Rng) -> list[tuple[np.ndarray, GMMParams]]:
    """Points and a mixture of each shape."""
    return [(rng.normal(0, 3, (N, D)), _mixture(rng, K, D)) for N, D, K in SHAPES]


def _listed(params: GMMParams) -> GMMParams:
    return GMMParams(*(part.tolist() for part in params))


def _params(actual: Any, expected: tuple[Any, ...], **tolerance: float) -> None:
    names = ("the weights", "the means", "the covariances")
    for part, target, name in zip(unpack(actual, 3, "the parameters"), expected, names, strict=True):
        assert_close(part, target, name, **tolerance)


# log_gaussians

LOGS = "the log densities"


@pytest.mark.question("log_gaussians", weight=3)
def test_log_gaussians_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log densities for several numbers of points, components and dimensions."""
    cases = [(X, params.means, params.covs) for X, params in _cases(rng)]
    for result, case in zip(student.each("log_gaussians", cases), cases, strict=True):
        assert_close(result, gmm.log_gaussians(*case), LOGS, **NEAR)


@pytest.mark.question("log_gaussians", weight=2)
def test_log_gaussians_far_away(student: Student, rng: Rng) -> None:
    """A point hundreds of standard deviations away has a finite log density."""
    _, means, covs = _mixture(rng, 2, 2)
    X = means + rng.uniform(200, 900, (2, 2))
    result = assert_finite(student.log_gaussians(X, means, covs), LOGS)
    assert_close(result, gmm.log_gaussians(X, means, covs), LOGS)


@pytest.mark.question("log_gaussians", weight=2)
def test_log_gaussians_in_many_dimensions(student: Student, rng: Rng) -> None:
    """Determinants too small or too large for a floating-point number do no harm."""
    D = 60
    covs = np.stack([np.diag(rng.uniform(0.5, 2, D)) * scale for scale in (1e-8, 1e9)])
    X = rng.normal(0, 1e-4, (3, D))
    result = assert_finite(student.log_gaussians(X, np.zeros((2, D)), covs), LOGS)
    assert_close(result, gmm.log_gaussians(X, np.zeros((2, D)), covs), LOGS)


@pytest.mark.question("log_gaussians")
def test_log_gaussians_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, no points give no rows, and the arguments are left as they were."""
    X, (_, means, covs) = rng.normal(0, 3, (4, 2)), _mixture(rng, 3, 2)
    expected = gmm.log_gaussians(X, means, covs)
    assert_close(student.read_only.log_gaussians(np.asfortranarray(X), means, covs), expected, LOGS, **NEAR)
    result = student.log_gaussians(X.tolist(), means.tolist(), covs.tolist())
    assert_close(result, expected, "the log densities for lists", **NEAR)
    assert_shape(student.log_gaussians(X[:0], means, covs), (0, 3), "the log densities of no points")


# e_step

RESP, LOGLIK = "the responsibilities", "the log-likelihood"


def _e_step(carried: Carried, actual: Any, X: Any, params: Any, part: int) -> None:
    """Compare one part of the result: 0 for the responsibilities, 1 for the log-likelihood."""
    value = unpack(actual, 2)[part]

    def compare(reference: Callable[..., Any]) -> None:
        assert_close(value, reference(X, params)[part], (RESP, LOGLIK)[part], **NEAR)

    carried(compare, "e_step", uses=("log_gaussians",))


@pytest.mark.question("e_step", weight=4)
def test_responsibilities_on_fresh_numbers(student: Student, rng: Rng, carried: Carried) -> None:
    """Right responsibilities for several shapes."""
    cases = _cases(rng)
    for result, (X, params) in zip(student.each("e_step", cases), cases, strict=True):
        responsibilities = unpack(result, 2)[0]
        assert_probabilities(assert_shape(responsibilities, (len(X), len(params.weights)), RESP), RESP)
        _e_step(carried, result, X, params, 0)


@pytest.mark.question("e_step")
def test_log_likelihood_on_fresh_numbers(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log-likelihood for several shapes."""
    cases = _cases(rng)
    for result, (X, params) in zip(student.each("e_step", cases), cases, strict=True):
        _e_step(carried, result, X, params, 1)


def _far_away(rng: Rng) -> tuple[np.ndarray, GMMParams]:
    params = _overlapping(rng, 3, 2)
    far = params.means[:1] + 200 * np.sqrt(params.covs[0, 0, 0])
    return np.concatenate([rng.uniform(-1, 1, (3, 2)), far]), params


@pytest.mark.question("e_step")
def test_responsibilities_far_away(student: Student, rng: Rng, carried: Carried) -> None:
    """A point 200 standard deviations away still gets responsibilities."""
    X, params = _far_away(rng)
    result = unpack(student.e_step(X, params), 2)
    assert_probabilities(result[0], RESP)
    _e_step(carried, result, X, params, 0)


@pytest.mark.question("e_step")
def test_log_likelihood_far_away(student: Student, rng: Rng, carried: Carried) -> None:
    """A point 200 standard deviations away counts in the log-likelihood with what it is worth."""
    X, params = _far_away(rng)
    result = unpack(student.e_step(X, params), 2)
    assert_finite(result[1], LOGLIK)
    _e_step(carried, result, X, params, 1)


@pytest.mark.question("e_step")
def test_e_step_with_an_idle_component(student: Student, rng: Rng, carried: Carried) -> None:
    """A component of weight zero answers for nothing, and nothing becomes NaN."""
    X, params = _around(rng, 4), _overlapping(rng, 3, 2)
    params = params._replace(weights=np.array([0.0, 0.3, 0.7]))
    result = unpack(student.e_step(X, params), 2)
    idle = assert_finite(assert_shape(result[0], (5, 3), RESP), RESP)[:, 0]
    check((idle == 0).all(), "an idle component should answer for nothing")
    _e_step(carried, result, X, params, 0)


@pytest.mark.question("e_step")
def test_e_step_when_components_change_places(student: Student, rng: Rng) -> None:
    """Listing the components in another order permutes the columns and changes nothing else."""
    params = _mixture(rng, 4, 2)
    X = params.means[[0, 1, 2, 3, 1, 2]] + rng.normal(0, 0.1, (6, 2))
    order = np.array([2, 0, 3, 1])
    first = unpack(student.e_step(X, params), 2)
    second = unpack(student.e_step(X, GMMParams(*(part[order] for part in params))), 2)
    responsibilities = assert_shape(first[0], (6, 4), RESP)
    assert_probabilities(responsibilities, RESP, atol=1e-5)
    check(responsibilities.std() > 0.1, "points near a component should belong to it")
    assert_close(second[0], responsibilities[:, order], RESP, **NEAR)
    assert_close(second[1], assert_finite(first[1], LOGLIK), LOGLIK, **NEAR)


@pytest.mark.question("e_step")
def test_e_step_takes_lists_and_edits_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    X, params = _around(rng, 3), _overlapping(rng, 2, 2)
    _e_step(carried, student.read_only.e_step(X, params), X, params, 0)
    _e_step(carried, student.e_step(X.tolist(), _listed(params)), X, params, 0)


# m_step


def _responsibilities(rng: Rng, N: int, K: int) -> np.ndarray:
    return rng.dirichlet(np.full(K, 0.7), N)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(
            part,
            marks=pytest.mark.question("m_step", weight=weight, line=f"Right {name} for several shapes."),
            id=name,
        )
        for part, (name, weight) in enumerate((("weights", 1), ("means", 2), ("covariances", 2)))
    ],
)
def test_m_step_on_fresh_numbers(student: Student, rng: Rng, part: int) -> None:
    """One part of the parameters is right for several shapes."""
    # Two points for three components: some component answers for less than one point.
    shapes = ((8, 2, 3), (1, 1, 1), (6, 1, 2), (7, 3, 1), (2, 2, 3))
    cases = [(rng.normal(1, 3, (N, D)), _responsibilities(rng, N, K)) for N, D, K in shapes]
    name = ("the weights", "the means", "the covariances")[part]
    for result, case in zip(student.each("m_step", cases), cases, strict=True):
        actual = unpack(result, 3, "the parameters")[part]
        assert_close(actual, gmm.m_step(*case)[part], name, **NEAR)


@pytest.mark.question("m_step")
def test_m_step_regularised(student: Student, rng: Rng) -> None:
    """The regulariser goes on the diagonal of every covariance, so equal points give no singular one."""
    reg = float(rng.uniform(0.05, 0.4))
    X, r = rng.normal(0, 2, (6, 3)), _responsibilities(rng, 6, 2)
    _params(student.m_step(X, r, reg), gmm.m_step(X, r, reg), **NEAR)
    same = np.tile(rng.normal(size=(1, 2)), (5, 1))
    r = _responsibilities(rng, 5, 2)
    _params(student.m_step(same, r, reg=reg), gmm.m_step(same, r, reg), **NEAR)


@pytest.mark.question("m_step", weight=2)
def test_m_step_with_an_empty_component(student: Student, rng: Rng) -> None:
    """A component that answers for nothing is handled as the docstring says."""
    X, r = rng.normal(2, 1, (6, 2)), np.zeros((6, 3))
    r[:, [0, 2]] = _responsibilities(rng, 6, 2)
    result = unpack(student.m_step(X, r, 0.01), 3, "the parameters")
    for part, name in zip(result, ("the weights", "the means", "the covariances"), strict=True):
        assert_finite(part, name)
    _params(result, gmm.m_step(X, r, 0.01), **NEAR)


@pytest.mark.question("m_step")
def test_m_step_far_from_the_origin(student: Student, rng: Rng) -> None:
    """Data with a large offset keep their covariances."""
    X, r = rng.normal(0, 1, (20, 2)), _responsibilities(rng, 20, 2)
    expected = gmm.m_step(X, r)
    _, means, covs = unpack(student.m_step(X + 1e7, r), 3, "the parameters")
    assert_close(means, expected.means + 1e7, "the means", rtol=1e-12)
    assert_close(covs, expected.covs, "the covariances", rtol=1e-5, atol=1e-5)


@pytest.mark.question("m_step")
def test_m_step_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    X, r = rng.normal(0, 3, (5, 2)), _responsibilities(rng, 5, 2)
    _params(student.read_only.m_step(X, r, 0.1), gmm.m_step(X, r, 0.1), **NEAR)
    _params(student.m_step(X.tolist(), r.tolist(), 0.1), gmm.m_step(X, r, 0.1), **NEAR)


# fit

HISTORY = "the history"


def _fit(
    carried: Carried, actual: Any, X: np.ndarray, start: GMMParams, part: int = 0, **options: Any
) -> None:
    """Compare one part of the result: 0 for the parameters, 1 for the history."""
    value = unpack(actual, 2)[part]

    def compare(reference: Callable[..., Any]) -> None:
        expected = reference(X, start, **options)[part]
        if part:
            assert_close(value, expected, HISTORY, **ITERATED)
        else:
            _params(value, expected, **ITERATED)

    carried(compare, "fit", uses=("log_gaussians", "e_step", "m_step"))


def _start(rng: Rng, X: np.ndarray, K: int) -> GMMParams:
    D = X.shape[1]
    means = X[rng.choice(len(X), K, replace=False)]
    return GMMParams(np.full(K, 1 / K), means, np.tile(4 * np.eye(D), (K, 1, 1)))


@pytest.mark.question("fit", weight=3)
def test_fit_step_by_step(student: Student, rng: Rng, carried: Carried) -> None:
    """Right parameters after one, two and four iterations."""
    X = _blobs(rng, [(-2, 0), (2, 1), (0, 3)], 12, 1.2)
    start = _start(rng, X, 3)
    for max_iter in (1, 2, 4):
        options: dict[str, Any] = {"max_iter": max_iter, "tol": 0.0, "reg": 1e-6}
        _fit(carried, student.fit(X, start, **options), X, start, **options)


@pytest.mark.question("fit", weight=2)
def test_history_step_by_step(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log-likelihoods, from that of the start to that before the last update."""
    X = _blobs(rng, [(-2, 0), (2, 1), (0, 3)], 12, 1.2)
    start = _start(rng, X, 3)
    for max_iter in (1, 4):
        options: dict[str, Any] = {"max_iter": max_iter, "tol": 0.0, "reg": 1e-6}
        _fit(carried, student.fit(X, start, **options), X, start, 1, **options)


@pytest.mark.question("fit", weight=2)
def test_fit_stops_when_it_should(student: Student, rng: Rng, carried: Carried) -> None:
    """Iterations end when the log-likelihood changes by less than the tolerance, not before and not later."""
    X = _blobs(rng, [(-6,), (6,)], 15, 1.0)
    start = GMMParams(np.full(2, 0.5), np.array([[-3.0], [2.0]]), np.full((2, 1, 1), 9.0))
    for tol in (1e6, 0.5, 1e-6):
        _fit(carried, student.fit(X, start, tol=tol), X, start, 1, tol=tol)
    # The regulariser takes the best fit away again: the log-likelihood falls, and that is no reason to stop.
    best = gmm.m_step(X, np.ones((len(X), 1)))
    _fit(carried, student.fit(X, best, tol=1e-3, reg=20.0), X, best, 1, tol=1e-3, reg=20.0)


@pytest.mark.question("fit")
def test_fit_never_gets_worse(student: Student, rng: Rng, carried: Carried) -> None:
    """Without a regulariser the log-likelihood never falls."""
    # Two groups and a start between them: no component may shrink to a point, where rounding would decide. Six
    # updates: an M-step that divides by N shrinks them all, and after ten its covariances are singular.
    X = _blobs(rng, [(-2, 0), (2, 1)], 20, 1.2)
    start = GMMParams(np.full(2, 0.5), np.array([[-1.0, 0.0], [1.0, 0.0]]), np.tile(4 * np.eye(2), (2, 1, 1)))
    options: dict[str, Any] = {"max_iter": 6, "tol": 0.0, "reg": 0.0}
    result = unpack(student.fit(X, start, **options), 2)
    history = assert_finite(assert_shape(result[1], (6,), HISTORY), HISTORY)
    try:
        check((np.diff(history) >= -1e-8).all(), "the log-likelihood falls in some iteration")
        check(history[-1] > history[0], "the log-likelihood should rise while EM learns")
    except Wrong as problem:
        try:
            _fit(carried, result, X, start, 1, **options)
        except Wrong:
            raise problem from None


@pytest.mark.question("fit")
def test_fit_uses_the_regulariser(student: Student, rng: Rng, carried: Carried) -> None:
    """Duplicated points with a regulariser give finite, regularised covariances."""
    reg = float(rng.uniform(0.1, 0.3))
    # A triangle with sides of about 3, so that the start's unit covariances reach from corner to corner: were the
    # corners further apart, the first update would be the last one that changes anything.
    corners = 1.7 * np.exp(1j * (rng.uniform(0, 2 * np.pi) + 2 * np.pi / 3 * np.arange(3)))
    X = np.repeat(np.stack([corners.real, corners.imag], 1) + rng.uniform(-0.3, 0.3, (3, 2)), 4, axis=0)
    start = GMMParams(np.full(3, 1 / 3), X[[0, 4, 8]] + 0.1, np.tile(np.eye(2), (3, 1, 1)))
    options: dict[str, Any] = {"max_iter": 4, "tol": 0.0, "reg": reg}
    _fit(carried, student.read_only.fit(X, start, **options), X, start, **options)


@pytest.mark.question("fit")
def test_fit_of_one_component(student: Student, rng: Rng, carried: Carried) -> None:
    """One component is fitted in one update; the defaults are as in the signature."""
    X = rng.normal(3, 2, (12, 2))
    start = GMMParams(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
    _fit(carried, student.fit(X, start), X, start)


# kmeans_plus_plus

PLUS_HINT = (
    "A point is drawn with probability proportional to its squared distance to the nearest chosen point."
)


def _rows(student: Student, rng: Rng, X: np.ndarray, K: int, draws: int = 1) -> np.ndarray:
    """The starting means of so many draws, one below the other, each of them one of the points."""
    asked = ((fresh_seed(rng), X, K) for _ in range(draws))
    chosen = np.vstack(
        [assert_shape(rows, (K, X.shape[1]), "the means") for rows in student.each("kmeans_plus_plus", asked)]
    )
    known = (chosen[:, None] == X).all(axis=2).any(axis=1)
    check(known.all(), "every starting mean should be one of the points")
    return chosen


@pytest.mark.question("kmeans_plus_plus", weight=2)
def test_kmeans_plus_plus_chooses_points(student: Student, rng: Rng) -> None:
    """The starting means are different rows of the data, for several numbers of them."""
    for N, D, K in ((8, 2, 3), (5, 1, 5), (1, 3, 1), (6, 2, 6)):
        X = rng.normal(0, 2, (N, D))
        if N == K:
            X[rng.integers(N)] += 100.0  # chosen again and again by whoever looks at the last mean only
        chosen = _rows(student, rng, X, K)
        check(
            len(np.unique(chosen, axis=0)) == K,
            "a point that was chosen should not be chosen again while others are left",
        )


@pytest.mark.question("kmeans_plus_plus", weight=4)
def test_kmeans_plus_plus_draws_as_it_should(student: Student, rng: Rng) -> None:
    """Near and far points are chosen as often as the docstring says, in the first, second and third place."""
    # A point apart, one between and three together: 150 draws tell squared distances from plain ones all but surely.
    values = np.array([0.0, 1.0, 2.4, 2.6, 2.8]) * rng.choice([-1, 1]) * rng.uniform(0.5, 2)
    # In 32 equal dimensions, so that a mean in the place of a sum is seen.
    X = np.repeat(values[:, None], 32, axis=1)
    squares = (values - values[:, None]) ** 2
    sequences = list(itertools.permutations(range(5), 3))
    chance = []
    for i, j, k in sequences:
        nearest = np.minimum(squares[i], squares[j])
        chance.append(squares[i, j] / squares[i].sum() * nearest[k] / nearest.sum() / 5)
    draws = 150
    expected = draws * np.array(chance)

    def p_value(draw: Rng) -> float:
        rows = _rows(student, draw, X, 3, draws)[:, 0].reshape(draws, 3)
        places = np.abs(rows[..., None] - values).argmin(axis=2)
        counts = dict.fromkeys(sequences, 0)
        for sequence in map(tuple, places.tolist()):
            if sequence not in counts:
                raise Wrong("a chosen point should not be chosen again while others are left", hint=PLUS_HINT)
            counts[sequence] += 1
        # Too many improbable sequences or too few of them, and any other misfit.
        observed = np.array(list(counts.values()))
        likely, misfit = observed @ np.log(chance), special.xlogy(observed, observed / expected).sum()
        for simulated in (199, 6_000):
            null = draw.multinomial(draws, chance, simulated)
            likelies, misfits = null @ np.log(chance), special.xlogy(null, null / expected).sum(axis=1)
            tails = (likelies <= likely).sum(), (likelies >= likely).sum(), (misfits >= misfit).sum()
            if min(tails) >= SETTLED:
                break
        return min(1.0, 3 * (1 + float(min(tails))) / (1 + simulated))

    message = "some points are chosen too often and others too seldom"
    valid = (
        "exact: rank among 6,000 simulated counts, 199 where that is clear, Bonferroni over three statistics"
    )
    assert_p_value(p_value, rng, message, hint=PLUS_HINT, valid=valid)


@pytest.mark.question("kmeans_plus_plus")
def test_kmeans_plus_plus_of_equal_points(student: Student, rng: Rng) -> None:
    """Fewer different points than means is no error, and nothing becomes NaN."""
    X = np.repeat(rng.normal(size=(2, 2)), 3, axis=0)  # four of them never are all the same
    chosen = _rows(student.read_only, rng, X, 4)
    check(len(np.unique(chosen, axis=0)) == 2, "both of the different points should be chosen")
    check(
        (_rows(student, rng, X[:3], 3) == X[0]).all(),
        "equal points should be chosen when there are no others",
    )


# fit_restarts

RESTARTS_HINT = "EM ends in different local maxima: keep the start whose final log-likelihood is the highest."


def _kept(result: Any, K: int, D: int) -> tuple[GMMParams, float]:
    """The parameters that were kept, and their log-likelihood."""
    params, log_likelihood = unpack(result, 2)
    weights, means, covs = unpack(params, 3, "the parameters")
    weights = assert_shape(weights, (K,), "the weights")
    means = assert_shape(means, (K, D), "the means")
    covs = assert_shape(covs, (K, D, D), "the covariances")
    value = float(assert_finite(assert_shape(log_likelihood, (), LOGLIK), LOGLIK))
    return GMMParams(weights, means, covs), value


def _rectangle(rng: Rng) -> np.ndarray:
    """Four blobs at the corners of a rectangle: for two components a good and a bad local maximum."""
    wide, high = rng.uniform(1.9, 2.1), rng.uniform(1.65, 1.75)
    return _blobs(rng, [(-wide, -high), (wide, -high), (-wide, high), (wide, high)], 10, 0.25)


def _best_splits(data: np.ndarray) -> np.ndarray:
    """Log-likelihood of the better maximum for each of some rectangles, shape (sets, 40, 2).

    One component a side, fitted with the regulariser 1e-2; the sides are so far apart that no point belongs to both.
    """
    values = []
    for axis in (0, 1):
        order = data[..., axis].argsort(axis=1)[..., None]
        sides = np.take_along_axis(data, order, axis=1).reshape(len(data), 2, 20, 2)
        off = sides - sides.mean(axis=2, keepdims=True)
        scatter = off.swapaxes(2, 3) @ off / 20
        covs = scatter + 1e-2 * np.eye(2)
        shape = np.trace(np.linalg.solve(covs, scatter), axis1=2, axis2=3)
        terms = 2 * np.log(2 * np.pi) + np.linalg.slogdet(covs)[1] + shape
        values.append(40 * np.log(0.5) - 10 * terms.sum(axis=1))
    return np.maximum(*values)


@pytest.mark.question("fit_restarts", weight=3)
def test_restarts_find_the_best(student: Student, rng: Rng) -> None:
    """Among good and bad local maxima the best one is kept."""

    # A start ends in the better of the two maxima half of the time, so all 14 miss it once in 16,000 (5e-5 by
    # simulation), for one of 14 data sets 9e-4: "0 for a miss, else 1" is a valid p-value. Whoever keeps any start
    # misses one in two, and none of 14 once in 16,000.
    def p_value(draw: Rng) -> float:
        data = np.stack([_rectangle(draw) for _ in range(14)])
        fits = student.each("fit_restarts", [(fresh_seed(draw), X, 2, 14, 1e-2) for X in data])
        missed = (
            gmm.e_step(X, _kept(fit, 2, 2)[0])[1] < best - 0.1
            for X, fit, best in zip(data, fits, _best_splits(data), strict=True)
        )
        return float(not any(missed))

    valid = "a bound: all of 14 starts miss the best fit once in 16,000, in one of 14 data sets 9e-4"
    assert_p_value(p_value, rng, "a better fit was among the starts", hint=RESTARTS_HINT, valid=valid)


@pytest.mark.question("fit_restarts", weight=2)
def test_restarts_report_their_own_likelihood(student: Student, rng: Rng, carried: Carried) -> None:
    """The log-likelihood is that of the parameters that are returned, and three blobs are found."""
    # So narrow that every start has a mean in each blob: which start is kept is graded elsewhere.
    X = _blobs(rng, [(-5, 0), (0, 5), (5, 0)], 8, 0.02)
    params, value = _kept(student.fit_restarts(fresh_seed(rng), X, 3, 5, 1e-4), 3, 2)
    centres = params.means[params.means[:, 0].argsort()]
    check(np.abs(centres - [[-5, 0], [0, 5], [5, 0]]).max() < 1.5, "the three blobs are not found")

    def compare(reference: Callable[..., Any]) -> None:
        assert_close(value, reference(X, params)[1], LOGLIK, rtol=1e-7)

    carried(compare, "e_step", uses=("log_gaussians", "e_step"))


@pytest.mark.question("fit_restarts")
def test_restarts_of_one_component(student: Student, rng: Rng, carried: Carried) -> None:
    """With one component every start gives the same answer; the data are left as they were."""
    X, reg = rng.normal(1, 2, (9, 2)), float(rng.uniform(0.1, 0.5))
    params, value = _kept(student.read_only.fit_restarts(fresh_seed(rng), X, 1, 2, reg), 1, 2)

    def compare(reference: Callable[..., Any]) -> None:
        expected, log_likelihood = reference(np.random.default_rng(0), X, 1, 2, reg)
        _params(params, expected, **ITERATED)
        assert_close(value, log_likelihood, LOGLIK, **ITERATED)

    carried(compare, "fit_restarts", uses=("log_gaussians", "e_step", "m_step", "fit"))


# sample


def _sampled(student: Student, rng: Rng, params: GMMParams, n: int) -> tuple[np.ndarray, np.ndarray]:
    X, component = unpack(student.sample(fresh_seed(rng), params, n), 2)
    X = assert_finite(assert_shape(X, (n, params.means.shape[1]), "the points"), "the points")
    component = assert_shape(component, (n,), "the components")
    K = len(params.weights)
    check(np.isin(component, np.arange(K)).all(), "the components should be whole numbers from 0 to K - 1")
    return X, component.astype(int)


@pytest.mark.question("sample", weight=2)
def test_sample_draws_components(student: Student, rng: Rng) -> None:
    """Components come as often as their weights say, in no particular order."""
    params = _mixture(rng, 3, 1)._replace(weights=rng.permutation([0.15, 0.3, 0.55]))

    def p_value(draw: Rng) -> float:
        _, component = _sampled(student, draw, params, 900)
        halves = [np.bincount(half, minlength=3) for half in (component[:450], component[450:])]
        often = stats.chisquare(halves[0] + halves[1], 900 * params.weights).pvalue
        if min(halves[0].min(), halves[1].min()) == 0:
            return 0.0
        order = stats.chi2_contingency(np.array(halves)).pvalue
        again = (component[1:] == component[:-1]).sum()
        same = float((params.weights**2).sum())
        spread = np.sqrt(899 * (same - same**2 + 2 * ((params.weights**3).sum() - same**2)))
        neighbours = 2 * stats.norm.sf(abs(again - 899 * same) / spread)
        return min(1.0, 3 * min(often, order, neighbours))

    hint = "Draw every point's component anew, with probabilities equal to the weights."
    # Chi-square with cells of 60 and more; the level leaves room for twice as many small p-values as promised.
    message = "the components do not come as the weights say"
    valid = "asymptotic: cells of 60 and more, and a level that allows twice its rate; Bonferroni over three"
    assert_p_value(p_value, rng, message, level=5e-4, hint=hint, valid=valid)


@pytest.mark.question("sample", weight=3)
def test_sample_draws_points(student: Student, rng: Rng) -> None:
    """The points of a component have its mean and its covariance, and look normal."""
    sd = rng.uniform(1.5, 2.5)
    first = np.array([[1, 0.85 * sd], [0.85 * sd, sd**2]])
    second = np.array([[0.2, -0.1], [-0.1, 0.1]])
    params = GMMParams(np.array([0.6, 0.4]), rng.normal(0, 3, (2, 2)), np.stack([first, second]))

    def p_value(draw: Rng) -> float:
        X, component = _sampled(student, draw, params, 1500)
        L = np.linalg.cholesky(params.covs)
        z = np.linalg.solve(L[component], (X - params.means[component])[..., None])[..., 0]
        values = [stats.kstest(z[:, i], special.ndtr).pvalue for i in (0, 1)]
        for k in (0, 1):
            own = z[component == k]
            if len(own) < 100:
                return 0.0
            values.append(stats.kstest((own**2).sum(1), lambda q: -np.expm1(-q / 2)).pvalue)
            values.append(stats.pearsonr(*own.T).pvalue)
        return min(1.0, len(values) * min(values))

    hint = "Sigma is a covariance, not a standard deviation: which matrix A makes A z have covariance A A^T = Sigma?"
    message = "the points do not have the means and covariances they should"
    valid = "exact: Kolmogorov–Smirnov and correlation of normal draws, Bonferroni over six"
    assert_p_value(p_value, rng, message, hint=hint, valid=valid)


@pytest.mark.question("sample")
def test_sample_of_other_sizes(student: Student, rng: Rng) -> None:
    """None, one or several points, one component, one dimension; a component of weight zero never comes."""
    _sampled(student, rng, _mixture(rng, 1, 1), 1)
    _sampled(student.read_only, rng, _mixture(rng, 2, 3), 0)
    params = _mixture(rng, 3, 2)._replace(weights=np.array([0.5, 0.0, 0.5]))
    X, component = _sampled(student, rng, params, 40)
    check(not (component == 1).any(), "a component of weight zero should never be drawn")
    check(len(np.unique(component)) == 2, "both components with a positive weight should be drawn")
    check(len(np.unique(X[:, 0])) == 40, "every point should be drawn anew")


# n_parameters

KINDS = ("full", "diag", "spherical", "tied")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=pytest.mark.question("n_parameters", line=f'Right number of parameters for "{kind}".'),
            id=kind,
        )
        for kind in KINDS
    ],
)
def test_n_parameters(student: Student, rng: Rng, kind: str) -> None:
    """Right number for several K and D."""
    for K, D in ((1, 1), (3, 2), (int(rng.integers(2, 9)), int(rng.integers(3, 12)))):
        result = student.n_parameters(K, D, kind)
        assert_close(result, gmm.n_parameters(K, D, kind), "the number of parameters", rtol=0, atol=1e-9)


@pytest.mark.question("n_parameters")
def test_n_parameters_of_an_unknown_form(student: Student, rng: Rng) -> None:
    """ValueError for a form of covariance that is not known, and only then."""
    K = int(rng.integers(2, 6))
    assert_close(student.n_parameters(K, 2, "diag"), 5 * K - 1, "the number of parameters", rtol=0, atol=1e-9)
    with student.expects("ValueError", "an unknown form of covariance should raise ValueError"):
        student.n_parameters(K, 2, "round")


# bic


@pytest.mark.question("bic", weight=2)
def test_bic_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right values for several fits, good and bad."""
    for scale in (-1, 1, -1000):
        arguments = (float(scale * rng.uniform(50, 90)), int(rng.integers(2, 40)), int(rng.integers(5, 500)))
        assert_close(student.bic(*arguments), gmm.bic(*arguments), "the criterion")


@pytest.mark.question("bic")
def test_bic_weighs_fit_against_size(student: Student, rng: Rng) -> None:
    """A parameter must earn its price, which grows with the number of points; one point makes it free."""
    log_likelihood, p = float(-rng.uniform(90, 200)), int(rng.integers(3, 9))
    values = [
        float(assert_finite(assert_shape(student.bic(log_likelihood, q, n), (), "the criterion")))
        for q, n in ((p, 50), (p + 1, 50), (p, 1))
    ]
    assert_close(values[1] - values[0], np.log(50), "the price of one more parameter")
    assert_close(values[2], -2 * log_likelihood, "the criterion for one point")


# anomaly_scores

SCORES = "the scores"


def _scores(carried: Carried, actual: Any, X: np.ndarray, params: GMMParams) -> None:
    def compare(reference: Callable[..., Any]) -> None:
        assert_close(actual, reference(X, params), SCORES, **NEAR)

    def compare_points(reference: Callable[..., Any]) -> None:
        assert_close(actual, [-reference(x[None], params)[1] for x in X], SCORES, **NEAR)

    try:
        carried(compare, "anomaly_scores", uses=("log_gaussians",))
    except Wrong:
        carried(compare_points, "e_step", uses=("log_gaussians", "e_step"))


@pytest.mark.question("anomaly_scores", weight=2)
def test_scores_on_fresh_numbers(student: Student, rng: Rng, carried: Carried) -> None:
    """Right scores for several shapes."""
    cases = _cases(rng)
    for result, (X, params) in zip(student.each("anomaly_scores", cases), cases, strict=True):
        _scores(carried, assert_shape(result, (len(X),), SCORES), X, params)


@pytest.mark.question("anomaly_scores")
def test_scores_far_away(student: Student, rng: Rng, carried: Carried) -> None:
    """Points far from every component have finite scores that grow with the distance."""
    params = _mixture(rng, 3, 2)
    X = np.array([[1.0, 1], [3, 2]]) * np.array([200.0, 800, 3000])[:, None, None]
    X = X[:, 0] + rng.normal(0, 1, (3, 2))
    scores = assert_finite(assert_shape(student.anomaly_scores(X, params), (3,), SCORES), SCORES)
    check((np.diff(scores) > 0).all(), "a point that is further away should be stranger")
    _scores(carried, scores, X, params)


@pytest.mark.question("anomaly_scores")
def test_scores_take_lists_and_edit_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists and no points are accepted, and the arguments are left as they were."""
    X, params = rng.uniform(-1, 1, (4, 2)), _overlapping(rng, 2, 2)
    _scores(carried, student.read_only.anomaly_scores(X, params), X, params)
    _scores(carried, student.anomaly_scores(X.tolist(), _listed(params)), X, params)
    assert_shape(student.anomaly_scores(X[:0], params), (0,), "the scores of no points")


# coin_em

THETA = "theta"


def _coins(actual: Any, expected: tuple[Any, Any], **tolerance: float) -> None:
    for part, target, name in zip(unpack(actual, 2), expected, (THETA, HISTORY), strict=True):
        assert_close(part, target, name, **tolerance)


@pytest.mark.question("coin_em", weight=3)
def test_coins_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right probabilities and history after one and several iterations, with sets of unequal length."""
    flips = rng.integers(4, 15, 6)
    heads = np.clip(rng.binomial(flips, rng.choice([0.25, 0.8], 6)), 1, flips - 1)
    theta0 = rng.uniform([0.55, 0.2], [0.8, 0.45])
    for n_iter in (1, 7):
        expected = gmm.coin_em(heads, flips, theta0, n_iter)
        _coins(student.coin_em(heads, flips, theta0, n_iter), expected)


@pytest.mark.question("coin_em")
def test_coins_of_long_sets(student: Student, rng: Rng) -> None:
    """Sets of ten thousand flips neither underflow nor lose a coin."""
    heads = rng.integers([6800, 2100, 6900], [7200, 2500, 7300])
    result = student.coin_em(heads, 10_000, np.array([0.6, 0.5]), 3)
    _coins(result, gmm.coin_em(heads, 10_000, np.array([0.6, 0.5]), 3))


@pytest.mark.question("coin_em")
def test_coins_that_always_fall_heads(student: Student, rng: Rng) -> None:
    """Nothing but heads leads to a probability of one, not to NaN."""
    flips = rng.integers(4, 9, 3)
    result = student.coin_em(flips, flips, np.array([0.7, 0.4]), 3)
    _coins(result, gmm.coin_em(flips, flips, np.array([0.7, 0.4]), 3), atol=1e-9)


@pytest.mark.question("coin_em")
def test_coins_take_lists_and_edit_nothing(student: Student, rng: Rng) -> None:
    """Lists and one number of flips for all sets are accepted; no iteration changes nothing."""
    heads = rng.permutation([2, 9, 8, 4, 7])
    theta0 = rng.uniform([0.55, 0.2], [0.8, 0.45])
    expected = gmm.coin_em(heads, 10, theta0, 2)
    _coins(student.read_only.coin_em(heads, 10, theta0, 2), expected)
    _coins(student.coin_em(heads.tolist(), [10] * 5, theta0.tolist(), 2), expected)
    _coins(student.coin_em(heads, 10, theta0, 0), (theta0, []))


# The derivation: each step is graded on its own.


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=pytest.mark.question("derive_m_step_1d", weight=weight, line=line), id=step)
        for step, weight, line in (
            ("Q", 2, "The M-step, step 1: the terms of Q that hold component k."),
            ("slope_mu", 1, "The M-step, step 2: the derivative with respect to mu."),
            ("mu", 1, "The M-step, step 3: the best mean."),
            ("slope_v", 2, "The M-step, step 4: the derivative with respect to the variance."),
            ("v", 2, "The M-step, step 5: the best variance."),
            ("w", 2, "The M-step, step 6: the best weight."),
        )
    ],
)
def test_derive_m_step_1d(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = []
    for _ in range(3):
        x, r = rng.normal(1.5, 1, 6), rng.uniform(0.1, 0.9, 6)
        mu, v, w = rng.uniform([-2, 0.4, 0.1], [-1, 0.8, 0.9]).tolist()
        points.append(
            {"mu": mu, "v": v, "w": w, "n": 6, "n_k": float(r.sum())}
            | {"s1": float(r @ x), "s2": float(r @ x**2)}
        )
    steps = student.derive_m_step_1d()
    if not isinstance(steps, dict):
        raise Wrong("the result should be a dictionary of SymPy expressions")
    if steps.get(step) is None:
        raise Wrong(f'the dictionary has no entry "{step}"')
    assert_expression(steps[step], gmm.derive_m_step_1d()[step], points, f'step "{step}"')
