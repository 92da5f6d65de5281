"""What an import can't take over: how its parts say so, and how it is told."""

from oftra.syntax import nodes


class Left(Exception):
    """A part of what is imported has no counterpart: what it is, for people."""


def named(text: str, quoted: bool = False) -> nodes.Name:
    """A name of the program. Names without quotes ignore case elsewhere, and are in lower case here."""
    plain = text if quoted else text.lower()
    return nodes.Name(plain)


def path_of(name: str) -> nodes.Path:
    """The path of a relation in the program's root."""
    return nodes.Path((nodes.Name(name),))


def called(function: str, *arguments: "nodes.Expr | nodes.Star") -> nodes.Call:
    """A call of a function of the language."""
    return nodes.Call(path_of(function), arguments)
