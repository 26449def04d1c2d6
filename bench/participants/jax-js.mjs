/** jax-js on its wasm backend (one thread), everything jitted. Adam is written out: the package has no optimizer. */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { batchOf, checkedSteps, convolution, initial, sample, values } from './problem.mjs'
import { serve } from './serve.mjs'

const require = createRequire(new URL('../peers/', import.meta.url))
const path = require.resolve('@jax-js/jax').replace(/index\.cjs$/, 'index.js')
const {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy: np,
  valueAndGrad,
  vjp,
} = await import(pathToFileURL(path).href)
await init('wasm')
defaultDevice('wasm')

const array = (data, shape) => np.array(data).reshape(shape)
const waited = async value => {
  await blockUntilReady(value.ref ?? value)
  return value
}

/** Runs `fn` on fresh references of `inputs`: jax-js consumes its arguments. */
async function prepared(fn, inputs) {
  const compiled = jit(fn)
  const once = async () => waited(compiled(...inputs.map(input => input.ref)))
  const check = sample(await (await once()).data())
  return { run: async () => (await once()).dispose(), check }
}

function matmul({ m, k, n }) {
  return prepared((a, b) => np.matmul(a, b), [array(values(m * k, 1), [m, k]), array(values(k * n, 2), [k, n])])
}

function conv(row) {
  const { y, values } = convolution(row)
  const padding = row.padding.map(pad => [pad, pad])
  const options = { rhsDilation: row.dilation, featureGroupCount: row.groups }
  const forward = (x, w) => lax.convGeneralDilated(x, w, row.stride, padding, options)
  const [x, w, dy] = [array(values.x, row.x), array(values.w, row.w), array(values.dy, y)]
  if (row.pass === 'forward') return prepared(forward, [x, w])
  const transposed =
    row.pass === 'input'
      ? (x, w, dy) => vjp(x => forward(x, w), [x])[1](dy)[0]
      : (x, w, dy) => vjp(w => forward(x, w), [w])[1](dy)[0]
  return prepared(transposed, [x, w, dy])
}

const pool = x => {
  const [n, c, h, w] = x.shape
  return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5])
}
const dense = (x, w, b) => np.matmul(x, w.transpose()).add(b)
const conv2d = (x, w, b, pad) =>
  lax
    .convGeneralDilated(
      x,
      w,
      [1, 1],
      [
        [pad, pad],
        [pad, pad],
      ],
    )
    .add(b.reshape([1, -1, 1, 1]))

function lossOf(p, x, y) {
  let h = pool(nn.relu(conv2d(x, p[0], p[1], 2)))
  h = pool(nn.relu(conv2d(h, p[2], p[3], 0)))
  h = h.reshape([-1, 400])
  h = nn.relu(dense(h, p[4], p[5]))
  h = nn.relu(dense(h, p[6], p[7]))
  return np.mean(np.sum(nn.logSoftmax(dense(h, p[8], p[9])).mul(y), -1)).neg()
}

/** Adam (Kingma and Ba 2015), as PyTorch orders it; the bias corrections arrive as scalars. */
const adamStep = jit((p, m, v, x, y, correction1, correction2) => {
  const [loss, gradients] = valueAndGrad(lossOf)(
    p.map(a => a.ref),
    x,
    y,
  )
  const m2 = m.map((a, i) => a.mul(0.9).add(gradients[i].ref.mul(0.1)))
  const v2 = v.map((a, i) => a.mul(0.999).add(gradients[i].ref.mul(gradients[i]).mul(0.001)))
  const p2 = p.map((a, i) => {
    const denominator = np.sqrt(v2[i].ref.div(correction2.ref)).add(1e-8)
    return a.sub(m2[i].ref.div(correction1.ref).div(denominator).mul(1e-3))
  })
  correction1.dispose()
  correction2.dispose()
  return [loss, p2, m2, v2]
})

async function training(row) {
  if (row.peers !== 'lenet') return { cannot: 'not measured' }
  const [batch] = row.input
  const problem = batchOf(row)
  const oneHot = new Float32Array(batch * 10)
  problem.labels.forEach((label, i) => {
    oneHot[i * 10 + label] = 1
  })
  const x = array(problem.x, row.input)
  const y = array(oneHot, [batch, 10])
  const shapes = row.layers.flatMap(([name, inputs, outputs, kernel], i) => {
    if (name !== 'conv' && name !== 'linear') return []
    const weight = name === 'conv' ? [outputs, inputs, kernel, kernel] : [outputs, inputs]
    return [
      [`${i}.weight`, weight],
      [`${i}.bias`, [outputs]],
    ]
  })
  let p = shapes.map(([name, shape]) => array(initial(name, shape), shape))
  let m = shapes.map(([, shape]) => np.zeros(shape))
  let v = shapes.map(([, shape]) => np.zeros(shape))
  let t = 0
  const step = async () => {
    t++
    let loss
    ;[loss, p, m, v] = adamStep(p, m, v, x.ref, y.ref, np.array(1 - 0.9 ** t), np.array(1 - 0.999 ** t))
    return (await loss.data())[0]
  }
  const check = []
  while (check.length < checkedSteps) check.push(await step())
  return { run: step, check }
}

/** What other rows do not need is not in their memory. */
const bundle = async row => (await import('./bundle.mjs')).bundled('jax-js', row)

const kinds = { bundle, matmul, conv, train: training }
await serve(row => kinds[row.kind]?.(row) ?? { cannot: 'not measured' })
