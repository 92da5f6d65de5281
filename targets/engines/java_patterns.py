"""Patterns as Java finds them, where they may be empty.

After it was empty once Java steps into a character outside of the basic plane, and is empty in there again. And it
replaces what is empty right behind what it replaced just before.
"""

import re
import warnings
from functools import cache

ANYWHERE = (r"(?!\p{Cs})(?:", ")")
"""What stands around a pattern that may be empty: ahead within a character is the second half of it."""

REPLACED = (r"(?!\p{Cs})(?>", r")(?:\A|(?!\G))")
"""What stands around one that is replaced: in its end it is not where the match before ended, but for the first."""

_WITHIN = "\ue000\ue000"
"""Two that are neither letter, digit, space nor end of a line, as the halves of a character are to Java."""

_PLACES = (_WITHIN, *[before + after for before in "a \n" for after in ("a", " ", "\n", "")])
"""Texts with a place behind the first character."""

_FLAGS = re.compile(r"\(\?[a-z]+\)")


@cache
def found(pattern: str) -> str:
    """The pattern as Java finds it in characters only. Most are never empty within one, and stay as they are."""
    if not _may_be_empty(pattern, (_WITHIN,)):
        return pattern
    before, after = ANYWHERE
    return before + pattern + after if "|" in pattern else before.removesuffix("(?:") + pattern


@cache
def replaced(pattern: str) -> str:
    """The pattern as Java replaces it: nothing empty right behind what was replaced."""
    return pattern.join(REPLACED) if _may_be_empty(pattern, _PLACES) else pattern


def _may_be_empty(pattern: str, texts: tuple[str, ...]) -> bool:
    """Whether the pattern may be empty behind the first character of one of the texts."""
    if "[[" in pattern:
        return True  # a class in a class, which Python has not
    flags = _FLAGS.match(pattern)
    start = flags.group() if flags else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            empty = re.compile(f"{start}(?:{pattern[len(start) :]})(?<!(?s:..))")
    except (re.error, OverflowError, RecursionError):
        return True  # what Python does not read
    return any(empty.match(text, 1) for text in texts)
