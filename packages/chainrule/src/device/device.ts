/**
 * What a device is. A device runs closed graphs: sources in, outputs out. Everything else (tracing, caching, reading) is
 * shared and lives in `tensor/`.
 */
import type { DType, TypedArray } from '../graph/dtype.ts'
import type { Graph } from '../graph/graph.ts'
import type { Shape } from '../graph/shape.ts'

/** A value kept on the device between runs (a parameter, a state); shape and dtype never change. */
export interface Resident {
  readonly shape: Shape
  readonly dtype: DType
  write(values: TypedArray): void
  /** A fresh host array. */
  read(): Promise<TypedArray>
  dispose(): void
}

export type { Graph }

export interface Executable {
  /**
   * One value per source: a resident, or a host array that is copied in. Returns one host array per ordinary output, in
   * order (updates are left out: they changed their resident). If a kernel faults, no resident has changed.
   */
  run(sources: readonly (Resident | TypedArray)[]): Promise<TypedArray[]> | TypedArray[]
  /** Bytes the plan needs besides residents. */
  readonly peakBytes: number
  /** For people: one line per kernel, and what could not be vectorised. */
  explain(): string
}

export interface Device {
  readonly name: string
  readonly dtypes: readonly DType[]
  /** Compiles, or prepares to interpret. Callers cache by structure. */
  prepare(graph: Graph): Executable
  resident(shape: Shape, dtype: DType): Resident
  /** Something that the device fetches meanwhile; who reads a value waits for it, so that it can arrive at all. */
  readonly loading?: Promise<unknown> | undefined
  /** Bytes held by residents now. */
  readonly residentBytes: number
}
