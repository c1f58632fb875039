"""Week 8, evaluation: divergences, and ways to judge a generative model by its samples."""

import math
from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special
from scipy.spatial.distance import cdist


def as_probabilities(p: ArrayLike, name: str, ndim: int = 1, axis: int | None = None) -> np.ndarray:
    """The argument as an array of probabilities, or ValueError naming it.

    Args:
        p: array-like of numbers.
        name: what to call the argument in the error's message, such as "p".
        ndim: the number of dimensions it should have: 1 for a distribution, 2 for a joint table.
        axis: along which axis the sums should be 1; None (the default) for all entries together.

    Returns:
        A new float array. Sums may be off by up to 1e-6; nothing is renormalised.

    Raises:
        ValueError: p is empty, has another number of dimensions, a negative or infinite entry or NaN, or a
            sum other than 1.
    """
    array = np.array(p, dtype=float)
    if array.ndim != ndim or array.size == 0:
        raise ValueError(
            f"{name} should have {ndim} dimension(s) and not be empty, but has shape {array.shape}"
        )
    if not (array >= 0).all() or not (np.abs(array.sum(axis=axis) - 1) <= 1e-6).all():
        raise ValueError(f"{name} should hold probabilities: none negative, with sum 1")
    return array


def as_samples(X: ArrayLike, name: str, at_least: int = 1) -> np.ndarray:
    """The argument as an array of samples, one a row, or ValueError naming it.

    Args:
        X: (N, D) array-like of numbers.
        name: what to call the argument in the error's message, such as "X".
        at_least: the smallest number of rows that makes sense.

    Returns:
        (N, D) float array.

    Raises:
        ValueError: X is not two-dimensional, has no columns, too few rows, or an entry that is not finite.
    """
    array = np.asarray(X, dtype=float)
    if array.ndim != 2 or len(array) < at_least or array.shape[1] == 0:
        raise ValueError(
            f"{name} should have at least {at_least} row(s), one a sample, not shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} should be finite everywhere")
    return array


def entropy(p: ArrayLike, base: float = math.e) -> float:
    """Shannon entropy H(p) = - sum_k p_k log p_k of a distribution over K outcomes.

    Args:
        p: (K,) array-like of probabilities. 0 log 0 counts as 0.
        base: the base of the logarithm, > 1: e for nats (the default), 2 for bits.

    Returns:
        A float between 0 (one outcome is certain) and log K (uniform).

    Raises:
        ValueError: p is no distribution (see `as_probabilities`), or base is not above 1.

    Source: Cover and Thomas, Elements of Information Theory, 2nd edition (2006), section 2.1.
    """
    p = as_probabilities(p, "p")
    if not base > 1:
        raise ValueError("base should be above 1")
    p = p[p > 0]
    return float(-(p * np.log(p)).sum() / math.log(base)) + 0.0  # + 0.0 turns -0.0 into 0.0


def conditional_entropy(P_xy: ArrayLike) -> float:
    """Conditional entropy H(Y | X), in nats: the mean over x of the entropy of p(y | x).

    Args:
        P_xy: (A, B) array-like, the joint probabilities; x counts rows and y columns. Rows may be all zero.

    Returns:
        A float between 0 and log B.

    Raises:
        ValueError: P_xy is no joint distribution (see `as_probabilities`).

    Source: Cover and Thomas (2006), section 2.2.
    """
    P_xy = as_probabilities(P_xy, "P_xy", ndim=2)
    p_x = P_xy.sum(axis=1, keepdims=True)
    return float(special.entr(P_xy).sum() - special.entr(p_x).sum())


def mutual_information(P_xy: ArrayLike) -> float:
    """Mutual information I(X; Y), in nats: how many nats one variable tells about the other.

    I(X; Y) = sum over x, y of p(x, y) log( p(x, y) / (p(x) p(y)) ), the divergence of the joint table from the
    product of its margins. You may call your other functions.

    Args:
        P_xy: (A, B) array-like, the joint probabilities; x counts rows and y columns. Entries, whole rows and
            whole columns may be zero; 0 log 0 counts as 0. A table of counts must be divided by its sum first.

    Returns:
        A float: 0 for independent variables, at most the smaller of the two entropies.

    Raises:
        ValueError: P_xy is no joint distribution (see `as_probabilities`).

    Source: Cover and Thomas (2006), section 2.3.
    """
    P_xy = as_probabilities(P_xy, "P_xy", ndim=2)
    x, y = np.nonzero(P_xy)
    p_x, p_y, joint = P_xy.sum(axis=1), P_xy.sum(axis=0), P_xy[x, y]
    return float((joint * (np.log(joint) - np.log(p_x[x]) - np.log(p_y[y]))).sum())


