#!/usr/bin/python3
"""Golden files: what PyTorch computes, for `goldens.test.ts` to compare with. Debian's python3-torch (1.13), float64.

    /usr/bin/python3 packages/chainrule/test/goldens/make.py

Inputs are never stored. A drawn tensor is written { "shape", "low", "high" } and has the values low + (high − low)·u with u from
generator.py and the key (case's "key", place): the i-th input has place i, the i-th parameter 10 + i, the i-th tensor among the
options 20 + i, the i-th buffer 30 + i, the cotangent 99. { "shape", "below": n } are int32, floor(n·u). All arrays are flat, row-major.
Every file has one case a line.

layers.jsonl      { name, call, arguments, key, inputs, parameters: { name: drawn }, buffers: { name: drawn }, training,
                  output: { shape, data }, gradients: { name: data }, after: { buffer: data } }
                  nn[call](...arguments) gives the layer; parameters and buffers have PyTorch's names; buffers not drawn are new. `output` is its forward of
                  the inputs, `gradients` those of Σ output · cotangent, cotangent drawn from [−1, 1), for the parameters and the
                  inputs ("input", "input1", …); `after` the buffers after that one call.
losses.jsonl      the same with nn[call](...inputs, options): `options` instead of `arguments`.
optimizers.jsonl  { call, options, key, shape, steps: [[…], …] }: optim[call](options) on Σ a p²/2 − b p; p, a, b are inputs
                  0, 1, 2 drawn from [−1, 1), [0.5, 2), [−1, 1); `steps` is p after each step.
schedules.jsonl   { call, options, rates, metrics? }: the learning rate of steps 0, 1, …; with metrics, that after each metric.
recurrent.jsonl   { name, call, arguments, key, inputs, lengths?, parameters, outputs: [{ shape, data }, …], gradients }: nn[call](...arguments)
                  with run(x, { state, lengths }); inputs are x and, where drawn, the state's h and c; `outputs` the output and the
                  state's tensors behind it, `gradients` those of Σ output · cotangent over all of them, cotangents of places 99, 98, 97.
lenet.jsonl       { optimizer, options, batch, batches, losses }: the loss of each step of LeNet-5 from weights drawn from
                  ±1/√fan-in with the key (1, index of the parameter); step i trains on batch b = i mod batches, whose images are u
                  of the key (2, b) and whose labels are floor(10·u) of the key (3, b). Computed in float64.
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.dont_write_bytecode = True
from generator import check, draw, uniform

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)


def digits(values):
    """Seven significant digits: half a unit of the last is 5e-8 relative, below float32's own 6e-8."""
    return [float(f"{value:.7g}") for value in np.asarray(values, dtype=np.float64).reshape(-1)]


def drawn(shape, low=-1, high=1):
    return {"shape": list(shape), "low": low, "high": high}


def labels(shape, below):
    return {"shape": list(shape), "below": below}


def values(spec, key, place):
    if "below" in spec:
        return torch.from_numpy(np.floor(spec["below"] * uniform((key, place), spec["shape"])).astype(np.int64))
    return torch.from_numpy(np.asarray(draw((key, place), spec["shape"], spec["low"], spec["high"]), dtype=np.float64))


def run(case, key, forward, inputs, parameters):
    """Fills in output and gradients."""
    tensors = [values(spec, key, place).requires_grad_("below" not in spec) for place, spec in enumerate(inputs)]
    output = forward(*tensors)
    cotangent = values(drawn(output.shape), key, 99)
    (output * cotangent).sum().backward()
    named = {"input" if i == 0 else f"input{i}": tensor for i, tensor in enumerate(tensors)}
    gradients = {name: tensor.grad for name, tensor in {**named, **parameters}.items() if tensor.grad is not None}
    case.update(
        key=key,
        inputs=inputs,
        output={"shape": list(output.shape), "data": digits(output.detach())},
        gradients={name: digits(gradient) for name, gradient in gradients.items()},
    )
    return case


