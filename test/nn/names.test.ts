import { describe, expect, it } from 'vitest';
import { activations } from '../../src/nn/activations/index.ts';
import { Constraint, constraints } from '../../src/nn/constraints.ts';
import { initializers } from '../../src/nn/initializers/index.ts';
import { Initializer } from '../../src/nn/initializers/initializer.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { losses } from '../../src/nn/losses/index.ts';
import { Loss } from '../../src/nn/losses/loss.ts';
import { metrics } from '../../src/nn/metrics/index.ts';
import { Metric } from '../../src/nn/metrics/metric.ts';
import { normalizeName } from '../../src/nn/names.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import { Optimizer } from '../../src/nn/optimizers/optimizer.ts';
import { classNameOf, registries } from '../../src/nn/registry.ts';
import { Regularizer, regularizers } from '../../src/nn/regularizers.ts';

/** Every string by which Keras 3.15.1 finds an object, less its base classes, and a few that Keras 2 has. */

const words = (text: string): string[] => text.trim().split(/\s+/);

const names = {
  losses: words(`
    BCE BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh MAE MAPE MSE MSLE
    MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
    SparseCategoricalCrossentropy SquaredHinge Tversky bce binary_crossentropy binary_focal_crossentropy
    categorical_crossentropy categorical_focal_crossentropy categorical_hinge circle cosine_similarity ctc
    dice hinge huber kl_divergence kld log_cosh mae mape mean_absolute_error mean_absolute_percentage_error
    mean_squared_error mean_squared_logarithmic_error mse msle poisson sparse_categorical_crossentropy
    squared_hinge tversky logcosh kullback_leibler_divergence categorical_generalized_cross_entropy
    CategoricalGeneralizedCrossEntropy
  `),
  metrics: words(`
    AUC Accuracy BCE BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy
    CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives
    FalsePositives Hinge IoU KLDivergence LogCoshError MAE MAPE MSE MSLE Mean MeanAbsoluteError
    MeanAbsolutePercentageError MeanIoU MeanSquaredError MeanSquaredLogarithmicError OneHotIoU OneHotMeanIoU
    PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall RecallAtPrecision
    RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy
    SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy
    TrueNegatives TruePositives accuracy auc bce binary_accuracy binary_crossentropy binary_io_u
    categorical_accuracy categorical_crossentropy categorical_hinge concordance_correlation
    cosine_similarity f1_score f_beta_score false_negatives false_positives hinge io_u kl_divergence
    log_cosh_error mae mape mean mean_absolute_error mean_absolute_percentage_error mean_io_u
    mean_squared_error mean_squared_logarithmic_error mse msle one_hot_io_u one_hot_mean_io_u
    pearson_correlation poisson precision precision_at_recall r2_score recall recall_at_precision
    root_mean_squared_error sensitivity_at_specificity sparse_categorical_accuracy
    sparse_categorical_crossentropy sparse_top_k_categorical_accuracy specificity_at_sensitivity
    squared_hinge sum top_k_categorical_accuracy true_negatives true_positives logcosh
    kullback_leibler_divergence kld KLD log_cosh huber binary_focal_crossentropy
    categorical_focal_crossentropy acc
  `),
  optimizers: words(`
    adadelta adafactor adagrad adam adamax adamw ftrl lion lossscaleoptimizer muon nadam rmsprop
    schedulefreeadamw sgd Adam SGD RMSprop AdamW lamb Lamb LossScaleOptimizer
  `),
  activations: words(`
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
  `),
  initializers: words(`
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer
    TruncatedNormal VarianceScaling Zeros constant glorot_normal glorot_uniform he_normal he_uniform
    identity lecun_normal lecun_uniform normal one ones orthogonal random_normal random_uniform stft
    truncated_normal uniform variance_scaling zero zeros
  `),
  regularizers: words(`
    L1 L1L2 L2 OrthogonalRegularizer l1 l1l2 l2 orthogonal_regularizer l1_l2
  `),
  constraints: words(`
    MaxNorm MinMaxNorm NonNeg UnitNorm max_norm min_max_norm non_neg unit_norm
  `),
};

