"""Whatever a student hands in is read and mended, or is unreadable with one line that says what to do."""

import copy
import json
import os
import stat
import zipfile
from pathlib import Path
from unittest.mock import Mock

import nbformat
import pytest
from clock import quickest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.config import Limits
from autograder.store import Changes
from autograder.submission import (
    MAX_CELLS,
    MAX_FILES,
    Unreadable,
    find_notebook,
    mend,
    question_cells,
    read_notebook,
    submitted_files,
)

WEEK = "week9_example"
LIMITS = Limits(notebook_mb=1, scratch_mb=2)
STUB = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def marked(cell, name, **facts):
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    cell.metadata["nbgrader"] = base | {"grade_id": name} | facts
    cell.id = name
    return cell


def release():
    """A release with two questions, a written answer and a plot."""
    cells = [
        new_markdown_cell("# Title", id="setup-text-1"),
        marked(new_code_cell("import numpy as np"), "setup-given-1", locked=True),
    ]
    for name, points in (("f", 3.0), ("g", 2.0)):
        cells += [
            new_markdown_cell(f"Write {name}.", id=f"{name}-text-1"),
            marked(new_code_cell(STUB.replace("f(x)", f"{name}(x)")), f"{name}-solution", solution=True),
            marked(new_code_cell(f'check("{name}")'), name, grade=True, locked=True, points=points),
        ]
    cells += [
        marked(new_markdown_cell("YOUR ANSWER HERE"), "why", grade=True, solution=True, points=5.0),
        marked(new_code_cell("raise NotImplementedError()"), "plot", grade=True, solution=True, points=4.0),
    ]
    return new_notebook(cells=cells)


RELEASE = release()
ANSWERS = {
    "f-solution": "def f(x):\n    return x",
    "g-solution": "def g(x):\n    return 2 * x",
    "why": "Because.",
    "plot": "plt.plot(x)",
}


def name_of(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def done():
    """The release as a student hands it in."""
    notebook = release()
    for cell in notebook.cells:
        cell.source = ANSWERS.get(name_of(cell), cell.source)
    return notebook


def at(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if name_of(cell) == name)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "submitted"
    folder.mkdir()
    return folder


@pytest.fixture
def read(folder):
    def read(content, name=f"{WEEK}.ipynb"):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_notebook(find_notebook(folder, WEEK), LIMITS)

    return read


def unreadable(call, *arguments):
    with pytest.raises(Unreadable) as problem:
        call(*arguments)
    line = str(problem.value)
    assert line and "\n" not in line and len(line) < 400
    assert ": " in line, "what to do comes after the colon"
    return line


# Which file


def test_the_expected_name_is_taken_among_several(folder):
    for name in (f"{WEEK}.ipynb", "another.ipynb", "Untitled.ipynb"):
        (folder / name).write_text("{}")
    assert find_notebook(folder, WEEK).name == f"{WEEK}.ipynb"


def test_a_renamed_notebook_is_found(folder):
    (folder / "my homework (1).ipynb").write_text("{}")
    (folder / "notes.txt").write_text("")
    assert find_notebook(folder, WEEK).name == "my homework (1).ipynb"


def test_checkpoints_and_hidden_notebooks_are_no_submission(folder):
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / f"{WEEK}.ipynb").write_text("{}")
    (folder / ".copy.ipynb").write_text("{}")
    assert "there is no notebook" in unreadable(find_notebook, folder, WEEK)


def test_several_notebooks_without_the_expected_name_are_unreadable(folder):
    (folder / "a.ipynb").write_text("{}")
    (folder / "b.ipynb").write_text("{}")
    assert "there are 2 notebooks" in unreadable(find_notebook, folder, WEEK)


def test_a_missing_folder_and_a_file_in_its_place_are_unreadable(folder):
    assert "there is no folder" in unreadable(find_notebook, folder / "nobody", WEEK)
    (folder / "file").write_text("")
    unreadable(find_notebook, folder / "file", WEEK)


def link(path, target):
    path.symlink_to(target)


def pipe(path, target):
    os.mkfifo(path)


def directory(path, target):
    path.mkdir()


