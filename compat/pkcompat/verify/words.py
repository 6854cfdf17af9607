"""Reading the vocabulary of a party module from its source.

What handlers compare with, look up and split is what traffic must contain to be understood.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pkcompat.legacy import BY_SPELLING
from pkcompat.verify.text_patterns import MATCHING, Shape, names_made, shapes_matching
from pkcompat.verify.vocabulary import METHODS, Vocabulary

_LONGEST = 200
_MOST = 2_000
_MOST_CHOICES = 10
_MOST_SHAPES = 40
_LONGEST_SPLIT = 6
_SPLITTING = ("split", "rsplit")
_NUMERIC = ("isdigit", "isdecimal", "isnumeric")


def read_vocabulary(sources: Iterable[str | bytes]) -> Vocabulary:
    """The vocabulary of a party's module and of the user's modules that it imports.

    Raises:
        SyntaxError: a source is not Python.
    """
    reader = _Reader()
    for source in sources:
        tree = ast.parse(source)
        reader.prose = {id(node) for node in _prose(tree)}
        reader.collections = dict(_collections(tree))
        reader.variables = _variables(tree)
        reader.functions = dict.fromkeys(
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        reader.visit(tree)
    return reader.vocabulary()


def _prose(tree: ast.AST) -> Iterator[ast.AST]:
    """The literals that never reach a client: docstrings and annotations."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as text):
                yield text
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
                yield from ast.walk(annotation)
            case ast.FunctionDef(returns=ast.expr() as annotation):
                yield from ast.walk(annotation)


def _variables(tree: ast.Module) -> set[str]:
    """The names of values: parameters and assigned names."""
    return {
        node.arg if isinstance(node, ast.arg) else node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }


