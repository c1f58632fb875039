"""Order: the tests of a week stand together, because they share the week's grader session."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests of test_every_week.py by week, in the places that they have."""
    places = [i for i, item in enumerate(items) if item.path.name == "test_every_week.py"]
    moved = sorted((items[i] for i in places), key=_week)
    for place, item in zip(places, moved, strict=True):
        items[place] = item


def _week(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return callspec.params["week"].name if callspec else ""
