import { describeFunctions } from './functions.ts';
describeFunctions();
