"""A script that separates two forms, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from partyserver.log_text import printable
from pkcompat.traffic import Difference, Step, tell_events, tell_result, tell_step


def tell_script(
    steps: Sequence[Step], differences: Sequence[Difference], names: tuple[str, str], longest: int = 8
) -> str:
    """Describe traffic under which two forms differ, and the first difference, in one sentence.

    Args:
        steps: what the clients do.
        differences: how the forms differ.
        names: what the forms are called.
        longest: how many steps to describe; of more, only the last.
    """
    first = differences[0]
    texts = [tell_step(step) for step in steps[: first.step + 1]]
    if len(texts) > longest:
        texts = [f"{len(texts) - longest} more steps", *texts[-longest:]]
    seen = [
        tell_events(seen) if isinstance(seen, tuple) else tell_result(seen)
        for seen in (first.expected, first.got)
    ]
    who = f"{first.client} gets " if first.client is not None else ""
    return printable(f"{'; '.join(texts)} → {who}{seen[0]} ({names[0]}) but {seen[1]} ({names[1]})")
