"""Students' own Markdown as HTML that is safe to open: for formgrader and for the feedback pages."""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.sandbox.outputs import ATTRIBUTES, STYLES, TAGS, too_complex

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
BLANK = re.compile(r"\s{500}")
OPENED = re.compile(r"\\\\[(\[]|\\begin\{")
MAX_SEARCHED = 16 * 2**20
"""For the end of each formula that such an opening may begin, the Markdown parser searches all that follows."""
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
TOO_COMPLEX = "<p>[this text is too large or nested too deeply to be shown; it is in the notebook]</p>"


class _Renderer(IPythonRenderer):
    """Formulas as MathML, which every browser shows and screen readers read without any script."""

    def block_math(self, body: str) -> str:
        return mathml(body, display="block")

    def multiline_math(self, text: str) -> str:
        return mathml(text.strip().removeprefix("$$").removesuffix("$$"), display="block")

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display="block")

    def inline_math(self, body: str) -> str:
        return mathml(body, display="inline")


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
        return value if PICTURE.fullmatch(value) else None
    return None if value.startswith("data:") else value


def safe_highlight(source: str, language: str | None = None, metadata: Any = None) -> str:
    """Code in colours, or without them where finding them might take long.

    Coloured as plain Python: the time of the IPython lexer grows with the square of a chain of attributes.
    """
    del language, metadata
    if len(source) > MAX_CODE or BLANK.search(source):
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'
    return Highlight2HTML(pygments_lexer="python3")(source)


@pass_context
def safe_markdown(context: Context, source: str) -> str:
    """Markdown as HTML without scripts, forms, styles of the page or requests: nbconvert's filter, made safe."""
    if too_complex(source) or len(OPENED.findall(source)) * len(source) > MAX_SEARCHED:
        return TOO_COMPLEX
    cell: Any = context.get("cell", {})
    renderer = _Renderer(escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True)
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
