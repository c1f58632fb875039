# attacks = "the verdict, by skipping the test from inside"
# points = { double = 0 }
# %% double
def double(x):
    import pytest
    pytest.skip("not today")
