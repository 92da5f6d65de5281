"""Functions of JSON documents."""

from functools import partial

from oftra.functions.model import Example, Function

_json = partial(Function, kind="scalar", area="json", nulls="always")

_NO_TEXT = "cast(null as string)"
_NO_INT = "cast(null as int)"

FUNCTIONS = (
    _json(
        name="json_value",
        doc="The text of a string, number or boolean at a path such as `$.items[0].name`; null if there is "
        "none, or it is null.",
        signatures=("(document json, path constant string) -> string",),
        also=("json_extract_scalar", "get_json_object", "json_extract_string"),
        examples=(
            Example('json_value(json \'{"a": {"b": [1, "x"]}}\', \'$.a.b[1]\')', "'x'"),
            Example("json_value(json '{\"a\": 1.5}', '$.a')", "'1.5'"),
            Example("json_value(json '{\"a\": true}', '$.a')", "'true'"),
            Example("json_value(json '{\"a\": null}', '$.a')", _NO_TEXT),
            Example("json_value(json '[null]', '$[0]')", _NO_TEXT),
            Example("json_value(json '[\"null\"]', '$[0]')", "'null'"),
            Example("json_value(json 'null', '$')", _NO_TEXT),
            Example("json_value(json '{\"a\": []}', '$.a')", _NO_TEXT),
            Example("json_value(json '{}', '$.a')", _NO_TEXT),
        ),
    ),
    _json(
        name="json_query",
        doc="The part of a document at a path such as `$.items[0]`, as JSON; null if there is none, or it is null. "
        "A number that no double holds may be rounded.",
        signatures=("(document json, path constant string) -> json",),
        also=("json_extract", "json_extract_path"),
        examples=(
            Example('json_query(json \'{"a": {"b": [1, "x"]}}\', \'$.a\')', 'json \'{"b":[1,"x"]}\''),
            Example("json_query(json '{\"a\": \"x\"}', '$.a')", "json '\"x\"'"),
            Example("json_query(json '{\"a\": [1, null]}', '$.a[0]')", "json '1'"),
            Example("json_query(json '{\"a\": null}', '$.a')", "cast(null as json)"),
            Example("json_query(json '{}', '$.a')", "cast(null as json)"),
        ),
    ),
    _json(
        name="json_type",
        doc="What a document is: `object`, `array`, `string`, `number`, `boolean` or `null`.",
        signatures=("(document json) -> string",),
        nulls="strict",
        also=("json_typeof", "jsonb_typeof"),
        examples=(
            Example("json_type(json '{}')", "'object'"),
            Example("json_type(json ' [1]')", "'array'"),
            Example("json_type(json '\"a\"')", "'string'"),
            Example("json_type(json '-1.5e3')", "'number'"),
            Example("json_type(json 'true')", "'boolean'"),
            Example("json_type(json 'null')", "'null'"),
            Example("json_type(cast(null as json))", _NO_TEXT),
        ),
    ),
    _json(
        name="json_keys",
        doc="The keys of an object, in its order; null of anything else.",
        signatures=("(document json) -> array<string>",),
        also=("json_object_keys", "object_keys"),
        examples=(
            Example('json_keys(json \'{"b": 1, "a": {"c": 2}}\')', "['b', 'a']"),
            Example("json_keys(json '{}')", "cast([] as array<string>)"),
            Example("json_keys(json '[1]')", "cast(null as array<string>)"),
        ),
    ),
    _json(
        name="json_array_length",
        doc="How many elements an array has; null of anything else.",
        signatures=("(document json) -> int",),
        also=("json_array_size",),
        examples=(
            Example("json_array_length(json '[1, [2, 3], null]')", "3"),
            Example("json_array_length(json '[]')", "0"),
            Example("json_array_length(json '{\"a\": 1}')", _NO_INT),
        ),
    ),
)
