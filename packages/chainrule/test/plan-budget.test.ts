/** What a training step is planned to cost: kernels, memory, and no compiler work after the first step. */
import { beforeAll, expect, test } from 'vitest'
import { numel } from '../src/graph/shape.ts'
import { compile, grad, models, nn, optim, planCount, random, setDevice, tensor, wasmDevice } from '../src/index.ts'

const batch = 128
beforeAll(async () => {
  await setDevice(wasmDevice())
})

function lenet() {
  random.seed(7)
  const model = models.lenet5()
  const optimizer = optim.adam({ learningRate: 1e-3 }, model)
  const images = random.uniform([batch, 1, 28, 28])
  const labels = tensor(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    { shape: [batch] },
  )
  const step = compile((x: typeof images, y: typeof labels) => {
    const loss = nn.crossEntropy(model.forward(x), y)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss
  })
  return { model, optimizer, images, labels, step }
}

test('a LeNet-5 step: one plan, everything fused, in at most 1.3 times the memory that must be kept', async () => {
  const { model, optimizer, images, labels, step } = lenet()
  await images.realize()
  await step(images, labels).item()
  const plans = planCount()
  for (let i = 0; i < 3; i++) await step(images, labels).item()
  expect(planCount()).toBe(plans)
  expect(step.traces).toBe(1)

  // forward 10, loss 2, backward 11, Adam 10 less what is fused with bias gradients, one for the scalars
  const kernels = (await step.explain()).split('\n').filter(line => /^\d+ /.test(line))
  expect(kernels.length).toBeLessThanOrEqual(31)

  const bytes = (shapes: Iterable<{ readonly shape: readonly number[] }>): number =>
    [...shapes].reduce((sum, t) => sum + 4 * numel(t.shape), 0)
  const state = bytes(model.parameters()) + bytes(optimizer.stateDict().values())
  // what backward needs: the input and the outputs of each layer that is not looked through
  const saved = 4 * batch * (784 + 6 * 784 + 6 * 196 + 16 * 100 + 400 + 120 + 84 + 10)
  const planned = step.peakBytes + state
  console.log(
    `planned peak ${(planned / 1e6).toFixed(2)} MB, ${(planned / (state + saved)).toFixed(2)} times parameters, state and activations`,
  )
  expect(planned).toBeLessThan(1.3 * (state + saved))
})

test('without compile: the second step finds the plan of the first', async () => {
  const { model, optimizer, images, labels } = lenet()
  await images.realize()
  const step = async (): Promise<number> => {
    const loss = nn.crossEntropy(model.forward(images), labels)
    optimizer.step(grad(loss, optimizer.parameters))
    return loss.item()
  }
  const first = await step() // initialises, too
  const second = await step()
  const plans = planCount()
  const third = await step()
  expect(planCount()).toBe(plans)
  expect(first).toBeGreaterThan(second)
  expect(second).toBeGreaterThan(third)
})
