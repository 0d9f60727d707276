"""What the documents show is what happens: commands are run, TOML is read, the example engine is one."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from docs.blocks import DOCUMENTS, ROOT, blocks, commands, fits

from voicekit import engines, voices, workspace
from voicekit.engines import Engine

ALLOWED = {
    "voicekit",
    "cd",
    "cat",
    "ls",
    "cp",
    "mkdir",
    "rm",
    "sed",
    "git",
    "echo",
    "tar",
    "sh",
    "python",
    "head",
    "xargs",
}
TAGS = {"console", "sh", "toml", "text", "ini", "json", "python"}  # `sh`: shown, not run
SH = 13  # blocks in all documents together; what can be run is run
END = "\x1eend of a command\x1e"
OPENS = re.compile(r"# ((?:voicekit|prompts/\w+/[\w-]+|voices/[\w-]+/(?:voice|lexicon))\.toml)")

ONCE = [path for path in DOCUMENTS if path.name != "README.ru.md"]  # which has README.md's commands: see below

run_in_documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def environment(home):
    """No network, nobody's git settings, and this checkout's voicekit."""
    dead = "http://127.0.0.1:9"
    who = {f"GIT_{role}_{what}": "admin" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "http_proxy": dead,
        "https_proxy": dead,
        **who,
    }


def session(listed, folder, home):
    """What each command prints, in one shell; `$?` is the code of the command before."""
    script = "".join(f"{command.text}\n(code=$?; echo '{END}'; exit $code)\n" for command in listed)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        text=True,
        check=False,
    )
    return done.stdout.split(f"{END}\n")


@pytest.mark.parametrize("document", ONCE, ids=lambda path: path.name)
def test_every_command_does_what_is_shown(document, demo, tmp_path):
    listed = list(commands(document))
    if not listed:
        return
    printed = session(listed, demo, tmp_path)
    wrong = [
        f"{document.name}:{command.line}: $ {command.text}\n{output}"
        for command, output in zip(listed, printed, strict=False)
        if not fits(command.shown, output)
    ]
    assert not wrong, "\n".join(["printed something else than what is shown:", *wrong])
    assert len(printed) == len(listed) + 1, f"the shell ended early: {printed[-1]}"


@run_in_documents
def test_only_harmless_commands_are_run(document):
    for command in commands(document):
        for part in re.split(r"&&|\|\||[;|]", re.sub(r"'[^']*'|\"[^\"]*\"", "", command.text)):
            assert part.split()[0] in ALLOWED, f"{document.name}:{command.line}: {command.text}"


@run_in_documents
def test_every_block_says_what_it_is(document):
    for block in blocks(document):
        if document.name != "design.md":
            assert block.tag in TAGS, f"{document.name}:{block.line - 1}"


def test_few_commands_are_only_shown():
    shown = [f"{path.name}:{block.line}" for path in DOCUMENTS for block in blocks(path, "sh")]
    assert len(shown) <= SH, shown


@run_in_documents
def test_toml_can_be_read(document, demo):
    for block in blocks(document, "toml"):
        tomllib.loads(block.text)
        if named := OPENS.match(block.text):
            load(demo, named[1], block.text)


def load(root, path, text):
    """Read `text` as the workspace's file `path`, in place of the demo's prompts."""
    for other in root.glob("prompts/*/*.toml"):
        other.unlink()
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    found = workspace.load(root)
    found.catalogue()
    for folder in root.glob("voices/*"):
        if (folder / "voice.toml").exists():
            engines.of(voices.load(folder))


@run_in_documents
def test_python_is_an_engine(document):
    for block in blocks(document, "python"):
        names = {}
        exec(compile(block.text, f"{document.name}:{block.line}", "exec"), names)
        assert isinstance(names["ENGINE"], Engine)


def outline(document):
    """Levels of the headings, and the blocks without what is said to the reader in them."""
    text = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    return levels, [(block.tag, re.sub(r"(^|\s+)# .*", "", block.text)) for block in blocks(document)]


def test_the_russian_readme_says_the_same():
    levels, english = outline(ROOT / "README.md")
    russian_levels, russian = outline(ROOT / "README.ru.md")
    assert russian_levels == levels
    assert russian == english


@pytest.mark.parametrize(
    ("shown", "printed", "fit"),
    [
        (("a  1",), "a  1\n", True),
        (("a  ...",), "a  1\n", True),
        (("a ...", "c"), "a\nb\nc\n", False),
        (("a", "...", "c"), "a\nb\nb\nc\n", True),
        (("...", "c"), "c\n", True),
        ((), "a\n", False),
        (("a",), "", False),
        (("a", "b"), "b\na\n", False),
    ],
)
def test_what_a_wildcard_stands_for(shown, printed, fit):
    assert fits(shown, printed) is fit
