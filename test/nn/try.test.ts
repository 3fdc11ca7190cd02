import { describeOptimizers } from './optimizers.ts';
describeOptimizers();
