"""Static files of a host."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import anyio.to_thread
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles


class Assets:
    """The files of a folder, served at their paths; without a folder there are none."""

    def __init__(self, directory: str | os.PathLike[str] | None = None) -> None:
        """Serve a folder.

        Args:
            directory: the folder, or None.

        Raises:
            RuntimeError: there is no such folder (Starlette's).
        """
        self._files = None if directory is None else StaticFiles(directory=Path(directory))

    async def fetch(self, path: str) -> Response | None:
        """The file at a path, or None.

        Args:
            path: a decoded URL path; begins with a slash; one that ends with a slash is its `index.html`.

        Raises:
            ValueError: the path does not begin with a slash.
        """
        if not path.startswith("/"):
            raise ValueError(f"an asset's path must start with /, got {path!r}")
        if self._files is None or "\0" in path:
            return None
        name = path.lstrip("/") + ("index.html" if path.endswith("/") else "")
        full_path, stat_result = await anyio.to_thread.run_sync(self._files.lookup_path, name)
        if stat_result is None or not stat.S_ISREG(stat_result.st_mode):
            return None
        return FileResponse(full_path, stat_result=stat_result)
