"""Functions that take text and bytes to other forms."""

from oftra.targets.engines.spark.functions.entries import known_number, named
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar, text, when
from oftra.targets.python import tree as py

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\\z"


def _chr(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own knows 256 characters."""
    code = known_number(asked, 0)
    if code is not None and 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
        return text(chr(code))
    return _character(arguments[0].argument)


def _character(code: py.Expr) -> py.Expr:
    digits = py.call("F.lpad", py.call("F.hex", code), py.number(8), py.String("0"))
    return py.call("F.decode", py.call("F.unhex", digits), py.String("UTF-32"))


def _unhex(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark's own is null where it should fail."""
    return py.call("F.to_binary", arguments[0].argument, text("hex"))


def _to_base64(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark breaks lines after 76 digits."""
    return py.call("F.translate", py.call("F.base64", arguments[0].argument), py.String("\r\n"), py.String(""))


def _from_base64(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark takes much for Base64 that is none."""
    digits = arguments[0]
    fails = py.call("F.raise_error", text("no Base64 digits"))
    made = when(py.method(digits.expr, "rlike", py.String(_BASE64)), py.call("F.unbase64", digits.argument))
    if asked.call.arguments[0].nullable:
        return py.method(made, "when", py.method(digits.expr, "isNotNull"), fails)
    return py.method(made, "otherwise", fails)


def _url_encode(asked: Asked, arguments: Arguments) -> py.Expr:
    """Spark writes the form of a posted page, where a space is `+`."""
    made: py.Expr = py.call("F.url_encode", arguments[0].argument)
    for written, meant in (("+", "%20"), ("*", "%2A"), ("%7E", "~")):
        made = py.call("F.replace", made, text(written), text(meant))
    return made


def _to_code_points(asked: Asked, arguments: Arguments) -> py.Expr:
    """Of '' Spark makes one piece, which is no character."""
    letter = py.Name("letter")
    letters = py.call("F.split", arguments[0].argument, py.String(""))
    there = py.Lambda(("letter",), py.Compare("!=", letter, py.String("")))
    code = py.Lambda(("letter",), py.call("F.ascii", letter))
    return py.call("F.transform", py.call("F.filter", letters, there), code)


def _code_points_to_string(asked: Asked, arguments: Arguments) -> py.Expr:
    code = py.Lambda(("code",), _character(py.Name("code")))
    return py.call("F.array_join", py.call("F.transform", arguments[0].argument, code), py.String(""))


SCALARS: dict[str, Scalar] = {
    "md5": named("md5"),
    "sha1": named("sha1"),
    "sha256": lambda asked, arguments: py.call("F.sha2", arguments[0].argument, py.number(256)),
    "hex": named("hex"),
    "unhex": _unhex,
    "to_base64": _to_base64,
    "from_base64": _from_base64,
    "octet_length": named("octet_length"),
    "url_encode": _url_encode,
    "chr": _chr,
    "ascii": named("ascii"),
    "to_code_points": _to_code_points,
    "code_points_to_string": _code_points_to_string,
}
