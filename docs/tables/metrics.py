"""The metrics that `/metrics` has: of a host that runs for it."""

from __future__ import annotations

import asyncio

from docs.tables.markdown import code, markdown_table
from docs.tables.sample_host import sample_host

_ADDED_BY_KIND = ("le", "quantile")


def registered() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Each metric's kind, labels and help text, by its name."""
    from prometheus_client.parser import text_string_to_metric_families

    found = {}
    for family in text_string_to_metric_families(asyncio.run(_metrics())):
        labels = {
            label: None for sample in family.samples for label in sample.labels if label not in _ADDED_BY_KIND
        }
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, tuple(labels), family.documentation)
    return found


async def _metrics() -> str:
    async with sample_host() as client:
        return (await client.get("/admin/metrics")).text


def families() -> str:
    """The metrics, sorted by name."""
    rows = [
        (code(name), kind, ", ".join(code(label) for label in labels), text)
        for name, (kind, labels, text) in sorted(registered().items())
    ]
    return markdown_table(("Metric", "Kind", "Labels", "What it says"), rows)
