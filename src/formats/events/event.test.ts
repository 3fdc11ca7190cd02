import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import {
  encodeImages,
  histogramOf,
  histogramValue,
  imagesOf,
  imageValue,
  kerasModelValue,
  readEvents,
  scalarOf,
  scalarValue,
  textsOf,
  textValue,
  valuesRecord,
  versionRecord,
  type WriteValue,
} from './index.ts';
import { frameRecord } from './record.ts';
import { MessageWriter } from './wire.ts';

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]));
const file = (...values: WriteValue[]) =>
  join(versionRecord(1000.5), valuesRecord(1001.25, 7, values));
/** The value of a file with one. */
function roundTrip(value: WriteValue) {
  const { events, damage } = readEvents(file(value));
  expect(damage).toEqual([]);
  return events[1].values[0];
}
/** A record of an event whose single value is written field by field. */
const eventWith = (write: (value: MessageWriter) => unknown) =>
  frameRecord(
    new MessageWriter().message(5, (s) => s.message(1, (v) => write(v.text(1, 'old')))).finish(),
  );

describe('event files', () => {
  it('begin with the version and keep times, steps and order', () => {
    const { events, damage, end } = readEvents(
      file(scalarValue('loss', 0.25), scalarValue('accuracy', 0.5)),
    );
    expect(damage).toEqual([]);
    expect(end).toBe(file(scalarValue('loss', 0.25), scalarValue('accuracy', 0.5)).length);
    expect(events[0]).toMatchObject({ wallTime: 1000.5, step: 0, fileVersion: 'brain.Event:2' });
    expect(events[1]).toMatchObject({ wallTime: 1001.25, step: 7 });
    expect(events[1].values.map((v) => [v.tag, scalarOf(v)])).toEqual([
      ['loss', 0.25],
      ['accuracy', 0.5],
    ]);
  });

  it('keep scalars as float32, special ones too', () => {
    for (const x of [0.1, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
      const value = roundTrip(scalarValue('x', x, { displayName: 'X', description: 'an *x*' }));
      expect(scalarOf(value)).toBe(Math.fround(x));
      expect(value.metadata).toMatchObject({
        plugin: 'scalars',
        displayName: 'X',
        description: 'an *x*',
      });
    }
  });

  it('keep histograms', () => {
    const value = roundTrip(histogramValue('w', [1, 2, 2, 5], { buckets: 4 }));
    expect(value.metadata?.plugin).toBe('histograms');
    const found = histogramOf(value)!;
    expect(found.buckets).toBe(4);
    expect([...found.values]).toEqual([1, 2, 1, 2, 3, 2, 3, 4, 0, 4, 5, 1]);
    expect(scalarOf(value)).toBeUndefined();
  });

  it('keep images', () => {
    const batch = encodeImages({
      data: [0, 0.5, 1, 2, -1, Number.NaN, 0.25, 0.75],
      shape: [2, 2, 2, 1],
    });
    const value = roundTrip(imageValue('digits', batch));
    const images = imagesOf(value)!;
    expect(images).toMatchObject({ width: 2, height: 2 });
    expect(images.files).toHaveLength(2);
    expect([...decode(images.files[0]).data]).toEqual([0, 127, 255, 255]);
    expect([...decode(images.files[1]).data]).toEqual([0, 0, 63, 191]);
    const many = encodeImages({ data: new Float32Array(60), shape: [5, 2, 2, 3] });
    expect(many.files).toHaveLength(3);
    expect(() => encodeImages({ data: [1, 2], shape: [1, 1, 1, 2] })).toThrow(/channels/);
  });

  it('keep text: one, a list, a table', () => {
    expect(textsOf(roundTrip(textValue('note', '# Größe')))).toEqual(['# Größe']);
    expect(roundTrip(textValue('note', ['a', 'b'])).value?.shape).toEqual([2]);
    const table = roundTrip(
      textValue('note', [
        ['a', 'b', ''],
        ['c', 'd', 'e'],
      ]),
    );
    expect(table.value?.shape).toEqual([2, 3]);
    expect(textsOf(table)).toEqual(['a', 'b', '', 'c', 'd', 'e']);
    expect(() => textValue('note', [['a'], ['b', 'c']])).toThrow(/differ in length/);
  });

  it('keep the structure of a model', () => {
    const value = roundTrip(kerasModelValue('keras', '{"config": {}}'));
    expect(value.metadata?.plugin).toBe('graph_keras_model');
    expect(String.fromCharCode(...value.metadata!.content)).toBe('1');
    expect(textsOf(value)).toEqual(['{"config": {}}']);
  });

  it('are read in the old style too', () => {
    const doubles = (...xs: number[]) => new Uint8Array(Float64Array.from(xs).buffer);
    const bytes = join(
      eventWith((v) => v.float(2, 1.5)),
      eventWith((v) =>
        v.message(5, (h) =>
          h
            .double(1, 0)
            .double(2, 3)
            .bytes(6, doubles(1, 2, 99))
            .bytes(7, doubles(4, 5, 6)),
        ),
      ),
      eventWith((v) =>
        v.message(4, (i) => i.integer(1, 5).integer(2, 6).bytes(4, Uint8Array.of(9, 9))),
      ),
    );
    const [scalar, buckets, image] = readEvents(bytes).events.map((e) => e.values[0]);
    expect(scalarOf(scalar)).toBe(1.5);
    expect(scalar.metadata?.plugin).toBe('scalars');
    expect([...histogramOf(buckets)!.values]).toEqual([0, 1, 4, 1, 2, 5, 2, 3, 6]);
    expect(buckets.metadata?.plugin).toBe('histograms');
    expect(imagesOf(image)).toMatchObject({ width: 6, height: 5 });
    expect(image.metadata?.plugin).toBe('images');
  });

  it('are read whatever form a tensor has', () => {
    const tensor = (write: (t: MessageWriter) => unknown) =>
      readEvents(eventWith((v) => v.message(8, write))).events[0].values[0].value;
    const shape = (t: MessageWriter, ...dims: number[]) =>
      t.message(2, (s) => {
        for (const d of dims) s.message(2, (one) => one.integer(1, d));
      });
    // The last entry of a list stands for all that are missing.
    expect(tensor((t) => shape(t.integer(1, 2), 3).double(6, 1).double(6, 4))).toMatchObject({
      values: Float64Array.of(1, 4, 4),
    });
    expect(tensor((t) => t.integer(1, 9).integer(10, -5))).toMatchObject({
      values: Float64Array.of(-5),
    });
    expect(tensor((t) => t.integer(1, 1))).toMatchObject({ values: Float64Array.of(0) });
    expect(tensor((t) => shape(t.integer(1, 4), 2).bytes(4, Uint8Array.of(7, 200)))).toMatchObject({
      values: Float64Array.of(7, 200),
    });
  });

  it('report events that cannot be understood and go on', () => {
    const good = valuesRecord(1, 1, [scalarValue('loss', 1)]);
    const huge = eventWith((v) =>
      v.message(8, (t) =>
        t.integer(1, 1).message(2, (s) => s.message(2, (d) => d.integer(1, 2 ** 40))),
      ),
    );
    const short = eventWith((v) =>
      v.message(8, (t) =>
        t
          .integer(1, 1)
          .message(2, (s) => s.message(2, (d) => d.integer(1, 4)))
          .bytes(4, new Uint8Array(3)),
      ),
    );
    const nonsense = frameRecord(Uint8Array.of(0xff, 0xff, 0xff));
    const cut = good.slice(0, -3);
    const { events, damage, end } = readEvents(join(good, huge, short, nonsense, cut, good, cut));
    expect(events.map((e) => e.step)).toEqual([1, 1]);
    expect(damage.map((d) => d.reason)).toEqual([
      expect.stringMatching(/no chart has so many elements/),
      expect.stringMatching(/3 bytes for 4 elements/),
      expect.stringMatching(/damaged/),
      expect.stringMatching(/cut short|checksum/),
    ]);
    expect(damage[0]).toMatchObject({ start: good.length, end: good.length + huge.length });
    expect(end).toBe(2 * good.length + huge.length + short.length + nonsense.length + cut.length);
  });

  it('go on where an earlier reading ended', () => {
    const first = file(scalarValue('loss', 1));
    const more = valuesRecord(2, 8, [scalarValue('loss', 0.5)]);
    const half = readEvents(join(first, more.slice(0, 30)));
    expect(half.events).toHaveLength(2);
    const rest = readEvents(join(first, more), half.end);
    expect(rest.events.map((e) => e.step)).toEqual([8]);
  });
});
