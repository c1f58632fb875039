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
# # Week 6 · Hidden Markov models
#
# A casino rolls a die all evening. Now and then, when nobody looks, it swaps the fair die for a loaded one, and after a while back again. You see
# the faces, 300 of them, never the swaps. *When was the loaded die on the table?* The mixture of week 4 would judge every roll alone: "a six,
# so perhaps loaded". But swaps are rare, so neighbouring rolls were probably made with the same die, and a *run* of sixes says far more than its parts.
# A **hidden Markov model** is a mixture with memory. With the same five functions you will then find the vowels in a text that nobody explained to the
# machine, and El Niño in sixty years of sea temperatures.
#
# **After this week you can**
#
# 1. sum over $K^T$ hidden paths in $K^2 T$ steps, without underflow, and explain why that is allowed;
# 2. say where the chain was, in the light of the past alone, of everything, and along the single best path, and say how the three answers differ;
# 3. learn a hidden Markov model from sequences with Baum–Welch, which is EM, and judge what it found;
# 4. use the same machinery for symbols, for real numbers and for missing observations.
#
# **Time and points.** About three and a half hours, 100 points: 70 for code, 20 for derivations (10 symbolic, 10 written), 10 for one
# plot and its interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 The casino | `sample`, `stationary` | 6 + 5 | 25 |
# | 2 All paths at once | `emission_log_likelihoods`, `forward` | 3 + 11 | 30 |
# | 3 Looking back | `backward`, derivation in words, `posterior` | 8 + 10 + 5 | 50 |
# | 4 The best path | `viterbi` | 9 | 20 |
# |  | plot and interpretation | 5 + 5 | 25 |
# | 5 Learning | `pairwise_posterior`, derivation `derive_a_update_2state` | 6 + 10 | 35 |
# |  | `baum_welch_step`, `fit` | 8 + 5 | 30 |
# | 6 Numbers instead of symbols | `gaussian_emissions` | 4 | 5 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
#   After grading you read which of them failed and why. `baum_welch_step` and `fit` are judged *given* your earlier functions where these
#   are partly right, so one mistake is paid for once. Where several paths are equally good, any of them is right.
# - **What counts**: each hidden test has a share of its question's points, so a partly right function earns part of
#   them. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing, sequences of 2,000 to 10,000 steps 6 seconds (a plain loop over the steps
#   is fast enough, also with one `special.logsumexp` in each), one cell 20 seconds. A question that runs for ever costs only its own points.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $t$ counts the $T$ steps from 1 (in code from 0); $z_t$ is the hidden state, one of $K$; $x_t$ is what is seen, and $x_{s:t}$ stands for
# $x_s, \dots, x_t$; $\pi_k = p(z_1 = k)$; $A_{ij} = p(z_{t+1} = j \mid z_t = i)$, so **rows are *from*, columns are *to***; $B_{kv} = p(x_t = v \mid z_t = k)$; $\log$ is natural.

# %%
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special

# %%
import re
from itertools import product
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
from statsmodels.datasets import elnino

plt.rcParams.update({"figure.figsize": (8, 3.4), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · The casino
#
# Two dice. The fair one shows every face with probability $\tfrac16$; the loaded one shows a six half of the time and every other face with $\tfrac1{10}$. After each
# roll the croupier swaps the fair die for the loaded one with probability 0.05, and the loaded for the fair one with probability 0.1. The evening starts with either, by a coin.
# (The casino is invented. Its rates are those of a textbook example that everybody uses: Durbin and others, *Biological Sequence Analysis*, 1998.)
#
# That is a hidden Markov model. It rests on two assumptions, and everything this week follows from them:
#
# - **Markov**: the next state depends on the present state only, not on how one got there: $p(z_{t+1} \mid z_{1:t}, x_{1:t}) = p(z_{t+1} \mid z_t)$.
# - **Emission**: what is seen depends on the present state only: $p(x_t \mid z_{1:T}, x_{\text{all others}}) = p(x_t \mid z_t)$.
#
# So the joint probability is a product: $p(z_{1:T}, x_{1:T}) = \pi_{z_1} B_{z_1 x_1} \prod_{t=1}^{T-1} A_{z_t z_{t+1}} B_{z_{t+1} x_{t+1}}$.

# %% given="HMMParams"

# %%
FAIR, LOADED = 0, 1
casino = HMMParams(
    log_pi=np.log([0.5, 0.5]),
    log_A=np.log([[0.95, 0.05], [0.10, 0.90]]),
    log_B=np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]]),  # symbol v is the face v + 1
)

# %% [markdown]
# A *generative* model can be run forward: draw $z_1$ from $\pi$, then each state from the row of $A$ of the one before, and each face from the row of $B$ of its state.
#
# **Predict.** For how many rolls does the loaded die stay on the table, on average?
#
# **A worked example.** If $\pi = (1, 0, 0)$, every state goes to the next ($1 \to 2 \to 3 \to 1$) with certainty, and state $k$ always shows symbol $k$, then the only possible
# sequence is 0, 1, 2, 0, 1, … for states and symbols alike (in code states and symbols count from 0).

# %% question="sample" points=6 minutes=15


# %% check="sample"
def test_only_one_path_is_possible(sample, HMMParams):
    """The chain of the worked example goes round and shows where it is."""
    import numpy as np

    with np.errstate(divide="ignore"):
        ring = HMMParams(np.log([1.0, 0.0, 0.0]), np.log(np.roll(np.eye(3), 1, axis=1)), np.log(np.eye(3)))
    result = sample(np.random.default_rng(0), ring, 7)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the states and the symbols"
    for what, part in zip(("states", "symbols"), result):
        part = np.asarray(part)
        assert part.shape == (7,), f"one for each step: the {what} should have shape (7,), not {part.shape}"
        assert part.tolist() == [0, 1, 2, 0, 1, 2, 0], (
            f"the {what} should go round, 0, 1, 2, 0, ..., as in the text"
        )


def test_different_seeds_differ(sample, HMMParams):
    """The generator that is handed in is used."""
    import numpy as np

    even = HMMParams(np.log([0.5, 0.5]), np.full((2, 2), np.log(0.5)), np.full((2, 4), np.log(0.25)))
    first, second = (np.asarray(sample(np.random.default_rng(seed), even, 60)[1]) for seed in (1, 2))
    assert (first != second).any(), "two seeds gave the same symbols: do you draw with `rng`?"


# %% [markdown]
# In the long run the chain forgets where it started. The share of time it spends in each state is the **stationary distribution** $p$: one more step does not change
# it, $p A = p$. That is a system of linear equations. (One of them is redundant; the sum of $p$ replaces it. Multiplying by $A$ many times is no substitute: a chain that goes round in circles never settles.)
#
# **A worked example.** For the casino $p_{\text{fair}} \cdot 0.05 = p_{\text{loaded}} \cdot 0.1$: as many swaps one way as the other. So $p = (\tfrac23, \tfrac13)$.

