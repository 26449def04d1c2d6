/**
 * Kernel IR printed as JavaScript: plain nested loops over typed arrays, one function per kernel. It is what the IR means; the
 * kernels of every device are tested against it, and `printKernel` shows a person what a kernel computes.
 *
 * Floating-point work between a load and a store is done in double precision; typed arrays round on store. Values of dtype
 * bool are the numbers 0 and 1, in a typed array of any kind.
 */
import { DataError, IndexError } from '../errors.ts'
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts'
import { contiguousStrides, numel, range } from '../graph/shape.ts'
import { argmaxStep, erf, mod, modInt, round, toInt, uniform } from './javascript-math.ts'
import type {
  Access,
  ContractKernel,
  Epilogue,
  GatherKernel,
  HostKernel,
  Instruction,
  Kernel,
  LoopKernel,
  Operand,
  Program,
  ScalarOp,
  ScatterKernel,
  Store,
  Value,
  WindowKernel,
} from './kernel.ts'
import { valueLevels, variesInRow } from './levels.ts'

type Lines = readonly string[]

/** What printed code may call. */
const library = { argmaxStep, erf, mod, modInt, round, toInt, uniform }

/** `offset + Σ strides[d]·names[d]` */
function affine(offset: number, strides: readonly number[], names: readonly string[]): string {
  const terms = strides.flatMap((s, d) => (s === 0 ? [] : [s === 1 ? names[d]! : `${s} * ${names[d]}`]))
  return offset !== 0 || terms.length === 0 ? [offset, ...terms].join(' + ') : terms.join(' + ')
}

const indented = (lines: Lines): Lines => lines.map(line => `  ${line}`)
const braces = (head: string, body: Lines): Lines => [`${head} {`, ...indented(body), '}']
const nest = (names: readonly string[], sizes: readonly number[], body: Lines): Lines =>
  names.reduceRight<Lines>(
    (inner, name, d) => braces(`for (let ${name} = 0; ${name} < ${sizes[d]}; ${name}++)`, inner),
    body,
  )
const when = (conditions: readonly string[], value: string, otherwise: string): string =>
  conditions.length === 0 ? value : `(${conditions.join(' && ')} ? ${value} : ${otherwise})`

function element({ argument, offset, strides, mask = [] }: Access, names: readonly string[]): string {
  const inside = mask.map(({ dim, lo, hi }) => `${names[dim]} >= ${lo} && ${names[dim]} < ${hi}`)
  return when(inside, `b${argument}[${affine(offset, strides, names)}]`, '0')
}

const literal = (x: number): string => (Object.is(x, -0) ? '-0' : x < 0 ? `(${x})` : `${x}`)

/** One expression per scalar operation and argument; int32 has its own arithmetic. */
const floatOps: { readonly [P in ScalarOp]: (...args: string[]) => string } = {
  neg: a => `-${a}`,
  abs: a => `Math.abs(${a})`,
  sign: a => `Math.sign(${a})`,
  floor: a => `Math.floor(${a})`,
  ceil: a => `Math.ceil(${a})`,
  round: a => `round(${a})`,
  sqrt: a => `Math.sqrt(${a})`,
  exp: a => `Math.exp(${a})`,
  log: a => `Math.log(${a})`,
  sin: a => `Math.sin(${a})`,
  cos: a => `Math.cos(${a})`,
  tanh: a => `Math.tanh(${a})`,
  sigmoid: a => `1 / (1 + Math.exp(-${a}))`,
  erf: a => `erf(${a})`,
  relu: a => `Math.max(${a}, 0)`,
  not: a => `+!${a}`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  mod: (a, b) => `mod(${a}, ${b})`,
  pow: (a, b) => `${a} ** ${b}`,
  maximum: (a, b) => `Math.max(${a}, ${b})`,
  minimum: (a, b) => `Math.min(${a}, ${b})`,
  and: (a, b) => `${a} & ${b}`,
  or: (a, b) => `${a} | ${b}`,
  equal: (a, b) => `+(${a} === ${b})`,
  less: (a, b) => `+(${a} < ${b})`,
  lessEqual: (a, b) => `+(${a} <= ${b})`,
  where: (c, a, b) => `${c} ? ${a} : ${b}`,
}
const intOps: { readonly [P in ScalarOp]?: (...args: string[]) => string } = {
  neg: a => `-${a} | 0`,
  abs: a => `Math.abs(${a}) | 0`,
  add: (a, b) => `${a} + ${b} | 0`,
  sub: (a, b) => `${a} - ${b} | 0`,
  mul: (a, b) => `Math.imul(${a}, ${b})`,
  div: (a, b) => `${a} / ${b} | 0`,
  mod: (a, b) => `modInt(${a}, ${b})`,
}

