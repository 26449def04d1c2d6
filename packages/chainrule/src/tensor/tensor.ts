/** The tensor layer as one import: what `index.ts` exports and other layers build on. */
export * from './create.ts'
export * from './functions.ts'
export * from './gradients.ts'
export { isTensor, isVariable, wrap } from './handle.ts'
export type * from './types.ts'
