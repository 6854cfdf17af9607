"""Looking before parsing: can these bytes hold a party?"""

from __future__ import annotations

import re

from pkcodemods.api import HANDLER_SPELLINGS
from pkcodemods.source import as_read

_ON = "on"


def _handler_pattern() -> re.Pattern[bytes]:
    """Finds the name of a handler.

    It begins with plain bytes, for which `re` searches many times faster than for a choice of names; what
    stands before them in a name is looked at behind them.
    """
    ends: dict[str, list[str]] = {}
    for name in HANDLER_SPELLINGS:
        before, _, after = name.partition(_ON)
        ends.setdefault(before, []).append(after)
    names = "|".join(rf"(?<=\b{before}{_ON})(?:{'|'.join(after)})" for before, after in ends.items())
    return re.compile(rf"{_ON}(?:{names})\b".encode())


_HANDLER = _handler_pattern()
_EVIDENCE = re.compile(rb"\b[Pp]arty[Kk]it|\broom\b|\blobby\b|^default\b", re.MULTILINE)
_EXPORT = re.compile(rb"\bPartyKitServer\b|\bdefault\b")


def may_hold_party(data: bytes, import_roots: tuple[str, ...] = ()) -> bool:
    """Whether a file can hold a party; most files cannot, and are never parsed.

    Args:
        data: the file's bytes.
        import_roots: modules that stand for `partykit.server` besides itself.
    """
    if _holds(data, import_roots):
        return True
    return not data.isascii() and _holds(as_read(data), import_roots)


def _holds(data: bytes, import_roots: tuple[str, ...]) -> bool:
    return _names_partykit(data, import_roots) or _HANDLER.search(data) is not None


def shows_party(data: bytes, import_roots: tuple[str, ...] = ()) -> bool:
    """Whether a file that may hold a party has more to show for it than a handler's name.

    Args:
        data: the file's bytes.
        import_roots: modules that stand for `partykit.server` besides itself.
    """
    data = as_read(data)
    has_handler = _HANDLER.search(data) is not None
    if _names_partykit(data, import_roots):
        return has_handler or _EXPORT.search(data) is not None
    return has_handler and _EVIDENCE.search(data) is not None


def _names_partykit(data: bytes, import_roots: tuple[str, ...]) -> bool:
    return b"partykit" in data or any(root.rpartition(".")[2].encode() in data for root in import_roots)
