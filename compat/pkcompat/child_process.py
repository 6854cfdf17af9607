"""Child processes of ours: how one is started, how messages get to it and back, how it is ended.

A message is a pickled object behind its length. `Child` is the end that a parent holds and waits at; a parent
on an event loop starts the child with `start_on_loop`, or reads with an `Unframer`. `Parent` is the end that
the child itself holds. (`pkcodemods.isolated_migration` starts its own child: the codemod depends on nothing
here.)
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
    """A message as bytes that say where they end."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class Unframer:
    """Takes messages out of a stream of bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Any, int]]:
        """The messages that are complete, each with its size in bytes; those that nobody took come again."""
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
    """The next message of a stream.

    Raises:
        EOFError: the stream ends before it.
    """
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return pickle.loads(await stream.readexactly(length))


class Child:
    """A child, as its parent holds it: messages are sent and awaited in turn."""

    def __init__(
        self, module: str, log: IO[bytes] | int, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it.

        Args:
            module: the module whose `main` it calls.
            log: where its output goes, and what the user's code prints.
            environment: what its environment has beside this process's.
        """
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
        """Its process id, which is also that of its process group and session."""
        return self._process.pid

    def send(self, message: object) -> None:
        """Send a message.

        Raises:
            BrokenPipeError: it has ended.
        """
        self.write(frame(message))

    def write(self, frames: bytes) -> None:
        """Send messages that are framed already; see `send`."""
        _write(self.commands.fileno(), frames)

    def receive(self, timeout: float) -> Any:
        """Wait for its next message.

        Raises:
            EOFError: it has ended.
            TimeoutError: it sent none in so many seconds.
        """
        return _read(self.answers.fileno(), time.monotonic() + timeout)

    def kill(self) -> None:
        """End it and the copies of it, from whichever thread."""
        _kill(self._process)

    def end(self) -> None:
        """End it and the copies of it, and wait until it has."""
        self.kill()
        self._process.wait()

    def close_pipes(self) -> None:
        """Close this end of its pipes; not once an event loop has taken them over."""
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
    """Have a child end by itself, which it does with its input; after so many seconds end it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        _kill(process)
        await process.wait()


def written(log: IO[bytes]) -> str:
    """What has been written to a child's log; its position is the child's too, and stays where it is."""
    descriptor = log.fileno()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


class Parent:
    """The parent, as its child holds it. From now on what the user's code prints goes to the log."""

    def __init__(self) -> None:
        """Take over standard input and output; the user's code has nothing to read there."""
        self.commands = os.fdopen(os.dup(0), "rb", buffering=0)
        self._answers = os.dup(1)
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)

    def receive(self) -> Any:
        """Wait for the parent's next message.

        Raises:
            EOFError: the parent is gone, or has nothing more to say.
        """
        return _read(self.commands.fileno(), None)

    def send(self, message: object) -> None:
        """Answer. Where the parent is slow this waits.

        Raises:
            BrokenPipeError: the parent is gone.
        """
        _write(self._answers, frame(message))


def _command(module: str) -> list[str]:
    # -P: no module out of this folder. -u: what is printed is in the log when that is read.
    return [sys.executable, "-P", "-u", "-m", __name__, module]


def _kill(process: subprocess.Popen[bytes] | asyncio.subprocess.Process) -> None:
    """End a child with the session that it leads, since Ctrl-C in the terminal is for its parent alone."""
    if process.returncode is None:  # until it was waited for, its number is nobody else's
        if sys.platform != "win32":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
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
    """The child: call the `main` of the module that is named on the command line."""
    module = sys.argv.pop()  # the user's code finds no arguments
    begin: Callable[[], None] = import_module(module).main
    begin()


if __name__ == "__main__":
    main()
