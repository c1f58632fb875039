import browsers
import pytest
from test_class_report import make_class

from autograder.views.report import write_site

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.NO_BROWSER)

PAGES = ("index.html", "week4_gmm.html", "pages/week4_gmm/e_step.html", "pages/students/ada.html")
SECONDS = 2.0


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    index, _ = write_site(make_class(tmp_path_factory.mktemp("class"), 40))
    return index.parent


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser, site, name, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto((site / name).as_uri())
    assert browsers.barriers(page) == []
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert browsers.barriers(page) == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_errors_or_requests_and_never_scrolls_sideways(browser, site, name):
    messages, requests = [], []
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((site / name).as_uri())
    assert (messages, requests) == ([], [(site / name).as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_from_the_class_to_a_student_and_back_with_the_keyboard(browser, site):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="barbara", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/students/barbara.html")
    page.locator("nav a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")
    page.close()


def test_a_class_of_a_thousand_can_be_used_at_once(browser, tmp_path):
    index, _ = write_site(make_class(tmp_path, 1000))
    page = browser.new_page()
    page.goto(index.as_uri())
    milliseconds = page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert page.locator("#students-table tbody tr").count() == 1003
    # A machine that does other things besides is no reason to call a page slow.
    page.goto(index.as_uri())
    again = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    print(
        f"{index.stat().st_size} bytes, interactive after {milliseconds:.0f} ms, {loaded:.0f} ms, {again:.0f} ms"
    )
    assert min(loaded, again) < 1000 * SECONDS
    page.close()
