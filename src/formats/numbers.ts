/** Half-precision formats, which the engines do not have: they are widened when they are read. */

const f32 = new Float32Array(1);
const bits = new Uint32Array(f32.buffer);

/** IEEE 754 binary16 as float32, exactly. */
export function float16ToFloat32(values: Uint16Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const h = values[i];
    const sign = (h & 0x8000) << 16;
    const exponent = (h >> 10) & 31;
    const fraction = h & 0x3ff;
    if (exponent === 0) {
      out[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    } else {
      bits[0] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
      out[i] = f32[0];
    }
  }
  return out;
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(values: Uint16Array): Float32Array {
  const out = new Float32Array(values.length);
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < words.length; i++) words[i] = values[i] << 16;
  return out;
}
