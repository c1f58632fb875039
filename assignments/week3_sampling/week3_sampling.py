# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Week 3 · Sampling: answers from draws
#
# A prisoner's letter is written in a secret alphabet. There are $26! \approx 4 \cdot 10^{26}$ keys, and any bigram table of English says how
# plausible each one makes the letter. *You can score every key, but you cannot list them: how do you find the good ones?* At the end of this
# notebook a Markov chain reads the letter in under a second. On the way you build the whole toolbox: exact draws, rejection, importance
# weights, chains, and the instruments that tell whether a chain may be believed.
#
# **After this week you can**
#
# 1. turn uniform random numbers into draws from other distributions, and check them;
# 2. say what rejection costs, and why it dies in high dimensions;
# 3. estimate expectations under $p$ from draws of $q$, and notice when the weights degenerate;
# 4. build a Markov chain that leaves a given distribution invariant, and prove that it does;
# 5. judge a chain by acceptance, autocorrelation and split $\hat R$.
#
# **Time and points.** About four hours, 100 points: 70 for code, 20 for derivations (8 symbolic, 12 written), 10 for one plot and its
# interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 What we want | `expectation` | 4 | 10 |
# | 2 Exact draws | `inverse_cdf_exponential`, `box_muller` | 4 + 5 | 25 |
# | 3 Rejection | `rejection_sample` | 9 | 25 |
# |  | derivation `derive_acceptance`, high dimensions in words | 8 + 6 | 40 |
# | 4 Importance | `importance_estimate`, `importance_ess` | 8 + 4 | 30 |
# | 5 Markov chains | `mh_step`, `mh_chain`, detailed balance in words | 11 + 7 + 6 | 55 |
# | 6 Is the chain right? | `autocorrelation`, `split_rhat`, plot and interpretation | 5 + 6 + 5 + 5 | 45 |
# | 7 Gibbs | `gibbs_bivariate_normal` | 7 | 15 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Predict** before you compute: double-click the cell and write your guess into it. Nobody grades it, but a guess on
#   paper is the only one that can surprise you.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
# - **Random answers** are judged by their distribution, never by comparing numbers with ours: use the random numbers in any order and
#   as many as you like. A correct answer fails such a test less than once in a million times.
# - **What counts**: each hidden test has a share of its question's points. Plot and written answers are read by a person. A warning or a
#   print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing. The hidden tests step 20,000 chains at once and ask for 3,000
#   accepted draws: NumPy arrays make that a matter of milliseconds, one proposal at a time still fits. One cell may take 20 seconds.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $p$ is the target, $q$ the proposal, $\tilde p$ an unnormalised target with $p = \tilde p / Z$; $S$ draws $x_s$ with weights $w_s$; $C$ chains of $n$ states;
# $q(y \mid x)$ proposes $y$ from $x$; $\mathcal N(\mu, \sigma^2)$ has its *variance* second; $\log$ is the natural logarithm. `rng` is a `np.random.Generator`.

# %%
from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special

# %%
import matplotlib.pyplot as plt
from scipy import stats

