"""One walk over a module: parents, scopes, and the binding that every name refers to.

`libcst.metadata` needs several walks for that, and copies the tree; `scopes.py` says what it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from pkcodemods.source.nodes import child_nodes, descendants
from pkcodemods.source.parsing import parse_text
from pkcodemods.source.scopes import Binding, Role, Scope, ScopeType, Store


class ScopeBuilder:
    """Builds the scopes of one module.

    Attributes:
        parents: the parent of every node of code.
        bindings: what each name refers to that stands for a variable; names of builtins are not in it.
        scopes: the scope that each function, lambda, class, comprehension and module opens.
        scope_at: the scope in which each name stands.
        annotation_strings: the strings that are annotations, with their scopes.
        nodes: every node of code, parents first.
    """

    def __init__(self) -> None:
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self.bindings: dict[cst.CSTNode, Binding] = {}
        self.scopes: dict[cst.CSTNode, Scope] = {}
        self.scope_at: dict[cst.CSTNode, Scope] = {}
        self.annotation_strings: list[tuple[cst.SimpleString, Scope]] = []
        self.nodes: list[cst.CSTNode] = []
        self._in_annotation = False
        self._nonlocal_stores: list[tuple[Store, str, Scope]] = []
        self._visitors: dict[type[cst.CSTNode], Callable[[cst.CSTNode, Scope], None]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.FunctionDef: self._function,
            cst.Lambda: self._lambda,
            cst.ClassDef: self._class,
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.DictComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated,
            cst.AugAssign: self._augmented,
            cst.NamedExpr: self._walrus,
            cst.For: self._for,
            cst.WithItem: self._with_item,
            cst.ExceptHandler: self._except,
            cst.ExceptStarHandler: self._except,
            cst.Import: self._import,
            cst.ImportFrom: self._import,
            cst.Global: self._global,
            cst.Nonlocal: self._nonlocal,
            cst.Del: self._delete,
            cst.Arg: self._argument,
            cst.Annotation: self._annotation,
            cst.SimpleString: self._string,
            cst.MatchAs: self._capture,
            cst.MatchStar: self._capture,
            cst.MatchMapping: self._capture,
            cst.MatchKeywordElement: self._match_keyword,
            cst.TypeAlias: self._type_alias,
        }

    def build(self, module: cst.Module) -> Scope:
        """Walk over a module.

        Returns:
            The module's scope; everything else is in the attributes.
        """
        scope = self._open(ScopeType.MODULE, module, None)
        self.nodes.append(module)
        self._children(module, scope)
        for store, name, inner in self._nonlocal_stores:  # the outer name may be bound further down
            owner = inner.owner(name)
            if owner is not None:
                self._add(store, owner.binding(name))
        for inner in scope.inside():
            for name, node in inner.reads:
                self._read(name, node, inner)
        for string, inner in self.annotation_strings:
            for name in names_in_annotation(string):
                self._read(name, string, inner)
        return scope

    def _read(self, name: str, node: cst.CSTNode, scope: Scope) -> None:
        owner = scope.owner(name)
        if owner is not None:
            binding = owner.bindings[name]
            binding.loads.append(node)
            if isinstance(node, cst.Name):
                self.bindings[node] = binding

    def _add(self, store: Store, binding: Binding) -> None:
        binding.stores.append(store)
        self.bindings[store.name] = binding

    def _open(self, type_: ScopeType, node: cst.CSTNode, parent: Scope | None) -> Scope:
        scope = Scope(type_, node, parent)
        if parent is not None:
            parent.children.append(scope)
        self.scopes[node] = scope
        return scope

    def _visit(self, node: cst.CSTNode | None, parent: cst.CSTNode, scope: Scope) -> None:
        if node is None or isinstance(node, cst.MaybeSentinel):
            return
        self.parents[node] = parent
        self.nodes.append(node)
        visitor = self._visitors.get(type(node))
        if visitor is None:
            self._children(node, scope)
        else:
            visitor(node, scope)

    def _children(self, node: cst.CSTNode, scope: Scope) -> None:
        for child in child_nodes(node):
            self._visit(child, node, scope)

    def _all(self, nodes: Sequence[cst.CSTNode], parent: cst.CSTNode, scope: Scope) -> None:
        for node in nodes:
            self._visit(node, parent, scope)

    # names

    def _name(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Name)
        self.scope_at[node] = scope
        scope.names.add(node.value)
        scope.reads.append((node.value, node))

    def _bind(self, role: Role, name: cst.Name, node: cst.CSTNode, scope: Scope) -> None:
        self.scope_at[name] = scope
        scope.names.add(name.value)
        declared = scope.elsewhere.get(name.value)
        store = Store(role, name, node)
        if declared is ScopeType.FUNCTION:
            self._nonlocal_stores.append((store, name.value, scope))
        else:
            self._add(store, (scope.module() if declared else scope).binding(name.value))

    def _target(
        self, role: Role, target: cst.CSTNode, node: cst.CSTNode, parent: cst.CSTNode, scope: Scope
    ) -> None:
        """Bind the names of an assignment's target; what else is in it is read."""
        if isinstance(target, cst.Name):
            self.parents[target] = parent
            self.nodes.append(target)
            self._bind(role, target, node, scope)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self.parents[target] = parent
            self.nodes.append(target)
            for element in target.elements:
                self.parents[element] = target
                self.nodes.append(element)
                self._target(role, element.value, node, element, scope)
        else:
            self._visit(target, parent, scope)

    def _attribute(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Attribute)
        self._visit(node.value, node, scope)
        self.parents[node.attr] = node

    def _argument(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Arg)
        if node.keyword is not None:
            self.parents[node.keyword] = node
        self._visit(node.value, node, scope)

    # scopes

    def _type_parameters(self, node: cst.CSTNode, scope: Scope) -> Scope:
        parameters = getattr(node, "type_parameters", None)
        if parameters is None:
            return scope
        inner = Scope(ScopeType.TYPE_PARAMETERS, node, scope)
        scope.children.append(inner)
        self.parents[parameters] = node
        for parameter in parameters.params:
            self.parents[parameter] = parameters
            self.parents[parameter.param] = parameter
            self._bind(Role.TYPE, parameter.param.name, parameter, inner)
            self._visit(getattr(parameter.param, "bound", None), parameter.param, inner)
            self._visit(parameter.default, parameter, inner)
        return inner

    def _function(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.FunctionDef)
        self._all(node.decorators, node, scope)
        self.parents[node.name] = node
        self._bind(Role.FUNCTION, node.name, node, scope)
        around = self._type_parameters(node, scope)
        inner = self._open(ScopeType.FUNCTION, node, around)
        self._parameters(node.params, node, around, inner)
        self._visit(node.returns, node, around)
        self._visit(node.body, node, inner)

    def _lambda(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Lambda)
        inner = self._open(ScopeType.FUNCTION, node, scope)
        self._parameters(node.params, node, scope, inner)
        self._visit(node.body, node, inner)

    def _parameters(self, node: cst.Parameters, owner: cst.CSTNode, around: Scope, inner: Scope) -> None:
        self.parents[node] = owner
        self.nodes.append(node)
        stars = [star for star in (node.star_arg, node.star_kwarg) if isinstance(star, cst.Param)]
        for parameter in (*node.posonly_params, *node.params, *node.kwonly_params, *stars):
            self.parents[parameter] = node
            self.nodes.append(parameter)
            self.parents[parameter.name] = parameter
            self.nodes.append(parameter.name)
            self._bind(Role.PARAMETER, parameter.name, parameter, inner)
            self._visit(parameter.annotation, parameter, around)
            self._visit(parameter.default, parameter, around)

    def _class(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.ClassDef)
        self._all(node.decorators, node, scope)
        self.parents[node.name] = node
        self._bind(Role.CLASS, node.name, node, scope)
        around = self._type_parameters(node, scope)
        self._all(node.bases, node, around)
        self._all(node.keywords, node, around)
        self._visit(node.body, node, self._open(ScopeType.CLASS, node, around))

    def _comprehension(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp))
        inner = self._open(ScopeType.COMPREHENSION, node, scope)
        if isinstance(node, cst.DictComp):
            self._visit(node.key, node, inner)
            self._visit(node.value, node, inner)
        else:
            self._visit(node.elt, node, inner)
        loop: cst.CompFor | None = node.for_in
        parent: cst.CSTNode = node
        iterated_in = scope  # the first iterable is evaluated outside
        while loop is not None:
            self.parents[loop] = parent
            self.nodes.append(loop)
            self._target(Role.LOOP, loop.target, loop, loop, inner)
            self._visit(loop.iter, loop, iterated_in)
            self._all(loop.ifs, loop, inner)
            parent, loop, iterated_in = loop, loop.inner_for_in, inner

    def _type_alias(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.TypeAlias)
        self._bind(Role.TYPE, node.name, node, scope)
        self._visit(node.value, node, self._type_parameters(node, scope))

    # statements that bind

    def _assign(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Assign)
        self._visit(node.value, node, scope)
        for target in node.targets:
            self.parents[target] = node
            self._target(Role.ASSIGNMENT, target.target, node, target, scope)

    def _annotated(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.AnnAssign)
        self._visit(node.annotation, node, scope)
        self._visit(node.value, node, scope)
        role = Role.DECLARATION if node.value is None else Role.ASSIGNMENT
        self._target(role, node.target, node, node, scope)

    def _augmented(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.AugAssign)
        self._visit(node.value, node, scope)
        self._target(Role.AUGMENTED, node.target, node, node, scope)
        if isinstance(node.target, cst.Name):
            scope.reads.append((node.target.value, node.target))

    def _walrus(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.NamedExpr)
        self._visit(node.value, node, scope)
        self._target(Role.ASSIGNMENT, node.target, node, node, scope.function())

    def _for(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.For)
        self._visit(node.iter, node, scope)
        self._target(Role.LOOP, node.target, node, node, scope)
        self._visit(node.body, node, scope)
        self._visit(node.orelse, node, scope)

    def _with_item(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.WithItem)
        self._visit(node.item, node, scope)
        if node.asname is not None:
            self.parents[node.asname] = node
            self._target(Role.WITH, node.asname.name, node, node.asname, scope)

    def _except(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler))
        self._visit(node.type, node, scope)
        if node.name is not None:
            self.parents[node.name] = node
            self._target(Role.EXCEPT, node.name.name, node, node.name, scope)
        self._visit(node.body, node, scope)

    def _import(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, (cst.Import, cst.ImportFrom))
        if isinstance(node.names, cst.ImportStar):
            return
        for alias in node.names:
            self.parents[alias] = node
            self.nodes.append(alias)
            bound = alias.asname.name if alias.asname is not None else alias.name
            while isinstance(bound, cst.Attribute):
                bound = bound.value  # type: ignore[assignment]
            assert isinstance(bound, cst.Name)
            self.parents[bound] = alias
            self._bind(Role.IMPORT, bound, alias, scope)

    def _global(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Global)
        for item in node.names:
            scope.elsewhere[item.name.value] = ScopeType.MODULE
            scope.names.add(item.name.value)

    def _nonlocal(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Nonlocal)
        for item in node.names:
            scope.elsewhere[item.name.value] = ScopeType.FUNCTION
            scope.names.add(item.name.value)

    def _delete(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Del)
        self._target(Role.DELETION, node.target, node, node, scope)

    def _capture(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, (cst.MatchAs, cst.MatchStar, cst.MatchMapping))
        name = node.rest if isinstance(node, cst.MatchMapping) else node.name
        for child in child_nodes(node):
            if child is not name:
                self._visit(child, node, scope)
        if name is not None:
            self.parents[name] = node
            self._bind(Role.CAPTURE, name, node, scope)

    def _match_keyword(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.MatchKeywordElement)
        self._visit(node.pattern, node, scope)

    # annotations

    def _annotation(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.Annotation)
        outer, self._in_annotation = self._in_annotation, True
        self._visit(node.annotation, node, scope)
        self._in_annotation = outer

    def _string(self, node: cst.CSTNode, scope: Scope) -> None:
        assert isinstance(node, cst.SimpleString)
        if self._in_annotation and not self._in_literal(node):
            self.annotation_strings.append((node, scope))

    def _in_literal(self, node: cst.CSTNode) -> bool:
        """Whether a string of an annotation is a value: `Literal["room"]`."""
        parent = self.parents[node]
        if not isinstance(parent, cst.Index):
            return False
        subscript = self.parents[self.parents[parent]]
        assert isinstance(subscript, cst.Subscript)
        generic = subscript.value.attr if isinstance(subscript.value, cst.Attribute) else subscript.value
        return isinstance(generic, cst.Name) and generic.value in ("Literal", "Annotated")


def names_in_annotation(string: cst.SimpleString) -> list[str]:
    """The names that a string annotation reads; none if it is no expression."""
    text = string.evaluated_value
    if not isinstance(text, str):
        return []
    expression = parse_text(text.strip())
    if expression is None:
        return []
    return [node.value for node in descendants(expression) if isinstance(node, cst.Name)]
