import { spawn, type ChildProcess } from 'node:child_process'

/** What a child process may take. `cpuSeconds` ends one that still computes when its parent is gone; default: no bound. */
export type ProcessBounds = { heapMegabytes: number; addressSpaceKilobytes: number; cpuSeconds?: number }

/**
 * Starts a module of ours as a child process that reads what nobody vouches for: address space and processor time bounded by the
 * shell's ulimit (where there is a shell), heap by V8, no environment but the search path, nothing open but the channel to its parent.
 */
export function startBoundedProcess(
  modulePath: string,
  bounds: ProcessBounds & { serialization?: 'json' | 'advanced' },
): ChildProcess {
  const node = [
    process.execPath,
    // Guard regions of WebAssembly would take 10 GB of address space each; the loader's own parser is all that uses it.
    '--disable-wasm-trap-handler',
    `--max-old-space-size=${bounds.heapMegabytes}`,
    '--import',
    // The loader comes from the parent's own.
    import.meta.resolve('tsx'),
    modulePath,
  ]
  const time = bounds.cpuSeconds === undefined ? '' : `ulimit -t ${bounds.cpuSeconds};`
  const shell = ['/bin/sh', '-c', `ulimit -c 0; ulimit -v ${bounds.addressSpaceKilobytes}; ${time} exec "$@"`, 'sh']
  const [command = '', ...rest] = process.platform === 'win32' ? node : [...shell, ...node]
  return spawn(command, rest, {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: bounds.serialization ?? 'json',
  })
}
