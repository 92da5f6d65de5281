"""Functions that take text and bytes to other forms."""

from oftra.datatypes import BIGINT, STRING
from oftra.ir.expr import Call
from oftra.targets.engines.duckdb.functions.entries import named, only_if, type_of
from oftra.targets.engines.duckdb.functions.names import unused
from oftra.targets.engines.duckdb.wording import Said, Scalar
from oftra.targets.sql import tree as sql

_NOTHING = sql.Text("")


def _octet_length(call: Call, arguments: tuple[sql.Expr, ...]) -> Said:
    """DuckDB has one name for the bytes of a text, another for those of a binary."""
    return Said(sql.Function("strlen" if type_of(call) == STRING else "octet_length", arguments), BIGINT)


def _to_code_points(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of '' DuckDB makes one piece, which is no character."""
    (text,) = arguments
    letter = unused("letter", text)
    letters = sql.call("list_filter", sql.call("string_split", text, _NOTHING), _is_letter(letter))
    return sql.call("list_transform", letters, sql.Lambda((letter,), sql.call("unicode", sql.column(letter))))


def _is_letter(name: str) -> sql.Expr:
    return sql.Lambda((name,), sql.Binary("<>", sql.column(name), _NOTHING))


def _code_points_to_string(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    """Of no code points DuckDB makes null."""
    (codes,) = arguments
    code = unused("code", codes)
    letters = sql.call("list_transform", codes, sql.Lambda((code,), sql.call("chr", sql.column(code))))
    made = sql.call("coalesce", sql.call("array_to_string", letters, _NOTHING), _NOTHING)
    return only_if(sql.Postfix(codes, "is not null"), made) if call.arguments[0].nullable else made


SCALARS: dict[str, Scalar] = {
    "md5": named("md5"),
    "sha1": named("sha1"),
    "sha256": named("sha256"),
    "hex": named("hex"),
    "unhex": named("unhex"),
    "to_base64": named("to_base64"),
    "from_base64": named("from_base64"),
    "octet_length": _octet_length,
    "url_encode": named("url_encode"),
    "chr": named("chr"),
    "ascii": named("ascii"),
    "to_code_points": _to_code_points,
    "code_points_to_string": _code_points_to_string,
}
