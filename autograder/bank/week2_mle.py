"""Known wrong and right solutions of week 2: maximum likelihood."""

# ruff: noqa: B905, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special

from autograder.bank import right, wrong

_ORDER = "the order of the two makes no difference"
_SYMMETRIC = "both numbers are close to 1, where the relative tolerance is the same"
_NUMPY_DIVIDES = "a NumPy count over a sum of 0 is inf as well"
_LATER = "shapes that do not fit are refused with ValueError by the next line that uses them"
_BY_NAME = "symbols are matched by name, whatever their assumptions"

# Changes of the reference that change nothing, so that no hidden test can catch them.
EQUIVALENT_MUTANTS = {
    "bernoulli_mle: if not np.isin(x, (0, 1)).all(): → if not np.isin(x, (1, 0)).all():": _ORDER,
    "exponential_mle: "
    "return float(x.size / total) if total > 0 else np.inf → "
    "return float(x.size / total) if total >= 0 else np.inf": _NUMPY_DIVIDES,
    "mvn_logpdf: "
    "if X.ndim != 2 or X.shape[1] != D or mu.ndim != 1 or Sigma.shape != (D, D): → "
    "if X.ndim != 2 or X.shape[1] != D or mu.ndim != 1 and Sigma.shape != (D, D):": _LATER,
    "mvn_logpdf: "
    "if X.ndim != 2 or X.shape[1] != D or mu.ndim != 1 or Sigma.shape != (D, D): → "
    "if X.ndim != 2 or X.shape[1] != D and mu.ndim != 1 or Sigma.shape != (D, D):": _LATER,
    "cross_entropy_bits: "
    'for name, probabilities in (("p", p), ("q", q)): → '
    'for name, probabilities in (("q", q), ("p", p)):': _ORDER,
    "cross_entropy_bits: "
    "if (probabilities < 0).any() or not np.isclose(probabilities.sum(), 1): → "
    "if (probabilities < 0).any() or not np.isclose(1, probabilities.sum()):": _SYMMETRIC,
    "derive_gaussian_mle: "
    'mu, s1, s2 = sp.symbols("mu s1 s2", real=True) → '
    'mu, s1, s2 = sp.symbols("mu s1 s2")': _BY_NAME,
    "derive_gaussian_mle: "
    'sigma_sq, n = sp.symbols("sigma_sq n", positive=True) → '
    'sigma_sq, n = sp.symbols("sigma_sq n")': _BY_NAME,
    "derive_bernoulli_mle: "
    'theta, n, s = sp.symbols("theta n s", positive=True) → '
    'theta, n, s = sp.symbols("theta n s")': _BY_NAME,
    "derive_exponential_mle: "
    'rate, n, s1 = sp.symbols("rate n s1", positive=True) → '
    'rate, n, s1 = sp.symbols("rate n s1")': _BY_NAME,
}

# gaussian_loglik


@wrong(
    "gaussian_loglik",
    hint="The normalising constant 2 pi is missing. It does not move the maximum, but without it the number is no "
    "log likelihood and cannot be compared with another model's.",
)
def drops_two_pi(x, mu, sigma_sq):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    return -0.5 * x.size * np.log(sigma_sq) - ((x - mu) ** 2).sum() / (2 * sigma_sq)


@wrong(
    "gaussian_loglik",
    hint="The argument is a variance already: where you write sigma, you need its root, and where you write sigma "
    "squared, the argument itself.",
)
def takes_the_variance_for_a_standard_deviation(x, mu, sigma_sq):
    from scipy import stats

    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    return stats.norm.logpdf(x, mu, sigma_sq).sum()


@wrong(
    "gaussian_loglik",
    hint="The log likelihood is a sum over the observations. An average forgets how many there were.",
)
def mean_for_sum(x, mu, sigma_sq):
    from scipy import stats

    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    return stats.norm.logpdf(x, mu, np.sqrt(sigma_sq)).mean() if x.size else 0.0


@wrong(
    "gaussian_loglik",
    hint="The logarithm of a product of densities: the product underflows to 0 (or overflows) long before its "
    "logarithm is taken. Add logarithms instead.",
)
def log_of_the_product(x, mu, sigma_sq):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    density = np.exp(-((x - mu) ** 2) / (2 * sigma_sq)) / np.sqrt(2 * np.pi * sigma_sq)
    with np.errstate(divide="ignore"):
        return np.log(np.prod(density))


@wrong(
    "gaussian_loglik",
    hint="A small constant inside the logarithm caps how improbable an observation can be: the tail is then wrong. "
    "Write the log density itself.",
)
def epsilon_in_the_logarithm(x, mu, sigma_sq):
    from scipy import stats

    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    return np.log(stats.norm.pdf(x, mu, np.sqrt(sigma_sq)) + 1e-10).sum()


