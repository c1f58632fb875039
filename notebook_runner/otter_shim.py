"""What ``import otter`` gives while a submission is graded: the public checks are not run then."""

from __future__ import annotations

import sys
import types
from typing import Any


class Notebook:
    """Stands in for ``otter.Notebook``: every check passes silently, nothing is exported."""

    passed_all = True

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def check(self, question: str, *_: Any, **__: Any) -> Notebook:
        """No public check is run while grading."""
        return self

    def check_all(self) -> Notebook:
        """No public check is run while grading."""
        return self

    def export(self, *_: Any, **__: Any) -> None:
        """Nothing to export while grading."""

    def __repr__(self) -> str:
        return "The public checks are not run while grading."


def install() -> None:
    """Make ``import otter`` find this."""
    module = types.ModuleType("otter", __doc__)
    module.Notebook = Notebook  # type: ignore[attr-defined]
    sys.modules["otter"] = module
