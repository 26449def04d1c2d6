/** The same value everywhere. */

import * as build from '../../graph/build.ts'
import { needList } from '../../graph/refuse.ts'
import { wrap } from '../tensors.ts'
import type { Initialiser } from './fans.ts'

export const constant =
  (value: number): Initialiser =>
  shape => {
    needList('init', shape, '[out, in]')
    return wrap(build.full(shape, value))
  }
export const zeros: Initialiser = constant(0)
export const ones: Initialiser = constant(1)
