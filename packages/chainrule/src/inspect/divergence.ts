/** Why training runs away, in a sentence: the loss is no number any more, or grows step after step. */

export interface Divergence {
  readonly kind: 'not finite' | 'growing'
  /** What happened, why, and the way out. */
  readonly sentence: string
}

export interface DivergenceFacts {
  readonly learningRate: number
  /**
   * How fast the slope changes along the last step, Δg·Δw / Δw·Δw: the second derivative of the loss in that direction. Plain
   * gradient descent on a valley of this curvature converges only for learning rates below 2/curvature, because each step
   * multiplies the distance to the bottom by 1 − learningRate · curvature.
   */
  readonly curvature?: number | undefined
  /** How many times in a row the loss must have grown; 5. */
  readonly patience?: number
}

const show = (x: number): string => (Number.isFinite(x) ? `${Number(x.toPrecision(3))}` : `${x}`)

/**
 * Whether losses, one after each step, diverge: the last is not finite, or it grew `patience` times in a row to more than twice
 * where that began.
 * @param losses in order, the latest last
 */
export function divergence(
  losses: readonly number[],
  { learningRate, curvature, patience = 5 }: DivergenceFacts,
): Divergence | undefined {
  const last = losses.at(-1)
  if (last === undefined) return undefined
  const bound = curvature !== undefined && curvature > 0 ? 2 / curvature : undefined
  const rate = show(learningRate)
  const why =
    bound !== undefined && learningRate > bound
      ? `the learning rate ${rate} is above 2/curvature = ${show(bound)} along the gradient, so each step overshoots the ` +
        `bottom of the valley to a place higher up; use a learning rate below ${show(bound)}`
      : `with the learning rate ${rate} the steps are too large where the loss is steep; lower it, or clip the gradients`
  if (!Number.isFinite(last)) {
    const good = losses.findLast(Number.isFinite)
    const since = losses.findIndex(loss => !Number.isFinite(loss))
    const before = good === undefined ? '' : ` (the last finite value was ${show(good)})`
    return { kind: 'not finite', sentence: `The loss is ${last} since step ${since}${before}: ${why}.` }
  }
  let grown = 0
  while (grown < losses.length - 1 && losses.at(-1 - grown)! > losses.at(-2 - grown)!) grown++
  const start = losses.at(-1 - grown)!
  if (grown < patience || last <= 2 * start) return undefined
  return {
    kind: 'growing',
    sentence: `The loss grew ${grown} steps in a row, from ${show(start)} to ${show(last)}: ${why}.`,
  }
}