def layer_case(key, name, call, arguments, module, *inputs, training=True, low=-1, high=1):
    """`module` is a torch module or a function of the inputs."""
    case = {"name": name, "call": call, "arguments": arguments, "training": training}
    if not isinstance(module, nn.Module):
        return {**run(case, key, module, list(inputs), {}), "parameters": {}, "buffers": {}, "after": {}}
    module = module.double().train(training)
    parameters = dict(module.named_parameters())
    specs, buffers = {}, {}
    with torch.no_grad():
        for i, (path, parameter) in enumerate(parameters.items()):
            specs[path] = drawn(parameter.shape, low, high)
            parameter.copy_(values(specs[path], key, 10 + i))
        # evaluation reads the running statistics: here they are not those of a new layer
        running = [(path, buffer) for path, buffer in module.named_buffers() if not training and "running" in path]
        for i, (path, buffer) in enumerate(running):
            buffers[path] = drawn(buffer.shape, 0.5, 2)
            buffer.copy_(values(buffers[path], key, 30 + i))
    run(case, key, module, list(inputs), parameters)
    after = {path: digits(buffer) for path, buffer in module.named_buffers() if training}
    return {**case, "parameters": specs, "buffers": buffers, "after": after}


def layers():
    """(name, call, arguments for chainrule, PyTorch's module or function, inputs…)"""
    x1, x2, x3 = drawn((2, 4, 11)), drawn((2, 4, 5, 6)), drawn((1, 2, 5, 4, 5))
    map2, norm2 = drawn((1, 2, 7, 6)), drawn((2, 4, 3, 2), -2, 3)
    x = drawn((3, 8), -4, 4)
    floor = {"round": "floor"}
    cases = [
        ("linear", "linear", [8, 5], nn.Linear(8, 5), x),
        ("linear without bias, rank 3", "linear", [4, 3, {"bias": False}], nn.Linear(4, 3, bias=False), drawn((2, 3, 4))),
        ("conv1d", "conv1d", [4, 3, 3], nn.Conv1d(4, 3, 3), x1),
        ("conv1d stride, padding", "conv1d", [4, 3, 3, {"stride": 2, "padding": 1}], nn.Conv1d(4, 3, 3, 2, 1), x1),
        ("conv1d dilation, groups", "conv1d", [4, 6, 3, {"dilation": 2, "groups": 2}],
         nn.Conv1d(4, 6, 3, dilation=2, groups=2), x1),
        ("conv2d", "conv2d", [4, 3, 3], nn.Conv2d(4, 3, 3), x2),
        ("conv2d 1×1", "conv2d", [4, 5, 1], nn.Conv2d(4, 5, 1), x2),
        ("conv2d oblong, no bias", "conv2d", [4, 3, [3, 2], {"padding": [1, 0], "bias": False}],
         nn.Conv2d(4, 3, (3, 2), padding=(1, 0), bias=False), x2),
        ("conv2d stride, remainder dropped", "conv2d", [4, 3, 3, {"stride": [2, 3], "padding": 1, **floor}],
         nn.Conv2d(4, 3, 3, (2, 3), 1), x2),
        ("conv2d dilation", "conv2d", [4, 3, 3, {"dilation": 2, "padding": 2}], nn.Conv2d(4, 3, 3, padding=2, dilation=2), x2),
        ("conv2d groups", "conv2d", [4, 6, 3, {"groups": 2, "padding": 1}], nn.Conv2d(4, 6, 3, padding=1, groups=2), x2),
        ("conv2d depthwise, stride", "conv2d", [4, 4, 3, {"groups": 4, "padding": 1, "stride": 2, **floor}],
         nn.Conv2d(4, 4, 3, 2, 1, groups=4), x2),
        ("conv2d same", "conv2d", [4, 2, [4, 3], {"padding": "same"}], nn.Conv2d(4, 2, (4, 3), padding="same"), x2),
        ("conv3d", "conv3d", [2, 3, 2], nn.Conv3d(2, 3, 2), x3),
        ("conv3d stride, padding, dilation, groups", "conv3d",
         [2, 2, [3, 2, 2], {"stride": [2, 2, 1], "padding": [1, 0, 1], "dilation": [1, 1, 2], "groups": 2}],
         nn.Conv3d(2, 2, (3, 2, 2), (2, 2, 1), (1, 0, 1), (1, 1, 2), groups=2), x3),
        ("convTranspose1d", "convTranspose1d", [4, 3, 3, {"stride": 2, "padding": 1, "outputPadding": 1}],
         nn.ConvTranspose1d(4, 3, 3, 2, 1, 1), x1),
        ("convTranspose2d", "convTranspose2d", [4, 3, 3], nn.ConvTranspose2d(4, 3, 3), drawn((2, 4, 4, 3))),
        ("convTranspose2d stride, padding, groups", "convTranspose2d",
         [4, 6, 3, {"stride": [2, 3], "padding": 1, "outputPadding": [1, 2], "groups": 2}],
         nn.ConvTranspose2d(4, 6, 3, (2, 3), 1, (1, 2), groups=2), drawn((2, 4, 4, 3))),
        ("convTranspose2d dilation, no bias", "convTranspose2d", [4, 2, 2, {"dilation": 2, "bias": False}],
         nn.ConvTranspose2d(4, 2, 2, dilation=2, bias=False), drawn((1, 4, 3, 3))),
        ("convTranspose3d", "convTranspose3d", [2, 2, 2, {"stride": 2}], nn.ConvTranspose3d(2, 2, 2, 2), drawn((1, 2, 2, 3, 2))),
        ("maxPool1d", "maxPool1d", [3, {"stride": 2}], nn.MaxPool1d(3, 2), x1),
        ("maxPool2d", "maxPool2d", [2, {"round": "floor"}], nn.MaxPool2d(2), map2),
        ("maxPool2d overlapping, padding", "maxPool2d", [3, {"stride": [2, 1], "padding": 1}], nn.MaxPool2d(3, (2, 1), 1), map2),
        ("maxPool2d dilation", "maxPool2d", [2, {"stride": 1, "dilation": 2}], nn.MaxPool2d(2, 1, dilation=2), map2),
        ("maxPool2d ceil", "maxPool2d", [3, {"stride": 2, "round": "ceil"}], nn.MaxPool2d(3, 2, ceil_mode=True), map2),
        ("maxPool3d", "maxPool3d", [2, floor], nn.MaxPool3d(2), x3),
        ("avgPool1d", "avgPool1d", [3, {"stride": 2}], nn.AvgPool1d(3, 2), x1),
        ("avgPool2d padding", "avgPool2d", [3, {"stride": 2, "padding": 1, **floor}], nn.AvgPool2d(3, 2, 1), map2),
        ("avgPool2d padding not counted", "avgPool2d", [3, {"stride": 2, "padding": 1, "countPadding": False, **floor}],
         nn.AvgPool2d(3, 2, 1, count_include_pad=False), map2),
        ("avgPool2d ceil", "avgPool2d", [3, {"stride": 2, "padding": 1, "round": "ceil"}],
         nn.AvgPool2d(3, 2, 1, ceil_mode=True), map2),
        ("avgPool3d", "avgPool3d", [[2, 2, 1], {"round": "floor"}], nn.AvgPool3d((2, 2, 1)), x3),
        ("lpPool1d", "lpPool1d", [2, 3, {"stride": 2}], nn.LPPool1d(2, 3, 2), x1),
        ("lpPool2d L2", "lpPool2d", [2, 2, floor], nn.LPPool2d(2, 2), map2),
        ("lpPool2d L1", "lpPool2d", [1, 2, floor], lambda x: F.avg_pool2d(x.abs(), 2) * 4, map2),
        ("lpPool2d L3, overlapping", "lpPool2d", [3, 3, {"stride": 1}],
         lambda x: (F.avg_pool2d(x.abs() ** 3, 3, 1) * 9) ** (1 / 3), map2),
        ("adaptiveAvgPool1d", "adaptiveAvgPool1d", [4], nn.AdaptiveAvgPool1d(4), x1),
        ("adaptiveAvgPool2d uneven", "adaptiveAvgPool2d", [[3, 4]], nn.AdaptiveAvgPool2d((3, 4)), map2),
        ("adaptiveAvgPool2d even", "adaptiveAvgPool2d", [[7, 2]], nn.AdaptiveAvgPool2d((7, 2)), map2),
        ("adaptiveAvgPool3d", "adaptiveAvgPool3d", [[2, 2, 3]], nn.AdaptiveAvgPool3d((2, 2, 3)), x3),
        ("adaptiveMaxPool1d", "adaptiveMaxPool1d", [4], nn.AdaptiveMaxPool1d(4), x1),
        ("adaptiveMaxPool2d uneven", "adaptiveMaxPool2d", [[3, 4]], nn.AdaptiveMaxPool2d((3, 4)), map2),
        ("globalAvgPool", "globalAvgPool", [], lambda x: x.mean((2, 3)), map2),
        ("globalMaxPool", "globalMaxPool", [], lambda x: x.amax((2, 3)), map2),
        ("batchNorm1d", "batchNorm1d", [5], nn.BatchNorm1d(5), drawn((4, 5), -2, 3)),
        ("batchNorm1d rank 3, momentum, epsilon", "batchNorm1d", [4, {"momentum": 0.3, "epsilon": 0.01}],
         nn.BatchNorm1d(4, 0.01, 0.3), x1),
        ("batchNorm2d", "batchNorm2d", [4], nn.BatchNorm2d(4), norm2),
        ("batchNorm2d cumulative average, not affine", "batchNorm2d", [4, {"momentum": "average", "affine": False}],
         nn.BatchNorm2d(4, momentum=None, affine=False), norm2),
        ("batchNorm2d without running statistics", "batchNorm2d", [4, {"trackRunningStats": False}],
         nn.BatchNorm2d(4, track_running_stats=False), norm2),
        ("batchNorm3d", "batchNorm3d", [2], nn.BatchNorm3d(2), x3),
        ("batchNorm2d evaluation", "batchNorm2d", [4], nn.BatchNorm2d(4), norm2, {"training": False}),
        ("layerNorm", "layerNorm", [8], nn.LayerNorm(8), x),
        ("layerNorm two axes, epsilon", "layerNorm", [[3, 2], {"epsilon": 0.001}], nn.LayerNorm((3, 2), 0.001), norm2),
        ("layerNorm not affine", "layerNorm", [8, {"affine": False}], nn.LayerNorm(8, elementwise_affine=False), x),
        ("groupNorm", "groupNorm", [2, 4], nn.GroupNorm(2, 4), norm2),
        ("groupNorm not affine", "groupNorm", [4, 4, {"affine": False}], nn.GroupNorm(4, 4, affine=False), norm2),
        ("embedding", "embedding", [7, 3], nn.Embedding(7, 3), labels((2, 6), 7)),
        ("embedding padding", "embedding", [5, 3, {"paddingIndex": 2}], nn.Embedding(5, 3, padding_idx=2), labels((2, 6), 5)),
        ("prelu", "prelu", [4], nn.PReLU(4), norm2),
        ("relu", "relu", [], F.relu, x),
        ("leakyRelu", "leakyRelu", [], F.leaky_relu, x),
        ("leakyRelu slope", "leakyRelu", [0.2], lambda x: F.leaky_relu(x, 0.2), x),
        ("elu", "elu", [], F.elu, x),
        ("elu alpha", "elu", [0.5], lambda x: F.elu(x, 0.5), x),
        ("selu", "selu", [], F.selu, x),
        ("gelu", "gelu", [], F.gelu, x),
        ("gelu tanh", "gelu", ["tanh"], lambda x: F.gelu(x, approximate="tanh"), x),
        ("silu", "silu", [], F.silu, x),
        ("mish", "mish", [], F.mish, x),
        ("softplus", "softplus", [], F.softplus, x),
        ("softplus beta", "softplus", [2], lambda x: F.softplus(x, 2), x),
        ("softsign", "softsign", [], F.softsign, x),
        ("sigmoid", "sigmoid", [], torch.sigmoid, x),
        ("tanh", "tanh", [], torch.tanh, x),
        ("hardSigmoid", "hardSigmoid", [], F.hardsigmoid, x),
        ("hardSwish", "hardSwish", [], F.hardswish, x),
        ("softmax", "softmax", [], lambda x: F.softmax(x, -1), x),
        ("softmax axis 1 of 4", "softmax", [1], lambda x: F.softmax(x, 1), norm2),
        ("logSoftmax", "logSoftmax", [], lambda x: F.log_softmax(x, -1), x),
        ("flatten", "flatten", [], nn.Flatten(), norm2),
    ]
    result = []
    for index, case in enumerate(cases):
        options = case[-1] if "training" in case[-1] else {}
        result.append(layer_case(1000 + index, *(case[:-1] if options else case), **options))
    return result


