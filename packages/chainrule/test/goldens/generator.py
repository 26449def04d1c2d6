"""Threefry-2x32-20 in numpy, so that golden files need no inputs: both sides draw them.

The `random` primitive of chainrule: element i of the stream of a key (a, b) is word 0 of Threefry-2x32-20(key, (i, 0)), its
upper 24 bits as a fraction in [0, 1). Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

    python3 generator.py    checks the Random123 test vectors
"""
import numpy as np

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA


def threefry(key, counter0, counter1):
    """Both words for arrays of counters; everything modulo 2³²."""
    word = lambda value: np.asarray(value, dtype=np.uint64).astype(np.uint32)
    schedule = [word(key[0]), word(key[1]), word(key[0]) ^ word(key[1]) ^ word(PARITY)]
    with np.errstate(over="ignore"):
        x0, x1 = word(counter0) + schedule[0], word(counter1) + schedule[1]
        for rounds in range(20):
            bits = ROTATIONS[rounds % 8]
            x0 = x0 + x1
            x1 = ((x1 << np.uint32(bits)) | (x1 >> np.uint32(32 - bits))) ^ x0
            if rounds % 4 == 3:
                injection = (rounds + 1) // 4
                x0 = x0 + schedule[injection % 3]
                x1 = x1 + schedule[(injection + 1) % 3] + np.uint32(injection)
    return x0, x1


def uniform(key, shape):
    """u in [0, 1) on a grid of 2⁻²⁴, exact in float32."""
    size = int(np.prod(shape, dtype=np.int64))
    x0, _ = threefry(key, np.arange(size), np.zeros(size))
    return ((x0 >> np.uint32(8)) / 2.0**24).reshape(shape)


def draw(key, shape, low, high):
    """low + (high − low)·u, computed in float64 and rounded to float32."""
    return (low + (high - low) * uniform(key, shape)).astype(np.float32)


def check():
    """Known answers from Random123's kat_vectors: key, counter → words."""
    ones = 0xFFFFFFFF
    vectors = [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((ones, ones), (ones, ones), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ]
    for key, counter, expected in vectors:
        words = tuple(int(word) for word in threefry(key, *counter))
        assert words == expected, (key, counter, [hex(word) for word in words])


if __name__ == "__main__":
    check()
    print("the Random123 vectors hold")