def kl(p: ArrayLike, q: ArrayLike) -> float:
    """Kullback-Leibler divergence KL(p || q) = sum_k p_k log(p_k / q_k), in nats.

    The expected log of the ratio when outcomes come from p. Not symmetric.

    Args:
        p, q: (K,) array-like of probabilities. Outcomes with p_k = 0 count 0, whatever q_k is.

    Returns:
        A float >= 0; inf where some outcome has q_k = 0 < p_k.

    Raises:
        ValueError: p or q is no distribution (see `as_probabilities`), or their lengths differ.

    Source: Cover and Thomas (2006), section 2.3.
    """
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if q.shape != p.shape:
        raise ValueError(f"q should have as many entries as p, {p.size}, but has {q.size}")
    p, q = p[p > 0], q[p > 0]
    if (q == 0).any():
        return math.inf
    return float((p * (np.log(p) - np.log(q))).sum())


def js(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence, in nats: the mean of KL(p || m) and KL(q || m), where m = (p + q) / 2.

    The divergence itself, not its root. You may call `kl`.

    Args:
        p, q: (K,) array-like of probabilities; either may have zeros.

    Returns:
        A float between 0 (p = q) and log 2 (no outcome is possible under both). Never inf. Symmetric.

    Raises:
        ValueError: p or q is no distribution (see `as_probabilities`), or their lengths differ.

    Source: Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Information Theory 37 (1991).
    """
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if q.shape != p.shape:
        raise ValueError(f"q should have as many entries as p, {p.size}, but has {q.size}")
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """Total variation distance: the largest difference between p and q in the probability of any event.

    The event that reaches it holds all outcomes with p_k > q_k, so the distance is half the sum of the
    |p_k - q_k|. The order of the outcomes plays no part.

    Args:
        p, q: (K,) array-like of probabilities.

    Returns:
        A float between 0 (p = q) and 1 (no outcome is possible under both). A metric.

    Raises:
        ValueError: p or q is no distribution (see `as_probabilities`), or their lengths differ.

    Source: Levin, Peres and Wilmer, Markov Chains and Mixing Times (2009), section 4.1.
    """
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if q.shape != p.shape:
        raise ValueError(f"q should have as many entries as p, {p.size}, but has {q.size}")
    return float(np.abs(p - q).sum() / 2)


def hellinger(p: ArrayLike, q: ArrayLike) -> float:
    """Hellinger distance: the Euclidean distance of the vectors of roots sqrt(p_k) and sqrt(q_k), over sqrt(2).

    Args:
        p, q: (K,) array-like of probabilities.

    Returns:
        A float between 0 (p = q) and 1 (no outcome is possible under both): the distance, not its square.
        A metric.

    Raises:
        ValueError: p or q is no distribution (see `as_probabilities`), or their lengths differ.

    Source: van der Vaart, Asymptotic Statistics (1998), section 14.5 (there without the factor).
    """
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if q.shape != p.shape:
        raise ValueError(f"q should have as many entries as p, {p.size}, but has {q.size}")
    return float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / math.sqrt(2))


def inception_score(probs: ArrayLike) -> float:
    """Inception score of N samples from a classifier's probabilities: exp of the mean of KL(p(y | x_n) || p(y)).

    p(y) is the mean of the N rows. One split: all samples together.

    Args:
        probs: (N, C) array-like; row n is p(y | x_n) over C classes and sums to 1. Entries may be zero;
            0 log 0 counts as 0.

    Returns:
        A float between 1 (every row the same) and the smaller of N and C (every row certain, the classes
        even).

    Raises:
        ValueError: probs is not two-dimensional, has no rows, or a row is no distribution (see
            `as_probabilities`).

    Source: Salimans et al., Improved Techniques for Training GANs (2016), section 4.
    """
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    marginal = probs.mean(axis=0)
    n, c = np.nonzero(probs)
    p = probs[n, c]
    return float(np.exp((p * (np.log(p) - np.log(marginal[c]))).sum() / len(probs)))


def fid(X: ArrayLike, Y: ArrayLike) -> float:
    """Frechet distance of two sets of features, each summarised by its mean and covariance.

    FID = |mu_X - mu_Y|^2 + Tr(S_X + S_Y - 2 (S_X S_Y)^(1/2)), the squared Wasserstein-2 distance of the two
    Gaussians with these means and covariances. The root is the *matrix* root, and its trace is the sum of the
    roots of the eigenvalues of S_X S_Y, which are never negative.

    Args:
        X: (N, D) array-like of features, N >= 2.
        Y: (M, D) array-like of features, M >= 2. N and M may be smaller than D: the covariances are then
            singular and the distance still exists.

    Returns:
        A float >= 0 (rounding below 0 is clipped to 0). Covariances divide by N - 1 and M - 1.

    Raises:
        ValueError: X or Y is not two-dimensional, has fewer than 2 rows or an entry that is not finite (see
            `as_samples`), or the numbers of columns differ.

    Source: Heusel et al., GANs Trained by a Two Time-Scale Update Rule (2017), section 2; Dowson and Landau,
        The Frechet distance between multivariate normal distributions (1982).
    """
    X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)
    if Y.shape[1] != X.shape[1]:
        raise ValueError(f"Y should have as many columns as X, {X.shape[1]}, but has {Y.shape[1]}")
    shift = X.mean(axis=0) - Y.mean(axis=0)
    A = (X - X.mean(axis=0)) / math.sqrt(len(X) - 1)  # A.T @ A is the covariance of X
    B = (Y - Y.mean(axis=0)) / math.sqrt(len(Y) - 1)
    # The roots of the eigenvalues of A^T A B^T B are the singular values of A B^T: no covariance is ever
    # inverted or rooted, so singular ones do no harm. The triangular factors are as good as A and B, and small.
    root_trace = np.linalg.norm(np.linalg.qr(A).R @ np.linalg.qr(B).R.T, "nuc")
    return max(0.0, float(shift @ shift + (A**2).sum() + (B**2).sum() - 2 * root_trace))


def mmd2(
    X: ArrayLike,
    Y: ArrayLike,
    kernel: Callable[[np.ndarray, np.ndarray], np.ndarray],
    unbiased: bool = True,
) -> float:
    """Squared maximum mean discrepancy: E k(x, x') + E k(y, y') - 2 E k(x, y), estimated from samples.

    x and x' are independent draws of one distribution, y and y' of the other.

    Args:
        X: (N, D) array-like of samples.
        Y: (M, D) array-like of samples; M may differ from N.
        kernel: kernel(A, B) takes arrays of shape (n, D) and (m, D) and returns the (n, m) array of all
            k(a_i, b_j).
        unbiased: True leaves out k(x_i, x_i) and k(y_j, y_j), a sample compared with itself, and averages over
            the N (N - 1) and M (M - 1) pairs that remain. False keeps them and divides by N^2 and M^2 (the
            V-statistic). All N M pairs of an x with a y count in both.

    Returns:
        A float. The unbiased estimate may be negative; the other is not, up to rounding.

    Raises:
        ValueError: X or Y is not two-dimensional or has fewer than 2 rows (1 where unbiased is False), see
            `as_samples`, or the numbers of columns differ.

    Source: Gretton et al., A Kernel Two-Sample Test, Journal of Machine Learning Research 13 (2012), lemma 6.
    """
    at_least = 2 if unbiased else 1
    X, Y = as_samples(X, "X", at_least), as_samples(Y, "Y", at_least)
    if Y.shape[1] != X.shape[1]:
        raise ValueError(f"Y should have as many columns as X, {X.shape[1]}, but has {Y.shape[1]}")
    n, m = len(X), len(Y)
    K_xx, K_yy, K_xy = kernel(X, X), kernel(Y, Y), kernel(X, Y)
    if unbiased:
        within_x = (K_xx.sum() - np.trace(K_xx)) / (n * (n - 1))
        within_y = (K_yy.sum() - np.trace(K_yy)) / (m * (m - 1))
    else:
        within_x, within_y = K_xx.mean(), K_yy.mean()
    return float(within_x + within_y - 2 * K_xy.mean())


def kid_kernel(X: ArrayLike, Y: ArrayLike) -> np.ndarray:
    """The kernel of the kernel inception distance, k(x, y) = (x . y / D + 1)^3.

    Args:
        X: (N, D) array-like of features.
        Y: (M, D) array-like of features.

    Returns:
        (N, M) array of all k(x_i, y_j).

    Raises:
        ValueError: X or Y is not two-dimensional (see `as_samples`), or the numbers of columns differ.

    Source: Binkowski et al., Demystifying MMD GANs (2018), section 4.
    """
    X, Y = as_samples(X, "X"), as_samples(Y, "Y")
    if Y.shape[1] != X.shape[1]:
        raise ValueError(f"Y should have as many columns as X, {X.shape[1]}, but has {Y.shape[1]}")
    return (X @ Y.T / X.shape[1] + 1) ** 3


def precision_recall_density_coverage(
    real: ArrayLike, fake: ArrayLike, k: int
) -> tuple[float, float, float, float]:
    """Four numbers that tell fidelity from diversity, by balls around the samples.

    The ball of a sample reaches to its k-th nearest neighbour *among the other samples of its own set*. The
    point itself is never its own neighbour. A point at distance exactly the radius is inside.

    Args:
        real: (N, D) array-like of real samples.
        fake: (M, D) array-like of generated samples; M may differ from N.
        k: which neighbour, a whole number with 1 <= k < min(N, M).

    Returns:
        (precision, recall, density, coverage), four floats:
        precision, the share of the fakes that lie in at least one real ball;
        recall, the share of the reals that lie in at least one fake ball;
        density, the mean over the fakes of how many real balls hold them, divided by k (it may exceed 1);
        coverage, the share of the real balls that hold at least one fake.

    Raises:
        ValueError: real or fake is not two-dimensional (see `as_samples`), the numbers of columns differ, or k
            is not between 1 and min(N, M) - 1.

    Source: Kynkaanniemi et al., Improved Precision and Recall Metric (2019); Naeem et al., Reliable Fidelity and
        Diversity Metrics for Generative Models (2020).
    """
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if fake.shape[1] != real.shape[1]:
        raise ValueError(
            f"fake should have as many columns as real, {real.shape[1]}, but has {fake.shape[1]}"
        )
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k should be at least 1 and below the number of rows of real and of fake")
    # Position 0 of a sorted row is the point itself, at distance 0, so its k-th neighbour stands at position k.
    real_radius = np.sort(cdist(real, real), axis=1)[:, k]
    fake_radius = np.sort(cdist(fake, fake), axis=1)[:, k]
    distance = cdist(real, fake)
    in_real_ball = distance <= real_radius[:, None]
    in_fake_ball = distance <= fake_radius[None, :]
    return (
        float(in_real_ball.any(axis=0).mean()),
        float(in_fake_ball.any(axis=1).mean()),
        float(in_real_ball.sum(axis=0).mean() / k),
        float(in_real_ball.any(axis=1).mean()),
    )


def energy_distance(X: ArrayLike, Y: ArrayLike) -> float:
    """Energy distance 2 E|x - y| - E|x - x'| - E|y - y'|, with Euclidean distances and without a root.

    Args:
        X: (N, D) array-like of samples.
        Y: (M, D) array-like of samples.

    Returns:
        A float >= 0, up to rounding: the V-statistic, in which a sample is also compared with itself.

    Raises:
        ValueError: X or Y is not two-dimensional (see `as_samples`), or the numbers of columns differ.

    Source: Szekely and Rizzo, Energy statistics, Journal of Statistical Planning and Inference 143 (2013).
    """
    X, Y = as_samples(X, "X"), as_samples(Y, "Y")
    if Y.shape[1] != X.shape[1]:
        raise ValueError(f"Y should have as many columns as X, {X.shape[1]}, but has {Y.shape[1]}")
    return float(2 * cdist(X, Y).mean() - cdist(X, X).mean() - cdist(Y, Y).mean())


def kde_log_density(X: ArrayLike, queries: ArrayLike, bandwidth: float) -> np.ndarray:
    """Log density of queries under a kernel density estimate: the mean of Gaussians centred on the samples.

    Args:
        X: (N, D) array-like of samples, the centres.
        queries: (Q, D) array-like of points.
        bandwidth: the standard deviation of each Gaussian in every direction, > 0.

    Returns:
        (Q,) array of natural logarithms; finite far from all samples too.

    Raises:
        ValueError: X or queries is not two-dimensional (see `as_samples`), the numbers of columns differ, or
            bandwidth is not positive.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 2.5.1.
    """
    X, queries = as_samples(X, "X"), as_samples(queries, "queries")
    if queries.shape[1] != X.shape[1]:
        raise ValueError(
            f"queries should have as many columns as X, {X.shape[1]}, but has {queries.shape[1]}"
        )
    if not bandwidth > 0:
        raise ValueError("bandwidth should be positive")
    n, d = X.shape
    exponent = -cdist(queries, X, "sqeuclidean") / (2 * bandwidth**2)
    log_norm = d / 2 * math.log(2 * math.pi) + d * math.log(bandwidth) + math.log(n)
    return special.logsumexp(exponent, axis=1) - log_norm


def wasserstein_1d(x: ArrayLike, y: ArrayLike) -> float:
    """Wasserstein-1 distance of two samples of numbers: the area between their cumulative distributions.

    Args:
        x: (N,) array-like of numbers.
        y: (M,) array-like of numbers; M may differ from N.

    Returns:
        A float >= 0, in the units of x: the least mean distance by which x's mass must be moved to give y's.

    Raises:
        ValueError: x or y is empty, not one-dimensional, or not finite.

    Source: Villani, Topics in Optimal Transportation (2003), section 2.2.
    """
    for values, name in ((x, "x"), (y, "y")):
        if np.ndim(values) != 1:
            raise ValueError(f"{name} should be one-dimensional, but has shape {np.shape(values)}")
        as_samples(np.reshape(values, (-1, 1)), name)
    x, y = np.sort(np.asarray(x, dtype=float)), np.sort(np.asarray(y, dtype=float))
    places = np.sort(np.concatenate([x, y]))
    below_x = np.searchsorted(x, places[:-1], side="right") / len(x)
    below_y = np.searchsorted(y, places[:-1], side="right") / len(y)
    return float((np.abs(below_x - below_y) * np.diff(places)).sum())


def derive_fid_commuting() -> dict[str, sp.Expr]:
    """The Frechet distance where the covariances commute, in five steps, each a SymPy expression.

    In two dimensions. Commuting covariances share their eigenvectors; work in that basis, where both are
    diagonal. Symbols (by these names): S_X has the eigenvalues `a1`, `a2` and S_Y has `b1`, `b2` (variances,
    all positive); `d1`, `d2` are the two components of mu_X - mu_Y; `c` is a positive factor.

    Returns:
        A dictionary with these entries:
        "root_trace": the trace of (S_X S_Y)^(1/2);
        "covariance_part": Tr(S_X + S_Y - 2 (S_X S_Y)^(1/2));
        "fid": the whole distance;
        "slope": the derivative of the whole distance with respect to b1;
        "fid_scaled": the whole distance where S_Y = c S_X, in a1, a2, c, d1 and d2.

    Source: Dowson and Landau (1982).
    """
    a1, a2, b1, b2, c = sp.symbols("a1 a2 b1 b2 c", positive=True)
    d1, d2 = sp.symbols("d1 d2", real=True)
    covariance_part = (sp.sqrt(a1) - sp.sqrt(b1)) ** 2 + (sp.sqrt(a2) - sp.sqrt(b2)) ** 2
    return {
        "root_trace": sp.sqrt(a1 * b1) + sp.sqrt(a2 * b2),
        "covariance_part": covariance_part,
        "fid": d1**2 + d2**2 + covariance_part,
        "slope": 1 - sp.sqrt(a1 / b1),
        "fid_scaled": d1**2 + d2**2 + (1 - sp.sqrt(c)) ** 2 * (a1 + a2),
    }
