/** The graph behind tensors, for people. */
import { printGraph, printGraphviz } from '../graph/print.ts'
import { nodeOf } from '../graph/refuse.ts'
import type { TensorLike } from './types.ts'

/** One line per node that the tensors depend on: name, function, shape and module. */
export const print = (...tensors: readonly TensorLike[]): string => printGraph(tensors.map(t => nodeOf('print', t)))
/** The same as a picture in Graphviz's language (`dot -Tsvg`). */
export const graphviz = (...tensors: readonly TensorLike[]): string =>
  printGraphviz(tensors.map(t => nodeOf('graphviz', t)))
