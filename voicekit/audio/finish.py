"""From a Master to what is heard: a measuring pass and an applying pass."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voicekit.audio.filters import HighPassed
from voicekit.audio.level import NARROW, SILENT, Heard, prompt_heard
from voicekit.audio.recipe import Finish
from voicekit.audio.resample import Resampled
from voicekit.audio.steps import Cut, Faded, Gained, Limited, Padded, decibels, length, regrouped
from voicekit.clip import Clip, Samples, Source

HELD = 1 << 21  # samples of a sound that is kept in memory between passes (8 MiB; 131 s at 16 kHz)
WIDE = 16_000  # Hz: what is measured, and what is made for all rates up to here, is brought to this rate first

_MOST_GAIN = 40.0  # dB
_CLOSE = 0.005  # dB
_ROUNDS = 12  # measurements to get there: two or three without the limiter, mostly four with it
_SLOPE = (0.2, 1.2)  # dB of level that a dB of gain may be taken to bring

_FRAME = 0.01  # s
_SPEECH_DEPTH = 38.0  # dB under the speech level: a final s at 8 kHz lies 30 dB under its word
_NOISE_MARGIN = 8.0  # dB over the noise floor
_NOISE_DEPTH = 20.0  # dB under the speech level: a "floor" that would lift the threshold above this is speech
_NOISE_SHARE = 0.1  # of the frames, which are no louder than the floor
_EDGE = 10  # frames at each end that noise fills
_BEFORE, _AFTER = 0.03, 0.06  # s kept around the speech


@dataclass(frozen=True, slots=True)
class Measured:
    """What the measuring pass found; `start`, `stop` and `total` count samples at `rate` Hz."""

    rate: int
    total: int  # samples of the source
    start: int  # where the finished sound begins
    stop: int  # and ends (exclusive)
    gain_db: float
    level_before: float  # dBov, active speech level; -inf for silence
    level: float  # dBov, of the finished sound: the recipe's, unless gain or limiter came to their end
    peak: float  # dBov, largest magnitude in the finished sound
    limited: bool  # whether the limiter acts

    @property
    def silent(self) -> bool:
        """No speech in it: such a sound (silence/5, a pause) is left as it is."""
        return self.level_before < SILENT


@dataclass(frozen=True, slots=True)
class Finishing:
    """A source and its finished sound at any rate. What is made for one does not depend on which others are made.

    Each is made of the sound at the lowest rate that will do: from a studio's 48 kHz that is a third or a sixth of the
    work.
    """

    source: Source
    wide: Source  # at WIDE or the source's own lower rate, without DC and rumble
    narrow: Source  # at NARROW or the source's own lower rate, the same
    recipe: Finish
    measured: Measured

    @property
    def seconds(self) -> float:
        kept = (self.measured.stop - self.measured.start) / self.measured.rate
        return kept if self.measured.silent else self.recipe.lead + kept + self.recipe.tail

    def at(self, rate: int) -> Source:
        """The finished sound at `rate` Hz; silence as it is."""
        if self.measured.silent:
            return Resampled(self.source, rate)
        passed = self._passed(min(rate, self.source.rate))
        return Resampled(_shaped(passed, _scaled(self.measured, passed), self.recipe), rate)

    def _passed(self, rate: int) -> Source:
        for passed in (self.narrow, self.wide):
            if rate <= passed.rate:
                return passed
        return _passed(self.source, self.recipe)


def finishing(source: Source, recipe: Finish) -> Finishing:
    """Measure `source`.

    The level is that of `prompt_level`: at 8 kHz and with silence after it, one gain for all formats.
    """
    wide = held(_passed(Resampled(source, min(source.rate, WIDE)), recipe))
    narrow = held(Resampled(wide, min(wide.rate, NARROW)))
    return Finishing(source, wide, narrow, recipe, _measured(wide, narrow, recipe))


def finished(source: Source, recipe: Finish) -> tuple[Measured, Source]:
    """What the measuring pass finds, and the finished sound, at the rate of `source`."""
    found = finishing(source, recipe)
    return found.measured, found.at(source.rate)


def extent(source: Source) -> tuple[int, int]:
    """The samples from where speech begins to where it ends (exclusive); (0, 0) where there is none."""
    whole = _whole(source, source)
    if whole.silent:
        return 0, 0
    found = _trimmed(source, whole)
    return found.start, found.stop


def _measured(wide: Source, narrow: Source, recipe: Finish) -> Measured:
    """Where the speech lies, and the gain that brings it to the recipe's level."""
    whole = _whole(wide, narrow)
    if whole.silent:
        return whole
    cut = _trimmed(wide, whole) if recipe.trim else whole
    return _levelled(narrow, cut, _peak(Cut(wide, cut.start, cut.stop)), recipe)


def _whole(wide: Source, narrow: Source) -> Measured:
    before, total = prompt_heard(narrow).level(), length(wide)
    return Measured(wide.rate, total, 0, total, 0.0, before.active, before.active, before.peak, limited=False)


def _passed(source: Source, recipe: Finish) -> Source:
    return HighPassed(source, recipe.high_pass) if recipe.high_pass else source