def loss_case(key, name, call, options, forward, *inputs):
    """Tensors among the options arrive as keyword arguments of their names."""
    tensors = {name: spec for name, spec in options.items() if isinstance(spec, dict)}
    extra = {name: values(spec, key, 20 + i) for i, (name, spec) in enumerate(tensors.items())}
    case = {"name": name, "call": call, "options": options}
    return run(case, key, lambda *arguments: forward(*arguments, **extra), list(inputs), {})


def losses():
    x, y = drawn((4, 3), -2, 2), drawn((4, 3), -2, 2)
    z, k = drawn((6, 5), -3, 3), labels((6,), 5)
    p = drawn((6, 5), 0.01, 0.99)
    logs = drawn((6, 5), -4, -0.1)
    weight = drawn((5,), 0.5, 1.5)
    sign = lambda u: torch.where(u < 0, -torch.ones_like(u), torch.ones_like(u))
    both = lambda call, options, forward, *inputs: [
        (f"{call} {reduction}", call, {**options, "reduction": reduction},
         lambda *a, r=reduction, **k: forward(*a, reduction=r, **k), *inputs)
        for reduction in ("mean", "sum", "none")]
    reduced = lambda loss, reduction: {"mean": loss.mean(), "sum": loss.sum(), "none": loss}[reduction]
    cases = [
        *both("mse", {}, F.mse_loss, x, y),
        *both("halfMse", {}, lambda a, b, reduction: 0.5 * F.mse_loss(a, b, reduction=reduction), x, y),
        *both("l1", {}, F.l1_loss, x, y),
        *both("huber", {}, F.huber_loss, x, y),
        ("huber delta", "huber", {"delta": 0.4}, lambda a, b: F.huber_loss(a, b, delta=0.4), x, y),
        ("smoothL1", "smoothL1", {}, F.smooth_l1_loss, x, y),
        ("smoothL1 beta", "smoothL1", {"beta": 0.4}, lambda a, b: F.smooth_l1_loss(a, b, beta=0.4), x, y),
        *both("crossEntropy", {}, F.cross_entropy, z, k),
        ("crossEntropy smoothing", "crossEntropy", {"labelSmoothing": 0.2},
         lambda a, b: F.cross_entropy(a, b, label_smoothing=0.2), z, k),
        ("crossEntropy weight", "crossEntropy", {"weight": weight},
         lambda a, b, weight: F.cross_entropy(a, b, weight=weight), z, k),
        ("crossEntropy weight, smoothing", "crossEntropy", {"weight": weight, "labelSmoothing": 0.1},
         lambda a, b, weight: F.cross_entropy(a, b, weight=weight, label_smoothing=0.1), z, k),
        ("crossEntropy ignored label", "crossEntropy", {"ignoreIndex": 2},
         lambda a, b: F.cross_entropy(a, b, ignore_index=2), z, k),
        ("crossEntropy of positions", "crossEntropy", {"axis": 1}, F.cross_entropy,
         drawn((2, 4, 3), -3, 3), labels((2, 3), 4)),
        ("crossEntropy probabilities", "crossEntropy", {}, F.cross_entropy, z, p),
        ("crossEntropy probabilities, weight, smoothing", "crossEntropy", {"weight": weight, "labelSmoothing": 0.1},
         lambda a, b, weight: F.cross_entropy(a, b, weight=weight, label_smoothing=0.1), z, p),
        *both("nll", {}, F.nll_loss, logs, k),
        ("nll weight", "nll", {"weight": weight}, lambda a, b, weight: F.nll_loss(a, b, weight=weight), logs, k),
        *both("binaryCrossEntropy", {}, F.binary_cross_entropy, p, drawn((6, 5), 0, 1)),
        *both("binaryCrossEntropyWithLogits", {}, F.binary_cross_entropy_with_logits, z, drawn((6, 5), 0, 1)),
        ("binaryCrossEntropyWithLogits positive weight", "binaryCrossEntropyWithLogits", {"positiveWeight": weight},
         lambda a, b, positiveWeight: F.binary_cross_entropy_with_logits(a, b, pos_weight=positiveWeight), z, drawn((6, 5), 0, 1)),
        *both("klDiv", {}, F.kl_div, logs, p),
        ("klDiv of logarithms", "klDiv", {"logTarget": True}, lambda a, b: F.kl_div(a, b, log_target=True), logs,
         drawn((6, 5), -3, -0.2)),
        ("klDiv batchMean", "klDiv", {"reduction": "batchMean"}, lambda a, b: F.kl_div(a, b, reduction="batchmean"), logs, p),
        *both("hinge", {}, lambda a, b, reduction: reduced(F.relu(1 - a * b), reduction), x, y),
        ("hinge margin", "hinge", {"margin": 0.5}, lambda a, b: F.relu(0.5 - a * b).mean(), x, y),
        *both("multiMargin", {}, F.multi_margin_loss, z, k),
        ("multiMargin squared", "multiMargin", {"p": 2, "margin": 0.7},
         lambda a, b: F.multi_margin_loss(a, b, p=2, margin=0.7), z, k),
    ]
    return [loss_case(2000 + index, *case) for index, case in enumerate(cases)]


