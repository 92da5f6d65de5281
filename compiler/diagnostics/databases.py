"""OF076: connections to databases over JDBC, and their tables."""

from oftra.diagnostics.model import Diagnostic, Label


class OtherDatabase(Diagnostic, code="OF0760"):
    """The address of a `jdbc` connection is that of a database that can't be reached: only Postgres can.

    Wrong:

        connection shop = jdbc { url: 'jdbc:mysql://localhost/shop' }

    Right:

        connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
    """

    owner: str
    begins: str

    @property
    def title(self) -> str:
        return f"the address of {self.owner} is not one of Postgres"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"its `url` doesn't begin with `{self.begins}`"),)


class UnheldType(Diagnostic, code="OF0761"):
    """A table of Postgres has no type that holds such values exactly, or none that can be read back as it was.

    Postgres has no integers of 8 bits, no structs and no maps; of lists there are those of texts, booleans, integers
    and floating-point numbers.

    Wrong:

        connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
        contract order_ { id int primary key, shipped map<string, int> }
        source orders: order_ from shop

    Right:

        connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
        contract order_ { id int primary key, shipped json }
        source orders: order_ from shop
    """

    owner: str
    column: str
    type: str

    @property
    def title(self) -> str:
        return f"no column of Postgres holds `{self.column}` of {self.owner}: it is {self.type}"

    @property
    def help(self) -> str:
        return "`json` holds lists, maps and structs; `smallint` the shortest integers"


class LooksIntoChanges(Diagnostic, code="OF0762", severity="warning"):
    """Rows of a stream are joined with what a table holds when they come: on another day with something else.

    A stream gives the rows of the batch program as long as nobody changes the table. Without `lookup` it is read when
    the stream starts. `-- oftra: allow OF0762` above says that it is meant so.

    Wrong:

        connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
        contract zone { zone_id int primary key, borough string }
        source zones: zone from shop { lookup: true }

    Right:

        connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
        contract zone { zone_id int primary key, borough string }
        source zones: zone from shop
    """

    owner: str

    @property
    def title(self) -> str:
        return f"what a stream finds in {self.owner} depends on when it looks"


class UnwrittenColumn(Diagnostic, code="OF0763"):
    """Flink's JDBC connector writes no lists, and no columns whose names need quotes in Postgres.

    A name needs none that is of lower-case letters, digits and `_`, and no word of Postgres' own.

    Wrong: a sink in Postgres with a column `Total`, compiled for Flink.

    Right: the same column called `total`, or another engine.
    """

    owner: str
    column: str
    type: str

    @property
    def title(self) -> str:
        what = f"it is {self.type}" if self.type else "its name needs quotes there"
        return f"flink can't write `{self.column}` of `{self.owner}` to Postgres: {what}"

    @property
    def help(self) -> str:
        if self.type:
            return "`json` holds lists"
        return "rename it: to lower-case letters, digits and `_`, and no word of Postgres' own"
