/** Pictures: files, kernels laid over them, numbers made visible, and changing them at random while training. */
export * from './augmentation/index.ts'
export * from './files/index.ts'
export * from './filtering/index.ts'
export * from './looking/index.ts'
export * from './pictures/index.ts'
