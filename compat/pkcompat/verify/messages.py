"""Messages that a module's handlers are likely to understand, and some that they are not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pkcompat.traffic import Data
from pkcompat.verify.text_patterns import Shape
from pkcompat.verify.vocabulary import Vocabulary

ODD: tuple[Data, ...] = (
    "",
    " ",
    "null",
    "[]",
    "{}",
    "{",
    "-1",
    "1e400",
    "ü🎉",
    b"",
    b"\x00\xff",
    "x" * 3_000,
)
"""Messages that few handlers expect."""
_NUMBERS = (0, 1, 50, 300)
USUAL: dict[str, Any] = {"list": ["a", "b"], "int": 1, "float": 1.5, "dict": {"a": 1}, "bool": True}
"""A value of each type that handlers check for."""
_LIST_OPTIONS = ("prefix", "start", "startAfter", "start_after", "end", "limit", "reverse")


class MessageMaker:
    """Makes messages out of a vocabulary.

    The messages of one script mention few things, so that one finds what another left behind; `focus` chooses
    which.

    Args:
        vocabulary: what the module understands.
        names: words that mean something in the traffic, such as the ids of connections.
        rng: the source of all random choices.

    Attributes:
        vocabulary: what the module understands.
        names: the words from the traffic.
        heads: what a message may begin with, such as the name of an action.
        numbers: the vocabulary's, with their neighbours, and a few more.
    """

    def __init__(self, vocabulary: Vocabulary, names: Sequence[str], rng: random.Random) -> None:
        self.vocabulary = vocabulary
        self.names = tuple(names)
        self._rng = rng
        self.heads = vocabulary.compared or vocabulary.words
        self._heads = self.heads  # those of the current focus
        self.numbers = tuple(dict.fromkeys([*_around(vocabulary.numbers), *_NUMBERS]))
        self._numeric = 0.7 if vocabulary.reads_numbers else 0.5  # below this a part is a number
        self._kinds = self._weighted_kinds()
        self._things: list[str] = []  # the words of the current focus
        self._arguments: list[tuple[str, Any]] = []  # pairs of a word and a value, for JSON arrays
        self._usual: dict[str, Any] = {}  # the value that a JSON key has most of the time
        self.focus()

    def focus(self) -> None:
        """Choose the few words and actions that the next messages use."""
        pool = [*self.vocabulary.words, *self.names, "k1", "k2", "ab"]
        self._things = self._rng.sample(pool, min(3, len(pool))) + list(self.names[:2])
        self._arguments = [
            (self._rng.choice(self._things), self._rich_value()) for _ in range(self._rng.choice((1, 1, 2)))
        ]
        self._usual = {key: self._usual_value(key) for key in self.vocabulary.keys}
        few = self._rng.choice((2, 3, 4, len(self.heads)))  # with all of them, one undoes another
        self._heads = tuple(self._rng.sample(self.heads, min(few, len(self.heads))))

    def _usual_value(self, key: str) -> Any:
        """The value that a key has most of the time, of the type that handlers check for, if they do.

        Keys share words: what one key names is in another key's list.
        """
        first, second, *_ = self._things
        by_kind: dict[str, Any] = {
            **USUAL,
            "int": self._rng.choice((1, 1, 3)),
            "str": first,
            "list": [first, second],
            "dict": {first: 1},
        }
        known = [by_kind[kind] for kind in self.vocabulary.kinds_of(key) if kind in by_kind]
        if known:
            return self._rng.choice(known)
        if self._rng.random() < 0.5:
            return first
        return self.value(key)

    def _rich_value(self) -> Any:
        thing = self._rng.choice(self._things)
        values: tuple[Any, ...] = (
            thing,
            7,
            [thing, "ü", 1],
            {thing: 1, "é": [thing]},
            [],
            {"prefix": thing[:1]},
        )
        return self._rng.choice(values)

    def message(self) -> Data:
        """Any message."""
        (make,) = self._rng.choices(*self._kinds)
        return make()

    def body(self) -> bytes:
        """Any body of a request."""
        data = self._rng.choice(self.names) if self._rng.random() < 0.2 else self.message()
        return data.encode(errors="replace") if isinstance(data, str) else data

    def changed(self, data: Data) -> Data:
        """A message that differs from another one in one part; any message if that has no known parts."""
        if isinstance(data, bytes):
            return self.message()
        with suppress(ValueError, RecursionError):
            value = json.loads(data)
            if isinstance(value, dict) and value:
                key = self._rng.choice(list(value))
                return json.dumps({**value, key: self.value(key)})
            if isinstance(value, list) and value:
                value[self._rng.randrange(len(value))] = self.value("")
                return json.dumps(value)
        separators = [
            separator for separator in self.vocabulary.separators if separator and separator in data
        ]
        if not separators:
            return self.message()
        separator = self._rng.choice(separators)
        parts = data.split(separator)
        if self._rng.random() < 0.3:
            parts.append(self._part())
        else:
            parts[self._rng.randrange(len(parts))] = self._part()
        return separator.join(parts)

    def word(self) -> str:
        """A word of the current focus, or one that the module may know."""
        pools = [self._things, self._heads or self._things, self.vocabulary.words or self._things]
        if self.numbers and self._rng.random() < 0.15:
            return shown(self._rng.choice(self.numbers))
        return self._rng.choice(self._rng.choices(pools, (4, 3, 1))[0])

    def _weighted_kinds(self) -> tuple[list[Callable[[], Data]], list[float]]:
        vocabulary = self.vocabulary
        kinds: list[tuple[Callable[[], Data], float]] = [
            (self.word, 4),
            (self._odd, 0.7),
            (lambda: self.word().encode(), 0.5),
            (self._joined, 6 if vocabulary.separators else 0.3),
            (self._prefixed, 4 if vocabulary.prefixes else 0),
            (self._matched, 6 if vocabulary.patterns else 0),
            (self._json_object, 7 if vocabulary.reads_json and vocabulary.keys else 0.2),
            (self._json_array, (4 if vocabulary.keys else 12) if vocabulary.reads_json else 0.2),
            (self._sized, 0.7 if vocabulary.numbers else 0.1),
        ]
        return [make for make, _ in kinds], [weight for _, weight in kinds]

    def _odd(self) -> Data:
        return self._rng.choice(ODD)

    def _joined(self) -> str:
        separators = self.vocabulary.separators or (" ",)
        counts = [arity - 1 for arity in self.vocabulary.arities] * 2 + [1, 1, 2, 3]
        parts = [self._head(), *(self._part() for _ in range(self._rng.choice(counts)))]
        return self._rng.choice(separators).join(parts)

    def _part(self) -> str:
        separators, kind = self.vocabulary.separators, self._rng.random()
        if kind < 0.1 and len(separators) > 1:
            return self._rng.choice(separators[1:]).join((self._part(), self._part()))
        if kind < 0.25 and self.vocabulary.choices:
            return self._rng.choice(self.vocabulary.choices)
        return shown(self._rng.choice(self.numbers)) if kind < self._numeric else self.word()

    def _prefixed(self) -> str:
        rest = self._part() if self.vocabulary.reads_numbers else self.word()
        return self._rng.choice(self.vocabulary.prefixes) + rest

    def _matched(self) -> str:
        shape = self._rng.choice(self.vocabulary.patterns)
        return filled(shape, (self._head(), *(self._part() for _ in shape)))

    def _sized(self) -> str:
        whole = [int(number) for number in self.vocabulary.numbers if 0 < number < 5_000]
        return "m" * max(0, (self._rng.choice(whole) if whole else 20) + self._rng.randint(-1, 1))

    def _json_object(self) -> str:
        return json.dumps(self.json_object(self._rng.choice((1.0, 1.0, 0.6, 0.3))))

    def _json_array(self) -> str:
        if self._rng.random() < 0.2:
            return json.dumps([self.value("") for _ in range(self._rng.randint(0, 3))])
        if self._rng.random() < 0.7:  # with the focus's words: one message reads what another wrote
            thing, value = self._rng.choice(self._arguments)
            rests = ([thing], [thing, value], [thing, value], [value], [[thing]], [{thing: value}])
            return json.dumps([self._head(), *self._rng.choice(rests)])
        return json.dumps([self._head(), *(self.value("") for _ in range(self._rng.randint(0, 2)))])

    def _head(self) -> str:
        return self._rng.choice(self._heads) if self._heads else self.word()

    def json_object(self, share: float) -> dict[str, Any]:
        """An object with about that share of the vocabulary's keys."""
        keys = [key for key in self.vocabulary.keys if self._rng.random() < share]
        return {
            key: self._usual[key]
            if not self.vocabulary.values_of(key) and self._rng.random() < 0.6
            else self.value(key)
            for key in keys[:12]
        }

    def value(self, key: str) -> Any:
        """A value for a key of an object; any value for an empty key."""
        values = self.vocabulary.values_of(key)
        if values and self._rng.random() < 0.8:
            return self._rng.choice(values)
        kind = self._rng.random()
        if kind < 0.5:
            return self.word()
        if kind < 0.7:
            return self._rng.choice(self.numbers)
        if kind < 0.8:
            return self._rng.choice([None, True, False, "", 1.5])
        if kind < 0.9:
            return [self.word() for _ in range(self._rng.randint(0, 3))]
        return {self.word(): self.word() for _ in range(self._rng.randint(0, 2))} or {
            self._rng.choice(_LIST_OPTIONS): self.word()
        }


def filled(shape: Shape, fillings: Sequence[str]) -> str:
    """A text of a shape, with its free places filled in order; the last filling repeats."""
    rest = list(fillings)
    return "".join(
        part if part is not None else (rest.pop(0) if len(rest) > 1 else rest[0]) for part in shape
    )


def _around(numbers: Sequence[float]) -> tuple[float, ...]:
    """Numbers, each with its two neighbours."""
    return tuple(dict.fromkeys(near for number in numbers for near in (number, number + 1, number - 1)))


def shown(number: float) -> str:
    """A number as a message has it."""
    return str(int(number)) if number == number // 1 else str(number)
