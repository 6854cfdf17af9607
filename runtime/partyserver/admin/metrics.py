"""Metrics for Prometheus, made of the host's figures when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from partyserver.admin.operated_host import OperatedHost
from partyserver.admin.queues import Queues, queues_of
from partyserver.cluster import LocalNode
from partyserver.figures import CommitFigures, Histogram
from partyserver.shadowing import ShadowFigures

if TYPE_CHECKING:
    from prometheus_client import Metric

Labelled = Iterable[tuple[tuple[str, ...], float]]
"""Values, each with those of the labels."""


async def metrics_text(host: OperatedHost) -> tuple[bytes, str]:
    """The metrics of a host and its process in Prometheus' text format, and its media type."""
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(HostCollector(host, await queues_of(host)))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


class HostCollector:
    """Collects the metrics of a host."""

    def __init__(self, host: OperatedHost, queues: Mapping[str, Queues]) -> None:
        """
        Args:
            host: the host.
            queues: what waits to be sent, by party.
        """
        self._host = host
        self._queues = queues

    def collect(self) -> Iterator[Metric]:
        """The metrics, as prometheus-client asks for them."""
        yield from self._present()
        yield from self._of_parties()
        yield from _of_handlers(self._host)
        yield from _of_commits(self._host.storage.commits or CommitFigures())
        refused = [((reason,), number) for reason, number in self._host.figures.refused.items()]
        yield _counter(
            "refused_openings", "WebSockets that were not let in, by the reason.", refused, "reason"
        )
        if self._host.node is not None:
            yield from _of_node(self._host.node)
        if self._host.shadow is not None:
            yield from _of_shadow(self._host.shadow.report())

    def _present(self) -> Iterator[Metric]:
        queues = self._queues
        for name, text, values in (
            ("rooms", "Rooms in memory.", {name: each.rooms for name, each in queues.items()}),
            (
                "connections",
                "Connections of rooms.",
                {name: each.connections for name, each in queues.items()},
            ),
            (
                "queue_bytes",
                "Bytes that wait to be sent to clients.",
                {n: q.total for n, q in queues.items()},
            ),
            (
                "queue_max_bytes",
                "Bytes that wait to be sent to the client for which most do.",
                {name: each.longest for name, each in queues.items()},
            ),
        ):
            yield _gauge(name, text, [((party,), value) for party, value in values.items()], "party")
        alarms = self._host.alarms
        yield _gauge("ready", "1 where /readyz says 200, else 0.", [((), self._host.unready() is None)])
        yield _gauge(
            "alarms_waiting", "Alarms in memory that wait until they are due.", [((), alarms.waiting)]
        )
        yield _gauge("alarms_ringing", "Alarms whose handler runs, or is about to.", [((), alarms.ringing)])

    def _of_parties(self) -> Iterator[Metric]:
        parties = self._host.figures.parties
        for name, text, attribute in (
            ("messages_received", "Messages that rooms got from their connections.", "messages_received"),
            (
                "messages_sent",
                "Messages that rooms sent, one for each connection that a message goes to.",
                "messages_sent",
            ),
            ("hibernations", "Instances that were dropped while their connections stayed.", "hibernations"),
            ("wakings", "Instances that were made for a room that hibernated.", "wakings"),
        ):
            values = [((party,), getattr(figures, attribute)) for party, figures in parties.items()]
            yield _counter(name, text, values, "party")
        yield _histogram(
            "alarm_lateness_seconds",
            "From when an alarm was due until on_alarm was called.",
            [((party,), figures.alarm_lateness) for party, figures in parties.items()],
            "party",
        )


def _of_handlers(host: OperatedHost) -> Iterator[Metric]:
    parties = host.figures.parties
    yield _histogram(
        "handler_seconds",
        "How long handlers took, from their start to their end, awaiting included.",
        [
            ((party, handler), seconds)
            for party, figures in parties.items()
            for handler, seconds in figures.seconds.items()
        ],
        "party",
        "handler",
    )
    errors = [
        ((party, handler), figures.errors.get(handler, 0))
        for party, figures in parties.items()
        for handler in (figures.seconds | figures.errors)
    ]
    yield _counter("handler_errors", "Handlers that raised.", errors, "party", "handler")


def _of_commits(commits: CommitFigures) -> Iterator[Metric]:
    text = "How long commits to storage took, until they were durable."
    yield _histogram("commit_seconds", text, [((), commits.seconds)])
    yield _counter("commit_failures", "Commits to storage that were lost.", [((), commits.failed)])


def _of_node(node: LocalNode) -> Iterator[Metric]:
    figures, lease = node.figures, node.membership.lease
    rooms_taken = "Rooms that this node has taken, from nobody or from a dead node."
    rooms_lost = "Rooms that this node has lost: with its lease, to another node, with a commit that failed."
    yield _counter("cluster_rooms_taken", rooms_taken, [((), figures.rooms_taken)])
    yield _counter("cluster_rooms_lost", rooms_lost, [((), figures.rooms_lost)])
    directions = [
        (("to_owner",), figures.messages_to_owners),
        (("from_owner",), figures.messages_from_owners),
    ]
    text = (
        "Messages of this node's clients and for them that went over links; a broadcast from an owner is one."
    )
    yield _counter("cluster_passed_on_messages", text, directions, "direction")
    text = "HTTP requests that were passed on to other nodes."
    yield _counter("cluster_passed_on_requests", text, [((), figures.requests_to_owners)])
    passed_on = sum(1 for _ in node.passing.passed_on())
    text = "Connections of this node's clients to rooms of other nodes."
    yield _gauge("cluster_passed_on_connections", text, [((), passed_on)])
    text = "Bytes that wait to be sent to other nodes."
    yield _gauge("cluster_link_queue_bytes", text, [((), node.passing.queued_bytes)])
    text = "For how long this node's lease is good yet."
    yield _gauge("cluster_lease_left_seconds", text, [((), lease.left)])
    if (age := lease.age) is not None:
        yield _gauge("cluster_lease_age_seconds", "Since the lease was renewed last.", [((), age)])


def _of_shadow(shadow: ShadowFigures) -> Iterator[Metric]:
    for name, text, value in (
        ("differences", "Rooms in which the shadow differed.", shadow.differences),
        ("compared", "Messages, closes and answers that were the same in both forms.", shadow.compared),
        ("rooms_followed", "Rooms that the shadow began to follow.", shadow.rooms),
        ("rooms_left", "Rooms that it did not follow, or no further.", sum(shadow.left.values())),
        ("restarts", "Restarts of the shadow's process.", shadow.restarts),
    ):
        yield _counter(f"shadow_{name}", text, [((), value)])
    yield _gauge("shadow_rooms_following", "Rooms that the shadow follows now.", [((), shadow.following)])


def _gauge(name: str, text: str, values: Labelled, *labels: str) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"partyserver_{name}", text, labels=labels)
    for of_labels, value in values:
        family.add_metric(of_labels, value)
    return family


def _counter(name: str, text: str, values: Labelled, *labels: str) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"partyserver_{name}", text, labels=labels)  # `_total` is added
    for of_labels, value in values:
        family.add_metric(of_labels, value)
    return family


def _histogram(
    name: str, text: str, values: Iterable[tuple[tuple[str, ...], Histogram]], *labels: str
) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    family = HistogramMetricFamily(f"partyserver_{name}", text, labels=labels)
    for of_labels, histogram in values:
        bounds = [*(f"{bound:g}" for bound in histogram.bounds), "+Inf"]
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric(of_labels, buckets, histogram.total)
    return family
