export async function exportOnnx(_m: any, _o: any): Promise<Uint8Array> {
  return new Uint8Array();
}
