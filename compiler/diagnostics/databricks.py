"""OF066: what Databricks can't do."""

from oftra.diagnostics.model import Diagnostic


class WouldBeReplaced(Diagnostic, code="OF0660"):
    """Databricks would put something else in place of a text.

    In bundles `${name}` stands for a variable and in the parameters of jobs `{{name}}` for a value, and there is no way
    to write a text that has either. In notebooks any text is itself.

    Wrong: a param whose default is `'{{ds}}'`, compiled for Databricks.

    Right: the same with another default.
    """

    job: str
    what: str

    @property
    def title(self) -> str:
        return f"databricks would put something in place of {self.what} of the job `{self.job}`"

    @property
    def help(self) -> str:
        return "leave `${` and `{{` out of it"


class NotWatched(Diagnostic, code="OF0661"):
    """No trigger of Databricks watches what a pipeline waits for.

    A job starts when one of several tables of Unity Catalog changes, or when files come into one folder of a volume or
    an external location; it can't do both.

    Wrong: a pipeline with `on_update_of` a source of a Kafka topic, compiled for Databricks.

    Right: the same with a `schedule`.
    """

    relation: str
    why: str

    @property
    def title(self) -> str:
        return f"databricks can't watch `{self.relation}`: {self.why}"

    @property
    def help(self) -> str:
        return "`schedule` runs the pipeline at times"


class NotKept(Diagnostic, code="OF0662"):
    """Serverless compute of Databricks keeps no rows for the length of a run.

    What rules put apart is read once, judged and kept, so that no record can be in both places or in none; what a
    database gives is kept, since it may give something else when it is asked again. What a run merges into a table is
    kept until both it and what is remembered of deleted rows are written.

    Wrong: a source with `on invalid quarantine`, compiled with `[targets.databricks] compute = "serverless"`.

    Right: the same with `compute = "cluster"`.
    """

    relation: str
    why: str

    @property
    def title(self) -> str:
        return f"databricks can't build `{self.relation}` on serverless compute: {self.why}"

    @property
    def help(self) -> str:
        return '`compute = "cluster"` in `[targets.databricks]` runs jobs on clusters'


class NotDeclared(Diagnostic, code="OF0663"):
    """A declarative pipeline can't say something that a program asks for.

    Such a pipeline is a set of tables, each said by a query, and Databricks sees to the rest: in which order they are
    made, where they are stored and what is read again. So all that it makes is a table of a catalog, in Delta Lake,
    made whole, or added to as a stream comes. Only streams may go elsewhere: to topics of Kafka and tables of Delta
    Lake. There is no place in it for rows that take the place of others, for gates between tables, for work that is no
    query, and for queries in Spark's own words, which would be run before there are any tables.

    Wrong: a sink of a table that is made whole, compiled for Databricks with `form = "declarative"`.

    Right: the same with `form = "notebooks"`.
    """

    name: str
    why: str

    @property
    def title(self) -> str:
        return f"no declarative pipeline can have `{self.name}`: {self.why}"

    @property
    def help(self) -> str:
        return '`form = "notebooks"` in `[targets.databricks]` makes notebooks of it'
