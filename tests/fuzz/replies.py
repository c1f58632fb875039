"""Coverage-guided fuzzing of all that reads a student's process: replies, comparisons, outputs.

    python tests/fuzz/replies.py -runs=1000000

Whatever bytes come, they are decoded or refused: no crash, no hang (2 s), no memory above the cap (1 GB). The
options are libFuzzer's. Half of the mutations are libFuzzer's own, on bytes; the others change the message's
tree, so that they get past the outer decoding.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris
import msgpack
import numpy as np

with atheris.instrument_imports(include=["autograder", "notebook_runner"]):
    from autograder.grading import compare
    from autograder.grading.student import StudentFault, open_answer
    from autograder.sandbox.outputs import clean_outputs
    from notebook_runner import wire

NUMBER = 7
MAX_LENGTH = 4096
LIMITS = [f"-max_len={MAX_LENGTH}", "-timeout=2", "-rss_limit_mb=1024", "-malloc_limit_mb=512"]
STRANGE = [
    *(
        None,
        True,
        0,
        -1,
        2**64 - 1,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "\0",
        "\x1b]0;x\x07",
        b"",
        b"\xff" * 9,
    ),
    *(
        [],
        {},
        [[]],
        {"": {}},
        "|O",
        "<f8",
        "<U0",
        "<U4",
        "O",
        "V8",
        "<M8[s]",
        "(2,)f8",
        "id",
        "value",
        "error",
    ),
    *("lines", "ReturnValue", "text/html", "<script>x</script>", "<div>" * 300, "image/png", "sympy"),
]


def seeds() -> list[bytes]:
    """Well-formed replies of every kind."""
    record = wire.Record("Mixture", ("weights", "means"), (np.ones(2) / 2, np.zeros((2, 3))))
    values: list[Any] = [
        *(None, True, 3, -(2**70), 2.5, 1 + 2j, "text", b"bytes", [1, [2.0]], (1, "a"), {"a": 1, 2: [None]}),
        *(np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((2, 2), "f4")), np.array(["a", "bc"])),
        *(
            np.array([1 + 1j]),
            np.array([], "i8"),
            np.float32(2),
            record,
            wire.Handle(1, "sympy", ("n", "s1")),
        ),
    ]
    error = {"type": "ValueError", "message": "no", "lines": [{"function": "f", "line": 3, "text": "raise"}]}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "hello\x1b[31m"},
        {"output_type": "display_data", "data": {"text/html": "<b onclick=x>hi</b>", "image/png": "aGk="}},
        {"output_type": "execute_result", "data": {"text/plain": "3"}, "execution_count": 2},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]},
    ]
    values.append({"status": "ok", "execution_count": 3, "outputs": outputs})
    replies = [wire.encode({"id": NUMBER, "value": value, "seconds": 0.1}) for value in values]
    return [*replies, wire.encode({"id": NUMBER, "error": error})]


def read_reply(data: bytes) -> None:
    """Read one reply as a grader does: the value, the comparisons, the outputs."""
    try:
        value = open_answer(data, NUMBER)
    except StudentFault:
        return
    with contextlib.suppress(compare.Wrong):
        compare.assert_close(value, np.ones((2, 3)))
    with contextlib.suppress(compare.Wrong):
        compare.assert_probabilities(value)
    with contextlib.suppress(compare.Wrong):
        compare.unpack(value, 2)
    outputs = value.get("outputs") if isinstance(value, dict) else value
    json.dumps(clean_outputs(outputs, 4096)).encode()


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Another message: by bytes, or by its tree."""
    rng = random.Random(seed)
    if rng.random() < 0.5:
        return atheris.Mutate(data, max_size)
    try:
        tree = msgpack.unpackb(data, strict_map_key=False, ext_hook=msgpack.ExtType)
        changed = msgpack.packb(_changed(tree, rng, 0))
    except Exception:
        return atheris.Mutate(data, max_size)
    return changed if len(changed) <= max_size else atheris.Mutate(data, max_size)


def _changed(tree: Any, rng: random.Random, depth: int) -> Any:
    if depth > 30 or rng.random() < 0.1:
        return rng.choice(
            [rng.choice(STRANGE), msgpack.ExtType(rng.randrange(12), msgpack.packb(tree)), [tree, tree]]
        )
    if isinstance(tree, msgpack.ExtType):
        code = rng.randrange(12) if rng.random() < 0.05 else tree.code
        try:
            inner = msgpack.unpackb(tree.data, strict_map_key=False, ext_hook=msgpack.ExtType)
        except Exception:
            return msgpack.ExtType(code, atheris.Mutate(tree.data, len(tree.data) + 8))
        return msgpack.ExtType(code, msgpack.packb(_changed(inner, rng, depth + 1)))
    if isinstance(tree, list) and tree:
        chosen = rng.randrange(len(tree))
        return [_changed(item, rng, depth + 1) if i == chosen else item for i, item in enumerate(tree)]
    if isinstance(tree, dict) and tree:
        # The id is left alone mostly: without it nothing further is read.
        chosen = rng.choice([key for key in tree if key != "id" or rng.random() < 0.02] or list(tree))
        return {key: _changed(item, rng, depth + 1) if key == chosen else item for key, item in tree.items()}
    if isinstance(tree, bytes):
        return atheris.Mutate(tree, len(tree) + 8)
    if isinstance(tree, int) and not isinstance(tree, bool):
        return tree + rng.choice([-1, 1, 2**31, -tree, 2**62])
    return rng.choice(STRANGE)


def main() -> int:
    """Fuzz with libFuzzer's options. It ends its process itself, so it is given one."""
    if "--inside" in sys.argv:
        sys.argv.remove("--inside")
        atheris.Setup(sys.argv, read_reply, custom_mutator=mutate)
        atheris.Fuzz()
    with tempfile.TemporaryDirectory(prefix="course-fuzz-") as folder:
        for number, reply in enumerate(seeds()):
            read_reply(reply)
            (Path(folder) / f"seed{number}").write_bytes(reply)
        options = [*LIMITS, f"-artifact_prefix={folder}/", *sys.argv[1:], folder]
        return subprocess.run([sys.executable, __file__, "--inside", *options]).returncode


if __name__ == "__main__":
    sys.exit(main())
