# %% question="entropy"
def surprise(p):
    """My helper: p times its surprise, with 0 for p = 0."""
    p = np.asarray(p, dtype=float)
    return np.where(p > 0, -p * np.log(np.where(p > 0, p, 1.0)), 0.0)


def entropy(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base should be above 1")
    return surprise(p).sum() / math.log(base)


# %% after="entropy"
print("a coin has", entropy([0.5, 0.5], 2), "bit")

# %% question="kl"
def kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    if np.any((q == 0) & (p > 0)):
        return np.inf
    cross = -(p * np.log(np.where(q > 0, q, 1.0))).sum()
    return cross - surprise(p).sum()


# %% question="js"
def js(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    return surprise((p + q) / 2).sum() - surprise([p, q]).sum() / 2


# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    return np.maximum(p - q, 0).sum()


# %% question="hellinger"
def hellinger(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("q should be as long as p")
    affinity = np.sqrt(p * q).sum()
    return math.sqrt(max(0.0, 1.0 - affinity))


# %% after="hellinger"
for f in (js, total_variation, hellinger):
    print(f.__name__, f([1, 0], [0, 1]))

# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return entropy(P.sum(axis=0)) + entropy(P.sum(axis=1)) - entropy(P.flatten())


# %% question="inception_score"
def inception_score(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    return math.exp(mutual_information(probs / len(probs)))


# %% question="fid"
def half(S):
    values, vectors = np.linalg.eigh(S)
    return vectors @ np.diag(np.sqrt(values.clip(0))) @ vectors.T


def fid(X, Y):
    X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")
    S = np.cov(X, rowvar=False).reshape(X.shape[1], -1)
    T = np.cov(Y, rowvar=False).reshape(X.shape[1], -1)
    root = half(S)
    between = half(root @ T @ root)
    shift = X.mean(axis=0) - Y.mean(axis=0)
    return float(max(0, shift @ shift + np.trace(S) + np.trace(T) - 2 * np.trace(between)))


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2, c = sp.symbols("a1 a2 b1 b2 c", positive=True)
    d1, d2 = sp.symbols("d1 d2")
    sd = {name: sp.sqrt(name) for name in (a1, a2, b1, b2)}
    part = (sd[a1] - sd[b1]) ** 2 + (sd[a2] - sd[b2]) ** 2
    return {
        "root_trace": sd[a1] * sd[b1] + sd[a2] * sd[b2],
        "covariance_part": part,
        "fid": part + d1**2 + d2**2,
        "slope": 1 - sd[a1] / sd[b1],
        "fid_scaled": (a1 + a2) * (1 - sp.sqrt(c)) ** 2 + d1**2 + d2**2,
    }


# %% plot="fid_against_n"
rng_plot = np.random.default_rng(3)
xs, ys = [], []
for n in (20, 50, 100, 200, 400):
    for _ in range(8):
        rows = rng_plot.choice(len(pool), 2 * n, replace=False)
        xs.append(n)
        ys.append(fid(pool[rows[:n]], pool[rows[n:]]))
plt.loglog(xs, ys, "x", label="one draw")
plt.loglog([20, 400], [5.4, 0.27], "--", label="slope -1")
plt.xlabel("images in each set")
plt.ylabel("FID")
plt.legend()

# %% [markdown] answer="reading_the_bias"
# Both sets are real, so the curve is pure bias, falling as 1/n. A value without n means nothing: 1.1 at 100 is the floor, 0.6 at 400 is above it. Always give n and the floor.

# %% question="mmd2"
def mmd2(X, Y, kernel, unbiased=True):
    X, Y = as_samples(X, "X", 2 if unbiased else 1), as_samples(Y, "Y", 2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have as many columns as X")

    def alike(Z):
        K = np.array(kernel(Z, Z), dtype=float)
        return K[np.triu_indices(len(Z), 1)].mean() if unbiased else K.mean()

    return alike(X) + alike(Y) - 2 * np.mean(kernel(X, Y))


# %% [markdown] answer="unbiased_mmd"
# Different draws are independent, so k(x_i, x_j) averages to E k(x, x'). The diagonal would add (E k(x, x) − E k(x, x'))/N.

# %% question="precision_recall_density_coverage"
def precision_recall_density_coverage(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 0 < k < min(len(real), len(fake)):
        raise ValueError("k is too large or too small, or the columns differ")
    everything = cdist(np.vstack([real, fake]), np.vstack([real, fake]))
    n = len(real)
    np.fill_diagonal(everything, np.inf)
    r = np.sort(everything[:n, :n])[:, k - 1 : k]
    f = np.sort(everything[n:, n:])[:, k - 1 : k]
    held = everything[:n, n:] <= r
    recalled = everything[n:, :n] <= f
    return held.max(0).mean(), recalled.max(0).mean(), held.sum() / k / len(fake), held.max(1).mean()


# %% after="precision_recall_density_coverage"
print(precision_recall_density_coverage([[0.0], [1.0], [10.0]], [[2.0], [30.0]], 1))