# %% question="stationary" points=5 minutes=10


# %% check="stationary"
def test_casino(stationary):
    """The fair die is on the table two thirds of the time."""
    import numpy as np

    p = stationary(np.array([[0.95, 0.05], [0.10, 0.90]]))
    assert p is not None, "your function returned None: is there a return statement?"
    p = np.asarray(p)
    assert p.shape == (2,), f"one share for each state: the shape should be (2,), not {p.shape}"
    assert abs(p.sum() - 1) < 1e-9, "the shares should sum to 1"
    assert np.allclose(p, [2 / 3, 1 / 3]), "the casino's shares should be (2/3, 1/3), as in the text"


def test_no_probabilities(stationary):
    """The docstring promises ValueError for rows that do not sum to 1."""
    import numpy as np

    try:
        stationary(np.array([[0.5, 0.6], [0.1, 0.9]]))
    except ValueError:
        return
    raise AssertionError("a row with the sum 1.1 should raise ValueError")


# %%
states, faces = sample(np.random.default_rng(0), casino, 5000)
states, faces = np.asarray(states), np.asarray(faces)
loaded_share = (states == LOADED).mean()
stays = np.diff(np.flatnonzero(np.diff(states, prepend=-1, append=-1)))  # lengths of the stays, in order
print(
    f"share of the loaded die: {loaded_share:.3f}   stationary: {stationary(np.exp(casino.log_A))[LOADED]:.3f}"
)
print(
    f"mean stay: fair {stays[states[0] :: 2].mean():.1f}, loaded {stays[1 - states[0] :: 2].mean():.1f} rolls"
)
print(
    f"expected:  fair {1 / 0.05:.1f}, loaded {1 / 0.1:.1f} rolls   (a stay is geometric, with mean 1 / (1 - A_kk))"
)
print(f"share of sixes: {(faces == 5).mean():.3f}   expected: {2 / 3 / 6 + 1 / 3 / 2:.3f}")

# %% [markdown]
# **What to conclude.** Your shares wander around the expected ones: 5,000 rolls hold only about 330 stays. A hidden Markov model always has *geometric* stays, whose most
# probable length is one step. Where real stays have a typical length (a word, a gene, a season), that is a weakness to remember.
#
# From here on everybody uses the same evening: 300 rolls, drawn once from this model, with the truth kept for the end.

# %%
rolls = np.array(
    list(
        map(
            int,
            "422615621323361251616166666116251354513416322412225465221245"
            "235611536116463451663324666652464526125211511653265544641145"
            "452323261253366213434552411115333212666663325534344466131355"
            "415425512511454125321261465241326625643266666653563411514155"
            "633355121256613643561656262666635133251114124246652253242162",
        )
    )
)
evening = rolls - 1  # symbols count from 0
lengths = [15, 5, 1, 7, 40, 6, 10, 5, 67, 4, 25, 1, 27, 12, 35, 20, 6, 6, 8]
truth = np.repeat(np.arange(len(lengths)) % 2, lengths)  # FAIR first, then in turn
print(f"{len(evening)} rolls, {(rolls == 6).sum()} sixes (a fair die: about {len(rolls) / 6:.0f})")

# %% [markdown]
# ---
# # Part 2 · All paths at once
#
# How probable is this evening? The hidden path could be any of $2^{300}$, and each contributes:
#
# $$p(x_{1:T}) = \sum_{z_{1:T}} p(x_{1:T} \mid z_{1:T})\, p(z_{1:T}), \qquad K^T \text{ terms}.$$
#
# > **Where the lecture notes are silent.** They print this sum, $P(O\mid\lambda) = \sum_Q P(O \mid Q, \lambda) P(Q\mid\lambda)$, and name the forward–backward algorithm beside it. Nobody ever computes the
# > sum as it stands: $2^{300}$ is more than the number of atoms in the universe. The algorithm *is* a reordering of that sum.
#
# First, what each state says about each roll. Everything after this line only needs a table of $\log p(x_t \mid z_t = k)$, whatever the $x_t$ are.
#
# **A worked example.** For $B = \begin{pmatrix} 0.8 & 0.2 \\ 0.3 & 0.7\end{pmatrix}$ the symbols 1, 0, 1 give the rows $\log(0.2, 0.7)$, $\log(0.8, 0.3)$, $\log(0.2, 0.7)$.

# %% question="emission_log_likelihoods" points=3 minutes=5


# %% check="emission_log_likelihoods"
def test_worked_example(emission_log_likelihoods):
    """The symbols 1, 0, 1 of the text."""
    import numpy as np

    result = emission_log_likelihoods(np.array([1, 0, 1]), np.log([[0.8, 0.2], [0.3, 0.7]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3, 2), f"a row a step, a column a state: (3, 2), not {result.shape}"
    assert np.allclose(np.exp(result), [[0.2, 0.7], [0.8, 0.3], [0.2, 0.7]]), (
        "the exponentials should be (0.2, 0.7), (0.8, 0.3), (0.2, 0.7), as in the text"
    )


# %% [markdown]
# Now the reordering. Let $\alpha_t(k) = p(x_{1:t},\, z_t = k)$: the probability of everything seen so far *and* of being in $k$ now. All paths that meet in $k$ at $t$ share their
# future, so their pasts may be added up once and for all:
#
# $$\alpha_1(k) = \pi_k\, p(x_1 \mid k), \qquad \alpha_{t+1}(j) = p(x_{t+1} \mid j) \sum_{i=1}^{K} \alpha_t(i)\, A_{ij}, \qquad p(x_{1:T}) = \sum_k \alpha_T(k).$$
#
# That is $K^2 T$ multiplications. In logarithms products become sums, and sums become log-sum-exp (`np.logaddexp.reduce`, `special.logsumexp`), as in week 1.
# The one alternative that also works is to rescale $\alpha_t$ at each step *and add up the logarithms of the scales*.
#
# **Predict.** Without logarithms, after how many rolls will $\alpha_t$ be 0 on a computer? (Each roll has a probability of about $\tfrac16$; the smallest positive double is about $5\cdot 10^{-324}$.)
#
# **A worked example.** Casino, two rolls: 6, 6. $\alpha_1 = (\tfrac12\cdot\tfrac16,\ \tfrac12\cdot\tfrac12) = (0.083333,\ 0.25)$. Then
# $\alpha_2(\text{fair}) = \tfrac16 (0.083333\cdot 0.95 + 0.25 \cdot 0.1) = 0.017361$ and $\alpha_2(\text{loaded}) = \tfrac12(0.083333\cdot 0.05 + 0.25\cdot 0.9) = 0.114583$. The sum is
# $0.131944$, its logarithm $-2.025374$.

# %% question="forward" points=11 minutes=25


# %% check="forward"
def test_two_sixes(forward):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    log_lik = np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]])
    result = forward(log_pi, log_A, log_lik)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, log_alpha and the log-likelihood"
    log_alpha, value = np.asarray(result[0]), float(result[1])
    assert log_alpha.shape == (2, 2), (
        f"a row a step: log_alpha should have shape (2, 2), not {log_alpha.shape}"
    )
    assert np.allclose(np.exp(log_alpha[0]), [0.083333, 0.25], atol=1e-5), (
        "alpha_1 should be (0.083333, 0.25), as in the text"
    )
    assert np.allclose(np.exp(log_alpha[1]), [0.017361, 0.114583], atol=1e-5), (
        "alpha_2 should be (0.017361, 0.114583), as in the text: which index of A is 'from'?"
    )
    assert abs(value + 2.025374) < 1e-5, "the log-likelihood should be -2.025374, as in the text"


