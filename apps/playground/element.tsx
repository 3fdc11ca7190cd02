import { render } from 'preact';
import controlsCss from '../ui/controls.css';
import type { ThemeChoice } from '../ui/theme.ts';
import tokensCss from '../ui/tokens.css';
import { lessonState } from './core/lessons.ts';
import type { PlaygroundState } from './core/state.ts';
import { decodeState, encodeState } from './core/state-url.ts';
import { chooseLanguage, type Language } from './i18n/index.ts';
import { App } from './page/app.tsx';
import { Controller } from './page/controller.ts';
import { takeCsv } from './page/data-panel.tsx';
import pageCss from './page/page.css';

/**
 * `<nabla-playground>`: a playground of its own, with its own worker, in a shadow tree.
 *
 * - `state`: the settings, as they stand after '#' in a link of the playground;
 * - `lesson`: a lesson's name instead;
 * - `lang`: `en` or `es`; `theme`: `light`, `dark` or `auto`;
 * - `url-state`: keep the state in the address of the page (for a page that is the playground).
 *
 * It fires `change` when settings change; `controller` is its programmatic side.
 */

/** The worker's program: the build puts it here, so that one file is all there is to embed. */
declare const WORKER_SOURCE: string;

/** Where this script was loaded from: what it loads later lies beside it. */
const script = document.currentScript as HTMLScriptElement | null;
const folder = new URL('.', script?.src || document.baseURI).href;

let workerUrl: string | undefined;

function startWorker(): Worker {
  workerUrl ??= URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  return new Worker(workerUrl, { name: folder });
}

const store = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(`nabla-playground-${key}`);
    } catch {
      return null;
    }
  },
  set(key: string, value: string): void {
    try {
      localStorage.setItem(`nabla-playground-${key}`, value);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  },
};

const themeOf = (text: string | null): ThemeChoice | undefined =>
  text === 'light' || text === 'dark' || text === 'auto' ? text : undefined;

