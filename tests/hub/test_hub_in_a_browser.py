"""A week in a real browser: from the student's login to the student's feedback."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browsers import chromium

from course_exchange.receipts import read_public_key, verify

pytest.importorskip("jupyterhub", reason="jupyterhub is missing: run 'make setup-hub'")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")

WEEK, NEXT = "week4_gmm", "week5_naive_bayes"
QUESTION, PLOT = "coin_em", "ellipses_and_history"
PATIENCE = 120_000
"""Milliseconds; servers start in seconds where nothing else runs."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


class Person:
    """Somebody with a browser of their own; leaves pictures where HUB_PICTURES names a folder."""

    def __init__(self, browser: Any, hub: Any, name: str) -> None:
        self.hub, self.name = hub, name
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000})
        # Formgrader loads MathJax from elsewhere; a test asks nobody else.
        self.context.route(
            lambda url: not url.startswith((hub.url, "data:", "blob:")), lambda route: route.abort()
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        playwright.expect.set_options(timeout=PATIENCE)
        self.page.goto(f"{hub.url}/hub/login")
        self.page.fill("#username_input", name)
        self.page.fill("#password_input", hub.demo.passwords[name])
        self.picture("login")
        self.page.click("#login_submit")

    def picture(self, what: str) -> None:
        folder = os.environ.get("HUB_PICTURES")
        if folder:
            path = Path(folder)
            path.mkdir(parents=True, exist_ok=True)
            number = len(list(path.glob("*.png")))
            self.page.screenshot(path=path / f"{number:02}-{self.name}-{what}.png")

    def assignments(self) -> Any:
        """JupyterLab's Assignment List."""
        self.page.goto(f"{self.hub.url}/user/{self.name}/lab?reset")
        self.page.get_by_role("menuitem", name="nbgrader").click()
        self.page.get_by_text("Assignment List").first.click()
        found = self.page.locator("#nbgrader-assignment-list")
        found.locator("#course_list_default").wait_for()
        return found

    def formgrader(self, place: str) -> None:
        course = self.hub.demo.course.id
        self.page.goto(f"{self.hub.url}/services/{course}/formgrader/{place}")

    def press_and_read(self, button: Any) -> None:
        """Press one of formgrader's buttons, wait for its word of success, and close that."""
        button.click()
        word = self.page.locator(".modal.in")
        word.locator(".modal-body").get_by_text(
            re.compile("Successfully|success", re.IGNORECASE)
        ).first.wait_for()
        self.picture("done")
        word.get_by_role("button", name=re.compile("OK|Close", re.IGNORECASE)).first.click()
        self.page.locator(".modal-backdrop").wait_for(state="detached")


def row(page: Any, name: str) -> Any:
    return page.locator("tr", has=page.get_by_role("link", name=name, exact=True)).first


def solution(hub: Any) -> str:
    notebook = nbformat.read(hub.demo.course.step("source") / WEEK / f"{WEEK}.ipynb", as_version=4)
    (cell,) = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{QUESTION}-solution"
    ]
    return "\n".join(line for line in cell.source.splitlines() if "### " not in line)


def answer(ada: Person, hub: Any) -> None:
    """Type the answer into the notebook and run its check; give the plot something to look at."""
    page = ada.page
    page.goto(f"{hub.url}/user/ada/lab/tree/{WEEK}/{WEEK}.ipynb?reset")
    notebook = page.locator(".jp-NotebookPanel")
    cell = notebook.locator(".jp-CodeCell", has_text="def coin_em(").first
    cell.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(solution(hub))
    # Its stub begins with these words; a question's has its signature first.
    words = page.locator(".cm-line:first-child", has_text="# YOUR CODE HERE")
    plot = notebook.locator(".jp-CodeCell", has=words).first
    plot.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text("plt.plot([0, 1, 2], [0, 1, 4])\nplt.show()")
    check = notebook.locator(".jp-CodeCell", has_text=f'check("{QUESTION}")').first
    check.locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()
    check.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    check.get_by_text(re.compile("passed", re.IGNORECASE)).first.wait_for()
    check.scroll_into_view_if_needed()
    ada.picture("check")
    page.keyboard.press("Control+s")
    saved = hub.demo.folder / "homes" / "ada" / WEEK / f"{WEEK}.ipynb"
    page.wait_for_function("document.querySelector('.jp-mod-dirty') === null")
    assert "passed" in saved.read_text()
    notebook.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate").click()
    word = page.locator(".jp-Dialog")
    # The question that was answered is not among those that fail.
    playwright.expect(word).to_contain_text("log_gaussians is not answered yet")
    playwright.expect(word).not_to_contain_text(f'check("{QUESTION}")')
    ada.picture("validated")
    word.get_by_role("button", name=re.compile("OK|Close|Dismiss", re.I)).first.click()


