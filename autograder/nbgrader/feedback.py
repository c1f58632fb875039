"""The feedback pages: what each says, put together here, and the exporter that writes them.

`arrange` divides a notebook into the student's answers and the text between them, and brings together what belongs to
an answer: its points, what was checked, and the student's own lines that an error came from. The template in
``autograder/nbgrader/templates/feedback`` writes it down.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert import HTMLExporter
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from autograder.results import QuestionResult, Report, TestResult
from autograder.views.pages import coloured_lines, safe_markdown

ERROR_LINE = re.compile(r"\s*line (\d{1,6}) of (.{1,100}?): (.*)")
"""How a report names a line of the student's code in a test's message."""
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
TAG = re.compile(r"<(/?)h([1-6])\b")
EMPTY_HEADER = re.compile(r"<th(?:\s[^<>]*)?>\s*</th>")
FORMULA = re.compile(r"<math\b([^<>]*)>.*?</math>", re.DOTALL)
ANY_TAG = re.compile(r"<[^<>]*>")
LONG_FORMULA = 25
"""Signs that a line of the narrowest screen has room for."""
WIDE = '<div class="wide" tabindex="0" role="group" aria-label="Table">'
NO_RESPONSE = "No response."
"""Nbgrader's own comment on an answer that was not touched."""
AGAIN = "The same error as above."
WORDS = {"passed": "Passed", "failed": "Failed", "could_not_grade": "Not graded"}
MARKS = {"passed": "✓", "failed": "✗", "could_not_grade": "?"}


def arrange(notebook: NotebookNode, report: Report | None) -> list[dict[str, Any]]:
    """Note in the cells' metadata, under ``course``, how the page shows them; returns the rows of its table.

    Expects the scores where nbgrader's GetGrades puts them.
    """
    results = {question.name: question for question in report.questions} if report else {}
    cells = notebook.cells
    for cell in cells:
        cell.metadata["course"] = {}
    owners = _owners(cells)
    used: dict[str, int] = {}
    for owner, members in groupby(range(len(cells)), key=lambda index: owners[index]):
        part = [cells[index] for index in members]
        part[0].metadata.course["opens"] = _part(owner, part, used)
        part[-1].metadata.course.update(closes=True, in_question=owner is not None)
    for cell in cells:
        name = _facts(cell).get("grade_id")
        if _graded(cell) and name in results:
            cell.metadata.course["result"] = _result(results[name], cells)
    return [_row(cell) for cell in cells if _graded(cell)]


def _facts(cell: NotebookNode) -> dict[str, Any]:
    facts: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return facts


def _graded(cell: NotebookNode) -> bool:
    return bool(_facts(cell).get("grade") or _facts(cell).get("task"))


def _owners(cells: list[NotebookNode]) -> list[str | None]:
    """The question that each cell belongs to: answers, checks, and what the student put between the two."""
    checks = {_facts(cell)["grade_id"] for cell in cells if _graded(cell)}
    owners: list[str | None] = []
    for cell in cells:
        facts = _facts(cell)
        name = facts.get("grade_id") if _graded(cell) or facts.get("solution") else None
        if name is not None and name.removesuffix("-solution") in checks:
            name = name.removesuffix("-solution")
        owners.append(name)
    known = [index for index, name in enumerate(owners) if name is not None]
    for first, last in pairwise(known):
        if owners[first] == owners[last]:
            owners[first:last] = [owners[first]] * (last - first)
    return owners


def _part(owner: str | None, part: list[NotebookNode], used: dict[str, int]) -> dict[str, Any]:
    if owner is None:
        outputs = [output for cell in part for output in cell.get("outputs", [])]
        return {
            "about": _about(part),
            "errors": sum(output.output_type == "error" for output in outputs),
        }
    graded = next((cell for cell in part if _graded(cell)), None)
    used[owner] = used.get(owner, 0) + 1
    row = {"name": owner} if graded is None else _row(graded)
    return {"question": row, "id": owner if used[owner] == 1 else f"{owner}-part-{used[owner]}"}


def _about(part: list[NotebookNode]) -> str:
    """The first heading in it, if it is plain words."""
    for cell in part:
        found = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if found is not None:
            words = re.sub(r"[*`]", "", found[1])
            return words if not re.search(r"[$<\[\\]", words) and len(words) <= 100 else ""
    return ""


def _row(cell: NotebookNode) -> dict[str, Any]:
    facts = _facts(cell)
    score, points, waiting = (facts.get(name) or 0 for name in ("score", "points", "waiting"))
    if waiting:
        status = "waiting for staff"
    elif score >= points:
        status = "full points"
    else:
        status = "partly right" if score > 0 else "no points"
    kind = "checked by tests" if not facts.get("solution") else "graded by a person"
    return {
        "name": facts["grade_id"],
        "score": score,
        "points": points,
        "share": max(0.0, min(score / points, 1.0)) if points else 1.0,
        "waiting": bool(waiting),
        "status": status,
        "kind": kind,
        "extra": facts.get("extra_credit") or 0,
        "by_hand": bool(facts.get("by_hand")),
        "comment": bool(facts.get("comment")) and facts.get("comment") != NO_RESPONSE,
    }


