"""The calls that inference starts from: the platform's, of each handler."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import NOTHING, PLAIN, Function, Instance, Other, Value
from pkcodemods.inference import Inference
from pkcodemods.parties import Entry, Party

_FOREIGN = frozenset({Other.FOREIGN})


def seed_handler(inference: Inference, party: Party, entry: Entry, *, gets_views: bool) -> None:
    """Let the inference know that the platform calls a handler, and with what."""
    offered: list[Value] = [
        PLAIN if argument.kind is None else frozenset({argument.kind}) for argument in entry.handler.offered
    ]
    if gets_views:  # they have every name
        offered = [_FOREIGN] * len(offered)
    value = entry.value
    if party.handler_class is not None:
        instance = Instance(party.handler_class)
        overridden = frozenset({Function(value, instance)}) if entry not in party.entries else NOTHING  # type: ignore[arg-type]
        inference.seed(
            entry.element,
            lambda: overridden or inference.attributes.of(instance, entry.key),
            offered,
        )
    elif isinstance(value, cst.FunctionDef):
        inference.seed(entry.element, lambda: inference.function_value(value), offered)
    else:
        inference.seed(entry.element, lambda: inference.value(value), offered)
