"""Known wrong and right solutions of week 5: naive Bayes."""

# ruff: noqa: B905, D103, E731, F841, RUF015, RUF059
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special

from autograder.bank import right, wrong
from reference.naive_bayes import (
    NBModel,
    class_log_prior,
    joint_log_likelihood,
    predict_log_proba,
)

LENGTH_HINT = "A document of `length` words is `length` draws: its counts sum to `length` exactly."
ONE_DRAW_HINT = "Every row is a new draw: what you return is one row, or the mean, repeated."
POSITION_HINT = "c is a label such as 'en' or 7, not a position: find where it stands among model.classes."
SPREAD_HINT = (
    "Compare your draws with the model: their mean, their spread, and whether two features of a row move "
    "together. Normal draws want a standard deviation, and each entry a draw of its own."
)
GENERATOR_HINT = (
    "Draw with the generator that is handed in (rng.…), so that the same seed gives the same rows."
)


# Changes of the reference that change nothing, so that no hidden test can catch them.
_ANY_NUMBERS = "the values are the same whatever their dtype"
_ARRAYS = "what a model holds, and what the earlier function returns, are arrays already"
_SOME_FEATURE = "there is at least one feature"
_WARNINGS = "a warning costs nothing"
_NEVER_READ = "it is multiplied by 0, or the result is replaced by -inf"
_TOO_SHORT = "the further slices are shorter than n, so no vocabulary holds them"
_EQUALLY_LONG = "both have one entry a text"
_SUMS_TO_ONE = "the probabilities sum to 1 but for rounding"
_PROBABILITY_ZERO = "the two differ with probability 0"
_BY_NAME = "symbols are matched by name, whatever their assumptions"
_SYMMETRIC = "the beta function is symmetric"
_SHIFTED = (
    "1e-10 shifts a logarithm by about the tolerance; what gives it away is the -inf that does not come"
)
NARROW_TOLERANCES = {
    "test_multinomial_on_fresh_counts": _SHIFTED,
    "test_gaussian_far_from_the_origin": "a coarse look before the sharp comparison, which is with the student's own "
    "variances at the origin",
}
EQUIVALENT_MUTANTS = {
    "fit_gaussian: "
    "var += var_smoothing * X.var(axis=0).max(initial=0.0) → "
    "var += var_smoothing * X.var(axis=0).max()": _SOME_FEATURE,
    'fit_multinomial: with np.errstate(divide="ignore"): → with np.errstate():': _WARNINGS,
    'fit_bernoulli: with np.errstate(divide="ignore"): → with np.errstate():': _WARNINGS,
    "joint_log_likelihood: "
    'mean, var = np.asarray(theta["mean"]), np.asarray(theta["var"]) → '
    'mean, var = (theta["mean"]), np.asarray(theta["var"])': _ARRAYS,
    "joint_log_likelihood: "
    'mean, var = np.asarray(theta["mean"]), np.asarray(theta["var"]) → '
    'mean, var = np.asarray(theta["mean"]), (theta["var"])': _ARRAYS,
    "joint_log_likelihood: "
    "return np.asarray(log_prior) - 0.5 * (np.log(2 * np.pi * var) + squares).sum(axis=2) → "
    "return (log_prior) - 0.5 * (np.log(2 * np.pi * var) + squares).sum(axis=2)": _ARRAYS,
    'joint_log_likelihood: log_p = np.asarray(theta["log_prob"]) → log_p = (theta["log_prob"])': _ARRAYS,
    "joint_log_likelihood: "
    "result = np.asarray(log_prior) + X @ np.where(impossible, 0.0, log_p).T → "
    "result = (log_prior) + X @ np.where(impossible, 0.0, log_p).T": _ARRAYS,
    "joint_log_likelihood: "
    "result = np.asarray(log_prior) + X @ np.where(impossible, 0.0, log_p).T → "
    "result = np.asarray(log_prior) + X @ np.where(impossible, 1.0, log_p).T": _NEVER_READ,
    "predict_log_proba: "
    "log_joint = np.asarray(joint_log_likelihood(model, X)) → "
    "log_joint = (joint_log_likelihood(model, X))": _ARRAYS,
    "predict: "
    "return np.asarray(model.classes)[np.argmax(predict_log_proba(model, X), axis=1)] → "
    "return (model.classes)[np.argmax(predict_log_proba(model, X), axis=1)]": _ARRAYS,
    "ngram_counts: "
    "counts = np.zeros((len(texts), len(vocabulary)), dtype=int) → "
    "counts = np.zeros((len(texts), len(vocabulary)))": _ANY_NUMBERS,
    "ngram_counts: "
    "for row, text in zip(counts, texts, strict=True): → "
    "for row, text in zip(counts, texts):": _EQUALLY_LONG,
    "ngram_counts: "
    "for start in range(len(text) - n + 1): → "
    "for start in range(len(text) + n + 1):": _TOO_SHORT,
    "ngram_counts: "
    "for start in range(len(text) - n + 1): → "
    "for start in range(len(text) - n + 2):": _TOO_SHORT,
    "sample_class: "
    "index = np.flatnonzero(np.asarray(model.classes) == c) → "
    "index = np.flatnonzero((model.classes) == c)": _ARRAYS,
    "sample_class: "
    "theta = {name: np.asarray(rows)[index[0]] for name, rows in model.theta.items()} → "
    "theta = {name: (rows)[index[0]] for name, rows in model.theta.items()}": _ARRAYS,
    "sample_class: "
    "return rng.multinomial(length, p / p.sum(), n) → "
    "return rng.multinomial(length, p * p.sum(), n)": _SUMS_TO_ONE,
    "sample_class: "
    'return (rng.random((n, len(theta["log_p"]))) < np.exp(theta["log_p"])).astype(int) → '
    'return (rng.random((n, len(theta["log_p"]))) <= np.exp(theta["log_p"])).astype(int)': _PROBABILITY_ZERO,
    "log_odds: "
    'first, second = np.asarray(model.theta["log_prob"])[:, feature] → '
    'first, second = (model.theta["log_prob"])[:, feature]': _ARRAYS,
    "derive_dirichlet_mean: "
    'theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True) → '
    'theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v")': _BY_NAME,
    "derive_dirichlet_mean: "
    '"log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)), → '
    '"log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(b, a)),': _SYMMETRIC,
    "derive_dirichlet_mean: - sp.log(sp.beta(a_n, b_n)), → - sp.log(sp.beta(b_n, a_n)),": _SYMMETRIC,
}