def test_a_thousand_steps(forward):
    """A thousand steps stay finite."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    log_alpha, value = forward(log_pi, log_A, np.log(np.full((1000, 2), 1 / 6)))
    assert np.isfinite(np.asarray(log_alpha)).all(), "log_alpha is not finite: do probabilities underflow?"
    assert abs(float(value) - 1000 * np.log(1 / 6)) < 1e-6, (
        "if both dice show each face with 1/6, the swaps do not matter: the log-likelihood is 1000 log(1/6)"
    )


# %%
log_lik = np.asarray(emission_log_likelihoods(evening, casino.log_B))
log_alpha, log_likelihood = forward(casino.log_pi, casino.log_A, log_lik)
log_alpha = np.asarray(log_alpha)

pi, A, B = (np.exp(part) for part in casino)
total = 0.0
for path in product((FAIR, LOADED), repeat=8):  # 256 paths for the first eight rolls
    p = pi[path[0]] * B[path[0], evening[0]]
    for t in range(1, 8):
        p *= A[path[t - 1], path[t]] * B[path[t], evening[t]]
    total += p
print(f"first 8 rolls: sum over all 256 paths {np.log(total):.10f}")
print(f"               forward                {np.logaddexp.reduce(log_alpha[7]):.10f}")

alpha = pi * B[:, evening[0]]
for t, v in enumerate(np.tile(evening, 3)[1:], start=2):  # three such evenings in a row
    alpha = B[:, v] * (alpha @ A)
    if alpha.sum() == 0:
        print(f"\nwithout logarithms alpha is 0 from roll {t} on")
        break

alone = len(evening) * np.log(1 / 6)
print(f"\nlog-likelihood of the evening: casino {log_likelihood:.2f}, fair die alone {alone:.2f}")
print(f"log Bayes factor for the casino: {log_likelihood - alone:.2f}")

# %% [markdown]
# **What to conclude.** The algorithm gives the sum over all paths to the last digit, and the logarithms are no luxury: without them an evening ends at four or five hundred rolls. The
# Bayes factor (week 1) is $e^{6.75} \approx 850$: without knowing a single swap we are sure that this casino cheats.
#
# $\alpha_t$, normalised, is a belief that is updated roll by roll: $p(z_t \mid x_{1:t})$, the **filter**. It knows the past only.

# %%
filtered = np.exp(log_alpha - special.logsumexp(log_alpha, axis=1, keepdims=True))
print("roll    " + " ".join(f"{face:4d}" for face in rolls[18:32]))
print("filter  " + " ".join(f"{p:4.2f}" for p in filtered[18:32, LOADED]))
print("truth   " + " ".join(f"{'L' if z else 'f':>4}" for z in truth[18:32]))

# %% [markdown]
# ---
# # Part 3 · Looking back
#
# The filter is slow: at the first six of a run it cannot know that more will follow. Tomorrow morning we have the whole tape. The future's message to step $t$ is
#
# $$\beta_t(i) = p(x_{t+1:T} \mid z_t = i), \qquad \beta_T(i) = 1, \qquad \beta_t(i) = \sum_{j=1}^{K} A_{ij}\; p(x_{t+1} \mid j)\; \beta_{t+1}(j).$$
#
# **Predict.** Which of the two dice has the larger $\beta_t$ if the next ten rolls are all sixes? And if $T - t$ is large, how different can $\log\beta_t(\text{fair})$ and $\log\beta_t(\text{loaded})$ be?
#
# **A worked example.** Casino, rolls 6, 6: $\log\beta_2 = (0, 0)$, and $\beta_1 = (0.95\cdot\tfrac16 + 0.05\cdot\tfrac12,\ 0.1\cdot\tfrac16 + 0.9\cdot\tfrac12) = (0.183333,\ 0.466667)$. If the second roll is a 1 instead, $\beta_1 = (0.163333,\ 0.106667)$; what the first roll was plays no part.

# %% question="backward" points=8 minutes=20


# %% check="backward"
def test_two_sixes(backward):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_beta = backward(np.log([[0.95, 0.05], [0.10, 0.90]]), np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]]))
    assert log_beta is not None, "your function returned None: is there a return statement?"
    log_beta = np.asarray(log_beta)
    assert log_beta.shape == (2, 2), f"a row a step: log_beta should have shape (2, 2), not {log_beta.shape}"
    assert np.allclose(log_beta[1], 0), "nothing comes after the last step: its log beta should be 0"
    assert np.allclose(np.exp(log_beta[0]), [0.183333, 0.466667], atol=1e-5), (
        "beta_1 should be (0.183333, 0.466667), as in the text"
    )


def test_what_comes_counts_not_what_is_there(backward):
    """Casino, a six and then a one."""
    import numpy as np

    log_beta = np.asarray(
        backward(np.log([[0.95, 0.05], [0.10, 0.90]]), np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 10]]))
    )
    assert np.allclose(np.exp(log_beta[0]), [0.163333, 0.106667], atol=1e-5), (
        "for the rolls 6, 1 beta_1 should be (0.163333, 0.106667), as in the text: the roll at t + 1 counts"
    )


# %% [markdown]
# ### Why is this right?
#
# **Derive it in words and formulas** (about ten lines):
#
# 1. Start from the definition $\beta_t(i) = p(x_{t+1:T} \mid z_t = i)$ and derive the recursion above. Introduce $z_{t+1}$ by the sum rule, use the product rule, and name the assumption (Markov or emission)
#    at each place where you drop something from a condition.
# 2. Show that $\sum_k \alpha_t(k)\,\beta_t(k) = p(x_{1:T})$ for *every* $t$, and conclude what $p(z_t = k \mid x_{1:T})$ is.
# 3. Why is $\beta_T(i) = 1$ the right start?

# %% [markdown] answer="backward_recursion" points=10 minutes=25
# **Model answer.** (1) By the sum rule over the next state and the product rule,
# $\beta_t(i) = \sum_j p(x_{t+1:T}, z_{t+1} = j \mid z_t = i) = \sum_j p(z_{t+1} = j \mid z_t = i)\; p(x_{t+1:T} \mid z_{t+1} = j, z_t = i)$. The first factor is $A_{ij}$. In the second the
# condition $z_t = i$ may be dropped: given $z_{t+1}$, all that comes from $t+1$ on is independent of the state before (Markov: later states depend on the past through $z_{t+1}$ only; emission: each symbol depends on its own
# state only). Then $p(x_{t+1:T} \mid z_{t+1} = j) = p(x_{t+1} \mid z_{t+1} = j)\; p(x_{t+2:T} \mid z_{t+1} = j)$, because given $z_{t+1}$ the symbol $x_{t+1}$ tells nothing more about the later ones (emission).
# The last factor is $\beta_{t+1}(j)$.
#
# (2) $\alpha_t(k) \beta_t(k) = p(x_{1:t}, z_t = k)\; p(x_{t+1:T} \mid z_t = k) = p(x_{1:t}, z_t = k)\; p(x_{t+1:T} \mid z_t = k, x_{1:t}) = p(x_{1:T}, z_t = k)$: given $z_t$ the future does not depend on the past (both
# assumptions). Summing over $k$ gives $p(x_{1:T})$, whatever $t$ is. Dividing, $p(z_t = k \mid x_{1:T}) = \alpha_t(k)\beta_t(k) / p(x_{1:T})$.
#
# (3) With $t = T$ the formula of (2) must give $\alpha_T(k) \cdot \beta_T(k) = p(x_{1:T}, z_T = k) = \alpha_T(k)$: no observation is left, and the probability of an empty set of observations is 1. Equivalently, the
# recursion at $t = T - 1$ then gives $\sum_j A_{ij}\, p(x_T \mid j)$, which is $p(x_T \mid z_{T-1} = i)$.
#
# **Rubric (10 points).** 5: the recursion (1 sum rule over $z_{t+1}$, 1 product rule with $A_{ij}$, 2 dropping $z_t$ and splitting off $x_{t+1}$, 1 naming both assumptions). 3: the product is the joint probability, with the
# conditional independence stated (2), and the posterior by division (1). 2: the start, by the empty product or by consistency with $\alpha_T$.

# %% [markdown]
# Past and future together: $\gamma_t(k) = p(z_t = k \mid x_{1:T}) \propto \alpha_t(k)\,\beta_t(k)$, the **posterior** (also called the *smoother*).
#
# **A worked example.** For the two sixes, $\gamma_1(\text{loaded}) = 0.25 \cdot 0.466667 / 0.131944 = 0.884211$. The filter, which had seen one six only, said $0.75$.

# %% question="posterior" points=5 minutes=5


# %% check="posterior"
def test_two_sixes(posterior):
    """Casino, two sixes: alpha and beta of the worked examples."""
    import numpy as np

    log_alpha = np.log([[0.25 / 3, 0.25], [0.125 / 7.2, 0.1145833333]])
    log_beta = np.log([[0.1833333333, 0.4666666667], [1.0, 1.0]])
    gamma = posterior(log_alpha, log_beta)
    assert gamma is not None, "your function returned None: is there a return statement?"
    gamma = np.asarray(gamma)
    assert gamma.shape == (2, 2), f"a row a step, a column a state: (2, 2), not {gamma.shape}"
    assert np.allclose(gamma.sum(axis=1), 1), "each row should sum to 1"
    assert abs(gamma[0, 1] - 0.884211) < 1e-5, (
        "the loaded die's probability at roll 1 should be 0.884211, as in the text"
    )


# %%
log_beta = np.asarray(backward(casino.log_A, log_lik))
gamma = np.asarray(posterior(log_alpha, log_beta))
at_each_step = special.logsumexp(log_alpha + log_beta, axis=1)
print(f"log sum_k alpha_t(k) beta_t(k): smallest {at_each_step.min():.9f}, largest {at_each_step.max():.9f}")
for name, belief in (("filter", filtered), ("posterior", gamma)):
    right = ((belief[:, LOADED] > 0.5) == truth).mean()
    print(f"{name:10} die named correctly at {right:.1%} of the rolls")
print(f"{'always fair':10} {np.mean(truth == FAIR):.1%}")

fig, ax = plt.subplots()
ax.plot(filtered[:, LOADED], ":", linewidth=1.3, label="filter: past only")
ax.plot(gamma[:, LOADED], "-", linewidth=1.3, label="posterior: past and future")
ax.fill_between(
    np.arange(300), -0.08, -0.03, where=truth == LOADED, color="black", step="mid", label="truth: loaded"
)
ax.set(
    xlabel="roll", ylabel="probability of the loaded die", title="The morning after is wiser than the evening"
)
ax.set_ylim(-0.12, 1.25)
_ = ax.legend(loc="upper center", fontsize=8, ncols=3)

# %% [markdown]
# **What to look at:** where the dotted line rises late and falls late, and what the solid line does there. **What to conclude.** $\sum_k \alpha_t(k)\beta_t(k)$ is the same at every step, which is the best test of an implementation that there is. The filter lags behind
# each swap; the posterior turns at the right place, and is calmer. Short stays of the loaded die remain invisible to both: one roll cannot be told from chance, and no algorithm can change that.
# (Your prediction about $\beta$: the ratio $\beta_t(\text{loaded}) / \beta_t(\text{fair})$ is an average of the ratios $A_{\text{loaded},j} / A_{\text{fair},j}$. So it lies between $0.1/0.95$ and $0.9/0.05 = 18$, and the two logarithms never differ by more than 2.9,
# however long the tape is.) *Extend:* what does the posterior of roll 150 become if you cut the tape after roll 151?

# %% [markdown]
# ---
# # Part 4 · The best path
#
# The posterior names the most probable state *of each roll*. The most probable *path* is another question: the one $z_{1:T}$ with the largest $p(z_{1:T}, x_{1:T})$.
# Replace the sum in the forward algorithm by a maximum, and remember where each maximum came from:
#
# $$\delta_1(k) = \log \pi_k + \log p(x_1 \mid k), \qquad \delta_{t+1}(j) = \log p(x_{t+1} \mid j) + \max_i \big[ \delta_t(i) + \log A_{ij} \big].$$
#
# The largest $\delta_T$ is the log probability of the best path; its end is known, and from there one follows what was remembered back to the start.
#
# **Predict.** Can the state that is most probable at roll 10 be off the best path? Can the states that are most probable at each roll form a path with probability 0?
#
# **A worked example.** Casino, rolls 6, 6: the four paths have the joint probabilities fair–fair $0.013194$, fair–loaded $0.002083$, loaded–fair $0.004167$ and loaded–loaded $0.1125$. The best is loaded–loaded, with log
# probability $-2.184802$.

# %% question="viterbi" points=9 minutes=20


# %% check="viterbi"
def test_two_sixes(viterbi):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    result = viterbi(log_pi, log_A, np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the path and its log probability"
    path, value = np.asarray(result[0]), float(result[1])
    assert path.shape == (2,), f"one state a step: the path should have shape (2,), not {path.shape}"
    assert path.tolist() == [1, 1], "the best path should be loaded, loaded, as in the text"
    assert abs(value + 2.184802) < 1e-5, "its log probability should be -2.184802, as in the text"


def test_the_end_decides(viterbi):
    """Swaps are impossible and the last symbol betrays the state: then it was that state all along."""
    import numpy as np

    with np.errstate(divide="ignore"):
        log_A, log_lik = np.log(np.eye(2)), np.log([[0.9, 0.1], [0.9, 0.1], [0.0, 0.1]])
    path, _ = viterbi(np.log([0.5, 0.5]), log_A, log_lik)
    assert np.asarray(path).tolist() == [1, 1, 1], (
        "only state 1 allows the last symbol, and nobody can get there: is the path read from its end?"
    )


# %%
path, log_prob = viterbi(casino.log_pi, casino.log_A, log_lik)
path = np.asarray(path)
each = (gamma[:, LOADED] > 0.5).astype(int)


def log_joint(z):
    """log p(z, x) of a path z and the evening."""
    moves = casino.log_A[z[:-1], z[1:]].sum()
    return casino.log_pi[z[0]] + moves + log_lik[np.arange(len(z)), z].sum()


for name, z in (("Viterbi", path), ("each roll's best", each), ("truth", truth)):
    print(
        f"{name:17} log p(path, x) = {log_joint(z):8.2f}   swaps: {np.count_nonzero(np.diff(z)):2}   "
        f"rolls named correctly: {(z == truth).mean():.1%}"
    )
print(f"\nthe best path's share of all: p(best path | x) = exp({log_prob - log_likelihood:.1f})")

# %% [markdown]
# **What to conclude.** The best path is more probable than the truth itself, and makes fewer swaps than really happened: each swap costs $\log 0.05$ or $\log 0.1$. The posterior gets more single rolls right, as it must on average, but its sequence as a path
# is $e^{13}$ times less probable; where some transitions are impossible it can even be no path at all. And the best of all paths holds only a share of $e^{-19}$: "most probable" does not mean "probable".
#
# ### Plot it
#
# Make **one figure** of the evening, with roll on the horizontal axis: the posterior probability of the loaded die, the Viterbi path, and the truth, so that they can be compared roll by roll. Three stacked strips or one axis
# with offsets, as you like; tell them apart without colour alone, label the axes, and give it a legend or titles.

# %% plot="posterior_and_viterbi" points=5 minutes=15
### BEGIN SOLUTION
fig, axes = plt.subplots(3, 1, figsize=(9, 4), sharex=True, height_ratios=[3, 1, 1])
axes[0].plot(gamma[:, LOADED], "-", color="black", linewidth=1)
axes[0].axhline(0.5, linestyle="--", color="gray", linewidth=0.8)
axes[0].set(
    ylabel="p(loaded | all rolls)", title="What is probable at each roll, and what is the most probable path"
)
for ax, z, name, hatch in ((axes[1], path, "Viterbi", ""), (axes[2], truth, "truth", "///")):
    ax.fill_between(np.arange(300), 0, z, step="mid", facecolor="lightgray", edgecolor="black", hatch=hatch)
    ax.set(ylabel=name, ylim=(0, 1.1), yticks=[0, 1], yticklabels=["fair", "loaded"])
axes[2].set_xlabel("roll")
fig.tight_layout()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. Find a place where the posterior rises above one half and the Viterbi path does not follow (or the other way round). Why do they differ there?
# 2. Which stays of the loaded die does neither find, and why can no algorithm find them?
# 3. For which purpose would you report the posterior, for which the path?

# %% [markdown] answer="reading_the_paths" points=5 minutes=10
# **Model answer.** (1) Around rolls 78 to 88 a cluster of sixes lifts the posterior above one half while the path stays fair (a truly loaded stay is there): a visit costs two swaps, $\log 0.05 + \log 0.1 \approx -5.3$, and must earn that by itself within one path, whereas the
# posterior adds up many paths that all visit the loaded die *somewhere* around there, each a bit differently. (2) The single roll near 185, and the stays of a few rolls near 70 and 287, without several sixes: a six comes from the fair die often enough, so such a stay leaves no trace in the
# data; the information is not there. (3) The posterior when single rolls matter or uncertainty must be shown (it gets the most rolls right on average); the path when the answer must be one consistent story (a segmentation, a sentence, a gene), for
# instance where some transitions are impossible.
#
# **Rubric (5 points).** 2: a real place, with a reason by the price of two swaps or by sum against maximum (1 for the place alone). 1: short stays without evidence. 2: both purposes (1 each).

# %% [markdown]
# ### Try it: islands in DNA
#
# In the DNA of vertebrates the pair CG is rare, except in short stretches near genes, the *CpG islands*. Hidden states know more than they show: take eight, A, C, G, T inside an island and the same outside. Each state
# shows its own letter with certainty, so $B$ holds zeros and its logarithm $-\infty$: your functions must cope with that. *The rates below are invented (in islands G follows C with probability 0.3, outside with 0.1) and the sequence is simulated.*

# %% tags=["playground"]
inside = np.array(
    [[0.2, 0.3, 0.4, 0.1], [0.2, 0.3, 0.3, 0.2], [0.15, 0.35, 0.35, 0.15], [0.1, 0.35, 0.35, 0.2]]
)
outside = np.array([[0.3, 0.2, 0.3, 0.2], [0.3, 0.3, 0.1, 0.3], [0.25, 0.25, 0.3, 0.2], [0.2, 0.2, 0.3, 0.3]])
leave, enter = 0.01, 0.005  # chance to leave an island, to enter one, at each letter
A_dna = np.block(
    [[(1 - leave) * inside, np.full((4, 4), leave / 4)], [np.full((4, 4), enter / 4), (1 - enter) * outside]]
)
with np.errstate(divide="ignore"):
    dna = HMMParams(np.log(np.full(8, 1 / 8)), np.log(A_dna), np.log(np.tile(np.eye(4), (2, 1))))
hidden, letters = (np.asarray(part) for part in sample(np.random.default_rng(1), dna, 800))
lik_dna = emission_log_likelihoods(letters, dna.log_B)
best, _ = viterbi(dna.log_pi, dna.log_A, lik_dna)
island = hidden < 4
print("".join("ACGT"[v] for v in letters[:70]))
agrees = ((np.asarray(best) < 4) == island).mean()
print(f"the best path is right at {agrees:.0%} of the letters; 'never an island' at {1 - island.mean():.0%}")
print(f"long-run share of islands: {stationary(A_dna)[:4].sum():.3f}")

# %% [markdown]
# ---
# # Part 5 · Learning
#
# Who tells us $\pi$, $A$ and $B$? Usually nobody. If the path were known, they would be shares of counts: of the transitions out of $i$, the share that go to $j$. The path is not known, but its posterior is, so we count in expectation. That is EM
# (week 4) once more: **Baum–Welch**. The E-step needs one quantity that we lack, the posterior of a *transition*:
#
# $$\xi_t(i, j) = p(z_t = i,\, z_{t+1} = j \mid x_{1:T}) \;\propto\; \alpha_t(i)\; A_{ij}\; p(x_{t+1} \mid j)\; \beta_{t+1}(j).$$
#
# **Predict.** What is $\sum_j \xi_t(i, j)$? Is $\xi_t(i, j) = \gamma_t(i)\,\gamma_{t+1}(j)$?
#
# **A worked example.** Casino, rolls 6, 6: the four joint probabilities of part 4 divided by $0.131944$ give $\xi_1 = \begin{pmatrix} 0.1 & 0.015789 \\ 0.031579 & 0.852632 \end{pmatrix}$.

# %% question="pairwise_posterior" points=6 minutes=15


# %% check="pairwise_posterior"
def test_two_sixes(pairwise_posterior):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_alpha = np.log([[0.25 / 3, 0.25], [0.125 / 7.2, 0.1145833333]])
    log_beta = np.log([[0.1833333333, 0.4666666667], [1.0, 1.0]])
    log_lik = np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]])
    xi = pairwise_posterior(log_alpha, log_beta, np.log([[0.95, 0.05], [0.10, 0.90]]), log_lik)
    assert xi is not None, "your function returned None: is there a return statement?"
    xi = np.asarray(xi)
    assert xi.shape == (1, 2, 2), (
        f"two steps have one transition: the shape should be (1, 2, 2), not {xi.shape}"
    )
    assert abs(xi.sum() - 1) < 1e-9, "the four probabilities should sum to 1"
    assert np.allclose(xi[0], [[0.1, 0.015789], [0.031579, 0.852632]], atol=1e-5), (
        "xi should be ((0.1, 0.015789), (0.031579, 0.852632)), as in the text"
    )


# %% [markdown]
# ### Derive the update, step by step
#
# Two states, and sequences of two observations. Write $a = A_{11}$, $c = A_{22}$, and see how EM finds its $a$. Each of the six steps is graded on its own, by its value at random points, so any equal form is right; you may use earlier
# steps in later ones and let SymPy differentiate. Declare symbols by the names that the docstring gives. When you are done compare steps four and six: with $n_{11} = \xi_{11}$ and $n_{12} = \xi_{12}$ the slope of $Q$ *is* the slope of the
# log-likelihood. So where EM stops moving, the likelihood is stationary.

# %% question="derive_a_update_2state" points=10 minutes=20


# %% check="derive_a_update_2state"
def test_entries(derive_a_update_2state):
    """All six steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_a_update_2state()
    given = {"a", "c", "f1", "f2", "g1", "g2", "n11", "n12"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("evidence", "xi_11", "Q", "slope", "a", "score"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_evidence_of_the_worked_example(derive_a_update_2state):
    """The casino's two sixes have probability 0.131944."""
    evidence = derive_a_update_2state()["evidence"]
    values = {"a": 0.95, "c": 0.9, "f1": 0.25 / 3, "f2": 0.25, "g1": 1 / 6, "g2": 0.5}
    value = evidence.subs({symbol: values.get(symbol.name, symbol) for symbol in evidence.free_symbols})
    assert abs(float(value) - 0.131944) < 1e-5, "the two sixes of part 2 should have probability 0.131944"


# %% [markdown]
# ### One step of Baum–Welch
#
# With the expected counts of *all* sequences added up,
#
# $$\pi_k = \frac{1}{S} \sum_{s} \gamma^{(s)}_1(k), \qquad A_{ij} = \frac{\sum_s \sum_{t=1}^{T_s - 1} \xi^{(s)}_t(i,j)}{\sum_s \sum_{t=1}^{T_s-1} \gamma^{(s)}_t(i)}, \qquad
# B_{kv} = \frac{\sum_s \sum_{t\,:\,x_t = v} \gamma^{(s)}_t(k)}{\sum_s \sum_{t=1}^{T_s} \gamma^{(s)}_t(k)}.$$
#
# Two traps. The denominator of $A$ ends at $T_s - 1$, that of $B$ at $T_s$: from the last step nobody moves on. And sequences must not be joined: the last roll of Monday says nothing about the first of Tuesday. A zero stays a zero for ever, because its expected
# count is zero.
#
# **A worked example.** One sequence, the two sixes, from the casino's parameters: $\pi_{\text{loaded}} = 0.884211$; $A_{\text{fair},\text{fair}} = 0.1 / 0.115789 = 0.863636$; $B_{k6} = 1$ for both dice.

# %% question="baum_welch_step" points=8 minutes=20


# %% check="baum_welch_step"
def test_two_sixes(baum_welch_step, HMMParams):
    """Casino, one sequence of two sixes: the worked example."""
    import numpy as np

    log_B = np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]])
    casino = HMMParams(np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]]), log_B)
    result = baum_welch_step([np.array([5, 5])], casino)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the log-likelihood"
    params, value = result
    assert len(params) == 3, "the parameters are three: log_pi, log_A, log_B"
    log_pi, log_A, log_B = (np.asarray(part) for part in params)
    assert (log_pi.shape, log_A.shape, log_B.shape) == ((2,), (2, 2), (2, 6)), (
        "the shapes should stay as they were"
    )
    assert abs(float(value) + 2.025374) < 1e-5, (
        "the log-likelihood under the old parameters should be -2.025374, as in part 2"
    )
    assert abs(np.exp(log_pi[1]) - 0.884211) < 1e-5, "pi(loaded) should be 0.884211, as in the text"
    assert abs(np.exp(log_A[0, 0]) - 0.863636) < 1e-5, "A(fair, fair) should be 0.863636, as in the text"
    assert np.allclose(np.exp(log_B[:, 5]), 1), "only sixes were seen: both dice should show nothing else"


