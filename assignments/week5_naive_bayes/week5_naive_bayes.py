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
# # Week 5 · Naive Bayes
#
# You read *Marisela* on a letter and guess: a woman. You have never seen the name. What gave it away, and how sure may you be? *Naive Bayes* answers
# by telling a simple story of how each class makes its data, and turning the story round with Bayes' theorem. The story is wrong, its guesses are often right,
# and its confidence is not to be trusted. By the end you can say why for all three.
#
# **After this week you can**
#
# 1. fit a class by counting, with Gaussian, multinomial and Bernoulli features, and say what smoothing assumes;
# 2. predict in log space, for documents of any length, words never seen and classes ruled out;
# 3. judge a classifier's probabilities by a reliability diagram, not only by its accuracy;
# 4. draw new data from a class, and say what a generative classifier offers beside a discriminative one.
#
# **Time and points.** About three and a half hours, 100 points: 70 for code, 20 for derivations (10 symbolic, 10 written), 10 for one
# plot and its interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 Names | `class_log_prior`, `ngram_counts` | 4 + 7 | 28 |
# | 2 A class as a bag of words | `fit_multinomial`, `log_odds` | 9 + 3 | 25 |
# |  | derivation `derive_dirichlet_mean` | 10 | 20 |
# | 3 Two other stories | `fit_bernoulli`, `fit_gaussian` | 8 + 9 | 35 |
# | 4 Turning the story round | `joint_log_likelihood`, `predict_log_proba`, `predict` | 12 + 7 + 4 | 45 |
# | 5 How sure may we be? | plot and interpretation | 5 + 5 | 25 |
# | 6 The story told forwards | `sample_class` | 7 | 20 |
# | 7 Generative against discriminative | derivation in words | 10 | 20 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
#   After grading you read which of them failed and why. A later question is judged *given* your earlier functions where these
#   are partly right, so one mistake is paid for once.
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
# **Notation.** $n$ counts the $N$ rows $x_n$ (a name, a text, a picture), $y_n$ is its class, $c$ one of the $C$ classes; $d$ counts $D$ numerical features, $v$ the $V$ words of a vocabulary;
# $x_v$ is how often word $v$ occurs; $\alpha$ is the amount of smoothing; $\log$ is natural.

# %%
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special

# %%
import json
from collections import Counter
from pathlib import Path

import langdetect
import matplotlib.pyplot as plt
import names
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression

