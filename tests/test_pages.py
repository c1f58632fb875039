"""Students' Markdown, shown to staff and to themselves: nothing in it runs, hides or asks anybody."""

import base64
import io
import time
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from autograder.sandbox.outputs import swells
from autograder.views import pages
from autograder.views.pages import TOO_COMPLEX, safe_highlight, safe_markdown

RELEASES = Path(__file__).parent.parent / "release"


def shown(source, **attachments):
    cell = {"attachments": {name: {"image/png": data} for name, data in attachments.items()}}
    return safe_markdown({"cell": cell}, source)


@pytest.mark.parametrize("slow", ["a." * 200_000, "\t\n" * 20_000, "a." * 20_000])
def test_code_that_is_slow_to_colour_is_shown_all_the_same(slow):
    started = time.process_time()
    assert "<b>" not in safe_highlight({}, slow + "<b>")
    assert time.process_time() - started < 10


@pytest.mark.parametrize("opened", [r"\\(", r"\\[", r"\begin{a}"])
def test_formulas_that_never_end_do_not_hold_the_page_up(opened):
    assert shown(opened * 20_000) == TOO_COMPLEX
    assert shown(opened * 30) != TOO_COMPLEX


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "[x](javascript:alert(1))",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<form action=/api/grade><input name=score value=100></form>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<style>body { display: none }</style>",
        "<p style='position: fixed; top: 0; height: 100%'>10 of 10</p>",
        "<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        r"$\href{javascript:alert(1)}{x}$",
        r"$<script>alert(1)</script>$",
        r"$$\text{<img src=x onerror=alert(1)>}$$",
        "`<script>alert(1)</script>`",
        "# <img src=x onerror=alert(1)>",
    ],
)
def test_nothing_in_an_answer_runs(hostile):
    page = shown(hostile).lower()
    for text in ("<script", "<iframe", "<form", "<input", "<svg", "<style", "<meta", "<base", "position"):
        assert text not in page
    assert not any(
        f"<{part}" in page and "onerror=" in page.split(f"<{part}")[1].split(">")[0]
        for part in ("img", "mtext")
    )
    assert 'href="javascript' not in page
    assert 'href="data' not in page


def test_pictures_are_shown_from_the_notebook_and_from_nowhere_else():
    own = picture(640, 480)
    assert f'src="data:image/png;base64,{own}"' in shown("![mine](attachment:i)", i=own)
    assert "src" not in shown("![swelling](attachment:i)", i=picture(60_000, 60_000))
    assert "src" not in shown("![no picture](attachment:i)", i="aGk=")
    assert "src" not in shown("![theirs](https://elsewhere.example/seen.png)")
    assert "src" not in shown("![a file](plot.png)")


def picture(width, height):
    """The head of a PNG of that size, in base64."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size).decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_pictures_size_is_known_before_it_is_unpacked(kind):
    for size, swelling in (((3, 2), False), ((9000, 5000), True)):
        file = io.BytesIO()
        Image.new("L", size).save(file, kind)
        assert swells(base64.b64encode(file.getvalue()).decode()) is swelling
    assert swells(base64.b64encode(file.getvalue()[:6]).decode())


def test_formulas_become_mathml():
    assert "<mfrac>" in shown(r"$\frac{1}{N}\sum_n x_n$")
    assert shown("$a<b$").count("<mi>") == 2
    aligned = shown(r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$")
    assert aligned.count("<mtr>") == 2
    assert 'display="block"' in aligned
    assert "<mtext>arg&nbsp;max</mtext>" in shown(r"$\operatorname*{arg\,max}_\theta f$")


@pytest.mark.parametrize("formula", [r"\frac{", r"\unknown{x}", "{" * 3000, "x" * 10_000])
def test_a_formula_that_cannot_be_read_is_shown_as_it_was_written(formula):
    assert f"<code>{formula}</code>" in shown(f"${formula}$")


def test_ordinary_markdown_stays():
    page = shown("# A\n\n**b** `c` [d](https://d.example)\n\n| e | f |\n|---|---|\n| 1 | 2 |\n\n- g")
    for part in (
        "<h1>A</h1>",
        "<strong>b</strong>",
        "<code>c</code>",
        'href="https://d.example"',
        "<td>1</td>",
        "<li>g",
    ):
        assert part in page


def test_a_text_that_would_take_long_to_read_is_not_read():
    assert shown("<div>" * 100_000) == TOO_COMPLEX


def page(*cells):
    """A whole notebook's page, made as formgrader and the feedback make it."""
    filters = {"markdown2html": safe_markdown, "highlight_code": safe_highlight}
    return HTMLExporter(filters=filters).from_notebook_node(new_notebook(cells=list(cells)))[0]


