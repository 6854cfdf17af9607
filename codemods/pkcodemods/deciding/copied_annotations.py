"""The annotations of a handler's function, for a method that stands elsewhere and calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from pkcodemods.api import TYPES
from pkcodemods.deciding.new_names import PartyserverNames, is_for_typing
from pkcodemods.inference import RETURN, AnnotationReader
from pkcodemods.parties import Signature
from pkcodemods.source import (
    BUILTINS,
    AddedImport,
    Binding,
    ModuleNames,
    ModulePaths,
    Program,
    Role,
    Scope,
    ScopeType,
    SourceModule,
    Store,
    child_nodes,
    dotted_name,
    names_in_annotation,
    parse_text,
)

_DEFINING = frozenset({Role.CLASS, Role.ASSIGNMENT, Role.TYPE, Role.FUNCTION})


class CannotCopyError(Exception):
    """An annotation would mean something else, or nothing, at its new place."""


class AnnotationCopier:
    """Copies annotations into the body of a class of one module.

    Args:
        program: the modules.
        module: the one that the class stands in.
        annotations: knows the types of the object form.
        partyserver: what the module calls the classes of `partyserver`.
        names: the names in the module.

    Attributes:
        imports: the imports that what was copied needs.
    """

    def __init__(
        self,
        program: Program,
        module: SourceModule,
        annotations: AnnotationReader,
        partyserver: PartyserverNames,
        names: ModuleNames,
    ) -> None:
        self.imports: list[AddedImport] = []
        self._program = program
        self._module = module
        self._annotations = annotations
        self._partyserver = partyserver
        self._names = names
        self._paths = ModulePaths(program, module)
        self._locals: dict[Binding, tuple[str, bool]] = {}
        self._is_lazy = _has_future_annotations(module)

    def of_method(self, signature: Signature, in_class: Collection[str]) -> dict[str, cst.Annotation | None]:
        """The annotations that a method has to get that calls a function, by the parameters' names.

        What the wrapper of a decorated function does not say, that function does.

        Args:
            signature: the function's.
            in_class: the names in the class's body.
        """
        function, decorated = signature.function, signature.stands_for
        copied = self.of(function, in_class)
        if decorated is None:
            return copied
        own = {name for name, _ in _annotations_of(function)}
        missing = {parameter.name.value for parameter in signature.positional} - own
        if RETURN not in own and signature.is_async == (decorated.asynchronous is not None):
            missing.add(RETURN)
        for name, annotation in _annotations_of(decorated):
            if name in missing:
                copied[name] = self._copied(annotation, self._scope_around(decorated), in_class)
        return copied

    def of(
        self, function: cst.FunctionDef | cst.Lambda, in_class: Collection[str]
    ) -> dict[str, cst.Annotation | None]:
        """The annotations that a function has to get in the class, by the parameters' names.

        Those of a function of the module itself are only named where they mean nothing in the class.

        Args:
            function: the function.
            in_class: the names in the class's body.
        """
        source = self._program.module_of(function)
        copied: dict[str, cst.Annotation | None] = {}
        for name, annotation in _annotations_of(function):
            scope = self._scope_around(function)
            if source is self._module:
                if not self._means_the_same(annotation.annotation, scope, in_class):
                    copied[name] = None
                continue
            copied[name] = self._copied(annotation, scope, in_class)
        return copied

    def _scope_around(self, function: cst.FunctionDef | cst.Lambda) -> Scope:
        scope = self._program.scope_of(function).parent
        assert scope is not None
        return scope

    # within the module

    def _means_the_same(self, node: cst.BaseExpression, scope: Scope, in_class: Collection[str]) -> bool:
        """Whether every name of an annotation is the module's, or a builtin, in the class too."""
        for part in _names(node):
            texts = names_in_annotation(part) if isinstance(part, cst.SimpleString) else [dotted_name(part)]
            for name in [(text or "").partition(".")[0] for text in texts]:
                owner = scope.owner(name)
                if name in in_class or (owner is not None and owner.type is not ScopeType.MODULE):
                    return False
        return True

    # out of another module

    def _copied(
        self, annotation: cst.Annotation, scope: Scope, in_class: Collection[str]
    ) -> cst.Annotation | None:
        """An annotation in the module's words; None if it has none for it."""
        before = len(self.imports)
        try:
            return self._copy(annotation, scope, in_class)
        except CannotCopyError:
            del self.imports[before:]
            return None

    def _copy(self, annotation: cst.Annotation, scope: Scope, in_class: Collection[str]) -> cst.Annotation:
        new, needs_quotes = self._translated(annotation.annotation, scope, in_class)
        if needs_quotes and not self._is_lazy:
            text = cst.Module([]).code_for_node(new)
            if '"' in text or "'" in text or "\n" in text:
                raise CannotCopyError
            new = cst.SimpleString(f'"{text}"')
        return cst.Annotation(new)

    def _translated(
        self, node: cst.BaseExpression, scope: Scope, in_class: Collection[str]
    ) -> tuple[cst.BaseExpression, bool]:
        """An annotation in the module's words, and whether its code reads what is there for checkers only."""
        renames: dict[cst.CSTNode, cst.BaseExpression] = {}
        needs_quotes = False
        for part in _names(node):
            if isinstance(part, cst.SimpleString):
                renames[part] = self._string(part, scope, in_class)
                continue
            local, is_typing = self._renamed(part, scope)
            if local.partition(".")[0] in in_class:
                raise CannotCopyError
            needs_quotes |= is_typing
            renames[part] = cst.parse_expression(local)
        return _replaced(node, renames), needs_quotes

    def _string(self, string: cst.SimpleString, scope: Scope, in_class: Collection[str]) -> cst.SimpleString:
        inside = parse_text(string.raw_value.strip())
        if inside is None:
            raise CannotCopyError
        new, _ = self._translated(inside, scope, in_class)
        text = cst.Module([]).code_for_node(new)
        return string.with_changes(value=f"{string.prefix}{string.quote}{text}{string.quote}")

    def _renamed(self, node: cst.Name | cst.Attribute, scope: Scope) -> tuple[str, bool]:
        """What a name of an annotation is called in the module, and whether it is for checkers only."""
        dotted = dotted_name(node) or ""
        legacy = self._annotations.legacy_name_in_string(dotted, scope)
        if legacy in TYPES:
            return self._partyserver.local(TYPES[legacy][0]), False
        first, dot, rest = dotted.partition(".")
        owner = scope.owner(first)
        if legacy is not None or (owner is not None and owner.type is not ScopeType.MODULE):
            raise CannotCopyError
        if owner is self._module.scope:
            return dotted, all(
                is_for_typing(self._program, store.node) for store in owner.bindings[first].values
            )
        if owner is None:
            if first not in BUILTINS or first in self._module.scope.bindings:
                raise CannotCopyError
            return dotted, False
        local, is_typing = self._local(owner.bindings[first])
        return f"{local}{dot}{rest}", is_typing

    def _local(self, binding: Binding) -> tuple[str, bool]:
        """What a name of another module is called in this one, where it is imported if it is not yet."""
        if binding in self._locals:
            name, is_typing = self._locals[binding]
            if any(each.local == name for each in self.imports) or name in self._module.scope.bindings:
                return name, is_typing
        store = self._program.import_of(binding)
        stores = binding.values
        is_typing = bool(stores) and all(is_for_typing(self._program, each.node) for each in stores)
        known = self._known(store, is_typing) if store is not None else self._imported_from(binding)
        if known is not None:
            return known, is_typing
        new = self._import_like(store) if store is not None else self._import_of(binding)
        local = new.local if self._is_submodule_of_known(new) else self._names.take(new.local)
        if new.name is None and new.module.startswith(f"{new.local}.") and local != new.local:
            raise CannotCopyError  # `import a.b` can be called nothing but `a`
        self.imports.append(new.called(local, is_typing=is_typing))
        self._locals[binding] = local, is_typing
        return local, is_typing

    def _is_submodule_of_known(self, new: AddedImport) -> bool:
        """Whether an import is `import a.b`, and the module has `import a` already."""
        own = self._module.scope.bindings.get(new.local)
        store = self._program.import_of(own) if own is not None else None
        is_submodule = new.name is None and new.module.startswith(f"{new.local}.")
        return is_submodule and store is not None and self._program.import_name(store) == new.local

    def _known(self, store: Store, is_typing: bool) -> str | None:
        """The name under which the module imports what another module imports."""
        wanted = self._program.import_name(store)
        if isinstance(self._program.parents[store.node], cst.Import):
            assert isinstance(store.node, cst.ImportAlias)
            if store.node.asname is None and "." in store.node.evaluated_name:
                return None  # `import a.b` gives more than `a`
        for name, own in self._module.scope.bindings.items():
            found = self._program.import_of(own)
            if found is None or self._program.import_name(found) != wanted:
                continue
            if is_typing or not is_for_typing(self._program, found.node):
                return name
        return None

    def _imported_from(self, binding: Binding) -> str | None:
        """The name under which the module imports a definition of another module."""
        for name, own in self._module.scope.bindings.items():
            found = self._program.import_of(own)
            if found is not None and self._program.imported_binding(found) is binding:
                return name if not is_for_typing(self._program, found.node) else None
        return None

    def _import_like(self, store: Store) -> AddedImport:
        """An import of the same as that of another module."""
        alias = store.node
        assert isinstance(alias, cst.ImportAlias)
        statement = self._program.parents[alias]
        local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
        if isinstance(statement, cst.Import):
            return AddedImport(alias.evaluated_name, None, local)
        assert isinstance(statement, cst.ImportFrom)
        source = self._program.module_of(statement)
        module = self._program.canonical(source.imported_module(statement), source)
        imported = self._program.import_name(store)  # a module of the project, perhaps
        self._refuse_cycle(imported if self._program.module_named(imported) is not None else module)
        text = self._paths.text_for(module) if statement.relative else dotted_name(statement.module)
        if text is None:
            raise CannotCopyError
        return AddedImport(text, alias.evaluated_name, local)

    def _import_of(self, binding: Binding) -> AddedImport:
        """An import of what another module defines."""
        source = self._program.module_of(binding.scope.node)
        if source.name is None or not any(store.role in _DEFINING for store in binding.values):
            raise CannotCopyError
        text = self._paths.text_for(source.name)
        if text is None:
            raise CannotCopyError
        return AddedImport(text, binding.name, binding.name)

    def _refuse_cycle(self, module: str) -> None:
        """A module that imports this one may not be ready when this one imports it."""
        source = self._program.module_named(module)
        if source is not None and self._paths.is_reached_from(source):
            raise CannotCopyError


