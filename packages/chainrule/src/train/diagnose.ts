/** Where a NaN or infinity came from: looked for once something went wrong, so that a good step costs nothing. */
import { NonFiniteError } from '../errors.ts'
import { isFloat } from '../graph/dtype.ts'
import { type Node, topological } from '../graph/node.ts'
import { contiguousStrides } from '../graph/shape.ts'
import { grad } from '../tensor/gradients.ts'
import { wrap } from '../tensor/handle.ts'
import * as elementwise from '../tensor/ops/elementwise.ts'
import * as reductions from '../tensor/ops/reductions.ts'
import { evaluate, valuesOf } from '../tensor/runtime.ts'
import type { AnyTensor } from '../tensor/types.ts'
import { type AnyOptimizer, forwardOf, type Loss, lossOf, type Trainable } from './types.ts'

interface Pass {
  readonly model: Trainable
  readonly loss: Loss
  readonly x: AnyTensor
  readonly y: AnyTensor
  readonly lossValue: number
}
export interface Failure extends Pass {
  readonly optimizer: AnyOptimizer
  /** From 1. */
  readonly step: number
  /** Steps that this run has done before, itself. */
  readonly ownSteps: number
}

/** The error for a step that was not finite: names the data, the module or the parameter in which it appeared first. */
export async function nonFinite(failure: Failure): Promise<NonFiniteError> {
  const { model, optimizer, step, x, y } = failure
  for (const [field, tensor] of Object.entries({ x, y })) {
    const place = await firstNonFinite(tensor)
    if (place)
      return new NonFiniteError(
        `step ${step}: the data holds ${place.value} at ${field}[${place.index.join(', ')}] of the batch; clean or drop that ` +
          'sample. No parameter has changed',
        { step },
      )
  }
  const parameter = await nonFiniteParameter(model, step, failure.ownSteps)
  if (parameter) return parameter
  const advice =
    'the parameters keep their values from before this step. Lower the learning rate, clip gradients (clip: 1), or look at ' +
    'what this module divides by, takes the logarithm of or raises to a power'
  const outputs = forwardOf(model)(x)
  const loss = lossOf(failure.loss, outputs, y)
  const origin = await originOf([loss.node])
  if (origin)
    return new NonFiniteError(
      `step ${step}: the loss is ${failure.lossValue}; it first appears in ${place(origin)}. Nothing is lost: ${advice}`,
      { module: origin.scope, step },
    )
  const gradients = grad(loss, optimizer.parameters) as AnyTensor[]
  const names = new Map([...model.namedParameters()].map(([name, variable]) => [variable, name]))
  const good = await finiteness(gradients.map(g => g.node))
  const bad = optimizer.parameters.findIndex((_, i) => !good[i])
  const name = bad < 0 ? undefined : names.get(optimizer.parameters[bad]!)
  return new NonFiniteError(
    name === undefined
      ? `step ${step}: the loss or a gradient is not finite. Nothing is lost: ${advice}`
      : `step ${step}: the gradient of ${name} is not finite while the loss is ${failure.lossValue}. Nothing is lost: ${advice}`,
    { module: name === undefined ? '' : moduleOf(name), step },
  )
}

/** The error for a model that holds a NaN or infinity before `step`; undefined when all its parameters are finite. */
export async function nonFiniteParameter(
  model: Trainable,
  step: number,
  ownSteps: number,
): Promise<NonFiniteError | undefined> {
  const found = await badParameter(model)
  if (!found) return undefined
  const { name, value, index, module } = found
  const which = `parameter ${name} holds ${value} at [${index.join(', ')}]`
  return ownSteps === 0
    ? new NonFiniteError(
        `step ${step}: ${which} already before this run, from which nothing can be learned; make the model anew or load a checkpoint`,
        { module, step },
      )
    : new NonFiniteError(
        `step ${step - 1}: ${which} since its update overflowed. Lower the learning rate or clip gradients (clip: 1), and make ` +
          'the model anew or load a checkpoint',
        { module, step: step - 1 },
      )
}

/** The error for a loss that is not finite outside of training; `first` is the sample with which the batch begins. */
export async function nonFiniteLoss(
  operation: string,
  { model, loss, x, y, lossValue, first }: Pass & { readonly first: number },
): Promise<NonFiniteError> {
  for (const [field, tensor] of Object.entries({ x, y })) {
    const place = await firstNonFinite(tensor)
    if (!place) continue
    const [row, ...rest] = place.index
    const at = rest.length === 0 ? '' : ` at [${rest.join(', ')}]`
    return new NonFiniteError(
      `${operation}: the data holds ${place.value} in ${field} of sample ${first + row!}${at}; clean or drop that sample`,
    )
  }
  const parameter = await badParameter(model)
  if (parameter)
    return new NonFiniteError(
      `${operation}: the loss is ${lossValue}; parameter ${parameter.name} of the model holds ${parameter.value}`,
      { module: parameter.module },
    )
  const origin = await originOf([lossOf(loss, forwardOf(model)(x), y).node])
  return new NonFiniteError(
    `${operation}: the loss is ${lossValue}${origin ? `; it first appears in ${place(origin)}` : ''}. Look at what is ` +
      'divided by, taken the logarithm of or raised to a power there',
    { module: origin?.scope },
  )
}

async function badParameter(model: Trainable) {
  for (const [name, variable] of model.namedParameters()) {
    const found = await firstNonFinite(variable)
    if (found) return { name, module: moduleOf(name), ...found }
  }
  return undefined
}

const moduleOf = (name: string): string => (name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '')

const place = ({ scope, primitive }: Node): string =>
  scope === '' ? `the loss or the model's own forward (${primitive})` : `module '${scope}' (${primitive})`

async function firstNonFinite(tensor: AnyTensor): Promise<{ value: number; index: number[] } | undefined> {
  if (!isFloat(tensor.dtype)) return undefined
  const values = await valuesOf(tensor)
  const at = values.findIndex(v => !Number.isFinite(v))
  if (at < 0) return undefined
  const index = contiguousStrides(tensor.shape).map((step, axis) => Math.floor(at / step) % tensor.shape[axis]!)
  return { value: values[at]!, index }
}

/** For each node whether all its elements are finite, computed in one plan. */
async function finiteness(nodes: readonly Node[]): Promise<boolean[]> {
  const tensors = nodes.map(n => wrap(reductions.all(elementwise.finite(n))))
  await evaluate(tensors)
  return Promise.all(tensors.map(async t => (await valuesOf(t))[0] !== 0))
}

/**
 * The node in which a non-finite value of the outputs began: back from the output through inputs that are not finite, to one
 * whose inputs all are. Infinities that come to nothing (a mask of −∞ under softmax) are not on that way.
 */
async function originOf(outputs: readonly Node[]): Promise<Node | undefined> {
  const nodes = topological(outputs).filter(n => isFloat(n.dtype) && n.primitive !== 'constant')
  const good = await finiteness(nodes)
  const bad = new Set(nodes.filter((_, i) => !good[i]))
  let origin = outputs.find(o => bad.has(o))
  for (;;) {
    const next: Node | undefined = origin?.inputs.find(i => bad.has(i))
    if (!next) return origin
    origin = next
  }
}
