import { describe, expect, it } from 'vitest';
import { runError, sessionError } from './errors.ts';

describe('errors of ONNX Runtime', () => {
  it('say what to do about a provider that is missing', () => {
    const error = new Error(
      '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::Initialize() adapter_result was false. Failed to get a WebGPU adapter: No supported adapters',
    );
    const shown = sessionError('webgpu', error);
    expect(shown.message).toBe(
      "onnx (webgpu): no session could be made: Failed to get a WebGPU adapter: No supported adapters; update the graphics driver, or choose device: 'cpu'",
    );
    expect(shown.cause).toBe(error);
  });

  it('do not send anybody to reinstall things for a model that is wrong', () => {
    const { message } = sessionError('cpu', new Error('This is an invalid model. In Node, ...'));
    expect(message).toMatch(/fault in nabla's lowering/);
    expect(message).not.toMatch(/reinstall/);
  });

  it('name the index that is out of range, whoever found it', () => {
    const status = (op: string, text: string) =>
      new Error(
        `Non-zero status code returned while running ${op} node. Name:'' Status Message: ${text}`,
      );
    const gather =
      'indices element out of data bounds, idx=4 must be within the inclusive range [-4,3]';
    expect(runError('cpu', status('Gather', gather)).message).toMatch(
      /an index is 4; expected -4 to 3: check/,
    );
    const scatter = 'invalid indice found, indice = 9';
    expect(runError('cpu', status('ScatterND', scatter)).message).toMatch(/an index is 9: check/);
    const elements = 'GatherElements op: Out of range value in index tensor';
    expect(runError('cpu', status('GatherElements', elements)).message).toMatch(
      /an index is out of range: check/,
    );
  });

  it('keep other messages, without file names', () => {
    const error = new Error(
      "Non-zero status code returned while running Conv node. Name:'x' Status Message: no memory",
    );
    expect(runError('wasm', error).message).toBe('onnx (wasm): Conv: no memory');
  });
});