@pytest.fixture
def work(monkeypatch):
    """What the slow parts are given: characters of Markdown and of code, and formulas."""
    given = {"markdown": 0, "code": 0, "formulas": 0}
    parser, convert, colour = pages.MarkdownWithMath, pages.convert, pages.Highlight2HTML

    class Parser(parser):
        def render(self, source):
            given["markdown"] += len(source)
            return super().render(source)

    def counted(formula, **options):
        given["formulas"] += 1
        return convert(formula, **options)

    class Colour(colour):
        def __call__(self, source, *arguments, **options):
            given["code"] += len(source)
            return super().__call__(source, *arguments, **options)

    monkeypatch.setattr(pages, "MarkdownWithMath", Parser)
    monkeypatch.setattr(pages, "convert", counted)
    monkeypatch.setattr(pages, "Highlight2HTML", Colour)
    return given


def test_a_page_of_very_many_texts_is_bounded_as_a_whole_and_says_so(work, monkeypatch):
    monkeypatch.setattr(pages.Room, "__init__", room(markdown=20_000))
    text = page(*[new_markdown_cell("word " * 200) for _ in range(50)])
    assert work["markdown"] == 20_000
    assert text.count("more text than one page shows") == 30


def test_a_page_of_very_many_formulas_shows_the_rest_as_they_were_written(work, monkeypatch):
    monkeypatch.setattr(pages.Room, "__init__", room(formulas=100))
    cells = [" ".join(f"$x_{{{i}}}^{{{cell}}}$" for i in range(20)) for cell in range(20)]
    text = page(*map(new_markdown_cell, cells))
    assert work["formulas"] == 100
    assert text.count("<code>x_{") == 300


def test_a_page_of_very_much_code_is_coloured_in_part_and_shown_whole(work, monkeypatch):
    monkeypatch.setattr(pages.Room, "__init__", room(coloured=10_000))
    text = page(*[new_code_cell("x = 1\n" * 199 + f"y ={number:2}\n") for number in range(12)])
    assert work["code"] == 9_600
    assert text.count("x = 1") + text.count('<span class="n">x</span>') == 2388


def test_what_stands_on_every_page_is_rendered_once(work):
    for _ in range(3):
        page(new_markdown_cell("the same $e^{3}$ for all"), new_code_cell("the = 'same'"))
    assert work["formulas"] == 1
    assert work["code"] == len("the = 'same'")


def test_the_next_page_has_all_of_its_room(work, monkeypatch):
    monkeypatch.setattr(pages.Room, "__init__", room(markdown=1_000))
    cells = [new_markdown_cell("word " * 150) for _ in range(2)]
    filters = {"markdown2html": safe_markdown, "highlight_code": safe_highlight}
    exporter = HTMLExporter(filters=filters)
    for _ in range(2):
        text = exporter.from_notebook_node(new_notebook(cells=cells))[0]
        assert text.count("more text than one page shows") == 1


def test_the_room_is_enough_for_every_release():
    for path in sorted(RELEASES.glob("*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        assert 5 * sum(map(len, texts)) < pages.MAX_MARKDOWN
        assert 2 * sum(text.count("$") for text in texts) < pages.MAX_FORMULAS


def room(**limits):
    """A page with less room than usual."""
    made = pages.Room.__init__
    return lambda self: made(self, **limits)


@pytest.mark.parametrize("language", ["ipython3", "python", "py", "mermaid", "r", "no-such-language", ""])
def test_fenced_code_takes_no_long_lexer(language):
    started = time.process_time()
    text = shown(f"```{language}\n{'a.' * 100_000}<b>\n```")
    assert time.process_time() - started < 10
    assert "<b>" not in text
    assert 'class="mermaid"' not in text


def test_a_picture_whose_file_got_lost_is_named_and_stops_nothing():
    text = shown("![<b>my plot](attachment:plot.png) and more")
    assert "not in the submission" in text
    assert "and more" in text
    assert "<b>" not in text
