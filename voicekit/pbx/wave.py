"""What is wrong with a .wav or .wav16."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from voicekit.formats import Format
from voicekit.formats.pcm import HEADER
from voicekit.pbx import wave_sound
from voicekit.pbx.containers import shape
from voicekit.pbx.rules import Finding
from voicekit.pbx.wave_reader import PCM, Layout, Playback, layout, playback


def check(row: Format, file: BinaryIO) -> Iterator[Finding]:
    """The findings in `file`, which begins with RIFF. All that --fix mends at once are marked so."""
    found = layout(file)
    if found is None or found.present <= 0:
        yield Finding("empty", "a header and no sound")
        return
    findings = [*_form(row, found), *_sizes(found), *_reading(file, found, playback(file, row.rate))]
    mends = bool(findings) and mendable(row, file, found)
    yield from (replace(finding, mends=mends) for finding in findings)


def mendable(row: Format, file: BinaryIO, found: Layout) -> bool:
    """Whether the file can be written anew with every sample kept: right rate, like channels, 16 bits enough."""
    fmt = found.fmt
    if fmt is None or fmt.rate != row.rate or found.missing or not wave_sound.lossless(found):
        return False
    return fmt.channels == 1 or wave_sound.mono(file, found)


def _form(row: Format, found: Layout) -> Iterator[Finding]:
    """What the fmt chunk says."""
    fmt = found.fmt
    if fmt is None:
        yield Finding("no-fmt", f"no fmt chunk before the data: Asterisk takes it for linear, {row.rate} Hz")
        return
    if fmt.extensible:
        yield Finding("extensible", "WAVE_FORMAT_EXTENSIBLE, which Asterisk refuses")
    if (fmt.kind, fmt.width) != (PCM, 2):
        yield Finding("wrong-encoding", f"{wave_sound.describe(fmt)}; Asterisk takes only 16-bit linear in a WAV file")
    yield from shape(row, fmt.rate, fmt.channels)


def _sizes(found: Layout) -> Iterator[Finding]:
    """What the data chunk says of its length."""
    if found.open:
        heard = "Asterisk plays nothing of it" if found.size == 0 else "Asterisk refuses it from 2^31 on"
        yield Finding("open-header", f"the header says {found.size} bytes of sound, {found.present} are there; {heard}")
    elif found.missing:
        detail = f"the last {found.missing} of the {found.size} bytes that the header promises are missing"
        yield Finding("cut-short", detail)


def _reading(file: BinaryIO, found: Layout, heard: Playback) -> Iterator[Finding]:
    """How Asterisk's reader gets to the sound, and how far through it."""
    if found.astray:
        yield Finding("odd-chunk", "an odd chunk before the sound, behind which Asterisk loses its way: it refuses")
    elif not (heard.refusal or found.open):
        yield from _cut(file, found, heard)


def _cut(file: BinaryIO, found: Layout, heard: Playback) -> Iterator[Finding]:
    """Asterisk leaves out as many bytes at the end as lie before the sound: with the shortest header, 44."""
    lost = found.present - heard.played
    if heard.played == 0 and found.present > HEADER.size:
        yield Finding("all-cut", f"{found.offset} bytes lie before the sound: Asterisk plays nothing of it")
    elif found.extra and found.fmt is not None and wave_sound.audible(file, found, lost):
        detail = f"chunks of {found.extra} bytes before the sound, so that Asterisk leaves out the last {lost} bytes"
        yield Finding("chunks-before-data", detail)
    elif heard.played == 0:
        yield Finding("empty", f"{found.present} bytes of sound, of which Asterisk plays none")
