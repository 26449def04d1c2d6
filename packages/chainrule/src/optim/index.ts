/** Optimizers, learning rates over time, and what is done to gradients in between. */
export { GradientAccumulator } from './accumulate.ts'
export { type AdagradOptions, adagrad } from './adagrad.ts'
export { type AdamOptions, adam, adamW } from './adam.ts'
export { clipGradNorm, clipGradValue, gradNorm } from './clip.ts'
export {
  type Attachable,
  Optimizer,
  type OptimizerOptions,
  type ParameterGroup,
  type UpdateRule,
} from './optimizer.ts'
export { type RmsPropOptions, rmsProp } from './rmsprop.ts'
export * from './schedules/index.ts'
export { type SgdOptions, sgd } from './sgd.ts'
