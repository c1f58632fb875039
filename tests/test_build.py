"""What a build leaves: notebooks that nbgrader and otter accept, the same every time, with nothing hidden in them."""

import ast
import importlib
import inspect
import shutil
import textwrap
from dataclasses import replace

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import CheckCellMetadata, ClearSolutions
from nbgrader.utils import determine_grade, is_grade, is_locked, is_solution

from autograder.build import build, public_tests, stale_release, with_solution_marks
from autograder.config import Course, CourseError, Week, load_course
from autograder.source import BEGIN, END, read_source

COURSE = load_course()
WEEKS = [week.name for week in COURSE.weeks]
TELLING = 16
"""A line of at least so many characters says something: shorter ones (`return x`) stand everywhere."""


class Built:
    """One week, built into a folder of its own."""

    def __init__(self, folder, week):
        self.course = replace(COURSE.at(folder / "data"), release_folder=folder / "release")
        self.week = self.course.week(week)
        self.paths = build(self.course, week)
        self.folder = self.paths.release.parent
        self.instructor = nbformat.read(self.paths.instructor, as_version=4)
        self.release = nbformat.read(self.paths.release, as_version=4)
        self.reference = importlib.import_module(f"reference.{self.week.reference}")
        self.source = read_source(self.course.assignments / week / f"{week}.py", self.reference)

    @property
    def files(self):
        """Content of every released file."""
        return {
            path.relative_to(self.course.release).as_posix(): path.read_bytes()
            for path in sorted(self.course.release.rglob("*"))
            if path.is_file()
        }

    @property
    def shown(self):
        """Lines that the source shows to students on purpose."""
        cells = [
            cell for cell in self.source.cells if cell.kind in ("prose", "given", "playground", "reference")
        ]
        texts = [cell.text for cell in cells] + [question.checks for question in self.source.questions]
        texts += [
            inspect.getsource(getattr(self.reference, cell.name))
            for cell in cells
            if cell.kind == "reference"
        ]
        texts += [stub(getattr(self.reference, question.name)) for question in self.source.questions]
        return lines_of("\n".join(texts))


@pytest.fixture(scope="module", params=WEEKS)
def built(request, tmp_path_factory):
    return Built(tmp_path_factory.mktemp("build"), request.param)


def lines_of(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= TELLING}


def stub(function):
    """Signature and docstring of a reference function or class, without any body."""
    lines = with_solution_marks(inspect.getsource(function)).splitlines()
    kept, hidden = [], False
    for line in lines:
        hidden = hidden or BEGIN in line
        if not hidden:
            kept.append(line)
        hidden = hidden and END not in line
    return "\n".join(kept)


