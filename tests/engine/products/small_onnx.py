"""Writes small ONNX models byte by byte: a detector of red squares in the layout asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

SIDE, CELL = 320, 32
"""Side of the picture that the model looks at, and of the squares that it averages, pixels."""

_CELLS = (SIDE // CELL) ** 2
_FLOAT, _INT64 = 1, 7


def write_detector(path: Path, layout: str = "v8") -> Path:
    """Write a model that finds red squares: class 0 of two, the other one is never found."""
    nodes = [
        _node("AveragePool", ["images"], ["means"], kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        _node("Conv", ["means", "red", "bias"], ["redness"], kernel_shape=[1, 1]),
        _node("Relu", ["redness"], ["scores"]),
        _node("Reshape", ["scores", "rows"], ["flat"]),
        _node("Concat", ["places", "flat"], ["joined"], axis=1),
    ]
    last, shape = "joined", [1, 6, _CELLS]
    if layout == "v5":
        nodes[4] = _node("Concat", ["places", "sure", "flat"], ["joined"], axis=1)
        nodes.append(_node("Transpose", ["joined"], ["turned"], perm=[0, 2, 1]))
        last, shape = "turned", [1, _CELLS, 7]
    red = np.array([[1.0, -1.0, -1.0], [0, 0, 0]], np.float32).reshape(2, 3, 1, 1)
    weights = [
        _tensor("red", red),
        _tensor("bias", np.array([0.0, 0.0], np.float32)),
        _tensor("rows", np.array([1, 2, _CELLS], np.int64)),
        _tensor("places", _places()),
        _tensor("sure", np.ones((1, 1, _CELLS), np.float32)),
    ]
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"red")
    graph += b"".join(_field(5, weight) for weight in weights)
    graph += _field(11, _value("images", [1, 3, SIDE, SIDE])) + _field(12, _value(last, shape))
    opset = _field(2, _number(13), raw=True)
    model = _field(1, _number(8), raw=True) + _field(7, graph) + _field(8, opset)
    path.write_bytes(model)
    return path


def _places() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Centre and size of each cell."""
    y, x = np.mgrid[: SIDE // CELL, : SIDE // CELL].reshape(2, -1) * CELL + CELL / 2
    sizes = np.full(_CELLS, CELL)
    return np.stack([x, y, sizes, sizes])[None].astype(np.float32)


def _number(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _field(number: int, content: bytes, *, raw: bool = False) -> bytes:
    if raw:
        return _number(number << 3) + content
    return _number(number << 3 | 2) + _number(len(content)) + content


def _node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], **settings: int | list[int]
) -> bytes:
    node = b"".join(_field(1, name.encode()) for name in inputs)
    node += b"".join(_field(2, name.encode()) for name in outputs)
    node += _field(4, kind.encode())
    for name, value in settings.items():
        about = _field(1, name.encode())
        if isinstance(value, int):
            about += _field(3, _number(value), raw=True) + _field(20, _number(2), raw=True)
        else:
            about += b"".join(_field(8, _number(v), raw=True) for v in value)
            about += _field(20, _number(7), raw=True)
        node += _field(5, about)
    return node


def _tensor(name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    tensor = b"".join(_field(1, _number(side), raw=True) for side in values.shape)
    tensor += _field(2, _number(kind), raw=True) + _field(8, name.encode())
    return tensor + _field(9, values.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_field(1, _field(1, _number(side), raw=True)) for side in shape)
    kind = _field(1, _number(_FLOAT), raw=True) + _field(2, sides)
    return _field(1, name.encode()) + _field(2, _field(1, kind))
