"""Which values reach which expression."""

from pkcodemods.inference.annotations import RETURN, AnnotationReader
from pkcodemods.inference.another_self import is_declared_within, reads_room_under_another_self
from pkcodemods.inference.calls import received
from pkcodemods.inference.decorators import is_classmethod, is_property, is_static, wraps_another
from pkcodemods.inference.introspection import IntrospectionFinder
from pkcodemods.inference.library_calls import functions_only, reachable_kinds
from pkcodemods.inference.solver import Inference
from pkcodemods.inference.statements import YIELDED
from pkcodemods.inference.used_functions import reached_functions

__all__ = [
    "RETURN",
    "YIELDED",
    "AnnotationReader",
    "Inference",
    "IntrospectionFinder",
    "functions_only",
    "is_classmethod",
    "is_declared_within",
    "is_property",
    "is_static",
    "reachable_kinds",
    "reached_functions",
    "reads_room_under_another_self",
    "received",
    "wraps_another",
]
