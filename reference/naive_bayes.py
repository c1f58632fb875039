"""Week 5, Naive Bayes: three models of a class, prediction, text, and drawing from the model."""

from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special


class NBModel(NamedTuple):
    """A fitted naive Bayes model of C classes."""

    kind: str
    """"gaussian", "multinomial" or "bernoulli"."""
    classes: np.ndarray
    """(C,), the labels, sorted."""
    log_prior: np.ndarray
    """(C,), log p(c)."""
    theta: dict[str, np.ndarray]
    """What describes the classes, one row a class: "mean" and "var" (C, D) if Gaussian, "log_prob" (C, V) if
    multinomial, "log_p" and "log_1mp" (C, V) if Bernoulli."""


def class_log_prior(y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The classes that occur among N labels, and the log of each one's share (maximum likelihood).

    Args:
        y: (N,) array-like of labels, N >= 1. Labels may be strings or any integers, such as 7, -2 and 40.

    Returns:
        (classes, log_prior): the different labels, sorted, shape (C,), and log(N_c / N), shape (C,), in the
        same order. A single class has log prior 0.

    Raises:
        ValueError: `y` is empty.

    Source: Murphy, Probabilistic Machine Learning: An Introduction (2022), section 9.3.2.
    """
    y = np.asarray(y)
    if y.ndim != 1 or y.size == 0:
        raise ValueError("y should be a list of labels, shape (N,), with N >= 1")
    classes, counts = np.unique(y, return_counts=True)
    return classes, np.log(counts / y.size)


def fit_gaussian(X: ArrayLike, y: ArrayLike, var_smoothing: float = 1e-9) -> NBModel:
    """Fit Gaussian naive Bayes: within class c, feature d is N(mean[c, d], var[c, d]), independent of the others.

    Means and variances are the maximum-likelihood estimates (divide by N_c). To every variance is added
    var_smoothing times the largest variance of any feature over *all* N rows (divided by N), so a feature that
    is constant within a class does no harm. Subtract the mean before squaring: features may lie around 1e7
    with a spread of 1.

    Args:
        X: (N, D) array-like of numbers, integers too; N >= 1.
        y: (N,) array-like of labels.
        var_smoothing: number >= 0.

    Returns:
        NBModel of kind "gaussian", theta {"mean": (C, D), "var": (C, D)}; classes and log prior as
        `class_log_prior` gives them. The arguments are left unchanged.

    Raises:
        ValueError: `X` is not two-dimensional or `y` does not have one label a row.
        ValueError: `X` holds NaN or an infinity, or `var_smoothing` is negative (hidden tests do not check this).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), sections 4.2.2 and 8.2.2.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError("X should have shape (N, D) and y shape (N,), with the same N")
    if not np.isfinite(X).all():  # not graded
        raise ValueError("X should be finite everywhere")
    if not var_smoothing >= 0:  # not graded
        raise ValueError(f"var_smoothing should be >= 0, but is {var_smoothing}")
    classes, log_prior = class_log_prior(y)
    mean = np.stack([X[y == c].mean(axis=0) for c in classes])
    var = np.stack([X[y == c].var(axis=0) for c in classes])
    var += var_smoothing * X.var(axis=0).max(initial=0.0)
    return NBModel("gaussian", classes, log_prior, {"mean": mean, "var": var})


