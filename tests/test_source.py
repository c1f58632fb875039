"""Every mistake in a notebook source is one line that names the file, the cell and what to do."""

import types

import pytest

from autograder.config import CourseError
from autograder.source import read_source


def e_step(X):
    """Responsibilities of X."""
    return X


REFERENCE = types.ModuleType("reference.example")
REFERENCE.e_step = e_step

IMPORTS = """\
# %%
import numpy as np
"""
QUESTION = """\
# %% question="e_step" points=6 minutes=25
"""
CHECK = '''\
# %% check="e_step"
def test_shape(e_step):
    """The shape is that of X."""
    assert e_step(1) == 1, "return something of X's shape"
'''
ANSWER = """\
# %% [markdown] answer="why" points=5 minutes=20
# Because. *Rubric*: 5 points for a reason.
"""
PLOT = """\
# %% plot="curve" points=4 minutes=10
### BEGIN SOLUTION
plt.plot(x)
### END SOLUTION
"""
WHOLE = IMPORTS + QUESTION + CHECK + ANSWER + PLOT


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "week9_example.py"
        path.write_text(text, encoding="utf-8")
        return read_source(path, REFERENCE)

    return read


def test_a_whole_source_has_its_questions_answers_plots_and_points(read):
    source = read("# %% [markdown]\n# # Title\n" + WHOLE + '# %% tags=["playground"]\nx = 1\n')
    assert [cell.kind for cell in source.cells] == [
        "prose",
        "given",
        "question",
        "check",
        "answer",
        "plot",
        "playground",
    ]
    (question,) = source.questions
    assert (question.name, question.points, question.minutes) == ("e_step", 6.0, 25)
    assert "def test_shape(e_step)" in question.checks
    assert [cell.name for cell in source.by_hand] == ["why", "curve"]
    assert source.points == 15.0


def test_a_given_reference_object_is_known_by_its_name(read):
    source = read(WHOLE + '# %% given="e_step"\nprint(e_step)\n')
    assert (source.cells[-1].kind, source.cells[-1].name) == ("reference", "e_step")


