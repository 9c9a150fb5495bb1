"""FHIRPath tokens to a syntax tree, by operator precedence. http://hl7.org/fhirpath/2018Sep/grammar.html"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.lexer import Token, tokens
from gateway.r4.fhirpath.syntax import Call, Index, Literal, Member, Operation, This, Tree, TypeTest, Variable
from gateway.r4.fhirpath.values import CALENDAR_WORDS, Quantity, Temporal

# http://hl7.org/fhirpath/2018Sep/#operator-precedence; a higher number binds tighter.
BINDING = {
    "implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5, "<=": 6, "<": 6, ">": 6, ">=": 6,
    "|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9, "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_DEEPEST = 60  # parentheses and calls inside each other
_LONGEST = 200  # steps of a path, or operands of a chain: each is evaluated inside the next
_DIGITS = 28
_KEPT = 5000  # expressions


@lru_cache(maxsize=_KEPT)
def parse(text: str) -> Tree:
    """The syntax tree of one expression, made once; FhirPathError when it is not one."""
    tree = _Parser(tokens(text)).whole()
    if _depth(tree) > _LONGEST:
        raise FhirPathError("the expression is too long a chain")
    return tree


def _depth(tree: Tree) -> int:
    """How many trees stand inside each other."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        here, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((below, depth + 1) for below in _parts(here))
    return deepest


def _parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Member(source) | TypeTest(_, source):
            return (source,)
        case Call(source, _, arguments):
            return (source, *arguments)
        case Index(left, right) | Operation(_, left, right):
            return left, right
    return ()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._expression(0)
        if self._next.kind != "end":
            raise FhirPathError(f"unexpected {self._next.text} at {self._next.position}")
        return tree

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, symbol: str) -> None:
        token = self._take()
        if token.kind != "symbol" or token.text != symbol:
            raise FhirPathError(f"expected {symbol} at {token.position}")

    def _is(self, symbol: str) -> bool:
        return self._next.kind == "symbol" and self._next.text == symbol

    def _expression(self, least: int) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FhirPathError("the expression nests too deep")
        left = self._postfix()
        while self._next.kind in ("symbol", "name") and (strength := BINDING.get(self._next.text, 0)) > least:
            operator = self._take().text
            if operator in ("is", "as"):
                left = TypeTest(operator, left, self._type_name())
            else:
                left = Operation(operator, left, self._expression(strength))
        self._depth -= 1
        return left

    def _type_name(self) -> str:
        name = self._name()
        if self._is("."):
            self._take()
            name = f"{name}.{self._name()}"
        return name.removeprefix("FHIR.")

    def _name(self) -> str:
        token = self._take()
        if token.kind not in ("name", "quoted"):
            raise FhirPathError(f"expected a name at {token.position}")
        return token.text

    def _postfix(self) -> Tree:
        tree = self._term()
        while True:
            if self._is("."):
                self._take()
                tree = self._invocation(tree)
            elif self._is("["):
                self._take()
                tree = Index(tree, self._expression(0))
                self._expect("]")
            else:
                return tree

    def _invocation(self, source: Tree) -> Tree:
        quoted = self._next.kind == "quoted"
        name = self._name()
        if quoted or not self._is("("):
            return Member(source, name)
        self._take()
        if name in ("is", "as", "ofType"):
            tree: Tree = TypeTest("as" if name == "ofType" else name, source, self._type_name())
            self._expect(")")
            return tree
        arguments: list[Tree] = []
        while not self._is(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._expression(0))
        self._take()
        return Call(source, name, tuple(arguments))

    def _term(self) -> Tree:
        token = self._next
        if token.kind in ("name", "quoted"):
            if token.text in ("true", "false") and token.kind == "name":
                self._take()
                return Literal(token.text == "true")
            if token.text[:1] == "$" and token.kind == "name":
                self._take()
                return self._dollar(token)
            return self._invocation(This())
        self._take()
        match token.kind, token.text:
            case "string", text:
                return Literal(text)
            case "number", text:
                return self._number(text)
            case "time", text:
                kind = "time" if text[1] == "T" else "dateTime" if "T" in text else "date"
                return Literal(Temporal(text[2:] if kind == "time" else text[1:].removesuffix("T"), kind))
            case "variable", text:
                return Variable(text)
            case "symbol", "(":
                tree = self._expression(0)
                self._expect(")")
                return tree
            case "symbol", "{":
                self._expect("}")
                return Literal(None)
            case "symbol", ("-" | "+") as sign:
                return Operation("*", Literal(-1 if sign == "-" else 1), self._expression(BINDING["*"]))
        raise FhirPathError(f"unexpected {token.kind} at {token.position}")

    def _dollar(self, token: Token) -> Tree:
        if token.text == "$this":
            return This()
        if token.text in ("$index", "$total"):
            return Variable(token.text)
        raise FhirPathError(f"unknown variable at {token.position}")

    def _number(self, text: str) -> Tree:
        """A number, or with a unit behind it a quantity."""
        if len(text) > _DIGITS:
            raise FhirPathError("a number too long")
        number = Decimal(text) if "." in text else int(text)
        follows = self._next
        if follows.kind == "string":
            return Literal(Quantity(number, self._take().text))
        if follows.kind == "name" and follows.text in CALENDAR_WORDS:
            return Literal(Quantity(number, CALENDAR_WORDS[self._take().text]))
        return Literal(number)
