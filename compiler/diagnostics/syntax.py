"""OF01: what is wrong with the words themselves, before any name or type is looked at."""

from oftra.diagnostics.model import Diagnostic, Edit, Label
from oftra.source import Span


def one_of(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# --- a word or sign that does not fit ---------------------------------------------------------------------------------


class Unexpected(Diagnostic, code="OF0101"):
    """Something stands where it cannot stand.

    The parser read up to here without trouble; what is named is the first thing that fits nothing. It says what could
    stand here, skips to the next `|>` or declaration, and reads on.

    Wrong:

        from (values (1)) as t (x) |> where in (1, 2)

    Right:

        from (values (1)) as t (x) |> where x in (1, 2)
    """

    found: str
    expected: tuple[str, ...]
    meant: str | None = None

    @property
    def title(self) -> str:
        return f"{self.found} does not fit here"

    @property
    def help(self) -> str | None:
        return None if self.meant is None else f"did you mean `{self.meant}`?"

    @property
    def edit(self) -> Edit | None:
        return None if self.meant is None else Edit(self.span, self.meant)

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"expected {one_of(self.expected)}" if self.expected else "nothing can follow here"),)


class MissingAs(Diagnostic, code="OF0102"):
    """A name follows an expression or a relation without `as`.

    An alias is always written with `as`, so that a forgotten comma cannot turn a column into an alias.

    Wrong:

        from (values (1)) as t (x) |> select x + 1 y

    Right:

        from (values (1)) as t (x) |> select x + 1 as y
    """

    name: str

    @property
    def title(self) -> str:
        return f"`as` is missing before `{self.name}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "an alias needs `as`"),)

    @property
    def help(self) -> str:
        return f"write `as {self.name}`, or a comma if it is an item of its own"

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.span.start, self.span.start, self.span.file), "as ")


class ReservedName(Diagnostic, code="OF0103"):
    """A reserved word stands where a name should be.

    Few words are reserved; they name something only in backticks, after a dot, or as the key of a property.

    Wrong:

        from (values (1)) as t (case) |> select 1 as one

    Right:

        from (values (1)) as t (`case`) |> select 1 as one
    """

    word: str

    @property
    def title(self) -> str:
        return f"`{self.word}` is a reserved word, not a name"

    @property
    def help(self) -> str:
        return "put it in backticks, or choose another name"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, f"`{self.word}`")


class MissingComma(Diagnostic, code="OF0104"):
    """Two items follow each other without a comma.

    Lists are separated by commas; only the lines of a test are not.

    Wrong:

        contract zone { zone_id int borough string }

    Right:

        contract zone { zone_id int, borough string }
    """

    end_of_item: int

    @property
    def title(self) -> str:
        return "a comma is missing"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "a comma should stand before this"),)

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.end_of_item, self.end_of_item, self.span.file), ",")


class LastComma(Diagnostic, code="OF0105"):
    """A list that stands outside brackets ends with a comma.

    A last comma may stand directly before a closing bracket, where it helps; outside brackets it would make the next
    line look like one more item.

    Wrong:

        from (values (1)) as t (x) |> select x, |> limit 1

    Right:

        from (values (1)) as t (x) |> select x |> limit 1
    """

    @property
    def title(self) -> str:
        return "a list outside brackets takes no last comma"

    @property
    def help(self) -> str:
        return "remove the comma, or write the item that should follow it"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, "")


class PropertyEquals(Diagnostic, code="OF0106"):
    """A property is written with `=`.

    There is one style of property everywhere: `name: value`.

    Wrong:

        connection lake = files { root = 'data' }

    Right:

        connection lake = files { root: 'data' }
    """

    @property
    def title(self) -> str:
        return "a property is written with `:`"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, ":")


class SaidTwice(Diagnostic, code="OF0107"):
    """The same thing is said twice about one column or table.

    Wrong:

        contract zone { zone_id int not null not null }

    Right:

        contract zone { zone_id int not null }
    """

    what: str

    @property
    def title(self) -> str:
        return f"`{self.what}` is said twice"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, "")


# --- queries ----------------------------------------------------------------------------------------------------------


