/** What is shown of a trained model: its scores, the confusion matrix and its worst mistakes. */
import type { LabelledImageSet } from '../data/index.ts'
import { sameShape } from '../graph/shape.ts'
import { crossEntropy } from '../nn/index.ts'
import {
  accuracy,
  confusionMatrix,
  evaluate,
  largest,
  precisionRecallF1,
  predict,
  probabilities,
  type Scores,
} from '../train/index.ts'
import type { Trainable } from '../train/types.ts'
import { beside, type Picture } from './blocks.ts'
import type { Mistake } from './mistakes.ts'
import type { Output } from './output.ts'
import { confusionTable, table } from './table.ts'

type Test = LabelledImageSet['test']

export interface Assessment {
  readonly scores: Scores
  readonly matrix: number[][]
  /** Wrong answers, the true class least believed in first. */
  readonly mistakes: readonly (Mistake & { readonly index: number })[]
}

export async function assess(model: Trainable, test: Test, classes: readonly string[]): Promise<Assessment> {
  const scores = await evaluate(model, test, { loss: crossEntropy, metrics: [accuracy] })
  const outputs = await predict(model, test)
  const predictions = largest(outputs)
  const shares = probabilities(outputs)
  const { x, y } = await test.batch(Int32Array.from({ length: test.length }, (_, i) => i))
  const labels = y!.data
  const share = (row: number, c: number): number => shares[row * classes.length + c]!
  const mistakes = Array.from(predictions.keys())
    .filter(i => predictions[i] !== labels[i])
    .sort((a, b) => share(a, labels[a]!) - share(b, labels[b]!))
    .map(index => ({
      index,
      picture: pictureAt(x!, index),
      truth: classes[labels[index]!]!,
      predicted: classes[predictions[index]!]!,
      confidence: share(index, predictions[index]!),
    }))
  return { scores, matrix: confusionMatrix(predictions, labels, classes.length), mistakes }
}

/** Picture `index` of a batch [N, 1, H, W]. */
export function pictureAt(
  { shape, data }: { shape: readonly number[]; data: ArrayLike<number> },
  index: number,
): Picture {
  const [, , height, width] = shape as readonly [number, number, number, number]
  if (!sameShape(shape, [shape[0]!, 1, height, width])) throw new RangeError('a picture needs shape [N, 1, H, W]')
  const size = height * width
  return { width, height, data: Array.prototype.slice.call(data, index * size, (index + 1) * size) }
}

export function showConfusion(
  { matrix }: Assessment,
  classes: readonly string[],
  { terminal, line, paint }: Output,
): void {
  line(paint('bold', 'confusion matrix'))
  for (const row of confusionTable(matrix, classes, terminal)) line(`  ${row}`)
}

/** As many of the worst mistakes as fit beside each other. */
export function showMistakes({ mistakes }: Assessment, { terminal, line, paint }: Output): void {
  if (mistakes.length === 0) return
  line(paint('bold', `worst mistakes (of ${mistakes.length}): true > predicted`))
  const width = mistakes[0]!.picture.width + 2
  const count = Math.max(1, Math.min(5, Math.floor((terminal.columns - 2) / width)))
  const shown = mistakes.slice(0, count).map(({ picture, truth, predicted, confidence }) => ({
    picture,
    caption: `${truth} > ${predicted} (${Math.round(100 * confidence)}%)`,
  }))
  for (const row of beside(shown, terminal.depth)) line(`  ${row}`)
}

/** Precision, recall and F1 of every class. */
export function showClassScores({ matrix }: Assessment, classes: readonly string[], { line, paint }: Output): void {
  const { classes: scores, mean } = precisionRecallF1(matrix)
  const three = (n: number): string => n.toFixed(3)
  const rows = [
    ['class', 'precision', 'recall', 'F1', 'samples'],
    ...scores.map((s, c) => [classes[c]!, three(s.precision), three(s.recall), three(s.f1), String(s.support)]),
    ['mean', three(mean.precision), three(mean.recall), three(mean.f1), ''],
  ]
  table(rows, 'lrrrr').forEach((row, i) => void line(`  ${i === 0 ? paint('dim', row) : row}`))
}
