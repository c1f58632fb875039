"""Measure a week's hidden graders: what they catch, what they let through, how often they err.

Everything that could run for ever (mutants, wrong solutions) runs in the sandbox, as a submission would; the
replicas of correct code run in this process.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from scipy import stats

from autograder import bank, keys
from autograder.bank import Solution
from autograder.config import Course
from autograder.grade import NotebookRun, release_files
from autograder.grading.compare import watching
from autograder.grading.local import pasted
from autograder.grading.session import GraderSession, Question
from autograder.grading.student import Caller, LocalCaller
from autograder.results import QuestionResult
from autograder.sandbox import Sandbox
from autograder.source import read_source
from autograder.submission import read_release
from autograder.validate import cheats
from autograder.validate.mutants import mutants

Progress = Callable[[str], None]

GAP = 10.0
"""Least ratio between a tolerance and the nearest wrong, and the worst right, solution."""


class WrongMeasure(msgspec.Struct, kw_only=True):
    """One known mistake: the share of points it loses, whether its hint is shown, whom it hurts besides."""

    name: str
    lost: float
    hint_shown: bool
    hurts: list[str]
    error: float
    """Its largest error, in tolerances, in one grading; 0 where no comparison was numeric."""


class MutantMeasure(msgspec.Struct, kw_only=True):
    """The automatic mutants of one question."""

    total: int = 0
    caught: int = 0
    caught_by_public_checks: int = 0
    equivalent: dict[str, str] = {}
    survivors: list[str] = []

    @property
    def share(self) -> float:
        """Share of the non-equivalent mutants that the hidden graders catch."""
        counted = self.total - len(self.equivalent)
        return self.caught / counted if counted else 1.0


class StatisticalMeasure(msgspec.Struct, kw_only=True):
    """One statistical test: failures of correct code over replicas, and its power."""

    test: str
    replicas: int
    failures: int
    upper_bound: float
    """Clopper–Pearson 95 % upper bound of the failure rate, from the replicas alone."""
    first_stage: int
    """Replicas whose first p-value fell below the level (1e-3): two in a row are a failure."""
    computed: float
    """The false-failure probability by computation: level squared, for a valid p-value."""
    power: dict[str, float]


class QuestionMeasure(msgspec.Struct, kw_only=True):
    """All that was measured of one question's graders."""

    question: str
    tests: int
    reference: float
    stub: float
    wrong: list[WrongMeasure] = []
    right: dict[str, float] = {}
    worst_right: float = 0.0
    """Largest error, in tolerances, of any correct solution."""
    mutants: MutantMeasure = msgspec.field(default_factory=MutantMeasure)
    statistical: list[StatisticalMeasure] = []


class Measures(msgspec.Struct, kw_only=True):
    """One week's validation; `broken` names every promise that does not hold."""

    assignment: str
    questions: list[QuestionMeasure] = []
    untouched: dict[str, float] = {}
    """Share of the points that the released notebook earns as it is, by question."""
    cheats: dict[str, dict[str, float]] = {}
    """Share of the points that each cheat of `autograder.validate.cheats` earns, by question."""
    broken: list[str] = []
    seconds: float = 0.0

    @property
    def mutant_share(self) -> float:
        """Share of all non-equivalent mutants of the week that are caught."""
        counted = sum(q.mutants.total - len(q.mutants.equivalent) for q in self.questions)
        return sum(q.mutants.caught for q in self.questions) / counted if counted else 1.0


def validate(
    course: Course,
    week: str,
    *,
    replicas: int = 10_000,
    keys_each: int = 50,
    progress: Progress = lambda _: None,
) -> Measures:
    """Measure every autograded question of a week.

    `replicas` is the number of keys for statistical tests, `keys_each` for all others and for power.
    """
    started = time.perf_counter()
    declared = course.week(week)
    measures = Measures(assignment=week)
    with (
        GraderSession(week, declared.reference) as session,
        Sandbox(course.limits, declared.preload, course.sandbox_minimum) as sandbox,
    ):
        bench = _Bench(course, week, session, sandbox)
        for question in session.questions:
            progress(question)
            measures.questions.append(bench.measure(question, replicas, keys_each))
        progress("cheats")
        measures.untouched = bench.untouched()
        measures.cheats = bench.cheats()
    measures.broken = list(_broken(measures))
    measures.seconds = time.perf_counter() - started
    return measures


