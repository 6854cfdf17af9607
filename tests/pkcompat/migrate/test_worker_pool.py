"""Work shared among processes: crashes cost one item, exceptions come back."""

import os

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
