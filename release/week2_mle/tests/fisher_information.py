OK_FORMAT = False

from otter.test_files import test_case

name = "fisher_information"
points = None


@test_case(name='A fair coin has information 4.')
def test_fair_coin(fisher_information):
    """A fair coin has information 4."""
    value = fisher_information("bernoulli", 0.5)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 4) < 1e-9, "the information of a fair coin should be 4, as in the text"


@test_case(name='The docstring promises ValueError for a family that is not known.')
def test_unknown_family(fisher_information):
    """The docstring promises ValueError for a family that is not known."""
    try:
        fisher_information("binomial?", 0.5)
    except ValueError:
        return
    raise AssertionError("an unknown family should raise ValueError")
