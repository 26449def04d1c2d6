import { describe, expect, it } from 'vitest'
import { DataError, IndexError, ShapeError } from '../errors.ts'
import { tensor } from '../tensor/create.ts'
import { accuracy, binaryAccuracy, confusionMatrix, type Metric, precisionRecallF1, topK } from './metrics.ts'

const outputs = tensor([
  [0.1, 0.7, 0.2, 0],
  [5, 4, 3, 2],
  [-1, -2, -3, -4],
  [0, 0, 0, 9],
])
const labels = tensor(Int32Array.of(1, 2, 3, 3))
const value = async (metric: Metric): Promise<number> =>
  Number(await metric.compute(outputs as never, labels as never).item())

describe('metrics', () => {
  it('accuracy and topK count labels among the largest outputs', async () => {
    expect(await value(accuracy)).toBe(0.5)
    expect(await value(topK(1))).toBe(0.5)
    expect(await value(topK(2))).toBe(0.5)
    expect(await value(topK(3))).toBe(0.75)
    expect(await value(topK(4))).toBe(1)
    expect(topK(5).name).toBe('top5')
  })
  it('binaryAccuracy compares the sign of a logit with 0 or 1', async () => {
    const logits = tensor([[2], [-1], [0], [3]])
    const scored = async (targets: object) =>
      Number(await binaryAccuracy.compute(logits as never, targets as never).item())
    expect(await scored(tensor(Int32Array.of(1, 0, 1, 0)))).toBe(0.5)
    expect(await scored(tensor([[1], [0], [0], [1]]))).toBe(1)
    expect(() => binaryAccuracy.compute(outputs as never, labels as never)).toThrow(
      'binaryAccuracy: needs a logit and a target for each sample, got [4, 4] and [4]',
    )
  })
  it('name shapes that do not fit', () => {
    expect(() => accuracy.compute(outputs as never, tensor(Int32Array.of(1)) as never)).toThrow(ShapeError)
    expect(() => accuracy.compute(outputs as never, tensor([1, 2, 3, 4]) as never)).toThrow(
      'accuracy: outputs [4, 4] need int32 labels [4], got float32 [4]',
    )
  })
  it('confusionMatrix: rows are true classes', () => {
    expect(confusionMatrix([0, 1, 1, 2, 0], [0, 1, 2, 2, 1], 3)).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 1, 1],
    ])
    expect(() => confusionMatrix([0], [0, 1], 2)).toThrow(DataError)
    expect(() => confusionMatrix([0], [2], 2)).toThrow(IndexError)
    expect(() => confusionMatrix([3], [0], 2)).toThrow('prediction 3 is outside the 2 classes')
  })
  it('precisionRecallF1 of classes, with nothing for nothing', () => {
    // scikit-learn's precision_recall_fscore_support on the same counts
    const { classes, mean } = precisionRecallF1([
      [6, 2, 0],
      [1, 3, 0],
      [0, 0, 0],
    ])
    expect(classes[0]).toEqual({ precision: 6 / 7, recall: 0.75, f1: expect.closeTo(0.8, 12), support: 8 })
    expect(classes[1]).toEqual({ precision: 0.6, recall: 0.75, f1: expect.closeTo(2 / 3, 12), support: 4 })
    expect(classes[2]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 })
    expect(mean.recall).toBeCloseTo(0.5, 12)
  })
})