@wrong(
    "gaussian_loglik",
    hint="The constant stands once for every observation: multiply the whole of log(2 pi sigma_sq) / 2 by N.",
)
def constant_once(x, mu, sigma_sq):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or sigma_sq <= 0:
        raise ValueError("bad x or sigma_sq")
    return -0.5 * np.log(2 * np.pi * sigma_sq) - ((x - mu) ** 2).sum() / (2 * sigma_sq)


@right("gaussian_loglik")
def with_scipys_normal(x, mu, sigma_sq):
    from scipy import stats

    if np.ndim(x) != 1:
        raise ValueError("x has to be one-dimensional")
    if sigma_sq <= 0:
        raise ValueError("sigma_sq has to be positive")
    return stats.norm.logpdf(x, loc=mu, scale=np.sqrt(sigma_sq)).sum()


@right("gaussian_loglik")
def one_by_one(x, mu, sigma_sq):
    import math

    if np.ndim(x) != 1:
        raise ValueError("x has to be one-dimensional")
    if not sigma_sq > 0:
        raise ValueError("sigma_sq has to be positive")
    sigma = math.sqrt(sigma_sq)
    total = 0.0
    for value in x:
        z = (value - mu) / sigma
        total += -0.5 * z * z - math.log(sigma) - 0.5 * math.log(2 * math.pi)
    return total


# gaussian_mle


@wrong(
    "gaussian_mle",
    hint="Dividing by N - 1 gives the unbiased estimate. Set the derivative to zero: which divisor comes out?",
)
def unbiased_variance(x):
    if np.ndim(x) != 1 or np.size(x) == 0:
        raise ValueError("x must not be empty")
    return np.mean(x), np.var(x, ddof=1) if len(x) > 1 else 0.0


@wrong("gaussian_mle", hint="sigma_sq is the variance; you return its root, the standard deviation.")
def standard_deviation_for_variance(x):
    if np.ndim(x) != 1 or np.size(x) == 0:
        raise ValueError("x must not be empty")
    return np.mean(x), np.std(x)


