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
# # Week 2 · Maximum likelihood
#
# Who builds a dam at Aswan wants to know how much water the Nile carries in a year, and how surely. A hundred yearly measurements are at hand. *Which parameters fit the data, and how far may we trust them?* This week's answer is one sentence, and it trains every
# model of this course: **choose the parameters under which the data that came were most probable.**
#
# **After this week you can**
#
# 1. write the likelihood of independent data and say why everybody takes its logarithm;
# 2. derive and program the estimates of seven families, and check that nothing nearby is better;
# 3. say how sharp an estimate is from the curvature of the log likelihood (Fisher information);
# 4. recognise where a zero derivative is no use;
# 5. compute multivariate log densities that neither under- nor overflow;
# 6. explain why maximum likelihood, minimum cross-entropy and minimum Kullback–Leibler divergence are one thing.
#
# **Time and points.** About three and a half hours, 100 points: 70 for code, 20 for derivations (12 symbolic, 8 written), 10 for one plot and
# its interpretation. Each part goes: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 Why the logarithm | `gaussian_loglik` | 8 | 20 |
# | 2 The Nile | `gaussian_mle`, derivation `derive_gaussian_mle` | 6 + 4 | 35 |
# |  | plot of the surface, interpretation | 5 + 5 | 30 |
# | 3 Coins, letters, horses | `bernoulli_mle`, `categorical_mle`, `poisson_mle` | 3 + 5 + 4 | 25 |
# |  | derivation `derive_bernoulli_mle` | 4 | 15 |
# | 4 Strikes | `exponential_mle`, derivation `derive_exponential_mle` | 4 + 4 | 20 |
# |  | `fisher_information` | 6 | 15 |
# | 5 No derivative | `uniform_mle`, derivation in words | 5 + 8 | 25 |
# | 6 Irises | `mvn_mle`, `mvn_logpdf` | 8 + 12 | 40 |
# | 7 Bits | `cross_entropy_bits` | 9 | 15 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Predict** before you compute: double-click the cell and write your guess into it. Nobody grades it, but a guess on
#   paper is the only one that can surprise you.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example. The points come from
#   hidden tests on other inputs, which also try the edge cases and the errors that the docstring names.
# - **What counts**: each hidden test has a share of its question's points, so a partly right function earns part of
#   them. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing (10,000 observations or 500 dimensions included), one cell
#   20 seconds. A question that runs for ever costs only its own points.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $x_1, \dots, x_N$ are observations, $\theta$ stands for whatever parameters a family has, and a hat marks an estimate:
# $\hat\theta = \mathrm{arg\,max}_\theta\; p(x_1,\dots,x_N \mid \theta)$. The *max* is the height of the peak, the *arg max* its place: $10 - (t-3)^2$ has max 10 and arg max 3; likewise $(t-5)^2$ has min 0 and arg min 5. $\mathcal N(\mu, \sigma^2)$ has its
# *variance* second; $\log$ is natural, $\log_2$ counts bits.

# %%
import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import linalg, special

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_iris
from statsmodels.datasets import nile, strikes

plt.rcParams.update({"figure.figsize": (7, 3.8), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · Why the logarithm
#
# Let the observations be independent and identically distributed (*i.i.d.*) with density $p(x \mid \theta)$. The **likelihood** is their joint density, read as a function of $\theta$:
#
# $$L(\theta) = \prod_{n=1}^N p(x_n \mid \theta), \qquad \ell(\theta) = \log L(\theta) = \sum_{n=1}^N \log p(x_n \mid \theta).$$
#
# The logarithm increases, so both have their maximum at the same $\theta$. It earns its place three times over: a product of thousands of numbers
# underflows and a sum does not; a sum can be differentiated term by term; and each term has a meaning, the *surprise* of one observation. One nat of
# surprise is $1/\log 2 = 1.4427$ bits. Programs minimise the **mean negative log likelihood** (NLL), $-\ell/N$, because optimisers minimise and batches differ in size;
# the best $\theta$ is the same.
#
# For the normal distribution $\log p(x \mid \mu, \sigma^2) = -\tfrac12 \log(2\pi\sigma^2) - \frac{(x-\mu)^2}{2\sigma^2}$.
#
# > **Where the lecture notes go wrong.** (1) A log likelihood can be positive, and a *positive* one is not "good": three pixels, each one $\sigma = 0.1$ away from its
# > prediction, score $+2.651$ on a scale from 0 to 1 and $-13.97$ in grey levels from 0 to 255. Only differences between models on the same
# > scale mean anything, and minus $\log_2$ of a *density* is no number of bits. (2) For 0-or-1 data the log likelihood is *minus* the binary cross-entropy loss. (3) A density needs area 1 **and** no
# > negative values; the notes name only the area. A density may exceed 1. A *distribution function* is something else: it accumulates.
#
# **A worked example.** For $x = (0, 2)$, $\mu = 0$ and $\sigma^2 = 4$: $\ell = -\log(2\pi \cdot 4) - \frac{0 + 4}{8} = -3.724171$.
#
# %% [markdown]
# **Predict.** The density of one year's Nile flow is about 0.0015. After how many years does the *product* of such numbers become 0 on a computer whose smallest positive number is about $5\cdot10^{-324}$?
#
# *My guess:*

# %% question="gaussian_loglik" points=8 minutes=20


# %% check="gaussian_loglik"
def test_worked_example(gaussian_loglik):
    """The observations 0 and 2 under N(0, 4)."""
    value = gaussian_loglik([0.0, 2.0], 0.0, 4.0)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) + 3.724171) < 1e-5, (
        f"the log likelihood should be -3.724171, as in the text, not {float(value):.6f}: is 4 used as a variance, "
        "is every constant there, and once for each observation?"
    )