def device(path, target):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("trick", [link, pipe, directory, device])
def test_only_a_regular_file_is_read(folder, tmp_path, trick):
    staff = tmp_path / "solutions.ipynb"
    staff.write_text(nbformat.writes(done()))
    path = folder / f"{WEEK}.ipynb"
    trick(path, staff)
    unreadable(find_notebook, folder, WEEK)
    assert "read" in unreadable(read_notebook, path, LIMITS) or "regular" in unreadable(
        read_notebook, path, LIMITS
    )


# Which other files


def test_the_files_beside_the_notebook_are_taken_and_nothing_else(folder, tmp_path):
    staff = tmp_path / "secret.txt"
    staff.write_text("secret")
    staff_folder = tmp_path / "staff"
    staff_folder.mkdir()
    (staff_folder / "rubric.txt").write_text("rubric")
    (folder / "data").mkdir()
    (folder / "data" / "mine.csv").write_bytes(b"1\n")
    (folder / f"{WEEK}.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text("now")
    (folder / ".OTTER_LOG").write_text("log")
    (folder / "link.txt").symlink_to(staff)
    (folder / "linked").symlink_to(staff_folder)
    (folder / "dangling").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe")
    assert submitted_files(folder, LIMITS) == {"data/mine.csv": b"1\n"}


def test_too_many_and_too_large_files_are_unreadable(folder):
    for number in range(MAX_FILES + 1):
        (folder / f"{number}.txt").write_text("")
    assert f"more than {MAX_FILES} files" in unreadable(submitted_files, folder, LIMITS)
    for path in folder.iterdir():
        path.unlink()
    for number in range(3):
        (folder / f"{number}.bin").write_bytes(bytes(2**19))
    assert "more than 1 MB of files" in unreadable(submitted_files, folder, LIMITS)


def test_files_in_folders_without_end_are_left_out(folder):
    path = folder
    for _ in range(40):
        path = path / "d"
        path.mkdir()
        (path / "x").write_text("x")
    assert len(submitted_files(folder, LIMITS)) < 10


def test_odd_names_are_shown_in_one_line(folder):
    (folder / os.fsdecode(b"my\nhome\xffwork.ipynb")).write_text("{")
    assert "my?home?work.ipynb is no valid JSON" in unreadable(
        read_notebook, find_notebook(folder, WEEK), LIMITS
    )


def test_a_file_name_that_is_no_text_is_left_out(folder):
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt"))).write_text("x")
    (folder / "good.txt").write_text("y")
    assert submitted_files(folder, LIMITS) == {"good.txt": b"y"}


# Packed in a zip file


def zipped(folder, members, name=f"{WEEK}_2026_11_21.zip"):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def test_the_zip_file_of_otters_export_is_a_submission(folder):
    notebook = json.dumps(done())
    zipped(
        folder,
        {
            f"{WEEK}.ipynb": notebook,
            ".OTTER_LOG": b"log",
            "__zip_filename__": "x.zip",
            "data/mine.csv": "1\n",
        },
    )
    (folder / "timestamp.txt").write_text("now")
    read = read_notebook(find_notebook(folder, WEEK), LIMITS)
    assert [cell.source for cell in read.cells] == [cell.source for cell in done().cells]
    assert submitted_files(folder, LIMITS) == {"data/mine.csv": b"1\n"}


def test_a_zip_file_beside_a_notebook_is_a_file_like_any_other(folder):
    (folder / f"{WEEK}.ipynb").write_text(json.dumps(done()))
    zipped(folder, {"another.ipynb": "{}"}, "export.zip")
    assert find_notebook(folder, WEEK).name == f"{WEEK}.ipynb"
    assert list(submitted_files(folder, LIMITS)) == ["export.zip"]


def test_a_zipped_folder_is_opened_and_what_a_mac_adds_is_left_out(folder):
    packed = {
        f"home/{WEEK}.ipynb": json.dumps(done()),
        "home/notes.txt": "n",
        f"__MACOSX/home/._{WEEK}.ipynb": "x",
    }
    zipped(folder, packed, "home.zip")
    assert len(read_notebook(find_notebook(folder, WEEK), LIMITS).cells) == len(done().cells)
    assert submitted_files(folder, LIMITS) == {"notes.txt": b"n"}


def test_nothing_in_a_zip_file_leads_outside_or_is_a_link(folder):
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped(folder, {f"{WEEK}.ipynb": "{}", "../up.txt": "x", "/root.txt": "x", "a/../../b": "x"})
    with zipfile.ZipFile(folder / f"{WEEK}_2026_11_21.zip", "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert submitted_files(folder, LIMITS) == {}


@pytest.mark.parametrize(
    "members",
    [
        {"notes.txt": b"no notebook"},
        {"a.ipynb": b"{}", "b.ipynb": b"{}"},
        {f"{WEEK}.ipynb": bytes(2**25)},
        {f"{n}.txt": b"" for n in range(MAX_FILES + 1)},
        {f"{n}.txt": b"" for n in range(10 * MAX_FILES + 1)},
    ],
    ids=["none", "two", "bomb", "many", "very many"],
)
def test_a_zip_file_without_one_readable_notebook_is_unreadable(folder, members):
    zipped(folder, members, "homework.zip")
    unreadable(read_notebook, find_notebook(folder, WEEK), LIMITS)


def test_a_damaged_zip_file_is_unreadable(folder):
    path = folder / "homework.zip"
    zipped(folder, {f"{WEEK}.ipynb": json.dumps(done())}, path.name)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    unreadable(read_notebook, find_notebook(folder, WEEK), LIMITS)
    middle = 40 + len(WEEK)
    path.write_bytes(whole[:middle] + bytes(50) + whole[middle + 50 :])
    unreadable(read_notebook, find_notebook(folder, WEEK), LIMITS)


# Which content


def broken():
    """Contents that are no notebook for us, by name."""
    whole = json.dumps(done()).encode()
    deep = b"[" * 100_000 + b"]" * 100_000
    return {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "no JSON": b"<html>Please log in</html>",
        "no text": b"\x00\xff\xfe\x80",
        "NUL bytes": bytes(1000),
        "deep": deep,
        "deep metadata": b'{"nbformat": 4, "cells": [], "metadata": {"a": ' + deep + b"}}",
        "a list": [1, 2],
        "a string": "notebook",
        "null": None,
        "no format": {"cells": []},
        "format 2": {"nbformat": 2, "worksheets": []},
        "format 5": {"nbformat": 5, "cells": []},
        "cells that are no list": {"nbformat": 4, "cells": {"a": 1}},
        "format 3 without worksheets": {"nbformat": 3, "nbformat_minor": 0, "metadata": {}},
        "huge": b" " * (2**20 + 1),
        "too many cells": {"nbformat": 4, "cells": [{"cell_type": "raw"}] * (MAX_CELLS + 1)},
        "huge number": b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 100_000 + b"}",
        "kernel of R": done()
        | {"metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}},
        "language of R": done() | {"metadata": {"language_info": {"name": "R"}}},
    }


@pytest.mark.parametrize("name", broken())
def test_what_is_no_python_notebook_is_unreadable(read, name):
    unreadable(read, broken()[name])


def test_a_mark_at_the_start_and_line_ends_of_windows_are_no_matter(read):
    text = json.dumps(done()).replace("\\n", "\\r\\n")
    notebook = read(b"\xef\xbb\xbf" + text.encode())
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in done().cells]


def test_line_ends_of_an_old_mac_are_no_matter(read):
    notebook = read(json.dumps(done()).replace("\\n", "\\r").encode())
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in done().cells]


def test_pictures_pasted_into_an_answer_stay_and_nothing_else_does(read):
    notebook = done()
    cell = notebook.cells[at(notebook, "why")]
    cell.source = "On paper: ![](attachment:page.png)"
    cell["attachments"] = {
        "page.png": {"image/png": "aGk=", "text/html": "<script>"},
        "page.svg": {"image/svg+xml": "aGk="},
        "lines.jpg": {"image/jpeg": ["aG", "k=\n"]},
        "odd.png": {"image/png": "<script>"},
        "no": [1],
    }
    notebook.cells[at(notebook, "plot")]["attachments"] = {"page.png": {"image/png": "aGk="}}
    mended, _ = mend(read(json.dumps(notebook).encode()), RELEASE)
    assert mended.cells[at(mended, "why")].attachments == {
        "page.png": {"image/png": "aGk="},
        "lines.jpg": {"image/jpeg": "aGk=\n"},
    }
    assert "attachments" not in mended.cells[at(mended, "plot")]
    nbformat.validate(mended)


def test_utf_16_is_unreadable(read):
    unreadable(read, json.dumps(done()).encode("utf-16"))


def test_a_notebook_of_format_3_is_upgraded(read):
    old = json.loads(nbformat.writes(nbformat.convert(done(), 3), version=3))
    notebook = read(old)
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == [
        cell.source for cell in done().cells if cell.cell_type == "code"
    ]
    assert [name_of(cell) for cell in mend(notebook, RELEASE)[0].cells if name_of(cell)] == [
        name_of(cell) for cell in RELEASE.cells if name_of(cell)
    ]


def test_missing_metadata_odd_cells_and_half_characters_are_read(read):
    notebook = read(
        {
            "nbformat": 4,
            "cells": [
                {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
                {"cell_type": "code", "source": "c = 3", "metadata": None, "outputs": "none"},
                {"cell_type": "heading", "source": "text", "metadata": []},
                {"cell_type": "code", "source": "d = '\ud800'"},
                {"cell_type": "code", "source": 5},
                {"cell_type": ["code"], "source": "e"},
                "no cell",
                None,
                {},
            ],
        }
    )
    mended, _ = mend(notebook, RELEASE)
    nbformat.validate(mended)
    text = nbformat.writes(mended)
    text.encode()
    assert "a = 1" in text and "c = 3" in text


# The student's cells in the release's frame


def graded(notebook):
    return [(cell.metadata.nbgrader, cell.cell_type) for cell in notebook.cells if name_of(cell)]


def test_an_untouched_frame_needs_no_repair():
    notebook, repairs = mend(done(), RELEASE)
    assert repairs == []
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in done().cells]


def test_the_arguments_are_left_as_they_were():
    submitted, frame = done(), release()
    del submitted.cells[at(submitted, "f")]
    before = copy.deepcopy((submitted, frame))
    mend(submitted, frame)
    assert (submitted, frame) == before


def test_a_deleted_check_cell_comes_back():
    submitted = done()
    del submitted.cells[at(submitted, "f")]
    notebook, repairs = mend(submitted, RELEASE)
    assert question_cells(notebook) == question_cells(RELEASE)
    assert repairs == ["the check cell of f was missing and has been restored"]


def test_a_tampered_check_cell_is_as_released():
    submitted = done()
    cell = submitted.cells[at(submitted, "f")]
    cell.source = "print('6.0')"
    cell.metadata.nbgrader.update(points=1000, locked=False, grade=False, solution=True)
    cell.cell_type = "markdown"
    notebook, repairs = mend(submitted, RELEASE)
    assert graded(notebook) == graded(RELEASE)
    assert notebook.cells[at(notebook, "f")].source == 'check("f")'
    assert repairs == ["the check cell of f was edited and has been restored"]


def test_a_cell_that_was_only_unlocked_is_locked_again_and_reported(read):
    submitted = done()
    submitted.cells[at(submitted, "f")].metadata.nbgrader.locked = False
    _, repairs = mend(read(submitted), RELEASE)
    assert repairs == ["the check cell of f was unlocked and has been locked again"]


def test_a_damaged_cell_costs_itself_alone_and_is_reported(read):
    content = json.loads(json.dumps(done()))
    index = at(done(), "f-solution")
    content["cells"][index]["source"] = {"not": "text"}
    content["cells"].insert(0, "no cell at all")
    notebook, repairs = mend(read(content), RELEASE)
    assert repairs == [
        "2 cells are damaged and could not be read; all others were",
        "the answer cell of f was missing and has been restored",
    ]
    assert notebook.cells[at(notebook, "g-solution")].source == ANSWERS["g-solution"]


def test_a_question_that_came_after_the_notebook_stands_there_blank():
    submitted = done()
    submitted.cells = [cell for cell in submitted.cells if name_of(cell) not in ("f-solution", "f")]
    notebook, repairs = mend(submitted, RELEASE, Changes(added=["f"]))
    assert repairs == ["f is newer than this notebook and stands there blank"]
    released = RELEASE.cells[at(RELEASE, "f-solution")]
    assert notebook.cells[at(notebook, "f-solution")].source == released.source
    assert question_cells(notebook) == question_cells(RELEASE)


def test_a_new_question_of_which_one_cell_was_deleted_is_mended_as_any_other():
    submitted = done()
    del submitted.cells[at(submitted, "f")]
    _, repairs = mend(submitted, RELEASE, Changes(added=["f"]))
    assert repairs == ["the check cell of f was missing and has been restored"]


def test_a_question_that_went_stands_among_the_students_own_cells():
    frame = release()
    frame.cells = [cell for cell in frame.cells if name_of(cell) not in ("f-solution", "f")]
    notebook, repairs = mend(done(), frame, Changes(removed=["f"]))
    assert repairs == ["f is no longer a question of this assignment: it stands there and does not count"]
    assert graded(notebook) == graded(frame)
    assert ANSWERS["f-solution"] in [cell.source for cell in notebook.cells]


def test_an_extra_cell_stays_behind_the_cell_that_it_followed():
    submitted = done()
    submitted.cells.insert(at(submitted, "f-solution") + 1, new_code_cell("helper = 1", id="mine"))
    notebook, repairs = mend(submitted, RELEASE)
    assert repairs == []
    assert notebook.cells[at(notebook, "f-solution") + 1].source == "helper = 1"


def test_an_answer_moved_into_a_cell_of_its_own_still_runs_before_its_check():
    submitted = done()
    cell = submitted.cells[at(submitted, "f-solution")]
    cell.metadata = nbformat.NotebookNode()
    notebook, repairs = mend(submitted, RELEASE)
    sources = [cell.source for cell in notebook.cells]
    assert sources.index(ANSWERS["f-solution"]) < sources.index('check("f")')
    assert repairs == ["the answer cell of f was missing and has been restored"]


@pytest.mark.parametrize("place", ["setup-given-1", "f"])
@pytest.mark.parametrize("gone", [["f-solution"], ["f-solution", "f"], ["f-solution", "f", "g-solution"]])
def test_answers_in_new_cells_count_where_their_own_cells_were_deleted(place, gone):
    """A restored stub that ran after them would replace the student's functions and cost all their points."""
    submitted = done()
    mine = [new_code_cell(ANSWERS[name]) for name in gone if name in ANSWERS]
    index = at(submitted, place) + (place != "f")
    submitted.cells[index:index] = mine
    submitted.cells = [cell for cell in submitted.cells if name_of(cell) not in gone]
    notebook, _ = mend(submitted, RELEASE)
    results = {}
    namespace = {"check": lambda name: results.update({name: namespace[name](1)}), "plt": Mock(), "x": 0}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, namespace)
    assert results == {"f": 1, "g": 2}


