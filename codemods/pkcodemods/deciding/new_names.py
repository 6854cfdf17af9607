"""What a module calls the classes of `partyserver`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import TYPES
from pkcodemods.inference import AnnotationReader
from pkcodemods.source import Binding, ModuleNames, Program, SourceModule

# Classes that partyserver only re-exports.
_SAME = {
    "starlette.requests.Request": "partyserver.Request",
    "starlette.responses.Response": "partyserver.Response",
}


class PartyserverNames:
    """Gives the names under which a migrated module knows the classes of `partyserver`.

    Attributes:
        runtime: class to local name, of those that are needed when the module runs.
        typing: the same, of those that only annotations need, under `TYPE_CHECKING`.
    """

    def __init__(
        self, program: Program, module: SourceModule, names: ModuleNames, annotations: AnnotationReader
    ) -> None:
        self._names = names
        self._known: dict[str, str] = {}
        self._known_to_checkers: dict[str, str] = {}
        self.runtime: dict[str, str] = {}
        self.typing: dict[str, str] = {}
        for name, binding in module.scope.bindings.items():
            store = program.import_of(binding)
            if store is None:
                continue
            qualified = program.import_name(store)
            new_name = _SAME.get(qualified, qualified)
            known = self._known_to_checkers if is_for_typing(program, store.node) else self._known
            if new_name.startswith("partyserver."):
                known.setdefault(new_name.removeprefix("partyserver."), name)
            legacy = _legacy(qualified, annotations.legacy_modules)
            if legacy not in TYPES:
                continue
            new = TYPES[legacy][0]
            assert isinstance(store.node, cst.ImportAlias)
            if store.node.asname is not None and name not in TYPES:
                known.setdefault(new, name)
            elif name == new:
                names.release(name)
        for new in {new for new, _ in TYPES.values()}:
            if _only_old_types(program, module, annotations, new):
                names.release(new)

    def local(self, new: str, *, typing: bool = False) -> str:
        """The local name of a class, which is imported if it is not yet.

        Args:
            new: the class's name in `partyserver`.
            typing: whether only annotations of a `TYPE_CHECKING` import need it.
        """
        known = self._known.get(new) or (self._known_to_checkers.get(new) if typing else None)
        if known is not None:
            return known
        name = self.runtime.get(new) or self.typing.get(new)
        if name is None:
            other = f"{new}Base" if new.startswith("Party") else f"Party{new}"
            name = self._names.take(new, other)
        if not typing:
            self.runtime[new] = name
            self.typing.pop(new, None)
        elif new not in self.runtime:
            self.typing[new] = name
        return name


def _only_old_types(program: Program, module: SourceModule, annotations: AnnotationReader, new: str) -> bool:
    """Whether all that is called like a class of `partyserver` is the type of the object form that it takes
    the place of, wherever in the module that is imported."""
    bindings = [scope.bindings[new] for scope in module.scope.inside() if new in scope.bindings]
    if not bindings:
        return new in TYPES and any(star in annotations.legacy_modules for star in module.star_imports)
    for binding in bindings:
        for store in binding.stores:
            if not isinstance(store.node, cst.ImportAlias) or store.node.asname is not None:
                return False
            legacy = _legacy(program.import_name(store), annotations.legacy_modules)
            if legacy not in TYPES or TYPES[legacy][0] != new:
                return False
    return True


def _legacy(qualified: str, modules: tuple[str, ...]) -> str:
    for module in modules:
        if qualified.startswith(module + "."):
            return qualified[len(module) + 1 :]
    return ""


def is_for_typing(program: Program, node: cst.CSTNode) -> bool:
    """Whether an import stands under `if TYPE_CHECKING`."""
    child = node
    for around in program.ancestors(node):
        if isinstance(around, cst.If) and child is around.body and program.is_type_checking(around.test):
            return around.orelse is None  # the `else` branch binds the name at run time
        child = around
    return False


def import_binding(program: Program, node: cst.CSTNode) -> Binding | None:
    """The import that a dotted expression starts from."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return program.binding(node)
