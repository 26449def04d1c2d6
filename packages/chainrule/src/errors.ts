/**
 * The catalogue of errors: one class per kind of failure, each with the fields a program needs to react and one sentence
 * that names the operation, the shapes and the way out.
 */
import type { DType } from './graph/dtype.ts'

/** Every error chainrule throws on purpose is one of these. */
export class ChainruleError extends Error {
  // written out, because a minifier renames classes
  override name = 'ChainruleError'
  /** The path (`features.0`) of the module in whose forward it happened, when there is one. */
  module: string | undefined
  readonly #sentence: string
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.#sentence = message
  }

  /** Notes that it happened inside the module `name`; called from the innermost module outwards. */
  within(name: string): this {
    this.module = this.module === undefined ? name : `${name}.${this.module}`
    this.message = `${this.#sentence} (in module ${this.module})`
    return this
  }
}

/** Shapes that do not fit an operation. */
export class ShapeError extends ChainruleError {
  override name = 'ShapeError'
  readonly operation: string
  readonly shapes: readonly (readonly number[])[]
  constructor(operation: string, shapes: readonly (readonly number[])[], message: string) {
    super(message)
    this.operation = operation
    this.shapes = shapes
  }
}

/** An axis that the tensor does not have. */
export class AxisError extends ShapeError {
  override name = 'AxisError'
}

/** An element type that an operation does not accept. */
export class DTypeError extends ChainruleError {
  override name = 'DTypeError'
  readonly operation: string
  readonly dtypes: readonly DType[]
  constructor(operation: string, dtypes: readonly DType[], message: string) {
    super(message)
    this.operation = operation
    this.dtypes = dtypes
  }
}

/** An index, label or class outside its range. */
export class IndexError extends ChainruleError {
  override name = 'IndexError'
  readonly operation: string
  readonly index: number
  readonly size: number
  constructor(operation: string, index: number, size: number, message?: string) {
    super(message ?? `${operation}: index ${index} is outside [0, ${size})`)
    this.operation = operation
    this.index = index
    this.size = size
  }
}

/** An option whose value makes no sense; `option` names it. */
export class OptionError extends ChainruleError {
  override name = 'OptionError'
  readonly option: string
  constructor(option: string, message: string) {
    super(message)
    this.option = option
  }
}

/** A NaN or infinity where a finite number was needed; names the module and step where it first appeared. */
export class NonFiniteError extends ChainruleError {
  override name = 'NonFiniteError'
  readonly step: number | undefined
  constructor(message: string, where: { module?: string | undefined; step?: number | undefined } = {}) {
    super(message)
    this.module = where.module
    this.step = where.step
  }
}

/** Data that is missing, empty or not what it claims to be. */
export class DataError extends ChainruleError {
  override name = 'DataError'
  readonly source: string | undefined
  constructor(message: string, source?: string, options?: ErrorOptions) {
    super(message, options)
    this.source = source
  }
}

/** A file that is truncated, corrupt, foreign or does not belong to this model. */
export class CheckpointError extends ChainruleError {
  override name = 'CheckpointError'
  readonly path: string | undefined
  constructor(message: string, path?: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** A value asked for after the parameters it was computed from have changed. */
export class StaleError extends ChainruleError {
  override name = 'StaleError'
}

/** A device that is missing, or cannot do what was asked of it. */
export class DeviceError extends ChainruleError {
  override name = 'DeviceError'
  readonly device: string
  constructor(device: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.device = device
  }
}

/** Memory that cannot be had. */
export class OutOfMemoryError extends DeviceError {
  override name = 'OutOfMemoryError'
  readonly bytes: number
  constructor(device: string, bytes: number, message: string) {
    super(device, message)
    this.bytes = bytes
  }
}

/** A worker that could not be started, or was lost with what it did. */
export class WorkerError extends ChainruleError {
  override name = 'WorkerError'
}