/** Classes of layers and their aliases, as files name them. */
const layerNames = words(`
    MaxPooling1D MaxPool1D AdaptiveMaxPooling3D GlobalAveragePooling1D GlobalAvgPool1D AdaptiveMaxPooling2D
    AdaptiveAveragePooling2D AdaptiveMaxPooling1D AdaptiveAveragePooling1D AveragePooling3D AvgPool3D
    AveragePooling2D AvgPool2D GlobalMaxPooling1D GlobalMaxPool1D GlobalAveragePooling3D GlobalAvgPool3D
    GlobalMaxPooling2D GlobalMaxPool2D GlobalMaxPooling3D GlobalMaxPool3D AdaptiveAveragePooling3D
    MaxPooling2D MaxPool2D GlobalAveragePooling2D GlobalAvgPool2D MaxPooling3D MaxPool3D AveragePooling1D
    AvgPool1D AdditiveAttention Attention GroupQueryAttention MultiHeadAttention Concatenate Minimum
    Multiply Average Dot Add Subtract Maximum Conv3DTranspose Convolution3DTranspose Conv1DTranspose
    Convolution1DTranspose Conv2D Convolution2D SeparableConv1D SeparableConvolution1D Conv3D Convolution3D
    Conv1D Convolution1D DepthwiseConv1D Conv2DTranspose Convolution2DTranspose SeparableConv2D
    SeparableConvolution2D DepthwiseConv2D LayerNormalization SpectralNormalization GroupNormalization
    BatchNormalization UnitNormalization RMSNormalization LeakyReLU ReLU PReLU Activation ELU Softmax
    StringLookup TextVectorization Hashing MelSpectrogram IntegerLookup STFTSpectrogram Discretization
    HashedCrossing Rescaling CategoryEncoding Normalization RandomFlip RandomInvert RandomZoom
    RandomPerspective RandomElasticTransform RandomBrightness RandomPosterization
    ContrastLimitedAdaptiveHistogramEqualization AugMix RandomCrop MixUp RandomGaussianBlur CutMix
    RandomTranslation RandomContrast RandomColorDegeneration Solarization AutoContrast RandomColorJitter
    RandAugment RandomSharpness Equalization RandomRotation RandomErasing RandomGrayscale RandomShear
    Resizing RandomHue RandomSaturation CenterCrop AlphaDropout GaussianDropout GaussianNoise
    SpatialDropout1D SpatialDropout2D SpatialDropout3D ActivityRegularization Dropout UpSampling1D
    RepeatVector Cropping3D Cropping1D ZeroPadding3D Cropping2D Reshape ZeroPadding2D Flatten Permute
    UpSampling3D UpSampling2D ZeroPadding1D StackedRNNCells ConvLSTM3D LSTMCell LSTM ConvLSTM2D GRUCell GRU
    SimpleRNNCell SimpleRNN ConvLSTM1D RNN Bidirectional TimeDistributed EinsumDense InputLayer Lambda Dense
    Identity Masking ReversibleEmbedding Embedding ThresholdedReLU
`);

/** Functions of losses that are metrics as well. */
const functions = ['huber', 'binary_focal_crossentropy', 'categorical_focal_crossentropy'];

