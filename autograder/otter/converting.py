"""The items of an otter master as the four sources of a week."""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.config import CourseError, Week
from autograder.otter.checks import (
    NOT_CONVERTED,
    NotConvertible,
    commented,
    names_used,
    statements,
    written_test,
)
from autograder.otter.master import Asked, Item, Test, weigh
from autograder.otter.names import (
    MAGIC,
    MARKS,
    clean,
    defined,
    free_names,
    loaded,
    parsed,
    top_names,
    with_docstring,
)
from autograder.source import BEGIN, END

IGNORED = re.compile(
    r"^[ \t]*# BEGIN IGNORE.*?# END IGNORE[ \t]*\n?|^[^\n]*# IGNORE[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
PLUGIN = re.compile(r"\A#\s+(?:BEGIN|END)\s+PLUGIN", re.IGNORECASE)


@dataclass
class Converted:
    """One autograded question in our form."""

    name: str
    source: str
    parameters: list[str]
    returns: list[str]
    """Variables of the notebook that a wrapped question gives back; none for a question that was a function."""
    after: list[NotebookNode] = field(default_factory=list)
    """Given cells that use the function: they stand after its check, and its tests run them first."""
    earlier: dict[str, Converted] = field(default_factory=dict)
    """The questions that give it its arguments, by the arguments' names."""


class Converter:
    """Makes the four sources of a week from the items of a master."""

    def __init__(self, week: Week, minutes: int) -> None:
        self.week = week
        self.minutes = minutes
        self.remarks: list[str] = []
        self.imports: list[str] = []
        self.cells: list[NotebookNode] = []
        self.given: dict[str, tuple[int, str]] = {}
        """Names that given code defines: where, and the statement that does."""
        self.needed: dict[int, str] = {}
        """Given statements that the solutions need, by their place: they go to the reference, too."""
        self.functions: dict[str, Converted] = {}
        self.answers: dict[str, Converted] = {}
        """Variables that questions give back, by name."""
        self.checks: dict[str, str] = {}
        self.graders: list[str] = []
        self.definitions: list[str] = []
        self.statements = 0

    def convert(self, items: Iterable[Item]) -> dict[str, str]:
        """The texts of the notebook source, the reference, the graders and the bank."""
        items = list(items)
        for item in items:
            for cell in [*item.before, *item.solutions] if isinstance(item, Asked) else [item]:
                if cell.cell_type == "code":
                    cell.source = self._without_imports(cell.source)
        for item in items:
            if isinstance(item, Asked):
                self._question(item)
            else:
                self._cell(item)
        if not self.functions:
            raise CourseError(
                "none of the questions could be made into a function, so there is nothing to grade automatically: "
                "write the week by hand, as docs/add-a-week.md says"
            )
        return {
            "source": self._source(),
            "reference": self._reference(),
            "graders": self._graders(),
            "bank": f'"""Known mistakes and other right answers of {self.week.name}: none yet."""\n',
        }

    def remark(self, text: str) -> None:
        """Note what wants a person's eye."""
        self.remarks.append(text)

    def _without_imports(self, code: str) -> str:
        """The code without its imports, which are kept for the first cell, and without otter's own lines."""
        code = IGNORED.sub("", code)
        tree = parsed(code)
        if tree is None:
            return code
        lines = code.splitlines()
        for node in tree.body:
            text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            if is_import or re.match(r"(grader\s*=\s*otter|grader\.)", text.strip()):
                for index in range(node.lineno - 1, node.end_lineno or node.lineno):
                    lines[index] = "\0"
                if is_import and "otter" not in text and text.strip() not in self.imports:
                    self.imports.append(MARKS.sub("", text).strip())
        return "\n".join(line for line in lines if line != "\0")

    def _cell(self, cell: NotebookNode) -> None:
        """A cell outside the questions, or the given code of one."""
        if cell.cell_type == "markdown":
            self.cells.append(new_markdown_cell(cell.source))
        elif cell.cell_type == "raw":
            what = "a plugin's cell" if PLUGIN.match(cell.source) else "a raw cell"
            self.remark(f"{what} was left out: {cell.source.splitlines()[0][:60]!r}")
        elif cell.source.strip():
            self.cells.append(new_code_cell(cell.source))
            if cell.source.rstrip().endswith("# SEED") or "# SEED" in cell.source:
                self.remark(
                    "otter's '# SEED' has no meaning here: let functions take a generator as an argument"
                )
            for node in getattr(parsed(cell.source), "body", []):
                self.statements += 1
                for name in defined(node):
                    self.given[name] = (self.statements, ast.unparse(node))

    def _question(self, question: Asked) -> None:
        for cell in question.before:
            self._cell(cell)
        weigh(question, self.remark)
        for key in question.ignored:
            self.remark(f"{question.name}: its setting {key} has no counterpart here")
        code = "\n".join(clean(cell.source) for cell in question.solutions if cell.cell_type == "code").strip(
            "\n"
        )
        words = "\n\n".join(
            cell.source for cell in question.solutions if cell.cell_type == "markdown"
        ).strip()
        if question.manual or (not question.tests and code):
            if not question.manual:
                self.remark(f"{question.name}: it has no tests, so a person grades it")
            self._by_hand(question, code, words)
            return
        if words:
            self.remark(f"{question.name}: the text of its solution was left out; the question is autograded")
        try:
            converted = self._function(question, code)
        except NotConvertible as problem:
            self.remark(f"{question.name} is graded by hand now: {problem}")
            self._by_hand(question, f"{NOT_CONVERTED}: {problem}\n{code}", "")
            for test in question.tests:
                self.graders.append(commented(f"a test of {question.name}, which is no function", test.code))
            return
        if converted.name != question.name:
            self.remark(f"question {question.name} is called {converted.name}, as its function is")
        self.functions[converted.name] = converted
        self.definitions.append(converted.source)
        self._need(converted.source)
        check = "\n\n\n".join(self._public(converted, [test for test in question.tests if not test.hidden]))
        self.cells.append(
            new_code_cell(
                "",
                metadata={
                    "question": converted.name,
                    "points": _short(question.worth),
                    "minutes": self.minutes,
                },
            )
        )
        self.cells.append(new_code_cell(check, metadata={"check": converted.name}))
        self.checks[converted.name] = check
        self._hidden(converted, question.tests)
        if converted.returns:
            for name in converted.returns:
                self.answers[name] = converted
            self.cells.append(new_code_cell(self._call(converted)))
        for cell in converted.after:
            self._cell(cell)

    def _by_hand(self, question: Asked, code: str, words: str) -> None:
        name = self._free_name(question.name)
        parts = bool(code) + bool(words or not code)
        if parts == 2:
            self.remark(
                f"{question.name}: its text and its code are graded apart, with half of the points each"
            )
        facts = {"points": _short(question.worth / parts), "minutes": self.minutes}
        if words or not code:
            self.cells.append(
                new_markdown_cell(
                    words or "The master has no model answer.", metadata={"answer": name, **facts}
                )
            )
        if code:
            name = f"{name}_code" if words else name
            self.cells.append(new_code_cell(f"{BEGIN}\n{code}\n{END}", metadata={"plot": name, **facts}))

    def _free_name(self, name: str) -> str:
        name = re.sub(r"\W", "_", name)
        name = f"q{name}" if name[:1].isdigit() or not name else name
        taken = {*self.functions, *self.given, *self.answers, *(str(m) for m in _names_of_tasks(self.cells))}
        while name in taken or keyword.iskeyword(name):
            name += "_"
        return name

    def _function(self, question: Asked, code: str) -> Converted:
        tree = parsed(code)
        if tree is None or not tree.body:
            raise NotConvertible("its solution is empty or does not compile")
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        asked = set().union(*map(names_used, question.tests))
        tested = [node for node in functions if node.name in asked]
        if tested:
            return self._own_function(question, code, tree, tested)
        returned = [name for node in tree.body for name in defined(node) if name in asked]
        returned = list(dict.fromkeys(returned))
        if not returned:
            raise NotConvertible("its tests use no function and no variable that its solution defines")
        return self._wrapped(question, code, tree, returned)

    def _own_function(
        self, question: Asked, code: str, tree: ast.Module, tested: list[ast.FunctionDef]
    ) -> Converted:
        if len(tested) > 1:
            names = ", ".join(node.name for node in tested)
            raise NotConvertible(f"it asks for several functions ({names}): make each a question of its own")
        (function,) = tested
        after: list[NotebookNode] = []
        if function.name in self.functions:
            raise NotConvertible(f"{function.name} is asked for by an earlier question, too")
        for node in tree.body:
            if node is function:
                continue
            text = ast.get_source_segment(code, node) or ast.unparse(node)
            if defined(node):
                names = ", ".join(defined(node))
                self.remark(f"{question.name}: {names} of its solution is given to the students now")
                if function.name in free_names(text):
                    after.append(new_code_cell(text))
                else:
                    self._cell(new_code_cell(text))
            else:
                self.remark(f"{question.name}: left out of its solution: {text.splitlines()[0][:60]!r}")
        docstring = f"Question {question.name}: see the text above."
        return Converted(function.name, with_docstring(function, code, docstring), [], [], after)

    def _wrapped(self, question: Asked, code: str, tree: ast.Module, returned: list[str]) -> Converted:
        """A function around a solution that assigns variables."""
        name = self._free_name(question.name)
        assigned = {variable for node in tree.body for variable in defined(node)}
        free = free_names(code)
        earlier = [variable for variable in self.answers if variable in free and variable not in assigned]
        changed = [v for v in (*self.given, *self.answers) if v in assigned and v in loaded(code)]
        parameters = list(dict.fromkeys([*earlier, *changed]))
        result = ", ".join(returned)
        spans = any(
            isinstance(n, ast.Constant) and isinstance(n.value, str) and (n.end_lineno or 0) > n.lineno
            for n in ast.walk(tree)
        )
        body = textwrap.indent(ast.unparse(tree) if spans else MAGIC.sub("", code), "    ")
        source = (
            f"def {name}({', '.join(parameters)}):\n"
            f'    """Question {question.name}: see the text above. Return {result}."""\n'
            f"{body}\n    return {result}"
        )
        self.remark(
            f"{question.name} assigned {result}: students now write the function {name}, which returns "
            f"{'it' if len(returned) == 1 else 'them'}; say so in its text"
        )
        giving = {parameter: self.answers[parameter] for parameter in parameters if parameter in self.answers}
        return Converted(name, source, parameters, returned, earlier=giving)

    def _need(self, code: str) -> None:
        """Put the given statements that the code needs, and what they need, into the reference."""
        for name in sorted(free_names(code) & self.given.keys()):
            place, statement = self.given[name]
            if place not in self.needed:
                self.needed[place] = statement
                self._need(statement)

    def _call(self, converted: Converted) -> str:
        return f"{', '.join(converted.returns)} = {converted.name}({', '.join(converted.parameters)})"

    def _public(self, converted: Converted, tests: list[Test]) -> Iterator[str]:
        """The question's check: a function for each public test."""
        made = 0
        for test in tests:
            try:
                body, line = statements(test)
            except NotConvertible as problem:
                self.remark(f"{converted.name}: a public test was left out: {problem}")
                continue
            made += 1
            code = "\n".join([*self._first(converted, body), *body])
            names = sorted(free_names(code) | {converted.name})
            yield written_test(
                f"test_{converted.name}_{made}", ", ".join(names), line or f"public test {made}", code
            )
        if not made:
            self.remark(
                f"{converted.name} has no public test: its check only sees whether the stub has been replaced"
            )
            yield written_test(
                f"test_{converted.name}_is_answered",
                converted.name,
                "the function has been written",
                f'assert "NotImplementedError" not in {converted.name}.__code__.co_names, "it is not answered yet"',
            )

    def _first(self, converted: Converted, body: list[str]) -> list[str]:
        """What a test runs before its own lines: the call of a wrapped question, and given cells it looks at."""
        if converted.returns:
            return [self._call(converted)]
        wanted = free_names("\n".join(body))
        return [cell.source for cell in converted.after if wanted & set(top_names(cell.source))]

    def _hidden(self, converted: Converted, tests: list[Test]) -> None:
        """The question's hidden graders: every test, public or hidden, with its points."""
        name, module = converted.name, self.week.reference
        made = 0
        for number, test in enumerate(tests, start=1):
            try:
                body, line = statements(test, hidden=True)
                if not converted.returns:
                    body = [*self._first(converted, body), *body]
                prelude = self._prelude(converted, "\n".join(body))
            except NotConvertible as problem:
                self.remark(f"{name}: test {number} is not graded: {problem}")
                self.graders.append(commented(f"{problem}", test.code))
                continue
            made += 1
            mark = f'@pytest.mark.question("{name}", weight={test.weight:g})\n'
            code = "\n".join([*prelude, *body])
            line = line or f"Test {number} of {name}."
            text = written_test(f"test_{name}_{number}", "student: Student", line, code, returns=True)
            self.graders.append(mark + text)
        if not made:
            self.remark(
                f"{name} has no hidden test that could be converted: write one in "
                f"autograder/graders/{self.week.name}.py ({module}.{name} is its reference)"
            )

    def _prelude(self, converted: Converted, body: str) -> list[str]:
        """Where a hidden test's names come from: the student, or the reference."""
        module = self.week.reference
        lines = []
        wanted = free_names(body)
        if converted.returns:
            wanted = (wanted - set(converted.returns)) | set(converted.parameters)
            lines.append(
                f"{', '.join(converted.returns)} = student.{converted.name}({', '.join(converted.parameters)})"
            )
        elif converted.name in wanted:
            lines.append(f"{converted.name} = student.{converted.name}")
        before: list[str] = []
        for name in sorted(wanted - {converted.name}):
            if name in self._imported() or name == "check":
                continue
            if name in self.functions:
                before.append(f"{name} = {module}.{name}")
            elif name in converted.earlier or name in self.answers:
                before += self._answer(converted.earlier.get(name) or self.answers[name])
            elif name in self.given:
                self._need(name)
                before.append(f"{name} = {module}.{name}")
            else:
                raise NotConvertible(f"it uses {name}, which nothing in the notebook defines before it")
        return [*dict.fromkeys(before), *lines]

    def _answer(self, source: Converted) -> list[str]:
        """Lines that give a question's variables the values that the reference finds for them."""
        lines = []
        for parameter in source.parameters:
            if parameter in source.earlier:
                lines += self._answer(source.earlier[parameter])
            else:
                self._need(parameter)
                lines.append(f"{parameter} = {self.week.reference}.{parameter}")
        return [
            *lines,
            self._call(source).replace(f"= {source.name}(", f"= {self.week.reference}.{source.name}("),
        ]

    def _imported(self) -> set[str]:
        return {name for line in self.imports for node in ast.parse(line).body for name in defined(node)}

    # The four texts

    def _source(self) -> str:
        cells = list(self.cells)
        first = next(
            i for i, cell in enumerate(cells) if cell.cell_type == "code" or "answer" in cell.metadata
        )
        cells.insert(first, new_code_cell("\n".join(self.imports) or "import numpy as np"))
        notebook = new_notebook(
            cells=cells,
            metadata={"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}},
        )
        return str(jupytext.writes(notebook, fmt="py:percent"))

    def _reference(self) -> str:
        head = f'"""The questions of {self.week.name}, solved; imported from an otter assignment."""'
        given = [self.needed[place] for place in sorted(self.needed)]
        parts = ["\n".join([head, "", *(self.imports or ["import numpy as np"])]), *given, *self.definitions]
        return "\n\n\n".join(parts) + "\n"

    def _graders(self) -> str:
        used = self._imported() & set().union(*(free_names(text) for text in self.graders), set())
        imports = [
            line
            for line in self.imports
            if any(name in used for node in ast.parse(line).body for name in defined(node))
        ]
        head = (
            f'"""Hidden tests of {self.week.name}, imported from an otter assignment."""\n\nimport pytest\n'
            + "".join(f"{line}\n" for line in imports)
            + f"\nfrom autograder.grading import Student, check\nfrom reference import {self.week.reference}"
        )
        return "\n\n\n".join([head, *self.graders]) + "\n"


def _short(points: float) -> float:
    return int(points) if points == int(points) else round(points, 5)


def _names_of_tasks(cells: Iterable[NotebookNode]) -> Iterator[str]:
    for cell in cells:
        yield from (cell.metadata[key] for key in ("answer", "plot", "question") if key in cell.metadata)
