/** Units that fire or do not, Rosenblatt's rule, and what can be separated: decided with proofs, in exact arithmetic. */
export { type Bits, booleanFunctions, gates, gateWeights, truthTable } from './gates.ts'
export { svg } from './picture.ts'
export { type Cycle, type Learned, learn, type RuleOptions, separates, type Update, type Weights } from './rule.ts'
export type { Samples } from './samples.ts'
export {
  type Certificate,
  decide,
  type Inseparable,
  type Separable,
  type Share,
  verifyCertificate,
  verifySeparator,
} from './separability.ts'
export { type McCullochPittsUnit, mcCullochPitts, type ThresholdUnit, unit } from './unit.ts'
