"""Building a host out of parties, static folders, crons and patterns."""

from pathlib import Path

import httpx
import pytest

from partyserver import Host
from pkcompat.project.hosting import HostingError, HostPlan, load_parties, make_host
from pkcompat.project.partykit_json import StaticFolder

CODE = """
from partyserver import PartyServer
class Chat(PartyServer): pass
handlers = {"onConnect": lambda connection: None}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "party_for_hosting.py"
    file.write_text(CODE)
    return file


def test_parties_of_both_forms_share_their_module(file: Path) -> None:
    plan = HostPlan({"main": f"{file}:Chat", "other": f"{file}:handlers"})
    parties = load_parties(plan)
    assert {name: party.form for name, party in parties.items()} == {"main": "class", "other": "object"}
    assert parties["main"].module is parties["other"].module
    host = make_host(plan, parties)
    assert isinstance(host, Host)
    assert list(host.parties) == ["main", "other"]


def test_a_name_that_cannot_stand_in_a_path(file: Path) -> None:
    plan = HostPlan({"a/b": f"{file}:Chat"})
    with pytest.raises(HostingError, match="a/b"):
        make_host(plan, load_parties(plan))


def test_a_static_folder_that_is_not_there() -> None:
    with pytest.raises(HostingError, match="nowhere: no such folder to serve files from"):
        make_host(HostPlan({}, static=StaticFolder("nowhere")), {})


async def test_what_a_plan_says_reaches_the_host(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "app.js").write_text("js")
    static = StaticFolder(str(tmp_path), True, 60, 120, ("index.html",), ("*",))
    host = make_host(HostPlan({}, static=static), {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://test") as client:
        page = await client.get("/board", headers={"sec-fetch-mode": "navigate"})
        assert (page.text, page.headers["cache-control"]) == ("page", "max-age=60, s-maxage=120")
        assert (await client.get("/app.js")).status_code == 404


async def test_handlers_of_the_object_form_reach_the_static_files(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("page")
    file = tmp_path / "assets_party.py"
    file.write_text(
        "async def on_request(request, room): return await room.context.assets.fetch('/page.html')\n"
        "async def on_fetch(request, lobby): return await lobby.assets.fetch('/page.html')\n"
        "default = {'onRequest': on_request, 'onFetch': on_fetch}\n"
    )
    plan = HostPlan({"main": str(file)}, static=StaticFolder(str(tmp_path)))
    host = make_host(plan, load_parties(plan))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://test") as client:
        for path in ("/party/room", "/anything"):
            assert (await client.get(path)).text == "page"


def test_a_cron_that_cannot_be_read() -> None:
    with pytest.raises(HostingError, match="cron 'tick': 'daily' is no cron expression"):
        make_host(HostPlan({}, crons={"tick": "daily"}), {})


def test_a_pattern_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(HostingError, match="!"):
        make_host(HostPlan({}, static=StaticFolder(str(tmp_path), exclude=("!",))), {})
