"""The same weights in PyTorch's format from before 1.6, in every protocol. pip install torch; python make_legacy.py

Writes beside this script: legacy-1.pt to legacy-5.pt, and legacy-kinds.pt, with a storage of complex numbers before others.
"""

import collections
from pathlib import Path

import torch

here = Path(__file__).parent
base = torch.arange(24.0)
state = collections.OrderedDict(
    weight=torch.arange(6.0).reshape(3, 2),
    bias=torch.tensor([0.5, 0.25, 0.125], dtype=torch.float16),
    half=base[12:].reshape(3, 4).t(),
    same=base[:2],
)
for protocol in range(1, 6):
    path = here / f"legacy-{protocol}.pt"
    torch.save({"epoch": 3, "best": True, "state_dict": state}, path, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
kinds = dict(
    f64=torch.tensor([0.1, 2.5], dtype=torch.float64),
    i64=torch.tensor([1, -2]),
    flag=torch.tensor([True, False]),
    bf16=torch.tensor([1.5], dtype=torch.bfloat16),
    empty=torch.zeros(0, 3),
    f8=torch.tensor([0.5, -2.0]).to(torch.float8_e4m3fn),
    u16=torch.tensor([65535], dtype=torch.uint16),
)
other = {"spectrum": torch.ones(3, dtype=torch.complex64)}
torch.save({"other": other, "state_dict": kinds}, here / "legacy-kinds.pt", _use_new_zipfile_serialization=False)
