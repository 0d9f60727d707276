"""One page to mail to a customer: every chosen prompt can be heard, approved or rejected in a browser."""

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from string import Template

import soundfile

from voicekit import fs, parallel
from voicekit.approvals import Approval
from voicekit.audio import finish
from voicekit.audio.recipe import Finish
from voicekit.audio.resample import Resampled
from voicekit.catalogue import Prompt
from voicekit.clip import Source, gather
from voicekit.errors import VoicekitError
from voicekit.lock import Key, digest
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.state import Kind, Situation, State

RATE = 16000  # Hz: all that a wideband call carries
COMPRESSION = 0.85  # 33 to 37 kbit/s; from 0.87 on LAME cuts the treble off
MAILABLE = 20_000_000  # bytes; many mail servers take no more than that
LIMIT = 60.0  # seconds a prompt


@dataclass(frozen=True, slots=True)
class Heard:
    """What the page plays of one prompt, as MP3; `before` is None where nothing else can be heard."""

    now: bytes
    before: bytes | None


def plan(situation: Situation, patterns: Sequence[str] = (), *, changed: bool = False) -> list[State]:
    """The chosen prompts (all, when there are no patterns).

    `changed` leaves out what is approved as it is now. Raises `InputError` for a pattern that fits nothing.
    """
    chosen = {prompt.key for prompt in situation.catalogue.find(patterns)}
    states = [state for state in situation.states() if state.key in chosen]
    return [state for state in states if not (changed and state.approved)]


def apply(states: Sequence[State], situation: Situation, output: Path) -> Iterator[Outcome]:
    """Write the page to `output`: one outcome a prompt, and a last one for the page.

    Only current sounds are in it: what is said of them is bound to their sound hash. What was approved
    before is played from its Master with the finish of today, so that both are equally loud.
    """
    shown = [state for state in states if state.kind is Kind.CURRENT]
    yield from (_left_out(state) for state in states if state.kind is not Kind.CURRENT)
    heard: dict[Key, Heard] = {}
    workers = parallel.processors()
    tasks = parallel.each(lambda state: _heard(situation, state), shown, workers=workers, limit=LIMIT)
    for state, result in tasks:
        if isinstance(result, Heard):
            heard[state.key] = result
        yield _outcome(state, result)
    if heard:
        page = _page(situation, [state for state in shown if state.key in heard], heard)
        fs.write(output, page, durable=False)
        yield _written(output, len(heard), len(page))
    else:
        yield Outcome(str(output), Verdict.SKIPPED, "no-page", "there is nothing to listen to; no page was written")


def _left_out(state: State) -> Outcome:
    why = f"{state.kind.value} ({', '.join(state.why)})" if state.why else state.kind.value
    code = "not-current" if state.kind is Kind.STALE else "no-sound"
    return Outcome(state.name, Verdict.SKIPPED, code, f"not in the page: {why}", "run voicekit revoice")


def _outcome(state: State, result: Heard | VoicekitError | parallel.Crash) -> Outcome:
    if isinstance(result, Heard):
        return Outcome(state.name, Verdict.DONE, "shown", data={"bytes": len(result.now) + len(result.before or b"")})
    if isinstance(result, VoicekitError):
        return Outcome(state.name, Verdict.FAILED, "not-shown", str(result))
    return Outcome(state.name, Verdict.FAILED, "crashed", result.detail, data={"trace": result.trace})


def _written(output: Path, count: int, size: int) -> Outcome:
    too_big = size > MAILABLE
    detail = f"{counted(count, 'prompt')}, {size / 1e6:.1f} MB{': too big to mail' if too_big else ''}"
    remedy = "name fewer prompts, or use --changed" if too_big else ""
    data = {"bytes": size, "prompts": count, "too_big": too_big}
    return Outcome(str(output), Verdict.DONE, "written", detail, remedy, data)


def _heard(situation: Situation, state: State) -> Heard | VoicekitError:
    assert state.entry is not None
    masters = situation.workspace.masters
    before = _before(situation, state)
    other = before is not None and before.master != state.entry.master and masters.path(before.master).exists()
    recipe = None if state.composed else situation.finish  # what is composed is finished
    try:
        return Heard(
            _mp3(masters.open(state.entry.master), recipe),
            _mp3(masters.open(before.master), recipe) if before and other else None,
        )
    except VoicekitError as error:
        return error


def _mp3(master: Source, recipe: Finish | None) -> bytes:
    """The finished sound as mono MP3, which every browser plays.

    Not at a constant bit rate: libsndfile then leaves out the header that keeps 0.1 s from being added.
    """
    clip = gather(finish.finishing(master, recipe).at(RATE) if recipe else Resampled(master, RATE))
    buffer = io.BytesIO()
    soundfile.write(buffer, clip.samples, RATE, format="MP3", bitrate_mode="AVERAGE", compression_level=COMPRESSION)
    return buffer.getvalue()


