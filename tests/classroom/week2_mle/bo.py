# %% question="gaussian_loglik"
import math


def gaussian_loglik(x, mu, sigma_sq):
    if np.ndim(x) != 1:
        raise ValueError("x: a flat list, please")
    if sigma_sq <= 0:
        raise ValueError("sigma_sq: a positive number, please")
    total = 0.0
    for value in x:
        total -= 0.5 * math.log(2 * math.pi) + 0.5 * math.log(sigma_sq)
        total -= 0.5 * ((value - mu) / math.sqrt(sigma_sq)) ** 2
    return total


# %% question="gaussian_mle"
def gaussian_mle(x):
    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("x: a flat list with at least one number, please")
    mu = sum(x) / len(x)
    spread = 0.0
    for value in x:
        spread += (value - mu) ** 2
    return mu, spread / len(x)


# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2, v, n = sp.symbols("mu s1 s2 sigma_sq n")
    squares = s2 - 2 * mu * s1 + n * mu**2
    return {
        "log_likelihood": -n / 2 * sp.log(2 * sp.pi) - n / 2 * sp.log(v) - squares / 2 / v,
        "slope_mu": (2 * s1 - 2 * n * mu) / (2 * v),
        "mu_hat": s1 / n,
        "slope_sigma_sq": (squares / v - n) / (2 * v),
        "sigma_sq_hat": (n * s2 - s1**2) / n**2,
    }


# %% plot="likelihood_surface"
mus = [850 + 2 * i for i in range(71)]
sigmas = [130 + 2 * i for i in range(51)]
table = []
for sd in sigmas:
    table.append([gaussian_loglik(flow, m, sd * sd) - best for m in mus])
cs = plt.contour(mus, sigmas, table, levels=[-8, -4, -2, -1, -0.5], colors="k")
plt.clabel(cs)
plt.plot([mu_hat], [math.sqrt(sigma_sq_hat)], "ro")
plt.xlabel("mean flow, 10^8 m^3 a year")
plt.ylabel("standard deviation, 10^8 m^3 a year")
_ = plt.title("how likely are other parameters?")

# %% [markdown] answer="reading_the_surface"
# Symmetric in the mean, not in the sd (steeper below). 4 x data: the contours get half as wide. The Gaussian averages over both regimes. It does not tell us that it is a bad model.

# %% question="bernoulli_mle"
def bernoulli_mle(x):
    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("x: a flat list with at least one number, please")
    ones = 0
    for value in x:
        if value not in (0, 1):
            raise ValueError("only 0 and 1")
        ones += int(value)
    return ones / len(x)


# %% question="categorical_mle"
def categorical_mle(x, K):
    if np.ndim(x) != 1 or len(x) == 0:
        raise ValueError("x: a flat list with at least one category, please")
    counts = [0] * K
    for value in x:
        if value < 0 or value >= K:
            raise ValueError("a category is out of range")
        counts[value] += 1
    return [c / len(x) for c in counts]


# %% question="poisson_mle"
def poisson_mle(x):
    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("x: counts, please")
    return sum(x) / len(x)


# %% question="derive_bernoulli_mle"
def derive_bernoulli_mle():
    theta, n, s = sp.symbols("theta n s")
    return {
        "log_likelihood": s * sp.log(theta) + (n - s) * sp.log(1 - theta),
        "slope": (s - n * theta) / (theta * (1 - theta)),
        "theta_hat": s / n,
        "curvature": -s / theta**2 - (n - s) / (theta - 1) ** 2,
        "fisher_information": n / theta + n / (1 - theta),
    }


# %% question="exponential_mle"
def exponential_mle(x):
    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("x: waiting times, please")
    total = float(sum(x))
    return len(x) / total if total else math.inf


# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1")
    return {
        "log_likelihood": n * sp.log(rate) - s1 * rate,
        "slope": (n - rate * s1) / rate,
        "rate_hat": n / s1,
        "curvature_at_hat": -s1 * s1 / n,
        "standard_error": n ** sp.Rational(1, 2) / s1,
    }


# %% question="fisher_information"
def fisher_information(family, theta):
    if family not in {"bernoulli", "poisson", "exponential"}:
        raise ValueError("unknown family")
    if not theta > 0:
        raise ValueError("theta has to be positive")
    if family == "bernoulli":
        if theta >= 1:
            raise ValueError("a probability is below 1")
        return 1 / theta + 1 / (1 - theta)
    variance = {"poisson": theta, "exponential": theta * theta}[family]
    return 1 / variance


# %% question="uniform_mle"
def uniform_mle(x):
    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("x: numbers from 0 on, please")
    return max(x)


# %% [markdown] answer="uniform_without_derivative"
# Likelihood: $1/\theta^N$ as long as $\theta$ is at least the largest x, zero before. It goes down with $\theta$, so the best is the largest x. There is a jump, no derivative.
# $p(\max \le t) = (t/\theta)^N$, and the max is always below $\theta$, so the estimate is too small on average.

# %% question="mvn_mle"
def mvn_mle(X):
    if np.ndim(X) != 2 or np.size(X) == 0:
        raise ValueError("X: a table with rows and columns, please")
    N, D = np.shape(X)
    mu = [sum(row[d] for row in X) / N for d in range(D)]
    Sigma = [[sum((row[i] - mu[i]) * (row[j] - mu[j]) for row in X) / N for j in range(D)] for i in range(D)]
    return mu, Sigma


# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, float), np.array(mu, float), np.array(Sigma, float)
    if X.ndim != 2 or X.shape[1] != len(mu) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("shapes do not fit together")
    if min(np.linalg.eigvalsh(Sigma)) <= 0:
        raise ValueError("Sigma is not positive definite")
    log_det = np.linalg.slogdet(Sigma)[1]
    inverse = np.linalg.inv(Sigma)
    values = []
    for row in X:
        values.append(-0.5 * (len(mu) * math.log(2 * math.pi) + log_det + (row - mu) @ inverse @ (row - mu)))
    return np.array(values)


# %% question="cross_entropy_bits"
def cross_entropy_bits(p, q):
    if np.ndim(p) != 1 or np.shape(p) != np.shape(q):
        raise ValueError("two flat lists of equal length, please")
    for numbers in (p, q):
        if min(numbers) < 0 or abs(sum(numbers) - 1) > 1e-6:
            raise ValueError("probabilities, please")
    bits = 0.0
    for a, b in zip(p, q):
        if a == 0:
            continue
        if b == 0:
            return math.inf
        bits -= a * math.log2(b)
    return bits
