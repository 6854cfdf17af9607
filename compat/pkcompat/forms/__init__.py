"""Running one form of a party again and again, with clocks and randomness held still."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.forms.determinism import HELD_STILL
    from pkcompat.forms.handler_lines import never_ran
    from pkcompat.forms.in_this_process import LiveForm
    from pkcompat.forms.line_coverage import Line, function_lines, tell_lines
    from pkcompat.forms.process import RUN_TIMEOUT, FormProcess
    from pkcompat.forms.reach import reachable_lines
    from pkcompat.forms.run import FormModules, FormRun
    from pkcompat.forms.served import FormError, FormPlan, ServedForm, started

__all__ = [
    "HELD_STILL",
    "RUN_TIMEOUT",
    "FormError",
    "FormModules",
    "FormPlan",
    "FormProcess",
    "FormRun",
    "Line",
    "LiveForm",
    "ServedForm",
    "function_lines",
    "never_ran",
    "reachable_lines",
    "started",
    "tell_lines",
]

_HOMES = {
    "FormError": "served",
    "FormModules": "run",
    "FormPlan": "served",
    "FormProcess": "process",
    "FormRun": "run",
    "HELD_STILL": "determinism",
    "Line": "line_coverage",
    "LiveForm": "in_this_process",
    "RUN_TIMEOUT": "process",
    "ServedForm": "served",
    "function_lines": "line_coverage",
    "never_ran": "handler_lines",
    "reachable_lines": "reach",
    "started": "served",
    "tell_lines": "line_coverage",
}


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
