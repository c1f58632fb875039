"""Comparisons on plain data, outside the student's process.

Messages are read by students: they say what is off (shape, sign of trouble, property) and never show
an input, an expected value or reference code. Numbers for staff go into ``detail``.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    import sympy


class Symbolic(Protocol):
    """A symbolic answer: `autograder.grading.student.Expression`."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of its free symbols."""

    def at(self, points: list[dict[str, float]]) -> np.ndarray:
        """Its complex values at the points."""


EXPRESSION_ATOL = 1e-12
"""Absolute tolerance of an expression's values: their truth may be 0."""


class Wrong(AssertionError):
    """The answer is wrong: `message` is for the student, `detail` for staff, `hint` teaches."""

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


@dataclass(frozen=True)
class PValue:
    """The first draw of a two-stage test: its p-value, the level of each stage, and why it may be believed."""

    value: float
    level: float
    valid: str


@dataclass
class Watch:
    """What the comparisons saw: how the graders' own error is measured.

    `errors` holds one number a numeric comparison, the largest error in units of its tolerance (above 1 is
    wrong); `p_values` one entry a two-stage test; `expected` the arrays that answers were compared with.
    """

    errors: list[float] = field(default_factory=list)
    p_values: list[PValue] = field(default_factory=list)
    expected: list[np.ndarray] = field(default_factory=list)


_watches: list[Watch] = []


@contextmanager
def watching() -> Iterator[Watch]:
    """Record what every comparison sees within the block."""
    watch = Watch()
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)


def _observe_error(actual: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> None:
    with np.errstate(all="ignore"):
        error = np.abs(actual - expected) / (atol + rtol * np.abs(expected))
    error = np.where(actual == expected, 0.0, np.where(np.isnan(error), np.inf, error))
    for watch in _watches:
        watch.errors.append(float(error.max(initial=0.0)))
        watch.expected.append(expected)


def check(condition: Any, message: str, *, hint: str = "", detail: str = "") -> None:
    """Raise Wrong unless the condition holds."""
    if not bool(condition):
        raise Wrong(message, hint=hint, detail=detail)


def unpack(value: Any, n: int, what: str = "the result") -> tuple[Any, ...]:
    """The value (a tuple, a list or an array) as a tuple of `n` parts; raises Wrong where it is not."""
    several = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim > 0)
    if not several or len(value) != n:
        got = f"{len(value)} values" if several else f"one {type(value).__name__}"
        raise Wrong(f"{what} should be {n} values, but got {got}")
    return tuple(value)


def _is(what: str) -> str:
    """The words with their verb: what the part before the first preposition ends with says whether it is several."""
    head = re.split(
        r" (?:of|for|from|with|without|over|in|inside|below|above|between|after|at|on|to) ", what
    )[0]
    return f"{what} are" if re.search(r"[^s]s$", head) else f"{what} is"


def as_array(value: Any, what: str = "the result", *, dtype: Any = np.float64) -> np.ndarray:
    """The value as an array of numbers; raises Wrong where it is none (None, text, ragged lists)."""
    if type(value) is np.ndarray and value.dtype == dtype:
        return value
    if value is None:
        raise Wrong(f"{_is(what)} None: did the function return something?")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise Wrong(f"{_is(what)} not a rectangular array of numbers") from None
    if array.dtype.kind not in "biuf":
        kind = "complex" if array.dtype.kind == "c" else type(value).__name__
        raise Wrong(f"{what} should be real numbers, but got {kind}")
    with np.errstate(all="ignore"):  # a number beyond float64 becomes infinite
        return array.astype(dtype)


def assert_shape(value: Any, shape: tuple[int, ...], what: str = "the result") -> np.ndarray:
    """The value as an array of that shape; raises Wrong where the shape differs."""
    array = as_array(value, what)
    if array.shape != tuple(shape):
        raise Wrong(f"{what} should have shape {tuple(shape)}, but got shape {array.shape}")
    return array


def assert_finite(value: Any, what: str = "the result") -> np.ndarray:
    """The value as an array without NaN or infinity."""
    array = as_array(value, what)
    if np.isnan(array).any():
        raise Wrong(f"there is NaN in {what}")
    if np.isinf(array).any():
        raise Wrong(f"{_is(what)} infinite somewhere")
    return array


