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
# # Week 1 · Bayes: beliefs that learn
#
# A screening test comes back positive. *How worried should the patient be, and how sure can we be of that answer
# when the test itself was tried on only a few people?* Everything you need to answer is one line of algebra.
# It is the same line by which every model of this course learns: a generative model says how hidden things
# produce visible data, and **inference runs it backwards**, from the data to what produced them.
#
# **After this week you can**
#
# 1. turn a prior and a likelihood into a posterior, and explain why a good test for a rare disease is mostly wrong when it alarms;
# 2. combine ten thousand clues in log space without underflow;
# 3. update Beta, Dirichlet and normal beliefs in closed form, and say what the prior does when data are few;
# 4. predict new data with the parameter *integrated out* instead of plugged in;
# 5. compare two models by their evidence.
#
# **Time and points.** About three and a half hours, 100 points: 70 for code, 20 for derivations (12 symbolic, 8 written),
# 10 for one plot and its interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 One clue | `bayes_posterior` | 6 | 10 |
# | 2 Many clues | `log_posterior` | 10 | 25 |
# | 3 Learning a probability | `beta_binomial_update`, `credible_interval` | 7 + 6 | 20 |
# |  | derivation `derive_beta_bernoulli`, derivation in words | 6 + 8 | 40 |
# |  | plot and interpretation | 5 + 5 | 25 |
# | 4 Predicting | `beta_binomial_predictive` | 9 | 20 |
# | 5 Letters | `dirichlet_update` | 6 | 10 |
# | 6 Bottles | `normal_update`, derivation `derive_normal_normal` | 9 + 6 | 35 |
# | 7 Which model? | `log_evidence`, `log_bayes_factor` | 9 + 8 | 25 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Predict** before you compute: double-click the cell and write your guess into it. Nobody grades it, but a guess on
#   paper is the only one that can surprise you.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
#   After grading you read which of them failed and why.
# - **What counts**: each hidden test has a share of its question's points, so a partly right function earns part of
#   them. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing (10,000 observations included; a plain loop is
#   fast enough), one cell 20 seconds. A question that runs for ever costs only its own points.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $k$ counts the $K$ hypotheses, $n$ the $N$ observations $x_1,\dots,x_N$; $\theta$ is an unknown probability; $\mathcal N(\mu, \sigma^2)$ has
# its *variance* second; $\log$ is the natural logarithm; $\mathrm B(a,b)=\Gamma(a)\Gamma(b)/\Gamma(a+b)$ is the beta function.

# %%
import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special, stats

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer, load_wine

