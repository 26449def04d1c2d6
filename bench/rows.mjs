/**
 * What is measured, as data. A row is a problem for the participants (see participants/problem.mjs), its floating-point
 * operations, its number of threads (1), who takes part and what chainrule should reach. A cliff is a shape slower than a third of
 * its group.
 */
import { describe, lenet, mlp, randomNetwork, stepOperations } from './participants/networks.mjs'
import { outputShape, sizeOf } from './participants/problem.mjs'

const both = name => [`${name} @this`, `${name} @newest`]
const wasm = both('chainrule')
const native = 'native @this'
const chainrule = [...wasm, native]
const wasmPeers = ['tfjs-wasm', 'onnxruntime-web', 'jax-js']
const pytorch = ['pytorch', 'pytorch-onednn']

// targets: how much faster than the fastest of some peers, share of the machine's peak in percent, milliseconds, or the gain over
// the same work on one thread
const faster = (ours, over, atLeast, node) => ({ ours, over, atLeast, ...(node && { node }) })
const wasmTargets = [
  faster('chainrule @newest', wasmPeers, 1.6, 'newest'),
  faster('chainrule @this', wasmPeers, 1.2, 'this'),
]
const ofPeak = percent => ({ ours: 'chainrule @newest', percent })

const matmul = (m, k, n) => ({ problem: { kind: 'matmul', m, k, n }, flops: 2 * m * k * n })

/** Sizes of a convolution; one number serves all spatial axes. */
function conv(pass, x, w, { stride = 1, padding = 0, dilation = 1, groups = 1 } = {}) {
  const all = value => x.slice(2).map(() => value)
  const shape = { x, w, stride: all(stride), padding: all(padding), dilation: all(dilation), groups }
  const passes = pass === 'all' ? 3 : 1
  return {
    problem: { kind: 'conv', pass, ...shape },
    flops: 2 * passes * sizeOf(outputShape(shape)) * sizeOf(w.slice(1)),
  }
}

const layered = (layers, input, more = {}) => ({
  problem: { kind: 'train', network: 'layers', layers, input, classes: 10, optimizer: 'adam', ...more },
  flops: stepOperations(layers, input),
})
const lenetStep = (batch, more) => layered(lenet, [batch, 1, 28, 28], more)
const mlpStep = (batch, widths, more) => layered(mlp(...widths), [batch, 1, 28, 28], more)

/** Multiply-adds of ResNet-18 for one image of 224×224 and of 32×32. */
const resnetOperations = { 224: 2 * 1_814_073_344, 32: 2 * 37_028_864 }
const resnet = (kind, batch, side) => ({
  problem: { kind, network: 'resnet18', input: [batch, 3, side, side], classes: 1000, optimizer: 'sgd' },
  flops: resnetOperations[side] * batch * (kind === 'train' ? 3 : 1),
})
/** Of one step: three times 64·32·(2·4·256·(128+256) + 2·256·100). */
const lstmStep = {
  problem: { kind: 'train', network: 'lstm', input: [64, 32], classes: 100, text: true, optimizer: 'adam' },
  flops: 3 * 64 * 32 * (2 * 4 * 256 * 384 + 2 * 256 * 100),
}

const lenetRows = [128, 32].map(batch => ({
  id: `lenet-${batch}`,
  title: `LeNet-5 training step, Adam, batch ${batch}`,
  ...lenetStep(batch, { peers: 'lenet' }),
  participants: [
    ...pytorch,
    ...chainrule,
    ...(batch === 128 ? ['jax-js @newest', 'tfjs-cpu @newest', 'convnetjs @newest'] : []),
  ],
  targets: [
    faster('chainrule @newest', pytorch, 1.4),
    faster(native, pytorch, 5),
    ...(batch === 128
      ? [
          faster('chainrule @this', pytorch, 1 / 1.3),
          faster('chainrule @newest', ['jax-js'], 90),
          faster('chainrule @newest', ['tfjs-cpu'], 600),
        ]
      : []),
  ],
}))

