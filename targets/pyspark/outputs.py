"""Which tables and sinks a run may be asked for, what each of them needs, and for which of them something is done."""

from collections.abc import Collection
from functools import cached_property

from oftra.targets.needs import Survey


class Outputs:
    """The tables and sinks among `names`."""

    def __init__(self, survey: Survey, names: Collection[str]) -> None:
        program = survey.program
        tables = [one.name for one in program.relations if one.kind == "table" and one.name in names]
        self.survey = survey
        self.names = (*tables, *[sink.name for sink in program.sinks if sink.name in names])

    @cached_property
    def needs(self) -> dict[str, set[str]]:
        """All that each output takes: itself, relations and other outputs, also for the gates that it waits for."""
        return {name: self.survey.asked([name]) for name in self.names}

    def of(self, relation: str) -> frozenset[str]:
        """The outputs that take `relation`."""
        return frozenset([name for name in self.names if relation in self.needs[name]])