class MissingPipe(Diagnostic, code="OF0110"):
    """An operator of a query that begins with `from` lacks its `|>`.

    Each step after `from` begins with `|>`. (A query that begins with `select` has its clauses without.)

    Wrong:

        from (values (1)) as t (x) where x > 0

    Right:

        from (values (1)) as t (x) |> where x > 0
    """

    operator: str

    @property
    def title(self) -> str:
        return f"`|>` is missing before `{self.operator}`"

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.span.start, self.span.start, self.span.file), "|> ")


class GroupWithoutAggregate(Diagnostic, code="OF0111"):
    """`group by` stands alone in a query of operators.

    Here grouping is a part of `aggregate`: `|> aggregate sum(x) as total group by k`. The keys come out first, then the
    aggregates; no `select` has to repeat them.

    Wrong:

        from (values (1, 2)) as t (k, x) |> group by k

    Right:

        from (values (1, 2)) as t (k, x) |> aggregate sum(x) as total group by k
    """

    @property
    def title(self) -> str:
        return "`group by` belongs to `aggregate`"

    @property
    def help(self) -> str:
        return "write `|> aggregate … group by …`"


class MissingBy(Diagnostic, code="OF0112"):
    """`order`, `group` or `partition` lacks its `by`.

    Wrong:

        from (values (1)) as t (x) |> order x

    Right:

        from (values (1)) as t (x) |> order by x
    """

    word: str

    @property
    def title(self) -> str:
        return f"`by` is missing after `{self.word}`"

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.span.start, self.span.start, self.span.file), "by ")


class UnknownOperator(Diagnostic, code="OF0113"):
    """What follows `|>` is no operator.

    Wrong:

        from (values (1)) as t (x) |> filter x > 0

    Right:

        from (values (1)) as t (x) |> where x > 0
    """

    word: str
    meant: str | None

    @property
    def title(self) -> str:
        return f"there is no operator `{self.word}`"

    @property
    def help(self) -> str:
        if self.meant is None:
            return "operators are where, select, extend, set, drop, rename, aggregate, join, union, order by, limit …"
        return f"did you mean `{self.meant}`?"

    @property
    def edit(self) -> Edit | None:
        return None if self.meant is None else Edit(self.span, self.meant)


class NothingSelected(Diagnostic, code="OF0114"):
    """`select` has no items.

    Wrong:

        from (values (1)) as t (x) |> select |> limit 1

    Right:

        from (values (1)) as t (x) |> select * |> limit 1
    """

    word: str

    @property
    def title(self) -> str:
        return f"`{self.word}` has no items"

    @property
    def help(self) -> str:
        return "`select *` keeps all columns" if self.word == "select" else f"say what to {self.word}"


class QualifiedStar(Diagnostic, code="OF0116"):
    """What stands before `.*` is more than one name.

    Wrong:

        from (values (1)) as t (x) |> select a.t.*

    Right:

        from (values (1)) as t (x) |> select t.*
    """

    qualifier: str

    @property
    def title(self) -> str:
        return f"`{self.qualifier}.*` has more than an alias before the star"

    @property
    def help(self) -> str:
        return "columns of a relation are reached by its alias: `t.*`"


# --- expressions ------------------------------------------------------------------------------------------------------


class DoubleEqual(Diagnostic, code="OF0120"):
    """Two values are compared with `==`.

    Wrong:

        from (values (1)) as t (x) |> where x == 1

    Right:

        from (values (1)) as t (x) |> where x = 1
    """

    @property
    def title(self) -> str:
        return "values are compared with a single `=`"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, "=")


class CastOperator(Diagnostic, code="OF0121"):
    """A value is converted with `::`.

    Wrong:

        from (values ('1')) as t (x) |> select x::int as y

    Right:

        from (values ('1')) as t (x) |> select cast(x as int) as y
    """

    @property
    def title(self) -> str:
        return "`::` is not a way to convert a value"

    @property
    def help(self) -> str:
        return "write `cast(value as type)`, or `try_cast` to get null where it fails"


class IntervalString(Diagnostic, code="OF0122"):
    """The amount of an interval is a string.

    Wrong:

        from (values (date '2026-01-01')) as t (day) |> select day + interval '5' day as later

    Right:

        from (values (date '2026-01-01')) as t (day) |> select day + interval 5 day as later
    """

    text: str

    @property
    def title(self) -> str:
        return "the amount of an interval is a number, not a string"

    @property
    def help(self) -> str:
        return "write `interval 5 days`, `interval n days` or `interval (n + 1) days`"

    @property
    def edit(self) -> Edit | None:
        amount, _, unit = self.text.strip("'").strip().partition(" ")
        whole = amount.isdigit() and (unit.isalpha() or not unit)
        return Edit(self.span, f"{amount} {unit}".strip()) if whole else None


