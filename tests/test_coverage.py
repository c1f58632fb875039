"""docs/coverage.md names weeks, parts and questions that are there."""

from __future__ import annotations

import re

import pytest

from autograder.config import REPOSITORY
from course_config import course

PAGE = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
SOURCES = {
    re.search(r"\d+", week.name)[0]: REPOSITORY / "assignments" / week.name / f"{week.name}.py"  # type: ignore[index]
    for week in course.weeks
}


def rows(section: str) -> list[list[str]]:
    """Cells of the section's table, without its head."""
    lines = section.splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if re.match(r"\| \d", line)
    ]


SECTIONS = {
    number: rows(section)
    for number, section in re.findall(r"^## Week (\d+): (.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def asked_in(text: str) -> set[str]:
    return set(re.findall(r'^# %% (?:\[markdown\] )?(?:question|answer|plot)="(\w+)"', text, re.MULTILINE))


@pytest.mark.parametrize("number", SECTIONS)
def test_every_part_and_question_named_is_there(number: str) -> None:
    texts = {week: path.read_text(encoding="utf-8") for week, path in SOURCES.items()}
    for row in SECTIONS[number]:
        assert len(row) == 4, row
        _, concept, taught, asked = row
        for place in taught.split("; "):
            found = re.match(r"week (\d+), (part (\d+)|introduction)\b", place)
            assert found, f"{concept}: {place!r} is no place"
            text = texts[found[1]]
            assert not found[3] or f"# # Part {found[3]} · " in text, f"{concept}: there is no {found[0]}"
        assert f"week {number}," in taught or number in {
            w for w, t in texts.items() if set(_names(asked)) & asked_in(t)
        }
        for name in _names(asked):
            assert any(name in asked_in(text) for text in texts.values()), f"{concept}: no question {name}"
        assert _names(asked) or asked.startswith("not asked"), f"{concept}: asked where, or why not?"


def _names(asked: str) -> list[str]:
    return re.findall(r"`(\w+)`", asked)


def test_every_week_has_its_section() -> None:
    assert set(SECTIONS) == set(SOURCES)