def test_two_evenings_of_one_roll(baum_welch_step, HMMParams):
    """Two sequences of one roll each hold no transition, so A stays as it was."""
    import numpy as np

    log_B = np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]])
    casino = HMMParams(np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]]), log_B)
    params, _ = baum_welch_step([np.array([5]), np.array([5])], casino)
    assert np.allclose(np.exp(np.asarray(params[1])), [[0.95, 0.05], [0.10, 0.90]]), (
        "no transition was seen, so both rows of A should keep their old values, as the docstring says"
    )


# %% question="fit" points=5 minutes=10


# %% check="fit"
def test_history_rises(fit, HMMParams):
    """A few iterations on a small sequence: the log-likelihood never falls."""
    import numpy as np

    start = HMMParams(np.log([0.5, 0.5]), np.log([[0.6, 0.4], [0.3, 0.7]]), np.log([[0.8, 0.2], [0.3, 0.7]]))
    result = fit([np.array([0, 0, 1, 1, 1, 0, 0, 0, 1, 1])], start, max_iter=5, tol=0.0)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the history"
    history = np.asarray(result[1])
    assert history.shape == (5,), (
        f"one log-likelihood an iteration: the shape should be (5,), not {history.shape}"
    )
    assert (np.diff(history) >= -1e-9).all(), "EM never lowers the log-likelihood"


