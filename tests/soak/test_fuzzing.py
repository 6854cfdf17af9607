"""The short form of fuzzing: a few hundred wrong inputs each; and that a check which fails is found."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.partyserver.wires import handshake
from tests.soak.fuzzing import HANDSHAKES, SOURCES, TARGETS
from tests.soak.fuzzing.mutating import mutated, mutated_json
from tests.soak.fuzzing.target import Checking, Target, fuzz


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
async def test_wrong_inputs_are_met_as_they_must_be(target: Target, tmp_path: Path) -> None:
    done = await fuzz(target, 15 if target is SOURCES else 200, 13, tmp_path)
    assert done.failures == ()


async def test_bytes_behind_a_handshake_that_are_no_frame(tmp_path: Path) -> None:
    """Found before: there can be no close frame for them, as the handshake is not answered yet."""
    async with HANDSHAKES.checking(tmp_path) as check:
        for number in range(12):  # the input chooses how it is sent
            for path in ("/nowhere", "/party/room"):
                await check(handshake(path) + b"GET / HTTP/1.1\r\nHost: test\r\n\r\n" + b"x" * number)  # type: ignore[misc]


@pytest.mark.parametrize("target", ["?nowhere", "*", "?party/room", "nowhere", "%2f"])
async def test_a_target_without_a_slash(target: str, tmp_path: Path) -> None:
    """Found before: static files were looked for at an empty path, which was a 500."""
    async with HANDSHAKES.checking(tmp_path) as check:
        for number in range(12):
            await check(f"GET {target} HTTP/1.1\r\nHost: test\r\nX: {number}\r\n\r\n".encode())  # type: ignore[misc]
            await check(handshake(target) + b"x" * number)  # type: ignore[misc]


@pytest.mark.parametrize("number", [1759, 3692])
async def test_sources_that_failed_before(number: int, tmp_path: Path) -> None:
    """An import whose name became a party's, and an f-string that Python reads from 3.12 on."""
    assert (await fuzz(SOURCES, 1, 5, tmp_path, number)).failures == ()


@asynccontextmanager
async def refusing(folder: Path) -> Checking:
    def check(data: bytes) -> None:
        assert b"a" not in data

    yield check


async def test_what_fails_is_found_and_can_be_made_again(tmp_path: Path) -> None:
    target = Target("letters", lambda rng: rng.choice((b"a", b"b")), refusing)
    first, again = [await fuzz(target, 10, 7, tmp_path) for _ in range(2)]
    assert first.failures == again.failures
    assert 0 < len(first.failures) < 10
    assert first.failures[0].startswith("letters ")


def test_the_same_seed_makes_the_same_changes() -> None:
    for seed in range(50):
        one, two = random.Random(seed), random.Random(seed)
        assert mutated(b"right", [b"other"], one) == mutated(b"right", [b"other"], two)
        document = {"a": [1, {"b": "c"}], "d": None}
        assert repr(mutated_json(document, one)) == repr(mutated_json(document, two))
        assert document == {"a": [1, {"b": "c"}], "d": None}
