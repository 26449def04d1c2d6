/** Layers, losses, initialisers and the module that holds them. */
export * from './activations/index.ts'
export {
  type Conv1d,
  type Conv2d,
  type Conv3d,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
} from './convolution.ts'
export { type Dropout, dropout, dropout2d } from './dropout.ts'
export { type Embedding, type EmbeddingOptions, embedding } from './embedding.ts'
export { type Flatten, flatten } from './flatten.ts'
export { type Identity, identity } from './identity.ts'
export * as init from './init/index.ts'
export { type Input, input } from './input.ts'
export type { TypedIndexLayer, TypedLayer } from './layer.ts'
export type { AnyLayer, AnyModule, Layer, ShapeFn } from './layer-types.ts'
export { type Linear, type LinearOptions, linear } from './linear.ts'
export * from './losses/index.ts'
export { type LoadOptions, Module } from './module.ts'
export * from './normalization/index.ts'
export { outputSize, type SizePolicy, type WindowFit, type WindowSettings, windowFit } from './output-size.ts'
export { buffer, isBuffer, isFrozen } from './parameter.ts'
export * from './pooling/index.ts'
export { ready } from './ready.ts'
export * from './recurrent/index.ts'
export { type Residual, residual } from './residual.ts'
export { type Sequential, sequential } from './sequential.ts'
export {
  type ConvTranspose1d,
  type ConvTranspose2d,
  type ConvTranspose3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type TransposedConvolutionOptions,
} from './transposed-convolution.ts'