def fit_multinomial(X: ArrayLike, y: ArrayLike, alpha: float = 1.0) -> NBModel:
    """Fit multinomial naive Bayes: every word of a document of class c is drawn from the same V probabilities.

    With n_cv the number of times word v occurs in all documents of class c, and n_c = sum_v n_cv:
    p(v | c) = (n_cv + alpha) / (n_c + alpha V), the posterior mean under a symmetric Dirichlet prior.

    Args:
        X: (N, V) array-like of counts >= 0, one document a row.
        y: (N,) array-like of labels.
        alpha: number >= 0. alpha = 0 is maximum likelihood: a word never seen in a class has log probability
            -inf (without a warning).

    Returns:
        NBModel of kind "multinomial", theta {"log_prob": (C, V)}, natural logarithms whose exponentials sum to 1 in
        each row. The arguments are left unchanged.

    Raises:
        ValueError: `X` is not two-dimensional or has a negative entry; `y` does not have one label a row; `alpha` is
            negative; or `alpha` is 0 and a class of `X` holds no word at all.
        ValueError: `X` holds NaN or an infinity (hidden tests do not check this).

    Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), section 13.2.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError("X should have shape (N, V) and y shape (N,), with the same N")
    if (X < 0).any():
        raise ValueError("X should hold counts, which are not negative")
    if not np.isfinite(X).all():  # not graded
        raise ValueError("X should be finite everywhere")
    if alpha < 0:
        raise ValueError("alpha should not be negative")
    classes, log_prior = class_log_prior(y)
    counts = np.stack([X[y == c].sum(axis=0) for c in classes]) + alpha  # (C, V)
    totals = counts.sum(axis=1, keepdims=True)
    if (totals == 0).any():
        raise ValueError("X holds no word at all in some class: alpha should be positive")
    with np.errstate(divide="ignore"):
        return NBModel("multinomial", classes, log_prior, {"log_prob": np.log(counts) - np.log(totals)})


def fit_bernoulli(X: ArrayLike, y: ArrayLike, alpha: float = 1.0) -> NBModel:
    """Fit Bernoulli naive Bayes: within class c, feature v is 1 with probability p_cv, independent of the others.

    With n_cv the number of rows of class c in which feature v is 1, and N_c the number of rows of class c:
    p_cv = (n_cv + alpha) / (N_c + 2 alpha), the posterior mean under a Beta(alpha, alpha) prior.

    Args:
        X: (N, V) array-like of 0 and 1 (or False and True).
        y: (N,) array-like of labels.
        alpha: number >= 0; with 0 a probability may be 0 or 1, and a logarithm -inf (without a warning).

    Returns:
        NBModel of kind "bernoulli", theta {"log_p": (C, V), "log_1mp": (C, V)}: log p_cv and log(1 - p_cv).
        The arguments are left unchanged.

    Raises:
        ValueError: `X` is not two-dimensional or holds anything but 0 and 1; `y` does not have one label a row;
            or `alpha` is negative.

    Source: Manning, Raghavan and Schütze (2008), section 13.3; Murphy (2022), section 9.3.2.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError("X should have shape (N, V) and y shape (N,), with the same N")
    if not ((X == 0) | (X == 1)).all():
        raise ValueError("X should hold nothing but 0 and 1")
    if alpha < 0:
        raise ValueError("alpha should not be negative")
    classes, log_prior = class_log_prior(y)
    ones = np.stack([X[y == c].sum(axis=0) for c in classes])  # (C, V)
    rows = np.stack([[np.sum(y == c)] for c in classes])  # (C, 1)
    with np.errstate(divide="ignore"):
        log_p = np.log(ones + alpha) - np.log(rows + 2 * alpha)
        log_1mp = np.log(rows - ones + alpha) - np.log(rows + 2 * alpha)
    return NBModel("bernoulli", classes, log_prior, {"log_p": log_p, "log_1mp": log_1mp})


