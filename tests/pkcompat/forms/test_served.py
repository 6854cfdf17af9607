"""A form served in a process of its own: plans, output, failures, hanging."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pkcompat.child_process import Unframer, frame
from pkcompat.forms import served
from pkcompat.forms.served import FormError, FormPlan, started
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.project.hosting import HostPlan
from pkcompat.project.partykit_json import StaticFolder
from pkcompat.traffic.steps import Http
from pkcompat.traffic.transcript import Answer

CODE = """
from partyserver import PartyServer, Response
print("imported")
class Chat(PartyServer):
    def on_request(self, request):
        print("asked")
        return Response(str(self.room.env["KEY"]))
"""


def plan(file: Path, sources: dict[Path, bytes] | None = None) -> FormPlan:
    return FormPlan(HostPlan({"main": str(file)}, env={"KEY": "value"}, debug=True), "main", sources or {})


async def body(port: int) -> bytes:
    async with SocketTransport("127.0.0.1", port) as transport:
        answer = await transport.request(Http("GET", "/party/r"))
    assert isinstance(answer, Answer)
    return answer.body


def test_a_plan_reaches_the_process_unchanged() -> None:
    given = plan(Path("a.py"), {Path("b.py"): b"\xff"})
    static = StaticFolder("public", True, 1.5, None, ("a",), ("b", "c"))
    given = replace(given, host=replace(given.host, static=static, crons={"tick": "* * * * *"}))
    ((received, _),) = Unframer().feed(frame(given))
    assert received == given


async def test_a_side_serves_and_keeps_what_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text(CODE)
    async with started(plan(file)) as form:
        assert form.form == "class"
        assert await body(form.port) == b"value"
        assert form.output().splitlines() == ["imported", "asked"]


async def test_given_code_takes_the_place_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text("raise RuntimeError")
    code = CODE.replace('str(self.room.env["KEY"])', '"given"').encode()
    async with started(plan(file, {file: code})) as form:
        assert await body(form.port) == b"given"


async def test_a_module_that_raises_is_told_with_its_traceback(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text("1 / 0")
    with pytest.raises(FormError, match="raised at import: ZeroDivisionError") as error:
        async with started(plan(file)):
            pass
    assert f'File "{file}", line 1' in error.value.detail


async def test_a_process_that_ends_without_a_word_is_told(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text("import os\nos._exit(7)")
    with pytest.raises(FormError, match="ended at its start"):
        async with started(plan(file)):
            pass


async def test_a_party_that_hangs_does_not_keep_the_side_alive(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text(CODE.replace('print("asked")', "while True: pass"))
    async with started(plan(file)) as form:
        async with SocketTransport("127.0.0.1", form.port, timeout=0.3) as transport:
            await transport.request(Http("GET", "/party/r"))


async def test_a_module_may_run_an_event_loop_of_its_own_when_it_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text("import asyncio\nasyncio.run(asyncio.sleep(0))\n" + CODE)
    async with started(plan(file)) as form:
        assert await body(form.port) == b"value"


async def test_crons_do_not_run_by_themselves(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text(
        CODE
        + """
    @staticmethod
    def on_cron(cron, lobby, ctx):
        print("cron")
import partyserver.edge.crons
partyserver.edge.crons.CronSchedule.start = lambda self: print("scheduled", list(self._expressions))
"""
    )
    given = plan(file)
    given = replace(given, host=replace(given.host, crons={"tick": "* * * * *"}))
    async with started(given) as form:
        async with SocketTransport("127.0.0.1", form.port) as transport:
            await transport.request(Http("GET", "/__scheduled__?cron=tick"))
        assert form.output().splitlines() == ["imported", "scheduled []", "cron"]


async def test_nobody_waits_for_a_module_whose_import_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "START_TIMEOUT", 0.2)
    monkeypatch.setattr(served, "STOP_TIMEOUT", 60.0)
    file = tmp_path / "party.py"
    file.write_text("import time\ntime.sleep(60)\n")
    begun = time.monotonic()
    with pytest.raises(FormError, match=r"its module was not imported within 0\.2 s"):
        async with started(plan(file)):
            pass
    assert time.monotonic() - begun < 20