def test_a_variance_must_be_positive(gaussian_loglik):
    """The docstring promises ValueError for a variance that is not positive."""
    try:
        gaussian_loglik([0.0, 2.0], 0.0, -1.0)
    except ValueError:
        return
    raise AssertionError("a negative variance should raise ValueError")


# %%
flow = nile.load_pandas().data["volume"].to_numpy()
years = np.arange(1871, 1971)
print(f"{flow.size} years of the Nile's flow at Aswan, in 10^8 cubic metres: {flow[:5]} ...")
for n in (10, 100, 200):
    years_of_data = np.tile(flow, 2)[:n]
    density = np.exp(-((years_of_data - 900) ** 2) / 2 / 170**2) / np.sqrt(2 * np.pi) / 170
    total = gaussian_loglik(years_of_data, 900, 170**2)
    print(f"{n:3} years: product of densities {np.prod(density):.3g}, log likelihood {total:10.2f}")

# %% [markdown]
# **What to conclude.** Each year costs a factor of about 700, so the product ends after 113 years: a century still fits into a floating-point number, two do not: the product is 0 and so is every
# comparison built on it. The sum has no such limit. *Extend:* give the flow in cubic kilometres (divide by 10). By how much does $\ell$ change, and is the model better?

# %% [markdown]
# ---
# # Part 2 · The Nile
#
# Two estimates of a variance are in use, the sum of squares divided by $N$ and by $N-1$. Only one of them maximises the likelihood.
#
# **A worked example.** $x = (1, 2, 3, 4, 5)$ has $\hat\mu = 3$ and $\hat\sigma^2 = 2$ (not 2.5).

# %% [markdown]
# **Predict.** On the Nile's hundred years, how much log likelihood does the other variance cost? And a mean that is off by 10 (of 919)? What will the estimate $\hat\sigma^2$ be *on average*, if one draws samples of five
# from a distribution with variance 4?
#
# *My guess:*

# %% question="gaussian_mle" points=6 minutes=15


# %% check="gaussian_mle"
def test_worked_example(gaussian_mle):
    """The observations 1, 2, 3, 4, 5."""
    result = gaussian_mle([1, 2, 3, 4, 5])
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, mu and sigma_sq"
    assert abs(float(result[0]) - 3) < 1e-9, "the mean should be 3, as in the text"
    assert abs(float(result[1]) - 2) < 1e-9, (
        "the variance should be 2, as in the text: what do you divide by?"
    )


def test_no_data_are_an_error(gaussian_mle):
    """The docstring promises ValueError when there is nothing to estimate from."""
    try:
        gaussian_mle([])
    except ValueError:
        return
    raise AssertionError("an empty x should raise ValueError")


# %%
mu_hat, sigma_sq_hat = gaussian_mle(flow)
best = gaussian_loglik(flow, mu_hat, sigma_sq_hat)
print(f"Nile: mean {mu_hat:.2f}, standard deviation {np.sqrt(sigma_sq_hat):.2f}, log likelihood {best:.2f}")
print(f"unbiased variance instead (N - 1):  {gaussian_loglik(flow, mu_hat, flow.var(ddof=1)) - best:+.4f}")
print(f"mean moved by 10:                   {gaussian_loglik(flow, mu_hat + 10, sigma_sq_hat) - best:+.4f}")

simulated = np.random.default_rng(0).normal(3, 2, 100)
print(f"\nsimulated N(3, 4), N = 100: estimates {np.round(gaussian_mle(simulated), 3)}, truth [3 4]")
small = np.random.default_rng(1).normal(3, 2, (1000, 5))
average = np.mean([gaussian_mle(x)[1] for x in small])
print(f"1000 samples of N = 5: mean of the variance estimates {average:.2f}, truth 4")

# %% [markdown]
# **What to conclude.** Near its top the log likelihood is flat: the other variance costs 0.0025 nats, a mean off by 10 costs 0.18. The maximum likelihood estimate of the variance is the most probable value *and* biased: on average it is $(N-1)/N$ of the truth, 3.2 of 4 for $N=5$. Maximum likelihood
# never promised to be unbiased. "Sample variance", the lecture notes' word, may mean either: always say what you divide by. And beware of the notes' printed output for a
# simulated sample (3.0234, 1.9876): the code as shown gives other numbers, and the printed likelihoods do not even fit the printed estimates.
#
# ### Derive it, step by step
#
# Everything the data say is in $n$, $s_1 = \sum_i x_i$ and $s_2 = \sum_i x_i^2$ (**sufficient statistics**): write $\sum_i (x_i - \mu)^2$ with them first. Then differentiate. SymPy may help you (`sp.diff`, `sp.solve`).

# %% question="derive_gaussian_mle" points=4 minutes=20


