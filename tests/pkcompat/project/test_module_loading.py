"""Importing a file as its project would: folders, packages, name clashes."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.imports import imports_undone

from partykit.server import PartyKitRoom
from pkcompat.project.module_loading import ImportPlace, ModuleLoader, ModuleLoadError, import_place

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _imports_undone(tmp_path: Path) -> Iterator[None]:
    with imports_undone(tmp_path):
        yield


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(path: str, code: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(code))
        return file

    return write


def test_a_file_is_imported_with_its_own_folder_importable(write: Write) -> None:
    write("app/sibling_of_party.py", "NAME = 'sibling'")
    file = write("app/party.py", "from sibling_of_party import NAME")
    assert ModuleLoader().file(file).NAME == "sibling"


def test_a_file_in_a_package_is_imported_as_part_of_it(write: Write) -> None:
    write("one_package/__init__.py", "WHOSE = 'package'")
    write("one_package/inner/__init__.py", "")
    file = write("one_package/inner/party.py", "from .. import WHOSE")
    module = ModuleLoader().file(file)
    assert (module.__name__, module.WHOSE) == ("one_package.inner.party", "package")
    assert sys.modules["one_package.inner.party"] is module


@pytest.mark.parametrize("mark", ["pyproject.toml", "partykit.json", ".git", None])
@pytest.mark.parametrize("top", ["", "src/"])
def test_what_its_folder_lacks_is_looked_for_in_its_project(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str, mark: str | None
) -> None:
    write(f"{top}no_init_here/lib/votes.py", "WHO = 'project'")
    write(f"{top}no_init_here/rooms/both.py", "WHO = 'folder'")
    write(f"{top}both.py", "WHO = 'project'")
    code = "from no_init_here.lib import votes\nimport both\nWHO = votes.WHO, both.WHO"
    file = write(f"{top}no_init_here/rooms/poll.py", code)
    if mark is not None:
        write(mark, "")
    else:  # nothing shows where the project begins, but the command runs there
        monkeypatch.chdir(tmp_path / top)
    assert ModuleLoader().file(file).WHO == ("project", "folder")


def test_each_file_has_its_own_project(write: Write) -> None:
    loader = ModuleLoader()
    for name in ("one", "two"):
        write(f"{name}/partykit.json", "{}")
        write(f"{name}/only_in_{name}/shared.py", f"WHO = {name!r}")
        write(f"{name}/helping_both.py", f"WHO = {name!r}")
        code = f"import only_in_{name}.shared\nimport helping_both\nWHO = helping_both.WHO"
        file = write(f"{name}/parties/{name}_party.py", code)
        sys.modules.pop("helping_both", None)
        found = loader.file(file).WHO
        assert found == name


def test_the_project_comes_behind_what_is_installed(write: Write) -> None:
    write("partykit.json", "{}")
    write("json.py", "raise AssertionError")
    write("starlette/__init__.py", "raise AssertionError")
    assert ModuleLoader().file(write("parties/a.py", "import json\nimport starlette\nOK = True")).OK


def test_where_a_file_stands(write: Write, tmp_path: Path) -> None:
    for path, place in {
        "one_package/__init__.py": ImportPlace(tmp_path, "one_package", ""),
        "one_package/party.py": ImportPlace(tmp_path, "one_package", "party"),
        "one_package/inner/__init__.py": ImportPlace(tmp_path, "one_package.inner", ""),
        "loose.py": ImportPlace(tmp_path, "", "loose"),
        "loose.party.py": ImportPlace(tmp_path, "", "loose_party"),
        "no-package/__init__.py": ImportPlace(tmp_path / "no-package", "", "__init__"),
    }.items():
        assert import_place(write(path, "")) == place


@pytest.mark.parametrize("name", ["my-party.py", "2_players.py", "class.py", "with space.py", "my.party.py"])
def test_a_files_name_need_not_be_one_of_python(write: Write, name: str) -> None:
    write("one_package/__init__.py", "WHOSE = 'package'")
    assert ModuleLoader().file(write(name, "NAME = 'loose'")).NAME == "loose"
    assert ModuleLoader().file(write(f"one_package/{name}", "from . import WHOSE")).WHOSE == "package"


def test_a_package_is_imported_once(write: Write) -> None:
    write("one_package/party.py", "from . import STATE")
    file = write("one_package/__init__.py", "STATE = []\nfrom .party import STATE as SAME")
    loader = ModuleLoader()
    package = loader.file(file)
    assert package.SAME is package.STATE is loader.file(file.parent / "party.py").STATE
    assert package is sys.modules["one_package"]


@pytest.mark.parametrize("name", ["json", "pytest", "partykit"])
def test_a_package_named_like_a_module_that_is_in_use(write: Write, name: str) -> None:
    in_use = importlib.import_module(name)
    write(f"{name}/__init__.py", "")
    write(f"{name}/inner/__init__.py", "from .. import common")
    write(f"{name}/common.py", "STATE = []")
    party = write(f"{name}/party.py", "from .common import STATE")
    inner = write(f"{name}/inner/party.py", "from ..common import STATE")
    loader = ModuleLoader()
    assert loader.file(party).STATE is loader.file(inner).STATE
    assert sys.modules[name] is in_use


@pytest.mark.parametrize("path", ["partykit.py", "partykit/server.py"])
def test_files_named_like_the_old_import_surface(write: Write, path: str) -> None:
    file = write(path, "from partykit.server import PartyKitRoom as room")
    assert ModuleLoader().file(file).room is PartyKitRoom
    if file.stem == "server":
        write("partykit/__init__.py", "")
        assert ModuleLoader().file(file).room is PartyKitRoom


def test_two_files_of_one_name_do_not_collide(write: Write) -> None:
    loader = ModuleLoader()
    one = loader.file(write("one/party.py", "NAME = 'one'"))
    other = loader.file(write("other/party.py", "NAME = 'other'"))
    assert (one.NAME, other.NAME) == ("one", "other")
    assert one.__name__ != other.__name__


def test_nor_do_their_siblings_and_packages_of_one_name(write: Write) -> None:
    for place in ("one", "other"):
        write(f"{place}/namesake.py", f"NAME = '{place}'")
        write(f"{place}/pack/__init__.py", "")
        write(f"{place}/pack/inner.py", f"NAME = '{place}'")
    loader = ModuleLoader()
    code = "import namesake\nfrom pack.inner import NAME\nNAMES = namesake.NAME, NAME"
    assert loader.file(write("one/party.py", code)).NAMES == ("one", "one")
    assert loader.file(write("other/party.py", code)).NAMES == ("other", "other")
    packed = [
        loader.file(write(f"{place}/pack/party.py", "from .inner import NAME")) for place in ("one", "other")
    ]
    assert [module.NAME for module in packed] == ["one", "other"]


def test_a_file_named_like_a_module_of_python_does_not_take_its_place(write: Write) -> None:
    module = ModuleLoader().file(write("queue.py", "NAME = 'mine'"))
    import queue

    assert module.NAME == "mine"
    assert hasattr(queue, "SimpleQueue")


def test_a_file_is_imported_once_by_a_loader_and_anew_by_another(write: Write) -> None:
    file = write("party.py", "STATE = []")
    loader = ModuleLoader()
    assert loader.file(file) is loader.file(file.parent / "." / "party.py")
    assert ModuleLoader().file(file).STATE is not loader.file(file).STATE


def test_given_code_takes_the_place_of_a_file(write: Write) -> None:
    file = write("party.py", "NAME = 'file'")
    write("one_package/__init__.py", "")
    inner = write("one_package/inner.py", "NAME = 'file'")
    outer = write("one_package/party.py", "from .inner import NAME")
    loader = ModuleLoader({file: b"NAME = 'given'; FILE = __file__", inner: "NAME = 'é'".encode()})
    module = loader.file(file)
    assert ("given", str(file)) == (module.NAME, module.FILE)
    assert loader.file(outer).NAME == "é"


def test_a_module_by_name_is_found_from_the_current_folder(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("one_package/party.py", "NAME = 'named'")
    monkeypatch.chdir(file.parent.parent)
    assert ModuleLoader().named("one_package.party").NAME == "named"
    assert ModuleLoader().file_of("one_package.party") == file


@pytest.mark.parametrize("name", ["no_such_module", "no_such_package.module", "json.no_such_module"])
def test_no_such_module(name: str) -> None:
    with pytest.raises(ModuleLoadError, match=f"no module named '{name}'"):
        ModuleLoader().named(name)


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModuleLoadError, match=r"nope\.py: no such file"):
        ModuleLoader().file(tmp_path / "nope.py")
    with pytest.raises(ModuleLoadError, match="is a folder; name a Python file in it"):
        ModuleLoader().file(tmp_path)


def test_a_module_without_a_file() -> None:
    with pytest.raises(ModuleLoadError, match="'sys' has no Python file"):
        ModuleLoader().file_of("sys")


def test_what_a_module_raises_is_shown_from_its_own_frames(write: Write) -> None:
    write("broken_helper.py", "import json\ndef load():\n    return json.loads('{')\n")
    file = write("party.py", "import broken_helper\nVALUE = broken_helper.load()\n")
    with pytest.raises(
        ModuleLoadError, match=r"party\.py: raised at import: JSONDecodeError: Expecting"
    ) as error:
        ModuleLoader().file(file)
    detail = error.value.detail
    assert f'File "{file}", line 2' in detail
    assert "broken_helper.load()" in detail
    assert 'broken_helper.py", line 3' in detail
    assert "importlib" not in detail
    assert "module_loading" not in detail
    assert "decoder.py" not in detail


@pytest.mark.parametrize(
    ("code", "summary"),
    [
        ("def f(:\n", r"SyntaxError: invalid syntax"),
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise ValueError", "ValueError$"),
    ],
)
def test_other_ways_to_fail(write: Write, code: str, summary: str) -> None:
    file = write("failing_party.py", code)
    with pytest.raises(ModuleLoadError, match=summary) as error:
        ModuleLoader().file(file)
    assert str(file) in error.value.detail
    assert "failing_party" not in sys.modules


def test_a_package_that_raises(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("bad_package/__init__.py", "1 / 0")
    monkeypatch.chdir(write("bad_package/party.py", "").parent.parent)
    with pytest.raises(ModuleLoadError, match=r"bad_package.party: raised at import: ZeroDivisionError"):
        ModuleLoader().named("bad_package.party")


def test_a_traceback_shows_the_given_code(write: Write) -> None:
    file = write("party.py", "NAME = 'file'\n")
    with pytest.raises(ModuleLoadError) as error:
        ModuleLoader({file: b"NAME = undefined_here\n"}).file(file)
    assert "NAME = undefined_here" in error.value.detail


def test_a_file_may_be_given_code_before_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "not_yet.py"
    assert ModuleLoader({file: b"NAME = 'given'\n"}).file(file).NAME == "given"
    with pytest.raises(ModuleLoadError, match="no such file"):
        ModuleLoader().file(file)
