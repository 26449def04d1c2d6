/**
 * Gather and its transpose: rows of `inner` elements picked or accumulated where a list of indices says. The list is checked as
 * it is read: an index outside is left in the line before the scratch memory, and nothing more is done.
 */
import type { GatherKernel, ScatterKernel } from '../../compile/kernel.ts'
import type { PrintedKernel, Printer } from './printer.ts'

/** Words of the line before a kernel's scratch memory. */
export const faultWords = { happened: 0, index: 1, size: 2 } as const
const faultBytes = 64

/** Shorter rows are copied element by element. */
const shortRow = 4

function print(
  p: Printer,
  { outer, size, inner, count }: GatherKernel | ScatterKernel,
  selected: string,
  listed: string,
  before: string,
  row: string,
): PrintedKernel {
  const word = (w: keyof typeof faultWords): string => `N(scratch - ${faultBytes - 4 * faultWords[w]})`
  const body = `${before}for (long o = 0; o < ${outer}; o++)
for (long j = 0; j < ${count}; j++) {
const int k = N(buffers[1] + 4 * j);
if (k < 0 || k >= ${size}) {
${word('happened')} = 1; ${word('index')} = k; ${word('size')} = ${size};
return;
}
char* const selected = ${selected} + 4 * ${inner}L * (o * ${size} + k);
char* const listed = ${listed} + 4 * ${inner}L * (o * ${count} + j);
${row}
}
`
  const name = p.intern(`gather ${body}`, name => `OUT void ${name}(char* const* buffers, char* scratch) {\n${body}}\n`)
  return { name, scratchBytes: 0, notes: inner < shortRow ? ['rows shorter than a vector'] : [] }
}

/** out[o, j, ·] = x[o, indices[j], ·] */
export const printGather = (p: Printer, kernel: GatherKernel): PrintedKernel =>
  print(p, kernel, 'buffers[0]', 'buffers[2]', '', `__builtin_memcpy(listed, selected, ${4 * kernel.inner});`)

/** out = 0; out[o, indices[j], ·] += updates[o, j, ·] */
export function printScatter(p: Printer, kernel: ScatterKernel): PrintedKernel {
  const { outer, size, inner, dtype } = kernel
  const { lanes } = p.target
  const [ld, st, type] = dtype === 'float32' ? ['ld', 'st', 'V'] : ['ldi', 'sti', 'I']
  const whole = inner - (inner % lanes)
  const rest = inner % lanes
  let row = ''
  if (whole > 0)
    row += `for (long i = 0; i < ${4 * whole}; i += ${4 * lanes}) ${st}(selected + i, ${ld}(selected + i) + ${ld}(listed + i));\n`
  if (rest > 0)
    row +=
      rest < shortRow
        ? `for (long i = ${whole}; i < ${inner}; i++) ${dtype === 'float32' ? 'F' : 'N'}(selected + 4 * i) += ${
            dtype === 'float32' ? 'F' : 'N'
          }(listed + 4 * i);\n`
        : `{ const ${type} x = ${ld}(selected + ${4 * whole}) + ${ld}(listed + ${4 * whole}); ${st}_n(selected + ${4 * whole}, x, ${rest}); }\n`
  const zero = `__builtin_memset(buffers[2], 0, ${4 * outer * size * inner}L);\n`
  return print(p, kernel, 'buffers[2]', 'buffers[0]', zero, row)
}
