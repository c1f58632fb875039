"""The feedback pages of the example class in a browser: what a student reads, with eyes, keyboard or screen reader."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import browsers
import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import batch
from autograder.config import Course, load_course
from autograder.demo import read_class, release_and_collect, write_feedback
from autograder.store import read_reports

pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.NO_BROWSER)

WEEK = "week1_bayes"
STUDENTS = {
    "ada": "everything right; graded by hand, with a comment and extra credit",
    "gita": "late; partly right, with hints; graded by hand",
    "omar": "partial, with an error in a line of his",
    "quentin": "blank",
    "rosa": "an infinite loop",
    "vesna": "a syntax error",
}
COMMENT = """# Well done

Say **where** $p(x_2 \\mid \\theta)$ comes from.

### And

- <script>window.owned = 1</script>
"""
TABLE = """<h1>Big</h1><h4>small</h4><table border="1" class="dataframe"><thead><tr><th></th><th>x</th></tr></thead>
<tbody><tr><th>0</th><td>1</td></tr></tbody></table>"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Six students of the example class, graded, with feedback."""
    folder = tmp_path_factory.mktemp("feedback")
    course = replace(load_course().at(folder / "data"), release_folder=folder / "release")
    course = replace(course, limits=replace(course.limits, cell_seconds=5.0))
    pupils = [p for p in read_class(course.root / "tests" / "classroom" / WEEK) if p.name in STUDENTS]
    release_and_collect(course, WEEK, pupils, folder / "exchange")
    assert batch.grade_assignment(course, WEEK).counts == {"graded": len(STUDENTS)}
    with Gradebook(course.gradebook_url, course.id) as book:
        for student in ("ada", "gita"):
            for name in ("sequential_learning", "posterior_sharpening", "reading_the_posteriors"):
                grade = book.find_grade(name, WEEK, WEEK, student)
                grade.manual_score, grade.needs_manual_grade = 4.0, False
            book.find_comment("sequential_learning", WEEK, WEEK, student).manual_comment = COMMENT
        book.find_grade("posterior_sharpening", WEEK, WEEK, "ada").extra_credit = 1.5
        book.find_grade("log_posterior", WEEK, WEEK, "gita").manual_score = 3.0
        late = book.find_submission(WEEK, "gita")
        late.timestamp = late.duedate + timedelta(hours=3)
        book.db.commit()
    _give_a_table(course, "omar")
    write_feedback(course, WEEK)
    return course


def _give_a_table(course: Course, student: str) -> None:
    """Let a student's cell have shown headings and a table of pandas'."""
    path = course.step("autograded") / student / WEEK / f"{WEEK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.get("id") == "log_posterior-solution")
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": TABLE})]
    path.chmod(0o644)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def browser() -> Any:
    with browsers.chromium() as started:
        yield started


def path_of(course: Course, student: str) -> Path:
    return course.step("feedback") / student / WEEK / f"{WEEK}.html"


@pytest.fixture
def opened(browser: Any, course: Course) -> Any:
    """Opens a student's page. FEEDBACK_PICTURES=FOLDER keeps a picture of each for people."""
    pages = []

    def opened(student: str, **options: Any) -> Any:
        page = browser.new_page(**options)
        pages.append(page)
        page.goto(path_of(course, student).as_uri())
        return page

    yield opened
    for page in pages:
        page.close()


def unfold(page: Any) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


@pytest.mark.parametrize(
    ("student", "scheme"), [*((student, "light") for student in STUDENTS), ("omar", "dark"), ("gita", "dark")]
)
def test_axe_finds_no_barrier_on_a_feedback_page(opened: Any, student: str, scheme: str) -> None:
    page = opened(student, color_scheme=scheme)
    if "FEEDBACK_PICTURES" in os.environ:
        page.screenshot(path=f"{os.environ['FEEDBACK_PICTURES']}/{student}-{scheme}.png", full_page=True)
    unfold(page)
    assert browsers.barriers(page) == []


@pytest.mark.parametrize("student", STUDENTS)
def test_headings_leave_no_level_out(opened: Any, student: str) -> None:
    page = opened(student)
    unfold(page)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("width", [320, 1280])
