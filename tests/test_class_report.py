import json
import re
import stat
from datetime import UTC, datetime, timedelta

import fake_class
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder import cli
from autograder.config import Course, CourseError, Exemption, Week
from autograder.results import QuestionResult, Report, TestResult, to_json
from autograder.views.anonymous import Scrubber, alias
from autograder.views.course import gather
from autograder.views.items import items
from autograder.views.report import class_page, write_report, write_site

WEEKS = ("week3_sampling", "week4_gmm")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A class of forty over two weeks, in whose gradebook three more are known."""
    return make_class(tmp_path_factory.mktemp("class"), 40)


def make_class(folder, size):
    weeks = tuple(
        Week(
            name=name,
            title=name.title(),
            reference=name.partition("_")[2],
            deadline="2027-02-22T23:59:00+00:00",
        )
        for name in WEEKS
    )
    course = Course(
        id="fake",
        title="Generative Models",
        weeks=weeks,
        data=folder,
        exemptions=(Exemption("zenobia", "week4_gmm"),),
    )
    for seed, week in enumerate(WEEKS):
        target = course.reports / week
        target.mkdir(parents=True)
        for report in fake_class.reports(size, seed):
            report.assignment = week
            (target / f"{report.student}.json").write_bytes(to_json(report))
    with Gradebook(course.gradebook_url, course.id) as book:
        names = [path.stem for path in (course.reports / WEEKS[0]).glob("*.json")]
        for name in [*names, "xaver", "yvonne", "zenobia"]:
            book.update_or_create_student(name, first_name=f"{name.title()}", last_name="Testperson")
        for week in WEEKS:
            book.add_assignment(week, duedate=course.week(week).due_utc)
        due = course.week("week4_gmm").due_utc
        for name, hours in (("ada", 0), ("alan", 26), ("xaver", -50)):
            with book.db.no_autoflush:
                book.add_submission("week4_gmm", name, timestamp=due + timedelta(hours=hours))
    return course


def test_who_has_not_submitted_who_is_late_and_who_waits_for_a_grade(written):
    sampling, gmm = gather(written).weeks
    assert sampling.missing == ["xaver", "yvonne", "zenobia"]
    assert gmm.missing == ["yvonne"]  # zenobia is exempt
    assert gmm.late == {"alan": 26 * 3600}
    assert gmm.ungraded == ["xaver"]
    assert gmm.attempts is None


def test_without_a_gradebook_nobody_is_called_late_or_missing(tmp_path):
    course = fake_class.write(tmp_path, fake_class.reports())
    (week,) = gather(course).weeks
    assert (week.missing, week.late) == (None, None)
    assert "is not known" in class_page(course, gather(course), linked=False)
    assert not (tmp_path / "gradebook.db").exists()


def test_attempts_are_counted_from_the_exchange(tmp_path):
    from autograder.exchange.store import Person, Store
    from course_exchange.manifest import Entry

    course = fake_class.write(tmp_path, fake_class.reports())
    moment = datetime(2027, 2, 1, tzinfo=UTC)
    store = Store(course, course.data / "exchange", now=lambda: moment)
    empty = Entry("week4_gmm.ipynb", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    staff = Person("staff", frozenset({"release"}))
    release = store.open_upload(staff, "assignment", "week4_gmm", "", [empty], "a")
    store.complete(staff, release["upload"])
    ada = Person("ada", frozenset({"submit"}))
    for nonce in "bcd":
        upload = store.open_upload(ada, "submission", "week4_gmm", "", [empty], nonce)
        if nonce != "d":
            store.complete(ada, upload["upload"])
    store.close()
    (week,) = gather(course).weeks
    assert week.attempts == {"ada": 2}


def test_discrimination_leaves_the_question_itself_out():
    rng = np.random.default_rng(0)
    passed = rng.random((30, 3)) < 0.5
    reports = [
        Report(
            assignment="w", student=str(i), status="graded",
            questions=[
                QuestionResult(
                    name=name, max_points=2,
                    tests=[TestResult(name="t", weight=1, line="l", outcome="passed" if ok else "failed")],
                )
                for name, ok in zip("abc", row, strict=True)
            ],
        )
        for i, row in enumerate(passed)
    ]  # fmt: skip
    found = items(reports)["a"]
    expected = np.corrcoef(passed[:, 0], passed[:, 1].astype(int) + passed[:, 2])[0, 1]
    assert found.discrimination == pytest.approx(expected)
    assert found.tests["t"] == pytest.approx(expected)
    assert items(reports[:9])["a"].discrimination is None
    assert items([]) == {}


def test_every_page_is_there_readable_by_its_owner_only_and_every_link_leads_somewhere(written):
    index, _ = write_site(written)
    pages = [index, *(index.parent / f"{week}.html" for week in WEEKS), *index.parent.rglob("pages/*/*.html")]
    assert len(pages) == 3 + 2 * len(fake_class.QUESTIONS) + 43
    for page in pages:
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        text = page.read_text(encoding="utf-8")
        assert "STAFF-ONLY" not in text
        assert not re.search(r"https?:|\bsrc=|<(link|img|iframe)\b", text)
        for address in re.findall(r'href="([^"#]+)"', text):
            assert (page.parent / address).resolve().is_file(), (page, address)
    for folder in (index.parent / "pages", index.parent / "pages" / "students"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_pages_of_questions_name_nobody_and_link_to_no_student(written):
    write_site(written)
    names = {
        word.casefold() for person in gather(written).people.values() for word in (person.id, *person.words)
    }
    for page in (written.reports / "pages").glob("week*/*.html"):
        body = page.read_text(encoding="utf-8").partition("</style>")[2]
        words = {word.casefold() for word in re.findall(r"\w+", body)}
        assert not words & names
        assert "students/" not in body


def test_who_has_left_leaves_no_page_behind(written):
    index, _ = write_site(written)
    old = index.parent / "pages" / "students" / "gone.html"
    old.write_text("old")
    write_site(written)
    assert not old.exists()


def test_a_weeks_page_links_to_what_is_there(tmp_path):
    course = fake_class.write(tmp_path, fake_class.reports())
    page = write_report(course, fake_class.WEEK).read_text(encoding="utf-8")
    assert "pages/week4_gmm/e_step.html" in page and "index.html" not in page and "students/" not in page
    write_site(course)
    page = write_report(course, fake_class.WEEK).read_text(encoding="utf-8")
    assert "index.html" in page and "pages/students/ada.html" in page


def test_before_anything_is_graded_the_site_says_what_to_run(tmp_path):
    with pytest.raises(CourseError, match="run 'course grade WEEK' first"):
        write_site(fake_class.course(tmp_path))


def test_the_figures_for_machines_are_what_the_pages_show(written, tmp_path):
    figures = json.loads(json.dumps(gather(written).as_dict()))
    gmm = figures["weeks"][1]
    assert gmm["not_submitted"] == ["yvonne"] and gmm["attempts"] is None
    assert {question["question"] for question in gmm["questions"]} == set(fake_class.QUESTIONS)


def test_the_command_writes_all_pages_or_a_weeks_and_refuses_an_output_for_all(tmp_path, monkeypatch):
    course = fake_class.write(tmp_path / "data", fake_class.reports())
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    run = CliRunner().invoke
    assert run(cli.app, ["report"]).stdout.strip() == str(course.reports / "index.html")
    figures = tmp_path / "figures.json"
    arguments = ["report", fake_class.WEEK, "--output", str(tmp_path / "a.html"), "--json", str(figures)]
    assert run(cli.app, arguments).stdout.strip() == str(tmp_path / "a.html")
    assert json.loads(figures.read_text())["weeks"][0]["week"] == fake_class.WEEK
    refused = run(cli.app, ["report", "--output", str(tmp_path / "b.html")]).exception
    assert isinstance(refused, CourseError) and "one week's page" in str(refused)


def autograded(course, student, code, week="week4_gmm", question="e_step"):
    cell = new_code_cell(code, metadata={"nbgrader": {"grade_id": f"{question}-solution"}})
    path = course.step("autograded") / student / week / f"{week}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(writes(new_notebook(cells=[cell])))


def test_an_example_of_each_mistake_is_shown_without_who_wrote_it(tmp_path):
    course = fake_class.write(tmp_path, fake_class.reports())
    hint = fake_class.QUESTIONS["e_step"][3]
    for report in fake_class.reports():
        question = next((q for q in report.questions if q.name == "e_step"), None)
        if question is not None and hint in {test.hint for test in question.tests}:
            author = report.student
            autograded(
                course, author,
                f"def e_step(X, params):\n    '''{author} wrote this'''\n"
                f"    # {author}, 1234567\n    {author}_result = X < 1  # <script>\n    return {author}_result\n",
            )  # fmt: skip
    write_site(course)
    page = (course.reports / "pages" / "week4_gmm" / "e_step.html").read_text(encoding="utf-8")
    assert "someone_result = X &lt; 1" in page
    assert "wrote this" not in page and "1234567" not in page and "# " not in page.partition("<main>")[2]
    assert page.count("<pre") == 1  # answers that are the same once names are gone are shown once


def test_an_alias_is_another_in_each_question_and_under_each_key():
    one = alias(b"k" * 32, "week", "q", "ada")
    assert one == alias(b"k" * 32, "week", "q", "ada") and "ada" not in one
    assert len({one, alias(b"k" * 32, "week", "r", "ada"), alias(b"l" * 32, "week", "q", "ada")}) == 3


class TestScrubber:
    scrubber = Scrubber(
        ["s123", "Max", "Müller", "bo@example.edu", "Ada Lovelace", "mu"], ["np.max(X)", "mu, sigma"]
    )

    def test_the_courses_own_words_stay_in_code(self):
        assert self.scrubber.code("mu = np.max(X)") == "mu = np.max(X)"

    def test_names_go_wherever_they_stand(self):
        code = self.scrubber.code(
            "Müller = adaLovelace = s123 = boLoss = 1\nprint('by Max <bo@example.edu>')"
        )
        assert code == ("someone = someonesomeone = someone = someoneLoss = 1\nprint('by someone <someone>')")

    def test_comments_and_docstrings_go(self):
        code = self.scrubber.code("# me\ndef f(x):\n    'doc'\n    # more\n    return x  # why\n")
        assert code == "def f(x):\n    return x"

    def test_a_function_of_nothing_but_words_stays_python(self):
        assert self.scrubber.code("def f(x):\n    '''mine'''\n") == "def f(x):\n    ..."

    def test_words_of_other_alphabets_before_a_docstring_move_nothing(self):
        assert self.scrubber.code("def f(x): 'dóc'; return 'ä'") == "def f(x): ...; return 'ä'"

    @pytest.mark.parametrize(
        "code", ["def f(:\n", "x = 'open\n", "(" * 5000, "x = 1\n" * 10_000, "%%bash\nls"]
    )
    def test_what_is_no_python_or_too_long_is_not_shown(self, code):
        assert self.scrubber.code(code) is None

    def test_long_numbers_go_from_messages(self):
        assert (
            self.scrubber.text("ValueError: 0712345678 and 3.1415926") == "ValueError: 000000 and 3.1415926"
        )


def test_a_thousand_students_have_a_class_page_below_five_megabytes(tmp_path):
    course = make_class(tmp_path, 1000)
    index, _ = write_site(course)
    assert index.stat().st_size < 5_000_000
    assert max(path.stat().st_size for path in course.reports.rglob("*.html")) < 5_000_000
