#!/usr/bin/python3
"""What torchvision's networks compute, for `zoo.testing.ts` to compare with. Debian's python3-torchvision (0.14), float64.

    /usr/bin/python3 packages/chainrule/test/goldens/zoo.py [--check]

zoo.jsonl has a network a line: { name, call, options, training, key, input, output: { shape, data }, gradients: { name: [norm,
projection] } }. models[call](options), in training or evaluation, its parameters drawn, is given the input of the shape `input`; the gradients are those of
Σ output · cotangent, of every parameter and of the input (""), each as its norm √Σ g² and its projection Σ g · r on a drawn r. The
output of a network with auxiliary classifiers is that of all of them side by side.

Drawn numbers are low + (high − low)·u with u from generator.py and the key (case's "key", place): the input (−1 … 1) has place 0, the
cotangent 99, the i-th parameter 100 + i, r of the i-th gradient 10000 + i, the input being last. From element PERIOD on they repeat.
A parameter of one axis is in 0.5 … 1.5 if its name ends with "weight", else in ±1/8; of more axes in ±b, b = 2^round(log₂ √(6 / fan-in)).
"""
import json
import math
import os
import sys

import numpy as np
import torch
from torch import nn
from torchvision import models
from torchvision.models.googlenet import GoogLeNet

sys.dont_write_bytecode = True
from generator import check, draw
from make import agree, digits

HERE = os.path.dirname(os.path.abspath(__file__))
PERIOD = 1048573


def values(key, place, shape, low=-1.0, high=1.0):
    size = int(np.prod(shape, dtype=np.int64))
    base = draw((key, place), (min(size, PERIOD),), low, high)
    return torch.from_numpy(np.resize(base, size).reshape(shape)).double()


def bounds(name, shape):
    if len(shape) > 1:
        bound = 2.0 ** round(math.log2(math.sqrt(6 / np.prod(shape[1:]))))
        return -bound, bound
    return (0.5, 1.5) if name.endswith("weight") else (-0.125, 0.125)


def network_case(key, name, call, options, module, shape, training=True):
    module = module.double().train(training)
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for i, (path, parameter) in enumerate(parameters.items()):
            parameter.copy_(values(key, 100 + i, tuple(parameter.shape), *bounds(path, parameter.shape)))
    x = values(key, 0, shape).requires_grad_()
    output = module(x)
    if isinstance(output, tuple):  # logits and the outputs of aux1 and aux2, in that order whatever the fields are called
        output = torch.cat(output, 1)
    (output * values(key, 99, tuple(output.shape))).sum().backward()
    gradients = {}
    for i, (path, tensor) in enumerate({**parameters, "": x}.items()):
        g = tensor.grad
        projection = (g * values(key, 10000 + i, tuple(g.shape))).sum()
        gradients[path] = [float(f"{g.norm().item():.6g}"), float(f"{projection.item():.6g}")]
    return {"name": name, "call": call, "options": options, "training": training, "key": key, "input": list(shape),
            "output": {"shape": list(output.shape), "data": digits(output.detach())}, "gradients": gradients}


def alexnet2012(groups, classes):
    norm = lambda: nn.LocalResponseNorm(5, 5e-4, 0.75, 2)
    module = models.AlexNet(classes, dropout=0)
    module.features = nn.Sequential(
        nn.Conv2d(3, 96, 11, 4), nn.ReLU(), norm(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2, groups=groups), nn.ReLU(), norm(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1, groups=groups), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=groups), nn.ReLU(), nn.MaxPool2d(3, 2),
    )
    return module


class Squash(nn.Module):
    def forward(self, a):
        return 1.7159 * torch.tanh(2 / 3 * a)


class TrainedPooling(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        sums = sum(x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1))
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


class SparseConvolution(nn.Module):
    """Table I of the paper, column by column; every connection convolved by itself."""
    TABLE = ["012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235", "012345"]

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(60, 5, 5)), nn.Parameter(torch.zeros(16))

    def forward(self, x):
        kernels = iter(self.weight)
        maps = [sum(nn.functional.conv2d(x[:, int(m)][:, None], next(kernels)[None, None]) for m in column) for column in self.TABLE]
        return torch.cat(maps, 1) + self.bias[:, None, None]


def lenet1998():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), Squash(), TrainedPooling(6), Squash(), SparseConvolution(), Squash(), TrainedPooling(16), Squash(),
        nn.Conv2d(16, 120, 5), Squash(), nn.Flatten(), nn.Linear(120, 84), Squash(), nn.Linear(84, 10),
    )


def networks():
    """(name, call, options for chainrule, torchvision's module, shape of the input, training)

    Where a batch of eight values is normalised, a relu within rounding of its kink moves gradients by percents: most networks with
    batch normalisation are compared in evaluation, where derivatives are as smooth as elsewhere.
    """
    classes = {"classes": 7}
    dense = {**classes, "dropout": 0}
    yield "LeNet-5 of 1998", "lenet1998", {"output": "linear"}, lenet1998(), (3, 1, 32, 32)
    yield ("GoogLeNet, auxiliary", "googlenet", {**dense, "auxiliary": True, "auxiliaryDropout": 0},
           GoogLeNet(7, init_weights=False, dropout=0, dropout_aux=0), (2, 3, 64, 64))
    yield "AlexNet", "alexnet", dense, models.alexnet(num_classes=7, dropout=0), (2, 3, 63, 63)
    yield "AlexNet of 2012", "alexnet", {**dense, "form": "2012"}, alexnet2012(2, 7), (1, 3, 99, 99)
    for depth in (18, 34, 50, 101, 152):
        yield f"ResNet-{depth}", f"resnet{depth}", classes, getattr(models, f"resnet{depth}")(num_classes=7), (2, 3, 64, 64), depth == 18
    for depth in (11, 13, 16, 19):
        for norm in (False, True):
            make = getattr(models, f"vgg{depth}{'_bn' if norm else ''}")
            yield (f"VGG-{depth}{', batch normalisation' if norm else ''}", f"vgg{depth}", {**dense, "batchNorm": norm},
                   make(num_classes=7, dropout=0, init_weights=False), (2, 3, 32, 32), not norm or depth == 11)


def main():
    check()
    cases = [network_case(4000 + i, *network) for i, network in enumerate(networks())]
    path = os.path.join(HERE, "zoo.jsonl")
    if "--check" in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            kept = [json.loads(line) for line in file]
        if not agree(cases, kept):
            sys.exit(f"zoo.jsonl is not what torchvision computes; run zoo.py and look at the difference")
        print(f"zoo.jsonl: {len(cases)} networks agree")
    else:
        text = "".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) + "\n" for case in cases)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"zoo.jsonl: {len(cases)} networks, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
