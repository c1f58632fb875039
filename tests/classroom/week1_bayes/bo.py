# %% question="bayes_posterior"
import math


def bayes_posterior(prior, likelihood):
    # plain Python is enough here
    evidence = 0
    for p, l in zip(prior, likelihood):
        evidence += p * l
    if evidence == 0:
        raise ValueError("evidence is zero")
    posterior = []
    for p, l in zip(prior, likelihood):
        posterior.append(p * l / evidence)
    return posterior


# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    K = len(log_prior)
    scores = [float(log_prior[k]) for k in range(K)]
    for row in log_likelihood:
        for k in range(K):
            scores[k] += float(row[k])
    top = max(scores)
    if top == -math.inf:
        raise ValueError("impossible data")
    log_sum = top + math.log(sum(math.exp(s - top) for s in scores))
    return [s - log_sum for s in scores]


# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    ones = 0
    zeros = 0
    for value in x:
        if value == 1:
            ones += 1
        else:
            zeros += 1
    return a + ones, b + zeros


# %% question="credible_interval"
def credible_interval(a, b, level):
    tail = (1 - level) / 2

    def quantile(p):
        # bisection on the cumulative distribution
        low, high = 0.0, 1.0
        for _ in range(200):
            middle = (low + high) / 2
            if special.betainc(a, b, middle) < p:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    return quantile(tail), quantile(1 - tail)


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta = sp.Symbol("theta")
    a = sp.Symbol("a")
    b = sp.Symbol("b")
    n = sp.Symbol("n")
    s = sp.Symbol("s")
    B = sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b)
    Bn = sp.gamma(a + s) * sp.gamma(b + n - s) / sp.gamma(a + b + n)
    steps = {}
    steps["log_likelihood"] = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    steps["log_joint"] = (s + a - 1) * sp.log(theta) + (n - s + b - 1) * sp.log(1 - theta) - sp.log(B)
    steps["log_evidence"] = sp.log(Bn / B)
    steps["log_posterior"] = (s + a - 1) * sp.log(theta) + (n - s + b - 1) * sp.log(1 - theta) - sp.log(Bn)
    steps["posterior_mean"] = (a + s) / (a + b + n)
    return steps


# %% [markdown] answer="sequential_learning"
# Two steps: posterior after $x_1$ is proportional to $p(x_1|\theta)p(\theta)$. Multiply by $p(x_2|\theta)$ and normalise:
# proportional to $p(x_1|\theta)p(x_2|\theta)p(\theta)$. One step: proportional to $p(x_1,x_2|\theta)p(\theta)$. These are the same
# function of $\theta$ because given $\theta$ the observations are independent, and two densities in $\theta$ that are proportional are equal (both
# integrate to one), so the constants I left out do not matter. The product can be written in any order.

# %% plot="posterior_sharpening"
grid = np.linspace(0, 1, 201)
styles = [":", "-.", "--", "-", "-"]
markers = ["", "", "", "", "."]
plt.figure()
for n, line, marker in zip([0, 3, 10, 40, 212], styles, markers):
    a_n, b_n = beta_binomial_update(1, 1, found[:n])
    plt.plot(grid, stats.beta.pdf(grid, a_n, b_n), line, marker=marker, label="n = " + str(n))
plt.axvline(np.mean(found), color="gray")
plt.xlabel("theta (sensitivity)")
plt.ylabel("density")
plt.legend();

# %% [markdown] answer="reading_the_posteriors"
# The width halves from 10 to 40, so it goes like $1/\sqrt{n}$. The mode 1 is at the border; the mean 0.8 is better as it takes the whole
# curve into account. With Beta(50, 50): at n = 3 nothing moves, at n = 212 it is at about 0.68, too low.

# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    def log_beta(p, q):
        return math.lgamma(p) + math.lgamma(q) - math.lgamma(p + q)

    out = []
    for k in range(n + 1):
        log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        out.append(log_choose + log_beta(a + k, b + n - k) - log_beta(a, b))
    return np.array(out)


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    result = []
    for i in range(len(alpha)):
        result.append(alpha[i] + counts[i])
    return result


# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    mu, var = mu0, tau0_sq
    for value in x:
        new_var = 1 / (1 / var + 1 / sigma_sq)
        mu = new_var * (mu / var + value / sigma_sq)
        var = new_var
    return mu, var


# %% question="derive_normal_normal"
def derive_normal_normal():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2")
    L = -n / 2 * sp.log(2 * sp.pi) - n / 2 * sp.log(sigma_sq) - s2 / (2 * sigma_sq)
    L = L + mu * s1 / sigma_sq - n * mu**2 / (2 * sigma_sq)
    J = L - sp.log(2 * sp.pi) / 2 - sp.log(tau0_sq) / 2 - (mu**2 - 2 * mu * mu0 + mu0**2) / (2 * tau0_sq)
    return {
        "log_likelihood": L,
        "log_joint": J,
        "slope": s1 / sigma_sq - n * mu / sigma_sq - mu / tau0_sq + mu0 / tau0_sq,
        "precision": (n * tau0_sq + sigma_sq) / (sigma_sq * tau0_sq),
        "posterior_mean": (tau0_sq * s1 + sigma_sq * mu0) / (n * tau0_sq + sigma_sq),
    }


# %% question="log_evidence"
def log_evidence(a, b, x):
    # predict each observation before looking at it
    total = 0.0
    for value in x:
        if value == 1:
            total += math.log(a / (a + b))
            a = a + 1
        else:
            total += math.log(b / (a + b))
            b = b + 1
    return total


# %% question="log_bayes_factor"
def log_bayes_factor(x, a1, b1, a2, b2):
    first = log_evidence(a1, b1, x)
    second = log_evidence(a2, b2, x)
    return first - second
