"""RingFormer for images in PyTorch: classifies the images once for each line it reads. Usage: vision.py FOLDER THREADS"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

folder = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]))
torch.set_grad_enabled(False)
config = json.load(open(os.path.join(folder, "config.json")))
d, heads, patch, side = config["dim"], config["heads"], config["patchSize"], config["imageSize"]
eps = config["normEpsilon"]


def read(path):
    raw = open(path, "rb").read()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw[8 + size + begin : 8 + size + end], np.float32)
        tensors[name] = torch.from_numpy(values.copy()).reshape(entry["shape"])
    return tensors


w = read(os.path.join(folder, "weights.safetensors"))
image = torch.from_numpy(np.fromfile(os.path.join(folder, "images.bin"), np.float32)).reshape(-1, config["channels"], side, side)
tokens = (side // patch) ** 2 + 1
angle = torch.arange(tokens)[:, None].double() / 10000 ** (torch.arange(0, d, 2).double() / d)
positions = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :d].float()
kernel = w["patches.weight"].reshape(d, config["channels"], patch, patch)


def linear(name, x):
    return F.linear(x, w[f"shared.{name}.weight"], w[f"shared.{name}.bias"])


def norm(name, x, i):
    return F.layer_norm(x, (d,), w[f"levels.{name}.weight"][i], w[f"levels.{name}.bias"][i], eps)


def signal(name, x, i):
    return F.linear(x, w[f"levels.signals.{name}.down"][i]) @ w[f"levels.signals.{name}.up"][i]


def split(x):
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def level(x, i, last):
    n = norm("attnNorm", x, i)
    k = linear("attn.key", n) + signal("key", x, i)
    v = linear("attn.value", n) + signal("value", x, i)
    if last:  # nobody looks at the patches of the last level
        x, n = x[:, :1], n[:, :1]
    q = linear("attn.query", n) + signal("query", x, i)
    weights = torch.softmax(split(q) @ split(k).transpose(-1, -2) * (d // heads) ** -0.5, -1)
    x = x + linear("attn.out", (weights @ split(v)).transpose(1, 2).reshape(x.shape))
    return x + linear("ffn.fc2", F.gelu(linear("ffn.fc1", norm("ffnNorm", x + signal("ffn", x, i), i))))


def classify(images):
    patches = F.conv2d(images, kernel, w["patches.bias"], stride=patch).flatten(2).transpose(1, 2)
    x = torch.cat([w["classToken"].expand(len(images), 1, d), patches], 1) + positions
    for i in range(config["levels"]):
        x = level(x, i, i == config["levels"] - 1)
    seen = F.layer_norm(x[:, 0], (d,), w["norm.weight"], w["norm.bias"], config["lastEpsilon"])
    return F.linear(seen, w["head.weight"], w["head.bias"])


for _ in sys.stdin:
    print(json.dumps(classify(image).flatten().tolist()), flush=True)
