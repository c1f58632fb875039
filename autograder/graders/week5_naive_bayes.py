"""Hidden tests of week 5: naive Bayes."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from autograder.bank.week5_naive_bayes import (
    GENERATOR_HINT,
    LENGTH_HINT,
    ONE_DRAW_HINT,
    POSITION_HINT,
    SPREAD_HINT,
)
from autograder.grading import (
    Student,
    as_array,
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
from reference import naive_bayes
from reference.naive_bayes import NBModel

Rng = np.random.Generator
Carried = Callable[..., None]

# Logarithms and variances may be 0; the nearest known mistake is off by over 1e-5.
NEAR = {"rtol": 1e-8, "atol": 1e-10}
# Sums over 10,000 words round differently in different orders; the nearest known mistake is off by over 1e-2.
LONG = {"rtol": 1e-8, "atol": 1e-7}

STRINGS = np.array(["barley", "oat", "rye", "wheat"])
GAPPED = np.array([-3, 4, 17, 90])
TRIGRAMS = tuple(map("".join, itertools.product(string.ascii_lowercase, repeat=3)))


def _labels(rng: Rng, names: np.ndarray, n: int) -> np.ndarray:
    """Labels of n rows: every name occurs (n >= len(names)), unequally often, in no order."""
    weights = np.arange(1.0, len(names) + 1)
    more = rng.choice(names, n - len(names), p=weights / weights.sum())
    return rng.permutation(np.concatenate([names, more]))


def _counts(rng: Rng, n: int, v: int) -> np.ndarray:
    return rng.poisson(rng.uniform(0.5, 4, v), (n, v))


def _bits(rng: Rng, n: int, v: int) -> np.ndarray:
    return (rng.random((n, v)) < rng.uniform(0.2, 0.8, v)).astype(int)


def _gaussian(rng: Rng, names: np.ndarray, d: int) -> NBModel:
    C = len(names)
    theta = {"mean": rng.normal(0, 2, (C, d)), "var": rng.uniform(0.3, 4, (C, d))}
    return NBModel("gaussian", names, np.log(rng.dirichlet(np.full(C, 3.0))), theta)


def _multinomial(rng: Rng, names: np.ndarray, v: int) -> NBModel:
    C = len(names)
    theta = {"log_prob": np.log(rng.dirichlet(np.full(v, 3.0), C).reshape(C, v))}
    return NBModel("multinomial", names, np.log(rng.dirichlet(np.full(C, 3.0))), theta)


def _bernoulli(rng: Rng, names: np.ndarray, v: int) -> NBModel:
    C = len(names)
    p = rng.uniform(0.1, 0.9, (C, v))
    return NBModel(
        "bernoulli",
        names,
        np.log(rng.dirichlet(np.full(C, 3.0))),
        {"log_p": np.log(p), "log_1mp": np.log(1 - p)},
    )


def _words_of(rng: Rng, names: np.ndarray) -> NBModel:
    """A multinomial model whose classes each prefer two of the words, three to six times over any other."""
    p = rng.uniform(1, 1.5, (len(names), 2 * len(names)))
    for c, favourites in enumerate(rng.permutation(2 * len(names)).reshape(-1, 2)):
        p[c, favourites] = rng.uniform(4.5, 6, 2)
    theta = {"log_prob": np.log(p / p.sum(axis=1, keepdims=True))}
    return NBModel("multinomial", names, np.log(rng.dirichlet(np.full(len(names), 3.0))), theta)


def _documents(rng: Rng, model: NBModel) -> np.ndarray:
    """A document of 10,000 words of each class: every other class is thousands of powers of e less probable."""
    return np.stack([rng.multinomial(10_000, np.exp(row)) for row in model.theta["log_prob"]])


def _cases(rng: Rng) -> list[tuple[NBModel, np.ndarray]]:
    """A model of each kind with a few rows."""
    return [
        (_gaussian(rng, STRINGS[:3], 4), rng.normal(0, 3, (6, 4))),
        (_multinomial(rng, GAPPED[:3], 5), _counts(rng, 6, 5)),
        (_bernoulli(rng, STRINGS[1:], 6), _bits(rng, 6, 6)),
    ]


def _telling(rng: Rng, tells: Callable[[np.ndarray, np.ndarray], bool]) -> list[tuple[NBModel, np.ndarray]]:
    """Such cases of which one tells, by its joint log likelihood and log prior; nearly always those drawn first."""
    for _ in range(50):
        cases = _cases(rng)
        if any(tells(naive_bayes.joint_log_likelihood(*case), case[0].log_prior) for case in cases):
            break
    return cases


def _some_improbable(log_joint: np.ndarray, _: np.ndarray) -> bool:
    """Some class is too improbable for p + 1e-12, yet p is a number."""
    return 20 < np.ptp(log_joint, axis=1).max() < 600


def _prior_decides(log_joint: np.ndarray, log_prior: np.ndarray) -> bool:
    """Some row would have another label without the prior."""
    return bool((log_joint.argmax(axis=1) != (log_joint - log_prior).argmax(axis=1)).any())


def _same_labels(actual: Any, expected: Any, what: str) -> None:
    """The labels are the same, as a list, a tuple or an array; 4.0 is as good as 4, but "4" is not."""
    check(actual is not None, f"{what} is None: did the function return something?")
    labels = actual.tolist() if isinstance(actual, np.ndarray) else actual
    check(isinstance(labels, list | tuple), f"{what} should be an array of labels")
    target = np.asarray(expected).tolist()
    check(len(labels) == len(target), f"{what} should have {len(target)} entries, but has {len(labels)}")
    plain = [
        label.item() if isinstance(label, np.generic | np.ndarray) and np.ndim(label) == 0 else label
        for label in labels
    ]
    check(
        all(type(label) in (str, int, float, bool) for label in plain),
        f"{what} should be labels of the original kind",
    )
    check(plain == target, f"{what} is not right", detail=f"expected {target}, got {plain}")


# class_log_prior

CLASSES, PRIOR = "the array of classes", "the log prior"


@pytest.mark.question("class_log_prior", weight=2)
def test_log_prior_on_fresh_labels(student: Student, rng: Rng) -> None:
    """Right log priors, in the order of the sorted classes, for labels that are strings or numbers with gaps."""
    cases = [(_labels(rng, names, n),) for names, n in ((STRINGS, 11), (GAPPED, 9), (GAPPED[:2], 30))]
    for result, (y,) in zip(student.each("class_log_prior", cases), cases, strict=True):
        _, log_prior = unpack(result, 2)
        assert_close(log_prior, naive_bayes.class_log_prior(y)[1], PRIOR, **NEAR)


@pytest.mark.question("class_log_prior")
def test_classes_on_fresh_labels(student: Student, rng: Rng) -> None:
    """Each class once, sorted, as it stands among the labels."""
    cases = [(_labels(rng, names, n),) for names, n in ((STRINGS, 11), (GAPPED, 9))]
    for result, names in zip(student.each("class_log_prior", cases), (STRINGS, GAPPED), strict=True):
        _same_labels(unpack(result, 2)[0], names, CLASSES)


@pytest.mark.question("class_log_prior")
def test_log_prior_of_a_single_class(student: Student, rng: Rng) -> None:
    """A single class is certain; no labels at all are an error."""
    cases = [(np.full(n, GAPPED[rng.integers(4)]),) for n in (1, int(rng.integers(2, 6)))]
    for result in student.each("class_log_prior", cases):
        classes, log_prior = unpack(result, 2)
        check(np.size(classes) == 1, "one class should be listed once")
        assert_close(log_prior, [0.0], PRIOR, atol=1e-12)
    with student.expects(
        "ValueError", "an empty list of labels should raise ValueError, as the docstring says"
    ):
        student.class_log_prior(np.zeros(0, int))


@pytest.mark.question("class_log_prior")
def test_log_prior_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the labels are left as they were."""
    y = _labels(rng, STRINGS, 9)
    expected = naive_bayes.class_log_prior(y)[1]
    for call, labels in ((student.read_only, y), (student, y.tolist())):
        classes, log_prior = unpack(call.class_log_prior(labels), 2)
        # In whichever order: that is judged above.
        order = np.argsort(unpack(classes, 4, CLASSES))
        assert_close(assert_shape(log_prior, (4,), PRIOR)[order], expected, PRIOR, **NEAR)


