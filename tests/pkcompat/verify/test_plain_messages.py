"""Messages that cover a vocabulary systematically, and those that are likely to be understood."""

from __future__ import annotations

import json
import random

import pytest

from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.plain_messages import PlainMessages, rising
from pkcompat.verify.vocabulary import Vocabulary
from pkcompat.verify.words import read_vocabulary


def plain(vocabulary: Vocabulary) -> PlainMessages:
    return PlainMessages(MessageMaker(vocabulary, ("a", "b"), random.Random(0)))


def test_simple_messages_say_each_thing_once() -> None:
    vocabulary = read_vocabulary(
        ["m == 'arm'; m.startswith('go:'); m.split('|'); json.loads(m)['op'] == 'add'; len(m) > 7"]
    )
    messages = list(plain(vocabulary).simple())
    for wanted in ("arm", "go:x", "arm|a", "a|1", '{"op": "add"}', '["arm", "a"]', "7", "8", "m" * 8, b""):
        assert wanted in messages


def test_what_is_nearly_a_word_is_said_too() -> None:
    messages = list(plain(read_vocabulary(["m.startswith('/me '); m == 'Stop'"])).simple())
    for wanted in ("/mex", "/ME x", " /me x", "Sto", "top", "sTOP", " Stop "):
        assert wanted in messages


def test_pairs_race_and_follow_each_other() -> None:
    making = plain(read_vocabulary(["m.split(' '); json.loads(m)[0] in ('put', 'get')"]))
    assert ("put 300", "put 1") in list(making.racing())
    following = list(making.following())
    assert ('["put", "k1", ["v", "\\u00fc"]]', '["get", "k1"]') in following
    assert ("put k1 v", "get k1") in following


def test_each_thing_is_asked_for_after_all_was_done() -> None:
    making = plain(
        read_vocabulary(["op, *rest = json.loads(m)\nif op == 'put': pass\nif op == 'clear': pass"])
    )
    sequences = [[json.loads(message) for message in messages] for messages in making.after_all()]
    value = ["v", "ü"]
    done = [["clear", "k1", value], ["put", "k1", value]]  # what makes something comes last
    assert [*done, ["clear", "k1"], ["put", "k1"], ["clear", "k1"]] in sequences
    assert [*done, ["put", "k1"], ["put", "k1"], ["clear", "k1"]] in sequences


def test_orders_are_objects_where_a_key_says_what_to_do() -> None:
    source = "d = json.loads(m)\nif d['op'] == 'add': d['by']\nif d['op'] == 'drop': pass"
    following = list(plain(read_vocabulary([source])).following())
    assert ('{"op": "add", "by": "k1"}', '{"op": "drop", "by": "k1"}') in following


def test_bodies_that_every_method_gets() -> None:
    making = plain(read_vocabulary(["d = json.loads(m); d['by']; d['op'] == 'add'"]))
    bodies = list(making.bodies())
    assert b'{"by": 1, "op": "add"}' in bodies
    assert b'{"by": "a", "op": "add"}' in bodies
    assert len(list(plain(Vocabulary()).bodies())) == 2  # a client's name, and any


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("command, _, count = m.partition(':'); command == 'start' and count.isdigit()", "start:3"),
        ("m.removeprefix('wait '); int(m)", "wait 3"),
        ("if m[:5] == 'wait ': int(m[5:])", "wait 3"),
        ("head, x, y = m.split(','); head == 'at'", "at,3,3"),
        ("match m.split():\n    case ['move', x, y]: pass", "move a a"),
        ("match m.split():\n    case ['say', *words]: pass", "say"),
        ("match json.loads(m):\n    case ['move', x]: pass", '["move", 3]'),
        (
            "do = {'ask': ask}.get(m['type']); json.loads(m); isinstance(m['of'], list)",
            '{"type": "ask", "of": ["a", "b"]}',
        ),
    ],
)
def test_messages_are_as_they_are_taken_apart(source: str, wanted: str) -> None:
    assert wanted in list(plain(read_vocabulary([source])).simple())


def test_choices_stand_behind_what_is_to_be_done() -> None:
    vocabulary = Vocabulary(compared=("draw",), choices=("red",), separators=(",", " "))
    messages = set(plain(vocabulary).simple())
    assert {"draw red 3,1", "draw,red,3 1", "draw red 3"} <= messages


def test_a_number_at_the_end_rises() -> None:
    assert rising("bid 5", 3) == ["bid 5", "bid 15", "bid 25"]
    assert rising("sit", 2) == ["sit", "sit"]
    assert rising(b"1", 2) == [b"1", b"1"]


def test_orders_are_likely_to_be_understood() -> None:
    words = Vocabulary(compared=("open", "bid"), separators=(" ",), arities=(3,))
    assert plain(words).orders()[0] == "open 3 3"
    objects = Vocabulary(keys=("line",), kinds=(("line", ("int",)),), reads_json=True)
    assert '{"line": 1}' in plain(objects).orders()