# %% [markdown]
# ### Learn the casino
#
# The 300 rolls as three sequences of 100, and a start that knows only that one die shows more sixes than the other.
#
# **Predict.** Will the log-likelihood of the fitted model be below or above that of the *true* parameters?

# %%
hours = [evening[:100], evening[100:200], evening[200:]]
start = HMMParams(
    np.log([0.5, 0.5]), np.log([[0.8, 0.2], [0.2, 0.8]]), np.log([[0.18] * 5 + [0.1], [0.14] * 5 + [0.3]])
)
learned, history = fit(hours, start, max_iter=25, tol=1e-3)
print(f"log-likelihood: start {history[0]:.2f}, after {len(history)} iterations {history[-1]:.2f}")
print(f"                true parameters {baum_welch_step(hours, casino)[1]:.2f}")
for name, own, true in (("A", learned.log_A, A), ("B", learned.log_B, B)):
    for die, row, exact in zip(("fair", "loaded"), np.exp(own), true):
        print(f"{name} {die:7} learned {np.round(row, 2)}   true {np.round(exact, 2)}")

# %% [markdown]
# **What to conclude.** The fitted model is *more* probable than the truth, as the best of all parameters must be, and still wrong in places: 300 rolls are few for 13 free parameters (1 for $\pi$, 2 for $A$, 10 for $B$). It has found a die that loves sixes; its other faces and
# the swaps are rough guesses. Let it iterate on, and the loaded die's faces 3 and 4 go to zero, because they hardly came in the stretches that it calls loaded: the zero of week 1 again. More tape would help; so would a prior.
#
# ### What is a vowel?
#
# Now a discovery. Take an English text (here Python's own help page on `import`, in your standard library; other versions of Python word it a little differently), keep 26 letters and the space, and give a model with **two** hidden states no idea of English. Start it at random, several times, because EM ends
# in different local maxima; keep the best. (This experiment is nearly as old as the algorithm: Cave and Neuwirth, 1980.)
#
# **Predict.** What might two hidden states be good for, if the only aim is to make the next letter less surprising?

