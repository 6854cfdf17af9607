"""Parties of 15 to 40 lines as people write them: both forms agree, and nine in ten need no shim."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.differential.both_forms import seen_of
from tests.differential.migrated_files import migrated_file, needs_no_shim

from pkcompat.traffic.steps import Close, Connect, Drop, Http, Send, Traffic, Wait

MODULES = sorted((Path(__file__).parents[2] / "fixtures" / "party_flows").glob("*.py"))
EXPORTS = {"shared_instance": ("default", "lobby"), "spread_common": ("default", "quiet")}

TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Send("a", "alone"),
        Connect("b", "/party/room?_pk=b"),
        Connect("c", "/party/room?_pk=c"),
        Send("a", "b"),
        Send("b", "zz"),
        Send("c", "to a good morning"),
        Http("GET", "/party/room"),
        Send("a", "count"),
        Send("b", "hello"),
        Send("c", ""),
        Wait(1.0),
        Send("b", "@c"),
        Http("POST", "/party/room", body=b"posted"),
        Drop("c"),
        Send("a", "c"),
        Wait(1.0),
        Close("a"),
        Send("b", "a"),
        Send("b", "b"),
    ),
)
CASES = [(path, export) for path in MODULES for export in EXPORTS.get(path.stem, ("default",))]


@pytest.mark.parametrize(("path", "export"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_both_forms_agree(path: Path, export: str) -> None:
    source = path.read_text(encoding="utf-8")
    assert seen_of(migrated_file(path).code, export, TRAFFIC) == seen_of(source, export, TRAFFIC)


def test_nine_in_ten_need_no_shim() -> None:
    assert len(MODULES) > 35
    missed = [path.stem for path in MODULES if not needs_no_shim(path)]
    assert len(missed) <= len(MODULES) / 10, missed
