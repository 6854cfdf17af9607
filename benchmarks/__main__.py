"""Measures what is fast or slow, beside peers, and writes RESULTS.md: `make bench`.

Figures of one table are taken in one run, in turn (A B A B). Servers are processes of their own and listen on
the loopback. It needs Linux. Peers that are not installed are skipped by name; `make bench-peers` installs
them.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import time

from benchmarks.load_client import LoadError
from benchmarks.measuring import FULL, QUICK
from benchmarks.report import Section, section_text

from benchmarks import machine, peers, results

BENCHMARKS = (
    "broadcast",
    "pairs",
    "connecting",
    "arriving",
    "idle_sockets",
    "http_requests",
    "waking",
    "storage",
    "starting",
    "migrate",
    "cluster",
)


def main() -> None:
    """Run what the command line names; print it, and write it down if it is everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="one of them; may be given again")
    parser.add_argument(
        "--quick", action="store_true", help="small and short, for trying; nothing is written"
    )
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        raise SystemExit("the benchmarks need Linux: they read /proc, and use epoll")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the servers end with it
    effort = QUICK if options.quick else FULL
    print(f"{machine.described()}, load {machine.LOAD:.1f}\n{machine.versions()}", flush=True)
    sections: dict[str, Section] = {}
    failed: list[str] = []
    for name in options.only or BENCHMARKS:
        started = time.monotonic()
        try:
            section = sections[name] = importlib.import_module(f"benchmarks.{name}").measure(effort)
        except (LoadError, OSError) as error:  # what the others found is not lost
            failed.append(f"{name}: {error}")
            print(f"\nfailed: {failed[-1]}", flush=True)
            continue
        print(
            f"\n{section.title} ({time.monotonic() - started:.0f} s)\n\n{section_text(section)}", flush=True
        )
    if not options.quick:
        results.write(sections, whole=options.only is None and not failed)
        print(f"\nwritten: {results.FILE.relative_to(peers.HERE.parent)}")
    if failed:
        raise SystemExit("\n".join(["these failed:", *failed]))


if __name__ == "__main__":
    main()
