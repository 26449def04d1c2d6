/**
 * Every number printed in the lecture: what the slide says, and how the engine computes it. Whether they agree is decided by the
 * computed number, rounded as the slide rounds.
 */
import { grad, models, nn, perceptron, type Tensor, tensor } from 'chainrule'
import { initialState, parseState } from '../frame/schema.ts'
import { model as graph } from '../views/C1/model.ts'
import { model as example } from '../views/C2/model.ts'

export type Matrix = readonly (readonly (number | undefined)[])[]
export interface Result {
  readonly name: string
  readonly value: number | readonly (readonly number[])[]
  /** What the slide prints, when it prints a number; undefined entries of a matrix are not printed. */
  readonly printed?: number | Matrix
  /** Decimals on the slide; 0. */
  readonly decimals?: number
}
export interface Row {
  /** As in the list of the lecture's statements. */
  readonly id: string
  readonly slide: string
  readonly says: string
  /** right; right once a convention is named; wrong or overstated */
  readonly verdict: 'right' | 'convention' | 'wrong'
  readonly why: string
  /** A view, by id, and its state. */
  readonly view?: string
  readonly state?: string
  compute(): Promise<readonly Result[]>
}

/** Whether a result is what the slide prints; undefined when the slide prints nothing to compare with. */
export function agrees({ value, printed, decimals = 0 }: Result): boolean | undefined {
  if (printed === undefined) return undefined
  const flat = (m: number | Matrix): readonly (number | undefined)[] => (typeof m === 'number' ? [m] : m.flat())
  const computed = flat(value)
  const scale = 10 ** decimals
  return flat(printed).every(
    (p, i) =>
      p === undefined || Math.abs(Math.round(computed[i]! * scale) / scale - p) < 1e-9 * Math.max(1, Math.abs(p)),
  )
}

const matrix = (rows: readonly (readonly number[])[]): Tensor<[number, number]> =>
  tensor(rows.flat(), { shape: [rows.length, rows[0]!.length] }).toFloat()

interface Convolution {
  readonly stride?: number
  readonly padding?: number
  readonly flip?: boolean
}
/** A picture with a kernel, as every framework convolves (cross-correlation), or with the kernel turned by 180°. */
async function convolve(
  picture: readonly (readonly number[])[],
  kernel: readonly (readonly number[])[],
  { stride = 1, padding = 0, flip = false }: Convolution = {},
): Promise<number[][]> {
  const side = kernel.length
  const layer = nn.conv2d(1, 1, side, { stride, padding, bias: false })
  layer.weight.set(flip ? kernel.flat().reverse() : kernel.flat())
  const input = matrix(picture).reshape([1, 1, picture.length, picture[0]!.length]) as Tensor<[1, 1, number, number]>
  const output = layer.forward(input)
  const [, , height, width] = output.shape as readonly number[] as [number, number, number, number]
  const values = await output.data()
  return Array.from({ length: height }, (_, r) => [...values.slice(r * width, (r + 1) * width)])
}
/** A 2×2 pooling with stride 2. */
async function pool(
  layer: { forward(x: Tensor<[1, 1, 4, 4]>): Tensor },
  picture: readonly (readonly number[])[],
): Promise<number[][]> {
  const values = await layer.forward(matrix(picture).reshape([1, 1, 4, 4]) as Tensor<[1, 1, 4, 4]>).data()
  return [
    [values[0]!, values[1]!],
    [values[2]!, values[3]!],
  ]
}
const sum = async (kernel: readonly (readonly number[])[]): Promise<number> => matrix(kernel).sum().item()

const exampleAt = (hash: string) => example.derive(parseState(example.schema, hash).state)

/** (N + 2P − F)/S + 1 */
export const outputSize = (n: number, f: number, s = 1, p = 0): number => (n + 2 * p - f) / s + 1
/** Parameters of a convolution or, with a 1×1 kernel, of a dense layer. */
const layerSize = (inputs: number, outputs: number, kernel = 1, bias = true, groups = 1): number =>
  (inputs / groups) * kernel * kernel * outputs + (bias ? outputs : 0)