const casts: { readonly [D in DType]: (x: string, from: DType) => string } = {
  bool: x => `+(${x} !== 0)`,
  int32: (x, from) => (from === 'float32' || from === 'float64' ? `toInt(${x})` : x),
  float32: (x, from) => (from === 'bool' ? x : `Math.fround(${x})`),
  float64: x => x,
}

function expression(body: readonly Instruction[], instruction: Instruction, names: readonly string[]): string {
  switch (instruction.op) {
    case 'const':
      return literal(instruction.value)
    case 'load':
      return element(instruction.access, names)
    case 'index':
      return affine(instruction.offset, instruction.strides, names)
    case 'scalar': {
      const op = (instruction.dtype === 'int32' ? intOps[instruction.name] : undefined) ?? floatOps[instruction.name]
      return op(...instruction.args.map(v => `v${v}`))
    }
    case 'cast':
      return casts[instruction.dtype](`v${instruction.args[0]}`, body[instruction.args[0]]!.dtype)
    case 'random':
      return `uniform(${instruction.args.map(v => `v${v}`).join(', ')})`
    case 'reduced':
      return `r${instruction.reduction}`
    case 'result':
      return 'result'
  }
}

const argumentsOf = (instruction: Instruction): readonly Value[] => ('args' in instruction ? instruction.args : [])

/** Declarations of `roots` and of everything they need, in order. */
function declarations(body: readonly Instruction[], roots: readonly Value[], names: readonly string[]): Lines {
  const needed = new Set(roots)
  for (let v = body.length - 1; v >= 0; v--) if (needed.has(v)) for (const a of argumentsOf(body[v]!)) needed.add(a)
  return body.flatMap((instruction, v) =>
    needed.has(v) ? [`const v${v} = ${expression(body, instruction, names)}`] : [],
  )
}
const assignments = (stores: readonly Store[], names: readonly string[]): Lines =>
  stores.map(({ access, value }) => `${element(access, names)} = v${value}`)
/** All values first, then the stores: a store may overwrite what a load of the same element read. */
const compute = (body: readonly Instruction[], stores: readonly Store[], names: readonly string[]): Lines => [
  ...declarations(
    body,
    stores.map(s => s.value),
    names,
  ),
  ...assignments(stores, names),
]
const finish = ({ body, stores }: Epilogue, names: readonly string[]): Lines => compute(body, stores, names)

function printLoop(kernel: LoopKernel): Lines {
  const { dims, rows, body, reductions, stores } = kernel
  const names = dims.map((_, d) => `i${d}`)
  const sweptNames = names.slice(rows)
  const sweptSizes = dims.slice(rows)
  const position = affine(0, contiguousStrides(sweptSizes), sweptNames)
  const levels = valueLevels(kernel)
  const varies = variesInRow(kernel)
  const inSweep = (s: Store): boolean => varies[s.value]! || s.access.strides.some((n, d) => d >= rows && n !== 0)
  const identity = { sum: '0', max: '-Infinity', argmax: '0' }
  const step = (r: number): string => {
    const { op, value, dtype } = reductions[r]!
    switch (op) {
      case 'sum':
        return dtype === 'int32' ? `r${r} = r${r} + v${value} | 0` : `r${r} += v${value}`
      case 'max':
        return `r${r} = Math.max(r${r}, v${value})`
      case 'argmax':
        return `if (argmaxStep(best${r}, v${value})) { best${r} = v${value}; r${r} = ${position} }`
    }
  }
  const sweeps = range(Math.max(0, ...levels) + 1).flatMap(level => {
    const reduced = range(reductions.length).filter(r => levels[reductions[r]!.value] === level)
    const stored = stores.filter(s => inSweep(s) && levels[s.value] === level)
    if (reduced.length === 0 && stored.length === 0) return []
    const values = [...reduced.map(r => reductions[r]!.value), ...stored.map(s => s.value)]
    return nest(sweptNames, sweptSizes, [
      ...declarations(body, values, names),
      ...reduced.map(step),
      ...assignments(stored, names),
    ])
  })
  return nest(names.slice(0, rows), dims.slice(0, rows), [
    ...reductions.flatMap(({ op }, r) => [
      `let r${r} = ${identity[op]}`,
      ...(op === 'argmax' ? [`let best${r} = -Infinity`] : []),
    ]),
    ...sweeps,
    ...compute(
      body,
      stores.filter(s => !inSweep(s)),
      names,
    ),
  ])
}

