/**
 * What all optimizers share: groups of parameters, their state, the learning rate and the count of steps. An optimizer itself is
 * one function, (parameter, gradient, state) → new (MLX's `apply_single`); everything here is in the graph, so that a compiled
 * step updates in place and a changed learning rate traces nothing anew.
 */
import { OptionError } from '../errors.ts'
import * as build from '../graph/build.ts'
import type { Node } from '../graph/node.ts'
import { kindOf, refuse, refuseOption } from '../graph/refuse.ts'
import { sameShape, show } from '../graph/shape.ts'
import { Module } from '../nn/module.ts'
import { isFrozen } from '../nn/parameter.ts'
import { loadState } from '../nn/state.ts'
import { type AnyTensor, type AnyVariable, cellOf, isVariable, valuesIfKnown, variable, wrap } from '../nn/tensors.ts'
import { add } from '../tensor/ops/elementwise.ts'
import { settlePending } from '../tensor/runtime.ts'

export interface OptimizerOptions {
  readonly learningRate?: number
}

/** How one parameter changes; everything is nodes. `Slot` names what is remembered for each parameter. */
export interface UpdateRule<Slot extends string = string, Shared = unknown> {
  readonly name: string
  /** What is remembered for each parameter, in the parameter's shape, with its first value. */
  readonly slots: Readonly<Record<Slot, number>>
  /** Scalars that all parameters of a group use: computed once a step. `step` counts from 1. */
  shared(learningRate: Node, step: Node): Shared
  update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<Slot, Node>>,
    shared: Shared,
  ): { readonly parameter: Node; readonly state: Readonly<Record<Slot, Node>> }
}

/** Parameters with options of their own. */
export type ParameterGroup<O> = { readonly parameters: Module | readonly AnyVariable[] } & O
/** A model, its parameters, or groups of them. */
export type Attachable<O> = Module | readonly AnyVariable[] | readonly ParameterGroup<O>[]

interface Member {
  readonly name: string
  readonly parameter: AnyVariable
  readonly state: Readonly<Record<string, AnyVariable>>
}
interface Group {
  readonly rule: UpdateRule
  readonly members: readonly Member[]
  readonly rate: AnyVariable
  /** The value of `rate`, for people. */
  learningRate: number
}

export class Optimizer<O extends OptimizerOptions = OptimizerOptions> {
  readonly name: string
  readonly #ruleFor: (options: O) => UpdateRule
  readonly #options: O
  #groups: readonly Group[] = []
  #steps: AnyVariable | undefined

  constructor(
    name: string,
    ruleFor: (options: O) => UpdateRule,
    options: O & { readonly learningRate: number },
    target?: Attachable<O>,
  ) {
    this.name = name
    this.#ruleFor = ruleFor
    this.#options = options
    checkRate(name, options.learningRate)
    this.#ruleFor(options) // checks the options now, not when attached
    if (target) this.attach(target)
  }

  /** Decides what is trained; state starts anew. Groups may override any option. */
  attach(target: Attachable<O>): this {
    const groups = isGroups<O>(target) ? target : [{ ...this.#options, parameters: target }]
    const seen = new Set<AnyVariable>()
    this.#steps = variable(wrap(build.constant(0)))
    this.#groups = groups.map(({ parameters, ...own }, g) => {
      const options = { ...this.#options, ...own } as O & { learningRate: number }
      checkRate(this.name, options.learningRate)
      const rule = this.#ruleFor(options)
      const members = named(parameters, groups.length > 1 ? `${g}.` : '').map(([name, parameter]): Member => {
        if (seen.has(parameter))
          refuseOption(this.name, 'parameters', `parameter ${name} is in two groups or given twice`)
        seen.add(parameter)
        const slot = (value: number): AnyVariable => variable(wrap(build.full(parameter.shape, value, parameter.dtype)))
        const state = Object.fromEntries(Object.entries(rule.slots).map(([key, value]) => [key, slot(value)]))
        return { name, parameter, state }
      })
      const { learningRate } = options
      return { rule, members, rate: variable(wrap(build.constant(learningRate))), learningRate }
    })
    return this
  }

  /** What is trained now, in the order in which `step` expects gradients; frozen parameters are left out. */
  get parameters(): AnyVariable[] {
    return this.#groups.flatMap(g => g.members.map(m => m.parameter)).filter(p => !isFrozen(p))
  }

  /** Of the first group. Setting it scales the other groups alike. */
  get learningRate(): number {
    return this.#groups[0]?.learningRate ?? this.#options.learningRate!
  }
  set learningRate(rate: number) {
    checkRate(this.name, rate)
    const before = this.learningRate
    this.learningRates = this.#groups.map((g, i) =>
      i === 0 ? rate : before === 0 ? rate : (g.learningRate / before) * rate,
    )
  }

