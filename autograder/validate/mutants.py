"""Small mistakes made on purpose: automatic mutants of a reference function.

Each mutant changes one place as a slip of the pen would: an operator, a constant, an axis, a comparison, a
dropped statement, swapped arguments, a ``ddof``, a logarithm. A hidden grader that cannot tell a mutant from
the reference would not notice a student's like mistake.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst
from libcst import matchers as m

from autograder.grading.session import NOT_GRADED

BINARY: dict[type[cst.BaseBinaryOp], type[cst.BaseBinaryOp]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.Power: cst.Multiply,
    cst.MatrixMultiply: cst.Multiply,
    cst.FloorDivide: cst.Divide,
    cst.Modulo: cst.Multiply,
}
COMPARE: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
}
AUGMENTED: dict[type[cst.BaseAugOp], type[cst.BaseAugOp]] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
}
NAMES = {
    "log": "log1p",
    "exp": "expm1",
    "log1p": "log",
    "sum": "mean",
    "mean": "sum",
    "cumsum": "cumprod",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "zeros": "ones",
    "ones": "zeros",
    "logsumexp": "max",
    "std": "var",
    "var": "std",
    "gammaln": "gamma",
    "betaln": "beta",
    "sqrt": "square",
    "square": "sqrt",
    "ppf": "cdf",
    "any": "all",
    "all": "any",
    "standard_normal": "random",
}
TRANSPARENT = {"log", "exp", "sqrt", "abs", "square", "asarray", "atleast_1d", "atleast_2d", "copy"}
"""Functions of one argument that a slip leaves out."""


@dataclass(frozen=True)
class Mutant:
    """A reference function with one change: its question, what was changed, and the whole source."""

    question: str
    change: str
    source: str

    @property
    def name(self) -> str:
        """Stable name, used where a mutant is marked as equivalent."""
        return f"{self.question}: {self.change}"


def mutants(function: Callable[..., Any]) -> list[Mutant]:
    """Every mutant of a function (or class), in the order of its lines, without doubles."""
    source = textwrap.dedent(inspect.getsource(function))
    module = cst.parse_module(source)
    name = function.__name__
    found: dict[str, Mutant] = {}
    for target, replacement in _changes(module):
        mutated = module.deep_replace(target, replacement).code
        if mutated == source or mutated in found or not _compiles(mutated):
            continue
        found[mutated] = Mutant(name, _described(source, mutated), mutated)
    return list(found.values())


def _compiles(source: str) -> bool:
    try:
        compile(source, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


def _described(source: str, mutated: str) -> str:
    """The first changed line, before and after."""
    before, after = source.splitlines(), mutated.splitlines()
    for old, new in zip(before, after, strict=False):
        if old != new:
            return (
                f"{old.strip()} → {new.strip()}" if len(before) == len(after) else f"without: {old.strip()}"
            )
    return "the last line dropped"


def _changes(module: cst.Module) -> Iterator[tuple[cst.CSTNode, Any]]:
    """Pairs of a node and what takes its place; docstrings, annotations and ungraded checks are left alone."""
    for function in m.findall(module, m.FunctionDef()):
        assert isinstance(function, cst.FunctionDef)
        body = function.body
        statements = body.body if isinstance(body, cst.IndentedBlock) else ()
        for statement in statements:
            if m.matches(statement, m.SimpleStatementLine([m.Expr(m.SimpleString())])):
                continue
            if m.matches(statement, m.SimpleStatementLine([m.Expr(m.ConcatenatedString())])):
                continue
            if isinstance(statement, cst.If) and NOT_GRADED in module.code_for_node(statement):
                continue
            yield from _in_statement(statement)


def _in_statement(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, Any]]:
    yield from _of_node(node)
    for child in node.children:
        yield from _in_statement(child)


def _of_node(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, Any]]:
    if isinstance(node, cst.BinaryOperation) and type(node.operator) in BINARY:
        yield node.operator, BINARY[type(node.operator)]()
    elif isinstance(node, cst.ComparisonTarget) and type(node.operator) in COMPARE:
        yield node.operator, COMPARE[type(node.operator)]()
    elif isinstance(node, cst.AugAssign) and type(node.operator) in AUGMENTED:
        yield node.operator, AUGMENTED[type(node.operator)]()
    elif isinstance(node, cst.BooleanOperation):
        yield node.operator, cst.Or() if isinstance(node.operator, cst.And) else cst.And()
    elif isinstance(node, cst.UnaryOperation):
        yield node, node.expression
    elif isinstance(node, cst.Integer):
        yield node, cst.Integer(str(int(node.value, 0) + 1))
    elif isinstance(node, cst.Float):
        yield node, cst.Float(repr(float(node.value) * 2 + 1))
    elif isinstance(node, cst.If):
        yield node.test, _negated(node.test)
    elif isinstance(node, cst.IfExp):
        yield node, node.with_changes(body=node.orelse, orelse=node.body)
    elif isinstance(node, cst.SimpleStatementLine) and _droppable(node):
        yield node, cst.RemoveFromParent()
    elif isinstance(node, cst.Tuple) and len(node.elements) == 2:
        first, second = node.elements
        yield (
            node,
            node.with_changes(
                elements=[first.with_changes(value=second.value), second.with_changes(value=first.value)]
            ),
        )
    elif isinstance(node, cst.Attribute) and node.attr.value == "T":
        yield node, node.value
    elif isinstance(node, cst.Call):
        yield from _of_call(node)


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    return cst.UnaryOperation(cst.Not(), test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]))


def _droppable(line: cst.SimpleStatementLine) -> bool:
    """A statement whose loss still leaves a function that runs: updates, calls for effect."""
    return len(line.body) == 1 and isinstance(line.body[0], cst.AugAssign | cst.Expr)


def _of_call(call: cst.Call) -> Iterator[tuple[cst.CSTNode, Any]]:
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    if isinstance(name, cst.Name):
        if name.value in NAMES:
            changed = name.with_changes(value=NAMES[name.value])
            yield call, call.with_deep_changes(name, value=changed.value)
        if name.value in TRANSPARENT and len(call.args) == 1 and call.args[0].keyword is None:
            inner = call.args[0].value
            yield call, inner.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    positional = [arg for arg in call.args if arg.keyword is None and not arg.star]
    if len(positional) >= 2:
        first, second = positional[:2]
        swapped = [
            first.with_changes(value=second.value)
            if arg is first
            else second.with_changes(value=first.value)
            if arg is second
            else arg
            for arg in call.args
        ]
        yield call, call.with_changes(args=swapped)
    for arg in call.args:
        # "dtype=float" decides what a function accepts, not what it computes.
        if arg.keyword is not None and not (
            arg.keyword.value == "dtype" and m.matches(arg.value, m.Name("float"))
        ):
            kept = [other for other in call.args if other is not arg]
            if kept:
                kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            yield call, call.with_changes(args=kept)
