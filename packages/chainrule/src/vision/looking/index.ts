/** Looking inside a trained network. */
export { activations, filters, mapsOf } from './activations.ts'
export { type Ascent, type AscentOptions, ascent } from './ascent.ts'
export { layerNames } from './layers.ts'
export { type OcclusionOptions, occlusion } from './occlusion.ts'
export type { Box, Span } from './receptive-field.ts'
export { type SaliencyOptions, saliency } from './saliency.ts'
export type { Classes } from './score.ts'
export { type Patch, type TopPatchesOptions, topPatches } from './top-patches.ts'
