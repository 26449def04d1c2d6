/**
 * Straight-line code over four 32-bit lanes, written step by step: `let` appends a statement and gives back the value.
 * Constants become locals that are set once, before any loop (V8 rebuilds a `v128.const` each time it is executed).
 */
import { type Code, type FunctionBuilder, f32x4, get, i32x4, type Local, set, v128 } from './assembler.ts'
import { multiplyAdd, type Target } from './emitter.ts'

/** A lone `local.get`: it needs no local of its own. */
const isVariable = (code: Code): boolean =>
  code.charCodeAt(0) === 0x20 && (code.length === 2 || (code.length === 3 && code.charCodeAt(1) > 127))

export class Lanes {
  readonly f: FunctionBuilder
  readonly target: Target
  readonly #constants = new Map<string, Code>()
  #prologue = ''
  #code = ''
  #free: Local[] = []
  #taken: Local[] = []

  constructor(f: FunctionBuilder, target: Target) {
    this.f = f
    this.target = target
  }

  /** Sets every constant; to be put in front of the function's body when that is complete. */
  get prologue(): Code {
    return this.#prologue
  }

  #constant(value: Code): Code {
    let variable = this.#constants.get(value)
    if (variable === undefined) {
      const local = this.f.v128()
      this.#prologue += set(local, value)
      variable = get(local)
      this.#constants.set(value, variable)
    }
    return variable
  }
  /** A float32 in all lanes. */
  float(x: number): Code {
    return this.#constant(f32x4.const(x))
  }
  /** An int32 in all lanes. */
  int(n: number): Code {
    return this.#constant(i32x4.const(n))
  }
  /** Four int32. */
  ints(a: number, b: number, c: number, d: number): Code {
    return this.#constant(v128.const(a, b, c, d))
  }
  /** A float64 in both halves. */
  double(x: number): Code {
    const [low, high] = new Int32Array(new Float64Array([x]).buffer) as unknown as [number, number]
    return this.#constant(v128.const(low, high, low, high))
  }

  /** a·b + c */
  madd(a: Code, b: Code, c: Code): Code {
    return multiplyAdd(this.target, a, b, c)
  }

  /** A v128 local that belongs to the current block. */
  variable(): Local {
    const local = this.#free.pop() ?? this.f.v128()
    this.#taken.push(local)
    return local
  }
  /** Computes a value once; the result may be used any number of times until the current block ends. */
  let(value: Code): Code {
    if (isVariable(value)) return value
    const local = this.variable()
    this.#code += set(local, value)
    return get(local)
  }
  /** Appends a statement. */
  emit(statement: Code): void {
    this.#code += statement
  }
  /** The statements that `build` appends, instead of appending them; their locals are free again afterwards. */
  block(build: () => void): Code {
    const code = this.#code
    const taken = this.#taken
    this.#code = ''
    this.#taken = []
    build()
    const result = this.#code
    this.#free.push(...this.#taken)
    this.#code = code
    this.#taken = taken
    return result
  }
}
