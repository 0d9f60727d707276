"""ITU-T P.56 method B sample by sample, as the ITU's software tool library (G.191, sv56) does it.

The level between two thresholds is found as there: by halving until margin and difference agree to 0.5 dB.
"""

import math

MARGIN, HANGOVER, TIME_CONSTANT, THRESHOLDS = 15.9, 0.2, 0.03, 15
NOTHING = 1e-20  # keeps the logarithms finite


def active_level(samples, rate):
    """dBov; -100 when there is no speech."""
    keep = math.exp(-1 / (rate * TIME_CONSTANT))
    hangover = math.floor(HANGOVER * rate + 0.5)
    limits = [2.0 ** (j - THRESHOLDS) for j in range(THRESHOLDS)]
    counts, hung = [0] * THRESHOLDS, [hangover] * THRESHOLDS
    energy = smooth = envelope = 0.0
    for x in samples:
        energy += x * x
        smooth = keep * smooth + (1 - keep) * abs(x)
        envelope = keep * envelope + (1 - keep) * smooth
        for j, limit in enumerate(limits):
            if envelope >= limit:
                counts[j] += 1
                hung[j] = 0
            elif hung[j] < hangover:
                counts[j] += 1
                hung[j] += 1
    return _from_counts(energy, counts, limits)


def _from_counts(energy, counts, limits):
    levels = [10 * math.log10(energy / n + NOTHING) if n else None for n in counts]
    heights = [20 * math.log10(limit) for limit in limits]
    if levels[0] is None or levels[0] - heights[0] < MARGIN:
        return -100.0
    for j in range(1, THRESHOLDS):
        if levels[j] is not None and levels[j] - heights[j] <= MARGIN:
            return _halved(levels[j], levels[j - 1], heights[j], heights[j - 1])
    raise AssertionError("louder than full scale")


def _halved(upper, lower, upper_height, lower_height, tolerance=0.5):
    if abs(upper - upper_height - MARGIN) < tolerance:
        return upper
    if abs(lower - lower_height - MARGIN) < tolerance:
        return lower
    middle, height = (upper + lower) / 2, (upper_height + lower_height) / 2
    turns = 1
    while abs(difference := middle - height - MARGIN) > tolerance:
        turns += 1
        if turns > 20:
            tolerance *= 1.1
        towards, towards_height = (upper, upper_height) if difference > 0 else (lower, lower_height)
        middle, height = (middle + towards) / 2, (height + towards_height) / 2
    return middle
