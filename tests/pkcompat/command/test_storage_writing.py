"""`pkcompat storage import` and `delete`: all or nothing, never silently, in files and clusters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pkcompat.command.storage_files import ROOMS, content, fill, storage
from tests.pkcompat.stores.test_value_json import VALUES

from partyserver import SqliteStorage
from partyserver.storage import Alarm, Changes, encode_value
from pkcompat.clusters import PrivatePostgres


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return fill(tmp_path / "rooms.sqlite3")


@pytest.fixture
def lines(file: Path, tmp_path: Path) -> Path:
    storage("export", file, "-o", tmp_path / "rooms.jsonl")
    return tmp_path / "rooms.jsonl"


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=4), st.none() | st.integers(0, 2**53)
)
@settings(max_examples=5)
def test_an_export_is_imported_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object], due: int | None
) -> None:
    folder = tmp_path_factory.mktemp("rooms")
    alarm = None if due is None else Alarm.at(due)
    encoded = {key: encode_value(key, value) for key, value in values.items()}
    file = fill(folder / "a", {("main", "r"): Changes(encoded, alarm=alarm)})
    exported = storage("export", file).stdout
    storage("import", folder / "b", given=exported)
    assert storage("export", folder / "b").stdout == exported


def test_an_import_makes_the_file_and_can_be_run_again(file: Path, lines: Path, tmp_path: Path) -> None:
    new = tmp_path / "folder" / "new"
    assert storage("import", new, lines).stdout == "3 rooms imported, with 5 keys and 2 alarms\n"
    assert content(new) == content(file)
    again = storage("import", new, "-", given=lines.read_bytes()).stdout
    assert again == "0 rooms imported, with 0 keys and 0 alarms; 3 were there already\n"


def test_other_data_is_refused_and_overwritten_only_when_told(file: Path, lines: Path) -> None:
    before = content(file)
    topic = Changes({"topic": encode_value("topic", "coffee"), "more": b"\x01"})
    fill(file, {("main", "caf%C3%A9"): topic, ("main", "other"): Changes({"k": b"\x01"})})
    changed = content(file)
    done = storage("import", file, lines, status=2)
    assert "holds other data of 1 rooms: main/caf%C3%A9; nothing was imported. Replace" in done.stderr
    assert content(file) == changed
    done = storage("import", file, lines, "--overwrite")
    assert done.stdout == "1 room imported, with 1 key and 0 alarms; 2 were there already\n"
    assert content(file) == {**before, ("main", "other"): changed["main", "other"]}


def test_nothing_of_an_import_with_a_broken_line_is_written(lines: Path, tmp_path: Path) -> None:
    lines.write_text(lines.read_text().replace('"value": 7', '"value": {"$int": "seven"}'))
    done = storage("import", tmp_path / "new", lines, status=2)
    assert f"{lines}, line 5: the value has no $int that can be read: " in done.stderr
    assert not (tmp_path / "new").exists()
    assert (
        "No such file or directory" in storage("import", tmp_path / "new", tmp_path / "none", status=2).stderr
    )
    assert "Is a directory" in storage("import", tmp_path / "new", tmp_path, status=2).stderr


@pytest.mark.parametrize("command", ["import", "delete"])
def test_a_host_that_has_the_file_is_not_disturbed(command: str, file: Path, lines: Path) -> None:
    host = SqliteStorage(file)
    rest = [lines, "--overwrite"] if command == "import" else ["main/lobby", "--yes"]
    assert "is in use; stop the process that uses it" in storage(command, file, *rest, status=2).stderr
    host.close()
    assert len(content(file)) == len(ROOMS)


def test_a_place_that_can_hold_no_file_is_a_message(lines: Path) -> None:
    assert "its folder cannot be made" in storage("import", lines / "f", lines, status=2).stderr
    assert "there is no such storage file" in storage("list", lines.parent / "..", status=2).stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_a_message(lines: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "this user needs write access" in storage("import", folder / "f", lines, status=2).stderr
    assert (
        "Permission denied; nothing was exported"
        in storage("export", lines, "-o", folder / "f", status=2).stderr
    )


@pytest.mark.parametrize(
    ("arguments", "question", "left"),
    [
        (
            ["main/lobby"],
            "delete main/lobby: 1 room, 4 keys, 1 alarm?",
            ["chat/alarm alone", "main/caf%C3%A9"],
        ),
        (
            ["--party", "main"],
            "delete main/caf%C3%A9, main/lobby: 2 rooms, 5 keys, 1 alarm?",
            ["chat/alarm alone"],
        ),
        (["--prefix", "café"], "delete main/caf%C3%A9: 1 room, 1 key?", ["chat/alarm alone", "main/lobby"]),
    ],
)
def test_rooms_are_deleted_after_asking(
    arguments: list[str], question: str, left: list[str], file: Path
) -> None:
    for answer in ("n\n", ""):
        done = storage("delete", file, *arguments, given=answer, status=2)
        assert f"{question} [y/N]:" in done.stderr
        assert "error: nothing was deleted" in done.stderr
        assert len(content(file)) == len(ROOMS)
    assert " deleted, with " in storage("delete", file, *arguments, given="y\n").stdout
    assert ["/".join(room) for room in content(file)] == left
    if not arguments[0].startswith("--"):
        assert "holds nothing" in storage("delete", file, *arguments, "--yes", status=2).stderr
    else:
        assert "no room holds anything" in storage("delete", file, *arguments, "--yes").stdout


def test_keys_of_a_room_are_deleted_and_the_rest_stays(file: Path) -> None:
    before = content(file)
    assert (
        "main/lobby has no key 'x'"
        in storage("delete", file, "main/lobby", "--key", "x", "-y", status=2).stderr
    )
    assert content(file) == before
    done = storage("delete", file, "main/lobby", "--key", "count", "--key", "tags", given="y\n")
    assert done.stdout.endswith("2 keys deleted\n")
    assert "delete 'count', 'tags' of main/lobby? [y/N]:" in done.stderr
    entries, alarm = before["main", "lobby"]
    kept = {key: value for key, value in entries.items() if key not in ("count", "tags")}
    assert content(file) == {**before, ("main", "lobby"): (kept, alarm)}


@pytest.mark.parametrize("arguments", [[], ["--key", "k", "--party", "main"]])
def test_what_is_to_be_deleted_has_to_be_named(arguments: list[str], file: Path) -> None:
    assert "name" in storage("delete", file, *arguments, "--yes", status=2).stderr
    assert len(content(file)) == len(ROOMS)


def test_ctrl_c_leaves_an_import_undone(tmp_path: Path) -> None:
    pipe, new = tmp_path / "pipe", tmp_path / "new"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-m", "pkcompat", "storage", "import", str(new), str(pipe)], stderr=subprocess.PIPE
    ) as child:
        with pipe.open("wb"):  # from when on it reads what does not come
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (130, b"interrupted: nothing was imported\n")
    assert not new.exists()


def test_rooms_of_a_cluster_are_listed_exported_imported_and_deleted(
    file: Path, lines: Path, tmp_path: Path, postgres: PrivatePostgres
) -> None:
    cluster = (postgres.dsn(), "--cluster-namespace", "lines")
    assert storage("import", *cluster, lines).stdout == "3 rooms imported, with 5 keys and 2 alarms\n"
    assert storage("list", *cluster).stdout == storage("list", file).stdout
    assert storage("show", *cluster, "main/café").stdout == storage("show", file, "main/café").stdout
    assert storage("export", *cluster).stdout == lines.read_text()
    assert "were there already" in storage("import", *cluster, lines).stdout
    fill(file, {("main", "lobby"): Changes({"count": b"\x08"})})
    storage("export", file, "-o", lines)
    assert "holds other data of 1 rooms: main/lobby" in storage("import", *cluster, lines, status=2).stderr
    assert storage("import", *cluster, lines, "--overwrite").stdout.startswith("1 room imported, with 4 keys")
    assert storage("export", *cluster).stdout == lines.read_text()
    storage("delete", *cluster, "main/lobby", "--key", "count", "--yes")
    assert "3 keys\n" in storage("show", *cluster, "main/lobby").stdout
    storage("delete", *cluster, "--party", "main", "--yes")
    assert storage("list", *cluster).stdout.endswith("1 room, 0 keys, 0 bytes\n")
