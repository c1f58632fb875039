"""The outputs of cells are those a student saw: compared with a real kernel's, cell by cell."""

import re
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.config import Limits
from autograder.sandbox import Job, Sandbox

PNG = "b'\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR\\0\\0\\0\\x01\\0\\0\\0\\x01'"
CELLS = {
    "streams in order": "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n1",
    "last value": "x = [1, 2]\nx",
    "no value after a semicolon": "x;",
    "several shown values": "from IPython.display import display\ndisplay(1)\nprint(2)\ndisplay('three')",
    "an array": "import numpy as np\nnp.linspace(0, 1, 40).reshape(4, 10)",
    "a scalar": "np.float64(1) / 3",
    "a table": "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
    "a formula": "import sympy\nsympy.Symbol('theta') ** 2 / 3",
    "rich text": "from IPython.display import Markdown, Math\ndisplay(Markdown('**bold**'))\nMath('x^2')",
    "HTML": "from IPython.display import HTML\nHTML('<b>bold</b>')",
    "a picture of one's own": f"class P:\n    def _repr_png_(self): return {PNG}\nP()",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4]);",
    "two figures and text": "plt.figure()\nplt.hist([1, 2, 2]);\nplt.figure()\nprint('x')\nplt.show()",
    "a figure as value": "fig, ax = plt.subplots(figsize=(2, 1))\nax.set_title('$x^2$')",
    "an error": "def f(x):\n    return 1 / x\nf(0)",
    "an error after output": "print('before')\nraise ValueError('told so')",
    "a chain of errors": "try:\n    {}['k']\nexcept KeyError as e:\n    raise RuntimeError('outer') from e",
    "a syntax error": "def broken(:\n    pass",
    "an undefined name": "nowhere",
    "an exit": "raise SystemExit(3)",
    "the stub": "def g(x):\n    raise NotImplementedError()\ng(1)",
    "an assertion": "assert x == [3], 'x should be [3]'",
    "magics": "%precision 3\n3.14159",
    "timing silenced": "%%capture kept\nprint('hidden')",
    "captured text": "kept.stdout",
    "help": "f?",
    "top-level await": "import asyncio\nawait asyncio.sleep(0)\n'done'",
    "cleared output": "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')",
    "updated display": "h = display('first', display_id='h')\nh.update('second')",
    "history": "_ , In[1][:10]",
    "seeded draws": "np.random.default_rng(0).normal(size=3)",
    "JSON, deep": "from IPython.display import JSON\nd = 1\nfor _ in range(40): d = [d]\nJSON({'d': d})",
    "long text": "'\\n'.join(str(i) for i in range(2000))",
    "carriage returns": "print('10%\\r20%\\r100%')",
    "a logger": "import logging\nlogging.warning('careful')",
}
# What a student sees differently, and why.
EXCEPTIONS = {
    "streams in order": "a kernel sends each stream in batches; here the order is that of writing",
    "a table": "HTML is cleaned: a table's style sheet is left out",
    "rich text": "Markdown may hold HTML: its plain text stays",
    "JSON, deep": "only text, HTML and pictures are kept",
}


@pytest.fixture(scope="module")
def from_kernel() -> dict[str, list[dict[str, Any]]]:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        patch.setenv("COLUMNS", "80")
        NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60).execute()
    return {
        name: [_plain(output) for output in cell.outputs]
        for name, cell in zip(CELLS, notebook.cells, strict=True)
    }


@pytest.fixture(scope="module")
def from_sandbox() -> Iterator[dict[str, list[dict[str, Any]]]]:
    with Sandbox(Limits()) as sandbox:
        job: Job = sandbox.open({})
        yield {
            name: [_plain(output) for output in job.run_cell(name, source, 30).outputs]
            for name, source in CELLS.items()
        }
        job.close()


def _plain(output: dict[str, Any]) -> dict[str, Any]:
    """The output without colours, addresses, temporary names and metadata."""
    plain = {key: value for key, value in output.items() if key != "metadata"}
    if "traceback" in plain:
        plain["traceback"] = _text("\n".join(plain["traceback"]))
    if "text" in plain:
        plain["text"] = _text(plain["text"])
    if "data" in plain:
        plain["data"] = {
            kind: _text(text) if isinstance(text, str) else text for kind, text in output["data"].items()
        }
    return plain


def _lines(outputs: list[dict[str, Any]]) -> list[str]:
    """All printed lines and plain-text values, in any order."""
    texts = [output.get("text") or output["data"]["text/plain"] for output in outputs]
    return [line for text in texts for line in text.splitlines()]


def _text(text: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "<cell>", text)
    return re.sub(r"0x[0-9a-f]+", "0x…", text)


@pytest.mark.parametrize("name", [name for name in CELLS if name not in EXCEPTIONS])
def test_a_cells_outputs_are_those_of_a_kernel(name, from_kernel, from_sandbox):
    assert from_sandbox[name] == from_kernel[name]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_outputs_that_differ_for_a_reason_hold_the_same_text(name, from_kernel, from_sandbox):
    assert from_sandbox[name] != from_kernel[name], "an exception that is none any more: remove it"
    assert sorted(_lines(from_sandbox[name])) == sorted(_lines(from_kernel[name]))
