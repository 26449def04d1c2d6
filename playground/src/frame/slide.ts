/** A kernel that slides over a picture, by the engine's convolution, and what follows from its settings. */
import { grad, nn, type Tensor, tensor } from 'chainrule'
import type { Rows } from './cells.tsx'
import { turnedRows } from './rows.ts'

export interface Sliding {
  /** Rows and columns per step. */
  readonly stride?: readonly [number, number]
  /** Zeros around the picture. */
  readonly pad?: number
  /** Turn the kernel by 180° first: the convolution of the mathematicians. */
  readonly turned?: boolean
}
/** Where a kernel of F pixels can lie on N pixels with P on both sides, S apart; not a whole number when it does not fit. */
export const outputSize = (n: number, f: number, p: number, s: number): number => (n + 2 * p - f) / s + 1

/** Places in one direction, what does not fit left out. */
export const places = (n: number, f: number, p: number, s: number): number =>
  Math.max(0, Math.floor(outputSize(n, f, p, s)))

/** One picture as the engine wants it: [1, 1, height, width]. */
export const picture = (rows: Rows): Tensor<[number, number, number, number]> =>
  tensor(Float32Array.from(rows.flat())).reshape([1, 1, rows.length, rows[0]!.length])

/** The feature map, not yet computed. */
export function slide(
  x: Tensor<[number, number, number, number]>,
  kernel: Rows,
  { stride = [1, 1], pad = 0, turned = false }: Sliding = {},
): Tensor {
  const layer = nn.conv2d(1, 1, [kernel.length, kernel[0]!.length], {
    stride,
    padding: pad,
    bias: false,
    round: 'floor',
    weightInit: () => picture(turned ? turnedRows(kernel) : kernel),
  })
  return layer.forward(x as never) as unknown as Tensor
}
/** The two last axes of a tensor of one picture, as rows. */
export async function rowsOf(x: Tensor): Promise<Rows> {
  const [height, width] = x.shape.slice(-2) as [number, number]
  const data = await x.data()
  return Array.from({ length: height }, (_, r) => [...data.slice(r * width, (r + 1) * width)])
}
/** How often each pixel is read: the derivative, in that pixel, of the sum of what a kernel of ones gives. */
export function timesRead(x: Tensor<[number, number, number, number]>, kernel: Rows, sliding: Sliding): Tensor {
  const ones = kernel.map(row => row.map(() => 1))
  return grad((slide(x, ones, sliding) as Tensor<[number]>).sum() as Tensor<[]>, x) as unknown as Tensor
}