def joint_log_likelihood(model: NBModel, X: ArrayLike) -> np.ndarray:
    """log p(x, c) = log p(c) + sum over the features of log p(feature | c), for every row and class.

    Gaussian: log N(x_d | mean, var) = -1/2 [log(2 pi var) + (x_d - mean)^2 / var], var > 0, for each d.
    Multinomial: x_v log p(v | c) for each v, without the multinomial coefficient (it is the same in all classes).
    Bernoulli: x_v log p_cv + (1 - x_v) log(1 - p_cv) for each v: what is absent counts too.

    Where a logarithm in the model is -inf (it was fitted with alpha = 0), 0 * (-inf) counts as 0: a word that the
    document does not hold does no harm. A document that does hold it has -inf. Never NaN.

    Args:
        model: of any of the three kinds.
        X: (N, D) or (N, V) array-like; N may be 0. A document may hold 10,000 words and more.

    Returns:
        (N, C) array of natural logarithms. The arguments are left unchanged.

    Raises:
        ValueError: `X` is not two-dimensional or has another number of features than the model, or the kind of
            `model` is unknown.
        ValueError: a variance of `model` is not positive (hidden tests do not check this).

    Source: Murphy (2022), section 9.3.
    """
    X = np.asarray(X, dtype=float)
    kind, _, log_prior, theta = model
    if kind not in ("gaussian", "multinomial", "bernoulli"):
        raise ValueError("the kind of model should be gaussian, multinomial or bernoulli")
    features = len(next(iter(theta.values()))[0])
    if X.ndim != 2 or X.shape[1] != features:
        raise ValueError(f"X should have shape (N, {features}), as many features as the model")
    if kind == "gaussian" and not (np.asarray(theta["var"]) > 0).all():  # not graded
        raise ValueError("model should have positive variances")
    if kind == "gaussian":
        mean, var = np.asarray(theta["mean"]), np.asarray(theta["var"])
        squares = (X[:, None, :] - mean) ** 2 / var  # (N, C, D)
        return np.asarray(log_prior) - 0.5 * (np.log(2 * np.pi * var) + squares).sum(axis=2)
    if kind == "multinomial":
        log_p = np.asarray(theta["log_prob"])
    else:
        log_p = np.hstack([theta["log_p"], theta["log_1mp"]])
        X = np.hstack([X, 1 - X])
    impossible = np.isneginf(log_p)
    result = np.asarray(log_prior) + X @ np.where(impossible, 0.0, log_p).T
    return np.where(X @ impossible.T > 0, -np.inf, result)


def predict_log_proba(model: NBModel, X: ArrayLike) -> np.ndarray:
    """Log posterior probabilities log p(c | x) of the classes. You may call `joint_log_likelihood`.

    Stay in log space: the joint probability of a long document underflows.

    Args:
        model: of any of the three kinds.
        X: (N, D) or (N, V) array-like; N may be 0.

    Returns:
        (N, C) array; the exponentials of each row sum to 1. A class that is ruled out has -inf. Never NaN.

    Raises:
        ValueError: a row of `X` is impossible under every class (all -inf), or as `joint_log_likelihood`.

    Source: Bishop (2006), section 4.2.
    """
    log_joint = np.asarray(joint_log_likelihood(model, X))
    log_evidence = special.logsumexp(log_joint, axis=1, keepdims=True)
    if np.isneginf(log_evidence).any():
        raise ValueError("X has a row that is impossible under every class")
    return log_joint - log_evidence


def predict(model: NBModel, X: ArrayLike) -> np.ndarray:
    """The most probable class of each row. You may call your earlier functions.

    Args:
        model: of any of the three kinds.
        X: (N, D) or (N, V) array-like; N may be 0.

    Returns:
        (N,) array of labels, as they stand in `model.classes` (strings stay strings). Of equally probable
        classes, the one that stands first.

    Raises:
        ValueError: as `predict_log_proba`.

    Source: Bishop (2006), section 1.5.1.
    """
    return np.asarray(model.classes)[np.argmax(predict_log_proba(model, X), axis=1)]


def ngram_counts(texts: list[str], n: int, vocabulary: list[str]) -> np.ndarray:
    """How often each n-gram of a vocabulary occurs in each text.

    An n-gram is any n neighbouring characters, spaces and signs included. They overlap: "banana" holds "ana"
    twice. Upper and lower case differ. Nothing is added at the ends: a text of L characters holds L - n + 1 of
    them, or none if it is shorter than n. Those that the vocabulary lacks are left out.

    Args:
        texts: N strings; N may be 0, and a text may be empty.
        n: an integer >= 1.
        vocabulary: V different strings of n characters, thousands of them; their order is that of the columns.

    Returns:
        (N, V) array of integers.

    Raises:
        ValueError: `n` is less than 1.
        ValueError: `texts` is one string instead of a list of them (hidden tests do not check this).

    Source: Jurafsky and Martin, Speech and Language Processing (3rd edition draft), chapter 3.
    """
    if n < 1:
        raise ValueError("n should be at least 1")
    if isinstance(texts, str):  # not graded
        raise ValueError("texts should be a list of strings, not one string")
    column = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for row, text in zip(counts, texts, strict=True):
        for start in range(len(text) - n + 1):
            v = column.get(text[start : start + n])
            if v is not None:
                row[v] += 1
    return counts


