/** A picture as decoders give it and encoders take it. */
export interface Raster {
  readonly width: number
  readonly height: number
  /** Grey or red, green, blue. */
  readonly channels: 1 | 3
  /** In [0, 1]; row by row, the channels of a pixel beside each other. */
  readonly data: Float32Array
}

/** More pixels than this are taken for a broken or hostile header. */
export const mostPixels = 64e6
