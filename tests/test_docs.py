import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_every_attack_that_the_page_on_security_names_exists_and_every_one_is_named():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    folders = ("read", "forge", "escape", "exhaust", "confuse", "strike_back")
    named = set(re.findall(rf"`((?:{'|'.join(folders)})/\w+)`", page))
    attacks = ROOT / "tests" / "attacks"
    there = {path.relative_to(attacks).with_suffix("").as_posix() for path in attacks.glob("*/*.py")}
    assert named == there
    for path in re.findall(r"`((?:tests|autograder|notebook_runner)/[\w./]+)`", page):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_the_lock_pins_every_package_and_names_no_address(lock):
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z,-]+\])?==[\w.+!]+( ; [^:/]+)?", line), line
    assert not any(line.startswith(("torch", "nvidia")) for line in lines)


def test_the_tests_lock_agrees_with_the_lock():
    # Markers may differ: an extra can need a package in more places.
    lock, tests = (
        {line.split(" ;")[0] for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
        for name in ("requirements.lock", "requirements-test.lock")
    )
    assert lock <= tests
