"""From the bytes of files to their text."""

import os
from hashlib import sha256

from oftra.diagnostics import Report
from oftra.diagnostics.project import NotUtf8
from oftra.project.find import ProjectFile
from oftra.source import SourceFile, Span


def decoded(file: ProjectFile, report: Report) -> SourceFile | None:
    """The file's text (a byte order mark is dropped); None, with a diagnostic, if it isn't UTF-8."""
    try:
        return SourceFile(file.path, file.data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        # The columns of what could be read are right up to the first wrong byte.
        at = len(file.data[: error.start].decode("utf-8").removeprefix("\ufeff"))
        report.add(NotUtf8(file.path, error.start, span=Span(at, at + 1, file.path)))
        return None


def shown(file: ProjectFile) -> SourceFile:
    """The file as diagnostics show it: what isn't UTF-8 is replaced."""
    return SourceFile(file.path, file.data.decode("utf-8", errors="replace").removeprefix("\ufeff"))


def read_text(root: str, path: str) -> str | None:
    """What stands in a file below `root`; None if there is no such file that holds a text."""
    whole = os.path.normpath(os.path.join(root, path))
    if os.path.isabs(path) or not whole.startswith(os.path.join(os.path.normpath(root), "")):
        return None
    try:
        with open(whole, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def hash_of(source: SourceFile) -> str:
    """What tells a text from another: the SHA-256 of its UTF-8."""
    return sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()
