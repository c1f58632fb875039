"""Students' Markdown, shown to staff and to themselves: nothing in it runs, hides or asks anybody."""

import time

import pytest

from autograder.pages import TOO_COMPLEX, safe_highlight, safe_markdown


def shown(source, **attachments):
    cell = {"attachments": {name: {"image/png": data} for name, data in attachments.items()}}
    return safe_markdown({"cell": cell}, source)


@pytest.mark.parametrize("slow", ["a." * 200_000, "\t\n" * 20_000, "a." * 20_000])
def test_code_that_is_slow_to_colour_is_shown_all_the_same(slow):
    started = time.process_time()
    assert "<b>" not in safe_highlight(slow + "<b>")
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
    assert 'src="data:image/png;base64,aGk="' in shown("![mine](attachment:i)", i="aGk=")
    assert "src" not in shown("![theirs](https://elsewhere.example/seen.png)")
    assert "src" not in shown("![a file](plot.png)")


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
