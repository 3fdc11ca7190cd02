import { type Damage, frameRecord, readRecords } from './record.ts';
import { readValue, type SummaryValue, type WriteValue } from './summary.ts';
import { fieldsOf, MessageWriter } from './wire.ts';

/**
 * Event files, TensorBoard's log of a run: records of events, each with a time, a step and values. The
 * first event says which version of the format follows.
 */

const FORMAT = 'event file';
const VERSION = 'brain.Event:2';

export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Version of the format; on the first event only. */
  readonly fileVersion?: string;
  readonly values: readonly SummaryValue[];
  /** A TensorFlow graph (GraphDef), as it stands in the file. */
  readonly graph?: Uint8Array;
}

function record(
  wallTime: number,
  step: number,
  write: (writer: MessageWriter) => unknown,
): Uint8Array {
  const writer = new MessageWriter().double(1, wallTime);
  if (step !== 0) writer.integer(2, step);
  write(writer);
  return frameRecord(writer.finish());
}

/** The record that a file begins with. `writer` names the program. */
export function versionRecord(wallTime: number, writer = 'nabla'): Uint8Array {
  return record(wallTime, 0, (w) =>
    w.text(3, VERSION).message(10, (source) => source.text(1, writer)),
  );
}

/** A record of values that belong to one step. `wallTime` is in seconds since 1970. */
export function valuesRecord(
  wallTime: number,
  step: number,
  values: readonly WriteValue[],
): Uint8Array {
  return record(wallTime, step, (w) =>
    w.message(5, (summary) => {
      for (const value of values) summary.message(1, value);
    }),
  );
}

function readEvent(data: Uint8Array): Event {
  let wallTime = 0;
  let step = 0;
  let fileVersion: string | undefined;
  let graph: Uint8Array | undefined;
  const values: SummaryValue[] = [];
  for (const field of fieldsOf(data, FORMAT)) {
    switch (field.number) {
      case 1:
        wallTime = field.value;
        break;
      case 2:
        step = field.value;
        break;
      case 3:
        fileVersion = field.text;
        break;
      case 4:
        graph = field.bytes;
        break;
      case 5:
        for (const part of field.fields) {
          if (part.number === 1) values.push(readValue(part.fields, FORMAT));
        }
        break;
    }
  }
  return { wallTime, step, fileVersion, values, graph };
}

export interface EventFile {
  readonly events: readonly Event[];
  /** Parts that could not be read; the events before and behind them were. */
  readonly damage: readonly Damage[];
  /** Where to go on reading when the file has grown. */
  readonly end: number;
}

/**
 * The events of a file, or of what was added to it after `start`, the `end` of an earlier reading. Damaged
 * parts and events that cannot be understood are reported and passed over.
 */
export function readEvents(bytes: Uint8Array, start = 0): EventFile {
  const { records, damage, end } = readRecords(bytes, start);
  const events: Event[] = [];
  const problems = [...damage];
  for (const { at, data } of records) {
    try {
      events.push(readEvent(data));
    } catch (error) {
      problems.push({ start: at, end: at + data.length + 16, reason: (error as Error).message });
    }
  }
  problems.sort((a, b) => a.start - b.start);
  return { events, damage: problems, end };
}
