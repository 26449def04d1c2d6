/**
 * Derivatives compared with differences: (f(x + ε) − f(x − ε)) / 2ε for every element of every input, in float64 on the reference
 * device. The test that a derivative rule has to pass.
 */
import { jsDevice } from '../device/js/device.ts'
import { ChainruleError } from '../errors.ts'
import { gradients } from '../grad/backward.ts'
import * as build from '../graph/build.ts'
import { isFloat, type TypedArray } from '../graph/dtype.ts'
import { type Node, topological } from '../graph/node.ts'
import { needFunction, needList, refuseDType } from '../graph/refuse.ts'
import { numel, type Shape } from '../graph/shape.ts'
import { hostNode } from './create.ts'
import { wrap } from './handle.ts'
import { valuesOf } from './runtime.ts'
import type { AnyTensor, Float64Tensor, TensorLike } from './types.ts'

export interface GradCheckOptions {
  /** The step of the differences. */
  readonly epsilon?: number
  /** Largest accepted |derivative − difference| / max(1, |derivative|, |difference|). */
  readonly tolerance?: number
}
export interface GradCheckResult {
  readonly ok: boolean
  /** The largest deviation, as `tolerance` measures it. */
  readonly deviation: number
  /** Where it is. */
  readonly worst: {
    readonly input: number
    readonly element: number
    readonly derivative: number
    readonly difference: number
  }
}

/**
 * Compares the derivatives of `fn` (of its sum, if it is no scalar) with differences at these inputs, which are taken as float64.
 * `fn` must be smooth there: a kink (relu at 0) deviates.
 */
export async function gradCheck(
  fn: (...inputs: Float64Tensor[]) => TensorLike,
  inputs: readonly TensorLike[],
  { epsilon = 1e-5, tolerance = 1e-6 }: GradCheckOptions = {},
): Promise<GradCheckResult> {
  needFunction('gradCheck', fn)
  needList('gradCheck', inputs, 'fn, [x]')
  if (inputs.length === 0) throw new ChainruleError('gradCheck: needs at least one input')
  const points = await Promise.all(
    inputs.map(async t => {
      if (!isFloat(t.dtype)) refuseDType('gradCheck', [t.dtype], `${t.dtype} inputs have no derivative`)
      return { shape: t.shape as Shape, values: Float64Array.from(await valuesOf({ node: t.node })) }
    }),
  )
  const target = jsDevice()
  const run = async (outputs: readonly Node[], sources: readonly { node: Node; values: TypedArray }[]) => {
    const graph = {
      sources: sources.map(s => s.node as Extract<Node, { primitive: 'source' }>),
      outputs,
      updates: outputs.map(() => -1),
    }
    return target.prepare(graph).run(sources.map(s => s.values))
  }
  const sources = points.map(p => ({ node: hostNode(p.values, p.shape, 'float64'), values: p.values }))
  const nodes = sources.map(s => s.node)
  const output = fn(...nodes.map(n => wrap(n) as AnyTensor as Float64Tensor)).node
  const total = build.sum(
    output,
    output.shape.map((_, i) => i),
  )
  const found = gradients(total, nodes)
  const wanted = found.map((g, i) => g ?? build.fullLike(nodes[i]!, 0))
  // what fn refers to besides its inputs: parameters, labels
  const others = topological([total, ...wanted]).filter(n => n.primitive === 'source' && !nodes.includes(n))
  const bound = [
    ...sources,
    ...(await Promise.all(others.map(async node => ({ node, values: await valuesOf({ node }) })))),
  ]
  const derivatives = await run(wanted, bound)
  let deviation = -1
  let worst = { input: 0, element: 0, derivative: 0, difference: 0 }
  for (const [input, { values, shape }] of points.entries()) {
    for (let element = 0; element < numel(shape); element++) {
      const kept = values[element]!
      const at = async (x: number): Promise<number> => {
        values[element] = x
        const [result] = await run([total], bound)
        return result![0]!
      }
      const difference = ((await at(kept + epsilon)) - (await at(kept - epsilon))) / (2 * epsilon)
      values[element] = kept
      const derivative = derivatives[input]![element]!
      const size = Math.max(1, Math.abs(derivative), Math.abs(difference))
      const error = Math.abs(derivative - difference) / size
      if (error > deviation || Number.isNaN(error)) {
        deviation = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
        worst = { input, element, derivative, difference }
      }
    }
  }
  return { ok: deviation <= tolerance, deviation, worst }
}
