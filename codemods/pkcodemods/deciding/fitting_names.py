"""What the class of a party is called: as its exported name, its party or its file say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pkcodemods.api import TYPES

NOTHING_BETTER = "Server"
"""The class's name where nothing says what the party is."""

_TEST = frozenset({"test", "tests", "testing", "conftest"})
_WORDS_THAT_SAY_NOTHING = {
    "where a program or a package starts": "main index init app application run start entry entrypoint",
    "what every party is": "server servers party parties partykit partyserver pk",
    "what every module of a party holds": "default export exports handler handlers module mod",
    "where every project has its code": "src source lib py python code",
    "how it was written until now": "legacy old",
    "no file": "stdin",
    "what a test runner collects": " ".join(_TEST),
}
_SAYS_NOTHING = frozenset(word for words in _WORDS_THAT_SAY_NOTHING.values() for word in words.split())
_PARTYSERVER = frozenset(new for new, _ in TYPES.values()) | {"PartyServer", "ServerOptions", "Host"}


def class_names(exports: Iterable[str], path: str | None, party: str | None) -> tuple[str, ...]:
    """Names for the class of a party, the best first, none of them one of `partyserver`'s.

    Args:
        exports: the names that it is exported under; none where the module itself is the object.
        path: the path of its file; None where there is none.
        party: the name that its host knows it by, which goes before the file's; empty where that of the file
            says nothing either; None where it is not known.
    """
    exported = next((name for name in exports if name not in ("", "default")), None)
    if exported is not None:
        return class_names_for(exported)
    known = telling_name(party) if party is not None else None
    if known is None and party != "" and path is not None:
        known = telling_name(name_of_file(path))
    return _wishes(known or NOTHING_BETTER)


def class_names_for(export: str) -> tuple[str, ...]:
    """Class names that fit an exported name, the best first, none of them one of `partyserver`'s."""
    return _wishes(class_name_for(export))


def class_name_for(export: str) -> str:
    """A class name that fits an exported name: `chat_room` is `ChatRoom`, `default` is `Server`."""
    return NOTHING_BETTER if export == "default" else _joined(_words(export)) or NOTHING_BETTER


def telling_name(name: str) -> str | None:
    """A class name that fits a party's or a file's name; None where that says nothing.

    `my-game` is `MyGame`; `main` says nothing, nor does `party_server`, `test_chat` or `2048`. The name is
    ASCII, as the module may be: `café` is `Cafe`.
    """
    parts = unicodedata.normalize("NFKD", name)
    words = _words("".join(part for part in parts if not unicodedata.combining(part)))
    while words and words[0].isdigit():
        del words[0]  # `01_chat`
    plain = [word.lower().rstrip("0123456789") for word in words]
    if _SAYS_NOTHING.issuperset(word for word in plain if word) or not _TEST.isdisjoint(
        (plain[0], plain[-1])
    ):
        return None
    found = _joined(words)
    return found if found.isidentifier() and found.isascii() else None


def name_of_file(path: str) -> str:
    """The name that a file gives its module: without its ending, or of its folder where it is a package's."""
    *folders, name = re.split(r"[/\\]", path)
    stem = re.sub(r"\.py[wi]?$", "", name)
    if stem == "__init__":
        return folders[-1] if folders else ""
    return "" if stem.startswith("<") else stem  # `<stdin>`


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])", name) if word]


def _joined(words: list[str]) -> str:
    """Words as the name of a class; letters that are capital among others stay."""
    return "".join(word[:1].upper() + (word[1:].lower() if word.isupper() else word[1:]) for word in words)


def _wishes(name: str) -> tuple[str, ...]:
    return tuple(each for each in (name, f"{name}Server", f"{name}Party") if each not in _PARTYSERVER)
