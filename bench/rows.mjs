/**
 * What is measured, as data. A row is a problem for the participants (see participants/problem.mjs), its floating-point
 * operations, who takes part and what chainrule should reach. A cliff is a shape slower than a third of its group.
 */
import { outputShape, sizeOf } from './participants/problem.mjs'

const both = name => [`${name} @this`, `${name} @newest`]
const chainrule = both('chainrule')
const wasmPeers = [...both('tfjs-wasm'), ...both('onnxruntime-web')]

const matmul = (m, k, n) => ({ problem: { kind: 'matmul', m, k, n }, flops: 2 * m * k * n })

/** Sizes of a convolution; one number serves all spatial axes. */
function conv(pass, x, w, { stride = 1, padding = 0, dilation = 1, groups = 1 } = {}) {
  const all = value => x.slice(2).map(() => value)
  const shape = { x, w, stride: all(stride), padding: all(padding), dilation: all(dilation), groups }
  return { problem: { kind: 'conv', pass, ...shape }, flops: 2 * sizeOf(outputShape(shape)) * sizeOf(w.slice(1)) }
}

/** Speed of ours over the best wasm peer's on the same Node. */
const wasmTargets = [
  { ours: 'chainrule @newest', over: ['tfjs-wasm', 'onnxruntime-web', 'jax-js'], node: 'newest', atLeast: 1.6 },
  { ours: 'chainrule @this', over: ['tfjs-wasm', 'onnxruntime-web', 'jax-js'], node: 'this', atLeast: 1.2 },
]

const lenetRows = [
  {
    id: 'lenet-128',
    title: 'LeNet-5 training step, Adam, batch 128',
    problem: { kind: 'lenet', batch: 128 },
    tolerance: 1e-4,
    participants: ['pytorch', 'pytorch-onednn', ...chainrule, 'jax-js @newest', 'tfjs-cpu @newest'],
    targets: [
      { ours: 'chainrule @newest', over: ['pytorch', 'pytorch-onednn'], atLeast: 1 / 0.9 },
      { ours: 'chainrule @this', over: ['pytorch', 'pytorch-onednn'], atLeast: 1 / 1.3 },
      { ours: 'chainrule @newest', over: ['jax-js'], atLeast: 90 },
      { ours: 'chainrule @newest', over: ['tfjs-cpu'], atLeast: 600 },
    ],
  },
  {
    id: 'lenet-32',
    title: 'LeNet-5 training step, Adam, batch 32',
    problem: { kind: 'lenet', batch: 32 },
    tolerance: 1e-4,
    participants: ['pytorch', 'pytorch-onednn', ...chainrule],
  },
  {
    id: 'lenet-cold',
    title: 'LeNet-5 first step in a new process, batch 128',
    problem: { kind: 'lenet-cold', batch: 128 },
    tolerance: 1e-4,
    once: true,
    participants: ['pytorch', ...chainrule],
    targets: chainrule.map(ours => ({ ours, atMost: 300 })),
  },
  {
    id: 'trace-compiled',
    title: 'LeNet-5 cached step with compile(): tracing and planning',
    problem: { kind: 'trace', compiled: true, batch: 128 },
    once: true,
    participants: chainrule,
    targets: chainrule.map(ours => ({ ours, atMost: 0.2 })),
  },
  {
    id: 'trace-eager',
    title: 'LeNet-5 cached step without compile(): tracing and planning',
    problem: { kind: 'trace', compiled: false, batch: 128 },
    once: true,
    participants: chainrule,
    targets: chainrule.map(ours => ({ ours, atMost: 2 })),
  },
]

const productRows = [512, 1024].map(n => ({
  id: `matmul-${n}`,
  title: `matmul ${n}`,
  ...matmul(n, n, n),
  group: 'matmul',
  participants: [
    'pytorch',
    ...chainrule,
    'ceiling @newest',
    ...wasmPeers,
    ...both('jax-js'),
    'onnxruntime-node @newest',
  ],
  targets: wasmTargets,
}))

