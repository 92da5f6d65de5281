"""Writing what was generated: whole or not at all, and nobody else's files touched.

New texts are written beside first and renamed only when all of them are on disk, so that an error, a full disk or an
interrupt leaves what was there. A listing in the folder says which files are ours: what a later compile no longer makes
is removed, what somebody else put there stays.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from oftra.leftovers import abandoned, clear, mine

LISTING = ".oftra-files"
UNFINISHED = ".oftra-new-"
"""What the name of something unfinished begins with; the process that makes it is behind."""


@dataclass(frozen=True)
class Difference:
    """A file that is not on disk as it would be written: `old` None if it is missing, `new` None if it is left over."""

    path: str
    old: str | None
    new: str | None


def differences(folder: str, files: Mapping[str, Mapping[str, str]]) -> list[Difference]:
    """How `folder` differs from what `write_targets` would make of it, in order of paths."""
    found = []
    listed = listing(folder)
    for target, texts in sorted(files.items()):
        for path, new in sorted(texts.items()):
            old = text_of(os.path.join(folder, target, path))
            if old != new:
                found.append(Difference(f"{target}/{path}", old, new))
        for path in leftover(listed, target, texts):
            old = text_of(os.path.join(folder, target, path))
            if old is not None:
                found.append(Difference(f"{target}/{path}", old, None))
    return found


def text_of(path: str) -> str | None:
    """The text of a file as it is, None without one; bytes that are no text are replaced, and so differ."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def write_targets(folder: str, files: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Make `folder/TARGET` hold the files of each target; gives the paths that changed. Others are not touched."""
    changed = differences(folder, files)
    listed = listing(folder)
    updated = listed | {target: sorted(texts) for target, texts in files.items()}
    texts = {difference.path: difference.new for difference in changed if difference.new is not None}
    if updated != listed:
        texts[LISTING] = json.dumps(updated, indent=2, sort_keys=True) + "\n"
    if texts:
        write_files(folder, texts)
    for difference in changed:
        if difference.new is None:
            remove(folder, difference.path)
    return [difference.path for difference in changed]


def write_files(folder: str, files: Mapping[str, str]) -> None:
    """Write all of `files` (path below `folder`, text), or raise with none of them changed."""
    with beside(folder) as room:
        staged = []
        for number, (path, text) in enumerate(files.items()):
            place = os.path.join(room, str(number))
            with open(place, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(text)
            staged.append((place, os.path.join(folder, path)))
        for _, path in staged:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.isdir(path):
                raise IsADirectoryError(21, "a folder is in the way of a file", path)
        for place, path in staged:
            os.replace(place, path)


def replace_text(path: str, text: str) -> None:
    """Put `text` in the place of what a file of somebody's holds; its mode stays, a link to it too."""
    place = os.path.realpath(path)
    folder, name = os.path.split(place)
    new = os.path.join(folder, mine(f"{name}{UNFINISHED}"))
    for left in abandoned(folder, f"{name}{UNFINISHED}"):
        clear(left)
    try:
        with open(new, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        shutil.copymode(place, new)
        os.replace(new, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise


@contextmanager
def beside(folder: str) -> Iterator[str]:
    """A folder for what is not finished, on the same disk. Gone afterwards; after an error, so is a new `folder`."""
    made = first_missing(folder)
    os.makedirs(folder, exist_ok=True)
    room = os.path.join(folder, mine(UNFINISHED))
    for left in abandoned(folder, UNFINISHED):
        clear(left)
    try:
        os.mkdir(room)
        yield room
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        if made is not None:
            remove_empty(folder, made)
        raise
    shutil.rmtree(room, ignore_errors=True)


def first_missing(folder: str) -> str | None:
    """The topmost folder that has to be made for `folder` to be there; None if it is there."""
    missing = None
    while folder and not os.path.lexists(folder):
        missing = folder
        folder = os.path.dirname(folder)
    return missing


def remove_empty(folder: str, up_to: str) -> None:
    """Remove `folder` and those above it that are empty, `up_to` the last."""
    with suppress(OSError):
        while True:
            os.rmdir(folder)
            if folder == up_to:
                return
            folder = os.path.dirname(folder)


def remove(folder: str, path: str) -> None:
    """Remove a file, and the folders above it (below `folder`) that are empty then."""
    whole = os.path.join(folder, path)
    os.unlink(whole)
    above = os.path.dirname(whole)
    with suppress(OSError):
        while above != folder:
            os.rmdir(above)
            above = os.path.dirname(above)


def listing(folder: str) -> dict[str, list[str]]:
    """The files that earlier compiles wrote, by target. A listing that can't be read lists nothing: all files stay."""
    try:
        with open(os.path.join(folder, LISTING), encoding="utf-8") as stream:
            read = json.load(stream)
    except (OSError, ValueError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {
        target: [path for path in paths if isinstance(path, str) and is_below(path)]
        for target, paths in read.items()
        if isinstance(paths, list) and is_below(target)
    }


def is_below(path: str) -> bool:
    """Whether a path stays in its folder: a listing that somebody changed removes nothing elsewhere."""
    return not os.path.isabs(path) and ".." not in path.split("/")


def leftover(listed: Mapping[str, list[str]], target: str, texts: Mapping[str, str]) -> list[str]:
    """The files that an earlier compile wrote for `target` and this one does not."""
    return [path for path in listed.get(target, ()) if path not in texts]
