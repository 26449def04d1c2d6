/** Names, state, modes and scopes of modules. */
import { beforeAll, describe, expect, test } from 'vitest'
import { jsDevice } from '../device/js/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { CheckpointError, ShapeError } from '../errors.ts'
import { topological } from '../graph/node.ts'
import { compile } from '../tensor/compile.ts'
import { tensor, zeros } from '../tensor/create.ts'
import { grad } from '../tensor/gradients.ts'
import { setDevice } from '../tensor/runtime.ts'
import * as nn from './index.ts'
import { type Tensor, type TensorLike, variable } from './tensors.ts'

class Block extends nn.Module {
  readonly conv1 = nn.conv2d(2, 2, 1)
  readonly bn1 = nn.batchNorm2d(2)
  forward(x: Tensor): Tensor {
    return this.bn1.forward(this.conv1.forward(x)).relu()
  }
}
class Net extends nn.Module {
  readonly layer1 = nn.sequential(new Block(), new Block())
  readonly heads = [nn.linear(2, 3), nn.linear(2, 4)]
  readonly scale = variable(tensor([1, 2]))
  readonly options = { name: 'net', note: null }
  forward(x: Tensor): Tensor {
    return this.heads[1]!.forward(nn.globalAvgPool().forward(this.layer1.forward(x)).mul(this.scale) as Tensor)
  }
}

