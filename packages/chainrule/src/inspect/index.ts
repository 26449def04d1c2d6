/** Looking into computations: the graph with its numbers, paths, formulas, pictures, and training step by step. */
export { type Divergence, type DivergenceFacts, divergence } from './divergence.ts'
export type { ElementNames } from './elements.ts'
export { type ExpressionOptions, expression } from './expression.ts'
export { type Formula, type FormulaOptions, formula, type Term } from './formula.ts'
export { graphviz } from './graphviz.ts'
export { json, parse } from './json.ts'
export type { PictureOptions } from './label.ts'
export { type Box, type Layout, layout, type Point } from './layout.ts'
export { mathml } from './mathml.ts'
export { find, type NodeReference, type Path, type Paths, paths } from './paths.ts'
export type { Traced } from './record.ts'
export {
  type Batch,
  type Phase,
  phases,
  type Stepper,
  type StepperOptions,
  type StepperState,
  stepper,
  type Values,
} from './stepper.ts'
export { svg } from './svg.ts'
export { type Trace, type TraceEdge, type TraceNode, type TraceOptions, trace } from './trace.ts'
