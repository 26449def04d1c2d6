/**
 * The few bytes of ONNX a single operator needs: protobuf messages with the field numbers of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

const varint = value => {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 128)
  }
}
const integer = (field, value) => [Buffer.from([...varint(field * 8), ...varint(value)])]
const bytes = (field, content) => [Buffer.from([...varint(field * 8 + 2), ...varint(content.length)]), content]
const text = (field, value) => bytes(field, Buffer.from(value))
const message = (field, ...parts) => bytes(field, Buffer.concat(parts.flat()))

const float32 = 1
const tensorType = shape =>
  message(2, message(1, integer(1, float32), message(2, ...shape.map(size => message(1, integer(1, size))))))
const valueInfo = (field, [name, shape]) => message(field, text(1, name), tensorType(shape))
const tensor = ([name, { shape, data }]) =>
  message(
    5,
    ...shape.map(size => integer(1, size)),
    integer(2, float32),
    text(8, name),
    bytes(9, Buffer.from(data.buffer)),
  )
const attribute = ([name, value]) =>
  Array.isArray(value)
    ? message(5, text(1, name), ...value.map(element => integer(8, element)), integer(20, 7))
    : message(5, text(1, name), integer(3, value), integer(20, 2))

const nodeOf = ({ operator, inputs, output, attributes = {} }) =>
  message(
    1,
    ...inputs.map(name => text(1, name)),
    text(2, output),
    text(4, operator),
    ...Object.entries(attributes).map(attribute),
  )

/**
 * A model: `inputs` and `outputs` name → shape, `constants` name → { shape, data }, `nodes` in order, each
 * { operator, inputs, output, attributes }.
 */
export function network({ inputs, constants = {}, nodes, outputs }) {
  const graph = message(
    7,
    ...nodes.map(nodeOf),
    text(2, 'row'),
    ...Object.entries(constants).map(tensor),
    ...Object.entries(inputs).map(entry => valueInfo(11, entry)),
    ...Object.entries(outputs).map(entry => valueInfo(12, entry)),
  )
  return Buffer.concat([integer(1, 8), graph, message(8, integer(2, 13))].flat())
}

/** A model of one operator with one output `y`. The operator's inputs are the inputs, then the constants. */
export function model(operator, { inputs, constants = {}, attributes = {}, output }) {
  const names = [...Object.keys(inputs), ...Object.keys(constants)]
  return network({
    inputs,
    constants,
    nodes: [{ operator, inputs: names, output: 'y', attributes }],
    outputs: { y: output },
  })
}
