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
# # Week 4 · Gaussian mixtures and EM
#
# A cellar in Italy holds 178 bottles without labels. A chemist has measured each. *How many kinds of wine are there, and
# which bottle is which?* Nobody tells us the kinds: they are **hidden**. If we knew which bottle is of which kind, we would fit one
# normal distribution to each. If we knew the distributions, we could say which bottle is of which kind. We know neither. The
# **EM algorithm** goes back and forth between these two easy problems, and each round makes the data more probable.
#
# **After this week you can**
#
# 1. explain EM as raising a lower bound of the log-likelihood, with numbers: $L = Q + H$;
# 2. implement the E-step and the M-step of a Gaussian mixture so that far points, empty components and equal points do no harm;
# 3. start EM well, recognise a local maximum, and choose the number of components by BIC;
# 4. draw new data from the mixture and find points that do not belong.
#
# **Time and points.** About three and a half hours, 100 points: 70 for code, 20 for derivations (10 symbolic, 10 written), 10 for one
# plot and its interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 Two coins | `coin_em` | 7 | 20 |
# |  | derivation in words: why EM climbs | 10 | 25 |
# | 2 Densities | `log_gaussians` | 8 | 20 |
# | 3 Who made this point? | `e_step` | 9 | 20 |
# | 4 What is best for these shares? | `m_step`, derivation `derive_m_step_1d` | 9 + 10 | 45 |
# | 5 Climbing | `fit`, `kmeans_plus_plus`, `fit_restarts` | 8 + 7 + 5 | 40 |
# |  | plot and interpretation | 5 + 5 | 25 |
# | 6 How many kinds? | `n_parameters`, `bic` | 4 + 3 | 10 |
# | 7 New points, strange points | `sample`, `anomaly_scores` | 5 + 5 | 20 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Predict** before you compute: double-click the cell and write your guess into it. Nobody grades it, but a guess on
#   paper is the only one that can surprise you.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
#   After grading you read which of them failed and why. A later question is judged *given* your earlier functions where these
#   are partly right, so one mistake is paid for once. The names of components never matter: any order is right.
# - **What counts**: each hidden test has a share of its question's points, so a partly right function earns part of
#   them. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing, one cell 20 seconds. A question that runs for ever costs only its own points.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $n$ counts the $N$ points $x_n \in \mathbb R^D$, $k$ the $K$ components; $z_n$ is the hidden component of point $n$; $w_k$, $\mu_k$, $\Sigma_k$ are a
# component's weight, mean and *covariance*; $r_{nk} = p(z_n = k \mid x_n)$ is its **responsibility**; $N_k = \sum_n r_{nk}$; $\log$ is natural.

# %%
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits, load_sample_image, load_wine