def test_a_deleted_answer_that_a_person_grades_is_as_released():
    """By nbgrader's rule it then earns nothing without anybody having to look at it."""
    submitted = done()
    del submitted.cells[at(submitted, "why")]
    notebook, _ = mend(submitted, RELEASE)
    assert notebook.cells[at(notebook, "why")].source == "YOUR ANSWER HERE"


@pytest.mark.parametrize("copies", [("old", "new"), ("new", STUB), (STUB, "new"), ("old", "new", STUB, "")])
def test_of_an_answer_that_stands_twice_the_last_one_with_an_answer_counts(copies):
    """nbgrader keeps the last; a blank copy after the answer would cost the student everything."""
    submitted = done()
    place = at(submitted, "f-solution")
    original = submitted.cells.pop(place)
    for source in reversed(copies):
        cell = copy.deepcopy(original)
        cell.source = source
        submitted.cells.insert(place, cell)
    notebook, repairs = mend(submitted, RELEASE)
    assert notebook.cells[at(notebook, "f-solution")].source == "new"
    assert [cell.source for cell in notebook.cells].count("new") == 1
    assert repairs == ["the answer cell of f stood there more than once; the last one with an answer counts"]


def test_a_blank_copy_does_not_run_after_the_answer():
    submitted = done()
    place = at(submitted, "f-solution")
    blank = copy.deepcopy(RELEASE.cells[place])
    submitted.cells.insert(place + 1, blank)
    notebook, _ = mend(submitted, RELEASE)
    definitions = [cell.source for cell in notebook.cells if cell.source.startswith("def f(")]
    assert definitions == [ANSWERS["f-solution"]]


