"""The event loop: uvloop where installed, asyncio's otherwise; what a task raises does not end it."""

from __future__ import annotations

import asyncio
import logging
import sys

import pytest

from pkcompat.serving.event_loop import loop_factory


@pytest.fixture(params=["uvloop", "asyncio"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which loop is there."""
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
    else:
        pytest.importorskip("uvloop")
    return str(request.param)


def test_it_is_the_one_that_is_there(kind: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert type(runner.get_loop()).__mro__[1].__module__.startswith(kind)


async def end() -> None:
    """A task that ends the process."""
    sys.exit(3)


def test_what_a_handler_left_behind_does_not_end_it(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        task = loop.create_task(end())
        loop.call_later(0.01, sys.exit, 4)
        other = loop.create_task(asyncio.sleep(0.05, "went on"))
        done = await other
        with pytest.raises(SystemExit):
            task.result()
        return done

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert runner.run(main()) == "went on"
    raised = [record.args[0] for record in caplog.records if record.levelno == logging.ERROR and record.args]
    assert [str(error) for error in raised] == ["3", "4"]


def test_the_end_of_what_it_runs_is_its_own(kind: str) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner, pytest.raises(SystemExit):
        runner.run(end())
