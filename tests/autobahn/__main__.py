"""Autobahn|Testsuite's cases against a host, in each way that its WebSockets can take: `make autobahn`.

Its own client is used where there is a Python 2.7, which it needs; else its cases as they are rebuilt here.
The exit status is 1 if a case fails that websockets itself does not fail, or if the host logs an error.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.autobahn import testsuite_client
from tests.autobahn.cases import CASES, large_cases
from tests.autobahn.compressed_cases import compressed_cases, play_compressed
from tests.autobahn.playing import play_all
from tests.autobahn.servers import WAYS, Way, echoing
from tests.autobahn.testsuite_client import Result

SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13")
COMPRESSED = ("12", "13")
ACCEPTED = {"7.1.5"}
"""What websockets itself fails: a close in the midst of a fragmented message is a protocol error to it."""

OWN_LOGGERS = ("partyserver", "asyncio")


class Logged(logging.Handler):
    """Keeps what was logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


async def results_of(way: Way, sections: list[str], python: str | None, seconds: float) -> list[Result]:
    """Run the sections in one way."""
    results: list[Result] = []
    for deflate in (False, True):
        chosen = [section for section in sections if (section.partition(".")[0] in COMPRESSED) is deflate]
        if not chosen:
            continue
        async with echoing(way, deflate=deflate) as port:
            if python is None:
                results += await own_results(way, chosen, port)
                continue
            with tempfile.TemporaryDirectory() as folder:
                results += await testsuite_client.run(
                    python,
                    f"ws://127.0.0.1:{port}/party/echo",
                    [f"{section}.*" for section in chosen],
                    Path(folder),
                    seconds,
                )
    return results


def names_in(sections: list[str]) -> set[str]:
    """The cases of some sections."""
    names = {case.name for case in (*CASES, *large_cases(), *compressed_cases())}
    return {name for name in names if name.startswith(tuple(f"{section}." for section in sections))}


async def own_results(way: Way, sections: list[str], port: int) -> list[Result]:
    """Play the rebuilt cases of some sections."""
    prefixes = tuple(f"{section}." for section in sections)
    cases = [case for case in (*CASES, *large_cases()) if case.name.startswith(prefixes)]
    results = await play_all(cases, port, strict=way == "direct")
    return [*results, *await play_compressed(sections, port)]


async def run(sections: list[str], python: str | None, seconds: float) -> bool:
    """Run the sections in every way, side by side; returns whether all is as it should be."""
    began = time.monotonic()
    of_ways = await asyncio.gather(*(results_of(way, sections, python, seconds) for way in WAYS))
    good = True
    for way, results in zip(WAYS, of_ways, strict=True):
        failed = [result for result in results if not result.passed]
        bad = [result for result in failed if result.case not in ACCEPTED]
        left_out = names_in(sections) - {result.case for result in results}
        good = good and not bad and not left_out
        print(f"{way:8} {len(results) - len(failed)} of {len(results)} passed", flush=True)
        if left_out:
            print(f"         {len(left_out)} were not played, such as {min(left_out)}")
        for result in failed:
            known = " (as websockets)" if result.case in ACCEPTED else ""
            print(f"         {result.case}: {result.behavior}, close {result.closing}{known}")
    print(f"{time.monotonic() - began:.0f} s")
    return good


def main() -> int:
    """Run what the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.autobahn", description=__doc__)
    parser.add_argument("sections", nargs="*", default=list(SECTIONS), help=f"of {', '.join(SECTIONS)}")
    parser.add_argument(
        "--own", action="store_true", help="the cases as they are here, not Autobahn's client"
    )
    parser.add_argument("--seconds", type=float, default=3_000.0, help="until the client counts as hung")
    options = parser.parse_args()
    python = None if options.own else testsuite_client.find_python()
    if python is not None and not testsuite_client.install(python):
        python = None
    whose = "the cases of tests/autobahn" if python is None else f"Autobahn's client with {python}"
    print(f"sections {', '.join(options.sections)}: {whose}", flush=True)
    logged = Logged(logging.ERROR)
    for name in OWN_LOGGERS:
        logging.getLogger(name).addHandler(logged)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it has a traceback for invalid UTF-8
    good = asyncio.run(run(options.sections, python, options.seconds))
    for record in logged.records:
        print(f"logged: {record.getMessage()}")
    return 0 if good and not logged.records else 1


if __name__ == "__main__":
    sys.exit(main())