# %% check="derive_gaussian_mle"
def test_entries(derive_gaussian_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_gaussian_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope_mu", "mu_hat", "slope_sigma_sq", "sigma_sq_hat"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"mu", "sigma_sq", "n", "s1", "s2"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_slopes_are_derivatives(derive_gaussian_mle):
    """Both slopes are derivatives of your own log likelihood."""
    import sympy as sp

    steps = derive_gaussian_mle()
    values = {"mu": 0.3, "sigma_sq": 0.7, "n": 5, "s1": 4, "s2": 9}
    for by, name in (("mu", "slope_mu"), ("sigma_sq", "slope_sigma_sq")):
        symbol = next((s for s in steps["log_likelihood"].free_symbols if s.name == by), sp.Symbol(by))
        gap = sp.diff(steps["log_likelihood"], symbol) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, (
            f'"{name}" is not the derivative of your "log_likelihood" with respect to {by}'
        )


def test_variance_of_the_worked_example(derive_gaussian_mle):
    """The observations 1, ..., 5 have n = 5, s1 = 15, s2 = 55 and variance 2."""
    variance = derive_gaussian_mle()["sigma_sq_hat"]
    values = {"n": 5, "s1": 15, "s2": 55}
    value = variance.subs({symbol: values.get(symbol.name, symbol) for symbol in variance.free_symbols})
    assert abs(float(value) - 2) < 1e-9, "sigma_sq_hat of the worked example should be 2"


# %% [markdown]
# ### Plot the surface
#
# Draw the log likelihood of the Nile's flow as a **contour map** over $\mu$ from 850 to 990 and $\sigma$ from 130 to 230 (the standard deviation, easier to read). Show the *difference from the
# maximum*, with labelled contour lines at $-8, -4, -2, -1, -0.5$. Mark the maximum. Label the axes with units. Lines must be readable without
# colour (`ax.contour` with `ax.clabel`).

# %% plot="likelihood_surface" points=5 minutes=20
### BEGIN SOLUTION
means, sds = np.linspace(850, 990, 60), np.linspace(130, 230, 50)
surface = np.array([[gaussian_loglik(flow, m, s**2) - best for m in means] for s in sds])
fig, ax = plt.subplots()
lines = ax.contour(means, sds, surface, levels=[-8, -4, -2, -1, -0.5], colors="black", linewidths=1)
ax.clabel(lines)
ax.plot(mu_hat, np.sqrt(sigma_sq_hat), "k*", markersize=12, label="maximum")
ax.set(
    xlabel="mean μ (10⁸ m³ a year)",
    ylabel="standard deviation σ (10⁸ m³ a year)",
    title="Log likelihood of the Nile's flow, relative to its maximum",
)
_ = ax.legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. Are the contours symmetric about $\hat\mu$? About $\hat\sigma$? What does the difference say about too small and too large a $\sigma$?
# 2. How would the map change with four times the data of the same kind?
# 3. From 1899 on the river carried less water: the mean was 1098 before and 850 after. What does the single Gaussian do with this, and what does the likelihood *not* tell you?

# %% [markdown] answer="reading_the_surface" points=5 minutes=10
# **Model answer.** About $\hat\mu$ the contours are symmetric, because $\mu$ enters only through $(\mu - \hat\mu)^2$. About $\hat\sigma$ they are not: the map falls faster towards small
# $\sigma$, since too small a $\sigma$ makes the squared distances count enormously, while too large a one is punished only by the slowly growing logarithm. Four times the data multiply the
# log likelihood by four: every contour keeps its shape and shrinks to about half its width in both directions. The single Gaussian takes the average of two regimes for its mean and
# stretches $\sigma$ to 168 (against 124 to 133 within each regime) to cover both. The map tells which Gaussian is best *among Gaussians*; it cannot tell that the family, or the
# assumption of identical distribution, is wrong.
#
# **Rubric (5 points).** 2: symmetric in $\mu$ and not in $\sigma$ (1), with a reason (1). 1: contours shrink by about half (0.5 for "shrink"). 2: a compromise mean and an inflated $\sigma$ (1); a maximum is relative to the
# family, or i.i.d. fails (1).

# %%
fig, ax = plt.subplots()
ax.plot(years, flow, "k.-", linewidth=0.6, markersize=5, label="flow")
for part, style in ((years < 1899, "--"), (years >= 1899, ":")):
    m, v = gaussian_mle(flow[part])
    ax.hlines(
        m,
        years[part][0],
        years[part][-1],
        linestyles=style,
        linewidth=2.5,
        color="tab:blue",
        label=f"mean {m:.0f}, sd {np.sqrt(v):.0f}",
    )
ax.set(
    xlabel="year",
    ylabel="flow (10⁸ m³ a year)",
    title="One Gaussian was a compromise between two regimes",
)
_ = ax.legend()

# %%
two = sum(gaussian_loglik(flow[part], *gaussian_mle(flow[part])) for part in (years < 1899, years >= 1899))
print(f"log likelihood of one Gaussian {best:.1f}, of one before and one after 1899 {two:.1f}")

# %% [markdown]
# **What to conclude.** Two regimes gain about 29 nats for three more parameters (two, and the year). Is that worth it? Likelihood alone always says yes to more parameters. Week 4's
# BIC asks $\tfrac32 \log 100 = 6.9$ nats for three of them: here even that says yes.

# %% [markdown]
# ---
# # Part 3 · Coins, letters, horses
#
# Three families of counts, and one recipe: write $\ell$, differentiate, solve.
#
# - **Bernoulli**: $\ell(\theta) = \sum_n \left[ x_n \log\theta + (1-x_n)\log(1-\theta) \right]$, which is minus the *binary cross-entropy* that deep-learning libraries minimise. They take the *logit* $z = \log\frac{\theta}{1-\theta}$ instead of
#   $\theta$, so that nothing under- or overflows: that is all the "with logits" in a loss's name says.
# - **Categorical**: $p(x = k) = \theta_k$ with $\sum_k \theta_k = 1$. A constraint needs a Lagrange multiplier. In libraries this is the `NLLLoss` of a classifier.
# - **Poisson**: $p(x) = \lambda^x e^{-\lambda} / x!$, events that come one by one, independently.
#
# **Worked examples.** $(1, 0, 1, 1, 0) \to 0.6$. Categories $(0, 2, 2)$ with $K = 4$ $\to (1/3, 0, 2/3, 0)$. Counts $(0, 1, 4, 1) \to 1.5$.

# %% [markdown]
# **Predict.** After *heads, heads, heads*: what does maximum likelihood say about tails for ever after? And a forecast: 200 reports hold 122 accidents in all. If accidents come one by one, independently, how many of the reports hold three or more?
#
# *My guess:*

# %% question="bernoulli_mle" points=3 minutes=5


# %% check="bernoulli_mle"
def test_worked_example(bernoulli_mle):
    """Three successes of five."""
    value = bernoulli_mle([1, 0, 1, 1, 0])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 0.6) < 1e-9, "the estimate should be 0.6, as in the text"


