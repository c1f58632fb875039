import ast
import builtins
import dataclasses
import io
import itertools
import json
import keyword
import os
import re
import stat
import subprocess
import sys
import tokenize

import browsers
import nbformat
import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.config import CourseError, load_course
from autograder.demo import homework, read_class
from autograder.submission import read_release
from autograder.views.examples import answer_codes
from autograder.views.similarity import SHARE, compare, write_similarity

pytest.importorskip("copydetect", reason="copydetect is missing: run 'make setup-test'")

COURSE = load_course()
WEEK = "week4_gmm"
WEEKS = [week.name for week in COURSE.weeks]


# Some answers of this student are another's word for word: the comparison found it out.
SAME_HAND = {("week3_sampling", "chen")}


def honest(week):
    """The students of the example class who wrote everything themselves, and all of it right."""
    release = read_release(COURSE, week)
    folder = COURSE.root / "tests" / "classroom" / week
    alone = [p.stem for p in folder.glob("*.toml") if "based_on" not in p.read_text()]
    return {
        pupil.name: answer_codes(homework(pupil, release))
        for pupil in read_class(folder)
        if pupil.name in alone
        and (week, pupil.name) not in SAME_HAND
        and not pupil.expected
        and pupil.status == "graded"
    }


def renamed(code):
    """The code with every local name changed, comments out, a comment in: what a copier does in a minute."""
    tree = ast.parse(code)
    known = {*dir(builtins), *keyword.kwlist}
    local = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    local |= {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in [*n.args, *n.kwonlyargs]}
    tokens = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        text = f"{token.string}_of_mine" if token.string in local - known - {"self"} else token.string
        tokens.append((token.type, "" if token.type == tokenize.COMMENT else text))
    return "# all my own work\n" + tokenize.untokenize(tokens)


@pytest.mark.parametrize("week", WEEKS)
def test_independent_honest_solutions_are_not_shown_and_a_renamed_copy_is(week):
    answers = honest(week)
    assert len(answers) >= 2
    assert compare(COURSE, week, answers).pairs == ()
    original = sorted(answers)[0]
    copy = {question: renamed(code) for question, code in answers[original].items()}
    found = compare(COURSE, week, {**answers, "copier": copy})
    assert {pair.students for pair in found.pairs} == {tuple(sorted(("copier", original)))}
    assert found.pairs[0].share > 0.9
    assert all(set(group.students) == {"copier", original} for group in found.groups)


def test_two_copied_answers_among_own_ones_are_enough():
    answers = honest(WEEK)
    one, other = sorted(answers)[:2]
    for question in ("m_step", "coin_em"):
        answers[other][question] = renamed(answers[one][question])
    (pair,) = compare(COURSE, WEEK, answers).pairs
    assert pair.share < SHARE and pair.nearly == 2
    assert {answer.question for answer in pair.answers} >= {"m_step", "coin_em"}


def test_what_was_handed_out_and_blank_answers_are_nobodys():
    blank = answer_codes(read_release(COURSE, WEEK))
    found = compare(COURSE, WEEK, {"ada": blank, "bo": blank})
    assert (found.compared, found.pairs, found.groups) == (0, (), ())


def test_what_half_of_a_class_has_is_usual_and_still_named_as_identical():
    answers = honest(WEEK)
    one, other = sorted(answers)[:2]
    crowd = {f"s{i}": answers[one] for i in range(15)} | {f"t{i}": answers[other] for i in range(5)}
    found = compare(COURSE, WEEK, crowd)
    assert {name[0] for pair in found.pairs for name in pair.students} == {"t"}
    assert max(len(group.students) for group in found.groups) == 15