class _Bench:
    """One week on the bench."""

    def __init__(self, course: Course, week: str, session: GraderSession, sandbox: Sandbox) -> None:
        self.course = course
        self.week = week
        self.session = session
        self.sandbox = sandbox
        self.limits = course.limits
        self.reference_source = inspect.getsource(session.reference)
        source = read_source(course.assignments / week / f"{week}.py", session.reference)
        self.public_checks = {question.name: _called(question.checks) for question in source.questions}
        self.bank = bank.solutions(week)
        module = importlib.import_module(f"autograder.bank.{week}")
        self.equivalent: dict[str, str] = getattr(module, "EQUIVALENT_MUTANTS", {})

    def measure(self, question: str, replicas: int, keys_each: int) -> QuestionMeasure:
        reference = LocalCaller(pasted(self.session, {}))
        result = self.grade(question, reference, b"reference")
        stub = LocalCaller({**pasted(self.session, {}), question: _stub})
        measure = QuestionMeasure(
            question=question,
            tests=len(result.tests),
            reference=result.points or 0.0,
            stub=self.grade(question, stub, b"stub").points or 0.0,
        )
        for solution in self.bank:
            if solution.question == question:
                if solution.correct:
                    self.right(solution, measure, keys_each)
                else:
                    measure.wrong.append(self.wrong(solution))
        self.mutants(question, measure)
        self.statistics(question, measure, reference, replicas, keys_each)
        return measure

    def grade(
        self, question: str, caller: Caller, key: bytes, *, until_failure: bool = False
    ) -> QuestionResult:
        return self.session.grade(
            Question(
                name=question,
                max_points=1.0,
                caller=caller,
                key=keys.derive(b"validate", key.hex()),
                earned={},
                until_failure=until_failure,
            )
        )

    @contextmanager
    def notebook(self, replacement: str) -> Iterator[NotebookRun]:
        """The reference as a notebook in the sandbox, with one function replaced."""
        run = NotebookRun(self.sandbox, {}, self.limits)
        try:
            run.run_cell("reference", self.reference_source)
            run.run_cell("replacement", replacement)
            yield run
        finally:
            run.close()

    def untouched(self) -> dict[str, float]:
        run = NotebookRun(
            self.sandbox, release_files(self.course.release / self.week, self.week), self.limits
        )
        try:
            for cell in read_release(self.course, self.week).cells:
                if cell.cell_type == "code":
                    run.run_cell(cell.id, cell.source)
            return self.every_question(run)
        finally:
            run.close()

    def cheats(self) -> dict[str, dict[str, float]]:
        earned = {}
        for name, cell in cheats.cells(self.session.questions).items():
            run = NotebookRun(self.sandbox, {}, self.limits)
            try:
                run.run_cell("cheat", cell)
                earned[name] = self.every_question(run)
            finally:
                run.close()
        return earned

    def every_question(self, run: NotebookRun) -> dict[str, float]:
        shares = {}
        for question in self.session.questions:
            run.begin_question()
            shares[question] = self.grade(question, run, b"cheat").points or 0.0
        return shares

    def right(self, solution: Solution, measure: QuestionMeasure, keys_each: int) -> None:
        caller = LocalCaller(pasted(self.session, {solution.question: solution.source}))
        points = []
        with watching() as watch:
            for number in range(keys_each):
                points.append(self.grade(solution.question, caller, b"right%d" % number).points or 0.0)
        measure.right[solution.name] = min(points)
        measure.worst_right = max([measure.worst_right, *watch.errors])

    def wrong(self, solution: Solution) -> WrongMeasure:
        hurts = []
        earned: dict[str, float] = {}
        lost, hint_shown, errors = 0.0, False, list[float]()
        with self.notebook(solution.source) as run:
            for question in self.session.questions:
                with watching() as watch:
                    result = self.session.grade(
                        Question(name=question, max_points=1.0, caller=run, key=b"wrong", earned=earned)
                    )
                earned[question] = result.points or 0.0
                if question == solution.question:
                    lost = 1.0 - earned[question]
                    hint_shown = any(test.hint == solution.hint for test in result.tests)
                    errors = watch.errors
                elif earned[question] < 1.0 and question not in solution.also:
                    hurts.append(question)
        return WrongMeasure(
            name=solution.name,
            lost=round(lost, 4),
            hint_shown=hint_shown,
            hurts=hurts,
            error=max(errors, default=0.0),
        )

    def mutants(self, question: str, measure: QuestionMeasure) -> None:
        counts = measure.mutants
        for mutant in mutants(getattr(self.session.reference, question)):
            counts.total += 1
            if mutant.name in self.equivalent:
                counts.equivalent[mutant.change] = self.equivalent[mutant.name]
                continue
            with self.notebook(mutant.source) as run:
                result = self.grade(question, run, b"mutant", until_failure=True)
                if any(test.outcome == "failed" for test in result.tests):
                    counts.caught += 1
                else:
                    counts.survivors.append(mutant.change)
                if run.run_cell("public", self.public_checks.get(question, "")).status != "ok":
                    counts.caught_by_public_checks += 1

    def statistics(
        self, question: str, measure: QuestionMeasure, reference: Caller, replicas: int, keys_each: int
    ) -> None:
        for test in self.session.tests(question):
            with watching() as watch:
                self.session.run_test(self._asked(question, reference, b"probe"), test)
            if not watch.p_values:
                continue
            failures = first_stage = 0
            for number in range(replicas):
                with watching() as watch:
                    result = self.session.run_test(self._asked(question, reference, b"%d" % number), test)
                failures += result.outcome != "passed"
                first_stage += sum(bool(p < 1e-3) for p in watch.p_values)
            measure.statistical.append(
                StatisticalMeasure(
                    test=test,
                    replicas=replicas,
                    failures=failures,
                    upper_bound=float(stats.beta.ppf(0.95, failures + 1, replicas - failures)),
                    first_stage=first_stage,
                    computed=1e-6,
                    power=self.power(question, test, keys_each),
                )
            )

    def power(self, question: str, test: str, keys_each: int) -> dict[str, float]:
        shares = {}
        for solution in self.bank:
            if solution.question == question and not solution.correct:
                caller = LocalCaller(pasted(self.session, {question: solution.source}))
                caught = sum(
                    self.session.run_test(self._asked(question, caller, b"power%d" % n), test).outcome
                    != "passed"
                    for n in range(keys_each)
                )
                shares[solution.name] = caught / keys_each
        return shares

    def _asked(self, question: str, caller: Caller, key: bytes) -> Question:
        return Question(
            name=question, max_points=1.0, caller=caller, key=keys.derive(b"validate", key.hex()), earned={}
        )