def test_only_zeros_and_ones(bernoulli_mle):
    """The docstring promises ValueError for other values."""
    try:
        bernoulli_mle([1, 0, 7])
    except ValueError:
        return
    raise AssertionError("a value other than 0 and 1 should raise ValueError")


# %% question="categorical_mle" points=5 minutes=10


# %% check="categorical_mle"
def test_worked_example(categorical_mle):
    """The categories 0, 2, 2 of four."""
    import numpy as np

    value = categorical_mle(np.array([0, 2, 2]), 4)
    assert value is not None, "your function returned None: is there a return statement?"
    value = np.asarray(value)
    assert value.shape == (4,), f"one probability per category: the shape should be (4,), not {value.shape}"
    assert np.allclose(value, [1 / 3, 0, 2 / 3, 0]), (
        "the probabilities should be (1/3, 0, 2/3, 0), as in the text"
    )


# %% question="poisson_mle" points=4 minutes=10


# %% check="poisson_mle"
def test_worked_example(poisson_mle):
    """The counts 0, 1, 4, 1."""
    value = poisson_mle([0, 1, 4, 1])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.5) < 1e-9, f"the rate should be 1.5, as in the text, not {float(value):.4f}"


# %% [markdown]
# ### Killed by a horse
#
# In 1898 Ladislaus von Bortkiewicz published deaths by horse kick in ten corps of the Prussian army over twenty years: 200 reports, one for each corps and year. (The five numbers below
# are his; they are the only data of this notebook that come from no package.) **What to look at:** do the crosses, the fitted Poisson distribution, hit the bars?

# %%
deaths = np.repeat([0, 1, 2, 3, 4], [109, 65, 22, 3, 1])
rate = poisson_mle(deaths)
k = np.arange(6)
expected = deaths.size * np.exp(k * np.log(rate) - rate - special.gammaln(k + 1))
fig, ax = plt.subplots()
ax.bar(k, np.bincount(deaths, minlength=6), color="lightgrey", edgecolor="black", label="reports")
ax.plot(k, expected, "kx", markersize=9, label=f"Poisson, rate {rate:.2f}")
ax.set(
    xlabel="deaths in one corps and year",
    ylabel="number of reports",
    title="Accidents come like a Poisson process",
)
_ = ax.legend()

# %% [markdown]
# **What to conclude.** One number fits five bars: the model expects 4.8 reports with three deaths or more, and 4 came. It says that corps with three deaths were not careless but unlucky. *Extend:* a Poisson
# distribution's variance equals its mean; compare them here.
#
# ### Derive the Bernoulli estimate, and its sharpness
#
# The second derivative says how sharply the likelihood is peaked. Its expectation, with a minus, is the **Fisher information**, which Part 4 needs.

# %% question="derive_bernoulli_mle" points=4 minutes=15


# %% check="derive_bernoulli_mle"
def test_entries(derive_bernoulli_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_bernoulli_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope", "theta_hat", "curvature", "fisher_information"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"theta", "n", "s"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_slope_and_curvature_are_derivatives(derive_bernoulli_mle):
    """The slope is the derivative of your own log likelihood, and the curvature that of your slope."""
    import sympy as sp

    steps = derive_bernoulli_mle()
    values = {"theta": 0.3, "n": 5, "s": 2}
    for of, name in (("log_likelihood", "slope"), ("slope", "curvature")):
        theta = next((s for s in steps[of].free_symbols if s.name == "theta"), sp.Symbol("theta"))
        gap = sp.diff(steps[of], theta) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"{name}" is not the derivative of your "{of}": mind the inner derivative'


def test_estimate_of_the_worked_example(derive_bernoulli_mle):
    """Three successes of five give 0.6."""
    estimate = derive_bernoulli_mle()["theta_hat"]
    values = {"n": 5, "s": 3}
    value = estimate.subs({symbol: values.get(symbol.name, symbol) for symbol in estimate.free_symbols})
    assert abs(float(value) - 0.6) < 1e-9, "theta_hat of the worked example should be 0.6"


# %% [markdown]
# ---
# # Part 4 · Strikes
#
# *How long does a strike last?* Waiting times without memory are exponential, $p(x) = \lambda e^{-\lambda x}$ for $x \ge 0$, with **rate** $\lambda$ and mean $1/\lambda$ (the *scale*). The data are 62 strikes in
# US manufacturing, 1968 to 1976, in days.
#
# **A worked example.** Waits $(1, 2, 3)$ have rate $0.5$.

# %% [markdown]
# **Predict.** If the average strike lasts 43 days, what is the rate, and what share of strikes lasts longer than the average?
#
# *My guess:*

# %% question="exponential_mle" points=4 minutes=8


# %% check="exponential_mle"
def test_worked_example(exponential_mle):
    """The waits 1, 2, 3."""
    value = exponential_mle([1, 2, 3])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 0.5) < 1e-9, "the rate should be 0.5, as in the text: rate, not scale"


