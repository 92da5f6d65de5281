"""Functions that take text and bytes to other forms: hashes, encodings, code points."""

from functools import partial

from oftra.functions.model import Example, Function

_code = partial(Function, kind="scalar", area="text")

_NO_TEXT = "cast(null as string)"

HASHES = (
    _code(
        name="md5",
        doc="The MD5 hash of the text's UTF-8 bytes in lower-case hexadecimal digits.",
        signatures=("(text string) -> string",),
        examples=(
            Example("md5('')", "'d41d8cd98f00b204e9800998ecf8427e'"),
            Example("md5('ß')", "'e11ce22edb052b40813b1e145b704775'"),
        ),
    ),
    _code(
        name="sha1",
        doc="The SHA-1 hash of the text's UTF-8 bytes in lower-case hexadecimal digits.",
        signatures=("(text string) -> string",),
        also=("sha",),
        examples=(
            Example("sha1('a')", "'86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'"),
            Example("sha1('')", "'da39a3ee5e6b4b0d3255bfef95601890afd80709'"),
            Example(f"sha1({_NO_TEXT})", _NO_TEXT),
        ),
    ),
    _code(
        name="sha256",
        doc="The SHA-256 hash of the text's UTF-8 bytes in lower-case hexadecimal digits.",
        signatures=("(text string) -> string",),
        examples=(Example("sha256('a')", "'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'"),),
    ),
)

BYTES = (
    _code(
        name="hex",
        doc="Bytes in upper-case hexadecimal digits; a whole number in as few as it takes, a negative one in the 16 of "
        "its two's complement.",
        signatures=("(bytes binary) -> string", "(number bigint) -> string"),
        also=("to_hex",),
        examples=(
            Example("hex(x'00ff')", "'00FF'"),
            Example("hex(x'')", "''"),
            Example("hex(255)", "'FF'"),
            Example("hex(-1)", "'FFFFFFFFFFFFFFFF'"),
            Example("hex(cast(null as binary))", _NO_TEXT),
        ),
    ),
    _code(
        name="unhex",
        doc="The bytes of hexadecimal digits; a run fails where there is any other character.",
        signatures=("(digits string) -> binary",),
        also=("from_hex",),
        examples=(
            Example("unhex('00Ff')", "x'00ff'"),
            Example("unhex('')", "x''"),
            Example("unhex('zz')", "error"),
            Example(f"unhex({_NO_TEXT})", "cast(null as binary)"),
        ),
    ),
    _code(
        name="to_base64",
        doc="Bytes in Base64 digits, without line breaks.",
        signatures=("(bytes binary) -> string",),
        also=("base64", "base64_encode"),
        examples=(
            Example("to_base64(x'00ff')", "'AP8='"),
            Example("to_base64(cast(repeat('a', 60) as binary))", f"'{'YWFh' * 20}'"),
            Example("to_base64(x'')", "''"),
            Example("to_base64(cast(null as binary))", _NO_TEXT),
        ),
    ),
    _code(
        name="from_base64",
        doc="The bytes of Base64 digits; a run fails where it can't be.",
        signatures=("(digits string) -> binary",),
        also=("unbase64", "base64_decode", "try_base64_decode_binary"),
        examples=(
            Example("from_base64('AP8=')", "x'00ff'"),
            Example("from_base64('')", "x''"),
            Example("from_base64('!!!!')", "error"),
            Example(f"from_base64({_NO_TEXT})", "cast(null as binary)"),
        ),
    ),
    _code(
        name="octet_length",
        doc="The number of bytes, of a text those of its UTF-8 form.",
        signatures=("(bytes binary) -> int", "(text string) -> int"),
        also=("byte_length", "lengthb", "strlen"),
        examples=(
            Example("octet_length('straße')", "7"),
            Example("octet_length(x'00ff')", "2"),
            Example("octet_length('')", "0"),
            Example(f"octet_length({_NO_TEXT})", "cast(null as int)"),
        ),
    ),
    _code(
        name="url_encode",
        doc="The text as a part of a URL: all but letters, digits and `-._~` as `%` and the digits of its bytes.",
        signatures=("(text string) -> string",),
        also=("urlencode", "uri_encode"),
        examples=(
            Example("url_encode('a b/ß')", "'a%20b%2F%C3%9F'"),
            Example("url_encode('a-b_c.d~e*f+g')", "'a-b_c.d~e%2Af%2Bg'"),
            Example("url_encode('')", "''"),
        ),
    ),
)

CODE_POINTS = (
    _code(
        name="chr",
        doc="The character of a code point.",
        signatures=("(code int) -> string",),
        also=("char", "nchar"),
        examples=(Example("chr(65)", "'A'"), Example("chr(8364)", "'€'")),
    ),
    _code(
        name="ascii",
        doc="The code point of the first character; 0 of ''.",
        signatures=("(text string) -> int",),
        also=("unicode", "ord", "code_point"),
        examples=(Example("ascii('A')", "65"), Example("ascii('€uro')", "8364"), Example("ascii('')", "0")),
    ),
    _code(
        name="to_code_points",
        doc="The code points of the characters.",
        signatures=("(text string) -> array<int>",),
        also=("codepoints",),
        examples=(
            Example("to_code_points('aß👍')", "[97, 223, 128077]"),
            Example("to_code_points('')", "cast([] as array<int>)"),
            Example(f"to_code_points({_NO_TEXT})", "cast(null as array<int>)"),
        ),
    ),
    _code(
        name="code_points_to_string",
        doc="The text of the characters of these code points; nulls are left out.",
        signatures=("(codes array<int>) -> string",),
        examples=(
            Example("code_points_to_string([97, 223, 128077])", "'aß👍'"),
            Example("code_points_to_string([97, null])", "'a'"),
            Example("code_points_to_string(cast([] as array<int>))", "''"),
        ),
    ),
)

FUNCTIONS = HASHES + BYTES + CODE_POINTS
