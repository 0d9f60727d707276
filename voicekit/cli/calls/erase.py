"""Recordings gone for good: of a person who asks for it, or by the rules of how long they are kept."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.calls import opening, selecting
from voicekit.cli.options import Directory, DryRun, Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voicekit.outcome import Outcome


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (retain, erase):
        app.command()(command)


def retain(
    apply: Annotated[bool, typer.Option("--apply", help="Delete it; else this only says what would go.")] = False,
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Delete recordings that were kept long enough, by [[calls.retain.rules]] of voicekit.toml. A hold wins.

    Without --apply nothing is deleted: --dry-run says the same in other words.

    Example: voicekit calls retain
    """
    from contextlib import closing

    from voicekit.jobs import retain_calls as job

    if apply and dry_run:
        raise typer.BadParameter("--apply deletes, and --dry-run does not: not both")
    found = opening.settings(directory)
    ring = opening.ring(found)
    with closing(found.reach()) as store:
        now = round(time.time())
        outcomes = job.apply(found, ring, store, now) if apply else job.plan(found, ring, store, now)
        console.show(outcomes, as_json=as_json, apart=("rule",))


def erase(
    number: selecting.Number = "",
    recordings: selecting.Recordings = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the archive, and names nobody.")
    ] = "",
    ends: selecting.Ends = "",
    since: selecting.Since = "",
    until: selecting.Until = "",
    day: selecting.Day = "",
    direction: selecting.Direction = "",
    queue: selecting.Queue = "",
    agent: selecting.Agent = "",
    shortest: selecting.Shortest = None,
    longest: selecting.Longest = None,
    uniqueid: selecting.Uniqueid = "",
    fields: selecting.Fields = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase them; there is no way back.")] = False,
    dry_run: DryRun = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where the certificate goes; else it is shown."),
    ] = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Erase recordings: sound, key, sidecar, index, files of the spool. --dry-run lists every place.

    They are chosen as by find; with nothing chosen, what was begun before is brought to its end. A hold wins.

    Example: voicekit calls erase 89161234567 --reason "request 17" --yes -o certificate.txt
    """
    from contextlib import closing

    from voicekit.jobs import erase_calls as job

    found = opening.settings(directory)
    span, parties = (since, until, day), (direction, queue, agent)
    asked = selecting.query(found, number, ends, span, parties, (shortest, longest), uniqueid, fields)
    chosen = selecting.selection(asked, recordings)
    if output:
        opening.output(output)
    ring = opening.ring(found)
    with closing(found.reach()) as store:
        if dry_run or (chosen and not yes):
            outcomes = job.plan(found, ring, store, chosen)
            outcomes = outcomes if dry_run else _unconfirmed(outcomes)
        else:
            outcomes = job.apply(found, ring, store, chosen, reason)
        outcomes = _certified(outcomes, output, aloud=not as_json)
        console.show(outcomes, as_json=as_json, brief=False, apart=("place", "beyond", "certificate", "unconfirmed"))


def _unconfirmed(outcomes: "Iterable[Outcome]") -> "Iterator[Outcome]":
    from voicekit.outcome import Outcome, Verdict, counted

    number = 0
    for outcome in outcomes:
        number += outcome.code == "would-erase"
        yield outcome
    if number:
        detail = f"{counted(number, 'recording')}, for good; nothing was erased"
        yield Outcome("erase", Verdict.REFUSED, "unconfirmed", detail, "say --yes to erase them")


def _certified(outcomes: "Iterable[Outcome]", output: Path | None, *, aloud: bool) -> "Iterator[Outcome]":
    from dataclasses import replace

    from voicekit import fs

    for outcome in outcomes:
        if outcome.code != "certificate":
            yield outcome
        elif output:
            fs.write(output, str(outcome.data["text"]).encode())
            yield replace(outcome, subject=str(output))
        elif aloud:
            print(outcome.data["text"])
        else:
            yield outcome
