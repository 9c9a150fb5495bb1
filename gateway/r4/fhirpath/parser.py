"""FHIRPath tokens to a syntax tree, by operator precedence. http://hl7.org/fhirpath/2018Sep/grammar.html"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.lexer import Token, tokens
from gateway.r4.fhirpath.syntax import Call, Index, Literal, Member, Operation, This, Tree, TypeTest, Variable

# http://hl7.org/fhirpath/2018Sep/#operator-precedence; a higher number binds tighter.
_BINDING = {
    "implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5, "<=": 6, "<": 6, ">": 6, ">=": 6,
    "|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9, "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_DEEPEST = 60  # parentheses and calls inside each other


@cache
def parse(text: str) -> Tree:
    """The syntax tree of one expression, made once; FhirPathError when it is not one."""
    return _Parser(tokens(text)).whole()


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
        while self._next.kind in ("symbol", "name") and (strength := _BINDING.get(self._next.text, 0)) > least:
            operator = self._take().text
            if operator in ("is", "as"):
                left = TypeTest(operator, left, self._type_name())
            else:
                left = Operation(operator, left, self._expression(strength))
        self._depth -= 1
        return left

    def _type_name(self) -> str:
        name = self._name()
        while self._is("."):
            self._take()
            name = self._name()  # FHIR.Patient, System.Boolean: the last part names the type
        return name

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
            arguments.append(self._expression(0))
            if not self._is(")"):
                self._expect(",")
        self._take()
        return Call(source, name, tuple(arguments))

    def _term(self) -> Tree:
        token = self._next
        if token.kind in ("name", "quoted"):
            if token.text in ("true", "false") and token.kind == "name":
                self._take()
                return Literal(token.text == "true")
            if token.text == "$this":
                self._take()
                return This()
            return self._invocation(This())
        self._take()
        match token.kind, token.text:
            case "string", text:
                return Literal(text)
            case "number", text:
                return Literal(Decimal(text) if "." in text else int(text))
            case "variable", text:
                return Variable(text)
            case "symbol", "(":
                tree = self._expression(0)
                self._expect(")")
                return tree
            case "symbol", "{":
                self._expect("}")
                return Literal(None)
            case "symbol", "-":
                return Operation("-", Literal(0), self._expression(_BINDING["*"]))
        raise FhirPathError(f"unexpected {token.kind} at {token.position}")
