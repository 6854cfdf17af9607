"""Our child processes: starting one, exchanging messages with it, and ending it.

A message is a pickled object with its length in front. `Child` is the parent's end, which blocks; a parent
on an event loop starts the child with `start_on_loop`, or reads with an `Unframer`. `Parent` is the child's
end.

Home-made, though multiprocessing.connection exists: a child must be a fresh interpreter that keeps the user's
output apart from the messages, and the parent must be able to wait for it on an event loop. (The codemod
starts its own child, in `pkcodemods.isolated_process`, since it does not depend on this package.)
"""

from __future__ import annotations

import asyncio
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

START_TIMEOUT = 60.0
"""Seconds within which the user's modules must have been imported."""

_LENGTH = struct.Struct("!Q")


def frame(message: object) -> bytes:
    """A message as bytes, with its length in front."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class Unframer:
    """Splits a stream of bytes, which arrive in pieces, into messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Any, int]]:
        """Add data, and yield the complete messages, each with its size in bytes.

        Messages that the caller did not take from the iterator are yielded by the next call.
        """
        self._data += data
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            end = _LENGTH.size + length
            if len(self._data) < end:
                return
            message = pickle.loads(bytes(self._data[_LENGTH.size : end]))
            del self._data[:end]
            yield message, length


async def read_message(stream: asyncio.StreamReader) -> Any:
    """Read the next message of a stream.

    Raises:
        EOFError: the stream has ended.
    """
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return pickle.loads(await stream.readexactly(length))


class Child:
    """The parent's end of a child process, which starts at once.

    Args:
        module: the module whose `main` the child calls.
        log: where its output goes, including what the user's code prints.
        environment: added to this process's environment.
    """

    def __init__(
        self, module: str, log: IO[bytes] | int, environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            _command(module),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.commands: IO[bytes] = self._process.stdin
        self.answers: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        """Its process id, which is also the id of its process group and session."""
        return self._process.pid

    def send(self, message: object) -> None:
        """Send a message.

        Raises:
            BrokenPipeError: it has ended.
        """
        self.write(frame(message))

    def write(self, frames: bytes) -> None:
        """Send messages that are already framed; see `send`."""
        _write(self.commands.fileno(), frames)

    def receive(self, timeout: float) -> Any:
        """Wait for its next message.

        Raises:
            EOFError: it has ended.
            TimeoutError: no message arrived within so many seconds.
        """
        return _read(self.answers.fileno(), time.monotonic() + timeout)

    def kill(self) -> None:
        """Kill the child and its copies; callable from any thread."""
        _kill(self._process)

    def end(self) -> None:
        """Kill the child and its copies, and wait until it has ended."""
        self.kill()
        self._process.wait()

    def close_pipes(self) -> None:
        """Close this end of its pipes; must not be called once an event loop has taken them over."""
        self.commands.close()
        self.answers.close()


async def start_on_loop(module: str, log: IO[bytes] | int) -> asyncio.subprocess.Process:
    """Start a child whose pipes are streams of the running event loop; see `Child`."""
    return await asyncio.create_subprocess_exec(
        *_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


async def end_on_loop(process: asyncio.subprocess.Process, patience: float) -> None:
    """Let a child end by itself, when its input is closed; kill it after so many seconds."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        _kill(process)
        await process.wait()


def written(log: IO[bytes]) -> str:
    """What a child has written to its log so far."""
    # No seek: the child writes at the same position.
    descriptor = log.fileno()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


class Parent:
    """The child's end. It takes over standard input and output: what the user's code prints goes to the log,
    and there is nothing for it to read."""

    def __init__(self) -> None:
        self.commands = os.fdopen(os.dup(0), "rb", buffering=0)
        self._answers = os.dup(1)
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)

    def receive(self) -> Any:
        """Wait for the parent's next message.

        Raises:
            EOFError: the parent has ended, or has closed the child's input.
        """
        return _read(self.commands.fileno(), None)

    def send(self, message: object) -> None:
        """Send a message; blocks while the parent is slow.

        Raises:
            BrokenPipeError: the parent has ended.
        """
        _write(self._answers, frame(message))


def _command(module: str) -> list[str]:
    # -P: import nothing from the current folder. -u: printed text is in the log at once, not at the end.
    return [sys.executable, "-P", "-u", "-m", __name__, module]


def _kill(process: subprocess.Popen[bytes] | asyncio.subprocess.Process) -> None:
    """Kill a child and its whole session. It leads one of its own, so that Ctrl-C reaches the parent only."""
    if process.returncode is not None:  # until it has been waited for, its id cannot be reused
        return
    try:
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
            return  # `kill` would poll a process that has ended, and take its exit status from the event loop
    except (ProcessLookupError, PermissionError):
        pass
    with suppress(ProcessLookupError):
        process.kill()


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _read(descriptor: int, deadline: float | None) -> Any:
    (length,) = _LENGTH.unpack(_exactly(descriptor, _LENGTH.size, deadline))
    return pickle.loads(_exactly(descriptor, length, deadline))


def _exactly(descriptor: int, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
        part = os.read(descriptor, size - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def main() -> None:
    """Run the child: call the `main` of the module named on the command line."""
    module = sys.argv.pop()  # so that the user's code sees no arguments
    begin: Callable[[], None] = import_module(module).main
    begin()


if __name__ == "__main__":
    main()
