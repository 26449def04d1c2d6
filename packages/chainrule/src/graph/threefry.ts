/**
 * Threefry-2x32-20, the counter-based generator behind every random draw: a keyed bijection of 64 bits, so element i of a
 * stream is a function of (key, i) and needs no state. Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011); constants from their Random123 library.
 */

/** Bits by which word 1 is rotated in rounds 0…7, then again from the start. */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const
const rounds = 20
/** The third key word is this constant xor the two others (Skein's parity). */
const parity = 0x1bd11bda

/** Encrypts a two-word counter with a two-word key; words are taken modulo 2³² and returned unsigned. */
export function threefry2x32(
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] {
  const schedule = [key[0], key[1], parity ^ key[0] ^ key[1]] as const
  let x0 = (counter[0] + schedule[0]) | 0
  let x1 = (counter[1] + schedule[1]) | 0
  for (let round = 0; round < rounds; round++) {
    x0 = (x0 + x1) | 0
    const bits = rotations[round % 8]!
    x1 = ((x1 << bits) | (x1 >>> (32 - bits))) ^ x0
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = (x0 + schedule[injection % 3]!) | 0
      x1 = (x1 + schedule[(injection + 1) % 3]! + injection) | 0
    }
  }
  return [x0 >>> 0, x1 >>> 0]
}

/** Element `index` of the `random` primitive: uniform in [0, 1) on a grid of 2⁻²⁴. */
export const uniformAt = (key: readonly [number, number], index: number): number =>
  (threefry2x32(key, [index, 0])[0] >>> 8) * 2 ** -24
