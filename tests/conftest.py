"""Which tests want the machine to themselves (the others run two at a time), and which are left to `make test-long`.

And the databases that a test runs on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

HERE = Path(__file__).parent
ALONE = {
    "browser",
    "end_to_end",
    "hub",
    "sandbox",
    "test_attacks.py",
    "test_batch.py",
    "test_databases.py",
    "test_doctor.py",
    "test_explain.py",
    "test_gradebook.py",
    "test_nothing_is_believed.py",
    "test_regrade.py",
}


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in these files and folders."""
    for item in items:
        parts = item.path.relative_to(HERE).parts
        if parts[0] in ALONE:
            item.add_marker(pytest.mark.alone)
        if LONG.intersection(parts):
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