const networkRows = [
  {
    id: 'mlp-128',
    title: 'MLP 784-256-10 training step, Adam, batch 128',
    ...mlpStep(128, [784, 256, 10], { peers: 'mlp' }),
    participants: [...pytorch, ...chainrule, 'tfjs-wasm @newest', 'tfjs-cpu @newest', 'brain.js @newest'],
    targets: [faster('chainrule @newest', pytorch, 0.9), faster(native, pytorch, 2.8)],
  },
  {
    id: 'resnet18-forward',
    title: 'ResNet-18 forward, 1×3×224×224',
    ...resnet('predict', 1, 224),
    tolerance: 1e-3,
    participants: ['pytorch', ...chainrule, ...both('onnxruntime-web'), 'onnxruntime-node @newest'],
    targets: [faster('chainrule @newest', ['onnxruntime-web'], 1.8), faster(native, ['onnxruntime-node'], 1.05)],
  },
  {
    id: 'resnet18-step',
    title: 'ResNet-18 training step, 32×3×32×32, SGD with momentum',
    ...resnet('train', 32, 32),
    tolerance: 1e-3,
    participants: ['pytorch', ...chainrule],
    targets: [faster(native, pytorch, 2.3)],
  },
  {
    id: 'lstm',
    title: 'LSTM language model training step, T 64, B 32, Adam',
    ...lstmStep,
    participants: [...pytorch, ...chainrule],
    targets: [faster('chainrule @newest', pytorch, 1), faster(native, pytorch, 2.5)],
  },
]

/** Inference of one picture by networks of the zoo, and the multiply-adds of their layers. */
const zoo = {
  alexnet: ['AlexNet', 714_188_480],
  vgg11: ['VGG-11', 7_609_090_048],
  vgg16: ['VGG-16', 15_470_264_320],
  googlenet: ['GoogLeNet', 1_498_376_192],
  resnet34: ['ResNet-34', 3_663_761_408],
  resnet50: ['ResNet-50', 4_089_184_256],
}
const zooRows = Object.entries(zoo).map(([network, [title, multiplyAdds]]) => ({
  id: `zoo-${network}`,
  title: `${title} forward, 1×3×224×224`,
  problem: { kind: 'predict', network, input: [1, 3, 224, 224], classes: 1000 },
  flops: 2 * multiplyAdds,
  tolerance: 1e-3,
  participants: ['pytorch', ...chainrule, 'onnxruntime-web @newest', 'onnxruntime-node @newest'],
  targets: [faster('chainrule @newest', ['onnxruntime-web'], 1), faster(native, ['onnxruntime-node'], 1)],
}))

const productRows = [256, 512, 1024].map(n => ({
  id: `matmul-${n}`,
  title: `matmul ${n}`,
  ...matmul(n, n, n),
  group: 'matmul',
  participants: [
    'pytorch',
    ...chainrule,
    ...both('tfjs-wasm'),
    ...both('onnxruntime-web'),
    ...both('jax-js'),
    'onnxruntime-node @newest',
  ],
  targets: n === 256 ? [] : [ofPeak(92), ...wasmTargets, faster(native, ['onnxruntime-node'], 1.2)],
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
    ...both('tfjs-wasm'),
    ...both('onnxruntime-web'),
    'jax-js @newest',
    'onnxruntime-node @newest',
  ],
  targets: wasmTargets,
}))
const largeConvRows = [
  {
    id: 'conv-large-forward',
    title: 'conv 3×3 64→64 on 32×64×56×56, forward',
    ...conv('forward', [32, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }),
    participants: [
      'pytorch',
      ...chainrule,
      ...both('tfjs-wasm'),
      ...both('onnxruntime-web'),
      'onnxruntime-node @newest',
    ],
    targets: [faster('chainrule @newest', wasmPeers, 2, 'newest'), faster(native, ['onnxruntime-node'], 1.2)],
  },
  {
    id: 'conv-large-all',
    title: 'conv 3×3 64→64 on 32×64×56×56, forward and backward',
    ...conv('all', [32, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }),
    participants: ['pytorch', ...chainrule],
    targets: [ofPeak(90), faster(native, pytorch, 1.2)],
  },
]

/** The first step of a process; with a warm disk cache where a device has one (the check before has filled it). */
const firstSteps = [
  {
    id: 'cold-lenet',
    title: 'LeNet-5 first step in a new process, batch 128',
    ...lenetStep(128),
    participants: ['pytorch', ...chainrule],
    targets: [
      { ours: 'chainrule @newest', atMost: 80 },
      { ours: native, atMost: 120 },
    ],
  },
  {
    id: 'cold-resnet18',
    title: 'ResNet-18 first training step in a new process, 32×3×32×32',
    ...resnet('train', 32, 32),
    tolerance: 1e-3,
    participants: ['pytorch', ...chainrule],
    targets: [
      { ours: 'chainrule @newest', atMost: 400 },
      { ours: native, atMost: 500 },
    ],
  },
].map(({ flops: _, ...row }) => ({ ...row, once: true, problem: { ...row.problem, cold: true } }))
/** The same where nothing was compiled before, the device itself included: each process has an empty folder for its disk cache. */
const emptyCaches = { 'cold-lenet': 1500, 'cold-resnet18': 5000 }
const coldRows = [
  ...firstSteps,
  ...firstSteps.map(row => ({
    ...row,
    id: `${row.id}-empty`,
    title: `${row.title}, empty cache`,
    problem: { ...row.problem, withDevice: true },
    participants: ['pytorch', native],
    emptyCache: true,
    targets: [{ ours: native, atMost: emptyCaches[row.id] }],
  })),
]

