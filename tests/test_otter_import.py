"""An otter master notebook becomes a week that builds and grades; what is none is refused in one line."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder.config import REPOSITORY, Course, CourseError
from autograder.otter.importing import import_master
from autograder.otter.master import read_master

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a package that otter imports
WEEK = "week9_squares"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def shown(text: str) -> list[NotebookNode]:
    return [new_output("execute_result", {"text/plain": text})]


def question(name: str, *cells: NotebookNode, **config: object) -> list[NotebookNode]:
    lines = "".join(f"\n{key}: {json.dumps(value)}" for key, value in {"name": name, **config}.items())
    return [new_raw_cell(f"# BEGIN QUESTION{lines}"), *cells, new_raw_cell("# END QUESTION")]


def block(kind: str, *cells: NotebookNode) -> list[NotebookNode]:
    return [new_raw_cell(f"# BEGIN {kind}"), *cells, new_raw_cell(f"# END {kind}")]


def cells_of_tests(*cells: str | NotebookNode) -> list[NotebookNode]:
    made = [cell if isinstance(cell, NotebookNode) else new_code_cell(cell) for cell in cells]
    return block("TESTS", *made)


def master() -> NotebookNode:
    """A master with what otter's documentation shows."""
    cells = [
        new_raw_cell("# ASSIGNMENT CONFIG\nname: squares\nexport_cell: false\nfiles:\n  - data/numbers.csv"),
        new_markdown_cell("# Squares\n\nAn assignment in otter's own format."),
        new_code_cell("import numpy as np\nfrom math import pi\n%matplotlib inline"),
        new_code_cell("values = np.array([1.0, 2.0, 3.0])\nprint(values)"),
        *question(
            "q1",
            new_markdown_cell("**Question 1.** Write `square`."),
            *block(
                "SOLUTION",
                new_code_cell(
                    'def square(x):\n    """x times itself; x is a number or an array."""\n'
                    "    y = x * x # SOLUTION\n    return y\n\nnine = square(3) # SOLUTION NO PROMPT"
                ),
            ),
            *cells_of_tests(
                new_code_cell("square(3)", outputs=shown("9")),
                new_code_cell("isinstance(square(2), int)", outputs=shown("True")),
                '""" # BEGIN TEST CONFIG\npoints: 2\nhidden: true\n'
                "failure_message: negative numbers have squares, too\n"
                '""" # END TEST CONFIG\nassert square(-1.5) == 2.25\nassert np.allclose(square(values), values**2)',
                "# HIDDEN\nassert square(0) == 0",
            ),
            points=5,
        ),
        *question(
            "q2",
            new_markdown_cell("**Question 2.** Assign the mean of `values` to `mean`."),
            *block("PROMPT", new_code_cell("mean = ...")),
            *block("SOLUTION", new_code_cell("# the sum over the number\nmean = values.sum() / len(values)")),
            *cells_of_tests(
                "assert 0 < mean < 10, 'the mean lies among the values'",
                "# HIDDEN\nassert abs(mean - 2) < 1e-9",
            ),
            points={"each": 2},
        ),
        new_code_cell("print('the mean is', mean)"),
        *question(
            "3. spread!",
            new_markdown_cell("**Question 3.** Now the `variance` and the `deviation`, from the mean."),
            *block(
                "SOLUTION",
                new_code_cell(
                    '""" # BEGIN PROMPT\nvariance = ...\n""" # END PROMPT\n# BEGIN SOLUTION NO PROMPT\n'
                    "variance = np.mean((values - mean) ** 2)\n# END SOLUTION\ndeviation = variance**0.5 # SOLUTION"
                ),
            ),
            *cells_of_tests(
                "def test_variance(variance, env):\n    assert abs(variance - env['deviation']**2) < 1e-9\n"
            ),
        ),
        *question(
            "why",
            new_markdown_cell("**Question 4.** Why is a square never negative?"),
            *block("SOLUTION", new_markdown_cell("Two factors of one sign.")),
            manual=True,
            points=3,
        ),
        *question(
            "picture",
            new_markdown_cell("**Question 5.** Plot the squares."),
            *block(
                "SOLUTION",
                new_code_cell("import matplotlib.pyplot as plt\nplt.plot(values, square(values)) # SOLUTION"),
            ),
            manual=True,
            points=4,
        ),
        *question(
            "q6",
            new_markdown_cell("**Question 6.** Refuse negative numbers."),
            *block(
                "SOLUTION",
                new_code_cell(
                    "def root(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x ** 0.5"
                ),
            ),
            *cells_of_tests(
                "# HIDDEN\nassert root(square(4)) == 4",
                "# HIDDEN\ntry:\n    root(-1)\n    assert False\nexcept ValueError:\n    pass",
            ),
            points=2,
        ),
        new_raw_cell("a note to the staff"),
        new_code_cell("## Ignore ##\nprint('for the staff')"),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the master and its data."""
    folder = tmp_path / "given"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "numbers.csv").write_text("1,2,3\n")
    nbformat.write(master(), folder / "squares.ipynb")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own, for an import writes into it."""
    project = tmp_path / "project"
    for name in ("autograder", "course_exchange", "notebook_runner", "reference"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "assignments").mkdir()
    config = (
        "from autograder.config import Course, Week\n"
        "course = Course(id='small', title='Small', weeks=(\n{week}))\n"
    )
    (project / "course_config.py").write_text(config.format(week=""))
    return project


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(project), "PYTHONWARNINGS": "ignore", "COLUMNS": "200"},
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def answers(notebook: NotebookNode, given: dict[str, str]) -> NotebookNode:
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in given:
            cell.source = given[name]
    return notebook