def optimizers():
    """(call, chainrule's options, PyTorch's class, PyTorch's options where they differ)"""
    cases = [
        ("sgd", {"learningRate": 0.1}, torch.optim.SGD, {}),
        ("sgd", {"learningRate": 0.1, "momentum": 0.9}, torch.optim.SGD, {}),
        ("sgd", {"learningRate": 0.1, "momentum": 0.9, "nesterov": True}, torch.optim.SGD, {}),
        ("sgd", {"learningRate": 0.1, "momentum": 0.9, "dampening": 0.3}, torch.optim.SGD, {}),
        ("sgd", {"learningRate": 0.1, "momentum": 0.8, "weightDecay": 0.1, "nesterov": True}, torch.optim.SGD, {}),
        ("adam", {"learningRate": 0.1}, torch.optim.Adam, {}),
        ("adam", {"learningRate": 0.1, "betas": [0.7, 0.9], "epsilon": 0.01, "weightDecay": 0.1}, torch.optim.Adam, {}),
        ("adam", {"learningRate": 0.1, "amsgrad": True, "betas": [0.5, 0.6]}, torch.optim.Adam, {}),
        ("adamW", {"learningRate": 0.1}, torch.optim.AdamW, {}),
        ("adamW", {"learningRate": 0.1, "weightDecay": 0.3}, torch.optim.AdamW, {}),
        ("rmsProp", {"learningRate": 0.05}, torch.optim.RMSprop, {}),
        ("rmsProp", {"learningRate": 0.05, "alpha": 0.8, "centered": True}, torch.optim.RMSprop, {}),
        ("rmsProp", {"learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.1}, torch.optim.RMSprop, {}),
        ("rmsProp", {"learningRate": 0.05, "momentum": 0.5, "centered": True, "epsilon": 0.01}, torch.optim.RMSprop, {}),
        ("adagrad", {"learningRate": 0.3}, torch.optim.Adagrad, {}),
        ("adagrad", {"learningRate": 0.3, "learningRateDecay": 0.1, "initialAccumulator": 0.2, "weightDecay": 0.1},
         torch.optim.Adagrad, {}),
    ]
    names = {"learningRate": "lr", "weightDecay": "weight_decay", "epsilon": "eps", "learningRateDecay": "lr_decay",
             "initialAccumulator": "initial_accumulator_value"}
    result = []
    for index, (call, options, cls, _) in enumerate(cases):
        key, shape = 3000 + index, (2, 3)
        p, a, b = (values(drawn(shape, *bounds), key, i) for i, bounds in enumerate(((-1, 1), (0.5, 2), (-1, 1))))
        p.requires_grad_()
        optimizer = cls([p], **{names.get(name, name): value for name, value in options.items()})
        steps = []
        for _ in range(5):
            optimizer.zero_grad()
            (a * p * p / 2 - b * p).sum().backward()
            optimizer.step()
            steps.append(digits(p.detach()))
        result.append({"call": call, "options": options, "key": key, "shape": list(shape), "steps": steps})
    return result


def schedules():
    schedulers = torch.optim.lr_scheduler
    metrics = [1.0, 0.9, 0.85, 0.86, 0.9, 0.88, 0.84, 0.84, 0.84, 0.84, 0.84, 0.5, 0.6, 0.6, 0.6, 0.49, 0.4900001, 0.5, 0.7, 0.9]
    cases = [
        ("stepDecay", {"learningRate": 0.1, "every": 5}, lambda o: schedulers.StepLR(o, 5)),
        ("stepDecay", {"learningRate": 0.1, "every": [3, 8, 12], "factor": 0.5},
         lambda o: schedulers.MultiStepLR(o, [3, 8, 12], 0.5)),
        ("exponential", {"learningRate": 0.1, "factor": 0.8}, lambda o: schedulers.ExponentialLR(o, 0.8)),
        ("cosine", {"learningRate": 0.1, "steps": 20}, lambda o: schedulers.CosineAnnealingLR(o, 20)),
        ("cosine", {"learningRate": 0.1, "steps": 19, "minimum": 0.01}, lambda o: schedulers.CosineAnnealingLR(o, 19, 0.01)),
        ("oneCycle", {"learningRate": 0.1, "steps": 20}, lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=20)),
        ("oneCycle", {"learningRate": 0.1, "steps": 20, "rise": 0.45, "divisor": 10, "finalDivisor": 100},
         lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=20, pct_start=0.45, div_factor=10, final_div_factor=100)),
        ("warmup", {"learningRate": 0.1, "steps": 6, "from": 0.25}, lambda o: schedulers.LinearLR(o, 0.25, total_iters=6)),
        ("plateau", {"learningRate": 0.1, "factor": 0.5, "patience": 2}, lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, patience=2)),
        ("plateau", {"learningRate": 0.1, "factor": 0.5, "patience": 1, "cooldown": 2, "threshold": 0.05, "minimum": 0.02},
         lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=2, threshold=0.05, min_lr=0.02)),
        ("plateau", {"learningRate": 0.1, "mode": "max", "patience": 3},
         lambda o: schedulers.ReduceLROnPlateau(o, "max", patience=3)),
    ]
    result = []
    for call, options, make in cases:
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=options["learningRate"])
        scheduler = make(optimizer)
        rate = lambda: optimizer.param_groups[0]["lr"]
        rates = []
        for step in range(20):
            if call == "plateau":
                scheduler.step(metrics[step])
                rates.append(rate())
            else:
                rates.append(rate())
                optimizer.step()
                if step < 19:
                    scheduler.step()
        case = {"call": call, "options": options, "rates": [float(f"{value:.10g}") for value in rates]}
        result.append({**case, "metrics": metrics} if call == "plateau" else case)
    return result


