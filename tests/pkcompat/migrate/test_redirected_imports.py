"""What a command imports comes from the copy, whatever names the project's own folder."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import pytest

from pkcompat.migrate.project_copy import TreeCopy, tree_copy

FINDER = """
    import sys
    from importlib.machinery import PathFinder
    from importlib.util import spec_from_file_location

    MAPPING = {{"app": {package!r}}}


    class Finder:
        @classmethod
        def find_spec(cls, fullname, path=None, target=None):
            parent, _, rest = fullname.partition(".")
            if fullname in MAPPING:
                place = MAPPING[fullname]
                return spec_from_file_location(
                    fullname, place + "/__init__.py", submodule_search_locations=[place]
                )


    def install():
        sys.meta_path.append(Finder)
"""
EDITABLE = {
    "a path file": {"app.pth": "{lib}\n"},
    "a finder": {
        "finder_of_app.py": textwrap.dedent(FINDER),
        "app.pth": "import finder_of_app; finder_of_app.install()\n",
    },
}


@pytest.fixture(params=list(EDITABLE))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project whose package lies where no one looks, installed in editable mode into its own `.venv`."""
    folder = tmp_path.resolve() / "project"
    package = folder / "lib" / "app"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "chat.py").write_text("who = 'before'\n")
    venv.create(folder / ".venv", symlinks=True)
    (site,) = (folder / ".venv" / "lib").glob("python*/site-packages")
    for name, text in EDITABLE[request.param].items():
        (site / name).write_text(text.format(lib=folder / "lib", package=str(package)))
    return folder


def run(copy: TreeCopy, command: str) -> str:
    done = subprocess.run(
        command,
        shell=True,
        cwd=copy.folder,
        env=copy.environment([copy.root]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_an_editable_install_is_that_of_the_copy(project: Path) -> None:
    chat = project / "lib" / "app" / "chat.py"
    with tree_copy(project, [chat]) as copy:
        copy.hold({chat: b"who = 'after'\n"})
        told = run(copy, ".venv/bin/python -c 'from app import chat; print(chat.who, chat.__file__)'")
        assert told.split() == ["after", str(copy.counterpart(chat))]
        assert copy.strays() == frozenset()


def test_what_is_imported_from_the_project_itself_is_reported(project: Path) -> None:
    chat = project / "lib" / "app" / "chat.py"
    with tree_copy(project, [chat]) as copy:
        run(copy, f"cd {project / 'lib'} && {sys.executable} -c 'import app.chat'")
        assert copy.strays() == {chat, chat.with_name("__init__.py")}
        run(copy, "true")
        assert copy.strays() == frozenset()


def test_the_users_own_sitecustomize_runs_too(project: Path) -> None:
    (project / "sitecustomize.py").write_text("import sys; sys.told = 'yes'\n")
    with tree_copy(project, []) as copy:
        told = run(copy, ".venv/bin/python -c 'import sys, sitecustomize as s; print(sys.told, s.__file__)'")
        assert told.split() == ["yes", str(copy.folder / "sitecustomize.py")]
