"""The tables of the reference: they say what the code has, and pages ask for those that there are."""

from __future__ import annotations

import asyncio
import importlib
import re
import shlex
from dataclasses import fields
from pathlib import Path

import docs.tables
import pytest
from docs.tables import MARK, exit_statuses, metrics, settings
from docs.tables.admin_json import asked
from docs.tables.command import commands
from docs.tables.exit_statuses import ENDINGS, PROJECT, Ending
from docs.tables.markdown import StaleTextError, entries, markdown_table, texts_of
from tests.mirror import ROOT
from typer.testing import CliRunner

from partyserver import Host, Limits, PartyServer, SqliteStorage
from partyserver.figures import REFUSALS
from partyserver.storage import Alarm, Changes
from pkcompat.command.app import app

REFERENCE = ROOT / "docs" / "reference"
FOLDERS = ("reference", "explanation", "findings")
"""Those whose pages may have tables."""
PAGES = {page.relative_to(REFERENCE).as_posix(): page.read_text() for page in sorted(REFERENCE.rglob("*.md"))}


def test_every_table_can_be_made_and_stands_on_one_page() -> None:
    pages = [page.read_text() for folder in FOLDERS for page in (ROOT / "docs" / folder).rglob("*.md")]
    used = [name for text in pages for name in MARK.findall(text)]
    assert sorted(used) == sorted(docs.tables.names())
    for name in used:
        assert len(docs.tables.table(name)) > 40, name


def test_a_mark_that_names_no_table_is_an_error() -> None:
    with pytest.raises(docs.tables.UnknownTableError, match="no table 'limit'"):
        docs.tables.filled_in("<!-- table: limit -->\n")


def test_a_text_is_wanted_for_each_name_and_none_for_others() -> None:
    assert texts_of(["a"], {"a": "A."}) == [("a", "A.")]
    with pytest.raises(StaleTextError, match="no text says what these are: b"):
        texts_of(["a", "b"], {"a": "A."})
    with pytest.raises(StaleTextError, match="no more: b"):
        texts_of(["a"], {"a": "A.", "b": "B."})
    with pytest.raises(ValueError, match="2 columns"):
        markdown_table(("a", "b"), [("1",)])


def test_bars_in_cells_do_not_end_them() -> None:
    assert markdown_table(("a",), [("x|y\n  z",)]) == "| a |\n| --- |\n| x\\|y z |\n"


def test_the_command_page_has_every_command_and_option() -> None:
    sections = dict(
        re.findall(r"^## (pkcompat[^\n]*)\n(.*?)(?=^## |\Z)", docs.tables.table("command"), re.M | re.S)
    )
    assert list(sections) == [name for name, _, _ in commands()]
    assert {"pkcompat migrate", "pkcompat serve", "pkcompat storage copy"} <= set(sections)
    for name, section in sections.items():
        arguments = name.split()[1:]
        help_text = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "300"}).output
        shown = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", help_text)) - {"--help"}
        assert [option for option in sorted(shown) if option not in section] == [], name


def test_every_limit_is_there_with_its_option_and_default() -> None:
    table = docs.tables.table("limits")
    for field in fields(Limits):
        line = next(line for line in table.splitlines() if line.startswith(f"| `{field.name}` |"))
        assert settings.option(field.name) in line
    assert "| 1 MiB |" in table
    assert "| 10 s |" in table


def test_the_docstrings_of_settings_describe_each_of_them() -> None:
    assert entries(Host.__init__, "Args").keys() >= {"parties", "limits", "shadow"}
    with pytest.raises(LookupError, match="no section Returns"):
        entries(Host.__init__, "Returns")