plt.rcParams.update({"figure.figsize": (7, 3.6), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · What we want: expectations
#
# Nearly every question to a model is an expectation $\mathbb E[f(X)]$: a mean, a probability ($f$ an indicator), the marginal likelihood
# $p(x) = \mathbb E_{z}[p(x \mid z)]$ of a latent variable model. You never need the distribution of $f(X)$. This is the *law of the unconscious statistician*:
#
# $$\mathbb E[f(X)] = \sum_k f(v_k)\, p(v_k), \qquad \mathbb E[f(X)] = \int f(x)\, p(x)\, dx, \qquad \mathbb E[f(X)] = \int f(x)\, dF(x).$$
#
# The third form (Lebesgue–Stieltjes) covers both others and mixtures of them: $F$ is the *distribution function*, which every random variable
# has, while a density is its derivative, where that exists. The two are not interchangeable: $F$ grows from 0 to 1; a density may exceed 1.
#
# **A worked example.** $X$ is 1 or 3, with probabilities 0.75 and 0.25. Then $\mathbb E[X^2] = 0.75 \cdot 1 + 0.25 \cdot 9 = 3$, while $(\mathbb E[X])^2 = 1.5^2 = 2.25$.

# %% [markdown]
# **Predict.** Is $\mathbb E[f(X)]$ *always* at least $f(\mathbb E[X])$? For a fair die, compare them for $f(x) = x^2$ and for $f(x) = \log x$.
#
# *My guess:*

# %% question="expectation" points=4 minutes=10


# %% check="expectation"
def test_worked_example(expectation):
    """1 or 3 with probabilities 0.75 and 0.25: the mean square is 3."""
    import numpy as np

    value = expectation(np.square, np.array([1.0, 3.0]), np.array([0.75, 0.25]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 3) < 1e-9, "the expectation should be 3, as in the text: f first, then weigh"


def test_what_is_no_pmf_is_an_error(expectation):
    """The docstring promises ValueError for probabilities that do not sum to 1."""
    import numpy as np

    try:
        expectation(np.square, np.array([1.0, 3.0]), np.array([0.75, 0.75]))
    except ValueError:
        return
    raise AssertionError("probabilities that sum to 1.5 should raise ValueError")


# %%
die, fair = np.arange(1, 7), np.full(6, 1 / 6)
print(f"E[X^2]   = {expectation(np.square, die, fair):7.4f}   true 15.1667   (E[X])^2 = {3.5**2}")
print(f"E[log X] = {expectation(np.log, die, fair):7.4f}   true  1.0965   log E[X] = {np.log(3.5):.4f}")

# %% [markdown]
# **What to conclude.** The curvature decides: above for the square, whose graph bends up, below for the logarithm, whose graph bends down. This is Jensen's inequality, and
# next week stands on it. With six values we can sum. With $2^{784}$ binary images, or a million-dimensional parameter, nobody can, and even the constant
# $Z = \int \tilde p(x)\,dx$, the *partition function*, is out of reach. But an average of $S$ independent draws has the error $\sigma_f/\sqrt S$ in **any** dimension, if
# only we can draw. Some models are built so that drawing is easy: a Gaussian mixture draws a component, then a point (*ancestral
# sampling*); a GAN pushes noise $z$, itself a random variable, through a network, and so draws from a density that nobody can write down. This week is
# about the opposite case: a density that can be written down and not drawn from.

# %% [markdown]
# ---
# # Part 2 · Exact draws
#
# Let $U$ be uniform on $(0, 1)$ and $F$ a continuous, increasing distribution function. Then $P(F^{-1}(U) \le x) = P(U \le F(x)) = F(x)$: the inverse of $F$ turns uniform numbers into
# draws from $F$.
#
# **A worked example.** With rate 2, $u = 0.5$ becomes $x = \log(2) / 2 = 0.347$, the median.

# %% [markdown]
# **Predict.** Which uniform numbers become the largest exponential draws? How large can a draw be, if `rng.random()` gives multiples of $2^{-53}$ below 1?
#
# *My guess:*

# %% question="inverse_cdf_exponential" points=4 minutes=10


# %% check="inverse_cdf_exponential"
def test_shape_and_median(inverse_cdf_exponential):
    """A thousand draws at rate 2: half of them lie below log(2) / 2."""
    import numpy as np

    x = inverse_cdf_exponential(np.random.default_rng(0), 2.0, 1000)
    assert x is not None, "your function returned None: is there a return statement?"
    x = np.asarray(x)
    assert x.shape == (1000,), f"n draws: the shape should be (1000,), not {x.shape}"
    assert (x >= 0).all(), "exponential draws are never negative"
    assert np.isfinite(x).all(), "the draws should be finite: is there a logarithm of 0?"
    assert 0.4 < (x < 0.347).mean() < 0.6, "about half of the draws should lie below the median, 0.347"


# %% [markdown]
# The normal distribution function has no inverse in elementary functions. In *two* dimensions a detour works: the squared radius of two
# independent standard normals is exponential with mean 2, and their angle is uniform.

# %% question="box_muller" points=5 minutes=15


# %% check="box_muller"
def test_shape_and_spread(box_muller):
    """Any number of draws, with mean about 0 and standard deviation about 1."""
    import numpy as np

    for n in (1001, 1, 0):
        z = box_muller(np.random.default_rng(0), n)
        assert z is not None, "your function returned None: is there a return statement?"
        assert np.shape(z) == (n,), f"n = {n} draws: the shape should be ({n},), not {np.shape(z)}"
    z = np.asarray(box_muller(np.random.default_rng(0), 4000))
    assert np.unique(z).size == z.size, "some draws come twice: each should be a number of its own"
    assert abs(z.mean()) < 0.15, "the mean should be about 0: does the angle go all the way round?"
    assert abs(z.std() - 1) < 0.15, "the standard deviation should be about 1: check the radius"


# %% [markdown]
# **What to look at:** quantiles of your draws against the true ones. Points on the diagonal mean the same distribution.

# %%
rng = np.random.default_rng(3)
grid = (np.arange(200) + 0.5) / 200
exponential, normal = inverse_cdf_exponential(rng, 2.0, 2000), box_muller(rng, 2000)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), gridspec_kw={"wspace": 0.3})
for ax, draws, truth, name in (
    (axes[0], exponential, stats.expon.ppf(grid, scale=0.5), "exponential, rate 2"),
    (axes[1], normal, stats.norm.ppf(grid), "standard normal"),
):
    ax.plot(truth, np.quantile(draws, grid), "o", markersize=3, label="draws")
    ax.plot(truth, truth, "k--", linewidth=0.9, label="exact")
    ax.set(xlabel="true quantile", ylabel="quantile of the draws", title=name)
_ = axes[0].legend()

# %% [markdown]
# **What to conclude.** Only the last few points wander: a tail quantile rests on a handful of draws. Remember this for part 4. The largest draws come from $u$ near 1 (or near 0, if you took
# $-\log U$ for $-\log(1-U)$: both are right); with $1 - u \ge 2^{-53}$ no draw at rate 2 exceeds $53 \log 2 / 2 = 18.4$.

# %% [markdown]
# ---
# # Part 3 · Rejection
#
# Throw points under a curve $M q(x)$ that lies above $\tilde p(x)$ everywhere; keep those that fall under $\tilde p$. The $x$ of a kept point has density $p$,
# *exactly*. The price is the share that is thrown away.
#
# **A worked example.** $\mathrm{Beta}(2, 5)$ has density $30\,x(1-x)^4$, highest at $x = 0.2$, where it is $M = 2.4576$. With uniform proposals the acceptance is $1/M = 0.4069$.
#
# > **Where the lecture notes go wrong.** A grid search there finds $M = 2.45759846$, which is *below* the true $2.4576$: a grid misses the top. And the acceptance
# > is $1/M$ only if $p$ and $q$ are normalised; otherwise it is $Z/M$. The printed run (2458 trials, mean 0.2871) cannot be reproduced; with the seed shown one
# > gets 2444 trials and 0.2771.
#
# **What to look at** in the picture: 600 points thrown under the line $M q(x)$. The height decides who stays; the $x$ of those who stay are the draws.

# %%
rng = np.random.default_rng(2)
thrown, height = rng.uniform(0, 1, 600), rng.uniform(0, 2.4576, 600)
kept = height < 30 * thrown * (1 - thrown) ** 4
grid = np.linspace(0, 1, 100)
fig, ax = plt.subplots()
ax.plot(grid, 30 * grid * (1 - grid) ** 4, "k-", label="target, Beta(2, 5)")
ax.axhline(2.4576, color="black", linestyle="--", label="M q(x)")
ax.plot(thrown[kept], height[kept], "o", color="tab:blue", markersize=3, label=f"kept: {kept.mean():.0%}")
ax.plot(thrown[~kept], height[~kept], "x", color="grey", markersize=3, label="thrown away")
ax.set(xlabel="x", ylabel="density", title="Rejection: keep what falls under the curve")
_ = ax.legend(loc="upper right", framealpha=1)

# %% [markdown]
# **Predict.** With $M = 10$ instead of $2.4576$, what changes: the draws, the rate, or both?
#
# *My guess:*

# %% question="rejection_sample" points=9 minutes=25


# %% check="rejection_sample"
def test_beta_2_5(rejection_sample):
    """The worked example: draws between 0 and 1, acceptance about 0.41."""
    import numpy as np

    result = rejection_sample(
        np.random.default_rng(0),
        lambda x: np.log(30 * x * (1 - x) ** 4),
        lambda rng, m: rng.uniform(0.0, 1.0, m),
        lambda x: np.zeros(len(x)),
        np.log(2.4576),
        1000,
    )
    assert result is not None, "your function returned None: is there a return statement?"
    x, rate = result
    assert np.shape(x) == (1000,), f"n accepted draws: the shape should be (1000,), not {np.shape(x)}"
    assert abs(float(rate) - 0.4069) < 0.08, "the acceptance rate should be about 0.41, as in the text"


def test_a_bound_too_low_is_an_error(rejection_sample):
    """The docstring promises ValueError when M is too small."""
    import numpy as np

    try:
        rejection_sample(
            np.random.default_rng(0),
            lambda x: np.zeros(len(x)),
            lambda rng, m: rng.uniform(0.0, 1.0, m),
            lambda x: np.zeros(len(x)),
            -1.0,
            5,
        )
    except ValueError:
        return
    raise AssertionError("a target that lies above M q should raise ValueError")


# %%
def log_beta(x):
    return np.log(30) + np.log(x) + 4 * np.log1p(-x)


def uniform(rng, m):
    return rng.uniform(0.0, 1.0, m)


rng = np.random.default_rng(5)
print("  M        mean      sd     acceptance   1 / M")
for M in (2.4576, 10.0):
    x, rate = rejection_sample(rng, log_beta, uniform, lambda x: np.zeros(len(x)), np.log(M), 20_000)
    print(f"{M:7.4f}  {np.mean(x):.4f}  {np.std(x):.4f}     {rate:.4f}     {1 / M:.4f}")
print(f"true:    {2 / 7:.4f}  {stats.beta.std(2, 5):.4f}")

# %% [markdown]
# **What to conclude.** The draws are the same, only four times as expensive: a careless bound costs time, a bound that is too low costs correctness.
#
# ### Derive it, step by step
#
# Where does the rate come from? Derive it for every $a, b > 1$ and without the constant 30, so that $Z \ne 1$. Each of the five steps is graded on its own, by its value at random points: any equal form is right.

# %% question="derive_acceptance" points=8 minutes=25


# %% check="derive_acceptance"
def test_entries(derive_acceptance):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_acceptance()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("mode", "M", "Z", "acceptance", "expected_proposals"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"a", "b", "n"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_mode_of_the_worked_example(derive_acceptance):
    """Beta(2, 5) is highest at 0.2."""
    mode = derive_acceptance()["mode"]
    value = mode.subs({symbol: {"a": 2, "b": 5, "n": 1}[symbol.name] for symbol in mode.free_symbols})
    assert abs(float(value) - 0.2) < 1e-9, "for a = 2 and b = 5 the mode should be 0.2"


# %% [markdown]
# ### Why high dimensions kill rejection
#
# Let the target be $\mathcal N(0, I)$ in $D$ dimensions, the proposal $\mathcal N(0, 1.1^2 I)$: only a tenth too wide. In one dimension ten of eleven proposals are accepted.
#
# **Predict** the acceptance at $D = 100$ before you run the cell.
#
# *My guess:*

# %%
for D in (1, 10, 100, 1000):
    print(f"D = {D:4}   M = 1.1^D = {1.1**D:9.3g}   acceptance 1 / M = {1.1**-D:.3g}")

# %% [markdown]
# ### Say it in words
#
# 1. Show that the smallest $M$ here is $1.1^D$.
# 2. Say in two sentences where a typical draw of each of the two distributions lies when $D$ is large, and why this makes almost every proposal useless.
# 3. A friend proposes with sd 0.9 "to hit the centre more often". What goes wrong?

# %% [markdown] answer="high_dimensions" points=6 minutes=15
# **Model answer.** (1) The ratio of the densities is $1.1^D \exp\left(-\tfrac12 \lVert x\rVert^2 (1 - 1/1.1^2)\right)$, a product of $D$ one-dimensional ratios. The exponent is never positive, so the ratio is
# largest at $x = 0$, where it is $1.1^D$.
#
# (2) A draw from $\mathcal N(0, \sigma^2 I)$ has a length close to $\sigma\sqrt D$ with a spread that does not grow with $D$. So proposals lie in a shell of radius $1.1 \sqrt D$, the target in one
# of radius $\sqrt D$; the shells drift apart, and at a typical proposal $p / (Mq)$ is exponentially small.
#
# (3) The ratio $p/q$ then grows without bound in $\lVert x \rVert$: no $M$ exists, and with any finite one the tails would be missing.
#
# **Rubric (6 points).** 2: the ratio (1) and its maximum at 0, a power of $D$ (1). 2: shells, or lengths that concentrate (1), at different radii, so that hardly any proposal is typical of the target (1).
# 2: no finite $M$ exists (1 for "the tails are never proposed" alone).

# %% [markdown]
# ---
# # Part 4 · Importance: nothing is thrown away
#
# Draw from $q$ and let each draw count for as much as $p$ is denser there:
#
# $$\mathbb E_p[f(X)] = \int f(x) \frac{p(x)}{q(x)}\, q(x)\, dx \approx \frac1S \sum_s w_s f(x_s), \qquad w_s = \frac{p(x_s)}{q(x_s)}.$$
#
# With constants unknown, divide by $\sum_s w_s$ instead of $S$. This *self-normalised* estimate is slightly biased, and consistent.
#
# **A worked example.** $p = q$ up to a factor: all weights are equal, and the self-normalised estimate is the plain average of $f(x_s)$. Draws 1 and 3 with weights 3 and 1
# estimate $\mathbb E[X]$ as $(3 \cdot 1 + 1 \cdot 3) / 4 = 1.5$.

# %% question="importance_estimate" points=8 minutes=20


# %% check="importance_estimate"
def test_two_draws(importance_estimate):
    """Draws 1 and 3 with weights 3 and 1: 1.5 self-normalised, 3 plain."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) == 1, np.log(3.0), 0.0)

    def log_q(x):
        return np.zeros(len(x))

    x = np.array([1.0, 3.0])
    value = importance_estimate(lambda x: x, log_p, log_q, x, True)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.5) < 1e-9, "the self-normalised estimate should be 1.5, as in the text"
    plain = float(importance_estimate(lambda x: x, log_p, log_q, x, False))
    assert abs(plain - 3) < 1e-9, "the plain estimate is the mean of w f: (3 * 1 + 1 * 3) / 2 = 3"


# %% [markdown]
# How many draws are $S$ weighted ones worth? $\mathrm{ESS} = (\sum_s w_s)^2 / \sum_s w_s^2$. Weights 3 and 1 are worth $16/10 = 1.6$ draws.

# %% question="importance_ess" points=4 minutes=10


# %% check="importance_ess"
def test_two_weights(importance_ess):
    """Weights 3 and 1 are worth 1.6 draws, whatever constant is in their logarithms."""
    import numpy as np

    value = importance_ess(np.log([3.0, 1.0]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.6) < 1e-9, "weights 3 and 1 should be worth 1.6 draws, as in the text"
    assert np.isfinite(float(importance_ess(np.log([3.0, 1.0]) + 900))), "large log weights overflow"


# %% [markdown]
# ### The tail of the normal distribution
#
# What is $\mathbb E[X^2 \mid X > 2]$ for a standard normal $X$? Exactly $1 + 2\varphi(2)/(1 - \Phi(2)) = 5.746431$. Plain sampling wastes 98 % of its draws. We compare three proposals:
# normal with mean 3 and sd 2; the exponential tail $2 + \mathrm{Exp}(2)$; and a bad one, normal with mean 0 and sd 0.7.
#
# > **Where the lecture notes go wrong.** They print the estimate 6.7234 against a "true" 6.8012. Neither is; the code shown gives about 5.74. "N(3, 2)" means *sd* 2 there, not variance 2.

# %% [markdown]
# **Predict.** Which of the three has the largest effective sample size? What will the bad one report: too much, too little, or something near the truth by luck?
#
# *My guess:*


# %%
def log_tail(x):
    return np.where(x > 2, stats.norm.logpdf(x) - stats.norm.logsf(2), -np.inf)


rng = np.random.default_rng(8)
S = 4000
proposals = {
    "normal(3, sd 2)": (rng.normal(3, 2, S), lambda x: stats.norm.logpdf(x, 3, 2)),
    "2 + exponential(2)": (
        2 + inverse_cdf_exponential(rng, 2.0, S),
        lambda x: stats.expon.logpdf(x, 2, 0.5),
    ),
    "normal(0, sd 0.7)": (rng.normal(0, 0.7, S), lambda x: stats.norm.logpdf(x, 0, 0.7)),
}
log_weights = {}
print("proposal               plain   self-normalised   ESS of 4000")
for name, (x, log_q) in proposals.items():
    log_weights[name] = log_tail(x) - log_q(x)
    plain, own = (importance_estimate(np.square, log_tail, log_q, x, flag) for flag in (False, True))
    print(f"{name:20} {plain:7.3f}   {own:15.3f}   {importance_ess(log_weights[name]):11.1f}")
print("true                   5.746")

# %% [markdown]
# **What to look at:** how far to the right the largest weights reach; a fair weight would be 1.

# %%
fig, ax = plt.subplots()
for (name, log_w), hatch in zip(log_weights.items(), ("//", "..", "")):
    positive = log_w[np.isfinite(log_w)] / np.log(10)
    label = f"{name}: {positive.size} of {S} weigh anything"
    ax.hist(positive, bins=np.linspace(-3, 4, 36), histtype="step", hatch=hatch, label=label)
ax.set(
    xlabel="log10 of the weight (less than -3 not shown)",
    ylabel="draws",
    yscale="log",
    ylim=(0.7, 20_000),
    title="Importance weights of three proposals",
)
ax.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
ax.minorticks_off()
_ = ax.legend()

# %% [markdown]
# **What to conclude.** The exponential tail looks like the target: nearly all of its draws count. The narrow normal reports too little, as such a proposal nearly always does: a handful of draws carry the whole estimate, and nothing in the *estimate*
# says so; the ESS does, though even it sees only the weights that were drawn. A proposal must have tails at least as heavy as the target's.
#
# ### The marginal likelihood, the naive way
#
# The same arithmetic estimates a latent variable model's $p(x) = \mathbb E_{z \sim p(z)}[p(x \mid z)]$: draw codes $z$ from the prior and average the likelihood. The prior is the proposal, the posterior is where the
# weight is. Take $z \sim \mathcal N(0, I)$ in $D$ dimensions and $x \mid z \sim \mathcal N(z, 0.3^2 I)$; then $x \sim \mathcal N(0, 1.09\, I)$, and the truth is known. We observe $x = (1, \dots, 1)$.
#
# **Predict.** Of 4,000 codes, how many count when $D = 1$? When $D = 10$? Will the estimate of $\log p(x)$ be too high or too low?
#
# *My guess:*

# %%
rng = np.random.default_rng(9)
print(" D   log p(x) true   estimated   ESS of 4000")
for D in (1, 2, 5, 10, 20):
    z = rng.standard_normal((4000, D))
    log_w = stats.norm.logpdf(1, z, 0.3).sum(axis=1)
    truth = D * stats.norm.logpdf(1, 0, np.sqrt(1.09))
    estimate = special.logsumexp(log_w) - np.log(4000)
    print(f"{D:2}   {truth:13.2f}   {estimate:9.2f}   {importance_ess(log_w):11.1f}")

# %% [markdown]
# **What to conclude.** Every dimension divides the effective sample size by about the same factor, until a single lucky code carries the whole estimate. The estimate of $p(x)$ is unbiased and useless: nearly always too low, and now and then
# enormous. Week 7 learns a better proposal for each $x$, and calls it an encoder.

# %% [markdown]
# ---
# # Part 5 · Markov chains
#
# Rejection and importance need a $q$ that resembles $p$ *everywhere*. A Markov chain only needs to know where to go *from here*. Metropolis–Hastings proposes $y \sim q(y \mid x)$ and accepts it with
#
# $$\alpha(x \to y) = \min\left(1, \frac{p(y)\, q(x \mid y)}{p(x)\, q(y \mid x)}\right).$$
#
# The unknown $Z$ cancels. If the draw is rejected, the chain *stays*, and the old state counts again.
#
# **A worked example.** At $x = 1$ with $\tilde p(1) = 4$ a symmetric proposal $y = 2$ with $\tilde p(2) = 1$ is accepted with probability $1/4$; from 2 to 1, always.
#
# **What the factor $q(x \mid y)/q(y \mid x)$ is for:** a move may be easier to propose than to undo. You take `log_q(x_to, x_from)` twice, once in each direction; mind which is which.

# %% question="mh_step" points=11 minutes=25


# %% check="mh_step"
def test_uphill_and_out_of_the_support(mh_step):
    """A step uphill is always taken, a step to where p is 0 never."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) < 3, np.asarray(x, dtype=float), -np.inf)

    def log_q(x_to, x_from):
        return np.zeros(len(x_to))

    x = np.array([0.0, 2.5, 1.0])
    result = mh_step(np.random.default_rng(0), x, log_p, lambda rng, x: x + 1, log_q)
    assert result is not None, "your function returned None: is there a return statement?"
    x_next, accepted = result
    assert np.shape(x_next) == (3,) and np.shape(accepted) == (3,), "one state and one flag for each chain"
    assert list(x_next) == [1.0, 2.5, 2.0], "uphill is always accepted; outside the support never"
    assert [bool(flag) for flag in accepted] == [True, False, True], "the flags should say who moved"


def test_downhill_sometimes(mh_step):
    """The worked example: from 4 to 1 the chain moves one time in four."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) == 1, np.log(4.0), 0.0)

    _, accepted = mh_step(
        np.random.default_rng(0), np.ones(4000), log_p, lambda rng, x: x + 1, lambda a, b: np.zeros(len(a))
    )
    assert abs(np.mean(accepted) - 0.25) < 0.05, "a quarter of the chains should move, as in the text"


# %% [markdown]
# ### Is the step right? The invariance test
#
# A step is right if it leaves the target alone: chains that *start* in exact draws of $p$ must still be distributed as $p$ after any number of steps. Take 10,000 exponential draws of Part 2 and a proposal that multiplies $x$ by a
# random factor, $y = x\,e^{0.8 \varepsilon}$ with standard normal $\varepsilon$: halving is as likely as doubling.
#
# **Predict.** Is this proposal symmetric? If you leave the correction out, where do the chains drift?
#
# *My guess:*


# %%
def multiply(rng, x):
    return x * np.exp(0.8 * rng.standard_normal(len(x)))


def log_normal(x_to, x_from):
    return -np.log(x_to) - (np.log(x_to / x_from) / 0.8) ** 2 / 2


def symmetric(x_to, x_from):
    return np.zeros(len(x_to))


bins = np.linspace(0, 4, 33)
fig, ax = plt.subplots()
for name, log_q, style in (
    ("with its correction", log_normal, "-"),
    ("taken for symmetric", symmetric, "--"),
):
    rng = np.random.default_rng(6)
    x = inverse_cdf_exponential(rng, 1.0, 10_000)
    for _ in range(5):
        x, _ = mh_step(rng, x, lambda x: -x, multiply, log_q)
    ax.hist(
        x,
        bins,
        density=True,
        histtype="step",
        linestyle=style,
        linewidth=1.8,
        label=f"{name}: mean {x.mean():.2f}",
    )
ax.plot(bins, np.exp(-bins), "k:", label="exponential: mean 1")
ax.set(xlabel="x", ylabel="density", title="Five steps from exact draws")
_ = ax.legend()

# %% [markdown]
# **What to look at:** which outline still follows the dotted curve. **What to conclude.** The proposal is symmetric in $\log x$, not in $x$: a step from $x$ into a small interval around $y$ is less probable the larger $y$ is, by $1/y$. Without the
# correction the chains sink towards 0, and no other sign would have told. This test grades your `mh_step`, with other targets and proposals.

# %% question="mh_chain" points=7 minutes=15


# %% check="mh_chain"
def test_a_climb_to_the_wall(mh_chain):
    """From 0 the chain climbs to 2 and stays: the rejected steps count."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) < 3, np.asarray(x, dtype=float), -np.inf)

    result = mh_chain(
        np.random.default_rng(0), np.zeros(1), log_p, lambda rng, x: x + 1, lambda a, b: np.zeros(len(a)), 4
    )
    assert result is not None, "your function returned None: is there a return statement?"
    draws, rate = result
    assert np.shape(draws) == (4, 1), f"n rows and one column a chain: (4, 1), not {np.shape(draws)}"
    assert np.ravel(draws).tolist() == [1, 2, 2, 2], "the states after each step should be 1, 2, 2, 2"
    assert np.allclose(rate, [0.5]), "two of four proposals were accepted"


# %% [markdown]
# ### Two modes
#
# The target is $0.3\,\mathcal N(-2, 0.5^2) + 0.7\,\mathcal N(3, 1)$: mean 1.5, sd 2.454588. The proposal is a random walk with step sd 0.3, 3 or 40.
# The first states still remember where the chain started, not what it is after: 200 of them are thrown away, the **burn-in**.
#
# > **Where the lecture notes go wrong.** The printed acceptance 0.7234 and mean 1.8234 are not what the code does (0.4879 and 1.5120 for the seed shown), and that acceptance
# > includes the burn-in.

# %% [markdown]
# **Predict.** Which step size has the highest acceptance rate, and which the best mean?
#
# *My guess:*


# %%
def log_two_modes(x):
    return np.logaddexp(
        np.log(0.3 / 0.5) - 0.5 * ((x + 2) / 0.5) ** 2, np.log(0.7) - 0.5 * (x - 3) ** 2
    )  # up to a constant: sqrt(2 pi) is missing, and nobody minds


def walk(rng, x):
    return x + step_sd * rng.standard_normal(len(x))


rng = np.random.default_rng(11)
start = np.array([-8.0, -2.0, 3.0, 8.0])
runs = {}
print("step sd   acceptance   mean of each of four chains       sd")
for step_sd in (0.3, 3.0, 40.0):
    draws, rate = mh_chain(rng, start, log_two_modes, walk, symmetric, 2000, burn_in=200)
    runs[step_sd] = np.asarray(draws)
    means = "  ".join(f"{m:6.2f}" for m in runs[step_sd].mean(axis=0))
    print(f"{step_sd:7}   {np.mean(rate):10.3f}   {means}     {runs[step_sd].std():.3f}")
print("true                       1.50    1.50    1.50    1.50     2.455")

# %% [markdown]
# **What to conclude.** A high acceptance is no virtue: the timid chains accept nearly everything and cross the valley once or never, so each reports where it happened to be. The bold chains are refused 24 times of 25 and stand still. In between lies
# the step that is about as wide as the target.
#
# ### Derive it, in words and formulas
#
# Why does this rule leave $p$ alone? Let $T(x \to y) = q(y \mid x)\,\alpha(x \to y)$ be the transition for $x \ne y$.
#
# 1. Show **detailed balance**, $p(x)\,T(x \to y) = p(y)\,T(y \to x)$.
# 2. Conclude that $p$ is stationary.
# 3. Say why the rejected moves do not spoil it, and what else a chain needs to *converge* to $p$.

# %% [markdown] answer="detailed_balance" points=6 minutes=15
# **Model answer.** (1) $p(x)\, q(y \mid x)\, \alpha(x \to y) = \min\big(p(x)\, q(y \mid x),\; p(y)\, q(x \mid y)\big)$. The right side does not change when $x$ and $y$ are exchanged, so the flow from $x$ to $y$ equals that from $y$ to $x$.
#
# (2) Sum (integrate) over $x$: $\sum_x p(x) T(x \to y) = p(y) \sum_x T(y \to x) = p(y)$, where $T(y \to y)$ holds the probability of staying. So $p$ is stationary.
#
# (3) A rejected move goes from $x$ to $x$, where balance is trivial. To converge from anywhere the chain must also be able to reach every part of the support (irreducible) and must not cycle (aperiodic).
#
# **Rubric (6 points).** 3: the minimum form, or both cases of $\alpha$ (2 if one case is missing). 2: summing over $x$ gives stationarity. 1: staying is trivial, and reaching everything (irreducible) is needed.

# %% [markdown]
# ---
# # Part 6 · Is the chain right?
#
# Successive states are alike, so $n$ of them are worth fewer than $n$ draws: about $n / (1 + 2\sum_{k\ge1} \rho_k)$, where $\rho_k$ is the autocorrelation at lag $k$.
#
# > **Where the lecture notes go wrong.** Their autocorrelation is neither centred nor normalised: lag 1 comes out as "7.67" beside 1.0 at lag 0. The true value for that chain is 0.908.
#
# **A worked example.** The chain 1, 2, 3 has mean 2; the centred values are $-1, 0, 1$. Lag 0: $2/2 = 1$. Lag 1: $(-1)\cdot 0 + 0 \cdot 1 = 0$. Lag 2: $(-1)\cdot 1 / 2 = -0.5$.

# %% question="autocorrelation" points=5 minutes=10


# %% check="autocorrelation"
def test_three_states(autocorrelation):
    """The chain 1, 2, 3 has the autocorrelations 1, 0 and -0.5."""
    import numpy as np

    rho = autocorrelation(np.array([1.0, 2.0, 3.0]), 2)
    assert rho is not None, "your function returned None: is there a return statement?"
    assert np.shape(rho) == (3,), f"lags 0, 1 and 2: the shape should be (3,), not {np.shape(rho)}"
    assert np.allclose(rho, [1, 0, -0.5]), "the autocorrelations should be 1, 0, -0.5, as in the text"


# %% [markdown]
# One chain cannot know of a mode that it never saw. Several, from far apart, can: split every chain into halves and compare the variance *between* the halves' means with the variance
# *within* them. $\hat R$ near 1 (below 1.01, as a rule) means that nobody could tell the sequences apart.
#
# **A worked example.** One chain 1, 2, 3, 4, 5, 6: halves $(1,2,3)$ and $(4,5,6)$, $m = 3$, with variance 1 each, so $W = 1$; the means 2 and 5 have variance $B/m = 4.5$; $\hat R = \sqrt{(\tfrac23 \cdot 1 + 4.5)/1} = 2.2730$.

# %% question="split_rhat" points=6 minutes=15


# %% check="split_rhat"
def test_one_short_chain(split_rhat):
    """The chain 1, 2, 3, 4, 5, 6 has R-hat 2.2730."""
    import numpy as np

    value = split_rhat(np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 2.2730) < 1e-4, (
        f"R-hat should be 2.2730, as in the text, not {float(value):.4f}: compute W and B / m of the two halves by "
        "hand, and mind ddof=1"
    )


# %% [markdown]
# **Predict.** Back to the two modes. For which of the three step sizes will $\hat R$ raise the alarm? Which has the larger autocorrelation at lag 1, the timid or the bold chain?
#
# *My guess:*

# %%
print("step sd   R-hat    lag-1 autocorrelation of the third chain")
for step_sd, draws in runs.items():
    print(f"{step_sd:7}   {split_rhat(draws.T):5.2f}    {autocorrelation(draws[:, 2], 1)[1]:.3f}")

# %% [markdown]
# **What to conclude.** Only the comparison of chains convicts the timid walk: seen alone, each of its chains looks settled. The timid and the bold walk have the same autocorrelation for opposite reasons: one moves little, the other seldom. But the bold one visits both modes.
#
# ### Plot it
#
# For the step sizes 0.3 and 3, draw three panels: the **trace** of one chain, its **autocorrelation** up to lag 60, and the **running mean** of the chain with the true mean 1.5 as a line. `runs[0.3]` and `runs[3.0]` are
# arrays of 2,000 states of four chains. Label the axes, and make the two distinguishable without colour.

# %% plot="chain_plot" points=5 minutes=10
### BEGIN SOLUTION
fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), gridspec_kw={"wspace": 0.3})
for step_sd, style, marker in ((0.3, "--", "s"), (3.0, "-", "o")):
    x = runs[step_sd][:, 2]
    axes[0].plot(x[:500], style, linewidth=0.9, label=f"step sd {step_sd}")
    axes[1].plot(autocorrelation(x, 60), style, marker=marker, markevery=6, markersize=4)
    axes[2].plot(np.cumsum(x) / np.arange(1, x.size + 1), style, label=f"step sd {step_sd}")
