"""The same training step in PyTorch, on two threads: prints its times as JSON. Usage: train_step.py STEPS"""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(1)
D, FFN, HEADS, LEVELS, RANK, VOCAB, ROWS, LENGTH = 256, 1024, 8, 6, 16, 8000, 32, 32


def matrix(*shape):
    return torch.nn.Parameter(torch.randn(*shape) * shape[-1] ** -0.5)


class Signal(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = matrix(RANK, D), matrix(RANK, D)

    def forward(self, x):
        return (x @ self.down.t()) @ self.up


def signals():
    return torch.nn.ModuleDict({name: Signal() for name in ("query", "key", "value", "ffn")})


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (matrix(D, D) for _ in range(4))

    def forward(self, x, memory, s=None, mask=None):
        heads = lambda y: y.view(y.shape[0], y.shape[1], HEADS, -1).transpose(1, 2)
        q, k, v = F.linear(x, self.query), F.linear(memory, self.key), F.linear(memory, self.value)
        if s is not None:
            q, k, v = q + s["query"](x), k + s["key"](x), v + s["value"](x)
        scores = heads(q) @ heads(k).transpose(-1, -2) * (D // HEADS) ** -0.5
        weights = torch.softmax(scores if mask is None else scores + mask, -1)
        return F.linear((weights @ heads(v)).transpose(1, 2).reshape(x.shape), self.out)


class Side(torch.nn.Module):
    def __init__(self, cross):
        super().__init__()
        self.attn, self.cross = Attention(), Attention() if cross else None
        self.fc1, self.fc2 = matrix(FFN, D), matrix(D, FFN)
        count = 3 if cross else 2
        self.norms = torch.nn.ModuleList(torch.nn.ModuleList(torch.nn.LayerNorm(D) for _ in range(count)) for _ in range(LEVELS))
        self.signals = torch.nn.ModuleList(signals() for _ in range(LEVELS))

    def forward(self, x, memory=None, mask=None):
        for norms, s in zip(self.norms, self.signals):
            x = norms[0](x + self.attn(x, x, s, mask))
            if self.cross is not None:
                x = norms[1](x + self.cross(x, memory))
            x = norms[-1](x + F.linear(F.gelu(F.linear(x + s["ffn"](x), self.fc1)), self.fc2))
        return x


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.bias = matrix(VOCAB, D), torch.nn.Parameter(torch.zeros(VOCAB))
        self.encoder, self.decoder = Side(False), Side(True)
        self.mask = torch.full((LENGTH, LENGTH), -1e9).triu(1)

    def forward(self, source, target):
        memory = self.encoder(F.embedding(source, self.tokens) * D**0.5)
        x = self.decoder(F.embedding(target, self.tokens) * D**0.5, memory, self.mask)
        return F.linear(x, self.tokens, self.bias)


model = Model()
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
source, target, labels = (torch.randint(4, VOCAB - 4, (ROWS, LENGTH)) for _ in range(3))
times, losses = [], []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    adam.zero_grad()
    loss = F.cross_entropy(model(source, target).flatten(0, 1), labels.flatten())
    loss.backward()
    adam.step()
    times.append(1000 * (time.perf_counter() - start))
    losses.append(loss.item())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"times": times, "losses": losses, "peakMB": peak}))