MISTAKES = {
    "unknown key": (
        IMPORTS + QUESTION.replace("minutes", "minuets") + CHECK,
        "cell 2: unknown key 'minuets'; the question cell may have minutes, points, question",
    ),
    "unknown key of plain code": (IMPORTS + '# %% solution="x"\nx = 1\n', "cell 2: unknown key 'solution'"),
    "question not in the reference": (
        IMPORTS + QUESTION.replace("e_step", "m_step"),
        "cell 2: reference.example has no 'm_step'",
    ),
    "given object not in the reference": (
        IMPORTS + '# %% given="GMMParams"\n',
        "reference.example has no 'GMMParams'",
    ),
    "question without a name": (
        IMPORTS + '# %% question="" points=6 minutes=25\n',
        "cell 2: the question cell is named ''",
    ),
    "answer without a name": (IMPORTS + ANSWER.replace('"why"', '""'), "cell 2: the answer cell is named ''"),
    "answer that cannot be named so": (
        IMPORTS + ANSWER.replace('"why"', '"why not"'),
        "cell 2: the answer cell is named 'why not': a name holds letters, digits and _",
    ),
    "two kinds at once": (
        IMPORTS + QUESTION.replace("points", 'plot="a" points'),
        "cell 2: a cell cannot be question and plot at once",
    ),
    "question in Markdown": (
        IMPORTS + QUESTION.replace("%% ", "%% [markdown] "),
        "cell 2: the question cell must be code",
    ),
    "answer in code": (
        IMPORTS + ANSWER.replace("[markdown] ", ""),
        "cell 2: the answer cell must be Markdown",
    ),
    "no points": (
        IMPORTS + QUESTION.replace("points=6 ", "") + CHECK,
        "question 'e_step' needs points=, a number above 0",
    ),
    "no minutes": (
        IMPORTS + ANSWER.replace(" minutes=20", ""),
        "answer 'why' needs minutes=, a number above 0",
    ),
    "zero points": (IMPORTS + QUESTION.replace("points=6", "points=0"), "needs points=, a number above 0"),
    "negative points": (
        IMPORTS + QUESTION.replace("points=6", "points=-6"),
        "needs points=, a number above 0",
    ),
    "points in words": (
        IMPORTS + QUESTION.replace("points=6", 'points="six"'),
        "needs points=, a number above 0",
    ),
    "points true": (IMPORTS + QUESTION.replace("points=6", "points=true"), "needs points=, a number above 0"),
    "points infinite": (
        IMPORTS + QUESTION.replace("points=6", "points=Infinity") + CHECK,
        "needs points=, a number above 0",
    ),
    "question with a body": (
        IMPORTS + QUESTION + "def e_step(X): ...\n" + CHECK,
        "cell 2: the cell of question 'e_step' must be empty",
    ),
    "plot without marks": (
        IMPORTS + PLOT.replace("### END SOLUTION\n", ""),
        "plot 'curve' needs its solution between '### BEGIN SOLUTION' and '### END SOLUTION'",
    ),
    "plot with marks in the wrong order": (
        IMPORTS
        + '# %% plot="curve" points=4 minutes=10\n### END SOLUTION\nplt.plot(x)\n### BEGIN SOLUTION\n',
        "plot 'curve' needs its solution between",
    ),
    "question without check": (IMPORTS + QUESTION, "question 'e_step' has no check cell"),
    "check without question": (IMPORTS + CHECK, "there is a check of 'e_step' but no such question"),
    "check before its question": (
        IMPORTS + CHECK + QUESTION,
        "the check of 'e_step' stands before its question",
    ),
    "question twice": (IMPORTS + QUESTION + CHECK + QUESTION, "question 'e_step' stands there twice"),
    "check twice": (IMPORTS + QUESTION + CHECK + CHECK, "check 'e_step' stands there twice"),
    "answer named like a question": (
        IMPORTS + QUESTION + CHECK + ANSWER.replace("why", "e_step"),
        "answer 'e_step' stands there twice",
    ),
    "answer named like a question's solution cell": (
        IMPORTS + QUESTION + CHECK + ANSWER.replace('"why"', '"e_step-solution"'),
        "a name holds letters, digits and _",
    ),
    "check that does not compile": (
        IMPORTS + QUESTION + CHECK.replace("== 1", "=="),
        "cell 3: the checks of 'e_step' do not compile",
    ),
    "check without tests": (
        IMPORTS + QUESTION + '# %% check="e_step"\nx = 1\n',
        "cell 3: the check of 'e_step' holds no test functions",
    ),
    "check that is empty": (
        IMPORTS + QUESTION + '# %% check="e_step"\n',
        "cell 3: the check of 'e_step' holds no test functions",
    ),
    "check with a helper": (
        IMPORTS + QUESTION + CHECK.replace("test_shape", "shape"),
        "cell 3: shape in the check of 'e_step' should be named test_",
    ),
    "test without docstring": (
        IMPORTS + QUESTION + CHECK.replace('"""The shape is that of X."""', "pass"),
        "cell 3: test_shape has no docstring",
    ),
    "no first code cell": ("# %% [markdown]\n# Hello\n", "the first code cell, with the imports, is missing"),
    "question before the imports": (
        QUESTION + CHECK + IMPORTS,
        "the first code cell, with the imports, is missing",
    ),
    "empty file": ("", "the first code cell, with the imports, is missing"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(read, name):
    text, message = MISTAKES[name]
    with pytest.raises(CourseError) as error:
        read(text)
    line = str(error.value)
    assert line.startswith("week9_example.py")
    assert message in line
    assert "\n" not in line


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"there is no notebook source .*week9_example\.py: write it"):
        read_source(tmp_path / "week9_example.py", REFERENCE)


@pytest.mark.parametrize("content", [b"\xff\xfe not UTF-8", b"# %% question=[ points=6\n"])
def test_a_source_that_cannot_be_read_is_a_course_error(tmp_path, content):
    path = tmp_path / "week9_example.py"
    path.write_bytes(b"# %%\nimport numpy\n" + content)
    with pytest.raises(CourseError, match=r"^week9_example\.py"):
        read_source(path, REFERENCE)