def test_an_earlier_copy_runs_before_the_one_that_counts():
    submitted = done()
    place = at(submitted, "f-solution")
    earlier = copy.deepcopy(submitted.cells[place])
    earlier.source = "def f(x):\n    return 'earlier'"
    submitted.cells.insert(0, earlier)
    notebook, _ = mend(submitted, RELEASE)
    definitions = [cell.source for cell in notebook.cells if cell.source.startswith("def f(")]
    assert definitions == [earlier.source, ANSWERS["f-solution"]]


def test_empty_copies_go():
    submitted = done()
    place = at(submitted, "f-solution")
    empty = copy.deepcopy(submitted.cells[place])
    empty.source = "\n"
    submitted.cells.insert(place + 1, empty)
    notebook, _ = mend(submitted, RELEASE)
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in done().cells]


def test_a_locked_cell_that_stands_twice_is_there_once():
    submitted = done()
    submitted.cells.insert(0, copy.deepcopy(submitted.cells[at(submitted, "f")]))
    notebook, repairs = mend(submitted, RELEASE)
    assert graded(notebook) == graded(RELEASE)
    assert repairs == ["the check cell of f stood there more than once; one is enough"]


def test_foreign_grade_ids_are_the_students_own_cells():
    submitted = done()
    submitted.cells.append(marked(new_code_cell("bonus"), "bonus", grade=True, points=100.0))
    notebook, repairs = mend(submitted, RELEASE)
    assert graded(notebook) == graded(RELEASE)
    assert notebook.cells[-1].source == "bonus" and notebook.cells[-1].metadata == {}
    assert repairs == []


