"""`pkcompat verify` with recordings: results, rules, logs, errors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pkcompat.command.app import app
from pkcompat.forms.determinism import HELD_STILL

OBJECT = """
def on_connect(connection, room):
    connection.send("hello")


def on_message(message, connection, room):
    if message == "boom":
        raise ValueError("boom")
    connection.send(message.upper())


default = {"onConnect": on_connect, "onMessage": on_message}
"""
CLASS = """
from partyserver import PartyServer, ServerOptions


class Chat(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_connect(self, connection, ctx):
        connection.send("hello")

    def on_message(self, message, sender):
        sender.send(message.upper())
"""
STEPS = [
    {"op": "connect", "client": "a", "path": "/party/r?_pk=a"},
    {"op": "send", "client": "a", "text": "x"},
]
RECORDING = [
    {"result": {"open": True}, "events": {"a": [{"text": "hello"}]}},
    {"result": None, "events": {"a": [{"text": "X"}]}},
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text(OBJECT)
    (tmp_path / "new.py").write_text(CLASS)
    write_traffic(transcript=RECORDING)
    return tmp_path


def write_traffic(**more: object) -> None:
    document = {"name": "shout", "about": "one who shouts", "steps": STEPS, **more}
    Path("traffic.json").write_text(json.dumps(document))


def verify(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        app,
        ["verify", *arguments, "--traffic", "traffic.json"],
        catch_exceptions=False,
    )
    return done.exit_code, done.output


AGREED = """\
shout  one who shouts
  object form  old.py
  class form   {new}
  held still: {held_still}

1 ✓ a connects to /party/r?_pk=a → open
    a ← “hello”
2 ✓ a sends “x”
    a ← “X”

✓ 2 steps: object form and class form agree{recording}.
""".replace("{held_still}", HELD_STILL)


@pytest.mark.usefixtures("project")
def test_both_forms_given_and_with_a_recording() -> None:
    assert verify("old.py", "new.py") == (
        0,
        AGREED.format(new="new.py", recording=", and with the recording"),
    )


@pytest.mark.usefixtures("project")
def test_what_the_codemod_makes_and_without_a_recording() -> None:
    write_traffic()
    made = "old.py as the codemod makes it (rewritten)"
    assert verify("old.py") == (0, AGREED.format(new=made, recording=""))
    assert Path("old.py").read_text() == OBJECT


@pytest.mark.usefixtures("project")
def test_a_difference_is_shown_side_by_side() -> None:
    Path("new.py").write_text(CLASS.replace("message.upper()", "message"))
    status, output = verify("old.py", "new.py")
    assert status == 1
    assert (
        "2 ✗ a sends “x”\n    a ← recording    “X”\n        object form  “X”\n        class form   “x”\n"
    ) in output
    assert output.endswith(
        "✗ 2 steps: object form and class form differ at step 2; object form and the recording agree; "
        "class form and the recording differ at step 2.\n"
    )


@pytest.mark.usefixtures("project")
def test_what_is_ignored_is_told() -> None:
    Path("new.py").write_text(CLASS.replace("message.upper()", "message"))
    status, output = verify("old.py", "new.py", "--ignore", "[xX]")
    assert status == 0
    assert "  not compared: what matches [xX]\n" in output


@pytest.mark.usefixtures("project")
def test_what_a_form_logged_is_shown_where_they_differ() -> None:
    steps = [*STEPS, {"op": "send", "client": "a", "text": "boom"}]
    Path("traffic.json").write_text(json.dumps({"steps": steps}))
    status, output = verify("old.py", "new.py")
    assert status == 1
    assert "    a ← object form  nothing\n        class form   “BOOM”\n" in output
    assert "what object form printed and logged" in output
    assert "ValueError: boom" in output


@pytest.mark.usefixtures("project")
def test_companions_of_the_party() -> None:
    Path("caller.py").write_text(
        "from partyserver import PartyServer\n"
        "class Caller(PartyServer):\n"
        "    async def on_connect(self, connection, ctx):\n"
        "        answer = await self.room.context.parties['other'].get('r').fetch()\n"
        "        connection.send(answer.text)\n"
    )
    Path("other.py").write_text(
        "from starlette.responses import Response\n"
        "def on_request(request, room):\n    return Response(room.env['KEY'])\n"
    )
    Path("traffic.json").write_text(json.dumps({"steps": STEPS[:1]}))
    status, output = verify("caller.py", "caller.py", "--party", "other=other.py", "--env", "KEY=value")
    assert status == 0
    assert "a ← “value”" in output


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope.py", "new.py"], "error: the old form cannot be served: nope.py: no such file"),
        (["old.py", "nope.py"], "error: the new form cannot be served: nope.py: no such file"),
        (["nope.py"], "error: nope.py: No such file or directory"),
        (["old.py", "new.py", "--party", "other=nope.py"], "cannot be served: nope.py: no such file"),
        (["old.py", "new.py", "--ignore", "("], "not a regular expression"),
    ],
)
def test_what_cannot_be_run(arguments: list[str], message: str) -> None:
    status, output = verify(*arguments)
    assert status == 2
    assert message in output
    assert "Traceback" not in output


@pytest.mark.usefixtures("project")
def test_a_bad_traffic_file() -> None:
    Path("traffic.json").write_text('{"steps": [{"op": "conect"}]}')
    assert verify("old.py", "new.py") == (
        2,
        "error: traffic.json: step 1: `op` is 'conect', which is not an operation; did you mean 'connect'?\n",
    )


@pytest.mark.usefixtures("project")
def test_a_traffic_file_without_steps() -> None:
    Path("traffic.json").write_text('{"party": "main", "steps": [], "transcript": []}')
    assert verify("old.py", "new.py") == (
        2,
        "error: traffic.json: the traffic file: `steps` is empty, so nothing would be compared; put steps "
        "into it, or compare without a traffic file, under generated traffic\n",
    )


def test_without_traffic_it_is_generated(project: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "old.py", "--budget", "12", "--seed", "3"])
    assert result.exit_code == 0, result.output
    assert "generated traffic  seed 3" in result.output
    assert "held still: clocks" in result.output
    assert "✓ 12 scripts" in result.output
    assert "object form and class form agree" in result.output
    assert "object form: 4 of 4 lines in its module's functions ran (100 %)" in result.output


def test_a_script_that_tells_apart_is_saved_and_replayed(project: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "old.py", "new.py", "--save", "apart.json"])
    assert result.exit_code == 1, result.output
    assert "a sends “boom”" in result.output
    assert "ValueError: boom" in result.output  # what the object form logged
    assert "written to apart.json" in result.output
    steps = json.loads(Path("apart.json").read_text())["steps"]
    assert [step["op"] for step in steps] == ["connect", "send"]
    again = CliRunner().invoke(app, ["verify", "old.py", "new.py", "--traffic", "apart.json"])
    assert again.exit_code == 1, again.output


def test_save_is_for_generated_traffic(project: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "old.py", "--traffic", "traffic.json", "--save", "x.json"])
    assert result.exit_code == 2
    assert "leave --traffic out" in result.output


@pytest.mark.usefixtures("project")
def test_a_report_under_given_traffic() -> None:
    Path("new.py").write_text(CLASS.replace("message.upper()", "message"))
    status, output = verify("old.py", "new.py", "--html", "report.html")
    assert status == 1
    assert "differ at step 2" in output
    assert output.endswith("report written to report.html\n")
    report = Path("report.html").read_text(encoding="utf-8")
    assert "<title>✗ shout: object form and class form differ</title>" in report
    assert "traffic.json, 2 steps" in report
    assert "<mark>x</mark>" in report


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("new", "status", "title"), [((), 0, "✓ old.py"), (("new.py",), 1, "✗ old.py")])
def test_a_report_under_generated_traffic(new: tuple[str, ...], status: int, title: str) -> None:
    result = CliRunner().invoke(app, ["verify", "old.py", *new, "--budget", "60", "--html", "report.html"])
    assert result.exit_code == status, result.output
    report = Path("report.html").read_text(encoding="utf-8")
    assert f"<title>{title}: object form and class form" in report
    assert "generated with seed 0" in report
    assert ("a sends “boom”" in report) is bool(status)


@pytest.mark.usefixtures("project")
def test_a_report_that_cannot_be_written_is_told_before_anything_runs() -> None:
    assert verify("old.py", "new.py", "--html", "reports/today.html") == (
        2,
        "error: reports/today.html: there is no folder reports; create it first\n",
    )


TELLS_TIME = OBJECT.replace('"hello"', "str(time.time())").replace("\n", "import time\n", 1)


@pytest.mark.usefixtures("project")
def test_the_clock_is_held_still_unless_the_real_one_is_asked_for() -> None:
    """As with traffic that `serve --record` has written: a form that tells the time agrees with itself."""
    Path("old.py").write_text(TELLS_TIME)
    write_traffic()
    assert verify("old.py")[0] == 0
    status, output = verify("old.py", "--real-time", "--quiet-time", "0.1")
    assert status == 1
    assert "held still" not in output


@pytest.mark.usefixtures("project")
def test_a_form_that_differs_from_itself_is_pointed_out() -> None:
    source = OBJECT.replace('connection.send("hello")', "connection.send(run())") + (
        "\n\ndef run():\n    with open('/dev/urandom', 'rb') as chance:\n"
        "        return chance.read(8).hex()\n"
    )
    Path("old.py").write_text(source)
    write_traffic()
    status, output = verify("old.py", "--html", "report.html")
    assert status == 1
    assert "The object form does not agree with itself when it runs this again" in output
    assert "does not agree with itself" in Path("report.html").read_text(encoding="utf-8")


def test_real_time_is_for_given_traffic(project: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "old.py", "--real-time"])
    assert result.exit_code == 2
    assert "--traffic" in result.output


EVIL = "\x1b[2J\x07\r\n✓ 2 steps: they agree.\u202e\x9b31m"


def test_nothing_in_a_traffic_file_gives_the_terminal_orders(project: Path) -> None:
    """Found before: escape sequences in a script, a recording and what parties print went out as they are."""
    for name in ("old.py", "new.py"):
        text = (project / name).read_text()
        (project / name).write_text(
            re.sub(
                r'^( +)connection.send\("hello"\)',
                lambda m: f"{m[0]}\n{m[1]}print({EVIL!a})",
                text,
                flags=re.M,
            )
        )
    steps = [
        {"op": "connect", "client": EVIL, "path": "/party/r?_pk=a"},
        {"op": "send", "client": EVIL, "text": EVIL},
        {"op": "http", "method": "GET", "path": "/party/r"},
    ]
    recording = [
        {"result": {"open": True}, "events": {EVIL: [{"text": EVIL}]}},
        {"result": None, "events": {EVIL: [{"close": [4000, EVIL]}]}},
        {"result": {"status": 200, "headers": [["x", EVIL]], "body": {"text": EVIL}}, "events": {}},
    ]
    for more in ({}, {"transcript": recording}):
        write_traffic(**{"steps": steps, "name": EVIL, "about": EVIL, **more})
        for forms in (("old.py", "new.py"), ("new.py", "old.py")):
            _, text = verify(*forms)
            assert text.count("\\x1b[2J\\x07") >= 7, text
            assert not [each for each in text if not (each.isprintable() or each == "\n")]
            assert not any(line.startswith("✓ 2 steps: ") for line in text.splitlines())
