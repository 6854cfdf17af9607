"""docs/deploy: the dashboard of Grafana and the alert rules of Prometheus name metrics that there are."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.partyserver.admin.scraping import Scraped
from tests.partyserver.admin.test_metrics import FakeShadow
from tests.partyserver.cluster.engine_in_memory import Shared, in_memory
from tests.partyserver.in_process import Server
from tests.test_deploy import DEPLOY, known_options

from partyserver import PartyServer, Request, Response

OF_PROMETHEUS = {"job", "instance"}
_NAME = re.compile(r"\b(?:partyserver|process)_\w+")
_BY = re.compile(r"\bby \(([^)]*)\)")
_WITHIN = re.compile(r"\{([^}]*)\}")


class Chat(PartyServer):
    def on_request(self, request: Request) -> Response:
        raise ValueError("no")


@pytest.fixture(scope="module")
def offered() -> dict[str, set[str]]:
    """The samples of a node and of a host with a shadow, and the labels of each."""
    return asyncio.run(_offered())


async def _offered() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for options in ({"cluster": in_memory(Shared())}, {"shadow": FakeShadow()}):
        server = Server(Chat, **options)
        scraped = Scraped(server.host, 0)
        async with server.host.lifespan():
            await scraped.metrics()
            assert (await server.http("GET", "/party/room")).status_code == 500
            for sample in await scraped.metrics():
                name, _, labels = sample.partition("{")
                found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    return found


def check(expression: str, offered: dict[str, set[str]]) -> set[str]:
    """The metrics of an expression, which are there and have the labels that it goes by."""
    names = set(_NAME.findall(expression))
    assert names
    assert names <= offered.keys()
    labels = set().union(*(offered[name] for name in names)) | OF_PROMETHEUS
    within = ",".join(_WITHIN.findall(expression))
    used = {label for group in _BY.findall(expression) for label in re.split(r",\s*", group)}
    assert used | set(re.findall(r"(\w+)\s*=~?", within)) <= labels
    assert expression.count("(") == expression.count(")")
    return names


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    return dict(json.loads((DEPLOY / "grafana-dashboard.json").read_text()))


def test_the_dashboard_shows_every_metric_and_no_other(
    dashboard: dict[str, Any], offered: dict[str, set[str]]
) -> None:
    shown: set[str] = set()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            shown |= check(target["expr"], offered)
            legend = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            assert set(legend) <= set(re.split(r",\s*", ",".join(_BY.findall(target["expr"]))))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            check(variable["query"]["query"], offered)
    ours = {name for name in offered if name.startswith("partyserver_")}
    of_histograms = {name for name in ours if name.endswith(("_sum", "_count"))}
    assert ours - of_histograms <= shown


def test_the_dashboard_is_one_that_grafana_reads(dashboard: dict[str, Any]) -> None:
    assert dashboard["schemaVersion"] >= 39
    assert dashboard["uid"]
    assert "id" not in dashboard  # Grafana gives one at the import
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = set(cells(panel["gridPos"]))
        assert not taken & place
        taken |= place
        assert panel["title"]
        if panel["type"] == "row":
            continue
        assert panel["type"] in {"stat", "timeseries"}
        assert panel["description"].endswith(".")
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0
        for each in (panel, *panel["targets"]):
            assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        used = re.findall(r"\$\{?([a-z]\w*)\}?", json.dumps(panel))
        assert set(used) <= known


def cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    """The cells of the grid that a panel covers."""
    assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_the_alerts_go_by_metrics_that_there_are(offered: dict[str, set[str]]) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"]) >= 10
    for rule in group["rules"]:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        names = check(rule["expr"], offered)
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
        assert rule["labels"]["severity"] in {"warning", "critical"}
        text = "".join(rule["annotations"].values())
        assert set(re.findall(r"--[a-z-]+", text)) <= known_options()
        by = _BY.findall(rule["expr"])
        kept = set(re.split(r",\s*", by[0])) if by else set().union(*map(offered.get, names)) | OF_PROMETHEUS
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= kept
