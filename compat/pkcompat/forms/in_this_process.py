"""Running a form that is an object of this process, for `assert_same_behaviour` in a user's tests."""

from __future__ import annotations

import asyncio
import inspect
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from partyserver import Host
from pkcompat.forms.determinism import held_still
from pkcompat.forms.line_coverage import line_coverage
from pkcompat.forms.run import FORM_PACE, FormModules, FormRun, handlers_of, is_users_file
from pkcompat.forms.taken_output import taken_output
from pkcompat.forms.virtual_time import UNWATCHED, VirtualClock, run_in_virtual_time
from pkcompat.legacy import is_server_class, legacy_to_class
from pkcompat.playing import InProcessTransport, play
from pkcompat.traffic import DEFAULT_PARTY, Step, Traffic, Transcript


class LiveForm:
    """Runs a form in this process. Globals of its modules survive from one run to the next.

    Args:
        party: what `legacy_to_class` accepts.
        name: the party's name on the host, besides `main`.

    Attributes:
        form: its kind, `object` or `class`.

    Raises:
        LegacyPartyError: it is not a party.
    """

    def __init__(self, party: object, name: str = DEFAULT_PARTY) -> None:
        self._server_class = legacy_to_class(party)
        self.form = "class" if is_server_class(party) else "object"
        self._name = name
        self._coverage = line_coverage(is_users_file)
        self._run = FormRun(())

    def modules(self) -> FormModules:
        """The modules of the party's classes, as far as they are the user's."""
        sources: dict[str, bytes] = {}
        for base in self._server_class.__mro__:
            file = getattr(sys.modules.get(base.__module__), "__file__", None)
            if file is not None and is_users_file(file):
                sources.setdefault(file, inspect.getsource(sys.modules[base.__module__]).encode())
        return FormModules(
            self.form,
            next(iter(sources), ""),
            sources,
            handlers_of(self._server_class),
            self._server_class.options.hibernate,
        )

    @property
    def ahead(self) -> int:
        """How much traffic may be begun before the result of the first is waited for."""
        return 1

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        """Play traffic to its end."""
        traffic = Traffic(self._name, tuple(steps))
        if _loop_is_running():  # in an asynchronous test, whose thread cannot run a second loop
            with ThreadPoolExecutor(1) as thread:
                self._run = thread.submit(self._play, traffic, with_lines, with_output).result()
        else:
            self._run = self._play(traffic, with_lines, with_output)

    def outcome(self) -> FormRun:
        """The result of the traffic played last."""
        return self._run

    def _play(self, traffic: Traffic, with_lines: bool, with_output: bool) -> FormRun:
        tracing = with_lines and sys.gettrace() is None  # leave a debugger's trace function in place
        with held_still() as determinism, warnings.catch_warnings(), taken_output(with_output) as output:
            warnings.simplefilter("ignore")
            if tracing:
                self._coverage.start()
            try:
                transcript = run_in_virtual_time(self._played(traffic), moved=determinism.advanced)
            finally:
                lines = self._coverage.stop() if tracing else frozenset()
        return FormRun(transcript, lines, output.getvalue())

    async def _played(self, traffic: Traffic) -> Transcript:
        parties = {DEFAULT_PARTY: self._server_class, self._name: self._server_class}
        host = Host(parties, debug=True, shutdown_timeout=0.0, clock=VirtualClock(), limits=UNWATCHED)
        async with InProcessTransport(host) as transport:
            return await play(traffic, transport, pace=FORM_PACE)


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