describe.each([
  ['js', jsDevice],
  ['wasm', wasmDevice],
] as const)('on device %s', (_, create) => {
  beforeAll(() => {
    setDevice(create())
  })
  describe('names', () => {
    test('are property paths, buffers as in PyTorch', () => {
      const net = new Net()
      const block = (n: number): string[] => [
        `layer1.${n}.conv1.weight`,
        `layer1.${n}.conv1.bias`,
        `layer1.${n}.bn1.weight`,
        `layer1.${n}.bn1.bias`,
      ]
      expect(new Set(net.namedParameters().keys())).toEqual(
        new Set([
          'scale',
          ...block(0),
          ...block(1),
          'heads.0.weight',
          'heads.0.bias',
          'heads.1.weight',
          'heads.1.bias',
        ]),
      )
      expect([...net.namedBuffers().keys()].slice(0, 3)).toEqual([
        'layer1.0.bn1.running_mean',
        'layer1.0.bn1.running_var',
        'layer1.0.bn1.num_batches_tracked',
      ])
      expect(net.stateDict().size).toBe(net.namedParameters().size + 6)
      expect([...net.namedModules().keys()]).toContain('layer1.1.bn1')
    })

    test('a sequential numbers its layers, input takes no number', () => {
      const net = nn.sequential(nn.input(4), nn.linear(4, 3), nn.relu(), nn.linear(3, 2))
      expect([...net.namedParameters().keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias'])
      expect(`${net}`).toBe('sequential {\n  (0): linear(4, 3)\n  (1): relu()\n  (2): linear(3, 2)\n}')
    })

    test('are read from arrays, maps and plain objects, and cycles end', () => {
      class Branches extends nn.Module {
        readonly list = [nn.linear(1, 1, { bias: false })]
        readonly map = new Map([['a', nn.linear(1, 1, { bias: false })]])
        readonly named = { b: nn.linear(1, 1, { bias: false }), self: this }
        readonly values = new Float32Array(8)
      }
      const branches = new Branches()
      expect([...branches.namedParameters().keys()]).toEqual(['list.0.weight', 'map.a.weight', 'named.b.weight'])
      expect(`${branches}`).toContain('(named.b): linear(1, 1, bias false)')
    })

    test('a shared module has its parameters listed once', () => {
      const shared = nn.linear(2, 2)
      const net = nn.sequential(shared, nn.relu(), shared)
      expect(net.parameters()).toEqual([shared.weight, shared.bias])
    })
  })

  describe('forward', () => {
    test('gives nodes the path of their module', () => {
      const net = new Net()
      const y = net.forward(zeros([1, 2, 3, 3]))
      const scopes = new Set(topological([y.node]).map(n => n.scope))
      expect(scopes).toContain('layer1.1.conv1')
      expect(scopes).toContain('heads.1')
      const [g] = grad(y.sum(), [net.heads[1]!.weight])
      expect(g.shape).toEqual([4, 2])
      expect(g.node.scope).toBe('heads.1')
    })

    test('an error names the module', () => {
      const net = new Net()
      const run = (): unknown => net.forward(zeros([1, 3, 3, 3]))
      expect(run).toThrow('conv2d: expected 2 input channels, got 3 (input [1, 3, 3, 3]) (in module layer1.0.conv1)')
      try {
        run()
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError)
        expect((error as ShapeError).module).toBe('layer1.0.conv1')
      }
    })
  })

  describe('state', () => {
    test('goes from one model to another', async () => {
      const [a, b] = [new Net(), new Net()]
      b.loadStateDict(a.stateDict())
      for (const [name, value] of a.stateDict())
        expect(await b.stateDict().get(name)!.data()).toEqual(await value.data())
      // they do not share memory afterwards
      a.heads[0]!.bias!.set([7, 7, 7])
      expect([...(await b.heads[0]!.bias!.data())]).not.toEqual([7, 7, 7])
    })

    test('of another model is refused, and nothing changes', async () => {
      const net = nn.sequential(nn.linear(2, 2), nn.linear(2, 1))
      const before = await net.layers[0].weight.data()
      const other = nn.sequential(nn.linear(2, 3), nn.linear(3, 1)).stateDict()
      expect(() => net.loadStateDict(other)).toThrow(
        'loadStateDict: 0.weight is [2, 2] in the model and [3, 2] in the state',
      )
      const small = nn.sequential(nn.linear(2, 2)).stateDict()
      expect(() => net.loadStateDict(small)).toThrow(CheckpointError)
      expect(() => net.loadStateDict(small)).toThrow('missing 1.weight, 1.bias')
      expect(() => nn.sequential(nn.linear(2, 2)).loadStateDict(net.stateDict())).toThrow('not in the model 1.weight')
      expect(await net.layers[0].weight.data()).toEqual(before)
      net.loadStateDict(small, { strict: false })
      expect(await net.layers[0].weight.data()).toEqual(await small.get('0.weight')!.data())
    })
  })

  describe('modes', () => {
    test('reach every module, and compiled functions notice', async () => {
      const net = nn.sequential(nn.dropout(0.5), nn.batchNorm1d(3))
      const f = compile((x: Tensor<[64, 3]>) => net.forward(x))
      const x = tensor(
        Float32Array.from({ length: 192 }, (_, i) => i % 7),
        { shape: [64, 3] },
      )
      const training = await f(x).data()
      net.eval()
      expect(net.layers[0].training || net.layers[1].training).toBe(false)
      const first = await f(x).data()
      expect(first).not.toEqual(training)
      expect(await f(x).data()).toEqual(first)
      net.train()
      expect(net.layers[1].training).toBe(true)
      expect(await f(x).data()).not.toEqual(first)
    })

    test('frozen parameters are left out of training but stay in the state', () => {
      const net = nn.sequential(nn.linear(2, 2), nn.linear(2, 1))
      net.layers[0].freeze()
      expect(net.parameters()).toEqual([net.layers[1].weight, net.layers[1].bias])
      expect(net.stateDict().size).toBe(4)
      net.unfreeze()
      expect(net.parameters()).toHaveLength(4)
    })
  })

  test('batch normalisation: running statistics follow the batches, evaluation uses them', async () => {
    const bn = nn.batchNorm1d(1)
    const x: TensorLike = tensor([[1], [2], [6]])
    await bn.forward(x as Tensor<[3, 1]>).data()
    // momentum 0.1; the unbiased variance of 1, 2, 6 is 7
    expect((await bn.runningMean!.data())[0]).toBeCloseTo(0.3, 6)
    expect((await bn.runningVariance!.data())[0]).toBeCloseTo(0.9 + 0.7, 6)
    bn.eval()
    const [y] = await bn.forward(tensor([[1]])).data()
    expect(y).toBeCloseTo((1 - 0.3) / Math.sqrt(1.6 + 1e-5), 5)
    bn.train()
    expect(() => bn.forward(tensor([[1]]))).toThrow('needs more than one value per channel in training')
  })
})