function printContract({ dims, a, b, epilogue, dtype }: ContractKernel): Lines {
  const names = dims.map((_, d) => `i${d}`)
  const operand = ({ argument, offset, axes }: Operand): string => {
    const conditions: string[] = []
    const strides = dims.map(() => 0)
    let start = offset
    for (const axis of axes) {
      const steps = dims.map(() => 0)
      let low = axis.start
      let high = axis.start
      for (const { dim, step } of axis.terms) {
        steps[dim]! += step
        strides[dim]! += step * axis.stride
        const reach = step * (dims[dim]!.size - 1)
        if (reach < 0) low += reach
        else high += reach
      }
      start += axis.start * axis.stride
      const coordinate = affine(axis.start, steps, names)
      if (low < 0) conditions.push(`${coordinate} >= 0`)
      if (high >= axis.size) conditions.push(`${coordinate} < ${axis.size}`)
    }
    return when(conditions, `b${argument}[${affine(start, strides, names)}]`, '0')
  }
  const product =
    dtype === 'int32'
      ? `result = result + Math.imul(${operand(a)}, ${operand(b)}) | 0`
      : `result += ${operand(a)} * ${operand(b)}`
  const [kept, summed] = [false, true].map(k => range(dims.length).filter(d => (dims[d]!.role === 'k') === k))
  const over = (ds: readonly number[] | undefined, body: Lines): Lines =>
    nest(
      ds!.map(d => names[d]!),
      ds!.map(d => dims[d]!.size),
      body,
    )
  return over(kept, ['let result = 0', ...over(summed, [product]), ...finish(epilogue, names)])
}

function printWindow(kernel: WindowKernel): Lines {
  const { op, inputs, rows, size, positions, window, stride, low, dilation, inputDilation, epilogue } = kernel
  const axes = range(size.length)
  const outputs = axes.map(d => `o${d}`)
  const taps = axes.map(d => `t${d}`)
  const coordinates = axes.flatMap(d => {
    const spread = `${stride[d]} * o${d} + ${dilation[d]} * t${d} - ${low[d]}`
    if (inputDilation[d] === 1) return [`const x${d} = ${spread}`, `if (x${d} < 0 || x${d} >= ${size[d]}) continue`]
    return [
      `const y${d} = ${spread}`,
      `if (y${d} < 0 || y${d} % ${inputDilation[d]} !== 0 || y${d} >= ${inputDilation[d]! * size[d]!}) continue`,
      `const x${d} = y${d} / ${inputDilation[d]}`,
    ]
  })
  const at = affine(0, [numel(size), ...contiguousStrides(size)], ['row', ...axes.map(d => `x${d}`)])
  const x = `b${inputs[0]}[at]`
  const overTaps = (step: Lines): Lines => nest(taps, window, [...coordinates, `const at = ${at}`, ...step])
  const firstMaximum = [
    'let place = -1',
    'let best = -Infinity',
    ...overTaps([`if (place < 0 || argmaxStep(best, ${x})) { best = ${x}; place = at }`]),
  ]
  const outputNames = ['row', ...outputs]
  const outputSizes = [rows, ...positions]
  if (op === 'scatter') {
    const given = `b${inputs[1]}[${affine(0, [numel(positions), ...contiguousStrides(positions)], outputNames)}]`
    const spots = ['row', ...axes.map(d => `x${d}`)]
    return [
      `const total = new Float64Array(${rows * numel(size)})`,
      ...nest(outputNames, outputSizes, [...firstMaximum, `if (place >= 0) total[place] += ${given}`]),
      ...nest(spots, [rows, ...size], [`const result = total[${at}]`, ...finish(epilogue, spots)]),
    ]
  }
  const result = {
    sum: ['let result = 0', ...overTaps([`result += ${x}`])],
    max: ['let result = -Infinity', ...overTaps([`result = Math.max(result, ${x})`])],
    pick: [...firstMaximum, `const result = place < 0 ? 0 : b${inputs[1]}[place]`],
  }
  return nest(outputNames, outputSizes, [...result[op], ...finish(epilogue, outputNames)])
}

