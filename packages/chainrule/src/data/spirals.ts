/** Points on spirals that wind around each other: two classes that no line separates, however small the net. Lang & Witbrock 1988. */
import { OptionError } from '../errors.ts'
import { uniformAt } from '../graph/threefry.ts'
import type { IntTensor, Tensor } from '../tensor/types.ts'
import { type ArrayDataset, arrays } from './arrays.ts'

export interface SpiralOptions {
  /** Arms, one for each class; 2 unless given. */
  readonly classes?: number
  /** How often an arm goes around; 1.5 unless given. */
  readonly turns?: number
  /** Where an arm ends; 1 unless given. */
  readonly radius?: number
  /** Standard deviation of what is added to both coordinates; 0.02 unless given. */
  readonly noise?: number
  /** 0 unless given. */
  readonly seed?: number
}
/** A point of the plane and its arm. */
export interface SpiralSample {
  readonly x: Tensor<[2]>
  readonly y: IntTensor<[]>
}

/**
 * `count` points, of every class alike: x [2] at the distance r · radius, 0 ≤ r < 1, and the angle 2π (turns · r + class / classes); r is
 * evenly distributed.
 * @throws OptionError for sizes that make no spirals
 */
export function spirals(count: number, options: SpiralOptions = {}): ArrayDataset<SpiralSample> {
  const { classes = 2, turns = 1.5, radius = 1, noise = 0.02, seed = 0 } = options
  const needs = (option: string, holds: boolean, what: string, value: number): void => {
    if (!holds) throw new OptionError(option, `spirals: ${option} must be ${what}, got ${value}`)
  }
  needs('count', Number.isInteger(count) && count > 0, 'a whole number > 0', count)
  needs('classes', Number.isInteger(classes) && classes > 0, 'a whole number > 0', classes)
  needs('turns', Number.isFinite(turns), 'a finite number', turns)
  needs('radius', radius > 0 && Number.isFinite(radius), 'a finite number > 0', radius)
  needs('noise', noise >= 0 && Number.isFinite(noise), 'a finite number >= 0', noise)
  needs('seed', Number.isInteger(seed), 'a whole number', seed)
  const x = new Float32Array(2 * count)
  const y = Int32Array.from({ length: count }, (_, i) => i % classes)
  for (let i = 0; i < count; i++) {
    const draw = (k: number): number => uniformAt([seed, k], i)
    const share = draw(0)
    const distance = radius * share
    const angle = 2 * Math.PI * (turns * share + y[i]! / classes)
    // both coordinates of a normal draw at once (Box & Muller 1958)
    const deviation = noise * Math.sqrt(-2 * Math.log(1 - draw(1)))
    const direction = 2 * Math.PI * draw(2)
    x[2 * i] = distance * Math.cos(angle) + deviation * Math.cos(direction)
    x[2 * i + 1] = distance * Math.sin(angle) + deviation * Math.sin(direction)
  }
  return arrays<SpiralSample>({ x: { dtype: 'float32', shape: [count, 2], data: x }, y })
}
