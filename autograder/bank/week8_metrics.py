"""Known wrong and right solutions of week 8: evaluating generative models."""

# ruff: noqa: D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from scipy import special
from scipy.spatial.distance import cdist

from autograder.bank import right, wrong
from reference.metrics import as_probabilities, as_samples, entropy, kl

_SYMMETRIC = "the two arguments, or the two terms, play the same part"
_BY_NAME = "symbols are matched by name, whatever their assumptions"
_MIRROR = "d1 and d2 only enter as d1^2 + d2^2"
_LAST_AXIS = "np.sort sorts along the last axis anyway"
_MINIMUM = "min and max do not care for the order of their arguments"
_SIGN_OF_ZERO = "0.0 and -0.0 are equal"
_LOG_OF_ZERO = "the logarithm of 0 makes the sum infinite without the shortcut, only with a warning"

# Changes of the reference that change nothing, so that no hidden test can catch them.
EQUIVALENT_MUTANTS = {
    "entropy: "
    "return float(-(p * np.log(p)).sum() / math.log(base)) + 0.0  # + 0.0 turns -0.0 into 0.0 → "
    "return float(-(p * np.log(p)).sum() / math.log(base)) - 0.0  # + 0.0 turns -0.0 into 0.0": _SIGN_OF_ZERO,
    "kl: if (q == 0).any(): → if (q == 0).all():": _LOG_OF_ZERO,
    "js: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'q, p = as_probabilities(p, "p"), as_probabilities(q, "q")': _SYMMETRIC,
    "js: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'p, q = as_probabilities(q, "q"), as_probabilities(p, "p")': _SYMMETRIC,
    "total_variation: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'q, p = as_probabilities(p, "p"), as_probabilities(q, "q")': _SYMMETRIC,
    "total_variation: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'p, q = as_probabilities(q, "q"), as_probabilities(p, "p")': _SYMMETRIC,
    "hellinger: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'q, p = as_probabilities(p, "p"), as_probabilities(q, "q")': _SYMMETRIC,
    "hellinger: "
    'p, q = as_probabilities(p, "p"), as_probabilities(q, "q") → '
    'p, q = as_probabilities(q, "q"), as_probabilities(p, "p")': _SYMMETRIC,
    "fid: "
    'X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2) → '
    'Y, X = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)': _SYMMETRIC,
    "fid: "
    'X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2) → '
    'X, Y = as_samples(Y, "Y", at_least=2), as_samples(X, "X", at_least=2)': _SYMMETRIC,
    "fid: "
    "return max(0.0, float(shift @ shift + (A**2).sum() + (B**2).sum() - 2 * root_trace)) → "
    "return max(float(shift @ shift + (A**2).sum() + (B**2).sum() - 2 * root_trace), 0.0)": _MINIMUM,
    "mmd2: "
    'X, Y = as_samples(X, "X", at_least), as_samples(Y, "Y", at_least) → '
    'Y, X = as_samples(X, "X", at_least), as_samples(Y, "Y", at_least)': _SYMMETRIC,
    "mmd2: "
    'X, Y = as_samples(X, "X", at_least), as_samples(Y, "Y", at_least) → '
    'X, Y = as_samples(Y, "Y", at_least), as_samples(X, "X", at_least)': _SYMMETRIC,
    "mmd2: "
    "K_xx, K_yy, K_xy = kernel(X, X), kernel(Y, Y), kernel(X, Y) → "
    "K_xx, K_yy, K_xy = kernel(X, X), kernel(Y, Y), kernel(Y, X)": _SYMMETRIC,
    "mmd2: "
    "within_x, within_y = K_xx.mean(), K_yy.mean() → "
    "within_y, within_x = K_xx.mean(), K_yy.mean()": _SYMMETRIC,
    "mmd2: "
    "within_x, within_y = K_xx.mean(), K_yy.mean() → "
    "within_x, within_y = K_yy.mean(), K_xx.mean()": _SYMMETRIC,
    "precision_recall_density_coverage: "
    "if not 1 <= k < min(len(real), len(fake)): → "
    "if not 1 <= k < min(len(fake), len(real)):": _MINIMUM,
    "precision_recall_density_coverage: "
    "real_radius = np.sort(cdist(real, real), axis=1)[:, k] → "
    "real_radius = np.sort(cdist(real, real))[:, k]": _LAST_AXIS,
    "precision_recall_density_coverage: "
    "fake_radius = np.sort(cdist(fake, fake), axis=1)[:, k] → "
    "fake_radius = np.sort(cdist(fake, fake))[:, k]": _LAST_AXIS,
    "derive_fid_commuting: "
    'a1, a2, b1, b2, c = sp.symbols("a1 a2 b1 b2 c", positive=True) → '
    'a1, a2, b1, b2, c = sp.symbols("a1 a2 b1 b2 c")': _BY_NAME,
    "derive_fid_commuting: "
    'd1, d2 = sp.symbols("d1 d2", real=True) → '
    'd2, d1 = sp.symbols("d1 d2", real=True)': _MIRROR,
    'derive_fid_commuting: d1, d2 = sp.symbols("d1 d2", real=True) → d1, d2 = sp.symbols("d1 d2")': _BY_NAME,
}

