"""Measure a week's hidden graders: what they catch, what they let through, how often they err.

Everything that could run for ever (mutants, wrong solutions) runs in the sandbox, as a submission would; the
replicas of correct code run in the measuring process.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Any, Literal

import msgspec
from scipy import stats

from autograder import bank, keys
from autograder.bank import Solution
from autograder.batch import begin_worker
from autograder.config import Course
from autograder.grade import NotebookRun, release_files
from autograder.grading.compare import Watch, watching
from autograder.grading.local import pasted
from autograder.grading.session import GraderSession, Question
from autograder.grading.student import Caller, LocalCaller
from autograder.results import QuestionResult, TestResult
from autograder.sandbox import Sandbox
from autograder.source import read_source
from autograder.submission import read_release
from autograder.validate import cheats
from autograder.validate.digest import digest
from autograder.validate.mutants import mutants

Progress = Callable[[int, int, str], None]
"""Called with the number of parts that are done, the number of all, and the part that was done last."""

GAP = 10.0
"""Least ratio between a tolerance and the nearest wrong, and the worst right, solution."""

BOUND = 1e-6
"""How often a statistical test may fail correct code, by computation."""

BY_CHANCE = 1e-4
"""A p-value is called invalid where replicas as bad as those seen have at most this probability."""

PATIENCE = 100.0
"""Seconds of computing for one test's replicas. A slow test whose p-value is exact, or bounded by computation, gets
fewer, though never less than a hundredth: its bound holds all the same. One that is asymptotic gets them all."""

FAR = 1e99
"""Stands for a distance without bound, such as that of a NaN."""


class WrongMeasure(msgspec.Struct, kw_only=True):
    """One known mistake, graded with several keys: what it costs, whether its hint is shown, whom it hurts besides."""

    name: str
    keys: int
    lost: float
    """Share of the question's points, with the key that it costs least."""
    lost_most: float
    """The same with the key that it costs most."""
    hints: int
    """Number of keys with which the author reads its hint."""
    hurts: list[str]
    reason: str = ""
    """Why what it costs depends on the numbers drawn, where the bank says so."""

    @property
    def even(self) -> bool:
        """Whether it costs the same whatever numbers are drawn."""
        return self.lost == self.lost_most

    @property
    def explained(self) -> bool:
        """Whether its hint is shown whatever numbers are drawn."""
        return self.hints == self.keys


class ToleranceMeasure(msgspec.Struct, kw_only=True):
    """One test that compares numbers: distances in units of the tolerance, so that 1 is the tolerance itself."""

    test: str
    nearest_wrong: float | None = None
    """Smallest error of a known mistake that a number of this test gave away; None where none did."""
    nearest: str = ""
    worst_right: float = 0.0
    """Largest error of a correct alternative."""
    worst: str = ""
    reason: str = ""
    """Why less than ten-fold gaps do no harm, where the bank says so."""

    @property
    def narrow(self) -> bool:
        """Whether a gap is less than ten-fold."""
        nearest = FAR if self.nearest_wrong is None else self.nearest_wrong
        return nearest < GAP or self.worst_right > 1 / GAP


class MutantMeasure(msgspec.Struct, kw_only=True):
    """The automatic mutants of one question."""

    total: int = 0
    caught: int = 0
    caught_by_public_checks: int = 0
    equivalent: dict[str, str] = {}
    survivors: list[str] = []


class StatisticalMeasure(msgspec.Struct, kw_only=True):
    """One statistical test: failures of correct code over replicas, and its power."""

    test: str
    valid: list[str]
    """Why its p-values may be believed, as the grader says."""
    levels: list[float]
    """Level of each stage, one entry for each two-stage decision of the test."""
    replicas: int
    failures: int
    upper_bound: float
    """Clopper–Pearson 95 % upper bound of the failure rate, from the replicas alone."""
    first_stage: int
    """First draws with a p-value below its level, in all replicas: two in a row are a failure."""
    power: dict[str, float]

    @property
    def computed(self) -> float:
        """Bound of the false-failure probability, for valid p-values: two stages, each at its level."""
        return sum(level**2 for level in self.levels)

    @property
    def promised_first_stage(self) -> float:
        """The most first draws below their level that valid p-values give on average."""
        return self.replicas * sum(self.levels)


