"""A real week changed after students handed in: the command shows it, follows it, and old notebooks are graded."""

import re
import shutil
import sys
from dataclasses import replace

import pytest
from nbgrader.api import Gradebook

from autograder import batch, cli
from autograder.build import build
from autograder.config import CourseError, load_course
from autograder.demo import read_class, release_and_collect
from autograder.store import read_reports
from autograder.views.report import write_report

WEEK = "week1_bayes"
NEW, GONE, HEAVIER = "log_bayes_factor", "reading_the_posteriors", "sequential_learning"


def version(folder, without, points):
    """A root with the week's source without a question, and with other points for another."""
    course = load_course()
    shutil.copytree(course.assignments / WEEK, folder / "assignments" / WEEK)
    path = folder / "assignments" / WEEK / f"{WEEK}.py"
    head, *cells = re.split(r"(?m)^(?=# %%)", path.read_text())
    kept = [cell for cell in cells if f'"{without}"' not in cell.splitlines()[0]]
    assert len(kept) < len(cells)
    text = head + "".join(kept)
    path.write_text(re.sub(rf'(answer="{HEAVIER}" points=)\d+', rf"\g<1>{points}", text))
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two students, graded on the first version, one of them by hand too; the sources are the second version's."""
    folder = tmp_path_factory.mktemp("changed")
    old = version(folder / "old", NEW, 8)
    course = replace(load_course().at(folder / "data"), root=old, release_folder=folder / "release")
    classroom = load_course().root / "tests" / "classroom" / WEEK
    pupils = [
        replace(pupil, cells=tuple(c for c in pupil.cells if NEW not in c.metadata.values()))
        for pupil in read_class(classroom)
        if pupil.name in ("ada", "chen")
    ]
    release_and_collect(course, WEEK, pupils, folder / "exchange")
    assert batch.grade_assignment(course, WEEK, workers=1).counts == {"graded": 2}
    with Gradebook(course.gradebook_url, course.id) as book:
        for name, score in ((HEAVIER, 7.0), (GONE, 3.0), ("posterior_sharpening", 4.0)):
            grade = book.find_grade(name, WEEK, WEEK, "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment("posterior_sharpening", WEEK, WEEK, "ada").manual_comment = "Label the axes."
        book.db.commit()
    return replace(course, root=version(folder / "new", GONE, 10))


def scores(course):
    with Gradebook(course.gradebook_url, course.id) as book:
        return {
            (submission.student_id, grade.name): (
                grade.auto_score,
                grade.manual_score,
                grade.max_score,
                grade.needs_manual_grade,
            )
            for submission in book.assignment_submissions(WEEK)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def command(course, monkeypatch, capsys, *words):
    """Run the command on this course: exit code and output."""
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    monkeypatch.setattr(sys, "argv", ["course", *words])
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, re.sub(r"\s+", " ", out + err)


def test_an_assignment_is_changed_after_release(course, monkeypatch, capsys):
    before = scores(course)
    with pytest.raises(CourseError, match=f"added: {NEW}.*removed: {GONE}.*--migrate"):
        build(course, WEEK)
    code, said = command(course, monkeypatch, capsys, "build", WEEK)
    assert code == 2 and "--migrate" in said

    code, shown = command(course, monkeypatch, capsys, "build", WEEK, "--migrate", "--dry-run")
    assert code == 0 and "nothing was written" in shown
    assert f"{NEW} │ added" in shown and "8 → 10" in shown and f"{GONE} │ removed" in shown
    assert "2 submissions" in shown and "1 scores by hand" in shown
    code, said = command(course, monkeypatch, capsys, "build", WEEK, "--migrate")
    assert code == 1 and "--migrate --yes" in said
    assert scores(course) == before
    assert not (course.data / "backups").exists()

    code, said = command(course, monkeypatch, capsys, "build", WEEK, "--migrate", "--yes")
    assert code == 0 and f"course grade {WEEK}" in said
    (backup,) = (course.data / "backups").iterdir()
    assert scores(replace(course, gradebook=f"sqlite:///{backup}")) == before

    summary = batch.grade_assignment(course, WEEK, workers=1)
    assert summary.counts == {"graded": 2} and summary.fresh == 2
    after = scores(course)
    assert after == {
        **{key: value for key, value in before.items() if key[1] not in (GONE, HEAVIER)},
        **{(student, NEW): (0.0, None, 8.0, False) for student in ("ada", "chen")},
        ("ada", HEAVIER): (None, 7.0, 10.0, True),
        ("chen", HEAVIER): (None, None, 10.0, True),
    }
    with Gradebook(course.gradebook_url, course.id) as book:
        comment = book.find_comment("posterior_sharpening", WEEK, WEEK, "ada")
        assert comment.manual_comment == "Label the axes."
    page = write_report(course, WEEK).read_text()
    for student, report in read_reports(course, WEEK).items():
        assert report.repairs == [
            f"{NEW} is newer than this notebook and stands there blank",
            f"{GONE} is no longer a question of this assignment: it stands there and does not count",
        ], student
        assert all(line in page for line in report.repairs)

    build(course, WEEK)
    code, said = command(course, monkeypatch, capsys, "build", WEEK, "--migrate")
    assert code == 0 and "nothing to migrate" in said
    assert scores(course) == after
