/**
 * The expression printer: kernel IR instructions as C on vectors. Loops, contractions and windows use it alike; what differs
 * between them (where elements come from, what `result` is) they give as a `BodySource`.
 *
 * A value is a vector: float32 a `V`, int32 an `I`, bool an `I` of all ones or zeros; in memory a bool is the int32 0 or 1.
 */
import type { Access, Instruction, ScalarOp, Value } from '../../compile/kernel.ts'
import { DeviceError } from '../../errors.ts'
import type { DType } from '../../graph/dtype.ts'
import { type Code, floatLiteral, intLiteral, type Lines } from './lines.ts'
import type { Printer } from './printer.ts'
import { requireMath } from './vector-math.ts'

/** Where a body gets its values from; each is a vector. */
export interface BodySource {
  /** Elements as they are in memory (bool: int32), 0 outside of masks. */
  load(access: Access, value: Value, isFloat: boolean): Code
  /** offset + Σ strides[d]·index[d] as int32. */
  index(offset: number, strides: readonly number[]): Code
  reduced?(reduction: number): Code
  result?(): Code
}

type Operation = (a: Code, b: Code) => Code
type Table = { readonly [P in ScalarOp]?: Operation }
const call =
  (name: string): Operation =>
  (a, b) =>
    b === undefined ? `${name}(${a})` : `${name}(${a}, ${b})`

const comparisons: Table = {
  equal: (a, b) => `(I)(${a} == ${b})`,
  less: (a, b) => `(I)(${a} < ${b})`,
  lessEqual: (a, b) => `(I)(${a} <= ${b})`,
}
const arithmetic: Table = {
  neg: a => `-${a}`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
}
const tables: Record<Exclude<DType, 'float64'>, Table> = {
  float32: {
    ...arithmetic,
    ...comparisons,
    div: (a, b) => `${a} / ${b}`,
    abs: call('v_abs'),
    sign: call('v_sign'),
    floor: call('v_floor'),
    ceil: call('v_ceil'),
    round: call('v_round'),
    sqrt: call('v_sqrt'),
    exp: call('v_exp'),
    log: call('v_log'),
    sin: call('v_sin'),
    cos: call('v_cos'),
    tanh: call('v_tanh'),
    sigmoid: call('v_sigmoid'),
    erf: call('v_erf'),
    relu: call('v_relu'),
    mod: call('v_mod'),
    pow: call('v_pow'),
    maximum: call('v_max'),
    minimum: call('v_min'),
  },
  int32: {
    ...arithmetic,
    ...comparisons,
    abs: a => `i_max(${a}, -${a})`,
    sign: a => `(I)(${a} < 0) - (I)(${a} > 0)`,
    floor: a => a,
    ceil: a => a,
    round: a => a,
    relu: a => `i_max(${a}, (I){})`,
    div: call('i_div'),
    mod: call('i_mod'),
    maximum: call('i_max'),
    minimum: call('i_min'),
  },
  bool: {
    not: a => `~${a}`,
    and: (a, b) => `${a} & ${b}`,
    or: (a, b) => `${a} | ${b}`,
    equal: (a, b) => `~(${a} ^ ${b})`,
  },
}

export const vectorType = (dtype: DType): 'V' | 'I' => (dtype === 'float32' ? 'V' : 'I')

function unsupported(what: string, dtype: DType): never {
  throw new DeviceError('native', `native: ${what} of ${dtype} is not supported; use float32, or the js device`)
}

function cast(x: Code, from: DType, to: DType): Code {
  if (from === to) return x
  switch (`${from} ${to}`) {
    case 'float32 int32':
      return `to_int(${x})`
    case 'int32 float32':
      return `to_float(${x})`
    case 'float32 bool':
    case 'int32 bool':
      return `(I)(${x} != 0)`
    case 'bool int32':
      return `${x} & 1`
    case 'bool float32':
      return `(V)(${x} & (I)splat(1))`
    default:
      return unsupported(`a cast to ${to}`, from)
  }
}

export class Body {
  readonly #printer: Printer
  readonly #lines: Lines
  readonly #instructions: readonly Instruction[]
  readonly #source: BodySource
  readonly #outer: Body | undefined
  readonly #known = new Map<Value, Code>()

  constructor(printer: Printer, lines: Lines, instructions: readonly Instruction[], source: BodySource, outer?: Body) {
    this.#printer = printer
    this.#lines = lines
    this.#instructions = instructions
    this.#source = source
    this.#outer = outer
  }

  /** A body for the statements of an inner block: it knows what this one has computed, not the other way round. */
  inner(source: BodySource = this.#source): Body {
    return new Body(this.#printer, this.#lines, this.#instructions, source, this)
  }

  /** A value that is computed already, here or further out. */
  known(v: Value): Code | undefined {
    return this.#known.get(v) ?? this.#outer?.known(v)
  }

  /** States what a value is, computed elsewhere. */
  define(v: Value, code: Code): void {
    this.#known.set(v, code)
  }

  /** The vector of a value; appended to the current block when it is asked for the first time. */
  value(v: Value): Code {
    let code = this.known(v)
    if (code === undefined) {
      code = this.#lines.let(vectorType(this.#instructions[v]!.dtype), this.#compute(v))
      this.#known.set(v, code)
    }
    return code
  }

  /** A value as it is kept in memory. */
  stored(v: Value): Code {
    const code = this.value(v)
    return this.#instructions[v]!.dtype === 'bool' ? `(${code} & 1)` : code
  }

  #compute(v: Value): Code {
    const instruction = this.#instructions[v]!
    const { dtype } = instruction
    if (dtype === 'float64') return unsupported('a value', dtype)
    switch (instruction.op) {
      case 'const': {
        if (dtype === 'float32') return `splat(${floatLiteral(instruction.value)})`
        return `isplat(${intLiteral(dtype === 'bool' ? -Number(instruction.value !== 0) : instruction.value)})`
      }
      case 'load': {
        const raw = this.#source.load(instruction.access, v, dtype === 'float32')
        return dtype === 'bool' ? `(I)(${raw} != 0)` : raw
      }
      case 'index':
        return this.#source.index(instruction.offset, instruction.strides)
      case 'reduced':
        return this.#source.reduced?.(instruction.reduction) ?? unsupported('a reduced value here', dtype)
      case 'result':
        return this.#source.result?.() ?? unsupported('a result here', dtype)
      case 'cast':
        return cast(this.value(instruction.args[0]), this.#instructions[instruction.args[0]]!.dtype, dtype)
      case 'random': {
        const args = instruction.args.map(a => this.value(a))
        return `${requireMath(this.#printer, 'v_uniform')}(${args.join(', ')})`
      }
      case 'scalar':
        return this.#scalar(instruction.name, instruction.args)
    }
  }

  #scalar(name: ScalarOp, args: readonly Value[]): Code {
    const [a, b, c] = args.map(v => this.value(v)) as [Code, Code, Code]
    if (name === 'where')
      return `${vectorType(this.#instructions[args[1]!]!.dtype) === 'V' ? 'sel' : 'seli'}(${a}, ${b}, ${c})`
    const { dtype } = this.#instructions[args[0]!]!
    if (dtype === 'float64') return unsupported(name, dtype)
    const print = tables[dtype][name]
    if (!print) return unsupported(name, dtype)
    const code = print(a, b)
    const called = /^([vi]_\w+)\(/.exec(code)?.[1]
    if (called) requireMath(this.#printer, called)
    return code
  }
}
