/**
 * The public functions, methods and attributes of Keras 3.15.1 beside its registered classes, where each is in
 * Nabla if it goes by another name, and why what is left out is left out.
 */

const words = (text: string): string[] => text.trim().split(/\s+/);

export const kerasApi = {
  Model: words(`
    compile fit evaluate predict train_on_batch test_on_batch predict_on_batch train_step test_step predict_step compute_loss
    compute_metrics get_metrics_result reset_metrics metrics metrics_names make_train_function make_test_function make_predict_function
    loss optimizer compiled compile_from_config get_compile_config run_eagerly jit_compile stop_training summary save save_weights
    load_weights export to_json get_config from_config get_layer layers inputs outputs output_names input_shape output_shape add pop
    get_state_tree set_state_tree build_from_config get_quantization_layer_structure predict_function stateless_compute_loss
    steps_per_execution stop_evaluating stop_predicting test_function train_function
  `),
  Layer: words(`
    call build built name dtype trainable supports_masking weights trainable_weights non_trainable_weights variables trainable_variables
    non_trainable_variables metrics losses add_weight add_loss get_weights set_weights count_params get_config from_config compute_mask
    compute_output_shape compute_output_spec input output input_spec activity_regularizer autocast dtype_policy compute_dtype
    variable_dtype input_dtype get_build_config build_from_config save_own_variables load_own_variables path quantize quantization_mode
    stateless_call symbolic_call rematerialized_call add_metric add_variable call_signature_parameters metrics_variables
    quantized_build quantized_call supports_jit
  `),
  Callback: words(`
    set_model set_params model params on_train_begin on_train_end on_epoch_begin on_epoch_end on_train_batch_begin on_train_batch_end
    on_batch_begin on_batch_end on_test_begin on_test_end on_test_batch_begin on_test_batch_end on_predict_begin on_predict_end
    on_predict_batch_begin on_predict_batch_end
  `),
  models: words(`
    Model Sequential clone_model model_from_json load_model save_model
  `),
  saving: words(`
    load_model save_model load_weights save_weights register_keras_serializable get_custom_objects get_registered_name
    get_registered_object custom_object_scope serialize_keras_object deserialize_keras_object KerasFileEditor CustomObjectScope
  `),
  utils: words(`
    set_random_seed clear_session to_categorical normalize pad_sequences plot_model model_to_dot get_source_inputs is_keras_tensor
    split_dataset timeseries_dataset_from_array image_dataset_from_directory text_dataset_from_directory audio_dataset_from_directory
    array_to_img img_to_array load_img save_img get_file Progbar PyDataset Config FeatureSpace pack_x_y_sample_weight
    unpack_x_y_sample_weight standardize_dtype CustomObjectScope Sequence custom_object_scope deserialize_keras_object
    disable_interactive_logging enable_interactive_logging get_custom_objects get_registered_name get_registered_object
    is_interactive_logging_enabled register_keras_serializable serialize_keras_object
  `),
  'top level': words(`
    Input Layer Model Sequential Loss Metric Optimizer Initializer Regularizer Variable KerasTensor Function Operation InputSpec
    DTypePolicy FloatDTypePolicy Quantizer StatelessScope SymbolicScope RematScope remat device name_scope version
  `),
  random: words(`
    SeedGenerator beta binomial categorical dropout gamma normal randint shuffle truncated_normal uniform
  `),
  'ops: core': words(`
    associative_scan cast cond convert_to_numpy convert_to_tensor custom_gradient dtype fori_loop is_tensor map saturate_cast scan
    scatter scatter_update shape slice slice_update stop_gradient switch unstack vectorized_map while_loop rearrange
  `),
  'ops: numpy': words(`
    abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
    argpartition argsort array array_split average bartlett bincount bitwise_and bitwise_invert bitwise_left_shift bitwise_not
    bitwise_or bitwise_right_shift bitwise_xor blackman broadcast_to cbrt ceil clip concatenate conj conjugate copy corrcoef correlate
    cos cosh count_nonzero cross cumprod cumsum deg2rad diag diagflat diagonal diff digitize divide divide_no_nan dot einsum empty
    empty_like equal exp exp2 expand_dims expm1 eye flip floor floor_divide full full_like gcd get_item greater greater_equal hamming
    hanning heaviside histogram hstack hypot identity imag inner isclose isfinite isin isinf isnan isneginf isposinf isreal kaiser kron
    lcm ldexp left_shift less less_equal linspace log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or
    logical_xor logspace matmul max maximum mean median meshgrid min minimum mod moveaxis multiply nan_to_num nanmax nanmean nanmin
    nanprod nanstd nansum nanvar ndim negative nextafter nonzero not_equal ones ones_like outer pad percentile power prod ptp quantile
    rad2deg ravel real reciprocal repeat reshape right_shift roll rot90 round searchsorted select sign signbit sin sinc sinh size sort
    split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose trapezoid tri
    tril triu true_divide trunc unravel_index vander var vdot vectorize view vstack where zeros zeros_like dsplit dstack fabs fliplr
    flipud fmax fmin fmod geomspace hsplit i0 nanargmax nanargmin nancumprod nancumsum nanmedian nanpercentile nanquantile slogdet
    unique vsplit
  `),
  'ops: math': words(`
    erf erfinv extract_sequences fft fft2 ifft2 in_top_k irfft istft logdet logsumexp rfft rsqrt segment_max segment_sum stft top_k
    view_as_complex view_as_real cdist erfc segment_min segment_prod
  `),
  'ops: linalg': words(`
    cholesky cholesky_inverse det eig eigh inv jvp lstsq lu_factor norm qr solve solve_triangular svd matrix_rank pinv
  `),
  'ops: nn': words(`
    adaptive_average_pool adaptive_max_pool average_pool batch_normalization binary_crossentropy categorical_crossentropy celu conv
    conv_transpose ctc_decode ctc_loss depth_to_space depthwise_conv dot_product_attention elu fold gelu glu hard_shrink hard_sigmoid
    hard_silu hard_swish hard_tanh layer_normalization leaky_relu log_sigmoid log_softmax max_pool moments multi_hot normalize one_hot
    polar psnr relu relu6 rms_normalization selu separable_conv sigmoid silu soft_shrink softmax softplus softsign space_to_depth
    sparse_categorical_crossentropy sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold unfold
  `),
  'ops: image': words(`
    affine_transform crop_images elastic_transform extract_patches gaussian_blur hsv_to_rgb map_coordinates pad_images
    perspective_transform resize rgb_to_grayscale rgb_to_hsv scale_and_translate extract_patches_3d sobel_edges ssim
  `),
  config: words(`
    backend clear_session disable_flash_attention disable_interactive_logging disable_traceback_filtering dtype_policy
    enable_flash_attention enable_interactive_logging enable_traceback_filtering enable_unsafe_deserialization epsilon floatx get_uid
    image_data_format is_flash_attention_enabled is_float_dtype is_int_dtype is_interactive_logging_enabled is_keras_tensor
    is_nnx_enabled is_traceback_filtering_enabled max_epochs max_steps_per_epoch result_type set_backend set_dtype_policy set_epsilon
    set_floatx set_image_data_format set_max_epochs set_max_steps_per_epoch standardize_dtype
  `),
  tree: words(`
    MAP_TO_NONE assert_same_paths assert_same_structure flatten flatten_with_path is_nested lists_to_tuples map_shape_structure
    map_structure map_structure_up_to pack_sequence_as traverse
  `),
  preprocessing: words(`
    image.array_to_img image.img_to_array image.load_img image.save_img image.smart_resize image_dataset_from_directory
    sequence.pad_sequences text_dataset_from_directory timeseries_dataset_from_array
  `),
  'bounding boxes': words(`
    affine_transform clip_to_image_size compute_ciou compute_iou convert_format crop decode_deltas_to_boxes encode_box_to_deltas pad
  `),
  datasets: words(`
    boston_housing.load_data california_housing.load_data cifar10.load_data cifar100.load_data fashion_mnist.load_data
    imdb.get_word_index imdb.load_data mnist.load_data reuters.get_label_names reuters.get_word_index reuters.load_data
  `),
  visualization: words(`
    draw_bounding_boxes draw_segmentation_masks plot_bounding_box_gallery plot_image_gallery plot_segmentation_mask_gallery
  `),
  applications: words(`
    ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge DenseNet121 DenseNet169 DenseNet201 EfficientNetB0
    EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0
    EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2L EfficientNetV2M EfficientNetV2S InceptionResNetV2 InceptionV3
    MobileNet MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetLarge NASNetMobile ResNet101 ResNet101V2 ResNet152 ResNet152V2
    ResNet50 ResNet50V2 VGG16 VGG19 Xception decode_predictions preprocess_input
  `),
  'dtype policies': words(`
    AWQDTypePolicy DTypePolicy DTypePolicyMap FloatDTypePolicy GPTQDTypePolicy Int4DTypePolicy LossScaleOptimizer Policy
    QuantizedDTypePolicy QuantizedFloat8DTypePolicy deserialize dtype_policy get global_policy serialize set_dtype_policy
    set_global_policy
  `),
  quantizers: words(`
    AWQConfig AbsMaxQuantizer Float8QuantizationConfig GPTQConfig Int4QuantizationConfig Int8QuantizationConfig QuantizationConfig
    Quantizer abs_max_quantize abs_max_quantize_grouped_with_zero_point compute_float8_amax_history compute_float8_scale deserialize
    fake_quant_with_min_max_vars get pack_int4 quantize_and_dequantize serialize unpack_int4
  `),
  distribution: words(`
    DataParallel DeviceMesh LayoutMap ModelParallel TensorLayout distribute_tensor distribution get_device_count initialize list_devices
    set_distribution
  `),
  distillation: words(`
    DistillationLoss Distiller FeatureDistillation LogitsDistillation
  `),
  export: words(`
    ExportArchive
  `),
  wrappers: words(`
    SKLearnClassifier SKLearnRegressor SKLearnTransformer
  `),
} as const;

