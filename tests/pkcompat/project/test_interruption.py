"""Ctrl-C held back until a piece of work is complete."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pkcompat.project.interruption import uninterrupted


def test_an_interruption_waits_until_the_work_is_done() -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_one_nothing_happens() -> None:
    with uninterrupted():
        pass


def test_an_error_comes_through() -> None:
    with pytest.raises(ValueError, match="x"), uninterrupted():
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_it_does_nothing() -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.default_int_handler]


def test_a_signal_that_ends_the_process_waits_too() -> None:
    came: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: came.append("ended"))
    try:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGTERM)
            came.append("done")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert came == ["done", "ended"]
