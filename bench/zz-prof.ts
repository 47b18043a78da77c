import { readFileSync, readdirSync } from 'node:fs'
import { proveTrustBundle } from '../src/client/trust-bundle.ts'
import { checkBytes } from '../src/cli/check-bytes.ts'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { rememberingVerify } from '../src/base/remembered-verify.ts'
const prims = rememberingVerify(nodePrimitives)
const bundle = proveTrustBundle(JSON.parse(readFileSync('/tmp/c2bundle.json','utf8')), nodePrimitives)
const names = readdirSync('/tmp/c2files').slice(0,1000)
const t=process.cpuUsage(), w=performance.now()
let mid=''
names.forEach((f,i)=>{ checkBytes(readFileSync('/tmp/c2files/'+f), bundle.trust, prims); if(i===249||i===499){const c=process.cpuUsage(t);mid+=((c.user+c.system)/1000).toFixed(0)+' '}})
const c=process.cpuUsage(t)
console.log(mid,((c.user+c.system)/1000).toFixed(0),'cpu ms for 1000;', (performance.now()-w).toFixed(0),'wall ms')
