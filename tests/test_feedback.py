"""How a feedback page is put together, for notebooks of every shape."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader_course import metadata

from autograder.nbgrader.feedback import FeedbackExporter, arrange, in_order
from autograder.nbgrader.plugin import TEMPLATES
from autograder.results import QuestionResult, Report, TestResult
from autograder.views.pages import safe_highlight, safe_markdown

FILTERS = {"markdown2html": safe_markdown, "highlight_code": safe_highlight}
CODE = '\n\ndef add(x, y):\n    """Add.\n\n    Two lines."""\n    return x + z'


def solution(name: str = "add", code: str = CODE, **more: Any) -> NotebookNode:
    identity = f"{name}-solution"
    return new_code_cell(code, id=identity, metadata=metadata(identity, solution=True), **more)


def check(name: str = "add", score: float = 3.0) -> NotebookNode:
    facts = metadata(name, points=10)
    facts["nbgrader"].update(score=score, waiting=False)
    return new_code_cell(f'check("{name}")', id=name, metadata=facts)


def report(message: str = "", *, outcome: Any = "failed", hint: str = "") -> Report:
    tests = [
        TestResult(name="test_add", weight=7, outcome=outcome, line="adds", message=message, hint=hint),
        TestResult(name="test_more", weight=3, outcome="passed", line="adds more"),
    ]
    return Report(
        assignment="week1_small",
        student="ada",
        status="graded",
        questions=[QuestionResult(name="add", max_points=10, tests=tests)],
    )


def page(cells: list[NotebookNode], graded: Report | None) -> str:
    notebook = new_notebook(cells=cells)
    facts = {
        **{"notebook": "week1_small", "student": "ada", "course": "Small", "title": "Small", "rules": []},
        **{"score": 3, "max_score": 10, "late_penalty": 0, "waiting_points": 0, "submitted": None},
        "questions": arrange(notebook, graded),
    }
    exporter = FeedbackExporter(
        template_name="feedback", extra_template_basedirs=[str(TEMPLATES)], filters=FILTERS
    )
    return str(exporter.from_notebook_node(notebook, {"nbgrader": facts})[0])


def test_lines_are_numbered_as_in_the_cell_and_the_one_with_the_error_is_marked() -> None:
    text = page(
        [solution(), check()],
        report("Your function raised NameError: name 'z' is not defined\n  line 7 of add: return x + z"),
    )
    assert text.count('<span class="line') == 7
    assert '<span class="line wrong" id="add-solution-line-7" data-line="7">' in text
    assert '<a href="#add-solution-line-7">line 7</a> of <code>add</code>' in text


def test_a_line_that_is_in_no_cell_is_told_and_leads_nowhere() -> None:
    text = page([solution(), check()], report("Your function raised X\n  line 3 of add: return <b>"))
    assert "line 3 of add: return &lt;b&gt;" in text
    assert "line wrong" not in text


def test_an_error_that_several_tests_met_is_told_once() -> None:
    graded = report("Your function raised X\n  line 7 of add: return x + z")
    graded.questions[0].tests.append(graded.questions[0].tests[0])
    text = page([solution(), check()], graded)
    assert text.count("Your function raised X") == 1
    assert text.count("The same error as above.") == 1


def test_points_of_each_check_and_the_hint_are_there() -> None:
    text = page([solution(), check()], report("the sum is not right", hint="Add <y>, too."))
    assert "(7 points)" in text
    assert "(3 points)" in text
    assert "Add &lt;y&gt;, too." in text


def test_without_a_report_the_cells_own_outputs_are_shown() -> None:
    graded = check()
    graded.outputs = [
        {"output_type": "display_data", "data": {"text/html": "<p>3 of 10 points</p>"}, "metadata": {}},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "3.0"},
            "metadata": {},
            "execution_count": None,
        },
    ]
    text = page([solution(), graded], None)
    assert "<p>3 of 10 points</p>" in text
    assert "<pre>3.0</pre>" not in text


def test_an_answer_far_from_its_check_has_a_place_of_its_own() -> None:
    own = new_code_cell("mine = 1", id="mine")
    cells = [solution(), check("other"), check(), solution("other"), own]
    text = page(cells, report())
    assert text.count('<section class="question"') == text.count("</section>") - 1 == 4
    identities = [part.partition('"')[0] for part in text.split('<h3 id="')[1:]]
    assert sorted(identities) == ["add", "add-part-2", "other", "other-part-2"]
    assert text.count("<details") == text.count("</details>") == 1


def test_what_a_student_puts_between_answer_and_check_belongs_to_the_answer() -> None:
    text = page([solution(), new_code_cell("mine = 1", id="mine"), check()], report())
    assert text.count('<section class="question"') == 1
    assert "<details" not in text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<h1>a</h1><h3>b</h3><h2>c</h2>", "<h3>a</h3><h4>b</h4><h4>c</h4>"),
        ("<h6>a</h6><h6>b</h6>", "<h3>a</h3><h3>b</h3>"),
        (
            "<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5>",
            "<h3>a</h3><h4>b</h4><h5>c</h5><h6>d</h6><h6>e</h6>",
        ),
    ],
)
def test_headings_keep_their_order_and_leave_none_out(written: str, shown: str) -> None:
    assert in_order(written, 3) == shown


def test_prose_between_the_answers_is_folded_under_its_heading() -> None:
    cells = [new_markdown_cell("text"), new_markdown_cell("## A *real* `test`"), solution(), check()]
    assert "The assignment: A real test" in page(cells, report())
    cells[1].source = "## A $x$ <b>test</b>"
    assert "The assignment</summary>" in page(cells, report())
