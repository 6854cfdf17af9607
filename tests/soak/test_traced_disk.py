"""The disk that is made anew out of a record of system calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.soak.traced_disk import TracedDisk, calls

ROOT = Path("/r")


def text(value: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in value.encode())


FILE = f"3<{text('/r/a.sqlite')}>"
RECORD = (
    f'7  openat(AT_FDCWD<{text("/r")}>, "{text("/r/a.sqlite")}", O_RDWR|O_CREAT, 0644) = 3<x>',
    f'7  pwrite64({FILE}, "{text("one")}", 3, 0) = 3',
    f"1234 fsync({FILE} <unfinished ...>",
    f'7  pwrite64({FILE}, "{text("two")}", 3, 3) = 3',
    "1234 <... fsync resumed>)              = 0",
    f"7  fsync(4<{text('/r')}>) = 0",
    f"7  ftruncate({FILE}, 1) = 0",
    f"7  fsync({FILE}) = 0",
)


@pytest.mark.parametrize(
    ("steps", "left"), [(2, None), (4, None), (5, None), (6, b"one"), (7, b"one"), (8, b"o")]
)
def test_what_was_not_flushed_is_lost_and_a_flush_covers_what_had_ended_as_it_began(
    tmp_path: Path, steps: int, left: bytes | None
) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(RECORD[:steps]) + "\n", encoding="ascii")
    disk = TracedDisk(ROOT)
    disk.start_from(ROOT)
    for call in calls(log):
        disk.follow(call)
    folder = tmp_path / "image"
    folder.mkdir()
    disk.image(folder, None)
    file = folder / "a.sqlite"
    assert (file.read_bytes() if file.exists() else None) == left
