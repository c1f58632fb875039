"""The pictures of the README and the site, from the example class: ``make pictures``.

A class of week 4 is graded; its report is opened from its file, a notebook of it in JupyterLab, by day and by night.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import browsers
from PIL import Image

from autograder.config import Course, load_course
from autograder.demo import run_demo

HERE = Path(__file__).resolve().parent
WEEK = "week4_gmm"
STUDENT, QUESTION = "hana", "e_step"
"""A likely mistake: 1e-10 against underflow."""
SIZE = {"width": 1100, "height": 760}
COLOURS = 96
"""Flat colours: a quarter of the bytes, and nothing that an eye would miss."""


def keep(page: Any, name: str) -> None:
    """What the window shows, as a small PNG."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def open_notebook(page: Any, address: str) -> None:
    """The graded notebook in JupyterLab, at the check of a question."""
    page.goto(f"{address}/doc/tree/autograded/{STUDENT}/{WEEK}/{WEEK}.ipynb?token={browsers.TOKEN}")
    cell = page.locator(".jp-CodeCell", has_text=f'check("{QUESTION}")').first
    cell.locator(".jp-OutputArea-output").first.wait_for(timeout=60_000)
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    # Outputs above grow as they are drawn: until two looks, a second apart, are the same.
    answer = page.locator(".jp-CodeCell", has_text=f"def {QUESTION}(").first.element_handle()
    page.wait_for_function(
        """cell => {
            const before = window.seen;
            cell.scrollIntoView();
            window.seen = `${cell.getBoundingClientRect().top} of ${cell.parentElement.scrollHeight}`;
            return before === window.seen;
        }""",
        arg=answer,
        polling=1000,
    )


def take(course: Course, report: Path, data: Path, folder: Path) -> None:
    """The four pictures, from a graded week."""
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"adaptive-theme": True}))
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    more = {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    with (
        browsers.chromium() as browser,
        browsers.formgrader(course.root, data, folder / "home", more) as address,
    ):
        for scheme in ("light", "dark"):
            with browser.new_context(color_scheme=scheme, viewport=SIZE) as context:
                page = context.new_page()
                page.goto(report.as_uri())
                page.get_by_role("heading", name="Scores", exact=True).evaluate("it => it.scrollIntoView()")
                keep(page, f"report-{scheme}.png")
                open_notebook(page, address)
                keep(page, f"notebook-{scheme}.png")


def main() -> None:
    """Grade the class, and take the pictures."""
    folder = Path(tempfile.mkdtemp(prefix="course-pictures-"))
    try:
        course = load_course()
        demo = run_demo(course, folder / "demo", weeks=[WEEK], timed=[])
        take(course, demo.reports[WEEK], next(folder.rglob("autograded")).parent, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