def assert_close(
    actual: Any, expected: Any, what: str = "the result", *, rtol: float = 1e-8, atol: float = 0.0
) -> None:
    """The actual value agrees with the expected one in shape and within ``atol + rtol * |expected|``.

    Infinities must agree exactly; a NaN is always wrong. Where the truth is 0, give `atol`.
    """
    target = np.asarray(expected, dtype=np.float64)
    array = assert_shape(actual, target.shape, what)
    if _watches:
        _observe_error(array, target, rtol, atol)
    if _surely_close(array, target, rtol, atol):
        return
    if np.isnan(array).any():
        raise Wrong(f"there is NaN in {what}")
    with np.errstate(all="ignore"):
        close = np.isclose(array, target, rtol=rtol, atol=atol)
        error = np.abs(array - target)
    if close.all():
        return
    infinite = np.isinf(array) & ~np.isinf(target)
    detail = (
        f"{int((~close).sum())} of {close.size} values differ; largest difference "
        f"{np.nanmax(np.where(close, 0.0, error), initial=0.0):.6g} (rtol {rtol:g}, atol {atol:g})\n"
        f"expected {_short(target)}\ngot      {_short(array)}"
    )
    if infinite.any():
        raise Wrong(f"{_is(what)} infinite where a number should be", detail=detail)
    share = "" if close.size == 1 or not close.any() else f" ({int((~close).sum())} of {close.size} values)"
    raise Wrong(f"{_is(what)} not right{share}", detail=detail)


def _surely_close(actual: np.ndarray, target: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether all values are finite and close, found in a third of `np.isclose`'s time; False says nothing."""
    if not target.ndim:
        error, bound = abs(float(actual) - float(target)), atol + rtol * abs(float(target))
        return error <= bound < math.inf
    with np.errstate(all="ignore"):
        bounds = np.abs(target) * rtol
        bounds += atol
        errors = np.abs(actual - target)
        # A bound is infinite only where the target is; the largest sum is not, then, either.
        return bool((errors <= bounds).all()) and bool(np.isfinite(bounds.sum()))


def assert_probabilities(value: Any, what: str = "the result", *, axis: int = -1, atol: float = 1e-9) -> None:
    """The values lie in [0, 1] and sum to one along the axis."""
    array = assert_finite(value, what)
    check((array >= -atol).all() and (array <= 1 + atol).all(), f"{what} should lie between 0 and 1")
    check(np.allclose(array.sum(axis), 1.0, rtol=0, atol=atol), f"{what} should sum to one")


def assert_p_value(
    p_value: Callable[[np.random.Generator], float],
    rng: np.random.Generator,
    message: str,
    *,
    valid: str,
    level: float = 1e-3,
    hint: str = "",
) -> None:
    """Two-stage test of a random answer: Wrong only where two independent draws both give p < `level`.

    `p_value(rng)` draws afresh (asks the student's function with a fresh seed) and returns the p-value of
    a valid test. A correct answer fails with probability at most ``level ** 2``, 1e-6 by default. `valid` says
    for the page of the validation why a correct answer has p < `level` that seldom: which test, and whether it is
    exact; where it is asymptotic, what makes up for its error.
    """
    first = p_value(rng)
    for watch in _watches:
        watch.p_values.append(PValue(first, level, valid))
    if first >= level:
        return
    second = p_value(rng)
    if not second >= level:
        raise Wrong(message, hint=hint, detail=f"p-values {first:.3g} and {second:.3g}, level {level:g} each")


def assert_expression(
    actual: Symbolic | Any,
    expected: sympy.Expr,
    points: Sequence[dict[str, float]],
    what: str = "the expression",
    *,
    rtol: float = 1e-8,
) -> None:
    """A symbolic answer has the expected value at every point (a map from symbol name to number)."""
    if isinstance(actual, int | float):
        actual_values = np.full(len(points), complex(actual))
    elif hasattr(actual, "at"):
        unknown = sorted(set(actual.symbols) - {*_compiled(expected)[0], *points[0]})
        if unknown:
            raise Wrong(f"{what} uses {', '.join(unknown)[:80]}, which is not among the given symbols")
        actual_values = actual.at([dict(point) for point in points])
    else:
        raise Wrong(f"{what} should be a SymPy expression, but got {type(actual).__name__}")
    expected_values = _values(expected, points)
    if np.isnan(actual_values).any():
        raise Wrong(f"{_is(what)} not a number at some point")
    if _watches:
        _observe_error(actual_values, expected_values, rtol, EXPRESSION_ATOL)
    if _surely_close(actual_values, expected_values, rtol, EXPRESSION_ATOL):
        return
    if not np.allclose(actual_values, expected_values, rtol=rtol, atol=EXPRESSION_ATOL):
        raise Wrong(
            f"{_is(what)} not right", detail=f"at {points}: {actual_values}, expected {expected_values}"
        )


def _values(expression: sympy.Expr, points: Sequence[dict[str, float]]) -> np.ndarray:
    """Complex values of a reference expression at the points."""
    names, function = _compiled(expression)
    return np.array([complex(function(*(point[name] for name in names))) for point in points])


@functools.lru_cache(maxsize=512)
def _compiled(expression: sympy.Expr) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """The names of an expression's symbols, and the expression as a function of them.

    Substituting costs a hundred times more than calling it, and to look for the symbols more than the comparison.
    """
    import sympy

    symbols = {symbol.name: symbol for symbol in expression.free_symbols}
    names = tuple(sorted(symbols))
    return names, sympy.lambdify([symbols[name] for name in names], expression, modules=["scipy", "numpy"])


def _short(array: np.ndarray) -> str:
    return np.array2string(array, precision=8, threshold=24, edgeitems=3)
