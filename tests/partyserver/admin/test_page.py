"""The files of the admin page."""

from __future__ import annotations

import re
from importlib.resources import files

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.pkcompat.page_checks import check_page

from partyserver import Host, PartyServer
from partyserver.admin import PAGE

FOLDER = files("partyserver.admin") / "page"
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
SCRIPTS = "".join(text for name, text in TEXTS.items() if name.endswith(".js"))
COLOURS = re.compile(r"--(?!who)[\w-]+: [^;]+;")


class Chat(PartyServer):
    """Has no handlers."""


async def ask(path: str) -> httpx.Response:
    app = Starlette(routes=[Mount("/ops/host", Host({"main": Chat}).admin)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", PAGE)
async def test_a_file_is_served_wherever_the_application_is_mounted(path: str) -> None:
    answer = await ask(f"/ops/host{path}")
    assert (answer.status_code, answer.text) == (200, TEXTS[PAGE[path]])
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["trusted-types"] == policy["frame-ancestors"] == "'none'"
    assert {policy[kind] for kind in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_relative_addresses_begin_behind_a_slash() -> None:
    answer = await ask("/ops/host")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://test/ops/host/")


def test_all_files_are_served() -> None:
    assert sorted(PAGE.values()) == sorted(TEXTS)
    assert {f"/{name}" for name in re.findall(r'from "./(.+?)"', SCRIPTS)} < set(PAGE)


def test_the_page_is_well_formed_and_has_what_its_scripts_look_for() -> None:
    page = check_page(TEXTS["admin.html"])
    assert not {"style", "iframe"} & set(page.tags)
    assert [link for link in page.links if "//" in link or link.startswith("/")] == []
    assert set(re.findall(r'\bat\("([^"]+)"\)', SCRIPTS)) < set(page.ids)


def test_texts_of_strangers_never_become_markup() -> None:
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", SCRIPTS)
        == []
    )


def test_colours_are_those_of_the_other_pages() -> None:
    others = (files("pkcompat") / "page" / "side_by_side.css").read_text(encoding="utf-8")
    found = COLOURS.findall(TEXTS["admin.css"])
    assert len(found) > 20
    assert found == COLOURS.findall(others)