class QuestionMeasure(msgspec.Struct, kw_only=True):
    """All that was measured of one question's graders."""

    question: str
    tests: int = 0
    reference: float = 0.0
    stub: float = 0.0
    wrong: list[WrongMeasure] = []
    right: dict[str, float] = {}
    tolerances: list[ToleranceMeasure] = []
    mutants: MutantMeasure = msgspec.field(default_factory=MutantMeasure)
    statistical: list[StatisticalMeasure] = []


class Measures(msgspec.Struct, kw_only=True):
    """One week's validation; `broken` names every promise that does not hold."""

    assignment: str
    digest: str
    """Of what was measured: see `autograder.validate.digest`."""
    questions: list[QuestionMeasure] = []
    untouched: dict[str, float] = {}
    """Share of the points that the released notebook earns as it is, by question."""
    cheats: dict[str, dict[str, float]] = {}
    """Share of the points that each cheat of `autograder.validate.cheats` earns, by question."""
    broken: list[str] = []
    seconds: float = 0.0
    """Time of all parts together, whichever process they ran in."""

    @property
    def mutants(self) -> int:
        """Number of all mutants that are not equivalent."""
        return sum(q.mutants.total - len(q.mutants.equivalent) for q in self.questions)

    @property
    def mutant_share(self) -> float:
        """Share of those that the hidden graders catch."""
        return sum(q.mutants.caught for q in self.questions) / self.mutants if self.mutants else 1.0

    @property
    def public_share(self) -> float:
        """Share of those that the public checks catch."""
        caught = sum(q.mutants.caught_by_public_checks for q in self.questions)
        return caught / self.mutants if self.mutants else 1.0


class Validation(msgspec.Struct, kw_only=True):
    """One week's measures, when they were taken, and with which versions."""

    date: str
    versions: dict[str, str]
    measures: Measures


@dataclass(frozen=True)
class _Part:
    """What one process measures at a time: `kind` is a method of `_Bench`."""

    week: str
    kind: Literal["statistics", "mutants", "solutions", "cheats"]
    question: str = ""


