"""Stock formgrader in a browser: what a TA sees of a graded week, and what stays of what they enter."""

import os
import subprocess
import sys
from dataclasses import replace

import browsers
import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import batch
from autograder.config import load_course
from autograder.demo import read_class, release_and_collect

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.NO_BROWSER)

WEEK = "week1_bayes"
HOSTILE = """

<script>window.owned = 1</script><img src=x onerror="window.owned = 1">
<iframe srcdoc="<script>parent.owned = 1</script>"></iframe> $x^2$
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two students, graded by `course grade`."""
    folder = tmp_path_factory.mktemp("formgrader")
    course = replace(load_course().at(folder / "data"), release_folder=folder / "release")
    pupils = [
        pupil
        for pupil in read_class(course.root / "tests" / "classroom" / WEEK)
        if pupil.name in ("ada", "chen")
    ]
    release_and_collect(course, WEEK, pupils, folder / "exchange")
    path = course.step("submitted") / "ada" / WEEK / f"{WEEK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
            cell.source += HOSTILE
    nbformat.write(notebook, path)
    assert batch.grade_assignment(course, WEEK, workers=1).counts == {"graded": 2}
    return course


@pytest.fixture(scope="module")
def server(course):
    """The address of a formgrader."""
    with browsers.formgrader(course.root, course.data, course.data.with_name("jupyter"), {}) as address:
        yield address


@pytest.fixture(scope="module")
def page(server):
    with browsers.chromium() as browser:
        yield browsers.formgrader_page(browser, server)


def screenshot(page, name):
    """Keep a picture for people where FORMGRADER_PICTURES names a folder."""
    if "FORMGRADER_PICTURES" in os.environ:
        page.screenshot(
            path=f"{os.environ['FORMGRADER_PICTURES']}/{name}.png",
            full_page=name not in ("submission", "rubric"),
        )


def submission_id(course, student):
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        return gradebook.find_submission_notebook(WEEK, WEEK, student).id


def test_the_assignment_and_its_submissions_are_listed(page, server):
    page.goto(f"{server}/formgrader/manage_assignments")
    page.get_by_role("link", name=WEEK).first.wait_for()
    screenshot(page, "assignments")
    page.goto(f"{server}/formgrader/gradebook/{WEEK}/{WEEK}")
    page.locator("tbody tr").nth(1).wait_for()
    screenshot(page, "submissions")
    assert page.locator("tbody tr").count() == 2


def test_a_submission_shows_feedback_plot_and_written_answer(page, server, course):
    page.goto(f"{server}/formgrader/submissions/{submission_id(course, 'chen')}")
    assert page.get_by_text("of 9 points").first.is_visible()
    assert page.locator("img[src^='data:image/png']").count() >= 1
    assert page.locator("input.score").count() >= 3
    screenshot(page, "submission")


def test_the_model_answer_and_the_rubric_stand_folded_below_each_answer_graded_by_hand(page, server, course):
    page.goto(f"{server}/formgrader/submissions/{submission_id(course, 'chen')}")
    models = page.locator("details.model-answer")
    assert models.count() == 3
    rubric = models.first.get_by_text("Rubric (8 points).")
    assert not rubric.is_visible()
    models.first.locator("summary").press("Enter")
    assert rubric.is_visible()
    assert models.first.locator("math").count() >= 3
    assert "ax.axvline" in models.nth(1).text_content()
    screenshot(page, "rubric")


def test_a_students_own_html_does_not_run(page, server, course):
    page.goto(f"{server}/formgrader/submissions/{submission_id(course, 'ada')}")
    assert page.locator("math").count() >= 1
    assert page.locator("iframe").count() == 0
    assert page.evaluate("window.owned") is None


def test_a_feedback_page_runs_nothing_and_asks_nobody(page, course):
    environment = os.environ | {"COURSE_DATA": str(course.data)}
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", WEEK, "--force"]
    subprocess.run(command, cwd=course.root, env=environment, check=True, capture_output=True)
    asked = []
    page = page.context.browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    address = (course.step("feedback") / "ada" / WEEK / f"{WEEK}.html").as_uri()
    page.goto(address)
    screenshot(page, "feedback")
    assert page.get_by_text("waiting for staff").first.is_visible()
    assert page.locator("math").count() >= 10
    assert page.locator("script, iframe").count() == 0
    assert page.evaluate("window.owned") is None
    assert [url for url in asked if not url.startswith(("data:", address))] == []


def test_a_manual_score_is_kept_when_the_week_is_graded_again(page, server, course):
    # A score that is entered before the page has asked for the stored ones is not sent.
    page.goto(f"{server}/formgrader/submissions/{submission_id(course, 'chen')}", wait_until="networkidle")
    box = page.locator("input.score#sequential_learning")
    with page.expect_response(
        lambda response: "/api/grade/" in response.url and response.request.method == "PUT"
    ):
        box.fill("6.5")
        box.press("Tab")
    screenshot(page, "scored")
    assert manual_score(course) == 6.5
    batch.grade_assignment(course, WEEK, workers=1, force=True)
    assert manual_score(course) == 6.5
    page.reload()
    # The page asks for the scores after it has loaded.
    playwright.expect(page.locator("input.score#sequential_learning")).to_have_value("6.5", timeout=120_000)


def manual_score(course):
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        return gradebook.find_grade("sequential_learning", WEEK, WEEK, "chen").manual_score
