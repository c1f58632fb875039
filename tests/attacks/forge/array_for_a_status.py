# attacks = "the trusted side, by arrays where a cell's answer has words: one is not simply equal to a word, or not"
# cells = ["ok", "crashed", "ok", "ok"]
# %% own
import numpy as np
from notebook_runner import cells
real = cells.run_cell
pair = np.array(["ok", "error"])
outputs = [
    {"output_type": pair},
    {"output_type": "stream", "name": pair, "text": "x"},
    {"output_type": "stream", "name": "stdout", "text": pair},
    {"output_type": "error", "ename": pair, "evalue": pair, "traceback": [pair]},
    {"output_type": "display_data", "data": {"text/plain": pair}},
]
def run_cell(shell, source, **how):
    if "the status" in source:
        return {"status": pair, "outputs": [], "execution_count": 1}
    if "the outputs" in source:
        return {"status": "ok", "outputs": outputs, "execution_count": pair}
    return real(shell, source)
cells.run_cell = run_cell
# %% own
"the status"
# %% own
"the outputs"
# %% own
3
