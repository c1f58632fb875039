"""Which names a piece of a notebook's code defines and uses, and a function's source as students read it."""

from __future__ import annotations

import ast
import builtins
import re

MARKS = re.compile(
    r"[ \t]*#[ \t]?(?:BEGIN SOLUTION|END SOLUTION|SOLUTION|SEED)(?:[ \t]+NO PROMPT)?[ \t]*$", re.MULTILINE
)
PROMPT = re.compile(
    r'^[ \t]*"""[ \t]*# BEGIN PROMPT.*?"""[ \t]*;?[ \t]*# END PROMPT[ \t]*\n?', re.MULTILINE | re.DOTALL
)
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def parsed(code: str) -> ast.Module | None:
    """The code's tree without IPython's magics; None where it does not compile."""
    try:
        return ast.parse(MAGIC.sub("", code))
    except SyntaxError:
        return None


def clean(code: str) -> str:
    """A solution without otter's marks and prompts."""
    return MARKS.sub("", PROMPT.sub("", code))


def defined(node: ast.stmt) -> list[str]:
    """Names that a statement at the top of a cell defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    stored = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    inner = {
        n.id
        for part in ast.walk(node)
        if isinstance(part, ast.comprehension)
        for n in ast.walk(part.target)
        if isinstance(n, ast.Name)
    }
    return [name for name in dict.fromkeys(stored) if name not in inner]


def top_names(code: str) -> list[str]:
    """Names that the statements of a cell define."""
    return [name for node in getattr(parsed(code), "body", []) for name in defined(node)]


def loaded(code: str) -> set[str]:
    """Names that the code reads somewhere, those of augmented assignments included."""
    names = set()
    for node in ast.walk(parsed(code) or ast.Module([], [])):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def free_names(code: str) -> set[str]:
    """Names that the code takes from outside itself, Python's own excepted."""
    import symtable

    found: set[str] = set()

    def look(table: symtable.SymbolTable, top: bool) -> None:
        for symbol in table.get_symbols():
            outside = not symbol.is_assigned() and not symbol.is_imported() if top else symbol.is_global()
            if symbol.is_referenced() and outside:
                found.add(symbol.get_name())
        for child in table.get_children():
            look(child, False)

    tree = parsed(code)
    if tree is None:
        return set()
    table = symtable.symtable(ast.unparse(tree), "<cell>", "exec")
    look(table, True)
    own = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
    return {name for name in found - own if not hasattr(builtins, name)}


def with_docstring(function: ast.FunctionDef, code: str, docstring: str) -> str:
    """A function's source, with the docstring that students read and a body on lines of its own."""
    lines = code.splitlines()
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    text = "\n".join(lines[first - 1 : function.end_lineno])
    one_line = function.body[0].lineno <= function.lineno
    if ast.get_docstring(function) is not None and not one_line and len(function.body) > 1:
        return text
    if one_line or (ast.get_docstring(function) is not None):
        if ast.get_docstring(function) is None:
            function.body.insert(0, ast.Expr(ast.Constant(docstring)))
        if len(function.body) == 1:
            function.body.append(ast.Return(ast.Constant(None)))
        return ast.unparse(ast.fix_missing_locations(function))
    start = function.body[0].lineno
    body = lines[start - 1 :]
    indent = re.match(r"\s*", body[0])
    # Comments between the signature and the first statement stay with the body.
    while start > function.lineno + 1 and lines[start - 2].strip().startswith("#"):
        start -= 1
    head = lines[first - 1 : start - 1]
    rest = lines[start - 1 : function.end_lineno]
    return "\n".join([*head, f'{indent[0] if indent else "    "}"""{docstring}"""', *rest])
