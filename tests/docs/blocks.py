"""The fenced blocks of a page: what is shown as a program or a command is one."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"

_FENCE = re.compile(r"^```(?P<about>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block: its language, the words after it, its text, the line and the offset of the page that it begins on."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int
    offset: int


def told_of(page: Path, section: str) -> list[tuple[str, str]]:
    """The first cell, and the rest, of each row of the tables under a heading of the second level."""
    text = page.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|", 2) for line in text.splitlines() if line.startswith("|")]
    return [(first, rest) for _, first, rest in rows]


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        language, *words = match["about"].split() or [""]
        found.append(
            Block(language, tuple(words), match["text"], text.count("\n", 0, match.start()) + 1, match.start("text"))
        )
    return found
