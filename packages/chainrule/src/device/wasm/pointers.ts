/** The pointers that a contraction moves through its loops: both operands, and every site of the epilogue. */

import type { Contraction, Dim } from '../../compile/contraction.ts'
import { type Code, get, i32, type Local, set } from './assembler.ts'
import type { Level } from './walk.ts'

/** Sets the pointers of both operands and of all sites to index 0 of every loop. */
export function startPointers(
  c: Contraction,
  parameters: readonly Local[],
  a: Local,
  b: Local,
  sites: readonly Local[],
): Code {
  const start = (pointer: Local, argument: number, offset: number): Code =>
    set(pointer, i32.add(get(parameters[argument]!), i32.const(offset * 4)))
  return (
    start(a, c.a.argument, c.a.offset) +
    start(b, c.b.argument, c.b.offset) +
    sites.map((p, i) => start(p, c.sites[i]!.access.argument, c.sites[i]!.access.offset)).join('')
  )
}

/** A loop as a level of `nest` over [a, b, …sites]. */
export const levelOf = (d: Dim): Level => ({ count: d.size, steps: [d.a, d.b, ...d.sites].map(s => s * 4) })