def _before(situation: Situation, state: State) -> Approval | None:
    """What was last approved, if that was another sound."""
    assert state.parts is not None
    last = situation.approvals.last_approved(state.key)
    return last if last and last.sound != state.parts.sound else None


def _page(situation: Situation, states: Sequence[State], heard: Mapping[Key, Heard]) -> bytes:
    """The page as UTF-8. Its policy admits its own style and script by hash, sounds as data, no network."""
    style, script = _file("proof.css"), _file("proof.js")
    policy = (
        f"default-src 'none'; media-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    identity = [part for state in states for part in (*state.key, _sound(state))]
    page = Template(_file("proof.html")).substitute(
        policy=escape(policy),
        style=style,
        script=script,
        workspace=escape(situation.workspace.name),
        page=digest(situation.workspace.name, *identity),
        count=len(states),
        prompts="\n".join(_sections(situation, states, heard)),
    )
    return page.encode()


def _file(name: str) -> str:
    return (files("voicekit") / "pages" / name).read_text("utf-8")


def _hash(content: str) -> str:
    """What stands for inline content in a policy (Content Security Policy Level 3, clause 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _sections(situation: Situation, states: Sequence[State], heard: Mapping[Key, Heard]) -> Iterator[str]:
    """A heading for each language and set, and its prompts."""
    prompt = Template(_file("proof-prompt.html"))
    for (language, name), group in groupby(sorted(states, key=_section), key=_section):
        heading = _tag("span", data_t="language", data_code=_lang(language)) + _tag("span", name, translate="no")
        yield f"<h2>{heading}</h2>"
        for state in group:
            yield prompt.substitute(_fields(situation, state, heard[state.key]))


def _section(state: State) -> tuple[str, str]:
    assert state.prompt is not None
    return state.prompt.language, state.prompt.set


def _fields(situation: Situation, state: State, heard: Heard) -> dict[str, str]:
    assert state.prompt is not None
    language, name = state.key
    return {
        "language": escape(language),
        "id": escape(name),
        "sound": _sound(state),
        "number": digest(language, name),
        "words": _words(state.prompt),
        "facts": _facts(situation, state),
        "note": _tag("p", state.prompt.note, class_="note", dir="auto") if state.prompt.note else "",
        "audio": _data(heard.now),
        "before": _earlier(situation, state, heard),
    }


def _words(prompt: Prompt) -> str:
    if prompt.words is None:
        return _tag("p", class_="words unknown", data_t="unknown")
    return _tag("p", prompt.words, class_="words", lang=_lang(prompt.language), dir="auto")


def _facts(situation: Situation, state: State) -> str:
    entry = state.entry
    assert entry is not None
    level = (
        _tag("span", data_t="silent") if entry.level is None else _tag("span", data_t="level", data_n=str(entry.level))
    )
    return "".join(
        [
            _status(situation, state),
            _tag("span", data_t="seconds", data_n=str(entry.seconds)),
            level,
            _tag("code", entry.id, translate="no"),
        ]
    )


def _status(situation: Situation, state: State) -> str:
    """What was said of this sound; else whether there was an approved one before it."""
    said = state.answer
    if said is None:
        return _tag("span", class_="status", data_t="changed" if _before(situation, state) else "new")
    status = _tag("span", class_="status", data_t=said.answer.value, data_by=said.by, data_at=said.at)
    return status + _tag("q", said.note, dir="auto") if said.note else status


def _earlier(situation: Situation, state: State, heard: Heard) -> str:
    """The sound that was approved before, or why it can't be played."""
    before = _before(situation, state)
    if before is None:
        return ""
    assert state.entry is not None
    what = "before" if heard.before else "same" if before.master == state.entry.master else "gone"
    line = _tag("p", class_="earlier", data_t=what, data_by=before.by, data_at=before.at)
    return line + _tag("audio", controls="", preload="none", src=_data(heard.before)) if heard.before else line


def _tag(name: str, text: str = "", **attributes: str) -> str:
    """An element, escaped. `data_t` names its text in proof.js, other `data_*` fill that text's {braces}."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{escape(text)}</{name}>"


def _lang(language: str) -> str:
    """Asterisk's `en_GB` as HTML has it."""
    return language.replace("_", "-")


def _sound(state: State) -> str:
    assert state.parts is not None
    return state.parts.sound


def _data(mp3: bytes) -> str:
    return f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}"
