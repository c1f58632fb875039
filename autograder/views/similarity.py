"""Which students' answers are alike, side by side: a page for staff to look at, never a verdict.

copydetect compares the code of the answer cells question by question: comments, layout, names and texts count for
nothing, and what the release hands out counts for nothing. So does what a good part of the class has written, for
a question has its usual answers. Questions whose answer is a line or a formula are left out: everybody's is alike.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from autograder.config import Course, CourseError
from autograder.store import read_changes
from autograder.submission import (
    Unreadable,
    find_notebook,
    mend,
    question_cells,
    read_notebook,
    read_release,
)
from autograder.views.examples import answer_codes
from autograder.views.files import write_private
from autograder.views.report import PAGES, STUDENTS, page, student_links

K = 40
"""Shortest stretch of code that counts as alike, in characters once names and layout are out."""
WINDOW = 1
"""Every stretch is compared. Of more, copydetect takes some by a hash that is another in every process."""
SHORTEST = 60
"""Answers shorter than this, names and layout out, are alike anyway."""
LONG = 120
"""From this length on it says something that two answers are nearly the same."""
ENOUGH = 240
"""So much must be alike in all where no two long answers are nearly the same."""
LONGEST = 20_000
SHARE = 0.6
"""Pairs that agree in more of their code than this are shown."""
NEARLY = 0.9
TWICE = 2
"""So are pairs that agree in nearly all of so many answers."""
COMMON_SHARE, COMMON_COUNT = 0.2, 10
"""What more than this share of the class has, and more than this number of students, is usual."""
SYMBOLS = re.compile(r"\b(sp|sympy)\.")
MOST = 60
"""Pairs on one page."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Two answers to one question; the codes with what is alike marked."""

    question: str
    share: float
    characters: int
    """How much is alike, names and layout out."""
    codes: tuple[Markup, Markup]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two students and the answers of theirs that are alike."""

    students: tuple[str, str]
    share: float
    """Of the code of one of them, the larger of the two shares."""
    nearly: int
    """Answers that are nearly the same."""
    answers: tuple[Alike, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Students whose answer to a question is the same once names, layout and comments are out."""

    question: str
    students: tuple[str, ...]
    characters: int


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """What was found in a week."""

    week: str
    compared: int
    """Students with at least one answer that was compared."""
    questions: tuple[str, ...]
    left_out: Mapping[str, str]
    """Questions and answers that were not compared, and why."""
    pairs: tuple[Pair, ...]
    more: int
    """Pairs beyond those."""
    groups: tuple[Group, ...]

    def as_dict(self) -> dict[str, Any]:
        """All but the code, for machines."""
        return {
            "week": self.week,
            "compared": self.compared,
            "questions": list(self.questions),
            "left_out": dict(self.left_out),
            "thresholds": {
                "share": SHARE,
                "nearly": NEARLY,
                "shortest": SHORTEST,
                "long": LONG,
                "enough": ENOUGH,
                "k": K,
                "window": WINDOW,
            },
            "pairs": [
                {
                    "students": list(pair.students),
                    "share": round(pair.share, 4),
                    "answers": {answer.question: round(answer.share, 4) for answer in pair.answers},
                }
                for pair in self.pairs
            ],
            "more": self.more,
            "identical": [
                {"question": g.question, "students": list(g.students), "characters": g.characters}
                for g in self.groups
            ],
        }


def write_similarity(course: Course, week: str, progress: Progress | None = None) -> tuple[Path, Similarity]:
    """Compare a week's submissions and write the page for staff; returns where it lies, and what was found.

    Raises CourseError for an unknown week, or where nobody has submitted, or copydetect is not installed.
    """
    title = course.week(week).title
    answers, unread = _answers(course, week, progress)
    found = compare(course, week, answers, unread)
    links = [(title, f"{week}.html")] if (course.reports / f"{week}.html").is_file() else []
    there = {path.stem for path in (course.reports / PAGES / STUDENTS).glob("*.html")}
    path = course.reports / f"{week}-similarity.html"
    write_private(
        path,
        page(
            "similarity.html.j2",
            title=course.title,
            week_title=title,
            found=found,
            share=SHARE,
            nearly=NEARLY,
            shortest=SHORTEST,
            long=LONG,
            enough=ENOUGH,
            stretch=K,
            common=COMMON_SHARE,
            links=links,
            student_links=student_links(there, f"{PAGES}/{STUDENTS}"),
        ),
    )
    return path, found