# class_log_prior


@wrong("class_log_prior", hint="These are the shares. Their logarithms are asked for.")
def shares_not_logs(y):
    if len(y) == 0:
        raise ValueError("no labels")
    classes, counts = np.unique(y, return_counts=True)
    return classes, counts / len(y)


@wrong(
    "class_log_prior",
    hint="A class that occurs more often is more probable: count, do not take every class as equal.",
)
def uniform_prior(y):
    if len(y) == 0:
        raise ValueError("no labels")
    classes = np.unique(y)
    return classes, np.full(len(classes), -np.log(len(classes)))


@wrong(
    "class_log_prior",
    hint="Counting with bincount or range(C) takes the labels for 0, 1, 2, …: they may be strings or have gaps.",
    also=("fit_gaussian", "fit_multinomial", "fit_bernoulli"),
)
def labels_from_zero(y):
    if len(y) == 0:
        raise ValueError("no labels")
    counts = np.bincount(np.asarray(y))
    return np.arange(len(counts)), np.log(counts / len(y))


@wrong(
    "class_log_prior",
    hint="In order of appearance the classes are not sorted, and class and prior no longer fit together elsewhere.",
)
def order_of_appearance(y):
    import collections

    if len(y) == 0:
        raise ValueError("no labels")
    counts = collections.Counter(np.asarray(y).tolist())
    return np.array(list(counts)), np.log(np.array(list(counts.values())) / len(y))


@wrong("class_log_prior", hint="Smoothing is for the features. The class prior is the plain share N_c / N.")
def smoothed_prior(y):
    if len(y) == 0:
        raise ValueError("no labels")
    classes, counts = np.unique(y, return_counts=True)
    return classes, np.log((counts + 1) / (len(y) + len(classes)))


@wrong("class_log_prior", hint="The natural logarithm is asked for, not the one to base 2.")
def prior_in_bits(y):
    if len(y) == 0:
        raise ValueError("no labels")
    classes, counts = np.unique(y, return_counts=True)
    return classes, np.log2(counts / len(y))


@wrong("class_log_prior", hint="What should happen without any label? The docstring says.")
def no_labels_no_error(y):
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    return classes, np.log(counts / max(len(y), 1))


@right("class_log_prior")
def counted_in_a_loop(y):
    import math

    y = np.asarray(y).tolist()
    if not y:
        raise ValueError("y is empty")
    classes = sorted(set(y))
    return classes, [math.log(y.count(c)) - math.log(len(y)) for c in classes]


@right("class_log_prior")
def mean_of_a_comparison(y):
    y = np.array(y)
    if y.size < 1:
        raise ValueError("no labels at all")
    classes = np.unique(y)
    return [classes, np.log((y[:, None] == classes).mean(axis=0))]


# fit_gaussian


@wrong("fit_gaussian", hint="The maximum-likelihood variance divides by N_c, not by N_c - 1.")
def unbiased_variance(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    variances = np.array(
        [X[y == c].var(0, ddof=1) if (y == c).sum() > 1 else X[y == c].var(0) for c in classes]
    )
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing * X.var(0).max()}
    )


@wrong("fit_gaussian", hint="That is the standard deviation. The model holds variances.")
def standard_deviation(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    spread = np.array([X[y == c].std(0) for c in classes])
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": spread + var_smoothing * X.var(0).max()}
    )


@wrong(
    "fit_gaussian",
    hint="A constant feature has variance 0, and a density that is infinite: add the smoothing of the docstring.",
)
def without_smoothing(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    variances = np.array([X[y == c].var(0) for c in classes])
    return NBModel("gaussian", classes, log_prior, {"mean": means, "var": variances})


@wrong(
    "fit_gaussian",
    hint="The smoothing is a share of the largest variance of any feature, not a number added as it is.",
)
def smoothing_without_scale(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    variances = np.array([X[y == c].var(0) for c in classes])
    return NBModel("gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing})


@wrong("fit_gaussian", hint="The largest variance is taken over all N rows together, not within the classes.")
def smoothing_from_the_classes(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    variances = np.array([X[y == c].var(0) for c in classes])
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing * variances.max()}
    )


@wrong(
    "fit_gaussian",
    hint="You average over the features (axis=1) where each feature should be averaged over the rows (axis=0).",
)
def wrong_axis(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([np.full(X.shape[1], X[y == c].mean(1).mean()) for c in classes])
    variances = np.array([np.full(X.shape[1], X[y == c].var(1).mean()) for c in classes])
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing * X.var(0).max()}
    )


@wrong("fit_gaussian", hint="Each class has its own variances; you share one row among all classes.")
def shared_variance(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    variances = np.array([X.var(0) for _ in classes])
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing * X.var(0).max()}
    )


@wrong(
    "fit_gaussian",
    hint="E[x²] - E[x]² loses all digits when the features lie far from 0: subtract the mean before squaring.",
)
def difference_of_squares(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X):
        raise ValueError("X and y")
    classes, log_prior = class_log_prior(y)
    means = np.array([X[y == c].mean(0) for c in classes])
    squares = np.array([(X[y == c] ** 2).mean(0) for c in classes])
    variances = squares - means**2 + var_smoothing * X.var(0).max()
    return NBModel("gaussian", classes, log_prior, {"mean": means, "var": variances})


