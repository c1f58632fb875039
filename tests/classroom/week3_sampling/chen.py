# %% question="expectation"
def expectation(f, values, pmf):
    values = np.asarray(values, dtype=float)
    pmf = np.asarray(pmf, dtype=float)
    if np.any(pmf < 0) or not np.isclose(pmf.sum(), 1, rtol=0, atol=1e-8):
        raise ValueError("pmf is not a distribution")
    keep = pmf > 0
    return float(pmf[keep] @ f(values[keep]))


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be > 0")
    from scipy import stats

    return stats.expon.ppf(rng.random(n), scale=1 / rate)


# %% question="box_muller"
def box_muller(rng, n):
    return np.sqrt(-2 * np.log(1 - rng.random(n))) * np.cos(2 * np.pi * rng.random(n))


# %% question="rejection_sample"
def rejection_sample(rng, log_p, propose, log_q, log_M, n):
    accepted, proposed, size = [], 0, 4 * n + 100
    while len(accepted) < n:
        x = propose(rng, size)
        log_ratio = log_p(x) - log_q(x) - log_M
        if log_ratio.max() > 1e-9:
            raise ValueError("log_M is too small")
        accepted.extend(x[rng.random(size) <= np.exp(np.minimum(log_ratio, 0))])
        proposed += size
    return np.array(accepted[:n]), len(accepted) / proposed


# %% question="derive_acceptance"
def derive_acceptance():
    a, b, n = sp.symbols("a b n", positive=True)
    top = (a - 1) / (a + b - 2)
    bound = top ** (a - 1) * (1 - top) ** (b - 1)
    area = sp.beta(a, b)
    return {
        "mode": top,
        "M": bound,
        "Z": area,
        "acceptance": area / bound,
        "expected_proposals": n * bound / area,
    }


# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.array(x, dtype=float)
    log_w = log_p(x) - log_q(x)
    if not self_normalised:
        return sum(np.exp(log_w) * f(x)) / len(x)
    top = log_w.max()
    if top == -np.inf:
        raise ValueError("no draw has any weight")
    w = np.exp(log_w - top)
    return np.average(f(x), weights=w)


# %% question="importance_ess"
def importance_ess(log_w):
    if np.max(log_w) == -np.inf:
        raise ValueError("all weights vanish")
    return 1 / (special.softmax(log_w) ** 2).sum()


# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.asarray(x, dtype=float)
    y = propose(rng, x)
    log_ratio = np.nan_to_num(log_p(y), neginf=-1e300) - np.nan_to_num(log_p(x), neginf=-1e300)
    log_ratio = np.where(np.isneginf(log_p(y)), -np.inf, log_ratio + log_q(x, y) - log_q(y, x))
    accepted = (-rng.standard_exponential(x.size) <= log_ratio).astype(int)
    return x + accepted * (y - x), accepted


# %% question="mh_chain"
def mh_chain(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x = np.asarray(x0, dtype=float)
    draws = np.empty((n, x.size))
    count = np.zeros(x.size)
    for t in range(-burn_in, n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        if t >= 0:
            draws[t] = x
            count += accepted
    return draws, count / n


# %% question="autocorrelation"
def autocorrelation(x, max_lag):
    from scipy import signal

    x = np.asarray(x, dtype=float)
    n = len(x)
    if max_lag < 0 or max_lag >= n:
        raise ValueError("max_lag out of range")
    if np.ptp(x) == 0:
        return [1.0] + [0.0] * max_lag
    c = (x - x.mean()) / x.std()
    return signal.correlate(c, c, method="fft")[n - 1 : n + max_lag] / n


# %% question="split_rhat"
def split_rhat(chains):
    chains = np.asarray(chains, dtype=float)
    C, n = chains.shape
    if n < 4:
        raise ValueError("too short")
    m = n // 2
    s = chains[:, : 2 * m].reshape(2 * C, m)
    W = s.var(axis=1, ddof=1).mean()
    B_over_m = s.mean(axis=1).var(ddof=1)
    if W == 0:
        return 1.0 if B_over_m == 0 else np.inf
    return float(np.sqrt(((m - 1) / m * W + B_over_m) / W))


# %% question="gibbs_bivariate_normal"
def gibbs_bivariate_normal(rng, rho, n, x0):
    if abs(rho) >= 1:
        raise ValueError("rho is not a correlation of a proper normal")
    state = np.array(x0, dtype=float)
    sd = np.sqrt(1 - rho**2)
    draws = []
    for _ in range(n):
        state[:, 0] = rng.normal(rho * state[:, 1], sd)
        state[:, 1] = rng.normal(rho * state[:, 0], sd)
        draws.append(state.copy())
    return np.array(draws)


# %% [markdown] answer="high_dimensions"
# (a) $p/q = 1.1^D \exp(-\lVert x\rVert^2 (1 - 1/1.21)/2)$; the exponential is at most 1, reached at the origin, so $M = 1.1^D$.
# (b) Lengths concentrate: proposals have length about $1.1\sqrt D$, target draws $\sqrt D$. The two shells do not overlap for large $D$, so nearly every proposal
# lies where the target has almost no density. (c) The ratio is then unbounded: the tails are not covered, and there is no M.


# %% [markdown] answer="detailed_balance"
# $p(x) q(y|x) \alpha(x \to y) = \min(p(x) q(y|x), p(y) q(x|y))$ is symmetric in x and y. Summing $p(x) T(x \to y) = p(y) T(y \to x)$ over x gives
# $p(y)$, so p is stationary. Staying put is balanced with itself. Convergence also needs that the chain can reach everything (irreducible, aperiodic).


# %% plot="chain_plot"
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4))
for sd, style in ((0.3, "--"), (3.0, "-")):
    x = runs[sd][:, 2]
    axes[0].plot(x[:400], style, label=f"sd {sd}")
    axes[1].plot(autocorrelation(x, 60), style)
    axes[2].plot(np.cumsum(x) / np.arange(1, len(x) + 1), style, label=f"sd {sd}")
axes[2].axhline(1.5, color="k")
for ax, label in zip(axes, ("state", "autocorrelation", "running mean")):
    ax.set(xlabel="step or lag", ylabel=label)
axes[0].legend()


# %% [markdown] answer="chain_interpretation"
# (a) The trace of sd 0.3 stays in one mode, its autocorrelation falls slowly, and its mean settles away from 1.5. (b) It is the mean of the mode it lives in; the chains
# that started elsewhere disagree, R-hat is 2.65. (c) Wider proposals, or a mixture of step sizes.
