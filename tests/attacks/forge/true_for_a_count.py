# attacks = "the report and the notebook, by a count of executions that Python takes for a number and JSON does not"
# cells = ["ok", "ok"]
# %% own
from notebook_runner import cells
real = cells.run_cell
def run_cell(shell, source, **how):
    answer = real(shell, source)
    output = {"output_type": "execute_result", "data": {"text/plain": "1"}, "execution_count": True}
    return {**answer, "execution_count": True, "outputs": [output]}
cells.run_cell = run_cell
# %% own
1