# %%
alphabet = "abcdefghijklmnopqrstuvwxyz_"
text = re.sub("[^a-z]+", "_", topics["import"].lower()).strip("_")
symbols = np.array([alphabet.index(letter) for letter in text])
print(f"{len(text):,} letters: {text[:88]}...")

rng = np.random.default_rng(4)
starts = [
    HMMParams(
        np.log([0.5, 0.5]), np.log(rng.dirichlet([2, 2], 2)), np.log(rng.dirichlet(np.full(27, 20.0), 2))
    )
    for _ in range(4)
]
runs = [fit([symbols[:600]], start, max_iter=10, tol=0.0) for start in starts]
for number, (_, history) in enumerate(runs, 1):
    print(f"start {number}: log-likelihood of the first 600 letters {history[0]:.0f} -> {history[-1]:.0f}")
best = int(np.argmax([history[-1] for _, history in runs]))
print(f"kept: start {best + 1}")

# %% [markdown]
# The best start goes on with more text. Letters that the first 600 did not contain have probability 0 by now, and zero is for ever, so each row is first mixed with a little of the uniform distribution.

# %%
params = runs[best][0]
mixed = 0.98 * np.exp(params.log_B) + 0.02 / 27
params, history = fit(
    [symbols[:1500]], HMMParams(params.log_pi, params.log_A, np.log(mixed)), max_iter=10, tol=0.01
)
A_text, B_text = np.exp(params.log_A), np.exp(params.log_B)
seen = np.bincount(symbols[:1500], minlength=27)
vowel_like = int(B_text[:, alphabet.index("e")].argmax())
belongs = B_text[vowel_like] > B_text[1 - vowel_like]
print(
    "the state that shows e:  ",
    " ".join(letter for k, letter in enumerate(alphabet) if belongs[k] and seen[k]),
)
print(
    "the other state:         ",
    " ".join(letter for k, letter in enumerate(alphabet) if not belongs[k] and seen[k]),
)
change, back = A_text[vowel_like, 1 - vowel_like], A_text[1 - vowel_like, vowel_like]
print(f"chance to change the state: after e's {change:.2f}, after the other {back:.2f}")
frequencies = (seen / seen.sum())[seen > 0]
print(
    f"log-likelihood a letter: {history[-1] / 1500:.3f} (single letters, no memory: {(frequencies * np.log(frequencies)).sum():.3f})"
)

