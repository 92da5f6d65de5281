"""Finding a program on disk: the project around a path, and the bytes of all its files."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from oftra.diagnostics import Report
from oftra.diagnostics.model import nearest
from oftra.diagnostics.project import FolderNotAWord, NoProject, NoSuchPath, NotAProgram, UnreadableFile
from oftra.source import Span

MANIFEST = "oftra.toml"
ENDING = ".oftra"
SKIPPED = frozenset({"build", "dist", "node_modules", "venv", "__pycache__"})
"""Folders that hold what tools made; nobody writes programs there. Hidden folders are left out too."""


@dataclass(frozen=True)
class ProjectFile:
    """A file as it lies on disk: its path below the root (with `/`), its namespace, what is in it."""

    path: str
    namespace: str
    data: bytes


@dataclass(frozen=True)
class Project:
    """A program on disk. `manifest` is what `oftra.toml` holds, None without one; files are in order of paths."""

    root: str
    manifest: bytes | None
    files: tuple[ProjectFile, ...]

    @property
    def is_folder(self) -> bool:
        """Whether an `oftra.toml` makes it a project: a place to keep things in."""
        return self.manifest is not None


def find_project(path: str, report: Report) -> Project | None:
    """The project that `path` (a file or folder) lies in, else its own files; None if there is none."""
    whole = os.path.abspath(path)
    if not os.path.lexists(whole):
        report.add(NoSuchPath(path, neighbour(whole)))
        return None
    is_file = not os.path.isdir(whole)
    folder = os.path.dirname(whole) if is_file else whole
    if is_file and not whole.endswith(ENDING) and os.path.basename(whole) != MANIFEST:
        report.add(NotAProgram(path))
        return None
    root = root_above(folder)
    if root is not None:
        return read_project(root, report)
    names = [os.path.basename(whole)] if is_file else direct_files(folder, report)
    if not names:
        report.add(NoProject(path))
        return None
    files = tuple([file for name in names if (file := read_file(folder, name, "", report)) is not None])
    return Project(folder, None, files)


def neighbour(path: str) -> str | None:
    """The entry of the path's folder that was most likely meant."""
    try:
        return nearest(os.path.basename(path), os.listdir(os.path.dirname(path)))
    except OSError:
        return None


def root_above(folder: str) -> str | None:
    """The nearest folder, `folder` or above, that has an `oftra.toml`."""
    while True:
        if os.path.isfile(os.path.join(folder, MANIFEST)):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def read_project(root: str, report: Report) -> Project | None:
    """The project whose `oftra.toml` lies in `root`."""
    manifest = read_file(root, MANIFEST, "", report)
    if manifest is None:
        return None
    files = tuple(sorted(files_below(root, "", "", report), key=lambda file: file.path))
    return Project(root, manifest.data, files)


def files_below(root: str, below: str, namespace: str, report: Report) -> Iterator[ProjectFile]:
    """All `.oftra` files in a folder and under it; a folder with an `oftra.toml` of its own is another project."""
    folders: list[tuple[str, str]] = []
    try:
        entries = list(os.scandir(os.path.join(root, below)))
    except OSError as error:
        report.add(UnreadableFile(below or ".", reason(error)))
        return
    if below and any(entry.name == MANIFEST for entry in entries):
        return
    for entry in entries:
        name = entry.name
        path = f"{below}/{name}" if below else name
        if entry.is_dir(follow_symlinks=False):
            if not name.startswith(".") and name not in SKIPPED:
                folders.append((name, path))
        elif name.endswith(ENDING) and not name.startswith("."):
            file = read_file(root, path, namespace, report)
            if file is not None:
                yield file
    for name, path in sorted(folders):
        inside = list(files_below(root, path, f"{namespace}.{name}" if namespace else name, report))
        if inside and not is_word(name):
            report.add(FolderNotAWord(path))
        yield from inside


def program_paths(path: str, report: Report) -> list[str]:
    """The `.oftra` files that a path means for whoever works on files one by one: itself, or all below it."""
    if not os.path.lexists(path):
        report.add(NoSuchPath(path, neighbour(os.path.abspath(path))))
    elif not os.path.isdir(path):
        if path.endswith(ENDING):
            return [path]
        report.add(NotAProgram(path))
    found = []
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in SKIPPED)
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDING) and name[0] != "."]
    return [os.path.normpath(name) for name in found]


def direct_files(folder: str, report: Report) -> list[str]:
    """The names of the `.oftra` files in `folder`, not below it: without a project, that might be half a disk."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(ENDING) and not name.startswith("."))
    except OSError as error:
        report.add(UnreadableFile(folder, reason(error)))
        return []


def read_file(root: str, path: str, namespace: str, report: Report) -> ProjectFile | None:
    """The file at `path` below `root`; None, with a diagnostic, if it can't be read."""
    try:
        with open(os.path.join(root, path), "rb", buffering=0) as stream:
            return ProjectFile(path, namespace, stream.read())
    except OSError as error:
        report.add(UnreadableFile(path, reason(error), span=Span(0, 0, path)))
        return None


def reason(error: OSError) -> str:
    """Why the system refused, in its own words, in lower case."""
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]


def is_word(name: str) -> bool:
    """Whether `name` can be written in a program without quotes."""
    return name.isidentifier()
