import type { Loss } from './setup.ts'

/** The loss of one example with logits z and a class, as people write it, and its value. */
export function exampleLoss(loss: Loss, z: readonly number[], label: number): { words: string; value: number } {
  const one = z.length === 1
  const target = z.map((_, k) => (one ? label : Number(k === label)))
  const mean = (of: (z: number, target: number) => number): number =>
    z.reduce((sum, v, k) => sum + of(v, target[k]!), 0) / z.length
  const largest = Math.max(...z)
  const sum = z.reduce((s, v) => s + Math.exp(v - largest), 0)
  const p = (v: number): number => (one ? 1 / (1 + Math.exp(-v)) : Math.exp(v - largest) / sum)
  if (loss === 'hinge')
    return {
      words: one ? `max(0, 1 ${label === 1 ? '−' : '+'} z)` : 'mean of max(0, 1 ∓ z)',
      value: mean((v, t) => Math.max(0, 1 - (2 * t - 1) * v)),
    }
  if (loss === 'mse')
    return { words: one ? `(σ(z) − ${label})²` : 'mean of (p − y)²', value: mean((v, t) => (p(v) - t) ** 2) }
  if (!one) return { words: '−ln p', value: Math.log(sum) + largest - z[label]! }
  return label === 1
    ? { words: '−ln σ(z)', value: Math.log1p(Math.exp(-z[0]!)) }
    : { words: '−ln (1 − σ(z))', value: Math.log1p(Math.exp(z[0]!)) }
}
