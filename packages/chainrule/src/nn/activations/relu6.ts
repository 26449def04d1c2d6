/** min(max(x, 0), 6). Howard et al. 2017, "MobileNets". */
import { type Elementwise, elementwiseLayer } from './elementwise.ts'
import { relu6Node } from './functions.ts'

export interface Relu6 extends Elementwise {}
/** min(max(x, 0), 6) */
export const relu6 = (): Relu6 => elementwiseLayer('relu6', relu6Node)
