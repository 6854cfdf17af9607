"""`pkcompat storage list`, `show` and `export`: what is printed, what is selected, what is refused."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pkcompat.command.storage_files import content, fill, storage
from tests.pkcompat.command.test_output_streams import shell

from partyserver import SqliteStorage
from partyserver.storage import Changes, encode_value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return fill(tmp_path / "rooms.sqlite3")


def test_rooms_are_listed_with_what_they_hold(file: Path) -> None:
    entries, _ = content(file)["main", "lobby"]
    size = str(sum(len(key) + len(value) for key, value in entries.items()))
    lines = [line.split() for line in storage("list", file).stdout.splitlines() if line.strip()]
    assert lines[0] == ["room", "keys", "bytes", "alarm"]
    assert lines[2] == [
        *("chat/alarm", "alone", "0", "0", "1970-01-01", "00:00:01", "UTC,", "ran", "out", "of", "tries")
    ]
    assert lines[3] == ["main/caf%C3%A9", "1", "9"]
    assert lines[4] == ["main/lobby", "4", size, "2096-10-02", "07:06:40", "UTC"]
    assert lines[5] == ["3", "rooms,", "5", "keys,", f"{int(size) + 9}", "bytes"]
    assert storage("list", file, "--party", "none").stdout == "0 rooms, 0 keys, 0 bytes\n"


@pytest.mark.parametrize(
    ("options", "listed"),
    [
        ([], ["alarm alone", "caf%C3%A9", "lobby"]),
        (["--party", "main"], ["caf%C3%A9", "lobby"]),
        (["--prefix", "café"], ["caf%C3%A9"]),
        (["--party", "chat", "--prefix", "caf"], []),
    ],
)
def test_rooms_are_chosen_by_party_and_prefix_and_listed_as_json(
    options: list[str], listed: list[str], file: Path
) -> None:
    rooms = json.loads(storage("list", file, "--format", "json", *options).stdout)
    assert [room["room"] for room in rooms] == listed
    if not options:
        alarm = {"due": 1_000, "next_try": None, "retries": 6, "ringing": False}
        assert rooms[0] == {"party": "chat", "room": "alarm alone", "keys": 0, "bytes": 0, "alarm": alarm}


def test_a_room_is_shown_with_values_cut_and_escaped(file: Path) -> None:
    shown = storage("show", file, "main/lobby").stdout
    assert "\x1b" not in shown
    rows = {
        line.split()[0]: line.rstrip().split(maxsplit=2)[1:] for line in shown.splitlines() if line.strip()
    }
    assert rows["count"] == ["1", "7"]
    assert rows["tags"][1] == "(1, {2})"
    assert rows["image"][1].endswith("… (256 bytes)")
    assert rows["\\x1b[31m"] == ["5", "'\\x1b[2J'"]
    assert "alarm  2096-10-02 07:06:40 UTC\n4 keys\n" in shown


def test_keys_of_a_room_are_chosen_and_a_named_one_is_shown_whole(file: Path) -> None:
    whole = storage("show", file, "main/lobby", "--key", "image").stdout
    assert repr(bytes(range(256)))[-40:] in whole.replace("\n", "")
    assert "count" not in whole
    assert "2 keys; 1 more with a higher --limit" not in whole
    some = storage("show", file, "main/lobby", "--limit", "2").stdout
    assert "4 keys; 2 more with a higher --limit\n" in some
    assert "1 key\n" in storage("show", file, "main/lobby", "--prefix", "co").stdout
    assert "'tea'" in storage("show", file, "main/café").stdout
    line, alarm = storage(
        "show", file, "main/lobby", "--key", "count", "--format", "json"
    ).stdout.splitlines()
    assert json.loads(line) == {"party": "main", "room": "lobby", "key": "count", "value": 7}
    assert json.loads(alarm)["alarm"]["due"] == 4_000_000_000_000


def test_a_value_that_cannot_be_read_is_shown_as_damaged(tmp_path: Path) -> None:
    file = fill(
        tmp_path / "f", {("main", "r"): Changes({"bad": b"\xc1", "long": encode_value("k", [1] * 99)})}
    )
    shown = storage("show", file, "main/r").stdout
    assert "the stored value is damaged" in shown
    assert "… (list of 99)" in shown


def test_an_export_holds_all_rooms_or_those_that_are_named(file: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in storage("export", file).stdout.splitlines()]
    assert lines[0] == {"format": "pkcompat-storage", "version": 1}
    assert lines[-1] == {"rooms": 3, "keys": 5, "alarms": 2}
    out = tmp_path / "out.jsonl"
    done = storage("export", file, "main/café", "chat/alarm alone", "-o", out)
    assert (done.stdout, done.stderr) == ("", f"2 rooms exported, with 1 key and 1 alarm to {out}\n")
    named = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [line.get("room") for line in named] == [None, "caf%C3%A9", "alarm alone", None]
    assert storage("export", file, "--party", "chat").stdout.count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["show", "{}", "main/none"],
            "the room main/none holds nothing; see the rooms with pkcompat storage list",
        ),
        (["show", "{}", "main"], "'main' is no PARTY/ROOM, such as main/lobby"),
        (["show", "{}", "main/lobby", "--key", "x"], "main/lobby has no key 'x'"),
        (["export", "{}", "main/lobby", "main/none"], "the room main/none holds nothing"),
        (["export", "{}", "-o", "{}"], "is the storage file itself"),
        (["export", "{}", "-o", "/no/such/folder/f"], "No such file or directory; nothing was exported"),
        (["export", "{}", "main/lobby", "--party", "main"], "name rooms, or a party and a prefix, not both"),
        (["list", "{}-not"], "there is no such storage file"),
        (["list", "{}/in-it"], "there is no such storage file"),
        (["list", "n" * 300], "File name too long"),
        (["export", "{}", "-o", "n" * 300], "File name too long; nothing was exported"),
        (["list", "/dev/null"], "/dev/null cannot be read or written"),
        (["list", "memory"], "rooms in memory end with their host"),
    ],
)
def test_what_cannot_be_done_is_a_message(arguments: list[str], message: str, file: Path) -> None:
    done = storage(*(each.replace("{}", str(file)) for each in arguments), status=2)
    assert message in " ".join(done.stderr.replace("│", "").split())
    assert done.stdout == ""


def test_a_file_that_a_host_has_open_is_refused(file: Path) -> None:
    host = SqliteStorage(file)
    done = storage("list", file, status=2)
    host.close()
    assert "is in use; stop the process that uses it, or name another file" in done.stderr


@pytest.mark.parametrize("command", ["list", "show", "export"])
def test_a_file_that_is_no_storage_of_ours_is_refused(command: str, file: Path) -> None:
    arguments = (command, file, *(["main/lobby"] if command == "show" else []))
    database = sqlite3.connect(file)
    database.execute("PRAGMA user_version = 99")
    database.close()
    assert "was written by a newer pkcompat (format 99)" in storage(*arguments, status=2).stderr
    file.write_text("no database at all, " * 100)
    assert "is no SQLite file; name another file" in storage(*arguments, status=2).stderr
    file.write_text("")
    assert "is empty, and so no storage file" in storage(*arguments, status=2).stderr
    assert file.read_text() == ""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    values = {f"k{number}": encode_value("k", "x" * 100_000) for number in range(2)}
    return fill(tmp_path / "large", {("main", f"r{number}"): Changes(values) for number in range(8)})


def test_who_reads_an_export_has_enough(large: Path) -> None:
    done = shell('pkcompat storage export "$1" | head -c 50', large)
    assert done.stdout.startswith('{"format"')
    assert done.stderr == ""


def test_ctrl_c_ends_an_export_with_a_message(large: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pkcompat", "storage", "export", str(large)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.read(100)  # it is in the midst of it, and waits for the pipe
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (130, b"interrupted: nothing was changed\n")