def _result(question: QuestionResult, cells: list[NotebookNode]) -> dict[str, Any]:
    weights = sum(test.weight for test in question.tests) or 1.0
    said: set[str] = set()
    tests = []
    for test in question.tests:
        # An error with its lines is told once; what was wrong with an answer is told of each.
        again = test.message in said and "\n" in test.message
        said.add(test.message)
        notes = [{"text": AGAIN}] if again else list(_notes(test, question.name, cells))
        tests.append(
            {
                "outcome": test.outcome,
                "word": WORDS[test.outcome],
                "mark": MARKS[test.outcome],
                "line": test.line,
                "points": question.max_points * test.weight / weights,
                "notes": notes,
            }
        )
    hints = list(dict.fromkeys(test.hint for test in question.tests if test.hint))
    return {"problem": question.problem, "hints": hints, "tests": tests}


def _notes(test: TestResult, question: str, cells: list[NotebookNode]) -> Iterator[dict[str, Any]]:
    """A message's lines; one that names a line of the student's code leads there, and that line is marked."""
    for note in test.message.splitlines():
        found = ERROR_LINE.fullmatch(note)
        cell = found and _cell_with_line(int(found[1]), found[3], question, cells)
        if found is None or cell is None:
            yield {"text": note}
            continue
        number = int(found[1])
        cell.metadata.course["error_lines"] = sorted({*cell.metadata.course.get("error_lines", []), number})
        yield {"number": number, "function": found[2], "text": found[3], "at": line_id(cell, number)}


def _cell_with_line(
    number: int, text: str, question: str, cells: Iterable[NotebookNode]
) -> NotebookNode | None:
    """The cell whose line of that number reads so: the question's own answer where it does."""
    holding = []
    for cell in cells:
        lines = cell.source.splitlines()
        if cell.cell_type == "code" and number <= len(lines) and lines[number - 1].strip()[:200] == text:
            holding.append(cell)
    own = [cell for cell in holding if _facts(cell).get("grade_id") == f"{question}-solution"]
    return next(iter(own or holding), None)


def line_id(cell: NotebookNode, number: int) -> str:
    """The address of a line of code on the page."""
    return f"{cell.get('id') or _facts(cell).get('grade_id', 'cell')}-line-{number}"


@pass_context
def numbered(context: Context, cell: NotebookNode) -> str:
    """A cell's code in colours, with its lines numbered and those marked that an error came from."""
    wrong = cell.metadata.get("course", {}).get("error_lines", [])
    lines = []
    for number, line in enumerate(coloured_lines(context, cell.source), start=1):
        here = number in wrong
        address = f' id="{html.escape(line_id(cell, number))}"' if here else ""
        told = '<span class="told"> (an error came from this line)</span>' if here else ""
        kind = "line wrong" if here else "line"
        lines.append(f'<span class="{kind}"{address} data-line="{number}">{line}{told}\n</span>')
    return f'<pre class="code">{"".join(lines)}</pre>'


@pass_context
def outlined(context: Context, source: str, top: int) -> str:
    """Markdown as safe HTML whose headings begin at level `top` and leave none out."""
    return in_order(safe_markdown(context, source), top)


def in_order(page: str, top: int) -> str:
    """Cleaned HTML with its headings renumbered so that they begin at level `top` and leave none out.

    A wide table or formula can be scrolled by itself, with the keyboard too; a table's empty corner is no heading.
    """
    above: list[int] = []
    level = top

    def renumbered(tag: re.Match[str]) -> str:
        nonlocal level
        if not tag[1]:
            while above and above[-1] >= int(tag[2]):
                above.pop()
            level = min(top + len(above), 6)
            above.append(int(tag[2]))
        return f"<{tag[1]}h{level}"

    page = EMPTY_HEADER.sub("<td></td>", TAG.sub(renumbered, page))
    page = page.replace("<table", f"{WIDE}<table").replace("</table>", "</table></div>")
    return FORMULA.sub(_scrollable, page)


def _scrollable(formula: re.Match[str]) -> str:
    """A formula that a narrow screen may have no room for, so that it can be scrolled; a short one as it is."""
    block = 'display="block"' in formula[1]
    if not block and len(ANY_TAG.sub("", formula[0])) < LONG_FORMULA:
        return formula[0]
    kind = "wide" if block else "wide inline"
    return f'<span class="{kind}" tabindex="0" role="group" aria-label="Formula">{formula[0]}</span>'


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter, which leaves a page as the template made it.

    The stock one reads the finished page again to say that pictures have no description and to let JupyterLab's
    cells be reached by keyboard. That takes most of its time, and our template sees to both by itself.
    """

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Nbconvert's filters and the page's own."""
        yield from super().default_filters()
        yield "numbered", numbered
        yield "outlined", outlined
        yield "in_order", in_order
        # A terminal's colours are made for black, and nobody knows what they say.
        yield "ansi2html", lambda text: html.escape(strip_ansi(text), quote=False)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook, and the resources it was made with."""
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)
