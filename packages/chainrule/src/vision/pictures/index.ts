/** Numbers made visible. */
export { type GridOptions, grid } from './grid.ts'
export { heatmap } from './heatmap.ts'
export { type Stretch, stretch } from './stretch.ts'
