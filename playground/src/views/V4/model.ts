/** V4: the convolved feature of a binary picture, place by place. */
import { board } from '../S1/model.ts'

export const image = [
  [1, 1, 1, 0, 0],
  [0, 1, 1, 1, 0],
  [0, 0, 1, 1, 1],
  [0, 0, 1, 1, 0],
  [0, 1, 1, 0, 0],
]
export const cross = [
  [1, 0, 1],
  [0, 1, 0],
  [1, 0, 1],
]
export const model = board(image, cross)