def _annotations_of(function: cst.FunctionDef | cst.Lambda) -> Iterator[tuple[str, cst.Annotation]]:
    parameters = function.params
    for parameter in (*parameters.posonly_params, *parameters.params):
        if parameter.annotation is not None:
            yield parameter.name.value, parameter.annotation
    if isinstance(function, cst.FunctionDef) and function.returns is not None:
        yield RETURN, function.returns


def _names(node: cst.CSTNode) -> Iterator[cst.Name | cst.Attribute | cst.SimpleString]:
    """The dotted names in an annotation, and the strings that are annotations.

    Raises:
        CannotCopyError: it holds something that has names of its own.
    """
    is_dotted = isinstance(node, (cst.Name, cst.Attribute)) and dotted_name(node) is not None
    if is_dotted or isinstance(node, cst.SimpleString):
        yield node  # type: ignore[misc]
    elif isinstance(node, cst.Subscript):
        yield from _names(node.value)
        generic = (dotted_name(node.value) or "").rpartition(".")[2]
        for index, element in enumerate(node.slice):
            is_data = generic == "Literal" or (generic == "Annotated" and index > 0)
            if not is_data or not isinstance(getattr(element.slice, "value", None), cst.SimpleString):
                yield from _names(element)
    elif isinstance(node, (cst.Lambda, cst.FormattedString, cst.NamedExpr, cst.BaseComp)):
        raise CannotCopyError
    elif isinstance(node, cst.Arg):
        yield from _names(node.value)
    else:
        for child in child_nodes(node):
            yield from _names(child)


def _replaced(node: cst.BaseExpression, renames: dict[cst.CSTNode, cst.BaseExpression]) -> cst.BaseExpression:
    class Rename(cst.CSTTransformer):
        def on_visit(self, node: cst.CSTNode) -> bool:
            return node not in renames

        def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
            new = renames.get(original_node)
            if new is None:
                return updated_node
            return new.with_changes(lpar=original_node.lpar, rpar=original_node.rpar)  # type: ignore[attr-defined]

    result = node.visit(Rename())
    assert isinstance(result, cst.BaseExpression)
    return result


def _has_future_annotations(module: SourceModule) -> bool:
    return any(
        isinstance(node, cst.ImportFrom)
        and not isinstance(node.names, cst.ImportStar)
        and dotted_name(node.module) == "__future__"
        and any(alias.evaluated_name == "annotations" for alias in node.names)
        for node in module.nodes
    )
