"""The vocabulary of a party module: what traffic must contain to be understood by its handlers."""

from __future__ import annotations

from dataclasses import dataclass

from pkcompat.verify.text_patterns import Shape

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a module's handlers understand. Every tuple is in source order, without repeats.

    Attributes:
        words: its string literals, docstrings excluded.
        compared: the words that it compares or looks up with.
        prefixes: the arguments of `startswith` and the like.
        separators: what it splits texts at.
        numbers: its number literals.
        keys: the keys that it reads from mappings, such as JSON objects.
        values: by key, what it compares the value with.
        kinds: by key, the types that it checks the value for, such as `list`.
        headers: the names of headers.
        queries: the names of query parameters.
        methods: the HTTP methods.
        paths: texts that look like paths.
        shapes: the sequences that `match` looks for, with None for each free part.
        patterns: the parts of what its regular expressions match, in order.
        arities: the numbers of parts that it splits texts into.
        choices: the members of collections that it tests membership in.
        reads_numbers: whether it parses texts as numbers, or tests for digits.
        reads_json: whether it parses messages or bodies as JSON.
        reads_connections: whether it uses `room.connections`.
    """

    words: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    separators: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    keys: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[str | float, ...]], ...] = ()
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    headers: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    patterns: tuple[Shape, ...] = ()
    arities: tuple[int, ...] = ()
    choices: tuple[str, ...] = ()
    reads_numbers: bool = False
    reads_json: bool = False
    reads_connections: bool = False

    def values_of(self, key: str) -> tuple[str | float, ...]:
        """What the handlers compare a key's value with."""
        return dict(self.values).get(key, ())

    def kinds_of(self, key: str) -> tuple[str, ...]:
        """The types that the handlers check a key's value for."""
        return dict(self.kinds).get(key, ())
