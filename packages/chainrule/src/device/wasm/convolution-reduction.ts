/** The order in which a convolution goes through channels and taps. */

import type { ConvolutionPlan } from '../../compile/convolution-plan.ts'
import { range } from '../../graph/shape.ts'
import { type Emitter, tilesOf } from './emitter.ts'
import type { Source } from './source.ts'
import { loopWalk, type Walk } from './walk.ts'

export interface ConvolutionReduction {
  readonly size: number
  /** Byte offsets of a in the order of the reduction: the order in which weights are packed. */
  readonly table: Int32Array
  /** Through a panel of that many packed rows, and b. */
  readonly walk: (rows: number) => Walk
  /** The number of turns of the outermost loop is given by the tile. */
  readonly clip: boolean
}

/** Taps along the row. */
const mostUnrolled = 16

/**
 * Order: outer taps, [phase,] channels, taps along the row. The taps along the row are unrolled; if they are too many, they
 * are sorted by phase, and a loop goes through the taps of each phase, which are at equal distances.
 */
export function reductionOf(e: Emitter, p: ConvolutionPlan, source: Source): ConvolutionReduction {
  const { outerTaps, channels, columnTap, columnAxis } = p
  const taps = columnTap
    ? range(columnTap.dim.size).map(i => ({
        a: i * columnTap.dim.a,
        b: source.position(columnAxis, columnAxis.start + columnTap.step * i),
      }))
    : [{ a: 0, b: 0 }]
  const { unroll } = tilesOf(e.target)
  // runs of taps at equal distances: one, or one for each phase
  const runs: (typeof taps)[] = []
  if (taps.length > mostUnrolled) {
    for (const tap of taps.toSorted((x, y) => x.b - y.b)) {
      const run = runs.at(-1)
      const fits = run && (run.length === 1 || tap.b - run.at(-1)!.b === run[1]!.b - run[0]!.b)
      if (run && fits && tap.b - run.at(-1)!.b <= (p.columnTap?.step ?? 1) * 4) run.push(tap)
      else runs.push([tap])
    }
  } else runs.push(taps)

  const outer = outerTaps.map(({ dim, axis, step }) => ({
    count: dim.size,
    a: dim.a,
    b: dim.size > 1 ? source.position(axis, axis.start + step) : 0,
  }))
  const inner = channels.map(dim => ({ count: dim.size, a: dim.a, b: source.element(dim)(1) }))
  let offsets = [0]
  const expand = (list: readonly number[]): void => {
    offsets = offsets.flatMap(o => list.map(x => o + x * 4))
  }
  for (const level of outer) expand(range(level.count).map(i => i * level.a))
  const beforeRuns = offsets
  const ofRuns = runs.flatMap(run => {
    offsets = [0]
    for (const level of inner) expand(range(level.count).map(i => i * level.a))
    expand(run.map(t => t.a))
    return offsets
  })
  const table = Int32Array.from(beforeRuns.flatMap(o => ofRuns.map(x => o + x)))

  const clip = outerTaps.length > 0 && outerTaps[0]!.axis.leaves
  const walk = (rows: number): Walk => {
    const step = rows * 4
    let position = 0
    const parts = runs.map((run): Walk => {
      const start = position
      const levels: { count: number; a: number; b: number }[] = []
      const straight = run.length > 1 && taps.length <= mostUnrolled
      let size = straight ? run.length * step : step
      if (!straight) {
        levels.unshift({ count: run.length, a: step, b: run.length > 1 ? (run[1]!.b - run[0]!.b) * 4 : 0 })
        size *= run.length
      }
      for (const level of inner.toReversed()) {
        levels.unshift({ count: level.count, a: size, b: level.b * 4 })
        size *= level.count
      }
      position += size
      if (straight) {
        const steps: Walk = { kind: 'steps', at: run.map((t, i) => ({ a: i * step, b: t.b * 4 })) }
        return levels.reduceRight<Walk>((body, level) => ({ kind: 'loop', ...level, body: [body] }), steps)
      }
      const walk = loopWalk(levels, unroll)
      return shifted(walk, start, run[0]!.b * 4)
    })
    let size = position
    return outer.toReversed().reduce<Walk>(
      (body, level, i) => {
        const walk: Walk = {
          kind: 'loop',
          count: clip && i === outer.length - 1 ? 'given' : level.count,
          a: size,
          b: level.b * 4,
          body: body.kind === 'loop' && body.count === 1 ? body.body : [body],
        }
        size *= level.count
        return walk
      },
      parts.length === 1 ? parts[0]! : { kind: 'loop', count: 1, a: 0, b: 0, body: parts },
    )
  }
  return { table, size: table.length, walk, clip }
}

/** The same walk from another start. */
function shifted(walk: Walk, a: number, b: number): Walk {
  return walk.kind === 'steps'
    ? { kind: 'steps', at: walk.at.map(s => ({ a: s.a + a, b: s.b + b })) }
    : { ...walk, body: walk.body.map(part => shifted(part, a, b)) }
}
