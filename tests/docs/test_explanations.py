"""What the explanations name exists: tests, recordings, options; and their figures are those of the code."""

from __future__ import annotations

import inspect
import re

import pytest
from docs.tables import filled_in
from tests.mirror import ROOT, TESTS

from partyserver import Host
from pkcodemods.finding_codes import FINDING_CODES

PAGES = {
    page.stem: filled_in(page.read_text(encoding="utf-8"))
    for page in sorted((ROOT / "docs" / "explanation").glob("*.md"))
}
RECORDINGS = {file.stem for file in (ROOT / "fixtures" / "recordings").glob("*.json")}
MAKE_TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_each_subject_has_a_page() -> None:
    wanted = {"object-style", "hibernation", "gates", "safe-rewrite", "differences", "measurement", "speed"}
    assert wanted <= PAGES.keys()


def test_each_test_that_is_named_exists() -> None:
    named = {name for text in PAGES.values() for name in re.findall(r"`([\w/]+\.py)(?:::\w+)?`", text)}
    assert len(named) > 15
    assert [name for name in sorted(named) if not (TESTS / name).exists()] == []
    for text in PAGES.values():
        for file, function in re.findall(r"`([\w/]+\.py)::(\w+)`", text):
            assert re.search(rf"\bdef {function}\(", (TESTS / file).read_text(encoding="utf-8")), function


def test_each_difference_is_shown_by_a_test() -> None:
    rows = [line for line in PAGES["differences"].splitlines() if line.startswith("| ") and "---" not in line]
    rows = [row for row in rows if not row.endswith("| Shown by |")]
    assert len(rows) > 15
    assert [row for row in rows if not re.search(r"\| `[\w/]+\.py::test_\w+` \|$", row)] == []


def test_each_recording_that_is_named_exists() -> None:
    text = " ".join("".join(PAGES.values()).split())
    groups = re.findall(r"\brecordings? ((?:`\w+`,? ?(?:and without `\w+` )?)+)", text)
    named = {name for group in groups for name in re.findall(r"`([a-z_]+)`", group)}
    rows = re.findall(r"\| ((?:`\w+`(?:, )?)+) \|$", PAGES["object-style"], re.MULTILINE)
    named |= {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert {"overlap", "storage_burst", "errors", "hibernation_listener", "echo_listener"} <= named
    assert sorted(named - RECORDINGS) == []


def test_the_number_of_recordings() -> None:
    assert f"there are {len(RECORDINGS)}, and" in PAGES["measurement"]
    traffic = (ROOT / "docs" / "reference" / "traffic-files.md").read_text(encoding="utf-8")
    assert f"the {len(RECORDINGS)} recordings of PartyKit" in traffic


@pytest.mark.parametrize(("argument", "seconds"), [("idle_timeout", 10), ("eviction_timeout", 70)])
def test_the_times_of_hibernation(argument: str, seconds: int) -> None:
    assert inspect.signature(Host).parameters[argument].default == seconds
    assert re.search(rf"{seconds} s [^|]*`{argument}`", PAGES["hibernation"])


def test_finding_codes_and_targets_exist() -> None:
    text = "".join(PAGES.values())
    assert set(re.findall(r"\bPK\d{3}\b", text)) <= set(FINDING_CODES)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= MAKE_TARGETS
