import json
from dataclasses import replace
from pathlib import Path

import pytest

from pkcompat.project_config import StaticFolder
from pkcompat.serve_plan import ServeOptions, ServePlanError, make_plan

OPTIONS = ServeOptions(
    target=None,
    parties={},
    host="127.0.0.1",
    port=None,
    env={},
    debug=False,
    storage=None,
    durability="process",
    idle_timeout=10.0,
    grace=5.0,
    quiet=False,
)
CONFIG = {
    "main": "main.py",
    "parties": {"lobby": "lobby.py", "chat": "chat.py"},
    "vars": {"A": 1, "B": 1, "C": 1},
    "crons": {"tick": "* * * * *"},
    "port": 4000,
    "serve": "public",
    "persist": "state",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "partykit.json").write_text(json.dumps(CONFIG))
    (tmp_path / ".env").write_text("B=2\nC=2")
    return tmp_path


def test_the_projects_files(project: Path) -> None:
    plan = make_plan(OPTIONS, project)
    assert list(plan.hosting.parties.items()) == [
        ("main", "main.py"),
        ("lobby", "lobby.py"),
        ("chat", "chat.py"),
    ]
    assert plan.hosting.env == {"A": 1, "B": "2", "C": "2"}
    assert plan.hosting.crons == {"tick": "* * * * *"}
    assert plan.hosting.static == StaticFolder("public")
    assert plan.port == 4000
    assert plan.storage == project / "state/storage.sqlite3"
    assert plan.env_paths == (project / ".env",)


def test_the_command_line_wins(project: Path) -> None:
    options = replace(
        OPTIONS,
        target="mine.py",
        parties={"chat": "other.py"},
        port=0,
        env={"C": "3"},
        storage="memory",
        idle_timeout=1.0,
        debug=True,
    )
    plan = make_plan(options, project)
    assert plan.hosting.parties == {"main": "mine.py", "lobby": "lobby.py", "chat": "other.py"}
    assert next(iter(plan.hosting.parties)) == "main"
    assert plan.hosting.env == {"A": 1, "B": "2", "C": "3"}
    assert (plan.hosting.idle_timeout, plan.hosting.debug) == (1.0, True)
    assert (plan.port, plan.storage) == (0, None)


def test_without_any_file(tmp_path: Path) -> None:
    plan = make_plan(replace(OPTIONS, target="chat.py"), tmp_path)
    assert plan.port == 1999
    assert plan.storage == tmp_path / ".pkcompat/storage.sqlite3"
    with pytest.raises(ServePlanError, match="nothing to serve"):
        make_plan(OPTIONS, tmp_path)


def test_main_is_named_twice(tmp_path: Path) -> None:
    options = replace(OPTIONS, target="a.py", parties={"main": "b.py"})
    with pytest.raises(ServePlanError, match=r"main is named twice: a\.py and --party main=b\.py; keep one"):
        make_plan(options, tmp_path)
