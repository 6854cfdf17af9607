"""The processor time of child processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from benchmarks.processor_time import processor_time

WORKS = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint(flush=True); sys.stdin.read()"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")
def test_what_a_child_took_is_told_apart() -> None:
    before = processor_time()
    child = subprocess.Popen(
        [sys.executable, "-c", WORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        taken = processor_time().since(before)
        child.kill()
    assert 0.25 <= taken.children[child.pid] < 5
    assert taken.all == taken.own + sum(taken.children.values())