# the three fits


def _theta(value: Any, name: str) -> Any:
    theta = unpack(value, 4, "the model")[3]
    check(isinstance(theta, dict), "theta should be a dictionary")
    check(name in theta, f"theta has no entry {name!r}")
    return theta[name]


def _fit(carried: Carried, call: Student, fit: str, X: Any, y: Any, *names: str, **options: Any) -> None:
    """Compare the named entries of theta."""
    _compare_fit(carried, fit, getattr(call, fit)(X, y, **options), (X, y), *names, **options)


def _fits(
    carried: Carried, student: Student, fit: str, cases: list[tuple[Any, ...]], *names: str
) -> list[Any]:
    """Compare the named entries of theta in each case; return the models."""
    values = student.each(fit, cases)
    for value, case in zip(values, cases, strict=True):
        _compare_fit(carried, fit, value, case, *names)
    return values


def _compare_fit(
    carried: Carried, fit: str, value: Any, case: tuple[Any, ...], *names: str, **options: Any
) -> None:
    rows = {name: _theta(value, name) for name in names}

    def compare(reference: Callable[..., Any]) -> None:
        expected = reference(*case, **options).theta
        for name, row in rows.items():
            assert_close(row, expected[name], f"theta[{name!r}]", **NEAR)

    carried(compare, fit, uses=("class_log_prior",))


