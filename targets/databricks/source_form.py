"""A notebook as a file of Python, and where its lines come from."""

from collections.abc import Iterable

from oftra.targets.cells import Cell, Code, databricks_source
from oftra.targets.document import Origin, Printed


def source_printed(cells: Iterable[Cell]) -> Printed:
    """The file, with the places of the program that its lines come from."""
    listed = list(cells)
    origins: list[Origin] = []
    line = 2
    for cell in listed:
        if isinstance(cell, Code):
            before = line - 1
            origins += [Origin(before + first, before + last, place) for first, last, place in cell.origins]
            line += cell.text.rstrip("\n").count("\n")
        else:
            line += len(cell.text.splitlines())
        line += 4  # its own last line, and the comment between two cells
    return Printed(databricks_source(listed), tuple(origins))
