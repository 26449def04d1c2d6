/** File formats: pure functions on bytes, and files where the platform has them. */
export { readFile, writeFileAtomic } from './files.ts'
export { gunzip, isGzip } from './gzip.ts'
export { type IdxArray, type IdxFile, parseIdx } from './idx.ts'
export { parseSafetensors, serializeSafetensors, type TensorFile } from './safetensors.ts'
export type { TensorValue } from './tensor-value.ts'
