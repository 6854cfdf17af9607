"""Autobahn|Testsuite's cases, sections 1 to 7 and 10, and the parts of the others that take no time."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest
from tests.autobahn.__main__ import ACCEPTED
from tests.autobahn.cases import CASES
from tests.autobahn.compressed_cases import compressed_cases
from tests.autobahn.playing import play_all
from tests.autobahn.servers import WAYS, Way, echoing
from tests.autobahn.testsuite_client import Result


def failed(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if not result.passed and result.case not in ACCEPTED]


@pytest.mark.parametrize("way", WAYS)
async def test_an_echo_answers_each_case_as_it_must(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    async with echoing(way, max_size=1_048_576) as port:
        results = await play_all(CASES, port, strict=way == "direct")
    assert len(results) == 247
    assert failed(results) == []
    ours = [each for each in caplog.records if each.name != "uvicorn.error" and each.levelno >= logging.ERROR]
    assert ours == []


@pytest.mark.parametrize("way", WAYS)
async def test_an_echo_answers_compressed_messages(way: Way) -> None:
    """A case a group; `make autobahn` plays them all."""
    cases = {case.name.rpartition(".")[0]: case for case in compressed_cases() if case.size <= 4_096}
    async with echoing(way, deflate=True, max_size=1_048_576) as port:
        results = [await case.play(port) for case in cases.values()]
    assert [result.case.rpartition(".")[0] for result in results] == [
        *(f"12.{group}" for group in range(1, 6)),
        *(f"13.{group}" for group in range(1, 8)),
    ]
    assert failed(results) == []
