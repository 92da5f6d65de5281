"""Starts generated modules one after the other in one Spark: `start_modules.py FOLDER ...`, each with a `program.py`.

What becomes of each stands in its folder: `report.json` if it went well, else `error.txt`.
"""

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def start(folder: Path) -> None:
    """Run the module of a folder, over what lies there."""
    sys.argv = ["program.py", "--root", str(folder)]
    found = importlib.util.spec_from_file_location("program", folder / "program.py")
    assert found is not None and found.loader is not None
    program: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(program)
    report: dict[str, Any] = {}
    try:
        program.main(program.session(), program.arguments(), report)
    except Exception:
        (folder / "error.txt").write_text(traceback.format_exc())
        return
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        start(Path(name))
