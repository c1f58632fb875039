"""The site of the documentation: built strictly, complete without a network, readable and searchable from a folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import browsers
import pytest

pytest.importorskip("mkdocs", reason="MkDocs is missing: run 'make setup-test'")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return folder, done


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as browser:
        yield browser


def test_the_site_is_built_without_a_warning(site):
    folder, done = site
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    pages = {page.with_suffix(".html").name for page in (ROOT / "docs").glob("*.md")}
    assert pages <= {page.name for page in folder.glob("*.html")}


def test_no_page_names_another_machine_but_in_links_that_people_follow(site):
    folder, _ = site
    for page in folder.rglob("*.html"):
        tags = re.findall(
            r"<(?!a\b)\w+[^>]*?\b(?:src|href|srcset|data)=[\"']?(?:https?:)?//[^>]*>", page.read_text()
        )
        assert not [tag for tag in tags if 'rel="canonical"' not in tag], page.name
    for sheet in folder.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", sheet.read_text()), sheet.name


def test_no_list_has_become_a_paragraph(site):
    folder, _ = site
    for page in folder.glob("*.html"):
        prose = re.sub(r"<pre.*?</pre>", "", page.read_text(), flags=re.DOTALL)
        assert not re.findall(r"^(?:\d+\.|[-*|]) .*", prose, re.MULTILINE), page.name


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_on_any_page(site, browser, scheme):
    folder, _ = site
    with browser.new_context(color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        for path in sorted(set(folder.glob("*.html")) - {folder / "404.html"}):
            page.goto(path.as_uri())
            # Links in the header fade in.
            page.wait_for_function("document.getAnimations().every(it => it.playState !== 'running')")
            assert browsers.barriers(page) == [], path.name


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_opens_from_its_folder_and_asks_nobody(site, browser, scheme, width):
    folder, _ = site
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        asked, broken = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: "ABORTED" in request.failure or broken.append(request.url))
        page.on("pageerror", lambda error: broken.append(str(error)))
        # A server alone shows 404.html, whose links begin at the server's root.
        for path in sorted(set(folder.glob("*.html")) - {folder / "404.html"}):
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), path.name
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))]
        assert not broken


def test_the_search_finds_without_a_server(site, browser):
    folder, _ = site
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((folder / "index.html").as_uri())
        page.locator("input.md-search__input").click()
        page.keyboard.type("Landlock")
        found = page.locator(".md-search-result__link", has_text="Security").first
        found.wait_for()
        assert "security.html" in found.get_attribute("href")