class LambdaParameter(Diagnostic, code="OF0123"):
    """What stands before `->` is no name.

    Wrong:

        from (values ([1, 2])) as t (xs) |> select transform(xs, (1) -> 2) as ys

    Right:

        from (values ([1, 2])) as t (xs) |> select transform(xs, x -> 2) as ys
    """

    @property
    def title(self) -> str:
        return "a parameter of `->` is a plain name"


class OnlyFor(Diagnostic, code="OF0124"):
    """A form of argument that a single function takes is given to another one.

    `part from value` belongs to `extract`, a query to `exists`.

    Wrong:

        from (values (date '2026-01-01')) as t (day) |> select year(month from day) as y

    Right:

        from (values (date '2026-01-01')) as t (day) |> select extract(year from day) as y
    """

    function: str
    only: str

    @property
    def title(self) -> str:
        form = "a query" if self.only == "exists" else "`part from value`"
        return f"`{self.function}` does not take {form}: only `{self.only}` does"

    @property
    def help(self) -> str | None:
        return "as a scalar, a query stands in parentheses of its own: `f((from …))`" if self.only == "exists" else None


# --- declarations -----------------------------------------------------------------------------------------------------


class UnknownDeclaration(Diagnostic, code="OF0130"):
    """A declaration begins with a word that begins none.

    Wrong:

        veiw zones = from (values (1)) as t (zone_id)

    Right:

        view zones = from (values (1)) as t (zone_id)
    """

    word: str
    meant: str | None
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.word}` does not begin a declaration"

    @property
    def help(self) -> str:
        if self.meant is None:
            return f"a declaration begins with {one_of(self.known)}"
        return f"did you mean `{self.meant}`?"

    @property
    def edit(self) -> Edit | None:
        return None if self.meant is None else Edit(self.span, self.meant)


class SqlStatement(Diagnostic, code="OF0131"):
    """A statement of SQL stands where a declaration should.

    A program says what there is, not what to do: a table is declared with its query, and running the program makes it.

    Wrong:

        create table zones as select zone_id from all_zones

    Right:

        view zones = from (values (1)) as t (zone_id)
    """

    word: str

    @property
    def title(self) -> str:
        return f"`{self.word}` is a statement of SQL; a program has declarations"

    @property
    def help(self) -> str:
        match self.word:
            case "create":
                return "write `table NAME = query` or `view NAME = query`"
            case "insert" | "update" | "delete" | "merge" | "copy":
                return "how a table takes new rows is its `refresh`: `table NAME { refresh: merge, key: k } = query`"
            case _:
                return "a table exists as long as it is declared"


class NamelessQuery(Diagnostic, code="OF0135"):
    """A query stands in a file without a name.

    A file holds declarations; a query on its own is asked with `oftra query`.

    Wrong:

        view some_zones = from (values (1)) as t (zone_id)
        from some_zones |> limit 1

    Right:

        view some_zones = from (values (1)) as t (zone_id)
        view one_zone = from some_zones |> limit 1
    """

    @property
    def title(self) -> str:
        return "a query in a file needs a name"

    @property
    def help(self) -> str:
        return "write `view NAME = …` before it, or `table NAME = …` to keep its rows"


class EmptyCell(Diagnostic, code="OF0132"):
    """A cell of a test's table is empty.

    Nothing could be null, an empty string, or forgotten; so it has to be said.

    Wrong:

        view zones = from values (1, 'Queens'), (2, null) as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | name |
            | 1       |      |
        }

    Right:

        view zones = from values (1, 'Queens'), (2, null) as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | name |
            | 1       | null |
        }
    """

    @property
    def title(self) -> str:
        return "a cell is empty"

    @property
    def help(self) -> str:
        return "write `null`, or `''` for an empty string"

    @property
    def edit(self) -> Edit:
        return Edit(Span(self.span.start, self.span.start, self.span.file), " null ")


class HeaderCell(Diagnostic, code="OF0133"):
    """The first row of a test's table holds something else than names of columns.

    Wrong:

        view zones = from values (1, 'Queens') as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | 'Queens' |
        }

    Right:

        view zones = from values (1, 'Queens') as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | name     |
            | 1       | 'Queens' |
        }
    """

    @property
    def title(self) -> str:
        return "the first row of a table names its columns"


class GivenOfNothing(Diagnostic, code="OF0134"):
    """`given … = …` names something that cannot be given so.

    A value can be given to a parameter (`given param day = …`), to `run.start` and to `run.end`; a relation is given
    rows.

    Wrong:

        param day date

        test 'a day' { given day = date '2026-01-01' }

    Right:

        param day date

        test 'a day' { given param day = date '2026-01-01' }
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` cannot be given a value"

    @property
    def help(self) -> str:
        return f"write `given param {self.name} = …`; only `run.start` and `run.end` go without `param`"


