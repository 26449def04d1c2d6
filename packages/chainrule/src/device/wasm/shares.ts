/**
 * How threads share the pieces of a plan. Every thread runs the same function, stage by stage. The pieces of a kernel are dealt
 * out: to each thread a run of neighbours, so that what it reads is what it wrote before. It takes its own, then those that
 * others have not begun, then waits until all that were taken are done. A thread that comes late, or never, is not missed:
 * nobody waits for a thread, only for pieces that were begun.
 *
 * Words in memory count pieces, taken (one word for each share) and done, in the lower half; the upper half is the number of
 * the run (`tag`). A thread that still is in an earlier run finds another number there, takes nothing and leaves.
 */

import { mostPieces } from '../stages.ts'
import {
  atomic,
  br,
  brIf,
  type Code,
  call,
  drop,
  get,
  I32,
  i32,
  ifElse,
  loop,
  type Module,
  returns,
  set,
  tee,
} from './assembler.ts'

/** Words of the block of memory that threads talk through; each busy one has a cache line of its own. */
export const control = {
  /** The number of the latest run; threads wait for it to change. */
  job: 0,
  /** Which plan runs, and the address of its table. */
  plan: 1,
  table: 2,
  /** Messages sent to each thread so far. */
  mail: 3,
  /** Threads that stopped within a piece. */
  failed: 4,
  /** How many threads pieces are dealt out to. */
  threads: 5,
  done: 16,
  /** The next piece of each thread's share, `line` words apart. */
  taken: 32,
  line: 16,
  /** Behind it: whether that thread is in a run. */
  busy: 1,
} as const

/** Looks at the count before a thread goes to sleep: some ten microseconds. */
const spins = 8000

export interface Shares {
  /** The next of `count` pieces from number `first` on in the share of thread `owner`, or −1. */
  take(owner: Code, first: number, count: number): Code
  /** After a piece; `end` pieces belong to this stage and those before. */
  finish(end: number): Code
  /** Waits until `end` pieces are done; 0 if the run is over. */
  settle(end: number): Code
}

/** `block` is the address of the block they talk through, `tag` code for the tag of the run. */
export function sharesOf(module: Module, pause: number, block: number): (tag: Code) => Shares {
  const number = (value: Code, tag: Code): Code => i32.xor(value, tag)
  const take = module.function({
    params: [I32, I32, I32, I32],
    results: [I32],
    build(f, tag, owner, first, count) {
      const [seen, next, begin, end, taken] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()]
      const threads = i32.load(i32.const(block), 4 * control.threads)
      const border = (share: Code): Code => i32.add(get(first), i32.divU(i32.mul(get(count), share), threads))
      const line = i32.mul(get(owner), i32.const(4 * control.line))
      return (
        set(begin, border(get(owner))) +
        set(end, border(i32.add(get(owner), i32.const(1)))) +
        set(taken, i32.add(i32.const(block + 4 * control.taken), line)) +
        loop(
          set(seen, atomic.load(get(taken))) +
            set(next, number(get(seen), get(tag))) +
            ifElse(i32.ltU(get(next), get(begin)), set(next, get(begin))) +
            ifElse(i32.geU(get(next), get(end)), returns(i32.const(-1))) +
            brIf(
              0,
              i32.ne(
                atomic.compareExchange(get(taken), get(seen), number(i32.add(get(next), i32.const(1)), get(tag))),
                get(seen),
              ),
            ),
        ) +
        i32.sub(get(next), get(first))
      )
    },
  })
  const done = i32.const(block + 4 * control.done)
  const finish = module.function({
    params: [I32, I32],
    build: (_, tag, end) =>
      ifElse(
        i32.eq(number(i32.add(atomic.add(done, i32.const(1)), i32.const(1)), get(tag)), get(end)),
        drop(atomic.notify(done, i32.const(-1))),
      ),
  })
  const settle = module.function({
    params: [I32, I32],
    results: [I32],
    build(f, tag, end) {
      const [seen, count, left] = [f.i32(), f.i32(), f.i32()]
      return (
        set(left, i32.const(spins)) +
        loop(
          set(count, number(tee(seen, atomic.load(done)), get(tag))) +
            ifElse(i32.gtU(get(count), i32.const(mostPieces)), returns(i32.const(0))) +
            ifElse(i32.geU(get(count), get(end)), returns(i32.const(1))) +
            ifElse(get(left), set(left, i32.sub(get(left), i32.const(1))), call(pause, get(seen))) +
            br(0),
        ) +
        i32.const(0)
      )
    },
  })
  return tag => ({
    take: (owner, first, count) => call(take, tag, owner, i32.const(first), i32.const(count)),
    finish: end => call(finish, tag, i32.const(end)),
    settle: end => call(settle, tag, i32.const(end)),
  })
}
