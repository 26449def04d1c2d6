/**
 * Whether some threshold unit answers all samples rightly, decided with a proof either way. The alternative is Gordan's (1873),
 * in Farkas's form: either w, b separate the samples, or a mixture of the points that should fire is also a mixture of those
 * that should not; no line can have that point on both sides.
 */
import { ShapeError } from '../errors.ts'
import { answersAll, type Cycle, learn, type RuleOptions, type Update, type Weights } from './rule.ts'
import { type ExactSamples, exactSamples, ratio, type Samples } from './samples.ts'
import { feasibility } from './simplex.ts'

/** The same point from both sides: Σ weightᵢ · pointᵢ / total over either list; the weights of a list sum to `total`. */
export interface Certificate {
  readonly positives: readonly Share[]
  readonly negatives: readonly Share[]
  readonly total: bigint
  /** The common point, rounded. */
  readonly point: readonly number[]
}
export interface Share {
  readonly sample: number
  /** > 0 */
  readonly weight: bigint
}

export interface Separable extends Weights {
  readonly separable: true
  /** Integers, the bias last, that separate the samples exactly; `weights` are their proportions in floats. */
  readonly exact: readonly bigint[]
  /**
   * How many updates Rosenblatt's rule took; undefined when the program found the weights: the rule was not done after
   * `maxUpdates`, or goes in circles (without a bias only, where the weights must touch a point that should not fire).
   */
  readonly updates: number | undefined
  readonly history: readonly Update[]
  readonly sentence: string
}
export interface Inseparable {
  readonly separable: false
  readonly certificate: Certificate
  /** The rule's cycle; undefined when it was still moving after `maxUpdates`. */
  readonly cycle: Cycle | undefined
  readonly history: readonly Update[]
  readonly sentence: string
}

/**
 * Decides by Rosenblatt's rule and an exact linear program. The program's work grows with samples × features² and the digits of
 * the numbers: hundreds of samples are a moment.
 *
 * Without a bias the mixtures are cones: the weights of the negatives sum to anything.
 * @throws DataError, ShapeError for samples that are none
 */
export function decide(samples: Samples, options: RuleOptions = {}): Separable | Inseparable {
  const { bias = true } = options
  const { converged, updates, history, cycle, exact, ...weights } = learn(samples, options)
  if (converged)
    return {
      separable: true,
      ...weights,
      exact,
      updates,
      history,
      sentence: `separable, found in ${count(updates, 'update')}`,
    }
  const program = solve(exactSamples('perceptron', samples, bias), bias)
  if ('exact' in program)
    return {
      separable: true,
      ...program,
      updates: undefined,
      history,
      sentence: `separable by a linear program; the rule ${cycle ? 'goes in circles' : `was not done after ${count(updates, 'update')}`}`,
    }
  const cycling = cycle ? `; the rule returns to the same weights every ${count(cycle.length, 'presentation')}` : ''
  const { positives, negatives } = program.certificate
  return {
    separable: false,
    certificate: program.certificate,
    cycle,
    history,
    sentence:
      `not separable: the point (${program.certificate.point.map(x => Number(x.toPrecision(6))).join(', ')}) is a ${bias ? 'mixture' : 'combination'} ` +
      `of ${count(positives.length, 'sample')} that should fire and of ${count(negatives.length, 'sample')} that should not${cycling}`,
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** λ ≥ 0 with Σ ±λᵢ xᵢ = 0 (+ for samples that should fire) and Σ λᵢ = 1 over those; or the weights that forbid it. */
function solve(
  samples: ExactSamples,
  bias: boolean,
): (Weights & { readonly exact: readonly bigint[] }) | { readonly certificate: Certificate } {
  const { rows, labels, scale } = samples
  const signed = rows.map((row, i) => (labels[i] ? row : row.map(x => -x)))
  const columns = rows[0]!.map((_, feature) => signed.map(row => row[feature]!))
  const total = labels.map(label => (label ? 1n : 0n))
  const found = feasibility([...columns, total], [...columns.map(() => 0n), 1n])
  if (found.feasible) {
    const share = (wanted: boolean): Share[] =>
      found.solution.flatMap((weight, sample) => (weight > 0n && labels[sample] === wanted ? [{ sample, weight }] : []))
    const positives = share(true)
    const features = bias ? rows[0]!.length - 1 : rows[0]!.length
    const point = Array.from({ length: features }, (_, f) =>
      ratio(
        positives.reduce((sum, { sample, weight }) => sum + weight * rows[sample]![f]!, 0n),
        found.denominator * scale,
      ),
    )
    return { certificate: { positives, negatives: share(false), total: found.denominator, point } }
  }
  // y·(xᵢ, 1) ≤ 0 for those that should fire with y's last > 0, and y·(−xᵢ) ≤ 0 for the others: w = −y
  const w = found.proof.slice(0, -1).map(y => -y)
  const exact = reduced(centred(w, samples, bias))
  const largest = exact.reduce((max, x) => (x > max ? x : -x > max ? -x : max), 1n)
  const floats = exact.map(x => (largest < 2n ** 53n ? Number(x) : ratio(x, largest)))
  return bias ? { exact, weights: floats.slice(0, -1), bias: floats.at(-1)! } : { exact, weights: floats, bias: 0 }
}

/** Divided by their greatest common divisor. */
function reduced(integers: readonly bigint[]): bigint[] {
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b))
  const common = integers.reduce(gcd, 0n)
  return common === 0n ? [...integers] : integers.map(x => x / common)
}