fig, ax = plt.subplots(figsize=(9, 3))
place = np.arange(27)
ax.bar(place - 0.2, B_text[vowel_like], 0.4, color="black", label="state that shows e")
ax.bar(
    place + 0.2,
    B_text[1 - vowel_like],
    0.4,
    color="white",
    edgecolor="black",
    hatch="//",
    label="other state",
)
ax.set_xticks(place, list(alphabet))
ax.set(
    xlabel="letter (_ is the space)",
    ylabel="p(letter | state)",
    title="Two states, discovered in 1,500 letters",
)
_ = ax.legend()

# %% [markdown]
# **What to look at:** the letters of each state, and the transitions. **What to conclude.** Nobody said "vowel", and yet one state shows a, e, i, o, u and y, and the two states mostly *alternate*: this is the strongest regularity of a word that two
# states can express. The one intruder, g, is instructive: in "-ing" it stands after a consonant and before a space, as a vowel might. A hidden state is a *role*, not a name that we would give. And the starts did not agree: some ended eighty nats lower with other
# divisions of the alphabet. One run of Baum–Welch proves nothing. Speech recognisers, part-of-speech taggers, gesture recognisers and gene finders were this model with more states.
# *Extend:* three states; another topic, say `topics["compound"]`.

# %% [markdown]
# ---
# # Part 6 · Numbers instead of symbols
#
# Off Peru the sea warms every few years: *El Niño*. The series shipped with statsmodels gives its monthly temperature from 1950 to 2010 (the NOAA's region at 0–10° S, 80–90° W). Take each month's mean away and let **regimes** explain what is left: in state $k$
# the anomaly is normal with mean $\mu_k$ and variance $\sigma_k^2$. (Fitted to daily returns instead, the same model tells calm markets from nervous ones.) Nothing else changes: `forward`, `backward`, `posterior`, `viterbi` and `pairwise_posterior` only ever see a table of log-likelihoods.
#
# **A worked example.** $\log \mathcal N(2 \mid 0, \sigma^2 = 4) = -\tfrac12 \log(2\pi\cdot 4) - \tfrac12 = -2.112086$.

# %% question="gaussian_emissions" points=4 minutes=5