axes[0].set(xlabel="step", ylabel="state", title="trace")
axes[1].set(xlabel="lag", ylabel="autocorrelation", title="autocorrelation")
axes[2].axhline(1.5, color="black", linestyle=":", label="true mean")
axes[2].set(xlabel="step", ylabel="mean so far", title="running mean")
_ = axes[2].legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. Which feature of each panel separates the two step sizes?
# 2. The running mean of one of them is smooth and flat. Why is that no evidence that it is right, and what in this notebook shows that it is wrong?
# 3. Name one change of the sampler or of the start that would make it reliable.

# %% [markdown] answer="chain_interpretation" points=5 minutes=10
# **Model answer.** (1) Trace: with step sd 0.3 the chain stays at the mode near 3, with sd 3 it jumps between both. Autocorrelation: falls within some twenty lags for sd 3 and slowly for 0.3 (and that is only the correlation *within* one mode). Running mean:
# settles above 3 for sd 0.3, to 1.5 for sd 3.
#
# (2) It is the mean of one mode. A chain that has not seen the other mode cannot show that something is missing. Chains started elsewhere have another mean: $\hat R$ is far above 1.
#
# (3) A wider step, or a mixture of small and large steps; starting chains in both modes reveals the problem but does not weigh the modes right.
#
# **Rubric (5 points).** 2: trace and running mean at least (1 each). 2: stuck in one mode (1) *and* chains from other starts or $\hat R$ (1). 1: a change that reaches both modes.