@pytest.fixture(scope="module")
def ada(browser: Any, hub: Any) -> Iterator[Person]:
    person = Person(browser, hub, "ada")
    yield person
    person.context.close()


def test_a_week_from_login_to_feedback(browser: Any, hub: Any, ada: Person) -> None:
    home = hub.demo.folder / "homes" / "ada"
    ada.page.wait_for_url("**/user/ada/lab**")
    listed = ada.assignments()
    fetch = listed.locator("#released_assignments_list .list_item", has_text=WEEK)
    ada.picture("released")
    fetch.get_by_role("button", name="Fetch").click()
    fetched = listed.locator("#fetched_assignments_list .list_item", has_text=WEEK).first
    fetched.get_by_role("button", name="Submit").wait_for()
    ada.picture("fetched")

    answer(ada, hub)

    listed = ada.assignments()
    fetched = listed.locator("#fetched_assignments_list .list_item", has_text=WEEK).first
    fetched.get_by_role("button", name="Submit").click()
    submitted = listed.locator("#submitted_assignments_list .list_item", has_text=WEEK)
    submitted.first.wait_for()
    ada.picture("submitted")

    (path,) = (home / "receipts" / WEEK).glob("*.json")
    facts = verify(
        json.loads(path.read_text()), read_public_key((home / "receipts" / "exchange.pub").read_bytes())
    )
    assert facts["student"] == "ada"
    ada.page.goto(f"{hub.url}/user/ada/lab/tree/receipts/{WEEK}/{path.name}?reset")
    ada.page.get_by_text("signature").first.wait_for()
    ada.picture("receipt")

    tara = Person(browser, hub, "tara")
    tara.page.wait_for_url("**/hub/**")
    tara.formgrader("manage_assignments")
    tara.press_and_read(row(tara.page, NEXT).locator(".release a"))
    row(tara.page, NEXT).locator(".status", has_text="released").wait_for()
    tara.picture("released")
    tara.context.close()

    ines = Person(browser, hub, "ines")
    ines.formgrader("manage_assignments")
    ines.press_and_read(row(ines.page, WEEK).locator(".collect a"))
    playwright.expect(row(ines.page, WEEK).locator(".num-submissions")).to_have_text("1")
    ines.formgrader(f"manage_submissions/{WEEK}")
    ines.press_and_read(ines.page.locator("tr", has_text="ada").locator(".autograde a"))
    ines.picture("graded")
    ines.formgrader(f"gradebook/{WEEK}/{WEEK}")
    ines.page.get_by_role("link", name=re.compile("Submission #1")).click()
    ines.page.locator("img[src^='data:image/png']").first.wait_for()
    box = ines.page.locator(f"input.score#{PLOT}")
    box.scroll_into_view_if_needed()
    with ines.page.expect_response(
        lambda given: "/api/grade/" in given.url and given.request.method == "PUT"
    ):
        box.fill("3.5")
        box.press("Tab")
    ines.picture("plot")
    ines.formgrader("manage_assignments")
    ines.press_and_read(row(ines.page, WEEK).locator(".generate-feedback a"))
    ines.press_and_read(row(ines.page, WEEK).locator(".release-feedback a"))
    ines.context.close()

    listed = ada.assignments()
    listed.locator("#released_assignments_list .list_item", has_text=NEXT).wait_for()
    listed.get_by_role("button", name=re.compile("Fetch Feedback", re.I)).click()
    listed.get_by_text(re.compile("view feedback", re.I)).first.wait_for()
    ada.picture("feedback-there")
    (page,) = (home / WEEK / "feedback").glob("*/*.html")
    ada.page.goto(f"{hub.url}/user/ada/files/{page.relative_to(home).as_posix()}")
    ada.page.get_by_text("3.5").first.wait_for()
    ada.picture("feedback")


def test_a_second_student_never_sees_the_first_ones_files(browser: Any, hub: Any, ada: Person) -> None:
    bo = Person(browser, hub, "bo")
    bo.page.wait_for_url("**/user/bo/lab**")
    asked: list[str] = []
    bo.page.on("response", lambda response: asked.append(response.url))
    listed = bo.assignments()
    listed.locator("#released_assignments_list .list_item", has_text=WEEK).first.wait_for()
    bo.picture("list")
    assert listed.locator("#submitted_assignments_list .list_item").count() == 0
    assert "ada" not in bo.page.locator(".jp-DirListing").inner_text()
    for place in (
        "/user/ada/lab",
        f"/user/ada/files/{WEEK}/{WEEK}.ipynb",
        "/user/ada/api/contents",
        "/hub/user/ada/",
    ):
        assert bo.page.goto(hub.url + place).status in (403, 404), place
        bo.picture("refused")
    bo.context.close()
