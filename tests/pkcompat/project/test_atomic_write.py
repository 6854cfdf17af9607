"""Replacing files atomically: modes, links, concurrent changes, failures."""

import os
from pathlib import Path

import pytest

from pkcompat.project.atomic_write import FileChangedError, StagedContent, replace_content, write_document


def test_content_is_replaced_and_the_mode_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o751)
    replace_content(file, b"old", b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert file.stat().st_mode & 0o7777 == 0o751
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real/a.py", tmp_path / "link.py"
    file.write_bytes(b"old")
    link.symlink_to(file)
    replace_content(link, b"old", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"edited")
    with pytest.raises(FileChangedError, match=r"a\.py: changed while"):
        replace_content(file, b"old", b"new")
    assert file.read_bytes() == b"edited"
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_failure_leaves_the_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError("no")

    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no"):
        replace_content(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_new_document_has_the_mode_that_other_programs_give(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    before = os.umask(0o027)
    try:
        write_document(file, b"new")
    finally:
        os.umask(before)
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o7777 == 0o640
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_document_that_is_there_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    file, link = tmp_path / "report.html", tmp_path / "link.html"
    file.write_bytes(b"old")
    file.chmod(0o604)
    link.symlink_to(file)
    write_document(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o7777 == 0o604


def test_a_document_may_go_where_no_file_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_document(pipe, b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert os.listdir(tmp_path) == ["pipe"]


def test_extended_attributes_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    try:
        os.setxattr(file, "user.origin", b"here")
    except (OSError, AttributeError):
        pytest.skip("the file system has no extended attributes")
    replace_content(file, b"old", b"new")
    assert os.getxattr(file, "user.origin") == b"here"


def test_the_other_names_of_a_file_keep_the_old_content(tmp_path: Path) -> None:
    file, other = tmp_path / "a.py", tmp_path / "elsewhere.py"
    file.write_bytes(b"old")
    os.link(file, other)
    replace_content(file, b"old", b"new")
    assert (file.read_bytes(), other.read_bytes()) == (b"new", b"old")


def test_a_file_with_the_longest_name_is_written(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 252 + ".py")
    file.write_bytes(b"old")
    replace_content(file, b"old", b"new")
    assert file.read_bytes() == b"new"


def test_staged_content_is_there_once_it_is_committed(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    staged = StagedContent(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    assert len(os.listdir(tmp_path)) == 2
    staged.discard()
    assert os.listdir(tmp_path) == ["a.py"]
    StagedContent(file, b"old", b"new").commit()
    assert file.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX")
def test_a_file_that_may_not_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o444)
    if os.geteuid() == 0:  # who may write everything; what a user would be told stands in for it
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError):
        replace_content(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]