# %% [markdown]
# ---
# # Part 7 · Gibbs: one coordinate at a time
#
# If each variable's distribution given all others is known, draw them in turn: every proposal is accepted. For two standard normals with correlation $\varrho$ both conditionals are normal,
# $x \mid y \sim \mathcal N(\varrho y,\; 1 - \varrho^2)$.
#
# **A worked example.** With $\varrho = 0.6$ and $y = 2$: draw $x \sim \mathcal N(1.2, 0.64)$, with standard deviation 0.8; say it is 1.5. Then $y \sim \mathcal N(0.9, 0.64)$.

# %% [markdown]
# **Predict.** Every draw is accepted. Does that make the chain fast, even for $\varrho = 0.99$? How far can $x$ move in one sweep?
#
# *My guess:*

# %% question="gibbs_bivariate_normal" points=7 minutes=15


# %% check="gibbs_bivariate_normal"
def test_shape_and_first_sweep(gibbs_bivariate_normal):
    """Sweeps, chains, two coordinates; the first x is drawn given the y of the start."""
    import numpy as np

    start = np.tile([0.0, 100.0], (2000, 1))
    draws = gibbs_bivariate_normal(np.random.default_rng(0), 0.5, 3, start)
    assert draws is not None, "your function returned None: is there a return statement?"
    assert np.shape(draws) == (3, 2000, 2), f"the shape should be (3, 2000, 2), not {np.shape(draws)}"
    x = np.asarray(draws)[0, :, 0]
    assert abs(x.mean() - 50) < 0.5, "given y = 100 and rho = 0.5 the first x lies around 50"
    assert abs(x.var() - 0.75) < 0.12, (
        f"over the chains the first x should have variance 1 - rho^2 = 0.75, not {x.var():.2f}"
    )


