import subprocess
import sys

SCRIPT = """
import sys
from autograder.startup import leave_out_unused
leave_out_unused()
import nbformat
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
nbformat.validate(notebook)
notebook.cells[0].cell_type = "nonsense"
try:
    nbformat.validate(notebook)
except nbformat.ValidationError:
    print("lark" in sys.modules)
"""


def test_notebooks_are_validated_without_the_grammar_that_nobody_needs():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
