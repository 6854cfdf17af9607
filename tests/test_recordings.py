"""Every recording, over real sockets, in three ways: the object form through the wrapper, the checked-in
class form, and what the codemod makes of the object form now. Each must give what was recorded: the object
form with storage in memory, the other two on SQLite, with one durability each.

They play at the same time, before the first test; a recording is mostly waiting.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.imports import imports_undone

from partyserver import Host, MemoryStorage, PartyServer, SqliteStorage, StorageBackend
from pkcodemods import migrate_source
from pkcompat.playing.player import play
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import load_party
from pkcompat.serving.server import serving
from pkcompat.traffic.comparison import AGAINST_RECORDING, Difference, Rules, compare
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.narration import tell_events, tell_result, tell_step
from pkcompat.traffic.steps import Traffic, Wait
from pkcompat.traffic.transcript import Transcript

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDINGS = sorted(path.stem for path in (FIXTURES / "recordings").glob("*.json"))
STORAGE: dict[str, Callable[[Path], StorageBackend]] = {
    "object form": lambda path: MemoryStorage(),
    "class form": SqliteStorage,
    "migrated now": lambda path: SqliteStorage(path, durability="power"),
}
WAYS = tuple(STORAGE)

# Texts that come from the JavaScript engine itself, each with Python's counterpart.
ENGINE_TEXTS = {
    "counter_http": r"Unexpected token 'o', \"not json\" is not valid JSON"
    r"|Expecting value: line 1 column 1 \(char 0\)",
    "error_events": r"Unknown opcode 3|invalid opcode.*",
}
SLEEPING = ("overlap", "slow_connect", "slow_connect_burst")
"""Recordings of handlers that sleep, which is what orders their answers."""

COMPANIONS = {"calls_party": ("other_party",)}
CRONS = {"tick": "*/5 * * * *"}

# What the old names warn of is the wrapper's own test's business.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(frozen=True)
class Run:
    recording: str
    way: str

    @property
    def traffic(self) -> Traffic:
        return load_traffic(FIXTURES / "recordings" / f"{self.recording}.json")

    @property
    def is_timed(self) -> bool:
        return self.recording in SLEEPING or any(isinstance(step, Wait) for step in self.traffic.steps)

    def parties(self) -> dict[str, type[PartyServer]]:
        party = self._load(self.recording)
        companions = {name: self._load(name) for name in COMPANIONS.get(self.recording, ())}
        return {"main": party, self.traffic.party: party, **companions}

    def _load(self, name: str) -> type[PartyServer]:
        folder = "class_form" if self.way == "class form" else "object_form"
        file = FIXTURES / folder / f"{name}.py"
        sources = {file: migrated(file)} if self.way == "migrated now" else {}
        return load_party(str(file), ModuleLoader(sources)).server_class


def migrated(file: Path) -> bytes:
    return migrate_source(file.read_text(encoding="utf-8"), path=file).code.encode()


async def run(case: Run, parties: Mapping[str, type[PartyServer]], folder: Path) -> Transcript:
    traffic = case.traffic
    storage = STORAGE[case.way](folder / f"{case.recording} {case.way}.sqlite")
    host = Host(parties, crons=CRONS, schedule_crons=False, debug=True, storage=storage)
    async with serving(host) as address, SocketTransport(address.host, address.port) as transport:
        return await play(traffic, transport, expected=traffic.transcript)


async def run_all(
    parties: Mapping[Run, Mapping[str, type[PartyServer]]],
    run: Callable[[Run, Mapping[str, type[PartyServer]]], Awaitable[Transcript]],
) -> dict[Run, Transcript | BaseException]:
    """Play everything; traffic in which time matters has the event loop to itself, so nothing is late."""
    outcomes: dict[Run, Transcript | BaseException] = {}
    for timed in (True, False):
        cases = [case for case in parties if case.is_timed is timed]
        played = await asyncio.gather(*(run(case, parties[case]) for case in cases), return_exceptions=True)
        outcomes |= zip(cases, played, strict=True)
    return outcomes


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Run, Transcript | BaseException]:
    """What came of every run that this session asks for."""
    folder = tmp_path_factory.mktemp("storage")
    cases = asked_for(request, test_transcript_equals_the_recording.__name__)
    return outcomes_of(cases, lambda case, parties: run(case, parties, folder))


def asked_for(request: pytest.FixtureRequest, test: str) -> list[Run]:
    """The runs that the session wants of a test."""
    return [
        item.callspec.params["case"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test
    ]


def outcomes_of(
    cases: Iterable[Run], run: Callable[[Run, Mapping[str, type[PartyServer]]], Awaitable[Transcript]]
) -> dict[Run, Transcript | BaseException]:
    """Play runs; what a run raises is its outcome."""
    found: dict[Run, Transcript | BaseException] = {}
    parties: dict[Run, Mapping[str, type[PartyServer]]] = {}
    with imports_undone(FIXTURES):
        for case in cases:
            try:
                parties[case] = case.parties()
            except Exception as error:
                found[case] = error
        found |= asyncio.run(run_all(parties, run))
    return found


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Run(recording, way), id=f"{recording}-{way.replace(' ', '-')}")
        for recording in RECORDINGS
        for way in WAYS
    ],
)
def test_transcript_equals_the_recording(
    case: Run, outcomes: Mapping[Run, Transcript | BaseException]
) -> None:
    check_against_recording(case, outcomes[case])


def check_against_recording(case: Run, outcome: Transcript | BaseException) -> None:
    """Fail unless a run gave what was recorded."""
    if isinstance(outcome, BaseException):
        raise outcome
    traffic = case.traffic
    assert traffic.transcript is not None
    texts = tuple(re.compile(text) for text in [ENGINE_TEXTS.get(case.recording)] if text)
    differences = compare(traffic.transcript, outcome, Rules(AGAINST_RECORDING.headers, texts))
    assert not differences, "\n".join(told(traffic, difference) for difference in differences)


def told(traffic: Traffic, difference: Difference) -> str:
    step = f"step {difference.step + 1}: {tell_step(traffic.steps[difference.step])}"
    if isinstance(difference.expected, tuple) and isinstance(difference.got, tuple):
        expected, got = tell_events(difference.expected), tell_events(difference.got)
        return f"{step}\n  {difference.client} should receive {expected}\n  but receives {got}"
    assert not isinstance(difference.expected, tuple)
    assert not isinstance(difference.got, tuple)
    return (
        f"{step}\n  should give {tell_result(difference.expected)}\n  but gives {tell_result(difference.got)}"
    )


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 21