# %%
rng = np.random.default_rng(13)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), subplot_kw={"xlim": (-4, 4), "ylim": (-4, 4)})
for ax, rho in zip(axes, (0.5, 0.99)):
    path = np.asarray(gibbs_bivariate_normal(rng, rho, 500, np.array([[-3.0, 3.0]])))[:, 0]
    ax.plot(*path[:40].T, "o-", markersize=4, linewidth=0.8, label="first 40 sweeps")
    ax.plot(*path[40:].T, "k.", markersize=2, alpha=0.5, label="the rest")
    lag1 = autocorrelation(path[:, 0], 1)[1]
    ax.set(xlabel="x", ylabel="y", title=f"rho = {rho}: lag 1 {lag1:.2f}, expected {rho**2:.2f}")
_ = axes[0].legend(loc="upper left")

# %% [markdown]
# **What to look at:** how far 40 sweeps carry. **What to conclude:** no move is ever rejected, and with $\varrho = 0.99$ the chain still creeps: the conditionals are narrow when variables are tied together, one sweep moves $x$ by about
# $\sqrt{1 - \varrho^4} = 0.2$, and neighbours have the autocorrelation $\varrho^2$. Accepting everything is not mixing.

# %% [markdown]
# ---
# # The letter
#
# Back to the prison. The score of a key is the log probability of the decoded letter under a bigram model of English, counted here in Python's own documentation (`pydoc_data`): the sum, over all pairs of neighbouring signs, of
# $\log p(\text{next letter} \mid \text{letter})$. Nothing to fill in. First the model and the letter:

