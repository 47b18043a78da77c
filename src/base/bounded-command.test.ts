import { expect, test } from 'vitest'
import { runBoundedCommand } from './bounded-command.ts'

const bounds = { addressSpaceKilobytes: 4 * 1024 * 1024, cpuSeconds: 5, milliseconds: 5000, outputBytes: 1000 }
const sh = (script: string, more: Partial<typeof bounds> = {}) =>
  runBoundedCommand(['/bin/sh', '-c', script], { ...bounds, ...more })

test('what a program writes comes back', async () => {
  expect((await sh('printf halo'))?.toString()).toBe('halo')
})

test.each([
  ['is not there', ['ada-yang-tidak-ada']],
  ['fails', ['/bin/sh', '-c', 'printf halo; exit 1']],
  ['writes nothing', ['/bin/sh', '-c', ':']],
])('a program that %s gives nothing', async (_, command) => {
  expect(await runBoundedCommand(command, bounds)).toBeUndefined()
})

test('a program that takes too long, or writes too much, is ended', async () => {
  expect(await sh('printf halo; while :; do :; done', { milliseconds: 200 })).toBeUndefined()
  expect(await sh('while :; do printf 0123456789; done')).toBeUndefined()
})

test('a program learns nothing of the environment but where programs are', async () => {
  const told = await sh('env | cut -d= -f1 | sort | tr "\\n" " "')
  // the shell names its own folder and level
  expect(
    told
      ?.toString()
      .split(' ')
      .filter((name) => name !== '' && !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
  ).toEqual(['PATH'])
})
