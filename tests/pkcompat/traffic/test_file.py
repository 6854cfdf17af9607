"""Traffic files: every kind of step both ways, errors with their place."""

import json
from pathlib import Path
from typing import Any

import pytest

from pkcompat.traffic.file import (
    TrafficFileError,
    dump_traffic,
    load_traffic,
    load_traffic_to_compare,
    parse_traffic,
)
from pkcompat.traffic.json_fields import FieldError
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Traffic, Wait
from pkcompat.traffic.transcript import Message, Opened, StepRecord

CONNECT = {"op": "connect", "client": "a", "path": "/party/r"}


def steps(*values: dict[str, Any]) -> Traffic:
    return parse_traffic({"party": "p", "steps": list(values)})


def test_every_kind_of_step() -> None:
    traffic = steps(
        {"op": "connect", "client": "a", "path": "/party/r?_pk=a", "headers": {"x-token": "t"}},
        {"op": "send", "client": "a", "text": "hi"},
        {"op": "send", "client": "a", "binary": "AAE="},
        {"op": "burst", "sends": [["a", "1"], {"client": "a", "binary": "AAE="}]},
        {"op": "raw", "client": "a", "binary": "AAE="},
        {"op": "wait", "seconds": 0.5},
        {"op": "http", "path": "/party/r"},
        {
            "op": "http",
            "method": "post",
            "path": "/party/r",
            "body": "é",
            "headers": [["a", "1"], ["a", "2"]],
        },
        {"op": "http", "method": "PUT", "path": "/party/r", "body_b64": "/w=="},
        {"op": "close", "client": "a", "code": 4000, "reason": "bye"},
        {"op": "close", "client": "a"},
        {"op": "drop", "client": "a"},
    )
    assert traffic.steps == (
        Connect("a", "/party/r?_pk=a", (("x-token", "t"),)),
        Send("a", "hi"),
        Send("a", b"\x00\x01"),
        Burst((("a", "1"), ("a", b"\x00\x01"))),
        Raw("a", b"\x00\x01"),
        Wait(0.5),
        Http("GET", "/party/r"),
        Http("POST", "/party/r", (("a", "1"), ("a", "2")), "é".encode()),
        Http("PUT", "/party/r", (), b"\xff"),
        Close("a", 4000, "bye"),
        Close("a"),
        Drop("a"),
    )
    assert parse_traffic(json.loads(dump_traffic(traffic))) == traffic


@pytest.mark.parametrize(
    "path", sorted(Path("fixtures/recordings").glob("*.json")), ids=lambda path: path.stem
)
def test_a_recording_survives_being_read_and_written(path: Path) -> None:
    traffic = load_traffic(path)
    assert traffic.transcript is not None
    assert parse_traffic(json.loads(dump_traffic(traffic))) == traffic
    written, recorded = json.loads(dump_traffic(traffic)), json.loads(path.read_text())
    assert written == {name: recorded[name] for name in written}


def test_a_transcript_and_its_default_party() -> None:
    traffic = parse_traffic(
        {
            "steps": [CONNECT],
            "transcript": [{"result": {"open": True}, "events": {"a": [{"text": "hi"}]}}],
            "javascript": "export default {}",
            "recorded with": "something else",
        }
    )
    assert traffic.party == "main"
    assert traffic.transcript == (StepRecord(Opened(), {"a": (Message("hi"),)}),)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"op": "conect", "client": "a"},
            "step 1: `op` is 'conect', which is not an operation; did you mean 'connect'?",
        ),
        ({"op": "zzz"}, "step 1: `op` is 'zzz', which is not an operation; known are connect, send, burst"),
        ({"client": "a"}, "step 1: `op` is missing"),
        ("connect", "step 1: must be an object, is a string"),
        ({"op": "connect", "client": "a"}, "step 1 (connect): `path` is missing"),
        (
            {"op": "connect", "client": "a", "path": "room"},
            "step 1 (connect): `path` must start with a slash",
        ),
        ({"op": "connect", "client": "a", "path": "/a b"}, "step 1 (connect): `path` must not hold spaces"),
        (
            {"op": "connect", "client": 1, "path": "/"},
            "step 1 (connect): `client` must be a string, is a number",
        ),
        (
            {"op": "connect", "client": "a", "pth": "/"},
            "step 1 (connect): `pth` is not a field here; did you mean `path`?",
        ),
        (
            {"op": "connect", "client": "a", "path": "/", "headers": {"a": 1}},
            '`headers` must hold strings, has ["a", 1]',
        ),
        (
            {"op": "connect", "client": "a", "path": "/", "headers": [["a", "b\r\nc"]]},
            "must hold printable ASCII",
        ),
        (
            {"op": "http", "path": "/", "headers": {"x y": "1"}},
            'step 1 (http): `headers` has ["x y", "1"], whose name is not a valid header name',
        ),
        ({"op": "http", "path": "/", "headers": {"x": "ü"}}, "must hold printable ASCII"),
        ({"op": "http", "path": "/", "method": "GE T"}, "`method` is 'GE T', which is not an HTTP method"),
        ({"op": "http", "path": "/\udfff"}, "`path` holds half of a surrogate pair, \\udfff, which cannot"),
        ({"op": "http", "path": "/", "body": "\ud800"}, "`body` holds half of a surrogate pair"),
        ({"op": "send", "client": "a", "text": "a\ud800"}, "`text` holds half of a surrogate pair"),
        (
            {"op": "burst", "sends": [["a", "\ud800"]]},
            "step 1 (burst): `sends`, entry 1: `text` holds half of a surrogate pair",
        ),
        (
            {"op": "close", "client": "a", "code": 4000, "reason": "\ud800"},
            "`reason` holds half of a surrogate pair",
        ),
        ({"op": "send", "client": "a"}, "step 1 (send): `text` is missing (or `binary`, in base64)"),
        (
            {"op": "send", "client": "a", "text": "", "binary": ""},
            "step 1 (send): `binary` is given besides `text`",
        ),
        ({"op": "send", "client": "a", "binary": "?"}, "step 1 (send): `binary` is not base64"),
        (
            {"op": "send", "client": "a", "text": "x"},
            "step 1: client 'a' has not connected in an earlier step",
        ),
        (
            {"op": "burst", "sends": [["a"]]},
            'step 1 (burst): `sends` entry 1: must be [client, text], is ["a"]',
        ),
        ({"op": "wait", "seconds": -1}, "step 1 (wait): `seconds` must be zero or more, is -1"),
        ({"op": "wait", "seconds": "1"}, "step 1 (wait): `seconds` must be a number, is a string"),
        (
            {"op": "close", "client": "a", "code": 1005},
            "step 1 (close): `code` is 1005, which no close frame may carry",
        ),
        ({"op": "http", "path": "/", "body": 3}, "step 1 (http): `body` must be a string, is a number"),
    ],
)
def test_what_is_wrong_with_a_step_is_said(step: Any, message: str) -> None:
    with pytest.raises(FieldError) as error:
        parse_traffic({"party": "p", "steps": [step]})
    assert message in str(error.value)