# %%
from pydoc_data.topics import topics

alphabet = "abcdefghijklmnopqrstuvwxyz "
number = {c: i for i, c in enumerate(alphabet)}


def letters(text):
    kept = "".join(c if c in number else " " for c in text.lower())
    return np.array([number[c] for c in " ".join(kept.split())])


english = letters(" ".join(list(topics.values())[:40]))
bigrams = np.ones((27, 27))
np.add.at(bigrams, (english[:-1], english[1:]), 1)
log_bigram = np.log(bigrams / bigrams.sum(axis=1, keepdims=True))

letter = letters(
    "Dear friend the guards are kind but the nights are long. I have found that the wall behind "
    "the library is older than the rest and the mortar can be removed with a spoon. If you still "
    "have the boat then wait for me at the mouth of the river on the first night without a moon. "
    "Bring warm clothes and something to eat and do not tell my brother because he cannot keep a "
    "secret"
)
rng = np.random.default_rng(4)
cipher = np.append(rng.permutation(26), 26)[letter]  # the space stays a space
pairs = np.zeros((27, 27))
np.add.at(pairs, (cipher[:-1], cipher[1:]), 1)
true_score = log_bigram[letter[:-1], letter[1:]].sum()
print("".join(alphabet[i] for i in cipher[:70]))

