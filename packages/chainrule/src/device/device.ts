/**
 * What a device is. A device runs closed graphs: sources in, outputs out. Everything else (tracing, caching, reading) is
 * shared and lives in `tensor/`.
 */
import type { KernelFacts } from '../compile/facts.ts'
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

export type { Graph, KernelFacts }

/** Told −1 when the first kernel starts, and the number of each when it has finished. */
export type Watch = (kernel: number) => void

export interface Executable {
  /**
   * One value per source: a resident, or a host array that is copied in. Returns one host array per ordinary output, in
   * order (updates are left out: they changed their resident). If a kernel faults, no resident has changed.
   */
  run(sources: readonly (Resident | TypedArray)[]): Promise<TypedArray[]> | TypedArray[]
  /** Bytes the plan needs besides residents. */
  readonly peakBytes: number
  /** What can be said of its kernels, in the order in which they run. Reports are loaded when they are asked for. */
  facts(): Promise<readonly KernelFacts[]>
  /** For people: one line per kernel, and what could not be vectorised. */
  explain(): Promise<string>
}

export interface Device {
  readonly name: string
  readonly dtypes: readonly DType[]
  /**
   * Compiles, or prepares to interpret. Callers cache by structure. To be watched, a plan runs kernel by kernel on the thread
   * that asks.
   */
  prepare(graph: Graph, watch?: Watch): Executable
  /** The most that one thread can do in multiply-adds of float32, in 10⁹ floating-point operations a second; takes some ms. */
  peak?(): Promise<number>
  /** Starts as zeros. */
  resident(shape: Shape, dtype: DType): Resident
  /** Something that the device fetches meanwhile; who reads a value waits for it, so that it can arrive at all. */
  readonly loading?: Promise<unknown> | undefined
  /** Bytes held by residents now. */
  readonly residentBytes: number
}