const printGather = ({ name, outer, size, inner, count }: GatherKernel | ScatterKernel, statement: string): Lines =>
  nest(
    ['o', 'j'],
    [outer, count],
    [
      'const k = b1[j]',
      `if (!(k >= 0 && k < ${size})) fault(${JSON.stringify(name)}, k, ${size})`,
      ...nest(['i'], [inner], [statement]),
    ],
  )
const selected = ({ size, inner }: GatherKernel | ScatterKernel): string => `(o * ${size} + k) * ${inner} + i`
const listed = ({ count, inner }: GatherKernel | ScatterKernel): string => `(o * ${count} + j) * ${inner} + i`

const bodies = {
  loop: printLoop,
  contract: printContract,
  window: printWindow,
  gather: (k: GatherKernel) => printGather(k, `b2[${listed(k)}] = b0[${selected(k)}]`),
  scatter: (k: ScatterKernel) => [
    `b2.fill(0, 0, ${k.outer * k.size * k.inner})`,
    ...printGather(k, `b2[${selected(k)}] += b0[${listed(k)}]`),
  ],
  host: (k: HostKernel) => ['host(buffers)', `// ${k.name} runs on the host`],
} as { readonly [K in Kernel['kind']]: (kernel: Kernel & { kind: K }) => Lines }

/** The body of a function of `buffers`, and of the library's functions by name. */
export function printKernel(kernel: Kernel): string {
  const print = bodies[kernel.kind] as (kernel: Kernel) => Lines
  const heads = kernel.buffers.map((_, a) => `const b${a} = buffers[${a}]`)
  return [`// ${kernel.kind} ${kernel.name.replaceAll(/\s/g, ' ')}`, ...heads, ...print(kernel)].join('\n')
}

function fault(operation: string, index: number, size: number): never {
  throw new IndexError(operation, index, size)
}

function runHost(kernel: HostKernel, buffers: readonly TypedArray[]): void {
  const { shape, dtype } = kernel.output
  const values = kernel.run(...kernel.inputs.map((input, i) => ({ ...input, data: buffers[i]! })))
  const expected = numel(shape)
  if (values.length !== expected)
    throw new DataError(`${kernel.name}: the function returned ${values.length} values instead of ${expected}`)
  const output = buffers[kernel.inputs.length]!
  for (let i = 0; i < expected; i++) output[i] = dtype === 'bool' ? +(values[i] !== 0) : values[i]!
}

type Compiled = (buffers: readonly TypedArray[], ...calls: readonly unknown[]) => void
const compiled = new WeakMap<Kernel, Compiled>()

/** Computes one kernel on `buffers`, one per entry of `kernel.buffers`. Throws IndexError for a bad index. */
export function runKernel(kernel: Kernel, buffers: readonly TypedArray[]): void {
  let run = compiled.get(kernel)
  if (!run) {
    run = new Function('buffers', 'fault', 'host', ...Object.keys(library), printKernel(kernel)) as Compiled
    compiled.set(kernel, run)
  }
  const host = (given: readonly TypedArray[]): void => runHost(kernel as HostKernel, given)
  run(buffers, fault, host, ...Object.values(library))
}

/**
 * Computes a program: `sources` in the order of the program's sources; those that are updated change. Returns fresh arrays, one
 * per output.
 */
export function runProgram(program: Program, sources: readonly TypedArray[]): TypedArray[] {
  const buffers = program.buffers.map(b => (b.kind === 'source' ? sources[b.source!]! : hostArray(b.dtype, b.elements)))
  for (const kernel of program.kernels)
    runKernel(
      kernel,
      kernel.buffers.map(id => buffers[id]!),
    )
  const outputs = program.outputs.map(id => buffers[id]!.slice())
  const copied = program.copies.map(({ from, to }) => ({ to, values: buffers[from]!.slice() }))
  for (const { to, values } of copied) buffers[to]!.set(values)
  return outputs
}
