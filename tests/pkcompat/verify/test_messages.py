"""Generated messages: from the vocabulary, by seed."""

from __future__ import annotations

import json
import random

from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.vocabulary import Vocabulary
from pkcompat.verify.words import read_vocabulary


def maker(vocabulary: Vocabulary, seed: int = 0) -> MessageMaker:
    return MessageMaker(vocabulary, ("a", "b"), random.Random(seed))


def test_messages_by_chance_are_of_every_kind() -> None:
    making = maker(read_vocabulary(["m.split(' '); json.loads(m)['op'] == 'add'"]))
    messages = [making.message() for _ in range(400)]
    texts = [message for message in messages if isinstance(message, str)]
    assert any(isinstance(message, bytes) for message in messages)
    assert '{"op": "add"}' in texts
    assert any(text.startswith("add ") for text in texts)
    assert any(isinstance(json.loads(text), list) for text in texts if text.startswith("["))


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


def test_the_same_seed_makes_the_same_messages() -> None:
    first, second = maker(Vocabulary(words=("x", "y")), 7), maker(Vocabulary(words=("x", "y")), 7)
    assert [first.message() for _ in range(50)] == [second.message() for _ in range(50)]


def test_a_module_without_words_gets_messages_too() -> None:
    making = maker(Vocabulary())
    assert len({making.message() for _ in range(50)}) > 5
    assert all(isinstance(making.body(), bytes) for _ in range(50))


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
