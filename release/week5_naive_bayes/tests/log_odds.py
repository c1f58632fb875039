OK_FORMAT = False

from otter.test_files import test_case

name = "log_odds"
points = None


@test_case(name='The second word of the text speaks for spam.')
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
