/** Layers that bring activations to mean 0 and variance 1. */
export { type BatchNorm, type BatchNormOptions, batchNorm1d, batchNorm2d, batchNorm3d } from './batch.ts'
export { type GroupNorm, type GroupNormOptions, groupNorm } from './group.ts'
export { type LayerNorm, type LayerNormOptions, layerNorm } from './layer.ts'
