"""Files of a project: module names, relative imports, reading on demand."""

import pytest

from pkcodemods.source.project_files import ModuleName, ProjectFiles, SourceFile


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("chat.py", ModuleName("chat", False)),
        ("src/app/chat.py", ModuleName("src.app.chat", False)),
        ("/src/app/__init__.py", ModuleName("src.app", True)),
        ("__init__.py", ModuleName("__init__", False)),
        ("my.party.py", ModuleName("my_party", False)),
    ],
)
def test_what_a_file_is_called_in_imports(path: str, name: ModuleName) -> None:
    assert ModuleName.of(path) == name


def test_what_imports_what() -> None:
    project = ProjectFiles(
        [
            SourceFile("src/app/chat.py", b"from .helpers import tell\nfrom app import state\n"),
            SourceFile("src/app/helpers.py", b"import json\n"),
            SourceFile("src/app/state.py", b""),
            SourceFile("src/app/__init__.py", b"from .chat import default\n"),
            SourceFile("src/other/helpers.py", b"from . import chat\nfrom http import state\n"),
        ]
    )
    assert project.imported_by(0) == {1, 2, 3}
    assert project.imported_by(1) == project.imported_by(4) == set()
    assert project.importers([0]) == [3]
    assert project.importers([1, 2]) == [0]


@pytest.mark.parametrize(
    ("importer", "name", "absolute"),
    [
        ("src/app/chat.py", "json", "json"),
        ("src/app/chat.py", ".helpers", "src.app.helpers"),
        ("src/app/chat.py", "..other", "src.other"),
        ("src/app/chat.py", ".", "src.app"),
        ("src/app/__init__.py", ".helpers", "src.app.helpers"),
    ],
)
def test_relative_names(importer: str, name: str, absolute: str) -> None:
    assert ModuleName.of(importer).absolute(name) == absolute


def test_a_file_is_read_when_it_is_needed_and_once() -> None:
    read = []

    def data() -> bytes:
        read.append(1)
        return b"import a\n"

    file = SourceFile("b.py", data, frozenset({"a"}))
    assert (file.imported_names, read) == ({"a"}, [])
    assert file.data == file.data == b"import a\n"
    assert read == [1]


def test_a_file_that_cannot_be_read_imports_nothing() -> None:
    def data() -> bytes:
        raise OSError("gone")

    assert SourceFile("b.py", data).imported_names == frozenset()