export type ApiGroup = keyof typeof kerasApi;

/**
 * Names of TensorFlow.js Layers and core for the same things, in snake_case for comparison; groups that are
 * not listed have none.
 */
export const tensorFlowJsApi: Partial<Record<ApiGroup, readonly string[]>> = {
  Model: words(`
    compile fit evaluate predict train_on_batch predict_on_batch loss optimizer metrics_names summary save load_weights to_json get_config
    get_layer layers inputs outputs input_names output_names add pop stop_training
  `),
  Layer: words(`
    call build built name dtype trainable supports_masking weights trainable_weights non_trainable_weights losses add_weight add_loss
    get_weights set_weights count_params get_config from_config compute_mask compute_output_shape input output input_spec
    activity_regularizer
  `),
  Callback: words(`
    set_model set_params model params on_train_begin on_train_end on_epoch_begin on_epoch_end on_batch_begin on_batch_end
  `),
  models: words('Model Sequential load_model model_from_json'),
  saving: words('load_model register_keras_serializable'),
  utils: words('to_categorical'),
  'top level': words(
    'Input Layer Model Sequential Optimizer Variable KerasTensor InputSpec constraints',
  ),
  random: words('gamma normal shuffle truncated_normal uniform'),
  'ops: core': words(
    'cast convert_to_tensor custom_gradient is_tensor scatter shape slice switch unstack while_loop',
  ),
  'ops: numpy': words(`
    abs add all any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin bincount broadcast_to ceil clip concatenate
    copy cos cosh cumprod cumsum diag divide divide_no_nan dot einsum equal exp expand_dims expm1 eye flip floor floor_divide full greater
    greater_equal imag isfinite isinf isnan less less_equal linspace log log1p logical_and logical_not logical_or logical_xor matmul max
    maximum mean meshgrid min minimum mod multiply negative nonzero not_equal ones ones_like outer pad power prod real reciprocal reshape
    round searchsorted sign sin sinh split sqrt square squeeze stack subtract sum take tan tanh tile transpose where zeros zeros_like
  `),
  'ops: math': words('erf fft in_top_k irfft logsumexp rfft rsqrt segment_sum stft top_k'),
  'ops: linalg': words('norm qr'),
  'ops: nn': words(`
    average_pool batch_normalization conv conv_transpose depth_to_space depthwise_conv elu leaky_relu log_sigmoid log_softmax max_pool
    moments one_hot relu relu6 selu separable_conv sigmoid softmax softplus
  `),
  'ops: image': words('affine_transform resize rgb_to_grayscale'),
};

