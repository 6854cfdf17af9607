"""What a module calls the classes of `partyserver`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.annotations import AnnotationReader
from pkcodemods.module_names import ModuleNames
from pkcodemods.program import Program, SourceModule
from pkcodemods.scopes import Binding, Role
from pkcodemods.vocabulary import TYPES


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
        self.runtime: dict[str, str] = {}
        self.typing: dict[str, str] = {}
        for name, binding in module.scope.bindings.items():
            store = binding.sole_store()
            if store is None or store.role is not Role.IMPORT:
                continue
            qualified = program.import_name(store)
            if qualified.startswith("partyserver.") and not is_for_typing(program, store.node):
                self._known.setdefault(qualified.removeprefix("partyserver."), name)
            legacy = _legacy(qualified, annotations.legacy_modules)
            if legacy not in TYPES:
                continue
            new = TYPES[legacy][0]
            assert isinstance(store.node, cst.ImportAlias)
            if store.node.asname is not None:
                self._known.setdefault(new, name)
            elif name == new:
                names.release(name)

    def local(self, new: str, *, typing: bool = False) -> str:
        """The local name of a class, which is imported if it is not yet.

        Args:
            new: the class's name in `partyserver`.
            typing: whether only annotations of a `TYPE_CHECKING` import need it.
        """
        name = self.runtime.get(new) or self.typing.get(new) or self._known.get(new)
        if name is None:
            other = f"{new}Base" if new.startswith("Party") else f"Party{new}"
            name = self._names.take(new, other)
        if not typing:
            self.runtime[new] = name
            self.typing.pop(new, None)
        elif new not in self.runtime:
            self.typing[new] = name
        return name


def _legacy(qualified: str, modules: tuple[str, ...]) -> str:
    for module in modules:
        if qualified.startswith(module + "."):
            return qualified[len(module) + 1 :]
    return ""


def is_for_typing(program: Program, node: cst.CSTNode) -> bool:
    """Whether an import stands under `if TYPE_CHECKING`."""
    return any(
        isinstance(around, cst.If)
        and (program.qualified_name(around.test) or "").rpartition(".")[2] == "TYPE_CHECKING"
        for around in program.ancestors(node)
    )


def import_binding(program: Program, node: cst.CSTNode) -> Binding | None:
    """The import that a dotted expression starts from."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return program.binding(node)