def _fit_priors(
    carried: Carried, student: Student, fit: str, kind: str, cases: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    for result, case in zip(student.each(fit, cases), cases, strict=True):
        value = unpack(result, 4, "the model")
        check(value[0] == kind, f"the model's kind should be {kind!r}")

        def compare(reference: Callable[..., Any], value: Any = value, case: Any = case) -> None:
            expected = reference(*case)
            _same_labels(value[1], expected.classes, "the model's classes")
            assert_close(value[2], expected.log_prior, "the model's log prior", **NEAR)

        carried(compare, fit, uses=("class_log_prior",))


def _wants_matching_rows(student: Student, fit: str, rng: Rng) -> None:
    X, y = _bits(rng, 6, 2), _labels(rng, GAPPED[:2], 6)
    with student.expects("ValueError", "labels for fewer rows than X has should raise ValueError"):
        getattr(student, fit)(X, y[:-1])


# fit_gaussian


@pytest.mark.question("fit_gaussian", weight=2)
def test_gaussian_means(student: Student, rng: Rng, carried: Carried) -> None:
    """Right means for several numbers of rows, features and classes."""
    shapes = ((STRINGS[:3], 12, 4), (GAPPED[:2], 8, 1), (GAPPED[:1], 1, 3))
    cases: list[Any] = [(rng.normal(1, 3, (n, d)), _labels(rng, names, n)) for names, n, d in shapes]
    _fits(carried, student, "fit_gaussian", cases, "mean")


@pytest.mark.question("fit_gaussian", weight=3)
def test_gaussian_variances(student: Student, rng: Rng, carried: Carried) -> None:
    """Right variances for several numbers of rows, features and classes."""
    cases: list[Any] = []
    for names, n, d in ((STRINGS[:3], 12, 4), (GAPPED[:2], 8, 1), (GAPPED[:1], 5, 3)):
        cases.append((rng.normal(1, rng.uniform(0.5, 3, d), (n, d)), _labels(rng, names, n), 0.0))
    _fits(carried, student, "fit_gaussian", cases, "var")


@pytest.mark.question("fit_gaussian")
def test_gaussian_prior(student: Student, rng: Rng, carried: Carried) -> None:
    """The model holds its kind, the classes and their log prior."""
    cases = [(rng.normal(0, 3, (9, 2)), _labels(rng, names, 9)) for names in (STRINGS[:3], GAPPED)]
    _fit_priors(carried, student, "fit_gaussian", "gaussian", cases)


@pytest.mark.question("fit_gaussian", weight=2)
def test_gaussian_smoothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Constant features and single rows get the small variance that the docstring says, by default and as asked."""
    X, y = rng.normal(0, [0.5, 0.1, 0.2], (9, 3)), _labels(rng, GAPPED[:3], 9)
    # Eighths: their squares and means are exact in any order, and the variance is 0 for all.
    X[:, 1], X[y == y[0], 2] = rng.integers(1, 16, 2) / 8
    _fit(carried, student, "fit_gaussian", X, y, "var", var_smoothing=float(rng.uniform(0.05, 0.2)))
    _, model = _fits(carried, student, "fit_gaussian", [(X, y, 0.0), (X, y)], "var")
    expected = naive_bayes.fit_gaussian(X, y).theta["var"][:, 1]
    constant = assert_shape(_theta(model, "var"), (3, 3), "theta['var']")[:, 1]
    assert_close(constant, expected, "the variance of a constant feature", rtol=1e-6)


@pytest.mark.question("fit_gaussian")
def test_gaussian_far_from_the_origin(student: Student, rng: Rng) -> None:
    """Features with a large offset keep their variances."""
    y = rng.permutation(np.repeat(GAPPED[:2], 10))
    # No class has the variance of all.
    X = rng.normal(0, np.where(y[:, None] == GAPPED[0], [0.5, 3], [3, 0.5]))
    expected = naive_bayes.fit_gaussian(X, y).theta["var"]
    near, far = (_theta(model, "var") for model in student.each("fit_gaussian", [(X, y), (X + 1e7, y)]))
    # In whichever order the classes stand: that is judged elsewhere.
    near_sorted = np.sort(assert_shape(near, (2, 2), "theta['var']"), axis=0)
    assert_close(near_sorted, np.sort(expected, axis=0), "theta['var']", rtol=0.5)
    assert_close(far, as_array(near), "theta['var'] of shifted features", rtol=1e-5, atol=1e-6)


@pytest.mark.question("fit_gaussian")
def test_gaussian_takes_lists_and_integers(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists and whole numbers are accepted, arguments are left as they were, and missing labels are an error."""
    X, y = _counts(rng, 10, 3), _labels(rng, STRINGS[:2], 10)
    _fit(carried, student.read_only, "fit_gaussian", X, y, "mean")
    _fit(carried, student, "fit_gaussian", X.tolist(), y.tolist(), "mean")
    _wants_matching_rows(student, "fit_gaussian", rng)


# fit_multinomial


@pytest.mark.question("fit_multinomial", weight=4)
def test_multinomial_on_fresh_counts(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log probabilities for several numbers of documents, words and classes, and amounts of smoothing."""
    cases: list[Any] = []
    for names, n, v, alpha in ((STRINGS[:3], 8, 6, 0.4), (GAPPED[:2], 5, 1, 1.0), (GAPPED[:1], 1, 4, 2.5)):
        cases.append((_counts(rng, n, v), _labels(rng, names, n), alpha))
    cases.append((_counts(rng, 7, 5), _labels(rng, GAPPED[:3], 7)))
    _fits(carried, student, "fit_multinomial", cases, "log_prob")


@pytest.mark.question("fit_multinomial")
def test_multinomial_prior(student: Student, rng: Rng, carried: Carried) -> None:
    """The model holds its kind, the classes and their log prior."""
    cases = [(_counts(rng, 9, 3), _labels(rng, names, 9)) for names in (STRINGS[:3], GAPPED)]
    _fit_priors(carried, student, "fit_multinomial", "multinomial", cases)


@pytest.mark.question("fit_multinomial", weight=2)
def test_multinomial_with_unseen_words(student: Student, rng: Rng, carried: Carried) -> None:
    """Words that a class or all classes lack get their share, and each class's probabilities sum to one."""
    X, y = _counts(rng, 8, 7) + 1, _labels(rng, GAPPED[:2], 8)
    X[y == y[0], 2] = 0
    X[:, 5] = 0
    alpha = float(rng.uniform(0.005, 0.01))  # so little that a tiny number in the logarithm shows
    (model,) = _fits(carried, student, "fit_multinomial", [(X, y, alpha)], "log_prob")
    log_prob = assert_shape(_theta(model, "log_prob"), (2, 7), "theta['log_prob']")
    assert_probabilities(np.exp(log_prob), "each class's probabilities")


@pytest.mark.question("fit_multinomial")
def test_multinomial_without_smoothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Without smoothing an unseen word has log probability -inf, and nothing becomes NaN."""
    X, y = _counts(rng, 8, 5) + 1, _labels(rng, STRINGS[:2], 8)
    X[y == y[0], 1] = 0
    _fit(carried, student, "fit_multinomial", X, y, "log_prob", alpha=0.0)


@pytest.mark.question("fit_multinomial")
def test_multinomial_takes_lists_and_edits_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    X, y = _counts(rng, 6, 3), _labels(rng, STRINGS[:2], 6)
    _fit(carried, student.read_only, "fit_multinomial", X.astype(float), y, "log_prob")
    _fit(carried, student, "fit_multinomial", X.tolist(), y.tolist(), "log_prob")


@pytest.mark.question("fit_multinomial")
def test_multinomial_refuses_what_makes_no_sense(student: Student, rng: Rng) -> None:
    """ValueError for negative counts, missing labels, negative smoothing and an empty class without smoothing."""
    X, y = _counts(rng, 6, 3) + 1, _labels(rng, GAPPED[:2], 6)
    negative, empty = X.copy(), X.copy()
    negative[2, 1] = -2
    empty[y == y[0]] = 0
    for model in student.each("fit_multinomial", [(X, y), (empty, y)]):
        assert_shape(_theta(model, "log_prob"), (2, 3), "theta['log_prob']")
    with student.expects("ValueError", "a negative count should raise ValueError"):
        student.fit_multinomial(negative, y)
    with student.expects("ValueError", "a negative alpha should raise ValueError"):
        student.fit_multinomial(X, y, alpha=-0.5)
    with student.expects("ValueError", "an empty class without smoothing should raise ValueError"):
        student.fit_multinomial(empty, y, alpha=0.0)
    _wants_matching_rows(student, "fit_multinomial", rng)


# fit_bernoulli


def _bernoulli_cases(rng: Rng) -> list[tuple[Any, ...]]:
    """Rows, their labels and, but for one of them, an alpha."""
    shapes: tuple[Any, ...] = (
        (STRINGS[:3], 11, 5, (0.4,)),
        (GAPPED[:2], 6, 1, ()),
        (GAPPED[:1], 1, 3, (2.0,)),
    )
    return [(_bits(rng, n, v), _labels(rng, names, n), *alpha) for names, n, v, alpha in shapes]


@pytest.mark.question("fit_bernoulli", weight=2)
def test_bernoulli_presence(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log probabilities of a feature's presence, for several shapes and amounts of smoothing."""
    _fits(carried, student, "fit_bernoulli", _bernoulli_cases(rng), "log_p")


@pytest.mark.question("fit_bernoulli", weight=2)
def test_bernoulli_absence(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log probabilities of a feature's absence, for several shapes and amounts of smoothing."""
    _fits(carried, student, "fit_bernoulli", _bernoulli_cases(rng), "log_1mp")


@pytest.mark.question("fit_bernoulli")
def test_bernoulli_prior(student: Student, rng: Rng, carried: Carried) -> None:
    """The model holds its kind, the classes and their log prior."""
    cases = [(_bits(rng, 9, 3), _labels(rng, names, 9)) for names in (STRINGS[:3], GAPPED)]
    _fit_priors(carried, student, "fit_bernoulli", "bernoulli", cases)


@pytest.mark.question("fit_bernoulli")
def test_bernoulli_presence_without_smoothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Without smoothing a feature that never occurs has log probability -inf of being there."""
    X, y = _bits(rng, 10, 3), _labels(rng, STRINGS[:2], 10)
    X[:, 0], X[:, 1], X[:2, 2] = 0, 1, (0, 1)
    _fit(carried, student, "fit_bernoulli", X, y, "log_p", alpha=0.0)


@pytest.mark.question("fit_bernoulli")
def test_bernoulli_absence_without_smoothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Without smoothing a feature that always occurs has log probability -inf of being absent."""
    X, y = _bits(rng, 10, 3), _labels(rng, STRINGS[:2], 10)
    X[:, 0], X[:, 1], X[:2, 2] = 0, 1, (0, 1)
    _fit(carried, student, "fit_bernoulli", X, y, "log_1mp", alpha=0.0)


@pytest.mark.question("fit_bernoulli")
def test_bernoulli_takes_booleans_and_nothing_else(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists and booleans are accepted, counts and missing labels are an error, and nothing is edited."""
    X, y = _bits(rng, 7, 4), _labels(rng, STRINGS[:2], 7)
    _fit(carried, student.read_only, "fit_bernoulli", X.astype(float), y, "log_p")
    cases = [(X.astype(bool), y), (X.tolist(), y.tolist())]
    _fits(carried, student, "fit_bernoulli", cases, "log_p")
    for value in (2, 0.5, -1):
        other = X.astype(float)
        other[3, 2] = value
        with student.expects("ValueError", "anything but 0 and 1 in X should raise ValueError"):
            student.fit_bernoulli(other, y)
    with student.expects("ValueError", "a negative alpha should raise ValueError"):
        student.fit_bernoulli(X, y, alpha=-0.5)
    _wants_matching_rows(student, "fit_bernoulli", rng)


# joint_log_likelihood

JOINT = "the joint log likelihood"


def _joint(call: Student, cases: Iterable[tuple[NBModel, Any]]) -> None:
    cases = list(cases)
    for result, case in zip(call.each("joint_log_likelihood", cases), cases, strict=True):
        _compare_joint(result, *case, NEAR)


def _compare_joint(value: Any, model: NBModel, X: Any, tolerance: dict[str, float]) -> np.ndarray:
    result = assert_shape(value, (len(X), len(model.classes)), JOINT)
    assert_close(result, naive_bayes.joint_log_likelihood(model, X), JOINT, **tolerance)
    return result


@pytest.mark.question("joint_log_likelihood", weight=2)
def test_joint_of_a_gaussian_model(student: Student, rng: Rng) -> None:
    """Right values for Gaussian models of several shapes."""
    shapes = ((STRINGS[:3], 6, 4), (GAPPED[:1], 1, 1), (GAPPED, 3, 2), (STRINGS[:2], 1, 5))
    _joint(student, ((_gaussian(rng, names, d), rng.normal(0, 3, (n, d))) for names, n, d in shapes))


@pytest.mark.question("joint_log_likelihood", weight=2)
def test_joint_of_a_multinomial_model(student: Student, rng: Rng) -> None:
    """Right values for multinomial models of several shapes."""
    shapes = ((STRINGS[:3], 6, 4), (GAPPED[:1], 1, 1), (GAPPED, 3, 6), (STRINGS[:2], 1, 5))
    _joint(student, ((_multinomial(rng, names, v), _counts(rng, n, v)) for names, n, v in shapes))


@pytest.mark.question("joint_log_likelihood", weight=2)
def test_joint_of_a_bernoulli_model(student: Student, rng: Rng) -> None:
    """Right values for Bernoulli models of several shapes, absent features included."""
    shapes = ((STRINGS[:3], 6, 4), (GAPPED[:1], 1, 1), (GAPPED, 3, 6), (STRINGS[:2], 1, 5))
    _joint(student, ((_bernoulli(rng, names, v), _bits(rng, n, v)) for names, n, v in shapes))


@pytest.mark.question("joint_log_likelihood", weight=2)
def test_joint_of_long_documents_and_far_points(student: Student, rng: Rng) -> None:
    """A document of 10,000 words and a point hundreds of standard deviations away have finite values."""
    words, points = _multinomial(rng, STRINGS[:3], 8), _gaussian(rng, GAPPED[:2], 3)
    bits = _bernoulli(rng, GAPPED[:3], 3000)
    cases = [
        (words, rng.multinomial(10_000, np.full(8, 1 / 8), 2)),
        (points, points.theta["mean"] + rng.uniform(300, 900, (2, 3))),
        (bits, _bits(rng, 2, 3000)),
    ]
    results = student.each("joint_log_likelihood", cases)
    for result, case, tolerance in zip(results, cases, (LONG, NEAR, LONG), strict=True):
        assert_finite(_compare_joint(result, *case, tolerance), JOINT)


@pytest.mark.question("joint_log_likelihood", weight=2)
def test_joint_of_a_multinomial_model_that_rules_words_out(student: Student, rng: Rng) -> None:
    """A word that a class rules out gives -inf where the document holds it, and no harm where it does not."""
    model = _multinomial(rng, GAPPED[:3], 4)
    model.theta["log_prob"][0, 1] = model.theta["log_prob"][2, 3] = -np.inf
    X = _counts(rng, 4, 4) + 1
    X[0, 1] = X[1, 3] = X[2, 1] = X[2, 3] = 0
    _joint(student, [(model, X)])


@pytest.mark.question("joint_log_likelihood")
def test_joint_of_a_bernoulli_model_that_is_certain(student: Student, rng: Rng) -> None:
    """A feature that a class always or never has gives -inf where the row differs, and nothing becomes NaN."""
    model = _bernoulli(rng, GAPPED[:3], 4)
    for c, v, (p, q) in ((0, 1, ("log_p", "log_1mp")), (2, 3, ("log_1mp", "log_p"))):
        model.theta[p][c, v], model.theta[q][c, v] = -np.inf, 0.0
    X = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]])
    _joint(student, [(model, X)])


@pytest.mark.question("joint_log_likelihood")
def test_joint_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, no rows give no values, and the arguments are left as they were."""
    cases = _cases(rng)
    _joint(student.read_only, cases)
    lists, empty = [(model, X.tolist()) for model, X in cases], [(model, X[:0]) for model, X in cases]
    results = student.each("joint_log_likelihood", lists + empty)
    for result, (model, X) in zip(results[:3], cases, strict=True):
        assert_close(result, naive_bayes.joint_log_likelihood(model, X), JOINT, **NEAR)
    for result in results[3:]:
        assert_shape(result, (0, 3), f"{JOINT} of no rows")


@pytest.mark.question("joint_log_likelihood")
def test_joint_wants_the_models_features(student: Student, rng: Rng) -> None:
    """ValueError for rows with another number of features than the model has, and for an unknown kind of model."""
    cases = _cases(rng)
    for result in student.each("joint_log_likelihood", cases):
        assert_shape(result, (6, 3), JOINT)
    for model, X in cases:
        with student.expects(
            "ValueError", "another number of features than the model's should raise ValueError"
        ):
            student.joint_log_likelihood(model, X[:, :1])
    with student.expects("ValueError", "an unknown kind of model should raise ValueError"):
        student.joint_log_likelihood(model._replace(kind="poisson"), X)


# predict_log_proba

LOG_P = "the array of log probabilities"


def _log_proba(
    carried: Carried, call: Student, cases: list[tuple[NBModel, Any]], **tolerance: float
) -> list[np.ndarray]:
    results = []
    for value, case in zip(call.each("predict_log_proba", cases), cases, strict=True):
        model, X = case
        result = assert_shape(value, (len(X), len(model.classes)), LOG_P)

        def compare(reference: Callable[..., Any], result: Any = result, case: Any = case) -> None:
            assert_close(result, reference(*case), LOG_P, **(tolerance or NEAR))

        carried(compare, "predict_log_proba", uses=("joint_log_likelihood",))
        results.append(result)
    return results


@pytest.mark.question("predict_log_proba", weight=3)
def test_log_proba_on_fresh_models(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log probabilities for each kind of model; each row's probabilities sum to one."""
    for result in _log_proba(carried, student, _telling(rng, _some_improbable)):
        assert_probabilities(np.exp(result), "each row of probabilities")


@pytest.mark.question("predict_log_proba", weight=2)
def test_log_proba_of_long_documents(student: Student, rng: Rng, carried: Carried) -> None:
    """Documents of 10,000 words neither underflow nor lose the improbable classes."""
    model = _words_of(rng, STRINGS)
    X = _documents(rng, model)[:3]
    assert_finite(_log_proba(carried, student, [(model, X)], **LONG)[0], LOG_P)


@pytest.mark.question("predict_log_proba")
def test_log_proba_keeps_what_is_ruled_out(student: Student, rng: Rng, carried: Carried) -> None:
    """A class that is ruled out has -inf, and nothing becomes NaN."""
    model = _multinomial(rng, GAPPED[:3], 4)
    model.theta["log_prob"][0, 1] = model.theta["log_prob"][2, 1] = -np.inf
    X = _counts(rng, 3, 4) + 1
    X[1, 1] = 0
    _log_proba(carried, student, [(model, X)])


@pytest.mark.question("predict_log_proba")
def test_log_proba_of_the_impossible(student: Student, rng: Rng) -> None:
    """ValueError when one of the rows is impossible under every class, and only then."""
    model = _multinomial(rng, GAPPED[:2], 4)
    model.theta["log_prob"][0, 1] = model.theta["log_prob"][1, 2] = -np.inf
    X = _counts(rng, 3, 4) + 1
    X[:, 1] = 0
    assert_shape(student.predict_log_proba(model, X), (3, 2), LOG_P)
    impossible = X.copy()
    impossible[1, 1] = 1
    with student.expects("ValueError", "an impossible row should raise ValueError, as the docstring says"):
        student.predict_log_proba(model, impossible)


@pytest.mark.question("predict_log_proba")
def test_log_proba_of_one_class_and_of_no_rows(student: Student, rng: Rng, carried: Carried) -> None:
    """A single class is certain, no rows give no probabilities, and the arguments are left as they were."""
    single: tuple[NBModel, Any] = (_gaussian(rng, GAPPED[:1], 2), rng.normal(size=(3, 2)))
    cases = _telling(rng, _some_improbable)
    _log_proba(carried, student, [single, *((model, X.tolist()) for model, X in cases)])
    _log_proba(carried, student.read_only, cases)
    for result in student.each("predict_log_proba", [(model, X[:0]) for model, X in cases]):
        assert_shape(result, (0, 3), "the log probabilities of no rows")


# predict

PREDICTED = "the array of predicted labels"


def _predict(carried: Carried, call: Student, *cases: tuple[NBModel, Any]) -> None:
    for value, case in zip(call.each("predict", cases), cases, strict=True):

        def compare(reference: Callable[..., Any], value: Any = value, case: Any = case) -> None:
            _same_labels(value, reference(*case), PREDICTED)

        carried(compare, "predict", uses=("joint_log_likelihood", "predict_log_proba"))


@pytest.mark.question("predict", weight=2)
def test_predict_on_fresh_models(student: Student, rng: Rng, carried: Carried) -> None:
    """Right labels, strings and numbers with gaps, for each kind of model."""
    _predict(
        carried,
        student,
        (_gaussian(rng, STRINGS, 4), rng.normal(0, 3, (25, 4))),
        (_multinomial(rng, GAPPED, 5), _counts(rng, 25, 5)),
        (_bernoulli(rng, STRINGS, 6), _bits(rng, 25, 6)),
    )


@pytest.mark.question("predict")
def test_predict_of_long_documents(student: Student, rng: Rng, carried: Carried) -> None:
    """Documents of 10,000 words do not underflow."""
    model = _words_of(rng, STRINGS)
    # Not as many as there are classes: the best document of each class is no answer.
    _predict(carried, student, (model, _documents(rng, model)[[3, 2, 1, 0, 2]]))


@pytest.mark.question("predict")
def test_predict_uses_the_prior(student: Student, rng: Rng, carried: Carried) -> None:
    """A rare class needs more evidence than a frequent one; equal ones give the first."""
    model = _bernoulli(rng, GAPPED[:3], 3)
    X = _bits(rng, 12, 3)
    alike = model._replace(theta=dict.fromkeys(("log_p", "log_1mp"), np.full((3, 3), np.log(0.5))))
    _predict(
        carried,
        student,
        (model._replace(log_prior=np.log([1e-4, 1 - 2e-4, 1e-4])), X),
        (model._replace(log_prior=np.log([1e-4, 1e-4, 1 - 2e-4])), X),
        (alike._replace(log_prior=np.log([0.25, 0.5, 0.25])), X[:2]),
        (alike._replace(log_prior=np.log([0.2, 0.4, 0.4])), X[:2]),
    )


@pytest.mark.question("predict")
def test_predict_takes_lists_and_edits_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted, no rows give no labels, and the arguments are left as they were."""
    cases = _telling(rng, _prior_decides)
    _predict(carried, student.read_only, *cases)
    _predict(carried, student, *((model, rows) for model, X in cases for rows in (X.tolist(), X[:0])))


# ngram_counts

NGRAMS = "the array of counts"


def _text(rng: Rng, letters: str, length: int) -> str:
    return "".join(rng.choice(list(letters), length).tolist())


def _ngrams(student: Student, *cases: tuple[list[str], int, list[str]]) -> None:
    for value, case in zip(student.each("ngram_counts", cases), cases, strict=True):
        texts, _, vocabulary = case
        result = assert_shape(value, (len(texts), len(vocabulary)), NGRAMS)
        assert_close(result, naive_bayes.ngram_counts(*case), NGRAMS, atol=1e-9)


@pytest.mark.question("ngram_counts", weight=2)
def test_ngrams_of_fresh_texts(student: Student, rng: Rng) -> None:
    """Right counts for n-grams of several lengths, in the order of the vocabulary."""
    cases = []
    for n in (1, 2, 3):
        texts = [_text(rng, "abc d", int(length)) for length in rng.integers(12, 30, 3)]
        texts[1] += 4 * _text(rng, "abcd", 1)  # holds n-grams that overlap
        found = sorted({text[i : i + n] for text in texts for i in range(len(text) - n + 1)})
        cases.append((texts, n, [str(gram) for gram in rng.permutation(found)]))
    _ngrams(student, *cases)


@pytest.mark.question("ngram_counts", weight=2)
def test_ngrams_overlap(student: Student, rng: Rng) -> None:
    """Neighbouring n-grams share characters, and each counts."""
    letter, other = map(str, rng.choice(list("bdfhk"), 2, replace=False))
    texts = [letter * int(rng.integers(5, 9)), (letter + other) * int(rng.integers(4, 7)) + letter]
    pairs = [other + letter, letter * 2, letter + other]  # sorted in neither direction, whatever the letters
    _ngrams(student, (texts, 2, pairs), (texts, 3, [letter * 3, letter + other + letter]))


@pytest.mark.question("ngram_counts")
def test_ngrams_keep_their_characters(student: Student, rng: Rng) -> None:
    """Case, spaces and signs are kept, nothing is added at the ends, and unknown n-grams are left out."""
    name = "".join(rng.permutation(list("xyzw"))[:3])
    texts = [f"{name} {name.upper()}, {name.title()}!", f" {name}", name]
    vocabulary = [f"{name[-1]} ", f" {name[0]}", ", ", f"{name[-1]}!", name.upper()[:2], name[:2], "qq"]
    _ngrams(student, (texts, 2, vocabulary))


@pytest.mark.question("ngram_counts")
def test_ngrams_of_short_texts(student: Student, rng: Rng) -> None:
    """Texts shorter than n have no n-grams, one of n characters has one, and no texts give no rows."""
    word = "".join(rng.permutation(list("klm")))
    short, vocabulary = ["", word[:1], word[:2], word, word + word], ["zzz", word]
    _ngrams(student, (short, 3, vocabulary), ([word], 3, vocabulary))
    assert_shape(student.ngram_counts([], 3, vocabulary), (0, 2), "the counts of no texts")
    with student.expects("ValueError", "n-grams of no characters should raise ValueError"):
        student.ngram_counts([word], 0, [word])


@pytest.mark.question("ngram_counts")
def test_ngrams_of_a_long_text(student: Student, rng: Rng) -> None:
    """A text of 10,000 characters and a vocabulary of thousands are counted within the time limit."""
    vocabulary = [TRIGRAMS[i] for i in rng.permutation(26**3)[:7500].tolist()]
    # The end overlaps with itself and is in the vocabulary, so that every known mistake shows.
    letter = _text(rng, string.ascii_lowercase, 1)
    if letter * 3 not in vocabulary:
        vocabulary[0] = letter * 3
    texts = [_text(rng, string.ascii_lowercase, 9_996) + letter * 4]
    result = assert_shape(student.ngram_counts(texts, 3, vocabulary), (1, 7500), NGRAMS)
    right = np.array_equal(result, naive_bayes.ngram_counts(texts, 3, vocabulary))
    check(right, f"{NGRAMS} is not right")


# sample_class

DRAWS = "the array of draws"
# The tests below make two or three of these decisions each, about independent draws.
SEVERAL = 5e-4


def _drawn(call: Student, rng: Rng, *cases: tuple[NBModel, Any, int]) -> list[np.ndarray]:
    """Draws of the right shape and kind for each model, class and number."""
    values = call.each("sample_class", [(fresh_seed(rng), *case) for case in cases])
    return [_assert_drawn(value, model, n) for value, (model, _, n) in zip(values, cases, strict=True)]


def _assert_drawn(value: Any, model: NBModel, n: int, length: int = 100) -> np.ndarray:
    D = next(iter(model.theta.values())).shape[1]
    draws = assert_finite(assert_shape(value, (n, D), DRAWS), DRAWS)
    if model.kind == "multinomial":
        check((draws >= 0).all() and (draws == np.rint(draws)).all(), "a document should be whole counts")
        check((draws.sum(axis=1) == length).all(), "each document should have its length", hint=LENGTH_HINT)
    if model.kind == "bernoulli":
        check(np.isin(draws, (0, 1)).all(), "the draws should be 0 and 1")
    return draws


DISTRIBUTION = "the draws do not have the right distribution"


def _two_sided(lower: float, upper: float) -> float:
    return min(1.0, 2 * min(float(lower), float(upper)))


def _least(*p_values: float) -> float:
    """Bonferroni's p-value of several; NaN where one of them is."""
    return min(1.0, len(p_values) * float(np.min(p_values)))


@pytest.mark.question("sample_class", weight=2)
def test_draws_have_the_models_form(student: Student, rng: Rng) -> None:
    """Draws have the right shape and kind, for each kind of model, any number of rows and any length."""
    models = [model for model, _ in _cases(rng)]
    _drawn(student, rng, *((model, model.classes[1].item(), n) for model in models for n in (0, 1, 7)))
    many = ((model, model.classes[2].item(), 30) for model in models)
    for draws in _drawn(student.read_only, rng, *many):
        check(np.unique(draws, axis=0).shape[0] > 1, "not all rows should be alike", hint=ONE_DRAW_HINT)
    model = _multinomial(rng, STRINGS[:2], 3)
    for length in (1, int(rng.integers(200, 400))):
        documents = student.sample_class(fresh_seed(rng), model, STRINGS[1].item(), 3, length=length)
        _assert_drawn(documents, model, 3, length)


@pytest.mark.question("sample_class")
def test_draws_repeat_with_the_seed(student: Student, rng: Rng) -> None:
    """The same generator gives the same draws, another one gives others."""
    cases = []
    for model, _ in _cases(rng):
        seed, c = fresh_seed(rng), model.classes[0].item()
        cases += [(chosen, model, c, 20) for chosen in (seed, seed, fresh_seed(rng))]
    results = student.each("sample_class", cases)
    for i in range(0, len(cases), 3):
        first, again = (as_array(result, DRAWS) for result in results[i : i + 2])
        check(np.array_equal(first, again), "the same seed should give the same draws", hint=GENERATOR_HINT)
        other = _assert_drawn(results[i + 2], cases[i][1], 20)
        check(not np.array_equal(first, other), "another seed should give other draws", hint=ONE_DRAW_HINT)


@pytest.mark.question("sample_class")
def test_draws_come_from_the_named_class(student: Student, rng: Rng) -> None:
    """The label names the class, whatever its position; a label that the model lacks is an error."""
    names = np.array([1, 2, 3])
    far = {"mean": np.array([[0.0], [1e3], [2e3]]), "var": np.ones((3, 1))}
    model = NBModel("gaussian", names, np.log(np.full(3, 1 / 3)), far)
    for c, centre in zip(names.tolist(), far["mean"][:, 0], strict=True):
        (draws,) = _drawn(student, rng, (model, c, 3))
        check((np.abs(draws - centre) < 100).all(), "the draws come from another class", hint=POSITION_HINT)
    strings = model._replace(classes=STRINGS[:3])
    (draws,) = _drawn(student, rng, (strings, STRINGS[2].item(), 3))
    check((np.abs(draws - 2e3) < 100).all(), "the draws come from another class", hint=POSITION_HINT)
    for c in (0, 4):
        with student.expects("ValueError", "a label that the model lacks should raise ValueError"):
            student.sample_class(fresh_seed(rng), model, c, 2)


@pytest.mark.question("sample_class", weight=2)
def test_gaussian_draws_have_the_right_distribution(student: Student, rng: Rng) -> None:
    """Each feature is normal with its own mean and variance, independent of the other."""
    model = _gaussian(rng, STRINGS[:2], 2)
    model.theta["var"][:] = [
        [rng.uniform(4, 9), rng.uniform(0.05, 0.2)],
        [rng.uniform(0.1, 0.2), rng.uniform(3, 9)],
    ]
    for index in (0, 1):
        mean, sd = model.theta["mean"][index], np.sqrt(model.theta["var"][index])

        def p_value(rng: Rng, index: int = index, mean: np.ndarray = mean, sd: np.ndarray = sd) -> float:
            z = (_drawn(student, rng, (model, STRINGS[index].item(), 400))[0] - mean) / sd
            tests = [stats.kstest(column, special.ndtr).pvalue for column in z.T]
            return _least(*tests, stats.pearsonr(*z.T).pvalue)

        valid = "exact: Kolmogorov–Smirnov and correlation of normal draws, Bonferroni over three"
        assert_p_value(p_value, rng, DISTRIBUTION, level=SEVERAL, hint=SPREAD_HINT, valid=valid)


@pytest.mark.question("sample_class", weight=2)
def test_bernoulli_draws_have_the_right_distribution(student: Student, rng: Rng) -> None:
    """Each feature is present as often as its probability says, independent of the others."""
    model = _bernoulli(rng, GAPPED[:2], 3)
    p = np.array([rng.uniform(0.35, 0.45), rng.uniform(0.55, 0.65), rng.uniform(0.1, 0.2)])
    # The other class is the opposite: who draws from it cannot be right by luck.
    model.theta["log_p"][:], model.theta["log_1mp"][:] = np.log([1 - p, p]), np.log([p, 1 - p])

    def p_value(rng: Rng) -> float:
        (draws,) = _drawn(student, rng, (model, GAPPED[1].item(), 300))
        ones, both = draws.sum(axis=0), (draws[:, 0] * draws[:, 1]).sum()
        shares = special.bdtr(ones, 300, p), special.bdtrc(ones - 1, 300, p)
        tails = [_two_sided(*pair) for pair in zip(*shares, strict=True)]
        urn = (300, int(ones[0]), int(ones[1]))
        together = stats.hypergeom.cdf(both, *urn), stats.hypergeom.sf(both - 1, *urn)
        return _least(*tails, _two_sided(*together))

    valid = "exact: binomial and hypergeometric tails, Bonferroni over four"
    assert_p_value(p_value, rng, DISTRIBUTION, hint=SPREAD_HINT, valid=valid)


@pytest.mark.question("sample_class", weight=2)
def test_multinomial_draws_have_the_right_distribution(student: Student, rng: Rng) -> None:
    """Words occur as often as their probabilities say, and documents differ as much as they should."""
    model = _multinomial(rng, STRINGS[:2], 4)
    p = rng.permutation([0.1, 0.2, 0.3, 0.4])
    model.theta["log_prob"][:] = np.log([0.5 - p, p])  # nor can the other class here

    def p_value(rng: Rng) -> float:
        sets = np.array(_drawn(student, rng, (model, STRINGS[1].item(), 20)))
        # Nineteen of twenty right answers need no more than the first few: a large p-value need not be known to a hair.
        for more in (199, 3800):
            sets = np.concatenate([sets, rng.multinomial(100, p, (more, 20))])
            words = ((sets.sum(axis=1) - 2000 * p) ** 2 / (2000 * p)).sum(axis=1)
            rows = ((sets - 100 * p) ** 2 / (100 * p)).sum(axis=(1, 2))
            # The share of exact draws, these among them, that are as extreme: a valid p-value whatever the draws.
            tails = (words >= words[0]).mean(), (rows >= rows[0]).mean(), (rows <= rows[0]).mean()
            least = _least(*tails)
            if least > 0.05:
                break
        return least

    valid = (
        "exact: rank among 4,000 simulated sets, the first 200 where that settles it; Bonferroni over three"
    )
    assert_p_value(p_value, rng, DISTRIBUTION, hint=SPREAD_HINT, valid=valid)


# log_odds

ODDS = "the log odds"


@pytest.mark.question("log_odds", weight=3)
def test_log_odds_on_fresh_models(student: Student, rng: Rng) -> None:
    """Right log odds for several models and words, whatever the prior says."""
    cases = []
    for names, v in ((STRINGS[:2], 5), (GAPPED[1:3], 2), (STRINGS[2:], 9)):
        model = _multinomial(rng, names, v)
        cases += [(model, feature) for feature in {0, v - 1, int(rng.integers(v))}]
    for result, case in zip(student.each("log_odds", cases), cases, strict=True):
        assert_close(as_array(result, ODDS), naive_bayes.log_odds(*case), ODDS, **NEAR)


@pytest.mark.question("log_odds")
def test_log_odds_of_what_is_ruled_out(student: Student, rng: Rng) -> None:
    """A word that one of the classes rules out has infinite log odds, of the right sign."""
    model = _multinomial(rng, STRINGS[:2], 4)
    model.theta["log_prob"][0, 1] = model.theta["log_prob"][1, 3] = -np.inf
    cases = [(model, feature) for feature in (0, 1, 3)]
    for result, case in zip(student.each("log_odds", cases), cases, strict=True):
        assert_close(result, naive_bayes.log_odds(*case), ODDS, **NEAR)


@pytest.mark.question("log_odds")
def test_log_odds_want_two_classes_of_words(student: Student, rng: Rng) -> None:
    """ValueError for a model with three classes and for one of another kind."""
    model = _multinomial(rng, GAPPED[:2], 3)
    assert_close(student.read_only.log_odds(model, 2), naive_bayes.log_odds(model, 2), ODDS, **NEAR)
    for other in (_multinomial(rng, GAPPED[:3], 3), _bernoulli(rng, GAPPED[:2], 3)):
        with student.expects("ValueError", "only a multinomial model of two classes has these log odds"):
            student.log_odds(other, 1)


# derivation


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=pytest.mark.question("derive_dirichlet_mean", line=line), id=step)
        for step, line in (
            ("log_likelihood", "Smoothing, step 1: the log probability of the sequence."),
            ("log_prior", "Smoothing, step 2: the log density of the prior."),
            ("log_posterior", "Smoothing, step 3: the log density of the posterior."),
            ("posterior_mean", "Smoothing, step 4: the posterior mean."),
            ("prior_weight", "Smoothing, step 5: the weight of the uniform guess."),
        )
    ],
)
def test_derive_dirichlet_mean(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = [
        {
            "theta": rng.uniform(0.05, 0.6),
            "alpha": rng.uniform(0.3, 3),
            "V": float(rng.integers(3, 40)),
            "n": float(rng.integers(15, 40)),
            "n_v": float(rng.integers(1, 12)),
        }
        for _ in range(4)
    ]
    points = [{name: float(value) for name, value in point.items()} for point in points]
    steps = student.derive_dirichlet_mean()
    check(isinstance(steps, dict), "the result should be a dictionary of SymPy expressions")
    check(steps.get(step) is not None, f'the dictionary has no entry "{step}"')
    assert_expression(steps[step], naive_bayes.derive_dirichlet_mean()[step], points, f'step "{step}"')