/** What goes by another name: `Class#member`, or a path from what the package exports. */
export const renamed: Readonly<Record<string, string>> = {
  'Model.metrics_names': 'Model#metrics',
  'Model.compute_metrics': 'Model#updateMetrics',
  'Model.loss': 'Model#compileOptions',
  'Model.compiled': 'Model#isCompiled',
  'Model.get_compile_config': 'Model#compileOptions',
  'Model.run_eagerly': 'Model#compileOptions',
  'Model.export': 'Model#save',
  'Model.from_config': 'layers.deserialize',
  'Model.get_config': 'layers.serialize',
  'Model.make_train_function': 'Model#resetSteps',
  'Layer.variables': 'Layer#weights',
  'Layer.trainable_variables': 'Layer#trainableWeights',
  'Layer.non_trainable_variables': 'Layer#nonTrainableWeights',
  'Layer.from_config': 'layers.deserialize',
  'Layer.get_build_config': 'Layer#buildShape',
  'Layer.compute_output_spec': 'Layer#computeOutputShape',
  'Layer.rematerialized_call': 'checkpoint',
  'Layer.symbolic_call': 'Layer#call',
  'Callback.set_model': 'Callback#attach',
  'Callback.set_params': 'Callback#attach',
  'Callback.params': 'Callback#run',
  'Callback.on_batch_begin': 'Callback#onTrainBatchBegin',
  'Callback.on_batch_end': 'Callback#onTrainBatchEnd',
  'models.save_model': 'Model#save',
  'saving.save_model': 'Model#save',
  'saving.load_weights': 'Model#loadWeights',
  'saving.save_weights': 'Model#saveWeights',
  'saving.register_keras_serializable': 'registerCustomObject',
  'saving.serialize_keras_object': 'layers.serialize',
  'saving.deserialize_keras_object': 'layers.deserialize',
  'utils.normalize': 'ops.normalize',
  'utils.split_dataset': 'trainTestSplit',
  'utils.timeseries_dataset_from_array': 'timeseriesDataset',
  'utils.image_dataset_from_directory': 'datasetFromImageFolder',
  'utils.text_dataset_from_directory': 'datasetFromTextFolder',
  'utils.load_img': 'readImage',
  'utils.register_keras_serializable': 'registerCustomObject',
  'utils.serialize_keras_object': 'layers.serialize',
  'utils.deserialize_keras_object': 'layers.deserialize',
  'utils.Sequence': 'Dataset.fromGenerator',
  'preprocessing.image_dataset_from_directory': 'datasetFromImageFolder',
  'preprocessing.text_dataset_from_directory': 'datasetFromTextFolder',
  'preprocessing.timeseries_dataset_from_array': 'timeseriesDataset',
  'preprocessing.image.load_img': 'readImage',
  'preprocessing.image.smart_resize': 'image.resize',
  'preprocessing.sequence.pad_sequences': 'padSequences',
  'config.backend': 'getDevice',
  'config.set_backend': 'setDevice',
  'Layer.add_variable': 'Layer#addWeight',
  'Model.steps_per_execution': 'Model#compileOptions',
  'utils.Progbar': 'callbacks.progressBar',
  'utils.PyDataset': 'Dataset.fromGenerator',
  'top level.Input': 'input',
  'top level.remat': 'checkpoint',
  'top level.device': 'setDevice',
  'top level.KerasTensor': 'Tensor',
  'top level.Function': 'model',
  'random.SeedGenerator': 'SeedGenerator',
  'ops: core.convert_to_tensor': 'tensor',
  'ops: core.convert_to_numpy': 'Tensor#data',
  'ops: core.custom_gradient': 'customGradient',
  'ops: core.dtype': 'Tensor#dtype',
  'ops: core.is_tensor': 'isTensor',
  'ops: nn.ctc_loss': 'lossFunctions.ctc',
  'ops: image.extract_patches': 'ops.extractPatches',
  'ops: image.map_coordinates': 'image.sampleImages',
};

