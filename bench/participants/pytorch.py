"""PyTorch. Speaks the protocol of serve.mjs.

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

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def matmul(row):
    m, k, n = row["m"], row["k"], row["n"]
    a, b = (torch.from_numpy(problem.values(shape, seed)) for shape, seed in (((m, k), 1), ((k, n), 2)))
    return {"run": lambda: torch.matmul(a, b), "check": problem.sample(torch.matmul(a, b))}


CONV = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}


def conv(row):
    options = {key: row[key] for key in ("stride", "padding", "dilation", "groups")}
    x, w = (torch.from_numpy(problem.values(row[name], seed)) for name, seed in (("x", 1), ("w", 2)))
    forward = lambda: CONV[x.dim()](x, w, **options)
    if row["pass"] == "all":
        return conv_all(row, options, x, w)
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


def conv_all(row, options, x, w):
    """Forward and both gradients."""
    x, w = x.requires_grad_(), w.requires_grad_()

    def run():
        x.grad = w.grad = None
        y = CONV[x.dim()](x, w, **options)
        y.backward(dy)
        return y

    with torch.no_grad():
        shape = tuple(CONV[x.dim()](x, w, **options).shape)
    dy = torch.from_numpy(problem.values(shape, 3))
    y = run()
    samples = [problem.sample(t.detach().contiguous()) for t in (y, x.grad, w.grad)]
    return {"run": run, "check": [value for s in samples for value in s]}


class LinearByOneDNN(torch.nn.Linear):
    """A linear layer as a 1×1 convolution: oneDNN computes it, whatever BLAS PyTorch was linked with."""

    def forward(self, x):
        return F.conv2d(x[:, :, None, None], self.weight[:, :, None, None], self.bias)[:, :, 0, 0]


Linear = LinearByOneDNN if "--onednn-linear" in sys.argv else torch.nn.Linear
LAYERS = {
    "conv": lambda i, o, k, options: torch.nn.Conv2d(i, o, k, **options),
    "maxPool": torch.nn.MaxPool2d,
    "relu": torch.nn.ReLU,
    "flatten": torch.nn.Flatten,
    "linear": Linear,
}


class LanguageModel(torch.nn.Module):
    """Tokens [T, B] → scores [T·B, tokens]."""

    def __init__(self, tokens=100, embedding=128, hidden=256):
        super().__init__()
        self.embedding = torch.nn.Embedding(tokens, embedding)
        self.lstm = torch.nn.LSTM(embedding, hidden)
        self.linear = torch.nn.Linear(hidden, tokens)

    def forward(self, x):
        return self.linear(self.lstm(self.embedding(x))[0]).flatten(0, 1)


def network_of(row):
    if row["network"] == "layers":
        model = torch.nn.Sequential(*(LAYERS[name](*args) for name, *args in row["layers"]))
    elif row["network"] == "lstm":
        model = LanguageModel()
    else:
        import torchvision
        # first values are given below: drawing them takes GoogLeNet and VGG a minute
        given = {"init_weights": False} if row["network"].startswith(("vgg", "googlenet")) else {}
        model = getattr(torchvision.models, row["network"])(**given)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(problem.initial(name, tuple(parameter.shape))))
    return model


def training_step(row):
    model = network_of(row)
    x, labels = (torch.from_numpy(value) for value in problem.batch_of(row))
    labels = labels.flatten()
    p = list(model.parameters())
    optimizer = torch.optim.Adam(p, lr=1e-3) if row["optimizer"] == "adam" else torch.optim.SGD(p, lr=1e-3, momentum=0.9)

    def step():
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def train(row):
    step = training_step(row)
    start = time.perf_counter()
    first = step()
    if row.get("cold"):
        return {"best": 1000 * (time.perf_counter() - start), "check": [first]}
    return {"run": step, "check": [first] + [step() for _ in range(problem.CHECKED_STEPS - 1)]}


def predict(row):
    model = network_of(row).eval()
    x = torch.from_numpy(problem.batch_of(row)[0])

    def run():
        with torch.no_grad():
            return model(x)

    return {"run": run, "check": problem.sample(run().contiguous())}


def export(row):
    """The network for inference as an ONNX file: what other participants are given."""
    torch.onnx.export(network_of(row).eval(), torch.from_numpy(problem.batch_of(row)[0]), row["path"], opset_version=13,
                      input_names=["x"], output_names=["y"])
    return {"check": [0]}


def kilobytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


def memory(row):
    """How far the process grows in its first steps, in MiB."""
    step = training_step(row)
    before = kilobytes("VmRSS")
    for _ in range(5):
        step()
    return {"best": (kilobytes("VmHWM") - before) / 1024, "check": [0]}


PREPARE = {"matmul": matmul, "conv": conv, "train": train, "predict": predict, "export": export, "memory": memory}


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
