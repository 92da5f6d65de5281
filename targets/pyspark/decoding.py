"""Fixed code that reads records of text exactly: lines of files, the fields in them, and the values that these say."""

DECODING: dict[str, str] = {
    "numbered": '''\
def numbered(lines: DataFrame, root: str) -> DataFrame:
    """Lines, each with its `file` below `root` and its `position` there, from 1."""
    # The path is written as a URL, in which a plus is no blank.
    path = F.url_decode(F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B")))
    start = root if ":/" in root else os.path.abspath(root)
    order = Window.partitionBy("file").orderBy("start", "at")
    return lines.select(
        "value",
        F.regexp_replace(path, rf"^.*?\\Q{start}\\E/", "").alias("file"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("at"),
    ).withColumn("position", F.row_number().over(order).cast("bigint"))
''',
    "json_fields": '''\
def json_fields(lines: DataFrame) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no JSON object."""
    # A parser would stop behind the object: it is alone if the 0 follows.
    pair = F.try_parse_json(F.concat(F.lit("["), "value", F.lit(", 0]")))
    is_alone = F.try_variant_get("pair", "$[1]", "int") == 0
    fields = json_object(F.try_variant_get("pair", "$[0]", "variant"))
    return lines.withColumn("pair", pair).withColumn("fields", F.when(is_alone, fields))
''',
    "csv_fields": '''\
def csv_fields(
    lines: DataFrame,
    names: list[str] | None = None,
    sep: str = ",",
    quote: str = '"',
    escape: str = '"',
    null: str = "",
) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no row.

    Without `names` the first line of each file has them.
    """
    s, q, e = re.escape(sep), re.escape(quote), re.escape(escape)
    # A cell in quotes, with what is escaped in it, or one without.
    more = rf"{e}.[^{q}{e}]*+" if escape != quote else rf"{q}{q}[^{q}]*+"
    cell = rf"{q}[^{q}{e}]*+(?:{more})*+{q}|[^{q}{s}]*+"

    def unquoted(one: Column) -> Column:
        inside = F.substr(one, F.lit(2), F.length(one) - 2)
        plain = F.replace(inside, F.lit(escape + quote), F.lit(quote))
        return F.when(F.startswith(one, F.lit(quote)), plain).otherwise(one)

    line = F.concat(F.lit(sep), "value")
    found = F.regexp_extract_all(line, F.lit(f"{s}({cell})"), F.lit(1))
    cells = F.when(
        ~F.contains("value", F.lit(quote)), F.split("value", rf"\\Q{sep}\\E", -1)
    ).when(line.rlike(rf"^(?:{s}(?:{cell}))+\\z"), F.transform(found, unquoted))
    rows = lines.withColumn("cells", cells)
    if names is None:
        order = Window.partitionBy("file").orderBy("position")
        rows = rows.withColumn("names", F.first("cells").over(order))
        rows = rows.withColumn("position", F.col("position") - 1).where("position > 0")
    else:
        rows = rows.withColumn("names", F.array(*map(F.lit, names)))
    is_row = (
        (F.col("value") != "")
        & (F.size("cells") == F.size("names"))
        & (F.size(F.array_distinct("names")) == F.size("names"))
    )
    values = F.transform("cells", lambda one: F.nullif(one, F.lit(null)))
    return rows.withColumn("fields", F.when(is_row, F.map_from_arrays("names", values)))
''',
    "opened": '''\
def opened(records: DataFrame, name: str) -> DataFrame:
    """Records with the fields inside of one too, called `name.field`."""
    outer = F.map_filter("fields", lambda key, _: ~key.startswith(f"{name}."))
    inner = F.transform_keys(
        json_object(F.col("fields")[name]),
        lambda key, _: F.concat(F.lit(f"{name}."), key),
    )
    fields = F.when(F.col("fields")[name].isNull(), outer)
    # Of what is no object there are no fields inside, and so none at all.
    return records.withColumn("fields", fields.otherwise(F.map_concat(outer, inner)))
''',
    "decoded": '''\
def decoded(
    records: DataFrame,
    schema: str,
    decode: Callable[[Column, T.DataType], Column],
    paths: dict[str, str] | None = None,
    known: list[str] | None = None,
    all_there: bool = False,
    none_else: bool = False,
) -> DataFrame:
    """Records with the `row` that their fields say, and whether all of it is `readable`.

    A column is the field of its name, or that of `paths`; of the `known` fields one is
    there at least.
    """
    wanted = records.sparkSession.createDataFrame([], schema).schema
    paths = {name: name for name in wanted.names} if paths is None else paths
    fields, row = F.col("fields"), F.col("row")
    names = F.map_keys(fields)
    expected = F.array(*map(F.lit, known or paths.values()))
    readable = F.arrays_overlap(names, expected)
    if all_there:
        readable &= F.size(F.array_except(expected, names)) == 0
    if none_else:
        readable &= F.size(F.array_except(names, expected)) == 0
    values = []
    for field in wanted:
        given = fields[paths[field.name]]
        values.append(decode(given, field.dataType).alias(field.name))
        readable &= given.isNull() | row[field.name].isNotNull()
    readable = F.coalesce(readable, F.lit(False))
    return records.withColumn("row", F.struct(*values)).withColumn("readable", readable)
''',
    "other_fields": '''\
def other_fields(known: list[str]) -> Column:
    """The fields that are none of those known, as JSON; null if there are none."""
    others = F.map_filter("fields", lambda name, _: ~name.isin(known))
    shown = F.to_json(others, {"ignoreNullFields": "false"})
    return F.when(F.col("readable") & (F.size(others) > 0), shown)
''',
    "in_folders": '''\
def in_folders(records: DataFrame) -> DataFrame:
    """Records with fields for the folders `name=value` that their file lies in."""
    form = F.lit("([^/=]+)=([^/]*)/")
    names = F.regexp_extract_all("file", form, F.lit(1))
    values = F.transform(
        F.regexp_extract_all("file", form, F.lit(2)),
        lambda one: F.nullif(
            F.nullif(F.url_decode(one), F.lit("")), F.lit("__HIVE_DEFAULT_PARTITION__")
        ),
    )
    own = F.map_filter("fields", lambda name, _: ~F.array_contains(names, name))
    fields = F.map_concat(own, F.map_from_arrays(names, values))
    return records.withColumn("fields", fields)
''',
    "exact_cell": '''\
def exact_cell(text: Column, kind: T.DataType) -> Column:
    """The value that a cell says, an array, a map or a struct as JSON."""
    if isinstance(kind, (T.ArrayType, T.MapType, T.StructType, T.VariantType)):
        return exact_json(F.try_parse_json(text), kind)
    return exact_text(text, kind)
''',
    "exact_json": '''\
def exact_json(value: Column, kind: T.DataType) -> Column:
    """A JSON value as one of a type; null if it is not exactly that, all through."""
    if isinstance(kind, T.ArrayType):
        items = F.try_variant_get(value, "$", "array<variant>")
        return exact_items(F.transform(items, unless_null), kind.elementType)
    fields = json_object(value)
    if isinstance(kind, T.MapType):
        names = F.map_keys(fields)
        keys = F.transform(names, lambda name: exact_text(name, kind.keyType))
        values = exact_items(F.map_values(fields), kind.valueType)
        are_keys = F.forall(keys, lambda key: key.isNotNull())
        return F.when(are_keys, F.map_from_arrays(keys, values))
    if isinstance(kind, T.StructType):
        found = {one.name: exact_json(fields[one.name], one.dataType) for one in kind}
        whole = fields.isNotNull()
        for name, one in found.items():
            whole &= fields[name].isNull() | one.isNotNull()
        row = F.struct(*[one.alias(name) for name, one in found.items()])
        return F.when(whole, row)
    return exact_scalar(value, kind)
''',
    "exact_scalar": '''\
def exact_scalar(value: Column, kind: T.DataType) -> Column:
    """A JSON string, number or boolean as a value of a type; null if it is not exactly one."""
    found, text = F.schema_of_variant(value), F.try_variant_get(value, "$", "string")
    if isinstance(kind, T.VariantType):
        return F.when(~has_long_number(), F.to_json(value))
    if isinstance(kind, T.BooleanType):
        return F.when(found == "BOOLEAN", exact_text(text, kind))
    if not isinstance(kind, T.NumericType):
        return F.when(found == "STRING", exact_text(text, kind))
    number = F.when(found.rlike("^(BIGINT|DECIMAL|DOUBLE)") & ~text.rlike("Inf"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        special = text.isin("NaN", "Infinity", "-Infinity") & (found == "STRING")
        return exact_text(F.when(special, text).otherwise(number), kind)
    # With an exponent or too many digits it was rounded, unless all numbers there are short.
    is_shortened = F.col("value").rlike(r"([0-9]{16}|[0-9.]{17})[0-9.]*[eE]")
    digits = number.try_cast("decimal(38, 18)")
    is_same = digits.cast("double") == number.try_cast("double")
    is_exact = is_same & ~is_shortened & ~has_long_number()
    plain = F.when(found != "DOUBLE", number).when(is_exact, digits.cast("string"))
    if isinstance(kind, T.IntegralType):
        plain = F.regexp_replace(plain, r"\\.0*$", "")
    return exact_text(plain, kind)
''',
    "has_long_number": '''\
def has_long_number() -> Column:
    """Whether a line has a number of more than 38 digits, which would be rounded."""
    return F.col("value").rlike(r"[1-9](\\.?[0-9]){38}|\\.[0-9]{39}")
''',
    "exact_items": '''\
def exact_items(items: Column, kind: T.DataType) -> Column:
    """JSON values as values of a type; null if one that is there is not exactly that."""
    values = F.transform(items, lambda one: exact_json(one, kind))
    kept = F.zip_with(items, values, lambda one, it: one.isNull() | it.isNotNull())
    return F.when(F.forall(kept, lambda one: one), values)
''',
    "json_object": '''\
def json_object(value: Column) -> Column:
    """The fields of a JSON object by name, null where they say so; null if it is none."""
    fields = F.try_variant_get(value, "$", "map<string, variant>")
    return F.transform_values(fields, lambda _, one: unless_null(one))
''',
    "unless_null": '''\
def unless_null(value: Column) -> Column:
    """A JSON value, unless it is JSON's null."""
    return F.when(~F.is_variant_null(value), value)
''',
    "exact_text": '''\
def exact_text(text: Column, kind: T.DataType) -> Column:
    """The value that a text says; null if it would have to be rounded or guessed."""
    if isinstance(kind, T.StringType):
        return text
    if isinstance(kind, T.BinaryType):
        return F.try_to_binary(text, F.lit("base64"))
    day = r"\\d{4}-\\d\\d-\\d\\d"
    clock = r"[T ]([01]\\d|2[0-3]):\\d\\d(:\\d\\d(\\.\\d{1,6}0*)?)?"
    zone = r"(Z|[+-]\\d\\d(:?\\d\\d)?)?"
    number = r"[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?|(?i:nan|[+-]?inf(inity)?)"
    forms = {
        "boolean": "(?i:true|false)",
        "float": number,
        "double": number,
        "date": day,
        "timestamp": f"{day}({clock}{zone})?",
        "timestamp_ntz": f"{day}({clock})?",
    }
    form = forms.get(kind.simpleString(), r"[+-]?\\d+")
    if isinstance(kind, T.DecimalType):
        form = rf"[+-]?\\d+(\\.\\d{{0,{kind.scale}}}0*)?"
    said = F.when(text.rlike(rf"^({form})\\z"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        # What is too large for a type becomes infinite.
        value = said.try_cast("double").cast(kind)
        return F.when(text.rlike("[nN]") | (F.abs(value) < float("inf")), value)
    return said.try_cast(kind)
''',
}
"""By name, as black writes it."""