def by_id(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def test_a_second_build_gives_the_same_bytes(built):
    before = built.files
    build(built.course, built.week.name)
    assert built.files == before


def test_the_release_in_the_repository_is_fresh():
    assert stale_release(COURSE) == [], "run 'course build' and commit release/"


def test_both_notebooks_are_valid_for_jupyter_and_for_nbgrader(built):
    for notebook in (built.instructor, built.release):
        nbformat.validate(notebook)
        CheckCellMetadata().preprocess(notebook, {})


def test_every_cell_has_an_id_of_its_own_which_is_its_grade_id(built):
    for notebook in (built.instructor, built.release):
        ids = [cell.id for cell in notebook.cells]
        assert len(set(ids)) == len(ids)
        assert all(name == cell.id for name, cell in by_id(notebook).items())
    assert [cell.id for cell in built.instructor.cells] == [cell.id for cell in built.release.cells]


def test_cell_ids_stay_when_another_part_of_the_source_changes(built, tmp_path):
    name = built.week.name
    shutil.copytree(built.course.assignments / name, tmp_path / "assignments" / name)
    path = tmp_path / "assignments" / name / f"{name}.py"
    first = f'# %% question="{built.source.questions[0].name}"'
    path.write_text(path.read_text().replace(first, f"# %% [markdown]\n# One more remark.\n\n{first}"))
    course = replace(built.course.at(tmp_path / "data"), root=tmp_path, release_folder=tmp_path / "release")
    ids = [cell.id for cell in nbformat.read(build(course, name).release, as_version=4).cells]
    before = [cell.id for cell in built.release.cells]
    (new,) = set(ids) - set(before)
    assert [cell_id for cell_id in ids if cell_id != new] == before
    assert new.startswith("setup-text-")


def test_the_notebooks_hold_no_outputs_and_name_the_kernel_only(built):
    for notebook in (built.instructor, built.release):
        assert set(notebook.metadata) == {"kernelspec"}
        assert all(cell.outputs == [] for cell in notebook.cells if cell.cell_type == "code")


def test_the_points_are_those_of_the_source_and_make_100(built):
    points = {
        name: cell.metadata.nbgrader.points for name, cell in by_id(built.release).items() if is_grade(cell)
    }
    declared = {task.name: task.points for task in [*built.source.questions, *built.source.by_hand]}
    assert points == declared
    assert sum(points.values()) == 100
    with Gradebook(built.course.gradebook_url, built.course.id) as gradebook:
        assignment = gradebook.find_assignment(built.week.name)
        assert assignment.max_score == 100
        assert assignment.duedate == built.week.due_utc


def test_every_stub_is_signature_docstring_and_an_error(built):
    cells = by_id(built.release)
    for question in built.source.questions:
        cell = cells[f"{question.name}-solution"]
        assert is_solution(cell) and not is_grade(cell) and not is_locked(cell)
        (node,) = ast.parse(cell.source).body
        reference = getattr(built.reference, question.name)
        assert node.name == question.name
        assert ast.get_docstring(node) == inspect.getdoc(reference)
        functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
        for function in functions:
            body = function.body[1:] if ast.get_docstring(function) else function.body
            assert [ast.unparse(statement) for statement in body] == ["raise NotImplementedError()"]
        original = ast.parse(textwrap.dedent(inspect.getsource(reference))).body[0]
        if isinstance(node, ast.FunctionDef):
            assert ast.unparse(node.args) == ast.unparse(original.args)


def test_given_cells_are_locked_and_check_cells_only_call_check(built):
    cells = by_id(built.release)
    for question in built.source.questions:
        assert cells[question.name].source == f'check("{question.name}")'
        assert is_locked(cells[question.name])
    assert all(is_locked(cell) for name, cell in cells.items() if "-given-" in name)
    assert "def check(question)" in cells["setup-given-1"].source


def test_the_release_holds_the_notebook_its_data_and_the_public_tests_only(built):
    name = built.week.name
    data = {
        f"{name}/{path.relative_to(built.source.path.parent).as_posix()}"
        for path in built.source.path.parent.rglob("*")
        if path.is_file() and path != built.source.path and "__pycache__" not in path.parts
    }
    tests = {f"{name}/tests/{question.name}.py" for question in built.source.questions}
    assert set(built.files) == {f"{name}/{name}.ipynb"} | tests | data


def test_the_release_shows_no_solution(built):
    """Neither a body of the reference, nor a model answer or rubric, nor a plot's solution."""
    secret = set()
    for question in built.source.questions:
        whole = inspect.getsource(getattr(built.reference, question.name))
        secret |= lines_of(whole) - lines_of(stub(getattr(built.reference, question.name)))
    for cell in built.source.by_hand:
        text = cell.text.split(BEGIN)[-1].split(END)[0]
        assert lines_of(text)
        secret |= lines_of(text)
    secret -= built.shown
    assert len(secret) > 20
    for name, content in released_texts(built).items():
        assert not [line for line in secret if line in content], name
        assert "BEGIN SOLUTION" not in content and "HIDDEN TESTS" not in content


def test_the_release_shows_nothing_of_the_hidden_graders_and_the_bank(built):
    secret = set()
    for folder in ("graders", "bank"):
        secret |= lines_of((COURSE.root / "autograder" / folder / f"{built.week.name}.py").read_text())
    secret = {line for line in secret - built.shown if not line.startswith(("import ", "from ", "def ", "#"))}
    assert len(secret) > 20
    for name, content in released_texts(built).items():
        found = lines_of(content) & secret
        assert not found, name


def released_texts(built):
    """The released files as people read them: the notebook's cells, and text files."""
    texts = {f"cell {cell.id}": cell.source for cell in built.release.cells}
    texts |= {name: content.decode() for name, content in built.files.items() if name.endswith(".py")}
    return texts


def test_the_instructor_version_has_every_solution_and_model_answer(built):
    cells = by_id(built.instructor)
    for question in built.source.questions:
        cell = cells[f"{question.name}-solution"]
        lines = [line for line in cell.source.splitlines() if line.strip() not in (BEGIN, END)]
        whole = textwrap.dedent(inspect.getsource(getattr(built.reference, question.name)))
        assert "\n".join(lines) == whole.rstrip()
    for task in built.source.by_hand:
        assert cells[task.name].source == task.text


def test_a_file_that_the_source_no_longer_asks_for_leaves_the_release(built):
    leftover = built.folder / "tests" / "renamed_question.py"
    leftover.write_text("OK_FORMAT = False\n")
    build(built.course, built.week.name)
    assert not leftover.exists()


FUNCTION = '''
def scale(x: float,
          by: float = 2.0) -> float:
    """Scale x.

    Twice, unless told.
    """
    # The factor may be zero.

    if by == 0:
        return 0.0
    # Not by accident.
    return x * by
    # Done.
'''
CLASS = '''
class Model:
    """A model."""

    size = 3

    def __init__(self, n: int) -> None:
        # self.n is needed below.
        self.n = n

    @property
    def double(self) -> int:
        """Twice n."""
        return 2 * self.n

    @staticmethod
    def triple(n: int) -> int: return 3 * n
'''


def cleared(text):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                with_solution_marks(text),
                metadata={
                    "nbgrader": {"grade_id": "a", "solution": True, "grade": False, "schema_version": 3}
                },
            )
        ]
    )
    return ClearSolutions().preprocess(notebook, {"nbgrader": {}, "language": "python"})[0].cells[0].source