export class NablaPlayground extends HTMLElement {
  static readonly observedAttributes = ['state', 'lesson', 'lang', 'theme'];
  controller: Controller | undefined;
  #root: ShadowRoot;
  #mount: HTMLElement | undefined;
  #language: Language = 'en';
  #theme: ThemeChoice = 'auto';
  #stop: (() => void)[] = [];
  #urlTimer: any;
  #written = '';

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: 'open' });
    const sheets = [tokensCss, controlsCss, pageCss].map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    this.#root.adoptedStyleSheets = sheets;
  }

  get #ownsUrl(): boolean {
    return this.hasAttribute('url-state');
  }

  #initialState(): PlaygroundState {
    if (this.#ownsUrl && location.hash.length > 1) return this.#fromText(location.hash);
    const lesson = this.getAttribute('lesson');
    return (lesson && lessonState(lesson)) || this.#fromText(this.getAttribute('state') ?? '');
  }

  /** A link to a lesson alone stands for all its settings. */
  #fromText(text: string): PlaygroundState {
    const lesson = new URLSearchParams(text.replace(/^#/, ''));
    if ([...lesson.keys()].join() === 'lesson') {
      const state = lessonState(lesson.get('lesson')!);
      if (state) return state;
    }
    return decodeState(text);
  }

  connectedCallback(): void {
    const languages = [
      this.getAttribute('lang') ?? '',
      (this.#ownsUrl && store.get('language')) || '',
      ...navigator.languages,
    ];
    this.#language = chooseLanguage(languages.filter((l) => l !== ''));
    this.#theme =
      themeOf(this.getAttribute('theme')) ??
      (this.#ownsUrl ? themeOf(store.get('theme')) : undefined) ??
      'auto';
    let worker: Worker;
    try {
      worker = startWorker();
    } catch (error) {
      this.#root.textContent = `The playground needs web workers: ${error}`;
      return;
    }
    const controller = new Controller(this.#initialState(), worker);
    this.controller = controller;
    this.#mount = document.createElement('div');
    this.#mount.className = 'mount';
    this.#root.append(this.#mount);
    this.#stop.push(
      controller.subscribe(() => {
        this.#noteState();
      }),
    );
    this.#listen();
    this.#render();
  }

  disconnectedCallback(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
    clearTimeout(this.#urlTimer);
    this.controller?.dispose();
    this.controller = undefined;
    if (this.#mount) {
      render(null, this.#mount);
      this.#mount.remove();
    }
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    const { controller } = this;
    if (!controller || before === after) return;
    if (name === 'state') controller.load(this.#fromText(after ?? ''));
    else if (name === 'lesson') {
      const state = lessonState(after ?? '');
      if (state) controller.load(state);
    } else if (name === 'lang') {
      this.#language = chooseLanguage([after ?? '', ...navigator.languages]);
      this.#render();
    } else if (name === 'theme') {
      this.#theme = themeOf(after) ?? 'auto';
      this.#render();
    }
  }

  #listen(): void {
    const on = (target: EventTarget, type: string, listener: (event: any) => void) => {
      target.addEventListener(type, listener);
      this.#stop.push(() => target.removeEventListener(type, listener));
    };
    if (this.#ownsUrl) {
      on(window, 'hashchange', () => {
        if (location.hash.slice(1) === this.#written) return;
        this.controller?.load(this.#fromText(location.hash));
      });
    }
    on(document, 'visibilitychange', () => {
      this.controller?.watch({ visible: document.visibilityState === 'visible' });
    });
    on(this, 'dragover', (event: DragEvent) => {
      if (this.controller?.state.hide.includes('ownData')) return;
      event.preventDefault();
    });
    on(this, 'drop', async (event: DragEvent) => {
      if (!this.controller || this.controller.state.hide.includes('ownData')) return;
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      const text = file ? await file.text() : event.dataTransfer?.getData('text/plain');
      if (text) takeCsv(this.controller, text);
    });
    on(this.#ownsUrl ? document : this, 'paste', (event: ClipboardEvent) => {
      const target = event.composedPath()[0] as HTMLElement;
      if (target.closest?.('input, textarea')) return;
      if (!this.controller || this.controller.state.hide.includes('ownData')) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      // One word is no table.
      if (!/[,;\t].*[,;\t]/.test(text)) return;
      event.preventDefault();
      takeCsv(this.controller, text);
    });
  }

  /** Writes the state into the address, a moment after the last change. */
  #noteState(): void {
    clearTimeout(this.#urlTimer);
    this.#urlTimer = setTimeout(() => {
      const { controller } = this;
      if (!controller) return;
      const text = encodeState(controller.state);
      if (text === this.#written) return;
      this.#written = text;
      if (this.#ownsUrl && location.hash.slice(1) !== text) {
        try {
          history.replaceState(
            null,
            '',
            text === '' ? location.pathname + location.search : `#${text}`,
          );
        } catch {
          // A page from a file may not rewrite its address.
        }
      }
      this.dispatchEvent(new CustomEvent('change', { detail: { state: text } }));
    }, 120);
  }

  #link(): string {
    // Embedded, the link opens the playground's own page, which lies beside the script.
    const base = this.#ownsUrl ? location.href.replace(/#.*$/, '') : `${folder}index.html`;
    return `${base}#${encodeState(this.controller!.state)}`;
  }

  #render(): void {
    const { controller } = this;
    if (!controller || !this.#mount) return;
    this.dataset.theme = this.#theme;
    if (this.#ownsUrl) {
      document.documentElement.lang = this.#language;
      document.documentElement.dataset.theme = this.#theme;
    }
    render(
      <App
        controller={controller}
        language={this.#language}
        theme={this.#theme}
        embedded={!this.#ownsUrl}
        link={() => this.#link()}
        onLanguage={(language) => {
          this.#language = language;
          if (this.#ownsUrl) store.set('language', language);
          this.#render();
        }}
        onTheme={(theme) => {
          this.#theme = theme;
          if (this.#ownsUrl) store.set('theme', theme);
          this.#render();
        }}
      />,
      this.#mount,
    );
  }
}

if (!customElements.get('nabla-playground')) {
  customElements.define('nabla-playground', NablaPlayground);
}
