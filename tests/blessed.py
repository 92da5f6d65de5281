"""Files under version control that say what a piece of code must write."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Golden:
    """Files that code is checked against, or (with `bless`) that it writes anew."""

    bless: bool

    def check(self, folder: Path, files: Mapping[str, str]) -> None:
        """`folder` holds exactly `files` (paths below it, with `/`): nothing differs, is missing, or is left over."""
        present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        if self.bless:
            for name in present.keys() - files.keys():
                present[name].unlink()
            for name, text in files.items():
                self.check_file(folder / name, text)
            return
        assert sorted(present) == sorted(files), f"other files in {folder}; `make bless` writes them"
        for name, text in files.items():
            assert present[name].read_text(encoding="utf-8") == text, f"{name} differs; `make bless` writes it"

    def check_file(self, path: Path, text: str) -> None:
        """The file at `path` says exactly `text`."""
        if self.bless:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; `make bless` writes it"
        assert path.read_text(encoding="utf-8") == text, f"{path.name} differs; `make bless` writes it"
