"""The bundle's variables, and texts that Databricks would take for a reference to one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from oftra.targets.databricks.as_yaml import Plain
from oftra.targets.pyspark.naming import Names

REFERENCE = re.compile(r"\$\{|\{\{")


def harmless(text: str) -> str:
    """A text for people, in which nothing is put in place of anything."""
    return text.replace("${", "$ {").replace("{{", "{ {")


@dataclass
class Variables:
    """What who deploys a bundle may say: by what each is for, its name, its description and its default."""

    names: Names = field(default_factory=Names)
    called: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Mapping[str, Plain]] = field(default_factory=dict)

    def add(self, name: str, description: str, default: str | None = None) -> str:
        """The reference to a variable; without a default it has to be said by who deploys."""
        if name not in self.called:
            self.called[name] = self.names.free(name)
            entry: dict[str, Plain] = {"description": harmless(description)}
            if default is not None:
                entry["default"] = default
            self.entries[self.called[name]] = entry
        return f"${{var.{self.called[name]}}}"
