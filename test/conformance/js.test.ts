import { createJsEngine } from '../../src/engines/js/engine.ts';
import { describeConformance } from './suite.ts';

describeConformance('js engine', createJsEngine);
describeConformance('js engine, inputs as constants', createJsEngine, { constants: true });
