"""Generated messages: from the vocabulary, by seed."""

from __future__ import annotations

import json
import random

import pytest

from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.words import Vocabulary, read_vocabulary


def maker(vocabulary: Vocabulary, seed: int = 0) -> MessageMaker:
    return MessageMaker(vocabulary, ("a", "b"), random.Random(seed))


def test_simple_messages_say_each_thing_once() -> None:
    vocabulary = read_vocabulary(
        ["m == 'arm'; m.startswith('go:'); m.split('|'); json.loads(m)['op'] == 'add'; len(m) > 7"]
    )
    messages = list(maker(vocabulary).simple())
    for wanted in ("arm", "go:x", "arm|a", "a|1", '{"op": "add"}', '["arm", "a"]', "7", "8", "m" * 8, b""):
        assert wanted in messages


def test_messages_by_chance_are_of_every_kind() -> None:
    making = maker(read_vocabulary(["m.split(' '); json.loads(m)['op'] == 'add'"]))
    messages = [making.message() for _ in range(400)]
    texts = [message for message in messages if isinstance(message, str)]
    assert any(isinstance(message, bytes) for message in messages)
    assert '{"op": "add"}' in texts
    assert any(text.startswith("add ") for text in texts)
    assert any(isinstance(json.loads(text), list) for text in texts if text.startswith("["))


def test_pairs_race_and_follow_each_other() -> None:
    making = maker(read_vocabulary(["m.split(' '); json.loads(m)[0] in ('put', 'get')"]))
    assert ("put 300", "put 1") in list(making.racing())
    following = list(making.following())
    assert ('["put", "k1", ["v", "\\u00fc"]]', '["get", "k1"]') in following
    assert ("put k1 v", "get k1") in following


def test_each_thing_is_asked_for_after_all_was_done() -> None:
    making = maker(
        read_vocabulary(["op, *rest = json.loads(m)\nif op == 'put': pass\nif op == 'clear': pass"])
    )
    sequences = [[json.loads(message) for message in messages] for messages in making.after_all()]
    value = ["v", "ü"]
    done = [["clear", "k1", value], ["put", "k1", value]]  # what makes something comes last
    assert [*done, ["clear", "k1"], ["put", "k1"], ["clear", "k1"]] in sequences
    assert [*done, ["put", "k1"], ["put", "k1"], ["clear", "k1"]] in sequences


def test_orders_are_objects_where_a_key_says_what_to_do() -> None:
    source = "d = json.loads(m)\nif d['op'] == 'add': d['by']\nif d['op'] == 'drop': pass"
    following = list(maker(read_vocabulary([source])).following())
    assert ('{"op": "add", "by": "k1"}', '{"op": "drop", "by": "k1"}') in following


def test_the_messages_of_a_script_ask_for_few_things() -> None:
    heads = [f"head{number}" for number in range(12)]
    making = maker(Vocabulary(compared=tuple(heads), reads_json=True))
    used = []
    for _ in range(60):
        making.focus()
        messages = [str(making.message()) for _ in range(40)]
        used.append(len({head for head in heads for message in messages if f'["{head}"' in message}))
    assert min(used) <= 4
    assert max(used) > 8


def test_bodies_that_every_method_gets() -> None:
    making = maker(read_vocabulary(["d = json.loads(m); d['by']; d['op'] == 'add'"]))
    bodies = list(making.bodies())
    assert b'{"by": 1, "op": "add"}' in bodies
    assert b'{"by": "a", "op": "add"}' in bodies
    assert len(list(maker(Vocabulary()).bodies())) == 2  # a client's name, and any


def test_the_same_seed_makes_the_same_messages() -> None:
    first, second = maker(Vocabulary(words=("x", "y")), 7), maker(Vocabulary(words=("x", "y")), 7)
    assert [first.message() for _ in range(50)] == [second.message() for _ in range(50)]


def test_a_module_without_words_gets_messages_too() -> None:
    making = maker(Vocabulary())
    assert len({making.message() for _ in range(50)}) > 5
    assert all(isinstance(making.body(), bytes) for _ in range(50))


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
    assert wanted in list(maker(read_vocabulary([source])).simple())


def test_a_changed_message_differs_in_one_part() -> None:
    vocabulary = Vocabulary(words=("draw", "red"), separators=(" ",))
    maker = MessageMaker(vocabulary, ("a", "b"), random.Random(3))
    for _ in range(50):
        parts = str(maker.changed("draw red 3")).split(" ")
        if len(parts) == 4:
            assert parts[:3] == ["draw", "red", "3"]
        else:
            assert sum(new != old for new, old in zip(parts, ["draw", "red", "3"], strict=True)) <= 1


def test_a_changed_object_differs_in_one_value() -> None:
    maker = MessageMaker(Vocabulary(words=("x",), reads_json=True), ("a", "b"), random.Random(3))
    before = {"type": "ask", "options": ["a", "b"]}
    for _ in range(50):
        after = json.loads(maker.changed(json.dumps(before)))
        assert list(after) == list(before)
        assert sum(after[key] != before[key] for key in before) <= 1


def test_choices_stand_behind_what_is_to_be_done() -> None:
    vocabulary = Vocabulary(compared=("draw",), choices=("red",), separators=(",", " "))
    messages = set(MessageMaker(vocabulary, ("a", "b"), random.Random(0)).simple())
    assert {"draw red 3,1", "draw,red,3 1", "draw red 3"} <= messages


def test_a_number_at_the_end_rises() -> None:
    maker = MessageMaker(Vocabulary(), ("a", "b"), random.Random(0))
    assert maker.rising("bid 5", 3) == ["bid 5", "bid 15", "bid 25"]
    assert maker.rising("sit", 2) == ["sit", "sit"]
    assert maker.rising(b"1", 2) == [b"1", b"1"]


def test_orders_are_likely_to_be_understood() -> None:
    words = Vocabulary(compared=("open", "bid"), separators=(" ",), arities=(3,))
    assert MessageMaker(words, ("a", "b"), random.Random(0)).orders()[0] == "open 3 3"
    objects = Vocabulary(keys=("line",), kinds=(("line", ("int",)),), reads_json=True)
    assert '{"line": 1}' in MessageMaker(objects, ("a", "b"), random.Random(0)).orders()