/** The same direction with the threshold half way between the two sides, so that rounding the weights does no harm. */
function centred(w: readonly bigint[], { rows, labels }: ExactSamples, bias: boolean): bigint[] {
  if (!bias) return [...w]
  const heights = rows.map(row => row.slice(0, -1).reduce((sum, x, i) => sum + x * w[i]!, 0n))
  const unit = rows[0]!.at(-1)!
  const side = (wanted: boolean): bigint[] => heights.filter((_, i) => labels[i] === wanted)
  const [above, below] = [side(true), side(false)]
  if (above.length === 0 || below.length === 0) return [...w]
  const low = above.reduce((a, b) => (b < a ? b : a))
  const high = below.reduce((a, b) => (b > a ? b : a))
  // fires when h > (low + high)/2: 2·unit·h − (low + high)·unit > 0 with the bias's feature being `unit`
  return [...w.slice(0, -1).map(x => 2n * unit * x), -(low + high)]
}

/** Checks a certificate in exact arithmetic: weights > 0 of equal sums, and the same mixture on both sides. */
export function verifyCertificate(
  samples: Samples,
  { positives, negatives, total }: Certificate,
  bias = true,
): boolean {
  const { rows, labels } = exactSamples('verifyCertificate', samples, bias)
  const side = (shares: readonly Share[], wanted: boolean): bigint[] => {
    if (shares.some(({ sample, weight }) => weight <= 0n || labels[sample] !== wanted)) return []
    return rows[0]!.map((_, f) => shares.reduce((sum, { sample, weight }) => sum + weight * rows[sample]![f]!, 0n))
  }
  const sum = positives.reduce((n, { weight }) => n + weight, 0n)
  const [a, b] = [side(positives, true), side(negatives, false)]
  return total > 0n && sum === total && a.length > 0 && a.length === b.length && a.every((x, i) => x === b[i])
}

/** Checks integer weights (the bias last) in exact arithmetic. */
export function verifySeparator(samples: Samples, exact: readonly bigint[], bias = true): boolean {
  const checked = exactSamples('verifySeparator', samples, bias)
  if (exact.length !== checked.rows[0]!.length)
    throw new ShapeError(
      'verifySeparator',
      [[exact.length], [checked.rows[0]!.length]],
      `verifySeparator: ${exact.length} weights for ${checked.rows[0]!.length} features (the bias counts as one)`,
    )
  return answersAll(exact, checked)
}