@right("fit_gaussian")
def with_indicator_matrix(X, y, var_smoothing=1e-9):
    X, y = np.array(X, float), np.array(y)
    if X.shape[0] != y.shape[0]:
        raise ValueError("X and y differ in length")
    classes, log_prior = class_log_prior(y)
    member = (y == classes[:, None]) / (y == classes[:, None]).sum(axis=1, keepdims=True)
    means = member @ X
    variances = np.einsum("cn,cnd->cd", member, (X - means[:, None]) ** 2)
    return NBModel(
        "gaussian", classes, log_prior, {"mean": means, "var": variances + var_smoothing * np.var(X, 0).max()}
    )


@right("fit_gaussian")
def row_by_row_in_lists(X, y, var_smoothing=1e-9):
    import math

    rows, labels = np.asarray(X, float).tolist(), np.asarray(y).tolist()
    if len(rows) != len(labels):
        raise ValueError("as many labels as rows, please")
    classes = sorted(set(labels))
    columns = list(zip(*rows))
    mean_of = lambda values: math.fsum(values) / len(values)
    var_of = lambda values: math.fsum((v - mean_of(values)) ** 2 for v in values) / len(values)
    extra = var_smoothing * max(var_of(column) for column in columns)
    theta = {"mean": [], "var": []}
    for c in classes:
        own = list(zip(*[row for row, label in zip(rows, labels) if label == c]))
        theta["mean"].append([mean_of(column) for column in own])
        theta["var"].append([var_of(column) + extra for column in own])
    log_prior = [math.log(labels.count(c) / len(labels)) for c in classes]
    return "gaussian", classes, log_prior, theta


# fit_multinomial


