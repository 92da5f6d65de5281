"""Messages of Debezium: each holds a row as a change leaves it, and as it was before."""

from oftra.ir.program import Relation

AROUND = "the change."
"""What is put before the names of fields that are the message's own, not its row's."""

CHANGES: dict[str, str] = {
    "row_fields": f'''\
def row_fields(messages: DataFrame) -> DataFrame:
    """Messages of Debezium with the `fields` of the row that each leaves, or does away with.

    Those of the message itself are called `{AROUND}NAME`. A message without a value says
    nothing: it follows one that deletes.
    """
    records = json_fields(messages.where("value is not null"))
    change = F.coalesce(json_object(F.col("fields")["payload"]), "fields")
    records = records.withColumn("change", change)
    operation = F.try_variant_get(F.col("change")["op"], "$", "string")
    side = F.when(operation == "d", F.lit("before")).otherwise(F.lit("after"))
    around = F.transform_keys(
        "change", lambda name, _: F.concat(F.lit("{AROUND}"), name)
    )
    row = json_object(F.col("change")[side])
    return records.withColumn("fields", F.map_concat(row, around))
''',
}
"""By name, as black writes it."""


def path_of_field(relation: Relation, column: str) -> str:
    """Where a column stands among these fields: one that says `from` in the message as a whole."""
    path = relation.record_paths.get(column)
    return column if path is None else f"{AROUND}{path}"
