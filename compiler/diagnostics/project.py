"""OF07: connections, their options, and the project around a program."""

from oftra.diagnostics.model import Diagnostic, Label, nearest


def listed(names: tuple[str, ...]) -> str:
    """`names` as words for people: `` `a`, `b`, `c` ``."""
    return ", ".join(f"`{name}`" for name in names)


def near_or_all(name: str, available: tuple[str, ...], noun: str) -> str:
    """What to advise somebody who wrote `name`: the one that is near, else all there are."""
    near = nearest(name, available)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"the {noun} here are {listed(available)}" if available else f"there are no {noun} here"


# --- options ----------------------------------------------------------------------------------------------------


class UnknownConnector(Diagnostic, code="OF0701"):
    """A connection is of a kind that Oftra doesn't know.

    Wrong:

        connection lake = file { root: 'data' }

    Right:

        connection lake = files { root: 'data' }
    """

    kind: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"unknown kind of connection `{self.kind}`"

    @property
    def help(self) -> str:
        return near_or_all(self.kind, self.available, "kinds")


class UnknownOption(Diagnostic, code="OF0702"):
    """A connection, source, table, sink, contract or pipeline is given an option that it doesn't have.

    Which options there are depends on the kind of connection: a topic has no `path`.

    Wrong:

        connection lake = files { root: 'data', fromat: csv }

    Right:

        connection lake = files { root: 'data', format: csv }
    """

    name: str
    owner: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.owner} has no option `{self.name}`"

    @property
    def help(self) -> str:
        options = near_or_all(self.name, self.available, "options")
        # Elsewhere fields of records have colons.
        is_column = self.owner.startswith("contract ") and not nearest(self.name, self.available)
        return f"{options}; a column has no colon: `{self.name} string`" if is_column else options


class MissingOption(Diagnostic, code="OF0703"):
    """An option is left out that has no default.

    Wrong:

        connection bus = kafka { security: ssl }

    Right:

        connection bus = kafka { bootstrap_servers: 'localhost:9092', security: ssl }
    """

    name: str
    owner: str
    expected: str

    @property
    def title(self) -> str:
        return f"{self.owner} needs the option `{self.name}`"

    @property
    def help(self) -> str:
        return f"add `{self.name}: ...`, {self.expected}"


class MistypedOption(Diagnostic, code="OF0704"):
    """The value of an option isn't of the kind that the option takes.

    Wrong:

        connection lake = files { root: 'data', header: 'yes' }

    Right:

        connection lake = files { root: 'data', header: true }
    """

    name: str
    owner: str
    expected: str
    choices: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"the option `{self.name}` of {self.owner} takes {self.expected}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"expected {self.expected}"),)

    @property
    def help(self) -> str | None:
        return f"the choices are {listed(self.choices)}" if self.choices else None


class TooLittle(Diagnostic, code="OF0706"):
    """An option is given a number, or a time, that is too small to mean anything.

    How often a task is tried again is 0 or more, and what may take no time at all could never end in time.

    Wrong:

        connection lake = files { root: 'data', format: parquet }
        contract order { id int not null }
        source orders: order from lake { path: 'orders' }
        table copies in lake = from orders
        pipeline daily { build: [copies], retries: -1, timeout: interval 0 seconds }

    Right:

        connection lake = files { root: 'data', format: parquet }
        contract order { id int not null }
        source orders: order from lake { path: 'orders' }
        table copies in lake = from orders
        pipeline daily { build: [copies], retries: 1, timeout: interval 10 minutes }
    """

    name: str
    owner: str
    expected: str
    least: int

    @property
    def title(self) -> str:
        return f"the option `{self.name}` of {self.owner} is too small"

    @property
    def labels(self) -> tuple[Label, ...]:
        if self.expected != "an interval":
            said = f"{self.expected} of {self.least} or more"
        else:
            said = "an interval that is longer than nothing" if self.least else "an interval that isn't negative"
        return (Label(self.span, f"expected {said}"),)


