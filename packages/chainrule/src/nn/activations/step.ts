/** 1 where x > 0, else 0: the threshold of McCulloch and Pitts 1943 and of Rosenblatt 1958. Its derivative is 0 everywhere. */
import * as build from '../../graph/build.ts'
import { type Elementwise, elementwiseLayer } from './elementwise.ts'

export interface Step extends Elementwise {}
/** 1 where x > 0, else 0; nothing is learned through it. */
export const step = (): Step => elementwiseLayer('step', x => build.cast(build.less(build.fullLike(x, 0), x), x.dtype))
