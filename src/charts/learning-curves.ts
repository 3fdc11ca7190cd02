/** The picture of a training run: the loss on the left, its metrics on the right, epoch by epoch. */
import { NablaError } from '../graph/errors.ts';
import type { Box } from './axes.ts';
import { extent } from './axes.ts';
import { type LinePanel, type LineSeries, linePanel } from './line-chart.ts';
import { picture, titleHeight } from './theme.ts';

/** The numbers of a training, one an epoch. */
export interface TrainingHistory {
  /** Numbers of the finished epochs, counted from 1. */
  epochs: readonly number[];
  /**
   * One value per epoch for each quantity: `loss`, `accuracy`, ... and, measured on the validation
   * data, the same names after `val` (`valLoss` or Keras's `val_loss`).
   */
  columns: Readonly<Record<string, readonly number[]>>;
}

/** What {@link learningCurves} takes besides the history. */
export interface LearningCurvesOptions {
  title?: string;
  /** Logarithmic loss axis. */
  logLoss?: boolean;
}

/** What a history column measures, and on which data. */
export function columnMeaning(column: string): { quantity: string; validation: boolean } {
  const match = /^val(?:_(.+)|([A-Z].*))$/.exec(column);
  if (match === null) return { quantity: column, validation: false };
  const quantity = match[1] ?? match[2][0].toLowerCase() + match[2].slice(1);
  return { quantity, validation: true };
}

/**
 * The epoch with the lowest validation loss (training loss where there is no validation), the
 * first of equals; undefined when the history has no finite loss.
 */
export function bestEpoch(history: TrainingHistory): { epoch: number; loss: number } | undefined {
  const names = Object.keys(history.columns);
  const column =
    names.find((n) => columnMeaning(n).quantity === 'loss' && columnMeaning(n).validation) ??
    names.find((n) => n === 'loss');
  if (column === undefined) return undefined;
  let best: { epoch: number; loss: number } | undefined;
  history.columns[column].forEach((loss, i) => {
    if (Number.isFinite(loss) && (best === undefined || loss < best.loss)) {
      best = { epoch: history.epochs[i], loss };
    }
  });
  return best;
}

/** camelCase and snake_case names as words: "categoricalAccuracy" becomes "categorical accuracy". */
function words(name: string): string {
  return name
    .replace(/_/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

interface Quantity {
  name: string;
  train?: readonly number[];
  validation?: readonly number[];
}

function quantitiesOf(history: TrainingHistory): Quantity[] {
  const found = new Map<string, Quantity>();
  for (const [column, values] of Object.entries(history.columns)) {
    const { quantity, validation } = columnMeaning(column);
    const entry = found.get(quantity) ?? { name: quantity };
    entry[validation ? 'validation' : 'train'] = values;
    found.set(quantity, entry);
  }
  return [...found.values()];
}

function seriesOf(quantities: readonly Quantity[], epochs: readonly number[]): LineSeries[] {
  const alone = quantities.length === 1;
  const series: LineSeries[] = [];
  quantities.forEach(({ name, train, validation }, i) => {
    const prefix = alone ? '' : `${words(name)}, `;
    if (train) series.push({ name: `${prefix}training`, x: epochs, y: train, color: i });
    if (validation) {
      const color = alone ? 1 : i;
      series.push({ name: `${prefix}validation`, x: epochs, y: validation, dashed: true, color });
    }
  });
  return series;
}

const isShare = ({ train = [], validation = [] }: Quantity): boolean => {
  const range = extent([train, validation]);
  return range !== undefined && range[0] >= 0 && range[1] <= 1;
};

const panelWidth = 460;
const panelHeight = 340;

/**
 * Learning curves as a standalone SVG document: training solid, validation dashed, the best epoch
 * marked. Metrics that are shares of one (accuracy, precision) share a panel; others have their own.
 * @throws NablaError when a column does not have one value per epoch.
 */
export function learningCurves(
  history: TrainingHistory,
  { title = 'Learning curves', logLoss = false }: LearningCurvesOptions = {},
): string {
  for (const [name, values] of Object.entries(history.columns)) {
    if (values.length !== history.epochs.length) {
      throw new NablaError(
        `learningCurves: column "${name}" has ${values.length} values for ${history.epochs.length} epochs; give one per epoch`,
      );
    }
  }
  const quantities = quantitiesOf(history);
  const loss = quantities.filter((q) => q.name === 'loss');
  const metrics = quantities.filter((q) => q.name !== 'loss');
  const shares = metrics.filter(isShare);
  const groups = [loss, shares, ...metrics.filter((q) => !isShare(q)).map((q) => [q])].filter(
    (group) => group.length > 0,
  );
  const best = bestEpoch(history);
  const mark = best && { x: best.epoch, text: `best: epoch ${best.epoch}` };

  const columns = Math.min(2, Math.max(1, groups.length));
  const rows = Math.max(1, Math.ceil(groups.length / columns));
  const gap = 28;
  const body = groups.map((group, i) => {
    const box: Box = {
      left: 20 + (i % columns) * (panelWidth + gap),
      top: titleHeight + 4 + Math.floor(i / columns) * (panelHeight + 20),
      width: panelWidth,
      height: panelHeight,
    };
    const name = group.length === 1 ? words(group[0].name) : 'metrics';
    const panel: LinePanel = {
      heading: name[0].toUpperCase() + name.slice(1),
      xLabel: 'epoch',
      yLabel: '',
      series: seriesOf(group, history.epochs),
      wholeX: true,
      logY: logLoss && group === loss,
      mark,
    };
    return linePanel(panel, box);
  });
  const last = history.epochs.at(-1) ?? 0;
  return picture({
    width: 40 + columns * panelWidth + (columns - 1) * gap,
    height: titleHeight + 4 + rows * (panelHeight + 20) - 8,
    title,
    description:
      `Learning curves over ${history.epochs.length} epochs (to epoch ${last}): ` +
      `${quantities.map((q) => words(q.name)).join(', ')}; training solid, validation dashed.` +
      (best ? ` Lowest loss ${best.loss.toPrecision(4)} at epoch ${best.epoch}.` : ''),
    body: body.join(''),
  });
}
