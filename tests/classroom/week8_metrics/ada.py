# %% question="entropy"
def entropy(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base should be above 1")
    p = p[p > 0]
    return -np.sum(p * np.log(p)) / np.log(base)


# %% question="kl"
def kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    happens = p > 0
    with np.errstate(divide="ignore"):
        return np.sum(p[happens] * (np.log(p[happens]) - np.log(q[happens])))


# %% question="js"
def js(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    m = (p + q) / 2
    return 0.5 * kl(p, m) + 0.5 * kl(q, m)


# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return np.abs(p - q).sum() / 2


# %% question="hellinger"
def hellinger(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)


# %% question="mutual_information"
def mutual_information(P_xy):
    P_xy = as_probabilities(P_xy, "P_xy", ndim=2)
    product = P_xy.sum(axis=1, keepdims=True) * P_xy.sum(axis=0, keepdims=True)
    there = P_xy > 0
    return np.sum(P_xy[there] * np.log(P_xy[there] / product[there]))


# %% question="inception_score"
def inception_score(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    ratio = np.divide(probs, probs.mean(axis=0), out=np.ones_like(probs), where=probs > 0)
    return np.exp((probs * np.log(ratio)).sum(axis=1).mean())


# %% question="fid"
def fid(X, Y):
    X, Y = as_samples(X, "X", 2), as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have the columns of X")
    mean_X, mean_Y = X.mean(axis=0), Y.mean(axis=0)
    S_X = (X - mean_X).T @ (X - mean_X) / (len(X) - 1)
    S_Y = (Y - mean_Y).T @ (Y - mean_Y) / (len(Y) - 1)
    values, vectors = np.linalg.eigh(S_X)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    eigenvalues = np.maximum(np.linalg.eigvalsh(root @ S_Y @ root), 0)
    distance = ((mean_X - mean_Y) ** 2).sum() + np.trace(S_X + S_Y) - 2 * np.sqrt(eigenvalues).sum()
    return max(distance, 0.0)


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", positive=True)
    root_trace = sp.sqrt(a1) * sp.sqrt(b1) + sp.sqrt(a2) * sp.sqrt(b2)
    covariance_part = a1 + a2 + b1 + b2 - 2 * root_trace
    whole = covariance_part + d1**2 + d2**2
    return {
        "root_trace": root_trace,
        "covariance_part": covariance_part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": sp.simplify(whole.subs({b1: c * a1, b2: c * a2})),
    }


# %% plot="fid_against_n"
sizes = [20, 50, 100, 200, 400]
generator = np.random.default_rng(8)
means, errors = [], []
for n in sizes:
    draws = []
    for _ in range(8):
        shuffled = generator.permutation(pool)
        draws.append(fid(shuffled[:n], shuffled[n : 2 * n]))
    means.append(np.mean(draws))
    errors.append(np.std(draws))
plt.errorbar(sizes, means, errors, marker="s", capsize=4, label="mean of 8 draws")
plt.plot(sizes, [means[0] * 20 / n for n in sizes], "k:", label="slope -1")
plt.xscale("log")
plt.yscale("log")
plt.xlabel("images per set")
plt.ylabel("FID of real against real")
plt.legend()
plt.show()

# %% [markdown] answer="reading_the_bias"
# The truth is 0, so all we see is bias: with few images the means and covariances differ by accident, and the distance counts every
# accident as positive. It falls like 1/n. FID 1.1 at n = 100 is what real images get against real images, so that model could be
# perfect; 0.6 at n = 400 is about twice the floor. The numbers cannot be compared directly. I would state n, use the same n for every model, and print
# real against real at that n, with the spread of several draws.

# %% question="mmd2"
def mmd2(X, Y, kernel, unbiased=True):
    least = 2 if unbiased else 1
    X, Y = as_samples(X, "X", least), as_samples(Y, "Y", least)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have the columns of X")
    n, m = len(X), len(Y)
    K_XX, K_YY = kernel(X, X), kernel(Y, Y)
    cross = kernel(X, Y).mean()
    if unbiased:
        return (K_XX.sum() - np.diag(K_XX).sum()) / n / (n - 1) + (K_YY.sum() - np.diag(K_YY).sum()) / m / (
            m - 1
        ) - 2 * cross
    return K_XX.mean() + K_YY.mean() - 2 * cross


# %% [markdown] answer="unbiased_mmd"
# For i ≠ j the draws are independent, so E k(x_i, x_j) = E k(x, x'). Expectation is linear, so the average of the N(N−1) terms has the same value; the terms share
# samples, but linearity does not mind. The cross terms are independent anyway. With the diagonal there are N terms E k(x, x) among N²: the expectation is E k(x, x') + (E k(x, x) − E k(x, x'))/N.
# For p = q and k(x, x) = 1 there remains (1/N + 1/M)(1 − E k(x, x')), which is positive and falls like 1/n.

# %% question="precision_recall_density_coverage"
def precision_recall_density_coverage(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1]:
        raise ValueError("fake should have the columns of real")
    if k < 1 or k >= min(len(real), len(fake)):
        raise ValueError("k should be between 1 and the number of points less one")
    radius_real = np.partition(cdist(real, real), k, axis=1)[:, k]
    radius_fake = np.partition(cdist(fake, fake), k, axis=1)[:, k]
    D = cdist(real, fake)
    in_real = D <= radius_real[:, np.newaxis]
    in_fake = D <= radius_fake
    return (
        in_real.any(axis=0).mean(),
        in_fake.any(axis=1).mean(),
        in_real.sum() / (k * len(fake)),
        in_real.any(axis=1).mean(),
    )
