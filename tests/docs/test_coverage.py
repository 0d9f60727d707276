"""What can be typed, configured or met is written down, and what the documents link to is there."""

import ast
import re
from pathlib import Path

import pytest
import typer
from docs.blocks import DOCUMENTS, ROOT

from voicekit import approvals, engines, state, voices, workspace
from voicekit.cli.app import app
from voicekit.errors import Exit

TEXTS = {path: path.read_text("utf-8") for path in DOCUMENTS if path.name not in ("design.md", "README.ru.md")}
PAGE = {path.name: text for path, text in TEXTS.items()}
TYPERS_OWN = {"--help", "--install-completion", "--show-completion"}
COMMON = {"--directory": "workspace.md", "--json": "reliability.md"}  # explained once, for all commands


def commands(command, name="voicekit"):
    """Every command of the tree with its full name."""
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_with_its_options(name):
    pages = [text for text in TEXTS.values() if re.search(rf"{name}\b", text)]
    assert pages, f"no page names `{name}`"
    options = {max(p.opts, key=len) for p in COMMANDS[name].params if p.param_type_name == "option"}
    for option in options - TYPERS_OWN - COMMON.keys():
        assert any(re.search(rf"{option}\b", text) for text in pages), f"{name} {option}: on no page with {name}"


def test_common_options_are_described():
    assert all(f"`{option}`" in PAGE[page] for option, page in COMMON.items())


KEYS = {
    "workspace.md": workspace.KEYS,
    "prompts.md": {"text", "note", "adopted"},
    "voices.md": {"say", "language", "note", "voice", "speaker"}
    | voices.KEYS
    | voices.FINISH_KEYS
    | {key for name in engines.names() for key in engines.get(name).settings},
}


@pytest.mark.parametrize("page", KEYS)
def test_every_key_is_explained(page):
    missing = {key for key in KEYS[page] if not re.search(rf"`\[?{key}(\.xx)?\]?`", PAGE[page])}
    assert not missing


def test_every_engine_and_exit_code_is_explained():
    assert all(f"\n## {name}\n" in PAGE["engines.md"] for name in engines.names())
    assert all(f"\n| {code.value} | " in PAGE["reliability.md"] for code in Exit)


def constants(node):
    """The texts that an expression may be: `"a" if x else "b"` is one of two."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    if isinstance(node, ast.Tuple):
        return constants(node.elts[0])
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def is_verdict(node):
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Verdict"


def of_call(node):
    """The code of an Outcome follows its verdict; `_refused(subject, code, ...)` and Oddity have it second."""
    found = set()
    for verdict, code in zip(node.args, node.args[1:], strict=False):
        found |= constants(code) if is_verdict(verdict) else set()
    if isinstance(node.func, ast.Name) and node.func.id in ("_refused", "Oddity"):
        found |= constants(node.args[1])
    return found


def codes(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            found |= of_call(node)
        elif isinstance(node, ast.Assign):
            first = node.targets[0].elts[0] if isinstance(node.targets[0], ast.Tuple) else node.targets[0]
            found |= constants(node.value) if isinstance(first, ast.Name) and first.id == "code" else set()
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):  # wordlists' survey
            found |= constants(node.value)
    return found


JOBS = [*sorted((ROOT / "voicekit/jobs").glob("[a-z]*.py")), ROOT / "voicekit/decision.py"]
WORDLISTS = sorted((ROOT / "voicekit/wordlists").glob("*.py"))


@pytest.mark.parametrize("path", JOBS + WORDLISTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_code_is_explained(path):
    missing = {code for code in codes(path) if not any(f"`{code}`" in text for text in TEXTS.values())}
    assert not missing


def test_every_state_and_answer_is_explained():
    assert all(f"`{kind}`" in PAGE["revoice.md"] for kind in state.Kind)
    assert all(f"`{answer}`" in PAGE["reliability.md"] for answer in approvals.Answer)


def test_codes_are_found():
    found = set().union(*map(codes, JOBS))
    assert {"spoken", "would-import", "same-output", "master-missing", "no-sound", "lapsed", "exists"} <= found
    assert {"not-speech", "no-id", "formula"} <= set().union(*map(codes, WORDLISTS))


def anchors(path):
    """GitHub's names of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        if name.startswith(("http:", "https:")):
            continue
        target = Path(path.parent, name) if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
