"""The tour, walked: its files are written, its commands run, and they print what it says.

A block that names a file (```` ```oftra shop.oftra ````) is that file from there on. A `console` block holds commands
after `$ ` and what they print; `...` stands for anything. `make bless` puts what is really printed in its place.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from blessed import Golden
from blocks import DOCS, Block, blocks

PAGE = DOCS / "tour.md"


def run(command: str, folder: Path) -> str:
    """What a command prints, in a shell that finds our `oftra`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    assert "Traceback" not in printed, printed
    return printed


def matches(printed: str, shown: str) -> bool:
    """Whether `printed` is what is `shown`, where `...` is anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def steps(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output shown below it."""
    found = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)[1:]
    return list(zip(found[::2], found[1::2]))


def walked(block: Block, folder: Path, bless: bool) -> str:
    """A console block after its commands were run: as it was, or (with `bless`) as it should be."""
    text = ""
    for command, shown in steps(block.text):
        printed = run(command, folder)
        if not matches(printed, shown):
            assert bless, f"tour.md:{block.line}: $ {command}\n{printed}"
            shown = re.sub(r"in \d+\.\d+ s", "in ... s", printed.strip() + "\n" if printed.strip() else "")
        text += f"$ {command}\n{shown}"
    return text


def test_tour(tmp_path: Path, golden: Golden) -> None:
    page = PAGE.read_text(encoding="utf-8")
    walk, end, commands = "", 0, 0
    for block in blocks(PAGE):
        walk += page[end : block.offset]
        end = block.offset + len(block.text)
        if block.language == "console":
            commands += len(steps(block.text))
            walk += walked(block, tmp_path, golden.bless)
            continue
        walk += block.text
        if block.words:
            path = tmp_path / block.words[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    if golden.bless:
        PAGE.write_text(walk + page[end:], encoding="utf-8")
    assert commands > 10
