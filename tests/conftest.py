"""Which tests want the machine to themselves (the others run two at a time), and which are left to `make test-long`.

And the databases that a test runs on.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import nbgrader.api
import postgres
import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# nbgrader starts alembic, for seconds, whenever it makes a gradebook; the answer is always the same.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)

HERE = Path(__file__).parent
ALONE = {
    "test_attacks.py",
    "test_batch.py",
    "test_class.py",
    "test_forked_ahead.py",
    "test_kept.py",
    "test_ordinary_user.py",
    "test_quota.py",
    "test_sandbox.py",
    "test_side_by_side.py",
}
"""Files, marked here only. Those that just start programs and wait for them are not among them."""


LONG = {
    "exchange",
    "hub",
    "test_add_a_week.py",
    "test_any_course.py",
    "test_changed_after_release.py",
    "test_class_pages.py",
    "test_cluster_apart.py",
    "test_databases.py",
    "test_documented_commands.py",
    "test_feedback_page.py",
    "test_gradescope.py",
    "test_ta_day.py",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import only the half that was asked for: to import the other takes longer than many of its tests."""
    asked = config.getoption("markexpr")
    if not collection_path.name.startswith("test_") or not asked.startswith(("alone", "not alone")):
        return None
    return True if (collection_path.name in ALONE) == asked.startswith("not") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in these files and folders."""
    for item in items:
        if item.path.name in ALONE:
            item.add_marker(pytest.mark.alone)
        if LONG.intersection(item.path.relative_to(HERE).parts):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server; the test is skipped where none is installed."""
    pytest.importorskip("psycopg", reason=postgres.WHERE)
    if postgres.programs() is None:
        pytest.skip(postgres.WHERE)
    with postgres.serving() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> postgres.Server | None:
    """Where the gradebook lies: None for a file of SQLite, or a server. Each test runs with both."""
    found: postgres.Server | None = None
    if request.param == "postgresql":
        found = request.getfixturevalue("postgresql")
    return found
