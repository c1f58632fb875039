"""Outputs from a student's process, checked and cleaned before they go into any notebook."""

from __future__ import annotations

import base64
import re
from collections import Counter
from typing import Any

import nh3

MAX_OUTPUTS = 1000
TEXT = ("text/plain", "text/latex")
PICTURES = ("image/png", "image/jpeg")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
MAX_HTML = 2**18
MAX_UNCLOSED = 200
"""An HTML parser's time grows with the square of the nesting."""
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "div", "dl", "dt"),
    *("em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span"),
    *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "wbr"}
ATTRIBUTES = {
    "*": {"class", "style", "title", "colspan", "rowspan", "border", "align", "scope"},
    "a": {"href"},
}
STYLES = {
    "color",
    "background-color",
    "font-weight",
    "font-style",
    "text-align",
    "padding",
    "margin",
    "border",
}
MAX_PIXELS = 40_000_000
"""A browser unpacks a picture to four bytes a pixel, however few bytes it came in."""
HEAD = 64
"""Characters of a picture in base64 by which its kind and its size are told, but for a JPEG's."""
MARK = 20
"""A tag or a colour counts as so many characters: it costs a page that much more time."""
NOTE = {
    "output_type": "stream",
    "name": "stderr",
    "text": "\n[the outputs of this cell are too large; the rest is not kept]\n",
}


def clean_outputs(outputs: Any, limit: int) -> list[dict[str, Any]]:
    """The outputs that are well-formed, as nbformat has them, up to `limit` characters.

    HTML is reduced to tables and text: no scripts, no styles that cover a page, no other resources. Whatever
    else could run in a browser (JavaScript, SVG, widgets) is left out; its plain text stays.
    """
    cleaned: list[dict[str, Any]] = []
    if not isinstance(outputs, list):
        return cleaned
    room = limit
    for output in outputs[:MAX_OUTPUTS]:
        if _size(output) > limit:
            clean: dict[str, Any] | None = dict(NOTE)
        else:
            clean = _clean(output) if isinstance(output, dict) else None
        if clean is None:
            continue
        room -= weight(clean)
        if room < 0 or clean == NOTE:
            cleaned.append(dict(NOTE))
            break
        cleaned.append(clean)
    return cleaned


def weight(output: dict[str, Any]) -> int:
    """How much of the notebook's room for outputs a clean output takes, in characters."""
    data = output.get("data", {})
    pictures = [data[kind] for kind in PICTURES if kind in data]
    if pictures:  # nothing in them is looked at
        output = {**output, "data": {kind: value for kind, value in data.items() if kind not in PICTURES}}
    text = repr(output)
    tags = data.get("text/html", "").count("<")
    return len(text) + sum(map(len, pictures)) + MARK * (tags + text.count("\\x1b"))


def _size(value: Any) -> int:
    """About how much text a value holds, known before any of it is looked at."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(item) for item in value.values())
    if isinstance(value, list):
        return sum(_size(item) for item in value)
    return 1


def _clean(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = _text(output.get("output_type"))  # an array, say, is neither equal to a word nor not
    if kind == "stream":
        text = output.get("text")
        if _text(output.get("name")) in ("stdout", "stderr") and isinstance(text, str):
            return {"output_type": kind, "name": output["name"], "text": _printable(text)}
    elif kind in ("display_data", "execute_result"):
        data = output.get("data")
        clean: dict[str, Any] = {"output_type": kind, "data": _clean_data(data), "metadata": {}}
        if kind == "execute_result":
            clean["execution_count"] = clean_count(output.get("execution_count"))
        return clean
    elif kind == "error":
        lines = output.get("traceback")
        if isinstance(lines, list):
            return {
                "output_type": kind,
                "ename": _text(output.get("ename"))[:200],
                "evalue": _text(output.get("evalue"))[:5000],
                "traceback": [_printable(line) for line in lines if isinstance(line, str)],
            }
    return None


def clean_count(count: Any) -> int | None:
    """A count of executions; True is a number to Python, but none in a notebook's JSON."""
    return count if type(count) is int and 0 < count < 10**6 else None


def _clean_data(data: Any) -> dict[str, str]:
    clean: dict[str, str] = {}
    left_out = False
    if not isinstance(data, dict):
        return clean
    for kind, value in data.items():
        if not isinstance(value, str):
            continue
        if kind in TEXT:
            clean[kind] = _printable(value)
        elif kind == "text/html":
            clean[kind] = clean_html(value)
        elif kind in PICTURES and BASE64.fullmatch(value):
            if swells(value):
                left_out = True
            else:
                clean[kind] = value
    if left_out:
        clean["text/plain"] = "[a picture is too large when unpacked, or is none, and is not kept]"
    return clean


def swells(picture: str) -> bool:
    """Whether a PNG, JPEG or GIF in base64 has too many pixels, or does not say how many it has."""
    try:
        text = "".join(picture.split())
        if len(text) % 4 or "=" in text[:-2]:
            return True
        data = base64.b64decode(text[:HEAD])
        if data[:2] == b"\xff\xd8":  # a JPEG's frame may begin anywhere
            data = base64.b64decode(text)
    except ValueError:
        return True
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        width, height = data[16:20], data[20:24]
    elif data[:6] in (b"GIF87a", b"GIF89a"):
        width, height = data[7:5:-1], data[9:7:-1]
    elif data[:2] == b"\xff\xd8":
        height, width = _jpeg_size(data)
    else:
        return True
    pixels = int.from_bytes(width, "big") * int.from_bytes(height, "big")
    return not 0 < pixels <= MAX_PIXELS


def _jpeg_size(data: bytes) -> tuple[bytes, bytes]:
    """Height and width from the first frame's head; nothing where there is none."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        kind = data[place + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return data[place + 5 : place + 7], data[place + 7 : place + 9]
        place += 1 if kind == 0xFF else 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return b"", b""


def clean_html(text: str) -> str:
    """HTML reduced to tables and text; where it is too large or nested too deeply, a note in its place."""
    if too_complex(text):
        return "<p>[this HTML output is too large or nested too deeply, and is not kept]</p>"
    return nh3.clean(
        text,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        filter_style_properties=STYLES,
    )


def too_complex(text: str) -> bool:
    """Whether reading the text as HTML might take long."""
    return len(text) > MAX_HTML or _unclosed(text) > MAX_UNCLOSED


_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")


def _unclosed(text: str) -> int:
    """The largest number of tags open at once, were each closed by its own name."""
    opened: Counter[str] = Counter()
    now = most = 0
    for match in _TAG.finditer(text):
        end, name = match[1], match[2].lower()
        if name in VOID:
            continue
        if not end:
            opened[name] += 1
            now += 1
            most = max(most, now)
        elif opened[name]:
            opened[name] -= 1
            now -= 1
    return most


_NUMBER = r"(?:[34]8;(?:5;[0-9]{1,3}|2;[0-9]{1,3};[0-9]{1,3};[0-9]{1,3})|(?!0*[34]8(?![0-9]))[0-9]{0,3})"
"""What a colour's escape is made of. A 38 or 48 with nothing after it would end nbconvert with an IndexError."""
_COLOUR = rf"\[{_NUMBER}(?:;{_NUMBER}){{0,15}}m"
_CONTROL = re.compile(rf"\x1b(?!{_COLOUR})|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]")


def _text(value: Any) -> str:
    return _printable(value) if isinstance(value, str) else ""


def _printable(text: str) -> str:
    """Text without control characters: of terminal escapes only colours stay. Lone surrogates are replaced."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()
