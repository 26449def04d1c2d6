/** Layers that summarise windows, or everything. */
export {
  type AdaptivePool,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from './adaptive.ts'
export { type AveragePoolingOptions, avgPool1d, avgPool2d, avgPool3d } from './average.ts'
export { type GlobalPool, globalAvgPool, globalMaxPool } from './global.ts'
export { lpPool1d, lpPool2d, lpPool3d } from './lp.ts'
export { maxPool1d, maxPool2d, maxPool3d } from './max.ts'
export { rmsPool1d, rmsPool2d, rmsPool3d } from './rms.ts'
export { sumPool1d, sumPool2d, sumPool3d } from './sum.ts'
export type { Pool, PoolingOptions, Rounding } from './windows.ts'
