"""Values of the run: placeholders `${name}` that are filled when a script is submitted."""

import os
from dataclasses import dataclass, field

from oftra.ir.expr import Runtime
from oftra.ir.program import Connection, Option


@dataclass
class Runtimes:
    """The values of the run that a script uses, by what stands between the braces.

    Relative paths lie below `root` if one is given.
    """

    used: dict[str, Runtime] = field(default_factory=dict)
    root: str | None = None

    def text(self, option: Option, default: str = "") -> str:
        """An option's text, with a placeholder for what is known only when the script runs."""
        if isinstance(option, Runtime):
            name = option.name if option.kind == "param" else f"{option.kind}.{option.name}"
            self.used.setdefault(name, option)
            return f"${{{name}}}"
        return option if isinstance(option, str) else default

    def place(self, connection: Connection, path: str) -> str:
        """A path below the connection's root."""
        root = self.text(connection.options.get("root"))
        if root in ("", ".") or path.startswith("/"):
            joined = path
        else:
            joined = f"{root.rstrip('/')}/{path}"
        if "://" in joined or joined.startswith("${"):
            return joined
        joined = os.path.normpath(joined)
        if self.root is None or joined.startswith("/"):
            return joined
        if "://" in self.root:
            return f"{self.root.rstrip('/')}/{joined}"
        return os.path.normpath(os.path.join(self.root, joined))
