"""What is wrong with the sound itself, whatever file it is in."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from voicekit.audio.finish import held
from voicekit.audio.level import SILENT, prompt_level
from voicekit.audio.steps import decibels, regrouped
from voicekit.clip import Samples, Source
from voicekit.pbx.rules import Finding

_FULL = 0.98  # of full scale: u-law ends at 32124 of 32768, A-law at 32256
_OFFSET = 0.01  # of full scale, -40 dB; the most in Debian's 2,278 sounds is 0.005
_START = 0.005  # s
_JUMP = 0.03  # of full scale, -30 dB; the most in them, a tone's first sample, is 0.024
_FULL_VOICE = 6.0  # dB under its level, at which a start is no start


@dataclass(slots=True)
class _Scan:
    """What one pass over the samples finds."""

    samples: int = 0
    total: float = 0.0
    clipped: int = 0  # how often three equal samples at full scale follow each other: never in Debian's packs
    start: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    _before: Samples = field(default_factory=lambda: np.zeros(0, np.float32))

    def add(self, block: Samples, wanted: int) -> None:
        self.samples += len(block)
        self.total += float(block.sum(dtype=np.float64))
        if len(self.start) < wanted:
            self.start = np.concatenate([self.start, block[: wanted - len(self.start)]])
        window = np.concatenate([self._before, block])
        same = (np.diff(window) == 0) & (np.abs(window[1:]) >= _FULL)
        self.clipped += int(np.count_nonzero(same[1:] & same[:-1])) if len(same) > 1 else 0
        self._before = window[-2:]


def listen(source: Source) -> tuple[list[Finding], float]:
    """The findings in a sound, and its active speech level (ITU-T P.56, dBov; -inf for silence).

    Raises InputError for what can't be decoded to its end.
    """
    kept = held(source)
    level = prompt_level(kept).active
    if level < SILENT:
        return [Finding("silent", "holds no speech, only silence")], -math.inf
    scan = _Scan()
    for block in regrouped(kept.blocks()):
        scan.add(block, round(_START * kept.rate))
    return list(_findings(scan, level)), level


def _findings(scan: _Scan, level: float) -> Iterator[Finding]:
    if scan.clipped:
        yield Finding("clipping", f"{scan.clipped} times three equal samples at full scale: distorted")
    elif abs(offset := scan.total / max(scan.samples, 1)) > _OFFSET:  # else what was cut off makes the offset
        yield Finding("dc", f"an offset of {100 * offset:+.1f} % of full scale: clicks at start and end")
    if abs(float(scan.start[0])) > _JUMP:  # codecs with filters or frames begin softly, whatever they were given
        loudness = decibels(float(np.mean(np.square(scan.start, dtype=np.float64))))
        if loudness > level - _FULL_VOICE:
            yield Finding("clipped-start", f"begins at once with {loudness:.0f} dBov: its first sound is cut off")
