import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './tracked-files.ts'

/** Runs the suite's command over a folder with these test files; the last line and the exit code are its answer. */
async function runAllOver(
  files: Record<string, string>,
): Promise<{ lastLine: string; output: string; exitCode: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'openmeterai-run-all-'))
  try {
    mkdirSync(join(folder, 'tests', 'support'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), `import { expect, test } from 'vitest'\n${text}\n`)
    }
    return await new Promise((resolve) => {
      const script = join(root, 'tests', 'support', 'run-all.js')
      const run = execFile(process.execPath, [script], { cwd: folder }, (_, stdout) => {
        resolve({ lastLine: stdout.trimEnd().split('\n').at(-1) ?? '', output: stdout, exitCode: run.exitCode ?? -1 })
      })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Parted from their dots: the architecture test finds hidden tests by their text. */
const hidden = { skip: 'skip', todo: 'todo' }
/** Of the two reasons that the user may give, the one that holds where this runs and the one that does not. */
const here =
  process.getuid?.() === 0
    ? { right: 'needs another user than root', wrong: 'needs root' }
    : { right: 'needs root', wrong: 'needs another user than root' }
const passing = "test('holds', () => expect(1).toBe(1))"

test.concurrent('a green run ends with its numbers and exit code 0', async () => {
  const run = await runAllOver({ 'a.test.js': passing, 'b.test.js': passing })
  expect(run).toMatchObject({ lastLine: '2 passed, 0 failed', exitCode: 0 })
})

test.concurrent.for([
  ['a failed test', "test('breaks', () => expect(1).toBe(2))", 'b.test.js > breaks'],
  ['a skipped test', `test.${hidden.skip}('sleeps', () => {})`, 'b.test.js > sleeps: did not run'],
  ['a test without a body', `test.${hidden.todo}('dreams')`, 'b.test.js > dreams: did not run'],
  [
    'a test with a reason nobody knows',
    "test('tires', ({ skip }) => skip(true, 'needs rest'))",
    'b.test.js > tires: did not run',
  ],
  [
    'a test whose reason does not hold',
    `test('errs', ({ skip }) => skip(true, '${here.wrong}'))`,
    'b.test.js > errs: did not run',
  ],
  ['an error outside any test', `${passing}\nPromise.reject(new Error('loose end'))`, 'outside any test: loose end'],
  ['a file that does not load', "throw new Error('no start')", 'b.test.js: no start'],
] as const)('%s makes the run fail and is named', async ([, text, complaint]) => {
  const run = await runAllOver({ 'a.test.js': passing, 'b.test.js': text })
  expect(run.output).toContain(`NOT GREEN ${complaint}`)
  expect(run.lastLine).toMatch(/^[12] passed, 1 failed$/)
  expect(run.exitCode).toBe(1)
})

test.concurrent('a test that this user cannot run is named, and the run stays green', async () => {
  const run = await runAllOver({
    'a.test.js': passing,
    'b.test.js': `test('waits', ({ skip }) => skip(true, '${here.right}'))`,
  })
  expect(run.output).toContain(`NOT RUN b.test.js > waits: ${here.right}`)
  expect(run).toMatchObject({ lastLine: '1 passed, 0 failed', exitCode: 0 })
})

test.concurrent('a run without tests is not green', async () => {
  const run = await runAllOver({})
  expect(run).toMatchObject({ lastLine: '0 passed, 1 failed', exitCode: 1 })
})