# %% check="gaussian_emissions"
def test_worked_example(gaussian_emissions):
    """One number, two states: N(0, 4) and N(2, 1)."""
    import numpy as np

    result = gaussian_emissions(np.array([2.0]), np.array([0.0, 2.0]), np.array([4.0, 1.0]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (1, 2), f"a row a number, a column a state: (1, 2), not {result.shape}"
    assert abs(result[0, 0] + 2.112086) < 1e-5, "the first log density should be -2.112086, as in the text"
    assert abs(result[0, 1] + 0.918939) < 1e-5, "at its mean a standard normal has the log density -0.918939"


# %% [markdown]
# Learning differs in the M-step for the emissions only: weighted means and variances, as in week 4.

# %%
table = np.asarray(elnino.load_pandas().data)
first_year, monthly = int(table[0, 0]), table[:, 1:]
anomaly = (monthly - monthly.mean(axis=0)).ravel()


def fit_regimes(x, means, n_iter):
    """Baum-Welch with normal emissions, from given means: log_pi, log_A, means, variances, history."""
    K = len(means)
    log_pi, variances, history = np.full(K, -np.log(K)), np.full(K, 0.3), []
    log_A = np.log(np.full((K, K), 0.1 / (K - 1)) + (0.9 - 0.1 / (K - 1)) * np.eye(K))
    for _ in range(n_iter):
        log_lik = gaussian_emissions(x, means, variances)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = np.asarray(posterior(log_alpha, log_beta))
        moves = np.asarray(pairwise_posterior(log_alpha, log_beta, log_A, log_lik)).sum(axis=0)
        history.append(value)
        means = gamma.T @ x / gamma.sum(axis=0)
        variances = (gamma * (x[:, None] - means) ** 2).sum(axis=0) / gamma.sum(axis=0)
        with np.errstate(divide="ignore"):
            log_pi, log_A = np.log(gamma[0]), np.log(moves / moves.sum(axis=1, keepdims=True))
    return log_pi, log_A, means, variances, history


print("regimes   log-likelihood   free parameters      BIC")
for means in ([-0.7, 0.7], [-1.0, 0.0, 1.5]):
    K = len(means)
    fitted = fit_regimes(anomaly, np.array(means), 8)
    n_free = (K - 1) + K * (K - 1) + 2 * K
    print(
        f"{K:7}   {fitted[-1][-1]:14.1f}   {n_free:15}   {-2 * fitted[-1][-1] + n_free * np.log(anomaly.size):6.0f}"
    )
log_pi, log_A, means, variances, _ = fitted

p = np.asarray(stationary(np.exp(log_A)))
log_lik_sea = np.asarray(gaussian_emissions(anomaly, means, variances))
alone = special.logsumexp(log_lik_sea + np.log(p), axis=1).sum()
print(f"\nthe three regimes without memory (a mixture): {alone:.1f}")
for name, mean, sd, row in zip(("cold", "middle", "warm"), means, np.sqrt(variances), np.exp(log_A)):
    print(f"{name:7} mean {mean:5.2f} °C   sd {sd:.2f}   transitions {np.round(row, 3)}")

# %%
regimes = np.asarray(viterbi(log_pi, log_A, log_lik_sea)[0])
warm = regimes == int(np.argmax(means))
years = first_year + np.arange(anomaly.size) / 12
fig, ax = plt.subplots(figsize=(10, 3.2))
ax.plot(years, anomaly, "-", color="black", linewidth=0.8, label="anomaly")
ax.step(
    years,
    means[regimes],
    where="mid",
    linestyle="--",
    color="C3",
    label="mean of the regime on the best path",
)
ax.fill_between(
    years, -3, 5, where=warm, color="C1", alpha=0.25, hatch="..", edgecolor="white", label="warm regime"
)
ax.set(xlabel="year", ylabel="anomaly (°C)", ylim=(-3, 5), title="Three regimes of the sea off Peru")
ax.legend(loc="upper left", fontsize=8)

ends = np.flatnonzero(np.diff(np.concatenate([[False], warm, [False]]).astype(int)))
long_spells = [(s, e) for s, e in zip(ends[::2], ends[1::2]) if e - s >= 12]
print("warm for a year or more: " + ", ".join(f"{int(years[s])}-{int(years[e - 1])}" for s, e in long_spells))
print("strong El Niños in the chronicles: 1957-58, 1965-66, 1972-73, 1982-83, 1987-88, 1991-92, 1997-98")

# %% [markdown]
# **What to look at:** the shaded spells against the chronicle, the transition matrix, and the two log-likelihoods. **What to conclude.** Memory is worth some 300 nats: the same three normal distributions without it explain the data far worse. The sea does not jump
# from cold to warm: that transition was learned to be all but zero, without anybody saying so. BIC prefers three regimes to two (and four to three: try it); it is a guide, not a proof, because real anomalies are not drawn from normals.
#
# ### Gaps
#
# > **Where the lecture notes are brief.** They list "can handle incomplete observations" as an advantage and do not say how. It takes one line: a missing $x_t$ says nothing, so $p(x_t \mid k)$ is replaced by 1 for every $k$, a row of zeros in the table.
#
# Pretend that the ship was in repair for a year from July 1982, and see what the model believes about the greatest El Niño of its time.

# %%
gap = slice((1982 - first_year) * 12 + 6, (1982 - first_year) * 12 + 18)
with_gap = log_lik_sea.copy()
with_gap[gap] = 0.0
belief = np.asarray(posterior(forward(log_pi, log_A, with_gap)[0], backward(log_A, with_gap)))[gap]
print("month    Jul  Aug  Sep  Oct  Nov  Dec  Jan  Feb  Mar  Apr  May  Jun")
for k, name in enumerate(("cold", "middle", "warm")):
    print(f"{name:7} " + " ".join(f"{value:4.2f}" for value in belief[:, k]))

# %% [markdown]
# **What to conclude.** The belief bridges the gap: from what was seen before it to what came after, least sure in between. The missing year cost nothing but certainty.
#
# ---
# # What to remember
#
# - A hidden Markov model is a mixture with memory: Markov for the states, emission for what is seen. **Rows are from, columns are to.**
# - **Forward** sums over all pasts, **backward** over all futures, $K^2T$ steps each, in log space; $\sum_k \alpha_t(k)\beta_t(k)$ is the likelihood at every $t$: test it.
# - Filter, posterior and best path answer three questions. Know which one was asked.
# - **Baum–Welch** is EM with expected counts. It finds a local maximum, zeros stay zeros, and the names of the states mean nothing: several starts, keep the best.
# - Everything but the emissions is the same for symbols, numbers and gaps.
#
# The chain here is short-sighted: one state is all it remembers, and one of $K$ at that. Next week the hidden variable becomes continuous and the link to the data a neural network, the sums can no longer be done, and EM's lower bound returns as the
# **ELBO** of a variational autoencoder.
#
# **Ungraded, if you want more.** (1) Stays are geometric. Replace the loaded die by a chain of three loaded states that must be passed in turn (zeros in $A$): which distribution has the stay now? (2) Write `sample_path(rng, log_alpha, log_A)`, which draws $z_T$ from the last
# row of the filter and then each earlier state given the next. Draw 100 paths of the casino and plot the number of swaps: how typical is Viterbi's? (3) Give the text model three states and see what the third one is for.
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
