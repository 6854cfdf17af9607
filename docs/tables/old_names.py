"""The types of `partykit.server`."""

from __future__ import annotations

from docs.tables.markdown import code, markdown_table

from pkcodemods.api.old_names import TYPES


def types() -> str:
    """What each becomes in the class form, a line for each class there."""
    names: dict[str, list[str]] = {}
    for old, (new, _) in TYPES.items():
        names.setdefault(new, []).append(old)
    rows = [
        (", ".join(code(name) for name in olds), code(f"partyserver.{new}")) for new, olds in names.items()
    ]
    return markdown_table(("`partykit.server`", "In the class form"), rows)
