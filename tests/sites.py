"""Small workspaces that tests write by hand."""

import io
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicekit import manifest, toml, workspace
from voicekit.approvals import Answer
from voicekit.cli import main
from voicekit.jobs import approve
from voicekit.lock import Lock
from voicekit.state import Situation

PROMPTS = {"custom/one": "Press one.", "custom/two": "Press two for sales.", "closed": "Nobody is here now."}


class Site:
    """A workspace of the tone engine in one language: nothing is quicker, and the same words are the same bytes."""

    def __init__(self, root: Path, prompts=None, *, languages=("en",), formats=("ulaw", "sln16", "gsm")):
        self.root = root
        self.languages = languages
        self.config(formats)
        self.voice()
        for language in languages:
            self.words(prompts or PROMPTS, language)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def config(self, formats) -> None:
        self.write("voicekit.toml", workspace.template("Wind", self.languages, formats, "robot"))

    def words(self, prompts, language="en") -> None:
        tables = [f"[{toml.quote(name)}]\ntext = {toml.quote(words)}\n" for name, words in prompts.items()]
        self.write(f"prompts/{language}/menu.toml", "\n".join(tables))

    def voice(self, *, engine="tone", voice="{language}", settings="", finish="", name="robot", head="") -> None:
        speakers = "".join(f'[languages.{x}]\nvoice = "{voice.format(language=x)}"\n' for x in self.languages)
        top = f'version = 1\nengine = "{engine}"\nlicence = "none"\nconsent = {{ name = "Ann" }}\n{head}\n'
        self.write(f"voices/{name}/voice.toml", f"{top}{speakers}[settings]\n{settings}\n[finish]\n{finish}\n")

    def lexicon(self, **words) -> None:
        lines = [f"{toml.quote(word)} = {toml.quote(say)}\n" for word, say in words.items()]
        self.write("voices/robot/lexicon.toml", "[word]\n" + "".join(lines))

    def load(self) -> workspace.Workspace:
        return workspace.load(self.root)

    def situation(self) -> Situation:
        return Situation.read(self.load())

    def entries(self):
        return Lock.load(self.root / "voicekit.lock").entries

    def built(self):
        return manifest.load(self.root / "build/manifest.jsonl")

    def master(self, name: str, language="en") -> Path:
        return self.root / f"masters/{self.entries()[language, name].master}.flac"

    def approve(self, *patterns: str) -> None:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        assert not any(x.bad for x in approve.answer(self.situation(), patterns, Answer.APPROVED, "Ann", "", now))

    def tree(self, under: str = "") -> dict[str, bytes]:
        """Every file of the workspace but those that no run promises anything of."""
        return {name: path.read_bytes() for name, path in self._files(under)}

    def times(self, under: str = "") -> dict[str, tuple[int, int]]:
        """What tells whether a file was touched: its inode and the time of its last change."""
        return {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in self._files(under)}

    def _files(self, under):
        for path in sorted((self.root / under).rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name != ".voicekit/lock":
                yield name, path


@dataclass(frozen=True)
class Ran:
    """What a run of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def outcomes(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def codes(self):
        """Code of each subject; subjects are different in one run."""
        codes = {outcome["subject"]: outcome["code"] for outcome in self.outcomes}
        assert len(codes) == len(self.outcomes)
        return codes

    @property
    def counts(self):
        return Counter(outcome["code"] for outcome in self.outcomes)


def runner(capsys, monkeypatch):
    """`run(*argv, stdin=...)`: the command line in this process."""

    def run(*argv, stdin="") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main([str(argument) for argument in argv])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def children():
    """The processes that are this one's, dead ones that nobody waited for too; other tests may have left some."""
    return {number for task in Path("/proc/self/task").iterdir() for number in (task / "children").read_text().split()}
