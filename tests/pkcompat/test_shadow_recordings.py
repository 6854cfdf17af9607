"""Recorded traffic, with one form as the shadow of the other: they agree."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from partyserver import Host
from pkcompat.playing.event_log import Pace
from pkcompat.playing.in_process_transport import InProcessTransport
from pkcompat.playing.player import play
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import load_party
from pkcompat.shadow.follower import Shadow, ShadowOptions
from pkcompat.traffic.file import load_traffic

FIXTURES = Path(__file__).parents[2] / "fixtures"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


# How many things there are to compare is known from the recordings.
@pytest.mark.parametrize(
    ("name", "answers", "follows", "compared"),
    [
        ("presence", "object_form", "class_form", 12),
        ("error_events", "class_form", "object_form", 13),
        ("calls_party", "object_form", "class_form", 14),
        ("overlap", "class_form", "object_form", 2),
    ],
)
async def test_the_forms_of_a_recorded_party_agree(
    name: str, answers: str, follows: str, compared: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "partyserver")
    traffic = load_traffic(FIXTURES / "recordings" / f"{name}.json")
    loader = ModuleLoader()
    names = {"main": name, traffic.party: name}
    if name == "calls_party":
        names["other_party"] = "other_party"
    classes = {
        party: load_party(str(FIXTURES / answers / f"{module}.py"), loader).server_class
        for party, module in names.items()
    }
    targets = {party: str(FIXTURES / follows / f"{module}.py") for party, module in names.items()}
    host = Host(classes, debug=True, shadow=Shadow(targets, ShadowOptions(differences=None, finish=15.0)))
    async with InProcessTransport(host) as transport:
        async with asyncio.timeout(20):
            while host.shadow_report.state != "running":  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)
        await play(traffic, transport, pace=Pace(quiet=0.1))
    report = host.shadow_report
    assert report.last == ()
    assert (report.compared, report.left) == (compared, {})
