"""Recordings into Asterisk's formats, what those formats are, and what is wrong with files in them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import DryRun, Json
from voicekit.outcome import Outcome

if TYPE_CHECKING:
    from voicekit.conversion import Recipe
    from voicekit.formats import Format


def add(app: typer.Typer) -> None:
    """Put these commands into the tree."""
    app.command()(convert)
    app.command()(formats)
    app.command()(lint)


class Finishing(StrEnum):
    """What `--finish` takes."""

    PROMPT = "prompt"
    CALL = "call"
    NONE = "none"


def convert(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC", help="Recordings, or folders of them.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the same tree is made.")],
    names: Annotated[
        str, typer.Option("--formats", help="Comma-separated (`voicekit formats` lists them), or auto.")
    ] = "sln16,g722,ulaw,alaw",
    codecs: Annotated[
        str, typer.Option("--codecs", help="With --formats auto: what the trunks speak, comma-separated.")
    ] = "ulaw,alaw",
    finish: Annotated[
        Finishing,
        typer.Option("--finish", help="prompt: trimmed and levelled; call: levelled only; none: as it is."),
    ] = Finishing.PROMPT,
    level: Annotated[float | None, typer.Option("--level", help="Active speech level (ITU-T P.56) in dBov.")] = None,
    channel: Annotated[int | None, typer.Option("--channel", min=1, help="Take this one, not the mix of all.")] = None,
    moh: Annotated[bool, typer.Option("--moh", help="Music on hold: one folder, -24 dBov, nothing trimmed.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML report too.")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Turn recordings of any kind into evenly loud sound files that Asterisk plays.

    A tree in, the same tree out. What is done already is not done again. Each file is decoded again and measured.

    Example: voicekit convert samples/ --to out/ --formats wav,g722
    """
    from voicekit.jobs import convert as job

    recipe = _recipe(finish, level, channel, moh=moh)
    plan = job.plan(sources, to, _rows(names, codecs), recipe, flat=moh)
    outcomes: Iterable[Outcome] = job.foretell(plan) if dry_run else job.apply(plan)
    seen: list[Outcome] = []
    try:
        console.show(_kept(outcomes, seen), as_json=as_json, total=plan.total)
    finally:
        if report and not dry_run:
            from voicekit import report as page

            page.write(report, str(to), seen)
        if moh and not (dry_run or as_json):
            print(_MOH.format(folder=to.resolve()))


_MOH = """\
next, in musiconhold.conf: [NAME], mode=files, directory={folder}
then: asterisk -rx "moh reload" (a class whose folder was empty when it was loaded appears only after
asterisk -rx "module reload res_musiconhold")"""


def _rows(names: str, codecs: str) -> "list[Format]":
    from voicekit.formats import pick
    from voicekit.formats.select import smallest

    if names.strip() == "auto":
        return list(smallest(_list(codecs)))
    return [pick(name) for name in _list(names)]


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _recipe(finish: Finishing, level: float | None, channel: int | None, *, moh: bool) -> "Recipe":
    from voicekit.audio.recipe import CALL, MUSIC, PROMPT
    from voicekit.conversion import Recipe

    base = MUSIC if moh else {Finishing.PROMPT: PROMPT, Finishing.CALL: CALL, Finishing.NONE: None}[finish]
    if base is not None and level is not None:
        try:
            base = replace(base, level=level)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return Recipe(base, None if channel is None else channel - 1)


def _kept(outcomes: Iterable[Outcome], seen: list[Outcome]) -> Iterator[Outcome]:
    for outcome in outcomes:
        seen.append(outcome)
        yield outcome


def formats(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Explain these.")] = None,
    as_json: Json = False,
) -> None:
    """Show the table of Asterisk's sound formats, or explain some of them.

    Example: voicekit formats g722
    """
    from voicekit.jobs import formats as job

    console.show(job.apply(names or ()), as_json=as_json, brief=False)


def lint(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Installed sounds, with all folders in it.")],
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what loses nothing by it; what was there goes to DIR/.voicekit-lint.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Find sounds that callers hear not at all, as noise, or not whole, and say what to do about each.

    Example: voicekit lint /var/lib/asterisk/sounds
    """
    from itertools import chain

    from voicekit.jobs import lint as job

    plan = job.plan(folder)
    if fix and dry_run:
        console.show(chain(job.foretell(plan), job.report(plan)), as_json=as_json)
    else:
        console.show(job.apply(plan) if fix else job.report(plan), as_json=as_json)
