"""Child processes: framing, waiting with a deadline, their output, their end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pytest

from pkcompat.child_process import (
    Child,
    Unframer,
    end_on_loop,
    frame,
    read_message,
    start_on_loop,
    written,
)

TINY = "tests.pkcompat.tiny_child"


@dataclass(frozen=True)
class Came:
    number: int
    data: str | bytes


@contextmanager
def tiny_child(environment: dict[str, str] | None = None) -> Iterator[tuple[Child, IO[bytes]]]:
    with tempfile.TemporaryFile() as log:
        child = Child(TINY, log, {"PYTHONPATH": os.getcwd(), **(environment or {})})
        try:
            yield child, log
        finally:
            child.end()
            child.close_pipes()


def test_frames_come_out_as_they_went_in_however_they_are_cut() -> None:
    messages = [Came(1, "„text“"), Came(3, ""), Came(1, b"\0" * 1_000), None]
    data = b"".join(map(frame, messages))
    for size in (1, 7, 100, len(data)):
        unframer = Unframer()
        out = [
            message for at in range(0, len(data), size) for message, _ in unframer.feed(data[at : at + size])
        ]
        assert out == messages


def test_messages_that_nobody_took_come_again() -> None:
    unframer = Unframer()
    assert next(unframer.feed(frame("one") + frame("two")))[0] == "one"
    assert [message for message, _ in unframer.feed(b"")] == ["two"]


def test_a_child_answers_in_turn_also_what_no_pipe_holds_at_once() -> None:
    with tiny_child() as (child, _):
        for message in ("short", b"\xff" * 3_000_000, {"a": [1.5, None]}):
            child.send(("echo", message))
            assert child.receive(20) == message


def test_a_child_has_what_it_is_given_in_its_environment_and_all_else() -> None:
    with tiny_child({"TOLD": "so"}) as (child, _):
        child.write(frame(("environment", "TOLD")) + frame(("environment", "PATH")))
        assert child.receive(20) == "so"
        assert child.receive(20) == os.environ["PATH"]


def test_what_a_child_prints_goes_to_its_log_and_it_has_nothing_to_read() -> None:
    with tiny_child() as (child, log):
        child.send(("print", "printed"))
        assert child.receive(20) == ""
        assert written(log) == "printed\nwritten\n"


def test_nobody_waits_longer_than_the_deadline() -> None:
    with tiny_child() as (child, _):
        child.send(("echo", "it runs"))
        child.receive(20)
        child.send(("sleep", 30))
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            child.receive(0.1)
        assert time.monotonic() - begun < 10


def test_a_child_that_ended_is_told_from_one_that_is_silent() -> None:
    with tiny_child() as (child, _):
        child.send(("exit", 3))
        with pytest.raises(EOFError):
            child.receive(20)
        child.end()
        with pytest.raises(BrokenPipeError):
            child.send(("echo", "too late"))


def test_a_child_ends_with_what_it_started() -> None:
    with tiny_child() as (child, _):
        child.send(("copy", None))
        copy = child.receive(20)
        os.kill(copy, 0)
        child.end()
        deadline = time.monotonic() + 10
        while is_alive(copy):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_child_may_be_ended_twice() -> None:
    with tiny_child() as (child, _):
        child.kill()
        child.end()
        child.kill()


def test_a_child_is_out_of_reach_of_the_terminals_interrupt() -> None:
    with tiny_child() as (child, _):
        child.send(("echo", None))
        child.receive(20)
        assert os.getpgid(child.pid) == child.pid != os.getpgrp()


async def test_a_child_on_the_event_loop_ends_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    process = await start_on_loop(TINY, subprocess.DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frame(("echo", "on the loop")))
    assert await asyncio.wait_for(read_message(process.stdout), 20) == "on the loop"
    await end_on_loop(process, 20)
    assert process.returncode == 0
    with pytest.raises(EOFError):
        await read_message(process.stdout)


async def test_a_child_on_the_event_loop_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    process = await start_on_loop(TINY, subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(frame(("sleep", 30)))
    await end_on_loop(process, 0.1)
    assert process.returncode == -signal.SIGKILL


def is_alive(number: int) -> bool:
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
