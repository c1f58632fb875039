"""Nothing that comes back from a student's process is unpickled, evaluated or imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    *(
        "eval",
        "exec",
        "compile",
        "__import__",
        "sympify",
        "parse_expr",
        "lambdify",
        "literal_eval",
        "import_module",
    ),
    *(
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "joblib",
        "marshal",
        "shelve",
        "yaml",
        "jsonpickle",
        "numexpr",
    ),
}
ALLOWED = {
    # each with where it gets its argument from
    "autograder/grading/local.py": {"exec", "compile"},  # the bank's and the reference's own source
    # the week's declared reference, bank and packages; the reference's own source, without checks that nobody grades
    "autograder/grading/session.py": {"import_module", "exec", "compile"},
    "autograder/grading/compare.py": {"lambdify"},  # the reference's expression
}
TRUSTED_READERS = [
    *sorted((ROOT / "autograder" / "grading").glob("*.py")),
    *sorted((ROOT / "autograder" / "sandbox").glob("*.py")),
    *(
        ROOT / "autograder" / name
        for name in ("grade.py", "results.py", "store.py", "batch.py", "nbgrader/gradebook.py")
    ),
    *(ROOT / "notebook_runner" / name for name in ("wire.py", "framing.py")),
]


@pytest.mark.parametrize("path", TRUSTED_READERS, ids=lambda path: path.stem)
def test_no_reader_of_replies_runs_what_it_reads(path):
    used = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            used.add(getattr(node.func, "id", getattr(node.func, "attr", "")))
        elif isinstance(node, ast.Import):
            used |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            used |= {(node.module or "").partition(".")[0], *(alias.name for alias in node.names)}
    used -= {"compile"} if "import re" in path.read_text() else set()
    assert used & FORBIDDEN <= ALLOWED.get(path.relative_to(ROOT).as_posix(), set())


def test_mutated_replies_are_read_or_refused():
    """The short form of ``make fuzz``."""
    pytest.importorskip("atheris", reason="the fuzzer has wheels for x86-64 and CPython 3.11 to 3.13 only")
    fuzzer = ROOT / "tests" / "fuzz" / "replies.py"
    command = [sys.executable, str(fuzzer), "-runs=30000", "-verbosity=0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
