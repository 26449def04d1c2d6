/** Copies a plane into scratch memory as `window-geometry` wants it: padded, columns sorted by column mod stride. */
import { gcd } from '../../compile/padded-layout.ts'
import type { Geometry, WindowAxis } from '../../compile/window-geometry.ts'
import { range } from '../../graph/shape.ts'
import type { Printer } from './printer.ts'
import { nest } from './walk.ts'

/** Elements first, first + 1, … (count of them) are under some window. */
function reached({ size, low, inputDilation, extent }: WindowAxis): { first: number; count: number } {
  const first = Math.max(0, Math.ceil(-low / inputDilation))
  const end = Math.min(size, Math.floor((extent - 1 - low) / inputDilation) + 1)
  return { first, count: Math.max(0, end - first) }
}

/** One row of the last axis from `from` to `to`: x = start, start + step, … go to one phase, `advance` apart. */
function copyRow(p: Printer, axis: WindowAxis, phaseBytes: number): string {
  const { stride, inputDilation, low } = axis
  const { lanes } = p.target
  const { first, count } = reached(axis)
  const column = low + inputDilation * first
  if (count === 0) return ''
  if (stride === 1 && inputDilation === 1)
    return `__builtin_memcpy(to + ${4 * column}, from + ${4 * first}, ${4 * count});\n`
  const place = (c: number): number => (c % stride) * phaseBytes + 4 * Math.floor(c / stride)
  let start = first
  let code = ''
  if (stride === 2 && inputDilation === 1 && count >= 2 * lanes) {
    const blocks = Math.floor(count / (2 * lanes))
    const pick = (odd: number): string =>
      range(lanes)
        .map(i => 2 * i + odd)
        .join(', ')
    code += `for (long i = 0; i < ${blocks}; i++) {
const V a = ld(from + ${4 * first} + i * ${8 * lanes}), b = ld(from + ${4 * (first + lanes)} + i * ${8 * lanes});
st(to + ${place(column)} + i * ${4 * lanes}, shuffled(a, b, ${pick(0)}));
st(to + ${place(column + 1)} + i * ${4 * lanes}, shuffled(a, b, ${pick(1)}));
}\n`
    start += 2 * lanes * blocks
  }
  const left = first + count - start
  const common = gcd(stride, inputDilation)
  const [step, advance] = [stride / common, inputDilation / common]
  for (const r of range(Math.min(step, left))) {
    const x = start + r
    const count = Math.ceil((left - r) / step)
    if (step === 2 && advance === 1 && count <= lanes)
      code += `st_n(to + ${place(low + inputDilation * x)}, ld_2(from + ${4 * x}, ${count}), ${count});\n`
    else
      code += `for (long i = 0; i < ${count}; i++) N(to + ${place(low + inputDilation * x)} + i * ${
        4 * advance
      }) = N(from + ${4 * x} + i * ${4 * step});\n`
  }
  return code
}

/** A function (to, from) that copies what is under windows; the padding is there already. */
export function printPadding(p: Printer, { axes, leadBytes, phaseBytes }: Geometry): string {
  const lead = axes.slice(0, -1)
  const ranges = lead.map(reached)
  const fromBytes = lead.map((_, d) => 4 * axes.slice(d + 1).reduce((n, a) => n * a.size, 1))
  const toStart = ranges.reduce((n, r, d) => n + (lead[d]!.low + lead[d]!.inputDilation * r.first) * leadBytes[d]!, 0)
  const fromStart = ranges.reduce((n, r, d) => n + r.first * fromBytes[d]!, 0)
  const levels = ranges.map((r, d) => ({
    count: r.count,
    steps: [lead[d]!.inputDilation * leadBytes[d]!, fromBytes[d]!],
  }))
  const copy = ranges.some(r => r.count === 0) ? '' : copyRow(p, axes.at(-1)!, phaseBytes)
  const body = `to += ${toStart}L;\nfrom += ${fromStart}L;\n${nest(['to', 'from'], levels, copy)}`
  return p.intern(`padding ${body}`, name => `OUT void ${name}(char* to, const char* from) {\n${body}}\n`)
}
