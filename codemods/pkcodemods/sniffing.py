"""Looking before parsing: can these bytes hold a party?"""

from __future__ import annotations

import re

from pkcodemods.api import HANDLER_SPELLINGS
from pkcodemods.source import as_read

_HANDLER = re.compile(rb"\b(?:" + b"|".join(name.encode() for name in HANDLER_SPELLINGS) + rb")\b")
_EVIDENCE = re.compile(rb"\b[Pp]arty[Kk]it|\broom\b|\blobby\b|^default\b", re.MULTILINE)
_EXPORT = re.compile(rb"\bPartyKitServer\b|\bdefault\b")
# Searching for plain bytes is several times faster than a pattern: these rule out most files.
_WORDS = tuple({name[name.index("on") :][:4].encode() for name in HANDLER_SPELLINGS})


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
    if _names_partykit(data, import_roots):
        return True
    return any(word in data for word in _WORDS) and _HANDLER.search(data) is not None


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