def _called(checks: str) -> str:
    """The public checks as one cell that runs them all."""
    functions = [node for node in ast.parse(checks).body if isinstance(node, ast.FunctionDef)]
    calls = [f"{f.name}({', '.join(argument.arg for argument in f.args.args)})" for f in functions]
    return "\n".join([checks, *calls])


def _stub(*_: Any, **__: Any) -> None:
    raise NotImplementedError


def _broken(measures: Measures) -> Iterator[str]:
    for who, shares in {"the released notebook, untouched,": measures.untouched, **measures.cheats}.items():
        for question, share in shares.items():
            if share:
                yield f"{question}: {who} earns {share:.0%}"
    for q in measures.questions:
        if q.reference != 1.0:
            yield f"{q.question}: the reference earns {q.reference:.0%}"
        if q.stub != 0.0:
            yield f"{q.question}: an untouched stub earns {q.stub:.0%}"
        for wrong in q.wrong:
            if wrong.lost == 0.0:
                yield f"{q.question}: the known mistake {wrong.name} loses nothing"
            elif not wrong.hint_shown:
                yield f"{q.question}: the hint of {wrong.name} is not shown"
            if wrong.hurts:
                yield f"{q.question}: {wrong.name} also costs points in {', '.join(wrong.hurts)}"
            # within the tolerance it lost its points elsewhere: by an error, a shape, an edited argument
            if 1.0 < wrong.error < GAP:
                yield f"{q.question}: {wrong.name} is only {wrong.error:.2g} tolerances away"
        for name, share in q.right.items():
            if share != 1.0:
                yield f"{q.question}: the correct solution {name} earns {share:.0%}"
        if q.worst_right > 1 / GAP:
            yield f"{q.question}: a correct solution comes within {q.worst_right:.2g} of the tolerance"
        for test in q.statistical:
            if test.failures:
                yield f"{q.question}: {test.test} failed correct code {test.failures} times of {test.replicas}"
    if measures.mutant_share < 0.95:
        yield f"only {measures.mutant_share:.1%} of the mutants are caught; 95 % are promised"
