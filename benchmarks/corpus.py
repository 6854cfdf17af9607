"""A code base to migrate: 2,000 ordinary Python files of 24 MB, and 20 party modules among them."""

from __future__ import annotations

import itertools
import shutil
import sysconfig
import time
from pathlib import Path

ORDINARY_FILES = 2_000
ORDINARY_BYTES = 24_000_000
PARTY_MODULES = 20
SETTLING = 2.5  # seconds

_OBJECT_FORMS = Path(__file__).parents[1] / "fixtures" / "object_form"


def build(folder: Path, ordinary_files: int = ORDINARY_FILES, copies: int = 1) -> None:
    """Write the corpus into an empty folder: packages of 50 files each.

    Args:
        folder: where it goes.
        ordinary_files: how many files there are beside the party modules; the fewer, the less in all.
        copies: how often each party module is there, in a folder of its own.

    The ordinary files are the standard library's, over and over, neither tiny nor huge. It returns once they
    are old enough for caches, which do not trust what has just changed.
    """
    written = number = refused = 0
    size = ORDINARY_BYTES * ordinary_files / ORDINARY_FILES
    sources = _ordinary()
    for data in itertools.cycle(sources):
        if number == ordinary_files:
            break
        average = (size - written) / (ordinary_files - number)
        if not 0.3 * average < len(data) < 2.5 * average and refused < len(sources):
            refused += 1  # when all have been refused, none is large or small enough: any will do
            continue
        package = folder / f"package_{number // 50:02}"
        package.mkdir(exist_ok=True)
        (package / f"module_{number % 50:02}.py").write_bytes(data)
        written += len(data)
        number += 1
        refused = 0
    parties = sorted(_OBJECT_FORMS.glob("*.py"))[:PARTY_MODULES]
    for copy in range(copies):
        for number, party in enumerate(parties):
            package = folder / f"package_{number:02}" / (f"copy_{copy}" if copy else "")
            package.mkdir(exist_ok=True)
            shutil.copy(party, package / party.name)
    time.sleep(SETTLING)


def _ordinary() -> list[bytes]:
    library = Path(sysconfig.get_path("stdlib"))
    files = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    return [path.read_bytes() for path in files]