const overheadRows = [
  {
    id: 'trace-compiled',
    title: 'LeNet-5 cached step with compile(): tracing and planning',
    compiled: true,
    atMost: 0.2,
  },
  {
    id: 'trace-eager',
    title: 'LeNet-5 cached step without compile(): tracing and planning',
    compiled: false,
    atMost: 2,
  },
].map(({ id, title, compiled, atMost }) => ({
  id,
  title,
  problem: { ...lenetStep(128).problem, kind: 'trace', compiled },
  once: true,
  participants: wasm,
  targets: wasm.map(ours => ({ ours, atMost })),
}))

/** Resident growth in the first steps, in MiB. */
const memoryRows = [
  ['lenet', 'LeNet-5, batch 128', lenetStep(128)],
  ['resnet18', 'ResNet-18, 32×3×32×32', resnet('train', 32, 32)],
].map(([id, title, { problem }]) => ({
  id: `memory-${id}`,
  title: `memory of a training step: ${title}`,
  problem: { ...problem, kind: 'memory' },
  unit: 'MiB',
  once: true,
  participants: ['pytorch', ...chainrule],
  targets: chainrule.map(ours => ({ ours, planned: true, over: ['pytorch'] })),
}))

/** What a page that trains LeNet-5 downloads before it can, minified and gzipped, in kB; its losses are compared. */
const bundleRow = {
  id: 'bundle',
  title: 'page that trains LeNet-5, minified and gzipped',
  problem: { ...lenetStep(32).problem, kind: 'bundle' },
  unit: 'kB',
  once: true,
  participants: ['chainrule @this', 'tfjs-cpu @this', 'jax-js @this'],
  targets: [faster('chainrule @this', ['tfjs-cpu'], 3), faster('chainrule @this', ['jax-js'], 1)],
}

/** The rows from the convolution down again with two threads. */
const threadRows = [...largeConvRows, ...lenetRows, ...networkRows].map(row => ({
  ...row,
  id: `${row.id}-2-threads`,
  title: `${row.title}, two threads`,
  threads: 2,
  participants: row.participants.filter(name => /^(chainrule|native|pytorch|onnxruntime-node)/.test(name)),
  targets: ['chainrule @newest', native].map(ours => ({ ours, overRow: row.id, atLeast: 1.85 })),
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

/** Networks that nobody tuned for: none may use less than half of the share of the peak that the nearest named one uses. */
const named = ['lenet-128', 'mlp-128', 'resnet18-step']
const randomRows = Array.from({ length: 20 }, (_, seed) => {
  const { layers, input } = randomNetwork(seed)
  return {
    id: `random-${seed}`,
    title: `random network ${seed}: ${describe(layers, input)}`,
    ...layered(layers, input),
    participants: [...pytorch, ...chainrule],
    neighbours: named,
  }
})

/** How cost grows: the same step along one size. `curve` names the chart, `at` the place on its axis. */
const growth = {
  'LeNet-5 step: batch': [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map(at => [at, lenetStep(at)]),
  'MLP step, batch 128: width': [16, 32, 64, 128, 256, 512, 1024].map(at => [at, mlpStep(128, [784, at, at, 10])]),
  'MLP step, batch 128, width 128: depth': [1, 2, 4, 8, 16, 32].map(at => [
    at,
    mlpStep(128, [784, ...Array.from({ length: at }, () => 128), 10]),
  ]),
  'conv 3×3 32→32 forward and backward, batch 8: image side': [4, 8, 16, 32, 64, 128].map(at => [
    at,
    conv('all', [8, 32, at, at], [32, 32, 3, 3], { padding: 1 }),
  ]),
}
const growthRows = Object.entries(growth).flatMap(([curve, points]) =>
  points.map(([at, row]) => ({
    id: `growth-${curve.split(/[ :]/)[0].toLowerCase()}-${curve.split(' ').at(-1)}-${at}`,
    title: `${curve} ${at}`,
    ...row,
    curve,
    at,
    participants: [...(row.problem.kind === 'train' ? pytorch : ['pytorch']), ...chainrule],
  })),
)

export const rows = [
  ...lenetRows,
  ...networkRows,
  ...zooRows,
  ...productRows,
  ...convRows,
  ...largeConvRows,
  ...threadRows,
  ...coldRows,
  ...overheadRows,
  ...memoryRows,
  bundleRow,
  ...shapeRows,
  ...productShapes,
  ...randomRows,
  ...growthRows,
]
