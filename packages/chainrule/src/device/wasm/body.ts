/**
 * The expression printer: a list of kernel IR instructions as code for four 32-bit lanes. Loops, contractions and windows
 * use it alike; what differs between them (where elements come from, what `result` is) they give as a `BodySource`.
 *
 * Lanes hold float32, int32, or for bool all ones or all zeros; in memory a bool is the int32 0 or 1. A single element is
 * computed as four of which one is used.
 */

import type { Access, Instruction, ScalarOp, Value } from '../../compile/kernel.ts'
import { DeviceError } from '../../errors.ts'
import type { DType } from '../../graph/dtype.ts'
import { type Code, f32x4, i32x4, v128 } from './assembler.ts'
import type { Lanes } from './lanes.ts'
import * as vector from './vector-math.ts'

/** Where a body gets its values from; each gives four lanes. */
export interface BodySource {
  /** Raw 4-byte elements as they are in memory, 0 outside of masks. */
  load(access: Access, value: Value): Code
  /** offset + Σ strides[d]·index[d] as int32. */
  index(offset: number, strides: readonly number[], value: Value): Code
  reduced?(reduction: number): Code
  result?(): Code
}

type Table<F> = { readonly [D in Exclude<DType, 'float64'>]: { readonly [P in ScalarOp]?: F } }

/** One instruction. */
const instructions: Table<(a: Code, b: Code) => Code> = {
  float32: {
    neg: f32x4.neg,
    abs: f32x4.abs,
    floor: f32x4.floor,
    ceil: f32x4.ceil,
    round: f32x4.nearest,
    sqrt: f32x4.sqrt,
    add: f32x4.add,
    sub: f32x4.sub,
    mul: f32x4.mul,
    div: f32x4.div,
    maximum: f32x4.max,
    minimum: f32x4.min,
    equal: f32x4.eq,
    less: f32x4.lt,
    lessEqual: f32x4.le,
  },
  int32: {
    neg: i32x4.neg,
    abs: i32x4.abs,
    floor: a => a,
    ceil: a => a,
    round: a => a,
    add: i32x4.add,
    sub: i32x4.sub,
    mul: i32x4.mul,
    maximum: i32x4.maxS,
    minimum: i32x4.minS,
    equal: i32x4.eq,
    less: i32x4.ltS,
    lessEqual: i32x4.leS,
  },
  bool: { not: v128.not, and: v128.and, or: v128.or, equal: i32x4.eq },
}
/** Several. */
const functions: Table<(s: Lanes, a: Code, b: Code) => Code> = {
  float32: {
    sign: vector.sign,
    exp: vector.exp,
    log: vector.log,
    sin: vector.sin,
    cos: vector.cos,
    tanh: vector.tanh,
    sigmoid: vector.sigmoid,
    erf: vector.erf,
    relu: (s, a) => f32x4.pmax(a, s.float(0)),
    mod: vector.mod,
    pow: vector.pow,
  },
  int32: {
    sign: (s, a) => i32x4.maxS(i32x4.minS(a, s.int(1)), s.int(-1)),
    relu: (s, a) => i32x4.maxS(a, s.int(0)),
    div: vector.divideInts,
    mod: vector.modInts,
  },
  bool: {},
}

export function unsupported(what: string, dtype: DType): never {
  throw new DeviceError('wasm', `wasm: ${what} of ${dtype} is not supported; use float32, or the js device`)
}

function cast(s: Lanes, value: Code, from: DType, to: DType): Code {
  if (from === to) return value
  switch (`${from} ${to}`) {
    case 'float32 int32':
      return i32x4.truncSatF32x4S(value)
    case 'int32 float32':
      return f32x4.convertI32x4S(value)
    case 'float32 bool':
      return f32x4.ne(value, s.float(0))
    case 'int32 bool':
      return i32x4.ne(value, s.int(0))
    case 'bool int32':
      return v128.and(value, s.int(1))
    case 'bool float32':
      return v128.and(value, s.float(1))
    default:
      return unsupported(`a cast to ${to}`, from)
  }
}

export class Body {
  readonly #lanes: Lanes
  readonly #instructions: readonly Instruction[]
  readonly #source: BodySource
  readonly #outer: Body | undefined
  readonly #known = new Map<Value, Code>()

  constructor(lanes: Lanes, instructions: readonly Instruction[], source: BodySource, outer?: Body) {
    this.#lanes = lanes
    this.#instructions = instructions
    this.#source = source
    this.#outer = outer
  }

  /** A body for the statements of an inner block: it knows what this one has computed, not the other way round. */
  inner(source: BodySource = this.#source): Body {
    return new Body(this.#lanes, this.#instructions, source, this)
  }

  /** A value that is computed already, here or further out. */
  known(v: Value): Code | undefined {
    return this.#known.get(v) ?? this.#outer?.known(v)
  }

  /** States what a value is, computed elsewhere. */
  define(v: Value, code: Code): void {
    this.#known.set(v, code)
  }

  /** Four lanes of a value; appended to the current block when it is asked for the first time. */
  value(v: Value): Code {
    let code = this.known(v)
    if (code === undefined) {
      code = this.#lanes.let(this.#compute(v))
      this.#known.set(v, code)
    }
    return code
  }

  /** A value as it is kept in memory. */
  stored(v: Value): Code {
    const code = this.value(v)
    return this.#instructions[v]!.dtype === 'bool' ? v128.and(code, this.#lanes.int(1)) : code
  }

  #compute(v: Value): Code {
    const s = this.#lanes
    const instruction = this.#instructions[v]!
    const { dtype } = instruction
    switch (instruction.op) {
      case 'const': {
        if (dtype === 'float32') return s.float(instruction.value)
        if (dtype === 'float64') return unsupported('a constant', dtype)
        return s.int(dtype === 'bool' ? -Number(instruction.value !== 0) : instruction.value)
      }
      case 'load': {
        if (dtype === 'float64') unsupported('a load', dtype)
        const raw = this.#source.load(instruction.access, v)
        return dtype === 'bool' ? i32x4.ne(raw, s.int(0)) : raw
      }
      case 'index':
        return this.#source.index(instruction.offset, instruction.strides, v)
      case 'reduced':
        return this.#source.reduced?.(instruction.reduction) ?? unsupported('a reduced value here', dtype)
      case 'result':
        return this.#source.result?.() ?? unsupported('a result here', dtype)
      case 'cast':
        return cast(s, this.value(instruction.args[0]), this.#instructions[instruction.args[0]]!.dtype, dtype)
      case 'random': {
        const [key0, key1, counter] = instruction.args.map(a => this.value(a)) as [Code, Code, Code]
        return vector.uniform(s, key0, key1, counter)
      }
      case 'scalar':
        return this.#scalar(instruction.name, instruction.args)
    }
  }

  #scalar(name: ScalarOp, args: readonly Value[]): Code {
    const [a, b, c] = args.map(v => this.value(v)) as [Code, Code, Code]
    if (name === 'where') return v128.bitselect(b, c, a)
    const { dtype } = this.#instructions[args[0]!]!
    if (dtype === 'float64') return unsupported(name, dtype)
    return instructions[dtype][name]?.(a, b) ?? functions[dtype][name]?.(this.#lanes, a, b) ?? unsupported(name, dtype)
  }
}

/** Four consecutive numbers from `first` (i32), `step` apart. */
export const countFrom = (s: Lanes, first: Code, step: number): Code =>
  step === 0 ? i32x4.splat(first) : i32x4.add(i32x4.splat(first), s.ints(0, step, 2 * step, 3 * step))