def recurrent_case(key, name, call, arguments, module, lengths=None, state=True):
    """A layer on [3, 5, features] from PyTorch's module; the sequences have the given lengths."""
    module = module.double()
    directions = 2 if module.bidirectional else 1
    states = 2 if isinstance(module, nn.LSTM) else 1
    inputs = [drawn((3, 5, module.input_size), -2, 2)]
    if state:
        inputs += [drawn((module.num_layers * directions, 3, module.hidden_size))] * states
    parameters = dict(module.named_parameters())
    specs = {path: drawn(parameter.shape) for path, parameter in parameters.items()}
    with torch.no_grad():
        for i, (path, parameter) in enumerate(parameters.items()):
            parameter.copy_(values(specs[path], key, 10 + i))
    x, *start = [values(spec, key, place).requires_grad_() for place, spec in enumerate(inputs)]
    packed = x if lengths is None else nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    output, end = module(packed, (tuple(start) if states == 2 else start[0]) if state else None)
    if lengths is not None:
        output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=5)
    outputs = [output, *(end if states == 2 else [end])]
    sum((y * values(drawn(y.shape), key, 99 - i)).sum() for i, y in enumerate(outputs)).backward()
    named = {"input" if i == 0 else f"input{i}": tensor for i, tensor in enumerate([x, *start])}
    return {
        "name": name, "call": call, "arguments": arguments, "key": key, "inputs": inputs,
        **({} if lengths is None else {"lengths": lengths}),
        "parameters": specs,
        "outputs": [{"shape": list(y.shape), "data": digits(y.detach())} for y in outputs],
        "gradients": {path: digits(tensor.grad) for path, tensor in {**named, **parameters}.items()},
    }


