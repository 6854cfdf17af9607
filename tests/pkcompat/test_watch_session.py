from __future__ import annotations

from pathlib import Path

import pytest
from tests.pkcompat.watch_sessions import CLASS, OBJECT, session_of, watching, write_forms

from pkcompat.traffic import Close, Connect, Send, Traffic, Wait
from pkcompat.transcript import Closed, Message
from pkcompat.watch_session import Status, WatchError

CONNECT = Connect("a", "/party/r?_pk=a")
SCRIPT = Traffic("main", (CONNECT, Send("a", "x"), Send("a", "ab")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_forms(tmp_path)
    return tmp_path


async def test_steps_are_taken_in_both_forms_and_what_differs_is_said(folder: Path) -> None:
    session = session_of(folder)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        assert [column.name for column in session.columns] == ["object form", "class form"]
        session.submit(CONNECT)
        await watcher.until_said("Step 1 is alike in both forms.")
        session.submit(Send("a", "ab"))
        await watcher.until_said("Step 2 differs: what a receives.")
        assert session.differing == (1,)
        assert session.traffic.side_by_side(1).rows[0].cells == (Message("AB"), Message("Ab"))
        session.submit(Send("a", "boom"))
        await watcher.until_said("Step 3 differs: what a receives.")
        assert session.traffic.side_by_side(2).rows[0].cells == (Closed(4000, "boom"), Message("Boom"))
        assert session.traffic.clients[0].is_open == (False, True)
        assert session.outputs == ("it booms\n", "")
        assert session.done == Traffic("main", (CONNECT, Send("a", "ab"), Send("a", "boom")))
        assert watcher.steps == {0, 1, 2}


async def test_what_comes_later_becomes_a_wait(folder: Path) -> None:
    session = session_of(folder)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.submit(CONNECT)
        session.submit(Send("a", "later"))
        await watcher.until(lambda: len(session.traffic.steps) == 3)
        await watcher.until_done()
        wait = session.traffic.steps[2]
        assert isinstance(wait, Wait)
        assert wait.seconds >= 0.5
        assert session.traffic.side_by_side(2).rows[0].cells == (Message("now"), Message("now"))
        assert session.differing == ()


async def test_a_step_that_makes_no_sense_is_refused(folder: Path) -> None:
    session = session_of(folder)
    with pytest.raises(WatchError, match="do not run yet"):
        session.submit(CONNECT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        with pytest.raises(WatchError, match="b has not connected yet"):
            session.submit(Send("b", "x"))
        session.submit(CONNECT)
        session.submit(Send("a", "x"))  # before the handshake is done
        await watcher.until_done()
        with pytest.raises(WatchError, match="a is connected; close it first"):
            session.submit(CONNECT)
        session.submit(Close("a"))
        await watcher.until_done()
        with pytest.raises(WatchError, match="a is not connected any more; connect it again"):
            session.submit(Send("a", "x"))
        session.submit(CONNECT)
        await watcher.until_done()
        assert session.traffic.steps == (CONNECT, Send("a", "x"), Close("a"), CONNECT)


async def test_a_script_is_played_step_by_step_or_to_its_end(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        assert tuple(session.script) == SCRIPT.steps
        session.play(1)
        await watcher.until_said("Step 1 is alike")
        assert len(session.script) == 2
        session.play()
        await watcher.until_said("Step 3 differs")
        assert session.traffic.steps == SCRIPT.steps
        assert not session.script


async def test_stopping_puts_what_was_not_played_back(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.play(2)
        session.stop()
        assert tuple(session.script) == SCRIPT.steps
        assert session.waiting == 0


async def test_starting_again_plays_what_was_done_against_what_the_files_hold_now(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.play()
        await watcher.until_said("Step 3 differs")
        (folder / "new.py").write_text(CLASS.replace("title", "upper"))
        session.start_again(replay=True, why="new.py changed")
        await watcher.until_said("new.py changed")
        assert watcher.steps == set()
        await watcher.until_said("Both forms run. 3 steps are played again.")
        await watcher.until_said("Step 3 is alike")
        assert session.traffic.steps == SCRIPT.steps
        assert session.differing == ()


async def test_clearing_begins_the_script_anew(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.play(1)
        await watcher.until_said("Step 1 is alike")
        session.start_again(replay=False)
        await watcher.until_said("Both forms run.")
        assert session.traffic.steps == ()
        assert tuple(session.script) == SCRIPT.steps


async def test_a_form_that_raises_is_told_and_the_next_start_goes_on(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.play(2)
        await watcher.until_said("Step 2 is alike")
        (folder / "old.py").write_text("raise RuntimeError('broken')")
        session.start_again(replay=True)
        await watcher.until(lambda: session.status is Status.FAILED)
        assert session.problem is not None
        assert "the old form cannot be served" in session.problem.message
        assert "RuntimeError: broken" in session.problem.detail
        with pytest.raises(WatchError):
            session.submit(CONNECT)
        assert session.done.steps == SCRIPT.steps[:2]
        (folder / "old.py").write_text(OBJECT)
        session.start_again(replay=True)
        await watcher.until_said("Step 2 is alike")
        assert session.problem is None


async def test_a_listener_is_told_the_end(folder: Path) -> None:
    session = session_of(folder)
    with session.listening() as listener:
        session.end_listening()
        assert await listener.news() is None


async def test_who_comes_late_is_told_everything(folder: Path) -> None:
    session = session_of(folder, SCRIPT)
    async with watching(session) as watcher:
        await watcher.until_said("Both forms run.")
        session.play()
        await watcher.until_done()
        with session.listening() as listener:
            news = await listener.news()
        assert news is not None
        assert (news.begins_anew, news.steps, news.said) == (True, {0, 1, 2}, ["Both forms run."])
