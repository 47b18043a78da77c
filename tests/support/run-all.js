// The whole suite by one command. Its last line is always `N passed, N failed`; what did not run is not green:
// a skipped test without a reason from the list below, an error outside any test and a run without tests all end with exit code 1.
import { startVitest } from 'vitest/node'

const isRoot = process.getuid?.() === 0
/** The only reasons a test may skip itself for, `skip(condition, reason)`, each with whether it holds in this run. */
const mayNotRun = { 'needs root': !isRoot, 'needs another user than root': isRoot }

/** Every reason why this run is not green, one line each. */
function complaints(vitest) {
  const found = []
  for (const module of vitest.state.getTestModules()) {
    const file = module.relativeModuleId
    for (const error of module.errors()) found.push(`${file}: ${firstLine(error)}`)
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) found.push(`${file} > ${suite.fullName}: ${firstLine(error)}`)
    }
    for (const test of module.children.allTests()) {
      const { state, note = 'no reason given' } = test.result()
      if (state === 'failed') found.push(`${file} > ${test.fullName}`)
      else if (state === 'skipped' && mayNotRun[note] === true)
        console.log(`NOT RUN ${file} > ${test.fullName}: ${note}`)
      else if (state !== 'passed') found.push(`${file} > ${test.fullName}: did not run (${state}, ${note})`)
    }
  }
  for (const error of vitest.state.getUnhandledErrors()) found.push(`outside any test: ${firstLine(error)}`)
  return found
}

function passedTests(vitest) {
  let passed = 0
  for (const module of vitest.state.getTestModules()) passed += [...module.children.allTests('passed')].length
  return passed
}

function firstLine(error) {
  return String(error?.message ?? error).split('\n', 1)[0]
}

async function runAll(filters) {
  // `.only` would hide the rest of its file; every file must be counted, so a missing one is not a pass.
  const vitest = await startVitest('test', filters, { watch: false, allowOnly: false, passWithNoTests: false })
  const outcome = { passed: passedTests(vitest), complaints: complaints(vitest) }
  await vitest.close()
  return outcome
}

let outcome
try {
  outcome = await runAll(process.argv.slice(2))
} catch (error) {
  outcome = { passed: 0, complaints: [`the run itself: ${firstLine(error)}`] }
}
if (outcome.passed === 0 && outcome.complaints.length === 0) outcome.complaints.push('no test was found')

const { passed, complaints: failed } = outcome
const output = failed.map((line) => `NOT GREEN ${line}\n`).join('') + `${passed} passed, ${failed.length} failed\n`
// Written whole before leaving: handles that a failed test left open must not keep the process.
process.stdout.write(output, () => process.exit(failed.length === 0 ? 0 : 1))
