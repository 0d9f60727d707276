"""The proof page: self-contained, harmless whatever the words are, and it plays what callers will hear."""

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import toml, workspace
from voicekit.approvals import Answer
from voicekit.audio.level import prompt_level
from voicekit.clip import Clip
from voicekit.jobs import approve, proof, revoice
from voicekit.outcome import Verdict
from voicekit.state import Situation

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROMPTS = {"custom/one": "Press one.", "custom/two": "Press two, please.", "custom/three": "Nobody is here."}
VOID = {"meta", "input"}


class Page(HTMLParser):
    """The elements of a page: (tag, attributes, text directly in it), and that all of them are closed."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def all(self, tag, **wanted):
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        found = [(a, "".join(text)) for name, a, text in self.elements if name == tag]
        return [(a, text) for a, text in found if wanted.items() <= a.items()]


def write_prompts(root, prompts):
    text = "\n".join(f"[{toml.quote(name)}]\ntext = {toml.quote(words)}" for name, words in prompts.items())
    path = root / "prompts/en/menu.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_voice(root, level=-20):
    path = root / "voices/robot/voice.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'version = 1\nengine = "tone"\nlicence = "none"\n[languages.en]\nvoice = "tone"\n[finish]\nlevel = {level}\n'
    )


def read(root):
    return Situation.read(workspace.load(root))


def spoken(root):
    situation = read(root)
    assert not any(outcome.bad for outcome in revoice.apply(revoice.plan(situation)))
    return read(root)


def make(root):
    write_prompts(root, PROMPTS)
    write_voice(root)
    (root / "voicekit.toml").write_text(workspace.template("North & Wind", ("en",), ("ulaw",), "robot"))
    return spoken(root)


def proved(situation, root, patterns=(), **options):
    """The page, parsed (None when there is none), and the outcomes by subject."""
    output = root / "proof.html"
    states = proof.plan(situation, patterns, **options)
    outcomes = {outcome.subject: outcome for outcome in proof.apply(states, situation, output)}
    return Page(output.read_text("utf-8")) if output.exists() else None, outcomes


def approved(root, name):
    list(approve.answer(read(root), [name], Answer.APPROVED, "Ann", "", NOW))
    return read(root)


def decoded(src):
    head, data = src.split(",")
    assert head == "data:audio/mpeg;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(data)), dtype="float32")
    assert samples.ndim == 1
    return Clip(samples, rate)


@pytest.fixture(scope="module")
def situation(tmp_path_factory):
    return make(tmp_path_factory.mktemp("customer"))


@pytest.fixture(scope="module")
def page(situation, tmp_path_factory):
    return proved(situation, tmp_path_factory.mktemp("page"))[0]


def test_plays_every_prompt_as_it_will_be_heard(situation, page):
    entries = {name: situation.lock.entries["en", name] for name in PROMPTS}
    articles = [attributes for attributes, _ in page.all("article")]
    players = page.all("audio")
    assert [a["data-id"] for a in articles] == sorted(PROMPTS)
    assert {a["data-sound"] for a in articles} == {entry.parts.sound for entry in entries.values()}
    for article, (player, _) in zip(articles, players, strict=True):
        entry, clip = entries[article["data-id"]], decoded(player["src"])
        assert clip.rate == 16000
        assert clip.seconds == pytest.approx(entry.seconds, abs=0.001)
        assert prompt_level(clip).active == pytest.approx(entry.level, abs=0.5)


def test_policy_admits_its_own_style_and_script_and_nothing_else(page):
    policy = page.all("meta", http_equiv="Content-Security-Policy")[0][0]["content"]
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    for tag in ("style", "script"):
        ((_, content),) = page.all(tag)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
    assert directives["media-src"] == "data:"


def test_needs_no_network(page):
    attributes = [(name, value) for _, attributes, _ in page.elements for name, value in attributes.items()]
    assert all(value.startswith("data:") for name, value in attributes if name in {"src", "href", "action"})
    assert not [name for name, _ in attributes if name.startswith("on") or name == "style"]
    assert not re.search(
        r"https?:|@import|url\(", "".join(text for tag in ("style", "script") for _, text in page.all(tag))
    )


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "\"' onload=alert(1) x='",
        "<!-- &lt; &amp;amp; ]]>",
        "$policy ${id} $$",
        "👨‍👩‍👧 {by}",
    ]
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(words=WORDS, note=WORDS, by=WORDS)
def test_whatever_the_words_are_they_are_only_words(situation, words, note, by):
    state = next(iter(situation.states()))
    said = approve.Approval(*state.key, state.parts.sound, "", Answer.REJECTED, by, "2026-03-01T12:00:00Z", note)
    hostile = replace(state, prompt=replace(state.prompt, text=words, note=note), answer=said)
    page = Page(proof._page(situation, [hostile], {state.key: proof.Heard(b"mp3", None)}).decode())
    assert page.all("p", class_="words") == [({"class": "words", "lang": "en", "dir": "auto"}, words)]
    assert page.all("p", class_="note")[0][1] == note
    assert page.all("q")[0][1] == note
    assert page.all("span", data_t="rejected")[0][0]["data-by"] == by
    assert [len(page.all(tag)) for tag in ("script", "style", "article", "audio")] == [1, 1, 1, 1]


def test_what_was_approved_before_can_be_heard_beside_it(tmp_path):
    make(tmp_path)
    approved(tmp_path, "custom/one")
    write_prompts(tmp_path, PROMPTS | {"custom/one": "Press one, or stay on the line."})
    page, _ = proved(spoken(tmp_path), tmp_path, ["custom/one"])
    now, before = (decoded(attributes["src"]) for attributes, _ in page.all("audio"))
    assert now.seconds > before.seconds + 0.5
    assert page.all("p", data_t="before")[0][0]["data-by"] == "Ann"
    assert page.all("span", data_t="changed")


def test_what_was_approved_before_may_be_gone(tmp_path):
    situation = make(tmp_path)
    approved(tmp_path, "custom/one")
    write_prompts(tmp_path, PROMPTS | {"custom/one": "Press any key."})
    situation.workspace.masters.path(situation.lock.entries["en", "custom/one"].master).unlink()
    page, _ = proved(spoken(tmp_path), tmp_path, ["custom/one"])
    assert page.all("p", data_t="gone")
    assert len(page.all("audio")) == 1


def test_the_same_recording_with_another_finish_is_not_played_twice(tmp_path):
    make(tmp_path)
    approved(tmp_path, "custom/one")
    write_voice(tmp_path, level=-24)
    page, _ = proved(spoken(tmp_path), tmp_path, ["custom/one"])
    assert page.all("p", data_t="same")
    assert len(page.all("audio")) == 1


def test_what_is_approved_as_it_is_now_has_nothing_before_it(tmp_path):
    make(tmp_path)
    page, _ = proved(approved(tmp_path, "custom/one"), tmp_path, ["custom/one"])
    assert page.all("span", data_t="approved")[0][0]["data-by"] == "Ann"
    assert not page.all("p", class_="earlier")
    assert len(page.all("audio")) == 1


def test_changed_leaves_out_what_is_approved_as_it_is_now(tmp_path):
    make(tmp_path)
    situation = approved(tmp_path, "custom/one")
    list(approve.answer(situation, ["custom/two"], Answer.REJECTED, "Ann", "", NOW))
    assert {state.key[1] for state in proof.plan(read(tmp_path), changed=True)} == {"custom/two", "custom/three"}
    write_prompts(tmp_path, PROMPTS | {"custom/one": "Press any key."})
    assert {state.key[1] for state in proof.plan(spoken(tmp_path), changed=True)} == set(PROMPTS)
    write_prompts(tmp_path, PROMPTS)  # back again: the approval of those words counts again
    assert "custom/one" not in {state.key[1] for state in proof.plan(spoken(tmp_path), changed=True)}


def test_prompts_without_a_present_sound_are_left_out(tmp_path):
    make(tmp_path)
    write_prompts(tmp_path, PROMPTS | {"custom/one": "Press any key.", "custom/new": "New words."})
    page, outcomes = proved(read(tmp_path), tmp_path)
    assert outcomes["en/custom/one"].code == "not-current"
    assert outcomes["en/custom/new"].code == "no-sound"
    assert {outcomes[f"en/custom/{name}"].verdict for name in ("one", "new")} == {Verdict.SKIPPED}
    assert [a["data-id"] for a, _ in page.all("article")] == ["custom/three", "custom/two"]


def test_there_is_no_page_without_a_sound(tmp_path):
    make(tmp_path)
    write_prompts(tmp_path, {"custom/new": "New words."})
    page, outcomes = proved(read(tmp_path), tmp_path)
    assert page is None
    assert outcomes[str(tmp_path / "proof.html")].code == "no-page"


def test_a_damaged_master_is_named_and_the_others_are_shown(tmp_path):
    situation = make(tmp_path)
    master = situation.workspace.masters.path(situation.lock.entries["en", "custom/two"].master)
    master.write_bytes(master.read_bytes()[:-1] + b"?")
    page, outcomes = proved(situation, tmp_path)
    assert (outcomes["en/custom/two"].verdict, outcomes["en/custom/two"].code) == (Verdict.FAILED, "not-shown")
    assert str(master) in outcomes["en/custom/two"].detail
    assert len(page.all("article")) == 2


def test_says_when_it_is_too_big_to_mail(situation, tmp_path, monkeypatch):
    output = str(tmp_path / "proof.html")
    whole = proved(situation, tmp_path)[1][output]
    size = (tmp_path / "proof.html").stat().st_size
    assert dict(whole.data) == {"bytes": size, "prompts": 3, "too_big": False}
    monkeypatch.setattr(proof, "MAILABLE", size - 1)
    big = proved(situation, tmp_path)[1][output]
    assert big.data["too_big"]
    assert "too big to mail" in big.detail
    assert big.remedy


def test_the_script_writes_the_file_that_approve_reads():
    script = (files("voicekit") / "pages/proof.js").read_text("utf-8")
    assert f'"{approve.KIND}": {approve.VERSION}, workspace: document.body.dataset.workspace, answers' in script
    fields = re.search(r"\.map\(\(item\) => \(\{(.*?)\}\)\)", script, re.DOTALL).group(1)
    assert re.findall(r"(\w+):", fields) == ["language", "id", "sound", "answer", "by", "note"]
    assert set(re.findall(r'value="(\w+)"', (files("voicekit") / "pages/proof-prompt.html").read_text())) == set(
        Answer
    ) - {Answer.ACCEPTED}


def texts():
    """The table of texts in proof.js: {language: {key: text}}."""
    script = (files("voicekit") / "pages/proof.js").read_text("utf-8")
    table = re.search(r"const TEXTS = (\{.*?\n  \});", script, re.DOTALL).group(1)
    return json.loads(re.sub(r",(\s*\})", r"\1", re.sub(r"^(\s*)(\w+):", r'\1"\2":', table, flags=re.MULTILINE)))


def test_every_text_is_there_in_both_languages_with_what_it_needs(page):
    english, russian = texts()["en"], texts()["ru"]
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", russian[key])), key
    for _, attributes, _ in page.elements:
        if key := attributes.get("data-t"):
            assert {f"data-{name}" for name in re.findall(r"\{(\w+)\}", english[key])} <= attributes.keys()


def test_the_same_sounds_are_the_same_page(situation, page, tmp_path):
    again, _ = proved(situation, tmp_path)
    fewer, _ = proved(situation, tmp_path, ["custom/one"])
    assert again.elements == page.elements
    assert fewer.all("body")[0][0]["data-page"] != page.all("body")[0][0]["data-page"]