def test_negative_waits_are_an_error(exponential_mle):
    """The docstring promises ValueError for a negative waiting time."""
    try:
        exponential_mle([1.0, -2.0])
    except ValueError:
        return
    raise AssertionError("a negative waiting time should raise ValueError")


# %% [markdown]
# ### Derive it, with its standard error

# %% question="derive_exponential_mle" points=4 minutes=12


# %% check="derive_exponential_mle"
def test_entries(derive_exponential_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_exponential_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope", "rate_hat", "curvature_at_hat", "standard_error"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        given = (
            {"n", "s1"} if name in ("rate_hat", "curvature_at_hat", "standard_error") else {"rate", "n", "s1"}
        )
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" should be in {sorted(given)}, but uses {sorted(unknown)}'


def test_rate_of_the_worked_example(derive_exponential_mle):
    """The waits 1, 2, 3 have n = 3, s1 = 6 and rate 0.5."""
    rate = derive_exponential_mle()["rate_hat"]
    value = rate.subs({symbol: {"n": 3, "s1": 6}[symbol.name] for symbol in rate.free_symbols})
    assert abs(float(value) - 0.5) < 1e-9, "rate_hat of the worked example should be 0.5: rate, not scale"


# %% [markdown]
# ### How sharp is an estimate?
#
# The **Fisher information** of one observation is minus the expected curvature, $I(\theta) = -\mathbb E\!\left[\frac{\partial^2}{\partial\theta^2} \log p(x \mid \theta)\right]$. The central limit theorem, applied to the slope of $\ell$, gives the most useful approximation of
# this week: for large $N$
#
# $$\hat\theta \;\approx\; \mathcal N\!\left(\theta,\ \frac{1}{N\, I(\theta)}\right).$$
#
# (The theorem needs a finite variance and the scaling by $\sqrt N$: the sum of anything is *not* normal. De Moivre saw it for coins in 1733, Laplace in general.)
#
# **A worked example.** A fair coin has $I = 4$: with $N = 100$ flips the standard error of $\hat\theta$ is $1/\sqrt{400} = 0.05$.

# %% question="fisher_information" points=6 minutes=15


# %% check="fisher_information"
def test_fair_coin(fisher_information):
    """A fair coin has information 4."""
    value = fisher_information("bernoulli", 0.5)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 4) < 1e-9, "the information of a fair coin should be 4, as in the text"


def test_unknown_family(fisher_information):
    """The docstring promises ValueError for a family that is not known."""
    try:
        fisher_information("binomial?", 0.5)
    except ValueError:
        return
    raise AssertionError("an unknown family should raise ValueError")


# %%
duration = strikes.load_pandas().data["duration"].to_numpy()
strike_rate = exponential_mle(duration)
error = 1 / np.sqrt(duration.size * fisher_information("exponential", strike_rate))
print(f"rate {strike_rate:.4f} +- {error:.4f} a day: the mean strike lasts {1 / strike_rate:.1f} days")
longer = np.mean(duration > 1 / strike_rate)
print(f"longer than the mean: {longer:.2f} of the strikes, exponential {np.exp(-1):.2f}")

rng = np.random.default_rng(3)
repeats = np.array([exponential_mle(x) for x in rng.exponential(1 / strike_rate, (500, duration.size))])
print(f"500 simulated samples: sd of the estimates {repeats.std():.4f}, predicted {error:.4f}")
fig, ax = plt.subplots()
ax.hist(repeats, bins=30, density=True, color="lightgrey", edgecolor="grey", label="estimates, simulated")
grid = np.linspace(repeats.min(), repeats.max(), 60)
ax.plot(
    grid,
    np.exp([gaussian_loglik([value], strike_rate, error**2) for value in grid]),
    "k--",
    label="normal approximation",
)
ax.axvline(strike_rate, color="black", linewidth=0.9, label="true rate")
ax.set(
    xlabel="estimated rate (a day)",
    ylabel="density",
    title="Fisher information foresees the scatter of estimates",
)
_ = ax.legend()

# %% [markdown]
# **What to look at:** centre, width and skew of the bars beside the curve. **What to conclude.** The width agrees within a tenth, from one formula and no simulation. The bars lean to the right a
# little: the estimate is biased upwards by a factor $N/(N-1)$, and the normal curve is an approximation for large $N$. *Extend:* repeat with samples of 5.

# %% [markdown]
# ---
# # Part 5 · When the derivative is no use
#
# A ticket machine numbers its tickets from 0 to an unknown $\theta$; you see a few, all equally probable. $p(x \mid \theta) = 1/\theta$ for $0 \le x \le \theta$ and 0 otherwise.
#
# > **Where the lecture notes go wrong.** They give "derivative equal to zero" as *the* way to a maximum. It is neither sufficient (minima and saddles have it too) nor necessary: this family has no such
# > point. And what they draw as "the probability function" here is the likelihood, as a function of $\theta$.
#
# %% [markdown]
# **Predict.** You saw 3, 8 and 5. Sketch $L(\theta)$ from 0 to 20 on paper. Where is its top, and what is the slope there?
#
# *My guess:*