# %% [markdown]
# Four chains start from the same fair guess: the commonest sign stands for the commonest letter, and so on. A proposal swaps two letters of the key, which is symmetric. Read the loop: which lines are `mh_step`?
#
# **Predict.** How many of the four chains will read the letter? Will they agree?
#
# *My guess:*

# %%
signs_by_frequency = np.argsort(-np.bincount(cipher, minlength=27))
letters_by_frequency = np.argsort(-np.bincount(english, minlength=27))
by_frequency = letters_by_frequency[np.argsort(signs_by_frequency)]
chains, steps = np.arange(4), 4000
swaps = rng.integers(0, 26, (steps, 2, 4))
log_u = np.log(1 - rng.random((steps, 4)))


def score(keys):
    return (pairs * log_bigram[keys[:, :, None], keys[:, None, :]]).sum(axis=(1, 2))


keys = np.tile(by_frequency, (4, 1))
scores = [score(keys)]
for (i, j), log_u_step in zip(swaps, log_u):
    proposal = keys.copy()
    proposal[chains, i], proposal[chains, j] = keys[chains, j], keys[chains, i]
    proposed = score(proposal)
    accepted = log_u_step < proposed - scores[-1]
    keys = np.where(accepted[:, None], proposal, keys)
    scores.append(np.where(accepted, proposed, scores[-1]))
