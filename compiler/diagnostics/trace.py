"""OF073: finding the place in a program that a line of a generated file comes from."""

from oftra.diagnostics.model import Diagnostic


class NoManifest(Diagnostic, code="OF0730"):
    """Nothing tells which places of the program a file comes from: no `manifest.json` of Oftra's speaks of it.

    `oftra compile` writes one beside the files that it makes; a copy of a file is traced where its manifest is too.

    Wrong: `oftra trace copied.sql:7`, in a folder without the manifest.
    """

    path: str
    is_folder: bool = False

    @property
    def title(self) -> str:
        if self.is_folder:
            return f"nothing in `{self.path}` was made by `oftra compile`: there is no manifest"
        return f"no manifest tells where the lines of `{self.path}` come from"

    @property
    def help(self) -> str:
        if self.is_folder:
            return "compile the program first, or say with `-o` where its files are"
        return "name the file where `oftra compile` wrote it, with its `manifest.json`"


class LineNotMapped(Diagnostic, code="OF0731"):
    """A line of a generated file comes from no one place of the program.

    Such lines hold the file together: its first line, options of the session, imports, what is empty.

    Wrong: `oftra trace build/duckdb/taxi.sql:1`, which is the line that says what made the file.
    """

    path: str
    line: int
    lines: int

    @property
    def title(self) -> str:
        if not 0 < self.line <= self.lines:
            return f"`{self.path}` has no line {self.line}: there are {self.lines}"
        return f"line {self.line} of `{self.path}` comes from no place of the program"

    @property
    def help(self) -> str | None:
        return "try the lines around it: it only holds them together" if 0 < self.line <= self.lines else None


class SourceChanged(Diagnostic, code="OF0732", severity="warning"):
    """A file of the program is not what it was when the generated files were made of it: the place may have moved.

    Wrong: `oftra trace`, after the program was edited and before it was compiled again.
    """

    path: str
    script: str

    @property
    def title(self) -> str:
        return f"`{self.path}` has changed since `{self.script}` was made of it: the place may be another one"

    @property
    def help(self) -> str:
        return "`oftra compile` makes it anew"


class SourceMissing(Diagnostic, code="OF0733"):
    """The file of the program that a line comes from is not there.

    Wrong: `oftra trace` of generated files that lie far from their project.
    """

    path: str
    place: str

    @property
    def title(self) -> str:
        return f"{self.place} comes from `{self.path}`, which is not there"

    @property
    def help(self) -> str:
        return "say where the project is: `-p FOLDER`"


class NothingTraced(Diagnostic, code="OF0734"):
    """A text that was pasted names no line and no relation that a manifest knows.

    What is looked for: a file with a line (`File "taxi.py", line 7`, `taxi.py:7`), DuckDB's `LINE 7:` with the text of
    the line, and names of relations.

    Wrong: an error that is about something else, a connection that was refused, say.
    """

    folder: str

    @property
    def title(self) -> str:
        return f"the text names no line and no relation of what lies in `{self.folder}`"

    @property
    def help(self) -> str:
        return "paste all of the error, or say with `-o` where the files that ran are"
