"""A process that runs one form again and again, and the parent's handle to it.

What the user's code does to its process affects neither the other form nor the comparison, and a handler that
hangs can be killed. As a process is slow to start, it is kept when another form is loaded: each form runs in
a fork of it, in which no other form ran.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import tempfile
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Any, Self

from pkcompat.child_process import START_TIMEOUT, Child, Parent, frame, written
from pkcompat.errors import PkcompatError
from pkcompat.forms.determinism import HASH_SEED, Determinism, held_still
from pkcompat.forms.host_logs import host_logs_dropped
from pkcompat.forms.line_coverage import LineCoverage, import_coverage
from pkcompat.forms.run import FormModules, FormRun, is_users_file, load_form, run_form
from pkcompat.forms.served import FormError, FormPlan
from pkcompat.traffic import Step, StepRecord, Transcript, Unanswered

RUN_TIMEOUT = 10.0
"""Seconds of CPU time within which traffic must end; virtual time is not limited."""

_AHEAD = 2  # a process need not wait for its parent between two scripts
_SMALL = 16_384  # bytes: what lies in the pipe while the process writes an answer must fit into it
_PATIENCE = 6  # times as long in real time: on a busy machine, a slow form must not look like a difference


@dataclass(frozen=True, slots=True)
class _Load:
    plan: FormPlan


@dataclass(frozen=True, slots=True)
class _Renew:
    """End the fork that runs the present form, since another form will be loaded."""


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
    """Runs a form in a process of its own. A context manager, whose process starts and ends with the context.

    Args:
        run_timeout: seconds of CPU time within which traffic must end.
    """

    def __init__(self, *, run_timeout: float = RUN_TIMEOUT) -> None:
        self._run_timeout = run_timeout
        self._plan: FormPlan | None = None
        self._asked: deque[_Play] = deque()  # the traffic whose results are awaited
        self._sent = 0  # how much of it the process has been told
        self._process: Child | None = None
        self._has_form = False  # whether a fork runs that has to end before another form is loaded
        self._log: IO[bytes] | None = None
        self._last_output = ""  # of a process that has ended

    @property
    def ahead(self) -> int:
        """How much traffic may be begun before the result of the first is waited for."""
        return _AHEAD

    def load(self, plan: FormPlan) -> FormModules:
        """Load the form to run from now on, in a fork that no other form has run in.

        Traffic whose result nobody waited for is given up.

        Raises:
            FormError: the form cannot be imported.
        """
        if self._asked:
            self._asked.clear()
            self._sent = 0
            self._end()
        return self._load(plan)

    def _load(self, plan: FormPlan) -> FormModules:
        self._plan = plan
        is_kept = self._has_form
        loaded = self._loaded(plan)
        if loaded is None and is_kept:  # maybe the previous form ended the process; try a new one
            loaded = self._loaded(plan)
        if isinstance(loaded, _Failed):
            raise FormError(loaded.message, loaded.detail)
        if loaded is None:
            raise FormError(
                "the process that runs it ended, or importing its module took too long", self._last_output
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
        """Start playing traffic, behind what was begun before; `outcome` returns the result.

        Args:
            steps: the traffic.
            expected: the transcript of an earlier run, which says how long to wait for events; see
                `player.play`.
            with_lines: whether to record which lines run.
            with_output: whether the host logs exceptions in handlers; the form's own output is kept anyway.
        """
        self._asked.append(_Play(tuple(steps), expected, with_lines, with_output, self._run_timeout))
        self._tell()

    def outcome(self) -> FormRun:
        """Wait for the result of the traffic that was begun first.

        If the form hangs, or ends its process, every step is unanswered; what was begun behind that is played
        in a new process.

        Raises:
            FormError: the form can no longer be imported.
        """
        self._tell()
        came = self._receive(self._run_timeout * _PATIENCE)
        asked = self._asked.popleft()
        self._sent = 0 if came is None else self._sent - 1
        if isinstance(came, _Failed):
            raise FormError(came.message, came.detail)
        if came is None:
            record = StepRecord(
                Unanswered(f"the form ended its process, or did not end in {self._run_timeout:g} s")
            )
            return FormRun(tuple(record for _ in asked.steps), output=self._last_output)
        assert isinstance(came, FormRun)
        if self._asked:
            self._tell()
        return came

    def _tell(self) -> None:
        """Tell the process of what was begun, in a new one if it has ended.

        What is large waits until the process reads: it may be writing an answer, for which this end does not
        look yet.
        """
        if not self._sent and self._process is None:
            assert self._plan is not None
            self._load(self._plan)
        while self._sent < len(self._asked):
            frames = frame(self._asked[self._sent])
            if self._sent and len(frames) > _SMALL:
                return
            self._write(frames)
            self._sent += 1

    def kill(self) -> None:
        """Kill the process, from any thread; what it was to answer stays unanswered."""
        process = self._process
        if process is not None:
            process.kill()

    def _loaded(self, plan: FormPlan) -> Any:
        """The answer of the process to a form; None if it has ended or hangs."""
        if self._has_form:
            self._send(_Renew())
        self._send(_Load(plan))
        self._has_form = self._process is not None
        return self._receive(START_TIMEOUT)

    def _send(self, message: object) -> None:
        self._write(frame(message))

    def _write(self, frames: bytes) -> None:
        process = self._process or self._start()
        try:
            process.write(frames)
        except BrokenPipeError:
            if not self._sent:  # else an answer may still be there to be read, and then the end
                self._end()

    def _receive(self, timeout: float) -> Any:
        """The next answer of the process; None if it has ended or hangs."""
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
        self._start()  # early, so that the processes of two forms start in parallel
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End the process if the context takes more CPU time than that."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # whose signal ends the process by default
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class _Runner:
    """The child's part: loads a form, and plays the traffic that the parent sends."""

    def __init__(self, parent: Parent, coverage: LineCoverage, determinism: Determinism) -> None:
        self._parent = parent
        self._coverage = coverage
        self._determinism = determinism
        self._plan: FormPlan | None = None

    def serve(self) -> bool:
        """Handle commands; returns whether another form will be loaded, or else the parent has ended."""
        while True:
            try:
                message = self._parent.receive()
            except EOFError:
                return False
            if isinstance(message, _Renew):
                return True
            # The log, as standard error, holds the output of one command.
            os.ftruncate(2, 0)
            os.lseek(2, 0, os.SEEK_SET)
            try:
                answer = self._load(message.plan) if isinstance(message, _Load) else self._played(message)
            except PkcompatError as error:
                answer = _Failed(str(error), error.detail)
            self._parent.send(replace(answer, output=_written()) if isinstance(answer, FormRun) else answer)

    def _load(self, plan: FormPlan) -> object:
        self._plan = plan
        return load_form(plan)

    def _played(self, asked: _Play) -> object:
        assert self._plan is not None
        wanted = self._coverage if asked.with_lines else None
        with _limited(asked.timeout), nullcontext() if asked.with_output else host_logs_dropped():
            return run_form(self._plan, asked.steps, self._determinism, wanted, asked.expected)


def _written() -> str:
    """What this process has written to its log since the last command."""
    try:
        return os.pread(2, os.fstat(2).st_size, 0).decode(errors="replace")
    except OSError:  # the user's code put something else in its place
        return ""


def _in_a_copy(serve: Callable[[], bool]) -> bool:
    """Call a function in a fork of this process; returns its result, or False if the fork ended early."""
    answers, answer = os.pipe()  # not the exit status, which the user's code can set as well
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
    os.set_blocking(answers, False)  # a child of the user's code may keep the other end open
    try:
        return os.read(answers, 1) == b"1"
    except BlockingIOError:
        return False
    finally:
        os.close(answers)


def main() -> None:
    """Run the child: one form after another, each in a fork, until the parent closes the input."""
    parent = Parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    logging.captureWarnings(True)
    coverage = import_coverage(is_users_file)
    with held_still() as determinism:
        gc.freeze()  # imported modules stay; collecting over them again and again takes a fifth of the time
        while _in_a_copy(_Runner(parent, coverage, determinism).serve):
            pass
