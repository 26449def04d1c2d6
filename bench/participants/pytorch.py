"""PyTorch, one thread. Speaks the protocol of serve.mjs.

PyTorch's matrix products are its BLAS's, which may be the slow reference one; `--onednn-linear` has linear layers computed
by oneDNN instead, as its convolutions always are.
"""
import json
import os
import sys
import time

for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
import problem

torch.set_num_threads(1)


def matmul(row):
    m, k, n = row["m"], row["k"], row["n"]
    a, b = (torch.from_numpy(problem.values(shape, seed)) for shape, seed in (((m, k), 1), ((k, n), 2)))
    return {"run": lambda: torch.matmul(a, b), "check": problem.sample(torch.matmul(a, b))}


CONV = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}


def conv(row):
    options = {key: row[key] for key in ("stride", "padding", "dilation", "groups")}
    x, w = (torch.from_numpy(problem.values(row[name], seed)) for name, seed in (("x", 1), ("w", 2)))
    forward = lambda: CONV[x.dim()](x, w, **options)
    if row["pass"] == "forward":
        run = forward
    else:
        y = forward()
        dy = torch.from_numpy(problem.values(tuple(y.shape), 3))
        mask = [row["pass"] == "input", row["pass"] == "weight", False]
        run = lambda: torch.ops.aten.convolution_backward(
            dy, x, w, None, options["stride"], options["padding"], options["dilation"], False,
            [0] * (x.dim() - 2), options["groups"], mask)[mask.index(True)]
    with torch.no_grad():
        return {"run": run, "check": problem.sample(run().contiguous())}


def linear_by_onednn(x, weight, bias):
    """A linear layer as a 1×1 convolution: oneDNN computes it, whatever BLAS PyTorch was linked with."""
    return F.conv2d(x[:, :, None, None], weight[:, :, None, None], bias)[:, :, 0, 0]


def lenet(row):
    linear = linear_by_onednn if "--onednn-linear" in sys.argv else F.linear
    x, labels, parameters = problem.lenet(row["batch"])
    start = time.perf_counter()
    x, labels = torch.from_numpy(x), torch.from_numpy(labels)
    p = [torch.from_numpy(value).requires_grad_() for value in parameters]
    optimizer = torch.optim.Adam(p, lr=1e-3)

    def step():
        h = F.max_pool2d(F.relu(F.conv2d(x, p[0], p[1], padding=2)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, p[2], p[3])), 2).flatten(1)
        h = F.relu(linear(F.relu(linear(h, p[4], p[5])), p[6], p[7]))
        loss = F.cross_entropy(linear(h, p[8], p[9]), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    first = step()
    if row["kind"] == "lenet-cold":
        return {"best": 1000 * (time.perf_counter() - start), "check": [first]}
    return {"run": step, "check": [first] + [step() for _ in range(problem.CHECKED_STEPS - 1)]}


PREPARE = {"matmul": matmul, "conv": conv, "lenet": lenet, "lenet-cold": lenet}


def measure(run, milliseconds, atLeast):
    best, runs, end = float("inf"), 0, time.perf_counter() + milliseconds / 1000
    while runs < atLeast or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
        runs += 1
    return {"best": 1000 * best, "runs": runs}


run = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if "measure" in request:
            answer = measure(run, **request["measure"])
        elif request["prepare"]["kind"] not in PREPARE:
            answer = {"cannot": "not measured"}
        else:
            answer = PREPARE[request["prepare"]["kind"]](request["prepare"])
            run = answer.pop("run", None)
    except Exception as error:  # reported, the row goes on with the others
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