plt.rcParams.update({"figure.figsize": (7, 4), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# ---
# # Part 1 · Names
#
# The package `names` ships the first names of the United States census of 1990, with how often women and men bore them. We take 2,400 of them at random; each belongs to the sex that bore it more often.
# The first 1,600 are for learning, the other 800 for judging. (The labels are those of that census. A name does not decide who somebody is.)

# %%
frequency = {}
for sex in ("female", "male"):
    for line in (Path(names.__file__).parent / f"dist.{sex}.first").read_text().splitlines():
        name, share, *_ = line.split()
        frequency.setdefault(name, {})[sex] = float(share)
people = np.random.default_rng(5).permutation(sorted(frequency))[:2400]
sexes = np.array([max(frequency[name], key=frequency[name].get) for name in people])
marked = [f"^{name}$" for name in people]  # ^ and $ show where a name begins and ends
train, test = slice(0, 1600), slice(1600, None)
print(marked[:4], sexes[:4])

# %% [markdown]
# ### What we believe before reading the name
#
# Week 1 began with a prior. Here it is learnt: the maximum-likelihood estimate of $p(c)$ is the share $N_c / N$ of the rows of class $c$.
#
# **Predict.** The census file has more women's names than men's. How often is a classifier right that never reads the name?
#
# **A worked example.** The labels `["oat", "rye", "oat", "oat"]` have the classes `["oat", "rye"]` and log priors $\log 0.75 = -0.287682$ and $\log 0.25 = -1.386294$.

# %% question="class_log_prior" points=4 minutes=8


# %% check="class_log_prior"
def test_worked_example(class_log_prior):
    """Three of oat and one of rye."""
    import numpy as np

    result = class_log_prior(np.array(["oat", "rye", "oat", "oat"]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the classes and their log prior"
    classes, log_prior = np.asarray(result[0]), np.asarray(result[1])
    assert classes.tolist() == ["oat", "rye"], "the classes should be oat and rye, each once, sorted"
    assert log_prior.shape == (2,), f"one log prior a class: expected shape (2,), not {log_prior.shape}"
    assert np.allclose(log_prior, [-0.287682, -1.386294], atol=1e-5), (
        "the log priors should be those of the text"
    )


def test_labels_with_gaps(class_log_prior):
    """Labels are names, not positions."""
    import numpy as np

    classes, _ = class_log_prior(np.array([40, -2, 40]))
    assert np.asarray(classes).tolist() == [-2, 40], (
        "the labels 40 and -2 should come back sorted, as they are"
    )


# %%
classes, log_prior = class_log_prior(sexes[train])
print({str(c): float(np.round(p, 4)) for c, p in zip(classes, np.exp(log_prior))})
print(
    f"always saying {classes[np.argmax(log_prior)]}: right for {np.mean(sexes[test] == 'female'):.1%} of the others"
)

# %% [markdown]
# **What to conclude.** 79 % without reading a letter. That is the number to beat, not 50 %.
#
# ### Reading the name
#
# A computer needs numbers. An **n-gram** is $n$ neighbouring characters; a name becomes the counts of its n-grams. The marks `^` and `$` that we put around each name let them see its ends.
#
# **A worked example.** In `banana`, `ana` occurs twice (the two overlap) and `ban` once.
#
# Your function will see 10,000 characters and a vocabulary of 7,500: look each n-gram up in a dictionary rather than searching the text for each word of the vocabulary.

# %% question="ngram_counts" points=7 minutes=20


# %% check="ngram_counts"
def test_worked_example(ngram_counts):
    """The trigrams of banana."""
    import numpy as np

    result = ngram_counts(["banana", "an"], 3, ["ana", "xyz", "ban"])
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 3), f"two texts, three n-grams: the shape should be (2, 3), not {result.shape}"
    assert result[0].tolist() == [2, 0, 1], "banana should hold ana twice and ban once, as in the text"
    assert result[1].tolist() == [0, 0, 0], "a text of two characters holds no trigram"


def test_case_is_kept(ngram_counts):
    """Upper and lower case differ."""
    import numpy as np

    result = np.asarray(ngram_counts(["Ab"], 1, ["a", "A"]))
    assert result.tolist() == [[0, 1]], "Ab holds A once, and no a"


# %%
def vocabulary_of(texts, n):
    """All n-grams that occur at least twice."""
    counts = Counter(text[i : i + n] for text in texts for i in range(len(text) - n + 1))
    return sorted(gram for gram, count in counts.items() if count >= 2)


trigrams = vocabulary_of(marked[train], 3)
X_names = ngram_counts(marked, 3, trigrams)
print(
    f"{X_names.shape[0]} names, {X_names.shape[1]} trigrams, {np.mean(X_names != 0):.2%} of the entries are not 0"
)

# %% [markdown]
# ---
# # Part 2 · A class as a bag of words
#
# Bayes' theorem wants $p(x \mid c)$, the probability of all counts together, and there are far more possible rows than names. So naive Bayes assumes **conditional independence**: *once the class is known*, the features say nothing about each other,
#
# $$p(x, c) = p(c) \prod_{\text{features}} p(\text{feature} \mid c).$$
#
# This is not independence as such: two features may well move together over all the rows, because the class moves both. But it is naive: after `ARI` the next trigram begins with `RI`, whatever the class.
#
# In the **multinomial** story a class is a bag of $V$ words (here: trigrams) with probabilities $p(v \mid c)$, and a document is made by drawing words from the bag.
#
# **Predict.** Suppose a trigram occurs in no man's name of the training set. What does maximum likelihood say about a new name that holds it?
#
# **Smoothing.** One unseen word would veto a class for ever. So add $\alpha$ to every count:
#
# $$p(v \mid c) = \frac{n_{cv} + \alpha}{n_c + \alpha V}, \qquad n_c = \sum_v n_{cv}.$$
#
# **A worked example.** If the three words of a vocabulary occur 4, 0 and 1 times in a class and $\alpha = 1$, the probabilities are $\tfrac58, \tfrac18, \tfrac28$ and their logarithms $-0.470004, -2.079442, -1.386294$.
#
# A fitted model is kept in this class:

# %% given="NBModel"

# %% question="fit_multinomial" points=9 minutes=20


# %% check="fit_multinomial"
def test_worked_example(fit_multinomial):
    """Two classes of one document each."""
    import numpy as np

    model = fit_multinomial(np.array([[4, 0, 1], [0, 3, 1]]), np.array(["ham", "spam"]))
    assert model is not None, "your function returned None: is there a return statement?"
    assert model[0] == "multinomial", "the first entry of the model is its kind, here multinomial"
    log_prob = np.asarray(model[3]["log_prob"])
    assert log_prob.shape == (2, 3), (
        f"two classes, three words: the shape should be (2, 3), not {log_prob.shape}"
    )
    assert np.allclose(log_prob[0], [-0.470004, -2.079442, -1.386294], atol=1e-5), (
        "with alpha = 1 the first row should be that of the text"
    )


def test_rows_sum_to_one(fit_multinomial):
    """Each class spends all of its probability on the vocabulary."""
    import numpy as np

    model = fit_multinomial(np.array([[4, 0, 1, 0], [0, 3, 1, 0], [1, 1, 0, 0]]), [7, 7, -1], alpha=0.3)
    sums = np.exp(np.asarray(model[3]["log_prob"])).sum(axis=1)
    assert np.allclose(sums, 1), (
        "the probabilities of each class should sum to 1: how often did you add alpha?"
    )


# %% [markdown]
# ### Why this, and not some other remedy?
#
# Week 1 again: a prior, and its posterior mean. Derive it in five steps, for a single word. The docstring names the symbols and the entries.

# %% question="derive_dirichlet_mean" points=10 minutes=20


# %% check="derive_dirichlet_mean"
def test_entries(derive_dirichlet_mean):
    """Five entries, SymPy expressions of the given symbols."""
    import sympy as sp

    steps = derive_dirichlet_mean()
    assert isinstance(steps, dict), "return a dictionary"
    known = {"theta", "alpha", "V", "n", "n_v"}
    for name in ("log_likelihood", "log_prior", "log_posterior", "posterior_mean", "prior_weight"):
        assert name in steps, f"the entry {name} is missing"
        assert isinstance(steps[name], sp.Expr), f"{name} should be a SymPy expression"
        unknown = {symbol.name for symbol in steps[name].free_symbols} - known
        assert not unknown, f"{name} uses {unknown}, which the docstring does not name"


def test_no_words_leave_the_prior(derive_dirichlet_mean):
    """Without any word the posterior mean is 1/V."""
    mean = derive_dirichlet_mean()["posterior_mean"]
    at = {symbol: {"alpha": 0.7, "V": 8, "n": 0, "n_v": 0}.get(symbol.name) for symbol in mean.free_symbols}
    assert abs(float(mean.subs(at)) - 1 / 8) < 1e-12, "for n = 0 and V = 8 the posterior mean should be 1/8"


# %% [markdown]
# **What to conclude.** Smoothing is not a trick: it is the posterior mean under a Dirichlet prior, a compromise between the share $n_v/n$ and the uniform guess $1/V$. The guess has the weight of $\alpha V$ extra words. With $\alpha = 1$ and thousands of words that may
# be more than all the data of a small class, so smaller $\alpha$ is often better.
#
# ### Which trigrams tell?
#
# One occurrence of word $v$ moves the log odds of two classes by $\log p(v \mid c_1) - \log p(v \mid c_0)$.
#
# **A worked example.** For the two documents above, (4, 0, 1) in ham and (0, 3, 1) in spam, the second word has log odds $\log\tfrac47 - \log\tfrac18 = 1.519826$: it speaks for spam.

# %% question="log_odds" points=3 minutes=5


# %% check="log_odds"
def test_worked_example(log_odds, NBModel):
    """The second word of the text speaks for spam."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    value = log_odds(model, 1)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.519826) < 1e-5, (
        "the second word should have log odds 1.519826, as in the text"
    )


# %%
names_model = fit_multinomial(X_names[train], sexes[train], alpha=0.5)
odds = np.array([log_odds(names_model, v) for v in range(len(trigrams))])
strongest = np.r_[np.argsort(odds)[:8], np.argsort(odds)[-8:]]
fig, ax = plt.subplots(figsize=(7, 4.5))
ax.barh(
    range(16), odds[strongest], color=["C0"] * 8 + ["C1"] * 8, hatch=["/"] * 8 + ["."] * 8, edgecolor="white"
)
ax.set_yticks(range(16), [trigrams[v] for v in strongest], family="monospace")
_ = ax.set(xlabel="log odds of one occurrence (negative: female)", title="The trigrams that tell most")

# %% [markdown]
# **What to look at:** the lowest and the highest bars. **What to conclude.** Endings decide: `NA$` and `IA$` on one side, `DO$` and `TO$` on the other. The model has found a rule of spelling that nobody told it.
#
# ---
# # Part 3 · Two other stories
#
# **Bernoulli.** A picture is ink or no ink, pixel by pixel. In class $c$ pixel $v$ is 1 with probability $p_{cv}$: a coin for each pixel.
#
# **Predict.** A word is missing in a document. What does the multinomial story say about that, what the Bernoulli story? (Part 4 writes both down.)
#
# Smoothing adds $\alpha$ to both outcomes, $p_{cv} = (n_{cv} + \alpha)/(N_c + 2\alpha)$, with $N_c$ *rows*, not words: each row shows every pixel once.
#
# **A worked example.** A pixel that is inked in 2 of a class's 3 pictures has, for $\alpha = 1$, $p = \tfrac35$: $\log p = -0.510826$ and $\log (1-p) = -0.916291$.

# %% question="fit_bernoulli" points=8 minutes=15


# %% check="fit_bernoulli"
def test_worked_example(fit_bernoulli):
    """Two of three pictures are inked."""
    import numpy as np

    model = fit_bernoulli(np.array([[1], [0], [1], [0]]), np.array([3, 3, 3, 8]))
    assert model is not None, "your function returned None: is there a return statement?"
    assert model[0] == "bernoulli", "the first entry of the model is its kind, here bernoulli"
    log_p, log_1mp = (np.asarray(model[3][name]) for name in ("log_p", "log_1mp"))
    assert log_p.shape == (2, 1), f"two classes, one pixel: the shape should be (2, 1), not {log_p.shape}"
    assert abs(log_p[0, 0] + 0.510826) < 1e-5, "log p should be -0.510826, as in the text"
    assert abs(log_1mp[0, 0] + 0.916291) < 1e-5, "log (1 - p) should be -0.916291, as in the text"


# %% [markdown]
# **Gaussian.** For measured numbers, class $c$ has a mean and a variance for each feature: a Gaussian mixture as in week 4 whose covariances are diagonal, and whose hidden component is no longer hidden. A feature that is constant within a class has variance 0 and an infinite density, so a *tiny share of the
# largest variance of any feature* is added everywhere.
#
# **A worked example.** Class a has the rows 1 and 5, class b has 6 and 6. Means 3 and 6; variances 4 and 0. All four rows together have variance 4.25, so $10^{-9} \cdot 4.25$ is added to both.

# %% question="fit_gaussian" points=9 minutes=20


# %% check="fit_gaussian"
def test_worked_example(fit_gaussian):
    """Two rows of a, two of b."""
    import numpy as np

    model = fit_gaussian(np.array([[1], [6], [5], [6]]), np.array(["a", "b", "a", "b"]))
    assert model is not None, "your function returned None: is there a return statement?"
    assert model[0] == "gaussian", "the first entry of the model is its kind, here gaussian"
    mean, var = (np.asarray(model[3][name]) for name in ("mean", "var"))
    assert mean.shape == (2, 1), f"two classes, one feature: the shape should be (2, 1), not {mean.shape}"
    assert np.allclose(mean.ravel(), [3, 6]), "the means should be 3 and 6, as in the text"
    assert np.allclose(var.ravel(), [4, 0], atol=1e-6), (
        "the variances should be 4 and nearly 0, as in the text"
    )
    assert var[1, 0] > 0, "the variance of a constant feature should be tiny, not 0"


def test_each_feature_on_its_own(fit_gaussian):
    """One mean a feature."""
    import numpy as np

    model = fit_gaussian(np.array([[0.0, 100.0], [2.0, 300.0]]), np.array([5, 5]))
    assert np.allclose(model[3]["mean"], [[1, 200]]), "average over the rows, separately for each feature"


# %% [markdown]
# ---
# # Part 4 · Turning the story round
#
# All three stories are now used alike. Take logarithms, so that the product becomes a sum:
#
# $$\log p(x, c) = \log p(c) + \begin{cases} -\tfrac12 \sum_d \big[\log 2\pi\sigma^2_{cd} + (x_d - \mu_{cd})^2/\sigma^2_{cd}\big] & \text{Gaussian} \\ \sum_v x_v \log p(v \mid c) & \text{multinomial} \\ \sum_v \big[x_v \log p_{cv} + (1 - x_v) \log (1 - p_{cv})\big] & \text{Bernoulli} \end{cases}$$
#
# **Predict.** A text has 200 trigrams, each with a probability near $10^{-4}$. What is the product in floating point?
#
# **A worked example.** With ham and spam as in Part 2, equally probable, the document (1, 0, 2) has $\log p(x, \text{ham}) = -3.935740$ and $\log p(x, \text{spam}) = -5.144583$.
#
# A trap: with $\alpha = 0$ some $\log p(v \mid c)$ is $-\infty$, and `0 * -inf` is NaN. A word that the document does not hold must do no harm.

# %% question="joint_log_likelihood" points=12 minutes=25


# %% check="joint_log_likelihood"
def test_worked_example(joint_log_likelihood, NBModel):
    """The document (1, 0, 2) under ham and spam."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    result = joint_log_likelihood(model, np.array([[1, 0, 2]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (1, 2), (
        f"one document, two classes: the shape should be (1, 2), not {result.shape}"
    )
    assert np.allclose(result, [[-3.935740, -5.144583]], atol=1e-5), "the values should be those of the text"


def test_other_kinds(joint_log_likelihood, NBModel):
    """A normal feature with mean 1 and variance 4 at 3, and two fair coins."""
    import numpy as np

    one = np.array([1]), np.zeros(1)
    normal = NBModel("gaussian", *one, {"mean": np.array([[1.0]]), "var": np.array([[4.0]])})
    value = float(np.squeeze(joint_log_likelihood(normal, np.array([[3.0]]))))
    assert abs(value + 2.112086) < 1e-5, (
        "with mean 1 and variance 4 the log density at 3, one deviation off, should be -2.112086"
    )
    coin = NBModel("bernoulli", *one, {"log_p": np.log([[0.5, 0.5]]), "log_1mp": np.log([[0.5, 0.5]])})
    value = float(np.squeeze(joint_log_likelihood(coin, np.array([[0, 0]]))))
    assert abs(value - 2 * np.log(0.5)) < 1e-9, "two fair coins that both show 0 have probability 1/4"


# %% [markdown]
# The posterior divides by $p(x) = \sum_c p(x, c)$, in logarithms with `special.logsumexp`, as in weeks 1 and 4.
#
# **A worked example.** For the document above, $\log p(\text{ham} \mid x) = -0.261242$ and $\log p(\text{spam} \mid x) = -1.470086$.

# %% question="predict_log_proba" points=7 minutes=12


# %% check="predict_log_proba"
def test_worked_example(predict_log_proba, NBModel):
    """The document (1, 0, 2) is ham, most probably."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    result = predict_log_proba(model, np.array([[1, 0, 2], [0, 0, 0]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 2), (
        f"two documents, two classes: the shape should be (2, 2), not {result.shape}"
    )
    assert np.allclose(np.exp(result).sum(axis=1), 1), "the probabilities of each row should sum to 1"
    assert np.allclose(result[0], [-0.261242, -1.470086], atol=1e-5), (
        "the first row should be that of the text"
    )


# %% question="predict" points=4 minutes=8


# %% check="predict"
def test_labels(predict, NBModel):
    """The label, not its position."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    labels = predict(model, np.array([[1, 0, 2], [0, 4, 0], [2, 0, 1]]))
    assert labels is not None, "your function returned None: is there a return statement?"
    assert np.asarray(labels).tolist() == ["ham", "spam", "ham"], (
        "three documents have three labels: the second is spam, the others are ham"
    )


# %%
for n in (1, 2, 3):
    vocabulary = vocabulary_of(marked[train], n)
    X = ngram_counts(marked, n, vocabulary)
    fitted = fit_multinomial(X[train], sexes[train], alpha=0.5)
    print(f"n = {n}: {np.mean(predict(fitted, X[test]) == sexes[test]):.1%} right")
print(
    f"never reading the name: {np.mean(sexes[test] == 'female'):.1%}; scikit-learn's MultinomialNB for n = 3: 86.0%"
)

# %% [markdown]
# **What to conclude.** Three letters at a time take us from 79 % to 86 %. The same three functions sort mail into spam and ham, reviews into praise and blame, news into sections, and recommend what others
# with like words have read: only the counts differ. *Extend:* what changes with $\alpha = 0.01$, with $\alpha = 10$, with $n = 4$?
#
# ### Which language is this?
#
# The package `langdetect` ships, for each of 55 languages, how often each n-gram occurs in its Wikipedia. That is all that naive Bayes needs: each language is *one* row of counts. Here are twelve. (Rows of 200 million trigrams hardly need smoothing for what they hold, but they do for what they lack.)

# %%
languages = ["da", "de", "en", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv", "tr"]
profiles = Path(langdetect.__file__).parent / "profiles"
profile = {code: json.loads((profiles / code).read_text(encoding="utf-8"))["freq"] for code in languages}
grams = sorted({gram for freq in profile.values() for gram in freq if len(gram) == 3})
language_model = fit_multinomial(
    [[profile[code].get(gram, 0) for gram in grams] for code in languages], languages
)

sentences = [
    "the cat sat on the mat",
    "jag tycker om kaffe",
    "jeg vil gerne have kaffe",
    "kissa nukkuu sohvalla",
    "no",
]
log_p = np.asarray(predict_log_proba(language_model, ngram_counts([f" {s} " for s in sentences], 3, grams)))
for sentence, code, row in zip(
    sentences, predict(language_model, ngram_counts([f" {s} " for s in sentences], 3, grams)), log_p
):
    print(f"{sentence:28} {code}  p = {np.exp(row.max()):.4f}")

text = " ".join([sentences[0]] * 400)
long_row = ngram_counts([text], 3, grams)
joint = np.asarray(joint_log_likelihood(language_model, long_row))[0]
print(
    f"\n{long_row.sum():,} trigrams: largest log p(x, c) = {joint.max():,.0f}, and its exponential is {np.exp(joint.max())}"
)

# %% [markdown]
# **What to look at:** Danish and Swedish share most of their words; `no` is a word in several languages. The last line is why we never left log space: in floating point every class has probability 0.
#
# > **Where the lecture notes go wrong.** They show logistic regression and Gaussian naive Bayes on simulated data, and the printed probabilities cannot be reproduced: with the seed shown, the second sample belongs to the *other* class,
# > and naive Bayes gives 0.989 and 0.974 where 0.802 and 0.923 are printed. Run what you quote. Note also which way the numbers go: naive Bayes is the surer of the two. That is the next part.
#
# ---
# # Part 5 · How sure may we be?
#
# A weather forecaster is **calibrated** if it rains on 70 % of the days for which she says 70 %. A *reliability diagram* shows it: sort the predictions into bins by their probability, and for each bin draw the share that came true against the mean probability. On the diagonal: calibrated.
#
# **Predict.** Naive Bayes counts `ARI`, `RIA` and `IA$` as three witnesses, but they saw the same thing. Does that make it too sure or too careful?
#
# ### Plot it
#
# Draw the reliability diagram for the 800 test names: the probability of "male" from `names_model`, in **five bins** of equal width, against the share of men's names in each bin. Add the diagonal, label the axes, and write beside each point how many names it stands for.

# %% plot="reliability" points=5 minutes=15
### BEGIN SOLUTION
p_male = np.exp(np.asarray(predict_log_proba(names_model, X_names[test])))[:, 1]
male = sexes[test] == "male"
bin_of = np.minimum((p_male * 5).astype(int), 4)
fig, ax = plt.subplots(figsize=(5, 4.5))
ax.plot([0, 1], [0, 1], "--", color="grey", label="calibrated")
said = np.array([p_male[bin_of == k].mean() for k in range(5)])
came = np.array([male[bin_of == k].mean() for k in range(5)])
ax.plot(said, came, "o-", label="trigram naive Bayes")
for k in range(5):
    ax.annotate(f"{np.sum(bin_of == k)} names", (said[k], came[k]), (6, -13), textcoords="offset points")
ax.set(
    xlabel="mean predicted probability of male", ylabel="share that is male", xlim=(-0.02, 1.2), ylim=(0, 1)
)
ax.set_xticks(np.linspace(0, 1, 6))
_ = ax.legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Look at your figure and answer in about five sentences.
#
# 1. Where do the points lie off the diagonal, and does that mean too sure or too careful?
# 2. Why does the conditional independence assumption lead to this?
# 3. How can the classifier be right so often all the same, and for what use would you not take its probabilities as they are?

# %% [markdown] answer="reading_the_reliability" points=5 minutes=10
# **Model answer.** At the left the share of men's names lies above the diagonal, at the right below it: names that the model calls male with 95 % are male in fewer than 80 % of the cases. So the model is too sure at both ends. Overlapping trigrams (and the
# mark at the end) carry the same evidence several times; multiplying their likelihoods as if they were independent counts it several times, which drives the odds to 0 or infinity. For the *decision* only the side of $\tfrac12$ matters (which class is larger), and exaggerated evidence mostly stays on the right side.
# Where the number itself is used, to weigh costs, to combine with another source, or to decide when to ask a person, it should be recalibrated first.
#
# **Rubric (5 points).** 2: too sure, read off at both ends (1 if at one end only or without reference to the figure). 2: dependent features counted as separate evidence. 1: the decision needs the order only, and one use where the probability matters.

# %% [markdown]
# ---
# # Part 6 · The story told forwards
#
# A classifier that only draws a border cannot do this: pick a class and **make** a row of it. Given the class each feature is drawn on its own: from a normal distribution with *standard deviation* $\sigma_{cd}$, from a coin, or, for the bag of words, `length` words with replacement.
#
# **Predict.** What will a digit look like whose pixels are drawn independently of each other? What will a sentence look like?

# %% question="sample_class" points=7 minutes=20


# %% check="sample_class"
def test_shapes(sample_class, NBModel):
    """Documents of the right number and length, of the class that was named."""
    import numpy as np

    log_prob = np.log([[0.5, 0.498, 0.002], [0.002, 0.498, 0.5]])
    model = NBModel("multinomial", np.array([2, 5]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    draws = sample_class(np.random.default_rng(0), model, 5, 4, length=60)
    assert draws is not None, "your function returned None: is there a return statement?"
    draws = np.asarray(draws)
    assert draws.shape == (4, 3), (
        f"four documents, three words: the shape should be (4, 3), not {draws.shape}"
    )
    assert (draws.sum(axis=1) == 60).all(), "each document should hold 60 words"
    assert draws[:, 2].sum() > 5 * draws[:, 0].sum(), "the words should be those of class 5, the second one"


def test_coins(sample_class, NBModel):
    """Ink or no ink."""
    import numpy as np

    theta = {"log_p": np.log([[0.9, 0.1]]), "log_1mp": np.log([[0.1, 0.9]])}
    model = NBModel("bernoulli", np.array(["x"]), np.zeros(1), theta)
    draws = np.asarray(sample_class(np.random.default_rng(0), model, "x", 50))
    assert draws.shape == (50, 2), f"fifty rows, two features: the shape should be (50, 2), not {draws.shape}"
    assert set(draws.ravel().tolist()) == {0, 1}, "the entries should be 0 and 1, and both should occur"
    assert draws[:, 0].sum() > draws[:, 1].sum(), "the first pixel should be inked nine times in ten"


# %% [markdown]
# Scikit-learn's digits have 8 × 8 pixels. A pixel counts as inked if its value is above 7 of 16.

# %%
digits = load_digits()
ink, number = (digits.data > 7).astype(int), digits.target
digit_model = fit_bernoulli(ink[:600], number[:600])
print(f"digits: {np.mean(predict(digit_model, ink[600:1200]) == number[600:1200]):.1%} right")

rng = np.random.default_rng(2)
columns = []
for c in (0, 1, 3, 4, 6, 8):
    position = np.flatnonzero(np.asarray(digit_model.classes) == c)[0]
    pictures = (
        ink[:600][number[:600] == c][0],
        np.exp(np.asarray(digit_model.theta["log_p"])[position]),
        np.asarray(sample_class(rng, digit_model, c, 1))[0],
    )
    framed = [
        np.pad(np.reshape(picture, (8, 8)).astype(float), 1, constant_values=0.3) for picture in pictures
    ]
    columns.append(np.vstack(framed))
fig, ax = plt.subplots(figsize=(8, 4))
ax.imshow(np.hstack(columns), cmap="gray_r", vmin=0, vmax=1)
ax.set(xticks=[], yticks=[4.5, 14.5, 24.5], yticklabels=["a real one", "the average", "drawn"])
ax.grid(False)

drawn = np.asarray(sample_class(rng, language_model, "fi", 1, length=12))[0]
print("twelve trigrams of Finnish:", [grams[v] for v in np.flatnonzero(drawn)])

# %% [markdown]
# **What to look at:** the middle row is the model's whole knowledge of a digit, the lower row what it draws. **What to conclude.** Each pixel is right on average, but neighbours do not know of each other: strokes come out ragged, and Finnish in pieces. The assumption that did little harm to the *decision* is plain to see
# in what the model *makes*. Week 6 lets neighbours know of each other along a line; week 7 gives all pixels a common cause.
#
# ---
# # Part 7 · Generative against discriminative
#
# **Logistic regression** learns $p(c \mid x)$ directly: $p(c = 1 \mid x) = 1/(1 + e^{-(w^\top x + b)})$. Naive Bayes learns $p(x, c)$ and gets $p(c \mid x)$ from it. How are they related?
#
# **Derive it in words and formulas** (about ten lines). Two classes, Gaussian naive Bayes whose variances are the *same in both classes*, $\sigma_{0d}^2 = \sigma_{1d}^2 = \sigma_d^2$.
#
# 1. Show that $\log \frac{p(1 \mid x)}{p(0 \mid x)}$ is a linear function of $x$, and give $w_d$ and $b$.
# 2. Conclude that $p(1 \mid x)$ has the form of logistic regression. What changes if the variances differ?
# 3. Both now draw a linear border. Why do they not find the same one?

# %% [markdown] answer="logistic" points=10 minutes=20
# **Model answer.** (1) The log odds are
# $$\log \frac{\pi_1}{\pi_0} + \sum_d \Big[ -\frac{(x_d - \mu_{1d})^2}{2\sigma_d^2} + \frac{(x_d - \mu_{0d})^2}{2\sigma_d^2} \Big],$$
# because the normalisers $\tfrac12\log 2\pi\sigma_d^2$ are equal and cancel. The squares $x_d^2$ cancel too, which leaves $w^\top x + b$ with $w_d = (\mu_{1d} - \mu_{0d})/\sigma_d^2$ and
# $b = \log \frac{\pi_1}{\pi_0} + \sum_d \frac{\mu_{0d}^2 - \mu_{1d}^2}{2\sigma_d^2}$.
#
# (2) With $p(0 \mid x) = 1 - p(1 \mid x)$, solving $\log\frac{p}{1-p} = w^\top x + b$ gives $p = 1/(1 + e^{-(w^\top x + b)})$. If the variances differ, $x_d^2$ keeps the factor $\frac{1}{2\sigma_{0d}^2} - \frac{1}{2\sigma_{1d}^2}$: the log odds are quadratic and the border a curve.
#
# (3) They choose $w, b$ by different rules. Naive Bayes maximises the joint likelihood $\prod p(x_n, y_n)$ feature by feature, which forces $w$ to come from means and variances; logistic regression maximises the conditional likelihood $\prod p(y_n \mid x_n)$ over all $w, b$. If the assumption
# holds they approach the same border; if it does not (dependent features), logistic regression approaches the best linear border and naive Bayes another. In exchange naive Bayes has fewer degrees of freedom and needs fewer rows to settle.
#
# **Rubric (10 points).** 5: log odds with the cancellation of normalisers and squares (2), $w$ (1) and $b$ with the prior (2; 1 without it). 2: the sigmoid (1), quadratic for different variances (1). 3: joint against conditional likelihood (2), consequence when the assumption fails or for few rows (1).

# %%
tumours = load_breast_cancer()
features = tumours.data[:, :10]
features = (features - features.mean(axis=0)) / features.std(axis=0)
two = features[:, :2]
gaussian_model = fit_gaussian(two, tumours.target)
logistic = LogisticRegression(C=1e4).fit(two, tumours.target)

grid = np.stack(np.meshgrid(np.linspace(-2.5, 4, 60), np.linspace(-2.5, 4, 60)), axis=-1)
fig, ax = plt.subplots()
for c, marker in ((0, "x"), (1, "o")):
    rows = two[tumours.target == c]
    ax.plot(*rows.T, marker, markersize=4, alpha=0.5, fillstyle="none", label=str(tumours.target_names[c]))
p_gaussian = np.exp(np.asarray(predict_log_proba(gaussian_model, grid.reshape(-1, 2)))[:, 1])
p_logistic = logistic.predict_proba(grid.reshape(-1, 2))[:, 1]
for p, style, label in ((p_gaussian, "-", "Gaussian naive Bayes"), (p_logistic, "--", "logistic regression")):
    ax.contour(*np.moveaxis(grid, -1, 0), p.reshape(60, 60), [0.5], colors="black", linestyles=style)
    ax.plot([], [], color="black", linestyle=style, label=label)
ax.set(
    xlabel="mean radius (standardised)",
    ylabel="mean texture (standardised)",
    title="Two borders between tumours",
)
_ = ax.legend()

# %% [markdown]
# **What to look at:** one border is straight, the other bends round the class of small variance. **Predict.** With few patients, which of the two will err less? With many?

# %%
rng = np.random.default_rng(1)
sizes, errors = (24, 48, 96, 256), []
for size in sizes:
    pair = []
    for _ in range(12):
        order = rng.permutation(len(features))
        few, rest = order[:size], order[size:]
        bayes = predict(fit_gaussian(features[few], tumours.target[few]), features[rest])
        straight = (
            LogisticRegression(C=1e4, max_iter=100)
            .fit(features[few], tumours.target[few])
            .predict(features[rest])
        )
        pair.append([np.mean(bayes != tumours.target[rest]), np.mean(straight != tumours.target[rest])])
    errors.append(np.mean(pair, axis=0))
fig, ax = plt.subplots()
for row, style, label in zip(
    np.transpose(errors), ("o-", "s--"), ("Gaussian naive Bayes", "logistic regression")
):
    ax.plot(sizes, row, style, label=label)
ax.set(
    xscale="log",
    xlabel="patients to learn from",
    ylabel="share of errors on the others",
    title="Ten features, twelve repetitions",
)
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
_ = ax.legend()

# %% [markdown]
# **What to look at:** which curve is lower at the left, and whether they cross. **What to conclude.** With a few dozen patients naive Bayes has settled, while logistic regression (hardly regularised here) is still swayed by each one. With hundreds the wrong assumption costs more than it saves: radius, perimeter and area are nearly the same feature
# three times, and logistic regression overtakes. *Extend:* regularise it (`C=1`). Use two features that depend less.
#
# | | generative: naive Bayes | discriminative: logistic regression |
# |---|---|---|
# | learns | $p(x, c)$, a story of each class | $p(c \mid x)$, the border only |
# | is fitted by | counting, once through the rows | iterating |
# | with few rows | settles early | follows each row |
# | with many rows | keeps the error of its assumption | finds the best border of its form |
# | a feature is missing | leave out its factor | must be filled in first |
# | a strange row, a new row | $p(x)$ is small; draw one | cannot say; cannot draw |
# | its probabilities | exaggerate where features depend | are mostly calibrated |
#
# ---
# # What to remember
#
# - Naive Bayes: a story for each class, features independent *given the class*; Bayes' theorem turns it round. Fitting is counting.
# - Smoothing is a posterior mean: $\alpha$ extra words for each word of the vocabulary, $\alpha V$ in the denominator.
# - The multinomial story counts what occurs; the Bernoulli story also counts what does not.
# - Sum logarithms; subtract `logsumexp`; keep $0 \cdot (-\infty)$ out.
# - Right decisions, exaggerated probabilities: dependent features count the same evidence twice. Draw a reliability diagram before you use a probability.
# - Generative: works with few rows, makes new rows, needs a story. Discriminative: needs no story, and more rows.
#
# **Ungraded, if you want more.** Naive Bayes needs no labels for all its rows: hide the sex of all but twenty names, and let EM from week 4 fill it in (the E-step is `predict_log_proba`; the M-step is `fit_multinomial` with fractional counts). Does it help?
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
