"""Where `room.connections` goes in modules as people write them: both forms agree, and most need no shim."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.differential.both_forms import seen_of
from tests.differential.migrated_files import migrated_file, needs_no_shim

from pkcompat.traffic.steps import Close, Connect, Drop, Send, Traffic, Wait

FLOWS = Path(__file__).parents[2] / "fixtures" / "connection_flows"
MODULES = sorted(FLOWS.glob("*.py"))
LIVE = [path for path in MODULES if path.stem.startswith("live_")]
"""Those in which it shows that the mapping is live, on purpose."""

TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Send("a", "alone"),
        Connect("b", "/party/room?_pk=b"),
        Connect("c", "/party/room?_pk=c"),
        Send("a", "b"),
        Send("b", "zz"),
        Send("b", "@c"),
        Send("c", "a,b"),
        Send("c", "to a good morning"),
        Send("a", "count"),
        Send("a", ""),
        Send("b", "hello"),
        Drop("c"),
        Wait(1.0),
        Send("a", "c"),
        Send("b", "c"),
        Connect("admin", "/party/room?_pk=admin"),
        Send("admin", "a"),
        Close("a"),
        Send("b", "a"),
        Send("admin", "admin"),
    ),
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_both_forms_agree(path: Path) -> None:
    source, result = path.read_text(encoding="utf-8"), migrated_file(path)
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


def test_nine_in_ten_need_no_shim() -> None:
    plain = [path for path in MODULES if path not in LIVE]
    assert len(plain) > 50
    missed = [path.stem for path in plain if not needs_no_shim(path)]
    assert len(missed) <= len(plain) / 10, missed
