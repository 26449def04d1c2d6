/** Networks ready to train. */
export { type AlexNet, type AlexNetOptions, alexnet } from './alexnet.ts'
export type { ClassifierOptions, DropoutOptions, ImageClassifier } from './classifier.ts'
export { type AllScores, type GoogLeNet, type GoogLeNetOptions, googlenet } from './googlenet.ts'
export { lenet5 } from './lenet.ts'
export { type Lenet1998Options, lenet1998 } from './lenet-1998.ts'
export { type Mlp, mlp } from './mlp.ts'
export { type ResNet, type ResNetOptions, resnet18, resnet34, resnet50, resnet101, resnet152 } from './resnet.ts'
export { type Vgg, type VggOptions, vgg11, vgg13, vgg16, vgg19 } from './vgg.ts'
