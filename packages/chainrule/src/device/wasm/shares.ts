/**
 * How threads share the pieces of a plan. Every thread runs the same function, stage by stage: it takes numbered pieces until
 * none is left, then waits until all that were taken are done. A thread that comes late, or never, is not missed: nobody waits
 * for a thread, only for pieces that were begun.
 *
 * Two words in memory count pieces, taken and done, in the lower half; the upper half is the number of the run (`tag`). A
 * thread that still is in an earlier run finds another number there, takes nothing and leaves.
 */
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
  taken: 16,
  done: 32,
  words: 48,
} as const

/** Most pieces of a plan. */
export const mostPieces = 0xffff

/** Looks at the count before a thread goes to sleep: some ten microseconds. */
const spins = 8000

export interface Shares {
  /** A piece < end, or −1. */
  take(end: number): Code
  /** After a piece. */
  finish(end: number): Code
  /** Waits until `end` pieces are done; 0 if the run is over. */
  settle(end: number): Code
}

/** `block` is code for the address of the control block, `tag` for the tag of the run. */
export function sharesOf(module: Module, pause: number): (block: Code, tag: Code) => Shares {
  const word = (block: Code, at: number): Code => i32.add(block, i32.const(4 * at))
  const number = (value: Code, tag: Code): Code => i32.xor(value, tag)
  const take = module.function({
    params: [I32, I32, I32],
    results: [I32],
    build(f, taken, tag, end) {
      const seen = f.i32()
      const next = i32.add(get(seen), i32.const(1))
      return (
        loop(
          set(seen, atomic.load(get(taken))) +
            ifElse(i32.geU(number(get(seen), get(tag)), get(end)), returns(i32.const(-1))) +
            brIf(0, i32.ne(atomic.compareExchange(get(taken), get(seen), next), get(seen))),
        ) + number(get(seen), get(tag))
      )
    },
  })
  const finish = module.function({
    params: [I32, I32, I32],
    build: (_, done, tag, end) =>
      ifElse(
        i32.eq(number(i32.add(atomic.add(get(done), i32.const(1)), i32.const(1)), get(tag)), get(end)),
        drop(atomic.notify(get(done), i32.const(-1))),
      ),
  })
  const settle = module.function({
    params: [I32, I32, I32],
    results: [I32],
    build(f, done, tag, end) {
      const [seen, count, left] = [f.i32(), f.i32(), f.i32()]
      return (
        set(left, i32.const(spins)) +
        loop(
          set(count, number(tee(seen, atomic.load(get(done))), get(tag))) +
            ifElse(i32.gtU(get(count), i32.const(mostPieces)), returns(i32.const(0))) +
            ifElse(i32.geU(get(count), get(end)), returns(i32.const(1))) +
            ifElse(get(left), set(left, i32.sub(get(left), i32.const(1))), call(pause, get(seen))) +
            br(0),
        ) +
        i32.const(0)
      )
    },
  })
  return (block, tag) => ({
    take: end => call(take, word(block, control.taken), tag, i32.const(end)),
    finish: end => call(finish, word(block, control.done), tag, i32.const(end)),
    settle: end => call(settle, word(block, control.done), tag, i32.const(end)),
  })
}
