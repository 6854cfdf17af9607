"""The plan of `serve`, out of project files and command line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pkcompat.project.partykit_json import StaticFolder
from pkcompat.serving.cluster_choice import ClusterOptions
from pkcompat.serving.plan import LogLevel, ServeOptions, ServePlanError, make_plan

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
    for name in ("main.py", "lobby.py", "chat.py"):
        (tmp_path / name).touch()
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


def test_a_file_of_the_project_file_that_is_not_there(project: Path) -> None:
    (project / "chat.py").unlink()
    with pytest.raises(ServePlanError) as told:
        make_plan(OPTIONS, project)
    path = project / "chat.py"
    assert str(told.value) == f"partykit.json: `parties.chat` is 'chat.py', but {path} does not exist"
    assert make_plan(replace(OPTIONS, parties={"chat": "mine.py"}), project).port == 4000
    (project / "main.py").unlink()
    (project / "main.py").mkdir()
    with pytest.raises(ServePlanError, match=r"`main` is 'main\.py', but .*main\.py is a folder"):
        make_plan(OPTIONS, project)
    assert make_plan(replace(OPTIONS, target="mine.py", parties={"chat": "x.py"}), project).port == 4000


def test_a_target_of_the_project_file_that_is_none(project: Path) -> None:
    (project / "partykit.json").write_text('{"main": "src/server.ts"}')
    with pytest.raises(ServePlanError, match=r"partykit\.json: `main`: src/server\.ts: is not Python"):
        make_plan(OPTIONS, project)


def test_a_slip_that_leaves_nothing_to_serve(project: Path) -> None:
    (project / "partykit.json").write_text('{"mian": "main.py"}')
    with pytest.raises(
        ServePlanError, match=r"nothing to serve: .*\n.*`mian` is not a field .* did you mean `main`"
    ):
        make_plan(OPTIONS, project)


def test_log_levels() -> None:
    assert [level.number for level in LogLevel] == [10, 20, 30, 40, 50]


CLUSTER = ClusterOptions("postgresql://db/rooms")


def test_in_a_cluster_there_is_no_storage_of_ones_own(project: Path) -> None:
    plan = make_plan(replace(OPTIONS, cluster=CLUSTER), project)
    assert plan.storage is None
    assert plan.warnings == ("partykit.json: `persist` has no effect: rooms are kept in the cluster",)
    (project / "partykit.json").write_text(json.dumps(CONFIG | {"persist": True}))
    assert make_plan(replace(OPTIONS, cluster=CLUSTER), project).warnings == ()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"storage": "memory"}, "--storage memory does not go with --cluster: rooms are kept in the cluster"),
        ({"shadows": {"main": None}}, "--shadow does not go with --cluster"),
    ],
)
def test_what_does_not_go_with_a_cluster(project: Path, other: dict[str, Any], message: str) -> None:
    with pytest.raises(ServePlanError, match=message):
        make_plan(replace(OPTIONS, cluster=CLUSTER, **other), project)
