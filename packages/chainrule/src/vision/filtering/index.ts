/** Kernels of image processing, and what lays them over pictures. */
export type { Border } from './border.ts'
export { type FilterOptions, filter } from './filter.ts'
export { boxKernel, gaussianKernel, type Kernel, type KernelName, kernels, type NamedKernel } from './kernels.ts'
export { type SeparatedKernel, separate } from './separate.ts'
