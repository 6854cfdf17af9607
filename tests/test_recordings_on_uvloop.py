"""The recordings once more, on uvloop, which `pkcompat serve` takes where it is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec

import pytest
from tests import test_recordings
from tests.imports import imports_undone
from tests.test_recordings import FIXTURES, RECORDINGS, Run, run, run_all

from pkcompat.serving.event_loop import loop_factory
from pkcompat.traffic.transcript import Transcript

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not installed"),
]

CASES = [
    *(Run(recording, "class form") for recording in RECORDINGS),
    *(Run(recording, "object form") for recording in ("broadcast_others", "presence", "storage_burst")),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Run, Transcript | BaseException]:
    """What came of every run."""
    with imports_undone(FIXTURES), asyncio.Runner(loop_factory=loop_factory()) as runner:
        parties = {case: case.parties() for case in CASES}
        folder = tmp_path_factory.mktemp("storage")
        return runner.run(run_all(parties, lambda case, parties: run(case, parties, folder)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.recording}-{case.way.replace(' ', '-')}")
def test_transcript_equals_the_recording(
    case: Run, outcomes: Mapping[Run, Transcript | BaseException]
) -> None:
    test_recordings.test_transcript_equals_the_recording(case, outcomes)
