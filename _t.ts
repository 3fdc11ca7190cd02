import { checkHdf5 } from './src/formats/hdf5/check.ts';
import { readFileSync, readdirSync } from 'node:fs';
const files = [...readdirSync('/work/shared/keras/models').filter(f=>f.endsWith('h5')).map(f=>'/work/shared/keras/models/'+f), ...readdirSync('/work/shared/keras/public').map(f=>'/work/shared/keras/public/'+f), '/tmp/d_earliest.h5','/tmp/d_latest.h5','/tmp/d_v108.h5','/tmp/w.h5'];
for (const f of files) { if(/json|emg/.test(f)) continue; try { const t=performance.now(); checkHdf5(readFileSync(f)); console.log('ok',f, (performance.now()-t).toFixed(1)); } catch(e){ console.log(f, (e as Error).message); } }
