"""From a generated file, or from what an engine says about it, back to the program."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oftra.diagnostics import Report
from oftra.diagnostics.model import Label
from oftra.diagnostics.trace import LineNotMapped, NothingTraced, SourceChanged, SourceMissing
from oftra.project.manifest import Declared, Lines, Manifest, manifest_of, shown
from oftra.project.read import hash_of
from oftra.source import SourceFile, Span

MOST = 3
"""So many relations that a text names are shown: the first ones are what it is about."""


@dataclass(frozen=True)
class Traced:
    """Where something comes from: its own places first, then the `relation` that they are in.

    `line` is that of the script by which it was found; None if it was found by a name.
    """

    manifest: Manifest
    line: int | None
    labels: tuple[Label, ...]
    relation: str | None
    sources: Mapping[str, SourceFile] = field(default_factory=dict)

    @property
    def places(self) -> tuple[Span, ...]:
        """Its own places: what only names the relation around them is left out, unless there is no other."""
        own = [label.span for label in self.labels if not label.text]
        return tuple(own) or (self.labels[0].span,)

    @property
    def title(self) -> str:
        """What it is that comes from there."""
        if self.line is None:
            return self.labels[0].text
        return f"{self.manifest.shown}:{self.line}: {self.manifest.text[self.line - 1].strip()}"


def trace_line(manifest: Manifest, line: int, report: Report) -> Traced | None:
    """What the line of the manifest's script comes from."""
    around = manifest.around(line)
    if not around or line > len(manifest.text):
        report.add(LineNotMapped(manifest.shown, line, len(manifest.text)))
        return None
    by_span = {declared.span: declared for declared in manifest.declared}
    owner = next((by_span[lines.span] for lines in around if lines.span in by_span), None)
    labels = [Label(lines.span, "") for lines in nearest(around) if owner is None or lines.span != owner.span]
    if owner is not None:
        labels.append(Label(owner.span, named(owner)))
    return Traced(manifest, line, tuple(labels), None if owner is None else owner.name)


def nearest(around: Sequence[Lines]) -> Iterator[Lines]:
    """Of what lies around a line the smallest; of several as small, those that aren't part of another's place."""
    least = min([lines.last - lines.first for lines in around], default=0)
    kept: list[Lines] = []
    for lines in around:
        if lines.last - lines.first > least:
            continue
        inside = [one for one in kept if one.span.file == lines.span.file]
        if not any(one.span.start <= lines.span.start and lines.span.end <= one.span.end for one in inside):
            kept.append(lines)
            yield lines


def named(declared: Declared) -> str:
    """A kind and a name: table `orders`."""
    return f"{declared.kind} `{declared.name}`"


# --- what an engine says ---------------------------------------------------------------------------------------------

_CALLED = re.compile(r"(?P<path>[^\s:\"'`()<>\[\]]+\.(?:py|sql)):(?P<line>\d+)")
_FRAME = re.compile(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+)')
_STATEMENT = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)$", re.MULTILINE)
_QUOTED = re.compile(r"`([^`\n]+)`|\"([^\"\n]+)\"|'([^'\n]+)'")
_WORD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def trace_text(text: str, manifests: Sequence[Manifest], folder: str, report: Report) -> list[Traced]:
    """The places that an error speaks of: by lines of scripts if it has any, else by names of relations."""
    found: dict[tuple[str, int], Traced] = {}
    for manifest, line in lines_in(text, manifests):
        traced = trace_line(manifest, line, report)
        if traced is not None:
            found.setdefault((manifest.path, line), traced)
    if found:
        return list(found.values())
    by_name = [
        Traced(manifest, None, (Label(one.span, named(one)),), one.name) for manifest, one in names_in(text, manifests)
    ]
    if not by_name and not len(report):
        report.add(NothingTraced(folder))
    return by_name


