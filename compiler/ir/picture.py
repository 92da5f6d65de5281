"""Which relation is made of which, as a picture in words: a flowchart of Mermaid, which Markdown may hold."""

import re
from collections.abc import Iterator, Mapping

# What stands around the name of each kind.
_SHAPES = {"source": ("[(", ")]"), "view": ("(", ")"), "table": ("[", "]"), "sink": ("[/", "/]"), "task": ("{{", "}}")}


def mermaid(kinds: Mapping[str, str], reads: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The lines of the flowchart: each name with its kind, then what each reads."""
    ids = {name: f"n{at}" for at, name in enumerate(kinds)}
    yield "flowchart LR"
    for name, kind in kinds.items():
        before, after = _SHAPES[kind]
        yield f'  {ids[name]}{before}"{entities(name)}"{after}'
    for name, needed in reads.items():
        for other in needed:
            yield f"  {ids[other]} --> {ids[name]}"


def entities(name: str) -> str:
    """A name as the text of a node: what isn't plain is written by its number."""
    return re.sub(r"[^\w .-]", lambda found: f"#{ord(found[0])};", name)
