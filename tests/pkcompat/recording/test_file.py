"""The file of a recording: valid while it grows, private, bounded."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pkcompat.recording import file as recording_file
from pkcompat.recording.file import RecordingError, RecordingFile, numbered
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Connect, Send, Step, Traffic

STEPS: tuple[Step, ...] = (Connect("c1", "/party/r"), Send("c1", "„hi“"), Send("c1", b"\xff"))


def test_it_is_a_traffic_file(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "day.json", about="a day")
    for step in STEPS:
        file.put(step, "main")
    file.close()
    assert load_traffic(tmp_path / "day.json") == Traffic("main", STEPS, None, "day", "a day")


def test_without_a_step_it_is_one_too(tmp_path: Path) -> None:
    RecordingFile(tmp_path / "t.json").close()
    assert load_traffic(tmp_path / "t.json").steps == ()


def test_the_party_is_the_one_with_the_most_steps(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "t.json")
    for party in ("a-very-long-name-of-a-party-that-is-longer-than-a-step" * 3, "", "main", "main"):
        file.put(Connect("c", "/"), party)
        wait_until(lambda: len(load_traffic(file.path).steps) == file.steps)
    assert load_traffic(file.path).party == "main"
    file.close()


def test_it_is_whole_while_it_grows(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "t.json")
    for number in range(1, 6):
        file.put(Connect(f"c{number}", "/"), "main")
        wait_until(lambda number=number: len(load_traffic(file.path).steps) == number)
    file.close()


def wait_until(condition) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


WRITER = """
import sys
from pathlib import Path
from pkcompat.recording import file as recording_file
from pkcompat.traffic.steps import Send
recording_file.WRITE_EVERY = 0.001
file = recording_file.RecordingFile(Path(sys.argv[1]), limit=10**9)
number = 0
while True:
    file.put(Send("c", "x" * (number % 3000)), "main" if number % 7 else "lobby")
    number += 1
    if number % 100 == 0:
        file._waiting.empty() or __import__("time").sleep(0.002)
    if number == 200:
        print("writing", flush=True)
"""


@pytest.mark.parametrize("run", range(3))
def test_it_is_whole_after_the_process_was_killed(tmp_path: Path, run: int) -> None:
    path = tmp_path / "t.json"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_until(lambda: path.stat().st_size > 100_000 * (run + 1))
        process.kill()
    steps = json.loads(path.read_text())["steps"]
    assert [len(step["text"]) for step in steps] == [number % 3000 for number in range(len(steps))]
    assert steps


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text("mine")
    with pytest.raises(RecordingError, match=r"already exists, .*name another file, or move this one away"):
        RecordingFile(path)
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"t\.json: cannot be written: No such file or directory"):
        RecordingFile(tmp_path / "none" / "t.json")


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    RecordingFile(tmp_path / "t.json").close()
    assert (tmp_path / "t.json").stat().st_mode & 0o077 == 0


def test_the_limit_is_kept_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = RecordingFile(tmp_path / "t.json", limit=1_000)
    for _ in range(100):
        file.put(Send("c1", "x" * 20))
    file.put(Connect("c", "/"))  # also where a small one would find room
    file.close()
    assert (tmp_path / "t.json").stat().st_size < 1_100
    assert len(json.loads((tmp_path / "t.json").read_text())["steps"]) == file.steps < 20
    (record,) = caplog.records
    assert record.getMessage().endswith(
        f"is full: {file.steps} steps, 0.001 MB; further traffic is not recorded"
    )


def test_a_full_disk_ends_it_and_leaves_it_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = RecordingFile(tmp_path / "t.json")
    file.put(STEPS[0], "main")
    wait_until(lambda: len(load_traffic(file.path).steps) == 1)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recording_file.os, "replace", full)
    file.put(STEPS[1], "main")
    wait_until(lambda: file.full)
    file.close()
    assert load_traffic(file.path).steps == STEPS[:1]
    assert list(tmp_path.iterdir()) == [file.path]
    assert "ends: No space left on device" in caplog.text


def test_numbers_for_further_files(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    assert numbered(path) == path
    path.touch()
    assert numbered(path) == tmp_path / "day-2.json"
    (tmp_path / "day-2.json").touch()
    assert numbered(path) == tmp_path / "day-3.json"
