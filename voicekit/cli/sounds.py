"""Commands on the sounds of a workspace: make them, judge them, hear them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, DryRun, Ids, Json, complete_ids
from voicekit.outcome import counted

if TYPE_CHECKING:
    from voicekit.jobs import revoice as revoicing


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    for command in (revoice, take, status, play, approve, reject, proof):
        app.command()(command)


def revoice(
    ids: Ids = None,
    again: Annotated[bool, typer.Option("--all", help="Speak every chosen prompt anew, needed or not.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --all.")] = False,
    stand_in: Annotated[
        bool, typer.Option("--stand-in", help="A human voice's stand-in speaks what waits for a take.")
    ] = False,
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Speak what is missing or changed, finish it, and write every format.

    Only prompts whose words, lexicon, voice or settings changed are spoken again; a changed finish is applied to the
    kept Masters. Nothing else is touched.

    Example: voicekit revoice custom/main-menu
    """
    from voicekit import workspace
    from voicekit.jobs import revoice as job
    from voicekit.state import Situation

    found = workspace.find(directory)
    if dry_run:
        plan = job.plan(Situation.read(found), ids or (), again=again, stand_in=stand_in)
        console.show(job.foretell(plan), as_json=as_json)
        return
    with found.exclusive():
        plan = job.plan(Situation.read(found), ids or (), again=again, stand_in=stand_in)
        if again and plan.to_speak and not yes:
            typer.confirm(_question(plan), abort=True, err=True)
        console.show(job.apply(plan), as_json=as_json, total=plan.total)


def _question(plan: "revoicing.Plan") -> str:
    assert plan.narrator is not None
    cost = plan.cost or "at no cost"
    what = f"{counted(len(plan.to_speak), 'prompt')}, {counted(plan.characters, 'character')}"
    return f"Speak anew with {plan.narrator.engine.name} ({what}, {cost})?"


def take(
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="Recordings, each named as its prompt.")],
    name: Annotated[str, typer.Option("--as", metavar="ID", help="The prompt that FILE is of.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Of the recordings, where no folder says.")] = "",
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Take recordings in for prompts that have words: check who speaks, finish them, and write every format.

    Example: voicekit take takes/ru
    """
    from voicekit import workspace
    from voicekit.jobs import take as job
    from voicekit.state import Situation

    found = workspace.find(directory)
    if dry_run:
        plan = job.plan(Situation.read(found), source, name, language)
        console.show(job.foretell(plan), as_json=as_json)
        return
    with found.exclusive():
        plan = job.plan(Situation.read(found), source, name, language)
        console.show(job.apply(plan), as_json=as_json, total=plan.total)


def status(
    ids: Ids = None,
    all_lines: Annotated[bool, typer.Option("--all", help="A line for each prompt, current ones too.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Say what is not as it should be and why: stale, missing, needs-take, no-master, orphaned ...

    Then what concerns the workspace: approvals that are awaited, Masters that exist nowhere but here, engine versions.

    Example: voicekit status --all
    """
    from voicekit import workspace
    from voicekit.jobs import status as job
    from voicekit.state import Situation

    situation = Situation.read(workspace.find(directory))
    if as_json or ids or all_lines:
        console.show(job.prompts(situation, ids or ()), as_json=as_json, brief=not (all_lines or ids))
    else:
        console.lines(job.unsettled(situation))
    if not ids:
        console.lines(job.overview(situation), as_json=as_json)
        console.lines(job.notes(situation), as_json=as_json)


def play(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Prompts to play.", autocompletion=complete_ids)],
    master: Annotated[bool, typer.Option("--master", help="Play the Master, not what callers hear.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Play prompts through whatever player this machine has.

    Example: voicekit play ru/custom/main-menu
    """
    from voicekit import workspace
    from voicekit.jobs import play as job
    from voicekit.state import Situation

    console.show(job.apply(Situation.read(workspace.find(directory)), ids, master=master), as_json=as_json)


By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, or what should change.")]


def approve(
    ids: Ids = None,
    by: By = "",
    note: Note = "",
    accept: Annotated[
        bool, typer.Option("--accept", help="In spite of the voice gate's doubts; --note says why.")
    ] = False,
    answers: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Take the approvals.json that a proof page gave."),
    ] = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Approve the sounds of prompts as they are now; an approval lapses when the sound changes.

    Example: voicekit approve "custom/*" --by "Anna Petrova"
    """
    from voicekit import workspace
    from voicekit.jobs import approve as job
    from voicekit.state import Situation

    if accept and not note:
        raise typer.BadParameter("say why it may be heard all the same: --note WHY")
    if answers is None:
        _answer("accepted" if accept else "approved", ids, by, note, directory, as_json)
        return
    found = workspace.find(directory)
    with found.exclusive():
        console.show(job.from_file(Situation.read(found), answers), as_json=as_json)


def reject(ids: Ids = None, by: By = "", note: Note = "", directory: Directory = Path(), as_json: Json = False) -> None:
    """Reject the sounds of prompts as they are now.

    Example: voicekit reject custom/main-menu --by "Anna Petrova" --note "says sales twice"
    """
    _answer("rejected", ids, by, note, directory, as_json)


def _answer(answer: str, ids: list[str] | None, by: str, note: str, directory: Path, as_json: bool) -> None:
    from voicekit import workspace
    from voicekit.approvals import Answer
    from voicekit.jobs import approve as job
    from voicekit.state import Situation

    if not ids or not by:
        raise typer.BadParameter('name the prompts ("*" for all) and who says so: ID... --by NAME')
    found = workspace.find(directory)
    now = datetime.now(UTC)
    with found.exclusive():
        console.show(job.answer(Situation.read(found), ids, Answer(answer), by, note, now), as_json=as_json)


def proof(
    ids: Ids = None,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write the page.")] = Path(
        "proof.html"
    ),
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not approved as it is now.")] = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write one page to mail to a customer: players, words, levels, yes and no; it returns an approvals.json.

    Example: voicekit proof --changed -o proof.html
    """
    from voicekit import workspace
    from voicekit.jobs import proof as job
    from voicekit.state import Situation

    situation = Situation.read(workspace.find(directory))
    plan = job.plan(situation, ids or (), changed=changed)
    console.show(job.apply(plan, situation, output), as_json=as_json, total=len(plan))
