"""Which tests want the machine to themselves: the others run two at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = {
    "browser",
    "end_to_end",
    "hub",
    "sandbox",
    "test_attacks.py",
    "test_batch.py",
    "test_doctor.py",
    "test_gradebook.py",
    "test_nothing_is_believed.py",
    "test_regrade.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in these files and folders."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in ALONE:
            item.add_marker(pytest.mark.alone)