// the pictures and kernels on the slides
const small = [[3, 2, 1], [1, 2, 3], [1, 1, 1]] // biome-ignore format: a picture
const sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] // biome-ignore format: a kernel
const five = [[1, 2, 0, 3, 1], [1, 0, 0, 2, 2], [2, 1, 2, 1, 1], [0, 0, 1, 0, 0], [1, 2, 1, 1, 1]] // biome-ignore format: a picture
const kernel = [[-1, 1, 2], [1, 1, 0], [-1, -2, 0]] // biome-ignore format: a kernel
const binary = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]] // biome-ignore format: a picture
const cross = [[1, 0, 1], [0, 1, 0], [1, 0, 1]] // biome-ignore format: a kernel
const depthSlice = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]] // biome-ignore format: a picture
const vertical = [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]] // biome-ignore format: a kernel
const horizontal = [[-1, -1, -1], [1, 1, 1], [-1, -1, -1]] // biome-ignore format: a kernel
const corner = [[-1, -1, -1], [-1, 1, 1], [-1, 1, 1]] // biome-ignore format: a kernel
const u = undefined

export const rows: readonly Row[] = [
  {
    id: 'E1',
    slide: 'Neuron',
    says: 'o = s(Σ wᵢxᵢ + b); “this sum is called the activation”; b ∈ ℝ at the output',
    verdict: 'convention',
    why: 'Most books call the sum the pre-activation and the output the activation, as the later slides do with “activation map”. “b ∈ ℝ” belongs to the bias. Biases usually start at 0, not at random.',
    view: 'N1',
    async compute() {
      const total = tensor([0.1, 0.15, 0.2])
        .mul(tensor([1, 2, 3]))
        .sum()
      return [
        { name: 'sum', value: await total.item() },
        { name: 'output', value: await total.sigmoid().item() },
      ]
    },
  },
  {
    id: 'E2',
    slide: 'Activation functions',
    says: 'Changing the bias weight W₀ moves the threshold location',
    verdict: 'convention',
    why: 'With a₀ = −1 the threshold is W₀; with + b it is −b. Two sign conventions in one deck: W₀ = −b.',
    view: 'N3',
    state: 'act=step',
    async compute() {
      const z = tensor([0.9, 1.1])
      const weight = z.add(tensor(1).mul(-1)).gt(0).toFloat()
      const bias = z.add(-1).gt(0).toFloat()
      const [a, b] = await Promise.all([weight.data(), bias.data()])
      return [
        { name: 'Σ = 0.9 and 1.1 with W₀ = 1', value: [[...a]] },
        { name: 'the same with b = −1', value: [[...b]] },
      ]
    },
  },
  {
    id: 'E3',
    slide: 'Expressiveness of perceptrons',
    says: 'can represent AND, OR, NOT, majority, but not XOR; Σⱼ Wⱼxⱼ > 0',
    verdict: 'convention',
    why: 'True when the sum includes j = 0, the bias: without it AND is impossible (w₁ ≤ 0, w₂ ≤ 0 and w₁ + w₂ > 0), while OR is possible. 14 of the 16 functions of two inputs are separable; XOR and its negation are not.',
    view: 'P2',
    async compute() {
      const { decide, gates, truthTable, booleanFunctions } = perceptron
      const able = (samples: perceptron.Samples, bias = true): number => (decide(samples, { bias }).separable ? 1 : 0)
      return [
        {
          name: 'AND, OR, NOT, majority of 3',
          value: [
            [
              able(truthTable(2, gates.and)),
              able(truthTable(2, gates.or)),
              able(truthTable(1, gates.not)),
              able(truthTable(3, gates.majority)),
            ],
          ],
          printed: [[1, 1, 1, 1]],
        },
        { name: 'XOR', value: able(truthTable(2, gates.xor)), printed: 0 },
        {
          name: 'AND and OR without bias',
          value: [[able(truthTable(2, gates.and), false), able(truthTable(2, gates.or), false)]],
        },
        { name: 'separable of 16', value: booleanFunctions(2).reduce((n, f) => n + able(f), 0) },
      ]
    },
  },
  {
    id: 'E4',
    slide: 'Backpropagation',
    says: '∂J/∂W⁽³⁾ = (ŷ − y)·a⁽³⁾',
    verdict: 'convention',
    why: 'Exact for softmax with cross entropy and for a linear output with ½‖·‖². For the deck’s own worked example, sigmoid with a squared error, a factor 2σ′(z⁽⁴⁾) is missing. As matrices: ∂J/∂W⁽³⁾ = a⁽³⁾ᵀδ; the biases are left out.',
    view: 'B1',
    async compute() {
      const a = tensor([[0.3, -0.2, 0.9, 0.4]])
      const w = tensor([[0.5, -0.3, 0.8], [0.2, 0.7, -0.6], [-0.4, 0.1, 0.3], [0.9, -0.5, 0.2]]) // biome-ignore format: a matrix
      const y = tensor([[0, 1, 0]]).toFloat()
      const z = a.matmul(w)
      const off = async (loss: Tensor<[]>, output: Tensor<[number, number]>): Promise<number> =>
        grad(loss, w)
          .sub(a.t().matmul(output.sub(y)))
          .abs()
          .max()
          .item()
      const p = z.softmax(1)
      return [
        { name: 'largest deviation, softmax and cross entropy', value: await off(p.log().mul(y).sum().neg(), p) },
        { name: 'linear and ½‖·‖²', value: await off(z.sub(y).square().sum().mul(0.5), z) },
        { name: 'sigmoid and ‖·‖²', value: await off(z.sigmoid().sub(y).square().sum(), z.sigmoid()) },
      ]
    },
  },
  {
    id: 'E5',
    slide: 'Worked example, forward and backward',
    says: 's₁ = 1, ŷ = 0.73, ∂L/∂w₁ = −0.0106',
    verdict: 'right',
    why: '−0.0106 is the unrounded computation; from the slide’s own table it would be −0.0108. “Softmax” must be sigmoid, “2‖ŷ − y‖” must be 2(ŷ − y), and “L2” means (ŷ − y)² without ½.',
    view: 'C2',
    async compute() {
      const [exact, table, softmax, half, norm, bce] = await Promise.all(
        ['', 'sigma=table', 'act=softmax', 'loss=half', 'loss=norm', 'loss=bce'].map(exampleAt),
      )
      return [
        { name: 's₁', value: exact!.s, printed: 1 },
        { name: 'ŷ', value: exact!.yhat, printed: 0.73, decimals: 2 },
        { name: '∂L/∂w₁', value: exact!.gradient[0]!, printed: -0.0106, decimals: 4 },
        { name: 'from the rounded table', value: table!.gradient[0]! },
        { name: 'with softmax', value: softmax!.gradient[0]! },
        { name: 'with ½(ŷ − y)²', value: half!.gradient[0]! },
        { name: 'with |ŷ − y|', value: norm!.gradient[0]! },
        { name: 'with cross entropy', value: bce!.gradient[0]! },
      ]
    },
  },
  {
    id: 'E6',
    slide: 'Table of σ and σ′',
    says: 'eleven rows, two decimals',
    verdict: 'right',
    why: 'All 22 entries are right, including σ′(±2) = 0.10 (0.104994). From the rounded table 0.12 · 0.88 = 0.1056 would suggest 0.11.',
    view: 'C2',
    async compute() {
      const { sigmaTable } = await example.derive(initialState(example.schema))
      return [
        {
          name: 'σ',
          value: [sigmaTable.map(r => r[1])],
          printed: [[0.01, 0.02, 0.05, 0.12, 0.27, 0.5, 0.73, 0.88, 0.95, 0.98, 0.99]],
          decimals: 2,
        },
        {
          name: 'σ′',
          value: [sigmaTable.map(r => r[2])],
          printed: [[0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01]],
          decimals: 2,
        },
      ]
    },
  },
  {
    id: 'E7',
    slide: 'Derivative of a weight, outer product',
    says: '∂s/∂Wᵢⱼ = δᵢxⱼ, f′ = f(1 − f), ∂J/∂W = δxᵀ',
    verdict: 'right',
    why: 'With δ = U ⊙ f′(z). The notation drifts from s = Uᵀa to J: then a factor ∂J/∂s is needed.',
    view: 'B2',
    async compute() {
      const W = tensor([[0.4, -0.6, 0.2], [0.1, 0.5, -0.3]]) // biome-ignore format: a matrix
      const [x, b, U] = [tensor([1, -2, 0.5]), tensor([0.1, -0.2]), tensor([0.7, -1.2])]
      const a = W.matmul(x.reshape([3, 1]))
        .reshape([2])
        .add(b)
        .sigmoid()
      const delta = U.mul(a).mul(a.neg().add(1))
      const difference = grad(U.dot(a), W).sub(delta.outer(x)).abs().max()
      return [{ name: 'largest |∂s/∂Wᵢⱼ − δᵢxⱼ|', value: await difference.item() }]
    },
  },
  {
    id: 'E8',
    slide: 'Computational graph',
    says: 'find the unique path from L to v and multiply the edge weights',
    verdict: 'wrong',
    why: 'True for trees only; in general the products of all paths are added. It fails in this deck itself: e·e, a kernel’s weight at every pixel, a recurrent weight at every word.',
    view: 'C1',
    async compute() {
      const d = await graph.derive(initialState(graph.schema))
      return [
        { name: 'paths from L = e·e to ŷ', value: d.pathCount, printed: 1 },
        { name: 'product of one', value: d.paths[0]!.product },
        { name: 'the gradient, their sum', value: d.pathSum },
      ]
    },
  },
  {
    id: 'E12',
    slide: 'Motivation: image data',
    says: '200 × 200 × 3 = 120 000 values; (200 × 200 × 3)² = 14 400 000 000 weights',
    verdict: 'right',
    why: 'Assumes as many hidden units as inputs; 57.6 GB in float32, and 120 000 biases.',
    view: 'K3',
    async compute() {
      const values = await tensor([200, 200, 3]).prod().item()
      return [
        { name: 'values', value: values, printed: 120_000 },
        { name: 'weights', value: layerSize(values, values, 1, false), printed: 14_400_000_000 },
        { name: 'gigabytes', value: (4 * layerSize(values, values, 1, false)) / 1e9 },
      ]
    },
  },
  {
    id: 'E13a',
    slide: 'Kernel: 3 × 3 example',
    says: '−3 + 1 − 2 + 6 − 1 + 1 = 2',
    verdict: 'right',
    why: 'As cross-correlation, which every framework calls convolution; with the kernel turned by 180° it is −2.',
    view: 'K1',
    async compute() {
      return [
        { name: 'output', value: await convolve(small, sobel), printed: [[2]] },
        { name: 'true convolution', value: await convolve(small, sobel, { flip: true }) },
        { name: 'zero padded', value: await convolve(small, sobel, { padding: 1 }) },
      ]
    },
  },
  {
    id: 'E13b',
    slide: 'Kernel: example',
    says: 'unweighted smoothing kernel; weighted smoothing with Gaussian blur',
    verdict: 'convention',
    why: 'The sums are 9 and 8: the image becomes 9 and 8 times as bright unless divided. A Gaussian is [1 2 1; 2 4 2; 1 2 1]/16, an outer product; this one is not.',
    view: 'K1',
    async compute() {
      return [
        { name: 'sum of the first', value: await sum([[1, 1, 1], [1, 1, 1], [1, 1, 1]]) }, // biome-ignore format: a kernel
        { name: 'sum of the second', value: await sum([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) }, // biome-ignore format: a kernel
      ]
    },
  },
  {
    id: 'E13c',
    slide: 'Kernel: example',
    says: 'two kernels that sharpen, with centres 5 and 9',
    verdict: 'right',
    why: 'Both sum to 1, so flat areas keep their brightness.',
    view: 'K1',
    async compute() {
      return [
        { name: 'sum, centre 5', value: await sum([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]) }, // biome-ignore format: a kernel
        { name: 'sum, centre 9', value: await sum([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]]) }, // biome-ignore format: a kernel
      ]
    },
  },
  {
    id: 'E13d',
    slide: 'Kernels as feature detectors',
    says: 'vertical line, horizontal line and corner detectors',
    verdict: 'convention',
    why: 'They detect on dark ground only: to flat brightness 1 they answer −3, −3, −1. The zero-sum form is [−1 2 −1]. The “corner” is a bright lower right quadrant, a top-left corner.',
    view: 'K2',
    async compute() {
      const kernels = [vertical, horizontal, corner]
      const own = await Promise.all(
        kernels.map(k =>
          convolve(
            k.map(row => row.map(v => Math.max(0, v))),
            k,
          ),
        ),
      )
      const flat = await Promise.all(kernels.map(sum))
      const inverse = await convolve(
        vertical.map(row => row.map(v => (v < 0 ? 1 : 0))),
        vertical,
      )
      return [
        { name: 'to flat brightness', value: [flat] },
        { name: 'to their own pattern', value: [own.map(r => r[0]![0]!)] },
        { name: 'vertical, to a dark line on bright', value: inverse },
      ]
    },
  },
  {
    id: 'E14a',
    slide: 'Without padding',
    says: '−2',
    verdict: 'right',
    why: 'With the kernel turned by 180° it would be −1.',
    view: 'S1',
    async compute() {
      return [
        { name: 'output', value: await convolve(five, kernel), printed: [[-2, u, u], [u, u, u], [u, u, u]] }, // biome-ignore format: a picture
        { name: 'true convolution, first', value: (await convolve(five, kernel, { flip: true }))[0]![0]! },
      ]
    },
  },
  {
    id: 'E14b',
    slide: 'With padding',
    says: '−1',
    verdict: 'right',
    why: 'With the kernel turned by 180° it would be 4.',
    view: 'S1',
    async compute() {
      const result = await convolve(five, kernel, { padding: 1 })
      return [
        {
          name: 'output',
          value: result,
          printed: [[-1, u, u, u, u], ...Array.from({ length: 4 }, () => [u, u, u, u, u])],
        },
        { name: 'true convolution, first', value: (await convolve(five, kernel, { padding: 1, flip: true }))[0]![0]! },
      ]
    },
  },
  {
    id: 'E14c',
    slide: 'Stride 2 with padding',
    says: '−1 2 / 3',
    verdict: 'right',
    why: 'Three of nine are shown.',
    view: 'S1',
    async compute() {
      return [
        {
          name: 'output',
          value: await convolve(five, kernel, { padding: 1, stride: 2 }),
          printed: [[-1, 2, u], [3, u, u], [u, u, u]], // biome-ignore format: a picture
        },
      ]
    },
  },
  {
    id: 'E14d',
    slide: 'Stride 2, no padding',
    says: 'a picture without numbers',
    verdict: 'right',
    why: 'Here are the numbers.',
    view: 'S1',
    async compute() {
      return [{ name: 'output', value: await convolve(five, kernel, { stride: 2 }) }]
    },
  },
  {
    id: 'E14e',
    slide: 'Padding',
    says: 'every pixel of the original image will be a centre pixel',
    verdict: 'convention',
    why: 'True for odd kernels, stride 1 and P = (F − 1)/2. With stride 2 only every other pixel is.',
    view: 'S1',
    async compute() {
      return [
        { name: 'centres of 25 pixels, stride 1, pad 1', value: outputSize(5, 3, 1, 1) ** 2, printed: 25 },
        { name: 'stride 2, pad 1', value: outputSize(5, 3, 2, 1) ** 2 },
      ]
    },
  },
  {
    id: 'E14f',
    slide: 'What is convolution of an image with a filter',
    says: '4 3 4 / 2 4 3 / 2 3 _',
    verdict: 'right',
    why: 'The missing entry is 4. The kernel is symmetric, so turning it changes nothing.',
    view: 'V4',
    async compute() {
      return [
        { name: 'convolved feature', value: await convolve(binary, cross), printed: [[4, 3, 4], [2, 4, 3], [2, 3, u]] }, // biome-ignore format: a picture
        { name: 'true convolution', value: await convolve(binary, cross, { flip: true }) },
      ]
    },
  },
  {
    id: 'E14g',
    slide: 'Output size',
    says: '(N − F)/stride + 1: 5, 3, 2.33 “doesn’t fit”',
    verdict: 'right',
    why: 'The formula lacks padding: (N + 2P − F)/S + 1. Frameworks do not refuse; they round down and leave the last row and column unread. This engine refuses unless told to.',
    view: 'S5',
    async compute() {
      return [
        { name: 'stride 1', value: outputSize(7, 3, 1), printed: 5 },
        { name: 'stride 2', value: outputSize(7, 3, 2), printed: 3 },
        { name: 'stride 3', value: outputSize(7, 3, 3), printed: 2.33, decimals: 2 },
      ]
    },
  },
  {
    id: 'E14h',
    slide: 'Zero padding',
    says: 'pad (F − 1)/2: 1, 2, 3 for F = 3, 5, 7; 7 × 7 stays 7 × 7',
    verdict: 'right',
    why: 'For odd F and stride 1.',
    view: 'S5',
    async compute() {
      return [
        { name: 'F = 3, pad 1', value: outputSize(7, 3, 1, 1), printed: 7 },
        { name: 'F = 5, pad 2', value: outputSize(7, 5, 1, 2), printed: 7 },
        { name: 'F = 7, pad 3', value: outputSize(7, 7, 1, 3), printed: 7 },
      ]
    },
  },
  {
    id: 'E14i',
    slide: 'Convolution layer examples',
    says: '32 × 32 × 3, ten 5 × 5 filters, stride 1, pad 2: 32 × 32 × 10',
    verdict: 'right',
    why: '10 · (75 + 1) = 760 parameters.',
    view: 'S4',
    async compute() {
      const layer = nn.conv2d(3, 10, 5, { padding: 2 })
      const shape = layer.forward(tensor(new Float32Array(3 * 32 * 32), { shape: [1, 3, 32, 32] })).shape
      return [
        { name: 'output', value: [[shape[2], shape[3], shape[1]]], printed: [[32, 32, 10]] },
        { name: 'parameters', value: layer.weight.size + layer.bias!.size },
      ]
    },
  },
  {
    id: 'E14j',
    slide: 'Convolution layer',
    says: 'six 5 × 5 filters on 32 × 32 × 3: 28 × 28 × 6',
    verdict: 'right',
    why: '4 704 outputs from 456 parameters; a dense layer would need 14 450 688 weights.',
    view: 'V1',
    async compute() {
      const layer = nn.conv2d(3, 6, 5)
      const shape = layer.forward(tensor(new Float32Array(3 * 32 * 32), { shape: [1, 3, 32, 32] })).shape
      const outputs = shape[1] * shape[2] * shape[3]
      return [
        { name: 'output', value: [[shape[2], shape[3], shape[1]]], printed: [[28, 28, 6]] },
        { name: 'parameters', value: layer.weight.size + layer.bias!.size },
        { name: 'weights of a dense layer', value: layerSize(3 * 32 * 32, outputs, 1, false) },
      ]
    },
  },
  {
    id: 'E14k',
    slide: 'Depth',
    says: '5 × 5 × 3 = 75 weights',
    verdict: 'right',
    why: 'And one bias: 76 parameters.',
    view: 'S4',
    async compute() {
      const layer = nn.conv2d(3, 1, 5)
      return [
        { name: 'weights', value: layer.weight.size, printed: 75 },
        { name: 'with the bias', value: layer.weight.size + layer.bias!.size },
      ]
    },
  },
  {
    id: 'E14l',
    slide: 'Pooling layer',
    says: 'max pool 2 × 2, stride 2: 6 8 / 3 4',
    verdict: 'right',
    why: '“L2” pooling is ambiguous: a norm, or a root mean square. “No parameters” means none that are learned.',
    view: 'O1',
    async compute() {
      const square = matrix(depthSlice).square()
      const sums = await pool(nn.avgPool2d(2) as never, await nested(square))
      return [
        { name: 'max', value: await pool(nn.maxPool2d(2) as never, depthSlice), printed: [[6, 8], [3, 4]] }, // biome-ignore format: a picture
        { name: 'average', value: await pool(nn.avgPool2d(2) as never, depthSlice) },
        { name: 'L2 as norm', value: await nested(matrix(sums).mul(4).sqrt()) },
        { name: 'L2 as root mean square', value: await nested(matrix(sums).sqrt()) },
      ]
    },
  },
  {
    id: 'E15',
    slide: 'References: LeNet … ResNet',
    says: '(N − F)/stride + 1 must fit',
    verdict: 'convention',
    why: 'The lecture’s rule is broken by its own references: AlexNet’s printed input 224 gives 54.25 (227 fits), ResNet’s first layer 112.5. LeNet-5 has 60 000 parameters with the sparse third layer of 1998, 61 706 as it is usually rebuilt.',
    view: 'Z1',
    async compute() {
      const size = [...models.lenet5().namedParameters().values()].reduce((n, p) => n + p.size, 0)
      const alex = (groups: number): number =>
        layerSize(3, 96, 11) +
        layerSize(96, 256, 5, true, groups) +
        layerSize(256, 384, 3) +
        layerSize(384, 384, 3, true, groups) +
        layerSize(384, 256, 3, true, groups) +
        layerSize(9216, 4096) +
        layerSize(4096, 4096) +
        layerSize(4096, 1000)
      const widths = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
      const vgg = widths.slice(1).reduce((n, w, i) => n + layerSize(widths[i]!, w, 3), 0)
      const dense = layerSize(25088, 4096) + layerSize(4096, 4096) + layerSize(4096, 1000)
      return [
        { name: 'LeNet-5, parameters', value: size },
        { name: 'AlexNet, two groups and one tower', value: [[alex(2), alex(1)]] },
        { name: 'VGG-16', value: vgg + dense },
        { name: 'of that in dense layers', value: dense / (vgg + dense) },
        { name: 'AlexNet, first layer of 224 and 227', value: [[outputSize(224, 11, 4), outputSize(227, 11, 4)]] },
        { name: 'ResNet, first layer', value: outputSize(224, 7, 2, 3) },
        { name: 'GoogLeNet, first pool', value: outputSize(112, 3, 2) },
      ]
    },
  },
]
async function nested(t: Tensor<[number, number]>): Promise<number[][]> {
  return (await t.array()) as number[][]
}

