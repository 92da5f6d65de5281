"""Functions of JSON documents."""

from oftra.targets.engines.spark.functions.definitions import JSON_PART, JSON_SCALAR
from oftra.targets.engines.spark.functions.entries import known, named
from oftra.targets.engines.spark.wording import Arguments, Asked, Scalar
from oftra.targets.python import tree as py

_KINDS = (("\\{", "object"), ("\\[", "array"), ('"', "string"), ("[tf]", "boolean"), ("n", "null"))


def _by_path(definition: str) -> Scalar:
    """Spark gives the text of what is at a path, and a string without its quotes."""

    def say(asked: Asked, arguments: Arguments) -> py.Expr:
        path = known(asked, 1)
        assert isinstance(path, str)
        return py.Call(py.Name(definition), (arguments[0].expr, py.String(path)))

    return say


def _json_type(asked: Asked, arguments: Arguments) -> py.Expr:
    """By the first character."""
    document = arguments[0].expr
    made: py.Expr = py.Name("F")
    for first, kind in _KINDS:
        begins = py.method(document, "rlike", py.String(f"^\\s*{first}"))
        made = py.method(made, "when", begins, py.String(kind))
    if asked.call.arguments[0].nullable:
        return py.method(made, "when", py.method(document, "isNotNull"), py.String("number"))
    return py.method(made, "otherwise", py.String("number"))


SCALARS: dict[str, Scalar] = {
    "json_value": _by_path(JSON_SCALAR),
    "json_query": _by_path(JSON_PART),
    "json_type": _json_type,
    "json_keys": named("json_object_keys"),
    "json_array_length": named("json_array_length"),
}
