/**
 * Where a contraction reads its windowed operand: in a padded copy, made in scratch memory, or where it is. Either way an element
 * is the pointer `b` plus offsets known beforehand.
 */
import { type Addresses, addressesOf, type PaddedLayout } from '../../compile/padded-layout.ts'
import { range } from '../../graph/shape.ts'
import { at } from './micro-kernel.ts'
import type { Printer } from './printer.ts'
import { nest } from './walk.ts'

export interface Source extends Pick<Addresses, 'position' | 'element'> {
  /** Scratch memory that the copy needs, at its beginning. */
  readonly bytes: number
  /** Once before all `load`s: the zeros around the images. */
  readonly clear: string
  /** `body` with the pointer `b` at index 0 of all loops of the image at `b`. */
  load(body: string): string
}

/** The arguments are those of `addressesOf`. */
export function sourceOf(p: Printer, ...given: Parameters<typeof addressesOf>): Source {
  const { copy, origin, position, element } = addressesOf(...given)
  if (!copy) return { bytes: 0, position, element, clear: '', load: body => body }
  const bytes = (copy.elements * 4 + 64 + p.target.lanes * 4 + 63) & ~63
  const make = paddedCopy(p, copy)
  return {
    bytes,
    position,
    element,
    clear: `__builtin_memset(scratch, 0, ${bytes}L);\n`,
    load: body =>
      `{ const char* image = b;\n${make}(scratch, image);\nconst char* b = ${at('scratch', origin * 4)};\n${body}}\n`,
  }
}

/** A function (to, from) that writes everything but the zeros; `from` is the element of index 0 of all loops. */
function paddedCopy(p: Printer, { rows, levels }: PaddedLayout): string {
  const code = rows.map(
    row =>
      `{ char* t = ${at('to', row.to * 4)}; const char* f = ${at('from', row.from * 4)};\n${copyRow(p, row.count, row.stride)}}\n`,
  )
  const body = nest(
    ['to', 'from'],
    levels.map(l => ({ count: l.count, steps: [l.to * 4, l.from * 4] })),
    code.join(''),
  )
  return p.intern(`padded ${body}`, name => `OUT void ${name}(char* to, const char* from) {\n${body}}\n`)
}

/** `count` elements at f, `stride` apart, to neighbours at t; nothing else is written. */
function copyRow(p: Printer, count: number, stride: number): string {
  if (stride === 1) return `__builtin_memcpy(t, f, ${count * 4}L);\n`
  const { lanes } = p.target
  const whole = stride === 2 ? Math.floor(count / lanes) : 0
  const rest = count - whole * lanes
  let code = ''
  if (whole > 0) {
    const even = range(lanes).map(i => (2 * i < lanes ? 2 * i : 2 * i + 1))
    code += `for (long i = 0; i < ${whole}; i++, t += ${lanes * 4}, f += ${lanes * 8})\nst(t, shuffled(ld(f), ld(f + ${(lanes - 1) * 4}), ${even.join(', ')}));\n`
  }
  if (rest > 0 && stride === 2) code += `st_n(t, ld_2(f, ${rest}), ${rest});\n`
  else if (rest > 0) code += `for (long i = 0; i < ${rest}; i++) N(t + 4 * i) = N(f + ${stride * 4}L * i);\n`
  return code
}
