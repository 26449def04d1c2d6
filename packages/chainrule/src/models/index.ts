/** Networks ready to train. */
export { lenet5 } from './lenet.ts'
export { type Mlp, mlp } from './mlp.ts'
export { type ResNet, type ResNetOptions, resnet18, resnet34, resnet50, resnet101, resnet152 } from './resnet.ts'
