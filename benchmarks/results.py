"""Writes RESULTS.md, and its plots.

A run of some benchmarks replaces their sections, and keeps all else.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.report import Section, headlines_table, section_markdown

from benchmarks import machine

HERE = Path(__file__).resolve().parent
FILE = HERE / "RESULTS.md"
PLOTS = "plots"
HEAD = """\
# Results

Written by `make bench`, which measures everything anew. {taken}

**How it is measured.** What stands in one table ran in one run, in turn (A B A B), so that a machine
that slows down slows down all. Figures are medians, with the least and the most of all runs. "Ours / this"
is the first line's figure by that of the line, the median of the ratios round by round: above 1 is better
for rates, below 1 for seconds and memory. Servers are processes of their own on the loopback and share the
processors with the client. Clients are raw sockets that count bytes, so that it is the server that is
measured. Plots are one run a point.

**What it does not say.** The loopback has no latency, and loses nothing. Real handlers do more than these.
Ratios carry over to other machines better than figures do. PartyKit is `partykit dev`, the platform as it
runs on one's own machine, with its log going nowhere; what Cloudflare runs is not measured.
"""
_SECTION = re.compile(r"^<!-- (\w+) -->\n", re.MULTILINE)


def write(found: Mapping[str, Section], *, whole: bool) -> None:
    """Write what was found.

    Args:
        found: sections by the names of their benchmarks.
        whole: whether these are all; else those that the file has already stay, under their own machine.
    """
    from benchmarks.drawing import draw

    folder = HERE / PLOTS
    folder.mkdir(exist_ok=True)
    for section in found.values():
        for plot in section.plots:
            draw(plot, folder)
    new = {name: section_markdown(section, PLOTS) for name, section in found.items()}
    if whole or not FILE.exists():
        chief = headlines_table(found.values()).markdown()
        FILE.write_text(joined(f"{HEAD.format(taken=_taken())}\n{chief}", new))
    else:
        note = f"\n\nMeasured apart from the rest: {_taken()}"
        head, old = parted(FILE.read_text())
        FILE.write_text(joined(head, old | {name: text + note for name, text in new.items()}))


def joined(head: str, sections: Mapping[str, str]) -> str:
    """The file's text: each section behind a comment that names its benchmark."""
    return (
        "\n\n".join([head.strip(), *(f"<!-- {name} -->\n{text}" for name, text in sections.items())]) + "\n"
    )


def parted(text: str) -> tuple[str, dict[str, str]]:
    """What `joined` was made of."""
    head, *parts = _SECTION.split(text)
    return head.strip(), {name: part.strip() for name, part in zip(parts[::2], parts[1::2], strict=True)}


def _taken() -> str:
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    load = f"with a load average of {machine.LOAD:.1f} before it began"
    return f"Taken on {day}, on {machine.described()}, {load}; {machine.versions()}."