export interface Claim {
  readonly id: string
  readonly slide: string
  readonly says: string
  readonly verdict: 'right' | 'convention' | 'wrong'
  readonly why: string
  readonly view?: string
}
/** Statements without numbers; the views let one try them. */
export const claims: readonly Claim[] = [
  {
    id: 'E11',
    slide: 'Motivation: image data',
    says: 'MNIST images are 32 × 32 pixels',
    verdict: 'wrong',
    why: 'They are 28 × 28, 784 pixels. 32 × 32 is the padded input of LeNet-5.',
    view: 'K3',
  },
  { id: 'E9', slide: 'Hidden layer', says: 'a network with one hidden layer is a universal approximator; every function can be modeled', verdict: 'wrong', why: 'Continuous functions on a closed, bounded set, to any ε > 0, with enough units and an activation that is no polynomial (Cybenko 1989, Hornik 1989, Leshno 1993). That weights exist does not say that training finds them.', view: 'H3' },
  { id: 'E10', slide: 'From shallow to deep', says: 'training all layers at once does hardly work; instead we train layerwise', verdict: 'convention', why: 'True of the sigmoid networks of 2006; dated since ReLU, better initial weights, batch normalisation and residual connections.', view: 'D1' },
  { id: 'E14m', slide: 'Primary ideas, pooling', says: 'translation invariance; invariance to image transformation', verdict: 'wrong', why: 'Convolution is equivariant: its output moves with the image. Pooling is invariant only to shifts that keep the winner in its cell; borders and strides break both. There is no invariance to rotation or scale.', view: 'I1' },
  { id: 'E14n', slide: 'ReLU layer', says: 'f(x) = max(0, x), a ramp function, without affecting the receptive fields', verdict: 'right', why: 'It acts on each number by itself.', view: 'N3' },
  { id: 'E16', slide: 'Text', says: 'zⱼ = f(V₁:ₙ ∗ Kⱼ + bⱼ)', verdict: 'convention', why: 'This is the tower for a user’s reviews of DeepCoNN: V are the words of the reviews as vectors, which the slide does not say.', view: 'T1' },
  { id: 'E17', slide: 'McCulloch–Pitts unit', says: 'output is a squashed linear function', verdict: 'convention', why: 'The unit of 1943 was a binary threshold without learning; squashing came later.', view: 'N2' },
] // biome-ignore format: one line each
