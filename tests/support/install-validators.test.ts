import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './tracked-files.ts'

const everyJudge = ['pdfsig', 'pdftoppm', 'pdftocairo', 'qpdf', 'mutool', 'openssl', 'chromium']
const without = (...absent: string[]) => everyJudge.filter((name) => !absent.includes(name))

/** Runs the installer where only these commands exist: names of commands, or their shell text. */
function installWith(commands: Record<string, string>): { exitCode: number | null; errors: string; asked: string } {
  const folder = mkdtempSync(join(tmpdir(), 'openmeterai-validators-'))
  try {
    for (const [name, text] of Object.entries(commands)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    writeFileSync(join(folder, 'asked'), '')
    const script = join(root, 'tests', 'support', 'install-validators.js')
    const run = spawnSync(process.execPath, [script], { cwd: folder, env: { PATH: folder }, encoding: 'utf8' })
    return { exitCode: run.status, errors: run.stderr, asked: readFileSync(join(folder, 'asked'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const present = (names: string[]) => Object.fromEntries(names.map((name) => [name, '']))
/** `sudo` that lets everyone through, for runs of this test without root. */
const sudo = '[ "$1" = -n ] && shift; [ "$1" = true ] || "$@"'
const recording = 'echo "$@" >> asked'

test('where every validator is there, nothing is installed', () => {
  const run = installWith({ ...present(everyJudge), sudo, 'apt-get': recording })
  expect(run).toMatchObject({ exitCode: 0, asked: '' })
})

test('what is missing is installed, each package once, without its recommendations', () => {
  const arrives = `${recording}; [ "$1" = update ] || for name in pdfsig pdftoppm pdftocairo; do echo > $name; /bin/chmod +x $name; done`
  const run = installWith({ ...present(without('pdfsig', 'pdftoppm', 'pdftocairo')), sudo, 'apt-get': arrives })
  expect(run).toMatchObject({ exitCode: 0, asked: 'update\ninstall -y --no-install-recommends poppler-utils\n' })
})

test('an installation that brings nothing fails with the names and the command', () => {
  const run = installWith({
    ...present(without('pdfsig', 'pdftoppm', 'pdftocairo', 'qpdf')),
    sudo,
    'apt-get': recording,
  })
  expect(run.exitCode).toBe(1)
  expect(run.errors).toContain('poppler-utils, qpdf')
  expect(run.errors).toContain(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends poppler-utils qpdf',
  )
})

test('without apt-get it fails with the names and tries nothing', () => {
  const run = installWith(present(without('qpdf')))
  expect(run.exitCode).toBe(1)
  expect(run.errors).toContain('Debian packages: qpdf')
})
