/** Networks ready to train. */
export { lenet5 } from './lenet.ts'
export { type Mlp, mlp } from './mlp.ts'
