/** Sums that lie side by side in scratch memory on their way through the epilogue, in runs of results at a constant distance. */
import type { Contraction } from '../../compile/contraction.ts'
import { range } from '../../graph/shape.ts'
import { printEpilogue } from './epilogue.ts'
import { epilogueKey, typesOf } from './micro-kernel.ts'
import type { Printer } from './printer.ts'

export interface Finish {
  readonly rows: number
  /** Bytes between rows of sums. */
  readonly pitch: number
  /** Bytes. */
  readonly sites: readonly { readonly row: number; readonly column: number }[]
  /** Which of a run's offsets belongs to a site; −1 for none. */
  readonly patternOf: readonly number[]
  readonly patterns: number
}
/**
 * A function (partial, runs, count, s0, …): each run is the byte of its first sum in a row, its length, and `patterns` bytes from
 * the pointers of sites.
 */
export function finisher(p: Printer, { kernel }: Contraction, f: Finish): string {
  return p.intern(`finish${JSON.stringify(f)}${kernel.dtype}${epilogueKey(kernel.epilogue)}`, name => {
    const { v, ld } = typesOf(kernel.dtype)
    const { lanes } = p.target
    const epilogue = printEpilogue(p, kernel.epilogue, {
      result: 'result',
      lanes: 'n',
      pointer: s => (f.sites[s]!.column === 0 ? `t${s}` : `t${s} + j * ${f.sites[s]!.column}L`),
      stride: s => f.sites[s]!.column / 4,
    })
    return `OUT void ${name}(const char* partial, const int* runs, int count, ${f.sites.map((_, s) => `char* s${s}`).join(', ')}) {
for (int r = 0; r < count; r++, runs += ${2 + f.patterns}) {
const char* from = partial + runs[0];
const int length = runs[1];
${f.sites.map((_, s) => `char* t${s} = s${s}${f.patternOf[s]! < 0 ? '' : ` + runs[${2 + f.patternOf[s]!}]`};`).join('\n')}
for (int i = 0; i < ${f.rows}; i++) {
for (int j = 0; j < length; j += ${lanes}) {
const int n = length - j < ${lanes} ? length - j : ${lanes};
const ${v} result = ${ld}(from + 4L * j);
${epilogue}
}
from += ${f.pitch};
${f.sites.map((s, i) => (s.row === 0 ? '' : `t${i} += ${s.row}L;`)).join(' ')}
}
}
}\n`
  })
}

/** Results side by side in the order of these loops, outermost first, as runs at a constant distance in every site. */
export function runsAlong(
  dims: readonly { readonly size: number; readonly sites: readonly number[] }[],
  sites: number,
): { readonly runs: number[]; readonly count: number; readonly lane: number[]; readonly patternOf: number[] } {
  const loops = dims.filter(d => d.size > 1)
  const all = range(sites)
  let inner = loops.pop() ?? { size: 1, sites: all.map(() => 0) }
  for (let d = loops.at(-1); d && all.every(s => d!.sites[s] === inner.sites[s]! * inner.size); d = loops.at(-1)) {
    inner = { size: inner.size * d.size, sites: inner.sites }
    loops.pop()
  }
  const starts = loops.reduce<number[][]>(
    (found, d) => found.flatMap(at => range(d.size).map(i => at.map((x, s) => x + i * d.sites[s]! * 4))),
    [all.map(() => 0)],
  )
  return {
    runs: starts.flatMap((start, i) => [i * inner.size * 4, inner.size, ...start]),
    count: starts.length,
    lane: all.map(s => inner.sites[s]!),
    patternOf: all,
  }
}
