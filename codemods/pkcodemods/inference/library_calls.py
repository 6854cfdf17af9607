"""What calls of the standard library and of other code do with their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.api import (
    NONE,
    NOTHING,
    OLD_NAMES,
    PLAIN,
    STDLIB,
    UNKNOWN,
    Atom,
    Box,
    ClassObject,
    Coroutine,
    Function,
    Imported,
    Instance,
    Kind,
    Method,
    Other,
    Partial,
    Record,
    RecordType,
    Super,
    Value,
)
from pkcodemods.source import constant_string

if TYPE_CHECKING:
    from pkcodemods.inference.calls import CallFlow
    from pkcodemods.inference.solver import Inference

Keywords = Mapping[str, Value]
_SAME_AGAIN = "pkcodemods.gives back its argument"


class ImportedCalls:
    """Evaluates calls of code outside of the program, for a `CallFlow`."""

    def __init__(self, inference: Inference, calls: CallFlow) -> None:
        self._inference = inference
        self._calls = calls
        self._known: dict[str, Callable[[cst.CSTNode, str, Sequence[Value], Keywords], Value]] = {
            **dict.fromkeys(stdlib.SAME, self._same),
            _SAME_AGAIN: self._same,
            **dict.fromkeys(stdlib.ELEMENTS, self._element),
            **dict.fromkeys(stdlib.COPIES, self._copy),
            **dict.fromkeys(stdlib.CONTAINERS, self._container),
            **dict.fromkeys(stdlib.EMPTY, lambda site, *_: frozenset({Box(site)})),
            **dict.fromkeys(stdlib.PAIRS, self._pairs),
            **dict.fromkeys(stdlib.MAPPERS, self._mapper),
            **dict.fromkeys(stdlib.CALLERS, self._caller),
            **dict.fromkeys(stdlib.INTROSPECTION, self._unknown),
            "asyncio.gather": self._gather,
            "builtins.dict.fromkeys": self._dict_of_keys,
            "builtins.getattr": self._getattr,
            "builtins.setattr": self._setattr,
            "builtins.super": self._super,
            "functools.partial": self._partial,
            "functools.reduce": self._reduce,
            "functools.wraps": lambda *_: frozenset({Imported(_SAME_AGAIN)}),
            "operator.attrgetter": self._by_names,
            "operator.methodcaller": self._by_names,
            "types.SimpleNamespace": self._record,
            "collections.namedtuple": self._record_type,
            "typing.NamedTuple": self._record_type,
            **dict.fromkeys(stdlib.EXIT_STACKS, lambda site, name, *_: frozenset({Imported(f"{name}()")})),
            **dict.fromkeys(stdlib.ENTERING, self._enter),
            "typing.cast": self._cast,
        }

    def call(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        """What calling something by its qualified name gives."""
        known = self._known.get(name)
        if known is not None:
            return known(site, name, positional, keywords)
        if self._inference.annotations.is_legacy(name):
            return PLAIN
        origin = Other.STDLIB if stdlib.is_standard(name) else Other.FOREIGN
        self.hand_over(site, origin, positional, keywords)
        return frozenset({origin})

    # what is known of single functions

    def _same(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        first = positional[0] if positional else NOTHING
        return first or UNKNOWN

    def _unknown(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        self.hand_over(site, Other.UNKNOWN, positional, keywords)
        return UNKNOWN

    def _element(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        first = positional[0] if positional else NOTHING
        self._apply_key(site, first, keywords)
        given = [*positional[1:], *(v for key, v in keywords.items() if key == "default")]
        found = self._inference.containers.contents(first)
        if len(positional) > 1 and name != "builtins.next":  # min(a, b)
            found |= first
        return found.union(*given)

    def _copy(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        box = Box(site)
        for value in positional:
            self._inference.put(box, self._inference.containers.contents(value))
        self._apply_key(site, positional[0] if positional else NOTHING, keywords)
        return frozenset({box})

    def _container(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        containers = self._inference.containers
        box = containers.mapping(site)
        if name == "collections.defaultdict" and positional:
            made = self._calls.apply(site, positional[0], [])
            if box in made:  # `list` made it, at this very place
                made = (made - {box}) | {Box(site, "made")}
            self._inference.put(box, made)
            positional = positional[1:]
        for atom in frozenset().union(*positional):
            if containers.is_mapping(atom) or not isinstance(atom, Box):
                containers.added(box, frozenset({atom}))
            else:
                for pair in containers.elements(atom):
                    self._inference.put((box, "key"), containers.element_at(pair, 0))
                    self._inference.put(box, containers.element_at(pair, 1))
        for value in keywords.values():
            self._inference.put(box, value)
        return frozenset({box})

    def _dict_of_keys(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        box = self._inference.containers.mapping(site)
        for value in positional[:1]:
            self._inference.put((box, "key"), self._inference.containers.contents(value))
        self._inference.put(box, positional[1] if len(positional) > 1 else NONE)
        return frozenset({box})

    def _pairs(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        box, pair = Box(site), Box(site, "pair")
        values = [self._inference.containers.contents(value) for value in positional]
        for index, value in enumerate([PLAIN, *values[:1]] if name.endswith("enumerate") else values):
            self._inference.put((pair, index), value)
            self._inference.put(pair, value)
        self._inference.put(box, frozenset({pair}))
        return frozenset({box})

    def _mapper(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        containers = self._inference.containers
        elements = [containers.contents(value) for value in positional[1:]]
        box = Box(site)
        if name == "itertools.starmap":
            elements = self._calls.spread(elements[0]) if elements else []
        given = self._calls.apply(site, positional[0] if positional else NOTHING, elements)
        kept = elements[0] if name in stdlib.TAKERS and elements else given
        self._inference.put(box, kept if elements else NOTHING)
        return frozenset({box})

    def _reduce(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        elements = self._inference.containers.contents(positional[1]) if len(positional) > 1 else NOTHING
        first = elements.union(*positional[2:])
        given = self._calls.apply(site, positional[0] if positional else NOTHING, [first, elements])
        self._calls.apply(site, positional[0] if positional else NOTHING, [given, elements])
        return first | given

    def _gather(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        box = Box(site)
        if not any(argument.star for argument in getattr(site, "args", ())):
            self._inference.containers.know_places(box, len(positional))
        for index, value in enumerate(positional):
            self._inference.put(box, self._inference.awaited(value))
            self._inference.put((box, index), self._inference.awaited(value))
        return frozenset({box})

    def _getattr(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        wanted = self._text(site, 1)
        if wanted is None:
            return UNKNOWN
        found: set[Atom] = set()
        for atom in positional[0] if positional else NOTHING:
            found |= self._inference.attributes.of(atom, wanted)
        return frozenset(found).union(*positional[2:])

    def _setattr(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        wanted = self._text(site, 1)
        if len(positional) == 3:
            for atom in positional[0]:
                self._inference.attributes.assign(atom, wanted or "*", positional[2])
            if wanted is None:
                self._inference.leaked |= positional[2]
        return NONE

    def _by_names(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        """`attrgetter("socket.id")`: what calls it may use old names, unless all are written out and new."""
        wanted = [self._text(site, index) for index in range(len(positional))]
        words = {word for text in wanted if text is not None for word in text.split(".")}
        return UNKNOWN if None in wanted[:1] or words & OLD_NAMES.keys() else frozenset({Other.STDLIB})

    def _cast(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        assert isinstance(site, cst.Call)
        annotated = self._inference.annotations.value(site.args[0].value) if site.args else NOTHING
        return annotated.union(*positional[1:])

    def _super(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        for around in self._inference.program.ancestors(site):
            if isinstance(around, cst.ClassDef):
                return frozenset({Super(around)}) if around.bases else UNKNOWN
        return UNKNOWN

    def _partial(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        if not isinstance(site, cst.Call):
            return UNKNOWN
        self._calls.apply(site, functions_only(positional[0]) if positional else NOTHING, positional[1:])
        return frozenset({Partial(site)})

    def _caller(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        start = stdlib.CALLERS[name]
        for value in positional[start : start + 1]:
            return self._calls.apply(site, functions_only(value), positional[start + 1 :], keywords)
        return UNKNOWN

    def _record(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        for keyword, value in keywords.items():
            self._inference.put((site, keyword), value)
        return frozenset({Record(site)})

    def _record_type(
        self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords
    ) -> Value:
        known = isinstance(site, cst.Call) and self._inference.records.field_names(site) is not None
        return frozenset({RecordType(site)}) if known else STDLIB  # type: ignore[arg-type]

    def _enter(self, site: cst.CSTNode, name: str, positional: Sequence[Value], keywords: Keywords) -> Value:
        return self._inference.statements.entered(site, positional[0] if positional else NOTHING)

    def _apply_key(self, site: cst.CSTNode, values: Value, keywords: Keywords) -> None:
        if "key" in keywords:
            elements = self._inference.containers.contents(values)
            self._calls.apply(site, functions_only(keywords["key"]), [elements])

    # everything else

    def hand_over(
        self, site: cst.CSTNode, callee: Atom, positional: Sequence[Value], keywords: Keywords
    ) -> None:
        """Functions passed to other code may be called with anything; what it gets may turn up anywhere."""
        if callee is Other.STDLIB:
            for value in (*positional, *keywords.values()):
                self._inference.leaked |= value
        if isinstance(site, cst.Call) and isinstance(site.func, cst.Attribute):
            start = stdlib.CALLER_METHODS.get(site.func.attr.value)
            if start is not None and len(positional) > start:
                self._calls.apply(site, functions_only(positional[start]), positional[start + 1 :])
                return
        if "target" in keywords and "args" in keywords:  # a thread
            arguments = self._calls.spread(keywords["args"])
            self._calls.apply(site, functions_only(keywords["target"]), arguments)
            return
        for value in (*positional, *keywords.values()):
            for atom in value:
                if isinstance(atom, Function):
                    self._called_with_anything(atom, callee)

    def _text(self, site: cst.CSTNode, index: int) -> str | None:
        """The constant string that is a positional argument of a call."""
        if not isinstance(site, cst.Call) or len(site.args) <= index or any(a.star for a in site.args):
            return None
        return constant_string(self._inference.program, site.args[index].value)

    def _called_with_anything(self, function: Function, callee: Atom) -> None:
        given: Value = frozenset({Other.STDLIB if callee is Other.STDLIB else Other.UNKNOWN})
        parameters = function.node.params
        places = [*parameters.posonly_params, *parameters.params]
        for place in places[1 if function.receiver is not None else 0 :]:
            self._inference.statements.assign(place.name, given)


def functions_only(value: Value) -> Value:
    """The atoms of a value that can be called."""
    callable_types = (Function, Partial, Method, ClassObject, Imported, Instance)
    return frozenset(atom for atom in value if isinstance(atom, callable_types))


def reachable_kinds(inference: Inference, value: Value, depth: int = 3) -> frozenset[Kind]:
    """The kinds of the objects that a value is, or holds in containers, attributes or results."""
    seen: set[Atom] = set()
    level = set(value)
    for _ in range(depth + 1):
        seen |= level
        level = {held for atom in level for held in _held_by(inference, atom)} - seen
    return frozenset(atom for atom in seen if isinstance(atom, Kind))


def _held_by(inference: Inference, atom: Atom) -> Value:
    """What comes out of containers, attributes or results."""
    if isinstance(atom, Box):
        return inference.get(atom) | inference.containers.elements(atom)
    if isinstance(atom, (Instance, Record)):
        return inference.attributes.fields(atom.node)
    if isinstance(atom, Coroutine):
        return inference.get(("return", atom.node))
    if isinstance(atom, Function):
        return inference.get(("return", atom.called))
    return NOTHING
