"""How many voices speak in a heap of sounds, when nobody says who they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicekit.voiceprint import Voiceprint
from voicekit.voiceprint.profile import FEWEST, SHORTEST, length_share

LONG = 2.0  # s: sounds that decide how many voices there are; the shorter ones go to the nearest
_SAME_SOUNDS = 0.76  # mean cosine of two groups of sounds that are one voice
_SAME_VOICE = 0.90  # cosine of the means of two groups that are one voice
_ALLOWED = 0.09  # under the middle of a menu's own scores
_ROUNDS = 20

Array = NDArray[np.float32]


def clusters(prints: Sequence[Voiceprint]) -> list[list[int]]:
    """Groups of indices, the largest first, one a voice; what has no vector is in none.

    Average linkage on sounds of 2 s and more, then groups whose means agree are one. On eight human voices this found
    eight groups, without an error (docs/voice-gate.md). With no long sound, the short ones are taken instead.
    """
    voiced = [index for index, heard in enumerate(prints) if heard.vector is not None]
    long = [index for index in voiced if prints[index].seconds >= LONG] or voiced
    if not long:
        return []
    vectors = {index: vector for index in voiced if (vector := prints[index].vector) is not None}
    groups = [[long[member] for member in group] for group in _linked(np.stack([vectors[i] for i in long]))]
    groups = _merged(groups, vectors)
    means = np.stack([_mean(group, vectors) for group in groups])
    taken = {index for group in groups for index in group}
    for index in voiced:
        if index not in taken:
            groups[int(np.argmax(means @ vectors[index]))].append(index)
    return sorted((sorted(group) for group in groups), key=lambda group: (-len(group), group))


def _linked(vectors: Array) -> list[list[int]]:
    """Average linkage: the two groups of highest mean cosine become one, while that is high enough."""
    groups: list[list[int]] = [[index] for index in range(len(vectors))]
    alike = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(alike, -1.0)
    sizes = np.ones(len(vectors))
    nearest = alike.argmax(axis=1)
    best = alike[np.arange(len(vectors)), nearest]
    while len(vectors) > 1:
        one = int(best.argmax())
        if best[one] < _SAME_SOUNDS:
            break
        other = int(nearest[one])
        row = (sizes[one] * alike[one] + sizes[other] * alike[other]) / (sizes[one] + sizes[other])
        row[[one, other]] = -1.0
        row[sizes == 0] = -1.0
        alike[one], alike[:, one] = row, row
        alike[other], alike[:, other] = -1.0, -1.0
        groups[one] += groups[other]
        groups[other] = []
        sizes[one], sizes[other] = sizes[one] + sizes[other], 0
        best[other] = -1.0
        for changed in np.flatnonzero(
            (nearest == one) | (nearest == other) | (row > best) | (sizes > 0) & (best < -0.5)
        ):
            nearest[changed] = alike[changed].argmax()
            best[changed] = alike[changed, nearest[changed]]
        nearest[one] = alike[one].argmax()
        best[one] = alike[one, nearest[one]]
    return [group for group in groups if group]


def _merged(groups: list[list[int]], vectors: dict[int, Array]) -> list[list[int]]:
    while len(groups) > 1:
        means = np.stack([_mean(group, vectors) for group in groups])
        alike = means @ means.T
        np.fill_diagonal(alike, -1.0)
        one, other = (int(index) for index in np.unravel_index(alike.argmax(), alike.shape))
        if alike[one, other] < _SAME_VOICE:
            break
        groups = [g for i, g in enumerate(groups) if i not in (one, other)] + [groups[one] + groups[other]]
    return groups


def _mean(group: Sequence[int], vectors: dict[int, Array]) -> Array:
    mean = np.mean([vectors[index] for index in group], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def outliers(prints: Sequence[Voiceprint]) -> list[int]:
    """Which sounds of a menu are of another voice than most of it, when there is no profile.

    The mean is taken of what agrees with it, again and again until that stays: a few foreign sounds do not draw it
    to them. Sounds under `SHORTEST` are not judged.
    """
    judged = [i for i, heard in enumerate(prints) if heard.vector is not None and heard.seconds >= SHORTEST]
    if len(judged) < FEWEST:
        return []
    vectors = np.stack([vector for i in judged if (vector := prints[i].vector) is not None])
    lengths = np.array([prints[i].seconds for i in judged])
    inside = np.ones(len(judged), bool)
    for _ in range(_ROUNDS):
        total = vectors[inside].sum(axis=0)
        others = total - vectors * inside[:, None]  # what is judged has no part in the mean
        others /= np.linalg.norm(others, axis=1, keepdims=True)
        scores = np.sum(others * vectors, axis=1) - length_share(lengths)
        again = scores >= np.median(scores) - _ALLOWED
        if (again == inside).all() or again.sum() < 2:
            break
        inside = again
    return [judged[i] for i in np.flatnonzero(~inside)]
