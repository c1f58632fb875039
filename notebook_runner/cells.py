"""Run a notebook's cells in this process and keep their outputs in nbformat's form, as a kernel would send them."""

from __future__ import annotations

import base64
import builtins
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from IPython.core.history import HistoryManager

Output = dict[str, Any]


class Outputs:
    """The outputs of the cell that runs, within a budget of characters for the whole notebook."""

    def __init__(self) -> None:
        self.items: list[Output] = []
        self.room = 0
        self._clear_next = False

    def begin(self) -> None:
        """Start a cell."""
        self.items = []
        self._clear_next = False

    def add(self, output: Output) -> None:
        """Append an output; where the budget is used up, a note takes its place."""
        if self._clear_next:
            self.items.clear()
            self._clear_next = False
        size = _size(output)
        if size <= self.room:
            self.room -= size
            self.items.append(output)
        else:
            self._note()

    def write(self, name: str, text: str) -> None:
        """Append to a stream."""
        if not text:
            return
        cut = text[: max(self.room, 0)]
        last = self.items[-1] if self.items and not self._clear_next else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["text"] += cut
            self.room -= len(cut)
        elif cut:
            self.add({"output_type": "stream", "name": name, "text": cut})
        if len(cut) < len(text):
            self._note()

    def update(self, display_id: str | None, data: Any, metadata: Any) -> None:
        """Replace what was displayed under an id in this cell."""
        for output in self.items:
            if output.get("display_id") == display_id:
                output["data"], output["metadata"] = data, metadata

    def clear(self, wait: bool) -> None:
        """Clear the cell's outputs, now or at the next one."""
        self._clear_next = wait
        if not wait:
            self.items.clear()

    def _note(self) -> None:
        note = "\n[the outputs of this notebook are too large; the rest is not kept]\n"
        if self.items and self.items[-1].get("text") == note:
            return
        self.items.append({"output_type": "stream", "name": "stderr", "text": note})


def _size(output: Output) -> int:
    if output["output_type"] == "stream":
        return len(output["text"])
    return len(repr(output.get("data") or output.get("traceback")))


class Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = name
        self.outputs = outputs

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What printed text is made of."""
        return "UTF-8"

    def write(self, text: str) -> int:
        """Keep the text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.outputs.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """A stream to write to."""
        return True

    def isatty(self) -> bool:
        """No terminal."""
        return False


OUTPUTS = Outputs()


class Publisher(ZMQDisplayPublisher):
    """``display(…)`` and figures."""

    def publish(  # type: ignore[override]
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Keep a display."""
        display_id = (transient or {}).get("display_id")
        if update:
            OUTPUTS.update(display_id, data, metadata or {})
            return
        output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        if display_id:
            output["display_id"] = display_id
        OUTPUTS.add(output)

    def clear_output(self, wait: bool = False) -> None:
        """``clear_output()``."""
        OUTPUTS.clear(wait)


class Hook(ZMQShellDisplayHook):
    """The value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Nothing is printed before."""

    def write_output_prompt(self) -> None:
        """The prompt is the execution count."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the value's representations."""
        OUTPUTS.add(
            {
                "output_type": "execute_result",
                "data": dict(format_dict),
                "metadata": dict(md_dict or {}),
                "execution_count": self.prompt_count,
            }
        )

    def finish_displayhook(self) -> None:
        """Nothing is printed after."""


class Shell(ZMQInteractiveShell):
    """IPython as in a kernel, without one: no history, no sockets, outputs kept."""

    def init_history(self) -> None:
        """A history that keeps nothing on disk and starts no thread."""
        self.history_manager = HistoryManager(shell=self, parent=self, hist_file=":memory:", enabled=False)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        OUTPUTS.add(
            {
                "output_type": "error",
                "ename": str(etype.__name__),
                "evalue": _text(evalue),
                "traceback": [str(line) for line in stb],
            }
        )

    def enable_gui(self, gui: Any = None) -> None:
        """No event loop here."""

    def ask_exit(self) -> None:
        """``exit()`` ends nothing: the cells that follow are run."""


def _text(value: Any) -> str:
    try:
        return str(value)
    except BaseException:
        return ""


def new_shell() -> Shell:
    """The one shell of this process, with figures inline."""
    # A kernel's compiler names cells as the tracebacks and warnings show them to students.
    shell = Shell.instance(
        displayhook_class=Hook, display_pub_class=Publisher, compiler_class=XCachingCompiler
    )
    builtins.input = _no_input
    return shell


def _no_input(prompt: object = "") -> str:
    from IPython.core.error import StdinNotImplementedError

    del prompt
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


@contextmanager
def _streams() -> Iterator[None]:
    own = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", OUTPUTS), Stream("stderr", OUTPUTS)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = own


@contextmanager
def _undrawn(shell: Shell) -> Iterator[None]:
    """What is displayed is put into words only: to draw a figure takes longer than most cells."""
    formatter = shell.display_formatter
    assert formatter is not None
    own = formatter.active_types
    formatter.active_types = ["text/plain"]
    try:
        yield
    finally:
        formatter.active_types = own


def run_cell(shell: Shell, source: str, *, shown: bool = True) -> dict[str, Any]:
    """Run one cell: its status (``ok``, ``error`` or ``interrupted``), outputs and execution count.

    Where nobody will look at its outputs (not `shown`), figures are made but not drawn.
    """
    OUTPUTS.begin()
    count = shell.execution_count
    status = "ok"
    try:
        with _streams(), nullcontext() if shown else _undrawn(shell):
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
    except KeyboardInterrupt:
        status = "interrupted"
    except BaseException as error:
        status = "error"
        text = f"{type(error).__name__}: {_text(error)}"
        OUTPUTS.add(
            {
                "output_type": "error",
                "ename": type(error).__name__,
                "evalue": _text(error),
                "traceback": [text],
            }
        )
    shell.execution_count = count + 1
    return {"status": status, "outputs": [_plain(o) for o in OUTPUTS.items], "execution_count": count}


def _plain(output: Output) -> Output:
    """The output as it may cross: text only, pictures in base64; what no notebook page shows stays here."""
    plain = {key: value for key, value in output.items() if key != "display_id"}
    if "data" in plain:
        data = {str(kind): _encoded(value) for kind, value in plain["data"].items()}
        plain.update(data={kind: text for kind, text in data.items() if text is not None}, metadata={})
    return plain


def _encoded(value: Any) -> str | None:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, str) else None
