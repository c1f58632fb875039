"""otter's test cells as statements that assert, and as the functions that hold them here."""

from __future__ import annotations

import ast
import textwrap

from autograder.otter.master import Test
from autograder.otter.names import free_names

NOT_CONVERTED = "# NOT CONVERTED"
NOT_RIGHT = "this is not what the question asks for"


class NotConvertible(Exception):
    """Why something has no counterpart here."""


def names_used(test: Test) -> set[str]:
    """Names of the notebook that a test uses."""
    try:
        return free_names("\n".join(statements(test)[0]))
    except NotConvertible:
        arguments = (node.arg for node in ast.walk(ast.parse(test.code)) if isinstance(node, ast.arg))
        return free_names(test.code) | set(arguments)


def statements(test: Test, *, hidden: bool = False) -> tuple[list[str], str]:
    """A test as statements that assert, and the line that the student reads; raises NotConvertible."""
    tree = ast.parse(test.code)
    body, line = list(tree.body), ""
    function = body[0] if body and isinstance(body[0], ast.FunctionDef) else None
    called = len(body) == 2 and isinstance(body[1], ast.Expr) and isinstance(body[1].value, ast.Call)
    if function is not None and (len(body) == 1 or called):
        # otter's second format: a function whose arguments are names of the notebook.
        line = (ast.get_docstring(function) or "").partition("\n")[0]
        body = function.body[1:] if ast.get_docstring(function) is not None else list(function.body)
    elif test.output:
        if any("print(" in ast.unparse(node) for node in body[:-1]):
            raise NotConvertible("it prints on the way")
        body[-1:] = [_asserted(body[-1], test.output)]
    module = ast.Module(body, [])
    module = _FromEnvironment().visit(module)
    names = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    if "env" in names:
        raise NotConvertible("it looks through the notebook's environment")
    if (hidden and any(isinstance(node, ast.Try) for node in ast.walk(module))) or "raises" in ast.dump(
        module
    ):
        raise NotConvertible(
            "it catches an exception: use student.expects(…), as autograder/grading/__init__.py shows"
        )
    module = _Messages(test.message, hidden).visit(module)
    lines = [ast.unparse(ast.fix_missing_locations(node)) for node in module.body]
    if not lines:
        raise NotConvertible("it is empty")
    return lines, line


def _asserted(node: ast.stmt, output: str) -> ast.stmt:
    """The last line of a test, and what it showed, as one assertion."""
    if not isinstance(node, ast.Expr):
        raise NotConvertible("it shows something on the way, not at its end")
    value: ast.expr = node.value
    prints = [
        part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in ("print", "display")
    ]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        if len(value.args) != 1 or value.keywords or len(prints) > 1:
            raise NotConvertible("it prints more than one value")
        return ast.Assert(_equal(ast.Call(ast.Name("str"), [value.args[0]], []), ast.Constant(output)))
    if prints:
        raise NotConvertible("it prints on the way")
    try:
        expected = ast.literal_eval(output)
    except (ValueError, SyntaxError):
        return ast.Assert(_equal(ast.Call(ast.Name("repr"), [value], []), ast.Constant(output)))
    if expected is True:
        return ast.Assert(value)
    if expected is False:
        return ast.Assert(ast.UnaryOp(ast.Not(), value))
    return ast.Assert(_equal(value, ast.parse(output.strip(), mode="eval").body))


def _equal(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [ast.Eq()], [right])


class _FromEnvironment(ast.NodeTransformer):
    """``env["x"]`` as plain ``x``."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.value, ast.Name)
            and node.value.id == "env"
            and isinstance(node.slice, ast.Constant)
        ):
            name = node.slice.value
            if isinstance(name, str) and name.isidentifier():
                return ast.Name(name, ast.Load())
        return node


class _Messages(ast.NodeTransformer):
    """Assertions with a message; in a hidden test as ``check``, with one that shows no value."""

    def __init__(self, message: str, hidden: bool) -> None:
        self.message = message
        self.hidden = hidden

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        own = node.msg
        if self.hidden and not (isinstance(own, ast.Constant) and isinstance(own.value, str)):
            own = None
        message = own or ast.Constant(self.message or NOT_RIGHT)
        if not self.hidden:
            return ast.Assert(node.test, message)
        return ast.Expr(
            ast.Call(ast.Name("check"), [ast.Call(ast.Name("bool"), [node.test], []), message], [])
        )


def written_test(name: str, parameters: str, line: str, code: str, *, returns: bool = False) -> str:
    """A test as the function of its name, with the line that the student reads."""
    line = line.strip().replace("\\", "\\\\").replace('"', "'")
    arrow = " -> None" if returns else ""
    return f'def {name}({parameters}){arrow}:\n    """{line}"""\n{textwrap.indent(code, "    ")}'


def commented(reason: str, code: str) -> str:
    """Code that was not converted, as a comment that says why."""
    return textwrap.indent(f": {reason}\n" + code, "# ", lambda _: True).replace(
        "# :", f"{NOT_CONVERTED}:", 1
    )
