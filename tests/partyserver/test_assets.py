"""Static files: patterns, methods, caching, ranges."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from tests.partyserver.in_process import Server

from partyserver import Assets, ExecutionContext, Host, Lobby, PartyServer, Request, Response


class Main(PartyServer):
    """Hands out assets."""

    async def on_request(self, request: Request) -> Response:
        page = await self.room.context.assets.fetch("/app.js")
        return page or Response("none", 404)

    @staticmethod
    async def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response | None:
        if request.url.path == "/alias":
            return await lobby.assets.fetch("/app.js")
        return None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    files = {
        "index.html": "start",
        "app.js": "0123456789",
        "app.js.map": "map",
        "docs/index.html": "docs",
        ".env": "SECRET=1",
        ".well-known/security.txt": "contact",
        "node_modules/left-pad/index.js": "pad",
        "lib/node_modules/x.js": "x",
        "ü b.txt": "umlaut",
    }
    for name, text in files.items():
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "public-too").mkdir()
    (tmp_path / "public-too/secret.txt").write_text("secret")
    (public / "link.txt").symlink_to(tmp_path / "secret.txt")
    (public / "inner.txt").symlink_to(public / "app.js")
    return public


async def got(folder: Path, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    headers = options.pop("headers", {})
    return await Server(Main, static=Assets(folder, **options)).http(method, path, headers=headers)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "start"),
        ("/index.html", "start"),
        ("/docs/", "docs"),
        ("/app.js?v=1", "0123456789"),
        ("/%C3%BC%20b.txt", "umlaut"),
        ("/inner.txt", "0123456789"),
    ],
)
async def test_files_are_served_at_their_paths(folder: Path, path: str, text: str) -> None:
    answer = await got(folder, path)
    assert (answer.status_code, answer.text) == (200, text)


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/nothing",
        "/%2e%2e/secret.txt",
        "/docs/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/public-too/secret.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/link.txt",
        "/.env",
        "/docs/%2e%2e/.env",
        "/.well-known/security.txt",
        "/node_modules/left-pad/index.js",
        "/lib/node_modules/x.js",
        "/%00",
        "/app.js/",
        "/" + 300 * "a",
    ],
)
async def test_what_is_not_served(folder: Path, path: str) -> None:
    answer = await got(folder, path)
    assert (answer.status_code, answer.text) == (404, "Not found")


SEGMENTS = (
    "..", "%2e%2e", "..%2f", "%2e%2e%2f", "..;", "....", "%5c..", "..\\", ".", "%2e", "", "%2f", "%00",
    "%c0%ae%c0%ae", "%252e%252e", "docs", "app.js", "link.txt", "inner.txt", "outside", "absolute",
    "chain", "loop", "pipe", "secret.txt", "public", "public-too", "private", "PRIVATE", "plan.txt",
    ".env", "%2eenv", "node_modules", "left-pad", "index.js", "index.html", "etc", "passwd", "C:",
    "app.js%20", "app.js.", "app.js::$DATA", "~",
)  # fmt: skip
PUBLIC = {b"start", b"docs", b"0123456789", b"umlaut", b"map"}


async def test_no_path_leads_out_of_the_folder_or_to_what_is_left_out(folder: Path) -> None:
    (folder / "private").mkdir()
    (folder / "private/plan.txt").write_text("secret plan")
    (folder / "docs/plan.txt").write_text("secret plan")
    (folder / "outside").symlink_to(folder.parent, target_is_directory=True)
    (folder / "absolute").symlink_to("/etc", target_is_directory=True)
    (folder / "chain").symlink_to("outside")
    (folder / "loop").symlink_to("loop")
    (folder / "docs/up").symlink_to("../../secret.txt")
    os.mkfifo(folder / "pipe")
    host = Server(Main, static=Assets(folder, exclude=["/private/", "docs/plan.txt"])).host
    rng = random.Random(3)
    made = {
        "/docs//plan.txt",
        "/docs/./plan.txt",
        "/docs/%2e/plan.txt",
        "//private/plan.txt",
        "/docs/../private/plan.txt",
        "/docs%2fplan.txt",
        "/docs%2f%2fplan.txt",
        "/docs/up",
        "/outside/secret.txt",
        "/chain/secret.txt",
        "/private//plan.txt",
    }
    made |= {
        "/" + rng.choice(["/", "//", "%2f", "/./", "\\"]).join(rng.choices(SEGMENTS, k=rng.randint(1, 5)))
        for _ in range(800)
    }
    found = set()
    for path in sorted(made):
        status, body = await asked_raw(host, path)
        assert (status == 200 and body in PUBLIC) or (status, body) == (404, b"Not found"), path
        found.add(body)
    assert b"0123456789" in found


async def asked_raw(host: Host, path: str) -> tuple[int, bytes]:
    """The answer to a path as it is: httpx would tidy it up."""
    sent: list[Any] = []
    events: asyncio.Queue[Any] = asyncio.Queue()
    events.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"test")],
    }
    await host(scope, events.get, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_patterns_leave_files_out_and_let_them_in(folder: Path) -> None:
    options = {"exclude": ["*.map"], "include": [".well-known"]}
    assert (await got(folder, "/app.js.map", **options)).status_code == 404
    assert (await got(folder, "/app.js", **options)).status_code == 200
    assert (await got(folder, "/.well-known/security.txt", **options)).text == "contact"
    assert (await got(folder, "/.env", **options)).status_code == 404


def test_a_pattern_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(ValueError, match="!"):
        Assets(folder, exclude=["!"])


async def test_no_other_methods(folder: Path) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert (await got(folder, "/app.js", method)).status_code == 404


async def test_head_gives_the_headers_alone(folder: Path) -> None:
    answer = await got(folder, "/app.js", "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "10"


async def test_what_the_client_has_is_not_sent_again(folder: Path) -> None:
    first = await got(folder, "/app.js")
    for headers in (
        {"if-none-match": first.headers["etag"]},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        again = await got(folder, "/app.js", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    os.utime(folder / "app.js", (1, 1))
    changed = await got(folder, "/app.js", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_ranges(folder: Path) -> None:
    part = await got(folder, "/app.js", headers={"range": "bytes=2-4"})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "234", "bytes 2-4/10")
    past = await got(folder, "/app.js", headers={"range": "bytes=20-"})
    assert (past.status_code, past.headers["content-range"]) == (416, "bytes */10")


async def test_how_long_caches_may_keep_a_file(folder: Path) -> None:
    assert "cache-control" not in (await got(folder, "/app.js")).headers
    first = await got(folder, "/app.js", browser_ttl=60, edge_ttl=3600)
    assert first.headers["cache-control"] == "max-age=60, s-maxage=3600"
    again = await got(folder, "/app.js", browser_ttl=0, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "max-age=0")


@pytest.mark.parametrize(
    ("path", "headers", "text"),
    [
        ("/board/7", {"sec-fetch-mode": "navigate"}, "start"),
        ("/board/7", {"accept": "text/html,*/*;q=0.8"}, "start"),
        ("/app.js", {"sec-fetch-mode": "navigate"}, "0123456789"),
        ("/board/7", {"sec-fetch-mode": "cors", "accept": "text/html"}, "Not found"),
        ("/board/7", {"accept": "*/*"}, "Not found"),
        ("/alias", {"accept": "*/*"}, "0123456789"),
        ("/party/room", {"sec-fetch-mode": "navigate"}, "0123456789"),
        ("/parties/none/room", {"sec-fetch-mode": "navigate"}, "Party none not found"),
    ],
)
async def test_a_single_page_app(folder: Path, path: str, headers: dict[str, str], text: str) -> None:
    answer = await got(folder, path, single_page_app=True, headers=headers)
    assert answer.text == text
    assert answer.status_code == (404 if "ot found" in text else 200)


async def test_the_page_for_what_is_not_there(folder: Path) -> None:
    (folder / "404.html").write_text("lost")
    answer = await got(folder, "/gone", headers={"range": "bytes=0-1", "if-none-match": "*"})
    assert (answer.status_code, answer.text) == (404, "lost")
    assert answer.headers["content-type"].startswith("text/html")


async def test_handlers_and_hooks_fetch_files(folder: Path) -> None:
    for path in ("/alias", "/party/room"):
        assert (await got(folder, path)).text == "0123456789"
    assert (await Server(Main).http("GET", "/party/room")).text == "none"


async def test_an_assets_path_begins_with_a_slash(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"must start with /, got 'app\.js'"):
        await Assets(folder).fetch("app.js")
    assert await Assets().fetch("/app.js") is None


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere"):
        Assets(tmp_path / "nowhere")
