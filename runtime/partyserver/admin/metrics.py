"""Metrics for Prometheus, read off the host when they are asked for: nothing is counted before that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from partyserver.admin.operated_host import OperatedHost

if TYPE_CHECKING:
    from prometheus_client import Metric


class HostCollector:
    """Collects the metrics of a host."""

    def __init__(self, host: OperatedHost) -> None:
        self._host = host

    def collect(self) -> Iterator[Metric]:
        """The metrics, as prometheus-client asks for them."""
        from prometheus_client.core import GaugeMetricFamily

        rooms = GaugeMetricFamily("partyserver_rooms", "Rooms in memory.", labels=["party"])
        connections = GaugeMetricFamily("partyserver_connections", "Open connections.", labels=["party"])
        for name, party in self._host.parties.items():
            live = list(party.live_rooms())
            rooms.add_metric([name], len(live))
            connections.add_metric([name], sum(room.connections or 0 for room in live))
        yield rooms
        yield connections
        ready = self._host.unready() is None
        yield GaugeMetricFamily("partyserver_ready", "1 where /readyz says 200, else 0.", value=float(ready))
        waiting = "Alarms in memory that wait until they are due."
        yield GaugeMetricFamily("partyserver_alarms_waiting", waiting, value=self._host.alarms.waiting)
        ringing = "Alarms whose handler runs, or is about to."
        yield GaugeMetricFamily("partyserver_alarms_ringing", ringing, value=self._host.alarms.ringing)


def metrics_text(host: OperatedHost) -> tuple[bytes, str]:
    """The metrics of a host in Prometheus' text format, and its media type."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(HostCollector(host))
    return generate_latest(registry), CONTENT_TYPE_LATEST
