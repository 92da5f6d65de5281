"""How a line of source is shown: tabs opened, wide letters measured, what a terminal would obey made visible."""

from dataclasses import dataclass
from unicodedata import category, east_asian_width

TAB = 4
CUT = "..."
LEAD = 24  # how many characters of a cut line are kept before the place that it is shown for


def visible(text: str) -> str:
    """`text` without what a terminal acts on: control characters become their pictures, direction marks a sign."""
    if text.isprintable():
        return text
    return "".join(_sign(character) for character in text)


def _sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if category(character) in ("Cc", "Cs", "Zl", "Zp") or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return "\ufffd"
    return character


def width_of(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


@dataclass(frozen=True)
class Excerpt:
    """A part of a line as it stands on the screen.

    `columns[i]` is the screen column of character `start + i` of the line; one more entry tells where the excerpt ends.
    """

    text: str
    start: int
    columns: tuple[int, ...]

    def holds(self, index: int) -> bool:
        """Whether the character at `index` of the line can be seen (or the place right behind the last one)."""
        return self.start <= index < self.start + len(self.columns)

    def column(self, index: int) -> int:
        """The screen column of the character at `index` of the line; the nearest end if it was cut off."""
        return self.columns[min(max(index - self.start, 0), len(self.columns) - 1)]


def excerpt(line: str, anchor: int, width: int) -> Excerpt:
    """`line`, or as much of it as fits into `width` columns with the character at `anchor` in sight."""
    start = 0
    if anchor > width - LEAD and len(line) > width:
        start = anchor - LEAD
        while start > 0 and _width(line[start]) == 0:  # a mark stays with the letter that it stands on
            start -= 1
    shown = [CUT] if start else []
    column = len(CUT) if start else 0
    columns = [column]
    for character in line[start : start + 2 * width]:
        if character == "\t":
            step = TAB - column % TAB
            sign = " " * step
        else:
            sign = _sign(character) if not character.isprintable() else character
            step = _width(sign)
        if column + step > width:
            break
        shown.append(sign)
        column += step
        columns.append(column)
    if start + len(columns) - 1 < len(line):
        shown.append(CUT)
    return Excerpt("".join(shown), start, tuple(columns))
