# %% question="entropy"
from scipy import linalg, stats


def entropy(p, base=math.e):
    if base <= 1:
        raise ValueError("base should be above 1")
    return stats.entropy(as_probabilities(p, "p"), base=base)


# %% question="kl"
def kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("p and q should be equally long")
    return special.rel_entr(p, q).sum()


# %% question="js"
from scipy.spatial.distance import jensenshannon


def js(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("p and q should be equally long")
    return np.array(jensenshannon(p, q) ** 2)


# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("p and q should be equally long")
    return np.linalg.norm(p - q, ord=1) / 2


# %% question="hellinger"
def hellinger(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("p and q should be equally long")
    return cdist(np.sqrt([p]), np.sqrt([q]))[0, 0] / 2**0.5


# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return special.rel_entr(P, np.outer(P.sum(axis=1), P.sum(axis=0))).sum()


# %% question="inception_score"
def inception_score(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    return np.exp(special.rel_entr(probs, probs.mean(axis=0)).sum() / len(probs))


# %% question="fid"
def fid(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")
    A = (X - X.mean(axis=0)) / np.sqrt(len(X) - 1)
    B = (Y - Y.mean(axis=0)) / np.sqrt(len(Y) - 1)
    trace = np.sum(A * A) + np.sum(B * B) - 2 * linalg.svdvals(A @ B.T).sum()
    return np.maximum(np.sum((X.mean(axis=0) - Y.mean(axis=0)) ** 2) + trace, 0)


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", nonnegative=True)
    S, T = sp.diag(a1, a2), sp.diag(b1, b2)
    root = (S * T).applyfunc(sp.sqrt)
    part = sp.trace(S + T - 2 * root)
    whole = sp.Matrix([d1, d2]).dot(sp.Matrix([d1, d2])) + part
    return {
        "root_trace": sp.trace(root),
        "covariance_part": part,
        "fid": whole,
        "slope": whole.diff(b1),
        "fid_scaled": whole.subs(b1, c * a1).subs(b2, c * a2),
    }


# %% plot="fid_against_n"
gen = np.random.default_rng(0)
n_values = np.array([20, 50, 100, 200, 400])
table = np.array(
    [[fid(*np.split(gen.permutation(pool)[: 2 * n], 2)) for _ in range(8)] for n in n_values]
)
fig, ax = plt.subplots()
ax.fill_between(n_values, table.min(axis=1), table.max(axis=1), alpha=0.3, label="8 draws")
ax.loglog(n_values, table.mean(axis=1), "o-", label="mean")
ax.loglog(n_values, 110 / n_values, "--", label="110 / n")
ax.set(xlabel="n (images in each set)", ylabel="FID, truth 0")
ax.legend()

# %% [markdown] answer="reading_the_bias"
# All of it is bias, about 110/n here: estimated covariances differ by chance and a distance only counts up. A model with 1.1 at n = 100 is indistinguishable from real; 0.6 at n = 400 lies above the real row of 0.28, so it
# may well be the worse one. Give n, equal for all, and real against real; or KID.

# %% question="mmd2"
def mmd2(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 1 + bool(unbiased)), as_samples(Y, "Y", 1 + bool(unbiased))
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")
    n, m = len(X), len(Y)
    if unbiased:
        w_x = (np.ones((n, n)) - np.eye(n)) / (n * (n - 1))
        w_y = (np.ones((m, m)) - np.eye(m)) / (m * (m - 1))
    else:
        w_x, w_y = np.full((n, n), n**-2.0), np.full((m, m), m**-2.0)
    return np.vdot(w_x, kernel(X, X)) + np.vdot(w_y, kernel(Y, Y)) - 2 * np.average(kernel(X, Y))


# %% [markdown] answer="unbiased_mmd"
# E k(x_i, x_j) = E k(x, x') for i ≠ j, by independence; linearity does the rest, and the cross term has no diagonal that matters. Biased: add (E k(x, x) − E k(x, x'))/N and the same for y.
# For a Gaussian kernel and p = q: (1/N + 1/M)(1 − E k(x, x')) > 0.

# %% question="precision_recall_density_coverage"
from sklearn.neighbors import NearestNeighbors


def precision_recall_density_coverage(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k or columns")

    def radius(Z):
        return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(Z).kneighbors()[0][:, -1]

    D = cdist(real, fake)
    hits = D <= radius(real)[:, None] * (1 + 1e-12)
    return [
        hits.any(axis=0).mean(),
        (D <= radius(fake) * (1 + 1e-12)).any(axis=1).mean(),
        hits.sum(axis=0).mean() / k,
        hits.any(axis=1).mean(),
    ]