const passes = { forward: 'forward', input: 'd-input', weight: 'd-weight' }
const convRows = Object.entries(passes).map(([pass, name]) => ({
  id: `conv-3x3-${name}`,
  title: `conv 3×3 64→64 on 8×64×56×56, ${name}`,
  ...conv(pass, [8, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }),
  group: `conv ${name}`,
  participants: [
    'pytorch',
    ...chainrule,
    'ceiling @newest',
    ...wasmPeers,
    'jax-js @newest',
    'onnxruntime-node @newest',
  ],
  targets: wasmTargets,
}))

/** No shape may fall off a cliff: title, group, sizes. Small enough to be quick, large enough to leave the overheads. */
const shapes = {
  'stride 2': ['conv', [8, 64, 56, 56], [128, 64, 3, 3], { stride: 2, padding: 1 }],
  '1×1': ['conv', [8, 64, 56, 56], [128, 64, 1, 1], {}],
  '1×1 stride 2': ['conv', [8, 64, 56, 56], [128, 64, 1, 1], { stride: 2 }],
  '5×5': ['conv', [4, 32, 28, 28], [32, 32, 5, 5], { padding: 2 }],
  '7×7 stride 2, 3 channels': ['conv', [2, 3, 224, 224], [64, 3, 7, 7], { stride: 2, padding: 3 }],
  'dilation 2': ['conv', [4, 64, 56, 56], [64, 64, 3, 3], { padding: 2, dilation: 2 }],
  'odd sizes': ['conv', [3, 61, 55, 53], [67, 61, 3, 3], { padding: 1 }],
  'odd sizes, stride 3': ['conv', [3, 37, 53, 47], [29, 37, 3, 3], { stride: 3 }],
  '7×7 maps': ['conv', [8, 256, 7, 7], [256, 256, 3, 3], { padding: 1 }],
  'narrow 3×3 maps': ['conv', [32, 128, 3, 3], [128, 128, 3, 3], { padding: 1 }],
  '4 groups': ['conv', [4, 64, 56, 56], [64, 16, 3, 3], { padding: 1, groups: 4 }],
  '1-d': ['conv', [8, 64, 2048], [64, 64, 9], { padding: 4 }],
  '1-d, stride 2': ['conv', [8, 64, 2049], [64, 64, 9], { stride: 2, padding: 4 }],
  '3-d': ['conv', [2, 32, 16, 28, 28], [32, 32, 3, 3, 3], { padding: 1 }],
  'depthwise 3×3': ['depthwise', [8, 64, 56, 56], [64, 1, 3, 3], { padding: 1, groups: 64 }],
  'depthwise 3×3, stride 2': ['depthwise', [8, 64, 56, 56], [64, 1, 3, 3], { stride: 2, padding: 1, groups: 64 }],
  'depthwise 7×7, odd': ['depthwise', [4, 61, 55, 53], [61, 1, 7, 7], { padding: 3, groups: 61 }],
}
const shapeRows = Object.entries(shapes).flatMap(([title, [group, x, w, options]]) =>
  Object.entries(passes).map(([pass, name]) => ({
    id: `shape-${title.replace(/[ ,]+/g, '-').replaceAll('×', 'x')}-${name}`,
    title: `${group === 'depthwise' ? '' : 'conv '}${title}, ${name}`,
    ...conv(pass, x, w, options),
    group: `${group} ${name}`,
    participants: ['pytorch', ...chainrule],
  })),
)
const productShapes = [
  [511, 513, 509],
  [128, 784, 256],
  [128, 120, 10],
  [1, 2048, 2048],
  [2048, 2048, 1],
  [1000, 3, 1000],
].map(([m, k, n]) => ({
  id: `shape-matmul-${m}x${k}x${n}`,
  title: `matmul ${m}×${k}×${n}`,
  ...matmul(m, k, n),
  // A product with a vector or a sliver is bound by memory: not in the group.
  ...(Math.min(m, k, n) >= 10 && { group: 'matmul' }),
  participants: ['pytorch', ...chainrule],
}))

export const rows = [...lenetRows, ...productRows, ...convRows, ...shapeRows, ...productShapes]
