"""A process that runs one form again and again, and the end of it that the comparison holds.

The process has a world of its own: what the user's code does to it reaches neither the other form nor the
comparison, and it can be ended where a handler does not let go. It stays when another form is loaded, as it
takes long to start: each form runs in a copy of it, in which no other form ran.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Any, Self

from pkcompat.child_process import START_TIMEOUT, Child, Parent, written
from pkcompat.errors import PkcompatError
from pkcompat.forms.determinism import HASH_SEED, Determinism, held_still
from pkcompat.forms.host_logs import host_logs_dropped
from pkcompat.forms.line_coverage import LineCoverage, import_coverage
from pkcompat.forms.run import FormModules, FormRun, is_users_file, load_form, run_form
from pkcompat.forms.served import SideError, SidePlan
from pkcompat.traffic import Step, StepRecord, Transcript, Unanswered

RUN_TIMEOUT = 10.0
"""Seconds of the processor's time within which traffic must come to its end; virtual time is not limited."""

_PATIENCE = 6  # times as long in real time: on a busy machine a form is slow, and does not differ


@dataclass(frozen=True, slots=True)
class _Load:
    plan: SidePlan


@dataclass(frozen=True, slots=True)
class _Renew:
    """The form is done with; another one is to be loaded."""


@dataclass(frozen=True, slots=True)
class _Play:
    steps: tuple[Step, ...]
    expected: Transcript | None
    with_lines: bool
    with_output: bool
    timeout: float


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str
    detail: str


class FormProcess:
    """Runs a form in a process of its own. A context manager; the process ends with the context."""

    def __init__(self, *, run_timeout: float = RUN_TIMEOUT) -> None:
        """Prepare a process; it starts with the context.

        Args:
            run_timeout: seconds of the processor's time within which traffic must come to its end.
        """
        self._run_timeout = run_timeout
        self._plan: SidePlan | None = None
        self._asked: _Play | None = None
        self._process: Child | None = None
        self._has_form = False
        self._log: IO[bytes] | None = None
        self._last_output = ""

    def load(self, plan: SidePlan) -> FormModules:
        """Have a form run from now on; nothing is left of one that ran before.

        Raises:
            SideError: it cannot be imported.
        """
        self._plan = plan
        is_kept = self._has_form
        loaded = self._loaded(plan)
        if loaded is None and is_kept:  # what ended it may be the form before
            loaded = self._loaded(plan)
        if isinstance(loaded, _Failed):
            raise SideError(loaded.message, loaded.detail)
        if loaded is None:
            raise SideError(
                "the process that runs it ended, or its module did not come to its end", self._last_output
            )
        assert isinstance(loaded, FormModules)
        return loaded

    def begin(
        self,
        steps: Sequence[Step],
        *,
        expected: Transcript | None = None,
        with_lines: bool = False,
        with_output: bool = False,
    ) -> None:
        """Begin to play traffic; `outcome` gives what came of it.

        Args:
            steps: the traffic.
            expected: what an earlier run saw, which says how long to wait for events; see `player.play`.
            with_lines: whether to take down which lines run.
            with_output: whether the host logs what handlers raise; the form's own output is there anyway.
        """
        self._asked = _Play(tuple(steps), expected, with_lines, with_output, self._run_timeout)
        if self._process is None:
            assert self._plan is not None
            self.load(self._plan)
        self._send(self._asked)

    def outcome(self) -> FormRun:
        """What came of the traffic that began.

        A form that hangs, or ends its process, leaves every step unanswered.

        Raises:
            SideError: the form can be imported no longer.
        """
        assert self._asked is not None
        came = self._receive(self._run_timeout * _PATIENCE)
        if isinstance(came, _Failed):
            raise SideError(came.message, came.detail)
        if came is None:
            record = StepRecord(
                Unanswered(f"the form ended its process, or did not end in {self._run_timeout:g} s")
            )
            return FormRun(tuple(record for _ in self._asked.steps), output=self._last_output)
        assert isinstance(came, FormRun)
        return replace(came, output=self._output())

    def kill(self) -> None:
        """End the process, from whichever thread; what it was to answer stays unanswered."""
        process = self._process
        if process is not None:
            process.kill()

    def _loaded(self, plan: SidePlan) -> Any:
        """What the process answers to a form; None where it does not."""
        if self._has_form:
            self._send(_Renew())
        self._send(_Load(plan))
        self._has_form = self._process is not None
        return self._receive(START_TIMEOUT)

    def _send(self, message: object) -> None:
        process = self._process or self._start()
        try:
            process.send(message)
        except BrokenPipeError:
            self._end()

    def _receive(self, timeout: float) -> Any:
        """What the process answers; None where it does not."""
        if self._process is None:
            return None
        try:
            return self._process.receive(timeout)
        except (EOFError, TimeoutError):
            self._end()
            return None

    def _start(self) -> Child:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = Child("pkcompat.forms.process", self._log, {"PYTHONHASHSEED": HASH_SEED})
        return self._process

    def _output(self) -> str:
        assert self._log is not None
        return written(self._log)

    def _end(self) -> None:
        process, self._process = self._process, None
        self._has_form = False
        if process is not None:
            process.end()
            process.close_pipes()
            self._last_output = self._output()
            assert self._log is not None
            self._log.close()

    def __enter__(self) -> Self:
        self._start()  # at once: two forms' processes then start at the same time
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End the process if the context takes more of the processor's time than that."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # the signal's default is to end the process
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class _Runner:
    """Loads a form, and plays what it is told to, in the process of its own."""

    def __init__(self, parent: Parent, coverage: LineCoverage, determinism: Determinism) -> None:
        self._parent = parent
        self._coverage = coverage
        self._determinism = determinism
        self._plan: SidePlan | None = None

    def serve(self) -> bool:
        """Do what is asked for; returns whether another form is to be loaded, as there is no more else."""
        while True:
            try:
                message = self._parent.receive()
            except EOFError:
                return False
            if isinstance(message, _Renew):
                return True
            os.ftruncate(2, 0)
            os.lseek(2, 0, os.SEEK_SET)
            try:
                answer = self._load(message.plan) if isinstance(message, _Load) else self._played(message)
            except PkcompatError as error:
                answer = _Failed(str(error), error.detail)
            self._parent.send(answer)

    def _load(self, plan: SidePlan) -> object:
        self._plan = plan
        return load_form(plan)

    def _played(self, asked: _Play) -> object:
        assert self._plan is not None
        wanted = self._coverage if asked.with_lines else None
        with _limited(asked.timeout), nullcontext() if asked.with_output else host_logs_dropped():
            return run_form(self._plan, asked.steps, self._determinism, wanted, asked.expected)


def _in_a_copy(serve: Callable[[], bool]) -> bool:
    """Call a function in a copy of this process; returns what it returned, and false where the copy ended."""
    answers, answer = os.pipe()  # not its exit status, which the user's code may set as well
    copy = os.fork()
    if not copy:
        try:
            os.write(answer, b"1" if serve() else b"")
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(answer)
    os.waitpid(copy, 0)
    os.set_blocking(answers, False)  # a process that the user's code started may hold the other end
    try:
        return os.read(answers, 1) == b"1"
    except BlockingIOError:
        return False
    finally:
        os.close(answers)


def main() -> None:
    """The process: runs a form after another, each in a copy of it, until its standard input ends."""
    parent = Parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends this process
    logging.captureWarnings(True)
    coverage = import_coverage(is_users_file)
    with held_still() as determinism:
        gc.freeze()  # what is imported stays: to look through it again and again takes a fifth of the time
        while _in_a_copy(_Runner(parent, coverage, determinism).serve):
            pass
