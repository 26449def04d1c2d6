/** Layers that change pictures at random while training. */
export type { Augmentation } from './augmentation.ts'
export { cutout } from './cutout.ts'
export { randomCrop } from './random-crop.ts'
export { randomHorizontalFlip } from './random-flip.ts'
