"""Read a filter by recursive descent: or, then and, then not, then one comparison or test."""

from ploomes_simulator.dates import parse_date
from ploomes_simulator.odata.errors import QueryError
from ploomes_simulator.odata.lexer import Token, tokenize
from ploomes_simulator.odata.syntax import (
    And,
    AnyOf,
    Compare,
    Flag,
    Kind,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Path,
    TextTest,
)

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_TEXT_TESTS = frozenset({"contains", "startswith", "endswith"})
_DEEPEST = 60


def parse_filter(text: str) -> Node:
    """Read a whole filter, or raise an error that names the position."""
    parser = _Parser(tokenize(text))
    node = parser.either()
    parser.expect("end")
    return node


class _Parser:
    """The tokens and how far they are read."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def either(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError("The filter is nested too deeply.")
        parts = [self._both()]
        while self._take("name", "or"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def expect(self, sort: str, text: str | None = None) -> Token:
        token = self._tokens[self._at]
        if token.sort != sort or (text is not None and token.text != text):
            wanted = text or sort
            raise QueryError(f"Syntax error at position {token.position}: '{wanted}' expected.")
        self._at += 1
        return token

    def _take(self, sort: str, text: str | None = None) -> bool:
        token = self._tokens[self._at]
        if token.sort != sort or (text is not None and token.text != text):
            return False
        self._at += 1
        return True

    def _both(self) -> Node:
        parts = [self._single()]
        while self._take("name", "and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self) -> Node:
        negations = 0
        while self._take("name", "not"):
            negations += 1
        node = self._plain()
        return Not(node) if negations % 2 else node

    def _plain(self) -> Node:
        if self._take("mark", "("):
            node = self.either()
            self.expect("mark", ")")
            return node
        token, following = self._tokens[self._at], self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if token.sort == "name" and following.text == "(":
            return self._text_test(token)
        return self._comparison()

    def _text_test(self, token: Token) -> Node:
        if token.text not in _TEXT_TESTS:
            raise QueryError(f"An unknown function with name '{token.text}' was found.")
        self._at += 1
        self.expect("mark", "(")
        text = self._operand()
        self.expect("mark", ",")
        wanted = self._operand()
        self.expect("mark", ")")
        node = TextTest(token.text, text, wanted)
        if self._take("name", "eq"):
            flag = self._operand()
            if not isinstance(flag, Literal) or flag.kind is not Kind.FLAG:
                raise QueryError(f"'{token.text}' can only be compared with true or false.")
            return node if flag.value else Not(node)
        return node

    def _comparison(self) -> Node:
        left = self._path_or_any()
        if isinstance(left, AnyOf):
            return left
        operator = self._tokens[self._at]
        if operator.sort == "name" and operator.text in _COMPARISONS:
            self._at += 1
            return Compare(operator.text, left, self._operand())
        return Flag(left)

    def _path_or_any(self) -> Operand | AnyOf:
        operand = self._operand()
        if isinstance(operand, Path) and len(operand.names) > 1 and operand.names[-1] == "any":
            return self._any(Path(operand.names[:-1]))
        return operand

    def _any(self, path: Path) -> AnyOf:
        self.expect("mark", "(")
        if self._take("mark", ")"):
            return AnyOf(path, "", None)
        variable = self.expect("name").text
        self.expect("mark", ":")
        test = self.either()
        self.expect("mark", ")")
        return AnyOf(path, variable, test)

    def _operand(self) -> Operand:
        token = self._tokens[self._at]
        self._at += 1
        if token.sort == "name":
            return self._named(token)
        if token.sort == "number":
            whole = token.text.lstrip("-").isdigit()
            return Literal(Kind.NUMBER, int(token.text) if whole else float(token.text))
        if token.sort == "text":
            return Literal(Kind.TEXT, token.text[1:-1].replace("''", "'"))
        if token.sort == "date":
            return Literal(Kind.DATE, _instant(token))
        raise QueryError(f"Syntax error at position {token.position}: expression expected.")

    def _named(self, token: Token) -> Operand:
        if token.text == "null":
            return Literal(Kind.NULL, None)
        if token.text in ("true", "false"):
            return Literal(Kind.FLAG, token.text == "true")
        names = [token.text]
        while self._take("mark", "/"):
            names.append(self.expect("name").text)
        return Path(tuple(names))


def _instant(token: Token) -> int:
    instant = parse_date(token.text)
    if instant is None:
        raise QueryError(f"'{token.text}' at position {token.position} is no date with time and offset.")
    return instant
