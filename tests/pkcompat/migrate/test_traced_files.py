"""Files that note what a migration asked of them."""

from __future__ import annotations

from pkcodemods.source import SourceFile
from pkcompat.migrate.traced_files import UNREADABLE, TracedFiles, digest_of

FILES = {
    "app/chat.py": b"from app.helpers import greet\n",
    "app/helpers.py": b"def greet(room): ...\n",
    "app/pages.py": b"import app.chat\n",
    "app/other.py": b"import json\n",
}
CHAT, HELPERS, PAGES, _ = range(4)


def missing() -> bytes:
    raise FileNotFoundError


def files_of(contents: dict[str, bytes]) -> TracedFiles:
    return TracedFiles([SourceFile(path, data) for path, data in contents.items()])


def test_what_is_read_and_asked_is_noted_while_it_is_wanted() -> None:
    files = files_of(FILES)
    assert files.files[PAGES].path == "app/pages.py"
    with files.noting() as premises:
        assert files.files[CHAT].data == FILES["app/chat.py"]
        assert files.imported_by(CHAT) == {HELPERS}
        assert files.importers([CHAT]) == [PAGES]
    assert files.importers([HELPERS]) == [CHAT]
    assert list(premises.contents) == ["app/chat.py"]
    assert premises.imports == {"app/chat.py": ["app/helpers.py"]}
    assert premises.importers == [(["app/chat.py"], ["app/pages.py"])]


def test_premises_hold_until_something_of_what_was_asked_changes() -> None:
    files = files_of(FILES)
    with files.noting() as premises:
        assert files.files[CHAT].data
        files.imported_by(CHAT)
        files.importers([CHAT])
    for changed, holds in [
        ({}, True),
        ({"app/other.py": b"import os\n", "app/new.py": b"x = 1\n"}, True),
        ({"app/helpers.py": b"def greet(room): room.broadcast('hi')\n"}, True),  # it was not read
        ({"app/chat.py": b"from app.helpers import greet  # hi\n"}, False),
        ({"app/other.py": b"from app import chat\n"}, False),
        ({"app/pages.py": b"import json\n"}, False),
        ({"lib/app/helpers.py": b""}, False),
    ]:
        assert files_of({**FILES, **changed}).still_hold(premises) is holds, changed
    without_pages = {path: data for path, data in FILES.items() if path != "app/pages.py"}
    assert not files_of(without_pages).still_hold(premises)
    without_chat = {path: data for path, data in FILES.items() if path != "app/chat.py"}
    assert not files_of(without_chat).still_hold(premises)


def test_a_file_that_cannot_be_read_has_a_digest_of_its_own() -> None:
    assert digest_of(SourceFile("gone.py", missing)) == UNREADABLE != digest_of(SourceFile("empty.py", b""))
