"""Words in and out of the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, DryRun, Ids, Json

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Import, export, list and check prompts.")


@app.command("import")
def import_(
    source: Annotated[
        Path,
        typer.Argument(metavar="FILE|DIR", help="core-sounds-xx.txt(.gz), CSV, XLSX, or a folder of sounds."),
    ],
    language: Annotated[str, typer.Option("--language", "-l", help="Of the words, where the file does not say.")] = "",
    into: Annotated[str, typer.Option("--set", help="The set that takes them: prompts/<language>/<set>.toml.")] = "",
    dry_run: DryRun = False,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Take words from a list, or adopt a folder of sounds. What is odd is reported line by line; prompts that
    are in the catalogue already stay as they are.

    Example: voicekit prompts import core-sounds-ru.txt.gz --language ru
    """
    from voicekit import workspace
    from voicekit.jobs import adopt, import_words

    found = workspace.find(directory)
    with found.exclusive():
        if source.is_dir():
            console.show(adopt.apply(found, source, language, into, dry_run=dry_run), as_json=as_json)
        else:
            console.show(import_words.apply(found, source, language, into, dry_run=dry_run), as_json=as_json)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Its ending says what: .txt, .txt.gz, .csv, .xlsx")],
    ids: Ids = None,
    language: Annotated[str, typer.Option("--language", "-l", help="Only this one; a .txt holds one language.")] = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write prompts and their words to a list: Asterisk's own, CSV or XLSX.

    Example: voicekit prompts export prompts.xlsx
    """
    from voicekit import workspace
    from voicekit.jobs import export as job

    console.show(job.apply(workspace.find(directory), target, ids or (), language), as_json=as_json)


@app.command("list")
def list_(ids: Ids = None, directory: Directory = Path(), as_json: Json = False) -> None:
    """List prompts and their words.

    Example: voicekit prompts list "custom/*"
    """
    from voicekit import workspace
    from voicekit.jobs import list_prompts

    console.show(list_prompts.apply(workspace.find(directory), ids or ()), as_json=as_json, brief=False)


@app.command()
def lint(ids: Ids = None, directory: Directory = Path(), as_json: Json = False) -> None:
    """Find words that callers would hear wrong: typing errors, strange letters, translations that differ.

    Example: voicekit prompts lint "custom/*"
    """
    from voicekit import workspace
    from voicekit.jobs import lint_prompts

    console.show(lint_prompts.apply(workspace.find(directory), ids or ()), as_json=as_json)


@app.command()
def say(
    ids: Ids = None,
    words: Annotated[str, typer.Option("--text", metavar="WORDS", help="Words that are in no catalogue yet.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Of --text.")] = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Show step by step what the engine gets: numbers, dates and abbreviations in words, the lexicon, stress marks.

    Example: voicekit prompts say --text "в 22:00 по ул. Ленина, д. 5" -l ru
    """
    from voicekit import workspace
    from voicekit.jobs import say as job

    found = workspace.find(directory)
    if words and ids:
        raise typer.BadParameter("name prompts, or give words with --text, not both")
    if words and not language:
        raise typer.BadParameter("say of which language the words are: --language ru")
    outcomes = job.words(found, words, language) if words else job.apply(found, ids or ())
    console.lines(outcomes, as_json=as_json)
