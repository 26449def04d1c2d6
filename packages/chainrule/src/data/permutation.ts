/**
 * Shuffles from a key: Fisher–Yates (Durstenfeld 1964) fed by Threefry, the same counter-based stream as every other draw.
 * The order of epoch e of seed s is a function of (s, e) alone, so that it can be resumed without replaying anything.
 */
import { threefry2x32 } from '../graph/threefry.ts'

/** 0 … length − 1 in the order of this key. */
export function permutation(length: number, seed: number, stream = 0): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor((threefry2x32([seed, stream], [i, 1])[0] * (i + 1)) / 2 ** 32)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