class SizeNotWhole(Diagnostic, code="OF0136"):
    """The size of a type is no whole number.

    Wrong:

        param price decimal(10.2)

    Right:

        param price decimal(10, 2)
    """

    size: str

    @property
    def title(self) -> str:
        return f"`{self.size}` is no size of a type"

    @property
    def help(self) -> str:
        return "sizes are whole numbers: `decimal(10, 2)`"


# --- characters -------------------------------------------------------------------------------------------------------


class DoubleQuoted(Diagnostic, code="OF0140"):
    """Something stands in double quotes.

    In some databases they make a string, in others a name; here strings take `'…'` and names `` `…` ``.

    Wrong:

        from (values (1)) as t (x) |> select "one" as y

    Right:

        from (values (1)) as t (x) |> select 'one' as y
    """

    text: str

    @property
    def title(self) -> str:
        return "double quotes mean nothing here"

    @property
    def help(self) -> str:
        inner = self.text.strip('"')
        return f"a string is '{inner}', a name is `{inner}`"


class Terminator(Diagnostic, code="OF0141"):
    """A declaration or query is closed with `;`.

    A declaration ends where the next begins.

    Wrong:

        from (values (1)) as t (x);

    Right:

        from (values (1)) as t (x)
    """

    @property
    def title(self) -> str:
        return "nothing is closed with `;`"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, "")


class GluedNumber(Diagnostic, code="OF0142"):
    """A number and a word are written without a space.

    Wrong:

        from (values (1)) as t (x) |> select interval 10minutes as pause

    Right:

        from (values (1)) as t (x) |> select interval 10 minutes as pause
    """

    number: str
    word: str

    @property
    def title(self) -> str:
        return f"`{self.number}{self.word}` is neither a number nor a name"

    @property
    def help(self) -> str:
        return "leave a space after the number; a name that begins with a digit stands in backticks"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, f"{self.number} {self.word}")


class UnclosedString(Diagnostic, code="OF0143"):
    """A string is not closed on its line.

    Wrong:

        from (values (1)) as t (x) |> select 'one

    Right:

        from (values (1)) as t (x) |> select 'one' as y
    """

    @property
    def title(self) -> str:
        return "a string is not closed"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it opens here"),)

    @property
    def help(self) -> str:
        return "close it with `'` on the same line; text of several lines stands between `$$`"


class UnclosedName(Diagnostic, code="OF0144"):
    """A name in backticks is empty or not closed on its line.

    Wrong:

        from (values (1)) as t (x) |> select x as `my name

    Right:

        from (values (1)) as t (x) |> select x as `my name`
    """

    @property
    def title(self) -> str:
        return "a name in backticks is empty or not closed"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it opens here"),)


class UnclosedComment(Diagnostic, code="OF0145"):
    """A comment is not closed.

    Wrong:

        from (values (1)) as t (x) /* one row

    Right:

        from (values (1)) as t (x) /* one row */
    """

    @property
    def title(self) -> str:
        return "a comment is not closed"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it opens here"),)

    @property
    def help(self) -> str:
        return "close it with `*/`"


class UnclosedRawText(Diagnostic, code="OF0146"):
    """Raw text is not closed.

    Text between `$$` (or `$tag$`) may have any number of lines; it ends where the same mark stands again.

    Wrong:

        function h3(lat double): bigint { on spark $$ h3({lat})

    Right:

        function h3(lat double): bigint { on spark $$ h3({lat}) $$ }
    """

    tag: str

    @property
    def title(self) -> str:
        return "raw text is not closed"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it opens here"),)

    @property
    def help(self) -> str:
        return f"close it with `{self.tag}`"


