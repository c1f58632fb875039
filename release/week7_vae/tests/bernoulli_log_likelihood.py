OK_FORMAT = False

from otter.test_files import test_case

name = "bernoulli_log_likelihood"
points = None


@test_case(name='Three pixels without an idea, and two pixels that are almost right.')
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


@test_case(name='A logit of 1000 is no reason for infinity or NaN.')
def test_large_logits(bernoulli_log_likelihood):
    """A logit of 1000 is no reason for infinity or NaN."""
    import torch

    value = bernoulli_log_likelihood(torch.tensor([[1000.0]]), torch.tensor([[1.0]]))
    assert torch.isfinite(value).all(), (
        "a logit of 1000 gives no finite number: work with the logits themselves"
    )
