import { describe, expect, it } from 'vitest';
import { fingerprint64, joinFingerprints, sipHash64 } from './fingerprint.ts';

describe('fingerprint64', () => {
  it('is the FarmHash fingerprint for texts of every length class', () => {
    const known: [string, bigint][] = [
      ['', 0x9ae16a3b2f90404fn],
      ['a', 0xb3454265b6df75e3n],
      ['abc', 0x24a5b3a074e7f369n],
      ['abcd', 0x1a5502de4a1f8101n],
      ['abcdefgh', 0xfee9d22990c82909n],
      ["0123456789'01234", 0x4283d4ef43627f64n],
      ['0123456789=012345', 0x46a7416ed4861e3bn],
      ['0123456789%0123456789£', 0x4dbd128af51d77e8n],
      ['C is as portable as Stonehedge!!', 0xb944f8a16261e414n],
      ['Discard medicine more than two years old.', 0xe8f89ab6df9bdd25n],
      ['For every action there is an equal and opposite government program.', 0x55182f8859eca4cen],
      [
        'The fugacity of a constituent in a mixture of gases at a given temperature is proportional to its mole fraction.  Lewis-Randall Rule',
        0x98eff6958c5e91an,
      ],
    ];
    for (const [text, hash] of known) expect(fingerprint64(text)).toBe(hash);
  });
});

describe('sipHash64', () => {
  it('gives the vectors of its authors', () => {
    // Key 00 01 ... 0f and the message 00 01 ... of each length, from the paper's appendix and source.
    const key = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n] as const;
    const message = (length: number) =>
      Array.from({ length }, (_, i) => String.fromCharCode(i)).join('');
    expect(sipHash64(message(0), key)).toBe(0x726fdb47dd0e0e31n);
    expect(sipHash64(message(1), key)).toBe(0x74f839c593dc67fdn);
    expect(sipHash64(message(8), key)).toBe(0x93f5f5799a932462n);
    expect(sipHash64(message(15), key)).toBe(0xa129ca6149be45e5n);
  });
});

describe('joinFingerprints', () => {
  it('depends on both and on their order', () => {
    const [a, b] = [fingerprint64('a'), fingerprint64('b')];
    expect(joinFingerprints(a, b)).not.toBe(joinFingerprints(b, a));
    expect(BigInt.asUintN(64, joinFingerprints(a, b))).toBe(joinFingerprints(a, b));
  });
});
