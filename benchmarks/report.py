"""What a benchmark gives: tables and plots, as text for a terminal and as Markdown for RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measuring import Figures


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it compares.
        columns: the heads of its columns; the first one names the rows.
        rows: the cells, as they are printed.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Columns under each other; the first one to the left, figures to the right."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        return "\n".join(
            [self.title, *("  " + "   ".join(_aligned(line, widths)).rstrip() for line in lines)]
        )

    def markdown(self) -> str:
        """A table in Markdown, below its title in bold."""
        lines = [self.columns, ("---", *["--:"] * (len(self.columns) - 1)), *self.rows]
        return "\n".join([f"**{self.title}**", "", *("| " + " | ".join(line) + " |" for line in lines)])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    name, *cells = line
    return [
        name.ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)),
    ]


@dataclass(frozen=True)
class Curve:
    """How one thing grows: its name, and points from left to right."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Plot:
    """A plot of curves.

    Attributes:
        name: of its file, without the ending.
        title: what it shows.
        x: what grows, with its unit.
        y: what is measured, with its unit.
        curves: the first one is ours.
        logarithmic: the scale of the y axis.
    """

    name: str
    title: str
    x: str
    y: str
    curves: tuple[Curve, ...]
    logarithmic: bool = False


@dataclass(frozen=True)
class Headline:
    """One of the chief figures.

    Attributes:
        what: what was measured.
        ours: our figure, with its unit.
        beside: how it stands to the peers.
    """

    what: str
    ours: str
    beside: str


@dataclass(frozen=True)
class Section:
    """What one benchmark found.

    Attributes:
        title: its heading.
        text: what was measured, and how.
        tables: the figures.
        headlines: the chief ones among them.
        plots: how they grow.
        skipped: peers that were not there.
    """

    title: str
    text: str
    tables: tuple[Table, ...]
    headlines: tuple[Headline, ...] = ()
    plots: tuple[Plot, ...] = ()
    skipped: tuple[str, ...] = ()


def comparison(title: str, unit: str, figures: Mapping[str, Figures], ours: str) -> Table:
    """A table of things that were measured in turn.

    Args:
        title: what they do.
        unit: of the figures.
        figures: by name.
        ours: the name of what the others are compared with.
    """
    mine = figures[ours]
    rows = [
        (
            name,
            rounded(found.median),
            f"{rounded(found.minimum)} to {rounded(found.maximum)}",
            "" if name == ours else f"{mine.ratio_to(found):.2f}",
        )
        for name, found in figures.items()
    ]
    return Table(title, ("", f"{unit}, median", "min to max", "ours / this"), tuple(rows))


def headline(what: str, table: Table, *peers: str) -> Headline:
    """A chief figure: that of the first line of a comparison, and its ratios to some of the others.

    Args:
        what: what was measured.
        table: what `comparison` made.
        peers: names of lines; one that is not there is left out.
    """
    _, figure, *_ = table.rows[0]
    ratios = {row[0]: row[-1] for row in table.rows[1:]}
    beside = [f"{ratios[peer]} times {peer}" for peer in peers if peer in ratios]
    unit = table.columns[1].removesuffix(", median")
    return Headline(what, f"{figure} {unit}", ", ".join(beside))


def headlines_table(sections: Iterable[Section]) -> Table:
    """The chief figures of all sections."""
    rows = tuple((it.what, it.ours, it.beside) for section in sections for it in section.headlines)
    return Table("Chief figures", ("", "ours", "that is"), rows)


def comparisons(
    title: str, unit: str, figures: Mapping[str, Figures], sets: Mapping[str, Sequence[str]]
) -> tuple[Table, ...]:
    """A table for each set of things that are to be compared; the first of each is ours.

    Args:
        title: what they do.
        unit: of the figures.
        figures: by name.
        sets: the names in each table, by what is added to the title.
    """
    return tuple(
        comparison(f"{title}, {added}", unit, {name: figures[name] for name in names}, ours=names[0])
        for added, names in sets.items()
    )


def rounded(value: float) -> str:
    """A figure with three digits that count, or all of those before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def section_text(section: Section) -> str:
    """A section for a terminal."""
    return "\n\n".join([*(table.text() for table in section.tables), *skipped_lines(section)])


def section_markdown(section: Section, folder: str) -> str:
    """A section for RESULTS.md.

    Args:
        section: what was found.
        folder: where the plots are, from RESULTS.md.
    """
    plots = [f"![{plot.title}]({folder}/{plot.name}.png)" for plot in section.plots]
    tables = [table.markdown() for table in section.tables]
    return "\n\n".join([f"## {section.title}", section.text, *tables, *skipped_lines(section), *plots])


def skipped_lines(section: Section) -> list[str]:
    """Names the peers that were not there."""
    return [f"Skipped, not installed: {', '.join(section.skipped)}."] if section.skipped else []
