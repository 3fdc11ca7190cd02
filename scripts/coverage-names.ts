/**
 * The public names of Keras 3.15.1 by group, as its modules export them,, and which of them TensorFlow.js Layers 4.22 has. Names only:
 * what Nabla has is found out from its registries.
 */

const words = (text: string): string[] => text.trim().split(/\s+/);

export const keras = {
  layers: words(`
    Input InputLayer Dense EinsumDense Activation Embedding Masking Lambda Identity Wrapper ActivityRegularization ReLU LeakyReLU PReLU
    ELU Softmax Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose SeparableConv1D SeparableConv2D DepthwiseConv1D
    DepthwiseConv2D MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalMaxPooling3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D AdaptiveAveragePooling1D
    AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D RNN SimpleRNN
    SimpleRNNCell LSTM LSTMCell GRU GRUCell StackedRNNCells Bidirectional TimeDistributed ConvLSTM1D ConvLSTM2D ConvLSTM3D
    BatchNormalization LayerNormalization GroupNormalization RMSNormalization UnitNormalization SpectralNormalization Dropout
    SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout Attention AdditiveAttention
    MultiHeadAttention GroupQueryAttention Flatten Reshape Permute RepeatVector Cropping1D Cropping2D Cropping3D ZeroPadding1D
    ZeroPadding2D ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    Normalization Discretization CategoryEncoding Hashing HashedCrossing IntegerLookup StringLookup TextVectorization Rescaling Resizing
    CenterCrop RandomCrop RandomFlip RandomTranslation RandomRotation RandomZoom RandomContrast RandomBrightness RandomSaturation
    RandomHue RandomColorJitter RandomColorDegeneration RandomGrayscale RandomInvert RandomPosterization RandomSharpness RandomShear
    RandomErasing RandomElasticTransform RandomGaussianBlur RandomPerspective AutoContrast Equalization Solarization AugMix CutMix MixUp
    RandAugment MaxNumBoundingBoxes MelSpectrogram STFTSpectrogram Pipeline ReversibleEmbedding TorchModuleWrapper TFSMLayer JaxLayer
    FlaxLayer AvgPool1D AvgPool2D AvgPool3D ContrastLimitedAdaptiveHistogramEqualization Convolution1D Convolution1DTranspose
    Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D
    GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D InputSpec Layer MaxPool1D MaxPool2D MaxPool3D SeparableConvolution1D
    SeparableConvolution2D add average concatenate deserialize dot maximum minimum multiply serialize subtract
  `),
  activations: words(`
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6
    selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh tanh_shrink threshold
    deserialize get hard_swish serialize swish
  `),
  losses: words(`
    BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh MeanAbsoluteError
    MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky
    Loss binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc deserialize dice get hinge huber kl_divergence
    log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson serialize
    sparse_categorical_crossentropy squared_hinge tversky
  `),
  metrics: words(`
    AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy CategoricalHinge
    ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence LogCoshError Mean
    MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanSquaredError MeanSquaredLogarithmicError OneHotIoU
    OneHotMeanIoU PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError
    SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy
    SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives Metric binary_accuracy
    binary_crossentropy binary_focal_crossentropy categorical_accuracy categorical_crossentropy categorical_focal_crossentropy
    categorical_hinge concordance_correlation deserialize get hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error pearson_correlation poisson serialize
    sparse_categorical_accuracy sparse_categorical_crossentropy sparse_top_k_categorical_accuracy squared_hinge
    top_k_categorical_accuracy
  `),
  optimizers: words(`
    SGD RMSprop Adam AdamW Adadelta Adagrad Adamax Nadam Ftrl Lion Lamb Adafactor Muon ScheduleFreeAdamW LossScaleOptimizer
    MultiOptimizer Optimizer OptimizerMap deserialize get serialize
  `),
  schedules: words(`
    CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay LearningRateSchedule
    deserialize serialize
  `),
  initializers: words(`
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal RandomNormal RandomUniform
    STFT TruncatedNormal VarianceScaling Zeros IdentityInitializer Initializer OrthogonalInitializer STFTInitializer constant
    deserialize get glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform ones orthogonal random_normal
    random_uniform serialize stft truncated_normal variance_scaling zeros
  `),
  regularizers: words(`
    L1 L2 L1L2 OrthogonalRegularizer Regularizer deserialize get l1 l1_l2 l2 orthogonal_regularizer serialize
  `),
  constraints: words(`
    MaxNorm MinMaxNorm NonNeg UnitNorm Constraint deserialize get max_norm min_max_norm non_neg serialize unit_norm
  `),
  callbacks: words(`
    BackupAndRestore CSVLogger EarlyStopping History LambdaCallback LearningRateScheduler ModelCheckpoint ProgbarLogger
    ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN Callback CallbackList OrbaxCheckpoint
  `),
} as const;

