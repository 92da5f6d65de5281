"""One line of the screen: cells with styles, filled in any order, and the gutter that stands beside it."""

from dataclasses import dataclass
from typing import Literal

from oftra.diagnostics.render_line import width_of

Style = Literal["plain", "title", "error", "warning", "note", "gutter", "help", "added", "removed"]


GAP = "..."  # stands in the gutter where lines were left out


class Row:
    """One line of the screen, filled cell by cell; a cell is a column of the terminal and has a style."""

    def __init__(self) -> None:
        self._cells: list[str] = []
        self._styles: list[Style] = []

    def put(self, column: int, text: str, style: Style) -> None:
        """Write `text` from `column` on, over what is there; a wide character takes two cells, the second empty."""
        missing = column - len(self._cells)
        if missing > 0:
            self._cells.extend(" " * missing)
            self._styles.extend(["plain"] * missing)
        for character in text:
            room = width_of(character)
            if room == 0 and column:
                self._cells[column - 1] += character
                continue
            self._cells[column : column + room] = [character, *[""] * (room - 1)]
            self._styles[column : column + room] = [style] * room
            column += room

    def free(self, start: int, end: int) -> bool:
        """Whether nothing is written from column `start` up to `end`."""
        return all(cell == " " for cell in self._cells[max(start, 0) : end])

    def segments(self) -> list[tuple[str, Style]]:
        """The row as runs of one style, without spaces at its end."""
        runs: list[tuple[str, Style]] = []
        for cell, style in zip(self._cells, self._styles):
            if runs and (runs[-1][1] == style or cell == " "):
                runs[-1] = (runs[-1][0] + cell, runs[-1][1])
            else:
                runs.append((cell, style))
        if runs:
            runs[-1] = (runs[-1][0].rstrip(), runs[-1][1])
        return runs


@dataclass(frozen=True)
class Line:
    """A line of a snippet: what stands in the gutter (a number, `...` or nothing) and the row beside it."""

    gutter: str
    row: Row