for chain, key in enumerate(keys):
    print(f"chain {chain}  {scores[-1][chain]:8.1f}  {''.join(alphabet[i] for i in key[cipher[:70]])}")
print(f"true key {true_score:8.1f}")

# %%
fig, ax = plt.subplots()
for chain, style in enumerate(("-", "--", ":", "-.")):
    ax.plot(np.array(scores)[:, chain] - true_score, style, label=f"chain {chain}")
ax.axhline(0, color="black", linewidth=0.8)
ax.set(xlabel="steps", ylabel="score minus the true key's (nats)", title="Four chains, one letter")
_ = ax.legend()

# %% [markdown]
# **What to look at:** where each curve becomes flat. **What to conclude.** One chain of the four reads the letter, give or take a rare letter, and another about half of it. (Its score even beats the true key's: the model of English is only a model.) The others sit in modes of their own, flat and
# content; what convicts them is the neighbour a hundred nats higher. Hence the rule of Part 6: several chains, always.

# %% [markdown]
# ---
# # What to remember
#
# - An expectation needs draws, not densities of $f(X)$; the error of an average falls as $1/\sqrt S$ in any dimension.
# - **Rejection** is exact and costs $Z/M$, which dies exponentially with the dimension. **Importance** keeps every draw; watch the effective sample size.
# - **Metropolis–Hastings** needs only ratios of $\tilde p$. Rejected moves count; asymmetric proposals need their correction.
# - A kernel is right if it leaves exact draws exact: the *invariance test*. It convicts a forgotten correction where no picture of one chain would.
# - High acceptance is not good mixing, and a smooth running mean is not convergence. Start far apart, and compare.
#
# Next week some of the variables are hidden. Their posterior will be exact, so nothing needs to be sampled: Gaussian mixtures, and the algorithm that fits them.
#
# **Ungraded, if you want more.** Run the letter from ten random keys. How often does it get stuck, and does raising the score to a power below 1 at first (tempering) help? And: draw from the two modes with a proposal that mixes steps of sd 0.3
# and sd 6 and compare $\hat R$ after 200 steps.
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