/** What the names that are not their own class's stand for. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  losses: {
    bce: 'BinaryCrossentropy',
    kld: 'KLDivergence',
    kullback_leibler_divergence: 'KLDivergence',
    mae: 'MeanAbsoluteError',
    mape: 'MeanAbsolutePercentageError',
    mse: 'MeanSquaredError',
    msle: 'MeanSquaredLogarithmicError',
  },
  metrics: {
    acc: 'Accuracy',
    bce: 'BinaryCrossentropy',
    kld: 'KLDivergence',
    kullback_leibler_divergence: 'KLDivergence',
    logcosh: 'LogCoshError',
    log_cosh: 'LogCoshError',
    mae: 'MeanAbsoluteError',
    mape: 'MeanAbsolutePercentageError',
    mse: 'MeanSquaredError',
    msle: 'MeanSquaredLogarithmicError',
  },
  initializers: {
    identityinitializer: 'Identity',
    normal: 'RandomNormal',
    one: 'Ones',
    orthogonalinitializer: 'Orthogonal',
    stft: 'STFTInitializer',
    uniform: 'RandomUniform',
    zero: 'Zeros',
  },
  activations: { swish: 'silu', hard_swish: 'hardSilu' },
  layers: {
    avgpool1d: 'AveragePooling1D',
    avgpool2d: 'AveragePooling2D',
    avgpool3d: 'AveragePooling3D',
    convolution1d: 'Conv1D',
    convolution1dtranspose: 'Conv1DTranspose',
    convolution2d: 'Conv2D',
    convolution2dtranspose: 'Conv2DTranspose',
    convolution3d: 'Conv3D',
    convolution3dtranspose: 'Conv3DTranspose',
    globalavgpool1d: 'GlobalAveragePooling1D',
    globalavgpool2d: 'GlobalAveragePooling2D',
    globalavgpool3d: 'GlobalAveragePooling3D',
    globalmaxpool1d: 'GlobalMaxPooling1D',
    globalmaxpool2d: 'GlobalMaxPooling2D',
    globalmaxpool3d: 'GlobalMaxPooling3D',
    groupqueryattention: 'GroupedQueryAttention',
    maxpool1d: 'MaxPooling1D',
    maxpool2d: 'MaxPooling2D',
    maxpool3d: 'MaxPooling3D',
    separableconvolution1d: 'SeparableConv1D',
    separableconvolution2d: 'SeparableConv2D',
  },
};

/** What cannot be made of a name alone. */
const required: Readonly<Record<string, object>> = {
  iou: { num_classes: 3, target_class_ids: [0, 2] },
  meaniou: { num_classes: 3 },
  onehotiou: { num_classes: 3, target_class_ids: [1] },
  onehotmeaniou: { num_classes: 3 },
  precisionatrecall: { recall: 0.5 },
  recallatprecision: { precision: 0.5 },
  sensitivityatspecificity: { specificity: 0.5 },
  specificityatsensitivity: { sensitivity: 0.5 },
  stft: { side: 'real' },
  stftinitializer: { side: 'real' },
  lossscaleoptimizer: { inner_optimizer: 'adam' },
};

const expected = (family: string, name: string): string =>
  normalizeName(aliases[family]?.[name.toLowerCase()] ?? name);

const rows = (family: keyof typeof names) => names[family].map((name) => [name] as const);

describe.each([
  ['losses', losses, Loss],
  ['metrics', metrics, Metric],
  ['optimizers', optimizers, Optimizer],
  ['initializers', initializers, Initializer],
  ['regularizers', regularizers, Regularizer],
  ['constraints', constraints, Constraint],
] as const)('%s.get and deserialize take', (family, { get, deserialize }, base) => {
  it.each(rows(family))('%s', (name) => {
    const config = required[normalizeName(name)];
    if (config === undefined) {
      const found = (get as (name: string) => object)(name);
      expect(found).toBeInstanceOf(base);
      const isFunction = functions.includes(name);
      if (!isFunction) expect(normalizeName(classNameOf(found))).toBe(expected(family, name));
    }
    const read = deserialize({ class_name: name, config: { ...config } } as never);
    expect(read).toBeInstanceOf(base);
  });
});

describe('activations.get and deserialize take', () => {
  const functionOf = (name: string) =>
    Object.entries(activations).find(
      ([key]) => normalizeName(key) === expected('activations', name),
    );

  it.each(rows('activations'))('%s', (name) => {
    const [, fn] = functionOf(name)!;
    expect(activations.get(name as never)).toBe(fn);
    const spec = { class_name: 'function', config: name, module: 'builtins' };
    expect(activations.deserialize(spec as never)).toBe(fn);
  });
});

it.each(layerNames.map((name) => [name] as const))('layers.deserialize knows %s', (name) => {
  const { className } = registries.layers.find(name);
  expect(normalizeName(className!)).toBe(expected('layers', name));
});

it('a layer of a file comes by its alias', () => {
  const config = { pool_size: [3], strides: [3], padding: 'valid' };
  const layer = layers.deserialize({ class_name: 'MaxPool1D', config });
  expect(layer.constructor).toBe(layers.maxPooling1d({ poolSize: 3 }).constructor);
  const dense = layers.dense({ units: 1, activation: 'hard_swish', kernelInitializer: 'uniform' });
  expect(dense.getConfig()).toMatchObject({ units: 1 });
});