const complex = 'there are no complex numbers; pairs of real and imaginary parts stand for them';
const bits = 'no engine has operations on bits yet';
const decomposition = 'ends when its values have settled; a graph has a fixed number of steps';
const policies = 'layers compute in one dtype, `dtype`; there is no half precision';
const quantized = 'there is no quantized computation';
const ownVariables = 'files are written and read by the formats, see `Model#save`';
const stateless =
  'state is explicit already: `jit` and `variableGradients` trace a function with its variables';
const registered = 'classes are registered for the program, by `registerCustomObject`';
const valueShape =
  'the shape of the result depends on values; shapes are known when a graph is built';

/** Why the names of a group are left out that have no reason of their own. */
export const groupReasons: Partial<Record<ApiGroup, string>> = {
  config: 'options say it where it matters: `dtype`, `dataFormat`, `epsilon`, `verbose`, `epochs`',
  tree: 'structures of tensors are plain objects and lists; `jit` takes and returns them',
  'bounding boxes': 'bounding boxes are not part of the package yet',
  visualization: 'the entry `nabla/charts` draws pictures and grids of them',
  applications: 'load the `.keras` or `.h5` file that Keras saves; no weights are shipped',
  'dtype policies': policies,
  quantizers: quantized,
  distribution: 'one device computes a step',
  distillation: 'override `computeLoss` or `trainStep`',
  export: '`model.save` writes .onnx',
  wrappers: 'wrap scikit-learn: belong to Python',
};

