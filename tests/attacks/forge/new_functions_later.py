# attacks = "a question already graded, by a cell that redefines the runner's calls"
# points = { total = 0 }
# cells = ["ok"]
# %% own after double
from notebook_runner.calls import Calls
Calls.answer = lambda self, request: b"\x81\xa6passed\xc3"