@wrong(
    "gaussian_mle",
    hint="The mean of the squares minus the square of the mean is right on paper, but it subtracts two huge numbers "
    "when the data are far from zero. Centre first, then square.",
)
def mean_of_squares_minus_square(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("x must not be empty")
    return x.mean(), (x**2).mean() - x.mean() ** 2


@wrong("gaussian_mle", hint="The variance is an average of squared deviations: you return their sum.")
def sum_for_mean(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("x must not be empty")
    return x.mean(), ((x - x.mean()) ** 2).sum()


@wrong(
    "gaussian_mle",
    hint="The median is a good guess of the centre, but it maximises another likelihood (the Laplace "
    "distribution's), not the normal one.",
)
def median_for_mean(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("x must not be empty")
    return np.median(x), ((x - np.median(x)) ** 2).mean()


@wrong(
    "gaussian_mle",
    hint="Nothing can be estimated from no data, yet your function answers (NaN, perhaps). The docstring asks for "
    "a ValueError.",
)
def estimates_from_nothing(x):
    return np.mean(x), np.var(x)


@wrong(
    "gaussian_mle",
    hint="Your function changes its argument: -= writes into the caller's array. Make a new array.",
)
def centres_in_place(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("x must not be empty")
    mu = x.mean()
    x -= mu
    return mu, (x**2).mean()


@right("gaussian_mle")
def numpys_mean_and_var(x):
    if np.ndim(x) != 1 or np.size(x) == 0:
        raise ValueError("x should have at least one observation")
    return np.array([np.mean(x), np.var(x)])


@right("gaussian_mle")
def welfords_running_update(x):
    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("no data")
    mean, squares = 0.0, 0.0
    for n, value in enumerate(x, start=1):
        step = value - mean
        mean += step / n
        squares += step * (value - mean)
    return [mean, squares / len(x)]


@right("gaussian_mle")
def scipys_fit(x):
    from scipy import stats

    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("no data")
    location, scale = stats.norm.fit(x)
    return location, scale**2


# bernoulli_mle


@wrong("bernoulli_mle", hint="You return the number of successes; the estimate is their share.")
def counts_successes(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or not np.isin(x, [0, 1]).all():
        raise ValueError("bad x")
    return x.sum()


@wrong(
    "bernoulli_mle",
    hint="Adding one success and one failure is Laplace smoothing, the mean of a Bayesian posterior. It is not where "
    "the likelihood is largest.",
)
def laplace_smoothing(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or not np.isin(x, [0, 1]).all():
        raise ValueError("bad x")
    return (x.sum() + 1) / (x.size + 2)


@wrong("bernoulli_mle", hint="This is the share of zeros. A success is a 1.")
def share_of_failures(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or not np.isin(x, [0, 1]).all():
        raise ValueError("bad x")
    return 1 - x.mean()


@wrong(
    "bernoulli_mle",
    hint="The average of just any numbers is no probability: check that x holds observations and that all of them "
    "are 0 or 1, as the docstring says.",
)
def averages_anything(x):
    return np.mean(x)


@right("bernoulli_mle")
def counts_and_divides(x):
    x = np.array(x)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError("empty")
    ones, zeros = (x == 1).sum(), (x == 0).sum()
    if ones + zeros != len(x):
        raise ValueError("only 0 and 1")
    return ones / len(x)


@right("bernoulli_mle")
def with_the_statistics_module(x):
    import statistics

    values = np.array(x).tolist()
    if not isinstance(values, list) or not values or any(value not in (0, 1) for value in values):
        raise ValueError("x should be a flat list of 0 and 1")
    return statistics.fmean(values)


# categorical_mle


@wrong(
    "categorical_mle",
    hint="Categories that never occur are left out, so the result has too few entries: count with K in mind.",
)
def only_seen_categories(x, K):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any() or (x >= K).any():
        raise ValueError("bad x")
    _, counts = np.unique(x, return_counts=True)
    return counts / counts.sum()


@wrong("categorical_mle", hint="These are counts. Probabilities sum to 1.")
def counts_not_shares(x, K):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any() or (x >= K).any():
        raise ValueError("bad x")
    return np.bincount(x, minlength=K)


@wrong(
    "categorical_mle",
    hint="One extra observation of each category is smoothing, a Dirichlet prior: maximum likelihood gives what was "
    "never seen probability zero.",
)
def smooths(x, K):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any() or (x >= K).any():
        raise ValueError("bad x")
    return (np.bincount(x, minlength=K) + 1) / (x.size + K)


@wrong(
    "categorical_mle",
    hint="A category outside 0, ..., K - 1 is a mistake in the data and should be an error, not silently dropped or "
    "appended.",
)
def ignores_what_does_not_fit(x, K):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("bad x")
    return np.array([(x == k).mean() for k in range(K)])


@right("categorical_mle")
def compares_with_every_category(x, K):
    x = np.array(x)
    if x.ndim != 1 or len(x) == 0 or x.min() < 0 or x.max() > K - 1:
        raise ValueError("x does not fit K")
    return (x[:, None] == np.arange(K)).mean(axis=0)


@right("categorical_mle")
def fills_a_list(x, K):
    values = np.array(x).tolist()
    if not values or isinstance(values[0], list):
        raise ValueError("x should be a flat, non-empty list")
    counts = [0] * K
    for value in values:
        if not 0 <= value < K:
            raise ValueError(f"category {value} is outside 0..{K - 1}")
        counts[value] += 1
    return [count / len(values) for count in counts]


# poisson_mle


@wrong("poisson_mle", hint="You return all events together; the rate is events per observation.")
def total_count(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return x.sum()


@wrong(
    "poisson_mle",
    hint="A Poisson distribution's variance equals its rate too, but the likelihood is largest at the sample mean.",
)
def sample_variance(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return x.var()


@wrong(
    "poisson_mle",
    hint="That is one over the rate, a mean waiting time: the exponential's scale, not a count.",
)
def one_over_the_mean(x):
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return 1 / x.mean() if x.mean() > 0 else 0.0


@wrong(
    "poisson_mle",
    hint="A negative count or no data at all should be refused, as the docstring says.",
)
def averages_any_counts(x):
    return np.mean(x)


@right("poisson_mle")
def sum_over_length(x):
    x = np.array(x)
    if x.ndim != 1 or len(x) < 1 or min(x) < 0:
        raise ValueError("counts, please")
    return sum(x) / len(x)


@right("poisson_mle")
def zero_dimensional_array(x):
    x = np.atleast_1d(np.array(x, dtype=np.float64))
    if x.ndim > 1 or not x.size or x.min() < 0:
        raise ValueError("x should hold counts")
    return np.array(np.average(x))


# exponential_mle


@wrong("exponential_mle", hint="This is the scale, the mean waiting time. The rate is one over it.")
def scale_for_rate(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return x.mean()


@wrong("exponential_mle", hint="N is missing: one over the sum is the rate of all waits together.")
def one_over_the_sum(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return 1 / x.sum() if x.sum() > 0 else np.inf


@wrong(
    "exponential_mle",
    hint="The average of the reciprocals is not the reciprocal of the average: short waits dominate it.",
)
def mean_of_reciprocals(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    with np.errstate(divide="ignore"):
        return (1 / x).mean()


@wrong(
    "exponential_mle",
    hint="A small constant in the denominator changes every estimate from short waits, and hides that all-zero "
    "waits have an infinite rate.",
)
def epsilon_in_the_denominator(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return 1 / (x.mean() + 1e-10)


@wrong(
    "exponential_mle",
    hint="Waiting times cannot be negative, and no data have no estimate: both should raise ValueError.",
)
def accepts_every_wait(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.float64(1) / np.mean(x)


@right("exponential_mle")
def numpys_division(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0 or np.any(x < 0):
        raise ValueError("waiting times")
    with np.errstate(divide="ignore"):
        return np.divide(1.0, x.mean())


@right("exponential_mle")
def scipys_exponential_fit(x):
    import math

    from scipy import stats

    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("waiting times")
    _, scale = stats.expon.fit(x, floc=0)
    return math.inf if scale == 0 else 1 / scale


# uniform_mle


@wrong(
    "uniform_mle",
    hint="Twice the mean is the method of moments. It can be smaller than an observation, which theta cannot be: "
    "look at where the likelihood is not zero.",
)
def twice_the_mean(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return 2 * x.mean()


@wrong(
    "uniform_mle",
    hint="(N + 1) / N times the largest value is unbiased. The likelihood falls with theta, so it is largest at "
    "the smallest theta that is possible.",
)
def unbiased_maximum(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return (x.size + 1) / x.size * x.max()


@wrong(
    "uniform_mle",
    hint="The lower end is known to be 0 here: the range max - min is for an unknown lower end.",
)
def sample_range(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0 or (x < 0).any():
        raise ValueError("bad x")
    return x.max() - x.min()


@wrong(
    "uniform_mle",
    hint="A negative value cannot come from a uniform distribution between 0 and theta: raise an error.",
)
def maximum_of_anything(x):
    if np.ndim(x) != 1:
        raise ValueError("bad x")
    return np.max(x)


@right("uniform_mle")
def sorted_last(x):
    x = np.sort(np.array(x, dtype=float), axis=None) if np.ndim(x) == 1 else np.zeros(0)
    if len(x) == 0 or x[0] < 0:
        raise ValueError("x should hold non-negative numbers")
    return x[-1]


@right("uniform_mle")
def running_maximum(x):
    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("no observations")
    largest = 0.0
    for value in x:
        if value < 0:
            raise ValueError("negative value")
        largest = max(largest, float(value))
    return largest


# fisher_information


@wrong(
    "fisher_information",
    hint="Information is one over the variance of the best unbiased estimator, not the variance itself: more "
    "information, less variance.",
)
def variance_for_information(family, theta):
    if theta <= 0 or (family == "bernoulli" and theta >= 1):
        raise ValueError("theta")
    values = {"bernoulli": theta * (1 - theta), "poisson": theta, "exponential": theta**2}
    if family not in values:
        raise ValueError("family")
    return values[family]


@wrong(
    "fisher_information",
    hint="theta is the exponential's rate. You gave the information about its scale; differentiate log(rate) - rate x "
    "twice with respect to the rate.",
)
def about_the_scale(family, theta):
    if theta <= 0 or (family == "bernoulli" and theta >= 1):
        raise ValueError("theta")
    values = {"bernoulli": 1 / (theta * (1 - theta)), "poisson": 1 / theta, "exponential": theta**2}
    if family not in values:
        raise ValueError("family")
    return values[family]


@wrong(
    "fisher_information",
    hint="The root of the information is not the information: compare with the curvature of the log likelihood.",
)
def root_of_the_information(family, theta):
    if theta <= 0 or (family == "bernoulli" and theta >= 1):
        raise ValueError("theta")
    values = {"bernoulli": 1 / (theta * (1 - theta)), "poisson": 1 / theta, "exponential": theta**-2}
    if family not in values:
        raise ValueError("family")
    return np.sqrt(values[family])


@wrong(
    "fisher_information",
    hint="A theta outside the family's range should be refused: 0 and 1 are no parameters here.",
)
def any_theta(family, theta):
    if family == "bernoulli":
        return 1 / (theta * (1 - theta)) if theta not in (0, 1) else np.inf
    if family == "poisson":
        return 1 / theta if theta else np.inf
    if family == "exponential":
        return 1 / theta**2 if theta else np.inf
    raise ValueError("unknown family")


@right("fisher_information")
def expected_square_of_the_score(family, theta):
    if family == "bernoulli":
        if not 0 < theta < 1:
            raise ValueError("theta is a probability")
        return theta * (1 / theta) ** 2 + (1 - theta) * (1 / (1 - theta)) ** 2
    if theta <= 0:
        raise ValueError("theta is a rate")
    if family == "poisson":
        return theta * theta**-2
    if family == "exponential":
        return np.exp(-2 * np.log(theta))
    raise ValueError(f"unknown family {family}")


# mvn_mle


@wrong(
    "mvn_mle",
    hint="np.cov divides by N - 1 unless told otherwise. Which divisor does the likelihood ask for?",
)
def default_of_numpys_cov(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    D = X.shape[1]
    return X.mean(axis=0), np.cov(X, rowvar=False).reshape(D, D) if len(X) > 1 else np.zeros((D, D))


@wrong(
    "mvn_mle",
    hint="You average over the columns of each row. An observation is a row: the mean has one entry per column.",
)
def wrong_axis(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    mu = X.mean(axis=1)
    return mu, np.cov(X, ddof=0).reshape(len(X), len(X))


@wrong(
    "mvn_mle",
    hint="The covariance is taken about the mean: centre the rows before multiplying.",
)
def uncentred(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    return X.mean(axis=0), X.T @ X / len(X)


@wrong(
    "mvn_mle",
    hint="Off the diagonal stand covariances, which you left out: columns that move together need them.",
)
def variances_only(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    return X.mean(axis=0), np.diag(X.var(axis=0))


@wrong("mvn_mle", hint="Sigma is an average of outer products: your sum is not divided by N.")
def scatter_matrix(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    centred = X - X.mean(axis=0)
    return X.mean(axis=0), centred.T @ centred


@wrong(
    "mvn_mle",
    hint="Squares minus the squared mean cancel catastrophically when the data are far from zero: centre first.",
)
def cancels(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    mu = X.mean(axis=0)
    return mu, X.T @ X / len(X) - np.outer(mu, mu)


@wrong(
    "mvn_mle",
    hint="For one column np.cov returns a single number. The docstring promises a (1, 1) array.",
)
def loses_a_dimension(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("bad X")
    return X.mean(axis=0), np.cov(X, rowvar=False, ddof=0)


@right("mvn_mle")
def numpys_cov_with_care(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or len(X) == 0:
        raise ValueError("X should be N by D")
    return X.mean(0), np.atleast_2d(np.cov(X, rowvar=False, bias=True))


@right("mvn_mle")
def sums_outer_products(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or len(X) == 0:
        raise ValueError("X should be N by D")
    mu = sum(X) / len(X)
    Sigma = np.zeros((X.shape[1], X.shape[1]))
    for row in X:
        Sigma += np.outer(row - mu, row - mu) / len(X)
    return [mu.tolist(), Sigma.tolist()]


# mvn_logpdf


@wrong(
    "mvn_logpdf",
    hint="The determinant itself under- or overflows. Get its logarithm without computing it: slogdet, or the diagonal "
    "of a Cholesky factor.",
)
def log_of_the_determinant(X, mu, Sigma):
    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D) or np.linalg.eigvalsh(Sigma).min() <= 0:
        raise ValueError("bad input")
    centred = X - mu
    squares = (centred * np.linalg.solve(Sigma, centred.T).T).sum(1)
    with np.errstate(all="ignore"):
        return -0.5 * (D * np.log(2 * np.pi) + np.log(np.linalg.det(Sigma)) + squares)


@wrong(
    "mvn_logpdf",
    hint="sqrt(2 pi |Sigma|) is not the normaliser: 2 pi is raised to the power of the dimension D. The lecture "
    "notes are ambiguous here.",
)
def two_pi_once(X, mu, Sigma):
    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D):
        raise ValueError("bad input")
    L = np.linalg.cholesky(Sigma)
    z = np.linalg.solve(L, (X - mu).T)
    return -0.5 * (np.log(2 * np.pi) + 2 * np.log(np.diag(L)).sum() + (z**2).sum(0))


@wrong(
    "mvn_logpdf",
    hint="The log determinant enters with one half: the normaliser holds the root of |Sigma|.",
)
def determinant_without_its_root(X, mu, Sigma):
    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D):
        raise ValueError("bad input")
    L = np.linalg.cholesky(Sigma)
    z = np.linalg.solve(L, (X - mu).T)
    return -0.5 * (D * np.log(2 * np.pi) + (z**2).sum(0)) - 2 * np.log(np.diag(L)).sum()


@wrong(
    "mvn_logpdf",
    hint="The 2 pi is missing: log densities keep their constants, (2 pi)^(D/2) among them.",
)
def forgets_two_pi(X, mu, Sigma):
    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D):
        raise ValueError("bad input")
    L = np.linalg.cholesky(Sigma)
    z = np.linalg.solve(L, (X - mu).T)
    return -0.5 * (2 * np.log(np.diag(L)).sum() + (z**2).sum(0))


@wrong(
    "mvn_logpdf",
    hint="Only the diagonal of Sigma is used, as if the columns were independent: correlated columns need all of it.",
)
def diagonal_only(X, mu, Sigma):
    from scipy import stats

    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D) or np.linalg.eigvalsh(Sigma).min() <= 0:
        raise ValueError("bad input")
    return stats.norm.logpdf(X, mu, np.sqrt(np.diag(Sigma))).sum(1)


@wrong(
    "mvn_logpdf",
    hint="SciPy's logpdf drops axes of length one: one point, or one dimension, comes back in another shape than "
    "promised.",
)
def scipy_squeezes(X, mu, Sigma):
    from scipy import stats

    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    if X.ndim != 2 or X.shape[1] != len(mu) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("bad input")
    return stats.multivariate_normal(mu, Sigma).logpdf(X)


@wrong(
    "mvn_logpdf",
    hint="The logarithm of the density: far away, and in many dimensions, the density underflows to 0 first. Stay in "
    "log space.",
)
def log_of_the_density(X, mu, Sigma):
    from scipy import stats

    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    if X.ndim != 2 or X.shape[1] != len(mu) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("bad input")
    with np.errstate(all="ignore"):
        return np.log(np.reshape(stats.multivariate_normal(mu, Sigma).pdf(X), len(X)))


@wrong(
    "mvn_logpdf",
    hint="The sign of the determinant does not tell whether Sigma is a covariance: two negative eigenvalues multiply "
    "to a positive number.",
)
def trusts_the_sign_of_the_determinant(X, mu, Sigma):
    X, mu, Sigma = np.asarray(X, float), np.asarray(mu, float), np.asarray(Sigma, float)
    D = len(mu)
    if X.ndim != 2 or X.shape[1] != D or Sigma.shape != (D, D):
        raise ValueError("bad input")
    sign, log_det = np.linalg.slogdet(Sigma)
    if sign <= 0:
        raise ValueError("Sigma")
    centred = X - mu
    squares = (centred * np.linalg.solve(Sigma, centred.T).T).sum(1)
    return -0.5 * (D * np.log(2 * np.pi) + log_det + squares)


@right("mvn_logpdf")
def slogdet_and_solve(X, mu, Sigma):
    X, mu, Sigma = np.array(X, float), np.array(mu, float), np.array(Sigma, float)
    D = X.shape[1] if X.ndim == 2 else -1
    if mu.shape != (D,) or Sigma.shape != (D, D):
        raise ValueError("shapes")
    if np.linalg.eigvalsh(Sigma)[0] <= 0:
        raise ValueError("Sigma")
    _, log_det = np.linalg.slogdet(Sigma)
    centred = X - mu
    squares = np.einsum("nd,de,ne->n", centred, np.linalg.inv(Sigma), centred)
    return -0.5 * (D * np.log(2 * np.pi) + log_det + squares)


@right("mvn_logpdf")
def by_eigenvectors(X, mu, Sigma):
    from scipy import stats

    X, mu, Sigma = np.array(X, float), np.array(mu, float), np.array(Sigma, float)
    if X.ndim != 2 or X.shape[1:] != mu.shape or Sigma.shape != mu.shape * 2:
        raise ValueError("shapes")
    values, vectors = np.linalg.eigh(Sigma)
    if values.min() <= 0:
        raise ValueError("not positive definite")
    return stats.norm.logpdf((X - mu) @ vectors, 0, np.sqrt(values)).sum(axis=1)


@right("mvn_logpdf")
def scipy_point_by_point(X, mu, Sigma):
    from scipy import stats

    X, mu = np.array(X, float), np.array(mu, float)
    if X.ndim != 2 or X.shape[1] != len(mu) or np.shape(Sigma) != (len(mu), len(mu)):
        raise ValueError("shapes")
    normal = stats.multivariate_normal(mu, Sigma)
    return [float(normal.logpdf(row)) for row in X]


# cross_entropy_bits


@wrong("cross_entropy_bits", hint="These are nats: the natural logarithm. One nat is 1 / ln 2 bits.")
def in_nats(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape or p.ndim != 1 or min(p.min(), q.min()) < 0:
        raise ValueError("bad p or q")
    if not (np.isclose(p.sum(), 1) and np.isclose(q.sum(), 1)):
        raise ValueError("bad p or q")
    return -special.xlogy(p, q).sum()


@wrong(
    "cross_entropy_bits",
    hint="p and q have changed places: average over what happens (p), with the code lengths of the model (q).",
)
def exchanged(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape or p.ndim != 1 or min(p.min(), q.min()) < 0:
        raise ValueError("bad p or q")
    if not (np.isclose(p.sum(), 1) and np.isclose(q.sum(), 1)):
        raise ValueError("bad p or q")
    return -special.xlogy(q, p).sum() / np.log(2)


@wrong(
    "cross_entropy_bits",
    hint="This is the divergence KL(p, q): the extra bits only. The cross-entropy also contains the entropy of p.",
)
def divergence(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape or p.ndim != 1 or min(p.min(), q.min()) < 0:
        raise ValueError("bad p or q")
    if not (np.isclose(p.sum(), 1) and np.isclose(q.sum(), 1)):
        raise ValueError("bad p or q")
    return special.rel_entr(p, q).sum() / np.log(2)


@wrong(
    "cross_entropy_bits",
    hint="0 times log 0 counts 0 here, but a computer says NaN: leave out what has p = 0.",
)
def zero_times_infinity(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape or p.ndim != 1 or min(p.min(), q.min()) < 0:
        raise ValueError("bad p or q")
    if not (np.isclose(p.sum(), 1) and np.isclose(q.sum(), 1)):
        raise ValueError("bad p or q")
    with np.errstate(all="ignore"):
        return -(p * np.log2(q)).sum()


@wrong(
    "cross_entropy_bits",
    hint="A small constant inside the logarithm makes the impossible merely unlikely. Where q = 0 < p the answer is "
    "infinite.",
)
def small_constant(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape or p.ndim != 1 or min(p.min(), q.min()) < 0:
        raise ValueError("bad p or q")
    if not (np.isclose(p.sum(), 1) and np.isclose(q.sum(), 1)):
        raise ValueError("bad p or q")
    return -(p * np.log2(q + 1e-12)).sum()


@wrong(
    "cross_entropy_bits",
    hint="Numbers that are negative or do not sum to 1 are no probabilities: check both arguments before computing.",
)
def trusts_its_arguments(p, q):
    return -special.xlogy(p, q).sum() / np.log(2)


@right("cross_entropy_bits")
def entropy_plus_divergence(p, q):
    if np.ndim(p) != 1 or np.shape(p) != np.shape(q):
        raise ValueError("shapes")
    for d in (p, q):
        if min(d) < 0 or abs(sum(d) - 1) > 1e-9:
            raise ValueError("not a distribution")
    return (special.entr(p).sum() + special.rel_entr(p, q).sum()) / np.log(2)


@right("cross_entropy_bits")
def loop_over_what_happens(p, q):
    import math

    if np.ndim(p) != 1 or np.shape(p) != np.shape(q):
        raise ValueError("shapes")
    for d in (p, q):
        if any(value < 0 for value in d) or not math.isclose(math.fsum(d), 1, rel_tol=1e-6):
            raise ValueError("not a distribution")
    bits = 0.0
    for a, b in zip(p, q):
        if a > 0:
            bits += math.inf if b == 0 else -a * math.log2(b)
    return bits


# Derivations


@wrong(
    "derive_gaussian_mle",
    hint="n - 1 does not come out of the likelihood: set the derivative with respect to the variance to zero again.",
)
def divides_by_n_minus_one():
    mu, sigma_sq, n, s1, s2 = sp.symbols("mu sigma_sq n s1 s2", positive=True)
    loglik = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - (s2 - 2 * mu * s1 + n * mu**2) / (2 * sigma_sq)
    return {
        "log_likelihood": loglik,
        "slope_mu": sp.diff(loglik, mu),
        "mu_hat": s1 / n,
        "slope_sigma_sq": sp.diff(loglik, sigma_sq),
        "sigma_sq_hat": (s2 - s1**2 / n) / (n - 1),
    }


@wrong(
    "derive_gaussian_mle",
    hint="The derivative is with respect to sigma_sq, one symbol. You differentiated with respect to its root.",
)
def differentiates_by_sigma():
    mu, sigma_sq, n, s1, s2 = sp.symbols("mu sigma_sq n s1 s2", positive=True)
    squares = s2 - 2 * mu * s1 + n * mu**2
    loglik = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - squares / (2 * sigma_sq)
    sigma = sp.sqrt(sigma_sq)
    return {
        "log_likelihood": loglik,
        "slope_mu": sp.diff(loglik, mu),
        "mu_hat": s1 / n,
        "slope_sigma_sq": -n / sigma + squares / sigma**3,
        "sigma_sq_hat": s2 / n - (s1 / n) ** 2,
    }


@wrong(
    "derive_gaussian_mle",
    hint="The sum over i of (x_i - mu)^2 has n mu^2 in it: mu^2 stands once for every observation.",
)
def forgets_n_in_the_square():
    mu, sigma_sq, n, s1, s2 = sp.symbols("mu sigma_sq n s1 s2", positive=True)
    squares = s2 - 2 * mu * s1 + mu**2
    loglik = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - squares / (2 * sigma_sq)
    return {
        "log_likelihood": loglik,
        "slope_mu": sp.diff(loglik, mu),
        "mu_hat": s1,
        "slope_sigma_sq": sp.diff(loglik, sigma_sq),
        "sigma_sq_hat": s2 / n - s1**2 / n,
    }


@right("derive_gaussian_mle")
def lets_sympy_solve():
    mu, s1, s2, n, v = sp.symbols("mu s1 s2 n sigma_sq")
    loglik = -n * sp.log(sp.sqrt(2 * sp.pi * v)) - s2 / (2 * v) + mu * s1 / v - n * mu**2 / (2 * v)
    slope = sp.diff(loglik, mu)
    mu_hat = sp.solve(slope, mu)[0]
    slope_v = sp.diff(loglik, v)
    return {
        "log_likelihood": loglik,
        "slope_mu": slope,
        "mu_hat": mu_hat,
        "slope_sigma_sq": slope_v,
        "sigma_sq_hat": sp.solve(slope_v.subs(mu, mu_hat), v)[0],
    }


@wrong(
    "derive_bernoulli_mle",
    hint="The derivative of log(1 - theta) is -1 / (1 - theta): the inner derivative brings a minus.",
)
def loses_the_inner_derivative():
    theta, n, s = sp.symbols("theta n s", positive=True)
    slope = s / theta + (n - s) / (1 - theta)
    return {
        "log_likelihood": s * sp.log(theta) + (n - s) * sp.log(1 - theta),
        "slope": slope,
        "theta_hat": s / n,
        "curvature": sp.diff(slope, theta),
        "fisher_information": n / (theta * (1 - theta)),
    }


@wrong(
    "derive_bernoulli_mle",
    hint="The information in the last step is that of all n observations, n times that of one.",
)
def information_of_one():
    theta, n, s = sp.symbols("theta n s", positive=True)
    loglik = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    return {
        "log_likelihood": loglik,
        "slope": sp.diff(loglik, theta),
        "theta_hat": s / n,
        "curvature": sp.diff(loglik, theta, 2),
        "fisher_information": 1 / (theta * (1 - theta)),
    }


@wrong(
    "derive_bernoulli_mle",
    hint="The binomial coefficient counts orders; the likelihood here is that of the sequence itself.",
)
def binomial_coefficient():
    theta, n, s = sp.symbols("theta n s", positive=True)
    loglik = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    return {
        "log_likelihood": loglik + sp.log(sp.binomial(n, s)),
        "slope": sp.diff(loglik, theta),
        "theta_hat": s / n,
        "curvature": sp.diff(loglik, theta, 2),
        "fisher_information": n / (theta * (1 - theta)),
    }


@right("derive_bernoulli_mle")
def differentiates_the_logarithm():
    theta, n, s = sp.symbols("theta n s")
    loglik = sp.log(theta**s * (1 - theta) ** (n - s))
    curvature = sp.diff(loglik, theta, 2)
    return {
        "log_likelihood": loglik,
        "slope": sp.diff(loglik, theta),
        "theta_hat": s / n,
        "curvature": curvature,
        "fisher_information": -curvature.subs(s, n * theta),
    }


@wrong(
    "derive_exponential_mle",
    hint="You found the scale, the mean waiting time. The rate is one over it.",
)
def finds_the_scale():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": s1 / n,
        "curvature_at_hat": -(s1**2) / n,
        "standard_error": sp.sqrt(n) / s1,
    }


@wrong(
    "derive_exponential_mle",
    hint="Put the estimate in for the rate: curvature and standard error are asked at rate_hat, in n and s1.",
)
def leaves_the_rate_in():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": n / s1,
        "curvature_at_hat": -n / rate**2,
        "standard_error": rate / sp.sqrt(n),
    }


@wrong(
    "derive_exponential_mle",
    hint="One over minus the curvature is a variance. The standard error is its root.",
)
def variance_for_standard_error():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": n / s1,
        "curvature_at_hat": -(s1**2) / n,
        "standard_error": n / s1**2,
    }


@right("derive_exponential_mle")
def solves_for_the_rate():
    rate, n, s1 = sp.symbols("rate n s1")
    loglik = sp.log(rate) * n - s1 * rate
    slope = sp.diff(loglik, rate)
    hat = sp.solve(slope, rate)[0]
    curvature = sp.diff(loglik, rate, 2).subs(rate, hat)
    return {
        "log_likelihood": loglik,
        "slope": slope,
        "rate_hat": hat,
        "curvature_at_hat": curvature,
        "standard_error": 1 / sp.sqrt(-curvature),
    }
