/**
 * The lecture's numbers as a reader sees them: which page, which element, what its `data-value` must be. `q` names elements by their
 * quantity; the first one counts.
 */
export const goldens = [
  { view: 'neuron', q: 'sum', value: 1 },
  { view: 'neuron', q: 'o', value: 0.7310586, within: 5e-8 },
  { view: 'worked-example', q: 's', value: 1 },
  { view: 'worked-example', q: 'yhat', value: 0.7310586, within: 5e-8 },
  { view: 'worked-example', q: 'L', value: 0.0723295, within: 5e-8 },
  { view: 'worked-example', q: 'dw1', value: -0.010575417, within: 2e-9 },
  { view: 'worked-example', q: 'difference', value: -0.010575419, within: 2e-9 },
  { view: 'worked-example', q: 'dw1', state: 'sigma=table', value: -0.0108, within: 1e-8 },
  { view: 'worked-example', q: 'dw1', state: 'act=softmax', value: 0 },
  { view: 'worked-example', q: 'dw1', state: 'loss=half', value: -0.005288, within: 5e-7 },
  { view: 'worked-example', q: 'dw1', state: 'loss=norm', value: -0.019661, within: 5e-7 },
  { view: 'worked-example', q: 'dw1', state: 'loss=bce', value: -0.026894, within: 5e-7 },
  { view: 'worked-example', q: 'yhat2', value: 0.73256, within: 5e-6 },
  { view: 'worked-example', q: 'L2', value: 0.07152, within: 5e-6 },
  { view: 'computational-graph', q: 'path-sum', value: -0.5378828, within: 5e-7 },
  { view: 'computational-graph', q: 'path1', value: -0.2689414, within: 5e-7 },
  { view: 'loss', q: 'slope-squared', state: 'yhat=0.5', value: -1 },
  { view: 'backpropagation', q: 'deviation', value: 0, within: 1e-6 },
  { view: 'backpropagation', q: 'deviation', state: 'pair=linear', value: 0, within: 1e-6 },
  { view: 'perceptron', q: 'updates', state: 'by=rule', value: 10 },
  { view: 'perceptron', q: 'updates', state: 'by=rule&gate=or', value: 4 },
  { view: 'perceptron', q: 'correct', state: 'w=1,1&b=-1.5', value: 4 },
  { view: 'xor', q: 'separable', value: 14 },
  { view: 'xor', q: 'best', value: 3 },
  { view: 'xor', q: 'cycle', state: 'by=rule', value: 4 },
]
