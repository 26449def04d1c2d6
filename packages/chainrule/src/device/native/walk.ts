/** Loops over memory, as C: pointers that move by constant strides. Bytes everywhere. */

/** A loop level; one step per pointer. */
export interface Level {
  readonly count: number | string
  readonly steps: readonly number[]
}

export const bump = (pointer: string, bytes: number): string =>
  bytes === 0 ? '' : `${pointer} ${bytes < 0 ? '-' : '+'}= ${Math.abs(bytes)}L;\n`

export const times = (count: number | string, body: string): string =>
  count === 1 ? `{\n${body}}\n` : count === 0 ? '' : `for (long turn = 0; turn < ${count}; turn++) {\n${body}}\n`

/** `body` for all indices, outermost level first; the pointers are back where they were afterwards. */
export function nest(pointers: readonly string[], levels: readonly Level[], body: string): string {
  return levels.reduceRight((code, { count, steps }) => {
    if (count === 1) return code
    const forth = pointers.map((p, i) => bump(p, steps[i]!)).join('')
    const back = pointers.map((p, i) => (steps[i] === 0 ? '' : `${p} -= ${count} * ${steps[i]}L;\n`)).join('')
    return times(count, code + forth) + back
  }, body)
}

/** How a micro kernel goes through its reduction. */
export type Walk =
  | {
      readonly kind: 'loop'
      /** 'given': a parameter of the micro kernel; only outermost. */
      readonly count: number | 'given'
      readonly a: number
      readonly b: number
      readonly body: readonly Walk[]
    }
  /** One step of the reduction at each of these offsets. */
  | { readonly kind: 'steps'; readonly at: readonly Step[] }

export interface Step {
  readonly a: number
  readonly b: number
  /** Dot products: only so many lanes of both operands exist. */
  readonly lanes?: number
}

/** Levels that continue one another in both operands become one. */
export function joined<T extends { readonly count: number; readonly a: number; readonly b: number }>(
  levels: readonly T[],
): { count: number; a: number; b: number }[] {
  const result: { count: number; a: number; b: number }[] = []
  for (const { count, a, b } of levels) {
    if (count === 1) continue
    const outer = result.at(-1)
    if (outer && outer.a === a * count && outer.b === b * count)
      result[result.length - 1] = { count: outer.count * count, a, b }
    else result.push({ count, a, b })
  }
  return result
}

/** A walk through levels, the innermost unrolled if it is short: up to `unroll` steps. */
export function walkOf(
  levels: readonly { readonly count: number; readonly a: number; readonly b: number }[],
  unroll: number,
): Walk {
  const all = joined(levels)
  const inner = all.at(-1)
  const straight = inner !== undefined && inner.count <= unroll
  const steps: Walk = {
    kind: 'steps',
    at: Array.from({ length: straight ? inner.count : 1 }, (_, i) => ({
      a: straight ? i * inner.a : 0,
      b: straight ? i * inner.b : 0,
    })),
  }
  return (straight ? all.slice(0, -1) : all).reduceRight<Walk>(
    (body, level) => ({ kind: 'loop', ...level, body: [body] }),
    steps,
  )
}

/** The C of a walk; `step` prints one step, given the names of the pointers and the offsets from them. */
export function walkCode(
  walk: Walk,
  a: string,
  b: readonly string[],
  step: (a: string, b: readonly string[], at: Step) => string,
  depth = 0,
): string {
  if (walk.kind === 'steps') return walk.at.map(at => step(a, b, at)).join('')
  const count = walk.count === 'given' ? 'turns' : walk.count
  const name = (p: string): string => `${p.replace(/_\d+$/, '')}_${depth}`
  const [ownA, ownB] = [name(a), b.map(name)]
  const pointers = [ownA, ...ownB]
  const start = [a, ...b].map((p, i) => `*${pointers[i]} = ${p}`).join(', ')
  const body = walk.body.map(part => walkCode(part, ownA, ownB, step, depth + 1)).join('')
  const move = [walk.a, ...b.map(() => walk.b)].map((bytes, i) => bump(pointers[i]!, bytes)).join('')
  return `{ const char ${start};\nfor (long k${depth} = 0; k${depth} < ${count}; k${depth}++) {\n${body}${move}} }\n`
}