export const tensorFlowJs: { readonly [G in keyof typeof keras]: readonly string[] } = {
  layers: words(`
    Input InputLayer Dense Activation Embedding Masking ReLU LeakyReLU PReLU ELU Softmax
    Conv1D Conv2D Conv3D Conv2DTranspose Conv3DTranspose SeparableConv2D DepthwiseConv2D
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalAveragePooling1D GlobalAveragePooling2D
    RNN SimpleRNN SimpleRNNCell LSTM LSTMCell GRU GRUCell StackedRNNCells Bidirectional TimeDistributed ConvLSTM2D
    BatchNormalization LayerNormalization Dropout SpatialDropout1D GaussianDropout GaussianNoise AlphaDropout
    Flatten Reshape Permute RepeatVector Cropping2D ZeroPadding2D UpSampling2D
    Add Multiply Average Maximum Minimum Concatenate Dot CategoryEncoding Rescaling Resizing CenterCrop RandomWidth
  `),
  activations: words(`
    elu gelu hard_sigmoid linear log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign tanh
  `),
  losses: words(`
    BinaryCrossentropy CategoricalCrossentropy CategoricalHinge CosineSimilarity Hinge KLDivergence LogCosh MeanAbsoluteError
    MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge
  `),
  metrics: words(`
    BinaryAccuracy BinaryCrossentropy CategoricalAccuracy CategoricalCrossentropy CosineSimilarity MeanAbsoluteError
    MeanAbsolutePercentageError MeanSquaredError Precision R2Score Recall SparseCategoricalAccuracy
  `),
  optimizers: words('SGD RMSprop Adam Adadelta Adagrad Adamax'),
  schedules: [],
  initializers: words(`
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal RandomNormal RandomUniform
    TruncatedNormal VarianceScaling Zeros
  `),
  regularizers: words('L1 L2 L1L2'),
  constraints: words('MaxNorm MinMaxNorm NonNeg UnitNorm'),
  callbacks: words('EarlyStopping History LambdaCallback'),
};

/** Why something is left out. */
export const reasons: Readonly<Record<string, string>> = {
  TorchModuleWrapper: 'wraps a PyTorch module: belongs to Python',
  TFSMLayer: 'wraps a TensorFlow SavedModel: belongs to Python',
  JaxLayer: 'wraps a JAX function: belongs to Python',
  FlaxLayer: 'wraps a Flax module: belongs to Python',
  InputSpec: 'operations check shapes, and name the layer in the message',
  MaxNumBoundingBoxes: 'bounding boxes are not part of the package yet',
  Pipeline: '`sequential`',
  MultiOptimizer:
    'Keras chooses by the paths of weights; `minimize` takes the variables of each optimizer',
  OptimizerMap: 'belongs to MultiOptimizer',
  CallbackList: '`fit` takes a list of callbacks',
  OrbaxCheckpoint:
    'checkpoints of JAX; `callbacks.modelCheckpoint` and `callbacks.backupAndRestore`',
  ProgbarLogger: 'is `callbacks.progressBar`, and `verbose`',
};

/** What TensorFlow.js has and Keras has not. */
export const onlyTensorFlowJs: Readonly<Record<string, string>> = {
  'tf.sequential({ layers })': '`sequential(layers)`',
  'tf.model({ inputs, outputs })': '`model({ inputs, outputs })`',
  'tf.input': '`input`',
  'layer.apply(x)': '`layer.call(x)`',
  'model.fitDataset, evaluateDataset':
    '`fit` and `evaluate` take Datasets, iterables and generators',
  'model.executor, makeTrainFunction': 'steps are compiled by `fit`; `jit` compiles functions',
  'tf.loadLayersModel': '`loadModel` reads model.json, .keras, .h5, .safetensors and .onnx',
  'model.save(handler)': '`model.save(path)`, or `indexeddb://name` in a page',
  'tf.io.listModels, removeModel': '`listStoredModels`, `removeStoredModel` in a page',
  'tf.tidy, tensor.dispose, tf.keep, tf.memory': 'nothing has to be disposed of',
  'tf.variable': '`variable`',
  'tf.grad, tf.valueAndGrad, tf.variableGrads': '`grad`, `valueAndGrad`, `variableGradients`',
  'tf.customGrad': '`customGradient`',
  'tf.train.sgd, momentum, adam, ...': '`optimizers`, with `minimize`',
  'tf.losses, tf.metrics': '`lossFunctions`, `metricFunctions`',
  'tf.initializers, tf.regularizers, tf.constraints':
    '`initializers`, `regularizers`, `constraints`',
  'tf.layers.convLstm2dCell': '`layers.convLstmCell({ rank: 2 })`',
  'tf.layers.thresholdedReLU': '`layers.thresholdedRelu`',
  'tf.layers.randomWidth': '`layers.randomZoom`, which keeps the size of the batch',
  'tf.callbacks.earlyStopping': '`callbacks.earlyStopping`',
  'callbacks: { onEpochEnd }': 'hooks in a plain object are a callback',
  'tf.data.Dataset': '`Dataset`',
  'tf.browser.fromPixels, toPixels': '`tensor(imageData.data, [height, width, 4])`',
  'tf.setBackend, tf.ready, tf.env': '`setDevice`; engines start when they are needed',
  'tf.registerOp, tf.registerKernel':
    'operations are composed of `ops`, or primitives (CONTRIBUTING.md)',
  'tfvis.show, tfvis.render': 'the entry `nabla/charts`',
};