def recurrent():
    """(name, call, arguments for chainrule, PyTorch's module, lengths, whether a state is given)"""
    first = {"batch_first": True}
    deep = {"layers": 2, "bidirectional": True}
    lengths = [5, 1, 3]
    cases = []
    for call, cls in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)):
        cases += [
            (f"{call}", call, [4, 3], cls(4, 3, **first), None, False),
            (f"{call} from a state, without bias", call, [2, 3, {"bias": False}], cls(2, 3, bias=False, **first)),
            (f"{call} stacked, both directions", call, [3, 2, deep], cls(3, 2, 2, bidirectional=True, **first)),
            (f"{call} stacked, both directions, lengths", call, [3, 2, deep], cls(3, 2, 2, bidirectional=True, **first), lengths),
        ]
    cases.append(("rnn relu, three layers, lengths", "rnn", [3, 2, {"layers": 3, "activation": "relu"}],
                  nn.RNN(3, 2, 3, nonlinearity="relu", **first), lengths))
    return [recurrent_case(4000 + index, *case) for index, case in enumerate(cases)]


def lenet_losses(make, steps, batch, batches, dtype):
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ).to(dtype)
    fan_in = 1
    with torch.no_grad():
        for index, parameter in enumerate(model.parameters()):
            if parameter.dim() > 1:
                fan_in = parameter[0].numel()
            bound = 1 / math.sqrt(fan_in)
            parameter.copy_(torch.from_numpy(draw((1, index), tuple(parameter.shape), -bound, bound)))
    images = [torch.from_numpy(uniform((2, b), (batch, 1, 28, 28))).to(dtype) for b in range(batches)]
    targets = [torch.from_numpy(np.floor(10 * uniform((3, b), (batch,))).astype(np.int64)) for b in range(batches)]
    optimizer = make(model.parameters())
    result = []
    for step in range(steps):
        loss = F.cross_entropy(model(images[step % batches]), targets[step % batches])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        result.append(loss.item())
    return result