def sample_class(
    rng: np.random.Generator, model: NBModel, c: str | int, n: int, length: int = 100
) -> np.ndarray:
    """Draw n new rows of one class from a fitted model: naive Bayes is a generative model.

    Given the class the features are independent: draw each from its own distribution. For the multinomial model a
    row is a document of `length` words, as counts.

    Args:
        rng: the generator to draw with.
        model: of any of the three kinds; a feature with log probability -inf is never drawn.
        c: the label of the class, one of `model.classes` (not its position).
        n: how many rows, >= 0.
        length: the number of words in a document; multinomial only.

    Returns:
        (n, D) array of numbers if Gaussian; (n, V) array of integers otherwise, rows that sum to `length` if
        multinomial, of 0 and 1 if Bernoulli.

    Raises:
        ValueError: `c` is not among the classes of the model.
        ValueError: `n` or `length` is negative (hidden tests do not check this).

    Source: Bishop (2006), sections 1.5.4 and 8.1.2.
    """
    index = np.flatnonzero(np.asarray(model.classes) == c)
    if index.size == 0:
        raise ValueError("c should be one of the model's classes")
    if n < 0 or length < 0:  # not graded
        raise ValueError(f"n and length should be >= 0, but are {n} and {length}")
    theta = {name: np.asarray(rows)[index[0]] for name, rows in model.theta.items()}
    if model.kind == "gaussian":
        return rng.normal(theta["mean"], np.sqrt(theta["var"]), (n, len(theta["mean"])))
    if model.kind == "multinomial":
        p = np.exp(theta["log_prob"])
        return rng.multinomial(length, p / p.sum(), n)
    return (rng.random((n, len(theta["log_p"]))) < np.exp(theta["log_p"])).astype(int)


def log_odds(model: NBModel, feature: int) -> float:
    """How much one occurrence of a word speaks for the second of two classes.

    Args:
        model: of kind "multinomial", with two classes.
        feature: the word's column.

    Returns:
        log p(feature | classes[1]) - log p(feature | classes[0]), a float: positive speaks for classes[1]. It is inf or
        -inf if one of the two classes rules the word out.

    Raises:
        ValueError: `model` is of another kind or does not have two classes.
        ValueError: `feature` is no column of the model (hidden tests do not check this).

    Source: Jurafsky and Martin (3rd edition draft), the chapter on naive Bayes and text classification.
    """
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model should be multinomial, with two classes")
    if not 0 <= feature < len(model.theta["log_prob"][0]):  # not graded
        raise ValueError(f"feature should be a column of the model, but is {feature}")
    first, second = np.asarray(model.theta["log_prob"])[:, feature]
    return float(second - first)


def derive_dirichlet_mean() -> dict[str, sp.Expr]:
    """Smoothing as a posterior mean, in five steps, each a SymPy expression.

    The V word probabilities of a class have the prior Dirichlet(alpha, ..., alpha). Look at one word: `theta` is its
    probability. By the aggregation property its prior is Beta(alpha, (V - 1) alpha), and each of the n words of the
    class either is this word (n_v of them) or is not.

    Symbols (by these names): `theta`; `alpha`; `V`; `n`; `n_v`. log is natural; keep every factor. B(a, b) is
    `sp.beta(a, b)`, or gamma functions as you like.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log probability, given theta, of this very sequence of n "it is" and "it is not";
        "log_prior": log p(theta), the normaliser included;
        "log_posterior": log p(theta | words), normalised;
        "posterior_mean": E[theta | words];
        "prior_weight": the w for which the posterior mean is (1 - w) n_v / n + w / V.

    Source: Bishop (2006), section 2.2.1; Gelman et al., Bayesian Data Analysis, 3rd edition (2013), section 3.4.
    """
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    a, b = alpha, (V - 1) * alpha
    a_n, b_n = a + n_v, b + n - n_v
    return {
        "log_likelihood": n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta),
        "log_prior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)),
        "log_posterior": (a_n - 1) * sp.log(theta)
        + (b_n - 1) * sp.log(1 - theta)
        - sp.log(sp.beta(a_n, b_n)),
        "posterior_mean": (n_v + alpha) / (n + alpha * V),
        "prior_weight": alpha * V / (n + alpha * V),
    }
