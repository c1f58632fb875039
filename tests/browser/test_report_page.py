import browsers
import fake_class
import pytest

from autograder.views.report import render

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.NO_BROWSER)

CONTRAST = """element => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map((c) => {
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  const ink = element instanceof SVGElement ? style.fill : style.color;
  let under = element;
  while (getComputedStyle(under).backgroundColor === "rgba(0, 0, 0, 0)") under = under.parentElement;
  const [low, high] = [luminance(ink), luminance(getComputedStyle(under).backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(fake_class.WEEK, "Gaussian mixtures", fake_class.reports()), encoding="utf-8")
    return path


@pytest.fixture
def page(browser, file):
    page = browser.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def students(page):
    return page.locator("#submissions-table tbody th").all_inner_texts()


def test_the_page_opens_without_errors_or_requests(browser, file):
    messages, requests = [], []
    page = browser.new_page()
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    page.locator("details summary").first.click()
    assert messages == []
    assert requests == [file.as_uri()]
    page.close()


def test_a_heading_sorts_by_its_column_and_back_with_the_keyboard(page):
    heading = page.locator("#submissions-table thead th", has_text="Points")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    ascending = students(page)
    assert heading.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    points = {report.student: report.points for report in fake_class.reports() if report.status == "graded"}
    shown = [points[name] for name in students(page) if name in points]
    assert shown == sorted(points.values(), reverse=True)
    assert ascending[0] == "blaise"  # no grade comes before any


def test_without_script_every_row_is_there(browser, file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert len(students(page)) == 30
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_plots_have_contrast(browser, file, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(file.as_uri())
    for selector in ("h1", ".note", ".alert h2", ".alert li", "dt", "td", "caption", "svg text", "footer p"):
        for element in page.locator(selector).all()[:12]:
            assert element.evaluate(CONTRAST) >= 4.5, (selector, element.text_content())
    bright = page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (bright == "rgb(20, 24, 30)") == (scheme == "dark")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser, file, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(file.as_uri())
    assert browsers.barriers(page) == []
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert browsers.barriers(page) == []
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_itself_never_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
