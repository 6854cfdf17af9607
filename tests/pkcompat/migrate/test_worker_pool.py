"""Work shared among processes: crashes cost one item, exceptions come back."""

import os
import subprocess
import sys
import time

import pytest

from pkcompat.migrate.worker_pool import Died, share_out


def work(item: int) -> tuple[int, int]:
    if item == 13:
        os._exit(1)
    if item == 99:
        raise ValueError("99")
    return item, os.getpid()


def test_work_is_done_in_other_processes() -> None:
    results = dict(share_out(work, range(20, 30), 2))
    assert sorted(results) == list(range(20, 30))
    done = [result for result in results.values() if not isinstance(result, Died)]
    assert sorted(item for item, _ in done) == list(range(20, 30))
    assert os.getpid() not in {process for _, process in done}


def test_a_death_costs_only_the_item_that_caused_it() -> None:
    results = dict(share_out(work, range(10, 16), 2))
    assert sorted(results) == list(range(10, 16))
    assert [result for result in results.values() if isinstance(result, Died)] == [Died(13)]


def test_what_the_function_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="99"):
        list(share_out(work, [99], 1))


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_who_has_enough_does_not_wait_for_what_was_not_begun() -> None:
    results = share_out(sleep, [0.01] + [0.3] * 100, jobs=2)
    next(results)
    start = time.perf_counter()
    results.close()  # type: ignore[attr-defined]  # as Ctrl-C does
    assert time.perf_counter() - start < 15


def test_the_processes_end_with_a_parent_that_is_killed() -> None:
    code = (
        "import time\nfrom pkcompat.migrate.worker_pool import share_out\n"
        "def work(seconds):\n    print('at work', flush=True)\n    time.sleep(seconds)\n"
        "list(share_out(work, [600] * 6, jobs=2))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        try:
            line = parent.stdout.readline()
        finally:
            parent.kill()
        assert "at work" in line  # twice, if both processes write at the same moment
        started = time.perf_counter()
        parent.stdout.read()  # ends when no process holds the pipe any more
        assert time.perf_counter() - started < 30
