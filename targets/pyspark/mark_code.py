"""Code of modules that know until when tables are made, word for word, as black writes it."""

MARKS: dict[str, str] = {
    "Mark": '''\
class Mark:
    """Until when a table is made of which runs make parts, and of which query: kept with the table.

    It comes after the rows, never before: a run that is killed in between is made again.
    """

    def __init__(
        self, spark: SparkSession, place: str, made_of: str, newest: Column
    ) -> None:
        self.spark, self.place = spark, place
        self.made_of, self.newest = made_of, newest

    def found(self) -> dict[str, str]:
        """What stands where the mark does: nothing before the first run."""
        raise NotImplementedError

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        raise NotImplementedError

    def rows(self, like: DataFrame) -> DataFrame:
        """The rows of the table, which are like those that were written."""
        return like.sparkSession.table(self.place)

    def read(self) -> dict[str, str]:
        """The mark, if there is one."""
        found = self.found()
        return {key: found[key] for key in ("made_until", "made_of") if key in found}

    def until(self) -> datetime.datetime:
        """Where a run goes on: at the beginning if nothing is made, or made of another query."""
        mark = self.read()
        is_known = mark.get("made_of") == self.made_of
        return instant(mark["made_until"] if is_known else "0001-01-01")

    def moved(
        self,
        write: Callable[..., int | None],
        start: datetime.datetime,
        end: datetime.datetime,
        until: datetime.datetime,
    ) -> Callable[..., int | None]:
        """`write`, and what is known of the table then: runs that have a window move no mark.

        Without one a run goes on after its `end`, when it began. The table is made until then,
        or until its newest row, if that is earlier: what is older may still come.
        """

        def done(rows: DataFrame, *place: str) -> int | None:
            if self.read().get("made_of", self.made_of) != self.made_of:
                self.write({"made_until": "0001-01-01", "made_of": ""})
            counted = write(rows, *place)
            if until > end:
                later = self.rows(rows).where(self.newest >= F.lit(start))
                newest = F.max(F.least(self.newest, F.lit(end)))
                ((micros,),) = later.agg(F.unix_micros(newest)).collect()
                made = datetime.timedelta(microseconds=micros or 0)
                made_until = start if micros is None else instant("1970-01-01") + made
                told = made_until.isoformat(timespec="microseconds")
                self.write({"made_until": told, "made_of": self.made_of})
            return counted

        return done
''',
    "InTable": '''\
class InTable(Mark):
    """Properties of a table: one that is set back has those of then."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        try:
            if not self.spark.catalog.tableExists(self.place):
                return {}
        except AnalysisException as error:
            if "DELTA_MISSING_DELTA_TABLE" in str(error):  # there is no such folder
                return {}
            raise
        rows = self.spark.sql(f"show tblproperties {self.place}").collect()
        return {row["key"]: row["value"] for row in rows}

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        told = ", ".join(f"'{key}' = '{value}'" for key, value in mark.items())
        self.spark.sql(f"alter table {self.place} set tblproperties ({told})")
''',
    "InSnapshots": '''\
class InSnapshots(Mark):
    """Properties of a snapshot of Iceberg, of which the last that led to the table counts."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        if not self.spark.catalog.tableExists(self.place):
            return {}
        led = self.spark.table(f"{self.place}.history").where("is_current_ancestor")
        snapshots = self.spark.table(f"{self.place}.snapshots")
        known = snapshots.join(led, "snapshot_id", "left_semi")
        known = known.where("summary['made_of'] is not null")
        last = known.orderBy(F.desc("committed_at")).first()
        return {} if last is None else dict(last["summary"])

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there, in a snapshot without rows of its own."""
        told = {f"snapshot-property.{key}": value for key, value in mark.items()}
        nothing = self.spark.table(self.place).limit(0)
        nothing.writeTo(self.place).options(**told).append()
''',
    "InFolder": '''\
class InFolder(Mark):
    """A file in the folder."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        folder, name = os.path.split(self.place)
        old = os.path.join(folder, f".{name}.old")
        if os.path.lexists(old) and not os.path.lexists(self.place):
            os.rename(old, self.place)  # who put it aside was killed
        path = os.path.join(self.place, "_until")
        if not os.path.lexists(path):
            return {}
        with open(path, encoding="utf-8") as file:
            return dict(json.load(file))

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        path = os.path.join(self.place, "_until")
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(mark, file)
        os.replace(f"{path}.new", path)

    def rows(self, like: DataFrame) -> DataFrame:
        """The rows of the table."""
        return rows_at(self.place, like)
''',
    "with_mark": '''\
def with_mark(path: str, write: Callable[[str], None]) -> Callable[[str], None]:
    """`write`, beside which the mark of the table at `path` stands as it was."""

    def done(new: str) -> None:
        write(new)
        mark = os.path.join(path, "_until")
        if os.path.lexists(mark):
            shutil.copyfile(mark, os.path.join(new, "_until"))

    return done
''',
    "where_tables_end": '''\
def where_tables_end(marks: Iterable[Mark]) -> datetime.datetime:
    """Where a run without a window begins: where the first of its tables ends."""
    start = min([mark.until() for mark in marks], default=instant("0001-01-01"))
    log.info("what comes from %s on is made", start)
    return start
''',
}
"""By name."""