def lenet():
    batch, batches, steps = 32, 2, 50
    cases = [
        ("sgd", {"learningRate": 0.05, "momentum": 0.9}, lambda p: torch.optim.SGD(p, 0.05, 0.9)),
        ("adam", {"learningRate": 0.001}, lambda p: torch.optim.Adam(p, 1e-3)),
    ]
    result = []
    for optimizer, options, make in cases:
        exact, single = (lenet_losses(make, steps, batch, batches, dtype) for dtype in (torch.float64, torch.float32))
        worst = max(abs(a - b) / a for a, b in zip(exact, single))
        print(f"LeNet-5, {optimizer}: loss {exact[0]:.4f} → {exact[-1]:.4f}; float32 differs from float64 by {worst:.1e} at most")
        result.append({"optimizer": optimizer, "options": options, "batch": batch, "batches": batches, "losses": digits(exact)})
    return result


def agree(made, kept):
    """Equal in structure, and in numbers up to rounding."""
    if isinstance(made, dict):
        return isinstance(kept, dict) and made.keys() == kept.keys() and all(agree(made[k], kept[k]) for k in made)
    if isinstance(made, list):
        return isinstance(kept, list) and len(made) == len(kept) and all(map(agree, made, kept))
    if isinstance(made, (int, float)) and isinstance(kept, (int, float)):
        return abs(made - kept) <= 1e-6 * max(1, abs(kept)) or (math.isnan(made) and math.isnan(kept))
    return made == kept


def main():
    """Writes the files; with --check only compares them with what is made now."""
    only_check = "--check" in sys.argv[1:]
    check()
    for name, make in (("layers", layers), ("losses", losses), ("recurrent", recurrent), ("optimizers", optimizers), ("schedules", schedules), ("lenet", lenet)):
        text = "".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) + "\n" for case in make())
        cases = [json.loads(line) for line in text.splitlines()]
        path = os.path.join(HERE, f"{name}.jsonl")
        if only_check:
            with open(path, encoding="utf-8") as file:
                kept = [json.loads(line) for line in file]
            if not agree(cases, kept):
                sys.exit(f"{name}.jsonl is not what PyTorch {torch.__version__} computes; run make.py and look at the difference")
            print(f"{name}.jsonl: {len(cases)} cases agree")
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            print(f"{name}.jsonl: {len(cases)} cases, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
