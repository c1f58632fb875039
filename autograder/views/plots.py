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


def weeks(shares: Sequence[tuple[str, Sequence[float]]]) -> str:
    """How the shares of the points are distributed in each week, and how the medians go."""
    values = [100 * np.asarray(list(of_week)) for _, of_week in shares]
    places = np.arange(1, len(values) + 1)
    medians = [float(np.median(of_week)) for of_week in values]
    line: Any = {"color": INK, "linewidth": 1.2}
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(7.2, 3.4)
        axes.boxplot(
            values,
            positions=places,
            widths=0.5,
            patch_artist=True,
            boxprops={"facecolor": GRID, "edgecolor": FIRST, "linewidth": 1.4},
            medianprops={**line, "linewidth": 2.2},
            whiskerprops={"color": FIRST},
            capprops={"color": FIRST},
            flierprops={
                "marker": "o",
                "markersize": 3.5,
                "markerfacecolor": "none",
                "markeredgecolor": SECOND,
            },
        )
        axes.plot(places, medians, marker="D", markersize=5, linestyle=(0, (4, 3)), **line)
        axes.set(xlim=(0.4, len(values) + 0.6), ylim=(-4, 104), ylabel="share of the points, %")
        axes.set_xticks(places, [name.partition("_")[0] for name, _ in shares])
        _grid(axes, "y")
        text = "; ".join(
            f"{name}: median {median:.0f} %" for (name, _), median in zip(shares, medians, strict=True)
        )
        return _svg(figure, "weeks", "Scores by week: quartiles, medians joined by a line", text)


APART = 0.07
"""Labels nearer than this would cover each other."""


def items(measured: Sequence[tuple[str, float, float]]) -> str:
    """Each question's difficulty and discrimination; the least discriminating ones are named."""
    if not measured:
        return ""
    shares = np.array([100 * share for _, share, _ in measured])
    discriminations = np.array([value for _, _, value in measured])
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(7.2, 3.8)
        axes.axhline(0.2, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.scatter(shares, discriminations, s=26, color=FIRST)
        free = -np.inf
        for place in np.argsort(discriminations):
            if discriminations[place] - free < APART or discriminations[place] > 0.5:
                continue
            free = discriminations[place]
            axes.annotate(
                measured[place][0].partition(": ")[2],
                (shares[place], discriminations[place]),
                (0, -7),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=9,
            )
        low = min(-0.1, float(discriminations.min()) - 0.1)
        axes.set(
            xlim=(0, 103), ylim=(low, 1), xlabel="mean share of the points, % (the higher, the easier)",
            ylabel="discrimination",
        )  # fmt: skip
        _grid(axes, "both")
        weak = [name for name, _, value in measured if value < 0.2]
        text = f"{len(measured)} questions; discrimination below 0.2: {', '.join(weak) or 'none'}"
        return _svg(figure, "items", "Difficulty and discrimination of the questions", text)


def trend(weeks: Sequence[tuple[str, float | None, float | None]]) -> str:
    """One student's share of the points by week beside the class's median.

    Drawn by hand: a thousand students' pages are made at once, and a figure of Matplotlib takes a tenth of a second.
    """
    width, height, left, top, bottom = 640, 220, 56, 26, 34
    step = (width - left - 20) / max(len(weeks), 1)

    def x(place: int) -> float:
        return left + step * (place + 0.5)

    def y(share: float) -> float:
        return top + (1 - share) * (height - top - bottom)

    parts = []
    for share in (0.0, 0.5, 1.0):
        parts.append(
            f'<path d="M{left} {y(share):.1f}H{width - 10}" stroke="var(--grid)"/>'
            f'<text x="{left - 8}" y="{y(share) + 4:.1f}" text-anchor="end" fill="var(--muted)">'
            f"{100 * share:.0f} %</text>"
        )
    for place, (name, _, _) in enumerate(weeks):
        parts.append(
            f'<text x="{x(place):.1f}" y="{height - 10}" text-anchor="middle" fill="var(--muted)">'
            f"{escape(name.partition('_')[0])}</text>"
        )
    own, medians = [share for _, share, _ in weeks], [median for _, _, median in weeks]
    for line, colour, dashes in ((medians, "--second", ' stroke-dasharray="6 4"'), (own, "--first", "")):
        known = [(x(place), y(share)) for place, share in enumerate(line) if share is not None]
        path = "L".join(f"{one:.1f} {other:.1f}" for one, other in known)
        if known:
            parts.append(f'<path d="M{path}" fill="none" stroke="var({colour})" stroke-width="2"{dashes}/>')
        for one, other in known:
            shape = (
                f'<circle cx="{one:.1f}" cy="{other:.1f}" r="4.5"'
                if line is own
                else f'<rect x="{one - 4:.1f}" y="{other - 4:.1f}" width="8" height="8"'
            )
            parts.append(f'{shape} fill="var({colour})"/>')
    parts.append(
        f'<circle cx="{left + 6}" cy="10" r="4.5" fill="var(--first)"/>'
        f'<text x="{left + 16}" y="14" fill="var(--ink)">this student</text>'
        f'<rect x="{left + 108}" y="6" width="8" height="8" fill="var(--second)"/>'
        f'<text x="{left + 122}" y="14" fill="var(--ink)">the class’s median</text>'
    )
    said = "; ".join(
        f"{name}: {_share(share)}, the class's median {_share(median)}" for name, share, median in weeks
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" font-size="13" role="img" '
        'aria-labelledby="trend-title trend-description">'
        '<title id="trend-title">Share of the points by week</title>'
        f'<desc id="trend-description">{escape(said)}</desc>{"".join(parts)}</svg>'
    )


def _share(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f} %"


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
