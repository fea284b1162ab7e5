"""Checkpoints as trainers write them. pip install torch numpy safetensors; python make_cases.py

Writes beside this script: loss.pt, values.pt, several.pt, subclasses.pt, newer.pt, types.safetensors and types-f32.safetensors.
"""

import argparse
import collections
import datetime
import enum
import functools
import pathlib
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

here = Path(__file__).parent
weights = collections.OrderedDict(weight=torch.arange(6.0).reshape(3, 2), bias=torch.tensor([0.5, 0.25, 0.125]))
x = torch.nn.Parameter(torch.ones(1))
# a tensor beside the weights, and tensors of an optimiser
adam = torch.optim.Adam([torch.nn.Parameter(value.clone()) for value in weights.values()])
sum((p * p).sum() for p in adam.param_groups[0]["params"]).backward()
adam.step()
torch.save(
    {"epoch": 2, "model_state_dict": weights, "optimizer_state_dict": adam.state_dict(), "loss": (x * x).sum()},
    here / "loss.pt",
)


class Colour(enum.Enum):
    RED = 1


class Bag(dict):
    pass


Pair = collections.namedtuple("Pair", "a b")
for made in (Colour, Bag, Pair):
    made.__module__ = "trainer"
    made.__qualname__ = made.__name__
    setattr(sys.modules.setdefault("trainer", type(sys)("trainer")), made.__name__, made)
bag = Bag(a=1)
bag.more = [1, 2]
torch.save(
    {
        "state": {"model": {"module": weights}},
        "seen": {1, 2},
        "frozen": frozenset({3}),
        "out": pathlib.PurePosixPath("runs"),
        "at": datetime.datetime(2025, 1, 2),
        "losses": np.arange(3.0),
        "best": np.float64(1.5),
        "args": argparse.Namespace(lr=0.1),
        "colour": Colour.RED,
        "bag": bag,
        "pair": Pair(1, 2),
        "queue": collections.deque([1, 2], maxlen=3),
        "counts": collections.Counter("abca"),
        "schedule": functools.partial(max, 1),
        "generator": torch.Generator().get_state(),
        "spectrum": torch.ones(2, dtype=torch.complex64),
        "sparse": torch.eye(2).to_sparse(),
        "big": 2**90,
        "device": torch.device("cpu"),
        "type": torch.float16,
    },
    here / "values.pt",
)
torch.save({"ema": {k: v + 1 for k, v in weights.items()}, "student": weights, "step": 3}, here / "several.pt")


class Buffer(torch.Tensor):
    pass


Buffer.__module__ = "trainer"
sys.modules["trainer"].Buffer = Buffer
torch.save({"buffer": torch.arange(2.0).as_subclass(Buffer), "weight": torch.nn.Parameter(torch.ones(1))}, here / "subclasses.pt")

bytes_ = torch.arange(256, dtype=torch.int32).to(torch.uint8)
floats8 = {
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "F8_E8M0": torch.float8_e8m0fnu,
}
types = {name: bytes_.clone().view(dtype) for name, dtype in floats8.items()}
types |= {
    "F64": torch.tensor([0.1, -2.5, 1e300], dtype=torch.float64),
    "F32": torch.tensor([0.1, -2.5]),
    "F16": torch.tensor([0.1, 65504], dtype=torch.float16),
    "BF16": torch.tensor([0.1, 3e38], dtype=torch.bfloat16),
    "I64": torch.tensor([-5, 2**31 - 1]),
    "I32": torch.tensor([-5, 7], dtype=torch.int32),
    "I16": torch.tensor([-32768, 7], dtype=torch.int16),
    "I8": torch.tensor([-128, 127], dtype=torch.int8),
    "U64": torch.tensor([5, 2**31 - 1], dtype=torch.uint64),
    "U32": torch.tensor([5, 2**31 - 1], dtype=torch.uint32),
    "U16": torch.tensor([5, 65535], dtype=torch.uint16),
    "U8": torch.tensor([5, 255], dtype=torch.uint8),
    "BOOL": torch.tensor([True, False, True]),
}
unread = {"C64": torch.ones(2, dtype=torch.complex64), "huge": torch.tensor([2**40])}
save_file({**types, **unread}, here / "types.safetensors")
save_file({name: value.to(torch.float32) for name, value in types.items()}, here / "types-f32.safetensors")
newer = ["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0", "U16", "U32", "U64"]
torch.save({name: types[name].clone() for name in newer}, here / "newer.pt")
