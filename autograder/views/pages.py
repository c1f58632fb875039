"""Students' own Markdown as HTML that is safe to open: for formgrader and for the feedback pages."""

from __future__ import annotations

import functools
import html
import re
from dataclasses import dataclass
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.sandbox.outputs import ATTRIBUTES, STYLES, TAGS, swells, too_complex

MATH_TAGS = {
    *(
        "math",
        "menclose",
        "mfrac",
        "mi",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
        "mphantom",
        "mroot",
    ),
    *("mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr"),
    *("munder", "munderover"),
}
MATH_ATTRIBUTES = {
    *("accent", "columnalign", "columnspacing", "display", "displaystyle", "fence", "form", "mathvariant"),
    *("maxsize", "minsize", "notation", "rowspacing", "scriptlevel", "separator", "stretchy", "width"),
}
MAX_FORMULA = 5000
MAX_CODE = 50_000
SHORT = 5000
"""Code up to this length is kept in its colours: most of it is the course's own, and stands on every page."""
PYTHON = {"python", "python3", "py", "py3", "ipython", "ipython3"}
BLANK = re.compile(r"\s{500}")
OPENED = re.compile(r"\\\\[(\[]|\\begin\{")
MAX_SEARCHED = 16 * 2**20
"""For the end of each formula that such an opening may begin, the Markdown parser searches all that follows."""
MAX_MARKDOWN = 250_000
MAX_COLOURED = 120_000
MAX_FORMULAS = 3000
MAX_FORMULA_TEXT = 100_000
"""What one page may take in all, however many cells it is in: a page is made while somebody waits for it."""
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,([A-Za-z0-9+/=\s]*)")
TOO_COMPLEX = "<p>[this text is too large or nested too deeply to be shown; it is in the notebook]</p>"
PAGE_FULL = "<p>[this notebook holds more text than one page shows; the rest is in the notebook]</p>"


@dataclass
class Room:
    """How much more one page may hold."""

    markdown: int = MAX_MARKDOWN
    coloured: int = MAX_COLOURED
    formulas: int = MAX_FORMULAS
    formula_text: int = MAX_FORMULA_TEXT

    def takes_formula(self, formula: str) -> bool:
        """Whether one more formula has room, which it then takes."""
        self.formulas -= 1
        self.formula_text -= len(formula)
        return min(self.formulas, self.formula_text) >= 0

    def takes_code(self, source: str) -> bool:
        """Whether more code has room to be coloured, which it then takes."""
        self.coloured -= len(source)
        return self.coloured >= 0


def _room(context: Any) -> Room:
    """The room of the page that is being made: nbconvert has one object of resources for each."""
    resources = context.get("resources")
    return resources.setdefault("course_pages_room", Room()) if isinstance(resources, dict) else Room()


