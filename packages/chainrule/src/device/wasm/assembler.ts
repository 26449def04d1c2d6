/**
 * A WebAssembly assembler: functions over i32, f32 and v128 (SIMD, relaxed SIMD, bulk memory), straight to module bytes.
 * https://webassembly.github.io/spec/core/binary
 *
 * Code is a string whose character codes are the bytes. An instruction is a function from the code of its operands to code,
 * so an expression reads like an expression and nesting it is string concatenation, which JavaScript engines do lazily:
 * nothing is copied until the module is assembled.
 *
 * Statements are expressions that leave nothing on the stack; a sequence is `a + b` or `all(a, b)`.
 */

/** Bytes, one per character. */
export type Code = string
/** Index of a parameter or local variable of the function being built. */
export type Local = number

export const I32 = 0x7f
export const F32 = 0x7d
export const V128 = 0x7b
export type ValueType = typeof I32 | typeof F32 | typeof V128

const bytes = (...values: number[]): Code => String.fromCharCode(...values)

function encodeUnsigned(n: number): Code {
  let code = ''
  let rest = n >>> 0
  do {
    const low = rest & 127
    rest >>>= 7
    code += bytes(rest === 0 ? low : low | 128)
  } while (rest !== 0)
  return code
}
const smallUnsigned: Code[] = []
for (let n = 0; n < 2048; n++) smallUnsigned.push(encodeUnsigned(n))
/** LEB128, unsigned. */
const unsigned = (n: number): Code => smallUnsigned[n] ?? encodeUnsigned(n)

/** LEB128, signed 32 bit. */
function signed(n: number): Code {
  let code = ''
  let rest = n | 0
  for (;;) {
    const low = rest & 127
    rest >>= 7
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return code + bytes(low)
    code += bytes(low | 128)
  }
}

const word = (n: number): Code => bytes(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24)
const float = (x: number): Code => word(new Int32Array(new Float32Array([x]).buffer)[0]!)

/** A name in ASCII. */
const text = (s: string): Code => unsigned(s.length) + s

type Unary = (a: Code) => Code
type Binary = (a: Code, b: Code) => Code
type Ternary = (a: Code, b: Code, c: Code) => Code
/** Reads memory at `pointer` + `offset` bytes. */
type Load = (pointer: Code, offset?: number) => Code
/** Writes memory at `pointer` + `offset` bytes. */
type Store = (pointer: Code, value: Code, offset?: number) => Code

const unary =
  (op: Code): Unary =>
  a =>
    a + op
const binary =
  (op: Code): Binary =>
  (a, b) =>
    a + b + op
const ternary =
  (op: Code): Ternary =>
  (a, b, c) =>
    a + b + c + op
const load = (op: Code, align: number): Load => {
  const head = op + bytes(align)
  return (pointer, offset = 0) => pointer + head + unsigned(offset)
}
const store = (op: Code, align: number): Store => {
  const head = op + bytes(align)
  return (pointer, value, offset = 0) => pointer + value + head + unsigned(offset)
}

const plain = (code: number): Code => bytes(code)
const simd = (code: number): Code => bytes(0xfd) + unsigned(code)
const unaryOf = (code: number): Unary => unary(plain(code))
const binaryOf = (code: number): Binary => binary(plain(code))
const simd1 = (code: number): Unary => unary(simd(code))
const simd2 = (code: number): Binary => binary(simd(code))
const simd3 = (code: number): Ternary => ternary(simd(code))

/** Variables. */
export const get = (local: Local): Code => '\x20' + unsigned(local)
export const set = (local: Local, value: Code): Code => value + '\x21' + unsigned(local)
/** Sets and leaves the value. */
export const tee = (local: Local, value: Code): Code => value + '\x22' + unsigned(local)

export const i32 = {
  const: (n: number): Code => '\x41' + signed(n),
  load: load(plain(0x28), 2),
  store: store(plain(0x36), 2),
  eqz: unaryOf(0x45),
  eq: binaryOf(0x46),
  ne: binaryOf(0x47),
  ltS: binaryOf(0x48),
  ltU: binaryOf(0x49),
  gtU: binaryOf(0x4b),
  leU: binaryOf(0x4d),
  geS: binaryOf(0x4e),
  geU: binaryOf(0x4f),
  add: binaryOf(0x6a),
  sub: binaryOf(0x6b),
  mul: binaryOf(0x6c),
  divU: binaryOf(0x6e),
  remU: binaryOf(0x70),
  and: binaryOf(0x71),
  xor: binaryOf(0x73),
} as const

