"""Programs and the files that each target must write for them: a folder a case, in it a folder a target.

What a target can't take is refused, and then its folder is absent. `make bless` writes the files. Packagings that only
lay out what others write are told by a few of the cases.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest
from blessed import Golden

import oftra
from oftra.project import installed

HERE = Path(__file__).parent
CASES = sorted(folder for folder in HERE.iterdir() if any(folder.rglob("*.oftra")))


FEW = {
    "databricks": {"declared", "declared_streams", "deployed", "hostile_names", "parts_deployed"},
    "notebook": {"hostile_names", "quarantine"},
}
PAIRS = [
    (case, target) for target in installed.target_names() for case in CASES if case.name in FEW.get(target, {case.name})
]


@pytest.mark.parametrize("case, target", PAIRS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_files(case: Path, target: str, golden: Golden) -> None:
    golden.check(case / target, files_of(oftra.load(str(case)), target))


def files_of(program: oftra.Program, target: str) -> Mapping[str, str]:
    """What the target writes; nothing where it says that it can't."""
    try:
        return program.compile(target)
    except oftra.ProgramError as refused:
        assert all(found.code.startswith("OF06") for found in refused.diagnostics), refused
        return {}
