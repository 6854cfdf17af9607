"""A form of a party, served on a port by a process of its own.

Each form imports the user's modules afresh, so that module globals, also those of helpers that both forms
import, are not shared between the forms.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from partyserver import Host
from pkcompat.child_process import (
    START_TIMEOUT,
    Parent,
    end_on_loop,
    frame,
    read_message,
    start_on_loop,
    written,
)
from pkcompat.errors import PkcompatError
from pkcompat.project import HostPlan, ModuleLoader, load_parties, make_host
from pkcompat.serving import serving

STOP_TIMEOUT = 3.0
"""Seconds that the process gets to end by itself."""


class FormError(PkcompatError):
    """A form could not be run."""


@dataclass(frozen=True, slots=True)
class FormPlan:
    """Which form to run, and how.

    Attributes:
        host: the parties and what they need.
        party: the party that is compared.
        sources: replaced source code, by file path.
    """

    host: HostPlan
    party: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Serves:
    """The answer of a process that serves: the port, and the kind of the form."""

    port: int
    form: str


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class ServedForm:
    """A form that is being served.

    Attributes:
        port: the TCP port on the loopback address.
        form: its kind, `object` or `class`.
        log: the file with the output of the process.
    """

    port: int
    form: str
    log: IO[bytes]

    def output(self) -> str:
        """What the parties have printed and logged so far."""
        return written(self.log)


@asynccontextmanager
async def started(plan: FormPlan) -> AsyncIterator[ServedForm]:
    """Serve a form while the context lasts.

    Raises:
        FormError: it could not be started; the message says why.
    """
    with tempfile.TemporaryFile() as log:
        process = await start_on_loop("pkcompat.forms.served", log)
        patience = 0.0  # a process that does not serve has nothing to shut down
        try:
            serves = await _start(process, plan)
            patience = STOP_TIMEOUT
            yield ServedForm(serves.port, serves.form, log)
        finally:
            await end_on_loop(process, patience)


async def _start(process: asyncio.subprocess.Process, plan: FormPlan) -> _Serves:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frame(plan))
    try:
        answer = await asyncio.wait_for(read_message(process.stdout), START_TIMEOUT)
    except TimeoutError:
        raise FormError(f"its module was not imported within {START_TIMEOUT:g} s") from None
    except EOFError:
        raise FormError("the process that serves it ended at its start") from None
    if isinstance(answer, _Failed):
        raise FormError(answer.message, answer.detail)
    assert isinstance(answer, _Serves)
    return answer


def main() -> None:
    """Run the child: read the plan, report the port, and serve until the parent closes the input."""
    parent = Parent()
    plan: FormPlan = parent.receive()
    try:
        # Outside of an event loop, as `pkcompat serve` does: a module may run one when it is imported.
        parties = load_parties(plan.host, ModuleLoader(plan.sources))
        # No crons: one that comes due during the traffic might fall into different steps of the two forms.
        host = make_host(
            replace(plan.host, schedule_crons=False, cron_requests="anyone", shutdown_timeout=0.0), parties
        )
        asyncio.run(_serve(host, parties[plan.party].form, parent))
    except PkcompatError as error:
        parent.send(_Failed(str(error), error.detail))
        raise SystemExit(2) from None


async def _serve(host: Host, form: str, parent: Parent) -> None:
    async with serving(host, grace=1.0) as address:
        parent.send(_Serves(address.port, form))
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().run_in_executor(None, parent.commands.read)