/** Why something is left out. */
export const apiReasons: Readonly<Record<string, string>> = {
  'Model.make_test_function': 'steps are compiled when they are first needed',
  'Model.make_predict_function': 'steps are compiled when they are first needed',
  'Model.compile_from_config': '`loadModel` compiles as the file says',
  'Model.jit_compile': 'every step is compiled; `runEagerly` turns that off',
  'Model.get_state_tree': '`getWeights`; callbacks keep the state of a run',
  'Model.set_state_tree': '`setWeights`; callbacks keep the state of a run',
  'Model.build_from_config': '`layers.deserialize` builds what says for what shape',
  'Model.get_quantization_layer_structure': quantized,
  'Model.predict_function': 'steps are compiled when they are first needed',
  'Model.test_function': 'steps are compiled when they are first needed',
  'Model.train_function': 'steps are compiled when they are first needed',
  'Model.stateless_compute_loss': stateless,
  'Model.stop_evaluating': 'nothing stops these before their batches end but an error',
  'Model.stop_predicting': 'nothing stops these before their batches end but an error',
  'Layer.add_metric': 'is an error in Keras 3: metrics are properties',
  'Layer.metrics_variables': '`variables` of each metric',
  'Layer.call_signature_parameters': 'inputs and options of `call` are typed',
  'Layer.quantized_build': quantized,
  'Layer.quantized_call': quantized,
  'Layer.supports_jit': 'every layer is compiled',
  'Layer.metrics': 'a model finds the metrics in properties of its layers',
  'Layer.input_spec': 'operations check shapes, and name the layer in the message',
  'Layer.dtype_policy': policies,
  'Layer.compute_dtype': policies,
  'Layer.variable_dtype': policies,
  'Layer.input_dtype': policies,
  'Layer.build_from_config': '`layers.deserialize` builds what says for what shape',
  'Layer.save_own_variables': ownVariables,
  'Layer.load_own_variables': ownVariables,
  'Layer.path': 'names are unique within a model',
  'Layer.quantize': quantized,
  'Layer.quantization_mode': quantized,
  'Layer.stateless_call': stateless,
  'saving.get_custom_objects': registered,
  'saving.get_registered_name': 'classes are registered for the program, by `registerCustomObject`',
  'saving.get_registered_object':
    'classes are registered for the program, by `registerCustomObject`',
  'saving.custom_object_scope': 'classes are registered for the program, by `registerCustomObject`',
  'saving.CustomObjectScope': registered,
  'utils.CustomObjectScope': registered,
  'utils.custom_object_scope': registered,
  'utils.get_custom_objects': registered,
  'utils.get_registered_name': registered,
  'utils.get_registered_object': registered,
  'utils.disable_interactive_logging': 'the option `verbose`',
  'utils.enable_interactive_logging': 'the option `verbose`',
  'utils.is_interactive_logging_enabled': 'the option `verbose`',
  'config.is_keras_tensor': 'symbolic tensors are tensors; their `shape` has null for the batch',
  'config.standardize_dtype': '`DType` is closed: float32, float64, int32, bool',
  'config.result_type': 'the wider of two dtypes: bool, int32, float32, float64',
  'config.dtype_policy': policies,
  'config.set_dtype_policy': policies,
  'config.enable_unsafe_deserialization': 'nothing in a file is run',
  'config.disable_flash_attention': 'engines choose how attention is computed',
  'config.enable_flash_attention': 'engines choose how attention is computed',
  'config.is_flash_attention_enabled': 'engines choose how attention is computed',
  'config.disable_traceback_filtering': 'errors name operation and layer',
  'config.enable_traceback_filtering': 'errors name operation and layer',
  'config.is_traceback_filtering_enabled': 'errors name operation and layer',
  'config.is_nnx_enabled': 'belongs to JAX',
  'config.is_float_dtype': '`Tensor#dtype` is one of four names',
  'config.is_int_dtype': '`Tensor#dtype` is one of four names',
  'config.get_uid': 'names are unique within a model',
  'preprocessing.image.array_to_img':
    'pictures are tensors [height, width, channels]; charts write PNG',
  'preprocessing.image.img_to_array':
    'pictures are tensors [height, width, channels] from the start',
  'preprocessing.image.save_img': 'charts write PNG; pictures are data',
  'datasets.boston_housing.load_data': 'left out for what its columns imply; `datasets.wages`',
  'datasets.california_housing.load_data': 'not among the data sets; `parseCsv` reads such tables',
  'datasets.cifar100.load_data': '`datasets.cifar10`',
  'datasets.imdb.get_word_index':
    'reviews come as text; `layers.textVectorization` numbers their words',
  'datasets.reuters.get_label_names': 'not among the data sets; `datasets.imdb`',
  'datasets.reuters.get_word_index': 'not among the data sets; `datasets.imdb`',
  'datasets.reuters.load_data': 'not among the data sets; `datasets.imdb`',
  'saving.KerasFileEditor': 'the command `nabla weights` and `nabla convert`',
  'utils.model_to_dot': '`plotModel` lays out and draws by itself',
  'utils.is_keras_tensor': 'symbolic tensors are tensors; their `shape` has null for the batch',
  'utils.audio_dataset_from_directory': 'there is no decoder of audio files',
  'utils.array_to_img': 'pictures are tensors [height, width, channels]; charts write PNG',
  'utils.img_to_array': 'pictures are tensors [height, width, channels] from the start',
  'utils.save_img': 'charts write PNG; pictures are data',
  'utils.get_file': 'the data sets fetch and check their own files',
  'utils.Config': 'plain objects do',
  'utils.FeatureSpace': 'builds on pandas and tf.data; use the preprocessing layers and `Dataset`',
  'utils.pack_x_y_sample_weight': 'batches are objects { x, y, sampleWeight } already',
  'utils.unpack_x_y_sample_weight': 'batches are objects { x, y, sampleWeight } already',
  'utils.standardize_dtype': '`DType` is closed: float32, float64, int32, bool',
  'top level.Operation': 'functions on tensors are recorded in models as they are',
  'top level.InputSpec': 'operations check shapes, and name the layer in the message',
  'top level.DTypePolicy': policies,
  'top level.FloatDTypePolicy': policies,
  'top level.Quantizer': quantized,
  'top level.StatelessScope': stateless,
  'top level.SymbolicScope': stateless,
  'top level.RematScope': '`checkpoint` wraps a function',
  'top level.name_scope': 'names are unique within a model',
  'top level.version': 'the version in package.json',
  'ops: numpy.angle': complex,
  'ops: numpy.conj': complex,
  'ops: numpy.conjugate': complex,
  'ops: numpy.imag': complex,
  'ops: numpy.isreal': complex,
  'ops: numpy.real': complex,
  'ops: math.view_as_complex': complex,
  'ops: math.view_as_real': complex,
  'ops: nn.polar': complex,
  'ops: numpy.bitwise_and': bits,
  'ops: numpy.bitwise_invert': bits,
  'ops: numpy.bitwise_left_shift': bits,
  'ops: numpy.bitwise_not': bits,
  'ops: numpy.bitwise_or': bits,
  'ops: numpy.bitwise_right_shift': bits,
  'ops: numpy.bitwise_xor': bits,
  'ops: numpy.left_shift': bits,
  'ops: numpy.right_shift': bits,
  'ops: numpy.nextafter': bits,
  'ops: numpy.view': bits,
  'ops: numpy.gcd': 'a loop whose length depends on values',
  'ops: numpy.lcm': 'a loop whose length depends on values',
  'ops: core.rearrange': '`ops.reshape` and `ops.transpose`, or `ops.einsum`',
  'ops: linalg.matrix_rank': 'counts singular values, see svd',
  'ops: linalg.pinv': 'needs singular values, see svd; `ops.lstsq` solves for full rank',
  'ops: numpy.nonzero': valueShape,
  'ops: numpy.vectorize': 'functions of tensors are vectorized; `ops.vectorizedMap` maps over rows',
  'ops: linalg.eig': decomposition,
  'ops: linalg.eigh': decomposition,
  'ops: linalg.lu_factor': '`ops.solve`, `ops.inv` and `ops.det` factor by themselves',
  'ops: linalg.svd': decomposition,
  'ops: linalg.jvp': 'gradients go backwards: `grad`, `valueAndGrad`',
  'ops: nn.ctc_decode': 'take the likeliest class of each step, and leave out repeats and blanks',
  'ops: nn.fold': 'the gradient of `ops.extractPatches`',
  'ops: nn.unfold': '`ops.extractPatches`',
  'ops: image.elastic_transform': '`layers.randomElasticTransform`',
  'ops: image.perspective_transform': '`layers.randomPerspective`',
  'ops: image.scale_and_translate': '`image.affineTransform`',
};
