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
# # Week 8 · Evaluating generative models
#
# Seven machines claim to draw handwritten digits. One was trained well, one makes nothing but threes, one adds dirt, and one is a fraud: it
# hands out its training images. *Which number finds out which is which?* There is no single one. Every score of this week is blind to
# something, and knowing to what is the craft.
#
# There are three ways to judge a generator: by the **density** it gives to held-out data, by comparing its **samples** with real
# ones, and by comparing **features** of the samples that a classifier has learned. You will build all three and let them vote. And it depends on what the
# generator is for: compression and the search for anomalies need a good density; extra training data must cover everything that occurs; pictures for people must look right; a
# simulation in science must get the quantity right that one will measure.
#
# **After this week you can**
#
# 1. measure surprise, information and the distance of two distributions, and say which measure survives a zero;
# 2. compute the inception score, the Fréchet distance (FID), MMD and its cousin KID, and precision, recall, density and coverage;
# 3. tell mode collapse from noise, and name the score that misses each;
# 4. show that FID falls when you merely draw more samples, and what to do about it;
# 5. test a generator for memorising.
#
# **Time and points.** About three and a half hours, 100 points: 72 for code, 18 for derivations (10 symbolic, 8 written), 10 for one
# plot and its interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 Surprise | `entropy` | 5 | 10 |
# | 2 How far apart? | `kl`, `js`, `total_variation`, `hellinger` | 7 + 6 + 5 + 5 | 45 |
# | 3 Information | `mutual_information` | 8 | 15 |
# | 4 A classifier as judge | `inception_score` | 8 | 15 |
# | 5 Features | `fid`, derivation `derive_fid_commuting` | 11 + 10 | 50 |
# |  | plot and interpretation | 5 + 5 | 25 |
# | 6 Kernels | `mmd2`, derivation in words | 9 + 8 | 35 |
# | 7 Good or varied? | `precision_recall_density_coverage` | 8 | 20 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Check yourself** with the check cell below each question. Checks look at shapes, types and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names.
#   After grading you read which of them failed and why.
# - **What counts**: each hidden test has a share of its question's points, so a partly right function earns part of
#   them. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing, one cell 20 seconds. A question that runs for ever
#   costs only its own points.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy
#   that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or
#   what you asked.
#
# **Notation.** $p$ and $q$ are distributions over $K$ outcomes, $P_{xy}$ is a joint table with $x$ in rows; $X$ holds $N$ samples or feature vectors
# in rows, $Y$ holds $M$; $\log$ is natural, so information comes in *nats*: one nat is $1/\log 2 = 1.4427$ bits. $0\log 0 = 0$ everywhere.

# %%
import math
from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special
from scipy.spatial.distance import cdist

# %%
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import MLPClassifier

plt.rcParams.update({"figure.figsize": (7, 3.6), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})

# %% [markdown]
# Two helpers are given. They turn an argument into an array and raise the `ValueError` that the docstrings promise, naming the argument.
# Start your functions with them.

# %% given="as_probabilities"

# %% given="as_samples"

# %% [markdown]
# ---
# # Part 1 · Surprise
#
# An outcome of probability $p$ is a surprise of $-\log p$: certainty is none, and the surprises of independent outcomes add. (The logarithm is the only
# smooth measure for which both hold.) The expected surprise is the **entropy** $H(p) = -\sum_k p_k \log p_k$. It is the number of nats that a perfect
# code spends on an outcome, and a first measure of how varied a generator is.
#
# > **Where the lecture notes go wrong.** "High entropy is good" is no criterion: a generator should *match* the entropy of the data. Random
# > letters have more than English. And for a density, $-\log_2 p(x)$ is no number of bits: densities exceed 1, and in other units they change.
#
# **Predict.** A page of English uses 26 letters and the space. Uniform use would give $\log_2 27 = 4.75$ bits a letter. What do the real shares give?
#
# **A worked example.** $p = (\tfrac12, \tfrac14, \tfrac14)$ has $\tfrac12 \log 2 + 2\cdot\tfrac14\log 4 = 1.039721$ nats, or $1.5$ bits.

# %% question="entropy" points=5 minutes=10


# %% check="entropy"
def test_worked_example(entropy):
    """(1/2, 1/4, 1/4) has 1.039721 nats, or 1.5 bits."""
    import numpy as np

    p = np.array([0.5, 0.25, 0.25])
    value = entropy(p)
    assert value is not None, "your function returned None: is there a return statement?"
    assert np.shape(value) == (), "return one number"
    assert abs(value - 1.039721) < 1e-5, "the entropy should be 1.039721 nats, as in the text"
    assert abs(entropy(p, 2) - 1.5) < 1e-9, "in bits (base 2) it should be 1.5"


def test_a_zero(entropy):
    """An outcome that never happens does not make the entropy NaN."""
    import numpy as np

    assert np.isfinite(entropy(np.array([0.5, 0.5, 0.0]))), "0 log 0 counts as 0"


def test_no_distribution(entropy):
    """The docstring promises ValueError for what does not sum to 1."""
    try:
        entropy([0.5, 0.6])
    except ValueError:
        return
    raise AssertionError("probabilities that sum to 1.1 should raise ValueError (as_probabilities does it)")