class _Renderer(IPythonRenderer):
    """Formulas as MathML, which every browser shows and screen readers read without any script."""

    def __init__(self, room: Room, **options: Any) -> None:
        super().__init__(**options)
        self.room = room

    def block_math(self, body: str) -> str:
        return self._formula(body, "block")

    def multiline_math(self, text: str) -> str:
        return self._formula(text.strip().removeprefix("$$").removesuffix("$$"), "block")

    def latex_environment(self, name: str, body: str) -> str:
        return self._formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def inline_math(self, body: str) -> str:
        return self._formula(body, "inline")

    def _formula(self, formula: str, display: str) -> str:
        if self.room.takes_formula(formula):
            return mathml(formula, display=display)
        return f"<code>{html.escape(formula)}</code>"

    def block_code(self, code: str, info: str | None = None) -> str:
        """Code in colours if it is Python; other languages' lexers may take long, and are no part of the course."""
        language = (info or "").split(maxsplit=1)[:1]
        if language and language[0].lower() in PYTHON:
            return coloured(code, self.room)
        return f"<pre><code>{html.escape(code)}</code></pre>"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture; its words where it was attached to the cell and got lost on the way."""
        name = url.removeprefix("attachment:")
        if name != url and name not in self.attachments:
            return f"<em>[picture {html.escape(text or name)}: not in the submission]</em>"
        return str(super().image(text, url, title))


@functools.lru_cache(maxsize=4096)
def mathml(formula: str, *, display: str) -> str:
    """A TeX formula as MathML; as the text that was written where it cannot be read."""
    written = f"<code>{html.escape(formula)}</code>"
    if len(formula) > MAX_FORMULA:
        return written
    # What the converter does not know, in words that it knows.
    known = re.sub(
        r"\\(begin|end)\{(aligned|align|split|gathered|gather|eqnarray)\*?\}", r"\\\1{align*}", formula
    )
    known = re.sub(
        r"\\operatorname\*?\s*\{([^{}]*)\}", lambda m: rf"\text{{{m[1]}}}".replace(r"\,", " "), known
    )
    known = re.sub(r"\\(?:label|tag)\{[^{}]*\}|\\(?:nonumber|notag)\b", "", known)
    try:
        converted = convert(known, display=display)
    except Exception:  # the converter knows no error of its own for half of what it cannot read
        return written
    return written if "<mi>\\" in converted else converted


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """Pictures are embedded ones only: another's address would tell its owner who reads the page, and when."""
    if tag == "img" and attribute == "src":
        picture = PICTURE.fullmatch(value)
        return value if picture and not swells(picture[1]) else None
    return None if value.startswith("data:") else value


def coloured(source: str, room: Room) -> str:
    """Code in colours, or without them where finding them might take long.

    Coloured as plain Python: the time of the IPython lexer grows with the square of a chain of attributes.
    """
    if len(source) > MAX_CODE or BLANK.search(source) or not room.takes_code(source):
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'
    return _highlighted(source) if len(source) <= SHORT else _highlighted.__wrapped__(source)


@functools.lru_cache(maxsize=1024)
def _highlighted(source: str) -> str:
    return str(Highlight2HTML(pygments_lexer="python3")(source))


@pass_context
def safe_highlight(context: Context, source: str, language: str | None = None, metadata: Any = None) -> str:
    """A cell's code as HTML: nbconvert's filter, within the page's room."""
    del language, metadata
    return coloured(source, _room(context))


def coloured_lines(context: Context, source: str) -> list[str]:
    """A cell's code as HTML, line by line, within the page's room; no colour goes on to the next line."""
    blank = len(source) - len(source.lstrip("\n"))
    page = coloured(source.strip("\n"), _room(context))
    body = page.partition("<pre>")[2].rpartition("</pre>")[0]
    return [""] * blank + body.removeprefix("<span></span>").rstrip("\n").split("\n")


@pass_context
def safe_markdown(context: Context, source: str) -> str:
    """Markdown as HTML without scripts, forms, styles of the page or requests: nbconvert's filter, made safe."""
    if too_complex(source) or len(OPENED.findall(source)) * len(source) > MAX_SEARCHED:
        return TOO_COMPLEX
    room = _room(context)
    room.markdown -= len(source)
    if room.markdown < 0:
        return PAGE_FULL
    cell: Any = context.get("cell", {})
    attachments = cell.get("attachments", {})
    renderer = _Renderer(room, escape=False, attachments=attachments, exclude_anchor_links=True)
    return nh3.clean(
        MarkdownWithMath(renderer=renderer).render(source),
        tags=TAGS | MATH_TAGS | {"img", "del", "details", "summary"},
        attributes={
            **ATTRIBUTES,
            **dict.fromkeys(MATH_TAGS, MATH_ATTRIBUTES),
            "img": {"src", "alt", "width", "height"},
        },
        attribute_filter=_attribute,
        url_schemes={"http", "https", "data", "mailto"},
        filter_style_properties=STYLES,
    )