plt.rcParams.update({"figure.figsize": (7, 3.8), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · One clue
#
# Somebody observes $x$. Hypotheses $k = 1, \dots, K$ compete to explain it. Bayes' theorem has four terms:
#
# $$\underbrace{p(k \mid x)}_{\text{posterior}} \;=\; \frac{\overbrace{p(x \mid k)}^{\text{likelihood}}\;\overbrace{p(k)}^{\text{prior}}}{\underbrace{p(x)}_{\text{evidence}}},
# \qquad p(x) = \sum_{j=1}^{K} p(x \mid j)\, p(j).$$
#
# - The **prior** is what you believe before looking, the **posterior** after.
# - The **likelihood** is a function of the *hypothesis*, for the one $x$ that was seen. It need not sum to 1 over $k$.
# - The **evidence** is how well all hypotheses together foresaw $x$. It makes the posterior sum to 1.
#
# A *discriminative* model learns the left side directly, from $x$ to $k$. A *generative* model learns the numerator, how each $k$ produces $x$, and gets
# the left side by this theorem. What is hidden need not be a class: in a variational autoencoder (week 7) $k$ becomes a continuous code and a network
# approximates its posterior; in a Bayesian neural network it is the weights themselves.
#
# > **Where the lecture notes go wrong.** The probability review says the evidence is "approximated with large data". It is not:
# > the evidence is a *marginal*, the sum above (or an integral), for one observation as for a million. And the slides on Bayes'
# > theorem say that a GAN's discriminator is a likelihood and its generator samples a posterior. The discriminator estimates
# > a *ratio* of two densities, and the generator maps noise to data: there is no posterior in it.
#
# **A worked example.** Of all e-mails 30 % are spam. The word "prize" stands in 80 % of the spam and in 10 % of the rest. An e-mail
# says "prize". The joint probabilities are $0.8 \cdot 0.3 = 0.24$ (spam) and $0.1 \cdot 0.7 = 0.07$ (not spam), the evidence is their sum
# $0.31$, and the posterior of spam is $0.24 / 0.31 = 0.774194$.
#
# %% [markdown]
# **Predict.** Before you compute anything: a test finds 76 of 100 sick people and alarms for 3 of 100 healthy ones. One woman in 200 who come to a
# screening is sick. Of a hundred who are told "positive", how many are sick? Write down a number.
#
# *My guess:*

# %% question="bayes_posterior" points=6 minutes=10


# %% check="bayes_posterior"
def test_spam_word(bayes_posterior):
    """The worked example: prior (0.3, 0.7), likelihood (0.8, 0.1)."""
    import numpy as np

    posterior = bayes_posterior(np.array([0.3, 0.7]), np.array([0.8, 0.1]))
    assert posterior is not None, "your function returned None: is there a return statement?"
    posterior = np.asarray(posterior)
    assert posterior.shape == (2,), (
        f"one probability per hypothesis: the shape should be (2,), not {posterior.shape}"
    )
    assert abs(posterior.sum() - 1) < 1e-9, "the posterior should sum to 1: did you divide by the evidence?"
    assert abs(posterior[0] - 0.774194) < 1e-5, "the posterior of spam should be 0.774194, as in the text"


def test_arguments_are_not_edited(bayes_posterior):
    """The arrays that were handed in stay as they were."""
    import numpy as np

    prior, likelihood = np.array([0.3, 0.7]), np.array([0.8, 0.1])
    bayes_posterior(prior, likelihood)
    assert prior.tolist() == [0.3, 0.7], (
        "your function changed the prior it was given; make a new array instead"
    )
    assert likelihood.tolist() == [0.8, 0.1], "your function changed the likelihood it was given"


def test_impossible_data_are_an_error(bayes_posterior):
    """The docstring promises ValueError when no hypothesis allows the observation."""
    import numpy as np

    try:
        bayes_posterior(np.array([0.5, 0.5]), np.array([0.0, 0.0]))
    except ValueError:
        return
    raise AssertionError("likelihoods that are all 0 should raise ValueError")


# %% [markdown]
# ### A real test
#
# The Wisconsin data describe cell nuclei from 569 breast biopsies: 212 malignant, 357 benign. We make a crude test of one
# number: *positive* if the mean radius of the nuclei exceeds 15. On these data it finds 76 % of the malignant cases (its
# **sensitivity**) and alarms for 3.4 % of the benign ones. In the biopsy clinic 37 % of the cases are malignant. In a
# screening of everybody perhaps 0.5 % would be; that figure is an assumption of ours, to be varied below.

# %%
cancer = load_breast_cancer()
malignant = cancer.target == 0
positive = cancer.data[:, 0] > 15
sensitivity = positive[malignant].mean()
false_alarms = positive[~malignant].mean()

for place, base_rate in (("biopsy clinic", malignant.mean()), ("screening", 0.005)):
    posterior = bayes_posterior([base_rate, 1 - base_rate], [sensitivity, false_alarms])
    print(f"{place:14} base rate {base_rate:6.1%}   p(malignant | positive) = {posterior[0]:.1%}")
print(
    f"\nCounted in the clinic's own data:        p(malignant | positive) = {malignant[positive].mean():.1%}"
)

# %% [markdown]
# The clinic's number agrees with what can be counted directly: Bayes' theorem is bookkeeping. In the screening nine
# alarms in ten are false, although the test is the same. **What to look at in the plot:** the two curves are the same
# function of the base rate for two tests. Where does each cross one half?

# %%
base_rates = np.logspace(-4, -0.3, 60)
fig, ax = plt.subplots()
for label, style, alarms in (
    ("this test, 3.4 % false alarms", "-", false_alarms),
    ("ten times fewer false alarms", "--", false_alarms / 10),
):
    curve = [bayes_posterior([rate, 1 - rate], [sensitivity, alarms])[0] for rate in base_rates]
    ax.semilogx(base_rates, curve, style, label=label)
ax.axhline(0.5, color="black", linestyle=":", label="an even chance")
ax.set_xticks([1e-4, 1e-3, 1e-2, 1e-1], ["0.01 %", "0.1 %", "1 %", "10 %"])
ax.minorticks_off()
ax.set(
    xlabel="base rate, p(malignant)",
    ylabel="p(malignant | positive)",
    title="What an alarm means depends on who is tested",
)
_ = ax.legend()

# %% [markdown]
# **What to conclude.** The curve for this test crosses one half where the base rate is about as large as the false-alarm rate over the
# sensitivity. Even a perfect *sensitivity* would move it only from 4.2 % to 3.3 %; cutting *false alarms* to a tenth moves it to 0.4 %. Forgetting the base rate has a name,
# base-rate neglect, and courts and clinics pay for it.
#
# ### Events: independent, dependent, and independent *given* something
#
# $A$ and $B$ are independent if $p(A \cap B) = p(A)\,p(B)$. If not, $p(A \cap B) = p(A)\, p(B \mid A)$, which always holds. Change the second
# test below and compare the columns. Here $A$ is "radius above 15" and $B$ is "texture above its median".

# %% tags=["playground"]
second = "mean texture"  # try "mean concavity" or "mean smoothness"
column = list(cancer.feature_names).index(second)
also_positive = cancer.data[:, column] > np.median(cancer.data[:, column])
for who, rows in (("everybody", np.ones(569, bool)), ("malignant", malignant), ("benign", ~malignant)):
    both = (positive & also_positive)[rows].mean()
    product = positive[rows].mean() * also_positive[rows].mean()
    print(f"{who:10} p(A and B) = {both:.3f}   p(A) p(B) = {product:.3f}")

# %% [markdown]
# Over everybody the two tests are clearly *dependent*: both tell of the same illness. Among the malignant cases they are almost
# independent: once the cause is known, one test says little more about the other. (Among the benign the alarms are too few to tell: one patient where four are expected.) **Conditional** independence is what lets
# us multiply likelihoods in the next part, and it is an assumption that data can refute.

# %% [markdown]
# ---
# # Part 2 · Many clues
#
# With observations that are independent *given the hypothesis*,
#
# $$p(k \mid x_1, \dots, x_N) \;\propto\; p(k) \prod_{n=1}^{N} p(x_n \mid k).$$
#
# **Predict.** Each factor is about 0.1. After how many factors does a computer call the product 0? The smallest positive double
# is about $5 \cdot 10^{-324}$.
#
# *My guess:*

# %%
print("0.1 ** 300  =", 0.1**300)
print("0.1 ** 324  =", 0.1**324, "  <- underflow: every hypothesis gets 0, and 0 / 0 is no posterior")

# %% [markdown]
# So we keep logarithms, which add. One step remains: normalising. The log evidence is
#
# $$\log \sum_{k} e^{\ell_k}, \qquad \ell_k = \log p(k) + \sum_n \log p(x_n \mid k),$$
#
# where every $e^{\ell_k}$ underflows again. Take the largest $\ell_{\max}$ out of the sum: $\log\sum_k e^{\ell_k} = \ell_{\max} + \log\sum_k e^{\ell_k - \ell_{\max}}$.
# Now the largest term is 1. This *log-sum-exp* will follow you through the whole course (`special.logsumexp` is one).
#
# **A worked example.** Prior $(0.5, 0.5)$; two observations with likelihoods $(0.8, 0.1)$ and $(0.2, 0.4)$. The products are $0.5\cdot0.8\cdot0.2 = 0.08$ and $0.5\cdot0.1\cdot0.4 = 0.02$, so the posterior
# is $(0.8, 0.2)$, and its logarithm $(-0.223144, -1.609438)$.

# %% question="log_posterior" points=10 minutes=25


# %% check="log_posterior"
def test_two_observations(log_posterior):
    """The worked example: the posterior is (0.8, 0.2)."""
    import numpy as np

    result = log_posterior(np.log([0.5, 0.5]), np.log([[0.8, 0.1], [0.2, 0.4]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2,), (
        f"one log probability per hypothesis: the shape should be (2,), not {result.shape}"
    )
    assert (result <= 0).all(), "log probabilities are never positive: is the posterior normalised?"
    total = np.exp(result).sum()
    assert abs(total - 1) < 1e-9, (
        f"the exponentials should sum to 1, not {total:.4f}: subtract the log evidence"
    )
    assert np.allclose(np.exp(result), [0.8, 0.2]), (
        f"the exponentials should be 0.8 and 0.2, as in the text, not {np.exp(result).round(4)}"
    )


def test_a_thousand_observations(log_posterior):
    """A thousand observations give finite numbers."""
    import numpy as np

    result = np.asarray(log_posterior(np.log([0.5, 0.5]), np.tile(np.log([0.1, 0.09]), (1000, 1))))
    assert result.dtype.kind == "f", "the result should be an array of numbers"
    assert np.isfinite(result).all(), "the result is not finite: is there an exp of something very negative?"


# %% [markdown]
# ### Who wrote this message?
#
# Three senders use six words at different rates. *These rates are invented and the messages simulated*: no corpus of e-mails
# comes with our packages. One message of 10,000 words is drawn from the newsletter's rates; the reader knows the rates
# but not the sender, and reads word by word.

# %%
senders = ["spam", "friend", "newsletter"]
words = ["prize", "click", "dinner", "weekend", "update", "hello"]
rates = np.array(
    [
        [0.30, 0.25, 0.05, 0.10, 0.15, 0.15],
        [0.02, 0.08, 0.25, 0.30, 0.10, 0.25],
        [0.10, 0.20, 0.05, 0.20, 0.30, 0.15],
    ]
)
log_prior = np.log([0.3, 0.5, 0.2])
message = np.random.default_rng(2).choice(6, size=10_000, p=rates[2])
log_likelihood = np.log(rates[:, message]).T

read = np.unique(np.round(np.logspace(0, 4, 40)).astype(int))
log_beliefs = np.array([log_posterior(log_prior, log_likelihood[:n]) for n in read])
for n in (1, 10, 100, 10_000):
    belief = np.exp(log_posterior(log_prior, log_likelihood[:n]))
    print(f"after {n:6,} words:  " + "   ".join(f"{s} {p:.4f}" for s, p in zip(senders, belief)))
print("true sender: newsletter")

# %% [markdown]
# **What to look at:** the left panel is what a reader would say, the right one what the logarithms know.

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), gridspec_kw={"wspace": 0.3})
for k, (sender, style) in enumerate(zip(senders, ("o-", "s--", "^:"))):
    axes[0].semilogx(read, np.exp(log_beliefs[:, k]), style, markersize=4, label=sender)
    axes[1].plot(read, log_beliefs[:, k], style, markersize=4, label=sender)
axes[0].set(xlabel="words read", ylabel="posterior probability", title="Certain after a hundred words")
axes[1].set(xlabel="words read", ylabel="log posterior", title="The evidence keeps growing, linearly")
axes[0].set_xticks(10 ** np.arange(5), ["1", "10", "100", "1,000", "10,000"])
axes[0].minorticks_off()
_ = axes[0].legend()

# %% [markdown]
# **What to conclude.** In probabilities nothing happens after a few hundred words. In logarithms each word adds about the same
# amount: the slopes are (minus) the Kullback–Leibler divergences between the newsletter's rates and the others', which week 8 will meet
# again. *Extend:* give the true sender prior 0. What can 10,000 words do against it?

# %% [markdown]
# ---
# # Part 3 · Learning a probability
#
# The sensitivity of our test is itself unknown: it was estimated from patients. Call it $\theta$. A hypothesis is now every number
# between 0 and 1, and the sums become integrals:
#
# $$p(\theta \mid x) = \frac{p(x \mid \theta)\, p(\theta)}{\int_0^1 p(x \mid \theta')\, p(\theta')\, d\theta'}, \qquad
# p(x \mid \theta) = \prod_{n} \theta^{x_n} (1 - \theta)^{1 - x_n}.$$
#
# A prior of the form $\mathrm{Beta}(a, b)$, with density $\theta^{a-1}(1-\theta)^{b-1} / \mathrm B(a,b)$, is **conjugate**: the posterior is a Beta again. Its mean is $a/(a+b)$.
#
# **A worked example.** Prior $\mathrm{Beta}(2, 2)$, observations 1, 1, 0, 1: three successes, one failure. The posterior is $\mathrm{Beta}(5, 3)$, with
# mean $0.625$ between the prior's $0.5$ and the share seen, $0.75$.

# %% [markdown]
# **Predict.** The first three patients with cancer are all found by the test. What is the maximum-likelihood estimate of its
# sensitivity? Would you sell the test with that number? Which number would you quote instead?
#
# *My guess:*

# %% question="beta_binomial_update" points=7 minutes=10


# %% check="beta_binomial_update"
def test_worked_example(beta_binomial_update):
    """Beta(2, 2) and the observations 1, 1, 0, 1 give Beta(5, 3)."""
    import numpy as np

    result = beta_binomial_update(2, 2, np.array([1, 1, 0, 1]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, a_n and b_n"
    assert np.allclose(result, (5, 3)), (
        "three successes and one failure should give Beta(5, 3), as in the text"
    )


def test_nothing_seen(beta_binomial_update):
    """Without observations the prior stays."""
    import numpy as np

    assert np.allclose(beta_binomial_update(0.5, 1.5, np.zeros(0)), (0.5, 1.5)), (
        "no data: the posterior is the prior"
    )


# %% [markdown]
# ### How sure are we?
#
# A posterior is a whole distribution. To report it, people quote an interval that holds, say, 95 % of it. *Equal-tailed* means that
# 2.5 % lie below and 2.5 % above. Unlike a confidence interval it may be read as it sounds: given the model and the prior, $\theta$ lies
# inside with probability 95 %.
#
# **A worked example.** $\mathrm{Beta}(1, 1)$ is uniform, so its 90 % interval is $(0.05, 0.95)$.

# %% question="credible_interval" points=6 minutes=10


# %% check="credible_interval"
def test_uniform(credible_interval):
    """The 90 % interval of the uniform distribution is (0.05, 0.95)."""
    import numpy as np

    result = credible_interval(1, 1, 0.9)
    assert result is not None, "your function returned None: is there a return statement?"
    lo, hi = result
    assert lo < hi, "return the lower end first"
    assert np.allclose((lo, hi), (0.05, 0.95)), (
        "Beta(1, 1) at level 0.9 should give (0.05, 0.95), as in the text"
    )


# %%
found = positive[malignant].astype(int)
print("  n   found   maximum likelihood   posterior mean   95 % credible interval")
for n in (3, 10, 40, 212):
    a_n, b_n = beta_binomial_update(1, 1, found[:n])
    lo, hi = credible_interval(a_n, b_n, 0.95)
    seen, mean = found[:n], a_n / (a_n + b_n)
    print(f"{n:3}   {seen.sum():5}   {seen.mean():18.3f}   {mean:14.3f}   ({lo:.3f}, {hi:.3f})")

# %% [markdown]
# After three patients maximum likelihood says that the test never misses anyone. The posterior mean under a uniform prior is 0.8, and its
# interval admits that sensitivities from 0.4 to 0.99 are all plausible. After 212 patients the two agree to two digits:
# **the prior matters when data are few, and fades.**

# %% [markdown]
# ### Derive it, step by step
#
# Now on paper, then in SymPy: the posterior of $\theta$ from $n$ observations with $s$ successes under $\mathrm{Beta}(a, b)$. Each of the five steps is
# graded on its own, by its value at random points, so any equal form is right. You need no simplification, and you may
# use earlier steps in later ones. Declare symbols by the names that the docstring gives.

# %% question="derive_beta_bernoulli" points=6 minutes=20


# %% check="derive_beta_bernoulli"
def test_entries(derive_beta_bernoulli):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_beta_bernoulli()
    names = ["log_likelihood", "log_joint", "log_evidence", "log_posterior", "posterior_mean"]
    assert isinstance(steps, dict), "return a dictionary"
    for name in names:
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"theta", "a", "b", "n", "s"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}: only theta, a, b, n and s are given'


def test_posterior_mean_of_the_worked_example(derive_beta_bernoulli):
    """Beta(2, 2) with 3 successes in 4 has mean 0.625."""
    mean = derive_beta_bernoulli()["posterior_mean"]
    values = {"a": 2, "b": 2, "n": 4, "s": 3}
    value = mean.subs({symbol: values.get(symbol.name, symbol) for symbol in mean.free_symbols})
    assert abs(float(value) - 0.625) < 1e-9, "the posterior mean of the worked example should be 0.625"


# %% [markdown]
# ### Derive it in words
#
# Let $p(\theta)$ be *any* prior and let the observations be independent given $\theta$. You look at $x_1$ first and take your posterior as the
# prior for $x_2$.
#
# 1. Show that the result equals the posterior from $x_1$ and $x_2$ together.
# 2. Say at which step you used that the observations are independent *given* $\theta$.
# 3. Conclude why the order of the observations does not matter.
#
# Write formulas between dollar signs. Half a page is enough.

# %% [markdown] answer="sequential_learning" points=8 minutes=20
# **Model answer.** After $x_1$ the belief is $p(\theta \mid x_1) = p(x_1 \mid \theta)\,p(\theta) / p(x_1)$. Using it as the prior for $x_2$ gives
#
# $$\frac{p(x_2 \mid \theta)\, p(\theta \mid x_1)}{\int p(x_2 \mid \theta')\, p(\theta' \mid x_1)\, d\theta'}
# = \frac{p(x_2 \mid \theta)\, p(x_1 \mid \theta)\, p(\theta) / p(x_1)}{\int p(x_2 \mid \theta')\, p(x_1 \mid \theta')\, p(\theta')\, d\theta' / p(x_1)}
# = \frac{p(x_1, x_2 \mid \theta)\, p(\theta)}{p(x_1, x_2)} = p(\theta \mid x_1, x_2).$$
#
# The factor $p(x_1)$ cancels: it does not depend on $\theta$. Independence given $\theta$ is used in $p(x_2 \mid \theta)\, p(x_1 \mid \theta) = p(x_1, x_2 \mid \theta)$; more
# exactly, the second update must use $p(x_2 \mid \theta, x_1)$, and independence lets us drop $x_1$. The product
# $p(x_1 \mid \theta)\, p(x_2 \mid \theta)$ is symmetric in the two observations, so exchanging them changes nothing; by induction the same
# holds for $N$ observations in any order.
#
# **Rubric (8 points).** 4: the two-step posterior is written out and reduced to the joint one, normaliser included (2 if only
# proportionality is shown without saying why constants may be dropped). 2: names the step $p(x_1, x_2 \mid \theta) = p(x_1 \mid \theta)\, p(x_2 \mid \theta)$ and that it is
# independence *given* $\theta$ (0 if plain independence of the data is claimed; they are dependent through $\theta$). 2: symmetry of the product, or another
# complete argument, for the order. A proof for the Beta prior only earns at most 5.

# %% [markdown]
# ### Plot it
#
# Draw how the belief about the sensitivity sharpens: the posterior density of $\theta$ after $n = 0, 3, 10, 40$ and $212$ patients (`found[:n]`), from a
# uniform prior. One figure; axes labelled; the five curves told apart without colour alone (line styles or
# labels); the share among all 212 patients marked. `stats.beta.pdf` gives the density.

# %% plot="posterior_sharpening" points=5 minutes=15
### BEGIN SOLUTION
theta = np.linspace(0, 1, 400)
fig, ax = plt.subplots()
for n, style in zip((0, 3, 10, 40, 212), (":", "-.", "--", (0, (8, 2)), "-")):
    a_n, b_n = beta_binomial_update(1, 1, found[:n])
    ax.plot(theta, stats.beta.pdf(theta, a_n, b_n), linestyle=style, label=f"n = {n}")
ax.axvline(found.mean(), color="black", linewidth=0.8, label="share of all 212")
ax.set(
    xlabel="sensitivity θ",
    ylabel="posterior density",
    title="The posterior sharpens as patients are seen",
)
_ = ax.legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. How does the width of the posterior change from 10 to 40 patients, and which rule would you guess from it?
# 2. After three patients the mode of the posterior is 1. Is that the best guess of $\theta$? What does the mean say instead, and why?
# 3. A colleague starts from $\mathrm{Beta}(50, 50)$. What would her curves look like for $n = 3$ and for $n = 212$?

# %% [markdown] answer="reading_the_posteriors" points=5 minutes=10
# **Model answer.** Four times the patients halve the width: from 10 to 40 the 95 % interval shrinks from about 0.53 to about 0.29, roughly the
# $1/\sqrt n$ rule. The mode after three successes is 1 because nothing seen so far speaks against 1, but the density is high over a broad
# range below it and cannot lie above: the mean, 0.8, weighs that whole range, and it is the probability that the next patient is found.
# $\mathrm{Beta}(50, 50)$ counts like 100 earlier patients of whom half were found. After three patients her curve hardly
# leaves 0.5; after 212 it lies between 0.5 and the share seen (at $211/312 = 0.68$) and is narrower than ours: confident, and off, because the
# prior was confident and off.
#
# **Rubric (5 points).** 2: width falls like $1/\sqrt n$ (1 if only "narrower"). 1: the mode at the border is no good summary, the mean
# averages over what is plausible. 2: the strong prior dominates at $n = 3$ (1) and still pulls at $n = 212$ (1).

# %% [markdown]
# ---
# # Part 4 · Predicting
#
# A model earns its keep by predicting. *How many of the next 20 sick patients will the test find?* If $\theta$ were known, the answer would be a
# binomial distribution. It is not known, so we average the binomial over what we believe about $\theta$, the **posterior predictive**:
#
# $$p(k \mid x) = \int_0^1 \binom{n}{k} \theta^k (1-\theta)^{n-k}\; \mathrm{Beta}(\theta \mid a, b)\; d\theta.$$
#
# The integrand is, up to constants, another Beta density, so the integral is a ratio of beta functions. Write it down before you code, and take
# logarithms (`special.betaln`, `special.gammaln`): $\binom{5000}{2500}$ does not fit a double.
#
# **A worked example.** With $\mathrm{Beta}(1, 1)$ and $n = 2$ every number of successes, 0, 1 or 2, has the same probability $1/3$. Plugging in the mean
# $\tfrac12$ would say $\tfrac14, \tfrac12, \tfrac14$: too sure of the middle.

# %% [markdown]
# **Predict.** After three patients, all found: what is the probability that *all* of the next 20 are found? Under maximum likelihood? Under the posterior $\mathrm{Beta}(4, 1)$?
#
# *My guess:*

# %% question="beta_binomial_predictive" points=9 minutes=20


# %% check="beta_binomial_predictive"
def test_uniform_belief(beta_binomial_predictive):
    """A uniform belief and two trials give one third to 0, 1 and 2."""
    import numpy as np

    result = beta_binomial_predictive(1, 1, 2)
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3,), (
        f"two trials have three outcomes, 0, 1 and 2: the shape should be (3,), not {result.shape}"
    )
    assert (result <= 1e-12).all(), "log probabilities are never positive: did you return probabilities?"
    assert np.allclose(np.exp(result), 1 / 3), "each outcome should have probability 1/3, as in the text"


def test_sums_to_one(beta_binomial_predictive):
    """The probabilities sum to one."""
    import numpy as np

    total = np.exp(np.asarray(beta_binomial_predictive(2.5, 0.5, 9))).sum()
    assert abs(total - 1) < 1e-8, "the probabilities of 0 to 9 successes should sum to 1"


# %%
a_n, b_n = beta_binomial_update(1, 1, found[:3])
predictive = np.exp(beta_binomial_predictive(a_n, b_n, 20))
plugged_in = stats.binom.pmf(np.arange(21), 20, a_n / (a_n + b_n))
blocks = found[3:203].reshape(10, 20).sum(axis=1)

fig, ax = plt.subplots()
ax.bar(
    np.arange(21),
    predictive,
    width=0.8,
    color="lightgray",
    edgecolor="black",
    label="predictive, theta integrated out",
)
ax.plot(np.arange(21), plugged_in, "o--", markersize=4, label="posterior mean plugged in")
ax.plot(
    blocks,
    np.full(10, -0.01) - 0.006 * np.arange(10),
    "k^",
    markersize=5,
    label="ten real groups of 20 patients",
)
ax.set(xlabel="patients found of the next 20", ylabel="probability", title="Predictions after three patients")
ax.set_yticks(np.arange(0, 0.25, 0.05))
_ = ax.legend(loc="upper left")
print("p(all 20 found): maximum likelihood 1.000,")
print(f"                 plugged in {plugged_in[20]:.3f}, integrated {predictive[20]:.3f}")
print(f"Found in ten real groups of 20: {np.sort(blocks)}")

# %% [markdown]
# **What to look at:** where the triangles (what happened) lie under each forecast. **What to conclude:** the
# maximum-likelihood forecast, certainty of 20, was wrong ten times of ten. The plugged-in mean gives 12 or fewer a chance of
# 3 %, and three of the ten groups are there. The integrated forecast is wide because three patients teach little, and it says so. As $n$ grows the two forecasts meet.
# *Extend:* use `found[:100]` for the belief and look again.

# %% [markdown]
# ---
# # Part 5 · Letters: more than two outcomes
#
# The smallest text generator there is draws letters independently with probabilities $\theta_1,\dots,\theta_{26}$. Learn them from the first 100 letters
# of the data set's own English description, then score the rest. With the conjugate prior $\mathrm{Dirichlet}(\alpha)$, density $\propto \prod_k \theta_k^{\alpha_k - 1}$, the
# posterior is a Dirichlet again, and the probability that the next letter is $k$ is the posterior mean, $\alpha_k^{\text{post}} / \sum_j \alpha_j^{\text{post}}$.
#
# **A worked example.** $\alpha = (2, 2, 2)$ and counts $(2, 0, 3)$ give $\mathrm{Dirichlet}(4, 2, 5)$: the letter never seen keeps probability $2/11$.

# %% [markdown]
# **Predict.** Which letters will be missing among the first 100, and what log score does maximum likelihood get on a text in which one of them
# appears?
#
# *My guess:*

# %% question="dirichlet_update" points=6 minutes=10


# %% check="dirichlet_update"
def test_worked_example(dirichlet_update):
    """Dirichlet(2, 2, 2) and the counts 2, 0, 3 give Dirichlet(4, 2, 5)."""
    import numpy as np

    result = dirichlet_update(np.full(3, 2.0), np.array([2, 0, 3]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3,), f"one parameter per category: the shape should be (3,), not {result.shape}"
    assert np.allclose(result, [4, 2, 5]), f"the parameters should be (4, 2, 5), as in the text, not {result}"


# %%
letters = np.array([ord(c) - ord("a") for c in cancer.DESCR.lower() if "a" <= c <= "z"])
train, rest = letters[:100], letters[100:]
counts = np.bincount(train, minlength=26)
unseen = "".join(chr(ord("a") + k) for k in np.flatnonzero(counts == 0))
print(f"letters not among the first 100: {unseen}")

with np.errstate(divide="ignore"):
    by_counts = np.log(counts / counts.sum())[rest].mean()
print(f"maximum likelihood:       {by_counts:8.4f} nats a letter on the rest")
for alpha in (0.01, 0.5, 1.0, 10.0):
    alpha_n = np.asarray(dirichlet_update(np.full(26, alpha), counts))
    print(f"Dirichlet, alpha = {alpha:5}: {np.log(alpha_n / alpha_n.sum())[rest].mean():8.4f}")
best = np.bincount(rest, minlength=26) / rest.size
print(
    f"the rest's own frequencies: {np.log(best[rest]).mean():6.4f}   <- no fixed probabilities can beat this"
)

# %% [markdown]
# **What to conclude.** One letter never seen is enough to give maximum likelihood the score $-\infty$: it has called something impossible that then
# happened. A little prior repairs that; a lot of prior drowns the data. Weeks 4 to 6 meet the same zero again, in empty clusters, unseen words
# and transitions that never occurred. And this is a *generative* model: it can *evaluate* how probable a
# text is, as above, and it can *sample* a new one:

# %% tags=["playground"]
rng = np.random.default_rng(0)
alpha_n = np.asarray(dirichlet_update(np.full(26, 0.5), counts), dtype=float)
for _ in range(3):
    theta_draw = rng.dirichlet(alpha_n)
    print("".join(chr(ord("a") + k) for k in rng.choice(26, size=60, p=theta_draw)))

# %% [markdown]
# ---
# # Part 6 · Bottles: learning a mean
#
# A lab measures the alcohol of wines. For one cultivar the catalogue says "about 13 %, give or take 1": our prior for its mean is $\mu \sim \mathcal N(\mu_0 = 13,\ \tau_0^2 = 1)$. Single
# bottles scatter around the mean with a variance that we take as known, $\sigma^2 = 0.3$. *How many bottles must be opened before the mean is known to $\pm 0.1$?*
#
# Call one over a variance a **precision**. Completing the square in $\mu$ shows (you will) that the posterior is normal, that its
# precision is the *sum* of the prior's and the data's, and that its mean is the average of $\mu_0$ and the observations, each weighted with its precision.
#
# **A worked example.** Prior $\mathcal N(0, 1)$, $\sigma^2 = 1$, one observation $x = 2$: equal precisions, so the posterior is $\mathcal N(1, \tfrac12)$.

# %% [markdown]
# **Predict.** Does the posterior *variance* depend on what is found in the bottles? How many bottles is the catalogue's word worth?
#
# *My guess:*

# %% question="normal_update" points=9 minutes=15


# %% check="normal_update"
def test_worked_example(normal_update):
    """Prior N(0, 1), variance 1 and the observation 2 give N(1, 1/2)."""
    import numpy as np

    result = normal_update(0.0, 1.0, 1.0, np.array([2.0]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, mu_n and tau_n_sq"
    assert np.allclose(result[0], 1.0), "the posterior mean should be 1, half-way, as in the text"
    assert np.allclose(result[1], 0.5), "the posterior variance should be 1/2, as in the text"


def test_a_sharper_prior_counts_more(normal_update):
    """The surer the prior, the closer the posterior mean stays to it."""
    import numpy as np

    vague, _ = normal_update(0.0, 4.0, 1.0, np.array([2.0]))
    sharp, _ = normal_update(0.0, 0.25, 1.0, np.array([2.0]))
    assert sharp < vague, "a prior with a smaller variance should hold the mean closer to mu0"


def test_more_data_make_it_surer(normal_update):
    """Each observation makes the posterior variance smaller."""
    import numpy as np

    (_, one), (_, two) = (normal_update(0.0, 1.0, 1.0, np.full(n, 2.0)) for n in (1, 2))
    assert two < one, "a second observation should make the posterior variance smaller: does n come in?"


# %%
wine = load_wine()
bottles = np.random.default_rng(1).permutation(
    wine.data[wine.target == 1, 0]
)  # shuffled: neighbours in the file may be alike
print(" n   posterior mean   posterior sd")
for n in (0, 1, 5, 20, 71):
    mu_n, tau_n_sq = normal_update(13.0, 1.0, 0.3, bottles[:n])
    print(f"{n:2}   {mu_n:14.3f}   {np.sqrt(tau_n_sq):12.3f}")
print(f"mean of all {bottles.size} bottles: {bottles.mean():.3f}")

# %% [markdown]
# **What to look at:** bars are the posterior mean with two posterior standard deviations on each side, after each bottle.

# %%
steps = np.arange(0, 41)
path = np.array([normal_update(13.0, 1.0, 0.3, bottles[:n]) for n in steps])
fig, ax = plt.subplots()
ax.errorbar(
    steps,
    path[:, 0],
    2 * np.sqrt(path[:, 1]),
    fmt="o",
    markersize=3,
    capsize=2,
    label="posterior mean ± 2 sd",
)
ax.plot(steps[1:], np.cumsum(bottles[:40]) / steps[1:], "x", markersize=5, label="average so far (no prior)")
ax.axhline(bottles.mean(), color="black", linestyle="--", linewidth=0.9, label="mean of all 71 bottles")
ax.set(
    xlabel="bottles opened", ylabel="mean alcohol (%)", title="The catalogue is forgotten after a few bottles"
)
_ = ax.legend()

# %% [markdown]
# **What to conclude.** The width depends only on the *number* of bottles, so the question at the top can be answered before opening one: two standard
# deviations fall below 0.1 when $1/\tau_0^2 + n/\sigma^2 \ge 400$, at $n = 120$. The prior is worth $\sigma^2/\tau_0^2 = 0.3$ bottles. That is why nobody minds it here.
#
# ### Derive it, step by step
#
# Again five expressions, now in $n$, $s_1 = \sum_i x_i$ and $s_2 = \sum_i x_i^2$. Everything the data say about $\mu$ is in $n$ and $s_1$: at which step does $s_2$ disappear?

# %% question="derive_normal_normal" points=6 minutes=20


# %% check="derive_normal_normal"
def test_entries(derive_normal_normal):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_normal_normal()
    given = {"mu", "mu0", "tau0_sq", "sigma_sq", "n", "s1", "s2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "log_joint", "slope", "precision", "posterior_mean"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_slope_and_precision_are_derivatives(derive_normal_normal):
    """The slope is the derivative of your own log joint, and the precision minus that of your slope."""
    import sympy as sp

    steps = derive_normal_normal()
    values = {"mu": 0.3, "mu0": -1, "tau0_sq": 2, "sigma_sq": 0.7, "n": 5, "s1": 4, "s2": 9}
    for of, name, sign in (("log_joint", "slope", 1), ("slope", "precision", -1)):
        mu = next((s for s in steps[of].free_symbols if s.name == "mu"), sp.Symbol("mu"))
        gap = sign * sp.diff(steps[of], mu) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"{name}" does not follow from your "{of}": differentiate it once more'


def test_posterior_mean_of_the_worked_example(derive_normal_normal):
    """Prior N(0, 1), variance 1 and the observation 2 give the mean 1."""
    mean = derive_normal_normal()["posterior_mean"]
    values = {"mu0": 0, "tau0_sq": 1, "sigma_sq": 1, "n": 1, "s1": 2, "s2": 4}
    value = mean.subs({symbol: values.get(symbol.name, symbol) for symbol in mean.free_symbols})
    assert abs(float(value) - 1) < 1e-9, "the posterior mean of the worked example should be 1"


# %% [markdown]
# ---
# # Part 7 · Which model?
#
# The maker of our test claims a sensitivity around 0.9: her belief is $\mathrm{Beta}(45, 5)$. A sceptic says it is a coin toss, $\mathrm{Beta}(50, 50)$. An open mind takes
# $\mathrm{Beta}(1, 1)$. Each of the three is a *model*: a full recipe for the data. Bayes' theorem, one level up, compares recipes by how probable they made the
# data that came, the **evidence**
#
# $$p(x_1, \dots, x_N) = \int_0^1 p(x_1, \dots, x_N \mid \theta)\; p(\theta)\; d\theta.$$
#
# This is the denominator that we have been dividing by all week. The ratio of two evidences is the **Bayes factor**. By the product rule
# $p(x_1,\dots,x_N) = p(x_1)\,p(x_2 \mid x_1)\cdots$, a model has high evidence if it predicted each observation well *before* seeing it.
# The data are a *sequence* here, so no binomial coefficient appears (it would cancel in the ratio anyway).
#
# **A worked example.** Under $\mathrm{Beta}(1,1)$ the sequence 1, 0 has evidence $\tfrac12 \cdot \tfrac13 = \tfrac16$: the first prediction is even; after a success a failure
# has probability $\tfrac13$. Its logarithm is $-1.791759$.

# %% [markdown]
# **Predict.** Which of the three wins after 3 patients (all found)? After 212?
#
# *My guess:*

# %% question="log_evidence" points=9 minutes=15


# %% check="log_evidence"
def test_one_success_one_failure(log_evidence):
    """Under Beta(1, 1) the sequence 1, 0 has evidence 1/6."""
    import numpy as np

    value = log_evidence(1, 1, np.array([1, 0]))
    assert value is not None, "your function returned None: is there a return statement?"
    value = float(value)
    assert value < 0, "a probability below 1 has a negative logarithm"
    assert abs(value - np.log(1 / 6)) < 1e-9, (
        "the log evidence should be log(1/6) = -1.791759, as in the text"
    )


def test_a_thousand_observations(log_evidence):
    """A thousand observations give a finite number."""
    import numpy as np

    assert np.isfinite(float(log_evidence(1, 1, np.arange(1000) % 2))), "the log evidence should be finite"


def test_nothing_seen(log_evidence):
    """No observations are no surprise: their log evidence is 0, whatever the prior."""
    import numpy as np

    assert abs(float(log_evidence(2.5, 4.0, np.zeros(0)))) < 1e-9, "without data the log evidence should be 0"


# %% [markdown]
# **A worked example for the factor.** For the sequence 1, 1, 1 the model $\mathrm{Beta}(1, 1)$ has evidence $\tfrac12\cdot\tfrac23\cdot\tfrac34 = \tfrac14$ and a model that all but knows $\theta = \tfrac12$ has
# $\tfrac18$. The log Bayes factor of the first over the second is $\log 2 = 0.693$.

# %% question="log_bayes_factor" points=8 minutes=10


# %% check="log_bayes_factor"
def test_three_successes(log_bayes_factor):
    """Three successes favour the uniform model over one that all but knows one half, by a factor of two."""
    import numpy as np

    value = log_bayes_factor(np.array([1, 1, 1]), 1, 1, 1e6, 1e6)
    assert value is not None, "your function returned None: is there a return statement?"
    value = float(value)
    assert value > 0, "positive values should speak for model 1, which comes first"
    assert abs(value - np.log(2)) < 1e-3, (
        "the log Bayes factor should be close to log 2 = 0.693, as in the text"
    )


# %%
models = {"maker": (45, 5), "sceptic": (50, 50), "open mind": (1, 1)}
print("log evidence      " + "".join(f"{name:>12}" for name in models))
for n in (3, 10, 40, 212):
    print(
        f"after {n:3} patients"
        + "".join(f"{log_evidence(a, b, found[:n]):12.2f}" for a, b in models.values())
    )

patients = np.arange(0, 213, 4)
fig, ax = plt.subplots()
for name, style in (("maker", "-"), ("sceptic", "--")):
    curve = [log_bayes_factor(found[:n], *models[name], *models["open mind"]) for n in patients]
    ax.plot(patients, curve, style, label=f"{name} over open mind")
ax.axhline(0, color="black", linewidth=0.8)
ax.set(xlabel="patients seen", ylabel="log Bayes factor", title="Claims are tested patient by patient")
_ = ax.legend()

# %% [markdown]
# **What to look at:** the sign of each curve at the start, in the middle and at the end. **What to conclude.** With three patients the maker leads: her
# narrow claim fits, and she spent no probability elsewhere. Then the test misses half of the next patients and the sceptic leads, until about
# patient 90. After all 212 the share found is 0.76, which neither claimed: the open mind wins, the maker is close behind and the sceptic far. Evidence rewards a
# model that says something *and is right*: a bold prior close to the truth would beat the open mind. Nobody had to penalise the vague model
# by hand, and nobody had to punish the bold ones.
# A log Bayes factor above 3 (a factor of 20) is often called strong. *Extend:* find the $\mathrm{Beta}(m s, (1-m) s)$ with the highest evidence for `found`. Why is choosing it
# after looking a different thing from predicting?

# %% [markdown]
# ---
# # What to remember
#
# - **Posterior = likelihood × prior / evidence.** The evidence is a sum or an integral over all hypotheses, never a matter of much data.
# - Base rates belong to the answer. A rare cause needs strong clues.
# - Independent clues *add* in log space; normalise with log-sum-exp; let $-\infty$ be the honest value of the impossible.
# - Conjugate updates add counts (Beta, Dirichlet) or precisions (normal). Batch, sequence and order make no difference.
# - With few data estimate a distribution, not a point, and **integrate** when you predict.
# - Evidence is the product of one-step predictions. It is how Bayes compares models.
#
# Next week the prior steps back and the likelihood stands alone: maximum likelihood, where it comes from and where it breaks.
#
# **Ungraded, if you want more.** Give the *two* tests of part 1 to `log_posterior` (rows: radius, texture; columns: malignant, benign) and see how far
# p(malignant | both positive) is from what can be counted in the data. Then add a third that measures almost the same as the radius, `mean perimeter` above its
# median. Why does the posterior become too sure? This is the price of the naive assumption of week 5.
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
