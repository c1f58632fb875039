"""Week 5's reference against scikit-learn, properties and edge cases."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB

from reference import naive_bayes as nb

settings.register_profile("bounded", max_examples=40, deadline=None)
settings.load_profile("bounded")

LABELS = [np.array(["rye", "oat", "wheat"]), np.array([40, -2, 7]), np.array([False, True])]


def _labels(rng: np.random.Generator, names: np.ndarray, n: int) -> np.ndarray:
    return names[np.concatenate([np.arange(len(names)), rng.integers(len(names), size=n - len(names))])]


def _data(rng: np.random.Generator, kind: str, n: int, d: int) -> np.ndarray:
    if kind == "gaussian":
        return rng.normal(rng.normal(size=d), rng.uniform(0.5, 3, d), (n, d))
    return rng.poisson(2, (n, d)) if kind == "multinomial" else rng.integers(0, 2, (n, d))


FITS = {"gaussian": nb.fit_gaussian, "multinomial": nb.fit_multinomial, "bernoulli": nb.fit_bernoulli}
ORACLES = {"gaussian": GaussianNB, "multinomial": MultinomialNB, "bernoulli": BernoulliNB}


@pytest.mark.parametrize("names", LABELS, ids=["strings", "gapped", "booleans"])
@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(("n", "d"), [(12, 4), (9, 1), (3, 2)])
def test_every_kind_agrees_with_scikit_learn(kind, names, n, d):
    rng = np.random.default_rng(n + d)
    X, y, new = _data(rng, kind, n, d), _labels(rng, names, n), _data(rng, kind, 5, d)
    if kind == "gaussian" and n == 3:
        X = np.repeat(X, 2, axis=0) + rng.normal(size=(6, d))
        y = np.repeat(y, 2)
    model, oracle = FITS[kind](X, y), ORACLES[kind]().fit(X, y)
    assert model.kind == kind
    assert model.classes.tolist() == oracle.classes_.tolist()
    assert model.classes.dtype == y.dtype
    joint = oracle.predict_joint_log_proba(new)
    np.testing.assert_allclose(nb.joint_log_likelihood(model, new), joint, rtol=1e-12)
    np.testing.assert_allclose(
        nb.predict_log_proba(model, new), oracle.predict_log_proba(new), rtol=1e-9, atol=1e-10
    )
    assert nb.predict(model, new).tolist() == oracle.predict(new).tolist()
    if kind == "gaussian":
        np.testing.assert_allclose(model.theta["mean"], oracle.theta_, rtol=1e-13)
        np.testing.assert_allclose(model.theta["var"], oracle.var_, rtol=1e-13)
    elif kind == "multinomial":
        np.testing.assert_allclose(model.theta["log_prob"], oracle.feature_log_prob_, rtol=1e-13)
        np.testing.assert_allclose(model.log_prior, oracle.class_log_prior_, rtol=1e-13)
    else:
        np.testing.assert_allclose(model.theta["log_p"], oracle.feature_log_prob_, rtol=1e-13)
        np.testing.assert_allclose(
            model.theta["log_1mp"], np.log1p(-np.exp(oracle.feature_log_prob_)), rtol=1e-10
        )


def test_digits_with_pixels_that_never_change_agree_with_scikit_learn():
    X, y = load_digits(return_X_y=True)
    model, oracle = nb.fit_gaussian(X, y), GaussianNB().fit(X, y)
    assert np.isfinite(nb.joint_log_likelihood(model, X)).all()
    np.testing.assert_allclose(
        nb.joint_log_likelihood(model, X[:50]), oracle.predict_joint_log_proba(X[:50]), rtol=1e-10
    )
    assert (nb.predict(model, X) == oracle.predict(X)).all()


def test_ngram_counts_agree_with_scikit_learn():
    texts = ["banana", "Ananas an Anna", "", "xy", "aaaa", "tab\tand  two blanks"]
    for n in (1, 2, 3):
        oracle = CountVectorizer(analyzer="char", ngram_range=(n, n), lowercase=False)
        # The vectoriser squeezes white space, which this function does not.
        expected = oracle.fit_transform(texts[:-1]).toarray()
        assert nb.ngram_counts(texts[:-1], n, list(oracle.get_feature_names_out())).tolist() == (
            expected.tolist()
        )


def test_ngrams_overlap_keep_case_and_ignore_what_is_unknown():
    assert nb.ngram_counts(["banana", "BANANA", "an"], 3, ["ana", "zzz", "ban"]).tolist() == [
        [2, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
    ]
    assert nb.ngram_counts([], 2, ["ab"]).shape == (0, 1)
    assert nb.ngram_counts(["ab"], 2, []).shape == (1, 0)
    with pytest.raises(ValueError, match=r"^n should"):
        nb.ngram_counts(["ab"], 0, [])


@given(st.text("ab ", max_size=12), st.integers(1, 4))
def test_all_ngrams_are_counted_if_the_vocabulary_holds_them(text, n):
    vocabulary = sorted({text[i : i + n] for i in range(len(text) - n + 1)})
    assert nb.ngram_counts([text], n, vocabulary).sum() == max(0, len(text) - n + 1)


@given(st.integers(0, 10_000), st.sampled_from(sorted(FITS)), st.integers(1, 4), st.integers(1, 5))
def test_probabilities_sum_to_one_and_rows_do_not_see_each_other(seed, kind, classes, d):
    rng = np.random.default_rng(seed)
    n = 3 * classes
    model = FITS[kind](_data(rng, kind, n, d), _labels(rng, np.arange(classes) * 3, n))
    new = _data(rng, kind, 6, d)
    if kind == "gaussian":
        # A class of one row has a variance near 0; its density is finite all the same.
        assert (model.theta["var"] > 0).all()
    log_p = nb.predict_log_proba(model, new)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(nb.predict_log_proba(model, new[2:3]), log_p[2:3], rtol=1e-9, atol=1e-9)
    order = rng.permutation(d)
    shuffled = model._replace(theta={name: rows[:, order] for name, rows in model.theta.items()})
    np.testing.assert_allclose(
        nb.joint_log_likelihood(shuffled, new[:, order]), nb.joint_log_likelihood(model, new), rtol=1e-10
    )


def test_class_log_prior():
    classes, log_prior = nb.class_log_prior(["b", "a", "b", "b"])
    assert classes.tolist() == ["a", "b"]
    np.testing.assert_allclose(np.exp(log_prior), [0.25, 0.75])
    assert nb.class_log_prior([7])[1].tolist() == [0.0]
    for bad in ([], [[1, 2]]):
        with pytest.raises(ValueError, match=r"^y should"):
            nb.class_log_prior(bad)


def test_a_long_document_does_not_underflow():
    model = nb.fit_multinomial([[5, 3, 2], [1, 1, 8]], ["x", "y"])
    document = np.array([[3400, 3300, 3300]])
    log_p = nb.predict_log_proba(model, document)
    expected = document @ (model.theta["log_prob"][1] - model.theta["log_prob"][0])
    assert log_p[0, 1] - log_p[0, 0] == pytest.approx(expected[0], rel=1e-10)
    assert np.isfinite(log_p).all()


def test_without_smoothing_zero_times_minus_infinity_is_zero():
    with np.errstate(all="raise"):
        model = nb.fit_multinomial([[4, 0, 1], [0, 3, 1]], [0, 1], alpha=0)
        joint = nb.joint_log_likelihood(model, [[0, 0, 2], [1, 0, 0], [0, 2, 0], [1, 1, 0]])
    assert np.isneginf(joint).tolist() == [[False, False], [False, True], [True, False], [True, True]]
    assert joint[0].tolist() == pytest.approx([np.log(0.5) + 2 * np.log(0.2), np.log(0.5) + 2 * np.log(0.25)])
    assert nb.predict_log_proba(model, [[1, 0, 0]]).tolist() == [[0, -np.inf]]
    for function in (nb.predict_log_proba, nb.predict):
        with pytest.raises(ValueError, match=r"^X has a row"):
            function(model, [[0, 0, 1], [1, 1, 0]])
    with np.errstate(all="raise"):
        model = nb.fit_bernoulli([[1, 0], [1, 1], [0, 0]], [0, 0, 1], alpha=0)
        joint = nb.joint_log_likelihood(model, [[1, 1], [0, 0], [1, 0]])
    np.testing.assert_allclose(np.exp(joint), [[1 / 3, 0], [0, 1 / 3], [1 / 3, 0]], atol=1e-15)


def test_the_limit_of_little_smoothing_is_no_smoothing():
    X, y = [[4, 0, 1], [1, 3, 1]], [0, 1]
    small, none = nb.fit_multinomial(X, y, 1e-300), nb.fit_multinomial(X, y, 0)
    np.testing.assert_allclose(np.exp(small.theta["log_prob"]), np.exp(none.theta["log_prob"]), atol=1e-15)
    assert small.theta["log_prob"][0, 1] < -600


def test_variances_far_from_the_origin_and_constant_features():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(30, 2)), np.arange(30) % 2
    near, far = nb.fit_gaussian(X, y, 0.0), nb.fit_gaussian(X + 1e7, y, 0.0)
    np.testing.assert_allclose(far.theta["var"], near.theta["var"], rtol=1e-6)
    X[:, 1] = 5
    model = nb.fit_gaussian(X, y)
    np.testing.assert_allclose(model.theta["var"][:, 1], 1e-9 * X[:, 0].var(), rtol=1e-12)
    assert np.isfinite(nb.joint_log_likelihood(model, X + 1)).all()


@pytest.mark.parametrize("kind", FITS)
def test_lists_integers_read_only_and_strided_arrays_are_accepted(kind):
    rng = np.random.default_rng(1)
    X, y = _data(rng, "bernoulli", 12, 3), _labels(rng, LABELS[0], 12)
    expected = FITS[kind](X.astype(float), y)
    strided = np.asfortranarray(np.repeat(X, 2, axis=0))[::2]
    strided.flags.writeable = False
    for other in (X.tolist(), X.astype(np.int8), X.astype(np.float32), strided):
        model = FITS[kind](other, y.tolist())
        for name, rows in expected.theta.items():
            np.testing.assert_allclose(model.theta[name], rows, rtol=1e-12)
        np.testing.assert_allclose(
            nb.joint_log_likelihood(model, other), nb.joint_log_likelihood(expected, X), rtol=1e-10
        )
    listed = expected._replace(
        classes=expected.classes.tolist(),
        log_prior=expected.log_prior.tolist(),
        theta={name: rows.tolist() for name, rows in expected.theta.items()},
    )
    assert nb.predict(listed, X).tolist() == nb.predict(expected, X).tolist()


@pytest.mark.parametrize("kind", FITS)
def test_no_rows_and_a_single_class(kind):
    model = FITS[kind]([[1, 0], [0, 1], [1, 1]], ["only"] * 3)
    assert nb.predict_log_proba(model, [[1, 0]]).tolist() == [[0.0]]
    assert nb.joint_log_likelihood(model, np.zeros((0, 2))).shape == (0, 1)
    assert nb.predict_log_proba(model, np.zeros((0, 2))).shape == (0, 1)
    assert nb.predict(model, np.zeros((0, 2))).tolist() == []
    assert nb.predict(model, [[0, 1]]).tolist() == ["only"]


def test_equally_probable_classes_give_the_first():
    model = nb.fit_bernoulli([[1], [1]], ["b", "a"])
    assert nb.predict(model, [[1], [0]]).tolist() == ["a", "a"]


@pytest.mark.parametrize("kind", FITS)
def test_bad_arguments_are_named(kind):
    fit = FITS[kind]
    for X, y in (([1, 0], [0, 1]), ([[1], [0]], [0]), ([[1], [0]], [[0], [1]])):
        with pytest.raises(ValueError, match=r"X should have shape .* and y shape"):
            fit(X, y)
    with pytest.raises(ValueError, match=r"^y should"):
        fit(np.zeros((0, 2)), [])
    if kind != "gaussian":
        with pytest.raises(ValueError, match=r"^alpha should"):
            fit([[1]], [0], -0.1)
        with pytest.raises(ValueError, match=r"^X should hold"):
            fit([[-1]], [0])
    model = fit([[1, 0], [0, 1]], [0, 1])
    for X in ([1, 0], [[1]], [[1, 0, 1]]):
        with pytest.raises(ValueError, match=r"^X should have shape"):
            nb.joint_log_likelihood(model, X)
    with pytest.raises(ValueError, match=r"kind of model"):
        nb.joint_log_likelihood(model._replace(kind="poisson"), [[1, 0]])
    with pytest.raises(ValueError, match=r"^c should"):
        nb.sample_class(np.random.default_rng(0), model, 2, 1)


def test_bad_counts_are_named():
    with pytest.raises(ValueError, match=r"^X holds no word"):
        nb.fit_multinomial([[1, 2], [0, 0]], [0, 1], alpha=0)
    with pytest.raises(ValueError, match=r"^X should hold nothing but 0 and 1"):
        nb.fit_bernoulli([[1, 2]], [0])


def test_draws_have_the_right_distribution():
    rng = np.random.default_rng(5)
    model = nb.NBModel(
        "gaussian",
        np.array([3, 9]),
        np.log([0.5, 0.5]),
        {"mean": np.array([[0.0, 1], [5, 7]]), "var": np.array([[1.0, 1], [4, 0.25]])},
    )
    draws = nb.sample_class(rng, model, 9, 4000)
    assert stats.kstest(draws[:, 0], stats.norm(5, 2).cdf).pvalue > 1e-4
    assert stats.kstest(draws[:, 1], stats.norm(7, 0.5).cdf).pvalue > 1e-4
    p = np.array([[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    text = nb.NBModel("multinomial", np.array(["a", "b"]), np.log([0.5, 0.5]), {"log_prob": log_p})
    documents = nb.sample_class(rng, text, "a", 40)
    assert (documents.sum(axis=1) == 100).all()
    assert stats.chisquare(documents.sum(axis=0), 4000 * p[0]).pvalue > 1e-4
    assert nb.sample_class(rng, text, "b", 5, length=7)[:, 0].tolist() == [0] * 5
    assert nb.sample_class(rng, text, "b", 0).shape == (0, 3)
    theta = {"log_p": np.log([[0.2, 0.9]]), "log_1mp": np.log([[0.8, 0.1]])}
    rows = nb.sample_class(rng, nb.NBModel("bernoulli", np.array([1]), np.zeros(1), theta), 1, 4000)
    assert set(rows.ravel().tolist()) == {0, 1}
    for column, share in zip(rows.T, (0.2, 0.9), strict=True):
        assert stats.binomtest(int(column.sum()), 4000, share).pvalue > 1e-4


def test_refitting_draws_recovers_the_model():
    rng = np.random.default_rng(6)
    model = nb.fit_multinomial(rng.integers(1, 9, (6, 4)), ["a", "b"] * 3)
    X = np.concatenate([nb.sample_class(rng, model, c, 500) for c in "ab"])
    again = nb.fit_multinomial(X, np.repeat(["a", "b"], 500))
    np.testing.assert_allclose(
        np.exp(again.theta["log_prob"]), np.exp(model.theta["log_prob"]), atol=5 * 0.5 / np.sqrt(50_000)
    )


def test_log_odds():
    model = nb.fit_multinomial([[4, 0, 1], [0, 3, 1]], ["a", "b"])
    assert nb.log_odds(model, 1) == pytest.approx(np.log(4 / 7) - np.log(1 / 8))
    assert nb.log_odds(model, 0) < 0
    bare = nb.fit_multinomial([[4, 0, 1], [0, 3, 1]], ["a", "b"], alpha=0)
    assert (nb.log_odds(bare, 0), nb.log_odds(bare, 1)) == (-np.inf, np.inf)
    for bad in (nb.fit_multinomial([[1]], [0]), nb.fit_bernoulli([[1], [0]], [0, 1])):
        with pytest.raises(ValueError, match=r"^model should"):
            nb.log_odds(bad, 0)


def test_the_derivation_holds_at_random_points():
    steps = nb.derive_dirichlet_mean()
    point = {"theta": 0.13, "alpha": 0.7, "V": 9, "n": 12, "n_v": 5}
    value = {
        name: float(step.subs({sp.Symbol(k, positive=True): v for k, v in point.items()}).evalf())
        for name, step in steps.items()
    }
    alpha, others = 0.7, 8 * 0.7
    assert value["log_prior"] == pytest.approx(stats.beta(alpha, others).logpdf(0.13))
    assert value["log_posterior"] == pytest.approx(stats.beta(alpha + 5, others + 7).logpdf(0.13))
    assert value["log_likelihood"] == pytest.approx(stats.binom(12, 0.13).logpmf(5) - np.log(792))
    mean = stats.dirichlet(np.concatenate([[5], np.full(7, 1.0), [0]]) + alpha).mean()[0]
    assert value["posterior_mean"] == pytest.approx(mean)
    weight = value["prior_weight"]
    assert (1 - weight) * 5 / 12 + weight / 9 == pytest.approx(mean)
    # log posterior = log likelihood + log prior - log evidence, whatever theta.
    theta = sp.Symbol("theta", positive=True)
    gap = steps["log_posterior"] - steps["log_likelihood"] - steps["log_prior"]
    assert sp.simplify(sp.diff(gap, theta)) == 0