plt.rcParams.update({"figure.figsize": (7, 4), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · Two coins
#
# Somebody has two coins. Five times they picked one of the two (each with probability $\tfrac12$) and flipped it ten times. They wrote down the
# heads, 5, 9, 8, 4, 7, but not the coin. What are the coins' probabilities of heads, $\theta_1$ and $\theta_2$?
#
# Start from a guess and repeat:
#
# - **E-step**: how probable is each coin for each set? $r_{mk} \propto \tfrac12\, \theta_k^{h_m} (1-\theta_k)^{f_m - h_m}$, normalised over the two coins.
# - **M-step**: share every set's flips among the coins: $\theta_k = \sum_m r_{mk} h_m \,/\, \sum_m r_{mk} f_m$.
#
# **Predict.** Start at $\theta = (0.6, 0.5)$: which coin will answer for the set with nine heads, and which way will each $\theta_k$ move in the end? What happens from $\theta = (0.5, 0.5)$?
#
# *My guess:*

# %% [markdown]
# **A worked example.** At $\theta = (0.6, 0.5)$ the log-likelihood of the five sets is $-33.0939$, and one iteration gives
# $\theta = (0.7130, 0.5813)$.

# %% question="coin_em" points=7 minutes=20


# %% check="coin_em"
def test_worked_example(coin_em):
    """The five sets of the text, from (0.6, 0.5), one iteration."""
    import numpy as np

    result = coin_em(np.array([5, 9, 8, 4, 7]), 10, np.array([0.6, 0.5]), 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, theta and the history"
    theta, history = np.asarray(result[0]), np.asarray(result[1])
    assert theta.shape == (2,), f"one probability per coin: theta should have shape (2,), not {theta.shape}"
    assert history.shape == (1,), (
        f"one log-likelihood per iteration: expected shape (1,), not {history.shape}"
    )
    assert abs(history[0] + 33.0939) < 1e-3, (
        "the log-likelihood before the first update should be -33.0939, as in the text"
    )
    assert np.allclose(theta, [0.7130, 0.5813], atol=1e-4), (
        "after one iteration theta should be (0.7130, 0.5813), as in the text"
    )


def test_history_rises(coin_em):
    """The log-likelihood never falls."""
    import numpy as np

    _, history = coin_em(np.array([5, 9, 8, 4, 7]), 10, np.array([0.6, 0.5]), 10)
    assert np.all(np.diff(history) >= -1e-9), (
        "EM never lowers the log-likelihood: look at the order of your steps"
    )


# %%
heads = np.array([5, 9, 8, 4, 7])
theta, history = coin_em(heads, 10, np.array([0.6, 0.5]), 20)
print(f"theta = {np.round(theta, 4)}, log-likelihood {history[0]:.4f} -> {history[-1]:.4f}")
print("the known answer of this example: theta = [0.7968 0.5196]")
print("from (0.5, 0.5):", np.round(coin_em(heads, 10, np.array([0.5, 0.5]), 20)[0], 4))

# %% [markdown]
# **What to conclude.** The coins part: the first ends near 0.8 and takes the sets with 9 and 8 heads, the second stays fair. Two *equal* coins stay equal, because every responsibility is one half for ever. Symmetry is a trap, so EM must start from
# different components.
#
# ### Why does it climb?
#
# Take any responsibilities $r$ (rows that sum to 1) and let
#
# $$Q(\theta) = \sum_{m,k} r_{mk} \log p(x_m, z_m = k \mid \theta), \qquad H = -\sum_{m,k} r_{mk} \log r_{mk}, \qquad L(\theta) = \sum_m \log p(x_m \mid \theta).$$
#
# For the five sets and $\theta = (0.6, 0.5)$, with $r$ from the E-step at this $\theta$, these are numbers you can compute:

# %%
start = np.array([0.6, 0.5])
log_joint = np.log(0.5) + heads[:, None] * np.log(start) + (10 - heads[:, None]) * np.log(1 - start)
r = np.exp(log_joint - special.logsumexp(log_joint, axis=1, keepdims=True))
Q, H, L = (r * log_joint).sum(), -(r * np.log(r)).sum(), special.logsumexp(log_joint, axis=1).sum()
print(f"Q = {Q:.4f}    H = {H:.4f}    Q + H = {Q + H:.4f}    L = {L:.4f}")

# %% [markdown]
# > **Where the lecture notes go wrong.** They say that $Q$ *equals* the likelihood at the current parameters and call Jensen's relation an equality. It is
# > $Q + H$ that touches $L$ there ($-36.1529 + 3.0591 = -33.0939$); elsewhere $Q + H$ lies *below* $L$. And EM does not always increase the likelihood: it never decreases it.
#
# **What to look at** in the picture: along $\theta_1$, where the two curves touch, and where the lower one has its top.

# %%
grid = np.linspace(0.4, 0.95, 80)
candidates = np.stack([grid, np.full(80, 0.5)])  # theta_2 stays at 0.5
log_joints = (
    np.log(0.5)
    + heads[:, None, None] * np.log(candidates)
    + (10 - heads)[:, None, None] * np.log(1 - candidates)
)
bound = (r[:, :, None] * log_joints).sum(axis=(0, 1)) + H
fig, ax = plt.subplots()
ax.plot(grid, special.logsumexp(log_joints, axis=1).sum(axis=0), "k-", label="log-likelihood L")
ax.plot(grid, bound, "--", label="lower bound Q + H")
ax.plot(0.6, L, "ko", label="they touch at the current parameters")
ax.plot(grid[bound.argmax()], bound.max(), "k^", label="the M-step goes to the bound's top")
ax.set(
    xlabel="θ₁",
    ylabel="nats",
    title="One EM step: raise a bound, and the likelihood must follow",
    ylim=(-39, -31),
)
_ = ax.legend(loc="lower center")

# %% [markdown]
# **What to conclude.** Nobody maximised $L$: the bound's top is easy to find, and at that place $L$ is higher still. The next E-step draws a new bound, which touches there.
#
# ### Derive it, in words and formulas
#
# About ten lines.
#
# 1. Show with Jensen's inequality that $Q(\theta) + H \le L(\theta)$ for *any* $r$ and any $\theta$.
# 2. Show that equality holds when $r_{mk} = p(z_m = k \mid x_m, \theta)$.
# 3. Conclude that one E-step and one M-step never lower $L$. Where in the argument does it matter that $H$ does not depend on $\theta$?

# %% [markdown] answer="lower_bound" points=10 minutes=25
# **Model answer.** (1) For one set, $\log p(x_m \mid \theta) = \log \sum_k r_{mk} \frac{p(x_m, z_m = k \mid \theta)}{r_{mk}} \ge \sum_k r_{mk} \log \frac{p(x_m, z_m = k \mid \theta)}{r_{mk}}$,
# because the logarithm is concave and the $r_{mk}$ are weights that sum to 1 (terms with $r_{mk} = 0$ are left out). Summed over $m$ the right-hand side is $Q(\theta) + H$.
#
# (2) With $r_{mk} = p(z_m = k \mid x_m, \theta)$ the fraction is $p(x_m, k \mid \theta) / p(k \mid x_m, \theta) = p(x_m \mid \theta)$, which is the same for all $k$; the mean of the logarithm of a
# constant is the logarithm of the constant, so both sides agree. (Equivalently, the gap is $\sum_m \mathrm{KL}(r_m \,\|\, p(z_m \mid x_m, \theta))$, which is 0 there.)
#
# (3) Let $\theta$ be the old and $\theta'$ the new parameters, $r$ from the E-step at $\theta$. Then
# $L(\theta') \ge Q(\theta') + H \ge Q(\theta) + H = L(\theta)$: first by (1), then because the M-step maximises $Q$ while the same $H$ stands on both sides (it depends on
# $r$ only), last by (2). So it is enough to maximise $Q$.
#
# **Rubric (10 points).** 4: Jensen's inequality in the right direction with $r$ as weights, leading to $Q + H$ (2 if the entropy term is lost). 3: equality at the
# posterior, by the constant ratio or by KL = 0. 3: the chain of three relations (2), and that $H$ is constant in the M-step (1). "Increases" instead of "does not
# decrease" costs 1.

# %% [markdown]
# ---
# # Part 2 · Densities
#
# A **Gaussian mixture** makes a point in two steps: pick a component $k$ with probability $w_k$, then draw $x \sim \mathcal N(\mu_k, \Sigma_k)$. So
# $p(x) = \sum_k w_k\, \mathcal N(x \mid \mu_k, \Sigma_k)$ with
#
# $$\log \mathcal N(x \mid \mu, \Sigma) = -\tfrac12\Big[ D \log 2\pi + \log|\Sigma| + (x-\mu)^\top \Sigma^{-1} (x-\mu) \Big].$$
#
# One normal density has a single peak (it is *unimodal*); a mixture may have several (*multimodal*). That is why it can describe data that come in clumps.
#
# With the Cholesky factor $\Sigma = L L^\top$ the last term is $\lVert L^{-1}(x-\mu)\rVert^2$ and $\log|\Sigma| = 2\sum_i \log L_{ii}$. No inverse, no determinant that could underflow.
#
# **A worked example.** In two dimensions, at the mean of a normal distribution with $\Sigma = I$, the log density is $-\log 2\pi = -1.837877$; at $(3, 4)$ from the mean it is 12.5 lower. With $\Sigma = 4I$ the first becomes
# $\log 4 = 1.386294$ lower, because $\tfrac12\log|\Sigma| = \log 4$.

# %% [markdown]
# **Predict.** In one dimension, how many standard deviations from the mean does the *density* become 0 on a computer, whose smallest positive number is about $5 \cdot 10^{-324} = e^{-744.4}$?
#
# *My guess:*

# %% question="log_gaussians" points=8 minutes=20


# %% check="log_gaussians"
def test_worked_example(log_gaussians):
    """The standard normal distribution in two dimensions, at the mean and at (3, 4)."""
    import numpy as np

    covs = np.array([np.eye(2), 4 * np.eye(2)])
    result = log_gaussians(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros((2, 2)), covs)
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 2), (
        f"two points, two components: the shape should be (2, 2), not {result.shape}"
    )
    assert abs(result[0, 0] + 1.837877) < 1e-5, (
        "at the mean the log density should be -1.837877, as in the text"
    )
    assert abs(result[0, 0] - result[1, 0] - 12.5) < 1e-8, "at (3, 4) it should be 12.5 lower, as in the text"
    drop = result[0, 0] - result[0, 1]
    assert abs(drop - np.log(4)) < 1e-8, (
        f"with 4 I for Sigma it should be 1.386294 lower at the mean, as in the text, not {drop:.6f}"
    )


def test_rows_are_points(log_gaussians):
    """One row a point, one column a component."""
    import numpy as np

    result = np.asarray(log_gaussians(np.zeros((5, 3)), np.zeros((2, 3)), np.stack([np.eye(3)] * 2)))
    assert result.shape == (5, 2), f"5 points and 2 components: expected shape (5, 2), not {result.shape}"


def test_arguments_are_not_edited(log_gaussians):
    """The points that were handed in stay as they were."""
    import numpy as np

    X = np.array([[1.0, 2.0]])
    log_gaussians(X, np.ones((1, 2)), np.eye(2)[None])
    assert X.tolist() == [[1.0, 2.0]], "your function changed X; make a new array instead"


# %% [markdown]
# ---
# # Part 3 · Who made this point?
#
# The parameters of a mixture travel together:

# %% given="GMMParams"

# %% [markdown]
# The **E-step** is Bayes' theorem for each point, with the weights as the prior:
#
# $$r_{nk} = \frac{w_k\, \mathcal N(x_n \mid \mu_k, \Sigma_k)}{\sum_j w_j\, \mathcal N(x_n \mid \mu_j, \Sigma_j)}, \qquad L = \sum_n \log \sum_j w_j\, \mathcal N(x_n \mid \mu_j, \Sigma_j).$$
#
# > **Where the lecture notes go wrong.** Their code multiplies densities. For a point 40 standard deviations away all of them are 0 and the responsibilities $0/0$, NaN. Their remedy, adding
# > $10^{-10}$ before the logarithm, reports a log-likelihood of $-23.03$ for such a point whatever the truth is. Stay in log space instead: subtract `special.logsumexp`.
#
# **A worked example.** Two components with equal weights and $\Sigma = 1$ sit at 0 and 1. A point at $x = 1.5$ has log odds $\tfrac12(1.5^2 - 0.5^2) = 1$ for the second: responsibilities $0.268941$ and $0.731059$.

# %% [markdown]
# **Predict.** Who of the two is responsible for a point at 0.5? For one at 200? And who would be, if the second component had *standard deviation 2*: for points far to the right, and far to the *left*?
#
# *My guess:*

# %% question="e_step" points=9 minutes=20


# %% check="e_step"
def test_worked_example(e_step, GMMParams):
    """Two components at 0 and 1, one point at 1.5."""
    import numpy as np

    params = GMMParams(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
    result = e_step(np.array([[1.5]]), params)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the responsibilities and the log-likelihood"
    r = np.asarray(result[0])
    assert r.shape == (1, 2), f"one point, two components: the shape should be (1, 2), not {r.shape}"
    assert abs(r.sum() - 1) < 1e-9, "each point's responsibilities should sum to 1"
    assert np.allclose(r, [[0.268941, 0.731059]], atol=1e-6), (
        f"they should be 0.268941 and 0.731059, as in the text, not {r.round(6)}"
    )
    assert np.ndim(result[1]) == 0, "the log-likelihood is one number, summed over the points"


def test_rows_sum_to_one(e_step, GMMParams):
    """Each point shares itself among the components."""
    import numpy as np

    params = GMMParams(np.array([0.2, 0.8]), np.array([[0.0, 0.0], [2.0, 1.0]]), np.stack([np.eye(2)] * 2))
    r = np.asarray(e_step(np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0]]), params)[0])
    assert r.shape == (3, 2), f"three points, two components: the shape should be (3, 2), not {r.shape}"
    assert np.allclose(r.sum(axis=1), 1), "every row should sum to 1: normalise over the components"


