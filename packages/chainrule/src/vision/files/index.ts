/** PNG and JPEG files. */
export { decodeImage, type Picture, readImage } from './read.ts'
export { encodePng, type JpegOptions, writeImage } from './write.ts'
