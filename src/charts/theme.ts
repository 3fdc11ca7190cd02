/**
 * How every chart looks: colours, type and the document around a picture. Colours are CSS variables
 * that follow the reader's light or dark preference. The series colours start from the palette of
 * Okabe and Ito (Color Universal Design, 2008), which readers with any colour vision can tell apart;
 * they are darkened on white and lightened on black until each has a contrast of at least 3 to 1.
 * Charts never rely on colour alone: dashes, marker shapes or numbers repeat what it says.
 */
import { element, label, textNode } from './svg.ts';

export const fontSize = { title: 17, label: 13, tick: 12, small: 11 } as const;

const light = {
  surface: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  grid: '#e3e7ec',
  axis: '#9aa3ad',
  series: ['#0072b2', '#d55e00', '#00875f', '#a8327d', '#8a6a00', '#5552c8'],
};

const dark: typeof light = {
  surface: '#15181c',
  ink: '#e9ecef',
  muted: '#a3adb8',
  grid: '#2b3138',
  axis: '#66707b',
  series: ['#56b4e9', '#ff9a57', '#35cfa0', '#ec8fc6', '#e6c33a', '#a9a7ff'],
};

/** How many series colours there are; the next series starts over with the first. */
export const seriesColors = light.series.length;

/** The CSS colour of series `index`. */
export function seriesColor(index: number): string {
  return `var(--series-${index % seriesColors})`;
}

function variables(theme: typeof light): string {
  const series = theme.series.map((color, i) => `--series-${i}:${color};`).join('');
  return `--surface:${theme.surface};--ink:${theme.ink};--muted:${theme.muted};--grid:${theme.grid};--axis:${theme.axis};${series}`;
}

const style = `
.nabla-chart{${variables(light)}color-scheme:light dark}
@media(prefers-color-scheme:dark){.nabla-chart{${variables(dark)}}}
.nabla-chart text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-size:${fontSize.tick}px;fill:var(--ink)}
.nabla-chart .title{font-size:${fontSize.title}px;font-weight:600}
.nabla-chart .subtitle,.nabla-chart .tick,.nabla-chart .note{fill:var(--muted)}
.nabla-chart .axis-label,.nabla-chart .panel-title{font-size:${fontSize.label}px}
.nabla-chart .panel-title{font-weight:600}
.nabla-chart .tick,.nabla-chart .number{font-variant-numeric:tabular-nums}
.nabla-chart .small{font-size:${fontSize.small}px}
.nabla-chart .note{paint-order:stroke;stroke:var(--surface);stroke-width:4px}
.nabla-chart .on-shade{fill:var(--surface)}
.nabla-chart .surface{fill:var(--surface)}
.nabla-chart .grid{stroke:var(--grid);stroke-width:1}
.nabla-chart .axis{stroke:var(--axis);stroke-width:1}
.nabla-chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.nabla-chart .mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:2 3}
.nabla-chart .image{image-rendering:pixelated}
`;

export interface Picture {
  width: number;
  height: number;
  title: string;
  /** One or two sentences for readers who cannot see the picture. */
  description: string;
  /** Markup below the title, drawn in pixels from the top left corner. */
  body: string;
  /** Where the visible title starts; 24 by default. */
  titleX?: number;
}

/** Height in pixels that the title takes at the top of a picture. */
export const titleHeight = 44;

/** A standalone SVG document around the body of a picture. */
export function picture({ width, height, title, description, body, titleX = 24 }: Picture): string {
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'nabla-chart',
      role: 'img',
      width,
      height,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    },
    element('title', {}, textNode(title)),
    element('desc', {}, textNode(description)),
    element('style', {}, style),
    element('rect', { class: 'surface', width, height }),
    label(title, { class: 'title', x: titleX, y: 29 }),
    body,
  );
  return `${root}\n`;
}
