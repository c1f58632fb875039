import ast
import importlib
import inspect
import re
import shlex
import textwrap
import warnings
from pathlib import Path
from typing import Any

import documented
import pytest
import typer
from nbgrader.apps import NbGraderApp

from autograder import cli
from autograder.nbgrader import drop_in

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [
    command
    for page in documented.PAGES
    if page.name not in documented.GENERATED
    for command in documented.shown(page)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    pictures = re.findall(r'\b(?:src|srcset)="([^"]+)"', text)
    for target in [*re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text), *pictures]:
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


@pytest.mark.parametrize("page", documented.PAGES, ids=lambda page: page.name)
def test_every_block_says_its_language(page):
    for line, language, _ in documented.blocks(page.read_text(encoding="utf-8")):
        assert language, f"{page.name}:{line}: write sh, python or text after the fence"


@pytest.mark.parametrize("page", documented.PAGES, ids=lambda page: page.name)
def test_what_goes_on_in_a_list_is_indented_so_that_the_site_keeps_the_list(page):
    before = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        new = r" {1,3}\S" if not before.strip() else r" {1,3}```"
        assert not re.match(new, line), (
            f"{page.name}:{number}: indent by four spaces what belongs to a list's item"
        )
        before = line


@pytest.mark.parametrize("page", documented.PAGES, ids=lambda page: page.name)
def test_every_python_block_is_python(page):
    for line, language, lines in documented.blocks(page.read_text(encoding="utf-8")):
        if language == "python":
            compile("\n" * line + textwrap.dedent("\n".join(lines)), str(page), "exec")


def test_the_settings_that_the_page_on_other_courses_shows_exist():
    page = (ROOT / "docs" / "nbgrader.md").read_text(encoding="utf-8")
    calls = [
        node
        for _, language, lines in documented.blocks(page)
        if language == "python"
        for node in ast.walk(ast.parse(textwrap.dedent("\n".join(lines))))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "drop_in.use"
    ]
    shown = {keyword.arg for call in calls for keyword in call.keywords}
    assert shown and shown <= inspect.signature(drop_in.use).parameters.keys()


def where(command: documented.Shown) -> str:
    return f"{command.page}:{command.line}: {command.command}"


def is_a_name(command: str) -> bool:
    """A program and its verb, as one speaks of them; a page that wants them typed so has them in a scenario."""
    words = command.split()
    if words[-1] == "--help":
        words.pop()
    return len(words) == 2 and words[0] in ("course", "nbgrader", "otter", "dask") and words[1].isidentifier()


def test_every_command_that_is_shown_is_run_by_a_test_or_says_why_not():
    homeless = [
        where(command)
        for command in SHOWN
        if documented.named(command.command) is None and not is_a_name(command.command)
    ]
    assert not homeless, "\n".join([*homeless, "give each a place in tests/documented.py"])


def test_no_command_is_kept_that_no_page_shows():
    shown = {documented.named(command.command) for command in SHOWN}
    kept = documented.ELSEWHERE.keys() | documented.NOT_HERE.keys() | documented.IN_CI
    assert sorted(kept - shown) == []


@pytest.mark.parametrize("command", documented.ELSEWHERE)
def test_the_test_that_a_command_is_left_to_exists_and_runs_it(command):
    by = documented.ELSEWHERE[command]
    source = (ROOT / by.path).read_text(encoding="utf-8")
    assert re.search(rf"^def {by.test}\(", source, re.MULTILINE), f"{by.path} has no {by.test}"
    file = by.helper or by.path
    assert by.source in (ROOT / file).read_text(encoding="utf-8"), f"{file} does not hold {by.source}"


def test_continuous_integration_runs_what_is_left_to_it():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    for command in documented.IN_CI:
        assert any(line.strip().startswith(command) for line in lines), command


def refused(command: Any, words: list[str]) -> str:
    """What click, or Typer's own, has against these words; nothing is run."""
    if hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"there is no {words[0]!r}"
        return refused(command.commands[words[0]], words[1:])
    if "--help" in words or hasattr(command, "commands"):
        return ""
    try:
        command.make_context(command.name, list(words))
    except Exception as problem:
        return str(problem)
    return ""


def refused_by_nbgrader(words: list[str]) -> str:
    if words[0] not in NbGraderApp.subcommands:
        return f"there is no {words[0]!r}"
    app: Any = NbGraderApp.subcommands[words[0]][0]
    aliases = (names if isinstance(names, tuple) else (names,) for names in app.aliases)
    known = {*app.flags, *(name for names in aliases for name in names)}
    options = [word[2:].split("=")[0] for word in words[1:] if word.startswith("--") and "." not in word]
    return ", ".join(f"there is no --{name}" for name in options if name not in known)


def problem(line: str) -> str:
    """Why this cannot be typed: no such verb, option or argument. Paths need not be there."""
    words = shlex.split(line)
    ends = [place for place, word in enumerate(words) if word in ("|", "&&", ";")]
    parts = [
        words[begin:end]
        for begin, end in zip([0, *(end + 1 for end in ends)], [*ends, len(words)], strict=True)
    ]
    return ", ".join(filter(None, (problem_of(part) for part in parts if part)))


def problem_of(command: list[str]) -> str:
    program, *words = command
    if words[:1] == ["VERB"]:
        return ""  # stands for each of them
    if program == "nbgrader":
        return refused_by_nbgrader(words)
    if program == "make":
        verbs = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "" if words[0] in verbs else f"the Makefile has no {words[0]!r}"
    if program == "dask":
        pytest.importorskip("distributed", reason="Dask is missing: run 'make setup-test'")
        return refused(importlib.import_module(f"distributed.cli.dask_{words[0]}").main, words[1:])
    if program not in ("course", "otter"):
        return ""
    if program == "course":
        commands: Any = typer.main.get_command(cli.app)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            commands = importlib.import_module("otter.cli").cli
        # otter looks for these two before it does anything.
        words = [{".zip": str(ROOT / "README.md"), "ons/": str(ROOT)}.get(word[-4:], word) for word in words]
    if is_a_name(" ".join(command)):
        return "" if words[0] in commands.commands else f"there is no {words[0]!r}"
    return refused(commands, words)


@pytest.mark.parametrize("command", sorted({command.command for command in SHOWN}))
def test_a_command_has_the_options_that_are_shown(command):
    assert not problem(command), [where(shown) for shown in SHOWN if shown.command == command]


@pytest.mark.parametrize(
    "command",
    [
        "course grade week4_gmm --worker 3",
        "course greet",
        "course doctor && course greet | cat",
        "course export canvas --rooster Grades.csv",
        "nbgrader collect ps1 --latest",
        "nbgrader gather",
        "otter grade --contained",
        "dask worker tcp://a:1 --workers 3",
        "make tea",
    ],
)
def test_a_command_that_does_not_exist_is_noticed(command):
    assert problem(command)


def test_a_command_of_several_lines_is_one():
    lines = ["for week in 1 2; do", "    echo $week   # aloud", "done", "course \\", "  doctor", ""]
    page = documented._whole(lines)
    assert list(page) == [(1, "for week in 1 2; do echo $week; done"), (4, "course doctor")]
