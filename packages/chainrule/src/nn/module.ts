/**
 * A module is an object that holds variables and other modules and has a `forward`. Names are property paths, as in PyTorch
 * (`layer1.0.conv1.weight`), so its state dictionaries load unrenamed. Nothing is registered: the tree is read from the
 * object's properties (also in arrays, maps and plain objects) when somebody asks; private `#fields` cannot be read.
 */
import { ChainruleError } from '../errors.ts'
import { withScope } from '../graph/node.ts'
import { invalidateTraces } from '../tensor/runtime.ts'
import { isBuffer, isFrozen, setFrozen } from './parameter.ts'
import { loadState } from './state.ts'
import { type AnyTensor, type AnyVariable, isTensor, isVariable } from './tensors.ts'

export interface LoadOptions {
  /** Every name must be on both sides; the default. Otherwise names that only one side has are left alone. */
  readonly strict?: boolean
}

export abstract class Module {
  /** Whether layers behave as in training (dropout drops, batch normalisation uses the batch). */
  training = true
  /** The module that holds this one, and the name under which it does. */
  #holder: Module | undefined
  #name = ''
  #named = false
  /** Remembers where it was made. */
  readonly #made = new Error()

  constructor() {
    // forward of any subclass runs inside the module's scope, and its errors carry the module's path
    const forward = (this as { forward?: unknown }).forward
    if (typeof forward !== 'function') return
    Object.defineProperty(this, 'forward', {
      value: (...inputs: unknown[]): unknown => this.#inScope(() => forward.apply(this, inputs)),
      configurable: true,
      writable: true,
    })
  }

  /** Property names whose parameter or buffer is called differently in a state dictionary. */
  stateNames(): Readonly<Record<string, string>> {
    return {}
  }

  /** The line of the program that made it (`file:///…/model.ts:12:6`), where the engine tells; for people. */
  get origin(): string | undefined {
    const frames = this.#made.stack?.split('\n').map(line => /([^\s(@]+:\d+:\d+)\)?$/.exec(line)?.[1]) ?? []
    const urls = frames.map(frame => (frame?.startsWith('/') ? `file://${frame}` : frame))
    const here = import.meta.url.replace(/[^/]*$/, '') // the folder of the layers
    return urls.find(url => url !== undefined && !url.startsWith(here))
  }

  /** The modules directly below, by name. */
  children(): Map<string, Module> {
    const found = new Map<string, Module>()
    visit(this, (name, value) => {
      if (value instanceof Module && !this.#isWithin(value)) found.set(name, value)
    })
    for (const [name, child] of found) {
      child.#name = name
      child.#holder = this
    }
    this.#named = true
    return found
  }

  /** This module (under '') and every module below it, by path. */
  namedModules(): Map<string, Module> {
    const found = new Map<string, Module>()
    const walk = (path: string, module: Module): void => {
      found.set(path, module)
      for (const [name, child] of module.children()) walk(join(path, name), child)
    }
    walk('', this)
    return found
  }

  /** Every parameter by path, frozen ones too. */
  namedParameters(): Map<string, AnyVariable> {
    return this.#variables(v => !isBuffer(v))
  }

  /** Every buffer (running statistics) by path. */
  namedBuffers(): Map<string, AnyVariable> {
    return this.#variables(isBuffer)
  }

  /** The parameters that train, each once: what gradients are taken for. Frozen ones are left out. */
  parameters(): AnyVariable[] {
    return [...new Set(this.namedParameters().values())].filter(p => !isFrozen(p))
  }

  /** Parameters and buffers by path: everything that a checkpoint of the model needs. */
  stateDict(): Map<string, AnyVariable> {
    return this.#variables(() => true)
  }

  /**
   * Takes over values by name. Names and shapes are checked before anything changes.
   * @throws CheckpointError naming what is missing, what is too much, or whose shape differs
   */
  loadStateDict(state: ReadonlyMap<string, AnyTensor>, { strict = true }: LoadOptions = {}): void {
    loadState('loadStateDict', 'model', this.stateDict(), state, strict)
  }

  /** Training mode for this module and all below; traced functions notice. */
  train(on = true): this {
    const changing = [...this.namedModules().values()].filter(m => m.training !== on)
    for (const module of changing) module.training = on
    if (changing.length > 0) invalidateTraces()
    return this
  }

  /** Evaluation mode for this module and all below. */
  eval(): this {
    return this.train(false)
  }

  /** Leaves the parameters out of training (fine-tuning): `parameters()` no longer lists them. */
  freeze(): this {
    setFrozen(this.namedParameters().values(), true)
    return this
  }

  unfreeze(): this {
    setFrozen(this.namedParameters().values(), false)
    return this
  }

  /** What it is, for people: the class, or the factory and its arguments. */
  describe(): string {
    return this.constructor.name
  }
  /** The tree of modules, one a line. */
  toString(): string {
    const lines = [...this.children()].map(([name, child]) => `  (${name}): ${`${child}`.replaceAll('\n', '\n  ')}\n`)
    return lines.length === 0 ? this.describe() : `${this.describe()} {\n${lines.join('')}}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /** True for this module and those above it: a reference to one of them does not hold it. */
  #isWithin(module: Module): boolean {
    for (let m: Module | undefined = this; m; m = m.#holder) if (m === module) return true
    return false
  }

  #variables(wanted: (variable: AnyVariable) => boolean): Map<string, AnyVariable> {
    const found = new Map<string, AnyVariable>()
    for (const [path, module] of this.namedModules()) {
      const renamed = module.stateNames()
      visit(module, (name, value) => {
        if (isVariable(value) && wanted(value)) found.set(join(path, renamed[name] ?? name), value)
      })
    }
    return found
  }

  #inScope(body: () => unknown): unknown {
    if (!this.#named) this.children()
    if (this.#name === '') return body()
    try {
      return withScope(this.#name, body)
    } catch (error) {
      throw error instanceof ChainruleError ? error.within(this.#name) : error
    }
  }
}

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)
/** Shows the modules and variables among an object's properties; those in arrays, maps and plain objects are called `name.key`. */
function visit(
  holder: object,
  see: (name: string, value: unknown) => void,
  prefix = '',
  above: readonly object[] = [],
): void {
  for (const [key, value] of holder instanceof Map ? holder : Object.entries(holder)) {
    if (typeof value !== 'object' || value === null || above.includes(value)) continue
    const name = join(prefix, `${key}`)
    if (value instanceof Module || isTensor(value)) see(name, value)
    else if (holds(value)) visit(value, see, name, [...above, value])
  }
}
const holds = (value: object): boolean =>
  Array.isArray(value) || value instanceof Map || Object.getPrototypeOf(value) === Object.prototype
