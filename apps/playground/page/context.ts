import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Palette } from '../../ui/theme.ts';
import type { Frame } from '../core/protocol.ts';
import type { Translate } from '../i18n/index.ts';
import type { Controller } from './controller.ts';

/** What every part of one playground shares. */
export interface Shared {
  readonly controller: Controller;
  readonly palette: Palette;
  readonly t: Translate;
  readonly motion: boolean;
  /** Panels are landmarks of a page of their own, and groups where they are embedded. */
  readonly role: 'group' | undefined;
  /** The neuron in the inspector. */
  readonly selected: NodeAddress | undefined;
  readonly select: (node: NodeAddress | undefined) => void;
  /** The neuron or feature under the pointer. */
  readonly hovered: NodeAddress | undefined;
  readonly hover: (node: NodeAddress | undefined) => void;
}

/** Stage -1 holds the features. */
export interface NodeAddress {
  readonly stage: number;
  readonly unit: number;
}

export const sameNode = (a: NodeAddress | undefined, b: NodeAddress | undefined): boolean =>
  a?.stage === b?.stage && a?.unit === b?.unit;

export const SharedContext = createContext<Shared>(undefined as unknown as Shared);

export const useShared = (): Shared => useContext(SharedContext);

/** Re-renders when settings change. */
export function useController(): Controller {
  const { controller } = useShared();
  const [, render] = useState(0);
  useEffect(() => controller.subscribe(() => render((n) => n + 1)), [controller]);
  return controller;
}

/** The last frame, at most every so many milliseconds. */
export function useFrame(interval: number): Frame | undefined {
  const { controller } = useShared();
  const [frame, setFrame] = useState(controller.frame);
  useEffect(() => {
    let last = 0;
    let timer: any;
    const take = () => {
      timer = undefined;
      last = performance.now();
      setFrame(controller.frame);
    };
    const stop = controller.onFrame(() => {
      const wait = interval - (performance.now() - last);
      if (wait <= 0) {
        clearTimeout(timer);
        take();
      } else {
        timer ??= setTimeout(take, wait);
      }
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [controller, interval]);
  return frame;
}

/** Runs on every frame without rendering. */
export function useOnFrame(draw: (frame: Frame) => void, inputs: readonly unknown[]): void {
  const { controller } = useShared();
  useEffect(() => {
    if (controller.frame) draw(controller.frame);
    return controller.onFrame(draw);
  }, [controller, ...inputs]);
}
