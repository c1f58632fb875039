"""The report's plots, as SVG that takes its colours from the page and so fits light and dark."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from autograder.results import Report

# Matplotlib knows no CSS variables: it draws in these colours, which are then replaced.
INK, MUTED, GRID, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404", "#050505"
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--grid", FIRST: "--first", SECOND: "--second"}
STYLE: Any = {
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10.5,
    "hatch.color": SECOND,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


def scores(reports: Sequence[Report]) -> str:
    """How the points are distributed, with the median."""
    points = np.array([report.points for report in reports])
    top = max(max((report.max_points for report in reports), default=0.0), 1.0)
    edges = np.linspace(0, top, 13)
    counts, _ = np.histogram(np.clip(points, 0, top), edges)
    median = float(np.median(points))
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(7.2, 3.1)
        axes.bar(edges[:-1], counts, np.diff(edges) * 0.9, align="edge", color=FIRST)
        axes.axvline(median, color=INK, linewidth=1.4, linestyle=(0, (4, 3)))
        side = -1 if median > top / 2 else 1
        axes.annotate(
            f"median {median:g}", (median, 1), (6 * side, 4), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="right" if side < 0 else "left", va="bottom",
        )  # fmt: skip
        axes.set(xlim=(0, top), xlabel=f"points of {top:g}", ylabel="submissions")
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        _grid(axes, "y")
        parts = [
            f"{low:.0f} to {high:.0f}: {count}"
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
            if count
        ]
        return _svg(figure, "scores", "Distribution of points", f"Median {median:g}. " + "; ".join(parts))


def questions(shares: Sequence[tuple[str, float | None]]) -> str:
    """The mean share of the points by question."""
    names = [name for name, _ in shares]
    values = [0.0 if share is None else 100 * share for _, share in shares]
    labels = ["not graded" if share is None else f"{100 * share:.0f} %" for _, share in shares]
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(7.2, 0.7 + 0.34 * len(names))
        bars = axes.barh(names, values, height=0.62, color=FIRST)
        axes.bar_label(bars, labels, padding=5)
        axes.set(xlim=(0, 112), xticks=[0, 25, 50, 75, 100], xlabel="mean share of the points, %")
        axes.invert_yaxis()
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        _grid(axes, "x")
        text = "; ".join(f"{name}: {label}" for name, label in zip(names, labels, strict=True))
        return _svg(figure, "questions", "Mean share of the points by question", text)


def times(reports: Sequence[Report]) -> str:
    """Seconds of each submission: what the student's code took, and what the grading added."""
    ordered = sorted(reports, key=lambda report: report.timing.student)
    # On a logarithmic axis a submission without a measured time would vanish.
    student = np.array([max(report.timing.student, 1e-3) for report in ordered])
    overhead = np.array([max(report.timing.overhead, 1e-3) for report in ordered])
    place = np.arange(1, len(ordered) + 1)
    size = 22 if len(ordered) <= 100 else 8
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(7.2, 3.3)
        axes.scatter(place, student, s=size, color=FIRST, marker="o", label="student's own code")
        axes.scatter(
            place,
            overhead,
            s=size,
            facecolors="none",
            marker="s",
            edgecolors=SECOND,
            linewidths=1.1,
            label="grading",
        )
        low = 10 ** math.floor(math.log10(min(student.min(), overhead.min())))
        high = 10 ** math.ceil(math.log10(max(student.max(), overhead.max()) * 1.1))
        axes.set(yscale="log", ylim=(low, high), xlabel="submissions, by time of the student's own code")
        axes.yaxis.set_major_formatter(
            lambda value, _: f"{value:g} s" if value >= 1 else f"{1000 * value:g} ms"
        )
        axes.yaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, handletextpad=0.2)
        _grid(axes, "y")
        text = (
            f"Student's own code: median {np.median(student):.2f} s, longest {student.max():.1f} s. "
            f"Grading: median {1000 * np.median(overhead):.0f} ms, longest {1000 * overhead.max():.0f} ms."
        )
        return _svg(figure, "times", "Time of each submission", text)


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _grid(axes: Axes, axis: Any) -> None:
    axes.grid(axis=axis, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _svg(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an inline SVG with a title and a description, without references to elsewhere."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", text, flags=re.DOTALL)
    view_box = re.search(r'viewBox="([^"]+)"', text)
    assert view_box is not None
    text = text.replace("xlink:href", "href")
    # Identifiers are unique in one figure only, and the page holds several.
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    head = (
        f'<svg viewBox="{view_box[1]}" role="img" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :].strip()
