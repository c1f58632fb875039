# %% question="entropy"
def entropy(p, base=math.e):
    if not base > 1:
        raise ValueError("base")
    total = 0.0
    for value in as_probabilities(p, "p"):
        if value > 0:
            total = total - value * math.log(value)
    return total / math.log(base)


# %% question="kl"
def kl(p, q):
    p = as_probabilities(p, "p").tolist()
    q = as_probabilities(q, "q").tolist()
    if len(p) != len(q):
        raise ValueError("different lengths")
    total = 0.0
    for a, b in zip(p, q):
        if a == 0:
            continue
        if b == 0:
            return math.inf
        total += a * (math.log(a) - math.log(b))
    return total


# %% question="js"
def js(p, q):
    p = as_probabilities(p, "p").tolist()
    q = as_probabilities(q, "q").tolist()
    if len(p) != len(q):
        raise ValueError("different lengths")
    total = 0.0
    for a, b in zip(p, q):
        m = (a + b) / 2
        if a > 0:
            total += 0.5 * a * math.log(a / m)
        if b > 0:
            total += 0.5 * b * math.log(b / m)
    return total


# %% question="total_variation"
def total_variation(p, q):
    p = as_probabilities(p, "p").tolist()
    q = as_probabilities(q, "q").tolist()
    if len(p) != len(q):
        raise ValueError("different lengths")
    best_event = 0.0
    for a, b in zip(p, q):
        if a > b:
            best_event += a - b
    return best_event


# %% question="hellinger"
def hellinger(p, q):
    p = as_probabilities(p, "p").tolist()
    q = as_probabilities(q, "q").tolist()
    if len(p) != len(q):
        raise ValueError("different lengths")
    total = 0.0
    for a, b in zip(p, q):
        total += (math.sqrt(a) - math.sqrt(b)) ** 2
    return math.sqrt(0.5 * total)


# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2).tolist()
    row = [sum(line) for line in P]
    column = [sum(line[j] for line in P) for j in range(len(P[0]))]
    total = 0.0
    for i in range(len(row)):
        for j in range(len(column)):
            if P[i][j] > 0:
                total += P[i][j] * math.log(P[i][j] / (row[i] * column[j]))
    return total


# %% question="inception_score"
def inception_score(probs):
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    N, C = probs.shape
    mean = [sum(probs[:, c]) / N for c in range(C)]
    total = 0.0
    for c in range(C):
        for value in probs[:, c].tolist():
            if value > 0:
                total += value * math.log(value / mean[c])
    return math.exp(total / N)


# %% question="fid"
def fid(X, Y):
    X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)
    D = X.shape[1]
    if Y.shape[1] != D:
        raise ValueError("columns")
    means, covariances = [], []
    for Z in (X, Y):
        mean = sum(Z) / len(Z)
        S = np.zeros((D, D))
        for z in Z:
            S += np.outer(z - mean, z - mean)
        means.append(mean)
        covariances.append(S / (len(Z) - 1))
    S, T = covariances
    total = sum((a - b) ** 2 for a, b in zip(*means))
    total += sum(S[d, d] + T[d, d] for d in range(D))
    for value in np.linalg.eigvals(S @ T):
        total -= 2 * math.sqrt(max(value.real, 0.0))
    return max(total, 0.0)


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2")
    return {
        "root_trace": (a1 * b1) ** sp.Rational(1, 2) + (a2 * b2) ** sp.Rational(1, 2),
        "covariance_part": (sp.sqrt(a1) - sp.sqrt(b1)) ** 2 + (sp.sqrt(a2) - sp.sqrt(b2)) ** 2,
        "fid": d1**2 + d2**2 + (sp.sqrt(a1) - sp.sqrt(b1)) ** 2 + (sp.sqrt(a2) - sp.sqrt(b2)) ** 2,
        "slope": (sp.sqrt(b1) - sp.sqrt(a1)) / sp.sqrt(b1),
        "fid_scaled": d1**2 + d2**2 + (a1 + a2) * (1 + c - 2 * sp.sqrt(c)),
    }


# %% plot="fid_against_n"
curve = []
for n in (20, 50, 100, 200, 400):
    order = np.random.default_rng(n).permutation(len(pool))
    curve.append(fid(pool[order[:n]], pool[order[n : 2 * n]]))
plt.loglog([20, 50, 100, 200, 400], curve, "o-")
plt.xlabel("n")
plt.ylabel("FID")
plt.show()

# %% [markdown] answer="reading_the_bias"
# FID gets smaller with more images although nothing about the images changes, roughly as 1/n. That is bias. So 1.1 with 100 and 0.6 with 400 cannot be compared:
# the first is at the floor, the second above it. Report n, and the value for real images with the same n.

# %% question="mmd2"
def mmd2(X, Y, kernel, unbiased=True):
    X = as_samples(X, "X", at_least=2 if unbiased else 1)
    Y = as_samples(Y, "Y", at_least=2 if unbiased else 1)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")

    def average(table, skip):
        total, count = 0.0, 0
        for i, line in enumerate(table.tolist()):
            for j, value in enumerate(line):
                if not (skip and i == j):
                    total += value
                    count += 1
        return total / count

    return (
        average(kernel(X, X), unbiased) + average(kernel(Y, Y), unbiased) - 2 * average(kernel(X, Y), False)
    )


# %% [markdown] answer="unbiased_mmd"
# Each k(x_i, x_j) with i ≠ j has the mean E k(x, x') because the two are independent, so their average has it too. Each k(x_i, y_j) has the mean E k(x, y). Together that is MMD².
# With the diagonal, N of the N² terms have the mean E k(x, x) instead, so the bias is (E k(x, x) − E k(x, x'))/N, and the same with M. If p = q and k(x, x) = 1 this is (1/N + 1/M)(1 − E k).

# %% question="precision_recall_density_coverage"
def precision_recall_density_coverage(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or k < 1 or k > min(len(real), len(fake)) - 1:
        raise ValueError("k or columns")
    real_radius = []
    for i, row in enumerate(cdist(real, real).tolist()):
        real_radius.append(sorted(row[:i] + row[i + 1 :])[k - 1])
    fake_radius = []
    for i, row in enumerate(cdist(fake, fake).tolist()):
        fake_radius.append(sorted(row[:i] + row[i + 1 :])[k - 1])
    distance = cdist(real, fake).tolist()
    balls = [0] * len(fake)
    found, covered = 0, 0
    for i, row in enumerate(distance):
        hit = recalled = False
        for j, d in enumerate(row):
            if d <= real_radius[i]:
                balls[j] += 1
                hit = True
            if d <= fake_radius[j]:
                recalled = True
        covered += hit
        found += recalled
    precision = sum(b > 0 for b in balls) / len(fake)
    return precision, found / len(real), sum(balls) / k / len(fake), covered / len(real)
