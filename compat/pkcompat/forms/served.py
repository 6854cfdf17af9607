"""One side of a comparison: a form of a party, served in a process of its own.

Each side imports the user's modules anew, so that what they keep in module globals, of their own or of
helpers that both forms import, does not leak from one side to the other.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import msgspec

from partyserver import Host
from pkcompat.errors import PkcompatError
from pkcompat.project import HostPlan, ModuleLoader, load_parties, make_host
from pkcompat.serving import serving

START_TIMEOUT = 60.0
"""Seconds within which the user's modules must have been imported."""

STOP_TIMEOUT = 3.0
"""Seconds that a side gets to end by itself."""


class SideError(PkcompatError):
    """A side could not be started."""


@dataclass(frozen=True, slots=True)
class SidePlan:
    """What a side serves.

    Attributes:
        host: the parties and what they need.
        party: the party that is compared.
        sources: code that takes the place of what is in a file, by the file's path.
    """

    host: HostPlan
    party: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)

    def dump(self) -> bytes:
        """As JSON, for the process."""
        sources = {str(path): base64.b64encode(code).decode() for path, code in self.sources.items()}
        return json.dumps({"host": asdict(self.host), "party": self.party, "sources": sources}).encode()

    @classmethod
    def parse(cls, text: bytes) -> SidePlan:
        """What `dump` wrote."""
        document = json.loads(text)
        sources = {Path(path): base64.b64decode(code) for path, code in document["sources"].items()}
        return cls(msgspec.convert(document["host"], HostPlan), document["party"], sources)


@dataclass(frozen=True, slots=True)
class Side:
    """A side that serves.

    Attributes:
        port: the TCP port on the loopback address.
        form: which form the compared party was found in.
        log: the file that the process's output goes to.
    """

    port: int
    form: str
    log: IO[bytes]

    def output(self) -> str:
        """What the parties have printed and logged so far."""
        descriptor = self.log.fileno()  # its position is the process's too, and stays where it is
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


@asynccontextmanager
async def started(plan: SidePlan) -> AsyncIterator[Side]:
    """Serve a side while the context lasts.

    Raises:
        SideError: it could not be started; the message says why.
    """
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-u",  # what is printed must be in the log when it is read, not when the process ends
            "-m",
            "pkcompat.forms.served",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(plan.dump() + b"\n")
            told = await _hello(process.stdout)
            if "port" not in told:
                raise SideError(
                    told.get("error", "the process that serves it ended at its start"), told.get("detail", "")
                )
            yield Side(told["port"], told["form"], log)
        finally:
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _hello(stdout: asyncio.StreamReader) -> dict[str, Any]:
    try:
        line = await asyncio.wait_for(stdout.readline(), START_TIMEOUT)
    except TimeoutError:
        raise SideError(f"its module is not imported after {START_TIMEOUT:g} s") from None
    return dict(json.loads(line)) if line.strip() else {}


def main() -> None:
    """The process: reads its plan, tells its port, and serves until its standard input ends."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the user's code prints goes to the log

    def tell(**message: object) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    plan = SidePlan.parse(sys.stdin.buffer.readline())
    try:
        # Outside of an event loop, as `pkcompat serve` does: a module may run one when it is imported.
        parties = load_parties(plan.host, ModuleLoader(plan.sources))
        # A cron that comes due in the middle of the traffic would come at another step on the other side.
        host = make_host(replace(plan.host, schedule_crons=False, shutdown_timeout=0.0), parties)
        asyncio.run(_serve(host, parties[plan.party].form, tell))
    except PkcompatError as error:
        tell(error=str(error), detail=error.detail)
        raise SystemExit(2) from None


async def _serve(host: Host, form: str, tell: Callable[..., None]) -> None:
    async with serving(host, grace=1.0) as address:
        tell(port=address.port, form=form)
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    main()
