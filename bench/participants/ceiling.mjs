/**
 * Not a peer but the wall: a loop of nothing but f32x4 multiply-adds in registers, as many operations as the row has. No
 * WebAssembly code on this machine is quicker. (Where mul and add issue in parallel the fused instruction gains nothing.)
 */
import { serve } from './serve.mjs'

const accumulators = 12
const [get, set, end, simd] = [0x20, 0x21, 0x0b, 0xfd]
const fused = [simd, 0x85, 0x02]
const separate = [simd, 0xe6, 0x01, simd, 0xe4, 0x01]

/** (n: i32) → f32: n turns of `accumulators` multiply-adds acc = acc·x + y, so that no product is shared; locals: n, accumulators, x, y. */
function moduleBytes(multiplyAdd) {
  const section = (id, ...content) => [id, ...length(content.length), ...content]
  const length = size => (size < 128 ? [size] : [(size % 128) | 128, size >> 7])
  const places = Array.from({ length: accumulators }, (_, i) => i + 1)
  const [x, y] = [accumulators + 1, accumulators + 2]
  const splat = value => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), simd, 0x13]
  const turn = place =>
    multiplyAdd === fused
      ? [get, place, get, x, get, y, ...fused, set, place]
      : [get, y, get, place, get, x, ...separate, set, place]
  const code = [
    ...[1, accumulators + 2, 0x7b],
    ...[...splat(0.5), set, x, ...splat(0.25), set, y],
    ...[0x03, 0x40, ...places.flatMap(turn), get, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, end],
    ...places.flatMap((place, i) => [get, place, ...(i > 0 ? [simd, 0xe4, 0x01] : [])]),
    ...[simd, 0x1f, 0, end],
  ]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 1, 0x7f, 1, 0x7d),
    ...section(3, 1, 0),
    ...section(7, 1, 1, 0x66, 0, 0),
    ...section(10, 1, ...length(code.length), ...code),
  ])
}

await serve(({ flops }) => {
  const bytes = [fused, separate].map(moduleBytes).find(candidate => WebAssembly.validate(candidate))
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
  const chunk = 2000
  const calls = Math.max(1, Math.round(flops / (chunk * accumulators * 8)))
  const run = () => {
    for (let i = 0; i < calls; i++) f(chunk)
  }
  for (let i = 0; i < 3; i++) run()
  return { run }
})
