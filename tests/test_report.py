import re
from html.parser import HTMLParser
from itertools import pairwise

import fake_class
import pytest

from autograder.config import CourseError
from autograder.results import QuestionResult, Report, TestResult
from autograder.views.report import render, summarise, write_report


def page(reports, **kwargs):
    return render(fake_class.WEEK, "Gaussian mixtures and EM", reports, **kwargs)


@pytest.fixture(scope="module")
def html():
    return page(fake_class.reports(), figures={"seconds": 14.2, "workers": 2})


def test_the_page_lies_beside_the_reports_or_where_it_is_told(tmp_path):
    course = fake_class.write(tmp_path, fake_class.reports())
    assert write_report(course, fake_class.WEEK) == tmp_path / "reports" / "week4_gmm.html"
    chosen = write_report(course, fake_class.WEEK, tmp_path / "new" / "page.html")
    assert "Gaussian mixtures and EM" in chosen.read_text(encoding="utf-8")
    assert [p.name for p in chosen.parent.iterdir()] == ["page.html"]


def test_before_anything_is_graded_the_error_says_what_to_run(tmp_path):
    with pytest.raises(CourseError, match="run 'course grade week4_gmm' first"):
        write_report(fake_class.course(tmp_path), fake_class.WEEK)


def test_an_unknown_week_is_named(tmp_path):
    with pytest.raises(CourseError, match="no assignment 'week9'"):
        write_report(fake_class.course(tmp_path), "week9")


def test_a_damaged_report_waits_for_staff_and_the_others_are_shown(tmp_path):
    course = fake_class.write(tmp_path, fake_class.reports())
    (course.reports / fake_class.WEEK / "zoe.json").write_bytes(b'{"student": "zo\xff')
    text = write_report(course, fake_class.WEEK).read_text(encoding="utf-8")
    assert "zoe.json is no grade report: delete it and grade again" in text
    assert "Waiting for you: 3" in text
    assert "<bdi>ada</bdi>" in text


def test_a_class_of_nobody_readable_still_has_a_page():
    text = page([Report(assignment="week4_gmm", student="ada", status="unreadable", problem="truncated")])
    assert "truncated" in text
    assert "no grade" in text


def test_headline_counts_and_staff_problems_come_first(html):
    for label, value in {"submissions": 30, "graded in full": 28, "unreadable": 1}.items():
        assert f"<dt>{label}</dt><dd>{value}</dd>" in html
    assert html.index("Waiting for you: 2") < html.index('id="scores"')
    assert "14.2 s" in html and "2 workers" in html


def test_every_student_problem_repair_and_hint_is_on_the_page(html):
    for report in fake_class.reports():
        assert f"<bdi>{report.student}</bdi>" in html
    for text in ("fit ran out of time", "e_step: check cell restored", "Square the distances."):
        assert text in html


def test_staff_detail_never_reaches_the_page(html):
    assert "STAFF-ONLY" not in html
    assert "0.123456" not in html


def test_everything_from_outside_is_escaped():
    evil = "<script>alert(1)</script>"
    test = TestResult(name=evil, weight=1, outcome="failed", line=evil, message=evil, hint=evil)
    text = page(
        [
            Report(
                assignment="week4_gmm",
                student=evil,
                status="graded",
                problem=evil,
                repairs=[evil],
                layers=[evil],
                questions=[QuestionResult(name=evil, max_points=1, tests=[test], problem=evil)],
            )
        ]
    )
    assert evil not in text
    assert text.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in text


def test_nothing_is_fetched_from_anywhere(html):
    assert not re.search(r"https?:|//[a-z]", html.replace(script_of(html), ""))
    assert not re.search(r"<(link|img|iframe|object|embed)\b|\bsrc=|@import", html)
    assert "default-src 'none'" in html


def test_headings_are_in_order_tables_have_captions_and_ids_are_unique(html):
    seen = Outline()
    seen.feed(html)
    levels = seen.headings
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert seen.tables == seen.captions > 0
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.unscoped == 0
    assert seen.references <= set(seen.ids)


def test_a_thousand_submissions_stay_below_five_megabytes():
    assert len(page(fake_class.reports(1000)).encode()) < 5_000_000


def test_what_could_not_be_graded_counts_neither_as_zero_nor_as_failed():
    ungraded = TestResult(name="t", weight=1, outcome="could_not_grade", line="works")
    passed = TestResult(name="t", weight=1, outcome="passed", line="works")
    reports = [
        Report(
            assignment="w", student=name, status="graded",
            questions=[QuestionResult(name="q", max_points=4, tests=[test])],
        )
        for name, test in (("ada", ungraded), ("alan", passed))
    ]  # fmt: skip
    (question,) = summarise(reports)
    assert (question.share, question.full, question.could_not_grade) == (1.0, 1.0, 1)
    assert question.tests["t"].rate == 1.0


def test_a_mistake_seen_by_three_tests_is_counted_once_a_student():
    tests = [TestResult(name=n, weight=1, outcome="failed", line=n, hint="Divide by N_k.") for n in "abc"]
    questions = [QuestionResult(name="q", max_points=3, tests=tests)]
    (question,) = summarise([Report(assignment="w", student="ada", status="graded", questions=questions)])
    assert question.hints == {"Divide by N_k.": 1}


def script_of(html):
    return html[html.index("<script>") : html.index("</script>")]


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.headings, self.ids, self.references = [], [], set()
        self.tables = self.captions = self.unscoped = 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.unscoped += tag == "th" and "scope" not in given
        self.ids += [given["id"]] if "id" in given else []
        self.references.update(given.get("aria-labelledby", "").split())
        self.references.update(re.findall(r"url\(#([^)]+)\)", str(given)))
        if given.get("href", "").startswith("#"):
            self.references.add(given["href"][1:])