class UnclosedBracket(Diagnostic, code="OF0147"):
    """A bracket is not closed.

    Wrong:

        from (values (1)) as t (x) |> select (x + 1 |> limit 1

    Right:

        from (values (1)) as t (x) |> select (x + 1) as y |> limit 1
    """

    bracket: str
    found: str
    at: Span

    @property
    def title(self) -> str:
        return f"`{self.bracket}` is not closed"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, "it opens here"), Label(self.at, f"and is still open before {self.found}"))


class UnopenedBracket(Diagnostic, code="OF0148"):
    """A bracket closes what was never opened.

    Wrong:

        from (values (1)) as t (x) |> select x + 1) as y

    Right:

        from (values (1)) as t (x) |> select (x + 1) as y
    """

    bracket: str

    @property
    def title(self) -> str:
        return f"`{self.bracket}` closes nothing"


class UnclosedRow(Diagnostic, code="OF0149"):
    """A row of a test does not end with `|`.

    A row is one line: it begins and ends with `|`.

    Wrong:

        view zones = from values (1, 'Queens') as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | name
            | 1       | 'Queens' |
        }

    Right:

        view zones = from values (1, 'Queens') as t (zone_id, name)

        test 'zones' {
          given zones
            | zone_id | name     |
            | 1       | 'Queens' |
        }
    """

    @property
    def title(self) -> str:
        return "a row ends with `|` on its own line"


class ForeignName(Diagnostic, code="OF0150"):
    """A name has letters beyond a to z.

    Such a name stands in backticks: not every engine takes it as it is.

    Wrong:

        from (values (1)) as t (größe) |> select 1 as one

    Right:

        from (values (1)) as t (`größe`) |> select 1 as one
    """

    name: str

    @property
    def title(self) -> str:
        return f"the name `{self.name}` needs backticks"

    @property
    def edit(self) -> Edit:
        return Edit(self.span, f"`{self.name}`")


class StrangeCharacter(Diagnostic, code="OF0151"):
    """A character means nothing in this language.

    Wrong:

        from (values (1)) as t (x) |> where x > 0 #

    Right:

        from (values (1)) as t (x) |> where x > 0
    """

    character: str

    @property
    def title(self) -> str:
        shown = self.character if self.character.isprintable() else f"U+{ord(self.character):04X}"
        return f"the character `{shown}` means nothing here"

    @property
    def help(self) -> str | None:
        match self.character:
            case "#" | "!":
                return "a comment begins with `--`"
            case "‘" | "’":
                return "a string takes straight quotes: '…'"
            case "“" | "”":
                return "a string takes straight single quotes: '…'"
            case "–" | "—" | "−":
                return "write the minus sign of the keyboard: -"
            case _:
                return None


class NestedTooDeep(Diagnostic, code="OF0152"):
    """Brackets or operators are nested more than 200 deep.

    Wrong: more than two hundred brackets inside one another, or a chain of more than two hundred operators.

    Right:

        from (values (1)) as t (x) |> where x in (1, 2, 3)
    """

    limit: int

    @property
    def title(self) -> str:
        return f"this is nested more than {self.limit} deep"

    @property
    def help(self) -> str:
        return "name a part of it with `extend` or a view, or write `in (…)` for a chain of `or`"


class NotUtf8(Diagnostic, code="OF0153"):
    """A file is not UTF-8.

    Wrong: a file saved in another encoding, such as Latin-1 or UTF-16.

    Right:

        from (values ('é')) as t (letter)
    """

    path: str
    offset: int

    @property
    def title(self) -> str:
        return f"`{self.path}` is not UTF-8: byte {self.offset} fits no character"

    @property
    def help(self) -> str:
        return "save it as UTF-8"


class TooManyMistakes(Diagnostic, code="OF0154"):
    """A file has so many mistakes that the rest of them is left out.

    Wrong: a file that is no program at all.

    Right:

        from (values (1)) as t (x)
    """

    limit: int

    @property
    def title(self) -> str:
        return f"more than {self.limit} mistakes: the rest of the file is not read"


class NotYet(Diagnostic, code="OF0190"):
    """A form is part of the language but cannot be used yet.

    Its words are kept, so that a program that uses it later means the same. Reading goes on.

    Wrong:

        model sentiment(text string) returns string from bus

    Right:

        function sentiment(text string) = case when text like '%!' then 'loud' else 'calm' end
    """

    form: str

    @property
    def title(self) -> str:
        return f"{self.form} cannot be used yet"