class UnknownChoice(Diagnostic, code="OF0705"):
    """An option that takes one of a few words is given another.

    Wrong:

        connection lake = files { root: 'data', format: parket }

    Right:

        connection lake = files { root: 'data', format: parquet }
    """

    word: str
    name: str
    owner: str
    choices: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"the option `{self.name}` of {self.owner} can't be `{self.word}`"

    @property
    def help(self) -> str:
        return near_or_all(self.word, self.choices, "choices")


# --- the project around a program ------------------------------------------------------------------------------------


class NoSuchPath(Diagnostic, code="OF0710"):
    """A file or folder was named that isn't there.

    Wrong: a path that was mistyped, or that is meant from another folder than the one the command was given in.
    """

    path: str
    near: str | None = None

    @property
    def title(self) -> str:
        return f"there is no file or folder `{self.path}`"

    @property
    def help(self) -> str | None:
        return f"did you mean `{self.near}`?" if self.near else None


class NoProject(Diagnostic, code="OF0711"):
    """There is nothing to compile: neither an `oftra.toml`, here or in a folder above, nor an `.oftra` file here.

    Files in the folders below are only looked for in a project, which an `oftra.toml` makes.

    Wrong: a command given outside of a project.
    """

    folder: str

    @property
    def title(self) -> str:
        return f"there is no project in `{self.folder}`: no `oftra.toml` here or above, and no `.oftra` file here"

    @property
    def help(self) -> str:
        return "go to the project's folder, name a file, or make a project: `oftra init NAME`"


class UnreadableFile(Diagnostic, code="OF0712"):
    """A file or folder of the project can't be read.

    Wrong: a file that the user may not read, or one on a disk that fails.
    """

    path: str
    reason: str

    @property
    def title(self) -> str:
        return f"`{self.path}` can't be read: {self.reason}"


class NotUtf8(Diagnostic, code="OF0713"):
    """A file isn't UTF-8, the one encoding that programs are written in.

    Wrong: a file that an editor saved as Latin-1, UTF-16 or anything else.
    """

    path: str
    offset: int

    @property
    def title(self) -> str:
        return f"`{self.path}` is not UTF-8"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"byte {self.offset} of the file starts no character"),)

    @property
    def help(self) -> str:
        return "save it as UTF-8"


class NotAProgram(Diagnostic, code="OF0714"):
    """A file was named whose name doesn't end in `.oftra`.

    Wrong: `oftra check README.md`.
    """

    path: str

    @property
    def title(self) -> str:
        return f"`{self.path}` is not an `.oftra` file"


class InvalidToml(Diagnostic, code="OF0715"):
    """`oftra.toml` isn't valid TOML.

    Wrong: a line `name = taxi`, whose string lacks its quotes.
    """

    message: str

    @property
    def title(self) -> str:
        return "`oftra.toml` is not valid TOML"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, self.message),)


class UnknownSetting(Diagnostic, code="OF0716"):
    """`oftra.toml` has a key that means nothing there.

    Wrong: a line `stroe = "lake"` under `[project]`.
    """

    key: str
    table: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        where = f"`[{self.table}]`" if self.table else "`oftra.toml`"
        return f"{where} has no key `{self.key}`"

    @property
    def help(self) -> str:
        return near_or_all(self.key, self.available, "keys")


class MistypedSetting(Diagnostic, code="OF0717"):
    """A value in `oftra.toml` isn't of the kind that its key takes.

    Wrong: a line `version = 1.0` under `[project]`, where a string belongs.
    """

    key: str
    expected: str

    @property
    def title(self) -> str:
        return f"`{self.key}` in `oftra.toml` takes {self.expected}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"expected {self.expected}"),)


class UnknownEnvironment(Diagnostic, code="OF0718"):
    """`--env` names an environment that `oftra.toml` doesn't have.

    Wrong: `oftra compile --env prd`, where the table is called `[env.prod]`.
    """

    name: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"unknown environment `{self.name}`"

    @property
    def help(self) -> str:
        if not self.available:
            return f"add a table `[env.{self.name}]` to `oftra.toml`"
        return near_or_all(self.name, self.available, "environments")


