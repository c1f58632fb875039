"""Cheating submissions that need no knowledge of the question: each must earn nothing anywhere."""

from __future__ import annotations

from collections.abc import Sequence

CHEATS = {
    "an object that equals everything": """
class _Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __float__(self): return 0.0
    def __iter__(self): return iter([self] * 2)
    def __getattr__(self, name): raise AttributeError(name)

def _cheat(*args, **kwargs):
    return _Yes()
""",
    "patched comparisons": """
import builtins, math
import numpy as np, numpy.testing
np.allclose = np.array_equal = math.isclose = lambda *a, **k: True
np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)
numpy.testing.assert_allclose = numpy.testing.assert_array_equal = lambda *a, **k: None
builtins.isinstance = lambda *a: True

def _cheat(*args, **kwargs):
    return None
""",
    "nothing but NaN": """
import numpy as np

def _cheat(*args, **kwargs):
    return np.full(np.shape(args[0]) if args else (), np.nan)
""",
    "an end that looks like success": """
import os, sys

def _cheat(*args, **kwargs):
    os._exit(0)
""",
    "a skip": """
def _cheat(*args, **kwargs):
    import pytest
    pytest.skip("nothing to see here")
""",
    "a verdict written to the channel": """
import os, struct

def _cheat(*args, **kwargs):
    message = bytes([0x82, 0xA2]) + b"id" + bytes([0x00, 0xA7]) + b"outcome" + bytes([0xA6]) + b"passed"
    os.write(3, struct.pack("<I", len(message)) + message)
""",
    "the answer looked up in the grader": """
import gc, sys

def _cheat(*args, **kwargs):
    frame = sys._getframe()
    while frame is not None:
        for name in ("expected", "reference", "target"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    for thing in gc.get_objects():
        if getattr(thing, "__module__", "").startswith(("reference", "autograder")):
            return thing(*args, **kwargs)
    import reference
    return None
""",
}


def cells(questions: Sequence[str]) -> dict[str, str]:
    """For each cheat the cell that puts it in the place of every question's function."""
    assigned = "\n".join(f"{question} = _cheat" for question in questions)
    return {name: f"{source}\n{assigned}\n" for name, source in CHEATS.items()}