def test_a_page_never_scrolls_sideways(opened: Any, width: int) -> None:
    page = opened("gita", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_answers_and_every_fold(opened: Any) -> None:
    page = opened("omar")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to your answers"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash") in ("answers", "#answers")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_every_status_is_in_words(opened: Any) -> None:
    page = opened("omar")
    words = page.locator(".points tbody td.status").all_inner_texts()
    assert {re.sub(r"^\W+", "", word) for word in words} == {
        "full points",
        "partly right",
        "no points",
        "waiting for staff",
    }
    assert page.locator(".points tbody tr").count() == len(words) == 14
    for test in page.locator(".tests li").all()[:20]:
        assert re.search(r"(Passed|Failed): .+ \([\d.]+ points?\)", test.inner_text())


def test_an_error_leads_to_the_line_of_the_students_own_code(opened: Any) -> None:
    page = opened("omar")
    note = page.locator(".tests li", has_text="Lists are accepted").locator("a", has_text="line 2").first
    note.click()
    line = page.locator(":target")
    assert line.get_attribute("data-line") == "2"
    assert "log_likelihood.sum(axis=0)" in line.inner_text()
    assert "an error came from this line" in line.inner_text()


def test_lines_are_numbered_as_the_student_wrote_them(opened: Any, course: Course) -> None:
    page = opened("gita")
    notebook = nbformat.read(course.step("autograded") / "gita" / WEEK / f"{WEEK}.ipynb", as_version=4)
    for name in ("log_posterior", "derive_beta_bernoulli"):
        (cell,) = (cell for cell in notebook.cells if cell.get("id") == f"{name}-solution")
        lines = page.locator(f"section[aria-labelledby={name}] .line").all_text_contents()
        assert [line.rstrip("\n") for line in lines] == cell.source.splitlines()


def test_what_failed_comes_with_its_hint(opened: Any) -> None:
    question = opened("gita").locator("section[aria-labelledby=credible_interval]")
    assert question.locator("li.failed").count() == 4
    assert "What is outside, 1 - level, is shared by two tails." in question.locator(".hint").inner_text()


def test_comment_extra_credit_lateness_and_points_by_hand_are_told(opened: Any) -> None:
    ada = opened("ada")
    answer = ada.locator("section[aria-labelledby=sequential_learning]")
    assert answer.get_by_role("note", name="Comment by the staff").locator("h4").inner_text() == "Well done"
    assert answer.locator(".comment math").count() == 1
    assert (
        "1.5 points of it as extra credit"
        in ada.locator("section[aria-labelledby=posterior_sharpening]").inner_text()
    )
    assert "5.5 of 5 points" in ada.locator("section[aria-labelledby=posterior_sharpening] h3").inner_text()
    gita = opened("gita")
    assert "It came 1 day after the deadline" in gita.locator("header").inner_text()
    assert "set these points by hand" in gita.locator("section[aria-labelledby=log_posterior]").inner_text()
    whole = float(gita.locator(".points tfoot tr").last.inner_text().split()[2])
    lost = float(gita.locator(".points tfoot tr").first.inner_text().split("−")[1])
    assert lost == pytest.approx(round((whole + lost) / 10, 2))


def test_a_blank_answer_a_limit_and_a_syntax_error_are_named(opened: Any) -> None:
    quentin = opened("quentin")
    assert quentin.get_by_text("There is no answer here.").count() >= 3
    assert quentin.locator(".tests .failed", has_text="Not implemented yet").count() >= 10
    assert opened("rosa").get_by_text(re.compile("took longer than its limit|ran out of time")).count() >= 1
    vesna = opened("vesna")
    assert vesna.locator(".output_error", has_text="SyntaxError").count() >= 1


def test_nothing_runs_nothing_is_asked_and_nothing_hidden_leaks(browser: Any, course: Course) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for student, report in read_reports(course, WEEK).items():
        page.goto(path_of(course, student).as_uri())
        text = page.content()
        assert page.locator("script, iframe, object, form").count() == 0
        assert page.evaluate("window.owned") is None
        for test in (test for question in report.questions for test in question.tests):
            assert not test.detail or test.detail not in text
            assert test.name not in text
    page.close()
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
