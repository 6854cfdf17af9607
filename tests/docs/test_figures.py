"""Figures that the reference has in its sentences are those of the code."""

from __future__ import annotations

import re

import pytest
from docs.tables import mutants
from tests.mirror import ROOT

from partyserver.rooms import alarms, listing
from partyserver.sockets import MAX_MESSAGE_BYTES
from partyserver.storage import recent_failure, state_in_memory, values
from pkcodemods.finding_codes import FINDING_CODES
from pkcompat.migrate import project_copy, tree_entries
from pkcompat.recording import decisions, middleware, waits
from pkcompat.shadow import ShadowOptions, feed, follower, link, room, saved_differences
from pkcompat.verify import search

WORDS = {4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
KIB, MIB = 1_024, 1_048_576
REFERENCE = ROOT / "docs" / "reference"

FIGURES = [
    ("admin-json.md", r"`limit=` \(1 to ([\d,]+);", listing.MOST_LISTED),
    ("admin-json.md", r"for (\d+) s after a commit", recent_failure.FAILS_FOR),
    ("migration.md", r"folders over (\d+) MB", tree_entries.SMALL / MIB),
    ("migration.md", r"more than (\d+) MB is warned", project_copy._MUCH / MIB),
    ("recordings-and-shadows.md", r"sent within (\d+) ms", decisions.BURST_GAP * 1_000),
    ("recordings-and-shadows.md", r"of at most (\d+) s", waits.LONGEST),
    ("recordings-and-shadows.md", r"request whose body is over (\d+) MiB", middleware.LARGEST_BODY / MIB),
    ("recordings-and-shadows.md", r"up to (\d+) files", saved_differences.MOST_FILES),
    ("recordings-and-shadows.md", r"files and (\d+) MB", saved_differences.MOST_BYTES / 1e6),
    ("recordings-and-shadows.md", r"life for (\d+) s", follower.STANDSTILL),
    ("recordings-and-shadows.md", r"room with over (\d+) MB", follower.LARGEST_ROOM / 1e6),
    ("recordings-and-shadows.md", r"(\d+) MB may wait", link.BUFFER / 1e6),
    ("recordings-and-shadows.md", r"([\d,]+) events for a room", room.MOST_WAITING),
    ("recordings-and-shadows.md", r"bodies over (\d+) MiB", feed.LARGEST_BODY / MIB),
    ("recordings-and-shadows.md", r"within (\d+) s is a difference", ShadowOptions().patience),
    ("settings.md", r"client's message may be (\d+) MiB", MAX_MESSAGE_BYTES / MIB),
    ("storage.md", r"up to\s([\d,]+) bytes", values.MAX_KEY_BYTES),
    ("storage.md", r"values (\d+) KiB", values.MAX_VALUE_BYTES / KIB),
    ("storage.md", r"up to (\d+) MiB a process", state_in_memory.STATE_BYTES / MIB),
    ("storage.md", r"again after (\d+) s", alarms.FIRST_RETRY_MS / 1_000),
    ("storage.md", r"up to (\d+) % more", alarms.RETRY_JITTER * 100),
    ("verification.md", r"after (\d+) scripts in which", search.QUIET),
]


@pytest.mark.parametrize(("page", "pattern", "figure"), FIGURES, ids=lambda value: str(value))
def test_a_figure_is_that_of_the_code(page: str, pattern: str, figure: float) -> None:
    text = " ".join((REFERENCE / page).read_text(encoding="utf-8").split())
    found = re.findall(pattern, text)
    assert found, f"{page} has no {pattern}"
    assert {float(each.replace(",", "")) for each in found} == {figure}


def test_the_figures_that_are_words() -> None:
    assert f"{WORDS[alarms.MAX_RETRIES]} times" in (REFERENCE / "storage.md").read_text(encoding="utf-8")


def test_the_codes_of_findings_exist() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in REFERENCE.rglob("*.md"))
    assert set(re.findall(r"\bPK\d{3}\b", text)) <= set(FINDING_CODES)


def test_the_readmes_mutants() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (count, found) = re.findall(
        r"wrong in (\d+) ways that clients can see; generated traffic finds (\d+)", readme
    )[0]
    table = mutants.figures()
    assert f"| {found} |" in table
    missed = re.findall(r"missed: [^|]*\| (\d+) \|", table)[0]
    assert int(count) == int(found) + int(missed)
