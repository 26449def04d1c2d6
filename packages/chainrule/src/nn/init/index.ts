/** First values of parameters. An initialiser is a function from a shape to a tensor. */
export { constant, ones, zeros } from './constant.ts'
export { defaultBias, defaultWeight } from './default.ts'
export { fans, gains, type Initialiser, leakyReluGain, type Nonlinearity } from './fans.ts'
export { type HeOptions, heNormal, heUniform } from './he.ts'
export { normal } from './normal.ts'
export { type OrthogonalOptions, orthogonal } from './orthogonal.ts'
export { uniform } from './uniform.ts'
export { type XavierOptions, xavierNormal, xavierUniform } from './xavier.ts'
