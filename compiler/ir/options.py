"""What the options of a program's connections, sources, tables and sinks come to."""

from oftra.ir.program import Connection, Option, Options, Word


def word(option: Option, default: str = "") -> str:
    """A choice, however it was written."""
    match option:
        case Word(text):
            return text
        case str():
            return option
        case _:
            return default


def text(option: Option, default: str | None = None) -> str | None:
    """A text; None if it isn't given or not known yet."""
    return option if isinstance(option, str) else default


def words(option: Option) -> tuple[str, ...]:
    """A list of choices or columns; one alone is a list too."""
    match option:
        case tuple():
            return tuple([word(item) for item in option])
        case None:
            return ()
        case _:
            return (word(option),)


def given(own: Options, connection: Connection, name: str) -> Option:
    """An option of one data set, else of its connection."""
    found = own.get(name)
    return connection.options.get(name) if found is None else found


def variable_of(secret: str) -> str:
    """The environment variable that a secret is read from: `kafka/password` from KAFKA_PASSWORD."""
    return "".join([char if char.isalnum() else "_" for char in secret]).upper()
