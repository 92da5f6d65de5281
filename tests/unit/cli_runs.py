"""Running the command line in a test: in this process, or as people do."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from oftra.cli.app import run


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str


class Cli:
    """The command line in this process, with the test's folder as the current one."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str) -> Result:
        self._capture.readouterr()
        status = run(list(arguments))
        said = self._capture.readouterr()
        return Result(status, said.out, said.err)

    def put(self, files: Mapping[str, str | bytes]) -> None:
        """Write `files` into the folder."""
        for path, content in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def files(self, below: str = ".") -> dict[str, str]:
        """Every file below a folder, hidden ones left out."""
        root = self.folder / below
        return {
            path.relative_to(root).as_posix(): path.read_text()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
        }


def command(*arguments: str) -> list[str]:
    """The command as another process starts it."""
    return [sys.executable, "-c", "import sys; from oftra.cli import main; sys.exit(main())", *arguments]


def process(folder: Path, *arguments: str, **environment: str) -> Result:
    """The command in a process of its own."""
    done = subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )
    return Result(done.returncode, done.stdout, done.stderr)


def started(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The command in a process that goes on, and that an interrupt reaches even where the tests' own ignores it."""
    python, flag, code, *rest = command(*arguments)
    running = subprocess.Popen(
        [python, flag, f"import os; os.write(1, b'up\\n'); {code}", *rest],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # What happens to an interpreter that has not started yet is not the command's doing.
    assert running.stdout is not None
    assert os.read(running.stdout.fileno(), 3) == b"up\n"
    return running