def test_a_transcript_must_have_one_entry_a_step() -> None:
    with pytest.raises(FieldError, match="one entry a step: 0 entries, 1 steps"):
        parse_traffic({"steps": [CONNECT], "transcript": []})


def test_errors_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    with pytest.raises(TrafficFileError, match=r"t\.json: No such file"):
        load_traffic(file)
    file.write_text('{"steps": [}')
    with pytest.raises(TrafficFileError, match=r"t\.json: line 1, column 12: is not JSON"):
        load_traffic(file)
    file.write_bytes(b"\xff")
    with pytest.raises(TrafficFileError, match=r"t\.json: is not UTF-8"):
        load_traffic(file)
    file.write_text("{}")
    with pytest.raises(TrafficFileError, match=r"t\.json: the traffic file: `steps` is missing"):
        load_traffic(file)


def test_a_comparison_needs_steps(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"steps": []}')
    assert load_traffic(file).steps == ()
    with pytest.raises(TrafficFileError, match=r"t\.json: the traffic file: `steps` is empty"):
        load_traffic_to_compare(file)
    file.write_text(json.dumps({"steps": [CONNECT]}))
    assert load_traffic_to_compare(file) == load_traffic(file)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000 + "]" * 100_000, "line 1, column 100000: is nested too deep (100,000 levels)"),
        (
            '{"a": "[[",\n "b":' + '{"x":' * 100_000,
            "line 2, column 500001: is nested too deep (100,001 levels)",
        ),
        (
            '{"steps": [\n{"op": "wait", "seconds": 1' + "0" * 5_000 + "}]}",
            "line 2, column 27: a number has 5,001 digits",
        ),
        (
            '{"steps": [{"op": "wait", "seconds": 1e308}]}',
            "step 1 (wait): `seconds` must be at most 1e+09, is 1e+308",
        ),
        (
            '{"steps": [{"op": "wait", "seconds": 1' + "0" * 400 + "}]}",
            "step 1 (wait): `seconds` must be at most 1e+09, is 1000",
        ),
        (
            '{"steps": [{"op": "wait", "seconds": 1e999}]}',
            "step 1 (wait): `seconds` must be zero or more, is inf",
        ),
        (
            '{"steps": [{"op": "wait", "seconds": NaN}]}',
            "step 1 (wait): `seconds` must be zero or more, is nan",
        ),
        (
            '{"steps": [{"op": "close", "client": "a", "code": 1' + "0" * 400 + "}]}",
            "step 1 (close): `code` is 1000",
        ),
        (
            '{"steps": [], "party": "\\ud800"}',
            "the traffic file: `party` holds half of a surrogate pair, \\ud800",
        ),
        (
            '{"steps": [{"op": "drop", "client": "\\udfff"}]}',
            "step 1 (drop): `client` holds half of a surrogate pair",
        ),
    ],
)
def test_what_python_cannot_read_or_no_clock_can_wait_for(text: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "traffic.json"
    file.write_text(text)
    with pytest.raises(TrafficFileError) as error:
        load_traffic(file)
    assert f"{file}: {problem}" in str(error.value)
    assert len(str(error.value)) < 500


def test_an_error_shows_no_value_of_70_000_characters() -> None:
    with pytest.raises(FieldError) as error:
        steps({"op": "send", "client": "a" * 70_000, "text": "hi"})
    assert len(str(error.value)) < 1_000
    assert str(error.value).startswith("step 1: client 'aaa")
    assert str(error.value).endswith("has not connected in an earlier step")
