"""Many pieces as one sound: equally loud, with pauses between them and music under them.

pydub joins and mixes, at a sample width of 32 bits. Its resampler lets aliases through, and its long fades go in steps
of 1 ms: rates, levels and ramps are ours (docs/pieces.md).
"""

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from voicekit.audio.finish import finished, finishing
from voicekit.audio.recipe import MUSIC, PROMPT, Finish
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Cut, Faded, Gained, Limited, factor
from voicekit.clip import Clip, Samples, Source, gather
from voicekit.errors import InputError
from voicekit.pieces import MUSIC_LEVEL, Pause

Span = tuple[int, int]  # samples, the second exclusive

_EDGE = 0.005  # s of fade at each end of a piece: without it a joint clicks
_FULL = 1 << 30  # full scale: half of what 32 bits hold, so that speech and music together can't clip

_RISE = 10.0  # dB by which music comes up where nobody speaks
_ATTACK, _RELEASE = 0.25, 0.6  # s: it is down when speech begins, and comes up after it has ended
_FADE = 1.0  # s at both ends of the music
_SEAM = 100  # ms of crossfade where music begins again: pydub fades up to this long sample by sample
_SHORTEST = 1.0  # s of music


def compose(
    pieces: Sequence[Source | Pause],
    rate: int,
    recipe: Finish = PROMPT,
    music: Source | None = None,
    music_level: float = MUSIC_LEVEL,
) -> Clip:
    """The pieces in their order as one finished sound of `rate` Hz.

    Each is trimmed and brought to the level of `recipe` before they are joined, and the whole is again; lead, tail
    and ceiling are the recipe's. A pause is exactly as long between two trimmed pieces; sound without speech counts
    as one. `music` is cut or looped to the whole length and lies `music_level` dB under the level of the speech, 10 dB
    higher in pauses. Raises InputError for music that is silent or shorter than 1 s.
    """
    words, spans = _joined(pieces, rate, replace(recipe, trim=True, lead=0.0, tail=0.0, fade=max(recipe.fade, _EDGE)))
    measured, source = finished(words, replace(recipe, trim=False, high_pass=0.0))
    whole = gather(source)
    if music is None:
        return whole
    lead = 0 if measured.silent else round(recipe.lead * rate)
    bed = _bed(music, rate, len(whole.samples), recipe.level + music_level)
    ducked = bed.samples * _ducking([(start + lead, stop + lead) for start, stop in spans], len(bed.samples), rate)
    return gather(Limited(_mixed(whole, Clip(ducked, rate)), recipe.ceiling))


def joined(sentences: Sequence[Clip], pause: float = 0.35) -> Clip:
    """The sentences of one prompt, trimmed and equally loud, `pause` s apart; the highest of their rates."""
    gaps: list[Clip | Pause] = [Pause(pause)] * (2 * len(sentences) - 1)
    gaps[::2] = sentences
    return compose(gaps, max(sentence.rate for sentence in sentences), replace(PROMPT, lead=0.0, tail=0.0))


def _joined(pieces: Iterable[Source | Pause], rate: int, recipe: Finish) -> tuple[Clip, list[Span]]:
    """One after another, and where there is speech."""
    clips: list[Clip] = []
    spans: list[Span] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, Pause):
            clips.append(Clip(np.zeros(round(piece.seconds * rate), np.float32), rate))
        else:
            found = finishing(piece, recipe)
            clips.append(gather(found.at(rate)))
            spans += [] if found.measured.silent else [(at, at + len(clips[-1].samples))]
        at += len(clips[-1].samples)
    return _clip(reduce(lambda before, after: before.append(after, crossfade=0), map(_segment, clips))), spans


def _bed(music: Source, rate: int, samples: int, level: float) -> Clip:
    """Music of so many samples at `level` dBov, faded in and out."""
    part = Cut(music, 0, math.ceil(samples * music.rate / rate))
    measured, sound = finished(part, MUSIC)
    if measured.silent:
        raise InputError("the music is silent; name another file")
    clip = gather(Resampled(Gained(sound, level - measured.level), rate))
    looped = Cut(_looped(clip, samples), 0, samples)
    return gather(Faded(looped, _FADE, samples))


def _looped(clip: Clip, samples: int) -> Clip:
    """The clip over and over, until there are so many samples."""
    if len(clip.samples) >= samples:
        return clip
    if clip.seconds < _SHORTEST:
        raise InputError(f"the music is {clip.seconds:.1f} s long; name a file of {_SHORTEST:g} s at the least")
    segment = _segment(clip)
    while segment.frame_count() < samples:
        segment = segment.append(segment, crossfade=_SEAM)
    return _clip(segment)


def _ducking(spans: Iterable[Span], samples: int, rate: int) -> Samples:
    """What to multiply music by: 1 under speech, more where nobody speaks; raised cosines in dB between the two."""
    attack, release = round(_ATTACK * rate), round(_RELEASE * rate)
    depth = np.zeros(samples, np.float32)
    for start, stop in spans:
        first, last = max(start - attack, 0), min(stop + release, samples)
        ramp = np.interp(np.arange(first, last), [start - attack, start, stop, stop + release], [0, 1, 1, 0])
        depth[first:last] = np.maximum(depth[first:last], ramp)
    rise: Samples = np.power(factor(_RISE), 0.5 + 0.5 * np.cos(np.pi * depth), dtype=np.float32)
    return rise


def _mixed(one: Clip, other: Clip) -> Clip:
    """Two sounds of one length at once. pydub counts in ms: whole seconds keep it to whole samples."""
    missing = -len(one.samples) % one.rate
    padded = [_segment(Clip(np.pad(clip.samples, (0, missing)), clip.rate)) for clip in (one, other)]
    return gather(Cut(_clip(padded[0].overlay(padded[1])), 0, len(one.samples)))


def _segment(clip: Clip) -> Any:
    """A clip as pydub has it."""
    samples = np.rint(clip.samples.astype(np.float64) * _FULL).clip(-2 * _FULL, 2 * _FULL - 1).astype("<i4")
    return _audio_segment()(samples.tobytes(), sample_width=4, frame_rate=clip.rate, channels=1)


def _clip(segment: Any) -> Clip:
    return Clip((np.frombuffer(segment.raw_data, "<i4") / _FULL).astype(np.float32), segment.frame_rate)


def _audio_segment() -> Any:
    """pydub's class. Its import warns that there is no ffmpeg, which is not needed here, and on some Pythons of
    audioop and of its own source.
    """
    with warnings.catch_warnings():
        for message in ("Couldn't find ffmpeg", "'audioop' is deprecated", ".*invalid escape sequence"):
            warnings.filterwarnings("ignore", message)
        from pydub import AudioSegment
    return AudioSegment
