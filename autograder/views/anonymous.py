"""Students' code as it may be shown to others: without comments, without names, under an alias that is no id."""

from __future__ import annotations

import ast
import base64
import builtins
import io
import itertools
import re
import tokenize
from collections.abc import Iterable

from autograder.keys import derive

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LONG_NUMBER = re.compile(r"(?<![\w.])\d{6,12}(?![\w.])")
"""In a text: a matriculation number, say."""
WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 2
LONGEST = 20_000
SOMEONE = "someone"


def alias(secret: bytes, *names: str) -> str:
    """Five letters and digits for these names; another for the same student in each question."""
    return base64.b32encode(derive(secret, "alias", *names))[:5].decode().lower()


class Scrubber:
    """Takes what tells who somebody is out of code and messages.

    `people` are ids, names and addresses. Words in `course_words` are the course's own: a student called Max takes
    nothing from `max` in code. In a string or a message, a name goes wherever it stands.
    """

    def __init__(self, people: Iterable[str], course_words: Iterable[str] = ()) -> None:
        whole = {text.strip().casefold() for text in people if text and len(text.strip()) >= SHORTEST}
        self._words = {
            word for text in whole for word in WORD.findall(text.partition("@")[0]) if len(word) >= SHORTEST
        }
        # An id such as s123456 is more than the words in it.
        ids = sorted((text for text in whole if not text.isalpha()), key=len, reverse=True)
        known = "|".join(map(re.escape, ids))
        self._ids = re.compile(rf"(?<![^\W_])(?:{known})(?![^\W_])", re.IGNORECASE) if ids else None
        self._allowed = {word.casefold() for text in course_words for word in WORD.findall(text)}
        self._allowed |= {word.casefold() for name in dir(builtins) for word in WORD.findall(name)}

    def code(self, source: str) -> str | None:
        """The code without comments, docstrings and names; None where it is too long, or no Python."""
        if len(source) > LONGEST:
            return None
        try:
            tree = ast.parse(source)
            tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
            return None
        texts = {
            (node.value.lineno, node.value.col_offset)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        lines = source.split("\n")
        begins = [0, *itertools.accumulate(len(line) + 1 for line in lines), len(source)]
        edits = []
        for token in tokens:
            start, end = (begins[line - 1] + column for line, column in (token.start, token.end))
            line, column = token.start
            in_bytes = len(lines[line - 1][:column].encode()) if line <= len(lines) else 0
            if token.type == tokenize.COMMENT:
                edits.append((start, end, ""))
            elif token.type == tokenize.STRING and (line, in_bytes) in texts:
                edits.append((start, end, "..."))
            elif token.type == tokenize.STRING:
                edits.append((start, end, self.text(token.string)))
            elif token.type == tokenize.NAME:
                edits.append((start, end, self._scrubbed(token.string, self._allowed)))
        for start, end, new in reversed(edits):
            source = source[:start] + new + source[end:]
        lines = [line.rstrip() for line in source.split("\n")]
        kept = [line for line in lines if line.strip() not in ("", "...")]
        shown = "\n".join(kept)
        try:
            ast.parse(shown)
        except SyntaxError:  # a function that was nothing but its docstring
            shown = "\n".join(line for line in lines if line)
        return shown

    def text(self, text: str) -> str:
        """A text without names, addresses and long numbers."""
        text = LONG_NUMBER.sub("000000", EMAIL.sub(SOMEONE, text))
        return self._scrubbed(text, frozenset())

    def _scrubbed(self, text: str, allowed: Iterable[str]) -> str:
        if self._ids is not None:
            text = self._ids.sub(SOMEONE, text)

        def without_name(word: re.Match[str]) -> str:
            # In camelCase a name is a part of a word.
            parts = re.findall(r"[A-ZÀ-Þ]?[^A-ZÀ-Þ]+|[A-ZÀ-Þ]+", word[0])
            if word[0].casefold() in self._words:
                return word[0] if word[0].casefold() in allowed else SOMEONE
            return "".join(
                SOMEONE if part.casefold() in self._words and part.casefold() not in allowed else part
                for part in parts
            )

        return WORD.sub(without_name, text)
