/**
 * The data sets that come inside the package. Each `load` imports its data when it is called, so a page
 * fetches only what it uses.
 */
import type { DigitsOptions } from './digits.ts';
import type { LabelledData, LabelledOptions, TabularData, TimeSeries } from './labelled-data.ts';

/** 150 iris flowers, four lengths, three species. */
export const iris = {
  load: async (options?: LabelledOptions): Promise<LabelledData> =>
    (await import('./iris.ts')).load(options),
};

/** 178 wines, 13 chemical measures, three cultivars. */
export const wine = {
  load: async (options?: LabelledOptions): Promise<LabelledData> =>
    (await import('./wine.ts')).load(options),
};

/** 569 biopsies, 30 measures, malignant or benign. */
export const breastCancer = {
  load: async (options?: LabelledOptions): Promise<LabelledData> =>
    (await import('./breast-cancer.ts')).load(options),
};

/** 1797 handwritten digits of 8 x 8 pixels. */
export const digits = {
  load: async (options?: DigitsOptions): Promise<LabelledData> =>
    (await import('./digits.ts')).load(options),
};

/** 442 patients, ten measures, the progress of their disease. */
export const diabetes = {
  load: async (): Promise<LabelledData> => (await import('./diabetes.ts')).load(),
};

/** 406 cars and their fuel consumption. */
export const autoMpg = {
  load: async (): Promise<TabularData> => (await import('./auto-mpg.ts')).load(),
};

/** 534 workers and their hourly wages. */
export const wages = {
  load: async (): Promise<TabularData> => (await import('./wages.ts')).load(),
};

/** 1309 passengers of the Titanic, and who survived. */
export const titanic = {
  load: async (): Promise<TabularData> => (await import('./titanic.ts')).load(),
};

/** 144 months of airline passengers. */
export const airlinePassengers = {
  load: async (): Promise<TimeSeries> => (await import('./airline-passengers.ts')).load(),
};

/** 309 years of sunspot numbers. */
export const sunspots = {
  load: async (): Promise<TimeSeries> => (await import('./sunspots.ts')).load(),
};