# %% question="uniform_mle" points=5 minutes=5


# %% check="uniform_mle"
def test_no_other_value_is_more_likely(uniform_mle):
    """Of all theta, none gives the observations 3, 8, 5 a higher likelihood than your estimate."""
    import numpy as np

    x = np.array([3.0, 8.0, 5.0])
    value = uniform_mle(x)
    assert value is not None, "your function returned None: is there a return statement?"

    def likelihood(theta):
        return theta ** -len(x) if (x <= theta).all() else 0.0

    assert likelihood(float(value)) > 0, "under your theta the observations are impossible"
    grid = np.linspace(1, 20, 1901)
    assert likelihood(float(value)) >= max(map(likelihood, grid)) * (1 - 1e-9), (
        "another theta is more likely: sketch the likelihood"
    )


# %% [markdown]
# ### Derive it, in words and formulas
#
# 1. Write the likelihood of $N$ observations, *with* the condition that makes it zero.
# 2. Show where it is largest, and why no derivative is zero there.
# 3. Find the distribution of $\hat\theta$: $p(\hat\theta \le t)$ for $0 \le t \le \theta$. Is $\hat\theta$ biased?

# %% [markdown] answer="uniform_without_derivative" points=8 minutes=20
# **Model answer.** By independence $L(\theta) = \prod_n \frac1\theta \mathbb 1[0 \le x_n \le \theta] = \theta^{-N}\, \mathbb 1[\theta \ge \max_n x_n]$ (all $x_n \ge 0$). Left of $m = \max_n x_n$ it is 0; from $m$ on it is $\theta^{-N}$, with derivative
# $-N\theta^{-N-1} < 0$, so it falls. Hence the largest value is at the left end, $\hat\theta = m$. There the function jumps from 0 to $m^{-N}$: it is not even continuous, so no derivative exists; everywhere else the
# derivative is either identically 0 with $L = 0$ or negative. The maximum sits at the edge of the support.
#
# $\hat\theta \le t$ means that all $x_n \le t$: $p(\hat\theta \le t) = (t/\theta)^N$. The density is $N t^{N-1}/\theta^N$ and $\mathbb E[\hat\theta] = \int_0^\theta N t^N / \theta^N\, dt = \frac{N}{N+1}\theta < \theta$: biased downwards, as it must be, since
# the largest observation can never exceed $\theta$. The error falls like $1/N$, faster than the usual $1/\sqrt N$.
#
# **Rubric (8 points).** 2: likelihood with the indicator (1 without). 3: the maximum at $\max x_n$ (1), because $\theta^{-N}$ falls (1) and is 0 to the left, a jump without derivative (1). 3: distribution function (1.5), expectation or another
# valid argument for the bias (1.5). The last remark is not needed.

# %%
tickets = np.random.default_rng(7).uniform(0, 50, 12)
theta_hat = uniform_mle(tickets)
thetas = np.linspace(30, 90, 400)
fig, ax = plt.subplots()
ax.plot(
    thetas,
    np.where(thetas >= theta_hat, (theta_hat / thetas) ** tickets.size, 0),
    "k-",
    label="likelihood / its maximum",
)
ax.plot(tickets, np.zeros_like(tickets), "k|", markersize=14, label="observations")
ax.axvline(50, linestyle="--", color="tab:blue", label="truth, 50")
ax.axvline(2 * tickets.mean(), linestyle=":", color="tab:red", linewidth=2, label="twice the mean")
ax.set(
    xlabel="θ",
    ylabel="relative likelihood",
    title="The maximum stands at an edge",
    xlim=(20, 90),
)
_ = ax.legend()
print(f"estimate {theta_hat:.2f}, truth 50")

# %% [markdown]
# **What to look at:** the shape of the peak: no flat top. **What to conclude.** The slope never vanishes; the *support* moves with the parameter, and that is where calculus stops. The Fisher information formula does not apply either.

# %% [markdown]
# ---
# # Part 6 · Irises
#
# Sepals have a length *and* a width. The **multivariate normal** density of $x \in \mathbb R^D$ is
#
# $$\mathcal N(x \mid \mu, \Sigma) = \frac{1}{(2\pi)^{D/2}\, |\Sigma|^{1/2}} \exp\!\left(-\tfrac12 (x-\mu)^\top \Sigma^{-1} (x-\mu)\right).$$
#
# With a diagonal $\Sigma$ it is a product of $D$ one-dimensional densities. The estimates are $\hat\mu = \frac1N\sum_n x_n$ and $\hat\Sigma = \frac1N \sum_n (x_n - \hat\mu)(x_n-\hat\mu)^\top$.
#
# > **Where the lecture notes go wrong.** Their normaliser $1/|\sqrt{2\pi\Sigma}|$ is right only if the root is a *matrix* root, then the determinant. For $\Sigma = \begin{pmatrix}2 & .5\\ .5 & 1\end{pmatrix}$ the normaliser is $8.3119$. Roots taken entry by
# > entry give $5.7442$ and $\sqrt{2\pi|\Sigma|}$ gives $3.3160$: both wrong.
#
# **A worked example.** $X = \begin{pmatrix}0 & 0\\ 2 & 4\end{pmatrix}$ has $\hat\mu = (1, 2)$ and $\hat\Sigma = \begin{pmatrix}1 & 2\\ 2 & 4\end{pmatrix}$.

# %% [markdown]
# **Predict.** In $D = 500$ dimensions with variances of 0.01: what is $|\Sigma|$? What does the computer say?
#
# *My guess:*