def lines_in(text: str, manifests: Sequence[Manifest]) -> list[tuple[Manifest, int]]:
    """The lines of scripts that `text` speaks of, by whatever tells them best."""
    called = [hit for match in _CALLED.finditer(text) if (hit := hit_of(match, manifests)) is not None]
    if called:
        return called
    frames = [hit for match in _FRAME.finditer(text) if (hit := hit_of(match, manifests)) is not None]
    if frames:
        return frames[-1:]  # the call that failed; the others are the way there
    return [
        (manifest, line)
        for match in _STATEMENT.finditer(text)
        for manifest in manifests
        for line in lines_like(manifest.text, int(match["line"]), match["text"])
    ]


def hit_of(match: re.Match[str], manifests: Iterable[Manifest]) -> tuple[Manifest, int] | None:
    """The script that a path means, which may have run elsewhere, under another folder."""
    path = os.path.abspath(match["path"])
    own = manifest_of(path)
    for manifest in manifests if own is None else (own,):
        if own is not None or os.path.basename(manifest.path) == os.path.basename(path):
            return manifest, int(match["line"])
    return None


def lines_like(script: Sequence[str], number: int, excerpt: str) -> Iterator[int]:
    """The lines of a script that hold the text `excerpt`, and are the line `number` of a statement or of the script."""
    part = excerpt.strip().removeprefix("...").removesuffix("...").strip()
    starts = {1}
    fresh = True
    for at, line in enumerate(script, 1):
        if fresh and line.strip():
            # An engine may count from the comment above a statement, or from the statement.
            starts.add(at)
            fresh = line.lstrip().startswith("--")
        if part in line and at - number + 1 in starts:
            yield at
        fresh = fresh or line.rstrip().endswith(";")


def names_in(text: str, manifests: Sequence[Manifest]) -> list[tuple[Manifest, Declared]]:
    """The relations that `text` names, in quotes or, if none is, as words; each once, in the order of the text."""
    quoted = [name for match in _QUOTED.finditer(text) for name in match.groups() if name is not None]
    for words in (quoted, _WORD.findall(text)):
        found: dict[str, tuple[Manifest, Declared]] = {}
        for word in words:
            for manifest in manifests:
                for declared in manifest.declared:
                    if word in (declared.name, declared.name.rpartition(".")[2]):
                        found.setdefault(declared.name, (manifest, declared))
        if found:
            return list(found.values())[:MOST]
    return []


# --- the program's own texts -----------------------------------------------------------------------------------------


def with_sources(traced: Traced, roots: Sequence[str], report: Report) -> Traced | None:
    """The same with the texts that its places are in; None, with a diagnostic, if the first one's is not there."""
    sources: dict[str, SourceFile] = {}
    for label in traced.labels:
        path = label.span.file
        if path in sources:
            continue
        wanted = traced.manifest.hashes.get(path, "")
        text = text_of(path, wanted, [*above(traced.manifest.path), *roots])
        if text is None:
            place = traced.title if traced.line is None else f"{traced.manifest.shown}:{traced.line}"
            report.add(SourceMissing(path, place))
            return None
        if wanted and hash_of(text) != wanted:
            report.add(SourceChanged(text.path, traced.manifest.shown))
        sources[path] = text
    return replace(traced, sources=sources)


def above(path: str) -> Iterator[str]:
    """The folders that `path` lies in, the innermost first."""
    while (folder := os.path.dirname(path)) != path:
        yield folder
        path = folder


def text_of(path: str, wanted: str, roots: Iterable[str]) -> SourceFile | None:
    """The file `path` below one of `roots`: the one that it was when the script was made, else the first there is."""
    first: SourceFile | None = None
    for root in roots:
        whole = os.path.join(root, path)
        try:
            with open(whole, encoding="utf-8-sig", errors="replace", newline="") as stream:
                source = SourceFile(shown(whole), stream.read())
        except OSError:
            continue
        if hash_of(source) == wanted:
            return source
        first = first or source
    return first
