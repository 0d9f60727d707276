"""`voicekit revoice` on 10,000 prompts of which none has changed."""

import tempfile
from pathlib import Path
from statistics import median

from bench.measure import VOICEKIT, heading, run, table
from voicekit import workspace

IDS = 5000
LANGUAGES = ("ru", "en")
FORMATS = ("ulaw", "alaw", "sln16")
WORDS = {"ru": "Сообщение", "en": "Message"}
ROUNDS = 7
KEPT = Path(tempfile.gettempdir()) / f"voicekit-bench-{2 * IDS}"  # it takes minutes to speak: kept for the next run


def main() -> None:
    heading(f"Nothing to do: {IDS * len(LANGUAGES):,} prompts, {', '.join(FORMATS)}")
    generate(KEPT)
    made = run(VOICEKIT, "revoice", "-C", str(KEPT))
    programs = {"voicekit --version": ["--version"], "voicekit revoice": ["revoice", "-C", str(KEPT)]}
    costs = [{name: run(VOICEKIT, *argv) for name, argv in programs.items()} for _ in range(ROUNDS)]
    rows = []
    for name in programs:
        wall, cpu = (median(getattr(cost[name], unit) for cost in costs) for unit in ("wall", "cpu"))
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", costs[0][name].out.splitlines()[-1]])
    rows.append(["difference", *(f"{float(rows[1][n]) - float(rows[0][n]):.2f}" for n in (1, 2)), ""])
    table(["program", "wall, s", "CPU, s", "it says"], rows)
    print(f"\nbefore that: {made.out.splitlines()[-1]} ({made.wall:.0f} s)")


def generate(root: Path) -> None:
    """The text files of the workspace; written again they are the same."""
    for language in LANGUAGES:
        tables = [f'["bench/{n:05}"]\ntext = "{WORDS[language]} {n}."\n' for n in range(IDS)]
        write(root / f"prompts/{language}/bench.toml", "\n".join(tables))
    speakers = "".join(f'[languages.{language}]\nvoice = "{language}"\n' for language in LANGUAGES)
    write(root / "voices/tone/voice.toml", f'version = 1\nengine = "tone"\nlicence = "none"\n{speakers}')
    write(root / workspace.FILE, workspace.template("bench", LANGUAGES, FORMATS, "tone"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
