# attacks = "the trusted side, by an error as the answer to a cell: only a call can end in one"
# cells = ["ok", "crashed", "ok"]
# %% own
from notebook_runner import cells
real = cells.run_cell
def run_cell(shell, source, **how):
    if "an error" in source:
        raise OSError("this cell is an error")
    return real(shell, source)
cells.run_cell = run_cell
# %% own
"an error"
# %% own
2