# %% question="mvn_mle" points=8 minutes=15


# %% check="mvn_mle"
def test_worked_example(mvn_mle):
    """The rows (0, 0) and (2, 4)."""
    import numpy as np

    result = mvn_mle(np.array([[0.0, 0.0], [2.0, 4.0]]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two arrays, mu and Sigma"
    mu, Sigma = np.asarray(result[0]), np.asarray(result[1])
    assert mu.shape == (2,), f"mu should have shape (2,), not {mu.shape}"
    assert Sigma.shape == (2, 2), f"Sigma should have shape (2, 2), not {Sigma.shape}"
    assert np.allclose(mu, [1, 2]), "mu should be (1, 2), as in the text"
    assert np.allclose(Sigma, [[1, 2], [2, 4]]), "Sigma should be ((1, 2), (2, 4)), as in the text"


# %% [markdown]
# ### The log density, stably
#
# The determinant of a $500\times500$ matrix is no number a computer can hold, but its *logarithm* is. Two ways: `np.linalg.slogdet`, or the **Cholesky factor** $\Sigma = L L^\top$ with $L$ lower
# triangular: $\log|\Sigma| = 2\sum_d \log L_{dd}$, and $(x-\mu)^\top\Sigma^{-1}(x-\mu) = \lVert L^{-1}(x-\mu) \rVert^2$, by solving a triangular system instead of inverting.
#
# **A worked example.** At $x = \mu$, with the $\Sigma$ of the box above, the log density is $-\log 8.3119 = -2.117685$.

# %% question="mvn_logpdf" points=12 minutes=25


# %% check="mvn_logpdf"
def test_at_the_mean(mvn_logpdf):
    """At the mean the density is one over the normaliser."""
    import numpy as np

    Sigma = np.array([[2.0, 0.5], [0.5, 1.0]])
    value = mvn_logpdf(np.array([[1.0, -1.0]]), np.array([1.0, -1.0]), Sigma)
    assert value is not None, "your function returned None: is there a return statement?"
    value = np.asarray(value)
    assert value.shape == (1,), f"one number per row: the shape should be (1,), not {value.shape}"
    assert abs(value[0] + 2.117685) < 1e-5, "the log density should be -2.117685, as in the text"


def test_a_covariance_must_be_positive_definite(mvn_logpdf):
    """The docstring promises ValueError for a Sigma that is no covariance."""
    import numpy as np

    try:
        mvn_logpdf(np.zeros((1, 2)), np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))
    except ValueError:
        return
    raise AssertionError("a Sigma that is not positive definite should raise ValueError")


# %%
iris = load_iris()
sepals = iris.data[iris.target == 0, :2]
mu_iris, Sigma_iris = map(np.asarray, mvn_mle(sepals))
full = np.sum(mvn_logpdf(sepals, mu_iris, Sigma_iris))
diagonal = np.sum(mvn_logpdf(sepals, mu_iris, np.diag(np.diag(Sigma_iris))))
print(f"setosa, N = {len(sepals)}: log likelihood {full:.2f}; without covariance {diagonal:.2f}")
print(f"np.linalg.det(0.01 * np.eye(500)) = {np.linalg.det(0.01 * np.eye(500))}")
high = mvn_logpdf(np.zeros((1, 500)), np.zeros(500), 0.01 * np.eye(500))
print(f"log density at the mean in 500 dimensions = {np.asarray(high)[0]:.2f}")

# %% [markdown]
# **What to look at:** which of the two sets of contours follows the cloud.

# %%
a, b = np.meshgrid(np.linspace(4, 6.2, 50), np.linspace(2, 4.8, 50))
points = np.column_stack([a.ravel(), b.ravel()])
fig, ax = plt.subplots(figsize=(6, 4.2))
ax.plot(*sepals.T, "k.", label="setosa")
for Sigma, style, name in (
    (Sigma_iris, "solid", "full"),
    (np.diag(np.diag(Sigma_iris)), "dashed", "diagonal"),
):
    log_density = np.reshape(mvn_logpdf(points, mu_iris, Sigma), a.shape)
    ax.contour(
        a, b, log_density - log_density.max(), levels=[-4.5, -2, -0.5], linestyles=style, colors="tab:blue"
    )
    ax.plot([], [], linestyle=style, color="tab:blue", label=f"{name} covariance")
ax.set(xlabel="sepal length (cm)", ylabel="sepal width (cm)", title="A covariance tilts the ellipses")
_ = ax.legend(loc="upper left")

# %% [markdown]
# **What to conclude.** Long sepals are wide: leaving the covariance out costs about 20 nats on 50 flowers. In 500 dimensions $|\Sigma| = 10^{-1000}$, which the computer takes for 0, while its logarithm is an ordinary number. This
# density is *explicit*: it can be evaluated at any point. *Implicit* models (a GAN) can only be sampled. The mixtures of week 4 are made of these ellipses.

# %% [markdown]
# ---
# # Part 7 · Bits
#
# Give frequent letters short codes. A code made for probabilities $q$ spends $-\log_2 q_k$ bits on letter $k$; data from $p$ then cost the **cross-entropy** $H(p, q) = -\sum_k p_k \log_2 q_k$ bits a letter.
#
# Now the link that holds the course together. The **empirical distribution** puts weight $1/N$ on each observation (a Dirac spike each, if they are continuous), so an expectation over it is an average:
#
# $$-\frac1N \sum_n \log q_\theta(x_n) = H(\hat p, q_\theta) = H(\hat p) + \mathrm{KL}(\hat p \,\|\, q_\theta).$$
#
# $H(\hat p)$ does not depend on $\theta$: **maximum likelihood = minimum cross-entropy = minimum KL divergence from the data to the model.**
#
# > **Where the lecture notes go wrong.** (1) The least cross-entropy is $H(p)$, *not* 0: for $p = (\tfrac12, \tfrac14, \tfrac14)$ it is 1.5 bits (1.0397 nats). (2) For a continuous model $\mathrm{KL}(\hat p \| p_\theta)$ is infinite: there take the divergence from the *true* $p$, of which the
# > average is an estimate.
#
# **A worked example.** Data from $p = (\tfrac12, \tfrac14, \tfrac18, \tfrac18)$ under their own code cost $\tfrac12\cdot 1 + \tfrac14 \cdot 2 + \tfrac18 \cdot 3 + \tfrac18 \cdot 3 = 1.75$ bits. With equally long codes, $q = (\tfrac14, \tfrac14, \tfrac14, \tfrac14)$,
# every letter costs 2.

# %% [markdown]
# **Predict.** With 26 letters, equally long codes need $\log_2 26 = 4.70$ bits. How many does English need, letter by letter? 4.5? 4.2? 3? And what does a code cost that was made from the first 200 letters of a text?
#
# *My guess:*

# %% question="cross_entropy_bits" points=9 minutes=15


# %% check="cross_entropy_bits"
def test_worked_example(cross_entropy_bits):
    """The two examples of the text."""
    p = [0.5, 0.25, 0.125, 0.125]
    value = cross_entropy_bits(p, p)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.75) < 1e-9, (
        f"p with its own code costs 1.75 bits, as in the text, not {float(value):.4f}"
    )
    other = float(cross_entropy_bits(p, [0.25, 0.25, 0.25, 0.25]))
    assert abs(other - 2) < 1e-9, (
        f"with equally long codes it is 2 bits, not {other:.4f}: which of the two is averaged over?"
    )


