"""The link to a shadow's process: start, output, bounded buffer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pkcompat.shadow import link as shadow_link
from pkcompat.shadow.link import ShadowError, ShadowLink
from pkcompat.shadow.records import CannotLoad, Load, Rang, ShadowTarget

PARTY = "from partyserver import PartyServer\n\n\nclass Chat(PartyServer):\n    pass\n"


def load(folder: Path, source: str) -> Load:
    (folder / "party.py").write_text(source)
    return Load({"main": ShadowTarget(str(folder / "party.py"))}, 1_000_000_000)


def test_it_waits_until_the_parties_are_imported(tmp_path: Path) -> None:
    link = ShadowLink(load(tmp_path, PARTY))
    link.wait_until_loaded()
    link.kill()


def test_it_waits_no_longer_than_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_link, "START_TIMEOUT", 0.2)
    link = ShadowLink(load(tmp_path, "import time\ntime.sleep(60)\n"))
    with pytest.raises(ShadowError, match=r"its module was not imported within 0\.2 s"):
        link.wait_until_loaded()
    link.kill()


def test_a_module_that_ends_the_process(tmp_path: Path) -> None:
    link = ShadowLink(load(tmp_path, "import os\nos._exit(0)\n"))
    with pytest.raises(ShadowError, match="ended at its start"):
        link.wait_until_loaded()
    link.kill()


async def test_what_the_process_says_and_its_end_are_told(tmp_path: Path) -> None:
    said: asyncio.Queue[Any] = asyncio.Queue()
    link = ShadowLink(load(tmp_path, "import nothing_like_this\n"))
    await link.attach(said.put_nowait, lambda: said.put_nowait("ended"))
    told = await asyncio.wait_for(said.get(), 20)
    assert isinstance(told, CannotLoad)
    assert "nothing_like_this" in told.message
    assert await asyncio.wait_for(said.get(), 20) == "ended"
    link.kill()


async def test_the_buffer_is_bounded_but_for_what_must_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_link, "BUFFER", 5_000)
    link = ShadowLink(load(tmp_path, PARTY))
    taken = [link.put(Rang(1)) for _ in range(1_000)]
    assert taken[0]
    assert not taken[-1]
    assert link.buffered <= 5_000
    assert link.put(Rang(1), always=True)
    link.kill()
