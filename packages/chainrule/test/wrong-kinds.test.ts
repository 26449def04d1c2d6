/**
 * What only JavaScript lets through: arguments of another kind than the types ask for. Whatever the call, an error is one of ours;
 * where people are likely to come by, it also says what to write instead.
 */
import { describe, expect, test } from 'vitest'
import * as chainrule from '../src/index.ts'
import * as core from '../src/tensor/tensor.ts'

type Loose = (...values: readonly unknown[]) => unknown

const { ChainruleError, nn, optim, tensor, train, zeros } = chainrule
const kinds = [undefined, null, 'x', 3, () => 1, {}, [], [2, 3], ['a']]
const text = (value: unknown): string =>
  typeof value === 'function' ? '() => 1' : (JSON.stringify(value) ?? 'undefined')

/** The error of a call, if it is none of ours. */
async function foreign(call: () => unknown): Promise<string | undefined> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof ChainruleError)) return String(error)
  }
  return undefined
}
/** Calls that throw what is none of our errors, with each kind of value as the argument after `before`. */
async function failures(name: string, f: Loose, before: readonly unknown[] = [], values = kinds): Promise<string[]> {
  const found: string[] = []
  for (const value of values) {
    const problem = await foreign(() => f(...before, value))
    if (problem) found.push(`${name}(${[...before, value].map(text).join(', ')}): ${problem}`)
  }
  return found
}
const functionsOf = (space: object): [string, Loose][] =>
  Object.entries(space).filter(([, f]) => typeof f === 'function' && !/^class\b/.test(`${f}`))

test('every method of a tensor, first and second argument', async () => {
  const x = zeros([2, 3])
  const found: string[] = []
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(x))) {
    const read = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(x), name)!.value as unknown
    if (name === 'constructor' || typeof read !== 'function') continue
    const method: Loose = (...values) => read.apply(x, values)
    found.push(...(await failures(name, method)))
    // null in place of options is left to JavaScript
    found.push(
      ...(await failures(
        name,
        method,
        [0],
        kinds.filter(k => k !== null),
      )),
    )
  }
  expect(found).toEqual([])
})

describe('every function', () => {
  const { gradCheck, print, graphviz, compile } = chainrule
  const spaces = { core: { ...core, gradCheck, print, graphviz, compile }, nn, 'nn.init': nn.init, optim }
  /** They take options first. */
  const optional = ['orthogonal', 'xavierNormal', 'xavierUniform']
  for (const [space, functions] of Object.entries(spaces))
    test(space, async () => {
      const found: string[] = []
      for (const [name, f] of functionsOf(functions)) {
        const values = optional.includes(name) ? kinds.filter(k => k !== null) : kinds
        found.push(...(await failures(name, f, [], values)))
      }
      expect(found).toEqual([])
    })
})

/** The call, and what the error must say. */
const loose = chainrule as unknown as Record<string, Loose>
const layers = nn as unknown as Record<string, Loose>
const optimizers = optim as unknown as Record<string, Loose>
const x = zeros([2, 3]) as unknown as Record<string, Loose>
const table: [call: () => unknown, message: string][] = [
  [() => x.reshape!(3), 'reshape: needs a list, as in reshape([2, -1])'],
  [() => x.permute!(0), 'permute: needs a list, as in permute([1, 0])'],
  [() => x.slice!([2, 3]), "slice: needs a list, as in slice([[0, 2], ':'])"],
  [() => x.at!('a'), "at: needs a list, as in at([0, 2], ':')"],
  [() => x.pad!('a'), 'pad: needs a list, as in pad([[1, 1], [0, 2]])'],
  [() => x.matmul!([1]), 'matmul: needs a tensor, got array; use tensor(…)'],
  [() => x.take!(1), 'take: needs a tensor, got 1; use tensor(…)'],
  [() => loose.concat!(x, x), 'concat: needs a list, as in concat([a, b])'],
  [() => loose.concat!([x, 1]), 'concat: needs a tensor, got 1; use tensor(…)'],
  [() => loose.stack!(x, x), 'stack: needs a list, as in stack([a, b])'],
  [() => loose.einsum!(1), "needs a text like 'ij,jk->ik' first"],
  [() => loose.where!(1, 2), 'where: needs a tensor, got 1; use tensor(…)'],
  [() => loose.grad!(tensor(1)), 'grad: needs the inputs to differentiate by, got undefined; grad(loss, [w, b])'],
  [() => loose.grad!(tensor(1), 3), 'grad: needs the inputs to differentiate by, got 3; grad(loss, [w, b])'],
  [() => loose.grad!(3, []), 'grad: needs a tensor, got 3; use tensor(…)'],
  [() => loose.stopGradient!(3), 'stopGradient: needs a tensor, got 3; use tensor(…)'],
  [() => loose.tensor!('abc'), "tensor: needs numbers or truth values, got 'abc'"],
  [() => chainrule.variable([1]).assign('x' as never), "assign: needs a tensor, got 'x'; use tensor(…)"],
  [
    () => layers.sequential!(() => 1),
    'sequential: a layer needs a forward, got function; a function f goes in as { forward: f }',
  ],
  [() => layers.linear!('a'), "linear: inFeatures must be an integer >= 1, got 'a'"],
  [() => layers.linear!(1, 2, 3), 'linear: needs options { bias, weightInit, biasInit }, got 3'],
  [() => layers.conv2d!(1, 2), 'conv2d: kernel needs 1 or 2 numbers, got undefined'],
  [() => nn.linear(3, 2).forward([1, 2, 3] as never), 'linear: needs a tensor, got array; use tensor(…)'],
  [() => layers.crossEntropy!([1], x), 'crossEntropy: needs a tensor, got array; use tensor(…)'],
  [() => optimizers.adam!({ learningRate: 'x' }), "adam: learningRate must be a finite number >= 0, got 'x'"],
  [() => optimizers.cosine!(), 'cosine: needs options { learningRate, steps, minimum }, got undefined'],
  [() => loose.print!(3), 'print: needs a tensor, got 3; use tensor(…)'],
]
test.each(table.map(([call, message]) => [message, call] as const))('%s', (message, call) => {
  expect(call).toThrow(ChainruleError)
  expect(call).toThrow(message)
})

test('a run without what it needs', async () => {
  const fit = train.fit as unknown as (...values: readonly unknown[]) => PromiseLike<unknown>
  const samples = chainrule.data.arrays({ x: zeros([4, 3]), y: zeros([4, 2]) } as never)
  await expect(Promise.resolve(fit())).rejects.toThrow('fit: needs a model with a forward')
  await expect(Promise.resolve(fit(nn.linear(3, 2), 3))).rejects.toThrow('fit: needs a data set')
  await expect(Promise.resolve(fit(nn.linear(3, 2), await samples))).rejects.toThrow('fit: needs a loss')
})

test('scores of what are no lists', () => {
  const scores = train as unknown as Record<string, Loose>
  expect(() => scores.confusionMatrix!(1, 2)).toThrow('confusionMatrix: needs lists of predictions and of labels')
  expect(() => scores.precisionRecallF1!([1])).toThrow('precisionRecallF1: needs rows of counts')
})

test('as JSON a tensor is its text', () => {
  expect(JSON.parse(JSON.stringify({ x: zeros([2]) }))).toEqual({ x: String(zeros([2])) })
})
