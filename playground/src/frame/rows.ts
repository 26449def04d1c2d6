/** Tables of numbers. */
import type { Rows } from './cells.tsx'

/** By 180°. */
export const turnedRows = (k: Rows): Rows => k.toReversed().map(row => row.toReversed())
