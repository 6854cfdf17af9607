"""The steps of a traffic file."""

from __future__ import annotations

from docs.tables.markdown import StaleTextError, code, markdown_table, texts_of

from pkcompat.traffic import steps as classes
from pkcompat.traffic.file import _PARSERS

_CLIENT = "the client's name"
FIELDS: dict[str, dict[str, str]] = {
    "connect": {
        "client": "the client's name; a name may connect again",
        "path": "path and query, such as `/party/room?_pk=a`",
        "headers": "more headers of the handshake: an object, or a list of pairs; none by default",
    },
    "send": {"client": _CLIENT, "text": "a text message, or", "binary": "a binary one, in base64"},
    "burst": {"sends": "a list of `[client, text]`, or of objects with the fields of `send`"},
    "close": {
        "client": _CLIENT,
        "code": "the close code, from 1000 to 4999; none by default",
        "reason": "at most 123 bytes of UTF-8; empty by default",
    },
    "drop": {"client": _CLIENT},
    "http": {
        "method": "`GET` by default",
        "path": "path and query",
        "headers": "as those of `connect`",
        "body": "a text, or",
        "body_b64": "bytes, in base64; neither is an empty body",
    },
    "raw": {"client": _CLIENT, "binary": "the bytes, in base64"},
    "wait": {"seconds": "how long, a fraction too"},
}


def steps() -> str:
    """Each operation with its fields."""
    if FIELDS.keys() != _PARSERS.keys():
        raise StaleTextError(f"operations are {sorted(_PARSERS)}, texts are for {sorted(FIELDS)}")
    rows = []
    for operation, (known, _) in _PARSERS.items():
        about = (getattr(classes, operation.capitalize()).__doc__ or "").partition("\n")[0]
        for number, (name, text) in enumerate(texts_of(known, FIELDS[operation])):
            rows.append((*((code(operation), about) if number == 0 else ("", "")), code(name), text))
    return markdown_table(("`op`", "What happens", "Field", "What it holds"), rows)
