"""The metrics that `/metrics` has: of hosts that run for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from docs.tables.markdown import code, markdown_table
from docs.tables.sample_host import Chat, sample_host
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.partyserver.cluster.engine_in_memory import Shared, in_memory

from partyserver import Host
from pkcompat.shadow.report import ShadowReport

SECTIONS = {
    "partyserver_cluster_": "In a cluster",
    "partyserver_shadow_": "With a shadow",
    "partyserver_": "Of every host",
    "": "Of the process",
}
"""Headings, by how names begin; the first that fits."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A metric.

    Attributes:
        kind: of Prometheus' kinds.
        labels: their names.
        bounds: those of a histogram's buckets.
        text: what it says.
    """

    kind: str
    labels: tuple[str, ...]
    bounds: tuple[str, ...]
    text: str


class _NoShadow:
    """Follows nobody."""

    async def start(self, host: Any) -> None: ...

    async def stop(self) -> None: ...

    def room_starts(self, party: str, room_id: str, store: Any) -> None: ...

    def report(self) -> ShadowReport:
        return ShadowReport()


def registered() -> dict[str, Registered]:
    """The metrics of a host, of one in a cluster with a shadow, and of their process, by name."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[str, Registered] = {}
    for text in asyncio.run(_texts()):
        for family in text_string_to_metric_families(text):
            labels = {label: None for sample in family.samples for label in sample.labels if label != "le"}
            bounds = {sample.labels["le"]: None for sample in family.samples if "le" in sample.labels}
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found.setdefault(
                name, Registered(family.type, tuple(sorted(labels)), tuple(bounds), family.documentation)
            )
    return found


async def _texts() -> list[str]:
    async with sample_host() as client:
        texts = [(await client.get("/admin/metrics")).text]
    host = Host({"main": Chat}, cluster=in_memory(Shared()), shadow=_NoShadow())
    app = Starlette(routes=[Mount("/admin", host.admin)])
    async with host.lifespan():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as client:
            texts.append((await client.get("/admin/metrics")).text)
    return texts


def families() -> str:
    """The metrics in sections, sorted by name, and the bounds of histograms."""
    sections: dict[str, list[tuple[str, str, str, str]]] = {heading: [] for heading in SECTIONS.values()}
    bounds: dict[tuple[str, ...], list[str]] = {}
    for name, each in sorted(registered().items()):
        heading = next(heading for start, heading in SECTIONS.items() if name.startswith(start))
        labels = ", ".join(code(label) for label in each.labels)
        sections[heading].append((code(name), each.kind, labels, each.text))
        if each.bounds:
            bounds.setdefault(each.bounds, []).append(code(name))
    order = ("Of every host", "In a cluster", "With a shadow", "Of the process")
    parts = [
        f"## {heading}\n\n{markdown_table(('Metric', 'Kind', 'Labels', 'What it says'), sections[heading])}"
        for heading in order
    ]
    rows = [(", ".join(names), ", ".join(values)) for values, names in bounds.items()]
    parts.append(f"## Bounds of histograms\n\n{markdown_table(('Metric', 'Seconds'), rows)}")
    return "\n\n".join(parts)