def test_probabilities_must_sum_to_one(cross_entropy_bits):
    """The docstring promises ValueError for what is no distribution."""
    try:
        cross_entropy_bits([0.5, 0.5], [0.9, 0.9])
    except ValueError:
        return
    raise AssertionError("probabilities that do not sum to 1 should raise ValueError")


# %%
letters = np.array([ord(c) - ord("a") for c in iris.DESCR.lower() if "a" <= c <= "z"])
p_hat = np.asarray(categorical_mle(letters, 26))
start = np.asarray(categorical_mle(letters[:200], 26))
rest = np.asarray(categorical_mle(letters[200:], 26))
print(f"{letters.size} letters of the data set's own description")
print(f"equal codes            {cross_entropy_bits(p_hat, np.full(26, 1 / 26)):.3f} bits a letter")
print(f"its own code           {cross_entropy_bits(p_hat, p_hat):.3f}   <- the least possible, and not 0")
print(f"NLL of the same model  {-np.log2(p_hat[letters]).mean():.3f}   <- the same number")
print(f"the rest under the code of the first 200 letters: {cross_entropy_bits(rest, start)}")
unseen = "".join(chr(ord("a") + k) for k in np.flatnonzero((start == 0) & (rest > 0)))
print(f"letters that came later but not among the first 200: {unseen}")

# %% tags=["playground"]
weights = np.linspace(0.001, 1, 60)
costs = [cross_entropy_bits(rest, (1 - w) * start + w / 26) for w in weights]
fig, ax = plt.subplots()
ax.plot(weights, costs, "k-", label="the rest under the mixed code")
ax.axhline(
    cross_entropy_bits(rest, rest), linestyle="--", color="black", linewidth=0.9, label="its own entropy"
)
ax.set(
    xlabel="weight of the uniform code",
    ylabel="bits a letter",
    title="A little doubt is cheap, none can be infinitely dear",
)
_ = ax.legend()

# %% [markdown]
# **What to look at:** the curve near weight 0, and its smallest value. **What to conclude.** The average negative log likelihood *is* a cross-entropy, and English letters taken one by one cost a little over 4 bits. Maximum likelihood on 200 letters called letters impossible that then came: the price is
# infinite. Mixing in a little of the uniform code, a cheap prior, repairs it. Week 1's Dirichlet did the same with a better conscience.

# %% [markdown]
# ---
# # What to remember
#
# - **Likelihood**: the data's density, read as a function of the parameters. Work with its logarithm, a sum.
# - Write $\ell$, differentiate, solve; then check that it *is* a maximum. At an edge no derivative helps: look at the support.
# - The Gaussian's variance divides by $N$ and is biased. Centre before you square.
# - Curvature is certainty: standard error $\approx 1/\sqrt{N I(\theta)}$.
# - Log determinants and triangular solves, never determinants and inverses.
# - Maximum likelihood = minimum cross-entropy = minimum $\mathrm{KL}(\text{data} \,\|\, \text{model})$; its floor is the entropy of the data.
# - It is best *within the family*, and it calls impossible whatever it has not seen.
#
# Next week we need averages over distributions that no formula can give: sampling.
#
# **Ungraded, if you want more.** Fit a *Laplace* distribution, $p(x) = \frac{1}{2b} e^{-|x-m|/b}$, to the Nile. Show that $\hat m$ is a median (here the derivative is no use again) and $\hat b$ the mean absolute deviation. Which family is more likely? And is the year 1899 the best
# place to split the series? Plot the log likelihood of the two-regime model against the year of the change.
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
