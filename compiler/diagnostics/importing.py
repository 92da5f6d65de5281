"""OF074: making programs of what others have."""

from oftra.diagnostics.model import Diagnostic, Label
from oftra.diagnostics.project import listed, near_or_all


class NotImported(Diagnostic, code="OF0740"):
    """A statement, or a part of a project, has no counterpart in the language. All else was taken over.

    Wrong: `oftra import sql` of a file with `create index`, or with a function that the language lacks.
    """

    what: str

    @property
    def title(self) -> str:
        return f"not imported: {self.what}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "left out, the rest was taken over"),) if self.span.end else ()


class ChangedMeaning(Diagnostic, code="OF0741", severity="warning"):
    """Something was taken over that may not be all that it was.

    Wrong: `oftra import sql --dialect postgres` of `a / b`, where nothing tells whether both are integers: Postgres
    would divide them to an integer, here `/` gives a double.
    """

    what: str

    @property
    def title(self) -> str:
        return self.what


class UnreadableSql(Diagnostic, code="OF0742"):
    """A statement is no SQL of the dialect that was named.

    Wrong: `oftra import sql report.sql` without `--dialect snowflake`, where the file says `lateral flatten`.
    """

    message: str

    @property
    def title(self) -> str:
        return f"this can't be read: {self.message}"

    @property
    def help(self) -> str:
        return "say which database the file is for: `--dialect snowflake`"


class UnknownDialect(Diagnostic, code="OF0743"):
    """There is no dialect of SQL by that name.

    Wrong: `oftra import sql report.sql --dialect postgresql`, which is called `postgres`.
    """

    name: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there is no dialect `{self.name}`"

    @property
    def help(self) -> str:
        return near_or_all(self.name, self.available, "dialects")


class NeedsPackage(Diagnostic, code="OF0744"):
    """An import needs a Python package that is not installed.

    Wrong: `oftra import sql` where Oftra was installed without its extra `import`.
    """

    package: str
    extra: str

    @property
    def title(self) -> str:
        return f"this needs the package `{self.package}`"

    @property
    def help(self) -> str:
        return f"`pip install 'oftra[{self.extra}]'`"


class WouldOverwrite(Diagnostic, code="OF0745"):
    """An import would replace a file that is there.

    Wrong: `oftra import sql schema.sql` for the second time. `--force` replaces the file, `-o` names another.
    """

    path: str

    @property
    def title(self) -> str:
        return f"`{self.path}` is there already"

    @property
    def help(self) -> str:
        return "`--force` replaces it, `-o FILE` writes to another, `-o -` to the terminal"


class NothingToImport(Diagnostic, code="OF0746"):
    """Nothing that was found can be taken over, so nothing is written.

    Wrong: `oftra import sql` of an empty file.
    """

    path: str
    wanted: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.path}` has nothing to import"

    @property
    def help(self) -> str:
        return f"what can be imported: {listed(self.wanted)}"


class UnreadableData(Diagnostic, code="OF0747"):
    """A file of which a contract is to be drafted can't be read as rows.

    Wrong: `oftra import table notes.txt`, where a parquet, csv or json file or a DuckDB database is wanted.
    """

    path: str
    reason: str

    @property
    def title(self) -> str:
        return f"`{self.path}` can't be read as rows: {self.reason}"


class NothingNew(Diagnostic, code="OF0749"):
    """A connection holds nothing that the program has no relation for.

    Wrong: `oftra import table lake`, where `lake` is an empty folder, or every file in it has a source already.
    """

    connection: str

    @property
    def title(self) -> str:
        return f"`{self.connection}` holds nothing that the program has no relation for"


class UnreadableProject(Diagnostic, code="OF0748"):
    """What dbt writes of a project is not there, or can't be read.

    Wrong: `oftra import dbt shop` where nobody has run `dbt docs generate` in `shop`.
    """

    path: str
    reason: str

    @property
    def title(self) -> str:
        return f"`{self.path}` can't be read: {self.reason}"

    @property
    def help(self) -> str:
        return "run `dbt docs generate` in the project"
