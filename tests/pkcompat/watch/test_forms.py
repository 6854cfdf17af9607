"""Playing traffic in two watched forms, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.pkcompat.watched_in_tests import CLASS, OBJECT, watched_of, watching, write_forms

from pkcompat.traffic.steps import Close, Connect, Send, Traffic, Wait
from pkcompat.traffic.transcript import Closed, Message
from pkcompat.watch.forms import Status, WatchError

CONNECT = Connect("a", "/party/r?_pk=a")
SCRIPT = Traffic("main", (CONNECT, Send("a", "x"), Send("a", "ab")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_forms(tmp_path)
    return tmp_path


async def test_steps_are_taken_in_both_forms_and_what_differs_is_said(folder: Path) -> None:
    watched = watched_of(folder)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        assert [column.name for column in watched.columns] == ["object form", "class form"]
        watched.submit(CONNECT)
        await watcher.until_said("Step 1 is the same in both forms.")
        watched.submit(Send("a", "ab"))
        await watcher.until_said("Step 2 differs: what a receives.")
        assert watched.differing == (1,)
        assert watched.traffic.side_by_side(1).rows[0].cells == (Message("AB"), Message("Ab"))
        watched.submit(Send("a", "boom"))
        await watcher.until_said("Step 3 differs: what a receives.")
        assert watched.traffic.side_by_side(2).rows[0].cells == (Closed(4000, "boom"), Message("Boom"))
        assert watched.traffic.clients[0].is_open == (False, True)
        assert watched.outputs == ("it booms\n", "")
        assert watched.done == Traffic("main", (CONNECT, Send("a", "ab"), Send("a", "boom")))
        assert watcher.steps == {0, 1, 2}


async def test_what_comes_later_becomes_a_wait(folder: Path) -> None:
    watched = watched_of(folder)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.submit(CONNECT)
        watched.submit(Send("a", "later"))
        await watcher.until(lambda: len(watched.traffic.steps) == 3)
        await watcher.until_done()
        wait = watched.traffic.steps[2]
        assert isinstance(wait, Wait)
        assert wait.seconds >= 0.5
        assert watched.traffic.side_by_side(2).rows[0].cells == (Message("now"), Message("now"))
        assert watched.differing == ()


async def test_a_step_that_makes_no_sense_is_refused(folder: Path) -> None:
    watched = watched_of(folder)
    with pytest.raises(WatchError, match="are not running yet"):
        watched.submit(CONNECT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        with pytest.raises(WatchError, match="b has not connected yet"):
            watched.submit(Send("b", "x"))
        watched.submit(CONNECT)
        watched.submit(Send("a", "x"))  # before the handshake is done
        await watcher.until_done()
        with pytest.raises(WatchError, match="a is connected; close it first"):
            watched.submit(CONNECT)
        watched.submit(Close("a"))
        await watcher.until_done()
        with pytest.raises(WatchError, match="a is not connected any more; connect it again"):
            watched.submit(Send("a", "x"))
        watched.submit(CONNECT)
        await watcher.until_done()
        assert watched.traffic.steps == (CONNECT, Send("a", "x"), Close("a"), CONNECT)


async def test_a_script_is_played_step_by_step_or_to_its_end(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        assert tuple(watched.script) == SCRIPT.steps
        watched.play(1)
        await watcher.until_said("Step 1 is the same")
        assert len(watched.script) == 2
        watched.play()
        await watcher.until_said("Step 3 differs")
        assert watched.traffic.steps == SCRIPT.steps
        assert not watched.script


async def test_stopping_puts_what_was_not_played_back(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.play(2)
        watched.stop()
        assert tuple(watched.script) == SCRIPT.steps
        assert watched.waiting == 0


async def test_starting_again_plays_what_was_done_against_what_the_files_hold_now(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.play()
        await watcher.until_said("Step 3 differs")
        (folder / "new.py").write_text(CLASS.replace("title", "upper"))
        watched.start_again(replay=True, why="new.py changed")
        await watcher.until_said("new.py changed")
        assert watcher.steps == set()
        await watcher.until_said("Both forms are running. 3 steps are played again.")
        await watcher.until_said("Step 3 is the same")
        assert watched.traffic.steps == SCRIPT.steps
        assert watched.differing == ()


async def test_clearing_begins_the_script_anew(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.play(1)
        await watcher.until_said("Step 1 is the same")
        watched.start_again(replay=False)
        await watcher.until_said("Both forms are running.")
        assert watched.traffic.steps == ()
        assert tuple(watched.script) == SCRIPT.steps


async def test_a_form_that_raises_is_told_and_the_next_start_goes_on(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.play(2)
        await watcher.until_said("Step 2 is the same")
        (folder / "old.py").write_text("raise RuntimeError('broken')")
        watched.start_again(replay=True)
        await watcher.until(lambda: watched.status is Status.FAILED)
        assert watched.problem is not None
        assert "the old form cannot be served" in watched.problem.message
        assert "RuntimeError: broken" in watched.problem.detail
        with pytest.raises(WatchError):
            watched.submit(CONNECT)
        assert watched.done.steps == SCRIPT.steps[:2]
        (folder / "old.py").write_text(OBJECT)
        watched.start_again(replay=True)
        await watcher.until_said("Step 2 is the same")
        assert watched.problem is None


async def test_a_listener_is_told_the_end(folder: Path) -> None:
    watched = watched_of(folder)
    with watched.listening() as listener:
        watched.end_listening()
        assert await listener.news() is None


async def test_who_comes_late_is_told_everything(folder: Path) -> None:
    watched = watched_of(folder, SCRIPT)
    async with watching(watched) as watcher:
        await watcher.until_said("Both forms are running.")
        watched.play()
        await watcher.until_done()
        with watched.listening() as listener:
            news = await listener.news()
        assert news is not None
        assert (news.begins_anew, news.steps, news.said) == (True, {0, 1, 2}, ["Both forms are running."])