class FolderNotAWord(Diagnostic, code="OF0719"):
    """A folder with `.oftra` files in it has a name that can't be a namespace.

    A folder is a namespace, so its name has to be a word: letters, digits and `_`, no digit first.

    Wrong: a folder `sales-2026` in a project.
    """

    folder: str

    @property
    def title(self) -> str:
        return f"the folder `{self.folder}` can't be a namespace: its name is not a word"

    @property
    def help(self) -> str:
        word = "".join(char if char.isalnum() else "_" for char in self.folder.rpartition("/")[2])
        return f"rename it to `{'_' + word if word[:1].isdigit() else word}`"


class UnknownSelection(Diagnostic, code="OF0720"):
    """A name, tag or path that was selected is that of no relation.

    A short name counts if only one relation's last part is that; else the name is written in full, `finance.orders`.

    Wrong: `oftra run dayly_revenue`, where the table is called `daily_revenue`.
    """

    pattern: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        kind, colon, value = self.pattern.partition(":")
        match kind if colon else "":
            case "tag":
                return f"nothing has the tag `{value}`"
            case "path":
                return f"nothing is declared in `{value}`"
            case _:
                return f"there is no relation `{self.pattern}`"

    @property
    def help(self) -> str | None:
        if ":" in self.pattern:
            return None
        alike = tuple(name for name in self.available if name.rpartition(".")[2] == self.pattern)
        if alike:
            return f"which one: {listed(alike)}?"
        return near_or_all(self.pattern, self.available, "relations")


class NothingStored(Diagnostic, code="OF0721"):
    """What was selected is never stored, so there is nothing to build.

    Wrong: `oftra run NAME` with the name of a view or a source.
    """

    pattern: str

    @property
    def title(self) -> str:
        return f"`{self.pattern}` is not stored: there is nothing to build"

    @property
    def help(self) -> str:
        return f"select what is made of it, `{self.pattern}+`, or look at its rows: `oftra query 'from {self.pattern}'`"


class UnknownTarget(Diagnostic, code="OF0722"):
    """A target or an engine was named that isn't installed.

    Wrong: `oftra compile --target duckbd`.
    """

    name: str
    noun: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there is no {self.noun} `{self.name}`"

    @property
    def help(self) -> str:
        return near_or_all(self.name, self.available, f"{self.noun}s")


class BrokenTarget(Diagnostic, code="OF0723"):
    """A target or an engine is installed, but can't be loaded.

    Wrong: an engine whose own package is missing.
    """

    name: str
    noun: str
    reason: str

    @property
    def title(self) -> str:
        return f"the {self.noun} `{self.name}` can't be used: {self.reason}"

    @property
    def help(self) -> str:
        return f"install what it needs: `pip install 'oftra[{self.name}]'`"


class UnknownParam(Diagnostic, code="OF0724"):
    """A value is given to a param that the program doesn't have.

    Wrong: `oftra run --param dya=2026-01-31`, where the param is called `day`.
    """

    name: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there is no param `{self.name}`"

    @property
    def help(self) -> str:
        return near_or_all(self.name, self.available, "params")


class MistypedValue(Diagnostic, code="OF0725"):
    """The text given for a param, or for the run's window, can't be read as its type.

    Wrong: `oftra run --param day=tomorrow` for a `date`.
    """

    name: str
    text: str
    expected: str

    @property
    def title(self) -> str:
        return f"`{self.text}` is no {self.expected}, as `{self.name}` needs"


class BackwardWindow(Diagnostic, code="OF0726"):
    """The window of a run ends before it begins, so that no row could lie in it.

    Wrong: `oftra run --start 2026-03-02 --end 2026-03-01`.
    """

    start: str
    end: str

    @property
    def title(self) -> str:
        return f"the run's window ends at `{self.end}`, before it begins at `{self.start}`"