  /** Of every group. */
  get learningRates(): readonly number[] {
    return this.#groups.map(g => g.learningRate)
  }
  set learningRates(rates: readonly number[]) {
    this.#groups.forEach((group, i) => {
      const rate = rates[i]
      if (rate === undefined || rate === group.learningRate) return
      checkRate(this.name, rate)
      group.learningRate = rate
      group.rate.set([rate])
    })
  }

  /**
   * Updates every parameter from its gradient. The new values are part of the graph: they are computed with the next evaluation,
   * or by the compiled function in which this is called.
   */
  step(gradients: readonly AnyTensor[]): void {
    if (!this.#steps)
      refuseOption(this.name, 'parameters', `step before attach; give the parameters: optim.${this.name}({ … }, model)`)
    const expected = this.parameters
    if (gradients.length !== expected.length)
      refuseOption(
        this.name,
        'gradients',
        `${gradients.length} gradients for ${expected.length} trainable parameters; use grad(loss, optimizer.parameters)`,
      )
    settlePending([cellOf(this.#steps)])
    const step = add(this.#steps.node, 1)
    this.#steps.assign(wrap(step))
    let next = 0
    for (const { rule, members, rate } of this.#groups) {
      const shared = rule.shared(rate.node, step)
      for (const { name, parameter, state } of members) {
        if (isFrozen(parameter)) continue
        const gradient = gradients[next++]!
        if (!sameShape(gradient.shape, parameter.shape))
          refuse(
            this.name,
            [gradient.shape, parameter.shape],
            `gradient ${show(gradient.shape)} for parameter ${name} of shape ${show(parameter.shape)}`,
          )
        const before: Record<string, Node> = {}
        for (const key in state) before[key] = state[key]!.node
        const after = rule.update(parameter.node, gradient.node, before, shared)
        parameter.assign(wrap(after.parameter))
        for (const key in state) state[key]!.assign(wrap(after.state[key]!))
      }
    }
  }

  /** Everything that a later run needs to go on: the step count, learning rates and each parameter's state, by name. */
  stateDict(): Map<string, AnyVariable> {
    const found = new Map<string, AnyVariable>()
    if (this.#steps) found.set('step', this.#steps)
    this.#groups.forEach((group, i) => {
      found.set(`learningRate.${i}`, group.rate)
      for (const { name, state } of group.members)
        for (const [key, slot] of Object.entries(state)) found.set(`${name}.${key}`, slot)
    })
    return found
  }

  /** @throws CheckpointError when the state belongs to other parameters or another optimizer; nothing changes then */
  loadStateDict(state: ReadonlyMap<string, AnyTensor>): void {
    loadState(this.name, 'optimizer', this.stateDict(), state)
    this.#groups.forEach((group, i) => {
      const known = valuesIfKnown(state.get(`learningRate.${i}`)!.node)
      if (known) group.learningRate = known[0]!
    })
  }
}

function isGroups<O>(target: Attachable<O>): target is readonly ParameterGroup<O>[] {
  return Array.isArray(target) && target[0]?.parameters !== undefined
}

/** Names come from the module; bare parameters are numbered. */
function named(parameters: Module | readonly AnyVariable[], prefix: string): [string, AnyVariable][] {
  if (parameters instanceof Module) {
    const first = new Map<AnyVariable, string>()
    for (const [name, p] of parameters.namedParameters()) if (!first.has(p)) first.set(p, name)
    return [...first].map(([p, name]) => [`${prefix}${name}`, p])
  }
  return [parameters].flat().map((p, i) => {
    if (!isVariable(p)) throw new OptionError('parameters', `parameter ${i} is no variable: use variable(…)`)
    return [`${prefix}${i}`, p]
  })
}

function checkRate(name: string, rate: number): void {
  if (!(Number.isFinite(rate) && rate >= 0))
    refuseOption(name, 'learningRate', `learningRate must be a finite number >= 0, got ${kindOf(rate)}`)
}
