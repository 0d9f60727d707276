"""libgsm of the system, where there is one: the bytes of the copy in soundfile's wheel, in a third of its time."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from voicekit.formats.linear import Linear

SAMPLES, BYTES = 160, 33  # of a frame

_NAMES = ("libgsm.so.1", "libgsm.1.dylib")  # Linux, macOS


class Coder:
    """Whole frames in, whole frames out; what it hands on from frame to frame is the library's."""

    def __init__(self, library: ctypes.CDLL, state: int) -> None:
        self._library = library
        self._state = state

    def encode(self, linear: Linear) -> bytes:
        frames = len(linear) // SAMPLES
        data = np.empty(frames * BYTES, np.uint8)
        source, target = np.ascontiguousarray(linear).ctypes.data, data.ctypes.data
        for frame in range(frames):
            self._library.gsm_encode(self._state, source + frame * SAMPLES * linear.itemsize, target + frame * BYTES)
        return data.tobytes()

    def decode(self, data: bytes) -> Linear:
        """A frame that libgsm refuses (it does not begin as one) is silence."""
        frames = len(data) // BYTES
        linear = np.zeros(frames * SAMPLES, np.int16)
        source, target = np.frombuffer(data, np.uint8).ctypes.data, linear.ctypes.data
        for frame in range(frames):
            self._library.gsm_decode(self._state, source + frame * BYTES, target + frame * SAMPLES * linear.itemsize)
        return linear


@contextmanager
def coder(library: ctypes.CDLL) -> Iterator[Coder]:
    state = library.gsm_create()
    if not state:
        raise MemoryError
    try:
        yield Coder(library, state)
    finally:
        library.gsm_destroy(state)


def _loaded() -> ctypes.CDLL | None:
    for name in _NAMES:
        with suppress(OSError):
            library = ctypes.CDLL(name)
            library.gsm_create.restype = ctypes.c_void_p
            for call, pointers in ((library.gsm_destroy, 1), (library.gsm_encode, 3), (library.gsm_decode, 3)):
                call.argtypes = [ctypes.c_void_p] * pointers
            return library
    return None


LIBRARY = _loaded()
