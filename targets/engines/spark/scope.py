"""What stands for a column: by its id, in the DataFrame at hand."""

from oftra.ir.expr import Column
from oftra.targets.engines.spark.frame import Frame
from oftra.targets.engines.spark.wording import Said, named


class FrameScope:
    """The columns of a DataFrame, for the expressions of one call of it."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def find(self, column: Column) -> Said:
        """What stands for `column` here."""
        slot = self.frame.held.get(column.id)
        assert slot is not None, f"no column {column.name}#{column.id} here"
        return named(self.frame.path(slot), slot.type)