def test_an_empty_notebook_becomes_the_release():
    notebook, repairs = mend(new_notebook(), RELEASE)
    assert graded(notebook) == graded(RELEASE)
    assert len(repairs) == len(graded(RELEASE))


def test_repairs_are_short_whatever_the_student_wrote():
    submitted = done()
    submitted.cells *= 100
    _, repairs = mend(submitted, RELEASE)
    assert len(repairs) <= len(graded(RELEASE)) + 1


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    st.lists(st.text(max_size=3), max_size=3),
)
KEYS = st.sampled_from(
    ["cell_type", "source", "metadata", "id", "outputs", "nbgrader", "grade_id", "points", "x"]
)


@st.composite
def mangled(draw):
    """A submitted notebook's JSON with its cells moved, lost, repeated and corrupted."""
    cells = json.loads(json.dumps(done()["cells"]))
    chosen = draw(st.lists(st.integers(0, len(cells) - 1), max_size=2 * len(cells)))
    cells = [copy.deepcopy(cells[index]) for index in chosen]
    for cell in cells:
        match draw(st.integers(0, 5)):
            case 0:
                cell[draw(KEYS)] = draw(JUNK)
            case 1:
                cell["metadata"][draw(KEYS)] = draw(JUNK)
            case 2:
                cell["metadata"].setdefault("nbgrader", {})[draw(KEYS)] = draw(JUNK)
            case 3:
                cell.pop(draw(KEYS), None)
    cells += draw(st.lists(st.one_of(JUNK, st.dictionaries(KEYS, JUNK, max_size=4)), max_size=3))
    whole = {"nbformat": 4, "nbformat_minor": draw(st.one_of(st.integers(0, 9), JUNK)), "cells": cells}
    return whole | draw(st.dictionaries(st.sampled_from(["metadata", "x"]), JUNK, max_size=2))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("mangled") / f"{WEEK}.ipynb"


