# %% question="expectation"
import math


def expectation(f, values, pmf):
    if min(pmf) < 0 or abs(sum(pmf) - 1) > 1e-8:
        raise ValueError("not a pmf")
    total = 0.0
    for v, p in zip(values, pmf):
        if p > 0:
            total += p * f(np.array([v]))[0]
    return total


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be > 0")
    return [-float(np.log(1 - rng.random())) / rate for _ in range(n)]


# %% question="box_muller"
def box_muller(rng, n):
    z = []
    while len(z) < n:
        u1, u2 = rng.random(2)
        r = np.sqrt(-2 * np.log(1 - u1))
        z += [r * np.cos(2 * np.pi * u2), r * np.sin(2 * np.pi * u2)]
    return np.array(z[:n])


# %% question="rejection_sample"
def rejection_sample(rng, log_p, propose, log_q, log_M, n):
    draws, proposed = [], 0
    while len(draws) < n:
        x = propose(rng, 1)
        proposed += 1
        log_ratio = (log_p(x) - log_q(x))[0] - log_M
        if log_ratio > 1e-9:
            raise ValueError("log_M is too small")
        if -rng.exponential() <= log_ratio:
            draws.append(x[0])
    return draws, n / proposed


# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.array(x)
    lp, lq, values = log_p(x), log_q(x), f(x)
    top = max(lp - lq)
    if self_normalised and top == -math.inf:
        raise ValueError("no weight")
    shift = top if self_normalised else 0.0
    numerator = denominator = 0.0
    for s in range(len(x)):
        w = math.exp(lp[s] - lq[s] - shift)
        numerator += w * values[s]
        denominator += w
    return numerator / (denominator if self_normalised else len(x))


# %% question="importance_ess"
def importance_ess(log_w):
    top = max(log_w)
    if top == -math.inf:
        raise ValueError("no weight")
    w = [math.exp(l - top) for l in log_w]
    return sum(w) ** 2 / sum(v * v for v in w)


# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.array(x, dtype=float)
    y = propose(rng, x)
    here, there, back, forth = log_p(x), log_p(y), log_q(x, y), log_q(y, x)
    accepted = []
    for c in range(len(x)):
        if there[c] == -np.inf:
            accepted.append(False)
        elif here[c] == -np.inf:
            accepted.append(True)
        else:
            accepted.append(bool(rng.random() < np.exp(min(0.0, there[c] + back[c] - here[c] - forth[c]))))
        if accepted[c]:
            x[c] = y[c]
    return x, accepted


# %% question="mh_chain"
def mh_chain(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x = np.array(x0, dtype=float)
    for _ in range(burn_in):
        x, _ = mh_step(rng, x, log_p, propose, log_q)
    draws, moves = np.zeros((n, len(x))), np.zeros(len(x))
    for i in range(n):
        draws[i], accepted = mh_step(rng, x, log_p, propose, log_q)
        x = draws[i].copy()
        moves += accepted
    return draws, moves / n


# %% question="autocorrelation"
def autocorrelation(x, max_lag):
    x = [float(v) for v in x]
    n = len(x)
    if not 0 <= max_lag < n:
        raise ValueError("max_lag")
    if min(x) == max(x):
        return [1.0] + [0.0] * max_lag
    m = sum(x) / n
    d = [v - m for v in x]
    total = sum(v * v for v in d)
    return [sum(d[t] * d[t + k] for t in range(n - k)) / total for k in range(max_lag + 1)]


# %% question="split_rhat"
def split_rhat(chains):
    sequences = []
    for chain in chains:
        m = len(chain) // 2
        if m < 2:
            raise ValueError("chains too short")
        sequences += [list(chain[:m]), list(chain[m : 2 * m])]
    means = [np.mean(s) for s in sequences]
    W = np.mean([np.var(s, ddof=1) for s in sequences])
    B = m * np.var(means, ddof=1)
    if W == 0:
        return float("inf") if B > 0 else 1
    return np.sqrt(((m - 1) / m * W + B / m) / W)


# %% question="gibbs_bivariate_normal"
def gibbs_bivariate_normal(rng, rho, n, x0):
    if abs(rho) >= 1:
        raise ValueError("rho must lie in (-1, 1)")
    sd = (1 - rho**2) ** 0.5
    result = np.zeros((n, len(x0), 2))
    for c, (_, y) in enumerate(x0):
        for i in range(n):
            x = rng.normal(rho * y, sd)
            y = rng.normal(rho * x, sd)
            result[i, c] = x, y
    return result