def validate(
    course: Course,
    weeks: Sequence[str],
    *,
    replicas: int = 10_000,
    keys_each: int = 50,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> list[Measures]:
    """Measure every autograded question of some weeks.

    `replicas` is the number of keys for statistical tests, `keys_each` for solutions in the bank and for power.
    """
    measures = {week: Measures(assignment=week, digest=digest(course, week)) for week in weeks}
    questions: dict[str, dict[str, QuestionMeasure]] = {}
    parts = []
    for week in weeks:
        source = read_source(
            course.assignments / week / f"{week}.py",
            importlib.import_module(f"reference.{course.week(week).reference}"),
        )
        names = [question.name for question in source.questions]
        questions[week] = {name: QuestionMeasure(question=name) for name in names}
        measures[week].questions = list(questions[week].values())
        parts += [
            _Part(week, kind, name) for kind in ("statistics", "mutants", "solutions") for name in names
        ]
        parts.append(_Part(week, "cheats"))
    pool = ProcessPoolExecutor(
        workers,
        multiprocessing.get_context("spawn"),
        _begin,
        (dict(os.environ), course, replicas, keys_each),
    )
    try:
        tasks = {pool.submit(_measure, part): part for part in parts}
        for done, task in enumerate(as_completed(tasks), 1):
            part = tasks[task]
            found, seconds = task.result()
            target = questions[part.week][part.question] if part.question else measures[part.week]
            for name, value in found.items():
                setattr(target, name, value)
            measures[part.week].seconds += seconds
            progress(done, len(parts), f"{part.week} {part.question} {part.kind}")
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise
    pool.shutdown()
    for measure in measures.values():
        measure.broken = list(broken_promises(measure))
        measure.seconds = round(measure.seconds, 1)
    return list(measures.values())


class _Worker:
    """One measuring process: the week that is on its bench, one at a time."""

    course: Course
    replicas: int
    keys_each: int
    bench: _Bench | None = None

    def ready(self, week: str) -> _Bench:
        """The bench with that week on it."""
        if self.bench is None or self.bench.week != week:
            self.close()
            self.bench = _Bench(self.course, week, self.replicas, self.keys_each)
        return self.bench

    def close(self) -> None:
        """Clear the bench."""
        if self.bench is not None:
            self.bench.close()
            self.bench = None


_worker = _Worker()


def _begin(environment: Mapping[str, str], course: Course, replicas: int, keys_each: int) -> None:
    begin_worker(environment)
    _worker.course, _worker.replicas, _worker.keys_each = course, replicas, keys_each
    Finalize(None, _worker.close, exitpriority=100)


def _measure(part: _Part) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    bench = _worker.ready(part.week)
    if part.kind == "cheats":
        found = {"untouched": bench.untouched(), "cheats": bench.cheats()}
    else:
        found = getattr(bench, part.kind)(part.question)
    return found, time.perf_counter() - started


class _Bench:
    """One week on the bench. Each public method measures one part: what it returns are attributes of the measures."""

    def __init__(self, course: Course, week: str, replicas: int, keys_each: int) -> None:
        declared = course.week(week)
        self.course = course
        self.week = week
        self.replicas = replicas
        self.keys_each = keys_each
        self.session = GraderSession(week, declared.reference)
        self.sandbox = Sandbox(course.limits, declared.preload, course.sandbox_minimum)
        self.reference_source = inspect.getsource(self.session.reference)
        source = read_source(course.assignments / week / f"{week}.py", self.session.reference)
        self.public_checks = {question.name: _called(question.checks) for question in source.questions}
        self.bank = bank.solutions(week)
        module = importlib.import_module(f"autograder.bank.{week}")
        self.equivalent: dict[str, str] = getattr(module, "EQUIVALENT_MUTANTS", {})
        self.narrow: dict[str, str] = getattr(module, "NARROW_TOLERANCES", {})
        self.uneven: dict[str, str] = getattr(module, "UNEVEN_MISTAKES", {})

    def close(self) -> None:
        """End the sandbox and the pytest session."""
        self.sandbox.close()
        self.session.close()

    def solutions(self, question: str) -> dict[str, Any]:
        """The contract of the question, and its solutions in the bank, right and wrong."""
        tolerances = {
            test: ToleranceMeasure(test=test, reason=self.narrow.get(test, ""))
            for test in self.session.tests(question)
        }
        numeric: set[str] = set()
        wrong, right = [], {}
        for solution in self.bank:
            if solution.question == question and solution.correct:
                right[solution.name] = self._right(solution, tolerances, numeric)
            elif solution.question == question:
                wrong.append(self._wrong(solution, tolerances, numeric))
        reference = LocalCaller(pasted(self.session, {}))
        blank = pasted(self.session, {})
        blank[question] = _stub  # in the namespace itself: what else is given there calls it too
        stub = LocalCaller(blank)
        return {
            "tests": len(tolerances),
            "reference": self._graded(question, reference, b"reference").points or 0.0,
            "stub": self._graded(question, stub, b"stub").points or 0.0,
            "wrong": wrong,
            "right": right,
            "tolerances": [measure for test, measure in tolerances.items() if test in numeric],
        }

    def mutants(self, question: str) -> dict[str, Any]:
        """The automatic mutants of the question."""
        counts = MutantMeasure(equivalent={}, survivors=[])
        for mutant in mutants(getattr(self.session.reference, question)):
            counts.total += 1
            if mutant.name in self.equivalent:
                counts.equivalent[mutant.change] = self.equivalent[mutant.name]
                continue
            with self._notebook(mutant.source) as run:
                if self._caught(question, run):
                    counts.caught += 1
                else:
                    counts.survivors.append(mutant.change)
                if run.run_cell("public", self.public_checks.get(question, "")).status != "ok":
                    counts.caught_by_public_checks += 1
        return {"mutants": counts}

    def statistics(self, question: str) -> dict[str, Any]:
        """The statistical tests of the question."""
        reference = LocalCaller(pasted(self.session, {}))
        measured = []
        for test in self.session.tests(question):
            _, watch = self._tested(question, reference, b"probe", test)
            if not watch.p_values:
                continue
            started = time.process_time()
            self._tested(question, reference, b"clock", test)
            share = PATIENCE / (self.replicas * (time.process_time() - started))
            if any(p.valid.startswith("asymptotic") for p in watch.p_values):
                share = 1.0
            replicas = math.ceil(self.replicas * min(max(share, 0.01), 1.0))
            failures = first_stage = 0
            for number in range(replicas):
                result, seen = self._tested(question, reference, b"%d" % number, test)
                failures += result.outcome != "passed"
                first_stage += sum(not p.value >= p.level for p in seen.p_values)
            measured.append(
                StatisticalMeasure(
                    test=test,
                    valid=list(dict.fromkeys(p.valid for p in watch.p_values)),
                    levels=[p.level for p in watch.p_values],
                    replicas=replicas,
                    failures=failures,
                    upper_bound=_rounded(stats.beta.ppf(0.95, failures + 1, replicas - failures)),
                    first_stage=first_stage,
                    power=self._power(question, test),
                )
            )
        return {"statistical": measured}

    def untouched(self) -> dict[str, float]:
        """What the released notebook earns as it is."""
        run = NotebookRun(
            self.sandbox, release_files(self.course.release / self.week, self.week), self.course.limits
        )
        try:
            for cell in read_release(self.course, self.week).cells:
                if cell.cell_type == "code":
                    run.run_cell(cell.id, cell.source)
            return self._every_question(run)
        finally:
            run.close()

    def cheats(self) -> dict[str, dict[str, float]]:
        """What each cheat earns."""
        earned = {}
        for name, cell in cheats.cells(self.session.questions).items():
            run = NotebookRun(self.sandbox, {}, self.course.limits)
            try:
                run.run_cell("cheat", cell)
                earned[name] = self._every_question(run)
            finally:
                run.close()
        return earned

    @contextmanager
    def _notebook(self, replacement: str) -> Iterator[NotebookRun]:
        """The reference as a notebook in the sandbox, with one function replaced."""
        run = NotebookRun(self.sandbox, {}, self.course.limits)
        try:
            run.run_cell("reference", self.reference_source)
            run.run_cell("replacement", replacement)
            yield run
        finally:
            run.close()

    def _every_question(self, run: NotebookRun) -> dict[str, float]:
        shares = {}
        for question in self.session.questions:
            run.begin_question()
            shares[question] = self._graded(question, run, b"cheat").points or 0.0
            run.end_question()
        return shares

    def _right(self, solution: Solution, tolerances: dict[str, ToleranceMeasure], numeric: set[str]) -> float:
        caller = LocalCaller(pasted(self.session, {solution.question: solution.source}))
        points = []
        for number in range(self.keys_each):
            errors: dict[str, float] = {}
            result = self._graded(solution.question, caller, b"right%d" % number, errors=errors)
            points.append(result.points or 0.0)
            numeric.update(errors)
            for test, error in errors.items():
                if error > tolerances[test].worst_right:
                    tolerances[test].worst_right = _rounded(error)
                    tolerances[test].worst = solution.name
        return min(points)

    def _wrong(
        self, solution: Solution, tolerances: dict[str, ToleranceMeasure], numeric: set[str]
    ) -> WrongMeasure:
        hurts = []
        earned: dict[str, float] = {}
        own: list[QuestionResult] = []
        with self._notebook(solution.source) as run:
            for question in self.session.questions:
                errors: dict[str, float] = {}
                result = self._answered(question, run, 0, earned, errors)
                if question == solution.question:
                    more = range(1, self.keys_each)
                    own = [result, *(self._answered(question, run, number, earned) for number in more)]
                    numeric.update(errors)
                    for test, error in errors.items():
                        nearest = tolerances[test].nearest_wrong
                        # Within the tolerance it lost its points elsewhere: by an error, a shape, an edited argument.
                        if error > 1.0 and (nearest is None or error < nearest):
                            tolerances[test].nearest_wrong = _rounded(error)
                            tolerances[test].nearest = solution.name
                elif result.points != 1.0 and question not in solution.also:
                    hurts.append(question)
                earned[question] = result.points or 0.0
        lost = [1.0 - (result.points or 0.0) for result in own]
        return WrongMeasure(
            name=solution.name,
            keys=len(own),
            lost=round(min(lost), 4),
            lost_most=round(max(lost), 4),
            hints=sum(any(test.hint == solution.hint for test in result.tests) for result in own),
            hurts=hurts,
            reason=self.uneven.get(solution.name, ""),
        )

    def _answered(
        self,
        question: str,
        run: NotebookRun,
        number: int,
        earned: dict[str, float],
        errors: dict[str, float] | None = None,
    ) -> QuestionResult:
        """Grade one question of a notebook with the key of that number, within the limits of a question."""
        run.begin_question()
        try:
            return self._graded(question, run, b"wrong%d" % number, earned=earned, errors=errors)
        finally:
            run.end_question()

    def _caught(self, question: str, caller: Caller) -> bool:
        return any(
            self._tested(question, caller, b"mutant", test)[0].outcome == "failed"
            for test in self.session.tests(question)
        )

    def _power(self, question: str, test: str) -> dict[str, float]:
        shares = {}
        for solution in self.bank:
            if solution.question == question and not solution.correct:
                caller = LocalCaller(pasted(self.session, {question: solution.source}))
                caught = sum(
                    self._tested(question, caller, b"power%d" % n, test)[0].outcome != "passed"
                    for n in range(self.keys_each)
                )
                shares[solution.name] = caught / self.keys_each
        return shares

    def _graded(
        self,
        question: str,
        caller: Caller,
        key: bytes,
        *,
        earned: dict[str, float] | None = None,
        errors: dict[str, float] | None = None,
    ) -> QuestionResult:
        """Grade the question; `errors` gets the largest error of each test that compares numbers, in tolerances."""
        results = []
        for test in self.session.tests(question):
            result, watch = self._tested(question, caller, key, test, earned)
            results.append(result)
            if errors is not None and watch.errors:
                errors[test] = min(max(watch.errors), FAR)
        return QuestionResult(name=question, max_points=1.0, tests=results)

    def _tested(
        self, question: str, caller: Caller, key: bytes, test: str, earned: dict[str, float] | None = None
    ) -> tuple[TestResult, Watch]:
        asked = Question(
            name=question,
            max_points=1.0,
            caller=caller,
            key=keys.derive(b"validate", key.hex()),
            earned=earned or {},
        )
        with watching() as watch:
            return self.session.run_test(asked, test), watch


def _called(checks: str) -> str:
    """The public checks as one cell that runs them all."""
    functions = [node for node in ast.parse(checks).body if isinstance(node, ast.FunctionDef)]
    calls = [f"{f.name}({', '.join(argument.arg for argument in f.args.args)})" for f in functions]
    return "\n".join([checks, *calls])


def _stub(*_: Any, **__: Any) -> None:
    raise NotImplementedError


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def broken_promises(measures: Measures) -> Iterator[str]:
    """What the figures say is not as it should be, a line each."""
    for who, shares in {"the released notebook, untouched,": measures.untouched, **measures.cheats}.items():
        for question, share in shares.items():
            if share:
                yield f"{question}: {who} earns {share:.0%}"
    for q in measures.questions:
        yield from (f"{q.question}: {problem}" for problem in _broken_in(q))
    if measures.mutant_share < 0.95:
        yield f"only {measures.mutant_share:.1%} of the mutants are caught; 95 % are promised"


def _broken_in(q: QuestionMeasure) -> Iterator[str]:
    if q.reference != 1.0:
        yield f"the reference earns {q.reference:.0%}"
    if q.stub != 0.0:
        yield f"an untouched stub earns {q.stub:.0%}"
    for wrong in q.wrong:
        if wrong.lost_most == 0.0:
            yield f"the known mistake {wrong.name} loses nothing"
        elif not wrong.explained:
            yield f"the hint of {wrong.name} is shown with {wrong.hints} of {wrong.keys} keys"
        if wrong.lost == 0.0 < wrong.lost_most:
            most = f"{wrong.lost_most:.0%}"
            yield f"the known mistake {wrong.name} loses nothing with some keys, up to {most} with others"
        elif 0.0 < wrong.lost < wrong.lost_most and not wrong.reason:
            yield f"{wrong.name} loses {wrong.lost:.0%} with some keys and {wrong.lost_most:.0%} with others"
        if wrong.hurts:
            yield f"{wrong.name} also costs points in {', '.join(wrong.hurts)}"
    for name, share in q.right.items():
        if share != 1.0:
            yield f"the correct solution {name} earns {share:.0%}"
    for tolerance in q.tolerances:
        if tolerance.narrow and not tolerance.reason:
            where = f"in {tolerance.test}, at 1 the tolerance,"
            if tolerance.worst_right > 1 / GAP:
                yield f"{where} the correct solution {tolerance.worst} is at {tolerance.worst_right:.2g}"
            if tolerance.nearest_wrong is not None and tolerance.nearest_wrong < GAP:
                yield f"{where} the mistake {tolerance.nearest} is only at {tolerance.nearest_wrong:.2g}"
    for change in q.mutants.survivors:
        yield f"a mutant survives: {change}"
    for test in q.statistical:
        if test.failures:
            yield f"{test.test} failed correct code {test.failures} times of {test.replicas}"
        if test.computed > BOUND * (1 + 1e-9):
            yield f"{test.test} may fail correct code with probability {test.computed:.1e}"
        if stats.poisson.sf(test.first_stage - 1, test.promised_first_stage) < BY_CHANCE:
            yield (
                f"{test.test} has {test.first_stage} p-values below their level, where valid ones have "
                f"{test.promised_first_stage:.0f}"
            )
