/** Text: tokens, vocabularies, language models and classifiers. */

export { BagOfWords, type BagOfWordsOptions, bagOfWords, presence } from './bag-of-words.ts'
export { type Padded, padded, type StreamBatch, type StreamOptions, streamBatches } from './batches.ts'
export {
  ConvolutionClassifier,
  type ConvolutionClassifierOptions,
  convolutionClassifier,
} from './convolution-classifier.ts'
export { favouriteNgrams, type KernelFavourites } from './favourite-ngrams.ts'
export { type GenerateOptions, generate, generateTokens } from './generate.ts'
export { KneserNey, type KneserNeyOptions, kneserNey } from './kneser-ney.ts'
export { LanguageModel, type LanguageModelOptions, languageModel } from './language-model.ts'
export { type SamplingOptions, samplingProbabilities } from './sampling.ts'
export { readLanguageModel, type SavedLanguageModel, saveLanguageModel } from './saved-language-model.ts'
export { characters, type Tokenizer, tokenizers, words } from './tokenizers.ts'
export {
  type LanguageModelEvent,
  type PerplexityOptions,
  perplexity,
  type TrainLanguageModelOptions,
  trainLanguageModel,
} from './train-language-model.ts'
export { Vocabulary, type VocabularyOptions } from './vocabulary.ts'
