/** Every view in the lecture's order, as text. The code of a view is in `views/<id>/`. */

export interface Station {
  /** Names the folder; the lecture's concepts are numbered so. */
  readonly id: string
  /** Its name in addresses. */
  readonly slug: string
  readonly title: string
  /** Which part of the lecture it belongs to. */
  readonly part: string
  /** What the lecture says. */
  readonly sentence: string
  /** Something to find out by trying. */
  readonly question: string
}

export const stations: readonly Station[] = [
  {
    id: 'N1',
    slug: 'neuron',
    title: 'A neuron',
    part: 'Neurons',
    sentence:
      'A neuron produces a single output o = s(Σ wᵢxᵢ + b). This sum is called the activation of the neuron. The function s is called the activation function for the neuron.',
    question: 'The output is 0.731. Change one number so that it becomes exactly 0.5. What is the sum then?',
  },
  {
    id: 'N2',
    slug: 'threshold-unit',
    title: 'The unit of McCulloch and Pitts',
    part: 'Neurons',
    sentence:
      'Output is a “squashed” linear function of the inputs: aᵢ ← g(inᵢ) = g(Σⱼ Wⱼ,ᵢ aⱼ). A gross oversimplification of real neurons.',
    question: 'Make the unit fire for “a₁ and not a₂” only. Which weights, which threshold?',
  },
  {
    id: 'N3',
    slug: 'activation',
    title: 'Activation functions',
    part: 'Neurons',
    sentence:
      'A step function or threshold function; a sigmoid function 1/(1 + e⁻ˣ). Changing the bias weight W₀ moves the threshold location.',
    question:
      'How steep must the sigmoid be so that you can no longer tell it from the step? What has become of its slope at the threshold?',
  },
  {
    id: 'N4',
    slug: 'expansion',
    title: 'A network is a nested formula',
    part: 'Neurons',
    sentence:
      'Feed-forward network = a parameterized family of nonlinear functions: a₅ = g(W₃₅·a₃ + W₄₅·a₄) = g(W₃₅·g(W₁₃·a₁ + W₂₃·a₂) + W₄₅·g(W₁₄·a₁ + W₂₄·a₂)). Adjusting weights changes the function.',
    question: 'Change only W₁₃. Which parts of the unfolded formula move, and which stay?',
  },
  {
    id: 'P1',
    slug: 'perceptron',
    title: 'What a perceptron can say',
    part: 'Perceptrons',
    sentence:
      'A perceptron with g = step function (Rosenblatt, 1957, 1960) can represent AND, OR, NOT, majority, etc. It represents a linear separator in input space: Σⱼ Wⱼxⱼ > 0 or W·x > 0.',
    question: 'Turn the line so that the unit says AND. How far can you shift it before it says something else?',
  },
  {
    id: 'P2',
    slug: 'xor',
    title: 'What it cannot: XOR',
    part: 'Perceptrons',
    sentence:
      'Can represent AND, OR, NOT, majority, etc., but not XOR. Minsky & Papert (1969) pricked the neural network balloon.',
    question: 'Try to get four of four. Then let the rule try, and watch its weights come back.',
  },
  {
    id: 'H1',
    slug: 'layers',
    title: 'Layers',
    part: 'Hidden layers',
    sentence: 'Layers are usually fully connected; numbers of hidden units typically chosen by hand.',
    question: 'With 17 parameters to spend on two inputs and one output: one hidden layer, or two?',
  },
  {
    id: 'H2',
    slug: 'hidden-layer',
    title: 'A hidden layer solves XOR',
    part: 'Hidden layers',
    sentence:
      'For solving the XOR problem, we need a hidden layer: some neurons in the hidden layer will activate only for some combination of input features; the output layer can represent combination of the activations of the hidden neurons.',
    question: 'Two hidden units can do it. Train from a few seeds: do they always? Then count over sixty seeds.',
  },
  {
    id: 'H3',
    slug: 'approximation',
    title: 'A universal approximator',
    part: 'Hidden layers',
    sentence:
      'Neural network with one hidden layer is a universal approximator: every function can be modeled as a shallow feed forward network. Not all functions can be represented efficiently with a single hidden layer.',
    question: 'Double the number of ReLUs: by which factor does the largest error of the sine shrink? And at the jump?',
  },
  {
    id: 'G1',
    slug: 'gradient-descent',
    title: 'Gradient descent',
    part: 'Learning',
    sentence:
      'Gradient descent! 1. Make prediction 2. Calculate loss 3. Calculate gradient of the loss function w.r.t. parameters 4. Update parameters by taking a step in the opposite direction 5. Iterate.',
    question: 'Find the largest learning rate that still arrives. What happens just above it?',
  },
  {
    id: 'G2',
    slug: 'forward',
    title: 'Forward propagation',
    part: 'Learning',
    sentence: 'Pass in input. Calculate each layer.',
    question:
      'Press step and compute the lit dot product by hand before you look. Which numbers change when only x₁ does?',
  },
  {
    id: 'X1',
    slug: 'loss',
    title: 'Losses and their slopes',
    part: 'Learning',
    sentence:
      'Compare output to correct answers: look at loss function J. How could we change the weights to make our loss function lower?',
    question:
      'The target is 1 and the prediction 0.01. Which loss pushes hardest, and which pushes no harder than near the goal?',
  },
  {
    id: 'B1',
    slug: 'backpropagation',
    title: 'The three equations',
    part: 'Backpropagation',
    sentence:
      '∂J/∂W⁽³⁾ = (ŷ − y)·a⁽³⁾, ∂J/∂W⁽²⁾ = (ŷ − y)·W⁽³⁾·σ′(z⁽³⁾)·a⁽²⁾, ∂J/∂W⁽¹⁾ = (ŷ − y)·W⁽³⁾·σ′(z⁽³⁾)·W⁽²⁾·σ′(z⁽²⁾)·X',
    question: 'For which output and loss do the slide’s equations fail, and by which factor?',
  },
  {
    id: 'B2',
    slug: 'outer-product',
    title: 'Error signal times input signal',
    part: 'Backpropagation',
    sentence:
      '∂s/∂Wᵢⱼ = δᵢxⱼ: local error signal times local input signal. We want all combinations of i = 1, 2, … and j = 1, 2, 3, …: outer product, ∂J/∂W = δxᵀ.',
    question: 'Set one input to 0. Which weights can learn nothing from this example, and why?',
  },
  {
    id: 'C1',
    slug: 'computational-graph',
    title: 'The computational graph',
    part: 'Backpropagation',
    sentence:
      'Node v represents a variable: it stores value, gradient and the function that created the node. Directed edge (u, v) represents the partial derivative of u w.r.t. v. To compute the gradient dL/dv, find the unique path from L to v and multiply the edge weights.',
    question: 'Is the path unique? Count the paths from L to yhat, and compute the gradient with one of them only.',
  },
  {
    id: 'C2',
    slug: 'worked-example',
    title: 'The worked example',
    part: 'Backpropagation',
    sentence:
      'Given softmax activation, L2 loss, a point (x₁, x₂, x₃, y) = (0.1, 0.15, 0.2, 1), compute the gradient ∂L/∂w₁.',
    question: 'The slide’s table says σ(1) = 0.73 and σ′(1) = 0.20. Multiply with those by hand: do you get −0.0106?',
  },
  {
    id: 'I1',
    slug: 'image-structure',
    title: 'Images have structure',
    part: 'Images',
    sentence:
      'So far, the structure of our neural network treats all inputs interchangeably. Image data has important structures: “topology” of pixels, translation invariance, issues of lighting and contrast, nearby pixels tend to have similar values, scale invariance.',
    question:
      'Train both, then put all pixels in another order and train again. Which of the two hardly notices, and why?',
  },
  {
    id: 'K3',
    slug: 'parameters',
    title: 'How many parameters',
    part: 'Images',
    sentence:
      'Color images are more typically at least (200 × 200) pixels × 3 color channels (RGB) = 120,000 values. A single fully connected layer would require (200 × 200 × 3)² = 14,400,000,000 weights!',
    question: 'How many 5 × 5 kernels would it take to have as many weights as that fully connected layer?',
  },
  {
    id: 'K1',
    slug: 'kernels',
    title: 'Kernels',
    part: 'Images',
    sentence:
      'A kernel is a grid of weights “overlaid” on image, centered on one pixel. Each weight multiplied with pixel underneath it; output over the centered pixel is Σ Wₚ · pixelₚ. Used for blur, sharpen, edge detection, emboss.',
    question: 'Smooth the cat with nine ones. Why does it turn white, and which switch brings it back?',
  },
  {
    id: 'K2',
    slug: 'feature-detectors',
    title: 'Kernels as detectors',
    part: 'Images',
    sentence:
      'Can think of kernels as “local feature detectors”: vertical line detector, horizontal line detector, corner detector.',
    question:
      'Paint a bright ground with a dark line. What does the vertical line detector say, and which detector finds it?',
  },
  {
    id: 'S1',
    slug: 'grid-padding-stride',
    title: 'Grid size, padding, stride',
    part: 'Convolution',
    sentence:
      'Grid size: the number of pixels a kernel “sees” at once. Padding adds extra pixels around the frame, so every pixel of the original image will be a center pixel as the kernel moves across the image. Stride: the “step size” as the kernel moves across the image.',
    question: 'With a 3 × 3 kernel and stride 1, which padding keeps the size of the picture? And with a 5 × 5 kernel?',
  },
  {
    id: 'S4',
    slug: 'depth',
    title: 'Depth',
    part: 'Convolution',
    sentence:
      'The kernel itself will have a “depth” the same size as the number of input channels. A 5 × 5 kernel on an RGB image: there will be 5 × 5 × 3 = 75 weights. If there are 10 kernels in a layer, the output of that layer will have depth 10.',
    question:
      'Input 32 × 32 × 3, ten 5 × 5 kernels, padding 2: what is the size of the output, and how many parameters are learned?',
  },
  {
    id: 'O1',
    slug: 'pooling',
    title: 'Pooling',
    part: 'Convolution',
    sentence:
      'Idea: reduce the image size by mapping a patch of pixels to a single value. Max-pool: for each distinct patch, represent it by the maximum. Average-pool: represent it by the average.',
    question: 'Find a picture whose maxima all survive a shift by one pixel. Do its averages survive too?',
  },
  {
    id: 'V1',
    slug: 'convnet',
    title: 'The ConvNet studio',
    part: 'Convolution',
    sentence:
      'ConvNet is a sequence of convolutional layers, interspersed with activation functions. If we had 6 5 × 5 filters, we’ll get 6 separate activation maps; we stack these up to get a “new image”.',
    question:
      'Train it, then draw a 7 with a bar. Which maps tell it from a 1? Draw the same digit in a corner: which maps shift, and does the answer stay?',
  },
  {
    id: 'V4',
    slug: 'convolved-feature',
    title: 'The convolved feature',
    part: 'Convolution',
    sentence: 'What is convolution of an image with a filter? The image 5 × 5, the kernel 1 0 1 / 0 1 0 / 1 0 1.',
    question: 'The slide stops at 4 3 4 / 2 4 3 / 2 3 and a gap. Work out the last number by hand, then look.',
  },
  {
    id: 'S5',
    slug: 'output-size',
    title: 'The size of the output',
    part: 'Convolution',
    sentence: 'Output size: (N − F) / stride + 1. 7 × 7 input, 3 × 3 filter applied with stride 3? Doesn’t fit!',
    question:
      'Find a stride that does not fit an input of 32 under a kernel of 5. Which of these strides can padding repair?',
  },
  {
    id: 'R1',
    slug: 'language-model',
    title: 'A recurrent language model',
    part: 'Applications',
    sentence:
      'Consider a language modelling task: given a vocabulary, the task is to predict the next word in a sentence. Sequence information of words is important. Recurrent neural networks (RNNs) are widely used.',
    question: 'Train it. “The rat that ate the malt that …”: which of the words read does the next one depend on most?',
  },
  {
    id: 'Z1',
    slug: 'architectures',
    title: 'LeNet, AlexNet, VGG, GoogLeNet, ResNet',
    part: 'Applications',
    sentence: 'References: CNN architectures — LeNet, AlexNet, VGG, GoogLeNet, ResNet and more.',
    question: 'VGG-16 has twelve times as many parameters as ResNet-18. Where are they?',
  },
]

/** By slug or id, in any case of letters. */
export const stationOf = (name: string): Station | undefined =>
  stations.find(s => s.slug === name.toLowerCase() || s.id.toLowerCase() === name.toLowerCase())
