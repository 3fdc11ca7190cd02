import { describe, expect, it } from 'vitest';
import { frameRecord, readRecords } from './record.ts';

const data = (n: number, length = 20) => Uint8Array.from({ length }, (_, i) => (n * 37 + i) & 255);

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((p) => [...p]));
}

const contents = (bytes: Uint8Array) => readRecords(bytes).records.map((r) => [...r.data]);

describe('records', () => {
  it('frames data as the format says', () => {
    // The record of the single byte 0x61, checked by hand against the definition of the format.
    const record = frameRecord(Uint8Array.of(0x61));
    expect(record.length).toBe(17);
    expect([...record.slice(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(record[12]).toBe(0x61);
    // crc32c('a') is 0xc1d04330.
    const crc = 0xc1d04330;
    const masked = ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) % 2 ** 32;
    expect(new DataView(record.buffer).getUint32(13, true)).toBe(masked);
  });

  it('reads what was framed, the empty record too', () => {
    const parts = [data(1), new Uint8Array(0), data(2, 300)];
    const bytes = join(...parts.map(frameRecord));
    const { records, damage, end } = readRecords(bytes);
    expect(records.map((r) => [...r.data])).toEqual(parts.map((p) => [...p]));
    expect(records[1].at).toBe(36);
    expect({ damage, end }).toEqual({ damage: [], end: bytes.length });
    expect(readRecords(new Uint8Array(0))).toEqual({ records: [], damage: [], end: 0 });
  });

  it('waits for the rest of a record at the end', () => {
    const whole = frameRecord(data(1));
    const next = frameRecord(data(2));
    for (let cut = 1; cut < next.length; cut++) {
      const bytes = join(whole, next.slice(0, cut));
      const { records, damage, end } = readRecords(bytes);
      expect(records).toHaveLength(1);
      expect({ damage, end }).toEqual({ damage: [], end: whole.length });
    }
    const grown = readRecords(join(whole, next), whole.length);
    expect(grown.records.map((r) => [...r.data])).toEqual([[...data(2)]]);
  });

  it('says where a file is damaged and goes on behind it, whichever byte is wrong', () => {
    const first = frameRecord(data(1));
    const second = frameRecord(data(2));
    const third = frameRecord(data(3));
    for (let i = 0; i < second.length; i++) {
      const changed = second.slice();
      changed[i] ^= 0x40;
      const bytes = join(first, changed, third);
      const { records, damage, end } = readRecords(bytes);
      expect(records.map((r) => [...r.data])).toEqual([[...data(1)], [...data(3)]]);
      expect(damage).toEqual([
        {
          start: first.length,
          end: first.length + second.length,
          reason: expect.stringContaining('checksum'),
        },
      ]);
      expect(end).toBe(bytes.length);
    }
  });

  it('goes on behind a record that a crash cut short', () => {
    const first = frameRecord(data(1, 100));
    const second = frameRecord(data(2));
    for (const kept of [3, 11, 12, 50, 115]) {
      const bytes = join(first.slice(0, kept), second, second);
      expect(contents(bytes)).toEqual([[...data(2)], [...data(2)]]);
      expect(readRecords(bytes).damage).toEqual([expect.objectContaining({ start: 0, end: kept })]);
    }
  });

  it('reports a damaged end', () => {
    const first = frameRecord(data(1));
    const second = frameRecord(data(2));
    second[8] ^= 1;
    const bytes = join(first, second);
    expect(readRecords(bytes)).toMatchObject({
      damage: [{ start: first.length, end: bytes.length }],
      end: bytes.length,
    });
  });

  it('ends on bytes that pretend to be records everywhere', () => {
    // Each 12 bytes are a valid header of a long record whose checksum is wrong.
    const header = frameRecord(new Uint8Array(30_000)).slice(0, 12);
    const bytes = join(...Array.from({ length: 5000 }, () => header));
    const { records, damage } = readRecords(bytes);
    expect(records).toEqual([]);
    expect(damage.length).toBeGreaterThan(0);
  });

  it('refuses a start outside of the file', () => {
    expect(() => readRecords(new Uint8Array(3), 4)).toThrow(/outside/);
  });
});
