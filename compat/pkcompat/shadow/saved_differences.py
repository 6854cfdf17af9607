"""Saving differences as traffic files, a bounded number of them."""

from __future__ import annotations

import re
import time
from pathlib import Path

from pkcompat.project import hide_from_git
from pkcompat.traffic import Traffic, dump_traffic

MOST_FILES = 100
MOST_BYTES = 10_000_000


class DifferenceFolder:
    """A folder of traffic files; existing ones count towards the limits, and are not touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, traffic: Traffic) -> Path | str:
        """Write a traffic file.

        Returns:
            Its path, or why it was not written.
        """
        text = dump_traffic(traffic).encode()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            hide_from_git(self._folder.parent)
            there = [file.stat().st_size for file in self._folder.glob("*.json")]
            if len(there) >= MOST_FILES or sum(there) + len(text) > MOST_BYTES:
                return f"{self._folder} is full ({len(there)} files)"
            when = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
            name = f"{when}-{re.sub('[^A-Za-z0-9_-]+', '_', traffic.name)[:60]}"
            for number in range(1, MOST_FILES + 2):
                path = self._folder / (f"{name}-{number}.json" if number > 1 else f"{name}.json")
                try:
                    with open(path, "xb") as file:
                        file.write(text)
                except FileExistsError:
                    continue
                return path
            return f"{self._folder} is full"
        except OSError as error:
            return f"{error.filename or self._folder}: {error.strerror or error}"
