"""The GE2E speaker encoder (Wan et al., 2018) as Resemblyzer trained it: three LSTM layers over mel spectra."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from voicekit.clip import Source
from voicekit.voiceprint import Voiceprint
from voicekit.voiceprint.speech import RATE, speech
from voicekit.voiceprint.weights import SHA256, Array
from voicekit.voiceprint.weights import load as load_weights

_WINDOW, _HOP, _MELS = 400, 160, 40  # samples: 25 and 10 ms
_FRAMES = 160  # of one window of the network: 1.6 s
_STEP = 120  # frames from one window to the next, at the most; Resemblyzer takes 77: dearer, no better
_LAYERS, _HIDDEN = 3, 256
_BATCH = 64  # windows at once


class Ge2e:
    """The network, its weights in memory."""

    identity = f"ge2e.2:{SHA256[:16]}"  # the second way to lay the windows: its vectors and scores are others

    def __init__(self, tensors: dict[str, Array]) -> None:
        self._layers = [
            (
                np.ascontiguousarray(tensors[f"lstm.weight_ih_l{layer}"].T),
                np.ascontiguousarray(tensors[f"lstm.weight_hh_l{layer}"].T),
                tensors[f"lstm.bias_ih_l{layer}"] + tensors[f"lstm.bias_hh_l{layer}"],
            )
            for layer in range(_LAYERS)
        ]
        self._linear = np.ascontiguousarray(tensors["linear.weight"].T), tensors["linear.bias"]

    def prints(self, sounds: Sequence[Source]) -> list[Voiceprint]:
        heard = [speech(sound) for sound in sounds]
        windows = [_windows(samples) for samples in heard]
        every = np.concatenate([np.zeros((0, _FRAMES, _MELS), np.float32), *(mels for mels, _ in windows)])
        lengths = np.concatenate([np.zeros(0, np.int64), *(lengths for _, lengths in windows)])
        starts = range(0, len(every), _BATCH)
        batches = [self.embed(every[at : at + _BATCH], lengths[at : at + _BATCH]) for at in starts]
        vectors = np.concatenate([np.zeros((0, _HIDDEN), np.float32), *batches])
        ends = np.cumsum([len(mels) for mels, _ in windows])
        return [
            Voiceprint(_unit(vectors[end - len(mels) : end].mean(axis=0)) if len(mels) else None, len(samples) / RATE)
            for samples, (mels, _), end in zip(heard, windows, ends, strict=True)
        ]

    def embed(self, mels: Array, lengths: NDArray[np.int64]) -> Array:
        """Unit vectors (n, 256) of windows (n, frames, 40), of which the first `lengths` frames count."""
        below = mels.swapaxes(0, 1)  # time first: each step then reads one block of memory
        for layer in self._layers:
            below = _lstm(below, *layer)
        weight, bias = self._linear
        last = below[lengths - 1, np.arange(len(lengths))]  # what comes after has had no part in it
        raw = np.maximum(last @ weight + bias, 0)
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)


def load() -> Ge2e:
    """The encoder with the weights that are installed here. Raises `EncoderMissingError`."""
    return Ge2e(load_weights())


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _lstm(below: Array, from_input: Array, from_hidden: Array, bias: Array) -> Array:
    """One layer: (time, n, features) to (time, n, 256); gates in torch's order: input, forget, cell, output."""
    time, count, _ = below.shape
    driven = below.reshape(time * count, -1) @ from_input + bias
    driven = driven.reshape(time, count, 4 * _HIDDEN)
    hidden = cell = np.zeros((count, _HIDDEN), np.float32)
    out = np.empty((time, count, _HIDDEN), np.float32)
    for step in range(time):
        gates = driven[step] + hidden @ from_hidden
        # sigmoid(x) = (1 + tanh(x / 2)) / 2: exp would overflow
        gates[:, : 2 * _HIDDEN] *= 0.5
        gates[:, 3 * _HIDDEN :] *= 0.5
        np.tanh(gates, out=gates)
        let_in, keep, new, let_out = np.split(gates, 4, axis=1)
        cell = (keep + 1) * 0.5 * cell + (let_in + 1) * 0.5 * new
        hidden = (let_out + 1) * 0.5 * np.tanh(cell)
        out[step] = hidden
    return out


def _windows(samples: NDArray[np.float32]) -> tuple[Array, NDArray[np.int64]]:
    """Mel spectra (n, 160, 40) of windows that lie evenly over the sound, and how many frames of each there are.

    No window reaches over the end: filled up with silence, as Resemblyzer does it, they err a fifth more often.
    """
    mel = _mel_spectrum(samples) if len(samples) else np.zeros((0, _MELS), np.float32)
    if len(mel) <= _FRAMES:
        filled = np.pad(mel, ((0, _FRAMES - len(mel)), (0, 0)))
        return filled[None][: len(mel)], np.array([len(mel)][: len(mel)])
    spare = len(mel) - _FRAMES
    starts = np.linspace(0, spare, -(-spare // _STEP) + 1).round().astype(int)
    return np.stack([mel[start : start + _FRAMES] for start in starts]), np.full(len(starts), _FRAMES)


def _mel_spectrum(samples: NDArray[np.float32]) -> Array:
    """Power in 40 mel bands (frames, 40); frame n is centred on sample 160 n."""
    padded = np.pad(samples, _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=1)))
    return np.asarray(power @ _mel_filters().T, np.float32)


@cache
def _mel_filters() -> NDArray[np.float64]:
    """Triangles of equal area (40, 201) on Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    edges = _hertz(np.linspace(0.0, float(_mel(RATE / 2)), _MELS + 2))
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return filters


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + float(np.log(hertz / 1000)) * 27 / np.log(6.4)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))
