/** Greedy layer-wise pre-training with autoencoders and restricted Boltzmann machines. */
export { type Autoencoder, type AutoencoderOptions, autoencoder, type Corruption } from './autoencoder.ts'
export { type GreedyOptions, greedy, type LayerEpoch, type LayerResult } from './greedy.ts'
export type { HiddenLayer, LayerModel, Units } from './layer.ts'
export { type Rbm, type RbmOptions, rbm } from './rbm.ts'
