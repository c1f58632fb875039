OK_FORMAT = False

from otter.test_files import test_case

name = "fit_multinomial"
points = None


@test_case(name='Two classes of one document each.')
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


@test_case(name='Each class spends all of its probability on the vocabulary.')
def test_rows_sum_to_one(fit_multinomial):
    """Each class spends all of its probability on the vocabulary."""
    import numpy as np

    model = fit_multinomial(np.array([[4, 0, 1, 0], [0, 3, 1, 0], [1, 1, 0, 0]]), [7, 7, -1], alpha=0.3)
    sums = np.exp(np.asarray(model[3]["log_prob"])).sum(axis=1)
    assert np.allclose(sums, 1), (
        "the probabilities of each class should sum to 1: how often did you add alpha?"
    )
