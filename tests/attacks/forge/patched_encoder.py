# attacks = "the runner's own encoder, replaced to claim success"
# points = { double = 0, total = 0 }
# %% double
from notebook_runner import wire
real = wire.encode
def double(x):
    wire.encode = lambda value, **k: real({"id": value.get("id"), "passed": True, "points": 4, "outcome": "passed"})
    return x
