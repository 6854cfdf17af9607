"""Traffic files and `partykit.json`: what they hold is taken, or an error of ours says what is wrong."""

from __future__ import annotations

import json
import random
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.soak.fuzzing.mutating import mutated, mutated_json
from tests.soak.fuzzing.target import FIXTURES, Checking, Target

from partyserver import CronError
from partyserver.edge.crons import CronExpression
from pkcompat.project.partykit_json import ProjectConfigError, load_project_config
from pkcompat.project.targets import TargetError, parse_target
from pkcompat.traffic.file import TrafficFileError, dump_traffic, load_traffic, parse_traffic

_RECORDINGS = [path.read_bytes() for path in sorted((FIXTURES / "recordings").glob("*.json"))]


def _shortened(recording: bytes, steps: int, *, with_transcript: bool) -> bytes:
    document = json.loads(recording)
    kept = {"party": document["party"], "steps": document["steps"][:steps]}
    if with_transcript:
        kept["transcript"] = document["transcript"][:steps]
    return json.dumps(kept).encode()


_TRAFFIC = [_shortened(each, steps, with_transcript=steps == 3) for each in _RECORDINGS for steps in (3, 8)]
_CONFIGS = [
    b'{"main": "party.py", "name": "app", "port": 1999}',
    b'{\n  "$schema": "https://www.partykit.io/schema.json",\n  "name": "a",\n  "main": "src/server.py",\n'
    b'  "parties": {"lobby": "src/lobby.py:Lobby"},\n  "crons": {"tick": "*/5 * * * *"}\n}\n',
    b"// JSON5\n{main: 'a.py', vars: {KEY: 'v', N: +1, deep: {list: [1, 2.5e3, null, true]}},}\n",
    b'{"main": "a.py", "serve": {"path": "public", "singlePageApp": true, "browserTTL": 60, '
    b'"exclude": ["*.map"]}}',
    b'{"main": "a.py", "serve": "public", "persist": ".data", "compatibilityDate": "2024-01-01", '
    b'"build": {}}',
    b'{"crons": {"a": "0 12 * * MON#2", "b": "5-10/2 1,2 L * SUN"}, "persist": false, "define": {"X": "1"}}',
]
LONGEST_MESSAGE = 10_000
"""Characters of an error: it may show one value of the file, not all of it."""


def _short(error: Exception) -> None:
    message = str(error)
    assert message, "an error without a message"
    assert len(message) < LONGEST_MESSAGE, f"a message of {len(message)} characters"


def make_traffic(rng: random.Random) -> bytes:
    """A traffic file."""
    if rng.random() < 0.5:
        return mutated(rng.choice(_TRAFFIC), _TRAFFIC, rng)
    return json.dumps(mutated_json(json.loads(rng.choice(_TRAFFIC)), rng)).encode()


@asynccontextmanager
async def checking_traffic(folder: Path) -> Checking:
    """A file is read, and then means the same once written; or it is refused."""
    file = folder / "traffic.json"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        try:
            traffic = load_traffic(file)
        except TrafficFileError as error:
            _short(error)
        else:
            assert dump_traffic(parse_traffic(json.loads(dump_traffic(traffic)))) == dump_traffic(traffic)

    yield check


def make_config(rng: random.Random) -> bytes:
    """A `partykit.json`."""
    if rng.random() < 0.7:
        return mutated(rng.choice(_CONFIGS), _CONFIGS, rng)
    plain = [each for each in _CONFIGS if not each.startswith(b"//")]
    return json.dumps(mutated_json(json.loads(rng.choice(plain)), rng)).encode()


@asynccontextmanager
async def checking_config(folder: Path) -> Checking:
    """A file is read, and its targets and crons too; or they are refused."""
    file = folder / "partykit.json"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        try:
            config = load_project_config(folder)
        except ProjectConfigError as error:
            _short(error)
            return
        for target in config.parties.values():
            with suppress(TargetError):
                parse_target(target)
        for name, expression in config.crons.items():
            with suppress(CronError):
                CronExpression(name, expression)

    yield check


TRAFFIC_FILES = Target("traffic files", make_traffic, checking_traffic)
CONFIGS = Target("partykit.json", make_config, checking_config)
