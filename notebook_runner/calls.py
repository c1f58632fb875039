"""Answer the grader's calls: look a function up in the notebook's namespace, call it, send its value."""

from __future__ import annotations

import collections
import io
import linecache
import sys
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import numpy as np

from notebook_runner import wire

MAX_MESSAGE = 2000
MAX_LINES = 6


class Calls:
    """The functions of one notebook, answered by name.

    `namespace` is the notebook's own, and is read at each call: a question answered now sees the
    notebook as it stands now.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._objects: dict[int, Any] = {}

    def answer(self, request: bytes) -> bytes:
        """Answer one request.

        A request is a dictionary with ``id``, ``op`` (``call``, ``each``, ``gradient``, ``method``, ``evaluate``
        or ``forget``) and the operation's arguments; the answer has the same ``id`` and either ``value``
        or ``error`` (type, message and the student's own lines).
        """
        number = None
        try:
            fields = wire.decode(request, resolve=self._arrive)
            number = fields["id"]
            # What a question prints while it is graded has no reader; kept apart from the cells' outputs.
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                started = time.process_time()
                value = getattr(self, "_" + fields["op"])(**fields["arguments"])
                seconds = time.process_time() - started
            return wire.encode({"id": number, "value": value, "seconds": seconds}, substitute=self._leave)
        except KeyboardInterrupt:
            error: dict[str, Any] = {"type": "TimeLimit", "message": "stopped at its time limit", "lines": []}
        except wire.WireError as problem:
            error = {"type": "ReturnValue", "message": str(problem)[:MAX_MESSAGE], "lines": []}
        except BaseException as problem:
            error = describe(problem)
        return wire.encode({"id": number, "error": error})

    def _call(self, function: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        target = self.namespace.get(function)
        if target is None:
            raise NameError(f"the notebook does not define {function}")
        return target(*args, **kwargs)

    def _each(self, function: str, calls: list[list[Any]]) -> list[Any]:
        """Several calls of one function, in turn."""
        return [snapshot(self._call(function, args, {})) for args in calls]

    def _gradient(self, function: str, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        """Call, and differentiate the sum of what comes back.

        One entry for each positional argument: a tensor's gradient, a module's as a dictionary by parameter;
        None for what the result does not depend on or what has no gradient.
        """
        import torch

        leaves: list[dict[str, Any]] = []
        for value in args:
            if isinstance(value, torch.nn.Module):
                leaves.append(dict(value.named_parameters()))
            elif isinstance(value, torch.Tensor) and value.is_floating_point():
                leaves.append({"": value.requires_grad_()})
            else:
                leaves.append({})
        with torch.enable_grad():
            total = self._call(function, args, kwargs).sum()
        tensors = [tensor for named in leaves for tensor in named.values()]
        found = iter(torch.autograd.grad(total, tensors, allow_unused=True))
        gradients = [{name: next(found) for name in named} for named in leaves]
        return [named.get("") if "" in named or not named else named for named in gradients]

    def _method(self, target: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(target, name)(*args, **kwargs)

    def _evaluate(self, expression: Any, points: list[dict[str, float]]) -> list[complex]:
        """Evaluate a SymPy expression at each point."""
        return [value_at(expression, point) for point in points]

    def _forget(self) -> None:
        self._objects.clear()

    def _arrive(self, value: Any) -> Any:
        if isinstance(value, wire.Seed):
            return np.random.default_rng(value.entropy)
        if isinstance(value, wire.Record):
            return self._named_tuple(value)
        if isinstance(value, wire.Handle):
            # An object of a process that died is gone: the call fails on None, not the channel.
            return self._objects.get(value.number)
        if isinstance(value, wire.Probe):
            from notebook_runner import probes

            return probes.build(value.name, value.parameters)
        return value

    def _named_tuple(self, record: wire.Record) -> Any:
        """The record as the notebook's own class of that name, so that its methods and fields work."""
        own = self.namespace.get(record.name)
        if isinstance(own, type) and tuple(getattr(own, "_fields", ())) == record.fields:
            return own(*record)
        return collections.namedtuple(record.name, record.fields)(*record)

    def _leave(self, value: Any) -> Any:
        sympy = sys.modules.get("sympy")
        names: tuple[str, ...] = ()
        kind = type(value).__name__
        if sympy is not None and isinstance(value, sympy.Expr):
            kind = "sympy"
            names = tuple(sorted(symbol.name for symbol in value.free_symbols))
        elif isinstance(value, set | frozenset | type(iter([])) | range):
            raise wire.WireError(f"a value of type {kind} cannot be returned: use a list or an array")
        number = len(self._objects) + 1
        self._objects[number] = value
        return wire.Handle(number, kind, names)


def snapshot(value: Any) -> Any:
    """The value as it is now: whoever holds it may go on writing into the same array."""
    torch = sys.modules.get("torch")
    if isinstance(value, np.ndarray):
        return value.copy()
    if torch is not None and isinstance(value, torch.Tensor):
        return value.detach().clone()
    make = getattr(type(value), "_make", None)
    if isinstance(value, tuple) and make is not None:
        return make(map(snapshot, value))
    if type(value) in (list, tuple):
        return type(value)(map(snapshot, value))
    return {key: snapshot(item) for key, item in value.items()} if type(value) is dict else value


def value_at(expression: Any, point: dict[str, float]) -> complex:
    """The value of a SymPy expression; symbols are matched by name, whatever their assumptions."""
    at = {symbol: point[symbol.name] for symbol in expression.free_symbols if symbol.name in point}
    return complex(expression.subs(at).evalf())


def describe(problem: BaseException) -> dict[str, Any]:
    """Type, message and the lines of the notebook's own cells for an exception raised in them."""
    lines = []
    for frame, line_number in traceback.walk_tb(problem.__traceback__):
        code = frame.f_code
        if is_cell(code.co_filename):
            text = linecache.getline(code.co_filename, line_number).strip()
            lines.append({"function": code.co_name, "line": line_number, "text": text[:200]})
    try:
        message = str(problem)[:MAX_MESSAGE]
    except BaseException:
        message = "(its message could not be read)"
    return {"type": type(problem).__name__[:100], "message": message, "lines": lines[-MAX_LINES:]}


def is_cell(filename: str) -> bool:
    """Whether code with this file name was compiled from a notebook's cell."""
    return (filename.startswith("<") and not filename.startswith("<frozen")) or "ipykernel_" in filename
