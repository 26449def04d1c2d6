/** Looking into computations: the graph with its numbers, paths, formulas, pictures, and training step by step. */
export type { ElementNames } from './elements.ts'
export { find, type NodeReference, type Path, type Paths, paths } from './paths.ts'
export type { Traced } from './record.ts'
export { type Trace, type TraceEdge, type TraceNode, type TraceOptions, trace } from './trace.ts'