@wrong(
    "fit_multinomial",
    hint="alpha is added to each of the V counts, so V times alpha is added to their sum: your "
    "probabilities do not sum to 1.",
)
def alpha_above_only(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log((counts + alpha) / counts.sum(axis=1, keepdims=True))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="alpha is added to each of the V counts: their sum grows by alpha V, not by alpha.",
)
def alpha_once_below(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log((counts + alpha) / (counts.sum(axis=1, keepdims=True) + alpha))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong("fit_multinomial", hint="Adding 1 is one choice of smoothing. Use the alpha that was given.")
def always_one(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log((counts + 1) / (counts.sum(axis=1, keepdims=True) + counts.shape[1]))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="A word never seen in a class gets probability 0 and would veto the class for ever: add alpha.",
)
def no_smoothing(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log(counts / counts.sum(axis=1, keepdims=True))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="The probabilities of the V words of one class sum to 1. Yours sum to 1 over the classes.",
)
def normalised_over_classes(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log((counts + alpha) / (counts + alpha).sum(axis=0))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="Divide by the number of words of the class, not by its number of documents: long "
    "documents would give more than 1.",
)
def divides_by_documents(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log(
            (counts + alpha) / (np.array([[np.sum(y == c)] for c in classes]) + alpha * counts.shape[1])
        )
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong("fit_multinomial", hint="These are the probabilities. theta holds their logarithms.")
def probabilities_not_logs(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = (counts + alpha) / (counts + alpha).sum(axis=1, keepdims=True)
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="A word that occurs three times in a document counts three times: this is the multinomial model.",
)
def presence_not_counts(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log(
            (np.array([(X[y == c] > 0).sum(axis=0) for c in classes]) + alpha)
            / (np.array([[(X[y == c] > 0).sum()] for c in classes]) + alpha * X.shape[1])
        )
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@wrong(
    "fit_multinomial",
    hint="log(p + 1e-10) turns the impossible into the merely improbable, and shifts everything "
    "else a little. Without smoothing the log probability is -inf.",
)
def a_tiny_number_in_the_logarithm(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if (counts.sum(axis=1) + alpha == 0).any():
        raise ValueError("an empty class")
    with np.errstate(all="ignore"):
        log_prob = np.log((counts + alpha) / (counts + alpha).sum(axis=1, keepdims=True) + 1e-10)
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@right("fit_multinomial")
def by_one_hot_product(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[0] != y.size or X.min(initial=0) < 0 or alpha < 0:
        raise ValueError("bad X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = (np.asarray(classes)[:, None] == y).astype(float) @ X
    total = counts.sum(axis=1) + alpha * X.shape[1]
    if not total.all():
        raise ValueError("a class without words")
    p = (counts + alpha) / total[:, None]
    log_prob = np.full(p.shape, -np.inf)
    np.log(p, out=log_prob, where=p > 0)
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


@right("fit_multinomial")
def with_dictionaries(X, y, alpha=1.0):
    import math

    rows, labels = np.asarray(X).tolist(), np.asarray(y).tolist()
    if len(rows) != len(labels) or alpha < 0 or any(v < 0 for row in rows for v in row):
        raise ValueError("this cannot be fitted")
    totals = {c: [alpha] * len(rows[0]) for c in sorted(set(labels))}
    for row, label in zip(rows, labels):
        for v, count in enumerate(row):
            totals[label][v] += count
    log_prob = []
    for values in totals.values():
        if sum(values) == 0:
            raise ValueError("nothing to count")
        log_prob.append([math.log(v / sum(values)) if v else -math.inf for v in values])
    prior = [math.log(labels.count(c) / len(labels)) for c in totals]
    return ("multinomial", list(totals), prior, {"log_prob": log_prob})


# fit_bernoulli


@wrong(
    "fit_bernoulli",
    hint="Each feature is a coin of its own: divide by the number of rows, not by the number of ones in the class.",
)
def multinomials_denominator(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / (ones.sum(axis=1, keepdims=True) + alpha * X.shape[1])
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong(
    "fit_bernoulli", hint="A feature has two outcomes, so the denominator grows by 2 alpha, not by alpha V."
)
def alpha_v_below(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / (rows + alpha * (X.shape[1] + 2))
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong(
    "fit_bernoulli",
    hint="alpha is added to both outcomes, presence and absence: the denominator grows by 2 alpha.",
)
def alpha_for_one_outcome(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / (rows + alpha)
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong("fit_bernoulli", hint="alpha goes into the denominator too, or probabilities may pass 1.")
def alpha_forgotten_below(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / rows
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong("fit_bernoulli", hint="log(1 - p) is not -log p: take 1 - p first, then the logarithm.")
def minus_the_log(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / (rows + 2 * alpha)
        theta = {"log_p": np.log(p), "log_1mp": -np.log(p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong(
    "fit_bernoulli",
    hint="Without alpha a feature never seen in a class has probability 0 and vetoes the class.",
)
def bernoulli_without_smoothing(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = ones / rows
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong(
    "fit_bernoulli",
    hint="Clipping replaces the -inf that alpha = 0 asks for. Leave the impossible impossible.",
)
def clipped_away_from_zero(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = np.clip((ones + alpha) / (rows + 2 * alpha), 1e-9, 1 - 1e-9)
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@wrong("fit_bernoulli", hint="The rows of the class are counted, not all N rows.")
def over_all_rows(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(y) != len(X) or not np.isin(X, (0, 1)).all() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    ones = np.array([X[y == c].sum(axis=0) for c in classes])
    rows = np.array([[np.sum(y == c)] for c in classes])
    with np.errstate(all="ignore"):
        p = (ones + alpha) / (len(X) + 2 * alpha)
        theta = {"log_p": np.log(p), "log_1mp": np.log(1 - p)}
    return NBModel("bernoulli", classes, log_prior, theta)


@right("fit_bernoulli")
def absences_counted_apart(X, y, alpha=1.0):
    X, y = np.asarray(X), np.asarray(y)
    if len(X) != len(y) or alpha < 0 or set(np.unique(X).tolist()) - {0, 1}:
        raise ValueError("X should be 0 and 1")
    classes, log_prior = class_log_prior(y)
    log_p, log_1mp = [], []
    with np.errstate(divide="ignore"):
        for c in classes:
            own = X[y == c].astype(bool)
            there, missing = own.sum(axis=0) + alpha, (~own).sum(axis=0) + alpha
            log_p.append(np.log(there / (there + missing)))
            log_1mp.append(np.log(missing / (there + missing)))
    return NBModel("bernoulli", classes, log_prior, {"log_p": np.array(log_p), "log_1mp": np.array(log_1mp)})


@right("fit_bernoulli")
def mean_then_shrink(X, y, alpha=1.0):
    X, y = np.array(X, dtype=float), np.array(y)
    if X.shape[0] != y.shape[0] or ((X != 0) & (X != 1)).any() or alpha < 0:
        raise ValueError("not zeros and ones")
    classes, log_prior = class_log_prior(y)
    sizes = np.array([(y == c).sum() for c in classes])[:, None]
    weight = 2 * alpha / (sizes + 2 * alpha)
    p = (1 - weight) * np.array([X[y == c].mean(axis=0) for c in classes]) + weight / 2
    with np.errstate(divide="ignore"):
        theta = {"log_p": np.log(p), "log_1mp": np.log1p(-p)}
    return NBModel("bernoulli", classes, log_prior, theta)


# joint_log_likelihood


@wrong(
    "joint_log_likelihood",
    hint="Bayes' theorem begins with the prior: add log p(c) to each class's column.",
    also=("predict_log_proba", "predict"),
)
def ignores_the_prior(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return -0.5 * (
            np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
        ).sum(axis=2)
    if kind == "multinomial":
        return safe_sum(X, theta["log_prob"])
    if kind == "bernoulli":
        return safe_sum(X, theta["log_p"]) + safe_sum(1 - X, theta["log_1mp"])
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="In the Bernoulli model a feature that is absent speaks too, with log(1 - p).",
    also=("predict_log_proba", "predict"),
)
def ignores_absences(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * (
            np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
        ).sum(axis=2)
    if kind == "multinomial":
        return safe_sum(X, np.asarray(theta["log_prob"])) + log_prior
    if kind == "bernoulli":
        return safe_sum(X, theta["log_p"]) + log_prior
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="var is the variance already: do not square it.",
    also=("predict_log_proba", "predict"),
)
def variance_for_deviation(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * (
            np.log(2 * np.pi * theta["var"] ** 2) + (X[:, None] - theta["mean"]) ** 2 / theta["var"] ** 2
        ).sum(axis=2)
    if kind == "multinomial":
        return safe_sum(X, np.asarray(theta["log_prob"])) + log_prior
    if kind == "bernoulli":
        return (
            safe_sum(X, np.asarray(theta["log_p"]))
            + safe_sum(1 - X, np.asarray(theta["log_1mp"]))
            + log_prior
        )
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="log(2 pi var) differs from class to class and from feature to feature: it may not be left out.",
    also=("predict_log_proba", "predict"),
)
def without_the_normaliser(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * ((X[:, None] - theta["mean"]) ** 2 / theta["var"]).sum(axis=2)
    if kind == "multinomial":
        return safe_sum(X, np.asarray(theta["log_prob"])) + log_prior
    if kind == "bernoulli":
        return (
            safe_sum(X, np.asarray(theta["log_p"]))
            + safe_sum(1 - X, np.asarray(theta["log_1mp"]))
            + log_prior
        )
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="Independent features multiply, so their logarithms are summed. You take the mean.",
    also=("predict_log_proba", "predict"),
)
def mean_over_features(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * (
            np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
        ).mean(axis=2)
    if kind == "multinomial":
        return (X[:, None] * theta["log_prob"]).mean(axis=2) + log_prior
    if kind == "bernoulli":
        return (X[:, None] * theta["log_p"] + (1 - X)[:, None] * theta["log_1mp"]).mean(axis=2) + log_prior
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="0 times -inf is NaN in floating point. Where a word does not occur, its logarithm must not enter.",
    also=("predict_log_proba", "predict"),
)
def zero_times_infinity(model, X):
    kind, classes, log_prior, theta = model
    with np.errstate(all="ignore"):
        X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
        if X.shape[1:] != next(iter(theta.values())).shape[1:]:
            raise ValueError("another number of features")

        def safe_sum(counts, logs):
            with np.errstate(all="ignore"):
                return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

        if kind == "gaussian":
            return np.asarray(log_prior) - 0.5 * (
                np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
            ).sum(axis=2)
        if kind == "multinomial":
            return X @ theta["log_prob"].T + log_prior
        if kind == "bernoulli":
            return X @ theta["log_p"].T + (1 - X) @ theta["log_1mp"].T + log_prior
        raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="Replacing -inf by a large number makes the impossible possible when a document is long enough.",
    also=("predict_log_proba", "predict"),
)
def infinity_made_large(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * (
            np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
        ).sum(axis=2)
    if kind == "multinomial":
        return X @ np.maximum(theta["log_prob"], -1e3).T + log_prior
    if kind == "bernoulli":
        return (
            X @ np.maximum(theta["log_p"], -1e3).T
            + (1 - X) @ np.maximum(theta["log_1mp"], -1e3).T
            + log_prior
        )
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="A word that occurs three times counts three times in the multinomial model.",
    also=("predict_log_proba", "predict"),
)
def counts_as_presence(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    if kind == "gaussian":
        return np.asarray(log_prior) - 0.5 * (
            np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"]
        ).sum(axis=2)
    if kind == "multinomial":
        return safe_sum((X > 0) * 1.0, theta["log_prob"]) + log_prior
    if kind == "bernoulli":
        return (
            safe_sum(X, np.asarray(theta["log_p"]))
            + safe_sum(1 - X, np.asarray(theta["log_1mp"]))
            + log_prior
        )
    raise ValueError("unknown kind")


@wrong(
    "joint_log_likelihood",
    hint="The product of many probabilities underflows to 0, and log 0 is -inf: add logarithms.",
    also=("predict_log_proba", "predict"),
)
def product_of_probabilities(model, X):
    kind, classes, log_prior, theta = model
    X, theta = np.asarray(X, dtype=float), {name: np.asarray(rows) for name, rows in theta.items()}
    if X.shape[1:] != next(iter(theta.values())).shape[1:]:
        raise ValueError("another number of features")

    def safe_sum(counts, logs):
        with np.errstate(all="ignore"):
            return np.where(counts[:, None] == 0, 0.0, counts[:, None] * logs).sum(axis=2)

    with np.errstate(all="ignore"):
        if kind == "gaussian":
            return np.log(
                np.exp(log_prior)
                * np.prod(
                    np.exp(-0.5 * (X[:, None] - theta["mean"]) ** 2 / theta["var"])
                    / np.sqrt(2 * np.pi * theta["var"]),
                    axis=2,
                )
            )
        if kind == "multinomial":
            return np.log(np.exp(log_prior) * np.prod(np.exp(theta["log_prob"]) ** X[:, None], axis=2))
        if kind == "bernoulli":
            return np.log(
                np.exp(log_prior)
                * np.prod(
                    np.exp(theta["log_p"]) ** X[:, None] * np.exp(theta["log_1mp"]) ** (1 - X)[:, None],
                    axis=2,
                )
            )
        raise ValueError("unknown kind")


@right("joint_log_likelihood")
def with_xlogy(model, X):
    from scipy import stats

    X = np.asarray(X, dtype=float)
    columns = []
    for index in range(len(model.classes)):
        theta = {name: np.asarray(rows)[index] for name, rows in model.theta.items()}
        if X.shape[1] != len(next(iter(theta.values()))):
            raise ValueError("wrong number of features")
        if model.kind == "gaussian":
            logs = stats.norm.logpdf(X, theta["mean"], np.sqrt(theta["var"]))
        elif model.kind == "multinomial":
            with np.errstate(invalid="ignore"):
                logs = np.where(X > 0, X * theta["log_prob"], 0)
        elif model.kind == "bernoulli":
            logs = np.where(X == 1, theta["log_p"], theta["log_1mp"])
        else:
            raise ValueError("no such kind")
        columns.append(model.log_prior[index] + logs.sum(axis=1))
    return np.stack(columns, axis=1)


@right("joint_log_likelihood")
def in_plain_loops(model, X):
    import math

    kind, classes, log_prior, theta = model
    names = {
        "gaussian": ("mean", "var"),
        "multinomial": ("log_prob", "log_prob"),
        "bernoulli": ("log_p", "log_1mp"),
    }
    if kind not in names:
        raise ValueError("kind")
    first, second = (np.asarray(theta[name]).tolist() for name in names[kind])
    X = np.asarray(X, dtype=float)
    if X.shape[1] != len(first[0]):
        raise ValueError("features")
    result = []
    for row in X.tolist():
        line = []
        for c in range(len(classes)):
            total = float(log_prior[c])
            for x, one, other in zip(row, first[c], second[c]):
                if kind == "gaussian":
                    total -= math.log(2 * math.pi * other) / 2 + (x - one) ** 2 / (2 * other)
                elif kind == "multinomial":
                    total += x * one if x else 0.0
                else:
                    total += one if x else other
            line.append(total)
        result.append(line)
    return np.array(result).reshape(len(X), len(classes))


# predict_log_proba


@wrong(
    "predict_log_proba",
    hint="Each row is a document whose class probabilities sum to 1. Yours sum to 1 over the documents.",
)
def normalised_over_rows(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    with np.errstate(all="ignore"):
        return joint - special.logsumexp(joint, axis=0)


@wrong("predict_log_proba", hint="This is log p(x, c). Dividing by p(x) is missing.")
def unnormalised(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    return joint


@wrong("predict_log_proba", hint="These are the probabilities. Their logarithms are asked for.")
def posterior_probabilities(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    return np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True))


@wrong(
    "predict_log_proba",
    hint="exp of a long document's joint log likelihood is 0 and 0 / 0 is NaN: stay in log space.",
)
def log_of_a_sum_of_zeros(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    with np.errstate(all="ignore"):
        return np.log(np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True))


@wrong(
    "predict_log_proba",
    hint="Shifting by the largest saves the sum, but exp still turns the improbable classes into "
    "0. Subtract logsumexp and never leave log space.",
)
def loses_the_improbable(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    with np.errstate(all="ignore"):
        p = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.log(p / p.sum(axis=1, keepdims=True))


@wrong("predict_log_proba", hint="Subtracting the largest makes it 0, but the probabilities must sum to 1.")
def divides_by_the_largest(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    return joint - joint.max(axis=1, keepdims=True)


@wrong(
    "predict_log_proba",
    hint="log(p + 1e-12) reports that number for every improbable class. Stay in log space.",
)
def softened_logarithm(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("an impossible row")
    p = special.softmax(joint, axis=1)
    return np.log(p + 1e-12)


@wrong(
    "predict_log_proba",
    hint="A row that is impossible under every class has no posterior: -inf minus -inf is NaN. The"
    " docstring asks for an error.",
)
def silent_about_the_impossible(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    with np.errstate(all="ignore"):
        return joint - special.logsumexp(joint, axis=1, keepdims=True)


@right("predict_log_proba")
def with_log_softmax(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    if len(joint) == 0:
        return joint
    if (joint.max(axis=1) == -np.inf).any():
        raise ValueError("no class can explain this row")
    return special.log_softmax(joint, axis=1)


@right("predict_log_proba")
def pairwise_logaddexp(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    total = np.full(len(joint), -np.inf)
    for column in joint.T:
        total = np.logaddexp(total, column)
    if (total == -np.inf).any():
        raise ValueError("impossible")
    return (joint.T - total).T


# predict


@wrong("predict", hint="argmax gives positions. The labels are asked for.")
def returns_positions(model, X):
    return np.argmax(joint_log_likelihood(model, X), axis=1)


@wrong("predict", hint="This is the least probable class.")
def least_probable(model, X):
    return np.asarray(model.classes)[np.argmin(joint_log_likelihood(model, X), axis=1)]


@wrong("predict", hint="The most probable class of each row is found along axis 1.")
def over_the_rows(model, X):
    return np.asarray(model.classes)[np.argmax(joint_log_likelihood(model, X), axis=0)]


@wrong("predict", hint="A rare class needs more evidence: you compare likelihoods without the prior.")
def by_likelihood_alone(model, X):
    joint = np.asarray(joint_log_likelihood(model, X)) - np.asarray(model.log_prior)
    return np.asarray(model.classes)[np.argmax(joint, axis=1)]


@wrong(
    "predict",
    hint="exp of a long document's joint log likelihood is 0 in every class: compare the logarithms.",
)
def by_underflowing_products(model, X):
    joint = np.exp(joint_log_likelihood(model, X))
    return np.asarray(model.classes)[np.argmax(joint, axis=1)]


@wrong("predict", hint="Of equally probable classes, the first was asked for.")
def last_of_equals(model, X):
    joint = np.asarray(joint_log_likelihood(model, X))
    C = joint.shape[1]
    return np.asarray(model.classes)[C - 1 - np.argmax(joint[:, ::-1], axis=1)]


@wrong("predict", hint="Labels come back as they stand in model.classes: a number stays a number.")
def labels_as_text(model, X):
    return [str(model.classes[k]) for k in np.argmax(joint_log_likelihood(model, X), axis=1)]


@right("predict")
def in_a_loop(model, X):
    labels = []
    for row in np.asarray(predict_log_proba(model, X)):
        labels.append(model.classes[max(range(len(row)), key=lambda k: row[k])])
    return labels


@right("predict")
def from_joint(model, X):
    return np.take(model.classes, np.asarray(joint_log_likelihood(model, X)).argmax(axis=-1))


# ngram_counts


@wrong("ngram_counts", hint="str.count counts occurrences that do not overlap: 'banana' holds 'ana' twice.")
def with_str_count(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for v, gram in enumerate(vocabulary):
            counts[i, v] = text.count(gram)
    return counts


@wrong(
    "ngram_counts",
    hint="The last n-gram of a text of L characters starts at L - n: your loop stops one too early.",
)
def misses_the_last(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    column = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for start in range(len(text) - n):
            if text[start : start + n] in column:
                counts[i, column[text[start : start + n]]] += 1
    return counts


@wrong("ngram_counts", hint="N-grams overlap: step on by one character, not by n.")
def steps_by_n(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    column = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for start in range(0, len(text) - n + 1, n):
            if text[start : start + n] in column:
                counts[i, column[text[start : start + n]]] += 1
    return counts


@wrong("ngram_counts", hint="Upper and lower case differ here: do not change the text.")
def lower_case(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    column = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for start in range(len(text) - n + 1):
            gram = text[start : start + n].lower()
            if gram in column:
                counts[i, column[gram]] += 1
    return counts


@wrong("ngram_counts", hint="Nothing is added at the ends: an n-gram must lie wholly within the text.")
def padded_with_blanks(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    column = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        text = f" {text} "
        for start in range(len(text) - n + 1):
            if text[start : start + n] in column:
                counts[i, column[text[start : start + n]]] += 1
    return counts


@wrong("ngram_counts", hint="How often it occurs is asked for, not whether it does.")
def presence_only(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    found = [{text[i : i + n] for i in range(len(text) - n + 1)} for text in texts]
    return np.array([[int(gram in grams) for gram in vocabulary] for grams in found]).reshape(
        len(texts), len(vocabulary)
    )


@wrong("ngram_counts", hint="N-grams are of characters here, not of words.")
def words_not_characters(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        words = text.split()
        grams = [" ".join(words[start : start + n]) for start in range(len(words) - n + 1)]
        counts[i] = [grams.count(gram) for gram in vocabulary]
    return counts


@wrong(
    "ngram_counts", hint="The columns stand in the order of the vocabulary that was given: do not sort it."
)
def sorted_columns(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    column = {gram: v for v, gram in enumerate(sorted(vocabulary))}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for start in range(len(text) - n + 1):
            if text[start : start + n] in column:
                counts[i, column[text[start : start + n]]] += 1
    return counts


@right("ngram_counts")
def with_a_counter(texts, n, vocabulary):
    import collections

    if n <= 0:
        raise ValueError("n must be positive")
    rows = []
    for text in texts:
        grams = collections.Counter(map("".join, zip(*(text[k:] for k in range(n)))))
        rows.append([grams[gram] for gram in vocabulary])
    return np.array(rows, dtype=float).reshape(len(texts), len(vocabulary))


@right("ngram_counts")
def with_add_at(texts, n, vocabulary):
    if not n >= 1:
        raise ValueError("n >= 1")
    position = dict(zip(vocabulary, range(len(vocabulary))))
    hits = [
        (i, position[text[k : k + n]])
        for i, text in enumerate(texts)
        for k in range(max(0, len(text) - n + 1))
        if text[k : k + n] in position
    ]
    counts = np.zeros((len(texts), len(vocabulary)), dtype=np.int32)
    np.add.at(counts, tuple(np.array(hits, dtype=int).reshape(-1, 2).T), 1)
    return counts


# sample_class


@wrong("sample_class", hint=POSITION_HINT)
def label_as_position(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = c if isinstance(c, int) and 0 <= c < len(model.classes) else 0
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return rng.normal(mean, sd, (n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, model.theta["log_p"].shape[1])) < np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=SPREAD_HINT)
def variance_as_scale(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        mean = model.theta["mean"][k]
        return rng.normal(mean, model.theta["var"][k], (n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, model.theta["log_p"].shape[1])) < np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=ONE_DRAW_HINT)
def the_mean_repeated(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        return np.tile(model.theta["mean"][k], (n, 1))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return np.tile(rng.multinomial(length, p / p.sum()), (n, 1))
    return np.tile((model.theta["log_p"][k] > np.log(0.5)).astype(int), (n, 1))


@wrong("sample_class", hint=SPREAD_HINT)
def one_number_for_all_features(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        return model.theta["mean"][k] + rng.standard_normal((n, 1)) * np.sqrt(model.theta["var"][k])
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, 1)) < np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=LENGTH_HINT)
def rounded_poisson_documents(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return rng.normal(mean, sd, (n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.poisson(length * p, (n, len(p)))
    return (rng.random((n, model.theta["log_p"].shape[1])) < np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=SPREAD_HINT)
def comparison_turned_round(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return rng.normal(mean, sd, (n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, model.theta["log_p"].shape[1])) > np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=SPREAD_HINT)
def every_word_alike(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return rng.normal(mean, sd, (n, len(mean)))
    if model.kind == "multinomial":
        V = model.theta["log_prob"].shape[1]
        return rng.multinomial(length, np.full(V, 1 / V), n)
    return (rng.random((n, model.theta["log_p"].shape[1])) < np.exp(model.theta["log_p"][k])).astype(int)


@wrong("sample_class", hint=GENERATOR_HINT)
def own_generator(rng, model, c, n, length=100):
    if c not in model.classes:
        raise ValueError("c")
    rng = np.random.default_rng()
    k = list(model.classes).index(c)
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return rng.normal(mean, sd, (n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, model.theta["log_p"].shape[1])) < np.exp(model.theta["log_p"][k])).astype(int)


@right("sample_class")
def word_by_word(rng, model, c, n, length=100):
    labels = np.asarray(model.classes).tolist()
    if c not in labels:
        raise ValueError(f"there is no class {c}")
    row = {name: np.asarray(rows)[labels.index(c)] for name, rows in model.theta.items()}
    D = len(next(iter(row.values())))
    draws = np.zeros((n, D))
    for i in range(n):
        if model.kind == "gaussian":
            draws[i] = row["mean"] + np.sqrt(row["var"]) * rng.standard_normal(D)
        elif model.kind == "multinomial":
            p = np.exp(row["log_prob"])
            draws[i] = np.bincount(rng.choice(D, size=length, p=p / p.sum()), minlength=D)
        else:
            draws[i] = rng.binomial(1, np.exp(row["log_p"]))
    return draws


@right("sample_class")
def with_scipys_distributions(rng, model, c, n, length=100):
    import math

    from scipy import stats

    where = np.where(np.asarray(model.classes) == c)[0]
    if len(where) != 1:
        raise ValueError("unknown class")
    k = where[0]
    if model.kind == "gaussian":
        mean, var = model.theta["mean"][k], model.theta["var"][k]
        return mean + stats.norm.rvs(size=(n, len(mean)), random_state=rng) * var**0.5
    if model.kind == "bernoulli":
        log_p = model.theta["log_p"][k]
        return np.array(
            [[math.log(1 - u) < p for u, p in zip(rng.random(len(log_p)), log_p)] for _ in range(n)]
        ).reshape(n, len(log_p))
    edges = np.cumsum(np.exp(model.theta["log_prob"][k]))
    words = np.minimum(np.searchsorted(edges, rng.random((n, length)), side="right"), len(edges) - 1)
    return np.array([[np.sum(row == v) for v in range(len(edges))] for row in words]).reshape(n, len(edges))


# log_odds


@wrong("log_odds", hint="Positive values should speak for the second class, classes[1].")
def odds_turned_round(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    return model.theta["log_prob"][0][feature] - model.theta["log_prob"][1][feature]


@wrong("log_odds", hint="The logarithm of a ratio is the difference of the logarithms, not their ratio.")
def ratio_of_logs(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    return model.theta["log_prob"][1][feature] / model.theta["log_prob"][0][feature]


@wrong("log_odds", hint="The prior does not belong to what one word says: leave it out.")
def with_the_prior(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    first, second = np.asarray(model.theta["log_prob"])[:, feature] + model.log_prior
    return second - first


@wrong("log_odds", hint="This is the ratio. Its logarithm is asked for.")
def odds_without_log(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    first, second = np.asarray(model.theta["log_prob"])[:, feature]
    with np.errstate(all="ignore"):
        return float(np.exp(second - first))


@wrong(
    "log_odds",
    hint="theta holds logarithms already: you take the logarithm of a logarithm, or compare "
    "differences of probabilities.",
)
def difference_of_probabilities(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    first, second = np.exp(np.asarray(model.theta["log_prob"])[:, feature])
    return second - first


@wrong(
    "log_odds",
    hint="With three classes there is no single pair of odds, and other kinds of model have no "
    "log_prob: the docstring asks for an error.",
)
def any_model_will_do(model, feature):
    logs = np.asarray(list(model.theta.values())[0])
    return logs[1, feature] - logs[0, feature]


@right("log_odds")
def unpacked_rows(model, feature):
    kind, classes, _, theta = model
    if kind != "multinomial":
        raise ValueError("a multinomial model is needed")
    if len(classes) != 2:
        raise ValueError("two classes are needed")
    return np.diff(np.asarray(theta["log_prob"]), axis=0)[0, feature]


@right("log_odds")
def through_the_ratio(model, feature):
    import math

    if (model.kind, len(model.classes)) != ("multinomial", 2):
        raise ValueError("no log odds")
    p, q = (math.exp(row[feature]) for row in model.theta["log_prob"])
    if p == 0 or q == 0:
        return math.inf if p == 0 else -math.inf
    return [math.log(q / p)][0]


# derivation


@wrong(
    "derive_dirichlet_mean",
    hint="Add-alpha smoothing adds alpha for each of the V words to the denominator, not once.",
)
def one_alpha_below():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    a, b = alpha, (V - 1) * alpha
    return {
        "log_likelihood": n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta),
        "log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)),
        "log_posterior": (a + n_v - 1) * sp.log(theta)
        + (b + n - n_v - 1) * sp.log(1 - theta)
        - sp.log(sp.beta(a + n_v, b + n - n_v)),
        "posterior_mean": (n_v + alpha) / (n + alpha),
        "prior_weight": alpha / (n + alpha),
    }


@wrong(
    "derive_dirichlet_mean",
    hint="The mode of the posterior (MAP) is not its mean: for Beta(a, b) the mean is a / (a + b).",
)
def mode_instead_of_mean():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    a, b = alpha, (V - 1) * alpha
    return {
        "log_likelihood": n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta),
        "log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)),
        "log_posterior": (a + n_v - 1) * sp.log(theta)
        + (b + n - n_v - 1) * sp.log(1 - theta)
        - sp.log(sp.beta(a + n_v, b + n - n_v)),
        "posterior_mean": (n_v + alpha - 1) / (n + alpha * V - 2),
        "prior_weight": alpha * V / (n + alpha * V),
    }


@wrong(
    "derive_dirichlet_mean",
    hint="The normalisers 1 / B(…) depend on alpha, V and the counts: they belong to the densities.",
)
def without_normalisers():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    likelihood = n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta)
    prior = (alpha - 1) * sp.log(theta) + ((V - 1) * alpha - 1) * sp.log(1 - theta)
    return {
        "log_likelihood": likelihood,
        "log_prior": prior,
        "log_posterior": likelihood + prior,
        "posterior_mean": (n_v + alpha) / (n + alpha * V),
        "prior_weight": alpha * V / (n + alpha * V),
    }


@wrong(
    "derive_dirichlet_mean", hint="This very sequence is given, so no binomial coefficient counts its orders."
)
def counts_orders_too():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    a, b = alpha, (V - 1) * alpha
    return {
        "log_likelihood": sp.log(sp.binomial(n, n_v)) + n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta),
        "log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)),
        "log_posterior": (a + n_v - 1) * sp.log(theta)
        + (b + n - n_v - 1) * sp.log(1 - theta)
        - sp.log(sp.beta(a + n_v, b + n - n_v)),
        "posterior_mean": (n_v + alpha) / (n + alpha * V),
        "prior_weight": alpha * V / (n + alpha * V),
    }


@right("derive_dirichlet_mean")
def with_gammas_and_a_solved_weight():
    theta, alpha, V, n, n_v, w = sp.symbols("theta alpha V n n_v w")
    log_beta = lambda p, q: sp.loggamma(p) + sp.loggamma(q) - sp.loggamma(p + q)
    p, q = alpha, alpha * V - alpha
    likelihood = sp.log(theta**n_v * (1 - theta) ** (n - n_v))
    prior = sp.log(theta ** (p - 1) * (1 - theta) ** (q - 1)) - log_beta(p, q)
    evidence = log_beta(p + n_v, q + n - n_v) - log_beta(p, q)
    mean = (p + n_v) / (p + q + n)
    return {
        "log_likelihood": likelihood,
        "log_prior": prior,
        "log_posterior": likelihood + prior - evidence,
        "posterior_mean": mean,
        "prior_weight": sp.solve((1 - w) * n_v / n + w / V - mean, w)[0],
    }


@right("derive_dirichlet_mean")
def written_as_powers():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    rest, others = n - n_v, (V - 1) * alpha
    density = lambda a, b: (
        theta ** (a - 1) * (1 - theta) ** (b - 1) * sp.gamma(a + b) / sp.gamma(a) / sp.gamma(b)
    )
    return {
        "log_likelihood": sp.log(theta) * n_v + sp.log(1 - theta) * rest,
        "log_prior": sp.log(density(alpha, others)),
        "log_posterior": sp.log(density(alpha + n_v, others + rest)),
        "posterior_mean": 1 / (1 + (others + rest) / (alpha + n_v)),
        "prior_weight": 1 / (1 + n / (alpha * V)),
    }