SQUARE = "def square(x):\n    return x * x"
MEAN = "def q2():\n    return float(values.mean())"
SPREAD = "def q3__spread_(mean):\n    v = float(((values - mean) ** 2).mean())\n    return v, v ** 0.5"
ROOT = "def root(x):\n    return x ** 0.5"


def test_an_imported_week_builds_and_grades(folder: Path, project: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = run(project, "import", "otter", str(folder / "squares.ipynb"), "--week", WEEK)
    assert done.returncode == 0, done.stderr
    assert "does not pass" not in done.stderr
    assert "does not run" not in done.stderr
    for words in (
        "q1 is called square",
        "q2 assigned mean",
        "catches an exception",
        "a raw cell was left out",
        "root has no public test",
        "nine of its solution is given",
    ):
        assert words in done.stderr, done.stderr
    declaration = re.search(r"^Week\(.*\)$", done.stdout, re.MULTILINE)
    assert declaration is not None, done.stdout
    config = project / "course_config.py"
    config.write_text(config.read_text().replace("weeks=(\n", f"weeks=(\n{declaration[0]},\n"))
    assert (project / "assignments" / WEEK / "data" / "numbers.csv").read_text() == "1,2,3\n"

    built = run(project, "build", WEEK, "--data", str(data))
    assert built.returncode == 0, built.stderr
    release = nbformat.read(project / "release" / WEEK / f"{WEEK}.ipynb", as_version=4)
    text = json.dumps(release.cells)
    for hidden in ("2.25", "have squares, too", "x * x", "Two factors", "values.sum()", "for the staff"):
        assert hidden not in text
    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in release.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert points == {"square": 5, "q2": 4, "q3__spread_": 1, "why": 3, "picture": 4, "root": 2}

    students = {
        "ada": {"square": SQUARE, "q2": MEAN, "q3__spread_": SPREAD, "root": ROOT},
        "bo": {"square": SQUARE.replace("x * x", "abs(x) * x"), "q2": MEAN.replace("mean", "max")},
        "cy": {},
    }
    for student, given in students.items():
        assert run(project, "students", "add", student, "--data", str(data)).returncode == 0
        target = data / "submitted" / student / WEEK
        target.mkdir(parents=True)
        solutions = {f"{name}-solution": source for name, source in given.items()}
        nbformat.write(answers(copy.deepcopy(release), solutions), target / f"{WEEK}.ipynb")
    graded = run(project, "grade", WEEK, "--workers", "1", "--data", str(data))
    assert graded.returncode == 0, graded.stdout + graded.stderr
    reports = {
        student: json.loads((data / "reports" / WEEK / f"{student}.json").read_text()) for student in students
    }
    found = {student: earned(report) for student, report in reports.items()}
    assert found["ada"] == {"square": 5, "q2": 4, "q3__spread_": 1, "root": 2}
    # Two public tests and one hidden one, of one point each; the hidden one of two points is failed.
    assert found["bo"] == {"square": 3, "q2": 2, "q3__spread_": 0, "root": 0}
    assert set(found["cy"].values()) == {0}
    messages = [test["message"] for q in reports["bo"]["questions"] for test in q["tests"]]
    assert "negative numbers have squares, too" in messages
    again = run(project, "import", "otter", str(folder / "squares.ipynb"), "--week", WEEK)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def earned(report: dict[str, list[dict[str, object]]]) -> dict[str, float]:
    result = {}
    for question in report["questions"]:
        tests = question["tests"]
        assert isinstance(tests, list)
        total = sum(test["weight"] for test in tests)
        got = sum(test["weight"] for test in tests if test["outcome"] == "passed")
        assert not [test for test in tests if test["outcome"] == "could_not_grade"], tests
        result[str(question["name"])] = round(float(str(question["max_points"])) * got / total, 2)
    return result


def test_otter_itself_takes_the_example_for_a_master(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "otter", "assign", "squares.ipynb", str(tmp_path / "dist"), "--no-run-tests"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "dist" / "student" / "squares.ipynb").is_file()


def test_what_is_not_converted_stands_in_the_sources_as_a_comment(folder: Path, project: Path) -> None:
    assert run(project, "import", "otter", str(folder / "squares.ipynb"), "--week", WEEK).returncode == 0
    graders = (project / "autograder" / "graders" / f"{WEEK}.py").read_text()
    (start,) = [match.start() for match in re.finditer("# NOT CONVERTED", graders)]
    assert "#     root(-1)" in graders[start:]
    ast.parse(graders)


def imported(tmp_path: Path, *cells: NotebookNode) -> dict[str, str]:
    """The texts of an import, by kind; nothing of it is run."""
    done = import_master(small(tmp_path / "p"), written(tmp_path, *cells), WEEK)
    names = ("source", "reference", "graders", "bank")
    texts = {name: path.read_text() for name, path in zip(names, done.written, strict=False)}
    for text in texts.values():
        ast.parse(text)
    return {**texts, "remarks": "\n".join(done.remarks)}


def test_a_variable_that_the_solution_makes_with_its_function_is_made_again_in_the_tests(
    tmp_path: Path,
) -> None:
    solution = new_code_cell("def square(x): return x * x\nnine = square(3)")
    texts = imported(
        tmp_path, *question("q1", *block("SOLUTION", solution), *cells_of_tests("assert nine == square(3)"))
    )
    public = texts["source"].split('check="square"')[1]
    assert "    nine = square(3)\n    assert nine == square(3)" in public
    graders = texts["graders"]
    assert (
        graders.index("square = student.square")
        < graders.index("nine = square(3)")
        < graders.index("check(bool")
    )
    assert '"""Question q1: see the text above."""' in texts["reference"]


def test_a_variable_that_questions_change_one_after_the_other_is_their_argument(tmp_path: Path) -> None:
    def step(name: str, code: str, test: str) -> list[NotebookNode]:
        return question(name, *block("SOLUTION", new_code_cell(code)), *cells_of_tests(f"# HIDDEN\n{test}"))

    texts = imported(
        tmp_path,
        *step("q1", "table = [1]", "assert table == [1]"),
        *step("q2", "table = table + [2]", "assert len(table) == 2"),
        *step("q3", "table = table + [3]", "assert len(table) == 3"),
    )
    assert "def q3(table):" in texts["reference"]
    last = texts["graders"].split("def test_q3_1")[1]
    calls = ["table = squares.q1()", "table = squares.q2(table)", "table = student.q3(table)"]
    assert [line.strip() for line in last.splitlines() if "table = " in line] == calls


@pytest.mark.parametrize("code", ["print(print(x))", "print(1)\nx", "str(print(x))"])
def test_a_test_that_prints_on_the_way_is_marked(tmp_path: Path, code: str) -> None:
    test = new_code_cell(code, outputs=shown("1"))
    cells = question("q1", *block("SOLUTION", new_code_cell("x = 1")), *cells_of_tests(test, "assert x == 1"))
    texts = imported(tmp_path, *cells)
    assert "test 1 is not graded" in texts["remarks"]
    assert "NOT CONVERTED: it prints" in texts["graders"]


def test_a_question_for_several_functions_goes_to_a_person(tmp_path: Path) -> None:
    both = new_code_cell("def f(x):\n    return x\n\ndef g(x):\n    return x")
    one = new_code_cell("y = 1 # SOLUTION")
    texts = imported(
        tmp_path,
        *question("q1", *block("SOLUTION", both), *cells_of_tests("assert f(1) == g(1)")),
        *question("q2", *block("SOLUTION", one), *cells_of_tests("assert y == 1")),
        *question("q3", *block("SOLUTION", new_markdown_cell("words"), one), manual=True, points=3),
    )
    assert "q1 is graded by hand now: it asks for several functions (f, g)" in texts["remarks"]
    assert 'plot="q1" points=1' in texts["source"]
    assert "# NOT CONVERTED: a test of q1" in texts["graders"]
    assert 'answer="q3" points=1.5' in texts["source"]
    assert 'plot="q3_code" points=1.5' in texts["source"]
    assert "# SOLUTION" not in texts["reference"] + texts["source"]


# Bad input


def small(project: Path) -> Course:
    return Course(id="small", title="Small", weeks=(), root=project, data=project)


def refused(path: Path, course: Course | None = None) -> str:
    with pytest.raises(CourseError) as problem:
        if course is None:
            read_master(path)
        else:
            import_master(course, path, WEEK)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def written(tmp_path: Path, *cells: NotebookNode, language: str = "python") -> Path:
    path = tmp_path / "some.ipynb"
    cells = tuple(nbformat.from_dict({**cell, "id": f"c{number}"}) for number, cell in enumerate(cells))
    notebook = new_notebook(cells=list(cells), metadata={"kernelspec": {**KERNEL, "language": language}})
    nbformat.write(notebook, path)
    return path


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    assert "there is no file" in refused(tmp_path / "nothing.ipynb")
    for name, data in {
        "a.ipynb": b"{",
        "b.ipynb": b"[]",
        "c.ipynb": b"\xff\xfe",
        "d.ipynb": b'{"x": 1}',
    }.items():
        (tmp_path / name).write_bytes(data)
        assert "cannot be read as a notebook" in refused(tmp_path / name)
    (tmp_path / "e.Rmd").write_text("# BEGIN QUESTION")
    assert "R Markdown" in refused(tmp_path / "e.Rmd")
    (tmp_path / "f.ipynb").mkdir()
    assert "cannot be read" in refused(tmp_path / "f.ipynb")


def test_a_notebook_without_questions_is_no_master(tmp_path: Path) -> None:
    release = REPOSITORY / "release" / "week1_bayes" / "week1_bayes.ipynb"
    assert "is no otter master notebook" in refused(release)
    assert "is no otter master notebook" in refused(written(tmp_path))


def test_a_master_in_another_language_is_refused(tmp_path: Path) -> None:
    assert "written in r:" in refused(written(tmp_path, *question("q1"), language="R"))


begin, end = new_raw_cell("# BEGIN QUESTION\nname: q1"), new_raw_cell("# END QUESTION")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([begin], "'q1' has no '# END QUESTION'"),
        ([end], "cell 1 (without empty cells): the question ends, which has not begun"),
        ([begin, begin], "cell 2 (without empty cells): a question begins inside question 'q1'"),
        ([new_raw_cell("# BEGIN SOLUTION")], "a solution block begins outside a question"),
        (
            [begin, new_raw_cell("# BEGIN TESTS"), new_raw_cell("# BEGIN SOLUTION")],
            "begins inside a tests block",
        ),
        ([begin, new_raw_cell("# BEGIN TESTS"), end], "the question ends, its tests block does not"),
        ([begin, new_raw_cell("# END PROMPT")], "a prompt block ends that has not begun"),
        ([new_raw_cell("# BEGIN QUESTION"), end], "the question has no name"),
        ([new_raw_cell("# BEGIN QUESTION\nname: [q1"), end], "is no YAML"),
        ([new_raw_cell("# BEGIN QUESTION\n- q1"), end], "is no mapping"),
        ([begin, *cells_of_tests("assert ("), end], "the test does not compile"),
        ([begin, *block("TESTS", new_markdown_cell("words")), end], "must be a code cell"),
        (
            [
                begin,
                *cells_of_tests('""" # BEGIN TEST CONFIG\npoints: many\n""" # END TEST CONFIG\nassert f'),
                end,
            ],
            "the test's points are 'many'",
        ),
        ([new_markdown_cell("```otter\n# BEGIN QUESTION\nname: q1")], "Unclosed"),
    ],
)
def test_a_malformed_master_is_refused_with_its_cell(
    tmp_path: Path, cells: list[NotebookNode], words: str
) -> None:
    assert words in refused(written(tmp_path, *cells))


def test_points_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    cells = question(
        "q1", *block("SOLUTION", new_code_cell("x = 1")), *cells_of_tests("assert x"), points=[1, 2]
    )
    assert "its points do not fit its tests" in refused(written(tmp_path, *cells), small(tmp_path / "p"))
    assert not (tmp_path / "p").exists()


def test_a_master_without_anything_to_grade_automatically_is_refused(tmp_path: Path) -> None:
    cells = question("q1", *block("SOLUTION", new_markdown_cell("words")), manual=True)
    assert "nothing to grade automatically" in refused(written(tmp_path, *cells), small(tmp_path / "p"))


def test_a_week_of_a_wrong_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="should look like"):
        import_master(small(tmp_path), tmp_path / "x.ipynb", "homework 3")