def test_the_metrics_are_those_that_a_host_registers() -> None:
    registered = metrics.registered()
    assert {"partyserver_rooms", "partyserver_connections"} <= registered.keys()
    assert [name for name, each in registered.items() if not each.text] == []
    assert registered["partyserver_rooms"].labels == ("party",)
    source = (ROOT / "runtime" / "partyserver" / "admin" / "metrics.py").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:_gauge|_counter|_histogram)\(\s*"(\w+)"', source))
    assert len(named) > 10
    table = docs.tables.table("metrics")
    assert [name for name in sorted(named) if f"`partyserver_{name}" not in table] == []


def test_each_reason_of_a_refusal_is_on_the_page_of_metrics() -> None:
    table = PAGES["metrics.md"].partition("## Labels")[2]
    reasons = {
        word for row in re.findall(r"^\| (`[^|]+) \|", table, re.M) for word in re.findall(r"`(\w+)`", row)
    }
    assert reasons == set(REFUSALS)


def test_each_route_of_the_admin_application_is_on_its_page() -> None:
    class Chat(PartyServer):
        """Any party."""

    page = PAGES["admin-json.md"]
    paths = [route.path.replace("{party}", "<party>") for route in Host({"main": Chat}).admin.routes]  # type: ignore[attr-defined]
    assert [
        path
        for path in paths
        if path.startswith("/api/") and f"{path}`" not in page and f"{path}?" not in page
    ] == []


async def test_each_field_of_the_admin_applications_answers_is_on_its_page() -> None:
    found: set[str] = set()

    def collect(content: object) -> None:
        for each in content if isinstance(content, list) else [content]:
            if isinstance(each, dict):
                found.update(each)
                for value in each.values():
                    collect(value)

    for _, _, _, content in await asked():
        collect(content)
    assert {"last_active", "due", "error"} <= found
    words = set(re.findall(r"\w+", PAGES["admin-json.md"]))
    assert sorted(found - words) == []


@pytest.mark.parametrize("ending", [each for each in ENDINGS if each.example], ids=lambda each: each.example)
def test_a_command_ends_with_the_status_that_is_named(
    ending: Ending, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    asyncio.run(_write_room(tmp_path / "rooms.sqlite3"))
    monkeypatch.chdir(tmp_path)
    assert ending.example.startswith(ending.command)
    done = CliRunner().invoke(app, shlex.split(ending.example))
    assert done.exit_code == ending.status, done.output


async def _write_room(file: Path) -> None:
    storage = SqliteStorage(file)
    storage.room("main", "den").apply(Changes(alarm=Alarm.at(2_000_000_000_000)))
    storage.close()


def test_each_command_has_its_statuses() -> None:
    wanted = {name.removeprefix("pkcompat ") for name, each, _ in commands() if not hasattr(each, "commands")}
    for status in (0, 2):
        assert {each.command for each in ENDINGS if each.status == status} == wanted


def test_the_statuses_of_commands_are_those_that_their_code_uses() -> None:
    """`FOUND` and `ALL_WELL` stand in the modules of commands alone that may end so."""
    finding = {each.command.split()[0] for each in ENDINGS if each.status == exit_statuses.FOUND}
    folder = ROOT / "compat" / "pkcompat" / "command"
    using = {
        file.stem
        for file in folder.glob("*.py")
        if re.search(r"\bExit\(\s*(FOUND|_status)", file.read_text())
    }
    assert using == finding


PUBLIC = {
    "api/partyserver.md": "partyserver",
    "api/pkcompat.md": "pkcompat",
    "api/pkcodemods.md": "pkcodemods",
}


@pytest.mark.parametrize("page", PUBLIC)
def test_every_public_name_is_on_its_page(page: str) -> None:
    public = importlib.import_module(PUBLIC[page])
    documented = re.findall(
        r"\.\. auto(?:class|function|exception):: (?:pkcompat\.testing\.)?(\w+)", PAGES[page]
    )
    assert len(documented) == len(set(documented))
    wanted = set(public.__all__) - {"Request", "Response"} | (
        {"assert_same_behaviour"} if page == "api/pkcompat.md" else set()
    )
    assert set(documented) == wanted


def test_every_name_of_partykit_server_is_on_its_page() -> None:
    import partykit.server

    text = docs.tables.table("old-types") + PAGES["api/partykit-server.md"]
    named = set(re.findall(r"\w+", text))
    assert [name for name in partykit.server.__all__ if name not in named] == []
