"""Twin of problem.mjs: the same inputs, labels, parameters and samples."""
import numpy as np

CHECKED_STEPS = 2


def values(shape, seed):
    h = np.arange(int(np.prod(shape)), dtype=np.uint64)
    h = (h + (seed * 0x9E3779B1)) & 0xFFFFFFFF
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    h = h ^ (h >> np.uint64(16))
    return ((h >> np.uint64(8)) / 2.0**24 - 0.5).astype(np.float32).reshape(shape)


def sample(data):
    flat = data.reshape(-1)
    return [float(flat[k * (len(flat) - 1) // 31]) for k in range(32)]


LENET = {
    "conv1.weight": (6, 1, 5, 5), "conv1.bias": (6,), "conv2.weight": (16, 6, 5, 5), "conv2.bias": (16,),
    "fc1.weight": (120, 400), "fc1.bias": (120,), "fc2.weight": (84, 120), "fc2.bias": (84,),
    "fc3.weight": (10, 84), "fc3.bias": (10,),
}


def lenet(batch):
    parameters, fan_in = [], 1
    for index, (name, shape) in enumerate(LENET.items()):
        if name.endswith("weight"):
            fan_in = int(np.prod(shape[1:]))
        parameters.append((2 * values(shape, 10 + index) / np.sqrt(fan_in)).astype(np.float32))
    x = values((batch, 1, 28, 28), 1) + np.float32(0.5)
    labels = np.floor(10 * (values((batch,), 2).astype(np.float64) + 0.5)).astype(np.int64)
    return x, labels, parameters
