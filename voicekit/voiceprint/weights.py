"""The weights that the package Resemblyzer carries (Apache-2.0), read without torch and without running any of it.

`pretrained.pt` is a pickle of the kind that torch wrote before 1.6: three short pickles, one that names the tensors,
one that lists their storages, and the storages' numbers. A pickle may call anything; this reader admits three names.
"""

import hashlib
import io
import pickle
from collections import OrderedDict
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from voicekit.voiceprint import GET, EncoderMissingError

PACKAGE, FILE = "resemblyzer", "pretrained.pt"
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"  # of version 0.1.4

Array = NDArray[np.float32]


def load() -> dict[str, Array]:
    """The tensors by name, from the package as it is installed here. Raises `EncoderMissingError`."""
    try:
        found = [file.locate() for file in files(PACKAGE) or () if file.name == FILE]
        data = Path(str(found[0])).read_bytes()
    except (PackageNotFoundError, IndexError, OSError) as error:
        raise EncoderMissingError(f"the speaker model is not installed; {GET}") from error
    return parse(data)


def parse(data: bytes) -> dict[str, Array]:
    """The tensors of `pretrained.pt`. Raises `EncoderMissingError` when it is not the very file that voicekit knows."""
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise EncoderMissingError(f"{PACKAGE}/{FILE}: not the weights of {PACKAGE} 0.1.4 (another SHA-256); {GET}")
    return tensors(io.BytesIO(data))


def tensors(file: BinaryIO) -> dict[str, Array]:
    """All tensors of a model. Raises `pickle.UnpicklingError` for a pickle that asks for anything else."""
    for _ in range(3):  # magic number, protocol, sizes
        _Unpickler(file).load()
    named = _Unpickler(file).load()["model_state"]
    numbers = {}
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        numbers[key] = np.frombuffer(file.read(4 * count), "<f4")
    return {name: tensor.of(numbers) for name, tensor in named.items()}


class _Tensor:
    """A tensor whose numbers have not been read yet: `_rebuild_tensor_v2(storage, offset, size, stride, ...)`."""

    def __init__(self, storage: str, offset: int, size: tuple[int, ...], *_: Any) -> None:
        self._storage, self._offset, self._size = storage, offset, size

    def of(self, numbers: dict[str, Array]) -> Array:
        start, count = self._offset, int(np.prod(self._size))
        return numbers[self._storage][start : start + count].reshape(self._size)


class _Unpickler(pickle.Unpickler):
    _KNOWN = {  # noqa: RUF012  the table of all that a pickle may name
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        ("torch", "FloatStorage"): None,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a model")
        return self._KNOWN[module, name]

    def persistent_load(self, pid: Any) -> str:
        _storage, _kind, key, *_ = pid
        return str(key)