# %% [markdown]
# The text is the help pages that come with Python, with everything but letters turned into spaces.

# %%
ALPHABET = " abcdefghijklmnopqrstuvwxyz"
text = "".join(c if c in ALPHABET else " " for c in "\n".join(topics[key] for key in sorted(topics)).lower())
text = np.array([ALPHABET.index(c) for c in " ".join(text.split())])
train_text, held_out_text, model_text = text[:60_000], text[60_000:80_000], text[80_000:100_000]


def shares(sequence):
    return np.bincount(sequence, minlength=27) / len(sequence)


english = shares(train_text)
print(f"uniform: {math.log2(27):.3f} bits a letter     English: {entropy(english, 2):.3f} bits a letter")

# %% [markdown]
# **What to conclude.** The shares alone save 0.7 bits a letter against random typing. English has far less entropy still, because letters depend on
# the ones before: part 3 measures how much one letter tells about the next. *Extend:* which three letters carry most of the entropy?

# %% [markdown]
# ---
# # Part 2 · How far apart?
#
# Let $p$ be the data and $q$ a model. A code made for $q$ spends $-\sum_k p_k\log q_k$ nats on data from $p$ (the **cross-entropy**, whose minimum over $q$ is $H(p)$, not 0). What it
# wastes is the **Kullback–Leibler divergence**
#
# $$\mathrm{KL}(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k} \;\ge\; 0.$$
#
# A model that calls something impossible which then happens pays $\infty$. The other way round costs nothing: maximum likelihood, which minimises
# $\mathrm{KL}(\text{data} \,\|\, \text{model})$, would rather spread out than miss something.
#
# **Predict.** $p = (\tfrac12, \tfrac12, 0)$ and $q = (\tfrac13,\tfrac13,\tfrac13)$. Which of $\mathrm{KL}(p\,\|\,q)$ and $\mathrm{KL}(q\,\|\,p)$ is finite?
#
# **A worked example.** For $p = (\tfrac12, \tfrac12)$, $q = (\tfrac14, \tfrac34)$: $\tfrac12\log 2 + \tfrac12\log\tfrac23 = 0.143841$. The other way round it is $0.130812$.

# %% question="kl" points=7 minutes=15


# %% check="kl"
def test_worked_example(kl):
    """KL from (1/2, 1/2) to (1/4, 3/4) is 0.143841."""
    import numpy as np

    value = kl(np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.130812) > 1e-5, "this is the divergence the other way round"
    assert abs(value - 0.143841) < 1e-5, "the divergence should be 0.143841, as in the text"


def test_zeros(kl):
    """Impossible in p costs nothing; impossible in q alone is infinite."""
    import numpy as np

    assert np.isfinite(kl([1.0, 0.0], [0.5, 0.5])), "an outcome that p never shows should add 0"
    assert kl([0.5, 0.5], [1.0, 0.0]) == np.inf, "an outcome that q calls impossible should give inf"


# %% [markdown]
# Three measures that survive zeros. With $m = (p+q)/2$:
#
# $$\mathrm{JS} = \tfrac12 \mathrm{KL}(p\,\|\,m) + \tfrac12 \mathrm{KL}(q\,\|\,m), \qquad
# \mathrm{TV} = \tfrac12 \sum_k |p_k - q_k|, \qquad
# \mathrm{Hel} = \tfrac1{\sqrt2}\,\Big(\sum_k (\sqrt{p_k} - \sqrt{q_k})^2\Big)^{1/2}.$$
#
# TV is the largest difference that any *event* shows; someone who sees one outcome and must guess whether it came from $p$ or $q$ is right with probability $(1 + \mathrm{TV})/2$.
#
# > **Where the lecture notes go wrong.** They give JS the bound 1: that is in bits; in nats it is $\log 2 = 0.693147$. They define TV with *cumulative*
# > distributions: for certainties at 0 and at 10 this gives 5, while TV is 1 and never more. They call the Hellinger distance no metric: it is one, and so are TV and the root of JS;
# > what fails the triangle inequality is Hellinger *squared*. A **distance** is symmetric and knows no shorter detour; a **divergence** need not be.
#
# **Worked examples.** For $p = (\tfrac12, 0, \tfrac12, 0)$, $q = (\tfrac14, \tfrac12, 0, \tfrac14)$: $m = (\tfrac38,\tfrac14,\tfrac14,\tfrac18)$,
# $\mathrm{JS} = \tfrac12(0.490415 + 0.418494) = 0.454454$, $\mathrm{TV} = \tfrac12(\tfrac14 + \tfrac12 + \tfrac12 + \tfrac14) = \tfrac34$ and $\mathrm{Hel} = \sqrt{0.646447} = 0.804019$.

# %% question="js" points=6 minutes=10