@settings(max_examples=300, deadline=None)
@given(mangled())
def test_any_mangled_notebook_has_exactly_the_releases_graded_cells_once_in_order(scratch, content):
    scratch.write_text(json.dumps(content))
    notebook, repairs = mend(read_notebook(scratch, LIMITS), RELEASE)
    nbformat.validate(notebook)
    assert graded(notebook) == graded(RELEASE)
    assert list(question_cells(notebook).values()) == [("f", 3.0), ("g", 2.0)]
    frame = {name_of(cell): cell for cell in RELEASE.cells}
    for cell in notebook.cells:
        if name_of(cell) and not frame[name_of(cell)].metadata.nbgrader.solution:
            assert cell.source == frame[name_of(cell)].source
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all("\n" not in line for line in repairs)
    nbformat.writes(notebook).encode()


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(JUNK, lambda x: st.dictionaries(KEYS, x, max_size=3))))
def test_any_file_is_read_or_unreadable(scratch, content):
    scratch.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    try:
        read_notebook(scratch, LIMITS)
    except Unreadable as problem:
        assert "\n" not in str(problem)


def test_reading_and_mending_takes_10_ms_at_most(read, folder):
    read(json.dumps(done()).encode())
    path = folder / f"{WEEK}.ipynb"
    assert quickest(lambda: mend(read_notebook(path, LIMITS), RELEASE), 0.010, tries=9) <= 0.010
