// Before the tests: the independent judges they call (Debian packages). Nothing is installed where all are there.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Commands the tests call, each with the Debian package that brings it. */
const judges = [
  { command: 'pdfsig', package: 'poppler-utils' },
  { command: 'pdftoppm', package: 'poppler-utils' },
  { command: 'pdftocairo', package: 'poppler-utils' },
  { command: 'qpdf', package: 'qpdf' },
  { command: 'mutool', package: 'mupdf-tools' },
  { command: 'openssl', package: 'openssl' },
  { command: 'chromium', package: 'chromium' },
]

function isThere(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      const path = join(folder, command)
      accessSync(path, constants.X_OK)
      return statSync(path).isFile()
    } catch {
      return false
    }
  })
}

function missingPackages() {
  const absent = judges.filter((judge) => !isThere(judge.command))
  return [...new Set(absent.map((judge) => judge.package))]
}

/** Words to put before apt-get; undefined where this user may not install. */
function rights() {
  if (process.getuid?.() === 0) return []
  const asked = isThere('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return asked ? ['sudo', '-n'] : undefined
}

function run(words) {
  const [command, ...parameters] = words
  console.log(`> ${words.join(' ')}`)
  return spawnSync(command, parameters, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status
}

function giveUp(missing, reason) {
  console.error(`The tests need these Debian packages: ${missing.join(', ')} (${reason}).`)
  console.error(`Install them, then run npm test again:`)
  console.error(`  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`)
  process.exit(1)
}

const missing = missingPackages()
if (missing.length > 0) {
  if (!isThere('apt-get')) giveUp(missing, 'there is no apt-get here; other systems name them alike')
  const before = rights()
  if (before === undefined) giveUp(missing, 'installing needs root or sudo without a password')
  run([...before, 'apt-get', 'update'])
  run([...before, 'apt-get', 'install', '-y', '--no-install-recommends', ...missing])
  const still = missingPackages()
  if (still.length > 0) giveUp(still, 'apt-get could not install them')
}
