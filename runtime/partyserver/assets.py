"""Static files of a host."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import anyio.to_thread
from pathspec import GitIgnoreSpec
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# PartyKit leaves these out too.
_NOT_SERVED = (".*", "node_modules/")
_NO_SCOPE: Scope = {"type": "http", "method": "GET", "headers": []}


class Assets:
    """The files of a folder, served at their paths, as PartyKit's `serve` has them; without a folder there
    are none.

    A path that ends with a slash is the folder's `index.html`. Files and folders whose name begins with a
    dot, and `node_modules`, are left out. Symbolic links that lead out of the folder are not followed, and a
    path with an empty segment, `.` or `..` is no file's.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        single_page_app: bool = False,
        browser_ttl: float | None = None,
        edge_ttl: float | None = None,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> None:
        """
        Args:
            directory: the folder, or None.
            single_page_app: answer a browser's navigation to a path that is no file with `index.html`.
            browser_ttl: seconds that browsers may keep a file without asking again.
            edge_ttl: seconds that shared caches, such as a CDN, may keep it.
            include: patterns, as in `.gitignore`, of files to serve that would be left out.
            exclude: patterns, as in `.gitignore`, of files to leave out.

        Raises:
            RuntimeError: there is no such folder (Starlette's).
            ValueError: a pattern cannot be read.
        """
        self._files = None if directory is None else StaticFiles(directory=Path(directory))
        self._single_page_app = single_page_app
        self._headers = _cache_headers(browser_ttl, edge_ttl)
        readmitted = [f"!{pattern}" for pattern in include]
        self._left_out = GitIgnoreSpec.from_lines([*_NOT_SERVED, *exclude, *readmitted])

    async def fetch(self, path: str) -> Response | None:
        """The file at a path, or None.

        Args:
            path: a decoded URL path; begins with a slash; one that ends with a slash is its `index.html`.

        Raises:
            ValueError: the path does not begin with a slash.
        """
        return await self._answer(path, _NO_SCOPE)

    async def answer(self, request: Request) -> Response | None:
        """The answer to a request: the file at its path, the page of a single-page app, or None.

        For a file that the client has already it is a 304. A range is answered when the response is sent.
        """
        # A target such as `?a` or `*` has a path without a slash, which no file has.
        if request.method not in ("GET", "HEAD") or not request.url.path.startswith("/"):
            return None
        response = await self._answer(request.url.path, request.scope)
        if response is None and self._single_page_app and _is_navigation(request.headers):
            return await self._answer("/index.html", request.scope)
        return response

    async def not_found(self) -> Response | None:
        """The folder's `404.html`, with that status, or None."""
        return await self._answer("/404.html", _NO_SCOPE, status_code=404)

    async def _answer(self, path: str, scope: Scope, *, status_code: int = 200) -> Response | None:
        if not path.startswith("/"):
            raise ValueError(f"an asset's path must start with /, got {path!r}")
        name = path[1:] + ("index.html" if path.endswith("/") else "")
        if self._files is None or not _is_plain(name) or self._left_out.match_file(name):
            return None
        try:
            full_path, stat_result = await anyio.to_thread.run_sync(self._files.lookup_path, name)
        except OSError:  # a name that is too long, a folder that may not be read
            return None
        if stat_result is None or not stat.S_ISREG(stat_result.st_mode):
            return None
        response = self._files.file_response(full_path, stat_result, scope, status_code)
        response.headers.update(self._headers)
        return response


def _is_plain(name: str) -> bool:
    """Whether a name has one spelling alone: patterns look at the name, the file system at what it means."""
    if "\0" in name or (os.name == "nt" and any(character in name for character in '\\:*?"<>|~')):
        return False
    parts = name.split("/")
    if os.name == "nt" and any(part.endswith((".", " ")) for part in parts):
        return False
    return not any(part in ("", ".", "..") for part in parts)


def _cache_headers(browser_ttl: float | None, edge_ttl: float | None) -> dict[str, str]:
    ages = {"max-age": browser_ttl, "s-maxage": edge_ttl}
    control = ", ".join(f"{name}={int(seconds)}" for name, seconds in ages.items() if seconds is not None)
    return {"cache-control": control} if control else {}


def _is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for a page to show; over plain HTTP it sends no `Sec-Fetch-Mode`."""
    mode = headers.get("sec-fetch-mode")
    return mode == "navigate" if mode is not None else "text/html" in headers.get("accept", "")
