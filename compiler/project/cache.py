"""What compiles gave, kept by a hash of all that went in: an unchanged project is not read again, let alone checked.

An entry is found by its inputs, and counts only if the compiler's own code (and that of targets installed beside it)
is what it was. Nothing is trusted: an entry that is damaged, or can't be read, is no entry.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from oftra.diagnostics.model import Diagnostic
from oftra.project.find import Project
from oftra.project.recorded import Facts, facts_of, replayed

KEPT = 16
"""How many entries a project keeps, the newest ones."""

HEAD = b"oftra-cache-1 "


@dataclass(frozen=True)
class Entry:
    """What a compile gave: diagnostics, the files of each target, and why other targets couldn't take the program.

    `read` are files beside the program that went in, which tasks run: their paths, and the hash of each.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, Mapping[str, str]]
    declined: Mapping[str, tuple[Diagnostic, ...]]
    read: Mapping[str, str | None] = field(default_factory=dict)


def hash_of_file(path: str) -> str | None:
    """What tells the file from others, and from itself when it has changed; None if it can't be read."""
    try:
        with open(path, "rb") as stream:
            return blake2b(stream.read(), digest_size=20).hexdigest()
    except OSError:
        return None


def key_of(project: Project, options: Mapping[str, object]) -> str:
    """The hash of all inputs: every file, `oftra.toml`, and whatever in the command's `options` could change a byte."""
    digest = blake2b(digest_size=20)
    digest.update(json.dumps(options, sort_keys=True).encode())
    named: list[tuple[str, bytes | None]] = [("", project.manifest)]
    named += [(file.path, file.data) for file in project.files]
    for path, data in named:
        # Lengths keep the end of one part and the start of the next apart.
        digest.update(f"\0{path}\0{-1 if data is None else len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data or b"")
    return digest.hexdigest()


def fingerprint(folders: Iterable[str]) -> str:
    """What the code in `folders` is: every file's path, size and time of change, without reading any."""
    digest = blake2b(digest_size=20)
    for folder in sorted(folders):
        for path, size, changed in sorted(code_below(folder)):
            digest.update(f"{path}\0{size}\0{changed}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def code_below(folder: str) -> list[tuple[str, int, int]]:
    """The files of a package with their size and time of change; what Python made of them is left out."""
    found: list[tuple[str, int, int]] = []
    try:
        for entry in os.scandir(folder):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    found += code_below(entry.path)
            else:
                status = entry.stat()
                found.append((entry.path, status.st_size, status.st_mtime_ns))
    except OSError:
        found.append((folder, -1, -1))
    return found


def cache_folder(project: Project) -> str:
    """Where entries are kept: in the project; for a file without one, where the user keeps caches."""
    if project.is_folder:
        return os.path.join(project.root, ".oftra", "cache")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "oftra")


def load(folder: str, key: str, code: Sequence[str]) -> Entry | None:
    """The entry under `key`, if it is whole and was made by what is in the folders `code` (and targets' own)."""
    try:
        with open(os.path.join(folder, key), "rb") as stream:
            head, _, payload = stream.read().partition(b"\n")
        if head != HEAD + blake2b(payload, digest_size=20).hexdigest().encode():
            return None
        entry = json.loads(payload)
        if fingerprint({*code, *entry["folders"]}) != entry["code"]:
            return None
        if any(hash_of_file(path) != known for path, known in entry["read"].items()):
            return None
        return Entry(
            tuple([replayed(facts) for facts in entry["diagnostics"]]),
            entry["files"],
            {target: tuple([replayed(facts) for facts in why]) for target, why in entry["declined"].items()},
            entry["read"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def store(folder: str, key: str, entry: Entry, code: Sequence[str]) -> None:
    """Keep `entry`, made by the code in the folders `code`. A cache that can't be written is no failure."""
    declined: dict[str, list[Facts]] = {name: [facts_of(why) for why in all_] for name, all_ in entry.declined.items()}
    payload = json.dumps(
        {
            "folders": sorted(code),
            "code": fingerprint(set(code)),
            "diagnostics": [facts_of(found) for found in entry.diagnostics],
            "files": {target: dict(files) for target, files in entry.files.items()},
            "declined": declined,
            "read": dict(entry.read),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "surrogatepass")
    head = HEAD + blake2b(payload, digest_size=20).hexdigest().encode()
    path = os.path.join(folder, key)
    beside = f"{path}.{os.getpid()}"
    try:
        make_folder(folder)
        with open(beside, "wb") as stream:
            stream.write(head + b"\n" + payload)
        os.replace(beside, path)
        prune(folder)
    except OSError:
        discard(beside)


def make_folder(folder: str) -> None:
    """The cache's folder; in a project, git is told to leave it alone."""
    os.makedirs(folder, exist_ok=True)
    above = os.path.dirname(folder)
    if os.path.basename(above) == ".oftra" and not os.path.exists(ignored := os.path.join(above, ".gitignore")):
        with open(ignored, "w") as stream:
            stream.write("*\n")


def prune(folder: str) -> None:
    """Drop all but the newest entries."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
    for entry in entries[KEPT:]:
        discard(entry.path)


def discard(path: str) -> None:
    """Remove a file, if it is there and can be."""
    try:
        os.unlink(path)
    except OSError:
        return