def _collections(tree: ast.Module) -> Iterator[tuple[str, tuple[str | float, ...]]]:
    """A module's named collections of constants, with their members."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if constants := tuple(_contents(value)):
                    yield name, constants


def _contents(node: ast.expr) -> Iterator[str | float]:
    match node:
        case ast.Call(func=ast.Name(id="frozenset" | "set" | "tuple" | "list"), args=[argument]):
            yield from _contents(argument)
        case ast.Dict(keys=keys):
            for key in keys:
                if isinstance(key, ast.Constant):
                    yield from _constants(key)
        case ast.Tuple() | ast.List() | ast.Set():
            yield from _constants(node)


class _Reader(ast.NodeVisitor):
    """Keeps a stack of its own: a chain of `elif`s or a long sum is deeper than Python recurses.

    Attributes:
        prose: the `id()`s of nodes to skip, for the module being read, as are the three below.
        collections: its named collections of constants.
        variables: its parameters and assigned names.
        functions: the names of the functions of all modules so far.
    """

    def __init__(self) -> None:
        self.prose: set[int] = set()
        self.collections: dict[str, tuple[str | float, ...]] = {}
        self.variables: set[str] = set()
        self.functions: dict[str, None] = {}
        self._waiting: list[ast.AST | dict[str, str]] = []
        self._lists: dict[str, dict[str, None]] = {}
        self._numbers: dict[float, None] = {}
        self._values: dict[str, dict[str | float, None]] = {}
        self._kinds: dict[str, dict[str, None]] = {}
        self._selecting: dict[str, None] = {}  # the keys whose values select a function from a table
        self._selected: dict[str | float, None] = {}  # the keys of such tables
        self._keys_by_name: dict[str, str] = {}  # `kind = data["type"]` makes `kind` the value of "type"
        self._shapes: dict[Shape, None] = {}
        self._patterns: dict[Shape, None] = {}
        self._arities: dict[int, None] = {}
        self._reads_numbers = False
        self._reads_json = False
        self._reads_connections = False

    def vocabulary(self) -> Vocabulary:
        for key in self._selecting:
            self._values.setdefault(key, {}).update(self._selected)
        lists = {name: tuple(words)[:_MOST] for name, words in self._lists.items()}
        return Vocabulary(
            **lists,
            numbers=tuple(self._numbers)[:_MOST],
            values=tuple((key, tuple(values)) for key, values in self._values.items()),
            kinds=tuple((key, tuple(kinds)) for key, kinds in self._kinds.items()),
            shapes=tuple(self._shapes)[:_MOST],
            patterns=tuple(self._patterns)[:_MOST],
            arities=tuple(self._arities),
            reads_numbers=self._reads_numbers,
            reads_json=self._reads_json,
            reads_connections=self._reads_connections,
        )

    def _add(self, name: str, *words: object) -> None:
        for word in words:
            if isinstance(word, str) and len(word) <= _LONGEST:
                self._lists.setdefault(name, {})[word] = None

    def visit(self, node: ast.AST) -> None:
        self._waiting.append(node)
        while self._waiting:
            item = self._waiting.pop()
            if isinstance(item, dict):  # the end of a function: restore the names of the scope around it
                self._keys_by_name = item
            else:
                super().visit(item)

    def generic_visit(self, node: ast.AST) -> None:
        self._waiting += reversed(list(ast.iter_child_nodes(node)))

    def visit_Constant(self, node: ast.Constant) -> None:
        if id(node) in self.prose:
            return
        value = node.value
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        if isinstance(value, str) and value not in BY_SPELLING:
            self._add("words", value)
            if value in METHODS:
                self._add("methods", value)
            if value.startswith("/"):
                self._add("paths", value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._numbers[value] = None

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._waiting.append(self._keys_by_name)
        self._keys_by_name = dict(self._keys_by_name)
        for decorator in node.decorator_list:
            match decorator:  # such as `@command("join")`
                # A decorated handler is looked up by this word; `@on("onConnect")` names an event instead.
                case ast.Call(args=[ast.Constant(value=str(word))]) if word not in (*METHODS, *BY_SPELLING):
                    self._add("compared", word)
                    self._selected[word] = None
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as ast calls it

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._reads_connections |= node.attr == "connections"
        self._reads_json |= node.attr in ("json", "loads")
        self._reads_numbers |= node.attr in _NUMERIC
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        key = self._key(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and key is not None:
                self._keys_by_name[target.id] = key
            match target, node.value:
                case (
                    ast.Tuple(elts=parts) | ast.List(elts=parts),
                    ast.Call(func=ast.Attribute(attr=attribute)),
                ) if attribute in _SPLITTING:
                    self._arities[len(parts)] = None
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if (key := self._key(node.value)) is not None:
            self._keys_by_name[node.target.id] = key
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._looked_up(node.value, node.slice)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._named_by(node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._named_by(node)
        self.generic_visit(node)

    def _named_by(self, node: ast.expr) -> None:
        """`f"on_{kind}"` in a module that has a function `on_move`."""
        made = [word for word in names_made(node, self.functions) if word not in BY_SPELLING]
        self._add("compared", *made)
        self._selected |= dict.fromkeys(made)

    def visit_Call(self, node: ast.Call) -> None:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]) if (
                name in MATCHING
            ):
                self._patterns |= dict.fromkeys(shapes_matching(text))
        match node.func:
            case ast.Attribute(value=owner, attr="get" | "getlist" | "pop" | "setdefault") if node.args:
                self._looked_up(owner, node.args[0])
            case ast.Attribute(attr="startswith" | "removeprefix"):
                self._add("prefixes", *(text for argument in node.args for text in _constants(argument)))
            case ast.Attribute(attr="endswith" | "removesuffix"):
                self._add("compared", *(text for argument in node.args for text in _constants(argument)))
            case ast.Attribute(attr="split" | "rsplit" | "partition" | "rpartition"):
                found = [text for argument in node.args for text in _constants(argument)]
                self._add("separators", *(found or [" "]))
            case ast.Name(id="int" | "float"):
                self._reads_numbers = True
            case ast.Name(id="isinstance") if len(node.args) == 2:
                self._asked_for_kind(*node.args)
        self.generic_visit(node)

    def _asked_for_kind(self, value: ast.expr, kinds: ast.expr) -> None:
        if (key := self._key(value)) is not None:
            names = [node.id for node in ast.walk(kinds) if isinstance(node, ast.Name)]
            self._kinds.setdefault(key, {}).update(dict.fromkeys(names))

    def _looked_up(self, owner: ast.expr, key: ast.expr) -> None:
        if (selecting := self._key(key)) is not None:
            self._selecting[selecting] = None
        match owner:
            case ast.Attribute(attr="headers"):
                self._add("headers", *_constants(key))
            case ast.Attribute(attr="query_params"):
                self._add("queries", *_constants(key))
            case ast.Attribute(attr="storage" | "parties" | "environ" | "env"):
                pass
            case _:
                self._add("keys", *_constants(key))

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        constants = [value for operand in operands for value in _constants(operand)]
        self._add("compared", *constants)
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[collection]):
                choices = [*self._named(collection), *_contents(collection)]
                self._add("choices", *choices)
                if (key := self._key(node.left)) is not None:
                    self._values.setdefault(key, {}).update(dict.fromkeys(choices))
            case ast.Compare(
                left=ast.Call(func=ast.Name(id="len")), comparators=[ast.Constant(value=int(length))]
            ) if 1 <= length <= _LONGEST_SPLIT:
                self._arities[length] = None
        if any(_is_beginning(operand) for operand in operands):
            self._add("prefixes", *constants)
        for operand in operands:
            if (key := self._key(operand)) is not None:
                self._values.setdefault(key, {}).update(dict.fromkeys(constants))
        match node:
            case ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()]):
                owner = node.comparators[0]
                self._looked_up(owner, node.left)
        self.generic_visit(node)

    def _named(self, node: ast.expr) -> tuple[str | float, ...]:
        return self.collections.get(node.id, ()) if isinstance(node, ast.Name) else ()

    def visit_Match(self, node: ast.Match) -> None:
        key = self._key(node.subject)
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                match pattern:
                    case ast.MatchValue(value=value):
                        constants = list(_constants(value))
                        self._add("compared", *constants)
                        if key is not None:
                            self._values.setdefault(key, {}).update(dict.fromkeys(constants))
                    case ast.MatchSequence(patterns=parts) if parts:
                        self._shapes |= dict.fromkeys(_shapes(parts))
                    case ast.MatchMapping(keys=keys, patterns=patterns):
                        for name, inner in zip(keys, patterns, strict=True):
                            self._matched(name, inner)
        self.generic_visit(node)

    def _matched(self, name: ast.expr, pattern: ast.pattern) -> None:
        for key in _constants(name):
            self._add("keys", key)
            for part in ast.walk(pattern):
                match part:
                    case ast.MatchValue(value=value) if isinstance(key, str):
                        self._values.setdefault(key, {}).update(dict.fromkeys(_constants(value)))
                    case ast.MatchClass(cls=ast.Name(id=kind)) if isinstance(key, str):
                        self._kinds.setdefault(key, {})[kind] = None

    def visit_Dict(self, node: ast.Dict) -> None:
        """The keys of a dict of functions select one of them."""
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and self._is_function(value):
                texts = [text for text in _constants(key) if text not in BY_SPELLING]
                self._add("compared", *texts)
                self._selected |= dict.fromkeys(texts)
        self.generic_visit(node)

    def _is_function(self, node: ast.expr) -> bool:
        match node:
            case ast.Lambda():
                return True
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return name in self.functions
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)):
                return name not in self.variables
        return False

    def _key(self, node: ast.expr) -> str | None:
        """The key whose value an expression is, if that is visible here."""
        match node:
            case ast.Name(id=name):
                return self._keys_by_name.get(name)
            case ast.Subscript(slice=ast.Constant(value=str(key))):
                return key
            case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=str(key)), *_]):
                return key
        return None


def _is_beginning(node: ast.expr) -> bool:
    """Whether an expression is a prefix, such as `message[:6]`."""
    match node:
        case ast.Subscript(slice=ast.Slice(lower=None | ast.Constant(value=0), upper=ast.expr())):
            return True
    return False


def _shapes(patterns: list[ast.pattern]) -> list[Shape]:
    """The sequences that a pattern matches; a starred part counts as one, at the end also as none."""
    made: list[Shape] = [()]
    for pattern in patterns:
        texts = [
            text
            for part in ast.walk(pattern)
            if isinstance(part, ast.MatchValue)
            for text in _constants(part.value)
            if isinstance(text, str)
        ]
        parts: list[str | None] = [*texts[:_MOST_CHOICES]] or [None]
        made = [(*shape, part) for shape in made for part in parts][:_MOST_SHAPES]
    starred = isinstance(patterns[-1], ast.MatchStar)
    return [*(shape[:-1] for shape in made if starred and len(shape) > 1), *made]


def _constants(node: ast.expr) -> Iterator[str | float]:
    """The texts and numbers among an expression's constants."""
    match node:
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=bytes(data)):
            yield data.decode(errors="replace")
        case ast.Constant(value=str() | int() | float() as value):
            yield value
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _constants(part)
