"""Looking before parsing: can these bytes hold a party?"""

from __future__ import annotations

import re

from pkcodemods.handlers import HANDLER_SPELLINGS

_HANDLER = re.compile(rb"\b(?:" + b"|".join(name.encode() for name in HANDLER_SPELLINGS) + rb")\b")
# Searching for plain bytes is several times faster than a pattern: these rule out most files.
_WORDS = tuple({name[name.index("on") :][:4].encode() for name in HANDLER_SPELLINGS})


def may_hold_party(data: bytes, import_roots: tuple[str, ...] = ()) -> bool:
    """Whether a file can hold a party; most files cannot, and are never parsed.

    Args:
        data: the file's bytes, in any encoding that agrees with ASCII.
        import_roots: modules that stand for `partykit.server` besides itself.
    """
    names_partykit = b"partykit" in data or any(
        root.rpartition(".")[2].encode() in data for root in import_roots
    )
    if names_partykit:
        return True
    return any(word in data for word in _WORDS) and _HANDLER.search(data) is not None