def _scaled(measured: Measured, passed: Source) -> Measured:
    """`measured` in samples of `passed`, which is the same sound at another rate."""
    total, by = length(passed), passed.rate / measured.rate
    stop = total if measured.stop == measured.total else min(round(measured.stop * by), total)
    return replace(measured, rate=passed.rate, total=total, start=round(measured.start * by), stop=stop)


def _shaped(passed: Source, measured: Measured, recipe: Finish) -> Source:
    limited = Limited(Gained(Cut(passed, measured.start, measured.stop), measured.gain_db), recipe.ceiling)
    faded = Faded(limited, recipe.fade, measured.stop - measured.start)
    return Padded(faded, round(recipe.lead * passed.rate), round(recipe.tail * passed.rate))


def held(source: Source) -> Source:
    """`source`, in memory if it is short (HELD): it need not be made again for the next pass."""
    kept: list[Samples] = []
    total = 0
    for block in source.blocks():
        total += len(block)
        if total > HELD:
            return source
        kept.append(block)
    return Clip(np.concatenate([np.zeros(0, np.float32), *kept]), source.rate)


def _peak(source: Source) -> float:
    """The largest magnitude, in dBov."""
    largest = max((float(np.abs(block).max()) for block in source.blocks()), default=0.0)
    return decibels(largest**2)


def _trimmed(passed: Source, whole: Measured) -> Measured:
    """`whole` from where the speech begins to where it ends, with a little of what is around it."""
    frame = round(_FRAME * passed.rate)
    loudness = _loudness(passed, frame)
    loud = np.flatnonzero(loudness > _threshold(loudness, whole.level_before))
    if not len(loud):
        return whole
    start = int(loud[0]) * frame - round(_BEFORE * passed.rate)
    stop = int(loud[-1] + 1) * frame + round(_AFTER * passed.rate)
    return replace(whole, start=max(start, 0), stop=min(stop, whole.stop))


def _loudness(source: Source, frame: int) -> NDArray[np.float32]:
    """The level (dBov) of each frame, down to -120; the last one may be short."""
    levels = [np.zeros(0, np.float32)]
    for block in regrouped(source.blocks(), 100 * frame):
        starts = np.arange(0, len(block), frame)
        energy = np.add.reduceat(np.square(block, dtype=np.float64), starts)
        power = energy / np.diff(np.append(starts, len(block)))
        levels.append((10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32))
    return np.concatenate(levels)


def _threshold(loudness: NDArray[np.float32], level: float) -> float:
    """The level (dBov) above which a frame is speech.

    Relative to the speech, so that a quiet last consonant stays. Above the noise floor, if there is one: what
    is heard both in the pauses and at both ends, and is not too loud for it. Pauses alone prove nothing: a
    word cut out closely has none, and its quietest part may be its last s.
    """
    threshold = level - _SPEECH_DEPTH
    above_noise = _quantile(loudness, _NOISE_SHARE) + _NOISE_MARGIN
    ends = max(_quantile(loudness[:_EDGE], 0.5), _quantile(loudness[-_EDGE:], 0.5))
    noisy = ends < above_noise < level - _NOISE_DEPTH
    return max(threshold, above_noise) if noisy else threshold


def _quantile(values: NDArray[np.float32], share: float) -> float:
    """numpy's would import numpy.ma in each worker, which takes as long as finishing ten words."""
    return float(np.sort(values)[round(share * (len(values) - 1))])


def _levelled(narrow: Source, cut: Measured, peak: float, recipe: Finish) -> Measured:
    """`cut`, whose peak is told, with the gain that brings what was cut out to the recipe's level.

    P.56's thresholds stand still, so its level does not move quite as the gain does; the limiter holds it back
    and may even lower it, as what is quiet comes to count as active: the best trial is taken, not the last.
    """
    trials: list[Measured] = []
    linear: tuple[Heard, float] | None = None
    gain = recipe.level - cut.level_before
    while len(trials) < _ROUNDS:
        gain = min(gain, _MOST_GAIN)
        loudest = peak + gain
        trial = replace(cut, gain_db=gain, limited=loudest > recipe.ceiling, peak=min(loudest, recipe.ceiling))
        if trial.limited:
            level = _heard(narrow, trial, recipe).level()
        else:  # all is linear without the limiter: one hearing is enough
            linear = linear or (_heard(narrow, trial, recipe), gain)
            level = linear[0].level(gain - linear[1])
        trials.append(replace(trial, level=level.active))
        missing = recipe.level - trials[-1].level
        if abs(missing) < _CLOSE or gain == _MOST_GAIN:
            break
        gain += missing / _slope(trials)
    return min(trials, key=lambda trial: abs(recipe.level - trial.level))


def _heard(narrow: Source, trial: Measured, recipe: Finish) -> Heard:
    return prompt_heard(_shaped(narrow, _scaled(trial, narrow), recipe))


def _slope(trials: list[Measured]) -> float:
    """How much of another dB of gain is heard: what the last two trials say (the secant method), within reason."""
    if len(trials) < 2:
        return 1.0
    before, last = trials[-2:]
    slope = (last.level - before.level) / (last.gain_db - before.gain_db)
    return min(max(slope, _SLOPE[0]), _SLOPE[1])
