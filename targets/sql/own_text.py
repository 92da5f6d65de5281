"""Texts of the program that stand in SQL: laid out as the lines around them, in brackets only if they need some."""

import re

_LONG = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$""", re.DOTALL)
"""What the space before a line may belong to, where it goes over several."""


def laid_out(text: str) -> tuple[str, bool]:
    """The text without the margin that its lines share, and whether they may have another one."""
    if any("\n" in part.group() for part in _LONG.finditer(text)):
        return text.strip(), False
    first, *rest = [line.rstrip() for line in text.strip("\n").rstrip().split("\n")]
    inside = rest if text[:1] != "\n" else [first, *rest]
    margin = min([len(line) - len(line.lstrip()) for line in inside if line], default=0)
    return "\n".join([first.lstrip() if inside is rest else first[margin:], *[line[margin:] for line in rest]]), True


_CALL = re.compile(r"\w+\(")


def is_call(text: str) -> bool:
    """Whether an expression is a call of a function and no more."""
    if not _CALL.match(text) or not text.endswith(")"):
        return False
    depth = 0
    plain = _LONG.sub("", text)
    for at, one in enumerate(plain):
        depth += {"(": 1, ")": -1}.get(one, 0)
        if one == ")" and depth == 0:
            return at == len(plain) - 1
    return False
