/** Type fixture: ResNet-50 (He et al. 2016, table 1) as a chain of layers; its cost in type instantiations is budgeted. */
import * as nn from '../../src/nn/index.ts'
import { zeros } from '../../src/tensor/create.ts'

/** 1×1, 3×3, 1×1 with a projection beside them. */
const projection = <I extends number, M extends number, O extends number, S extends number>(
  inputs: I,
  middle: M,
  outputs: O,
  stride: S,
) =>
  nn.sequential(
    nn.residual(
      nn.sequential(
        nn.conv2d(inputs, middle, 1, { bias: false }),
        nn.batchNorm2d(middle),
        nn.relu(),
        nn.conv2d(middle, middle, 3, { stride, padding: 1, bias: false }),
        nn.batchNorm2d(middle),
        nn.relu(),
        nn.conv2d(middle, outputs, 1, { bias: false }),
        nn.batchNorm2d(outputs),
      ),
      nn.sequential(nn.conv2d(inputs, outputs, 1, { stride, bias: false }), nn.batchNorm2d(outputs)),
    ),
    nn.relu(),
  )

/** The same with the identity beside them. */
const identity = <M extends number, O extends number>(middle: M, outputs: O) =>
  nn.sequential(
    nn.residual(
      nn.sequential(
        nn.conv2d(outputs, middle, 1, { bias: false }),
        nn.batchNorm2d(middle),
        nn.relu(),
        nn.conv2d(middle, middle, 3, { padding: 1, bias: false }),
        nn.batchNorm2d(middle),
        nn.relu(),
        nn.conv2d(middle, outputs, 1, { bias: false }),
        nn.batchNorm2d(outputs),
      ),
    ),
    nn.relu(),
  )

export const resnet50 = nn.sequential(
  nn.input(3, 224, 224),
  nn.conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false }),
  nn.batchNorm2d(64),
  nn.relu(),
  nn.maxPool2d(3, { stride: 2, padding: 1 }),
  projection(64, 64, 256, 1),
  identity(64, 256),
  identity(64, 256),
  projection(256, 128, 512, 2),
  identity(128, 512),
  identity(128, 512),
  identity(128, 512),
  projection(512, 256, 1024, 2),
  identity(256, 1024),
  identity(256, 1024),
  identity(256, 1024),
  identity(256, 1024),
  identity(256, 1024),
  projection(1024, 512, 2048, 2),
  identity(512, 2048),
  identity(512, 2048),
  nn.globalAvgPool(),
  nn.linear(2048, 1000),
)
export const scores = resnet50.forward(zeros([8, 3, 224, 224]))
export const shape: readonly [8, 1000] = scores.shape