def test_half_way_the_weights_decide(e_step, GMMParams):
    """Half-way between two equally wide components the responsibilities are the weights."""
    import numpy as np

    params = GMMParams(np.array([0.2, 0.8]), np.array([[0.0, 0.0], [2.0, 1.0]]), np.stack([np.eye(2)] * 2))
    r = np.asarray(e_step(np.array([[1.0, 0.5]]), params)[0])
    assert np.allclose(r, [[0.2, 0.8]]), (
        f"half-way only the weights, 0.2 and 0.8, should decide, not {r.round(3)}"
    )


# %%
pair = GMMParams(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
places = np.array([[0.5], [1.5], [38.0], [40.0], [200.0]])
by_logs = np.asarray(e_step(places, pair)[0])[:, 1]
densities = np.exp(log_gaussians(places, pair.means, pair.covs))
with np.errstate(invalid="ignore"):
    by_densities = densities[:, 1] / densities.sum(axis=1)
print("    x   second component's share: by logarithms   by densities")
for (x,), share, naive in zip(places, by_logs, by_densities):
    print(f"{x:5}   {share:37.6f}   {naive:12.6f}")

# %% [markdown]
# **What to look at:** the shares along the line, for two components of equal width and of unequal width.

# %%
line = np.linspace(-8, 8, 161)
wide = pair._replace(covs=np.array([[[1.0]], [[4.0]]]))
fig, ax = plt.subplots()
for mixture, style, name in ((pair, "-", "both have sd 1"), (wide, "--", "it has sd 2, the other 1")):
    shares = np.asarray(e_step(line[:, None], mixture)[0])[:, 1]
    ax.plot(line, shares, style, label=f"component at 1; {name}")
ax.set(xlabel="x", ylabel="responsibility", title="Who made the point at x?")
_ = ax.legend()

# %% [markdown]
# **What to conclude.** Densities end at 38.6 standard deviations, since $38.6^2/2 = 744.4$; logarithms do not end. With equal widths the share is a *logistic* curve in $x$, which week 5 meets again as a classifier. With unequal widths the wider
# component takes both ends, also the points on the far side of its neighbour: nearest mean and most responsible component are not the same.

# %% [markdown]
# ---
# # Part 4 · What is best for these shares?
#
# With the responsibilities fixed the **M-step** maximises $Q$, and each component is fitted as if it owned the share $r_{nk}$ of point $n$:
#
# $$N_k = \sum_n r_{nk}, \qquad w_k = \frac{N_k}{N}, \qquad \mu_k = \frac1{N_k}\sum_n r_{nk}\, x_n, \qquad \Sigma_k = \frac1{N_k}\sum_n r_{nk} (x_n - \mu_k)(x_n - \mu_k)^\top + \texttt{reg}\cdot I.$$
#
# `reg` keeps a component that has collapsed on a single point (or on several equal ones) from a singular $\Sigma_k$ and an infinite likelihood. And a component may die out: $N_k = 0$. The docstring says what it gets.
#
# **Predict.** Points 0, 2, 4; the first belongs to component 1, the last to component 2, and the middle one to each by half. Where are the two means: at 1 and 3, or elsewhere?
#
# *My guess:*

# %% [markdown]
# **A worked example.** Points 0, 2, 4 with responsibilities $(1, 0), (\tfrac12, \tfrac12), (0, 1)$: $N_1 = 1.5$, $w_1 = \tfrac12$, $\mu_1 = \tfrac{1}{1.5} = \tfrac23$, and $\Sigma_1 = \tfrac{(2/3)^2 + \frac12 (4/3)^2}{1.5} = \tfrac89$.
# The shared point counts as half a point for each: it pulls the means to $\tfrac23$ and $\tfrac{10}3$, less far than a point of their own would (to 1 and 3).

# %% question="m_step" points=9 minutes=20


# %% check="m_step"
def test_worked_example(m_step):
    """Points 0, 2, 4, the middle one shared by halves."""
    import numpy as np

    X, r = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    result = m_step(X, r)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 3, "return GMMParams(weights, means, covs)"
    weights, means, covs = map(np.asarray, result)
    assert weights.shape == (2,), f"weights should have shape (2,), not {weights.shape}"
    assert means.shape == (2, 1), f"means should have shape (2, 1), not {means.shape}"
    assert covs.shape == (2, 1, 1), f"covs should have shape (2, 1, 1), not {covs.shape}"
    assert np.allclose(weights, 0.5), "both weights should be 1/2, as in the text"
    assert np.allclose(means[0], 2 / 3), "the first mean should be 2/3, as in the text"
    assert np.allclose(covs[0], 8 / 9), "the first variance should be 8/9, as in the text"


def test_regulariser(m_step):
    """reg is added to the diagonal."""
    import numpy as np

    covs = np.asarray(m_step(np.zeros((4, 2)), np.ones((4, 1)), 0.5)[2])
    assert np.allclose(covs, [[[0.5, 0], [0, 0.5]]]), (
        "four equal points and reg = 0.5 should give 0.5 times I"
    )


# %% [markdown]
# ### Derive it, step by step
#
# In one dimension everything the data say about component $k$ is in three sums: $n_k = \sum_n r_{nk}$, $s_1 = \sum_n r_{nk} x_n$ and $s_2 = \sum_n r_{nk} x_n^2$. Enter the six steps as SymPy
# expressions; the docstring names the symbols. Any equivalent form is right, and each step is graded on its own: `sp.diff` and `sp.solve` are allowed, but do it on paper first. For the
# weights use a Lagrange multiplier for $\sum_k w_k = 1$.

# %% question="derive_m_step_1d" points=10 minutes=25


# %% check="derive_m_step_1d"
def test_entries(derive_m_step_1d):
    """All six steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_m_step_1d()
    given = {"mu", "v", "w", "n", "n_k", "s1", "s2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("Q", "slope_mu", "mu", "slope_v", "v", "w"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_slopes_are_derivatives(derive_m_step_1d):
    """Both slopes are derivatives of your own Q."""
    import sympy as sp

    steps = derive_m_step_1d()
    values = {"mu": 0.3, "v": 0.7, "w": 0.4, "n": 9, "n_k": 5, "s1": 4, "s2": 9}
    for by in ("mu", "v"):
        symbol = next((s for s in steps["Q"].free_symbols if s.name == by), sp.Symbol(by))
        gap = sp.diff(steps["Q"], symbol) - steps[f"slope_{by}"]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"slope_{by}" is not the derivative of your "Q" with respect to {by}'


def test_worked_example(derive_m_step_1d):
    """The points 0, 2, 4 of the text: n_k = 1.5, s1 = 1, s2 = 2 give the mean 2/3 and the variance 8/9."""
    steps = derive_m_step_1d()
    values = {"n": 3, "n_k": 1.5, "s1": 1, "s2": 2}
    for name, expected in (("mu", 2 / 3), ("v", 8 / 9)):
        expression = steps[name]
        value = expression.subs(
            {symbol: values.get(symbol.name, symbol) for symbol in expression.free_symbols}
        )
        assert not value.free_symbols, f'"{name}" should be in n_k, s1 and s2 only'
        assert abs(float(value) - expected) < 1e-9, f'"{name}" is not that of the worked example'


# %% [markdown]
# ---
# # Part 5 · Climbing
#
# Put the two steps in a loop. Each iteration records the log-likelihood *before* its update, so the first entry of the history is that of the start. The loop ends when the
# log-likelihood changes by less than `tol` (an absolute number).
#
# **A worked example.** With one component the first M-step is already the answer, the second finds nothing to improve, and the third log-likelihood equals the second: three iterations.

# %% [markdown]
# **Predict.** The log-likelihood never falls. Does that mean that two runs from different starts end at the same value?
#
# *My guess:*

# %% question="fit" points=8 minutes=15


# %% check="fit"
def test_one_component(fit, GMMParams):
    """One component is fitted by one update; the loop notices at the third log-likelihood."""
    import numpy as np

    X = np.array([[0.0], [1.0], [5.0]])
    result = fit(X, GMMParams(np.ones(1), np.array([[9.0]]), np.ones((1, 1, 1))))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the history"
    history = np.asarray(result[1])
    assert history.shape == (3,), (
        f"the history should have three entries, as in the text, not {history.shape}"
    )
    assert np.allclose(result[0][1], 2.0), "the mean should be that of the three points"


def test_history_rises(fit, GMMParams):
    """The log-likelihood never falls."""
    import numpy as np

    X = np.array([[0.0], [0.5], [1.0], [5.0], [5.5], [7.0]])
    start = GMMParams(np.array([0.5, 0.5]), np.array([[1.0], [2.0]]), np.ones((2, 1, 1)))
    history = np.asarray(fit(X, start, max_iter=10)[1])
    assert np.all(np.diff(history) >= -1e-6), (
        "EM never lowers the log-likelihood: look at the order of your steps"
    )


# %% [markdown]
# ### Where to start
#
# EM climbs to *a* maximum, usually one near its start, so the start decides. A good start has means far apart but not only in the outliers: **k-means++** draws the first mean uniformly among the points, and each further
# one with probability proportional to the squared distance to the nearest mean chosen so far. (It was invented for K-means, which is what remains of EM if all weights are equal and all $\Sigma_k = \epsilon I$ with $\epsilon \to 0$. *Extend:* call
# `e_step` with smaller and smaller $\epsilon$ and watch the responsibilities become 0 or 1.)
#
# **A worked example.** Points 0, 1, 3 with 0 chosen first: the squared distances are 0, 1, 9, so the next is 1 with probability 0.1 and 3 with probability 0.9.

# %% question="kmeans_plus_plus" points=7 minutes=15


# %% check="kmeans_plus_plus"
def test_rows_of_the_data(kmeans_plus_plus):
    """As many different rows of X as were asked for."""
    import numpy as np

    X = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    means = kmeans_plus_plus(np.random.default_rng(0), X, 4)
    assert means is not None, "your function returned None: is there a return statement?"
    means = np.asarray(means)
    assert means.shape == (4, 2), f"the shape should be (4, 2), not {means.shape}"
    assert sorted(means.tolist()) == sorted(X.tolist()), "with K = N every point should be chosen once"


def test_the_far_point_is_likely(kmeans_plus_plus):
    """The far point should nearly always be among two means."""
    import numpy as np

    X = np.array([[0.0], [0.01], [1000.0]])
    rng = np.random.default_rng(1)
    far = sum(1000.0 in np.asarray(kmeans_plus_plus(rng, X, 2)).ravel() for _ in range(30))
    assert far == 30, (
        "a point 1000 away is missing from the means: are the probabilities the squared distances?"
    )


# %% question="fit_restarts" points=5 minutes=10


# %% check="fit_restarts"
def test_two_blobs(fit_restarts):
    """Two far blobs are found, and the log-likelihood is one number."""
    import numpy as np

    X = np.array([[0.0], [0.3], [0.1], [9.0], [9.2], [9.4]])
    result = fit_restarts(np.random.default_rng(0), X, 2, 3)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the log-likelihood"
    assert np.ndim(result[1]) == 0, "the log-likelihood is one number"
    means = np.sort(np.ravel(result[0][1]))
    assert means.shape == (2,), "two components in one dimension have two means"
    assert np.allclose(means, [0.1333, 9.2], atol=0.02), "the means should be those of the two blobs"


# %% [markdown]
# ### The cellar
#
# Now the bottles. We keep two of the chemist's thirteen numbers, alcohol and flavanoids, each shifted and scaled to mean 0 and standard deviation 1. The labels exist (the bottles come from three cultivars)
# but we look at them only at the end.
#
# **Predict.** Of six single runs, each from a random start, how many end at the same log-likelihood? How many of the 178 bottles will be in the right place?
#
# *My guess:*

# %%
wine = load_wine()
measured = wine.data[:, [0, 6]]
X = (measured - measured.mean(axis=0)) / measured.std(axis=0)
reg = 1e-2

single_runs = [fit_restarts(np.random.default_rng(seed), X, 3, 1, reg) for seed in range(6)]
print("log-likelihoods of six single starts:", np.round([end for _, end in single_runs], 2))
params, log_likelihood = max(single_runs, key=lambda run: run[1])

# %%
components = np.asarray(e_step(X, params)[0]).argmax(axis=1)
table = np.array([[np.sum((components == k) & (wine.target == c)) for c in range(3)] for k in range(3)])
print("rows: component, columns: true cultivar\n", table)
print(f"bottles in the right place: {table.max(axis=1).sum()} of {len(X)}")

# %% [markdown]
# **What to conclude.** One run of EM is a lottery ticket; the best of several is a result. Nobody told EM about cultivars, and nine bottles in ten are where they belong. A component is a region of similar bottles, and a cultivar need not be normal: the two ideas agree here because the chemistry
# does. The order of the components means nothing: another seed lists them otherwise.
#
# ### Plot it
#
# Make **one figure with two panels**. *Left*: the bottles, and for each of the three components an ellipse at two standard deviations (points $\mu_k + 2 L_k u$ for $u$ on the unit circle, $\Sigma_k = L_k L_k^\top$); tell the components apart
# without colour alone (markers or line styles), and label the axes. *Right*: the history of `fit` from **two** starts of your choice, log-likelihood against iteration, at least one of which ends lower than the other.

# %% plot="ellipses_and_history" points=5 minutes=15
### BEGIN SOLUTION
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2))
circle = np.stack([np.cos(np.linspace(0, 2 * np.pi, 100)), np.sin(np.linspace(0, 2 * np.pi, 100))])
for k, (marker, style) in enumerate(zip("osx", ("-", "--", ":"))):
    own = components == k
    left.plot(X[own, 0], X[own, 1], marker, markersize=4, alpha=0.6, color=f"C{k}", label=f"component {k}")
    ellipse = np.asarray(params.means)[k][:, None] + 2 * np.linalg.cholesky(params.covs[k]) @ circle
    left.plot(*ellipse, linestyle=style, color=f"C{k}")
left.set(
    xlabel="alcohol (standardised)", ylabel="flavanoids (standardised)", title="Three components at two sd"
)
left.legend()
covariances = np.array([np.eye(2)] * 3)
for name, style, rows in (("apart", "-", [0, 60, 140]), ("together", "--", [0, 10, 20])):
    _, history = fit(X, GMMParams(np.full(3, 1 / 3), X[rows], covariances), reg=reg)
    right.plot(history, style, label=f"means start {name}: ends at {history[-1]:.1f}")
right.set(xlabel="iteration", ylabel="log-likelihood", title="Two starts, two ends")
_ = right.legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. How does the history rise, and what can you *not* conclude when it has become flat?
# 2. Do your two starts end in the same place? What does that say about a single run of EM?
# 3. Which bottles have responsibilities far from 0 and 1, and where are they in the left panel?

# %% [markdown] answer="reading_the_mixture" points=5 minutes=10
# **Model answer.** The log-likelihood rises fast in the first iterations, then slowly, sometimes with a plateau before a second rise, and never falls. When it is flat the parameters hardly change, which says that we are
# near *a* stationary point (or on a plateau), not that it is the best one. The two starts end at different values: the lower is a local maximum, so a single run proves nothing, and one should
# keep the best of several. The uncertain bottles lie where two ellipses overlap or outside of all: there two components explain them about equally well.
#
# **Rubric (5 points).** 1: fast, then slow, never down. 1: flat means stationary, not optimal. 1: two ends, so restarts. 2: uncertainty at the overlap, with the reason (comparable weighted densities; 1 for the place alone).

# %% [markdown]
# ---
# # Part 6 · How many kinds?
#
# More components always fit the *same* data at least as well, so the likelihood cannot choose $K$. The **Bayesian information criterion** charges for every free parameter:
# $\mathrm{BIC} = -2 L + p \log N$, lower is better. Count $p$ first: weights that sum to 1, means, and covariances.
#
# | form | one component's covariance |
# |---|---|
# | full | any symmetric matrix |
# | diag | a variance for each dimension |
# | spherical | one variance |
# | tied | one full matrix, shared by all components |
#
# The full form is dear in high dimensions: $D(D+1)/2$ numbers a component, 307,720 for images of 784 pixels. There one takes a simpler form, or reduces the dimension first.
#
# > **Where the lecture notes are silent.** They count 14 for $K = 3$, $D = 2$, with a standard deviation for each dimension, and that is right for "diag". A Gaussian mixture usually has full *covariances*: 17.
#
# **A worked example.** $K = 3$, $D = 2$, "full": 2 free weights, 6 coordinates of means, $3 \cdot 3$ numbers in covariances, 17 in all.

# %% [markdown]
# **Predict.** Will BIC find the three cultivars? By how much does the log-likelihood have to rise for a fourth component, 6 parameters, to pay with $N = 178$?
#
# *My guess:*

# %% question="n_parameters" points=4 minutes=5


# %% check="n_parameters"
def test_lecture_example(n_parameters):
    """Three components in two dimensions have 14 parameters (diag) or 17 (full)."""
    assert n_parameters(3, 2, "diag") == 14, "K = 3, D = 2 with diagonal covariances should give 14"
    assert n_parameters(3, 2, "full") == 17, "K = 3, D = 2 with full covariances should give 17"


# %% question="bic" points=3 minutes=5


# %% check="bic"
def test_worked_example(bic):
    """L = -100, 5 parameters, 100 points: 200 + 5 log 100 = 223.0259."""
    value = bic(-100.0, 5, 100)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 223.0259) < 1e-3, "L = -100, p = 5 and N = 100 should give 223.0259"


# %%
print(" K   log-likelihood   parameters      BIC")
criteria = []
for K in range(1, 5):
    _, value = fit_restarts(np.random.default_rng(K), X, K, 1 if K == 1 else 2, reg)
    criteria.append(bic(value, n_parameters(K, 2, "full"), len(X)))
    print(f"{K:2}   {value:14.2f}   {n_parameters(K, 2, 'full'):10}   {criteria[-1]:8.1f}")

# %% [markdown]
# **What to look at:** the log-likelihood rises with $K$ (where it does not, a start was unlucky); the last column turns. **What to conclude.** A component costs $\tfrac62 \log 178 = 15.5$ nats; the fourth does not earn them. BIC is lowest at $K = 3$, the truth in this cellar, with $K = 2$ not far behind: a difference of 8 is
# good evidence, a difference of 2 would be none. $K$ stays a choice, made with a criterion. *Extend:* use other columns of the data. Some give 2, some 4. What do the extra components describe?

# %% [markdown]
# ---
# # Part 7 · New points, strange points
#
# A fitted mixture is a **generative model**. To draw from it, follow the story of Part 2: a component, then a point, $x = \mu_k + A z$ with standard normal $z$ and $A A^\top = \Sigma_k$. And it knows what is usual: $-\log p(x)$ is a score of **surprise**.
#
# **A worked example.** In one dimension, with one component $\mathcal N(0, 1)$, the point 0 has the score $\tfrac12 \log 2\pi = 0.918939$ and the point 2 has 2 more.

# %% question="sample" points=5 minutes=10


# %% check="sample"
def test_shapes(sample, GMMParams):
    """Five points in two dimensions with their components."""
    import numpy as np

    params = GMMParams(np.array([0.5, 0.5]), np.array([[0.0, 0.0], [90.0, 90.0]]), np.stack([np.eye(2)] * 2))
    result = sample(np.random.default_rng(0), params, 5)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the points and their components"
    X, component = map(np.asarray, result)
    assert X.shape == (5, 2), f"the points should have shape (5, 2), not {X.shape}"
    assert component.shape == (5,), f"the components should have shape (5,), not {component.shape}"
    assert ((X[:, 0] > 45) == (component == 1)).all(), (
        "each point should lie near the mean of its own component"
    )


def test_spread(sample, GMMParams):
    """One component of variance 4 gives points with standard deviation about 2."""
    import numpy as np

    params = GMMParams(np.ones(1), np.zeros((1, 1)), np.full((1, 1, 1), 4.0))
    spread = np.std(np.asarray(sample(np.random.default_rng(0), params, 2000)[0]))
    assert abs(spread - 2) < 0.3, f"variance 4 should give a standard deviation of about 2, not {spread:.2f}"


# %% question="anomaly_scores" points=5 minutes=10


# %% check="anomaly_scores"
def test_worked_example(anomaly_scores, GMMParams):
    """The standard normal distribution, at 0 and at 2."""
    import numpy as np

    scores = anomaly_scores(
        np.array([[0.0], [2.0]]), GMMParams(np.ones(1), np.zeros((1, 1)), np.ones((1, 1, 1)))
    )
    assert scores is not None, "your function returned None: is there a return statement?"
    scores = np.asarray(scores)
    assert scores.shape == (2,), f"one score per point: the shape should be (2,), not {scores.shape}"
    assert abs(scores[0] - 0.918939) < 1e-5, "at 0 the score should be 0.918939, as in the text"
    assert abs(scores[1] - scores[0] - 2) < 1e-8, "at 2 the score should be 2 higher, as in the text"


# %% [markdown]
# Draw as many bottles as there are, and score the real ones. Three impostors are added: a juice, a spirit, and a bottle whose decimal point was lost.
#
# **Predict.** Where are the most surprising real bottles: in the gaps between the groups, or at the rim? Which impostor is stranger, the juice or the spirit?
#
# *My guess:*
#
# **What to look at:** drawn bottles (triangles) beside real ones (dots), and the five most surprising real bottles (squares).

# %%
drawn, _ = sample(np.random.default_rng(4), params, len(X))
drawn = np.asarray(drawn)
scores = np.asarray(anomaly_scores(X, params))
strange = np.argsort(scores)[-5:]
fig, ax = plt.subplots()
ax.plot(*X.T, "o", markersize=4, alpha=0.5, label="real bottles")
ax.plot(*drawn.T, "^", markersize=4, alpha=0.5, label="drawn from the mixture")
ax.plot(*X[strange].T, "s", markersize=10, fillstyle="none", color="black", label="five most surprising")
ax.set(
    xlabel="alcohol (standardised)",
    ylabel="flavanoids (standardised)",
    title="Real, drawn and strange bottles",
)
ax.legend()

impostors = np.array([[0.2, 1.5], [40.0, 0.0], [1300.0, 2.0]])  # alcohol in %, flavanoids
impostor_scores = anomaly_scores((impostors - measured.mean(axis=0)) / measured.std(axis=0), params)
print(f"99 % of the real bottles score below {np.quantile(scores, 0.99):.2f} nats")
for name, score in zip(("juice", "spirit", "decimal point lost"), impostor_scores):
    print(f"{name:20} {score:14.1f}")

# %% [markdown]
# **What to conclude.** The drawn bottles fill the same regions: seen from two numbers they could be real. The impostors score far above every real bottle, and in log space even the absurd one has a finite score, so they can be *ranked*. The surprising real bottles
# lie at the rim, or in the gap between two groups. A threshold is a decision about false alarms, as in week 1.
#
# ### A photograph in four colours
#
# Last, $N$ = 1,080 pixels as points in red, green and blue. Each pixel takes the mean colour of the component that is most responsible for it.

# %%
photo = load_sample_image("china.jpg")[::16, ::16] / 255
pixels = photo.reshape(-1, 3)
start = GMMParams(
    np.full(4, 1 / 4),
    kmeans_plus_plus(np.random.default_rng(0), pixels, 4),
    np.tile(np.cov(pixels.T), (4, 1, 1)),
)
colours, history = fit(pixels, start, max_iter=25, tol=1.0, reg=1e-4)
segments = np.asarray(e_step(pixels, colours)[0]).argmax(axis=1)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
for ax, picture, title in zip(
    axes,
    (photo, np.clip(colours.means, 0, 1)[segments].reshape(photo.shape)),
    ("the photograph", "four components"),
):
    ax.imshow(picture)
    ax.set_title(title)
    ax.axis("off")
print(f"{len(history)} iterations; shares of the components: {np.sort(np.round(colours.weights, 2))}")

# %% [markdown]
# **What to conclude.** Sky, roof and shadow come apart although the model never saw *where* a pixel is. (Speech recognisers long described the sound of each phoneme by such a mixture, and it is a density estimate wherever one is wanted.) A mixture looks at one point at a time; week 6 gives the hidden variable a memory.
#
# ### Digits that nobody wrote
#
# The same functions, in 10 dimensions: 600 digits of 8×8 pixels, reduced to their first 10 principal components (the directions in which they vary most; what is lost is the fine detail), a mixture of ten, and draws turned back into pictures.
#
# **Predict.** Will the draws be legible? Ten components, ten digits: will each component be one digit?
#
# *My guess:*

# %%
digits = load_digits()
images, labels = digits.data[:600], digits.target[:600]
centre = images.mean(axis=0)
_, directions = np.linalg.eigh(np.cov(images.T))  # in order of growing variance
principal = directions[:, -10:]
codes = (images - centre) @ principal
start = GMMParams(
    np.full(10, 0.1),
    kmeans_plus_plus(np.random.default_rng(0), codes, 10),
    np.tile(np.cov(codes.T), (10, 1, 1)),
)
digit_mixture, history = fit(codes, start, max_iter=20, tol=1.0, reg=1.0)
owner = np.asarray(e_step(codes, digit_mixture)[0]).argmax(axis=1)
print(f"{len(history)} iterations; digits that a component holds, most frequent first:")
for k in range(10):
    counts = np.bincount(labels[owner == k], minlength=10)
    print(
        f"  component {k}: " + ", ".join(f"{d} ({counts[d]})" for d in np.argsort(-counts)[:3] if counts[d])
    )

drawn, component = map(np.asarray, sample(np.random.default_rng(1), digit_mixture, 40))
rows = [drawn[np.argsort(component)], codes[:40]]
pictures = (np.concatenate(rows) @ principal.T + centre).reshape(4, 20, 8, 8)
framed = np.pad(pictures, ((0, 0), (0, 0), (1, 1), (1, 1)))
fig, ax = plt.subplots(figsize=(10, 2.2))
ax.imshow(framed.transpose(0, 2, 1, 3).reshape(40, 200), cmap="gray_r", vmin=0, vmax=16)
ax.axhline(19.5, color="black")
ax.set(
    xticks=[],
    yticks=[10, 30],
    yticklabels=["drawn", "real"],
    title="Forty draws (sorted by component) and forty real digits",
)
ax.grid(False)

# %% [markdown]
# **What to conclude.** Most draws could be read, some are two digits at once. The components follow *shapes*: some digits share one, others are split. The mixture was never told what a digit is.

# %% [markdown]
# ---
# # What to remember
#
# - A mixture explains each point by a hidden choice; the responsibilities are its posterior.
# - **EM**: fill in the hidden part by its posterior (E), fit as if it were known (M). $L = Q + H$ at the current parameters, $L \ge Q + H$ everywhere: it never falls.
# - It finds *a* maximum: start apart (k-means++), restart, keep the best.
# - Work in logarithms; mind empty components and singular covariances.
# - The likelihood cannot choose $K$; BIC charges $\log N$ for each parameter.
# - Component names are arbitrary. Compare mixtures only after matching components.
#
# Next week the classes are known, and each gets a generative model of its own: Naive Bayes. Week 6 gives the hidden variable a memory, and week 7 makes it continuous.
#
# **Ungraded, if you want more.** Score digits that stand on their head with the digit mixture, `anomaly_scores((images[:, ::-1] - centre) @ principal, digit_mixture)`, beside the upright ones. Which digits does it not find strange, and why? And: use `fit` with 30 components.
# Do the draws become better, and does BIC think so?
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
