"""Gates in modules: what each measured goes into the report, and decides whether the run goes on."""

GATES: dict[str, str] = {
    "Closed": '''\
class Closed(Broken):
    """A gate does not hold, and what comes behind it may not be done."""
''',
    "Skipped": '''\
class Skipped(Exception):
    """A gate does not hold, and what comes behind it need not be done."""
''',
    "GATES": """\
GATES: list[dict[str, Any]] = []
""",
    "require": '''\
def require(
    row: DataFrame,
    gate: str,
    action: str,
    pipeline: str,
    place: str,
    measures: list[str],
) -> None:
    """Tell what a gate measured; if it does not hold, the run goes on after an alert alone."""
    try:
        holds, *found = row.collect()[0]
    except Exception as error:
        raise Failed(None, short(error)) from error
    file, _, line = place.rpartition(":")
    told = {"gate": gate, "pipeline": pipeline, "file": file, "line": int(line)}
    measured = dict(zip(measures, found))
    GATES.append({**told, "action": action, "holds": holds, "measured": measured})
    if holds:
        return
    log.warning("%s: `%s` does not hold (%s): %s", action, gate, place, measured)
    if action == "skip":
        raise Skipped(gate)
    if action != "alert":
        raise Closed(None, f"`{gate}` does not hold ({place})")
''',
}


def with_gates(run: str) -> str:
    """`run`, which tells of gates and ends as they say."""
    for before, after in (
        ("4 if a rule stopped it", "4 if a rule or gate stopped it"),
        (
            "    except Failed as error:\n",
            '    except Skipped:\n        log.info("the rest is skipped")\n    except Failed as error:\n',
        ),
        (
            '        with open(args.report, "w", encoding="utf-8") as file:\n'
            '            json.dump({**told, "relations": list(report.values()), "gates": []}, file)\n',
            '        told = {**told, "relations": list(report.values()), "gates": GATES}\n'
            '        with open(args.report, "w", encoding="utf-8") as file:\n'
            "            json.dump(told, file, default=str)\n",
        ),
    ):
        assert before in run, before
        run = run.replace(before, after)
    return run