# %% check="js"
def test_worked_example(js):
    """The divergence of the text's p and q."""
    value = js([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.655639) > 1e-5, "in nats, please: this is in bits"
    assert abs(value - 0.454454) < 1e-5, "the divergence should be 0.454454, as in the text"


# %% question="total_variation" points=5 minutes=10


# %% check="total_variation"
def test_worked_example(total_variation):
    """The distance of the text's p and q."""
    value = total_variation([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.75) < 1e-9, "the distance should be 3/4, as in the text"


# %% question="hellinger" points=5 minutes=10


# %% check="hellinger"
def test_worked_example(hellinger):
    """The distance of the text's p and q."""
    value = hellinger([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.646447) > 1e-5, "the distance, not its square"
    assert abs(value - 0.804019) < 1e-5, "the distance should be 0.804019, as in the text"


# %% [markdown]
# ### Four typists
#
# Each types 20,000 letters: (1) real English that no model has seen, (2) letters drawn alone, by their shares, (3) a **hidden Markov model** with the two states of week 6, vowels (with the
# space) and consonants, simulated here from counted parameters, and (4) a Markov chain of letters. We compare *pairs* of neighbouring letters with those of other held-out English.

# %%
rng = np.random.default_rng(0)


def pair_table(sequence, smooth=0.0):
    table = np.bincount(27 * sequence[:-1] + sequence[1:], minlength=729).reshape(27, 27) + smooth
    return table / table.sum()


def walk(transition, n):
    """A Markov chain of n steps."""
    cumulative, state, states = np.cumsum(transition, axis=1).tolist(), 0, []
    for u in rng.random(n).tolist():
        row = cumulative[state]
        state = next((k for k, total in enumerate(row) if u < total), len(row) - 1)
        states.append(state)
    return np.array(states)


pairs = pair_table(train_text)
vowel = np.isin(np.arange(27), [ALPHABET.index(c) for c in " aeiou"])
groups = np.stack([vowel, ~vowel]).astype(float)
between = groups @ pairs @ groups.T
emission = groups * english / (groups @ english)[:, None]
hidden = walk(between / between.sum(axis=1, keepdims=True), 20_000)
typists = {
    "real English": held_out_text,
    "letters alone": rng.choice(27, 20_000, p=english),
    "HMM, 2 states": np.where(
        hidden == 0, rng.choice(27, 20_000, p=emission[0]), rng.choice(27, 20_000, p=emission[1])
    ),
    "Markov chain": walk(pairs / pairs.sum(axis=1, keepdims=True), 20_000),
}
data = pair_table(model_text).ravel()
print("typist           KL(data||.)  smoothed     JS      TV   Hellinger   sample")
for name, typed in typists.items():
    q, smoothed = pair_table(typed).ravel(), pair_table(typed, 0.5).ravel()
    print(
        f"{name:15} {kl(data, q):10.3f} {kl(data, smoothed):10.3f} {js(data, q):8.4f} {total_variation(data, q):7.4f}"
        f" {hellinger(data, q):9.4f}    {''.join(ALPHABET[k] for k in typed[1000:1024])}"
    )

# %% [markdown]
# **What to conclude.** KL of the raw counts is $\infty$ for everybody: even real English misses some pair that the other sample has. A verdict that condemns the data themselves
# judges the *sample size*. The bounded measures rank the models as the eye does, and so does KL after half a count is added to every pair (week 1's prior). Two warnings in the table. Real against real is not 0: **every score
# needs this row beside it.** And the chain *beats* real English: pairs are all it knows and all we asked about, and it has averaged over more topics than one page holds. A score judges what it looks at. *Extend:* compare triples.

# %% [markdown]
# ---
# # Part 3 · Information
#
# The **mutual information** of $X$ and $Y$ is the divergence of their joint distribution from what it would be if they were strangers:
#
# $$I(X;Y) = \sum_{x,y} p(x,y)\log\frac{p(x,y)}{p(x)\,p(y)} = H(Y) - H(Y \mid X).$$
#
# > **Where the lecture notes go wrong.** "A high $H(Y\mid X)$ means $X$ says little about $Y$": not so. Let $Y$ be ten random bits of which $X$ reveals five. $H(Y\mid X)$ is 5 bits, which is high, *and* $X$ tells 5 bits. What
# > counts is the difference.
#
# **Predict.** In English, which tells more about the next letter: the letter before it, or whether that letter is a vowel?
#
# **A worked example.** The table $\begin{pmatrix} 0.4 & 0.1 \\ 0.1 & 0.4\end{pmatrix}$ has uniform margins, so $I = 0.8\log 1.6 + 0.2\log 0.4 = 0.192745$ nats.

# %% question="mutual_information" points=8 minutes=15


# %% check="mutual_information"
def test_worked_example(mutual_information):
    """Two bits that agree four times out of five share 0.192745 nats."""
    import numpy as np

    value = mutual_information(np.array([[0.4, 0.1], [0.1, 0.4]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.192745) < 1e-5, "the information should be 0.192745, as in the text"


def test_strangers(mutual_information):
    """Independent variables tell nothing about each other."""
    import numpy as np

    value = mutual_information(np.outer([0.3, 0.7], [0.2, 0.5, 0.3]))
    assert abs(value) < 1e-9, "the information of independent variables should be 0"


# %% given="conditional_entropy"

# %%
ten_bits = np.kron(np.eye(32), np.ones(32)) / 1024
print(
    f"ten bits, five revealed: H(Y|X) = {conditional_entropy(ten_bits) / math.log(2):.1f} bits"
    f" and I = {mutual_information(ten_bits) / math.log(2):.1f} bits"
)
print("\none letter tells about the next (nats)      as typed   with the letters shuffled")
for name, typed in typists.items():
    shuffled = mutual_information(pair_table(rng.permutation(typed)))
    print(f"  {name:38} {mutual_information(pair_table(typed)):10.4f} {shuffled:14.4f}")

# %% [markdown]
# **What to look at:** the right column, where the truth is 0. **What to conclude.** Counting from a finite sample finds information where there is none, about $(K-1)^2/2N$ nats: the estimate is *biased upwards*, and the shuffled
# text shows by how much. Beyond it, letters alone tell nothing, the HMM's two states carry a seventh of what English has, and the chain nearly all of it.

# %% [markdown]
# ---
# # Part 4 · A classifier as judge
#
# Now pictures: scikit-learn's $8\times 8$ digits. The generators may use the first 900. A small network, trained here in a tenth of a second on the same 900, classifies digits, and its 32 hidden units are
# our **features**. (Published scores use an Inception network trained on photographs: 2,048 features. The formulas are the same.)
#
# **Seven machines**, 400 images each: *held out*, real images; a *mixture* of ten Gaussians on 16 principal components (week 4); a *VAE* (made by the course with week 7's model, eight latent dimensions, and shipped as a file); *pixels
# alone*, each pixel drawn by itself; *noisy*, real images with dirt; *only threes*; and *copies* of the training images.

# %%
digits = load_digits()
train, real, held_out = digits.data[:900], digits.data[900:1300], digits.data[1300:1700]
classifier = MLPClassifier((32,), learning_rate_init=0.005, random_state=0)
for _ in range(20):
    classifier.partial_fit(train / 16, digits.target[:900], classes=range(10))


def features(images):
    """The hidden units of the classifier, (N, 32)."""
    return np.maximum(0, images / 16 @ classifier.coefs_[0] + classifier.intercepts_[0])


pca = PCA(16).fit(train)
mixture = GaussianMixture(10, reg_covar=1e-2, random_state=0).fit(pca.transform(train))
threes = train[digits.target[:900] == 3]
machines = {
    "held out": held_out,
    "mixture": np.clip(pca.inverse_transform(mixture.sample(400)[0]), 0, 16),
    "VAE": np.load("vae_samples.npz")["images"].astype(float),
    "pixels alone": rng.permuted(train, axis=0)[:400],
    "noisy": np.clip(train[rng.choice(900, 400)] + rng.normal(0, 6, (400, 64)), 0, 16),
    "only threes": threes[rng.choice(len(threes), 400)],
    "copies": train[rng.choice(900, 400)],
}
print(f"accuracy on unseen digits: {classifier.score(digits.data[900:] / 16, digits.target[900:]):.3f}")

# %%
fig, ax = plt.subplots(figsize=(6, 4))
frame = ((0, 0), (1, 1), (1, 1))
rows = [
    np.hstack(np.pad(images[::34].reshape(12, 8, 8), frame, constant_values=4))
    for images in machines.values()
]
ax.imshow(np.vstack(rows), cmap="gray_r", vmin=0, vmax=16)
ax.set(xticks=[], yticks=np.arange(7) * 10 + 4.5, yticklabels=machines, title="Twelve of 400 each")
ax.grid(False)

# %% [markdown]
# The **inception score** asks two things of the classifier: is it sure of each image (a low entropy of $p(y\mid x_n)$), and do all classes appear (a high entropy of the mean $p(y)$)?
#
# $$\mathrm{IS} = \exp\Big(\frac1N\sum_n \mathrm{KL}\big(p(y\mid x_n)\,\|\,p(y)\big)\Big), \qquad p(y) = \frac1N\sum_n p(y\mid x_n).$$
#
# Inside the exponential stands the mutual information of image and class. The score lies between 1 and the number of classes. (Papers often cut the images into ten parts, *splits*, and report mean and spread of ten scores. Small parts score lower, so
# we keep all images together.)
#
# > **Where the lecture notes go wrong.** Their exercise has rows $(0.9, 0.05, 0.05)$ and its turns, takes the mean as $0.3$ (it is $\tfrac13$: rows sum to 1, so the mean does) and gets 2.246. It is $e^{0.704215} = 2.022258$. And in
# > their code the "good" images all favour one class: that is mode collapse, and its score is *lower* than the "bad" one's.
#
# **Predict.** Which of the seven machines gets the highest score?

# %% question="inception_score" points=8 minutes=15


# %% check="inception_score"
def test_three_images(inception_score):
    """The exercise with three images: the score is 2.022258."""
    import numpy as np

    value = inception_score(np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.704215) > 1e-5, "this is the mean divergence: its exponential is asked for"
    assert abs(value - 2.022258) < 1e-5, "the score should be 2.022258, as in the text"


def test_bounds(inception_score):
    """The same row three times scores one."""
    assert abs(inception_score([[0.7, 0.3]] * 3) - 1) < 1e-9, "images that are all alike should score 1"


def test_first_the_mean_then_the_exponential(inception_score):
    """A sure image and an undecided one have the divergences log 4/3 and 0.143841."""
    import numpy as np

    value = inception_score(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert abs(value - np.exp((np.log(4 / 3) + 0.143841) / 2)) < 1e-5, (
        "the score should be the exponential of the mean of log 4/3 and 0.143841"
    )


# %%
for name, images in machines.items():
    print(f"{name:14} IS = {inception_score(classifier.predict_proba(images / 16)):.2f}")

# %% [markdown]
# **What to conclude.** *Only threes* is caught and *pixels alone* too. But the highest score goes to the *copies*, above fresh real images: the classifier is surest on what it was trained on. The score never looks at real data, so it
# cannot see that a generator memorises, and ten good images, forty times each, would satisfy it.

# %% [markdown]
# ---
# # Part 5 · Features
#
# Compare the features of fakes with those of *real* images. The **Fréchet inception distance** keeps of each set only the mean $\mu$ and the covariance $S$ and takes the squared Wasserstein-2 distance of the two Gaussians:
#
# $$\mathrm{FID} = |\mu_X - \mu_Y|^2 + \mathrm{Tr}\big(S_X + S_Y - 2\,(S_X S_Y)^{1/2}\big).$$
#
# The root is a *matrix* root. Three ways to its trace are safe: the roots of the eigenvalues of $S_X^{1/2} S_Y S_X^{1/2}$ (symmetric: `np.linalg.eigh` and `eigvalsh`, negative rounding clipped); those of $S_X S_Y$ itself (`eigvals`, real parts,
# clipped); or the singular values of $X_c Y_c^{\mathsf T}$ with centred features, divided by $\sqrt{(N-1)(M-1)}$.
#
# > **Where the lecture notes go wrong.** They call `scipy.linalg.sqrtm` on $S_X S_Y$ from 500 samples in 2,048 dimensions. The product is singular, and the result can be anything: one SciPy version returns $-2.3\cdot10^{77}$. The distance itself is fine. Their printed values
# > are inventions, and even the right values would be mostly the bias of a small sample: two samples of the *same* distribution come out at 2,430.
#
# **Predict.** Two sets have the same mean, and every feature of the second has twice the standard deviation. What is FID in one dimension, if the first has variance 1?
#
# **A worked example.** $X$ holds 0 and 2 (mean 1, variance 2 with $N-1$), $Y$ holds 0, 4 and 8 (mean 4, variance 16). In one dimension FID is $(\mu_X-\mu_Y)^2 + (\sigma_X - \sigma_Y)^2 = 9 + (\sqrt2 - 4)^2 = 15.686292$.

# %% question="fid" points=11 minutes=30


# %% check="fid"
def test_one_dimension(fid):
    """The worked example in one dimension: 15.686292."""
    import numpy as np

    value = fid(np.array([[0.0], [2.0]]), np.array([[0.0], [4.0], [8.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert np.isrealobj(value), "the distance is a real number: drop the imaginary rounding"
    assert np.shape(value) == (), "return one number"
    assert abs(value - 15.686292) < 1e-5, "the distance should be 15.686292, as in the text"


def test_a_shift(fid):
    """Moving every feature vector by (3, 4) gives a distance of 25."""
    import numpy as np

    X = np.random.default_rng(0).normal(size=(50, 2))
    assert abs(fid(X, X + np.array([3.0, 4.0])) - 25) < 1e-4, "a shift by (3, 4) should give 3^2 + 4^2 = 25"


# %%
real_features = features(real)
for name, images in machines.items():
    print(f"{name:14} FID to 400 real images = {fid(real_features, features(images)):6.2f}")

# %% [markdown]
# **What to conclude.** Collapse is punished most, the honest models come close to the real row, and the copies closer still: FID does not see memorising either. The real row is not 0: there are only 400 images, and other people wrote them.
#
# ### Derive it, step by step
#
# Covariances that *commute* have common eigenvectors. In that basis both are diagonal and the formula comes apart into scalars. Enter five expressions; at the fourth, ask yourself where the slope is zero.

# %% question="derive_fid_commuting" points=10 minutes=20


# %% check="derive_fid_commuting"
def test_entries(derive_fid_commuting):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_fid_commuting()
    given = {"a1", "a2", "b1", "b2", "c", "d1", "d2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("root_trace", "covariance_part", "fid", "slope", "fid_scaled"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_equal_sets(derive_fid_commuting):
    """Equal means and covariances have the distance 0."""
    whole = derive_fid_commuting()["fid"]
    values = {"a1": 4, "a2": 9, "b1": 4, "b2": 9, "d1": 0, "d2": 0}
    value = whole.subs({symbol: values[symbol.name] for symbol in whole.free_symbols})
    assert abs(float(value)) < 1e-9, "the distance of equal Gaussians should be 0"


# %% [markdown]
# ### Plot it
#
# How does FID depend on the *number of samples*? Take two disjoint sets of $n$ images from `pool` below, all real, for which the true distance is 0. For $n = 20, 50, 100, 200$ and $400$, average `fid` of their
# features over 8 random draws, and plot the mean against $n$ on logarithmic axes, with the spread of the draws shown and a line of slope $-1$ for comparison. Label the axes.

# %%
pool = features(digits.data[900:])
print(f"{len(pool)} real images, {pool.shape[1]} features")

# %% plot="fid_against_n" points=5 minutes=15
### BEGIN SOLUTION
draw = np.random.default_rng(1)
sizes = np.array([20, 50, 100, 200, 400])
values = []
for n in sizes:
    orders = [draw.permutation(len(pool)) for _ in range(8)]
    values.append([fid(pool[order[:n]], pool[order[n : 2 * n]]) for order in orders])
means, spread = np.mean(values, axis=1), np.std(values, axis=1)
fig, ax = plt.subplots()
ax.errorbar(sizes, means, spread, fmt="o-", capsize=3, label="real against real, mean ± sd of 8 draws")
ax.plot(sizes, means[0] * sizes[0] / sizes, "--", color="black", label="proportional to 1/n")
ax.set(
    xscale="log",
    yscale="log",
    xlabel="images in each set, n",
    ylabel="FID",
    title="FID of nothing at all falls with the sample size",
)
ax.set_xticks(sizes, sizes)
ax.xaxis.minorticks_off()
_ = ax.legend()
### END SOLUTION

# %% [markdown]
# ### Read it
#
# Answer in about five sentences. (1) The true distance is 0 for every $n$. What does the curve show, and which law does it follow? (2) A paper reports FID 1.1 for its model with 100 samples of features like ours, another 0.6 with 400. Which model is better? (3) Say how
# you would report FID so that a reader can judge it.

# %% [markdown] answer="reading_the_bias" points=5 minutes=10
# **Model answer.** The curve is the *bias* of FID: means and covariances estimated from few samples differ by chance, and every such difference adds, since the distance cannot be negative. It falls about like $1/n$: four times the images, a quarter of the distance. The two papers
# cannot be compared: at $n = 100$ real images alone score about 1.1, so that model is as good as real as far as this score can see, while 0.6 with 400 is about twice the real row. Report the number of samples on both sides, use the same (large) number for all models, give the value of real against real
# at that size, and repeat over draws for the spread; or use an unbiased score such as KID beside it.
#
# **Rubric (5 points).** 2: names bias, upward, about $1/n$ (1 if only "more samples, smaller"). 1: the two values are not comparable, or the first is at the floor. 2: same $n$ for all and stated (1); baseline of real against real, spread, or an unbiased score (1).

# %% [markdown]
# ---
# # Part 6 · Kernels
#
# FID sees two moments. The **maximum mean discrepancy** sees as much as its kernel $k(x, y)$, a measure of likeness:
#
# $$\mathrm{MMD}^2 = \mathbb E\,k(x,x') + \mathbb E\,k(y,y') - 2\,\mathbb E\,k(x,y),$$
#
# with independent $x, x' \sim p$ and $y, y' \sim q$. If two samples of one set are, on average, as alike as one of each, the sets are the same. The estimate that keeps $k(x_i,x_i)$ is biased upwards: a sample is perfectly like itself. Leaving these pairs out makes it
# **unbiased**, and therefore sometimes negative.
#
# **Predict.** With $k(x,y) = x\cdot y$, to which familiar quantity does the biased estimate come down?
#
# **A worked example.** $X = (0, 2)$, $Y = (1, 4)$ as columns, and $k(x,y) = xy$. Biased: the means of the tables are $1$, $6.25$ and $2.5$, so $1 + 6.25 - 5 = 2.25 = (1 - 2.5)^2$. Unbiased: only $k(0,2) = 0$ and $k(1,4) = 4$ remain within, so
# $0 + 4 - 5 = -1$.

# %% question="mmd2" points=9 minutes=20


# %% check="mmd2"
def test_worked_example(mmd2):
    """With the kernel xy: 2.25 with the diagonal, -1 without."""
    import numpy as np

    def product(A, B):
        return A @ B.T

    X, Y = np.array([[0.0], [2.0]]), np.array([[1.0], [4.0]])
    value = mmd2(X, Y, product, False)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 2.25) < 1e-9, "the biased estimate should be 2.25, as in the text"
    assert abs(mmd2(X, Y, product) + 1) < 1e-9, "the unbiased estimate should be -1, as in the text"


# %% [markdown]
# The **kernel inception distance** is the unbiased estimate with a cubic kernel on features. Three more measures come with the course: the **energy distance** (an MMD with minus the distance as its kernel), the **Wasserstein distance** of two sets of
# numbers, here of the *ink* on each image, and a **kernel density estimate**, the way to give a density to a machine that can only draw.

# %% given="kid_kernel"

# %% given="energy_distance"

# %% given="wasserstein_1d"

# %% given="kde_log_density"

# %%
print("machine          KID   energy   ink W1   log density of real images (KDE, bandwidth 3)")
for name, images in machines.items():
    f = features(images)
    print(
        f"{name:14}{mmd2(real_features, f, kid_kernel):7.3f} {energy_distance(real_features, f):7.3f}"
        f" {wasserstein_1d(real.mean(axis=1), images.mean(axis=1)):8.3f} {kde_log_density(images, real, 3.0).mean():12.1f}"
    )
small = [rng.permutation(len(pool))[:40] for _ in range(20)]
estimates = [
    (mmd2(pool[rows[:20]], pool[rows[20:]], kid_kernel), fid(pool[rows[:20]], pool[rows[20:]]))
    for rows in small
]
kid_mean, fid_mean = np.mean(estimates, axis=0)
print(f"\nreal against real, 20 images a side, mean of 20 draws: KID {kid_mean:.2f}, FID {fid_mean:.2f}")
print(f"KID was negative in {sum(value < 0 for value, _ in estimates)} of 20 draws")

# %% [markdown]
# **What to conclude.** KID is noisy in small samples but not biased: it scatters around 0 where FID says nearly 6. The density ranks by coverage of the real images: copies do as well as real data, and the machine of threes is last with the noisy ones, for opposite
# reasons. It also depends on the bandwidth and on the *units*: with pixels in $[0, 1]$ all values shift by $64 \log 16 = 177$. Compare log densities only in the same units. *Extend:* vary the bandwidth. Does the ranking hold?
#
# ### Why leaving out the diagonal is right
#
# Show that the estimate with `unbiased=True` has the expectation $\mathrm{MMD}^2$, for any $N, M \ge 2$. Then compute the expectation of the *biased* estimate, and say what remains of the bias when $p = q$ and $k(x,x) = 1$, as for a Gaussian kernel.

# %% [markdown] answer="unbiased_mmd" points=8 minutes=15
# **Model answer.** For $i \ne j$ the samples $x_i, x_j$ are independent draws of $p$, so $\mathbb E\,k(x_i,x_j) = \mathbb E\,k(x,x')$. The average of $N(N-1)$ such terms has the same expectation, by linearity (the terms need not be independent of each other); likewise for $y$. Every $x_i$ is independent of
# every $y_j$, so the mean over all $NM$ pairs has the expectation $\mathbb E\,k(x,y)$. The sum is $\mathrm{MMD}^2$.
#
# The biased estimate has $N$ further terms $k(x_i,x_i)$ in the first sum:
# $\frac1{N^2}\big(N\,\mathbb E\,k(x,x) + N(N-1)\,\mathbb E\,k(x,x')\big) = \mathbb E\,k(x,x') + \frac1N\big(\mathbb E\,k(x,x) - \mathbb E\,k(x,x')\big)$, and the same for $y$ with $M$. For $p = q$ and $k(x,x) = 1$ the true value is 0 and the expectation is
# $\big(\frac1N + \frac1M\big)\big(1 - \mathbb E\,k(x,x')\big) > 0$: it falls like $1/n$, as FID's does.
#
# **Rubric (8 points).** 3: pairs with $i \ne j$ are independent and have the expectation $\mathbb E\,k(x,x')$; linearity (1 of them for saying that the terms need not be independent). 1: the cross term needs no correction. 3: the expectation of the diagonal and the $1/N$ term. 1: the result for $p = q$.

# %% [markdown]
# ---
# # Part 7 · Good or varied?
#
# One number cannot tell a generator that draws *badly* from one that draws *one thing*. Put a ball around every real image, out to its $k$-th nearest real neighbour: together they are a rough map of where real images lie. **Precision** is the share of fakes on the
# map. Balls around the fakes make their map, and **recall** is the share of the reals on it. A single odd fake far out has a huge ball, and buys recall. Hence two sturdier numbers on real balls only: **density** counts in how many balls a fake lies (over $k$), **coverage** is the share of balls that
# hold a fake.
#
# **Predict.** Which of the four are low for *only threes*? Which for *noisy*?
#
# **A worked example** with $k=1$: real $0, 1, 10$ have the radii $1, 1, 9$; fake $2, 30$ have the radius 28. Fake 2 lies in the balls of 1 (on the border, which counts) and of 10; fake 30 in none. Precision $\tfrac12$, density $\tfrac22 = 1$, coverage $\tfrac23$; every real lies in a fake ball, recall 1.

# %% question="precision_recall_density_coverage" points=8 minutes=20


# %% check="precision_recall_density_coverage"
def test_worked_example(precision_recall_density_coverage):
    """Three real points and two fakes on a line: 1/2, 1, 1, 2/3."""
    import numpy as np

    result = precision_recall_density_coverage(np.array([[0.0], [1.0], [10.0]]), np.array([[2.0], [30.0]]), 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 4, "return four numbers"
    for value, expected, name in zip(
        result, (1 / 2, 1.0, 1.0, 2 / 3), ("precision", "recall", "density", "coverage")
    ):
        assert abs(value - expected) < 1e-9, f"the {name} should be as in the text"


# %% [markdown]
# ### The verdict
#
# **What to look at:** read the table by columns first: which machine fools which score?

# %%
print("machine           IS    FID    KID   precision recall density coverage")
verdict = {}
for name, images in machines.items():
    f = features(images)
    verdict[name] = precision_recall_density_coverage(real_features, f, 5)
    score = inception_score(classifier.predict_proba(images / 16))
    print(
        f"{name:14}{score:6.2f} {fid(real_features, f):6.2f} {mmd2(real_features, f, kid_kernel):6.3f}"
        + "".join(f"{value:9.2f}" for value in verdict[name])
    )

fig, ax = plt.subplots()
for (name, (precision, recall, _, _)), marker in zip(verdict.items(), "o*s^vDP"):
    ax.plot(precision, recall, marker, markersize=9, linestyle="", label=name)
ax.set(
    xlabel="precision (good)",
    ylabel="recall (varied)",
    xlim=(0, 1.02),
    ylim=(0, 1.02),
    title="Two ways to fail",
)
_ = ax.legend(loc="lower left")

# %% [markdown]
# **What to conclude.** *Only threes* has high precision and no recall; *noisy* has recall and no precision: opposite corners, and in FID both are merely "worse". Recall is fooled by noise (big balls), coverage is not. The VAE is precise but draws the
# common case: its recall lags behind the mixture's. The *copies* are still indistinguishable from real data.
#
# ### The same scores for sequences
#
# Features can be taken of anything. Cut what each typist of part 2 typed into pages of 100 letters, and let the features be how often each of the 40 most usual pairs occurs on a page. (The inception score stays away: a page has no class.)
#
# **Predict.** The hidden Markov model knows vowels from consonants. Does that bring it nearer to English than letters drawn alone?

# %%
usual = np.argsort(pairs.ravel())[-40:]


def pages(sequence):
    """How often each of the usual pairs occurs on each page of 100 letters, (N, 40)."""
    letters = sequence[: len(sequence) // 100 * 100].reshape(-1, 100)
    return (27 * letters[:, :-1, None] + letters[:, 1:, None] == usual).sum(axis=1).astype(float)


real_pages = pages(model_text)
print("typist            FID    KID  energy  log density   precision recall density coverage")
for name, typed in typists.items():
    f = pages(typed)
    print(
        f"{name:14}{fid(real_pages, f):7.2f}{mmd2(real_pages, f, kid_kernel):7.2f}{energy_distance(real_pages, f):8.3f}"
        f"{kde_log_density(f, real_pages, 1.0).mean():13.1f}   "
        + "".join(f"{value:9.2f}" for value in precision_recall_density_coverage(real_pages, f, 5))
    )

# %% [markdown]
# **What to conclude.** Hardly nearer: which pairs occur depends on the letters themselves, of which two states remember a single bit. Recall is hard on both, because real pages differ from each other (one is about loops, one about text) while pages of loose letters all look like the average page. The
# Markov chain passes for English by KID and the energy distance; recall and the density still tell that real pages vary more. One test is left.
#
# ### Does it remember?
#
# Mutual information can see what no score above can. Let a machine answer with a blurred copy of a training image: image $i$ plus noise. A reader guesses from the answer which of 30 images it was, $j$. The table of $(i, j)$ tells how many nats about its training data the machine gives away.

# %%
sources = train[:30]
noise_levels = (0, 4, 8, 16, 32, 64)
told, chance = [], []
who = np.repeat(np.arange(30), 40)
for sd in noise_levels:
    guess = cdist(sources[who] + rng.normal(0, sd, (1200, 64)), sources).argmin(axis=1)
    for store, answers in ((told, guess), (chance, rng.permutation(guess))):
        table = np.zeros((30, 30))
        np.add.at(table, (who, answers), 1 / 1200)
        store.append(mutual_information(table))

fig, ax = plt.subplots()
ax.plot(noise_levels, told, "o-", label="image and guess")
ax.plot(noise_levels, chance, "s--", label="guesses shuffled (the truth is 0)")
ax.axhline(math.log(30), color="black", linewidth=0.8, label="log 30: all is told")
ax.set(
    xlabel="noise on each pixel (sd, pixels run to 16)",
    ylabel="nats",
    title="What the answer tells of its source",
)
_ = ax.legend()

# %% [markdown]
# **What to conclude.** Noise of half the pixel range, which spoils an image for us, hides little from the reader; only noise of the whole range and more does. The dashed line is part 3's bias again: never read an information without it. A learned generator can leak in the same way: the
# usual practical test asks whether its samples lie closer to the training images than fresh real images do.
#
# **Score your own.** Put 400 samples of the mixture of week 4 or the VAE of week 7 into the table: anything of shape $(N, 64)$ with pixels from 0 to 16.

# %% tags=["playground"]
mine = np.clip(held_out + rng.normal(0, 1, held_out.shape), 0, 16)  # put your samples here
f = features(mine)
print(f"FID {fid(real_features, f):.2f}   KID {mmd2(real_features, f, kid_kernel):.3f}")
nearest_train, nearest_fresh = (
    cdist(mine, train).min(axis=1).mean(),
    cdist(held_out, train).min(axis=1).mean(),
)
print(
    f"mean distance to the nearest training image: {nearest_train:.1f}; of fresh real images: {nearest_fresh:.1f}"
)

# %% [markdown]
# ---
# # What to remember
#
# - Choose the measure by what it must survive: KL is infinite at a zero; JS, total variation and Hellinger are bounded. The root of JS, TV and Hellinger are metrics.
# - **Put real against real beside every score, at the same sample size.** FID and plug-in information are biased by an amount that falls like $1/n$; unbiased MMD may be negative, and should be.
# - IS sees neither real data nor copies. FID sees two moments. Precision and recall separate *good* from *varied*; coverage is the sturdier half.
# - Keep away from the root of a singular product: eigenvalues of a symmetric matrix, or singular values of the features, are enough.
# - No score of fidelity notices memorising. Ask for that separately.
#
# This closes the course: a model says how hidden things produce data, inference runs it backwards, and now you can say how far what it dreams is from what is.
#
# **Ungraded, if you want more.** (1) Train the classifier on 100 images only, or with other units: does the order of the machines by FID survive? (2) Rank real images by `precision_recall_density_coverage` against *one* digit. (3) Make a machine that beats *held out* in every column without
# drawing a single new digit. What does it tell you about leaderboards?
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
