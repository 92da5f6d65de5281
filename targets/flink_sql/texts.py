"""Messages that are no text: Flink takes any bytes for a string, and hands them on."""

from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call

_UPPER = (("C2%", ""), ("C3%8", "C"), ("C3%9", "D"), ("C3%A", "E"), ("C3%B", "F"))
"""How characters from 128 on begin as bytes of UTF-8, each with a % before it, and as one byte."""


def is_text(message: sql.Expr) -> sql.Expr:
    """Whether a message is UTF-8: then its bytes are the same on their way to characters and back.

    Bytes are compared: of texts Flink compares what it made of them.
    """
    given, utf8 = sql.Cast(message, "bytes"), sql.Text("UTF-8")
    return sql.Binary("=", call("encode", call("decode", given, utf8), utf8), given)


def shown(message: sql.Expr) -> sql.Expr:
    """A message as it came; of what is no UTF-8 each byte from 128 on as `\\xFF`."""
    escaped = call("url_encode", call("decode", sql.Cast(message, "bytes"), sql.Text("ISO-8859-1")))
    for begins, byte in _UPPER:
        escaped = call("replace", escaped, sql.Text(f"%{begins}"), sql.Text(f"\\x{byte}"))
    return sql.Case(((sql.Unary("not", is_text(message)), call("url_decode", escaped)),), message)