def _answers(
    course: Course, week: str, progress: Progress | None
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The code of the answer cells by student and question, and who cannot be read."""
    release, changes = read_release(course, week), read_changes(course, week)
    folders = sorted(course.step("submitted").glob(f"*/{week}"))
    if not folders:
        raise CourseError(f"nobody has submitted {week}: collect the submissions first")
    answers, unread = {}, {}
    for number, folder in enumerate(folders, start=1):
        student = folder.parent.name
        try:
            notebook = read_notebook(find_notebook(folder, week), course.limits)
        except Unreadable as problem:
            unread[student] = str(problem)
        else:
            answers[student] = answer_codes(mend(notebook, release, changes)[0])
        if progress is not None:
            progress(number, len(folders), student)
    return answers, unread


def compare(
    course: Course,
    week: str,
    answers: Mapping[str, Mapping[str, str]],
    unread: Mapping[str, str] | None = None,
    *,
    every: bool = False,
) -> Similarity:
    """Compare the answers (student → question → code) of a week; `every` keeps pairs below the thresholds, too."""
    release = read_release(course, week)
    blank = answer_codes(release)
    given = "\n".join(cell["source"] for cell in release["cells"] if cell["cell_type"] == "code")
    left_out = dict(unread or {})
    handed_out = set(_fingerprint(given).hashes)
    prints: dict[str, dict[str, Any]] = {}
    for question in [name for name, _ in question_cells(release).values()]:
        reason = _why_not(course, week, question)
        if reason:
            left_out[question] = reason
            continue
        prints[question] = {}
        for student, codes in answers.items():
            code = codes.get(question, "")
            if code.strip() in ("", blank.get(question, "").strip()):
                continue
            if len(code) > LONGEST:
                left_out[f"{question} of {student}"] = f"longer than {LONGEST:,} characters"
                continue
            made = _fingerprint(code)
            if len(made.filtered_code) >= SHORTEST:
                _forget(made, handed_out)
                prints[question][student] = made
    groups = tuple(_groups(prints))
    for of_question in prints.values():
        _forget_what_is_usual(of_question)
    pairs = sorted(
        _pairs(prints, every),
        key=lambda pair: (-pair.share, -pair.nearly, pair.students),
    )
    return Similarity(
        week=week,
        compared=len({student for of_question in prints.values() for student in of_question}),
        questions=tuple(prints),
        left_out=left_out,
        pairs=tuple(pairs[:MOST]),
        more=max(0, len(pairs) - MOST),
        groups=groups,
    )


def _why_not(course: Course, week: str, question: str) -> str:
    """Why a question is not compared; empty where it is."""
    reference = importlib.import_module(f"reference.{course.week(week).reference}")
    function = getattr(reference, question, None)
    if function is None:
        return ""
    source = inspect.getsource(function)
    if SYMBOLS.search(source):
        return "a derivation in symbols: everybody's formulas are alike"
    if len(_fingerprint(_without_docstring(source)).filtered_code) < SHORTEST:
        return "its answer is too short to tell one author from another"
    return ""


def _without_docstring(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _copydetect() -> Any:
    try:
        import copydetect.detector
    except ImportError:
        raise CourseError("comparing needs copydetect: python -m pip install copydetect") from None
    return copydetect.detector


def _fingerprint(code: str) -> Any:
    return _copydetect().CodeFingerprint("answer.py", K, WINDOW, language="python", fp=io.StringIO(code))


def _forget(made: Any, hashes: set[int]) -> None:
    """Take stretches of code out of a fingerprint."""
    from copydetect.utils import get_token_coverage

    made.hashes = made.hashes - hashes
    made.hash_idx = {value: places for value, places in made.hash_idx.items() if value in made.hashes}
    made.token_coverage = get_token_coverage(made.hash_idx, K, len(made.filtered_code))


def _forget_what_is_usual(prints: Mapping[str, Any]) -> None:
    counts = Counter(value for made in prints.values() for value in made.hashes)
    limit = max(COMMON_SHARE * len(prints), COMMON_COUNT)
    usual = {value for value, count in counts.items() if count > limit}
    if usual:
        for made in prints.values():
            _forget(made, usual)


def _groups(prints: Mapping[str, Mapping[str, Any]]) -> Iterator[Group]:
    for question, of_question in prints.items():
        same: dict[str, list[str]] = defaultdict(list)
        for student, made in of_question.items():
            same[made.filtered_code].append(student)
        for code, students in same.items():
            if len(students) > 1 and len(code) >= LONG:
                yield Group(question=question, students=tuple(sorted(students)), characters=len(code))


def _pairs(prints: Mapping[str, Mapping[str, Any]], every: bool) -> Iterator[Pair]:
    """Every two students who have enough code in common, or any at all."""
    detector = _copydetect()
    shared: Counter[tuple[str, str]] = Counter()
    written: Counter[str] = Counter()
    for of_question in prints.values():
        holders: dict[int, list[str]] = defaultdict(list)
        for student, made in of_question.items():
            written[student] += int(made.token_coverage)
            for value in made.hashes:
                holders[value].append(student)
        for students in holders.values():
            shared.update(combinations(sorted(students), 2))
    for (one, other), stretches in shared.items():
        # So few stretches cannot make up what is shown, and most pairs have no more.
        if not every and stretches * K < ENOUGH:
            continue
        alike, same = [0.0, 0.0], []
        for question, of_question in prints.items():
            if one not in of_question or other not in of_question:
                continue
            a, b = of_question[one], of_question[other]
            if a.hashes.isdisjoint(b.hashes):
                continue
            overlap, shares, slices = detector.compare_files(a, b)
            alike[0] += shares[0] * a.token_coverage
            alike[1] += shares[1] * b.token_coverage
            same.append((float(max(shares)), int(overlap), question, a.raw_code, b.raw_code, slices))
        share = max(amount / written[student] for amount, student in zip(alike, (one, other), strict=True))
        nearly = sum(answer[0] >= NEARLY and answer[1] >= LONG for answer in same)
        # One short answer that is alike says little, whatever its share.
        much = share >= SHARE and sum(answer[1] for answer in same) >= ENOUGH
        if not (every or much or nearly >= TWICE):
            continue
        answers = tuple(
            Alike(
                question=question,
                share=of_answer,
                characters=overlap,
                codes=(_marked(code_a, slices[0]), _marked(code_b, slices[1])),
            )
            for of_answer, overlap, question, code_a, code_b, slices in sorted(
                same, key=lambda answer: -answer[0]
            )
        )
        yield Pair(students=(one, other), share=float(share), nearly=nearly, answers=answers)


def _marked(code: str, slices: Any) -> Markup:
    """The code, escaped, with the stretches marked."""
    parts, place = [], 0
    for start, end in sorted((int(a), int(b)) for a, b in zip(slices[0], slices[1], strict=True)):
        start = max(start, place)
        if end <= start:
            continue
        parts += [escape(code[place:start]), Markup("<mark>"), escape(code[start:end]), Markup("</mark>")]
        place = end
    return Markup("").join([*parts, escape(code[place:])])
