"""Draws plots as PNG files that read well on a light and on a dark page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from benchmarks.report import Curve, Plot
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from PIL import Image

# Told apart by people who see few colours too (Okabe and Ito's palette), ours first.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#555555", "#B8860B", "#000000")
GAP = 0.052  # of the axes' height, between two labels at the least


def draw(plot: Plot, folder: Path) -> Path:
    """Write a plot into a folder; what comes back is the file."""
    mpl.rcParams["font.size"] = 10
    figure = Figure(figsize=(7.6, 4.0), dpi=110, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    for colour, curve in _coloured(plot):
        ours = curve is plot.curves[0]
        axes.plot(*zip(*curve.points, strict=True), "o-", color=colour, lw=2.6 if ours else 1.6, ms=4)
    axes.set_title(plot.title, loc="left", fontweight="bold", fontsize=11)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    xs = sorted({x for curve in plot.curves for x, _ in curve.points})
    if len(xs) > 2 and xs[0] > 0 and xs[-1] / xs[-2] >= 2:  # they grow by a factor
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xticks(xs, [f"{x:,.0f}" for x in xs])
    if plot.logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(axis="y", color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    figure.canvas.draw()  # fixes the scales, which the labels' places follow
    _label(axes, plot)
    path = folder / f"{plot.name}.png"
    whole = io.BytesIO()
    figure.savefig(whole, format="png")
    Image.open(whole).convert("RGB").quantize(64).save(path, optimize=True)  # a third of the size
    return path


def _coloured(plot: Plot) -> Iterator[tuple[str, Curve]]:
    if len(plot.curves) > len(COLOURS):
        raise ValueError(f"{plot.name} has more curves than there are colours: {len(COLOURS)}")
    return zip(COLOURS, plot.curves, strict=False)


def _label(axes: mpl.axes.Axes, plot: Plot) -> None:
    """Write each curve's name at its right end, moved up where two would meet."""
    place = axes.transData + axes.transAxes.inverted()
    ends = [(place.transform(curve.points[-1]), colour, curve.name) for colour, curve in _coloured(plot)]
    lowest = 0.0
    for (x, y), colour, name in sorted(ends, key=lambda end: end[0][1]):
        lowest = max(y, lowest)
        axes.annotate(
            name,
            (x + 0.015, lowest),
            xycoords="axes fraction",
            color=colour,
            va="center",
            fontsize=9,
            annotation_clip=False,
        )
        lowest += GAP
