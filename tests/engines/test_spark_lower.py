"""What Spark's DataFrames lack, by texts before and after: `--bless` writes what comes after.

A case begins with `=== what it shows`; `---` parts before and after.
"""

from pathlib import Path

from blessed import Golden

from oftra.diagnostics import Report
from oftra.ir.program import Interface
from oftra.ir.read import read_rel
from oftra.ir.show import show_rel
from oftra.targets.engines.spark.lower import lower

CASES = Path(__file__).with_name("spark_lower.txt")
KEYS = {"planes": Interface((), keys=(("tailnum",),))}
"""No two planes share a tail number; nothing is known of other relations."""


def lowered(text: str) -> str:
    report = Report()
    after = lower(read_rel(text), KEYS, report)
    found = "".join(f"error: {diagnostic.title}\n" for diagnostic in report)
    return found or show_rel(after) + "\n"


def test_lowering(golden: Golden) -> None:
    parts = []
    for case in CASES.read_text(encoding="utf-8").split("=== ")[1:]:
        title, _, texts = case.partition("\n")
        before = texts.partition("\n---\n")[0]
        parts.append(f"=== {title}\n{show_rel(read_rel(before))}\n---\n{lowered(before)}")
    golden.check_file(CASES, "\n".join(parts))