def test_a_function_is_cleared_to_its_signature_and_docstring():
    assert cleared(FUNCTION) == (
        'def scale(x: float,\n          by: float = 2.0) -> float:\n    """Scale x.\n\n    Twice, unless told.\n'
        '    """\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )


def test_a_class_keeps_its_methods_without_their_bodies():
    text = cleared(CLASS.replace(" return 3 * n", "\n        return 3 * n"))
    assert text.count("raise NotImplementedError()") == 3
    assert "self.n" not in text and "3 * n" not in text
    assert '"""Twice n."""' in text and "size = 3" in text and "@staticmethod" in text
    compile(text, "stub", "exec")


@pytest.mark.parametrize("text", [CLASS, "def f(x): return x + 1", 'def f(x):\n    """No body."""'])
def test_a_reference_that_cannot_be_made_a_stub_is_a_course_error(text):
    with pytest.raises(CourseError, match="body"):
        with_solution_marks(text)


def test_public_tests_show_the_docstring_as_their_name():
    text = public_tests("f", 'def test_it(f):\n    """It\'s "so"."""\n    assert f() == 1\n')
    compile(text, "tests", "exec")
    assert """@test_case(name='It\\'s "so".')""" in text


SMALL = '''\
# %%
import numpy as np

# %% question="bayes_posterior" points=6 minutes=25

# %% check="bayes_posterior"
def test_one(bayes_posterior):
    """It does something."""
    assert bayes_posterior([1.0], [1.0]) is not None
'''


@pytest.fixture
def small(tmp_path):
    """A course of one small week, in a folder of its own."""
    week = Week(name="week9_small", title="Small", reference="bayes", deadline="2027-01-01T12:00:00+00:00")
    folder = tmp_path / "assignments" / "week9_small"
    folder.mkdir(parents=True)
    (folder / "week9_small.py").write_text(SMALL)
    return Course(id="small", title="Small", weeks=(week,), root=tmp_path, data=tmp_path / "data")


def test_data_beside_the_source_is_released_and_the_source_is_not(small):
    folder = small.assignments / "week9_small"
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("x\n1\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"")
    (folder / ".hidden").write_text("")
    build(small, "week9_small")
    files = {p.relative_to(small.release).as_posix() for p in small.release.rglob("*") if p.is_file()}
    assert files == {
        "week9_small/week9_small.ipynb",
        "week9_small/tests/bayes_posterior.py",
        "week9_small/data/points.csv",
    }


def test_a_stale_release_is_named_file_by_file(small):
    build(small, "week9_small")
    assert stale_release(small) == []
    (small.release / "week9_small" / "tests" / "bayes_posterior.py").write_text("changed")
    (small.release / "week9_small" / "extra.txt").write_text("not from here")
    (small.release / "week9_small" / "week9_small.ipynb").unlink()
    assert stale_release(small) == [
        "week9_small/extra.txt",
        "week9_small/tests/bayes_posterior.py",
        "week9_small/week9_small.ipynb",
    ]


def test_a_release_that_was_never_built_is_stale(small):
    assert stale_release(small) == ["week9_small/tests/bayes_posterior.py", "week9_small/week9_small.ipynb"]


def test_a_missing_reference_is_one_line(small):
    course = replace(small, weeks=(replace(small.weeks[0], reference="nothing"),))
    with pytest.raises(CourseError, match=r"there is no reference/nothing\.py"):
        build(course, "week9_small")


def test_a_gradebook_that_cannot_be_opened_is_one_line(small, monkeypatch):
    monkeypatch.setenv("COURSE_GRADEBOOK", f"sqlite:///{small.root}/assignments")
    with pytest.raises(CourseError, match="gradebook"):
        build(small, "week9_small")


def test_a_mistake_leaves_the_last_release_as_it_was(small):
    build(small, "week9_small")
    before = {path: path.read_bytes() for path in small.release.rglob("*") if path.is_file()}
    path = small.assignments / "week9_small" / "week9_small.py"
    path.write_text(SMALL.replace("points=6", "points=0"))
    with pytest.raises(CourseError):
        build(small, "week9_small")
    assert {path: path.read_bytes() for path in small.release.rglob("*") if path.is_file()} == before


def test_blank_answers_earn_nothing_by_nbgraders_own_rule():
    cell = nbformat.v4.new_code_cell('check("f")', metadata={"nbgrader": {"grade": True, "points": 3}})
    cell.outputs = [nbformat.v4.new_output("error", ename="AssertionError", evalue="", traceback=[])]
    assert determine_grade(cell) == (0, 3)