def test_symbols_and_short_answers_are_left_out_and_it_is_said():
    found = compare(COURSE, WEEK, honest(WEEK))
    assert "symbols" in found.left_out["derive_m_step_1d"]
    reasons = [why for week in WEEKS for why in compare(COURSE, week, {}).left_out.values()]
    assert any("too short" in why for why in reasons)
    assert "log_gaussians" in found.questions
    long = {"ada": {"e_step": "x = 1\n" * 5000}}
    assert "longer than" in compare(COURSE, WEEK, long).left_out["e_step of ada"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which bo has copied from ada, and eve's file is broken."""
    course = COURSE.at(tmp_path_factory.mktemp("course"))
    release = read_release(course, WEEK)
    ada = next(p for p in read_class(COURSE.root / "tests" / "classroom" / WEEK) if p.name == "ada")
    for name in ("ada", "bo", "eve"):
        notebook = homework(dataclasses.replace(ada, name=name), release)
        for cell in notebook.cells if name == "bo" else ():
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "e_step-solution":
                cell.source += "\n# <script>alert(1)</script>"
        folder = course.step("submitted") / name / WEEK
        folder.mkdir(parents=True)
        text = nbformat.writes(notebook)
        (folder / f"{WEEK}.ipynb").write_text(text if name != "eve" else text[:1000])
    return course


def test_the_page_is_for_its_owner_alone_and_shows_both_side_by_side(course, tmp_path):
    path, found = write_similarity(course, WEEK)
    assert path == course.reports / "week4_gmm-similarity.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    assert "<bdi>ada</bdi> and <bdi>bo</bdi>: 100 %" in text and "<mark>" in text
    assert "A share is no verdict" in text and "Not seen:" in text
    assert "<script>alert" not in text and "&lt;script&gt;alert" in re.sub("</?mark>", "", text)
    assert "eve" in found.left_out
    facts = json.loads(json.dumps(found.as_dict()))
    assert facts["pairs"][0]["students"] == ["ada", "bo"] and "code" not in facts["pairs"][0]


def test_what_is_marked_is_the_code_as_it_was_written(course):
    _, found = write_similarity(course, WEEK)
    for answer in found.pairs[0].answers:
        for marked in answer.codes:
            assert str(marked).count("<mark>") == str(marked).count("</mark>") > 0
            ast.parse(str(marked.unescape()).replace("<mark>", "").replace("</mark>", ""))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_on_the_page(course, scheme):
    path, _ = write_similarity(course, WEEK)
    with browsers.chromium() as browser:
        page = browser.new_page(color_scheme=scheme)
        page.goto(path.as_uri())
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        assert browsers.barriers(page) == []


def test_the_command_says_how_many_are_to_be_looked_at_and_where(course, monkeypatch):
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    done = CliRunner().invoke(cli.app, ["similarity", WEEK])
    assert done.exit_code == 0
    assert (
        done.stdout == f"1 pair of 2 students is to be looked at\n{course.reports / WEEK}-similarity.html\n"
    )


def test_where_nobody_has_submitted_it_is_said(tmp_path):
    with pytest.raises(CourseError, match="nobody has submitted week4_gmm"):
        write_similarity(COURSE.at(tmp_path), WEEK)


def test_without_copydetect_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "copydetect", None)
    monkeypatch.setitem(sys.modules, "copydetect.detector", None)
    with pytest.raises(CourseError, match=r"pip install copydetect"):
        compare(COURSE, WEEK, honest(WEEK))


def test_who_is_honest_is_at_most_so_much_alike():
    """The figure in the guide: the largest share of two independent students of the example class."""
    largest = 0.0
    for week in WEEKS:
        answers = honest(week)
        for one, other in itertools.combinations(sorted(answers), 2):
            found = compare(COURSE, week, {one: answers[one], other: answers[other]}, every=True)
            largest = max([largest, *(pair.share for pair in found.pairs)])
    assert largest < 0.35


ONCE_MORE = """
import json
from test_similarity import COURSE, WEEKS, compare, honest
print(json.dumps(compare(COURSE, WEEKS[-1], honest(WEEKS[-1]), every=True).as_dict()))
"""


def test_another_process_finds_the_same():
    """Strings have other hashes there, and copydetect compares hashes."""
    found = []
    for seed in ("1", "2"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(COURSE.root), str(COURSE.root / "tests")]),
        }
        done = subprocess.run(
            [sys.executable, "-c", ONCE_MORE], env=environment, capture_output=True, text=True, check=True
        )
        found.append(json.loads(done.stdout))
    assert found[0]["pairs"] and found[0] == found[1]
