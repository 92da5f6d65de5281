"""What a module says of an error: the relation that it is about, and where that stands in the program."""

FAILING: dict[str, str] = {
    "Failed": '''\
class Failed(Exception):
    """What went wrong, and the relation that it is about."""

    def __str__(self) -> str:
        """That with the place in the program."""
        relation, message = self.args
        place = place_of(relation, self.__cause__)
        words = [f"in {relation}"] if relation else []
        words += [f"({place})"] if place else []
        return f"{' '.join(words)}, {message}" if words else str(message)

    @property
    def told(self) -> dict[str, Any]:
        """The same for the report."""
        relation, message = self.args
        file, _, line = place_of(relation, self.__cause__).rpartition(":")
        place = {"file": file or None, "line": int(line) if file else None}
        return {"relation": relation, **place, "message": message}
''',
    "Broken": '''\
class Broken(Failed):
    """Rows of a relation break rules that none may break."""
''',
    "place_of": '''\
def place_of(relation: str | None, error: BaseException | None) -> str:
    """Where in the program an error comes from, as `FILE:LINE`.

    Spark may name the line of this file that says what failed; where that comes from stands in
    the manifest beside it. Without these it is where the relation is declared.
    """
    folder, name = os.path.split(os.path.abspath(place_of.__code__.co_filename))
    if found := re.search(rf"{re.escape(name)}:(\\d+)", str(error)):
        line = int(found[1])
        for path in (f"{name[:-3]}.manifest.json", "manifest.json"):
            path = os.path.join(folder, path)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    told = json.load(file)
                around = [one for one in told["lines"] if one[0] <= line <= one[1]]
                if told["script"] == name and around:
                    _, _, at, *_, line = min(around, key=lambda one: one[1] - one[0])
                    return f"{told['inputs'][at]['path']}:{line}"
    return PLACES.get(relation or "", "")
''',
    "short": '''\
def short(error: Exception) -> str:
    """What an error says, without the plan that Spark shows behind it."""
    return re.split(r"\\n\\n|\\n== DataFrame ==", str(error))[0]
''',
}
