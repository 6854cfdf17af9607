"""Recordings in which time does not matter, with all clients at a node that passes their rooms on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import pytest
from tests.imports import imports_undone
from tests.partyserver.cluster.two_nodes import TestedNode
from tests.test_recordings import CRONS, ENGINE_TEXTS, FIXTURES, RECORDINGS, Run, told

from partyserver import PartyServer
from partyserver.cluster import Node
from pkcompat.playing.player import play
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.serving.server import serving
from pkcompat.traffic.comparison import AGAINST_RECORDING, Rules, compare
from pkcompat.traffic.transcript import Transcript

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


async def run(case: Run, parties: Mapping[str, type[PartyServer]]) -> Transcript:
    options = {"crons": CRONS, "schedule_crons": False, "debug": True}
    entry, owner = (TestedNode(parties, number, **options) for number in (1, 2))
    entry.owner = owner
    async with (
        serving(owner) as there,
        serving(entry) as address,
        SocketTransport(address.host, address.port) as transport,
    ):
        for node, at in ((entry, address), (owner, there)):
            node.node = Node(node.number, f"{at.host}:{at.port}")
            node.passing.joined(node.node)
        return await play(case.traffic, transport, expected=case.traffic.transcript)


async def run_all(
    cases: Mapping[Run, Mapping[str, type[PartyServer]]],
) -> dict[Run, Transcript | BaseException]:
    played = await asyncio.gather(*(run(case, cases[case]) for case in cases), return_exceptions=True)
    return dict(zip(cases, played, strict=True))


def test_transcripts_equal_the_recordings() -> None:
    cases = [case for recording in RECORDINGS if not (case := Run(recording, "class form")).is_timed]
    with imports_undone(FIXTURES):
        outcomes = asyncio.run(run_all({case: case.parties() for case in cases}))
    problems = []
    for case, outcome in outcomes.items():
        if isinstance(outcome, BaseException):
            problems.append(f"{case.recording}: {outcome!r}")
            continue
        traffic = case.traffic
        assert traffic.transcript is not None
        texts = tuple(re.compile(text) for text in [ENGINE_TEXTS.get(case.recording)] if text)
        for difference in compare(traffic.transcript, outcome, Rules(AGAINST_RECORDING.headers, texts)):
            problems.append(f"{case.recording}: {told(traffic, difference)}")
    assert not problems, "\n".join(problems)