export const f32 = {
  const: (x: number): Code => '\x43' + float(x),
  load: load(plain(0x2a), 2),
  store: store(plain(0x38), 2),
  add: binaryOf(0x92),
} as const

const laneOp = (code: number) => {
  const op = simd(code)
  return (a: Code, lane: number): Code => a + op + bytes(lane)
}
const laneLoad = (code: number) => {
  const op = simd(code) + '\x00'
  return (pointer: Code, vector: Code, lane: number, offset = 0): Code =>
    pointer + vector + op + unsigned(offset) + bytes(lane)
}

export const v128 = {
  load: load(simd(0), 0),
  load32Splat: load(simd(9), 0),
  /** Lane 0 from memory, the others 0. */
  load32Zero: load(simd(92), 0),
  load64Zero: load(simd(93), 0),
  store: store(simd(11), 0),
  /** The vector with one 32-bit lane read from memory. */
  load32Lane: laneLoad(86),
  store32Lane: laneLoad(90),
  store64Lane: laneLoad(91),
  /** Four 32-bit lanes of raw bits. Never inside a loop: V8 rebuilds constants each time; keep them in locals. */
  const: (a: number, b: number, c: number, d: number): Code => simd(12) + word(a) + word(b) + word(c) + word(d),
  /** 32-bit lanes by number: 0…3 from a, 4…7 from b. */
  shuffle: (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => {
    let code = a + b + shuffleOp
    for (const lane of lanes) code += bytes(4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3)
    return code
  },
  not: simd1(77),
  and: simd2(78),
  /** a & ~b */
  andnot: simd2(79),
  or: simd2(80),
  xor: simd2(81),
  /** (a & mask) | (b & ~mask) */
  bitselect: simd3(82),
} as const
const shuffleOp = simd(13)

export const f32x4 = {
  /** The same number in all lanes. Never inside a loop (see v128.const). */
  const: (x: number): Code => simd(12) + float(x).repeat(4),
  extractLane: laneOp(31),
  eq: simd2(65),
  ne: simd2(66),
  lt: simd2(67),
  gt: simd2(68),
  le: simd2(69),
  ge: simd2(70),
  ceil: simd1(103),
  floor: simd1(104),
  /** Halves to even. */
  nearest: simd1(106),
  abs: simd1(224),
  neg: simd1(225),
  sqrt: simd1(227),
  add: simd2(228),
  sub: simd2(229),
  mul: simd2(230),
  div: simd2(231),
  /** NaN when either is NaN; several machine instructions on x86. */
  min: simd2(232),
  max: simd2(233),
  /** b < a ? b : a — with the variable first and a constant second, NaN passes through. */
  pmin: simd2(234),
  /** a < b ? b : a */
  pmax: simd2(235),
  convertI32x4S: simd1(250),
  /** Relaxed SIMD: a·b + c, fused where the machine can. */
  relaxedMadd: simd3(261),
} as const

export const i32x4 = {
  const: (n: number): Code => simd(12) + word(n).repeat(4),
  splat: simd1(17),
  extractLane: laneOp(27),
  eq: simd2(55),
  ne: simd2(56),
  ltS: simd2(57),
  gtS: simd2(59),
  leS: simd2(61),
  abs: simd1(160),
  neg: simd1(161),
  /** The amount is one i32 for all lanes. */
  shl: simd2(171),
  shrS: simd2(172),
  shrU: simd2(173),
  add: simd2(174),
  sub: simd2(177),
  mul: simd2(181),
  minS: simd2(182),
  maxS: simd2(184),
  /** NaN is 0, out of range saturates. */
  truncSatF32x4S: simd1(248),
} as const

/** Two float64 lanes, for steps that float32 is too narrow for. */
export const f64x2 = {
  floor: simd1(117),
  /** Halves to even. */
  nearest: simd1(148),
  add: simd2(240),
  sub: simd2(241),
  mul: simd2(242),
  div: simd2(243),
  /** b < a ? b : a */
  pmin: simd2(246),
  /** a < b ? b : a */
  pmax: simd2(247),
  /** Lanes 0 and 1 of four float32. */
  promoteLowF32x4: simd1(95),
  /** Lanes 0 and 1 of four int32. */
  convertLowI32x4S: simd1(254),
  /** Float32 lanes 0 and 1; lanes 2 and 3 are 0. */
  demoteZero: simd1(94),
  /** Int32 lanes 0 and 1, truncated and saturated; lanes 2 and 3 are 0. */
  truncSatZeroS: simd1(252),
} as const

const EMPTY = '\x40'
const END = '\x0b'
/** Statements one after the other. */
export const all = (...statements: readonly Code[]): Code => statements.join('')
export const block = (body: Code): Code => '\x02' + EMPTY + body + END
/** `br(0)` inside the body starts it again; falling out of the body ends the loop. */
export const loop = (body: Code): Code => '\x03' + EMPTY + body + END
/** `depth` counts enclosing block, loop and if constructs, innermost 0. */
export const br = (depth: number): Code => '\x0c' + unsigned(depth)
export const brIf = (depth: number, condition: Code): Code => condition + '\x0d' + unsigned(depth)
export const ifElse = (condition: Code, then: Code, otherwise: Code = ''): Code =>
  condition + '\x04' + EMPTY + then + (otherwise === '' ? '' : '\x05' + otherwise) + END
/** An `if` with a value. */
export const choose = (type: ValueType, condition: Code, then: Code, otherwise: Code): Code =>
  condition + '\x04' + bytes(type) + then + '\x05' + otherwise + END
/** Without branches: evaluates both, a where `condition` ≠ 0 (i32 and f32; for v128 see selectVector). */
export const select = (a: Code, b: Code, condition: Code): Code => a + b + condition + '\x1b'
export const selectVector = (a: Code, b: Code, condition: Code): Code => a + b + condition + '\x1c\x01' + bytes(V128)
export const drop = (value: Code): Code => value + '\x1a'
export const returns = (value: Code = ''): Code => value + '\x0f'
export const unreachable: Code = '\x00'
export const call = (index: number, ...args: readonly Code[]): Code => args.join('') + '\x10' + unsigned(index)
export const memory = {
  copy: (to: Code, from: Code, size: Code): Code => to + from + size + '\xfc\x0a\x00\x00',
  fill: (to: Code, byte: Code, size: Code): Code => to + byte + size + '\xfc\x0b\x00',
} as const

const atomicOp = (code: number): Code => bytes(0xfe, code, 2) + unsigned(0)
/** On aligned i32 in memory, seen by all threads in the same order. */
export const atomic = {
  load: (pointer: Code): Code => pointer + atomicOp(0x10),
  /** Adds; gives back the value before. */
  add: (pointer: Code, value: Code): Code => pointer + value + atomicOp(0x1e),
  /** Writes `value` if `expected` is there; gives back what was there. */
  compareExchange: (pointer: Code, expected: Code, value: Code): Code => pointer + expected + value + atomicOp(0x48),
  /** Wakes at most `count` waiting threads; gives back how many. */
  notify: (pointer: Code, count: Code): Code => pointer + count + atomicOp(0x00),
} as const

/** Locals of the function being built, and loops that need one. */
export class FunctionBuilder {
  readonly #locals: ValueType[] = []
  readonly #parameters: number

  constructor(parameters: number) {
    this.#parameters = parameters
  }

  /** A new local; it starts at zero. */
  local(type: ValueType): Local {
    this.#locals.push(type)
    return this.#parameters + this.#locals.length - 1
  }
  i32(): Local {
    return this.local(I32)
  }
  f32(): Local {
    return this.local(F32)
  }
  v128(): Local {
    return this.local(V128)
  }

  /** `body` n ≥ 0 times; a number of 0 or 1 emits no loop. Code for n must be ≥ 1 at run time. */
  times(n: number | Code, body: Code): Code {
    if (n === 0) return ''
    if (n === 1) return body
    const counter = this.i32()
    const count = typeof n === 'number' ? i32.const(n) : n
    return set(counter, count) + loop(body + brIf(0, tee(counter, i32.sub(get(counter), i32.const(1)))))
  }

  /** Declarations in the binary format: runs of equal types. */
  declarations(): Code {
    const runs: { type: ValueType; count: number }[] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    return unsigned(runs.length) + runs.map(run => unsigned(run.count) + bytes(run.type)).join('')
  }
}

/** local += n; nothing for n = 0. */
export const bump = (local: Local, n: number): Code => (n === 0 ? '' : set(local, i32.add(get(local), i32.const(n))))

export interface FunctionSpec {
  /** Exported under this name. */
  readonly name?: string
  readonly params: readonly ValueType[]
  readonly results?: readonly ValueType[]
  /** Returns the body; `params` are the first locals. */
  readonly build: (f: FunctionBuilder, ...params: Local[]) => Code
}

export interface MemorySpec {
  /** Pages of 64 KiB. */
  readonly initial: number
  readonly maximum: number
  readonly shared?: boolean
}

/** A module that imports `env.memory` (and functions from `env`), to be filled with functions and assembled once. */
export class Module {
  readonly #memory: MemorySpec
  readonly #types: Code[] = []
  readonly #imports: { name: string; type: number }[] = []
  readonly #functions: { type: number; body: Code }[] = []
  readonly #exports: { name: string; index: number }[] = []
  readonly #interned = new Map<string, number>()

  constructor(memorySpec: MemorySpec = { initial: 1, maximum: 65536 }) {
    this.#memory = memorySpec
  }

  #type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = '\x60' + unsigned(params.length) + bytes(...params) + unsigned(results.length) + bytes(...results)
    const known = this.#types.indexOf(key)
    return known >= 0 ? known : this.#types.push(key) - 1
  }

  /** Declares `env.name`; all imports come before the first function. */
  import(name: string, params: readonly ValueType[], results: readonly ValueType[] = []): number {
    if (this.#functions.length > 0) throw new Error(`import ${name}: imports come before functions`)
    this.#imports.push({ name, type: this.#type(params, results) })
    return this.#imports.length - 1
  }

  /** Adds a function and returns its index. */
  function(spec: FunctionSpec): number {
    const f = new FunctionBuilder(spec.params.length)
    const code = spec.build(f, ...spec.params.map((_, i) => i))
    const index =
      this.#imports.length +
      this.#functions.push({ type: this.#type(spec.params, spec.results ?? []), body: f.declarations() + code + END }) -
      1
    if (spec.name !== undefined) this.#exports.push({ name: spec.name, index })
    return index
  }

  /** The function made for `key`, made now if it is the first time: equal micro kernels are emitted once. */
  intern(key: string, make: () => number): number {
    let index = this.#interned.get(key)
    if (index === undefined) {
      index = make()
      this.#interned.set(key, index)
    }
    return index
  }

  /** The binary module. */
  assemble(): Uint8Array<ArrayBuffer> {
    const { initial, maximum, shared = false } = this.#memory
    const section = (id: number, items: readonly Code[]): Code => {
      const content = unsigned(items.length) + items.join('')
      return items.length === 0 ? '' : bytes(id) + unsigned(content.length) + content
    }
    const code =
      '\0asm\x01\0\0\0' +
      section(1, this.#types) +
      section(2, [
        text('env') + text('memory') + '\x02' + bytes(shared ? 3 : 1) + unsigned(initial) + unsigned(maximum),
        ...this.#imports.map(({ name, type }) => text('env') + text(name) + '\x00' + unsigned(type)),
      ]) +
      section(
        3,
        this.#functions.map(({ type }) => unsigned(type)),
      ) +
      section(
        7,
        this.#exports.map(({ name, index }) => text(name) + '\x00' + unsigned(index)),
      ) +
      section(
        10,
        this.#functions.map(({ body }) => unsigned(body.length) + body),
      )
    const result = new Uint8Array(code.length)
    for (let i = 0; i < code.length; i++) result[i] = code.charCodeAt(i)
    return result
  }
}
