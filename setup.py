"""The one step of the build that pyproject.toml cannot say: parse tables are made from the grammar."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithTables(build_py):
    """Put `oftra.tables` beside `oftra.grammar` in what is built; an editable install makes it when first used."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        sys.path.insert(0, str(HERE / "grammar"))
        from build import build  # the grammar's own module: `oftra` is not installed yet

        tables = Path(self.build_lib, "oftra", "grammar", "oftra.tables")
        tables.parent.mkdir(parents=True, exist_ok=True)
        tables.write_bytes(build((HERE / "grammar" / "oftra.lark").read_text(encoding="utf-8")))


setup(cmdclass={"build_py": BuildWithTables})