# entropy


@wrong("entropy", hint="Without a base the answer is in nats. Which base does your logarithm have?")
def always_in_bits(p, base=2):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    p = p[p > 0]
    return -np.sum(p * np.log(p)) / np.log(base)


@wrong("entropy", hint="Your result is the same whatever the base: log_b(x) = log(x) / log(b).")
def ignores_the_base(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    return special.entr(p).sum()


@wrong("entropy", hint="To change the base, divide by its logarithm: a larger unit gives a smaller number.")
def multiplies_by_the_logarithm_of_the_base(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    return special.entr(p).sum() * np.log(base)


@wrong("entropy", hint="0 times log 0 is NaN for the computer. Which outcomes can you leave out of the sum?")
def zeros_become_nan(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    with np.errstate(all="ignore"):
        return -np.sum(p * np.log(p)) / np.log(base)


@wrong(
    "entropy", hint="Weigh each surprise - log p_k with its probability: a sum, not a mean over the outcomes."
)
def mean_over_the_outcomes(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    return special.entr(p).mean() / np.log(base)


@right("entropy")
def entropy_by_a_loop(p, base=math.e):
    total = 0.0
    p = list(p)
    if base <= 1 or any(np.ndim(x) for x in p) or abs(sum(p) - 1) > 1e-6 or min(p) < 0:
        raise ValueError("p or base")
    for x in p:
        if x > 0:
            total -= x * math.log(x, base)
    return total


@right("entropy")
def entropy_with_scipy(p, base=math.e):
    if base <= 1:
        raise ValueError("base should be above 1")
    return special.entr(as_probabilities(p, "p")).sum() / np.log(base)


# mutual_information


@wrong(
    "mutual_information",
    hint="This is the entropy of the pair. What is left when the entropies of x and of y "
    "are taken into account?",
)
def entropy_of_the_pair(P_xy):
    return special.entr(as_probabilities(P_xy, "P_xy", 2)).sum()


@wrong(
    "mutual_information",
    hint="This is what remains unknown about y. The information is what x takes away from the entropy of y.",
)
def what_remains_unknown(P_xy):
    P = as_probabilities(P_xy, "P_xy", 2)
    return special.entr(P).sum() - special.entr(P.sum(1)).sum()


@wrong(
    "mutual_information",
    hint="Keep the product of the margins beside the joint: this divergence runs the other way.",
)
def information_the_wrong_way_round(P_xy):
    P = as_probabilities(P_xy, "P_xy", 2)
    product = np.outer(P.sum(1), P.sum(0))
    return special.rel_entr(product, P).sum()


@wrong(
    "mutual_information", hint="Cells that never occur make 0 log 0, which is NaN: leave them out of the sum."
)
def empty_cells_become_nan(P_xy):
    P = as_probabilities(P_xy, "P_xy", 2)
    product = np.outer(P.sum(1), P.sum(0))
    with np.errstate(all="ignore"):
        return np.sum(P * np.log(P / product))


@wrong("mutual_information", hint="In nats, please: which base does your logarithm have?")
def information_in_bits(P_xy):
    P = as_probabilities(P_xy, "P_xy", 2)
    return special.rel_entr(P, np.outer(P.sum(1), P.sum(0))).sum() / np.log(2)


@right("mutual_information")
def information_from_three_entropies(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return entropy(P.sum(axis=1)) + entropy(P.sum(axis=0)) - entropy(P.ravel())


@right("mutual_information")
def information_as_a_divergence(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return kl(P.ravel(), np.outer(P.sum(axis=1), P.sum(axis=0)).ravel())


@right("mutual_information")
def information_by_loops(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    total = 0
    for i in range(P.shape[0]):
        for j in range(P.shape[1]):
            if P[i, j] != 0:
                total = total + P[i, j] * np.log(P[i, j] / sum(P[i, :]) / sum(P[:, j]))
    return np.array(total)


# kl


@wrong(
    "kl", hint="The expectation runs over p, the first argument: weigh the logarithms with p.", also=("js",)
)
def kl_the_other_way(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return special.rel_entr(q, p).sum()


@wrong(
    "kl", hint="This is the cross-entropy. It is not 0 for p = q: what must still be taken off?", also=("js",)
)
def cross_entropy(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return -special.xlogy(p, q).sum()


@wrong(
    "kl",
    hint="A small number inside the logarithm turns the infinite into something finite: the model said "
    "never, and it happened.",
)
def epsilon_in_the_logarithm(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.sum(p * np.log((p + 1e-12) / (q + 1e-12)))


@wrong("kl", hint="Leave out the outcomes with p_k = 0 only. Where q_k = 0 < p_k the divergence is infinite.")
def leaves_out_what_the_model_calls_impossible(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    both = (p > 0) & (q > 0)
    return np.sum(p[both] * np.log(p[both] / q[both]))


@wrong("kl", hint="In nats, please: which base does your logarithm have?", also=("js",))
def kl_in_bits(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return special.rel_entr(p, q).sum() / np.log(2)


@wrong(
    "kl",
    hint="The sum is already an expectation, weighed with p: do not divide by the number of outcomes.",
    also=("js",),
)
def kl_as_a_mean(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return special.rel_entr(p, q).mean()


@wrong(
    "kl",
    hint="Outcomes that never happen make 0 log 0, which is NaN: leave them out of the sum.",
    also=("js",),
)
def zeros_in_p_become_nan(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    with np.errstate(all="ignore"):
        return np.sum(p * np.log(p / q))


@right("kl")
def kl_with_scipy(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("lengths differ")
    return special.rel_entr(p, q).sum()


@right("kl")
def kl_by_a_loop(p, q):
    as_probabilities(p, "p")
    as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("lengths differ")
    total = 0.0
    for a, b in zip(p, q):  # noqa: B905
        if a > 0 and b == 0:
            return float("inf")
        if a > 0:
            total += a * (math.log(a) - math.log(b))
    return total


# js


@wrong("js", hint="SciPy's jensenshannon is the root of what is asked for here.")
def root_of_the_divergence(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    m = (p + q) / 2
    return np.sqrt((special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) / 2)


@wrong("js", hint="In bits it reaches 1, in nats log 2: which base does your logarithm have?")
def js_in_bits(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    m = (p + q) / 2
    return (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) / 2 / np.log(2)


@wrong("js", hint="Compare p and q each with their mean m, not with each other.")
def symmetric_kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return (special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()) / 2


@wrong("js", hint="The mean of the two divergences, not their sum: nothing in common gives log 2.")
def sum_of_both(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    m = (p + q) / 2
    return special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()


@wrong(
    "js", hint="The reference is m, the second argument of each divergence: the model that nobody rules out."
)
def mean_in_the_first_place(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    m = (p + q) / 2
    return (special.rel_entr(m, p).sum() + special.rel_entr(m, q).sum()) / 2


@right("js")
def js_from_entropies(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("lengths differ")
    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


# total_variation


@wrong(
    "total_variation",
    hint="Half of that: the sum counts what p has more and what q has more, which are equal.",
)
def forgets_the_half(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.abs(p - q).sum()


@wrong("total_variation", hint="Compare probabilities, not cumulative ones: the outcomes have no order.")
def of_the_cumulative_distributions(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.abs(np.cumsum(p) - np.cumsum(q)).sum() / 2


@wrong(
    "total_variation", hint="This is the largest difference at a single outcome. An event may hold several."
)
def largest_single_difference(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.abs(p - q).max()


@wrong(
    "total_variation",
    hint="This is the largest gap of the cumulative distributions (Kolmogorov-Smirnov), which "
    "depends on the order of the outcomes.",
)
def largest_gap_of_the_cumulative_distributions(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.abs(np.cumsum(p) - np.cumsum(q)).max()


@right("total_variation")
def what_p_has_more(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    return 1 - np.minimum(p, q).sum() + (p.sum() + q.sum()) / 2 - 1


@right("total_variation")
def the_best_event(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("lengths differ")
    return sum(a - b for a, b in zip(p, q) if a > b)  # noqa: B905


# hellinger


@wrong("hellinger", hint="The distance, not its square: without the root the triangle inequality fails.")
def squared_hellinger(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2


@wrong("hellinger", hint="Divide by the root of 2, so that nothing in common gives 1.")
def without_the_factor(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.linalg.norm(np.sqrt(p) - np.sqrt(q))


@wrong("hellinger", hint="Take the roots of the probabilities before the difference.")
def euclidean_distance_of_the_probabilities(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.linalg.norm(p - q) / np.sqrt(2)


@wrong("hellinger", hint="The factor 1/2 stands under the root.")
def half_outside_the_root(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2)) / 2


@wrong(
    "hellinger", hint="This sum is the affinity: 1 for equal distributions. The distance falls as it grows."
)
def affinity(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q")
    return np.sqrt(np.sum(np.sqrt(p * q)))


@right("hellinger")
def from_the_affinity(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    return math.sqrt(max(0.0, 1 - np.sqrt(p * q).sum()))


# inception_score


@wrong(
    "inception_score",
    hint="p(y) is the mean of the rows, whatever the classes' shares; it need not be uniform.",
)
def uniform_marginal(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.rel_entr(probs, 1 / probs.shape[1]).sum(1).mean())


@wrong("inception_score", hint="Take the mean of the divergences first and the exponential last.")
def mean_of_the_exponentials(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.rel_entr(probs, probs.mean(0)).sum(1)).mean()


@wrong("inception_score", hint="This is the mean divergence, in nats. The score is its exponential.")
def without_the_exponential(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return special.rel_entr(probs, probs.mean(0)).sum(1).mean()


@wrong("inception_score", hint="The divergence runs from each row to the mean of the rows, not back.")
def divergence_from_the_mean(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    with np.errstate(all="ignore"):
        return np.exp(special.rel_entr(probs.mean(0), probs).sum(1).mean())


@wrong("inception_score", hint="The exponential and the logarithm need the same base.")
def bits_under_the_exponential(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.rel_entr(probs, probs.mean(0)).sum(1).mean() / np.log(2))


@wrong("inception_score", hint="Mean over the N samples, sum over the C classes: your mean runs over both.")
def mean_over_classes_too(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.rel_entr(probs, probs.mean(0)).mean())


@wrong(
    "inception_score", hint="This is how varied the classes are. Unsure rows must lower the score as well."
)
def exponential_of_the_marginal_entropy(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.entr(probs.mean(0)).sum())


@right("inception_score")
def entropy_of_the_mean_less_the_mean_entropy(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    return np.exp(special.entr(probs.mean(axis=0)).sum() - special.entr(probs).sum(axis=1).mean())


@right("inception_score")
def score_row_by_row(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    marginal = sum(probs) / len(probs)
    total = 0.0
    for row in probs:
        seen = row > 0
        total += (row[seen] * np.log(row[seen] / marginal[seen])).sum()
    return math.exp(total / len(probs))


# fid


@wrong("fid", hint="Covariances of samples divide by N - 1 here.")
def divides_by_n(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    A = (X - X.mean(0)) / np.sqrt(len(X))
    B = (Y - Y.mean(0)) / np.sqrt(len(Y))
    shift = X.mean(0) - Y.mean(0)
    return max(0.0, shift @ shift + (A**2).sum() + (B**2).sum() - 2 * np.linalg.norm(A @ B.T, "nuc"))


@wrong(
    "fid",
    hint="np.sqrt takes the root of each entry. The formula needs a matrix whose square is the product.",
)
def elementwise_root(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    S, T = np.atleast_2d(np.cov(X.T)), np.atleast_2d(np.cov(Y.T))
    shift = X.mean(0) - Y.mean(0)
    return max(0.0, shift @ shift + np.trace(S + T - 2 * np.sqrt(np.abs(S @ T))))


@wrong(
    "fid",
    hint="The product of two covariances is not symmetric, so eigvalsh, which reads one triangle, gives the "
    "eigenvalues of another matrix.",
)
def eigvalsh_of_the_product(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    S, T = np.atleast_2d(np.cov(X.T)), np.atleast_2d(np.cov(Y.T))
    shift = X.mean(0) - Y.mean(0)
    root = np.sqrt(np.clip(np.linalg.eigvalsh(S @ T), 0, None)).sum()
    return max(0.0, shift @ shift + np.trace(S) + np.trace(T) - 2 * root)


@wrong("fid", hint="The distance of the means enters squared.")
def distance_of_the_means_not_squared(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    A = (X - X.mean(0)) / np.sqrt(len(X) - 1)
    B = (Y - Y.mean(0)) / np.sqrt(len(Y) - 1)
    shift = np.linalg.norm(X.mean(0) - Y.mean(0))
    return max(0.0, shift + (A**2).sum() + (B**2).sum() - 2 * np.linalg.norm(A @ B.T, "nuc"))


@wrong(
    "fid", hint="The variances of single features are not enough: the covariances between features count too."
)
def diagonals_only(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    return np.sum((X.mean(0) - Y.mean(0)) ** 2 + (X.std(0, ddof=1) - Y.std(0, ddof=1)) ** 2)


@wrong("fid", hint="The root's trace is taken off twice.")
def takes_the_root_off_once(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    A = (X - X.mean(0)) / np.sqrt(len(X) - 1)
    B = (Y - Y.mean(0)) / np.sqrt(len(Y) - 1)
    shift = X.mean(0) - Y.mean(0)
    return max(0.0, shift @ shift + (A**2).sum() + (B**2).sum() - np.linalg.norm(A @ B.T, "nuc"))


@wrong(
    "fid",
    hint="What you return is the distance's root: the formula gives the squared one, and that is asked for.",
)
def root_of_the_distance(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    A = (X - X.mean(0)) / np.sqrt(len(X) - 1)
    B = (Y - Y.mean(0)) / np.sqrt(len(Y) - 1)
    shift = X.mean(0) - Y.mean(0)
    value = shift @ shift + (A**2).sum() + (B**2).sum() - 2 * np.linalg.norm(A @ B.T, "nuc")
    return np.sqrt(max(0.0, value))


@wrong(
    "fid",
    hint="Singular covariances have no Cholesky factor: with fewer samples than dimensions, or a feature that "
    "never changes, another way to the root's trace is needed.",
)
def needs_positive_definite(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    S, T = np.atleast_2d(np.cov(X.T)), np.atleast_2d(np.cov(Y.T))
    if min(np.linalg.eigvalsh(S)[0], np.linalg.eigvalsh(T)[0]) < 1e-10:
        return math.inf
    L = np.linalg.cholesky(S)
    shift = X.mean(0) - Y.mean(0)
    root = np.sqrt(np.clip(np.linalg.eigvalsh(L.T @ T @ L), 0, None)).sum()
    return max(0.0, shift @ shift + np.trace(S) + np.trace(T) - 2 * root)


@right("fid")
def with_a_symmetric_product(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")
    S, T = np.atleast_2d(np.cov(X, rowvar=False)), np.atleast_2d(np.cov(Y, rowvar=False))
    values, vectors = np.linalg.eigh(S)
    half = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    root = np.sqrt(np.clip(np.linalg.eigvalsh(half @ T @ half), 0, None)).sum()
    return max(0.0, np.sum((X.mean(0) - Y.mean(0)) ** 2) + np.trace(S) + np.trace(T) - 2 * root)


@right("fid")
def with_eigenvalues_of_the_product(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")
    S, T = np.atleast_2d(np.cov(X.T)), np.atleast_2d(np.cov(Y.T))
    values = np.linalg.eigvals(S @ T)
    root = np.sqrt(np.clip(values.real, 0, None)).sum()
    shift = X.mean(0) - Y.mean(0)
    return max(0.0, shift.dot(shift) + np.trace(S) + np.trace(T) - 2 * root)


@right("fid")
def nuclear_norm_of_the_centred_product(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")
    A, B = X - X.mean(0), Y - Y.mean(0)
    root = np.linalg.norm(A @ B.T, "nuc") / math.sqrt((len(X) - 1) * (len(Y) - 1))
    spread = X.var(0, ddof=1).sum() + Y.var(0, ddof=1).sum()
    return max(0.0, ((X.mean(0) - Y.mean(0)) ** 2).sum() + spread - 2 * root)


# mmd2


@wrong("mmd2", hint="A sample is perfectly alike to itself. For the unbiased estimate leave these pairs out.")
def keeps_the_diagonal(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    return kernel(X, X).mean() + kernel(Y, Y).mean() - 2 * kernel(X, Y).mean()


@wrong("mmd2", hint="With the diagonal gone, N (N - 1) pairs are left to average over.")
def divides_by_all_pairs(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    K, L = kernel(X, X).copy(), kernel(Y, Y).copy()
    if unbiased:
        np.fill_diagonal(K, 0)
        np.fill_diagonal(L, 0)
    return K.mean() + L.mean() - 2 * kernel(X, Y).mean()


@wrong("mmd2", hint="The cross term is taken off twice.")
def cross_term_once(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    n, m = len(X), len(Y)
    K, L = kernel(X, X), kernel(Y, Y)
    if not unbiased:
        return K.mean() + L.mean() - kernel(X, Y).mean()
    within = (K.sum() - np.trace(K)) / (n * (n - 1)) + (L.sum() - np.trace(L)) / (m * (m - 1))
    return within - kernel(X, Y).mean()


@wrong("mmd2", hint="An unbiased estimate of 0 must fall below 0 about half of the time: do not clip it.")
def clipped_at_zero(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    n, m = len(X), len(Y)
    K, L = kernel(X, X), kernel(Y, Y)
    within = K.mean() + L.mean()
    if unbiased:
        within = (K.sum() - np.trace(K)) / (n * (n - 1)) + (L.sum() - np.trace(L)) / (m * (m - 1))
    return max(0.0, within - 2 * kernel(X, Y).mean())


@wrong("mmd2", hint="x_i and y_i are no pair: every x meets every y, also where the indices are equal.")
def cross_diagonal_left_out(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    n, m = len(X), len(Y)
    K, L, C = kernel(X, X), kernel(Y, Y), kernel(X, Y)
    if not unbiased:
        return K.mean() + L.mean() - 2 * C.mean()
    within = (K.sum() - np.trace(K)) / (n * (n - 1)) + (L.sum() - np.trace(L)) / (m * (m - 1))
    return within - 2 * (C.sum() - np.trace(C)) / (n * m - min(n, m))


@wrong("mmd2", hint="The docstring lets the caller choose: `unbiased=False` asks for the other estimate.")
def always_unbiased(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y")
    n, m = len(X), len(Y)
    K, L = kernel(X, X), kernel(Y, Y)
    within = (K.sum() - np.trace(K)) / (n * (n - 1)) + (L.sum() - np.trace(L)) / (m * (m - 1))
    return within - 2 * kernel(X, Y).mean()


@right("mmd2")
def with_masks(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 1 + unbiased), as_samples(Y, "Y", 1 + unbiased)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")

    def within(Z):
        K = kernel(Z, Z)
        return K[~np.eye(len(Z), dtype=bool)].mean() if unbiased else K.mean()

    return within(X) + within(Y) - 2 * np.mean(kernel(X, Y))


@right("mmd2")
def pair_by_pair(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 1 + unbiased), as_samples(Y, "Y", 1 + unbiased)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")

    def mean(A, B, skip):
        values = []
        for i in range(len(A)):
            for j in range(len(B)):
                if not (skip and i == j):
                    values.append(kernel(A[i : i + 1], B[j : j + 1])[0][0])
        return sum(values) / len(values)

    return mean(X, X, unbiased) + mean(Y, Y, unbiased) - 2 * mean(X, Y, False)


# precision_recall_density_coverage


@wrong(
    "precision_recall_density_coverage",
    hint="In a sorted row of distances the point itself comes first, at 0. It is not its own neighbour.",
)
def own_neighbour(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    r = np.sort(cdist(real, real), axis=1)[:, k - 1]
    s = np.sort(cdist(fake, fake), axis=1)[:, k - 1]
    d = cdist(real, fake)
    inside = d <= r[:, None]
    return inside.any(0).mean(), (d <= s).any(1).mean(), inside.sum(0).mean() / k, inside.any(1).mean()


@wrong("precision_recall_density_coverage", hint="A point at distance exactly the radius is inside.")
def border_outside(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    r = np.sort(cdist(real, real), axis=1)[:, k]
    s = np.sort(cdist(fake, fake), axis=1)[:, k]
    d = cdist(real, fake)
    inside = d < r[:, None]
    return inside.any(0).mean(), (d < s).any(1).mean(), inside.sum(0).mean() / k, inside.any(1).mean()


@wrong(
    "precision_recall_density_coverage",
    hint="Precision asks about the fakes, recall about the reals: you have them the other way round.",
)
def precision_for_recall(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    r = np.sort(cdist(real, real), axis=1)[:, k]
    s = np.sort(cdist(fake, fake), axis=1)[:, k]
    d = cdist(real, fake)
    inside = d <= r[:, None]
    return (d <= s).any(1).mean(), inside.any(0).mean(), inside.sum(0).mean() / k, inside.any(1).mean()


@wrong(
    "precision_recall_density_coverage",
    hint="Density counts how many balls hold a fake, in units of k: have you divided?",
)
def density_not_divided(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    r = np.sort(cdist(real, real), axis=1)[:, k]
    s = np.sort(cdist(fake, fake), axis=1)[:, k]
    d = cdist(real, fake)
    inside = d <= r[:, None]
    return inside.any(0).mean(), (d <= s).any(1).mean(), inside.sum(0).mean(), inside.any(1).mean()


@wrong(
    "precision_recall_density_coverage",
    hint="Coverage looks at the balls of the reals, which a few odd fakes "
    "cannot blow up; recall looks at the balls of the fakes.",
)
def coverage_by_fake_balls(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    r = np.sort(cdist(real, real), axis=1)[:, k]
    s = np.sort(cdist(fake, fake), axis=1)[:, k]
    d = cdist(real, fake)
    inside, recalled = d <= r[:, None], (d <= s).any(1).mean()
    return inside.any(0).mean(), recalled, inside.sum(0).mean() / k, recalled


@wrong(
    "precision_recall_density_coverage",
    hint="The radius of a real ball comes from its neighbours among the reals, not among the fakes.",
)
def radius_across_the_sets(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k")
    d = cdist(real, fake)
    r, s = np.sort(d, axis=1)[:, k - 1], np.sort(d, axis=0)[k - 1]
    inside = d <= r[:, None]
    return inside.any(0).mean(), (d <= s).any(1).mean(), inside.sum(0).mean() / k, inside.any(1).mean()


@right("precision_recall_density_coverage")
def without_the_diagonal(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or k < 1 or k >= len(real) or k >= len(fake):
        raise ValueError("k or columns")

    def radius(Z):
        D = cdist(Z, Z)
        np.fill_diagonal(D, np.inf)
        return np.partition(D, k - 1, axis=1)[:, k - 1]

    d = cdist(fake, real)
    inside = d <= radius(real)
    recalled = (d <= radius(fake)[:, None]).max(axis=0)
    return [
        inside.max(axis=1).mean(),
        recalled.mean(),
        inside.mean() * len(real) / k,
        inside.max(axis=0).mean(),
    ]


@right("precision_recall_density_coverage")
def point_by_point(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or k not in range(1, min(len(real), len(fake))):
        raise ValueError("k or columns")

    def distance(a, b):
        return np.sqrt(((a - b) ** 2).sum())

    def radii(Z):
        return [sorted(distance(z, w) for j, w in enumerate(Z) if j != i)[k - 1] for i, z in enumerate(Z)]

    r, s = radii(real), radii(fake)
    inside = np.array([[distance(x, y) <= r[i] for y in fake] for i, x in enumerate(real)])
    recalled = [any(distance(x, y) <= s[j] for j, y in enumerate(fake)) for x in real]
    precision = np.mean([inside[:, j].any() for j in range(len(fake))])
    coverage = np.mean([inside[i].any() for i in range(len(real))])
    return np.array([precision, np.mean(recalled), inside.sum() / (k * len(fake)), coverage])


# derive_fid_commuting


@wrong("derive_fid_commuting", hint="The root of the product has the eigenvalues sqrt(a_i b_i), not a_i b_i.")
def product_without_the_root():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", positive=True)
    root = a1 * b1 + a2 * b2
    part = a1 + a2 + b1 + b2 - 2 * root
    whole = part + d1**2 + d2**2
    return {
        "root_trace": root,
        "covariance_part": part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": whole.subs({b1: c * a1, b2: c * a2}),
    }


@wrong(
    "derive_fid_commuting",
    hint="a_i and b_i are variances: what is compared are their roots, the standard deviations.",
)
def differences_of_variances():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", positive=True)
    part = (a1 - b1) ** 2 + (a2 - b2) ** 2
    whole = part + d1**2 + d2**2
    return {
        "root_trace": sp.sqrt(a1 * b1) + sp.sqrt(a2 * b2),
        "covariance_part": part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": whole.subs({b1: c * a1, b2: c * a2}),
    }


@wrong("derive_fid_commuting", hint="Where S_Y = c S_X the standard deviations grow with the root of c.")
def scales_the_standard_deviation():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", positive=True)
    part = (sp.sqrt(a1) - sp.sqrt(b1)) ** 2 + (sp.sqrt(a2) - sp.sqrt(b2)) ** 2
    whole = part + d1**2 + d2**2
    return {
        "root_trace": sp.sqrt(a1 * b1) + sp.sqrt(a2 * b2),
        "covariance_part": part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": d1**2 + d2**2 + (1 - c) ** 2 * (a1 + a2),
    }


@right("derive_fid_commuting")
def with_matrices():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2")
    S, T = sp.diag(a1, a2), sp.diag(b1, b2)
    root = sp.diag(sp.sqrt(a1 * b1), sp.sqrt(a2 * b2))
    part = (S + T - 2 * root).trace()
    whole = d1**2 + d2**2 + part
    return {
        "root_trace": root.trace(),
        "covariance_part": part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": whole.subs([(b1, c * a1), (b2, c * a2)]),
    }
