/**
 * What needs Node or a package beside the core: the native device with options, pictures as PNG files and in terminals.
 * `import … from 'chainrule/node'`
 */
export { beside, blocks, type Picture } from './cli/blocks.ts'
export { type Mistake, mistakesPng } from './cli/mistakes.ts'
export { readImage } from './cli/read-image.ts'
export { type Terminal, terminalOf } from './cli/terminal.ts'
export { NativeDevice, type NativeOptions, nativeDevice } from './device/native/device.ts'
export { type TunedKernel, type TuneOptions, type Tuning, tune } from './tensor/tune.ts'
