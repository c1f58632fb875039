"""``course import otter FILE``: an otter master notebook, once, as the sources of a new week.

otter's questions are cells; ours are functions. A question whose solution defines a function becomes that function;
one that assigns variables becomes a function of the question's name that returns them. Every test, public or hidden,
becomes a hidden grader with its points; the public ones are the question's check, too. What cannot be carried over is
left in the sources as a comment that begins with ``NOT CONVERTED``, and named in a remark.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import keyword
import re
import shutil
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.config import Course, CourseError, Week
from autograder.new.week import files, refuse_taken
from autograder.source import BEGIN, END

NOT_CONVERTED = "# NOT CONVERTED"
NOT_RIGHT = "this is not what the question asks for"
MARKS = re.compile(
    r"[ \t]*#[ \t]?(?:BEGIN SOLUTION|END SOLUTION|SOLUTION|SEED)(?:[ \t]+NO PROMPT)?[ \t]*$", re.MULTILINE
)
PROMPT = re.compile(
    r'^[ \t]*"""[ \t]*# BEGIN PROMPT.*?"""[ \t]*;?[ \t]*# END PROMPT[ \t]*\n?', re.MULTILINE | re.DOTALL
)
IGNORED = re.compile(
    r"^[ \t]*# BEGIN IGNORE.*?# END IGNORE[ \t]*\n?|^[^\n]*# IGNORE[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
TEST_CONFIG = re.compile(
    r'\A\s*(?:\w\s*=\s*)?"""[ \t]*#[ \t]*BEGIN[ \t]*TEST[ \t]*CONFIG[^\n]*\n'
    r'(.*?)\n?\s*"""[ \t]*;?[ \t]*#[ \t]*END[ \t]*TEST[ \t]*CONFIG[^\n]*\n?',
    re.IGNORECASE | re.DOTALL,
)
HIDDEN = re.compile(r"\A\s*#[^\n]*\bhidden\b[^\n]*\n?", re.IGNORECASE)
PLUGIN = re.compile(r"\A#\s+(?:BEGIN|END)\s+PLUGIN", re.IGNORECASE)
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


@dataclass
class Imported:
    """What an import wrote, and what a person has to look at."""

    written: list[Path]
    remarks: list[str]
    declaration: str
    """The line for course_config.py."""


@dataclass
class Test:
    """One of otter's test cells."""

    code: str
    hidden: bool
    points: float | None
    message: str
    """What the student reads where it fails; may be empty."""
    output: str
    weight: float = 1.0


@dataclass
class Asked:
    """One question of the master notebook."""

    name: str
    manual: bool
    points: Any
    before: list[NotebookNode] = field(default_factory=list)
    """Its text, and code that is given with it."""
    solutions: list[NotebookNode] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    worth: float = 1.0
    ignored: list[str] = field(default_factory=list)
    """Settings that have no counterpart."""


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


Item = NotebookNode | Asked


def import_master(
    course: Course, path: Path, week: str, minutes: int = 15, *, dry_run: bool = False
) -> Imported:
    """Write a new week's sources from a master notebook; raises CourseError where it is none, or the week is there.

    With `dry_run` nothing is written, and so the sources are not tried.
    """
    declared = Week(
        name=week,
        title=path.stem.replace("_", " "),
        reference=week.partition("_")[2],
        deadline="2030-01-01T23:59:00+00:00",
    )
    targets = files(course, declared)
    refuse_taken(course, declared, targets.values())
    items, config = read_master(path)
    converter = _Converter(declared, minutes)
    texts = converter.convert(items)
    written = []
    remarks = converter.remarks
    for kind, target in targets.items():
        if not dry_run:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(texts[kind], encoding="utf-8")
        written.append(target)
    written += _copied_files(path, config, targets["source"].parent, remarks, dry_run)
    if not dry_run:
        remarks += _tried(declared, converter)
    facts = {key: getattr(declared, key) for key in ("name", "title", "reference", "deadline")}
    declaration = f"Week({', '.join(f'{key}={value!r}' for key, value in facts.items())})"
    return Imported(written, remarks, declaration)


# Reading


def read_master(path: Path) -> tuple[list[Item], dict[str, Any]]:
    """The cells and questions of a master notebook, and its assignment configuration.

    Raises CourseError where it is no such notebook, naming the cell (counted from 1) where that helps.
    """
    from otter.assign.blocks import (
        BlockType,
        extract_all_fenced_otter_cells,
        get_cell_config,
        is_assignment_config_cell,
        is_block_boundary_cell,
    )
    from otter.assign.utils import AssignNotebookFormatException, is_ignore_cell

    notebook = _notebook(path)
    try:
        # otter reads a cell's first line, which an empty cell does not have.
        cells = extract_all_fenced_otter_cells([cell for cell in notebook.cells if cell.source.strip()])
    except AssignNotebookFormatException as problem:
        raise CourseError(f"{path.name}: {problem}") from None
    items: list[Item] = []
    config: dict[str, Any] = {}
    question: Asked | None = None
    block: Any = None
    for number, cell in enumerate(cells, start=1):
        where = f"{path.name}, cell {number} (without empty cells)"
        if is_ignore_cell(cell):
            continue
        if is_assignment_config_cell(cell):
            config |= _mapping(where, get_cell_config, cell)
            continue
        begins = next((kind for kind in BlockType if is_block_boundary_cell(cell, kind)), None)
        ends = next((kind for kind in BlockType if is_block_boundary_cell(cell, kind, end=True)), None)
        if begins is BlockType.QUESTION:
            if question is not None:
                raise CourseError(
                    f"{where}: a question begins inside question {question.name!r}: end that first"
                )
            question = _asked(where, _mapping(where, get_cell_config, cell))
            items.append(question)
        elif begins is not None:
            if question is None or block is not None:
                inside = f"inside a {block.value} block" if block else "outside a question"
                raise CourseError(f"{where}: a {begins.value} block begins {inside}")
            block = begins
        elif ends is BlockType.QUESTION:
            if question is None or block is not None:
                what = f"its {block.value} block" if block else "which has not begun"
                raise CourseError(f"{where}: the question ends, {what}" + (" does not" if block else ""))
            question = None
        elif ends is not None:
            if block is not ends:
                raise CourseError(f"{where}: a {ends.value} block ends that has not begun")
            block = None
        elif question is None:
            items.append(cell)
        elif block is None:
            question.before.append(cell)
        elif block is BlockType.SOLUTION:
            question.solutions.append(cell)
        elif block is BlockType.TESTS:
            question.tests.append(_test(where, cell))
    if question is not None:
        raise CourseError(f"{path.name}: question {question.name!r} has no '# END QUESTION' cell")
    if not any(isinstance(item, Asked) for item in items):
        raise CourseError(
            f"{path.name} is no otter master notebook: it has no raw cell '# BEGIN QUESTION'. The master is the "
            "notebook that 'otter assign' reads, with solutions and tests; not what it makes of it"
        )
    return items, config


def _notebook(path: Path) -> NotebookNode:
    if path.suffix != ".ipynb":
        raise CourseError(
            f"{path.name} is no notebook (.ipynb): R Markdown and Quarto masters cannot be imported"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about cells without ids, which old notebooks have
            notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise CourseError(
            f"{path.name} cannot be read as a notebook: {(str(error).splitlines() or [''])[0][:200]}"
        ) from None
    language = str(notebook.metadata.get("kernelspec", {}).get("language", "python")).lower()
    if language != "python":
        raise CourseError(f"{path.name} is written in {language}: only Python masters can be imported")
    return notebook


def _mapping(where: str, parse: Any, cell: NotebookNode) -> dict[str, Any]:
    import yaml

    try:
        config = parse(cell)
    except yaml.YAMLError as error:
        raise CourseError(f"{where}: the configuration is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(config, dict):
        raise CourseError(f"{where}: the configuration is no mapping of keys to values, such as 'name: q1'")
    return config


def _asked(where: str, config: dict[str, Any]) -> Asked:
    if not config.get("name"):
        raise CourseError(f"{where}: the question has no name: write 'name: q1' below '# BEGIN QUESTION'")
    ignored = sorted(key for key in ("all_or_nothing", "export") if config.get(key))
    return Asked(
        str(config["name"]), bool(config.get("manual", False)), config.get("points"), ignored=ignored
    )


def _test(where: str, cell: NotebookNode) -> Test:
    import yaml

    if cell.cell_type != "code":
        raise CourseError(f"{where}: a cell of tests must be a code cell")
    code, hidden = cell.source, False
    config: dict[str, Any] = {}
    found = TEST_CONFIG.match(code)
    if found:
        try:
            config = yaml.safe_load(found[1]) or {}
        except yaml.YAMLError as error:
            raise CourseError(
                f"{where}: the test's configuration is no YAML: {str(error).splitlines()[0]}"
            ) from None
        if not isinstance(config, dict):
            raise CourseError(f"{where}: the test's configuration is no mapping, such as 'hidden: true'")
        code = code[found.end() :]
    elif mark := HIDDEN.match(code):
        hidden, code = True, code[mark.end() :]
    points = config.get("points")
    if points is not None and not isinstance(points, int | float):
        raise CourseError(f"{where}: the test's points are {points!r}: write a number")
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise CourseError(f"{where}: the test does not compile: {error.msg}, line {error.lineno}") from None
    return Test(
        code=code.strip("\n"),
        hidden=bool(config.get("hidden", hidden)),
        points=points,
        message=str(config.get("failure_message") or ""),
        output=_shown(cell),
    )


def _shown(cell: NotebookNode) -> str:
    """What the cell printed and showed when the master was saved: otter's expected output."""
    parts = []
    for output in cell.get("outputs", []):
        parts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return "".join("".join(part) for part in parts).rstrip("\n")


# Converting


class _Converter:
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
        self.remarks.append(text)

    def _without_imports(self, code: str) -> str:
        """The code without its imports, which are kept for the first cell, and without otter's own lines."""
        code = IGNORED.sub("", code)
        tree = _parsed(code)
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
            for node in getattr(_parsed(cell.source), "body", []):
                self.statements += 1
                for name in _defined(node):
                    self.given[name] = (self.statements, ast.unparse(node))

    def _question(self, question: Asked) -> None:
        for cell in question.before:
            self._cell(cell)
        _weigh(question, self.remark)
        for key in question.ignored:
            self.remark(f"{question.name}: its setting {key} has no counterpart here")
        code = "\n".join(
            _clean(cell.source) for cell in question.solutions if cell.cell_type == "code"
        ).strip("\n")
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
        except _NotConvertible as problem:
            self.remark(f"{question.name} is graded by hand now: {problem}")
            self._by_hand(question, f"{NOT_CONVERTED}: {problem}\n{code}", "")
            for test in question.tests:
                self.graders.append(_commented(f"a test of {question.name}, which is no function", test.code))
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
        tree = _parsed(code)
        if tree is None or not tree.body:
            raise _NotConvertible("its solution is empty or does not compile")
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        asked = set().union(*map(_used, question.tests))
        tested = [node for node in functions if node.name in asked]
        if tested:
            return self._own_function(question, code, tree, tested)
        returned = [name for node in tree.body for name in _defined(node) if name in asked]
        returned = list(dict.fromkeys(returned))
        if not returned:
            raise _NotConvertible("its tests use no function and no variable that its solution defines")
        return self._wrapped(question, code, tree, returned)

    def _own_function(
        self, question: Asked, code: str, tree: ast.Module, tested: list[ast.FunctionDef]
    ) -> Converted:
        if len(tested) > 1:
            names = ", ".join(node.name for node in tested)
            raise _NotConvertible(f"it asks for several functions ({names}): make each a question of its own")
        (function,) = tested
        after: list[NotebookNode] = []
        if function.name in self.functions:
            raise _NotConvertible(f"{function.name} is asked for by an earlier question, too")
        for node in tree.body:
            if node is function:
                continue
            text = ast.get_source_segment(code, node) or ast.unparse(node)
            if _defined(node):
                names = ", ".join(_defined(node))
                self.remark(f"{question.name}: {names} of its solution is given to the students now")
                if function.name in _free(text):
                    after.append(new_code_cell(text))
                else:
                    self._cell(new_code_cell(text))
            else:
                self.remark(f"{question.name}: left out of its solution: {text.splitlines()[0][:60]!r}")
        docstring = f"Question {question.name}: see the text above."
        return Converted(function.name, _with_docstring(function, code, docstring), [], [], after)

    def _wrapped(self, question: Asked, code: str, tree: ast.Module, returned: list[str]) -> Converted:
        """A function around a solution that assigns variables."""
        name = self._free_name(question.name)
        assigned = {variable for node in tree.body for variable in _defined(node)}
        free = _free(code)
        earlier = [variable for variable in self.answers if variable in free and variable not in assigned]
        changed = [v for v in (*self.given, *self.answers) if v in assigned and v in _loaded(code)]
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
        for name in sorted(_free(code) & self.given.keys()):
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
                body, line = _statements(test)
            except _NotConvertible as problem:
                self.remark(f"{converted.name}: a public test was left out: {problem}")
                continue
            made += 1
            code = "\n".join([*self._first(converted, body), *body])
            names = sorted(_free(code) | {converted.name})
            yield _test_function(
                f"test_{converted.name}_{made}", ", ".join(names), line or f"public test {made}", code
            )
        if not made:
            self.remark(
                f"{converted.name} has no public test: its check only sees whether the stub has been replaced"
            )
            yield _test_function(
                f"test_{converted.name}_is_answered",
                converted.name,
                "the function has been written",
                f'assert "NotImplementedError" not in {converted.name}.__code__.co_names, "it is not answered yet"',
            )

    def _first(self, converted: Converted, body: list[str]) -> list[str]:
        """What a test runs before its own lines: the call of a wrapped question, and given cells it looks at."""
        if converted.returns:
            return [self._call(converted)]
        wanted = _free("\n".join(body))
        return [cell.source for cell in converted.after if wanted & set(_top_names(cell.source))]

    def _hidden(self, converted: Converted, tests: list[Test]) -> None:
        """The question's hidden graders: every test, public or hidden, with its points."""
        name, module = converted.name, self.week.reference
        made = 0
        for number, test in enumerate(tests, start=1):
            try:
                body, line = _statements(test, hidden=True)
                if not converted.returns:
                    body = [*self._first(converted, body), *body]
                prelude = self._prelude(converted, "\n".join(body))
            except _NotConvertible as problem:
                self.remark(f"{name}: test {number} is not graded: {problem}")
                self.graders.append(_commented(f"{problem}", test.code))
                continue
            made += 1
            mark = f'@pytest.mark.question("{name}", weight={test.weight:g})\n'
            code = "\n".join([*prelude, *body])
            line = line or f"Test {number} of {name}."
            text = _test_function(f"test_{name}_{number}", "student: Student", line, code, returns=True)
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
        wanted = _free(body)
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
                raise _NotConvertible(f"it uses {name}, which nothing in the notebook defines before it")
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
        return {name for line in self.imports for node in ast.parse(line).body for name in _defined(node)}

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
        used = self._imported() & set().union(*(_free(text) for text in self.graders), set())
        imports = [
            line
            for line in self.imports
            if any(name in used for node in ast.parse(line).body for name in _defined(node))
        ]
        head = (
            f'"""Hidden tests of {self.week.name}, imported from an otter assignment."""\n\nimport pytest\n'
            + "".join(f"{line}\n" for line in imports)
            + f"\nfrom autograder.grading import Student, check\nfrom reference import {self.week.reference}"
        )
        return "\n\n\n".join([head, *self.graders]) + "\n"


class _NotConvertible(Exception):
    """Why something has no counterpart here."""


def _weigh(question: Asked, remark: Any) -> None:
    """Points of a question and of each of its tests, by otter's own rules."""
    from otter.test_files import TestCase, TestFile

    points = question.points
    if isinstance(points, dict):
        points = points.get("each", 1) * len(question.tests)
    if question.manual or not question.tests:
        question.worth = float(points) if isinstance(points, int | float) else 1.0
    else:
        cases = [TestCase("", "", test.hidden, test.points, None, None) for test in question.tests]
        try:
            resolved = TestFile.resolve_test_file_points(points, cases)
        except (ValueError, TypeError, AssertionError) as problem:
            raise CourseError(
                f"question {question.name!r}: its points do not fit its tests: {problem}"
            ) from None
        for test, case in zip(question.tests, resolved, strict=True):
            test.weight = round(float(case.points or 0.0), 5)
        question.worth = round(sum(test.weight for test in question.tests), 5)
    if question.worth <= 0:
        remark(f"{question.name} was worth no points; it has 1 now")
        question.worth = 1.0
        for test in question.tests:
            test.weight = 1.0


def _short(points: float) -> float:
    return int(points) if points == int(points) else round(points, 5)


def _parsed(code: str) -> ast.Module | None:
    """The code's tree without IPython's magics; None where it does not compile."""
    try:
        return ast.parse(MAGIC.sub("", code))
    except SyntaxError:
        return None


def _clean(code: str) -> str:
    """A solution without otter's marks and prompts."""
    return MARKS.sub("", PROMPT.sub("", code))


def _defined(node: ast.stmt) -> list[str]:
    """Names that a statement at the top of a cell defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    stored = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    inner = {
        n.id
        for part in ast.walk(node)
        if isinstance(part, ast.comprehension)
        for n in ast.walk(part.target)
        if isinstance(n, ast.Name)
    }
    return [name for name in dict.fromkeys(stored) if name not in inner]


def _top_names(code: str) -> list[str]:
    """Names that the statements of a cell define."""
    return [name for node in getattr(_parsed(code), "body", []) for name in _defined(node)]


def _loaded(code: str) -> set[str]:
    """Names that the code reads somewhere, those of augmented assignments included."""
    names = set()
    for node in ast.walk(_parsed(code) or ast.Module([], [])):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def _free(code: str) -> set[str]:
    """Names that the code takes from outside itself, Python's own excepted."""
    import symtable

    found: set[str] = set()

    def look(table: symtable.SymbolTable, top: bool) -> None:
        for symbol in table.get_symbols():
            outside = not symbol.is_assigned() and not symbol.is_imported() if top else symbol.is_global()
            if symbol.is_referenced() and outside:
                found.add(symbol.get_name())
        for child in table.get_children():
            look(child, False)

    tree = _parsed(code)
    if tree is None:
        return set()
    table = symtable.symtable(ast.unparse(tree), "<cell>", "exec")
    look(table, True)
    own = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    return {name for name in found - own if not hasattr(builtins, name)}


def _with_docstring(function: ast.FunctionDef, code: str, docstring: str) -> str:
    """A function's source, with the docstring that students read and a body on lines of its own."""
    lines = code.splitlines()
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    text = "\n".join(lines[first - 1 : function.end_lineno])
    one_line = function.body[0].lineno <= function.lineno
    if ast.get_docstring(function) is not None and not one_line and len(function.body) > 1:
        return text
    if one_line or (ast.get_docstring(function) is not None):
        if ast.get_docstring(function) is None:
            function.body.insert(0, ast.Expr(ast.Constant(docstring)))
        if len(function.body) == 1:
            function.body.append(ast.Return(ast.Constant(None)))
        return ast.unparse(ast.fix_missing_locations(function))
    start = function.body[0].lineno
    body = lines[start - 1 :]
    indent = re.match(r"\s*", body[0])
    # Comments between the signature and the first statement stay with the body.
    while start > function.lineno + 1 and lines[start - 2].strip().startswith("#"):
        start -= 1
    head = lines[first - 1 : start - 1]
    rest = lines[start - 1 : function.end_lineno]
    return "\n".join([*head, f'{indent[0] if indent else "    "}"""{docstring}"""', *rest])


def _used(test: Test) -> set[str]:
    """Names of the notebook that a test uses."""
    try:
        return _free("\n".join(_statements(test)[0]))
    except _NotConvertible:
        arguments = (node.arg for node in ast.walk(ast.parse(test.code)) if isinstance(node, ast.arg))
        return _free(test.code) | set(arguments)


def _statements(test: Test, *, hidden: bool = False) -> tuple[list[str], str]:
    """A test as statements that assert, and the line that the student reads; raises _NotConvertible."""
    tree = ast.parse(test.code)
    body, line = list(tree.body), ""
    function = body[0] if body and isinstance(body[0], ast.FunctionDef) else None
    called = len(body) == 2 and isinstance(body[1], ast.Expr) and isinstance(body[1].value, ast.Call)
    if function is not None and (len(body) == 1 or called):
        # otter's second format: a function whose arguments are names of the notebook.
        line = (ast.get_docstring(function) or "").partition("\n")[0]
        body = function.body[1:] if ast.get_docstring(function) is not None else list(function.body)
    elif test.output:
        if any("print(" in ast.unparse(node) for node in body[:-1]):
            raise _NotConvertible("it prints on the way")
        body[-1:] = [_asserted(body[-1], test.output)]
    module = ast.Module(body, [])
    module = _FromEnvironment().visit(module)
    names = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    if "env" in names:
        raise _NotConvertible("it looks through the notebook's environment")
    if (hidden and any(isinstance(node, ast.Try) for node in ast.walk(module))) or "raises" in ast.dump(
        module
    ):
        raise _NotConvertible(
            "it catches an exception: use student.expects(…), as autograder/grading/__init__.py shows"
        )
    module = _Messages(test.message, hidden).visit(module)
    lines = [ast.unparse(ast.fix_missing_locations(node)) for node in module.body]
    if not lines:
        raise _NotConvertible("it is empty")
    return lines, line


def _asserted(node: ast.stmt, output: str) -> ast.stmt:
    """The last line of a test, and what it showed, as one assertion."""
    if not isinstance(node, ast.Expr):
        raise _NotConvertible("it shows something on the way, not at its end")
    value: ast.expr = node.value
    prints = [
        part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in ("print", "display")
    ]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        if len(value.args) != 1 or value.keywords or len(prints) > 1:
            raise _NotConvertible("it prints more than one value")
        return ast.Assert(_equal(ast.Call(ast.Name("str"), [value.args[0]], []), ast.Constant(output)))
    if prints:
        raise _NotConvertible("it prints on the way")
    try:
        expected = ast.literal_eval(output)
    except (ValueError, SyntaxError):
        return ast.Assert(_equal(ast.Call(ast.Name("repr"), [value], []), ast.Constant(output)))
    if expected is True:
        return ast.Assert(value)
    if expected is False:
        return ast.Assert(ast.UnaryOp(ast.Not(), value))
    return ast.Assert(_equal(value, ast.parse(output.strip(), mode="eval").body))


def _equal(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [ast.Eq()], [right])


class _FromEnvironment(ast.NodeTransformer):
    """``env["x"]`` as plain ``x``."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.value, ast.Name)
            and node.value.id == "env"
            and isinstance(node.slice, ast.Constant)
        ):
            name = node.slice.value
            if isinstance(name, str) and name.isidentifier():
                return ast.Name(name, ast.Load())
        return node


class _Messages(ast.NodeTransformer):
    """Assertions with a message; in a hidden test as ``check``, with one that shows no value."""

    def __init__(self, message: str, hidden: bool) -> None:
        self.message = message
        self.hidden = hidden

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        own = node.msg
        if self.hidden and not (isinstance(own, ast.Constant) and isinstance(own.value, str)):
            own = None
        message = own or ast.Constant(self.message or NOT_RIGHT)
        if not self.hidden:
            return ast.Assert(node.test, message)
        return ast.Expr(
            ast.Call(ast.Name("check"), [ast.Call(ast.Name("bool"), [node.test], []), message], [])
        )


def _test_function(name: str, parameters: str, line: str, code: str, *, returns: bool = False) -> str:
    line = line.strip().replace("\\", "\\\\").replace('"', "'")
    arrow = " -> None" if returns else ""
    return f'def {name}({parameters}){arrow}:\n    """{line}"""\n{textwrap.indent(code, "    ")}'


def _commented(reason: str, code: str) -> str:
    return textwrap.indent(f": {reason}\n" + code, "# ", lambda _: True).replace(
        "# :", f"{NOT_CONVERTED}:", 1
    )


def _names_of_tasks(cells: Iterable[NotebookNode]) -> Iterator[str]:
    for cell in cells:
        yield from (cell.metadata[key] for key in ("answer", "plot", "question") if key in cell.metadata)


# Afterwards


def _copied_files(
    path: Path, config: dict[str, Any], folder: Path, remarks: list[str], dry_run: bool
) -> list[Path]:
    """Copy the files that the master names for its students."""
    copied = []
    for key in ("files", "autograder_files"):
        for name in config.get(key) or []:
            source = path.parent / str(name)
            inside = source.resolve().is_relative_to(path.parent.resolve())
            if key == "autograder_files" or not source.is_file() or not inside:
                remarks.append(
                    f"the file {name} was not copied: put it where the graders or the students need it"
                )
                continue
            target = folder / source.relative_to(path.parent)
            if not dry_run:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            copied.append(target)
    known = {
        "name",
        "files",
        "autograder_files",
        "tests",
        "generate",
        "export_cell",
        "init_cell",
        "check_all_cell",
    }
    ignored = sorted(set(map(str, config)) - known)
    if ignored:
        remarks.append(f"the assignment's configuration of {', '.join(ignored)} has no counterpart here")
    return copied


def _tried(week: Week, converter: _Converter) -> list[str]:
    """Questions whose own reference does not pass: a person has to look at them."""
    from autograder.build import public_tests
    from autograder.grading.local import grade_locally
    from autograder.grading.session import GraderSession

    importlib.invalidate_caches()
    try:
        reference: ModuleType = importlib.import_module(f"reference.{week.reference}")
        with GraderSession(week.name, week.reference) as session:
            results = grade_locally(session)
    except Exception as problem:
        return [
            f"the imported week does not run yet: {type(problem).__name__}: {(str(problem).splitlines() or [''])[0]}"
        ]
    remarks = []
    for name, result in results.items():
        for test in result.tests:
            if test.outcome != "passed":
                told = test.detail.strip() if test.outcome == "could_not_grade" else test.message
                why = (told or test.detail.strip() or "no reason given").splitlines()[-1]
                remarks.append(f"{name}: the reference itself does not pass {test.name}: {why}")
    namespace: dict[str, Any] = dict(vars(reference))
    for name, converted in converter.functions.items():
        remarks += _checked(name, public_tests(name, converter.checks[name]), namespace)
        if converted.returns:
            call = f"{', '.join(converted.returns)} = {name}({', '.join(converted.parameters)})"
            try:
                exec(call, namespace)
            except Exception as problem:
                remarks.append(f"{name}: the reference itself fails: {type(problem).__name__}: {problem}")
    return remarks


def _checked(name: str, text: str, namespace: dict[str, Any]) -> list[str]:
    from otter.test_files.exception_test import ExceptionTestFile

    file = ExceptionTestFile.from_string(text, path=f"{name}.py")
    file.run(namespace)
    return [
        f"{name}: the reference itself does not pass its check: {result.message.strip().splitlines()[-1]}"
        for result in file.test_case_results
        if not result.passed
    ]
