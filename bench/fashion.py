#!/usr/bin/python3
"""The reference figure for Fashion-MNIST: LeNet-5 trained by PyTorch, one thread.

Adam 1e-3, batch 128, 5 epochs, PyTorch's default initialisation, pixels / 255, seed 0. Needs Debian's python3-torch and
dataset-fashion-mnist. Prints one line per epoch and, last, `test accuracy 0.dddd`.

    /usr/bin/python3 bench/fashion.py [--epochs 5] [--seed 0] [--folder DIR]
"""
import argparse
import gzip
import os
import struct
import subprocess
import time

for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

import numpy as np
import torch
from torch import nn


def files():
    """The package's IDX files, by base name."""
    listing = subprocess.run(["dpkg", "-L", "dataset-fashion-mnist"], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.split("\n") if "idx" in line]


def idx(path):
    """An IDX file of unsigned bytes: magic 0x000008dd (d axes), d big-endian sizes, the bytes."""
    opened = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        magic, = struct.unpack(">I", file.read(4))
        shape = struct.unpack(f">{magic & 0xff}I", file.read(4 * (magic & 0xff)))
        return np.frombuffer(file.read(), dtype=np.uint8).reshape(shape)


def load(folder):
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if folder else files()
    part = lambda prefix, kind: idx(next(p for p in paths if os.path.basename(p).startswith(f"{prefix}-{kind}")))
    images = lambda prefix: torch.from_numpy(part(prefix, "images").astype(np.float32) / 255).unsqueeze(1)
    labels = lambda prefix: torch.from_numpy(part(prefix, "labels").astype(np.int64))
    return images("train"), labels("train"), images("t10k"), labels("t10k")


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--epochs", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--folder", help="where the four IDX files are, if not Debian's package")
    options = options.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    x, y, test_x, test_y = load(options.folder)
    model = lenet5()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    start = time.perf_counter()
    accuracy = 0.0
    for epoch in range(options.epochs):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(x)).split(128):
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        model.eval()
        with torch.no_grad():
            correct = sum((model(a).argmax(1) == b).sum().item() for a, b in zip(test_x.split(1000), test_y.split(1000)))
        accuracy = correct / len(test_x)
        print(f"epoch {epoch + 1}  loss {total / len(x):.4f}  test accuracy {accuracy:.4f}"
              f"  {time.perf_counter() - start:.1f} s", flush=True)
    print(f"test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
