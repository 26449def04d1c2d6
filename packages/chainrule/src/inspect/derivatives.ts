/**
 * The derivative of every primitive as people write it: what arrives at each operand when g = ∂L/∂y arrives at the result y.
 * A total table beside `grad/rules.ts`, which computes it.
 */
import type { Primitive } from '../graph/node.ts'

/** From the names of result and operands to one text for each operand. */
type DerivativeText = (y: string, a: string, b: string) => readonly string[]

const none: DerivativeText = () => []
const same: DerivativeText = () => ['g']

export const derivativeTexts: { readonly [P in Primitive]: DerivativeText } = {
  constant: none,
  iota: none,
  source: none,
  random: none,
  neg: () => ['−g'],
  abs: (_, a) => [`g · sign(${a})`],
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  sqrt: y => [`g / (2·${y})`],
  exp: y => [`g · ${y}`],
  log: (_, a) => [`g / ${a}`],
  sin: (_, a) => [`g · cos(${a})`],
  cos: (_, a) => [`−g · sin(${a})`],
  tanh: y => [`g · (1 − ${y}²)`],
  sigmoid: y => [`g · ${y}·(1 − ${y})`],
  erf: (_, a) => [`g · 2/√π · exp(−${a}²)`],
  relu: (_, a) => [`g where ${a} > 0, else 0`],
  not: none,
  add: () => ['g', 'g'],
  sub: () => ['g', '−g'],
  mul: (_, a, b) => [`g · ${b}`, `g · ${a}`],
  div: (y, _, b) => [`g / ${b}`, `−g · ${y} / ${b}`],
  mod: (_, a, b) => ['g', `−g · ⌊${a}/${b}⌋`],
  pow: (y, a, b) => [`g · ${b}·${a}^(${b} − 1)`, `g · ${y}·ln ${a}`],
  maximum: (_, a, b) => [`g where ${a} > ${b}, g/2 where equal`, `g where ${b} > ${a}, g/2 where equal`],
  minimum: (_, a, b) => [`g where ${a} < ${b}, g/2 where equal`, `g where ${b} < ${a}, g/2 where equal`],
  and: none,
  or: none,
  equal: none,
  less: none,
  lessEqual: none,
  where: (_, condition) => ['', `g where ${condition}, else 0`, `0 where ${condition}, else g`],
  cast: same,
  reshape: () => ['g in the shape of the operand'],
  permute: () => ['g with the axes put back'],
  expand: () => ['Σ of g over the repeated axes'],
  pad: () => ['g without the padding'],
  slice: () => ['g in its place, 0 around it'],
  flip: () => ['g flipped'],
  concat: () => ['the operand’s part of g'],
  sum: () => ['g repeated over the summed axes'],
  max: () => ['g at the maximum, else 0; shared where several are equal'],
  argmax: none,
  dot: (_, a, b) => [`g · ${b}ᵀ`, `${a}ᵀ · g`],
  conv: (_, a, b) => [`g * flipped ${b}, full padding`, `${a} * g`],
  windowSum: () => ['Σ of g over the windows that hold the element'],
  windowMax: () => ['Σ of g over the windows whose maximum it is'],
  windowPick: () => ['', 'Σ of g over the windows that picked the element'],
  windowScatter: () => ['', 'g picked at the maxima'],
  gather: () => ['Σ of g over the places that read the element'],
  scatterAdd: () => ['g gathered at the indices'],
  argsort: none,
  stopGradient: none,
  custom: () => ['by its own rule'],
  host: none,
}
